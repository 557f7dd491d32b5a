//! What kind of applicant it is, and whether all of what it offers uses the software: that decides what is asked of it. In
//! doubt more is asked, never less.

use std::collections::BTreeSet;

use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::vocabulary::{EMPTY, NAMELESS};
use super::words::{Phrases, Word};
use super::{Finding, Kind, Status, links};

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
    known: bool,
}

/// A claim to be of a kind.
struct Claim {
    place: Place,
    kinds: BTreeSet<String>,
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
        Self { partial: partial(ground), known: true, kinds, plausible }
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
        let none = Phrases::of(&ground.checklist.partial.none);
        if let Some((said, found)) = ground.said.iter().find_map(|said| Some((said, none.any(&said.words)?))) {
            let at = said.at + said.words.get(found.from).map_or(0, |word| word.at);
            return ground.unclear(index, Place { chunk: said.chunk, at }, "It says that the software is not in use yet; please say when it is, and which of the criteria you meet.");
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

    /// The item that names which products use the software.
    pub fn products(&self, ground: &Ground<'_>, index: usize) -> Finding {
        if !self.known {
            return ground.missing(index, "");
        }
        let answers = ground.answers(index);
        let (some, all) = (Phrases::of(&ground.checklist.partial.some), Phrases::of(&ground.checklist.partial.all));
        let other = Phrases::of(&ground.checklist.partial.other);
        if let Some((chunk, answer)) = answers.first() {
            let place = Place { chunk: *chunk, at: 0 };
            let texts: Vec<&Said> =
                ground.said.iter().filter(|said| answers.iter().any(|(chunk, _)| *chunk == said.chunk)).collect();
            if texts.iter().any(|said| all.any(&said.words).is_some() && some.any(&said.words).is_none()) {
                return ground.found(index, place, Vec::new());
            }
            let names = texts.iter().any(|said| names(said));
            return match denial(&answer.text) {
                Some((found @ (Denial::Later | Denial::Unsure | Denial::Elsewhere | Denial::Blank), at)) => ground
                    .unclear(index, Place { at, ..place }, format!("{}; please name them in the mail.", found.why())),
                Some((found, at))
                    if !names || (at < 3 && !texts.iter().any(|said| some.any(&said.words).is_some())) =>
                {
                    ground.unclear(
                        index,
                        Place { at, ..place },
                        format!(
                            "{}; please say whether all of your products use it, or name those that do.",
                            found.why()
                        ),
                    )
                }
                _ if names => ground.found(index, place, Vec::new()),
                _ => ground.unclear(index, place, "The answer names no product; please name those that use it."),
            };
        }
        let spoken = |phrases: &Phrases| {
            let said = ground.said.iter().filter(|said| may_speak(ground, said));
            said.filter_map(|said| Some((said, phrases.any(&said.words)?)))
                .map(|(said, found)| {
                    (
                        said,
                        Place { chunk: said.chunk, at: said.at + said.words.get(found.from).map_or(0, |word| word.at) },
                    )
                })
                .collect::<Vec<_>>()
        };
        // “Part of it is on something else” does not say what is not.
        let software = &ground.checklist.partial.software;
        let is_of_others = |said: &Said| {
            let named = said.words.iter().any(|word| software.contains(&word.stem));
            other.any(&said.words).is_some() && !software.is_empty() && !named
        };
        let partial = spoken(&some);
        if let Some((said, place)) = partial
            .iter()
            .find(|(said, place)| names_near(said, place.at.saturating_sub(said.at)) && !is_of_others(said))
        {
            let whole = ground.chunk(said.chunk).map(|chunk| chunk.text.as_str()).unwrap_or_default();
            return match denial(whole) {
                Some((found @ (Denial::Later | Denial::Unsure | Denial::Elsewhere), at)) => ground.unclear(
                    index,
                    Place { at, ..*place },
                    format!("{}; please name them in the mail.", found.why()),
                ),
                _ => ground.found(index, *place, Vec::new()),
            };
        }
        // “Not all. The first and the second are.”
        let next = partial.iter().find_map(|(said, _)| {
            let position = ground.said.iter().position(|other| std::ptr::eq(other, *said))?;
            let next = ground.said.get(position + 1).filter(|next| next.chunk == said.chunk && names(next))?;
            let last = next
                .words
                .last()
                .is_some_and(|word| matches!(word.stem.as_str(), "are" | "do" | "is" | "does" | "not"));
            (last || next.words.iter().any(|word| ground.heads.knows(&word.stem) && word.capital && word.at > 0))
                .then_some(Place { chunk: next.chunk, at: next.at })
        });
        if let Some(place) = next {
            return ground.found(index, place, Vec::new());
        }
        let others = spoken(&other);
        if let Some((_, place)) = partial.first().or(others.first()) {
            return ground.unclear(
                index,
                *place,
                "It says that not all products use it, and not which do; please name them.",
            );
        }
        match spoken(&all).first() {
            Some((_, place)) => ground.found(index, *place, Vec::new()),
            None => ground.missing(index, ""),
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
        for (from, _, kinds) in here {
            let at = said.at + said.words.get(from).map_or(0, |word| word.at);
            claims.push(Claim { place: Place { chunk: said.chunk, at }, kinds });
        }
    }
    claims
}

/// Sentences under questions about other things say what somebody is by the way; those about terms and addresses do not.
fn may_speak(ground: &Ground<'_>, said: &Said) -> bool {
    let other = [Kind::Address, Kind::Statement, Kind::Link, Kind::Domains]
        .into_iter()
        .any(|kind| ground.is_under(said.chunk, kind));
    !other && (ground.is_loose(said.chunk) || links::links(&said.text).first().is_none_or(|link| link.at.start >= 3))
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

/// Whether the part of the sentence at this byte names something; a semicolon or colon divides.
fn names_near(said: &Said, at: usize) -> bool {
    let divides = |c: char| matches!(c, ';' | ':');
    let from = said.text.get(..at).and_then(|before| before.rfind(divides)).unwrap_or(0);
    let to = said.text.get(at..).and_then(|after| after.find(divides)).map_or(said.text.len(), |end| at + end);
    any_names(said.words.iter().filter(|word| (from..to).contains(&word.at)))
}

fn names(said: &Said) -> bool {
    any_names(said.words.iter())
}

fn any_names<'w>(mut words: impl Iterator<Item = &'w Word>) -> bool {
    words.any(|word| {
        !EMPTY.contains(&word.stem.as_str()) && word.stem.len() > 2 && !NAMELESS.contains(&word.stem.as_str())
    })
}

fn partial(ground: &Ground<'_>) -> bool {
    let other = Phrases::of(&ground.checklist.partial.other);
    let (some, all) = (Phrases::of(&ground.checklist.partial.some), Phrases::of(&ground.checklist.partial.all));
    let Some(index) = ground.checklist.items.iter().position(|item| item.required == PARTIAL) else { return false };
    let answers = ground.answers(index);
    if !answers.is_empty() {
        let said = || ground.said.iter().filter(|said| answers.iter().any(|(chunk, _)| *chunk == said.chunk));
        let is_some = said().any(|said| some.any(&said.words).is_some());
        let is_all = said().any(|said| all.any(&said.words).is_some());
        let nothing = answers.iter().all(|(_, answer)| matches!(denial(&answer.text), Some((Denial::Nothing, _))))
            && !said().any(names);
        return is_some || (!is_all && !nothing);
    }
    ground
        .said
        .iter()
        .filter(|said| may_speak(ground, said))
        .any(|said| some.any(&said.words).is_some() || other.any(&said.words).is_some())
}
