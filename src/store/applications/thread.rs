//! The thread of an application: which mails and which Message-IDs belong to it.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::{ApplicationId, Applications};
use crate::mail::thread::MessageId;

/// What the writer of a mail is to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Applicant,
    Team,
    Other,
}

impl Standing {
    const ALL: [Standing; 3] = [Standing::Applicant, Standing::Team, Standing::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Applicant => "applicant",
            Standing::Team => "team",
            Standing::Other => "other",
        }
    }
}

/// A mail of an application's thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its row.
    pub inbox: i64,
    /// Address as written; empty when there was none.
    pub author: String,
    pub standing: Standing,
    /// What it was taken for.
    pub kind: String,
}

impl Applications<'_> {
    /// The application of the first identifier that has one.
    pub fn of_thread<'i>(&self, identifiers: impl IntoIterator<Item = &'i MessageId>) -> Result<Option<ApplicationId>> {
        let mut find =
            self.0.connection.prepare_cached("SELECT application FROM application_thread WHERE message_id = ?1")?;
        for identifier in identifiers {
            let found = find.query_row([identifier.as_str()], |row| row.get(0)).optional();
            if let Some(number) = found.context("Looking for the application of a Message-ID")? {
                return Ok(Some(ApplicationId(number)));
            }
        }
        Ok(None)
    }

    /// Mail that answers this one belongs to the application, unless the identifier belongs to another already.
    pub fn add_to_thread(&self, id: ApplicationId, identifier: &MessageId) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO application_thread (message_id, application) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![identifier.as_str(), id.0])
            .map(drop)
            .context("Adding a Message-ID to an application")
    }

    pub fn add_mail(&self, id: ApplicationId, entry: &Entry) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO application_mail (application, inbox, author, standing, kind) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id.0, entry.inbox, entry.author, entry.standing.as_str(), entry.kind])
            .map(drop)
            .context("Adding a mail to an application")
    }

    /// The mails of its thread in the order in which they came.
    pub fn mails(&self, id: ApplicationId) -> Result<Vec<Entry>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT inbox, author, standing, kind FROM application_mail WHERE application = ?1 ORDER BY inbox",
            )?
            .query_map([id.0], |row| {
                let standing: String = row.get(2)?;
                let standing = Standing::ALL.into_iter().find(|known| known.as_str() == standing);
                Ok(Entry {
                    inbox: row.get(0)?,
                    author: row.get(1)?,
                    standing: standing.unwrap_or(Standing::Other), // Not reached: the table checks it.
                    kind: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the mails of an application")
    }
}
