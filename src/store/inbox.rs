//! The inbox: every mail as it came, and how far each folder has been read. Bytes are never changed.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::Rows;
use super::time::At;
use crate::rules::label::CaseId;

/// A mail on its way into the inbox.
pub struct Arrival<'a> {
    pub sha256: &'a str,
    pub raw: &'a [u8],
    pub account: &'a str,
    pub folder: &'a str,
    pub received_at: Timestamp,
    pub predates: bool,
    pub truncated: bool,
}

/// A mail that waits to be handled.
pub struct Waiting {
    pub id: i64,
    pub raw: Vec<u8>,
    pub account: String,
    pub folder: String,
    pub received_at: Timestamp,
    pub predates: bool,
    pub truncated: bool,
}

/// One line of `inbox list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: i64,
    pub sha256: String,
    pub state: String,
    pub reason: String,
    pub account: String,
    pub folder: String,
    pub received_at: String,
    pub bytes: i64,
}

/// How far a folder was read, and when that was last tried with success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Polled {
    pub account: String,
    pub folder: String,
    pub polled_at: Option<String>,
}

pub struct Inbox<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn inbox(self) -> Inbox<'c> {
        Inbox(self)
    }
}

impl Inbox<'_> {
    /// Keeps a mail; `None` when these very bytes are here already. They must not cost a number then, as they would
    /// with ON CONFLICT: a folder read anew would leave a gap, and later mail have other numbers than after a replay.
    pub fn add(&self, arrival: &Arrival<'_>) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO inbox (sha256, account, folder, received_at, predates, truncated, raw)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE sha256 = ?1)
                 RETURNING id",
            )?
            .query_row(
                params![
                    arrival.sha256,
                    arrival.account,
                    arrival.folder,
                    At(arrival.received_at),
                    arrival.predates,
                    arrival.truncated,
                    arrival.raw
                ],
                |row| row.get(0),
            )
            .optional()
            .context("Keeping a mail")
    }

    /// The oldest mail not handled yet, after `after`.
    pub fn next_waiting(&self, after: i64) -> Result<Option<Waiting>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, raw, account, folder, received_at, predates, truncated FROM inbox
                 WHERE state = 'new' AND id > ?1 ORDER BY id LIMIT 1",
            )?
            .query_row([after], |row| {
                Ok(Waiting {
                    id: row.get(0)?,
                    raw: row.get(1)?,
                    account: row.get(2)?,
                    folder: row.get(3)?,
                    received_at: row.get::<_, At>(4)?.0,
                    predates: row.get(5)?,
                    truncated: row.get(6)?,
                })
            })
            .optional()
            .context("Reading the next mail")
    }

    /// Whether a mail waits that no attempt was made to handle.
    pub fn has_untried(&self) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM inbox WHERE state = 'new' AND attempts = 0 LIMIT 1")?
            .exists([])
            .context("Looking for mail that waits")
    }

    pub fn raw(&self, id: i64) -> Result<Vec<u8>> {
        self.0
            .connection
            .prepare_cached("SELECT raw FROM inbox WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .context("Reading a mail")
    }

    /// A mail as people read it: what was inside, if it came encrypted.
    pub fn readable(&self, id: i64) -> Result<Vec<u8>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT coalesce(o.message, i.raw) FROM inbox i LEFT JOIN opened o ON o.inbox = i.id WHERE i.id = ?1",
            )?
            .query_row([id], |row| row.get(0))
            .context("Reading a mail as people read it")
    }

    /// A handled mail with the same author, date, identifier and text that came to the same place.
    pub fn same_effect(&self, id: i64, effect: &str, destination: &str) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id FROM inbox WHERE effect = ?2 AND destination = ?3 AND state = 'done' AND linked_to IS NULL
                 AND id <> ?1 ORDER BY id LIMIT 1",
            )?
            .query_row(params![id, effect, destination], |row| row.get(0))
            .optional()
            .context("Looking for the same mail by another way")
    }

    /// The mail is handled; `false` when it was handled already.
    pub fn done(&self, id: i64, effect: &str, destination: &str, linked_to: Option<i64>, reason: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE inbox SET state = 'done', effect = ?2, destination = ?3, linked_to = ?4, reason = ?5
                 WHERE id = ?1 AND state = 'new'",
            )?
            .execute(params![id, effect, destination, linked_to, reason])
            .context("Marking a mail as handled")?;
        Ok(super::changed_one(rows))
    }

    /// The mail went to another case since.
    pub fn refiled(&self, id: i64, case: CaseId) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE inbox SET reason = reason || '; now in case ' || ?2 WHERE id = ?1 AND state = 'done'",
            )?
            .execute(params![id, case.0])
            .context("Noting that a mail went to another case")?;
        Ok(super::changed_one(rows))
    }

    /// The mail waits for a person's glance; `false` when it was handled already.
    pub fn hold(&self, id: i64, reason: &str) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE inbox SET state = 'quarantined', reason = ?2 WHERE id = ?1 AND state = 'new'")?
            .execute(params![id, reason])
            .context("Holding a mail")?;
        Ok(super::changed_one(rows))
    }

    /// A moderator let a mail through that was handled by holding it: it is handled once more. `false` when it was not.
    pub fn handle_again(&self, id: i64) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE inbox SET state = 'new', attempts = 0, reason = '' WHERE id = ?1 AND state = 'done'",
            )?
            .execute([id])
            .context("Handling a mail once more")?;
        Ok(super::changed_one(rows))
    }

    /// In which state a mail is; `None` when there is none of this number.
    pub fn state(&self, id: i64) -> Result<Option<String>> {
        self.0
            .connection
            .prepare_cached("SELECT state FROM inbox WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()
            .context("Reading the state of a mail")
    }

    /// One more failure to handle it; after `attempts_max` it is set aside, so that it stops nobody else. Gives
    /// whether it was.
    pub fn failed(&self, id: i64, reason: &str, attempts_max: u32) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE inbox SET attempts = attempts + 1, reason = ?2,
                        state = CASE WHEN attempts + 1 >= ?3 THEN 'quarantined' ELSE state END
                 WHERE id = ?1 AND state = 'new' RETURNING state = 'quarantined'",
            )?
            .query_row(params![id, reason, attempts_max], |row| row.get(0))
            .optional()
            .map(|quarantined| quarantined.unwrap_or(false))
            .context("Counting a failure to handle a mail")
    }

    pub fn list(&self) -> Result<Vec<Listed>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, sha256, state, reason, account, folder, received_at, length(raw) FROM inbox ORDER BY id",
            )?
            .query_map([], listed)?
            .collect::<rusqlite::Result<_>>()
            .context("Listing the inbox")
    }

    /// How many mails are in each state.
    pub fn counts(&self) -> Result<Vec<(String, i64)>> {
        self.0
            .connection
            .prepare_cached("SELECT state, count(*) FROM inbox GROUP BY state ORDER BY state")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()
            .context("Counting the inbox")
    }

    /// The last committed UID of a folder and the UIDVALIDITY it belongs to.
    pub fn cursor(&self, account: &str, folder: &str) -> Result<Option<(u32, u32)>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT uid_validity, uid FROM cursor WHERE account = ?1 AND folder = ?2 AND uid_validity IS NOT NULL",
            )?
            .query_row([account, folder], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .context("Reading how far a folder was read")
    }

    pub fn move_cursor(&self, account: &str, folder: &str, uid_validity: u32, uid: u32) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO cursor (account, folder, uid_validity, uid) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (account, folder) DO UPDATE SET
                     uid = CASE WHEN uid_validity = excluded.uid_validity THEN max(uid, excluded.uid) ELSE excluded.uid END,
                     uid_validity = excluded.uid_validity",
            )?
            .execute(params![account, folder, uid_validity, uid])
            .context("Recording how far a folder was read")?;
        Ok(())
    }

    /// The folder is read again from `uid` on: its server began to give lower ones.
    pub fn rewind_cursor(&self, account: &str, folder: &str, uid_validity: u32, uid: u32) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE cursor SET uid = ?4 WHERE account = ?1 AND folder = ?2 AND uid_validity = ?3 AND uid > ?4",
            )?
            .execute(params![account, folder, uid_validity, uid])
            .context("Going back in a folder")?;
        Ok(())
    }

    pub fn polled(&self, account: &str, folder: &str, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO cursor (account, folder, polled_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, folder) DO UPDATE SET polled_at = excluded.polled_at",
            )?
            .execute(params![account, folder, At(at)])
            .context("Recording a poll")?;
        Ok(())
    }

    pub fn polls(&self) -> Result<Vec<Polled>> {
        self.0
            .connection
            .prepare_cached("SELECT account, folder, polled_at FROM cursor ORDER BY account, folder")?
            .query_map([], |row| Ok(Polled { account: row.get(0)?, folder: row.get(1)?, polled_at: row.get(2)? }))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the polls")
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        id: row.get(0)?,
        sha256: row.get(1)?,
        state: row.get(2)?,
        reason: row.get(3)?,
        account: row.get(4)?,
        folder: row.get(5)?,
        received_at: row.get(6)?,
        bytes: row.get(7)?,
    })
}
