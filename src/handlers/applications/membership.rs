//! From an organisation that is accepted, or that the team put on the list, to a member: its address confirms itself, the
//! history has its entry, and of an applicant the team says whether it gets what is under embargo now. Until it is
//! confirmed nothing is sent to it but that question.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::desk::Desk;
use crate::handlers::{Mail, advisories, say};
use crate::mail::own::{OwnText, own_text};
use crate::policy::membership::Membership;
use crate::rules::reminders;
use crate::store::applications::ApplicationToken;
use crate::store::list_tokens::ListToken;
use crate::store::members::{By, Current, Member, State};

/// So often an address is asked, when its answers are unclear. A vacation notice that does not say that it is one is
/// answered no more often.
const ASKS_MAX: u32 = 3;
/// The word that confirms.
pub const CONFIRM: &str = "confirm";
/// How the record names what proves an address.
pub const BY_TOKEN: &str = "token";

/// Why an address is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    First,
    Unclear,
    Reminder,
}

/// When the question to an address ends.
pub fn ends_at(times: &Membership, member: &Member) -> Timestamp {
    reminders::days_later(member.since, times.confirm_days)
}

/// Asks the address of an organisation for the first time to confirm itself.
pub fn ask(desk: &mut Desk<'_>, member: &Member) -> Result<()> {
    send_question(desk, member, Again::First)
}

/// The same, of one that nobody applied for by mail.
pub fn ask_first(desk: &mut Desk<'_>, member: &Member) -> Result<()> {
    let asked = desk.rows.members().ask_again(member.id, 1)?;
    ensure!(asked, "member {} was asked before", member.id);
    desk.record("desk", "none", "ask address", &object(member), "")?;
    ask(desk, member)
}

fn send_question(desk: &mut Desk<'_>, member: &Member, again: Again) -> Result<()> {
    let letter = say::members::question(desk, member, again)?;
    desk.send(&letter, None).map(drop)
}

/// How the record names it.
pub fn object(member: &Member) -> String {
    match member.application {
        Some(id) => format!("application {id}"),
        None => format!("member {}", member.id),
    }
}

/// Handles an answer at the reply address that only the letter to this address holds.
///
/// Whoever knows the token has read what we sent there, and the word shows that a person did it on purpose: double opt-in,
/// as list servers do it, which no RFC describes. It needs no stamp of any mail server, for the people behind a role
/// address answer from their own. It shows no more than that the address is read, and gives nothing but to be on the list.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, about: &ApplicationToken) -> Result<()> {
    let member = desk.rows.members().of_application(about.application)?;
    match member.filter(|member| member.role.id == about.person) {
        Some(member) => heard(desk, mail, &member),
        None => Ok(()),
    }
}

