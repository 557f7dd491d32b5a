//! Mail that is set aside for a person: spam is held for the team's glance, and mail for nobody is shown to the
//! operator, as is mail that could not be handled. None of it is answered, and none is dropped.

use anyhow::{Result, ensure};
use jiff::Timestamp;

use super::{Mail, say};
use crate::desk::Desk;
use crate::mail::incoming::Incoming;
use crate::store::aside::{Putting, SetAside, Why};
use crate::store::list_tokens::ListToken;
use crate::store::participants::State;
use crate::store::tokens::Token;

/// Stands for a subject that came encrypted: the digest may travel in clear.
const SEALED: &str = "(encrypted)";

/// Holds what our mail server marked as spam: the team's next digest shows who wrote, and about what.
pub fn hold(desk: &mut Desk<'_>, mail: &Mail<'_>, reason: &str) -> Result<()> {
    let author = mail.incoming.author.as_ref().map(ToString::to_string).unwrap_or_default();
    let subject = if mail.incoming.sealed { SEALED } else { &mail.incoming.subject };
    put(desk, mail, Why::Spam, &author, subject)?;
    desk.record("desk", "none", "hold", &format!("mail {}", mail.id), reason)
}

/// Keeps mail that is for none of our addresses: the operator's next digest counts it.
pub fn set_aside(desk: &mut Desk<'_>, mail: &Mail<'_>, reason: &str) -> Result<()> {
    put(desk, mail, Why::Nobody, "", "")?;
    desk.record("desk", "none", "keep", &format!("mail {}", mail.id), reason)
}

fn put(desk: &Desk<'_>, mail: &Mail<'_>, why: Why, author: &str, subject: &str) -> Result<()> {
    desk.rows.aside().put(&Putting { inbox: mail.id, why, at: desk.now, author, subject })
}

/// Whether a mail at somebody's reply address is proven to be theirs, and they are in the team or in the case: no
/// filter's guess stands against that.
pub fn is_by_holder(desk: &Desk<'_>, incoming: &Incoming, token: &Token) -> Result<bool> {
    let holder = desk.rows.people().get(token.person)?;
    if incoming.evidence.aligned() != Some(&holder.address) {
        return Ok(false);
    }
    let in_case = desk.rows.participants().get(token.case, holder.id)?;
    let in_case = in_case.is_some_and(|participant| participant.state != State::Removed);
    Ok(in_case || desk.rows.people().team_member(holder.id)?.is_some())
}

/// The same, at a reply address of a list.
pub fn is_by_holder_of_list(desk: &Desk<'_>, incoming: &Incoming, token: &ListToken) -> Result<bool> {
    let holder = desk.rows.people().get(token.person)?;
    Ok(incoming.evidence.aligned() == Some(&holder.address))
}

/// To the operator, at once: a mail could not be handled. They hear nothing of what is in it.
pub fn tell_of_failure(desk: &mut Desk<'_>, mail: &SetAside) -> Result<()> {
    let told = desk.rows.aside().told(mail.inbox, desk.now)?;
    ensure!(told, "people were told of mail {} already", mail.inbox);
    desk.record("desk", "none", "set aside", &format!("mail {}", mail.inbox), &mail.reason)?;
    for recipient in say::upkeep::operator(desk)? {
        let letter = say::upkeep::failure(desk, mail, recipient)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// What was set aside since the last digest: to the operator in numbers, and what is held as spam to the team, so
/// that a member can glance at it.
pub fn digest(desk: &mut Desk<'_>, hour: Timestamp) -> Result<()> {
    let mails = desk.rows.aside().undigested(hour)?;
    let told = desk.rows.aside().digested(hour, desk.now)?;
    ensure!(told > 0, "the digest of {hour} is written already");
    desk.record("desk", "none", "digest", &hour.to_string(), &format!("{told} mails set aside"))?;
    for recipient in say::upkeep::operator(desk)? {
        let letter = say::upkeep::digest(desk, &mails, recipient)?;
        desk.send(&letter, None)?;
    }
    let spam: Vec<&SetAside> = mails.iter().filter(|mail| mail.why == Why::Spam).collect();
    if spam.is_empty() {
        return Ok(());
    }
    for member in desk.rows.people().team()? {
        let letter = say::upkeep::held_as_spam(desk, &spam, member.person.mailbox())?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
