//! Who is told that somebody changed the list of members: the member itself, in words of its own, and the whole team.

use anyhow::{Result, ensure};

use crate::desk::Desk;
use crate::handlers::{advisories, say};
use crate::store::members::{MemberChange, What};

/// Tells them once.
pub fn tell_of_change(desk: &mut Desk<'_>, change: &MemberChange) -> Result<()> {
    let told = desk.rows.members().change_told(change.id, desk.now)?;
    ensure!(told, "people were told already of change {} of members", change.id);
    let member = change.member.map(|id| desk.rows.members().get(id)).transpose()?;
    // Who was not on the list yet has heard of nothing but a question, and never said that the address is theirs.
    if let Some(member) = member.as_ref().filter(|_| change.count > 0)
        && let Some(letter) = say::members::standing(desk, change.what, member)?
    {
        desk.send(&letter, None)?;
    }
    for person in desk.rows.people().team()? {
        let letter = say::members::changed(desk, change, member.as_ref(), &person.person)?;
        desk.send(&letter, None)?;
    }
    match member.filter(|_| change.what == What::Resumed) {
        Some(member) => advisories::members::lacks(desk, &member),
        None => Ok(()),
    }
}
