//! Letters that wait for their reader's certificate: the reader is asked for it in a letter that shows nothing, and the
//! team hears of it once, until there is one.

use anyhow::{Result, ensure};

use super::say;
use crate::desk::Desk;
use crate::store::uncertified::Uncertified;

/// Tells of one reader, for whom letters wait.
pub fn tell(desk: &mut Desk<'_>, reader: &Uncertified) -> Result<()> {
    let told = desk.rows.uncertified().told(&reader.address, desk.now)?;
    ensure!(told, "people were told of all that waits for a certificate of this reader");
    let object = format!("delivery {}", reader.delivery);
    desk.record("desk", "none", "ask for certificate", &object, &format!("of {}: {}", reader.address, reader.why))?;
    // In the case, so that their answer comes to it.
    let letter = say::uncertified::needed(desk, &reader.address)?;
    desk.send(&letter, reader.case)?;
    if !reader.is_new {
        return Ok(());
    }
    for member in desk.rows.people().team()? {
        if member.person.address != reader.address {
            let letter = say::uncertified::uncertified(desk, reader, &member.person)?;
            desk.send(&letter, reader.case)?;
        }
    }
    Ok(())
}