/// The same, of an organisation that nobody applied for by mail.
pub fn answered_without_application(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<()> {
    let member = desk.rows.members().get(token.object)?;
    if member.role.id == token.person { heard(desk, mail, &member) } else { Ok(()) }
}

fn heard(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member) -> Result<()> {
    let object = object(member);
    let ends = ends_at(&desk.policy.profile.membership, member);
    match member.state {
        // Confirmed before, perhaps by a colleague of theirs.
        State::Active | State::Suspended => keep(desk, mail, &object, "it is confirmed already"),
        _ if mail.incoming.machine.is_some() => keep(desk, mail, &object, "a machine's answer"),
        State::Left => too_late(desk, mail, member, member.since, &object),
        State::Invited if mail.received_at > ends => too_late(desk, mail, member, ends, &object),
        State::Invited if confirms(&own_text(mail.readable), CONFIRM) => activate(desk, mail, member),
        State::Invited if desk.rows.members().ask_again(member.id, ASKS_MAX)? => {
            keep(desk, mail, &object, "an unclear answer; the address is asked again")?;
            send_question(desk, member, Again::Unclear)
        }
        State::Invited => keep(desk, mail, &object, "an unclear answer, and not asked again"),
    }
}

fn keep(desk: &Desk<'_>, mail: &Mail<'_>, object: &str, why: &str) -> Result<()> {
    desk.record("desk", "none", "keep", object, &format!("mail {}: {why}", mail.id))
}

/// The word alone on the first line. What stands beside it may be somebody else's: a copy that was passed on, a notice
/// that nobody is there.
pub fn confirms(own: &OwnText, word: &str) -> bool {
    let is_around =
        |c: char| c.is_whitespace() || matches!(c, '.' | '!' | ',' | '"' | '\'' | '“' | '”' | '‘' | '’' | '*');
    let first = own.text.lines().find(|line| !line.trim().is_empty());
    own.unclear.is_none() && first.is_some_and(|line| line.trim_matches(is_around).eq_ignore_ascii_case(word))
}

fn too_late(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member, ends: Timestamp, object: &str) -> Result<()> {
    keep(desk, mail, object, "the question to this address has ended")?;
    if desk.may_answer(mail.incoming, &member.role.address)?.is_ok() {
        let letter = say::members::too_late(desk, mail.incoming, member, ends)?;
        desk.answer(&letter, None, mail.incoming)?;
    }
    Ok(())
}

/// The organisation is on the list from now on.
fn activate(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member) -> Result<()> {
    let active = desk.rows.members().change(member.id, State::Invited, State::Active, desk.now)?;
    ensure!(active, "member {} is not invited", member.id);
    let (address, detail) = (member.role.address.as_str(), format!("mail {}", mail.id));
    desk.record(address, BY_TOKEN, "confirm address", &object(member), &detail)?;
    let entry = in_history(desk, &format!("Added {}", member.name))?;
    if member.application.is_some() {
        let asked = desk.rows.members().set_current(member.id, Current::Unasked, Current::Asked, None)?;
        ensure!(asked, "the team was asked about member {} before", member.id);
    }
    let letter = say::members::welcome(desk, member)?;
    desk.send(&letter, None)?;
    for person in desk.rows.people().team()? {
        let letter = say::members::confirmed(desk, member, &entry, &person.person)?;
        desk.send(&letter, None)?;
    }
    advisories::members::joined(desk, member)
}

/// The entry of the change history, as the policy writes it; empty where the profile has no history.
fn in_history(desk: &Desk<'_>, text: &str) -> Result<String> {
    let history = desk.policy.profile.history.as_ref().map(|history| history.version.as_str());
    desk.rows.in_history(By { actor: "desk", evidence: "none", called: "", history }, text, desk.now)
}

/// An address that nobody confirmed yet is reminded; `number` of the reminders were due by now.
pub fn remind(desk: &mut Desk<'_>, member: &Member, number: u32) -> Result<()> {
    let reminded = desk.rows.members().reminded(member.id, member.reminders, number)?;
    ensure!(reminded, "member {} was reminded meanwhile", member.id);
    desk.record("desk", "none", "remind address", &object(member), &format!("reminder {number}"))?;
    send_question(desk, member, Again::Reminder)
}

/// Nobody confirmed the address in time: the team is told, and the applicant, if there is one.
pub fn expire(desk: &mut Desk<'_>, member: &Member) -> Result<()> {
    let ended = desk.rows.members().change(member.id, State::Invited, State::Left, desk.now)?;
    ensure!(ended, "member {} is not invited", member.id);
    desk.record("desk", "none", "address not confirmed", &object(member), "")?;
    if let Some(id) = member.application {
        let application = desk.rows.applications().get(id)?.context("A member of no application")?;
        let letter = say::members::unconfirmed(desk, member, &application)?;
        let identifier = desk.send(&letter, None)?;
        desk.rows.applications().add_to_thread(id, &identifier)?;
    }
    for person in desk.rows.people().team()? {
        let letter = say::members::unconfirmed_told(desk, member, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_alone_confirms() {
        for (text, expected) in [
            ("confirm", true),
            ("Confirm.\n\nThank you, Vera", true),
            ("\n\n “confirm”\n> To confirm that this is right", true),
            ("confirmed", false),
            ("yes", false),
            ("confirm please", false),
            ("FYI\n\nconfirm", false),
            ("I am out of office. To confirm …\nconfirm", false),
            ("", false),
        ] {
            let own = OwnText { text: text.to_owned(), ..OwnText::default() };
            assert_eq!(confirms(&own, CONFIRM), expected, "{text:?}");
        }
    }
}
