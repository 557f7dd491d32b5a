//! What kind of applicant it is, which decides what is asked of it. In doubt more is asked, never less.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::words::{Phrases, Word};
use super::{Finding, Kind, Status, links, products};

/// What is asked only of those who say that not all of their products use the software.
pub const PARTIAL: &str = "partial-use";
pub const ALWAYS: &str = "always";
/// Before the kinds among the values of the item that tells them.
pub const KIND: &str = "kind:";

#[derive(Clone, Debug, Default)]
pub struct Applicant {
    kinds: BTreeSet<String>,
    /// All that may be, when nobody can tell.
    plausible: BTreeSet<String>,
    partial: bool,
}

/// Before a claim so many words may hedge it.
const HEDGE_WORDS_MAX: usize = 5;
/// “If you need more, …” is no condition.
const POLITE: &[&str] =
    &["need", "want", "have", "require", "wish", "would", "like", "any", "more", "necessary", "interested", "possible"];
static HEDGES: LazyLock<Phrases> = LazyLock::new(|| {
    let phrases = [
        "in a way",
        "so to speak",
        "sort of",
        "kind of",
        "not really",
        "on paper",
        "in theory",
        "one day",
        "some day",
        "in spirit",
        "just kidding",
    ];
    Phrases::of(&phrases.map(str::to_owned))
});

/// A claim to be of a kind.
struct Claim {
    place: Place,
    kinds: BTreeSet<String>,
    /// Its own sentence makes it depend on something, or takes it half back.
    hedged: bool,
}

impl Applicant {
    pub fn of(ground: &Ground<'_>, found: &[Option<Finding>]) -> Self {
        let claims = claims(ground);
        let mut kinds: BTreeSet<String> = claims
            .iter()
            .filter(|claim| claim.kinds.len() == 1)
            .flat_map(|claim| claim.kinds.iter().cloned())
            .collect();
        // Words that fit several kinds add one only where none of these is told otherwise.
        for claim in claims.iter().filter(|claim| claim.kinds.len() > 1) {
            if !claim.kinds.iter().any(|kind| kinds.contains(kind)) {
                let possible: Vec<&String> = claim.kinds.iter().filter(|kind| !disowns(ground, kind)).collect();
                let all = possible.is_empty();
                kinds.extend(claim.kinds.iter().filter(|kind| all || possible.contains(kind)).cloned());
            }
        }
        let hinted: BTreeSet<String> =
            ground.checklist.kinds.keys().filter(|kind| shows(ground, found, kind)).cloned().collect();
        let all: BTreeSet<String> = ground.checklist.kinds.keys().cloned().collect();
        let plausible = if !kinds.is_empty() {
            BTreeSet::new()
        } else if hinted.is_empty() {
            all
        } else {
            hinted
        };
        Self { partial: products::are_partial(ground), kinds, plausible }
    }

    /// Whether an item is asked of this applicant.
    pub fn needs(&self, required: &str) -> bool {
        match required {
            ALWAYS => true,
            PARTIAL => self.partial,
            kind => self.kinds.contains(kind) || self.plausible.contains(kind),
        }
    }

    /// The item that tells the kind.
    pub fn told(&self, ground: &Ground<'_>, index: usize) -> Finding {
        let answers = ground.answers(index);
        let claims = claims(ground);
        let under = |claim: &&Claim| answers.iter().any(|(chunk, _)| *chunk == claim.place.chunk);
        // An answer that says nothing of it may stand beside a sentence that does.
        let evaded = answers.first().is_some_and(|(_, answer)| denial(&answer.text).is_some());
        let best = claims.iter().find(under).or_else(|| claims.first().filter(|_| !evaded));
        let partial = &ground.checklist.partial;
        let spoken = |phrases: &[String]| {
            let phrases = Phrases::of(phrases);
            let (said, found) = ground.said.iter().find_map(|said| Some((said, phrases.any(&said.words)?)))?;
            let at = said.at + said.words.get(found.from).map_or(0, |word| word.at);
            is_own(&said.words, found.from).then_some(Place { chunk: said.chunk, at })
        };
        if let Some(place) = spoken(&partial.none) {
            return ground.unclear(index, place, "It says that the software is not in use yet; please say when it is, and which of the criteria you meet.");
        }
        if let Some(place) = spoken(&partial.foreign) {
            return ground.unclear(index, place, "It says that others run the software for you; please say what of it you run yourself, and which of the criteria you meet.");
        }
        let values: Vec<String> = self.kinds.iter().map(|kind| format!("{KIND}{kind}")).collect();
        if let Some(claim) = best {
            if let Some((found @ (Denial::Unsure | Denial::Blank), at)) =
                answers.first().and_then(|(_, answer)| denial(&answer.text))
            {
                return ground.unclear(
                    index,
                    Place { at, ..claim.place },
                    format!("{}; please say which of the criteria you meet.", found.why()),
                );
            }
            if claim.hedged {
                let why = "It says so with a condition, or not in earnest; please say plainly which of the criteria you meet.";
                return Finding { values, ..ground.unclear(index, claim.place, why) };
            }
            return Finding { values, ..ground.found(index, claim.place, Vec::new()) };
        }
        let why = "It does not say which of the criteria is met, so that all that may apply is asked for; please say what kind of applicant you are.";
        if let Some((chunk, answer)) = answers.first() {
            let said = denial(&answer.text).filter(|(found, _)| *found != Denial::Nothing);
            let why = said.map_or(why.to_owned(), |(found, _)| {
                format!("{}; please say which of the criteria you meet.", found.why())
            });
            return ground.unclear(index, Place { chunk: *chunk, at: 0 }, why);
        }
        match ground.cued(index).first() {
            Some((said, at)) => ground.unclear(index, Place { chunk: said.chunk, at: *at }, why),
            None => ground.missing(
                index,
                "The mail does not say which of the criteria is met, so that all that may apply is asked for.",
            ),
        }
    }
}

