//! Dates as people write them: the one of a command, which has to be beyond doubt (`read`), and those in prose (`hints`).
//! What could mean two things is asked back with all it could mean; nothing is guessed. Times are UTC.

mod day;
mod hints;
mod hour;
mod words;

use jiff::civil::{Date, Time};

pub use hints::{Hint, hints};

use day::Day;
use words::{Word, words};

/// What somebody wrote is repeated only so far.
const REPEATED_CHARACTERS_MAX: usize = 60;
/// A date and an hour have no more.
const WORDS_MAX: usize = 16;
/// Put before a date without meaning anything by it.
const LEAD_INS: [&str; 6] = ["until", "till", "to", "on", "by", "for"];
/// Put between a date and its reason.
const MARKS: [char; 9] = [' ', ',', ';', ':', '.', '-', '–', '—', '\n'];

/// What a command says: a day, perhaps an hour, and the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub day: Date,
    pub hour: Option<Time>,
    /// May be empty.
    pub reason: String,
}

/// What nobody can tell, or what cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// A sentence.
    pub why: String,
    /// What it could mean, as a command takes it: “2026-12-15”, “2026-12-15 14:00”. May be empty.
    pub meanings: Vec<String>,
}

impl Unclear {
    fn new(why: impl Into<String>, meanings: impl IntoIterator<Item = String>) -> Self {
        Self { why: why.into(), meanings: meanings.into_iter().collect() }
    }
}

/// Reads `DATE [HOUR] reason`. `today`: in UTC.
pub fn read(text: &str, today: Date) -> Result<Wanted, Unclear> {
    let words: Vec<Word<'_>> = words(text).take(WORDS_MAX).collect();
    let mut rest = words.as_slice();
    if let [first, second, ..] = rest
        && LEAD_INS.contains(&first.lower.as_str())
        && !second.lower.is_empty()
    {
        rest = rest.get(1..).unwrap_or_default();
    }
    let (day, taken) = match day::at_start(rest, today) {
        Some((Day::Is(day), taken)) => (day, taken),
        Some((Day::Unclear(unclear), _)) => return Err(unclear),
        None => return Err(no_date(rest)),
    };
    rest = rest.get(taken..).unwrap_or_default();
    if let Some(other) = day::another(rest, today) {
        let meanings = [day.to_string()].into_iter().chain(other.map(|other| other.to_string()));
        return Err(Unclear::new("It says more than one date.", meanings));
    }
    let (hour, taken) = hour::at_start(rest, day)?;
    rest = rest.get(taken..).unwrap_or_default();
    let from = rest.first().map_or(text.len(), |word| word.at);
    let reason = text.get(from..).unwrap_or_default().trim_start_matches(MARKS).trim_end();
    Ok(Wanted { day, hour, reason: reason.to_owned() })
}

fn no_date(rest: &[Word<'_>]) -> Unclear {
    let Some(first) = rest.first() else {
        return Unclear::new("It does not say which date.", []);
    };
    match first.lower.as_str() {
        "now" | "immediately" | "asap" | "today" | "release" => {
            Unclear::new(format!("“{}” is no date.", repeated(first.text)), [])
        }
        _ => Unclear::new(format!("“{}” is no date that can be read.", repeated(first.text)), []),
    }
}

fn repeated(text: &str) -> String {
    let short: String = text.chars().take(REPEATED_CHARACTERS_MAX).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
