//! What lines of a mail are beside each other: the line above a quote, the header of another mail, where a signature
//! begins. By words, and by shape for languages nobody thought of. It looks at few lines at a time.

use std::collections::BTreeSet;

use super::html::MARKS;
use super::shapes::{self, Field, is_quote};
use super::words::{FORWARDS, ORIGINALS};

/// "On Sunday, Dana Example <…>" is wrapped into this many lines, at most.
const ATTRIBUTION_LINES_MAX: usize = 4;
const ATTRIBUTION_BYTES_MAX: usize = 600;
/// Lines that are read to know a header: each field may be wrapped, and stand in a paragraph of its own.
const HEADER_LINES_MAX: usize = 24;
/// Lines on end in it that are no field.
const HEADER_GAP_MAX: usize = 2;
const FOREIGN_LINES_MAX: usize = 6;
const FOREIGN_LINES_MIN: usize = 3;
const SEPARATOR_CHARACTERS_MAX: usize = 100;
/// Empty lines that may stand under a line which belongs to the next.
const GAP_MAX: usize = 5;

/// What a line begins from which on nothing is its author's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The mail that is answered, or one that is forwarded without saying so.
    Quoted,
    Forwarded,
    Signature,
}

/// The line that says who wrote what is quoted.
pub struct Attribution {
    /// So many lines it takes.
    pub lines: usize,
    /// The quote under it is marked. Else nobody knows where it ends.
    pub marked: bool,
}