/// Whether a conditional item of this kind was answered with something: a hint at what they are.
fn shows(ground: &Ground<'_>, found: &[Option<Finding>], kind: &str) -> bool {
    ground.checklist.items.iter().zip(found).any(|(item, finding)| {
        let answered = finding.as_ref().is_some_and(|finding| {
            finding.status == Status::Found
                || (finding.status == Status::Unclear && !finding.values.is_empty())
                || (finding.status == Status::Unclear
                    && denial(&finding.quote).is_none_or(|(found, _)| found == Denial::Later))
        });
        item.required == kind && item.kind == Kind::Link && answered
    })
}

/// Whether they say under the question for a kind that it does not apply.
fn disowns(ground: &Ground<'_>, kind: &str) -> bool {
    ground.checklist.items.iter().enumerate().filter(|(_, item)| item.required == kind).any(|(index, _)| {
        let answers = ground.answers(index);
        !answers.is_empty()
            && answers.iter().all(|(_, answer)| {
                matches!(denial(&answer.text), Some((Denial::Nothing, _))) && links::links(&answer.text).is_empty()
            })
    })
}

fn claims(ground: &Ground<'_>) -> Vec<Claim> {
    let kinds: Vec<(&String, Phrases)> =
        ground.checklist.kinds.iter().map(|(kind, cues)| (kind, Phrases::of(cues))).collect();
    let mut claims: Vec<Claim> = Vec::new();
    for said in ground.said.iter().filter(|said| may_speak(ground, said)) {
        let mut here: Vec<(usize, usize, BTreeSet<String>)> = Vec::new();
        for (kind, cues) in &kinds {
            for found in cues.find(&said.words).into_iter().filter(|found| is_own(&said.words, found.from)) {
                match here.iter_mut().find(|(from, to, _)| (*from, *to) == (found.from, found.to)) {
                    Some((_, _, kinds)) => {
                        kinds.insert((*kind).clone());
                    }
                    None => here.push((found.from, found.to, BTreeSet::from([(*kind).clone()]))),
                }
            }
        }
        // “open source distribution” is more than “distribution”.
        here.sort_by_key(|(from, to, _)| (*from, usize::MAX - *to));
        for (from, to, kinds) in here {
            let at = said.at + said.words.get(from).map_or(0, |word| word.at);
            claims.push(Claim { place: Place { chunk: said.chunk, at }, kinds, hedged: is_hedged(said, from, to) });
        }
    }
    claims
}

/// Sentences under questions about other things say what somebody is by the way; those about terms and addresses do not.
pub fn may_speak(ground: &Ground<'_>, said: &Said) -> bool {
    let other = [Kind::Address, Kind::Statement, Kind::Link, Kind::Domains]
        .into_iter()
        .any(|kind| ground.is_under(said.chunk, kind));
    !other && (ground.is_loose(said.chunk) || links::links(&said.text).first().is_none_or(|link| link.at.start >= 3))
}

/// Whether a sentence makes what it claims depend on something, puts it off or takes it half back: “if you count …”, “in a
/// way”. What stands behind a semicolon is another matter.
fn is_hedged(said: &Said, from: usize, to: usize) -> bool {
    let stem = |at: usize| said.words.get(at).map(|word| word.stem.as_str()).unwrap_or_default();
    let before = from.saturating_sub(HEDGE_WORDS_MAX)..from;
    let comes = before.clone().any(|at| stem(at) == "be")
        && before.clone().any(|at| matches!(stem(at), "will" | "would" | "hope" | "want" | "plan" | "going" | "soon"));
    let nearly =
        before.clone().any(|at| matches!(stem(at), "almost" | "nearly" | "hardly" | "practically" | "hopefully"));
    let begins = said.words.get(from).map_or(0, |word| word.at);
    let ends = said.text.get(begins..).and_then(|rest| rest.find(';')).map_or(said.text.len(), |at| begins + at);
    let length = said.words.iter().take_while(|word| word.at < ends).count();
    let depends = (to..length).any(|at| {
        let polite = (at + 1..at + 4).any(|next| POLITE.contains(&stem(next)));
        let asks = at > 0 && matches!(stem(at - 1), "see" | "check" | "know" | "wonder" | "ask");
        (stem(at) == "if" || (stem(at) == "provided" && stem(at + 1) == "that")) && !polite && !asks
    });
    let part = said.words.get(before.start..length).unwrap_or_default();
    comes || nearly || depends || HEDGES.any(part).is_some()
}

/// Neither denied, nor of somebody else.
fn is_own(all: &[Word], from: usize) -> bool {
    let before = all.get(from.saturating_sub(4)..from).unwrap_or_default();
    let denied = before.iter().any(|word| {
        matches!(
            word.stem.as_str(),
            "not"
                | "no"
                | "never"
                | "neither"
                | "nor"
                | "without"
                | "non"
                | "if"
                | "cannot"
                | "customer"
                | "client"
                | "become"
                | "becoming"
                | "were"
                | "formerly"
                | "former"
        )
    });
    let others = before
        .iter()
        .rev()
        .take(2)
        .any(|word| matches!(word.stem.as_str(), "another" | "from" | "your" | "their" | "other" | "upstream"));
    !denied && !others
}
