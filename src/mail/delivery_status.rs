//! What a mail server says became of a delivery: the fields of RFC 3464 where there are any, else the sentences of real
//! servers. Total, linear and bounded. Whether it is believed is not decided here: what comes to no key counts nothing.

mod meaning;
mod plain;
mod report;
mod words;

use std::sync::LazyLock;

use regex::Regex;

use crate::mail::fields::Typed;
use crate::mail::headers::{Headers, one_line};
use crate::mail::machine::Machine;
use crate::mail::parts::parts;

/// What people are shown of a server's explanation.
const DIAGNOSTIC_CHARACTERS_MAX: usize = 200;
/// A letter of ours has one recipient; an alias of theirs may stand for some people.
const RECIPIENTS_MAX: usize = 50;
/// RFC 5321 section 4.5.3.1 allows 64 and 255.
const ADDRESS_BYTES_MAX: usize = 320;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It will not arrive.
    Failed,
    /// It did not arrive yet; the server goes on trying.
    Delayed,
    /// Delivered, relayed, expanded: nothing to worry about.
    Other,
}

impl Fate {
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::Failed => "failed",
            Fate::Delayed => "delayed",
            Fate::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Fate::Failed, Fate::Delayed, Fate::Other].into_iter().find(|fate| fate.as_str() == text)
    }
}

/// What was said of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// As the server wrote it, without angle brackets; it may stand behind an alias that we wrote to.
    pub recipient: Option<String>,
    pub fate: Fate,
    /// RFC 3463, such as `5.1.1`; empty when it gives none.
    pub status: String,
    /// The server's own words on one line, at most 200 characters; may be empty.
    pub diagnostic: String,
}

impl Said {
    /// What that means, as a sentence for people.
    pub fn meaning(&self) -> &'static str {
        meaning::meaning(self.fate, &self.status, &self.diagnostic)
    }
}

/// What a mail says of recipients, in the order they stand in; nothing, when it is no report about a delivery. Vacation
/// notes, complaints (RFC 5965) and receipts (RFC 8098) are none.
pub fn said(raw: &[u8], machine: Option<&Machine>) -> Vec<Said> {
    if matches!(machine, Some(Machine::AutoReply(_) | Machine::FeedbackReport | Machine::OwnMail | Machine::OwnCopy)) {
        return Vec::new();
    }
    let said = of_level(raw, machine);
    match machine {
        Some(Machine::Bounce) if said.is_empty() => rewrapped(raw).map_or(said, |inner| of_level(&inner, machine)),
        _ => said,
    }
}

/// A report that a gateway packed into one of its own (InterScan, 2006).
fn rewrapped(raw: &[u8]) -> Option<Vec<u8>> {
    let outer = parts(raw);
    let inner = outer.iter().find(|part| part.content.kind == "message/rfc822")?.bytes();
    let content = Typed::of(&Headers::read(&inner), "Content-Type");
    let is_report = content.parameter("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    is_report.then(|| inner.into_owned())
}

/// What a mail says, without what lies in it.
fn of_level(raw: &[u8], machine: Option<&Machine>) -> Vec<Said> {
    let parts = parts(raw);
    let mut said = report::said(&parts);
    let from_text = said.is_empty() || said.iter().any(|said| said.diagnostic.is_empty());
    if from_text {
        let told = plain::said(raw, &parts, matches!(machine, Some(Machine::Bounce)));
        match said.is_empty() {
            true => said = told,
            false => complete(&mut said, &told),
        }
    }
    said.truncate(RECIPIENTS_MAX);
    said
}

/// What matters most of it: a failure before a delay.
pub fn worst(said: &[Said]) -> Option<&Said> {
    said.iter().min_by_key(|said| said.fate)
}

/// Fields without an explanation get that of the text.
fn complete(said: &mut [Said], told: &[Said]) {
    let Some(first) = told.iter().find(|told| !told.diagnostic.is_empty()) else { return };
    for said in said.iter_mut().filter(|said| said.diagnostic.is_empty()) {
        let same = |told: &&Said| {
            let (told, said) = (told.recipient.as_deref(), said.recipient.as_deref());
            told.zip(said).is_some_and(|(told, said)| told.eq_ignore_ascii_case(said))
        };
        let told = told.iter().find(same).filter(|told| !told.diagnostic.is_empty()).unwrap_or(first);
        said.diagnostic = told.diagnostic.clone();
    }
}

fn cleaned(text: &str) -> String {
    one_line(text, DIAGNOSTIC_CHARACTERS_MAX)
}

/// Bounded by the kinds of numbers that RFC 3463 section 2 allows; an IP address or a version is none.
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})").expect("the pattern is fixed"));

/// The first status in a text that fits: a delay has none of a failure (RFC 3463 section 3.1).
fn status_in(text: &str, fate: Fate) -> Option<String> {
    let fits = |status: &str| match fate {
        Fate::Failed => status.starts_with(['5', '4']),
        Fate::Delayed => status.starts_with('4'),
        Fate::Other => status.starts_with('2'),
    };
    let ends = |end: usize| {
        let mut rest = text.get(end..).unwrap_or("").chars();
        match rest.next() {
            Some('.') => !rest.next().is_some_and(|c| c.is_ascii_digit()),
            next => !next.is_some_and(|c| c.is_ascii_digit()),
        }
    };
    let found = STATUS.captures_iter(text).filter_map(|found| found.get(1));
    let fitting = found.filter(|found| fits(found.as_str()) && ends(found.end()));
    // "4.4.1 … 5.4.7": of a failure, the reason why it is for good.
    let all: Vec<&str> = fitting.map(|found| found.as_str()).take(RECIPIENTS_MAX).collect();
    all.iter().find(|status| status.starts_with('5')).or(all.first()).map(|status| (*status).to_owned())
}

#[cfg(test)]
mod tests;
