//! The outbox: letters as they were written, sealed once, and a delivery for each recipient.
//! A delivery is `sending` on disk before its first byte leaves.

mod carried;
mod given_up;
mod sealed;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::Rows;
use super::pause::MAY_LEAVE;
use super::time::At;
use crate::mail::address::Address;
use crate::mail::letter::{Kind, Letter};
use crate::mail::thread::MessageId;
use crate::rules::clearance::Barred;
use crate::rules::label::{CaseId, Label, Labels, VersionId};

pub use sealed::Form;

/// A letter on its way into the outbox.
pub struct Written<'a> {
    pub letter: &'a Letter,
    pub cause: &'a str,
    pub counter: u32,
    pub message_id: &'a MessageId,
    pub case: Option<CaseId>,
    pub written_at: Timestamp,
}

/// A letter as it is stored.
pub struct Stored {
    pub letter: Letter,
    pub cause: String,
    pub counter: u32,
    pub message_id: MessageId,
    pub written_at: Timestamp,
}

/// One recipient's copy of a letter on its way into the outbox.
pub struct Addressed<'a> {
    pub letter: i64,
    pub recipient: &'a Address,
    pub kind: Kind,
    /// When it leaves.
    pub at: Timestamp,
    /// The certificate it will be encrypted to, or to its successor: from now on it does not leave in clear.
    pub encrypted_to: Option<&'a str>,
    /// Why the gate stops it here.
    pub barred: Option<Barred>,
}

/// What a letter is and what gave rise to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub kind: Kind,
    pub cause: String,
    pub counter: u32,
}

/// A delivery that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub id: i64,
    pub letter: i64,
    pub recipient: Address,
    pub attempts: u32,
    /// It was promised to be encrypted, to this certificate or its successor.
    pub encrypted_to: Option<String>,
    /// It goes to whoever has this certificate, which was replaced, if it can still be encrypted to.
    pub former: Option<String>,
}

/// A delivery that will not happen, of which nobody was told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub id: i64,
    pub letter: i64,
    pub kind: Kind,
    pub case: Option<CaseId>,
    pub recipient: Address,
    pub blocked: bool,
    /// Not refused, but tried for days.
    pub given_up: bool,
    pub error: String,
    /// How often an operator had it tried again.
    pub releases: u32,
}

/// One line of `outbox list`, with the fixed keys of DESIGN section 9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: i64,
    pub kind: String,
    pub to: String,
    pub state: String,
    pub attempts: u32,
    pub error: String,
    pub case: Option<CaseId>,
    pub message_id: String,
    pub written_at: String,
    pub decided_at: Option<String>,
    /// The fingerprint it is encrypted to, or will be; `None`: in clear.
    pub encrypted_to: Option<String>,
}

pub struct Outbox<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn outbox(self) -> Outbox<'c> {
        Outbox(self)
    }
}

