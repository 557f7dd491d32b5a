//! Answers that answer nothing: not yet, not sure, not applicable, to be found elsewhere, a form that was not filled in.

use std::sync::LazyLock;

use super::words::{Phrases, Word, words};

/// How an answer avoids to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denial {
    /// It is to come.
    Later,
    /// Its author does not know.
    Unsure,
    /// There is none.
    Nothing,
    /// It stands somewhere else.
    Elsewhere,
    /// The form's own words stand where the answer belongs.
    Blank,
}

impl Denial {
    /// Why it settles nothing.
    pub fn why(self) -> &'static str {
        match self {
            Self::Later => "The mail says that it is to come",
            Self::Unsure => "The mail says that this is not sure",
            Self::Nothing => "The mail says that there is none, or that it does not apply",
            Self::Elsewhere => "The mail points to another place instead of saying it",
            Self::Blank => "The form's own words stand where the answer belongs",
        }
    }
}

const LATER: &[&str] = &[
    "will follow",
    "to follow",
    "follow later",
    "will send",
    "will be send",
    "send after",
    "send later",
    "send it later",
    "will provide",
    "will inform",
    "will tell",
    "will be provided",
    "will be added",
    "will be sent",
    "tbd",
    "tba",
    "tbc",
    "to be decided",
    "to be defined",
    "to be announced",
    "to be confirmed",
    "not yet",
    "not * yet",
    "no * yet",
    "coming soon",
    "come soon",
    "soon",
    "in preparation",
    "under construction",
    "under development",
    "in progress",
    "work in progress",
    "is planned",
    "we plan",
    "next week",
    "next month",
    "next year",
    "later",
    "at the moment no",
    "being prepared",
    "being set up",
    "being written",
    "being rewritten",
    "under migration",
    "is down",
    "are down",
    "offline",
    "will be online",
    "will be available",
    "will be published",
    "will be ready",
    "will be live",
    "goes live",
    "go live",
    "once it is",
    "once we have",
    "still working on",
    "still has to",
    "still need",
    "still to be",
    "to do",
    "todo",
    "pending",
    "to be created",
    "will create",
    "will be created",
    "will set up",
    "will publish",
    "will put",
    "will add",
    "will write",
    "when * ready",
    "when * finished",
    "as soon as",
    "in the works",
    "relaunch",
    "are stopped",
    "is stopped",
    "temporarily",
];
const UNSURE: &[&str] = &[
    "not sure",
    "not certain",
    "unsure",
    "do not know",
    "dont know",
    "not know",
    "do not understand",
    "not understand",
    "no idea",
    "perhaps",
    "maybe",
    "i think so",
    "unclear to",
    "not clear",
    "unknown",
    "depends",
    "have to ask",
    "need to ask",
    "must ask",
    "have to check",
    "need to check",
    "let me check",
    "is it ok",
    "is this ok",
    "is that ok",
    "hopefully",
    "what do you mean",
    "please advise",
    "i guess",
    "would have to",
    "probably",
    "not decided",
    "undecided",
];
const NOTHING: &[&str] = &[
    "n a",
    "na",
    "not applicable",
    "not apply",
    "none",
    "nothing",
    "do not have",
    "have not",
    "have no",
    "we have none",
    "there is no",
    "there is not",
    "there are no",
    "does not exist",
    "do not exist",
    "not available",
    "not publish",
    "not published",
    "not public",
    "are not a",
    "are not an",
    "are not one",
    "we are not",
    "is not applicable",
    "not relevant",
    "no such",
    "not at this time",
    "not host",
    "not a",
    "without",
    "not required",
    "no public",
    "no page",
    "no dedicated",
    "no special",
    "not offer",
    "not sell",
    "nil",
];
const ELSEWHERE: &[&str] = &[
    "see above",
    "see below",
    "as above",
    "same as above",
    "mentioned above",
    "given above",
    "as below",
    "see website",
    "see our website",
    "see our site",
    "see our web",
    "on our website",
    "on our site",
    "our website",
    "at our website",
    "see homepage",
    "our homepage",
    "see signature",
    "see my signature",
    "see attachment",
    "attached",
    "see attached",
    "in the attachment",
    "on request",
    "upon request",
    "by request",
    "request by",
    "please contact",
    "contact us",
    "contact me",
    "contact our",
    "ask us",
    "ask me",
    "ask sale",
    "call us",
    "write to us",
    "google",
    "search for",
    "easily found",
    "can be found online",
    "you already know",
    "well known",
    "see the website",
    "consult our",
    "visit our",
    "via sale",
    "individual offer",
    "see link above",
    "as stated",
    "previous mail",
    "earlier mail",
];

