//! A letter to everybody who knows of a case.

use anyhow::Result;

use super::Order;
use crate::desk::Desk;
use crate::handlers::say::embargo::Reader;
use crate::handlers::say::people::people_in_words;
use crate::mail::letter::Letter;

impl Order<'_, '_, '_> {
    /// To the team, the discoverers, and who takes part; not to whoever gave the command: they get the answer. Gives a
    /// sentence that says who they are.
    pub(super) fn tell_who_know(&mut self, write: impl Fn(&mut Desk<'_>, &Reader) -> Result<Letter>) -> Result<String> {
        let mut outside = Vec::new();
        for reader in Reader::all(self.desk, self.case)? {
            if reader.person().id == self.by.person.id {
                continue;
            }
            let letter = write(self.desk, &reader)?;
            self.desk.send(&letter, Some(self.case))?;
            match &reader {
                Reader::Team(_) => {}
                Reader::Discoverer(person) => {
                    self.desk.rows.cases().reporter_was_told(self.case)?;
                    outside.push(format!("{}, who found it", person.called()));
                }
                Reader::Participant(person) => outside.push(person.called().to_owned()),
            }
        }
        Ok(match outside.as_slice() {
            [] => "The team was told; nobody else knows of the case.".to_owned(),
            people => format!("Everybody who knows of the case was told: the team; {}.", people_in_words(people, "; ")),
        })
    }
}
