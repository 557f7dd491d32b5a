//! The mails of the list for applications, of whatever kind: what came before, and whom we told today how to apply.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::{ApplicationId, Applications};
use crate::mail::address::Address;
use crate::mail::thread::MessageId;
use crate::store::time::At;

/// A mail of that list.
pub struct ListMail<'a> {
    /// Its row.
    pub inbox: i64,
    pub message_id: Option<&'a MessageId>,
    pub author: Option<&'a Address>,
    /// What it was taken for.
    pub kind: &'a str,
}

fn key(author: Option<&Address>) -> String {
    author.map(Address::key).unwrap_or_default()
}

impl Applications<'_> {
    pub fn add_list_mail(&self, mail: &ListMail<'_>, at: Timestamp) -> Result<()> {
        let id = mail.message_id.map_or("", MessageId::as_str);
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO list_mail (inbox, message_id, author_key, kind, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![mail.inbox, id, key(mail.author), mail.kind, At(at)])
            .map(drop)
            .context("Keeping what a mail of the list for applications is")
    }

    /// Earlier mails with this identifier and author, the first one first. Both are the sender's to choose.
    pub fn list_mails_of(&self, id: &MessageId, author: Option<&Address>) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT inbox FROM list_mail WHERE message_id = ?1 AND author_key = ?2 ORDER BY inbox")?
            .query_map(params![id.as_str(), key(author)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the same mail of the list for applications")
    }

    /// The identifiers of its applicant's first and last mail: what a letter that nobody waits for answers.
    pub fn ends_of_thread(&self, id: ApplicationId) -> Result<Vec<MessageId>> {
        let all: Vec<String> = self
            .0
            .connection
            .prepare_cached(
                "SELECT l.message_id FROM application_mail m JOIN list_mail l ON l.inbox = m.inbox
                 WHERE m.application = ?1 AND m.standing = 'applicant' ORDER BY m.inbox",
            )?
            .query_map([id.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the mails of an applicant")?;
        let mut ends: Vec<MessageId> = all.iter().filter_map(|id| MessageId::parse(id)).collect();
        if ends.len() > 2 {
            ends.drain(1..ends.len() - 1);
        }
        Ok(ends)
    }

    /// Whether somebody wrote a mail of this kind since.
    pub fn wrote_since(&self, author: &Address, kind: &str, since: Timestamp) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM list_mail WHERE author_key = ?1 AND kind = ?2 AND at > ?3 LIMIT 1")?
            .exists(params![author.key(), kind, At(since)])
            .context("Looking whether somebody wrote such a mail before")
    }
}
