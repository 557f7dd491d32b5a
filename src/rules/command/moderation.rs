//! The word by which a moderator decides about a held post: one of them, at the top of the mail, as it is typed on a
//! telephone. Nothing is guessed: what may mean two things decides nothing. Who may say it is decided elsewhere.

use super::Misread;
use super::read::{is_blank, is_mark, misread, number, plain, repeated, trimmed, unmarked};
use super::verdict::is_around;
use crate::rules::nearest::nearest;

/// Of a reason; what is longer belongs into a mail of its own.
const REASON_CHARACTERS_MAX: usize = 10_000;
/// Longer lines are text.
const WORDS_OF_A_SHORT_LINE: usize = 4;
/// None of the words is nearly as long.
const WORD_BYTES_MAX: usize = 40;

/// What becomes of a held post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moderation {
    Approve,
    /// It is about policy: its author is told where that belongs.
    RejectPolicy,
    /// For this reason, which its author is told.
    Reject(String),
    /// Nothing goes out.
    Discard,
    /// It is a report for the team.
    Report,
}

impl Moderation {
    /// As it is typed, without a reason.
    pub fn verb(&self) -> &'static str {
        match self {
            Moderation::Approve => "approve",
            Moderation::RejectPolicy => "reject policy",
            Moderation::Reject(_) => "reject",
            Moderation::Discard => "discard",
            Moderation::Report => "report",
        }
    }
}

/// What a mail says of a held post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moderated {
    /// The post that the text itself names, in a line of its own before all: `post 12`.
    pub post: Option<i64>,
    pub verdict: Moderation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Approve,
    Reject,
    Discard,
    Report,
}

const VERBS: [(&str, Verb); 4] =
    [("approve", Verb::Approve), ("reject", Verb::Reject), ("discard", Verb::Discard), ("report", Verb::Report)];
/// What people type instead.
const LIKE_ONE: [&str; 22] = [
    "yes",
    "yep",
    "no",
    "nope",
    "ok",
    "okay",
    "sure",
    "agree",
    "agreed",
    "accept",
    "accepted",
    "approved",
    "rejected",
    "refuse",
    "decline",
    "discarded",
    "drop",
    "spam",
    "delete",
    "confirm",
    "+1",
    "-1",
];

/// Said of a rejection without one.
pub const REASON_WANTED: &str = "The author is told why, so write the reason behind “reject”, for example: reject It names a \
                                 customer. If it is about policy: reject policy.";
const USAGES: &str = "- approve
- reject policy
- reject REASON
- discard
- report

One of these, at the top of your mail.";
const POST_USAGE: &str = "- post NUMBER\n  Names the post that you mean: the first line of all, once.";

impl Verb {
    fn usage(self) -> &'static str {
        match self {
            Verb::Approve => "- approve\n  Alone in its line, and an empty line below it.",
            Verb::Reject => {
                "- reject policy\n  Its author is told where policy belongs.\n- reject REASON\n  The reason goes to its \
                 author, with all that stands below it."
            }
            Verb::Discard => "- discard\n  Alone in its line, and an empty line below it.",
            Verb::Report => "- report\n  Alone in its line, and an empty line below it.",
        }
    }
}

/// What stands at the top of a text about a held post; `None`: nothing of the kind.
pub fn moderation(own: &str) -> Option<Result<Moderated, Misread>> {
    let mut lines = own.lines().skip_while(|line| is_blank(line)).peekable();
    let named = lines.peek().and_then(|line| post_in(line)).and_then(|post| Some((post, lines.next()?)));
    while lines.next_if(|line| is_blank(line)).is_some() {}
    let Some(line) = lines.next() else { return named.map(|(_, line)| Err(names_only(line))) };
    if let Some((_, first)) = named.filter(|_| post_in(line).is_some()) {
        return Some(Err(misread(first, "A post is named in the first line, and once.", POST_USAGE)));
    }
    let below: Vec<&str> = lines.take_while(|line| !is_quote(line)).collect();
    let Some((verb, in_sentence, rest)) = verb_of(line).filter(|_| !is_quote(line)) else {
        return no_verb(line, &below, named.map(|(_, line)| line)).map(Err);
    };
    let wrong = |problem: &str| misread(line, problem, verb.usage());
    if in_sentence {
        return Some(Err(wrong("It reads like a word of a sentence.")));
    }
    if let Some(other) = below.iter().find(|line| is_moderation(line)) {
        let problem = format!("“{}” stands below it. Say one of them; else put it into a sentence.", repeated(other));
        return Some(Err(wrong(&problem)));
    }
    let verdict = match verdict(verb, rest, &below) {
        Ok(verdict) => verdict,
        Err(problem) => return Some(Err(wrong(&problem))),
    };
    Some(Ok(Moderated { post: named.map(|(post, _)| post), verdict }))
}

