//! What mail servers say of our deliveries after they took them: each delivery has an envelope sender of its own, by whose
//! key what is said of it is known.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::time::At;
use super::{Rows, outbox, people};
use crate::mail::address::Address;
use crate::mail::delivery_status::Fate;
use crate::mail::letter::Kind;
use crate::rules::label::CaseId;

/// A mail server that tries longer than this has a problem, and not a moment's.
const DELAY_HOURS: i64 = 4;

/// What was delivered, to whom, and when it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub id: i64,
    pub letter: i64,
    pub kind: Kind,
    pub case: Option<CaseId>,
    pub recipient: Address,
    pub left_at: Timestamp,
}

/// What a mail server said of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    pub fate: Fate,
    pub status: String,
    pub diagnostic: String,
}

/// A delivery that is late, and nobody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The latest word of it.
    pub bounce: i64,
    pub delivery: i64,
}

/// One line of what was said of somebody's mail, for `member show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub at: String,
    pub delivery: i64,
    /// Of the letter.
    pub kind: String,
    /// `failed`, `delayed`, `other`.
    pub fate: String,
    pub status: String,
    pub diagnostic: String,
}

pub struct Bounces<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn bounces(self) -> Bounces<'c> {
        Bounces(self)
    }
}

const OF_PERSON: &str = "SELECT b.at, b.delivery, l.kind, b.kind, b.status, b.diagnostic FROM bounce b
    JOIN delivery d ON d.id = b.delivery JOIN letter l ON l.id = d.letter WHERE b.recipient_key = ?1 ORDER BY b.id";

