//! What those who take part in a case get of it, and how their part ends. Each letter is one of their own: nothing of
//! it is only for the team.

use anyhow::Result;

use super::say::people::{Passed, Sent, Why};
use super::say::{self, Outgoing, Story};
use super::{Mail, evidence, signed};
use crate::desk::Desk;
use crate::mail::letter::Letter;
use crate::mail::wording;
use crate::rules::clearance::Barred;
use crate::rules::command::Role;
use crate::rules::label::CaseId;
use crate::store::people::Person;

/// So many mails whoever comes later gets at once, the oldest first …
const MAILS_MAX: usize = 100;
/// … as long as they are no larger than this together, as they came; one of them in any case.
const BYTES_MAX: usize = 16 << 20;

/// Who gets a mail of their case, besides the team: what is the team's own goes to them only if it also goes to the
/// discoverer.
pub fn who_get(story: &Story<'_>) -> Vec<Person> {
    let goes = story.to_reporter || !story.of_team && !story.again;
    if !goes || say::is_closed(story.mail) {
        return Vec::new();
    }
    let author = story.mail.incoming.author.as_ref().map(|author| &author.address);
    story.participants.iter().filter(|person| Some(&person.address) != author).cloned().collect()
}

/// Passes a mail on to them; `text` if it was made for the discoverer already.
pub fn relay(desk: &mut Desk<'_>, story: &Story<'_>, text: Option<&Outgoing>) -> Result<()> {
    let mut read = None;
    for person in &story.to_participants {
        let text = text.unwrap_or_else(|| read.get_or_insert_with(|| say::outgoing(desk, story.mail)));
        let letter = say::people::passed_on(desk, story, person, text)?;
        desk.send(&letter, Some(story.case.number))?;
    }
    Ok(())
}

/// Whether a mail is the first word of somebody since they were sent the case, proven: that is their receipt.
pub fn says_it_arrived(desk: &Desk<'_>, mail: &Mail<'_>, case: CaseId) -> Result<bool> {
    let Some(author) = mail.incoming.author.as_ref().filter(|_| mail.incoming.machine.is_none()) else {
        return Ok(false);
    };
    let Some(person) = desk.rows.people().by_address(&author.address)? else { return Ok(false) };
    let vouched = mail.incoming.evidence.aligned() == Some(&author.address);
    if !vouched && !signed::is_by(desk, mail, &person)? {
        return Ok(false);
    }
    let arrived = desk.rows.participants().has_received(case, person.id, desk.now)?;
    if arrived {
        let said = format!("mail {}: what they were sent has arrived", mail.id);
        desk.record(person.address.as_str(), evidence(mail.incoming), "receipt", &format!("case {case}"), &said)?;
    }
    Ok(arrived)
}

/// Tells a discoverer whom the team named which case theirs is, unless they know. `true`: they were told now.
pub fn greet(desk: &mut Desk<'_>, case: CaseId, reporter: &Person, by: &Person) -> Result<bool> {
    if !desk.rows.participants().was_written_to(case, reporter.id)? {
        return Ok(false);
    }
    let letter = say::people::acknowledgement(desk, case, reporter, by)?;
    desk.send(&letter, Some(case))?;
    desk.rows.participants().was_sent(case, reporter.id, desk.now)?;
    tell_numbers(desk, case, reporter)?;
    let told = format!("{} was told that their report arrived", reporter.address);
    desk.record(by.address.as_str(), "none", "acknowledge", &format!("case {case}"), &told)?;
    Ok(true)
}

/// The CVE numbers that a case had before somebody heard of it, as all others heard of them.
fn tell_numbers(desk: &mut Desk<'_>, number: CaseId, person: &Person) -> Result<()> {
    let numbers = desk.rows.cases().numbers(number)?;
    let case = desk.rows.cases().get(number)?;
    let to = desk.rows.participants().get(number, person.id)?;
    let (Some(case), Some(to), Some((first, others))) = (case, to, numbers.split_first()) else { return Ok(()) };
    let others: Vec<String> = others.iter().map(|other| other.id.clone()).collect();
    let told = say::numbers::Told { number: &first.id, instead: None, others: &others, advisory: first.advisory };
    let letter = say::numbers::told(desk, &case, &to, &told)?;
    desk.send(&letter, Some(number)).map(drop)
}

/// What somebody gets who takes part from now on: the case so far; who gets no mails of cases, that they are in this one;
/// who gives CVE numbers, what the team asks of them.
pub fn welcome(desk: &mut Desk<'_>, case: CaseId, person: &Person, role: Role, why: Why<'_>) -> Result<Sent> {
    desk.rows.participants().was_sent(case, person.id, desk.now)?;
    let known = desk.rows.cases().get(case)?;
    if role == Role::Cna && known.is_some_and(|case| case.cve_requested_at.is_some()) {
        super::control::ask_for_number(desk, case, person, None)?;
        return Ok(Sent::default());
    }
    catch_up(desk, case, person, role, why)
}

/// To somebody who agreed just now: the case so far. What came encrypted is in a letter of its own, which may have to
/// wait for a certificate; the other does not wait with it.
fn catch_up(desk: &mut Desk<'_>, case: CaseId, person: &Person, role: Role, why: Why<'_>) -> Result<Sent> {
    let (mut clear, mut sealed) = (Vec::new(), Vec::new());
    let (mut bytes, mut more) = (0, 0);
    let mails = if role.gets_mails() { desk.rows.cases().shared(case)? } else { Vec::new() };
    for (index, mail) in mails.into_iter().enumerate() {
        if index >= MAILS_MAX || bytes > BYTES_MAX {
            more += 1;
            continue;
        }
        let readable = desk.rows.inbox().readable(mail.inbox)?;
        bytes += readable.len();
        let group = if mail.sealed { &mut sealed } else { &mut clear };
        group.push(Passed { text: say::outgoing_of(desk, &readable), subject: wording::subject(&readable), mail });
    }
    let mut sent = Sent { clear: clear.len(), sealed: sealed.len(), waits: false, more };
    let letter = say::people::so_far(desk, case, person, role, why, &clear, &sent, false)?;
    send_so_far(desk, case, &letter, &clear)?;
    if !sealed.is_empty() {
        let letter = say::people::so_far(desk, case, person, role, why, &sealed, &sent, true)?;
        sent.waits = desk.may_read(&person.address, &letter.labels())?.is_err_and(Barred::wants_certificate);
        send_so_far(desk, case, &letter, &sealed)?;
    }
    Ok(sent)
}

/// The letter is marked with what it shows: if a mail of it moves to another case before it leaves, the gate knows.
fn send_so_far(desk: &mut Desk<'_>, case: CaseId, letter: &Letter, mails: &[Passed]) -> Result<()> {
    let message_id = desk.send(letter, Some(case))?;
    for Passed { mail, .. } in mails {
        desk.rows.outbox().quotes(&message_id, mail.inbox)?;
    }
    Ok(())
}

/// They take part no more, or never will: their reply addresses are void, and what waits for their certificate is not
/// for them any more. What is queued is stopped by the gate.
pub fn leave(desk: &Desk<'_>, case: CaseId, person: &Person) -> Result<()> {
    desk.rows.participants().remove(case, person.id, desk.now)?;
    if desk.rows.people().team_member(person.id)?.is_some() {
        return Ok(()); // They joined the team meanwhile: the same reply addresses are theirs as a member.
    }
    desk.rows.tokens().void_in(person.id, case, desk.now)?;
    let why = Barred::NotInCase(case).to_string();
    desk.rows.outbox().no_longer_theirs(case, &person.address, desk.now, &why)?;
    Ok(())
}