fn verdict(verb: Verb, rest: &str, below: &[&str]) -> Result<Moderation, String> {
    let alone = |verdict: Moderation, rest: &str| {
        if !rest.chars().all(is_around) {
            return Err(format!("Nothing may stand behind “{}” in its line.", verdict.verb()));
        }
        match below.first().filter(|line| !is_blank(line)) {
            Some(line) => Err(format!(
                "“{}” stands right below it, and may belong to it. If not, leave an empty line between.",
                repeated(trimmed(line))
            )),
            None => Ok(verdict),
        }
    };
    match verb {
        Verb::Approve => alone(Moderation::Approve, rest),
        Verb::Discard => alone(Moderation::Discard, rest),
        Verb::Report => alone(Moderation::Report, rest),
        Verb::Reject if plain(rest).trim_matches(is_around).eq_ignore_ascii_case("policy") => {
            alone(Moderation::RejectPolicy, "")
        }
        Verb::Reject => {
            let lines: Vec<&str> = std::iter::once(rest).chain(below.iter().copied()).collect();
            let reason = lines.join("\n").trim_matches(|c: char| c.is_whitespace()).to_owned();
            match reason.chars().count() {
                0 => Err(REASON_WANTED.to_owned()),
                length if length > REASON_CHARACTERS_MAX => {
                    Err(format!("The reason has {length} characters; it may have {REASON_CHARACTERS_MAX}."))
                }
                _ => Ok(Moderation::Reject(reason)),
            }
        }
    }
}

/// Why a text that begins with none of the words seems to be meant to.
fn no_verb(line: &str, below: &[&str], named: Option<&str>) -> Option<Misread> {
    let beside = std::iter::once(line).chain(below.iter().copied()).find(|line| is_moderation(line) && !is_quote(line));
    if let Some(line) = beside {
        return Some(misread(line, "It stands below other text; it has to stand at the top.", USAGES));
    }
    if let Some(line) = named {
        return Some(names_only(line));
    }
    if is_quote(line) {
        return None;
    }
    let words = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    let first = words.split(' ').next().unwrap_or_default().trim_matches(is_around);
    let is_short = words.split(' ').count() <= WORDS_OF_A_SHORT_LINE;
    if is_short && LIKE_ONE.contains(&first) {
        return Some(misread(line, "That is not clear enough.", USAGES));
    }
    let near = (is_short && first.len() <= WORD_BYTES_MAX)
        .then(|| nearest(first, VERBS.iter().map(|(word, _)| *word)))
        .flatten();
    match near {
        Some(near) => Some(misread(line, &format!("Did you mean “{near}”?"), USAGES)),
        None if unmarked(line).is_some() => Some(misread(line, "That is none of the words.", USAGES)),
        None => None,
    }
}

fn names_only(line: &str) -> Misread {
    misread(line, "It names a post, and nothing follows.", USAGES)
}

/// What a mail is told that says nothing where something is asked.
pub fn no_moderation() -> Misread {
    misread("", "It does not begin with a word that says what to do.", USAGES)
}

/// The post that a text names in its first line, whatever follows.
pub fn named_post(own: &str) -> Option<i64> {
    post_in(own.lines().find(|line| !is_blank(line))?)
}

/// Whether the author of a post takes it back: the word, alone in the first line.
pub fn withdrawal(own: &str) -> bool {
    let line = own.lines().find(|line| !is_blank(line)).filter(|line| !is_quote(line));
    line.is_some_and(|line| {
        let typed = plain(unmarked(line).unwrap_or(line)).to_lowercase();
        typed.trim_matches(is_around) == "withdraw"
    })
}

/// Whether a line is surely meant to act, wherever it stands. A reason may be anything.
pub fn is_moderation(line: &str) -> bool {
    let Some((verb, false, rest)) = verb_of(line) else { return false };
    match verb {
        Verb::Reject => plain(rest).trim_matches(is_around).eq_ignore_ascii_case("policy") || unmarked(line).is_some(),
        Verb::Approve | Verb::Discard | Verb::Report => rest.chars().all(is_around),
    }
}

