//! Which drafts the team was asked to approve.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::{Advisories, SELECT, Version};
use crate::rules::label::{CaseId, VersionId};
use crate::store::time::At;

impl Advisories<'_> {
    /// Drafts of a case that nobody was asked about yet, in order.
    pub fn unasked(&self, case: CaseId) -> Result<Vec<Version>> {
        let sql = format!(
            "{SELECT} WHERE case_number = ?1 AND void_at IS NULL AND stage = 'draft' AND asked_at IS NULL ORDER BY id"
        );
        self.all(&sql, params![case.0])
    }

    /// The team is asked about it now; or, with `None`, is to be asked once more.
    pub fn asked(&self, id: VersionId, at: Option<Timestamp>) -> Result<()> {
        self.0
            .connection
            .prepare_cached("UPDATE advisory_version SET asked_at = ?2 WHERE id = ?1")?
            .execute(params![id.0, at.map(At)])
            .map(drop)
            .context("Noting that the team was asked to approve an advisory")
    }
}
