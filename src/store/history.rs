//! The change history of the policy: each entry has a version and a date, and none is ever changed.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::rules::history;

/// "v3.24 Nov 21st 2026: Added NAME".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub version: String,
    pub at: Timestamp,
    pub text: String,
}

pub struct History<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn history(self) -> History<'c> {
        History(self)
    }
}

impl History<'_> {
    /// The version of the latest entry.
    pub fn latest(&self) -> Result<Option<String>> {
        self.0
            .connection
            .prepare_cached("SELECT version FROM history ORDER BY id DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()
            .context("Reading the latest version of the history")
    }

    /// Adds an entry under the next version; the first one here follows `first`. Gives it as the policy writes it.
    pub fn append(&self, first: &str, text: &str, at: Timestamp) -> Result<String> {
        let latest = self.latest()?;
        let version = history::next(latest.as_deref().unwrap_or(first));
        self.add(&version, text, at)?;
        Ok(history::entry(&version, at, text))
    }

    fn add(&self, version: &str, text: &str, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .execute("INSERT INTO history (version, at, text) VALUES (?1, ?2, ?3)", params![version, At(at), text])
            .map(drop)
            .context("Adding to the change history")
    }

    /// All entries, the oldest first.
    pub fn all(&self) -> Result<Vec<Entry>> {
        self.0
            .connection
            .prepare_cached("SELECT version, at, text FROM history ORDER BY id")?
            .query_map([], |row| Ok(Entry { version: row.get(0)?, at: row.get::<_, At>(1)?.0, text: row.get(2)? }))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the change history")
    }
}
