//! Words of agreement: to the terms, not only that they were read. What is conditional or denied is no agreement.

mod phrases;

use std::sync::LazyLock;

use self::phrases::{AGREEMENT, CONDITIONS, HAVE_READ, PROMISES, TERMS, WITHDRAWS, YES};
use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::words::{Phrases, Word, words};
use super::{Finding, Kind};

/// “We agree to all of it.”
const BRIEF_WORDS_MAX: usize = 9;

/// What the words come to; `merged` goes by it.
pub const AGREED: &str = "agreed";
pub const READ: &str = "read";
pub const WITHHELD: &str = "withheld";

static WORDS: LazyLock<[Phrases; 7]> = LazyLock::new(|| {
    let of = |words: &[&str]| Phrases::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    [of(AGREEMENT), of(TERMS), of(YES), of(HAVE_READ), of(CONDITIONS), of(PROMISES), of(WITHDRAWS)]
});

/// What a sentence says of the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Agreed,
    Withheld,
    Read,
    Promised,
    Nothing,
}

pub fn judge(ground: &Ground<'_>, index: usize) -> Finding {
    let answers = ground.answers(index);
    let mut heard: Vec<(Says, Place)> = Vec::new();
    for said in &ground.said {
        let under = answers.iter().any(|(chunk, _)| *chunk == said.chunk);
        let elsewhere = [Kind::Domains, Kind::Link].into_iter().any(|kind| ground.is_under(said.chunk, kind));
        if under || (!elsewhere && answers.is_empty()) || withdraws(said) {
            let (says, at) = says(said, under);
            let place = Place { chunk: said.chunk, at: said.at + at };
            // What limits an agreement may stand in the sentence behind it.
            let limits =
                heard.last().is_some_and(|(before, place)| *before == Says::Agreed && place.chunk == said.chunk)
                    && limits(said, under);
            heard.push((if limits { Says::Withheld } else { says }, place));
        }
    }
    let first = |wanted: Says| heard.iter().find(|(says, _)| *says == wanted).map(|(_, place)| *place);
    let with = |finding: Finding, value: &str| Finding { values: vec![value.to_owned()], ..finding };
    if let Some(place) = first(Says::Withheld) {
        let why = "It makes a condition, or does not agree; send a sentence that says, without more, that you agree to the terms.";
        return with(ground.unclear(index, place, why), WITHHELD);
    }
    if let Some(place) = first(Says::Agreed) {
        // A condition in the sentence after it counts as well.
        return with(ground.found(index, place, Vec::new()), AGREED);
    }
    if let Some(place) = first(Says::Read) {
        let why =
            "It says that the policy was read, and not that its terms are agreed to; send a sentence that says both.";
        return with(ground.unclear(index, place, why), READ);
    }
    if let Some((chunk, answer)) = answers.first() {
        let why = denial(&answer.text).map_or("The answer does not say that you agree", |(found, _)| found.why());
        return ground.unclear(
            index,
            Place { chunk: *chunk, at: 0 },
            format!("{why}; send a sentence that says that you read the policy and agree to its terms."),
        );
    }
    if let Some(place) = first(Says::Promised) {
        let why = "It promises confidentiality, and does not name the policy; send a sentence that says that you read it and agree to its terms.";
        return with(ground.unclear(index, place, why), READ);
    }
    ground.missing(index, "")
}

fn limits(said: &Said, under: bool) -> bool {
    let text = said.text.trim_start().to_lowercase();
    let opens = [
        "however",
        "but",
        "except",
        "unless",
        "only",
        "provided",
        "although",
        "though",
        "that said",
        "subject to",
        "[",
        "(provided",
        "(but",
    ];
    let held = denial(&said.text).is_some_and(|(found, _)| matches!(found, Denial::Unsure | Denial::Blank));
    let [_, _, _, _, conditions, ..] = &*WORDS;
    opens.iter().any(|word| text.starts_with(word)) && (conditions.any(&said.words).is_some() || text.starts_with('['))
        || (under && held)
}

fn withdraws(said: &Said) -> bool {
    let [_, terms, .., withdraws] = &*WORDS;
    withdraws.any(&said.words).is_some() && terms.any(&said.words).is_some()
}

