//! Letters to those who keep the desk running: what was set aside, and what has to wait. The operator need not be in
//! the team: letters to them hold numbers, sizes, times and our own words, and nothing of any mail.

use anyhow::Result;
use jiff::Timestamp;

use super::plain;
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::label::{Label, Labels};
use crate::store::advisories::{HookRun, NOBODY_TOOK_IT};
use crate::store::aside::{SetAside, Why};

/// A digest names so many mails of a kind; `inbox list` has them all.
const MAILS_SHOWN_MAX: usize = 100;

/// Who is told of what the program itself cannot do; without an operator the team.
pub fn operator(desk: &Desk<'_>) -> Result<Vec<Mailbox>> {
    match &desk.house.operator {
        Some(operator) => Ok(vec![Mailbox::bare(operator.clone())]),
        None => team(desk),
    }
}

/// Each of them once, though the operator is in the team.
pub fn team_and_operator(desk: &Desk<'_>) -> Result<Vec<Mailbox>> {
    let mut all = team(desk)?;
    if let Some(operator) = &desk.house.operator
        && !all.iter().any(|known| known.address == *operator)
    {
        all.push(Mailbox::bare(operator.clone()));
    }
    Ok(all)
}

fn team(desk: &Desk<'_>) -> Result<Vec<Mailbox>> {
    Ok(desk.rows.people().team()?.into_iter().map(|member| member.person.mailbox()).collect())
}

/// A mail that could not be handled.
pub fn failure(desk: &Desk<'_>, mail: &SetAside, to: Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("mail", mail.inbox)
        .public("received", shown(mail.received_at))
        .public("size", size(mail.bytes))
        .public("reason", mail.reason.as_str());
    written(desk, Kind::Alert, LetterName::SetAside, &values, to)
}

/// What was set aside, in numbers.
pub fn digest(desk: &Desk<'_>, mails: &[SetAside], to: Mailbox) -> Result<Letter> {
    let lines = |why: Why| texts(listed(mails.iter().filter(|mail| mail.why == why), line));
    let values = Values::new()
        .public("count", mails.len())
        .public("failed", lines(Why::Failed))
        .public("nobody", lines(Why::Nobody))
        .public("spam", lines(Why::Spam));
    written(desk, Kind::Notice, LetterName::Digest, &values, to)
}

/// To a member of the team: what our mail server marked as spam.
pub fn held_as_spam(desk: &Desk<'_>, mails: &[&SetAside], to: Mailbox) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let glance = |mail: &SetAside| {
        let author = if mail.author.is_empty() { "somebody without a usable address" } else { &mail.author };
        let subject = if mail.subject.is_empty() { "(no subject)" } else { &mail.subject };
        format!("mail {}, {}, from {author}: {subject}", mail.inbox, shown(mail.received_at))
    };
    let values = Values::new()
        .labelled("count", &labels, mails.len())
        .labelled("mails", &labels, texts(listed(mails.iter().copied(), glance)))
        .public("operator", super::operator(desk));
    written(desk, Kind::Notice, LetterName::HeldAsSpam, &values, to)
}

/// So many answers wait, the last of them until then.
pub fn burst(desk: &Desk<'_>, waiting: i64, until: Timestamp, to: Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("per_hour", desk.house.limits.answers_per_hour)
        .public("waiting", waiting)
        .public("until", shown(until));
    written(desk, Kind::Alert, LetterName::Burst, &values, to)
}

/// A program that is run after a release failed, or it worked after people were told so. What it printed is nobody's business here.
pub fn hook_ended(desk: &Desk<'_>, run: &HookRun, worked: bool, to: Mailbox) -> Result<Letter> {
    let again = run.next_at.filter(|_| !worked && run.spooled_at.is_none());
    let values = Values::new()
        .public("advisory", desk.policy.profile.advisory.called(run.number))
        .public("hook", run.hook.as_str())
        .public("id", run.id)
        .public("failure", if worked { "" } else { run.failure.as_str() })
        .public("waits", !worked && run.failure == NOBODY_TOOK_IT)
        .public("worked", worked)
        .public("again", again.map(shown).unwrap_or_default());
    written(desk, if worked { Kind::Notice } else { Kind::Alert }, LetterName::HookFailed, &values, to)
}

fn written(desk: &Desk<'_>, kind: Kind, name: LetterName, values: &Values, to: Mailbox) -> Result<Letter> {
    Ok(plain(kind, to, desk.policy.letters.render(name, values)?))
}

fn listed<'a>(mails: impl Iterator<Item = &'a SetAside>, line: impl Fn(&SetAside) -> String) -> Vec<String> {
    let mut lines: Vec<String> = mails.map(line).collect();
    if let Some(more) = lines.len().checked_sub(MAILS_SHOWN_MAX).filter(|more| *more > 0) {
        lines.truncate(MAILS_SHOWN_MAX);
        lines.push(format!("and {more} more"));
    }
    lines
}

fn line(mail: &SetAside) -> String {
    let SetAside { inbox, received_at, bytes, reason, .. } = mail;
    format!("mail {inbox}, {}, {}: {reason}", shown(*received_at), size(*bytes))
}

fn size(bytes: i64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
