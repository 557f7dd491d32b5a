//! Whether letters leave. While the outbox is paused nothing does, but what an operator releases by hand; what brings an
//! advisory of a case that the team holds does not leave by anybody's hand, and waits. Letters are written and judged all the
//! same; a pause overrides no refusal of the gate.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Rows;
use super::time::At;

/// Of a delivery, in SQL: no pause holds it, and nobody holds the case whose advisory it brings. Of letters the index alone
/// is read: the rows hold what was sealed.
pub(super) const MAY_LEAVE: &str = "((released_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM pause)) AND NOT EXISTS (
    SELECT 1 FROM hold h CROSS JOIN advisory_version v CROSS JOIN letter l INDEXED BY letter_version
    WHERE h.ended_at IS NULL AND v.case_number = h.case_number AND l.version = v.id AND l.id = delivery.letter))";

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
    /// The team holds the case whose advisory it brings.
    Held,
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
        // What was released in an earlier pause was released from that one, also if it is on its way this moment and
        // comes back.
        self.0
            .connection
            .execute("UPDATE delivery SET released_at = NULL WHERE released_at IS NOT NULL", [])
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

    /// One delivery leaves although the outbox is paused; one that was refused, stopped or given up is tried again, as
    /// if for the first time. The gate is asked again in any case.
    pub fn release(&self, delivery: i64, now: Timestamp) -> Result<Released> {
        let state: Option<String> = self
            .0
            .connection
            .query_row("SELECT state FROM delivery WHERE id = ?1", [delivery], |row| row.get(0))
            .optional()
            .context("Looking for a delivery")?;
        let Some(state) = state else { return Ok(Released::Unknown) };
        if self.0.advisories().holds(delivery)? {
            return Ok(Released::Held);
        }
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE delivery SET state = 'queued', released_at = ?2, releases = releases + 1,
                        next_attempt_at = ?2, attempts = 0, given_up = 0, error = '', decided_at = NULL, told_at = NULL,
                        uncertified = 0
                 WHERE id = ?1 AND (state IN ('queued', 'failed', 'blocked', 'unknown')
                     OR state = 'sent' AND id IN (SELECT delivery FROM bounce WHERE kind = 'failed'))",
                params![delivery, At(now)],
            )
            .context("Releasing a delivery")?;
        Ok(if super::changed_one(rows) { Released::Yes { before: state } } else { Released::No { state } })
    }

    /// Takes the waiting deliveries of letters that a mail received before `before` gave rise to as sent. Four kinds
    /// stay: letters no mail gave rise to, such as alerts and digests; what was released by hand; what waited for a
    /// certificate until now; and what was tried in
    /// vain before the backup, for nobody knows whether it left later, and a letter twice is better than none. Gives
    /// how many were taken as sent.
    pub fn take_as_sent(&self, before: Timestamp, now: Timestamp) -> Result<usize> {
        let taken = self
            .0
            .connection
            .execute(
                "UPDATE delivery SET state = 'sent', error = ?3, decided_at = ?2
                 WHERE state = 'queued' AND released_at IS NULL AND releases = 0 AND attempts = 0 AND letter IN (
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

#[cfg(test)]
mod tests {
    use super::super::testing::{Scratch, scratch};
    use super::*;

    fn now() -> Timestamp {
        "2026-12-12T09:00:00Z".parse().unwrap()
    }

    /// A desk with one letter to Dana whose delivery is so.
    async fn with_delivery(columns: &'static str, values: &'static str) -> Scratch {
        let scratch = scratch();
        let rows = format!(
            "INSERT INTO inbox (sha256, account, folder, received_at, raw)
             VALUES ('a mail', 'bot', 'INBOX', '2026-12-07T09:00:00Z', X'');
             INSERT INTO letter (id, kind, cause, counter, message_id, labels, content, written_at, sealed)
             VALUES (1, 'answer', 'a mail', 1, 'a@example.org', '[]', '{{}}', '2026-12-07T09:00:00Z', X'00');
             INSERT INTO delivery (letter, recipient, urgent, next_attempt_at, {columns})
             VALUES (1, 'dana@example.net', 0, '2026-12-07T09:00:00Z', {values});"
        );
        scratch.store.write(move |all| Ok(all.connection.execute_batch(&rows)?)).await.unwrap();
        scratch
    }

    #[tokio::test]
    async fn what_was_given_up_and_is_released_has_all_its_attempts_again() {
        let desk = with_delivery("state, attempts, given_up", "'failed', 200, 1").await;
        let (released, row) = desk
            .store
            .write(|rows| {
                let released = rows.pause().release(1, now())?;
                let row = rows.connection.query_row("SELECT state, attempts, given_up FROM delivery", [], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?))
                })?;
                Ok((released, row))
            })
            .await
            .unwrap();
        assert_eq!(released, Released::Yes { before: "failed".into() });
        assert_eq!(row, ("queued".into(), 0, 0));
    }

    #[tokio::test]
    async fn a_pause_holds_what_was_released_from_an_earlier_one_and_is_on_its_way() {
        let desk = with_delivery("state, released_at", "'sending', '2026-12-07T09:00:00Z'").await;
        let due = desk
            .store
            .write(|rows| {
                assert!(rows.pause().set(now(), "operator")?);
                rows.outbox().postpone(1, now(), "421 not now")?;
                rows.outbox().next_due(now(), &[])
            })
            .await
            .unwrap();
        assert_eq!(due, None);
    }

    #[tokio::test]
    async fn on_a_backup_made_while_paused_nothing_leaves_that_was_released_before() {
        let desk = with_delivery("state, released_at", "'queued', '2026-12-07T09:00:00Z'").await;
        let (due, paused) = desk
            .store
            .write(|rows| {
                rows.connection.execute_batch(
                    "INSERT INTO pause (id, since, by) VALUES (1, '2026-12-07T08:00:00Z', 'operator');
                     INSERT INTO copy (id, made_at) VALUES (1, '2026-12-07T10:00:00Z');",
                )?;
                rows.copy().start(now())?;
                Ok((rows.outbox().next_due(now(), &[])?, rows.pause().current()?))
            })
            .await
            .unwrap();
        assert_eq!(due, None);
        assert_eq!(paused.map(|paused| paused.by), Some("desk".into()));
    }

    /// An operator was faster than the alert: it would tell of a failure that is none any more.
    #[tokio::test]
    async fn people_are_told_of_no_delivery_that_was_released_meanwhile() {
        let desk = with_delivery("state", "'failed'").await;
        let told = |rows: Rows<'_>| rows.outbox().told(1, now());
        desk.store.write(|rows| rows.pause().release(1, now())).await.unwrap();
        assert!(!desk.store.write(told).await.unwrap());
        desk.store
            .write(|rows| Ok(rows.outbox().sending(1, None)? && rows.outbox().fail(1, now(), "550 no")?))
            .await
            .unwrap();
        assert!(desk.store.write(told).await.unwrap(), "failed again, it is told of");
    }

    #[tokio::test]
    async fn only_what_nobody_is_known_to_have_refused_is_taken_as_sent() {
        for (values, before, taken) in [
            ("'queued', 0, NULL, 0", "2026-12-07T09:00:01Z", 1),
            ("'queued', 0, NULL, 0", "2026-12-07T09:00:00Z", 0),
            ("'queued', 1, NULL, 0", "2026-12-07T09:00:01Z", 0),
            ("'queued', 0, '2026-12-07T10:00:00Z', 0", "2026-12-07T09:00:01Z", 0),
            ("'queued', 0, NULL, 1", "2026-12-07T09:00:01Z", 0), // it waited for a certificate that is here now
        ] {
            let desk = with_delivery("state, attempts, released_at, releases", values).await;
            let before: Timestamp = before.parse().unwrap();
            let found = desk.store.write(move |rows| rows.pause().take_as_sent(before, now())).await.unwrap();
            assert_eq!(found, taken, "{values} before {before}");
        }
    }
}