/// The lines of a text.
pub struct Lines<'a> {
    lines: Vec<&'a str>,
    fields: Vec<Option<Field>>,
    /// Which lines may end an attribution.
    colons: Vec<bool>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let fields = lines.iter().map(|line| shapes::field(line)).collect();
        let colons = lines.iter().map(|line| shapes::ends_with_colon(line)).collect();
        Self { lines, fields, colons }
    }

    pub fn get(&self, at: usize) -> Option<&'a str> {
        self.lines.get(at).copied()
    }

    /// The lines from here on.
    pub fn from(&self, at: usize) -> &[&'a str] {
        self.lines.get(at..).unwrap_or_default()
    }

    /// Where the next line with something in it stands.
    fn next(&self, at: usize) -> Option<usize> {
        let rest = self.from(at + 1);
        rest.iter().take(GAP_MAX).position(|line| !line.trim().is_empty()).map(|gap| at + 1 + gap)
    }

    /// Whether what the author wrote ends with this line, and how.
    pub fn end(&self, at: usize) -> Option<End> {
        let line = self.get(at)?;
        if shapes::is_signature_mark(line) {
            return Some(End::Signature);
        }
        let quoted = || shapes::is_rule(line) || self.is_header(at) || shapes::is_footer(line);
        self.separator(at).or_else(|| quoted().then_some(End::Quoted))
    }

    /// "-----Original Message-----" and what else programs put between dashes.
    fn separator(&self, at: usize) -> Option<End> {
        let line = self.get(at)?.trim();
        if line.is_empty() || line.chars().take(SEPARATOR_CHARACTERS_MAX + 1).count() > SEPARATOR_CHARACTERS_MAX {
            return None;
        }
        let dash = |c: char| "-‐‑‒–—―─━_=*#~".contains(c);
        let dashed = line.starts_with(dash) && line.ends_with(dash);
        let bare = line.trim_matches(|c: char| dash(c) || c.is_whitespace());
        let words = bare.trim_end_matches(|c: char| c.is_whitespace() || ":：".contains(c)).to_lowercase();
        // mutt: “Forwarded message from Dana <…>”
        let says = |known: &&str| {
            words
                .strip_prefix(*known)
                .is_some_and(|rest| rest.is_empty() || (dashed && rest.starts_with([' ', '(', '/'])))
        };
        if FORWARDS.iter().any(&says) {
            return Some(End::Forwarded);
        }
        if (dashed || bare.ends_with([':', '：'])) && ORIGINALS.iter().any(says) {
            return Some(End::Quoted);
        }
        // In a language nobody thought of: what follows tells.
        let is_one = line.starts_with("--") && line.ends_with("--") && !words.is_empty();
        let next = self.next(at).filter(|_| is_one)?;
        (self.fields.get(next).is_some_and(Option::is_some) || self.is_header(next)).then_some(End::Quoted)
    }

    /// The header of another mail: From, and date, recipient or subject close to it.
    fn is_header(&self, at: usize) -> bool {
        let Some(first) = self.fields.get(at).copied().flatten() else { return self.is_foreign_header(at) };
        let mut found = BTreeSet::from([first]);
        let mut gap = 0;
        for field in self.fields.iter().skip(at + 1).take(HEADER_LINES_MAX) {
            match field {
                Some(field) => {
                    found.insert(*field);
                    gap = 0;
                }
                None => gap += 1, // A field that goes on, or the empty line between two paragraphs.
            }
            if gap > HEADER_GAP_MAX {
                break;
            }
        }
        found.remove(&Field::Other);
        found.contains(&Field::From) && found.len() >= if first == Field::From { 2 } else { 3 }
    }

    /// A header in a language nobody thought of: fields on end, one with an address, one with a date and a time.
    fn is_foreign_header(&self, at: usize) -> bool {
        let is_field = |line: &&&str| line.len() <= ATTRIBUTION_BYTES_MAX && shapes::is_like_field(line);
        let block: Vec<&&str> = self.from(at).iter().take(FOREIGN_LINES_MAX).take_while(is_field).collect();
        block.len() >= FOREIGN_LINES_MIN
            && block.iter().any(|line| shapes::names_address(line))
            && block.iter().any(|line| shapes::names_time(line) && shapes::names_year(line))
    }

    /// "Sent from my iPhone": it stands alone, under all that somebody typed.
    pub fn is_advertisement(&self, at: usize) -> bool {
        let alone = at.checked_sub(1).and_then(|before| self.get(before)).is_none_or(|line| line.trim().is_empty());
        if !alone || !self.get(at).is_some_and(shapes::is_advertisement) {
            return false;
        }
        let Some(next) = self.next(at) else { return true };
        let another = |line: &str| is_quote(line) || shapes::is_advertisement(line) || line.trim().starts_with(MARKS);
        self.get(next).is_some_and(another) || self.end(next).is_some() || self.attribution(next).is_some()
    }

    /// The line above a quote, when it begins here.
    pub fn attribution(&self, at: usize) -> Option<Attribution> {
        if !self.colons.iter().skip(at).take(ATTRIBUTION_LINES_MAX).any(|colon| *colon) {
            return None;
        }
        let reach = self.from(at).iter().take(ATTRIBUTION_LINES_MAX);
        let reach: Vec<&str> = reach.take_while(|line| !line.trim().is_empty() && !is_quote(line)).copied().collect();
        let first = reach.first()?;
        let mut joined = String::new();
        for (line, count) in reach.iter().zip(1..) {
            if joined.len() + line.len() > ATTRIBUTION_BYTES_MAX {
                return None;
            }
            joined.push_str(line.trim());
            if self.colons.get(at + count - 1) == Some(&true) && (count == 1 || is_wrapped(first, &joined)) {
                let below = self.next(at + count - 1).and_then(|next| self.get(next));
                let marked = below.is_some_and(|line| is_quote(line) || shapes::is_weak_quote(line));
                if (marked && is_likely(&joined)) || is_certain(&joined) {
                    return Some(Attribution { lines: count, marked });
                }
            }
            joined.push(' ');
        }
        None
    }

    /// Whether a quote stands under a line without an empty one between, or an attribution: the line may be the beginning
    /// of that, if a name is long, or one in a language nobody thought of. Or it says itself that somebody wrote.
    pub fn leads_to_quote(&self, at: usize) -> bool {
        let below = |at: usize| self.get(at).filter(|line| !line.trim().is_empty());
        let reach = (at + 1..).take(ATTRIBUTION_LINES_MAX).take_while(|at| below(*at).is_some());
        if reach.into_iter().any(|at| below(at).is_some_and(is_quote) || self.attribution(at).is_some()) {
            return true;
        }
        let above_quote = self.next(at).and_then(|next| self.get(next)).is_some_and(is_quote);
        above_quote
            && self
                .get(at)
                .is_some_and(|line| shapes::ends_with_colon(line) || is_certain(line) || shapes::says_wrote(line))
    }
}

/// Whether several lines are one attribution: the first may be what somebody typed above it.
fn is_wrapped(first: &str, joined: &str) -> bool {
    let telling = |c: char| c.is_ascii_digit() || c == '@';
    !shapes::is_telling(first) && joined.contains(telling) && shapes::begins_attribution(first)
}

/// Enough above a marked quote.
fn is_likely(joined: &str) -> bool {
    let exact = shapes::names_year(joined) && shapes::names_time(joined);
    exact || shapes::names_address(joined) || shapes::says_wrote(joined)
}

/// Enough without: who, when, and that they wrote; or an address, and the time to the minute.
fn is_certain(joined: &str) -> bool {
    if !joined.contains(|c: char| c.is_ascii_digit() || c == '@') {
        return false;
    }
    let (year, time, address) = (shapes::names_year(joined), shapes::names_time(joined), shapes::names_address(joined));
    let known = address || ((year || time) && shapes::begins_attribution(joined));
    (year && time && address) || (known && shapes::says_wrote(joined))
}
