//! Which letters carry which mail of the inbox, and what becomes of them when that mail changes hands.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::super::time::At;
use super::Outbox;
use crate::mail::address::Address;
use crate::mail::letter::{Enclosure, Letter};
use crate::mail::thread::MessageId;
use crate::rules::label::{CaseId, Label, Labels};

/// A letter of a case in which a mail is, whole or as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrying {
    pub letter: i64,
    pub message_id: String,
    /// It brought the mail to the team; otherwise it was written because of it.
    pub brings_it: bool,
    /// It shows the mail among others of the case, and stays with that.
    pub quotes_it: bool,
}

impl Outbox<'_> {
    /// The mail that a relay with this identifier brought.
    pub fn brought_by(&self, message_id: &MessageId) -> Result<Option<i64>> {
        let content: Option<String> = self
            .0
            .connection
            .prepare_cached("SELECT content FROM letter WHERE message_id = ?1 AND kind = 'relay'")?
            .query_row([message_id.as_str()], |row| row.get(0))
            .optional()
            .context("Looking for a relay by its Message-ID")?;
        let Some(content) = content else { return Ok(None) };
        let letter: Letter = serde_json::from_str(&content).context("Reading what a relay is made of")?;
        Ok(letter.enclosures.iter().find_map(|enclosure| match enclosure.value() {
            Enclosure::Received { inbox } | Enclosure::Opened { inbox } => Some(*inbox),
            Enclosure::Attachment { .. }
            | Enclosure::Mbox { .. }
            | Enclosure::Certificate
            | Enclosure::Draft { .. } => None,
        }))
    }

    /// A letter shows this mail, which it was not written because of.
    pub fn quotes(&self, letter: &MessageId, inbox: i64) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO quoted_mail (letter, inbox) VALUES ((SELECT id FROM letter WHERE message_id = ?1), ?2)",
            )?
            .execute(params![letter.as_str(), inbox])
            .map(drop)
            .context("Recording which mail a letter shows")
    }

    /// The letters of a case that carry this mail, or were written because of it.
    pub fn carrying(&self, case: CaseId, inbox: i64) -> Result<Vec<Carrying>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, message_id, brings_it, quotes_it FROM (
                     SELECT l.id, l.message_id, l.cause,
                            l.kind = 'relay' AND EXISTS (SELECT 1 FROM json_each(l.content, '$.enclosures') e
                                WHERE e.value ->> '$.value.inbox' = ?2
                                      AND e.value ->> '$.value.is' IN ('received', 'opened')) AS brings_it,
                            EXISTS (SELECT 1 FROM quoted_mail q WHERE q.letter = l.id AND q.inbox = ?2) AS quotes_it
                     FROM letter l WHERE l.case_number = ?1)
                 WHERE brings_it OR quotes_it OR cause = (SELECT sha256 FROM inbox WHERE id = ?2) ORDER BY id",
            )?
            .query_map(params![case.0, inbox], |row| {
                Ok(Carrying {
                    letter: row.get(0)?,
                    message_id: row.get(1)?,
                    brings_it: row.get(2)?,
                    quotes_it: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the letters that carry a mail")
    }

    /// The text of a letter belongs to this case, too: from now on the gate lets it go to nobody else.
    pub fn belongs_to(&self, letter: i64, case: CaseId, sealed: bool) -> Result<()> {
        let mut labels = self.labels(letter)?;
        labels.join(&Labels::of(Label::Case { case, sealed }));
        let labels = serde_json::to_string(&labels).context("Writing down the labels of a letter")?;
        self.0
            .connection
            .prepare_cached("UPDATE letter SET labels = ?2 WHERE id = ?1")?
            .execute(params![letter, labels])
            .map(drop)
            .context("Joining a label to a letter")
    }

    /// What of a case waits for somebody will not leave, by the team's word; gives how many letters that are.
    pub fn stop(&self, case: CaseId, recipient: &Address, at: Timestamp, why: &str) -> Result<usize> {
        let waiting = self
            .0
            .connection
            .prepare_cached(
                "SELECT d.id FROM delivery d JOIN letter l ON l.id = d.letter
                 WHERE l.case_number = ?1 AND lower(d.recipient) = ?2
                       AND (d.state = 'queued' OR (d.state = 'blocked' AND d.uncertified = 1))",
            )?
            .query_map(params![case.0, recipient.key()], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()
            .context("Looking for what waits for somebody")?;
        for delivery in &waiting {
            self.0
                .connection
                .prepare_cached(
                    "UPDATE delivery SET state = 'blocked', error = ?3, decided_at = ?2, told_at = ?2, uncertified = 0
                     WHERE id = ?1 AND state IN ('queued', 'blocked')",
                )?
                .execute(params![delivery, At(at), why])
                .context("Stopping a delivery")?;
            self.forget_sealed(*delivery)?;
        }
        Ok(waiting.len())
    }
}
