//! Signatures of people who give no commands: members. One counts when it is over the whole mail, fresh, and was used by no
//! other: else anybody could send once more what somebody once signed.

use anyhow::Result;
use jiff::SignedDuration;

use super::Mail;
use crate::desk::Desk;
use crate::mail::note::Note;
use crate::rules::authority::SIGNATURE_HOURS_MAX;
use crate::store::people::Person;

/// Whether all of a mail is signed with somebody's certificate, now and for this mail.
pub fn is_by(desk: &Desk<'_>, mail: &Mail<'_>, person: &Person) -> Result<bool> {
    let partly = mail.incoming.notes.contains(&Note::SignedInPart);
    let Some(signed) = mail.opened.signed.as_ref().filter(|_| !partly) else { return Ok(false) };
    let registered = desk.rows.certificates().get(&signed.fingerprint)?;
    let theirs = registered.is_some_and(|registered| registered.person == Some(person.id));
    let age = mail.received_at.duration_since(signed.made_at);
    let fresh = age <= SignedDuration::from_hours(SIGNATURE_HOURS_MAX);
    Ok(theirs && fresh && !desk.rows.opened().was_used(mail.id, signed)?)
}

/// From now on its signature counts in no other mail.
pub fn used(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    match &mail.opened.signed {
        Some(signed) => desk.rows.opened().use_signature(mail.id, signed, desk.now),
        None => Ok(()),
    }
}
