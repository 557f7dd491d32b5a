//! Deliveries that were tried for days. How many days are enough is not known here.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::super::time::At;
use super::Outbox;

impl Outbox<'_> {
    /// When the letter of a delivery was written: retries are counted in days from then.
    pub fn written_at(&self, delivery: i64) -> Result<Timestamp> {
        self.0
            .connection
            .prepare_cached("SELECT l.written_at FROM delivery d JOIN letter l ON l.id = d.letter WHERE d.id = ?1")?
            .query_row([delivery], |row| row.get::<_, At>(0))
            .map(|at| at.0)
            .context("Looking when a letter was written")
    }

    /// Tried often enough: it will not leave.
    pub fn give_up(&self, delivery: i64, at: Timestamp, error: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE delivery SET state = 'failed', attempts = attempts + 1, error = ?3, decided_at = ?2, given_up = 1
                 WHERE id = ?1 AND state IN ('queued', 'sending')",
            )?
            .execute(params![delivery, At(at), error])
            .context("Giving up a delivery")?;
        self.forget_sealed(delivery)?;
        Ok(super::super::changed_one(rows))
    }
}
