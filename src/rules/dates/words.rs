//! The words of a text, with the place where each stands.

use crate::rules::command::is_gap;

/// Longer than any word of a date.
const LOWER_CHARACTERS_MAX: usize = 40;

/// One word between blanks.
#[derive(Clone, Debug)]
pub struct Word<'t> {
    pub text: &'t str,
    /// The byte at which it begins.
    pub at: usize,
    /// In lower case, without the marks around it.
    pub lower: String,
    /// A comma, or the end of a sentence, follows.
    pub ends: bool,
}

pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    text.split(is_gap).filter_map(move |word| {
        let start = at;
        at += word.len() + text.get(at + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (!word.is_empty()).then(|| {
            let bare = word.trim_matches(is_around);
            Word {
                text: word,
                at: start,
                lower: bare.chars().take(LOWER_CHARACTERS_MAX).flat_map(char::to_lowercase).collect(),
                ends: word.ends_with(['.', ',', ';', '!', '?']),
            }
        })
    })
}

fn is_around(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '('
            | ')'
            | '['
            | ']'
            | '"'
            | '\''
            | '“'
            | '”'
            | '„'
            | '‘'
            | '’'
            | '*'
            | '_'
            | '<'
            | '>'
            | '='
    )
}