impl Outbox<'_> {
    pub fn add_letter(&self, written: &Written<'_>) -> Result<i64> {
        let labels = serde_json::to_string(&written.letter.labels()).context("Writing down the labels of a letter")?;
        let content = serde_json::to_string(written.letter).context("Writing down a letter")?;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO letter (kind, cause, counter, message_id, case_number, labels, content, written_at,
                                     version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                         (SELECT id FROM advisory_version WHERE id = ?9)) RETURNING id",
            )?
            .query_row(
                params![
                    written.letter.kind.as_str(),
                    written.cause,
                    written.counter,
                    written.message_id.as_str(),
                    written.case.map(|case| case.0),
                    labels,
                    content,
                    At(written.written_at),
                    version_of(written.letter).map(|version| version.0)
                ],
                |row| row.get(0),
            )
            .context("Putting a letter into the outbox")
    }

    /// The latest letters of a case, newest first.
    pub fn latest_of_case(&self, case: CaseId, max: u32) -> Result<Vec<Letter>> {
        let contents = self
            .0
            .connection
            .prepare_cached("SELECT content FROM letter WHERE case_number = ?1 ORDER BY id DESC LIMIT ?2")?
            .query_map(params![case.0, max], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
            .context("Reading the latest letters of a case")?;
        contents.iter().map(|content| serde_json::from_str(content).context("Reading back a letter")).collect()
    }

    pub fn add_delivery(&self, addressed: &Addressed<'_>) -> Result<i64> {
        let Addressed { letter, recipient, kind, at, encrypted_to, barred } = *addressed;
        // People who wait for a first answer come before copies for people who wait for nothing.
        let urgent = matches!(kind, Kind::Acknowledgement | Kind::Release);
        let state = if barred.is_some() { "blocked" } else { "queued" };
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO delivery (letter, recipient, urgent, state, next_attempt_at, error, decided_at,
                                       encrypted_to, uncertified)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
            )?
            .query_row(
                params![
                    letter,
                    recipient.as_str(),
                    urgent,
                    state,
                    At(at),
                    barred.map(|barred| barred.to_string()).unwrap_or_default(),
                    barred.map(|_| At(at)),
                    encrypted_to,
                    barred.is_some_and(Barred::wants_certificate)
                ],
                |row| row.get(0),
            )
            .context("Putting a delivery into the outbox")
    }

    /// The next delivery to attempt at this time but `except`, the urgent ones first; while the outbox is paused, of
    /// those released by hand.
    pub fn next_due(&self, now: Timestamp, except: &[i64]) -> Result<Option<Due>> {
        for urgent in [true, false] {
            let mut statement = self.0.connection.prepare_cached(&format!(
                "SELECT id, letter, recipient, attempts, encrypted_to, former FROM delivery
                 WHERE state = 'queued' AND urgent = ?1 AND next_attempt_at <= ?2 AND {MAY_LEAVE}
                 ORDER BY next_attempt_at, id",
            ))?;
            let due = statement
                .query_map(params![urgent, At(now)], |row| {
                    Ok(Due {
                        id: row.get(0)?,
                        letter: row.get(1)?,
                        recipient: super::people::address(row, 2)?,
                        attempts: row.get(3)?,
                        encrypted_to: row.get(4)?,
                        former: row.get(5)?,
                    })
                })?
                .find(|due| due.as_ref().map_or(true, |due| !except.contains(&due.id)))
                .transpose()
                .context("Looking for the next delivery")?;
            if due.is_some() {
                return Ok(due);
            }
        }
        Ok(None)
    }

    /// A letter about a certificate that was replaced is encrypted to that one.
    pub fn encrypt_to_former(&self, letter: &MessageId, fingerprint: &str) -> Result<()> {
        self.0
            .connection
            .execute(
                "UPDATE delivery SET former = ?2 WHERE letter = (SELECT id FROM letter WHERE message_id = ?1)",
                params![letter.as_str(), fingerprint],
            )
            .map(drop)
            .context("Choosing a former certificate for a letter")
    }

    /// When the next queued delivery is due, if any is queued that no pause holds.
    pub fn next_attempt_at(&self) -> Result<Option<Timestamp>> {
        let mut next: Option<At> = None;
        for urgent in [true, false] {
            let at: Option<At> = self
                .0
                .connection
                .prepare_cached(&format!(
                    "SELECT min(next_attempt_at) FROM delivery WHERE state = 'queued' AND urgent = ?1 AND {MAY_LEAVE}"
                ))?
                .query_row([urgent], |row| row.get(0))
                .context("Looking when the next delivery is due")?;
            next = next.into_iter().chain(at).min();
        }
        Ok(next.map(|at| at.0))
    }

    /// The counter of the latest letter that a mail or an event caused; 0: it caused none.
    pub fn last_counter(&self, cause: &str) -> Result<u32> {
        self.0
            .connection
            .prepare_cached("SELECT coalesce(max(counter), 0) FROM letter WHERE cause = ?1")?
            .query_row([cause], |row| row.get(0))
            .context("Looking for what an event caused before")
    }

    pub fn letter(&self, id: i64) -> Result<Stored> {
        let (content, stored) = self
            .0
            .connection
            .prepare_cached("SELECT content, cause, counter, message_id, written_at FROM letter WHERE id = ?1")?
            .query_row([id], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    (row.get::<_, String>(1)?, row.get::<_, u32>(2)?, row.get::<_, String>(3)?, row.get::<_, At>(4)?),
                ))
            })
            .context("Reading a letter")?;
        let (cause, counter, message_id, written_at) = stored;
        Ok(Stored {
            letter: serde_json::from_str(&content).context("Reading what a letter is made of")?,
            cause,
            counter,
            message_id: MessageId::parse(&message_id).context("Reading the Message-ID of a letter")?,
            written_at: written_at.0,
        })
    }

    /// What a letter is, and what its return path is derived from.
    pub fn origin(&self, letter: i64) -> Result<Origin> {
        self.0
            .connection
            .prepare_cached("SELECT kind, cause, counter FROM letter WHERE id = ?1")?
            .query_row([letter], |row| Ok(Origin { kind: kind(row, 0)?, cause: row.get(1)?, counter: row.get(2)? }))
            .context("Reading where a letter comes from")
    }

    pub fn labels(&self, letter: i64) -> Result<Labels> {
        let text: String = self
            .0
            .connection
            .prepare_cached("SELECT labels FROM letter WHERE id = ?1")?
            .query_row([letter], |row| row.get(0))
            .context("Reading the labels of a letter")?;
        serde_json::from_str(&text).context("Reading the labels of a letter")
    }

    /// It leaves, encrypted to this certificate or in clear. `false` when it is not queued any more, or the outbox was
    /// paused meanwhile.
    pub fn sending(&self, delivery: i64, encrypted_to: Option<&str>) -> Result<bool> {
        let may_leave = self
            .0
            .connection
            .prepare_cached(&format!("SELECT {MAY_LEAVE} FROM delivery WHERE id = ?1"))?
            .query_row([delivery], |row| row.get(0))
            .optional()
            .context("Asking whether the outbox is paused")?;
        if may_leave != Some(true) || !self.become_(delivery, "queued", "sending", None, "")? {
            return Ok(false);
        }
        self.0
            .connection
            .prepare_cached("UPDATE delivery SET encrypted_to = ?2 WHERE id = ?1")?
            .execute(params![delivery, encrypted_to])
            .context("Recording what a delivery is encrypted to")?;
        Ok(true)
    }

    pub fn sent(&self, delivery: i64, at: Timestamp) -> Result<bool> {
        self.become_(delivery, "sending", "sent", Some(at), "")
    }

    /// Refused for good.
    pub fn fail(&self, delivery: i64, at: Timestamp, error: &str) -> Result<bool> {
        self.become_(delivery, "sending", "failed", Some(at), error)
    }

    /// The gate stopped it at the moment of sending; `uncertified`: for want of a certificate only.
    pub fn block(&self, delivery: i64, at: Timestamp, error: &str, uncertified: bool) -> Result<bool> {
        let blocked = self.become_(delivery, "queued", "blocked", Some(at), error)?;
        if blocked {
            self.0
                .connection
                .prepare_cached("UPDATE delivery SET uncertified = ?2 WHERE id = ?1")?
                .execute(params![delivery, uncertified])
                .context("Recording why a delivery is blocked")?;
        }
        Ok(blocked)
    }

    /// What waits for somebody's certificate in a case, and is theirs no more: nobody is asked or told. Gives how much.
    pub fn no_longer_theirs(&self, case: CaseId, recipient: &Address, at: Timestamp, why: &str) -> Result<usize> {
        let mut find = self.0.connection.prepare_cached(
            "SELECT d.id, d.recipient FROM delivery d JOIN letter l ON l.id = d.letter
             WHERE l.case_number = ?1 AND d.state = 'blocked' AND d.uncertified = 1",
        )?;
        let waiting = find
            .query_map([case.0], |row| Ok((row.get::<_, i64>(0)?, super::people::address(row, 1)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Looking for what waits for somebody's certificate in a case")?;
        let theirs: Vec<i64> = waiting.into_iter().filter(|(_, to)| to == recipient).map(|(id, _)| id).collect();
        for id in &theirs {
            self.0
                .connection
                .prepare_cached("UPDATE delivery SET uncertified = 0, told_at = ?2, error = ?3 WHERE id = ?1")?
                .execute(params![id, At(at), why])
                .context("Ending the wait for somebody's certificate")?;
        }
        Ok(theirs.len())
    }

    /// Not now: try again at `next`.
    pub fn postpone(&self, delivery: i64, next: Timestamp, error: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE delivery SET state = 'queued', attempts = attempts + 1, next_attempt_at = ?2, error = ?3
                 WHERE id = ?1 AND state IN ('queued', 'sending')",
            )?
            .execute(params![delivery, At(next), error])
            .context("Postponing a delivery")?;
        Ok(super::changed_one(rows))
    }

    /// Its time has not come: it waits, and no attempt is counted.
    pub fn wait(&self, delivery: i64, until: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE delivery SET next_attempt_at = ?2 WHERE id = ?1 AND state = 'queued'")?
            .execute(params![delivery, At(until)])
            .context("Letting a delivery wait")?;
        Ok(super::changed_one(rows))
    }

    /// Deliveries whose outcome a crash left open go again: same bytes, same Message-ID. A doubled letter is a
    /// blemish, a missing one a breach. Gives how many there were.
    pub fn requeue_undecided(&self) -> Result<usize> {
        self.0
            .connection
            .prepare_cached("UPDATE delivery SET state = 'queued' WHERE state = 'sending'")?
            .execute([])
            .context("Queueing undecided deliveries again")
    }

    fn become_(&self, id: i64, from: &str, to: &str, decided: Option<Timestamp>, error: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE delivery SET state = ?3, error = ?5, decided_at = ?4,
                        attempts = attempts + (?3 IN ('sent', 'failed'))
                 WHERE id = ?1 AND state = ?2",
            )?
            .execute(params![id, from, to, decided.map(At), error])
            .with_context(|| format!("Marking a delivery as {to}"))?;
        if decided.is_some() {
            self.forget_sealed(id)?;
        }
        Ok(super::changed_one(rows))
    }

    /// Deliveries that will not happen and of which nobody was told, but those that wait for a certificate. Alerts about
    /// alerts would never end: those are only recorded.
    pub fn troubles(&self) -> Result<Vec<Trouble>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT d.id, l.kind, l.case_number, d.recipient, d.state = 'blocked', d.given_up, d.error,
                        d.releases, d.letter
                 FROM delivery d JOIN letter l ON l.id = d.letter
                 WHERE d.state IN ('failed', 'blocked') AND d.told_at IS NULL AND d.uncertified = 0 AND l.kind <> 'alert'
                 ORDER BY d.id",
            )?
            .query_map([], |row| {
                Ok(Trouble {
                    id: row.get(0)?,
                    kind: kind(row, 1)?,
                    case: row.get::<_, Option<i64>>(2)?.map(CaseId),
                    recipient: super::people::address(row, 3)?,
                    blocked: row.get(4)?,
                    given_up: row.get(5)?,
                    error: row.get(6)?,
                    releases: row.get(7)?,
                    letter: row.get(8)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for deliveries in trouble")
    }

    /// `false` when people were told before, or the delivery is in no trouble any more.
    pub fn told(&self, delivery: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE delivery SET told_at = ?2
                 WHERE id = ?1 AND told_at IS NULL AND state IN ('failed', 'blocked')",
            )?
            .execute(params![delivery, At(at)])
            .context("Recording that people were told of a delivery")?;
        Ok(super::changed_one(rows))
    }

    pub fn list(&self) -> Result<Vec<Listed>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT d.id, l.kind, d.recipient, d.state, d.attempts, d.error, l.case_number, l.message_id,
                        l.written_at, d.decided_at, d.encrypted_to
                 FROM delivery d JOIN letter l ON l.id = d.letter ORDER BY d.id",
            )?
            .query_map([], |row| {
                Ok(Listed {
                    id: row.get(0)?,
                    kind: row.get(1)?,
                    to: row.get(2)?,
                    state: row.get(3)?,
                    attempts: row.get(4)?,
                    error: row.get(5)?,
                    case: row.get::<_, Option<i64>>(6)?.map(CaseId),
                    message_id: row.get(7)?,
                    written_at: row.get(8)?,
                    decided_at: row.get(9)?,
                    encrypted_to: row.get(10)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Listing the outbox")
    }

    /// How many deliveries wait to leave.
    pub fn waiting_count(&self) -> Result<i64> {
        self.0
            .connection
            .query_row("SELECT count(*) FROM delivery WHERE state = 'queued'", [], |row| row.get(0))
            .context("Counting the deliveries that wait")
    }

    pub fn counts(&self) -> Result<Vec<(String, i64)>> {
        self.0
            .connection
            .prepare_cached("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()
            .context("Counting the outbox")
    }
}

/// The version of an advisory that a letter brings, or tells of to whom may read that: a hold of its case keeps it back.
fn version_of(letter: &Letter) -> Option<VersionId> {
    let told = |label: &Label| match label {
        Label::Advisory { version } => Some(*version),
        _ => None,
    };
    letter.advisory.map(|bringing| bringing.version).or_else(|| letter.labels().iter().filter_map(told).max())
}

pub(super) fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<Kind> {
    let text: String = row.get(column)?;
    Kind::parse(&text).ok_or_else(|| {
        let problem = format!("no kind of letter “{text}”").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, problem)
    })
}
