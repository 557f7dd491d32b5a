//! The clock jumped: people are told what it says, what waits, and how they let it go on.

use anyhow::Result;

use crate::desk::Desk;
use crate::handlers::say;
use crate::store::advisories::ClockJump;

/// The name of the event.
pub fn cause(jump: &ClockJump) -> String {
    format!("jump {} of the clock", jump.id)
}

/// Tells the team and the operator, once until somebody says that the clock is right.
pub fn tell(desk: &mut Desk<'_>, jump: &ClockJump) -> Result<()> {
    if !desk.rows.advisories().told_of_jump(jump.id, desk.now)? {
        return Ok(());
    }
    let waiting = desk.rows.advisories().waiting()?;
    for member in desk.rows.people().team()? {
        let letter = say::clock::jumped_for_team(desk, jump, &waiting, &member.person)?;
        desk.send(&letter, None)?;
    }
    if let Some(letter) = say::clock::jumped_for_operator(desk, jump, &waiting)? {
        desk.send(&letter, None)?;
    }
    Ok(())
}