/// The verb a line begins with, whether it seems to be a word of a sentence, and what stands behind it.
fn verb_of(line: &str) -> Option<(Verb, bool, &str)> {
    let body = unmarked(line).unwrap_or_else(|| trimmed(line));
    let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let in_sentence = word.contains(['?', ',', ';']);
    let word = word.trim_matches(is_around).to_lowercase();
    let (_, verb) = VERBS.iter().find(|(known, _)| *known == word)?;
    Some((*verb, in_sentence, trimmed(rest).trim_start_matches([':', '-', '–', '—']).trim_start()))
}

/// `post 12`, in a line of its own; also `!post #12.`
fn post_in(line: &str) -> Option<i64> {
    let words = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    number(words.strip_prefix("post")?.strip_prefix([' ', ':'])?.trim_end_matches(is_mark)).map(|number| number.0)
}

/// Own text has none; nothing of one acts all the same.
fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '»'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(own: &str) -> String {
        match moderation(own) {
            None => "nothing".to_owned(),
            Some(Err(misread)) => format!("{} | {}", misread.line, misread.problem),
            Some(Ok(Moderated { post, verdict })) => {
                let post = post.map_or(String::new(), |post| format!("post {post}: "));
                match verdict {
                    Moderation::Reject(reason) => format!("{post}reject [{reason}]"),
                    verdict => format!("{post}{}", verdict.verb()),
                }
            }
        }
    }

    #[test]
    fn one_word_at_the_top_decides() {
        for (own, expected) in [
            ("approve", "approve"),
            ("\n\n Approve.\n\nThanks, Alice", "approve"),
            ("“discard”", "discard"),
            ("!report", "report"),
            ("reject policy", "reject policy"),
            ("Reject: policy.\n\nBob", "reject policy"),
            ("post 12\napprove", "post 12: approve"),
            ("Post #3.\n\ndiscard", "post 3: discard"),
            ("reject please ask on the public list", "reject [please ask on the public list]"),
            ("reject\nIt names a customer.\n\nWrite it without.", "reject [It names a customer.\n\nWrite it without.]"),
            ("reject policy matters are for another list", "reject [policy matters are for another list]"),
            ("approve\n\n> reject policy", "approve"),
        ] {
            assert_eq!(said(own), expected, "{own}");
            assert_eq!(said(&own.replace('\n', "\r\n")).replace('\r', ""), expected, "{own}");
        }
    }

    #[test]
    fn what_may_mean_two_things_decides_nothing() {
        for (own, expected) in [
            (
                "approve but only tomorrow",
                "approve but only tomorrow | Nothing may stand behind “approve” in its line.",
            ),
            (
                "approve\nnot yet",
                "approve | “not yet” stands right below it, and may belong to it. If not, leave an empty line between.",
            ),
            (
                "approve\n\nreject policy",
                "approve | “reject policy” stands below it. Say one of them; else put it into a sentence.",
            ),
            ("approve, I think", "approve, I think | It reads like a word of a sentence."),
            ("discard?", "discard? | It reads like a word of a sentence."),
            ("Hello,\n\napprove", "approve | It stands below other text; it has to stand at the top."),
            ("aprove", "aprove | Did you mean “approve”?"),
            ("approved", "approved | That is not clear enough."),
            ("yes please", "yes please | That is not clear enough."),
            ("post 12", "post 12 | It names a post, and nothing follows."),
            ("post 12\npost 13\napprove", "post 12 | A post is named in the first line, and once."),
            ("post 12\nHello", "post 12 | It names a post, and nothing follows."),
        ] {
            assert_eq!(said(own), expected, "{own}");
        }
        assert_eq!(said("reject"), format!("reject | {REASON_WANTED}"));
    }

    #[test]
    fn other_text_says_nothing() {
        for own in ["", "> approve", "I do not know what to do about this one; what do you think of it?"] {
            assert_eq!(said(own), "nothing", "{own}");
        }
    }

    #[test]
    fn an_author_takes_a_post_back_with_one_word() {
        for (own, expected) in [
            ("withdraw", true),
            ("\nWithdraw!\n\nVera", true),
            ("withdraw it", false),
            ("> withdraw", false),
            ("Hello\nwithdraw", false),
        ] {
            assert_eq!(withdrawal(own), expected, "{own}");
        }
    }
}
