//! The clock of the machine jumped, and nothing is released before somebody says that it is right. Who says so is `leaving`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Advisories;
use crate::rules::label::CaseId;
use crate::store::changed_one;
use crate::store::time::At;

/// A jump of which nobody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockJump {
    pub id: i64,
    /// What the clock said after it.
    pub at: Timestamp,
    /// Forward, or backward below zero.
    pub seconds: i64,
}

/// An approved advisory that nobody outside has yet, or not all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub number: i64,
    pub case: CaseId,
    /// When its embargo ends, if it has one.
    pub release_at: Option<Timestamp>,
}

impl Advisories<'_> {
    /// Keeps that the clock jumped. Of a clock that goes on jumping before anybody said that it is right, people are told once.
    pub fn jumped(&self, at: Timestamp, seconds: i64) -> Result<i64> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO clock_jump (at, seconds, told_at)
                 VALUES (?1, ?2, (SELECT min(told_at) FROM clock_jump WHERE ended_at IS NULL)) RETURNING id",
            )?
            .query_row(params![At(at), seconds], |row| row.get(0))
            .context("Noting that the clock jumped")
    }

    /// The first jump that nobody was told of, if somebody is waited for.
    pub fn untold_jump(&self) -> Result<Option<ClockJump>> {
        let mut find = self.0.connection.prepare_cached(
            "SELECT id, at, seconds FROM clock_jump WHERE told_at IS NULL AND ended_at IS NULL ORDER BY id LIMIT 1",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(ClockJump { id: row.get(0)?, at: row.get::<_, At>(1)?.0, seconds: row.get(2)? })
        };
        let mut found = find.query_map([], read).context("Looking whether the clock jumped")?;
        found.next().transpose().context("Reading how the clock jumped")
    }

    /// People are told of all jumps so far. `false`: they were, of this one.
    pub fn told_of_jump(&self, id: i64, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE clock_jump SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL")?
            .execute(params![id, At(now)])
            .context("Noting that people know of a jump of the clock")?;
        self.0
            .connection
            .prepare_cached("UPDATE clock_jump SET told_at = ?1 WHERE told_at IS NULL")?
            .execute([At(now)])
            .context("Noting that people know of all jumps of the clock")?;
        Ok(changed_one(rows))
    }

    /// What waits while the clock is doubted: approved, and not released.
    pub fn waiting(&self) -> Result<Vec<Waiting>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT v.advisory, v.case_number, v.embargo_until FROM advisory_version v INDEXED BY advisory_version_leaving
                 WHERE v.void_at IS NULL AND v.stage IN ('approved', 'predisclosed')
                     AND v.id = (SELECT max(w.id) FROM advisory_version w WHERE w.advisory = v.advisory
                                 AND w.void_at IS NULL AND w.stage <> 'draft')
                 ORDER BY v.embargo_until, v.advisory",
            )?
            .query_map([], |row| {
                let release_at = row.get::<_, Option<At>>(2)?.map(|at| at.0);
                Ok(Waiting { number: row.get(0)?, case: CaseId(row.get(1)?), release_at })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking which advisories wait")
    }
}
