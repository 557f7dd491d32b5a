//! Mail to a reply address that is over: its organisation left or has another address, or the question ended, as that to
//! take part in a case does when the case is closed. It opens no case; its writer hears so once a day, and the team gets it, so that nothing is lost.

use anyhow::Result;

use super::applications::{answerable, is_machines};
use super::{Mail, Void, aside, evidence, say};
use crate::desk::Desk;
use crate::mail::secret::Purpose;
use crate::rules::limits;
use crate::store::pointed::Pointer;

const WHAT: &str = "mail to a reply address that is over";

/// Gives the reason for `inbox list`.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>, void: &Void) -> Result<String> {
    let incoming = mail.incoming;
    if is_machines(incoming) {
        aside::set_aside(desk, mail, WHAT)?;
        return Ok(format!("{WHAT}, by a machine"));
    }
    let detail = format!("{WHAT}: {}", void.purpose.as_str());
    desk.record("desk", evidence(incoming), "keep", &format!("mail {}", mail.id), &detail)?;
    let mut told = false;
    if let Some(author) = answerable(desk, mail)
        && !desk.rows.pointed().since(&author.address, Pointer::AddressOver, limits::day_before(desk.now))?
        && desk.may_answer(incoming, &author.address)?.is_ok()
    {
        let letter = match void.purpose {
            Purpose::Agree => say::outlived::not_needed(desk, incoming, author)?,
            _ => say::outlived::over(desk, incoming, author)?,
        };
        desk.answer(&letter, None, incoming)?;
        desk.rows.pointed().add(mail.id, &author.address, Pointer::AddressOver, desk.now)?;
        told = true;
    }
    let holder = desk.rows.people().get(void.person)?;
    for person in desk.rows.people().team()? {
        let letter = say::outlived::remark(desk, mail, (void.purpose, &holder), told, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(WHAT.to_owned())
}
