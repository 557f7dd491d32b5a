//! Holds: somebody stopped whatever has not left of a case.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Advisories;
use crate::rules::label::CaseId;
use crate::store::facts::Said;
use crate::store::time::At;

/// Why, on whose word, and since when nothing of a case leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub reason: String,
    pub sealed: bool,
    pub person: i64,
    pub at: Timestamp,
}

impl Advisories<'_> {
    /// `false`: it is held already.
    pub fn hold(&self, case: CaseId, reason: &str, said: &Said) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO hold (case_number, reason, sealed, person, inbox, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![case.0, reason, said.sealed, said.person, said.inbox, At(said.at)])
            .context("Holding a case")?;
        Ok(crate::store::changed_one(rows))
    }

    /// `false`: it is not held.
    pub fn unhold(&self, case: CaseId, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE hold SET ended_at = ?2 WHERE case_number = ?1 AND ended_at IS NULL")?
            .execute(params![case.0, At(now)])
            .context("Ending the hold of a case")?;
        Ok(crate::store::changed_one(rows))
    }

    pub fn held(&self, case: CaseId) -> Result<Option<Hold>> {
        self.0
            .connection
            .prepare_cached("SELECT reason, sealed, person, at FROM hold WHERE case_number = ?1 AND ended_at IS NULL")?
            .query_row([case.0], |row| {
                Ok(Hold { reason: row.get(0)?, sealed: row.get(1)?, person: row.get(2)?, at: row.get::<_, At>(3)?.0 })
            })
            .optional()
            .context("Reading whether a case is held")
    }

    /// Whether a delivery brings an advisory of a case that is held.
    pub fn holds(&self, delivery: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM delivery d JOIN letter l ON l.id = d.letter JOIN advisory_version v ON v.id = l.version
                 JOIN hold h ON h.case_number = v.case_number WHERE d.id = ?1 AND h.ended_at IS NULL",
            )?
            .exists([delivery])
            .context("Looking whether somebody holds a delivery")
    }
}
