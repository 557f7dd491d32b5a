//! Whose commands changed a draft since its author wrote it, and what is no longer approved.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rusqlite::params;

use super::Advisories;
use crate::rules::label::VersionId;

impl Advisories<'_> {
    /// These people changed it, too.
    pub fn changed_by(&self, id: VersionId, people: &BTreeSet<i64>) -> Result<()> {
        for person in people {
            self.0
                .connection
                .prepare_cached("INSERT INTO advisory_hand (version, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute(params![id.0, person])
                .context("Keeping who changed an advisory")?;
        }
        Ok(())
    }

    /// Who changed it since its author wrote it.
    pub fn hands(&self, id: VersionId) -> Result<BTreeSet<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT person FROM advisory_hand WHERE version = ?1")?
            .query_map([id.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who changed an advisory")
    }

    /// It waits for approval again, and everybody is asked; who had it before keeps it. `false`: it is not approved.
    pub fn doubt(&self, id: VersionId) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE advisory_version SET stage = 'draft', approved_at = NULL, asked_at = NULL
                 WHERE id = ?1 AND stage IN ('approved', 'predisclosed') AND void_at IS NULL",
            )?
            .execute([id.0])
            .context("Noting that an advisory has to be approved again")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Members have it already, and it is approved again.
    pub fn approved_again(&self, id: VersionId, at: jiff::Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE advisory_version SET stage = 'predisclosed', approved_at = ?2
                 WHERE id = ?1 AND stage = 'draft' AND predisclosed_at IS NOT NULL AND void_at IS NULL",
            )?
            .execute(params![id.0, crate::store::time::At(at)])
            .map(drop)
            .context("Noting that an advisory is approved again")
    }
}
