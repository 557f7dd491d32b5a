//! How a version gets on to the members: the team hears it when every copy is decided, or once before if some still wait after
//! half an hour.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::desk::Desk;
use crate::handlers::say;
use crate::rules::label::VersionId;
use crate::store::advisories::{OnItsWay, Told};

/// So long the team waits for the mail servers of members to take it.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// What the team is to hear of it now.
pub fn due(one: &OnItsWay, now: Timestamp) -> Option<Told> {
    match one.told {
        _ if !one.waits => Some(Told::All),
        Told::Nothing if now.duration_since(one.since) >= PATIENCE => Some(Told::Waiting),
        _ => None,
    }
}

pub fn tell(desk: &mut Desk<'_>, id: VersionId, told: Told) -> Result<()> {
    if !desk.rows.advisories().tell_progress(id, told)? {
        return Ok(());
    }
    let version = desk.rows.advisories().get(id)?;
    let copies = desk.rows.advisories().copies(id)?;
    for member in desk.rows.people().team()? {
        let letter = say::advisories::watching::progress(desk, &version, &copies, &member.person)?;
        desk.send(&letter, Some(version.case))?;
    }
    Ok(())
}
