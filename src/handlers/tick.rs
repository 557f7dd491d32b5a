//! What is due without a mail to cause it. Everything is derived from the state of the tables: a tick that comes
//! late does the same as one in time, and one that comes twice does nothing.

use anyhow::{Result, ensure};

use super::say;
use crate::desk::Desk;
use crate::store::outbox::Trouble;

/// The deliveries people must be told about; each is a due event of its own.
pub fn tick(desk: &mut Desk<'_>, trouble: &Trouble) -> Result<()> {
    let told = desk.rows.outbox().told(trouble.id, desk.now)?;
    ensure!(told, "people were told of delivery {} already", trouble.id);
    let act = if trouble.blocked { "blocked" } else { "undeliverable" };
    let object = format!("delivery {}", trouble.id);
    desk.record("desk", "none", act, &object, &format!("{} to {}", trouble.kind.as_str(), trouble.recipient))?;
    for member in desk.rows.people().team()? {
        // Whoever cannot be reached will not be reached by a letter that says so.
        if member.person.address != trouble.recipient {
            let letter = say::trouble(desk, trouble, &member.person)?;
            desk.send(&letter, trouble.case)?;
        }
    }
    Ok(())
}
