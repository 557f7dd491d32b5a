//! The operator's programs, to be run when a version is public: each once.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Advisories;
use crate::rules::label::VersionId;
use crate::store::time::At;

impl Advisories<'_> {
    /// A program is to be run for a version. `false`: that was said before.
    pub fn run_hook(&self, hook: &str, version: VersionId, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("INSERT INTO hook_run (hook, version, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![hook, version.0, At(now)])
            .context("Noting that a program is to be run")?;
        Ok(crate::store::changed_one(rows))
    }
}
