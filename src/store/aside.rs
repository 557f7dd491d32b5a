//! Mail set aside for a person to look at, and whether people were told. The mail itself stays in the inbox.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;

/// Why a mail is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It could not be handled.
    Failed,
    /// Our mail server marked it as spam.
    Spam,
    /// It was for none of our addresses.
    Nobody,
}

impl Why {
    const ALL: [Why; 3] = [Why::Failed, Why::Spam, Why::Nobody];

    pub fn as_str(self) -> &'static str {
        match self {
            Why::Failed => "failed",
            Why::Spam => "spam",
            Why::Nobody => "nobody",
        }
    }
}

/// A mail on its way aside. Author and subject only where the team is to glance at them.
pub struct Putting<'a> {
    pub inbox: i64,
    pub why: Why,
    pub at: Timestamp,
    pub author: &'a str,
    pub subject: &'a str,
}

/// A mail set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    pub inbox: i64,
    pub why: Why,
    pub at: Timestamp,
    pub received_at: Timestamp,
    pub bytes: i64,
    pub reason: String,
    pub author: String,
    pub subject: String,
}

pub struct Aside<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn aside(self) -> Aside<'c> {
        Aside(self)
    }
}

const SET_ASIDE: &str = "SELECT a.inbox, a.why, a.at, i.received_at, length(i.raw), i.reason, a.author, a.subject
                         FROM aside a JOIN inbox i ON i.id = a.inbox";

impl Aside<'_> {
    /// Sets a mail aside; one that was let through before is set aside anew, and told anew.
    pub fn put(&self, mail: &Putting<'_>) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO aside (inbox, why, at, author, subject) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (inbox) DO UPDATE SET
                     why = excluded.why, at = excluded.at, author = excluded.author, subject = excluded.subject,
                     told_at = NULL, digested_at = NULL, retried_at = NULL",
            )?
            .execute(params![mail.inbox, mail.why.as_str(), At(mail.at), mail.author, mail.subject])
            .context("Setting a mail aside")?;
        Ok(())
    }

    /// Mail that failed and of which nobody was told.
    pub fn untold(&self) -> Result<Vec<SetAside>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{SET_ASIDE} WHERE a.why = 'failed' AND a.told_at IS NULL AND a.retried_at IS NULL ORDER BY a.inbox"
            ))?
            .query_map([], set_aside)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for mail that failed")
    }

    pub fn told(&self, inbox: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE aside SET told_at = ?2 WHERE inbox = ?1 AND told_at IS NULL")?
            .execute(params![inbox, At(at)])
            .context("Recording that people were told of a mail that failed")?;
        Ok(super::changed_one(rows))
    }

    /// The first of what was set aside before `hour` and stood in no digest yet.
    pub fn first_undigested(&self, hour: Timestamp) -> Result<Option<SetAside>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{SET_ASIDE} WHERE a.digested_at IS NULL AND a.retried_at IS NULL AND a.at < ?1 ORDER BY a.at, a.inbox
                 LIMIT 1"
            ))?
            .query_row([At(hour)], set_aside)
            .optional()
            .context("Looking for mail set aside")
    }

    /// What was set aside before `hour` and stood in no digest yet.
    pub fn undigested(&self, hour: Timestamp) -> Result<Vec<SetAside>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{SET_ASIDE} WHERE a.digested_at IS NULL AND a.retried_at IS NULL AND a.at < ?1 ORDER BY a.inbox"
            ))?
            .query_map([At(hour)], set_aside)?
            .collect::<rusqlite::Result<_>>()
            .context("Listing mail set aside")
    }

    /// The digest of `hour` is written; gives how many mails it was about.
    pub fn digested(&self, hour: Timestamp, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE aside SET digested_at = ?2 WHERE digested_at IS NULL AND retried_at IS NULL AND at < ?1",
            )?
            .execute(params![At(hour), At(at)])
            .context("Recording a digest")
    }

    /// A person lets a mail through: it waits to be handled again, as if it had just come. `false` unless it was
    /// quarantined.
    pub fn retry(&self, inbox: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE inbox SET state = 'new', attempts = 0, reason = '' WHERE id = ?1 AND state = 'quarantined'",
            )?
            .execute([inbox])
            .context("Letting a mail through")?;
        self.0
            .connection
            .prepare_cached("UPDATE aside SET retried_at = ?2 WHERE inbox = ?1")?
            .execute(params![inbox, At(at)])
            .context("Recording that a mail was let through")?;
        Ok(super::changed_one(rows))
    }

    /// Whether a person let this mail through.
    pub fn was_retried(&self, inbox: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT retried_at IS NOT NULL FROM aside WHERE inbox = ?1")?
            .query_row([inbox], |row| row.get(0))
            .optional()
            .map(|retried| retried.unwrap_or(false))
            .context("Looking whether a mail was let through")
    }
}

fn set_aside(row: &Row<'_>) -> rusqlite::Result<SetAside> {
    let why: String = row.get(1)?;
    let known = Why::ALL.into_iter().find(|known| known.as_str() == why).ok_or_else(|| {
        let problem = format!("no reason to set a mail aside: “{why}”").into();
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, problem)
    })?;
    Ok(SetAside {
        inbox: row.get(0)?,
        why: known,
        at: row.get::<_, At>(2)?.0,
        received_at: row.get::<_, At>(3)?.0,
        bytes: row.get(4)?,
        reason: row.get(5)?,
        author: row.get(6)?,
        subject: row.get(7)?,
    })
}