static PHRASES: LazyLock<Vec<(Denial, Phrases)>> = LazyLock::new(|| {
    let of = |words: &[&str]| Phrases::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    vec![
        (Denial::Later, of(LATER)),
        (Denial::Unsure, of(UNSURE)),
        (Denial::Nothing, of(NOTHING)),
        (Denial::Elsewhere, of(ELSEWHERE)),
    ]
});

/// What a whole answer says when it says nothing else.
const BARE: &[&str] = &[
    "no", "not", "nope", "never", "nothing", "none", "na", "null", "empty", "blank", "x", "xx", "xxx", "later", "soon",
    "tbd", "same", "idem", "ditto",
];

/// How a text avoids to be an answer, and the byte at which it says so.
pub fn denial(text: &str) -> Option<(Denial, usize)> {
    if let Some(at) = blank(text) {
        return Some((Denial::Blank, at));
    }
    let all = words(text);
    let bare = |word: &Word| BARE.contains(&word.stem.as_str());
    if all.first().is_some_and(bare) && (all.len() <= 2 || begins_no(text)) {
        return Some((Denial::Nothing, 0));
    }
    PHRASES.iter().find_map(|(denial, phrases)| {
        let found = phrases.find(&all).into_iter().find(|found| !is_denied(&all, found.from))?;
        Some((*denial, all.get(found.from)?.at))
    })
}

fn begins_no(text: &str) -> bool {
    let text = text.trim_start();
    ["no,", "no.", "no ", "none", "n/a", "N/A", "No,", "No.", "None", "nope"].iter().any(|word| text.starts_with(word))
        && !text.to_lowercase().starts_with("no. ")
}

/// `[insert link here]`, `<your domain>`, `____`, `...`: what a form has where an answer belongs.
fn blank(text: &str) -> Option<usize> {
    let at = text.find(['[', '<', '{'])?;
    let inside = text.get(at + 1..)?.split([']', '>', '}']).next()?.to_lowercase();
    let words = [
        "insert",
        "your ",
        "your",
        "fill",
        "enter",
        "link here",
        "url here",
        "name here",
        "todo",
        "placeholder",
        "xxx",
        "tbd",
        "please",
        "add ",
    ];
    words.iter().any(|word| inside.trim_start().starts_with(word)).then_some(at)
}

/// “No need to register”, “not later”: somebody says the contrary.
fn is_denied(all: &[Word], from: usize) -> bool {
    let before = all.get(from.saturating_sub(2)..from).unwrap_or_default();
    before.iter().any(|word| matches!(word.stem.as_str(), "never" | "nobody"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_known() {
        for (text, expected) in [
            ("N/A", Some(Denial::Nothing)),
            ("no", Some(Denial::Nothing)),
            ("We're not.", Some(Denial::Nothing)),
            ("[insert link]", Some(Denial::Blank)),
            ("TBD", Some(Denial::Later)),
            ("We do not have such a page yet", Some(Denial::Later)),
            ("Not sure, how do I go about that?", Some(Denial::Unsure)),
            ("see above", Some(Denial::Elsewhere)),
            ("Prices on request", Some(Denial::Elsewhere)),
            ("Acme Hosting Ltd", None),
            ("https://acme.example/", None),
            ("yes", None),
        ] {
            assert_eq!(denial(text).map(|(denial, _)| denial), expected, "{text}");
        }
    }
}
