//! Certificates that end: their owners, the team and the operator are told in time, once for each part of the way. What
//! is true of a certificate was found before (`pipeline::certificates`); nothing is judged here.

use anyhow::{Result, ensure};

use super::say::{self, upkeep};
use crate::desk::Desk;
use crate::store::certificates::{Change, Ending, How};
use crate::store::time::At;

/// The name of the event. One certificate may be over twice before the same end: its key to encrypt to was revoked,
/// and there was another.
pub fn cause(ending: &Ending) -> String {
    let Ending { fingerprint, expires_at, days, .. } = ending;
    match (expires_at, days) {
        (Some(end), 1..) => format!("certificate {fingerprint} ends at {}, {days} days before", At(*end)),
        _ => format!("certificate {fingerprint} ended, as found at {}", At(ending.judged_at)),
    }
}

/// Tells whoever has to do something about a certificate that ends, or has ended.
pub fn tell_of_ending(desk: &mut Desk<'_>, ending: &Ending) -> Result<()> {
    let told = desk.rows.certificates().told(ending, desk.now)?;
    ensure!(told, "people were told already: {}", cause(ending));
    let detail = match ending.days {
        0 => "it can no longer be used".to_owned(),
        days => format!("it ends within {days} days"),
    };
    desk.record("desk", "none", "warn", &ending.fingerprint, &detail)?;
    let Some(owner) = ending.person else {
        for recipient in upkeep::team_and_operator(desk)? {
            let letter = say::certificates::project_key_ends(desk, ending, recipient)?;
            desk.send(&letter, None)?;
        }
        return Ok(());
    };
    let owner = desk.rows.people().get(owner)?;
    // A letter waits for a new one: then they were asked for it in other words, and often the team was.
    let ended = ending.days == 0;
    if !(ended && desk.rows.uncertified().is_asked(&owner.address)?) {
        let letter = say::certificates::expiring(desk, ending, &owner)?;
        desk.send(&letter, None)?;
    }
    if ended && desk.rows.uncertified().team_hears(&owner.address)? {
        return Ok(());
    }
    for member in desk.rows.people().team()? {
        if member.person.id != owner.id {
            let letter = say::certificates::certificate_ends(desk, ending, &owner, &member.person)?;
            desk.send(&letter, None)?;
        }
    }
    Ok(())
}

/// Tells the holder of a certificate that was replaced, or given without the operator, and the team. Of a replacement
/// whoever has the former one is told in cipher, as far as that can still be used; the address also in clear, unless the
/// former one is known to be there.
pub fn tell_of_change(desk: &mut Desk<'_>, change: &Change) -> Result<()> {
    let told = desk.rows.certificates().change_told(change.id, desk.now)?;
    ensure!(told, "people were told already of change {}", change.id);
    let letter = say::certificates::changed(desk, change)?;
    if let Some(former) = &change.former {
        let sent = desk.send(&letter, None)?;
        desk.rows.outbox().encrypt_to_former(&sent, former)?;
    }
    // Whoever did not sign with the former one may have lost it.
    if change.former.is_none() || change.how != How::Signed {
        desk.send(&letter, None)?;
    }
    for member in desk.rows.people().team()? {
        if member.person.id != change.person.id {
            let letter = say::certificates::given(desk, change, &member.person)?;
            desk.send(&letter, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
