//! Test letters to members: written when an operator asks for it, and whether anybody answered.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Member, Members};
use crate::store::time::At;

/// A test letter to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    pub id: i64,
    pub member: i64,
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
    /// The address that the answer seems to come from; a claim.
    pub answered_by: String,
}

const DRILL: &str = "SELECT id, member, at, answered_at, answered_by FROM drill";

impl Members<'_> {
    /// A test letter is to be written.
    pub fn drill(&self, member: &Member, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .execute("INSERT INTO drill (member, at) VALUES (?1, ?2)", params![member.id, At(at)])
            .map(drop)
            .context("Noting a test letter")
    }

    /// Those that nobody wrote yet.
    pub fn unsent_drills(&self) -> Result<Vec<Drill>> {
        self.0
            .connection
            .prepare_cached(&format!("{DRILL} WHERE sent_at IS NULL ORDER BY id"))?
            .query_map([], drill)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for test letters to be written")
    }

    /// `false` when it was written before.
    pub fn drill_sent(&self, id: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute("UPDATE drill SET sent_at = ?2 WHERE id = ?1 AND sent_at IS NULL", params![id, At(at)])
            .context("Noting that a test letter was written")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Somebody answered. `false` when somebody did before.
    pub fn drill_answered(&self, id: i64, by: &str, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE drill SET answered_at = ?3, answered_by = ?2 WHERE id = ?1 AND answered_at IS NULL",
                params![id, by, At(at)],
            )
            .context("Noting the answer to a test letter")?;
        Ok(crate::store::changed_one(rows))
    }

    pub fn get_drill(&self, id: i64) -> Result<Option<Drill>> {
        self.0
            .connection
            .prepare_cached(&format!("{DRILL} WHERE id = ?1"))?
            .query_row([id], drill)
            .optional()
            .context("Reading a test letter")
    }

    /// All test letters to a member, the latest first.
    pub fn drills(&self, member: i64) -> Result<Vec<Drill>> {
        self.0
            .connection
            .prepare_cached(&format!("{DRILL} WHERE member = ?1 ORDER BY id DESC"))?
            .query_map([member], drill)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the test letters to a member")
    }
}

fn drill(row: &Row<'_>) -> rusqlite::Result<Drill> {
    Ok(Drill {
        id: row.get(0)?,
        member: row.get(1)?,
        at: row.get::<_, At>(2)?.0,
        answered_at: row.get::<_, Option<At>>(3)?.map(|at| at.0),
        answered_by: row.get(4)?,
    })
}
