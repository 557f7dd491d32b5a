//! Answers that answer nothing: not yet, not sure, not applicable, to be found elsewhere, a form that was not filled in.

mod phrases;

use std::sync::LazyLock;

use self::phrases::{BARE, ELSEWHERE, LATER, NOTHING, UNSURE};
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

static PHRASES: LazyLock<Vec<(Denial, Phrases)>> = LazyLock::new(|| {
    let of = |words: &[&str]| Phrases::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    vec![
        (Denial::Later, of(LATER)),
        (Denial::Unsure, of(UNSURE)),
        (Denial::Nothing, of(NOTHING)),
        (Denial::Elsewhere, of(ELSEWHERE)),
    ]
});

/// Whether nothing but the form's own words stand there: `[insert link]`, `___`, `xxx`.
pub fn is_unfilled(text: &str) -> bool {
    let mut rest = text.to_owned();
    while let Some(at) = rest.find(['[', '<', '{']) {
        let close = match rest.get(at..at + 1) {
            Some("[") => ']',
            Some("<") => '>',
            _ => '}',
        };
        let Some(length) = rest.get(at..).and_then(|rest| rest.find(close)) else { break };
        let inside = rest.get(at + 1..at + length).unwrap_or_default();
        if inside.contains("://") || inside.contains('@') {
            break;
        }
        rest.replace_range(at..at + length + 1, " ");
    }
    let words: Vec<String> = words(&rest).into_iter().map(|word| word.stem).collect();
    words.iter().all(|word| matches!(word.as_str(), "and" | "or") || word.chars().all(|c| c == 'x'))
}

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
