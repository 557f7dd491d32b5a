//! Letters about what comes by the list for applications. What an applicant is answered goes to the public list as well:
//! it is public text, and repeats no address, nobody's.

mod team;

use std::sync::LazyLock;

use anyhow::Result;
use minijinja::Value;
use regex::Regex;

pub use team::{Heard, Relayed, list_report, notice, relay};

use super::{plain, replying};
use crate::desk::Desk;
use crate::mail::address::{Address, Mailbox};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter, Thread};
use crate::policy::letters::{LetterName, Rendered, Shown, Values, application, grouped, item, shown, texts};
use crate::rules::checklist::{Checklist, Finding, Findings, Ruled, Status};
use crate::rules::correspondence::plain_subject;
use crate::rules::label::Labelled;
use crate::store::applications::Application;

/// How a mail of an applicant counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is a new application.
    First,
    Further,
    /// The same as before.
    Again,
    /// The application was closed before.
    Reopened,
}

impl How {
    fn as_str(self) -> &'static str {
        match self {
            How::First => application::FIRST,
            How::Further => application::FURTHER,
            How::Again => application::AGAIN,
            How::Reopened => application::REOPENED,
        }
    }
}

/// Why a mail could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    TooLarge,
    Encrypted,
    Damaged,
}

impl Unread {
    fn as_str(self) -> &'static str {
        match self {
            Unread::TooLarge => "large",
            Unread::Encrypted => "encrypted",
            Unread::Damaged => "damaged",
        }
    }
}

/// What was found of an application by now.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    pub checklist: &'a Checklist,
    /// With what the team said of items.
    pub findings: &'a Findings,
    /// That.
    pub rulings: &'a [Ruled],
}

/// To an applicant: what was found, and what is missing. The list gets the very same text (`posted`).
pub fn answer(desk: &Desk<'_>, found: Found<'_>, how: How, mail: &Incoming, author: &Mailbox) -> Result<Letter> {
    let Found { checklist, findings, .. } = found;
    let required = || findings.items.iter().filter(|finding| finding.required);
    let values = Values::new()
        .public("subject", subject(&mail.subject))
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("how", how.as_str())
        .public("complete", findings.complete())
        .public("items", texts(required().map(|finding| shown_item(checklist, finding))))
        .public("wanted", wanted(found));
    let kind = if how == How::First { Kind::Acknowledgement } else { Kind::Answer };
    let rendered = desk.policy.letters.render(LetterName::ApplicationAnswer, &values)?;
    Ok(in_public(desk, kind, author.clone(), rendered, mail))
}

/// The same to the list.
pub fn posted(answer: &Letter, list: &Address) -> Letter {
    Letter { kind: Kind::Post, to: vec![Mailbox::bare(list.clone())], ..answer.clone() }
}

/// To an applicant who sends nothing: what is missing, and when the application is closed, or that it is now.
pub fn reminder(desk: &Desk<'_>, found: Found<'_>, about: &Application, closed: bool) -> Result<Letter> {
    let (applicant, times) = (&about.applicant, found.checklist.times);
    let values = Values::new()
        .public("subject", subject(&about.subject))
        .public("name", applicant.name.as_deref().unwrap_or(""))
        .public("closed", closed)
        .public("days", times.close_days)
        .public("until", shown(times.closes_at(about.changed_at)))
        .public("wanted", wanted(found));
    let rendered = desk.policy.letters.render(LetterName::ApplicationReminder, &values)?;
    let mut letter = plain(Kind::Reminder, applicant.clone(), rendered);
    let references = desk.rows.applications().ends_of_thread(about.id)?;
    letter.thread = Thread { in_reply_to: references.last().cloned(), references };
    letter.answers_to = desk.house.applications.clone();
    Ok(letter)
}

