//! The weekly list of everything open: of which weeks the team got it, or needed none.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Rows;
use super::time::At;

pub struct Weekly<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn weekly(self) -> Weekly<'c> {
        Weekly(self)
    }
}

impl Weekly<'_> {
    /// Whether the list of the week that began then is still to be looked at.
    pub fn is_due(&self, week: Timestamp) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM weekly WHERE week = ?1")?
            .exists([At(week)])
            .map(|written| !written)
            .context("Looking whether the weekly list was written")
    }

    /// `false` when it was looked at already.
    pub fn done(&self, week: Timestamp, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("INSERT INTO weekly (week, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![At(week), At(now)])
            .context("Marking the weekly list as written")?;
        Ok(super::changed_one(rows))
    }
}
