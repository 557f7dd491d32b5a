//! The words that answer a question of the desk: one of them, alone in the first line. What is nearly one is no answer,
//! and is asked again.

use super::Misread;
use super::read::{is_blank, is_mark, misread, plain, unmarked};
use crate::rules::nearest::nearest;

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    No,
}

/// Words that people type for nothing else: a `yes` above may answer another question.
const WORDS: [(&str, Verdict); 4] =
    [("agree", Verdict::Yes), ("accept", Verdict::Yes), ("decline", Verdict::No), ("refuse", Verdict::No)];
/// What people type instead.
const LIKE_ONE: [&str; 17] = [
    "yes",
    "yep",
    "yeah",
    "no",
    "nope",
    "ok",
    "okay",
    "sure",
    "agreed",
    "disagree",
    "accepted",
    "confirm",
    "confirmed",
    "declined",
    "refused",
    "reject",
    "approve",
];
/// Longer lines are text, unless they begin with one of the words.
const WORDS_OF_A_SHORT_LINE: usize = 4;
/// None of them is nearly as long.
const WORD_BYTES_MAX: usize = 40;

const EXPECTED: &str = "- agree (or: accept)\n- decline (or: refuse)\n\nOne of these words, alone in the first line.";

/// The answer at the top of a text. `None`: it has none; an error: it has nearly one.
pub fn verdict(own: &str) -> Option<Result<Verdict, Misread>> {
    let line = own.lines().find(|line| !is_blank(line)).filter(|line| !line.trim_start().starts_with('>'))?;
    let typed = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    let typed = typed.trim_matches(is_around);
    if let Some((_, verdict)) = WORDS.iter().find(|(word, _)| *word == typed) {
        return Some(Ok(*verdict));
    }
    let words: Vec<&str> = typed.split(' ').map(|word| word.trim_matches(is_around)).collect();
    let is_word = |word: &&str| WORDS.iter().any(|(known, _)| known == word);
    let is_short = words.len() <= WORDS_OF_A_SHORT_LINE;
    let problem = match words.as_slice() {
        [word] if LIKE_ONE.contains(word) => "That is not clear enough.".to_owned(),
        [word] if word.len() <= WORD_BYTES_MAX => {
            let near = nearest(word, WORDS.iter().map(|(known, _)| *known))?;
            format!("It is not quite a word that answers; did you mean “{near}”?")
        }
        [first, ..] if is_word(first) => "More than the answer stands in its line.".to_owned(),
        words if is_short && words.iter().any(is_word) => "More than the answer stands in its line.".to_owned(),
        _ => return None,
    };
    Some(Err(misread(line, &problem, EXPECTED)))
}

/// Letters show the words in quotes.
pub(super) fn is_around(c: char) -> bool {
    is_mark(c) || matches!(c, ' ' | '"' | '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»')
}
