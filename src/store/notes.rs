//! Notes of the team about a case.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Rows;
use super::time::At;
use crate::rules::label::CaseId;

/// A note somebody kept with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who wrote it: their name, or address.
    pub by: String,
    pub at: Timestamp,
    /// It came encrypted, and leaves encrypted.
    pub sealed: bool,
    pub text: String,
}

pub struct Notes<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn notes(self) -> Notes<'c> {
        Notes(self)
    }
}

impl Notes<'_> {
    pub fn add(&self, case: CaseId, inbox: i64, person: i64, sealed: bool, at: Timestamp, text: &str) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO note (case_number, inbox, person, sealed, at, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![case.0, inbox, person, sealed, At(at), text])
            .map(drop)
            .context("Keeping a note")
    }

    /// Of a case, the oldest first.
    pub fn of(&self, case: CaseId) -> Result<Vec<Note>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT iif(p.name = '', p.address, p.name), n.at, n.sealed, n.text
                 FROM note n JOIN person p ON p.id = n.person WHERE n.case_number = ?1 ORDER BY n.id",
            )?
            .query_map([case.0], |row| {
                Ok(Note { by: row.get(0)?, at: row.get::<_, At>(1)?.0, sealed: row.get(2)?, text: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the notes of a case")
    }
}
