//! What the instance knows about itself: when it was born, and the latest time a local one has been told.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::Rows;
use super::time::At;

/// The one row about the instance.
pub struct Instance<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn instance(self) -> Instance<'c> {
        Instance(self)
    }
}

impl Instance<'_> {
    /// When this instance was set up; the first call decides it. Mail our server received before is never answered.
    pub fn born(&self, now: Timestamp) -> Result<Timestamp> {
        self.0
            .connection
            .execute("INSERT INTO instance (id, born_at) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING", [At(now)])
            .context("Recording the birth of the instance")?;
        let born: At = self
            .0
            .connection
            .query_row("SELECT born_at FROM instance WHERE id = 1", [], |row| row.get(0))
            .context("Reading the birth of the instance")?;
        Ok(born.0)
    }

    /// The latest `run --at`, if there ever was one.
    pub fn simulated(&self) -> Result<Option<Timestamp>> {
        let at: Option<Option<At>> = self
            .0
            .connection
            .query_row("SELECT simulated_at FROM instance WHERE id = 1", [], |row| row.get(0))
            .optional()
            .context("Reading the simulated time")?;
        Ok(at.flatten().map(|at| at.0))
    }

    /// Moves the simulated time on; `false` when that would turn it back.
    pub fn simulate(&self, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE instance SET simulated_at = ?1 WHERE id = 1 AND (simulated_at IS NULL OR simulated_at <= ?1)",
                [At(at)],
            )
            .context("Setting the simulated time")?;
        Ok(super::changed_one(rows))
    }
}
