//! Whether letters leave. While the outbox is paused nothing does, but what an operator releases by hand.
//! Letters are written and judged all the same; a pause overrides no refusal of the gate.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Rows;
use super::time::At;

/// Of a delivery, in SQL: no pause holds it.
pub(super) const MAY_LEAVE: &str = "(released_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM pause))";

/// What is written on a delivery that probably left before the database was lost.
const LEFT_BEFORE: &str = "taken as sent before the restore";

/// Since when nothing leaves, and on whose word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paused {
    pub since: String,
    /// `desk`, or `operator NAME`.
    pub by: String,
    /// Deliveries that wait for its end.
    pub waiting: i64,
}

/// How the release of one delivery went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// It leaves now. `before` is the state it had.
    Yes {
        before: String,
    },
    /// There is nothing to release: it is in this state.
    No {
        state: String,
    },
    Unknown,
}

pub struct Pause<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn pause(self) -> Pause<'c> {
        Pause(self)
    }
}

impl Pause<'_> {
    /// From now on nothing leaves; `false` when nothing did before.
    pub fn set(&self, now: Timestamp, by: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "INSERT INTO pause (id, since, by) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING",
                params![At(now), by],
            )
            .context("Pausing the outbox")?;
        if !super::changed_one(rows) {
            return Ok(false);
        }
        // What was released in an earlier pause was released from that one.
        self.0
            .connection
            .execute("UPDATE delivery SET released_at = NULL WHERE state = 'queued' AND released_at IS NOT NULL", [])
            .context("Pausing the outbox")?;
        Ok(true)
    }

    /// Letters leave again; `false` when they did before.
    pub fn lift(&self) -> Result<bool> {
        let rows = self.0.connection.execute("DELETE FROM pause", []).context("Resuming the outbox")?;
        Ok(super::changed_one(rows))
    }

    pub fn current(&self) -> Result<Option<Paused>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT since, by, (SELECT count(*) FROM delivery WHERE state = 'queued' AND released_at IS NULL)
                 FROM pause",
            )?
            .query_row([], |row| Ok(Paused { since: row.get(0)?, by: row.get(1)?, waiting: row.get(2)? }))
            .optional()
            .context("Reading whether the outbox is paused")
    }

    /// One delivery leaves although the outbox is paused; one that was refused or stopped is tried again. The gate
    /// is asked again in any case.
    pub fn release(&self, delivery: i64, now: Timestamp) -> Result<Released> {
        let state: Option<String> = self
            .0
            .connection
            .query_row("SELECT state FROM delivery WHERE id = ?1", [delivery], |row| row.get(0))
            .optional()
            .context("Looking for a delivery")?;
        let Some(state) = state else { return Ok(Released::Unknown) };
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE delivery SET state = 'queued', released_at = ?2, releases = releases + 1,
                        next_attempt_at = ?2, error = '', decided_at = NULL, told_at = NULL, uncertified = 0
                 WHERE id = ?1 AND state IN ('queued', 'failed', 'blocked', 'unknown')",
                params![delivery, At(now)],
            )
            .context("Releasing a delivery")?;
        Ok(if super::changed_one(rows) { Released::Yes { before: state } } else { Released::No { state } })
    }

    /// Takes the waiting deliveries of letters that a mail received before `before` gave rise to as sent. Gives how
    /// many there were.
    pub fn take_as_sent(&self, before: Timestamp, now: Timestamp) -> Result<usize> {
        let taken = self
            .0
            .connection
            .execute(
                "UPDATE delivery SET state = 'sent', error = ?3, decided_at = ?2
                 WHERE state = 'queued' AND released_at IS NULL AND letter IN (
                     SELECT l.id FROM letter l JOIN inbox i ON i.sha256 = l.cause WHERE i.received_at < ?1)",
                params![At(before), At(now), LEFT_BEFORE],
            )
            .context("Taking deliveries as sent")?;
        self.0
            .connection
            .execute(
                "UPDATE letter SET sealed = NULL, sealed_inside = NULL
                 WHERE (sealed IS NOT NULL OR sealed_inside IS NOT NULL) AND NOT EXISTS (
                     SELECT 1 FROM delivery d WHERE d.letter = letter.id AND d.state IN ('queued', 'sending'))",
                [],
            )
            .context("Forgetting the sealed letters among them")?;
        Ok(taken)
    }
}
