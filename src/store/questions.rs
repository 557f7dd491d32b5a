//! What members ask the team: who asked, in which mail, about which letter of ours, and whether somebody answered.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::people;
use super::time::At;
use crate::mail::address::Address;
use crate::mail::thread::MessageId;

/// A mail answers a few.
const ANSWERED_MAX: usize = 20;

/// A question on its way into the table.
pub struct NewQuestion<'a> {
    pub member: i64,
    pub inbox: i64,
    /// Of ours, that it answers.
    pub letter: Option<i64>,
    /// Its subject, or empty.
    pub about: &'a str,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub id: i64,
    pub member: i64,
    pub inbox: i64,
    pub letter: Option<i64>,
    pub answered_at: Option<Timestamp>,
}

pub struct Questions<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn questions(self) -> Questions<'c> {
        Questions(self)
    }
}

impl Questions<'_> {
    pub fn add(&self, question: &NewQuestion<'_>) -> Result<i64> {
        let NewQuestion { member, inbox, letter, about, at } = *question;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO question (member, inbox, letter, about, at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
            )?
            .query_row(params![member, inbox, letter, about, At(at)], |row| row.get(0))
            .context("Keeping a member's question")
    }

    pub fn get(&self, id: i64) -> Result<Option<Question>> {
        self.0
            .connection
            .prepare_cached("SELECT id, member, inbox, letter, answered_at FROM question WHERE id = ?1")?
            .query_row([id], |row| {
                Ok(Question {
                    id: row.get(0)?,
                    member: row.get(1)?,
                    inbox: row.get(2)?,
                    letter: row.get(3)?,
                    answered_at: row.get::<_, Option<At>>(4)?.map(|at| at.0),
                })
            })
            .optional()
            .context("Reading a member's question")
    }

    /// Somebody of the team answered it. `false` when somebody did before.
    pub fn answered(&self, id: i64, by: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE question SET answered_at = ?3, answered_by = ?2 WHERE id = ?1 AND answered_at IS NULL",
                params![id, by, At(at)],
            )
            .context("Recording who answered a member")?;
        Ok(super::changed_one(rows))
    }

    /// The letter of ours that a mail answers, if this reader got it. What a mail refers to is its sender's to choose.
    pub fn letter_of(&self, answers: &[MessageId], reader: &Address) -> Result<Option<i64>> {
        let mut find = self.0.connection.prepare_cached(
            "SELECT l.id, d.recipient FROM letter l JOIN delivery d ON d.letter = l.id WHERE l.message_id = ?1",
        )?;
        for answered in answers.iter().take(ANSWERED_MAX) {
            let found = find
                .query_map([answered.as_str()], |row| Ok((row.get(0)?, people::address(row, 1)?)))?
                .collect::<rusqlite::Result<Vec<(i64, Address)>>>()
                .context("Looking for the letter that a mail answers")?;
            if let Some((letter, _)) = found.into_iter().find(|(_, to)| to == reader) {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }
}