/// To whoever wants to be subscribed.
pub fn how_to(desk: &Desk<'_>, mail: &Incoming, author: &Mailbox) -> Result<Letter> {
    let asks =
        desk.policy.profile.application.iter().flat_map(|checklist| &checklist.items).map(|item| item.ask.as_str());
    let values = Values::new()
        .public("list", list(desk))
        .public("asks", texts(asks))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::ApplicationHowTo, &values)?;
    // Not answered at the public list: whoever asks may write from an address that nobody is to know.
    let mut letter = plain(Kind::Answer, author.clone(), rendered);
    letter.thread = replying(mail.message_id.as_ref());
    Ok(letter)
}

/// To whoever sent what nobody can read.
pub fn unread(desk: &Desk<'_>, why: Unread, mail: &Incoming, author: &Mailbox) -> Result<Letter> {
    // The subject of an encrypted mail may have been inside of it.
    let about = if mail.sealed { String::new() } else { subject(&mail.subject) };
    let values = Values::new()
        .public("subject", about)
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("list", list(desk))
        .public("unread", why.as_str())
        .public("limit", format!("{} MiB", desk.house.limits.message_mebibytes))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::ApplicationUnread, &values)?;
    Ok(in_public(desk, Kind::Answer, author.clone(), rendered, mail))
}

/// To whoever reports a security problem to a public list. It goes nowhere else, and answers to it come to us.
pub fn report_at_list(desk: &Desk<'_>, mail: &Incoming, author: &Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("subject", subject(&mail.subject))
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("list", list(desk))
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let rendered = desk.policy.letters.render(LetterName::ReportAtList, &values)?;
    let mut letter = plain(Kind::Answer, author.clone(), rendered);
    letter.thread = replying(mail.message_id.as_ref());
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    Ok(letter)
}

/// A letter that is answered on the list.
fn in_public(desk: &Desk<'_>, kind: Kind, to: Mailbox, rendered: Rendered, mail: &Incoming) -> Letter {
    let mut letter = plain(kind, to, rendered);
    letter.thread = replying(mail.message_id.as_ref());
    letter.answers_to = desk.house.applications.clone();
    letter
}

fn list<'d>(desk: &'d Desk<'_>) -> &'d str {
    desk.house.applications.as_ref().map_or("", Address::as_str)
}

/// A subject without "Re:" and the list's tag, and without addresses.
fn subject(written: &str) -> String {
    masked(&plain_subject(written))
}

fn mark(finding: &Finding) -> &'static str {
    match finding.status {
        Status::Found => "✓",
        Status::Unclear => "?",
        Status::Missing => "✗",
    }
}

fn shown_item(checklist: &Checklist, finding: &Finding) -> Value {
    let known = checklist.items.iter().find(|item| item.id == finding.id);
    item(&Shown {
        mark: mark(finding),
        id: &finding.id,
        name: known.map_or(finding.id.as_str(), |item| &item.name),
        ask: known.map_or("", |item| &item.ask),
        quote: &masked(&finding.quote),
        place: "",
        why: &masked(&finding.why),
    })
}

/// What is open. That something is missing needs no reason, unless it is a person's.
fn wanted(found: Found<'_>) -> Value {
    let says_why = |finding: &Finding| {
        finding.status != Status::Missing || found.rulings.iter().any(|ruled| ruled.item == finding.id)
    };
    texts(found.findings.open().map(|finding| {
        let why = if says_why(finding) { finding.why.clone() } else { String::new() };
        shown_item(found.checklist, &Finding { why, ..finding.clone() })
    }))
}

/// Addresses are nobody's business on a public list: only their domains are shown.
fn masked(text: &str) -> String {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[^\s@<>()“”,;:]+@([\pL\pN])").expect("the pattern is fixed"));
    ADDRESS.replace_all(text, "…@$1").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_shown_to_the_list() {
        for (text, expected) in [
            ("our alias is xsa+1@hosting.example.", "our alias is …@hosting.example."),
            ("<a.b@c.example>, d@e.example", "<…@c.example>, …@e.example"),
            ("mailto:x@y.example", "mailto:…@y.example"),
            ("we are @home", "we are @home"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
