//! Mails that go from one case to another: with all their copies, their flags, and the Message-IDs by which later mail
//! finds them. What was written about them before stays where it was.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Answered, Cases, Standing};
use crate::mail::address::{Address, Mailbox};
use crate::mail::thread::MessageId;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// A mail and the case it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    pub case: CaseId,
    pub inbox: i64,
    pub author: Option<Mailbox>,
    pub evidence: String,
    /// It came encrypted, or repeats what did.
    pub sealed: bool,
    /// It told the desk to do something, and that was done.
    pub obeyed: bool,
    /// It opened its case.
    pub opened_it: bool,
    pub effect: String,
    pub message_id: Option<MessageId>,
    pub received_at: Timestamp,
}

impl Cases<'_> {
    /// The case a mail is in, and what is known of it there.
    pub fn filed(&self, inbox: i64) -> Result<Option<Filed>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT e.case_number, e.inbox, e.author, e.evidence, e.sealed, e.obeyed, e.joined_by = 'report',
                        e.effect, e.message_id, i.received_at
                 FROM entry e JOIN inbox i ON i.id = e.inbox WHERE e.inbox = ?1 ORDER BY e.case_number LIMIT 1",
            )?
            .query_row([inbox], |row| {
                Ok(Filed {
                    case: CaseId(row.get(0)?),
                    inbox: row.get(1)?,
                    author: mailbox(&row.get::<_, String>(2)?),
                    evidence: row.get(3)?,
                    sealed: row.get(4)?,
                    obeyed: row.get(5)?,
                    opened_it: row.get(6)?,
                    effect: row.get(7)?,
                    message_id: row.get::<_, Option<String>>(8)?.as_deref().and_then(MessageId::parse),
                    received_at: row.get::<_, At>(9)?.0,
                })
            })
            .optional()
            .context("Reading which case a mail is in")
    }

    /// The mail of a case with this identifier; `None`, too, when several have it: strangers choose identifiers.
    pub fn mail_called(&self, case: CaseId, message_id: &MessageId) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT min(inbox) FROM entry WHERE case_number = ?1 AND message_id = ?2 HAVING count(DISTINCT effect) = 1",
            )?
            .query_row(params![case.0, message_id.as_str()], |row| row.get(0))
            .optional()
            .context("Looking for a mail of a case by its Message-ID")
    }

    /// All copies of a mail that are in its case, itself among them.
    pub fn copies(&self, filed: &Filed) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT inbox FROM entry WHERE case_number = ?1 AND effect = ?2 ORDER BY inbox")?
            .query_map(params![filed.case.0, filed.effect], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the copies of a mail")
    }

    /// Whether there is any other mail in its case, but `except`.
    pub fn has_other_mail(&self, filed: &Filed, except: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM entry WHERE case_number = ?1 AND effect <> ?2 AND inbox <> ?3")?
            .exists(params![filed.case.0, filed.effect, except])
            .context("Looking for other mail of a case")
    }

    /// Puts a copy of a mail into another case. `false` when it is not where it was.
    pub fn refile(&self, copy: i64, from: CaseId, to: CaseId, standing: Standing, answer: Answered) -> Result<bool> {
        let connection = self.0.connection;
        let rows = connection
            .prepare_cached(
                "UPDATE entry SET case_number = ?3, joined_by = 'command', standing = ?4, answer = ?5, to_reporter = 0
                 WHERE inbox = ?1 AND case_number = ?2",
            )?
            .execute(params![copy, from.0, to.0, standing.as_str(), answer.as_str()])
            .context("Moving a mail to another case")?;
        connection
            .prepare_cached("UPDATE flag SET case_number = ?3 WHERE inbox = ?1 AND case_number = ?2")?
            .execute(params![copy, from.0, to.0])
            .context("Moving the flags of a mail to another case")?;
        // What a stranger to that case writes of dates is none of its dates.
        let hints = match standing {
            Standing::Reporter => "UPDATE date_hint SET case_number = ?3 WHERE inbox = ?1 AND case_number = ?2",
            _ => "DELETE FROM date_hint WHERE inbox = ?1 AND case_number = ?2 AND case_number <> ?3",
        };
        connection
            .prepare_cached(hints)?
            .execute(params![copy, from.0, to.0])
            .context("Moving what a mail says of dates to another case")?;
        Ok(super::super::changed_one(rows))
    }
}

/// As `Mailbox` writes itself.
pub(super) fn mailbox(written: &str) -> Option<Mailbox> {
    let (name, address) = match written.strip_suffix('>').and_then(|written| written.rsplit_once(" <")) {
        Some((name, address)) => (Some(name.to_owned()), address),
        None => (None, written),
    };
    Address::parse(address).ok().map(|address| Mailbox { name, address })
}
