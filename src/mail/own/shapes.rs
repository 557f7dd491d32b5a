//! What one line of a mail looks like: a quote, a field of a header, a command, words that programs put under a mail. By
//! itself; what it means beside its neighbours is in `lines`.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::words::{ANSWERS, FIELDS, FOOTERS, MOBILE, WHEN, WROTE};

const FIELD_NAME_CHARACTERS_MAX: usize = 24;
const MOBILE_CHARACTERS_MAX: usize = 120;
const FOOTER_CHARACTERS_MAX: usize = 100;
/// Outlook draws 32, Mailman 47.
const RULE_CHARACTERS_MIN: usize = 10;
/// `DE>`, of people with many names.
const INITIALS_BYTES_MAX: usize = 8;

/// A field of a quoted header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// A line of a quote: `>`, `> >`, also behind blanks, in the width of Chinese, and `»`.
pub fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '»'])
}

/// A quote by a mark that means something else elsewhere (`|`, `DE>`): only where a quote is expected.
pub fn is_weak_quote(line: &str) -> bool {
    let line = line.trim_start();
    let initials = line.trim_start_matches(|c: char| c.is_alphabetic());
    line.starts_with('|') || (line.len() - initials.len() <= INITIALS_BYTES_MAX && initials.starts_with('>'))
}

/// What a quoted line says.
pub fn unquoted(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_whitespace() || ">＞»|".contains(c)).trim_end()
}

/// A line that begins as commands do, whether it is one or not.
pub fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with(['!', '！'])
}

/// A line that would be read as a command in the thread of a case.
pub fn is_command(line: &str) -> bool {
    let mut characters = line.trim().chars();
    matches!(characters.next(), Some('!' | '！')) && characters.next().is_some_and(char::is_alphabetic)
}

/// The same, or one that would be read as an answer to a question, or names a case.
pub fn is_telling(line: &str) -> bool {
    let line = line.trim();
    let words: Vec<String> = line.split_whitespace().take(4).map(str::to_lowercase).collect();
    let first = words.first().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).unwrap_or_default();
    let is_answer = words.len() <= 3 && ANSWERS.contains(&first);
    is_marked(line) || is_answer || (words.len() <= 2 && first == "case")
}

/// RFC 3676 section 4.3; phones make one dash of the two.
pub fn is_signature_mark(line: &str) -> bool {
    matches!(line.trim(), "--" | "—" | "–")
}

/// What Outlook draws above the mail it answers, and Mailman above what it adds.
pub fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= RULE_CHARACTERS_MIN && line.bytes().all(|byte| byte == b'_')
}

/// What a mailing list adds without drawing a line.
pub fn is_footer(line: &str) -> bool {
    let begins: String = line.trim().chars().take(FOOTER_CHARACTERS_MAX).flat_map(char::to_lowercase).collect();
    FOOTERS.iter().any(|known| begins.starts_with(known))
}

/// "Sent from my iPhone", and what other programs say of themselves.
pub fn is_advertisement(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 4 * MOBILE_CHARACTERS_MAX || line.chars().count() > MOBILE_CHARACTERS_MAX {
        return false;
    }
    let lower = line.trim_start_matches(['*', '_', '[', '-', ' ']).to_lowercase();
    MOBILE.iter().any(|known| lower.starts_with(known))
}

/// The field that a line of a header is, by its name; bold, too.
pub fn field(line: &str) -> Option<Field> {
    let marks = |c: char| c.is_whitespace() || "*_".contains(c);
    let name = before_colon(line)?.trim_matches(marks);
    NAMES.get(name.to_lowercase().as_str()).copied()
}

static NAMES: LazyLock<HashMap<&str, Field>> =
    LazyLock::new(|| FIELDS.iter().flat_map(|(field, names)| names.iter().map(|name| (*name, *field))).collect());

/// A line that may be a field in a language nobody thought of.
pub fn is_like_field(line: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || " *-".contains(c));
    before_colon(line).is_some_and(is_name)
}

/// What stands before the colon, if it is short.
fn before_colon(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (at, _) = line.char_indices().take(FIELD_NAME_CHARACTERS_MAX + 1).find(|(_, c)| matches!(c, ':' | '：'))?;
    line.get(..at)
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| fixed(r"[^\s<>@]@[^\s<>@]+\.[^\s<>@]"));
static TIME: LazyLock<Regex> = LazyLock::new(|| fixed(r"\d{1,2}[:.h]\d{2}"));
static YEAR: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?:19|20)\d{2}"));

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed")
}

pub fn names_address(text: &str) -> bool {
    text.contains('@') && ADDRESS.is_match(text)
}

pub fn names_time(text: &str) -> bool {
    TIME.is_match(text)
}

pub fn names_year(text: &str) -> bool {
    YEAR.is_match(text)
}

/// Whether it ends as the line above a quote does.
pub fn ends_with_colon(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_whitespace() || "*_-".contains(c)).ends_with([':', '：'])
}

/// Whether it begins as the line above a quote does: with a date, or with an address close to it.
pub fn begins_attribution(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    WHEN.iter().any(|known| lower.starts_with(known)) || names_year(&lower) || names_address(&lower)
}

/// Whether it says that somebody wrote.
pub fn says_wrote(text: &str) -> bool {
    let lower = text.to_lowercase();
    // Chinese has no blanks between words; elsewhere “describe” is not “escribe”.
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && c < '\u{2E80}');
    let is_word = |at: usize, known: &str| {
        let (before, after) = (lower.get(..at).unwrap_or_default(), lower.get(at + known.len()..).unwrap_or_default());
        !joins(before.chars().next_back()) && !joins(after.chars().next())
    };
    WROTE.iter().any(|known| lower.match_indices(known).any(|(at, _)| is_word(at, known)))
}
