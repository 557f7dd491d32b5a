//! Letters that wait for their reader's certificate: the reader is asked for it in a letter that shows nothing. The team
//! hears of each once, until there is one, and of many in one letter.

use anyhow::{Result, ensure};

use super::say;
use crate::desk::Desk;
use crate::store::uncertified::{Uncertified, Wanted};

/// Asks one reader, for whom letters wait.
pub fn ask(desk: &mut Desk<'_>, reader: &Uncertified) -> Result<()> {
    let told = desk.rows.uncertified().told(&reader.address, desk.now)?;
    ensure!(told, "people were told of all that waits for a certificate of this reader");
    let object = format!("delivery {}", reader.delivery);
    desk.record("desk", "none", "ask for certificate", &object, &format!("of {}: {}", reader.address, reader.why))?;
    // In the case, so that their answer comes to it.
    let letter = say::uncertified::needed(desk, &reader.address)?;
    desk.send(&letter, reader.case)?;
    Ok(())
}

/// Tells each member of the team of all the others whose certificate is missing.
pub fn tell_team(desk: &mut Desk<'_>) -> Result<()> {
    let wanted = desk.rows.uncertified().wanted(desk.now)?;
    ensure!(!wanted.is_empty(), "the team was told of all whose certificate is missing");
    for reader in &wanted {
        let told = desk.rows.uncertified().team_told(&reader.address, desk.now)?;
        ensure!(told, "the team was told that a certificate of {} is missing", reader.address);
        let object = format!("delivery {}", reader.delivery);
        desk.record(
            "desk",
            "none",
            "tell team",
            &object,
            &format!("the certificate of {} is missing", reader.address),
        )?;
    }
    for member in desk.rows.people().team()? {
        let others: Vec<&Wanted> = wanted.iter().filter(|reader| reader.address != member.person.address).collect();
        if !others.is_empty() {
            let letter = say::uncertified::uncertified(desk, &others, &member.person)?;
            desk.send(&letter, say::uncertified::sole_case(&others))?;
        }
    }
    Ok(())
}
