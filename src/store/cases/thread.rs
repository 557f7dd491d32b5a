//! The thread of a case, to be read elsewhere: each of its mails once, as people read it, the oldest first.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Cases;
use super::refiling::mailbox;
use crate::mail::mbox;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// A mail of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadMail {
    pub inbox: i64,
    /// It came encrypted, or repeats what did.
    pub sealed: bool,
    /// Of it as people read it.
    pub bytes: i64,
}

impl Cases<'_> {
    /// Every mail once, however many copies of it came.
    pub fn thread(&self, case: CaseId) -> Result<Vec<ThreadMail>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT t.inbox, t.sealed, coalesce(length(o.message), length(i.raw))
                 FROM (SELECT min(inbox) AS inbox, max(sealed) AS sealed FROM entry WHERE case_number = ?1 GROUP BY effect) t
                 JOIN inbox i ON i.id = t.inbox LEFT JOIN opened o ON o.inbox = t.inbox
                 ORDER BY i.received_at, t.inbox",
            )?
            .query_map([case.0], |row| Ok(ThreadMail { inbox: row.get(0)?, sealed: row.get(1)?, bytes: row.get(2)? }))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the thread of a case")
    }

    /// A mail of a case as an mbox has it.
    pub fn as_mbox(&self, inbox: i64) -> Result<Vec<u8>> {
        let (author, received_at): (Option<String>, Timestamp) = self
            .0
            .connection
            .prepare_cached(
                "SELECT (SELECT author FROM entry WHERE inbox = i.id LIMIT 1), received_at FROM inbox i WHERE id = ?1",
            )?
            .query_row(params![inbox], |row| Ok((row.get(0)?, row.get::<_, At>(1)?.0)))
            .optional()?
            .with_context(|| format!("mail {inbox} is gone"))?;
        let author = author.as_deref().and_then(mailbox);
        let author = author.as_ref().map_or("", |author| author.address.as_str());
        Ok(mbox::entry(&self.0.inbox().readable(inbox)?, author, received_at))
    }
}
