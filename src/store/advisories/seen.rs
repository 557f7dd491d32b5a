//! Releases that came back from public lists, and those that did not.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Advisories;
use crate::mail::address::Address;
use crate::mail::thread::MessageId;
use crate::rules::label::{CaseId, VersionId};
use crate::store::people;
use crate::store::time::At;

/// A release, and the addresses from which it did not come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    pub letter: i64,
    pub case: CaseId,
    pub version: VersionId,
    pub lists: Vec<UnseenOn>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenOn {
    pub list: Address,
    /// When a mail server took it; `None`: it did not leave yet.
    pub left_at: Option<Timestamp>,
}

impl Unseen {
    /// The name of the cause for which people are told.
    pub fn cause(&self) -> String {
        format!("{CAUSE}{}", self.letter)
    }
}

const CAUSE: &str = "release seen back: letter ";

impl Advisories<'_> {
    /// The release that has this Message-ID.
    pub fn release_called(&self, identifier: &MessageId) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT id FROM letter WHERE message_id = ?1 AND kind = 'release' AND version IS NOT NULL")?
            .query_row([identifier.as_str()], |row| row.get(0))
            .optional()
            .context("Looking for a release by its Message-ID")
    }

    /// It came back from this list. `false`: it did before.
    pub fn saw(&self, letter: i64, list: &Address, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("INSERT INTO seen_back (letter, list, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![letter, list.as_str(), At(now)])
            .context("Noting that a release came back")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Releases that were written so long ago, and were not looked for yet; with when they are to be.
    pub fn to_be_seen(&self, patience: SignedDuration) -> Result<Vec<(i64, Timestamp)>> {
        let written: Vec<(i64, Timestamp)> = self
            .0
            .connection
            .prepare_cached(
                "SELECT l.id, l.written_at FROM letter l INDEXED BY letter_released
                 WHERE l.version IS NOT NULL AND l.kind = 'release' AND NOT EXISTS (
                     SELECT 1 FROM case_told t WHERE t.case_number = l.case_number AND t.cause = ?1 || l.id)
                 ORDER BY l.id",
            )?
            .query_map([CAUSE], |row| Ok((row.get(0)?, row.get::<_, At>(1)?.0)))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for releases that should come back")?;
        Ok(written.into_iter().filter_map(|(id, at)| Some((id, at.checked_add(patience).ok()?))).collect())
    }

    /// A release with the addresses from which it did not come back.
    pub fn unseen(&self, letter: i64) -> Result<Option<Unseen>> {
        let found = self
            .0
            .connection
            .prepare_cached("SELECT case_number, version FROM letter WHERE id = ?1 AND version IS NOT NULL")?
            .query_row([letter], |row| Ok((CaseId(row.get(0)?), VersionId(row.get(1)?))))
            .optional()
            .context("Reading a release")?;
        let Some((case, version)) = found else { return Ok(None) };
        let lists = self
            .0
            .connection
            .prepare_cached(
                "SELECT d.recipient, iif(d.state = 'sent', d.decided_at, NULL) FROM delivery d
                 WHERE d.letter = ?1 AND NOT EXISTS (
                     SELECT 1 FROM seen_back s WHERE s.letter = d.letter AND s.list = d.recipient COLLATE NOCASE)
                 ORDER BY d.id",
            )?
            .query_map([letter], |row| {
                let left_at = row.get::<_, Option<At>>(1)?.map(|at| at.0);
                Ok(UnseenOn { list: people::address(row, 0)?, left_at })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading from where a release did not come back")?;
        Ok(Some(Unseen { letter, case, version, lists }))
    }
}
