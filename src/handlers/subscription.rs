//! Attempts to subscribe: answered with how to apply, and without any other effect.

use anyhow::Result;

use super::applications::{answerable, is_machines};
use super::{Mail, aside, evidence, say};
use crate::desk::Desk;
use crate::rules::limits;
use crate::store::pointed::Pointer;

const WHAT: &str = "an attempt to subscribe";

/// Somebody writes to a list's server, or asks a list to be subscribed. Gives the reason for `inbox list`.
///
/// How to apply is said once a day: whoever subscribes somebody by a web form need not have written the mail. A machine's
/// mail is not answered; it is counted in the operator's digest.
pub fn attempted(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    let incoming = mail.incoming;
    let author = answerable(desk, mail).filter(|_| !is_machines(incoming));
    let Some(author) = author.filter(|_| desk.house.applications.is_some()) else {
        aside::set_aside(desk, mail, WHAT)?;
        return Ok(if is_machines(incoming) { format!("{WHAT}, by a machine") } else { WHAT.to_owned() });
    };
    desk.record("desk", evidence(incoming), "keep", &format!("mail {}", mail.id), WHAT)?;
    let told = desk.rows.pointed().since(&author.address, Pointer::HowToApply, limits::day_before(desk.now))?;
    if !told && desk.may_answer(incoming, &author.address)?.is_ok() {
        let letter = say::intake::how_to(desk, incoming, author)?;
        desk.answer(&letter, None, incoming)?;
        desk.rows.pointed().add(mail.id, &author.address, Pointer::HowToApply, desk.now)?;
    }
    Ok(WHAT.to_owned())
}