/// What a sentence says, and the byte at which it does. `under`: it stands under the question.
fn says(said: &Said, under: bool) -> (Says, usize) {
    let [agreement, terms, yes, read, conditions, promises, _] = &*WORDS;
    let all = &said.words;
    let at = |found: super::words::Found| all.get(found.from).map_or(0, |word| word.at);
    let agreed = agreement.find(all).into_iter().find(|found| !is_asked(all, found.from));
    let about = terms.any(all).is_some();
    if withdraws(said) {
        let [.., withdraws] = &*WORDS;
        return (Says::Withheld, withdraws.any(all).map_or(0, at));
    }
    let conditioned = |found_at: usize| {
        let text = said.text.to_lowercase();
        let _ = found_at;
        // Who is not on the list yet may say so.
        let admitted = [
            "if accepted",
            "if admitted",
            "if we are accepted",
            "if we are added",
            "if added",
            "if you accept us",
            "if our application is accepted",
            "once admitted",
            "when we are on the list",
            // What the team may wish is no condition of theirs.
            "if you require",
            "if you are requiring",
            "if you need",
            "if you want",
            "if you wish",
            "if you would like",
        ];
        let shown = admitted.iter().fold(text, |text, words| text.replace(words, ""));
        conditions.any(&words(&shown)).is_some()
    };
    // “Accept the policy” is what a form says.
    let ends = |word: &str| all.iter().any(|other| other.stem == word);
    let subject = under
        || ["we", "i", "our", "us", "my", "hereby", "agreed", "accepted"].iter().any(|word| ends(word))
        || all.first().is_some_and(|word| word.capital) && agreed.is_some_and(|found| found.from > 0);
    // Under the question a few words do; more of them name what is agreed to.
    let brief =
        under && all.len() <= BRIEF_WORDS_MAX && !["receive", "get", "join", "added"].iter().any(|word| ends(word));
    if let Some(found) = agreed.filter(|_| (about || brief) && subject) {
        let place = at(found);
        if is_denied(all, found.from) || conditioned(place) || ends_in_question(&said.text) {
            return (Says::Withheld, place);
        }
        if denial(&said.text).is_some_and(|(found, _)| matches!(found, Denial::Unsure | Denial::Blank))
            || is_later(&said.text)
        {
            return (Says::Withheld, place);
        }
        return (Says::Agreed, place);
    }
    if under {
        let evades = denial(&said.text).is_some();
        if let Some(found) = yes.find(all).into_iter().find(|found| {
            found.from <= 1
                && !is_denied(all, found.from)
                && all.get(found.to).is_none_or(|next| next.stem != "not")
                && !evades
        }) {
            let reads = read.any(all).is_some();
            if conditioned(at(found)) {
                return (Says::Withheld, at(found));
            }
            return (if reads { Says::Read } else { Says::Agreed }, at(found));
        }
        if all.len() > 2 && conditioned(0) && read.any(all).is_none() {
            return (Says::Withheld, 0);
        }
    }
    let own = all.iter().any(|word| matches!(word.stem.as_str(), "we" | "i" | "our" | "my" | "us"));
    match (read.any(all), promises.any(all)) {
        (Some(found), _) if under || (about && own) => (Says::Read, at(found)),
        (_, Some(found)) if own => (Says::Promised, at(found)),
        _ => (Says::Nothing, 0),
    }
}

/// Words like “later” alone may belong to what the policy says about disclosure.
fn is_later(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["later agree", "agree later", "not yet", "tbd", "pending", "will follow", "to be signed", "soon"]
        .iter()
        .any(|word| lower.contains(word))
        && !lower.contains("will follow the")
        && !lower.contains("will follow all")
        && !lower.contains("will follow it")
        && !lower.contains("will follow your")
        && !lower.contains("not yet public")
}

fn ends_in_question(text: &str) -> bool {
    text.trim_end().ends_with('?')
}

fn is_denied(all: &[Word], from: usize) -> bool {
    let before = all.get(from.saturating_sub(4)..from).unwrap_or_default();
    before.iter().any(|word| {
        matches!(
            word.stem.as_str(),
            "not" | "no" | "never" | "cannot" | "unable" | "without" | "dont" | "nor" | "neither"
        )
    })
}

/// “that you have read this policy and agree”: the question's words, or about somebody else.
fn is_asked(all: &[Word], from: usize) -> bool {
    let before = all.get(from.saturating_sub(8)..from).unwrap_or_default();
    before.iter().any(|word| word.stem == "you") && !before.iter().any(|word| matches!(word.stem.as_str(), "we" | "i"))
}