impl Bounces<'_> {
    /// From now on what comes to this key is about this delivery.
    pub fn expect(&self, hash: &str, delivery: i64) -> Result<()> {
        self.0
            .connection
            .prepare_cached("INSERT INTO return_path (hash, delivery) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![hash, delivery])
            .map(drop)
            .context("Recording the return path of a delivery")
    }

    /// The delivery whose return path has this key.
    pub fn delivery(&self, hash: &str) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT delivery FROM return_path WHERE hash = ?1")?
            .query_row([hash], |row| row.get(0))
            .optional()
            .context("Looking for the delivery of a return path")
    }

    pub fn delivered(&self, delivery: i64) -> Result<Delivered> {
        self.0
            .connection
            .prepare_cached(
                "SELECT d.id, d.letter, l.kind, l.case_number, d.recipient, coalesce(d.decided_at, l.written_at)
                 FROM delivery d JOIN letter l ON l.id = d.letter WHERE d.id = ?1",
            )?
            .query_row([delivery], |row| {
                Ok(Delivered {
                    id: row.get(0)?,
                    letter: row.get(1)?,
                    kind: outbox::kind(row, 2)?,
                    case: row.get::<_, Option<i64>>(3)?.map(CaseId),
                    recipient: people::address(row, 4)?,
                    left_at: row.get::<_, At>(5)?.0,
                })
            })
            .context("Reading what was delivered")
    }

    /// Keeps what a mail says of a delivery. Gives the row.
    pub fn add(&self, delivery: i64, inbox: i64, said: &Bounce, at: Timestamp) -> Result<i64> {
        let Bounce { fate, status, diagnostic } = said;
        let to = self.delivered(delivery)?.recipient.key();
        let row = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO bounce (delivery, inbox, kind, status, diagnostic, at, recipient_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            )?
            .query_row(params![delivery, inbox, fate.as_str(), status, diagnostic, At(at), to], |row| row.get(0))
            .context("Keeping what a mail server said")?;
        self.settle(delivery, at)?;
        Ok(row)
    }

    /// Nobody will be told of delays after which something better or worse was said, or another delay told, nor of any of an
    /// alert: they need not be looked at again.
    fn settle(&self, delivery: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE bounce SET told_at = ?2 WHERE delivery = ?1 AND kind = 'delayed' AND told_at IS NULL
                     AND EXISTS (SELECT 1 FROM delivery d JOIN letter l ON l.id = d.letter
                                 WHERE d.id = ?1 AND (l.kind = 'alert' OR EXISTS
                                     (SELECT 1 FROM bounce o WHERE o.delivery = ?1 AND o.at >= coalesce(d.decided_at, o.at)
                                      AND (o.kind <> 'delayed' OR o.told_at IS NOT NULL))))",
            )?
            .execute(params![delivery, At(at)])
            .map(drop)
            .context("Settling what was said of a delivery")
    }

    pub fn get(&self, id: i64) -> Result<Bounce> {
        self.0
            .connection
            .prepare_cached("SELECT kind, status, diagnostic FROM bounce WHERE id = ?1")?
            .query_row([id], |row| {
                let fate: String = row.get(0)?;
                // Not reached: the table checks it.
                let fate = Fate::parse(&fate).unwrap_or(Fate::Other);
                Ok(Bounce { fate, status: row.get(1)?, diagnostic: row.get(2)? })
            })
            .context("Reading what a mail server said")
    }

    /// Whether people heard of this fate of a delivery since it left.
    pub fn was_told(&self, delivery: i64, fate: Fate) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM bounce b JOIN delivery d ON d.id = b.delivery
                 WHERE b.delivery = ?1 AND b.kind = ?2 AND b.told_at IS NOT NULL
                     AND b.at >= coalesce(d.decided_at, b.at)",
            )?
            .exists(params![delivery, fate.as_str()])
            .context("Looking whether people heard of a bounce")
    }

    /// `false` when people were told before.
    pub fn told(&self, id: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE bounce SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL")?
            .execute(params![id, At(at)])
            .context("Recording that people were told of a bounce")?;
        let delivery = "SELECT delivery FROM bounce WHERE id = ?1";
        let delivery = self.0.connection.prepare_cached(delivery)?.query_row([id], |row| row.get(0))?;
        self.settle(delivery, at)?;
        Ok(super::changed_one(rows))
    }

    /// Deliveries that are on their way for hours, of which nothing better or worse was said since, and nobody was told.
    pub fn late(&self, now: Timestamp) -> Result<Vec<Late>> {
        let before = now.saturating_sub(SignedDuration::from_hours(DELAY_HOURS)).unwrap_or(now);
        self.0
            .connection
            .prepare_cached(
                "SELECT max(b.id), b.delivery FROM bounce b
                 JOIN delivery d ON d.id = b.delivery JOIN letter l ON l.id = d.letter
                 WHERE b.told_at IS NULL AND b.kind = 'delayed' AND l.kind <> 'alert' AND d.state = 'sent'
                     AND coalesce(d.decided_at, l.written_at) <= ?1 AND b.at >= coalesce(d.decided_at, l.written_at)
                     AND NOT EXISTS (SELECT 1 FROM bounce o WHERE o.delivery = b.delivery AND o.at >= d.decided_at
                                     AND (o.kind <> 'delayed' OR o.told_at IS NOT NULL))
                 GROUP BY b.delivery ORDER BY b.delivery",
            )?
            .query_map([At(before)], |row| Ok(Late { bounce: row.get(0)?, delivery: row.get(1)? }))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for deliveries that are late")
    }

    /// All that was said of mail to somebody's address, the oldest first.
    pub fn of_person(&self, person: i64) -> Result<Vec<Listed>> {
        let address = self.0.people().get(person)?.address;
        self.0
            .connection
            .prepare_cached(OF_PERSON)?
            .query_map([address.key()], |row| {
                Ok(Listed {
                    at: row.get(0)?,
                    delivery: row.get(1)?,
                    kind: row.get(2)?,
                    fate: row.get(3)?,
                    status: row.get(4)?,
                    diagnostic: row.get(5)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what was said of somebody's mail")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::scratch;

    /// Delays that every round looks at.
    fn unsettled(rows: Rows<'_>) -> Result<i64> {
        let sql = "SELECT count(*) FROM bounce WHERE told_at IS NULL AND kind = 'delayed'";
        Ok(rows.connection.query_row(sql, [], |row| row.get(0))?)
    }

    #[tokio::test]
    async fn a_delay_is_looked_at_until_it_is_told_and_none_of_an_alert_is() {
        let scratch = scratch();
        let looked_at = scratch.store.write(|rows| {
            rows.connection.execute_batch(
                "INSERT INTO letter (id, kind, cause, counter, message_id, labels, content, written_at) VALUES
                     (1, 'notice', 'test', 1, 'a@b', '[]', '{}', '2026-12-07T09:00:00Z'),
                     (2, 'alert', 'test', 2, 'c@b', '[]', '{}', '2026-12-07T09:00:00Z');
                 INSERT INTO delivery (id, letter, recipient, urgent, state, next_attempt_at, error, decided_at) VALUES
                     (1, 1, 'd@x.example', 0, 'sent', '2026-12-07T09:00:00Z', '', '2026-12-07T09:00:00Z'),
                     (2, 2, 'd@x.example', 0, 'sent', '2026-12-07T09:00:00Z', '', '2026-12-07T09:00:00Z');",
            )?;
            let said = Bounce { fate: Fate::Delayed, status: String::new(), diagnostic: String::new() };
            let mut looked_at = Vec::new();
            for delivery in [2, 1, 1] {
                let inbox = inbox(rows)?;
                rows.bounces().add(delivery, inbox, &said, "2026-12-07T10:00:00Z".parse()?)?;
                looked_at.push(unsettled(rows)?);
            }
            let late = rows.bounces().late("2026-12-07T14:00:00Z".parse()?)?;
            assert_eq!(late, [Late { bounce: 3, delivery: 1 }], "the last of both");
            assert!(rows.bounces().told(3, "2026-12-07T14:00:00Z".parse()?)?);
            looked_at.push(unsettled(rows)?);
            let inbox = inbox(rows)?;
            rows.bounces().add(1, inbox, &said, "2026-12-07T15:00:00Z".parse()?)?;
            looked_at.push(unsettled(rows)?);
            Ok(looked_at)
        });
        assert_eq!(looked_at.await.unwrap(), [0, 1, 2, 0, 0]);
    }

    fn inbox(rows: Rows<'_>) -> Result<i64> {
        let sql = "INSERT INTO inbox (sha256, raw, account, folder, received_at)
                   VALUES (hex(randomblob(8)), x'', 'a', 'b', '2026-12-07T10:00:00Z') RETURNING id";
        Ok(rows.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Two letters, to Vera and to Dana, and what was said of them.
    #[tokio::test]
    async fn what_was_said_of_somebodys_mail_is_theirs_alone() {
        let scratch = scratch();
        let listed = scratch
            .store
            .write(|rows| {
                rows.connection.execute_batch(
                    "INSERT INTO person (id, name, address, address_key) VALUES
                         (1, 'VM', 'Security@vm.example.net', 'Security@vm.example.net'), (2, 'D', 'd@x.example', 'd@x.example');
                     INSERT INTO letter (id, kind, cause, counter, message_id, labels, content, written_at)
                         VALUES (1, 'notice', 'test', 1, 'a@b', '[]', '{}', '2026-12-07T09:00:00Z');
                     INSERT INTO delivery (id, letter, recipient, urgent, state, next_attempt_at, error, decided_at) VALUES
                         (1, 1, 'Security@VM.example.net', 0, 'sent', '2026-12-07T09:00:00Z', '', '2026-12-07T09:00:00Z'),
                         (2, 1, 'd@x.example', 0, 'sent', '2026-12-07T09:00:00Z', '', '2026-12-07T09:00:00Z');",
                )?;
                let at: Timestamp = "2026-12-07T10:00:00Z".parse()?;
                for (delivery, fate) in [(1, Fate::Delayed), (2, Fate::Failed), (1, Fate::Failed)] {
                    let inbox = inbox(rows)?;
                    let said = Bounce { fate, status: "5.1.1".into(), diagnostic: "no such user".into() };
                    rows.bounces().add(delivery, inbox, &said, at)?;
                }
                let hour: Timestamp = "2026-12-07T13:00:00Z".parse()?;
                assert_eq!(rows.bounces().late(hour)?, [], "it failed meanwhile");
                assert_eq!(unsettled(rows)?, 0, "and is not looked at again");
                let plan: Vec<String> = rows
                    .connection
                    .prepare(&format!("EXPLAIN QUERY PLAN {OF_PERSON}"))?
                    .query_map([""], |row| row.get(3))?
                    .collect::<rusqlite::Result<_>>()?;
                assert!(plan.iter().any(|step| step.contains("bounce_recipient")), "{plan:?}");
                assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:?}");
                Ok((rows.bounces().of_person(1)?, rows.bounces().of_person(2)?))
            })
            .await
            .unwrap();
        let fates = |listed: &[Listed]| listed.iter().map(|one| (one.delivery, one.fate.clone())).collect::<Vec<_>>();
        assert_eq!(fates(&listed.0), [(1, "delayed".to_owned()), (1, "failed".to_owned())]);
        assert_eq!(fates(&listed.1), [(2, "failed".to_owned())]);
        assert_eq!((listed.0[0].at.as_str(), listed.0[0].kind.as_str()), ("2026-12-07T10:00:00Z", "notice"));
    }
}
