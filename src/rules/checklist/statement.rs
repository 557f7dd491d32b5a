//! Words of agreement: to the terms, not only that they were read. What is conditional or denied is no agreement.

use std::sync::LazyLock;

use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::words::{Phrases, Word, words};
use super::{Finding, Kind};

/// What the words come to; `merged` goes by it.
pub const AGREED: &str = "agreed";
pub const READ: &str = "read";
pub const WITHHELD: &str = "withheld";

const AGREEMENT: &[&str] = &[
    "agree",
    "agrees",
    "agreed",
    "agreeing",
    "accept",
    "accepts",
    "accepted",
    "abide",
    "abides",
    "adhere",
    "comply",
    "follow it",
    "follow them",
    "follow the",
    "follow all",
    "follow your",
    "will follow",
    "respect",
    "obey",
    "observe",
    "bound by",
    "stick to",
    "fulfil",
    "fulfill",
    "fulfilled",
    "consent",
    "commit",
    "committed",
    "commits",
    "undertake",
    "conform",
    "honour",
    "honor",
    "agreement with",
    "in agreement",
    "keep to",
    "subscribe to the term",
    "acceptance",
    "pledge",
    "promise to follow",
    "promise to keep",
    "fine with the term",
    "ok with the term",
    "okay with the term",
    "happy with the term",
];
const TERMS: &[&str] = &[
    "policy",
    "term",
    "condition",
    "rule",
    "requirement",
    "abide by it",
    "stick to it",
    "follow it",
    "follow them",
    "bound by it",
    "comply with it",
    "agree with it",
    "agree to it",
    "accept it",
    "agree to them",
    "accept them",
    "agree in follow",
    "obligation",
    "embargo",
    "confidentiality",
    "agree to this",
    "agree to that",
    "accept this",
];
const YES: &[&str] = &[
    "yes",
    "yep",
    "ok",
    "okay",
    "sure",
    "absolutely",
    "agreed",
    "accepted",
    "confirmed",
    "certainly",
    "of course",
    "hereby",
    "done",
    "we do",
    "i do",
    "affirmative",
    "understood and agreed",
    "no problem",
    "correct",
    "oui",
    "si",
    "ja",
    "yes.",
];
const HAVE_READ: &[&str] = &[
    "read",
    "readed",
    "reviewed",
    "studied",
    "seen",
    "aware of",
    "acquainted",
    "familiar with",
    "taken knowledge",
    "understand",
    "understood",
    "know",
];
/// What makes an agreement less than one.
const CONDITIONS: &[&str] = &[
    "provided",
    "as long as",
    "unless",
    "except",
    "subject to",
    "once our",
    "once legal",
    "after legal",
    "after our",
    "in principle",
    "however",
    "but",
    "if our",
    "if the",
    "if it",
    "if you",
    "if we can",
    "apart from",
    "with the exception",
    "as far as",
    "mostly",
    "generally",
    "in general",
    "where possible",
    "as possible",
    "try to",
    "to try",
    "we try",
    "our best",
    "with exception",
    "pending",
    "before we agree",
    "before we can",
    "has to approve",
    "must approve",
    "need to approve",
    "lawyer",
    "legal department",
    "legal team",
    "still check",
    "still review",
    "under review",
    "would agree",
    "could agree",
    "might",
    "may agree",
    "only after",
    "only when",
    "only if",
    "should be possible",
    "depends",
    "reserve the right",
    "will agree",
    "intend to",
    "plan to",
    "after we",
    "when we are",
    "not bound",
];
const PROMISES: &[&str] = &[
    "confidential",
    "confidentially",
    "confidentiality",
    "not share",
    "not disclose",
    "secret",
    "keep it private",
    "not to share",
    "not to disclose",
    "embargo",
    "nda",
];
const WITHDRAWS: &[&str] = &["withdraw", "take back", "revoke", "no longer agree", "cannot agree"];

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
            heard.push((says, Place { chunk: said.chunk, at: said.at + at }));
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
        return (Says::Withheld, 0);
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
        ];
        let shown = admitted.iter().fold(text, |text, words| text.replace(words, ""));
        conditions.any(&words(&shown)).is_some()
    };
    if let Some(found) = agreed.filter(|_| about || under) {
        let place = at(found);
        if is_denied(all, found.from) || conditioned(place) || ends_in_question(&said.text) {
            return (Says::Withheld, place);
        }
        let late = denial(&said.text).is_some_and(|(found, _)| {
            matches!(found, Denial::Unsure | Denial::Blank)
                || (found == Denial::Later && !said.text.to_lowercase().contains("until"))
        });
        if late && !later_is_policy(&said.text) {
            return (Says::Withheld, place);
        }
        return (Says::Agreed, place);
    }
    if under {
        if let Some(found) = yes.find(all).into_iter().find(|found| found.from <= 1) {
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
        (Some(found), _) if (about || under) && (own || under) => (Says::Read, at(found)),
        (_, Some(found)) if own => (Says::Promised, at(found)),
        _ => (Says::Nothing, 0),
    }
}

/// “later” and such words may belong to what the policy says about disclosure.
fn later_is_policy(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["embargo", "disclos"].iter().any(|word| lower.contains(word))
        && !["will agree", "later agree", "agree later", "not yet", "not sure", "tbd", "pending"]
            .iter()
            .any(|word| lower.contains(word))
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
