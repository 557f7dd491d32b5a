//! Which Message-IDs belong to which case. Strangers choose Message-IDs: a hit joins mail to a case, nothing more.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::Rows;
use crate::mail::thread::MessageId;
use crate::rules::label::CaseId;

pub struct Threads<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn threads(self) -> Threads<'c> {
        Threads(self)
    }
}

impl Threads<'_> {
    /// The case of the first identifier that has one; the oldest case where several claim it.
    pub fn case_of<'i>(&self, identifiers: impl IntoIterator<Item = &'i MessageId>) -> Result<Option<CaseId>> {
        let mut find = self
            .0
            .connection
            .prepare_cached("SELECT case_number FROM thread WHERE message_id = ?1 ORDER BY case_number LIMIT 1")?;
        for identifier in identifiers {
            let found = find.query_row([identifier.as_str()], |row| row.get(0)).optional();
            if let Some(number) = found.context("Looking for the case of a Message-ID")? {
                return Ok(Some(CaseId(number)));
            }
        }
        Ok(None)
    }

    /// Mail that answers this one joins another case from now on.
    pub fn hand_over(&self, identifier: &str, from: CaseId, to: CaseId) -> Result<()> {
        self.0
            .connection
            .prepare_cached("UPDATE OR REPLACE thread SET case_number = ?3 WHERE message_id = ?1 AND case_number = ?2")?
            .execute(params![identifier, from.0, to.0])
            .map(drop)
            .context("Giving a Message-ID to another case")
    }

    pub fn add(&self, case: CaseId, identifier: &MessageId) -> Result<()> {
        self.0
            .connection
            .prepare_cached("INSERT INTO thread (message_id, case_number) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![identifier.as_str(), case.0])
            .context("Adding a Message-ID to a case")?;
        Ok(())
    }
}
