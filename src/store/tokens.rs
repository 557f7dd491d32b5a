//! Personal reply addresses, by the hash of their token. A token names a person, a case and a purpose; it proves
//! nothing alone.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::letter::TokenRef;
use crate::mail::secret::Purpose;
use crate::rules::label::CaseId;

/// A reply address somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub purpose: Purpose,
    pub case: CaseId,
    pub person: i64,
}

pub struct Tokens<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn tokens(self) -> Tokens<'c> {
        Tokens(self)
    }
}

impl Tokens<'_> {
    /// The token of this hash, unless it is void.
    pub fn find(&self, hash: &str) -> Result<Option<Token>> {
        self.look_up(hash, false)
    }

    /// The same, of those that are void: it was good once.
    pub fn find_void(&self, hash: &str) -> Result<Option<Token>> {
        self.look_up(hash, true)
    }

    fn look_up(&self, hash: &str, void: bool) -> Result<Option<Token>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT purpose, case_number, person FROM token WHERE hash = ?1 AND (voided_at IS NOT NULL) = ?2",
            )?
            .query_row(params![hash, void], |row| {
                Ok(Token {
                    purpose: purpose(row.get::<_, String>(0)?)?,
                    case: CaseId(row.get(1)?),
                    person: row.get(2)?,
                })
            })
            .optional()
            .context("Looking up a token")
    }

    /// What this person's token for this purpose is derived from, if they have one.
    pub fn of(&self, person: i64, case: CaseId, wanted: Purpose) -> Result<Option<TokenRef>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT cause, counter FROM token
                 WHERE case_number = ?1 AND person = ?2 AND purpose = ?3 AND voided_at IS NULL",
            )?
            .query_row(params![case.0, person, wanted.as_str()], |row| {
                Ok(TokenRef { purpose: wanted, cause: row.get(0)?, counter: row.get(1)? })
            })
            .optional()
            .context("Looking up somebody's token")
    }

    pub fn add(&self, hash: &str, of: &TokenRef, case: CaseId, person: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO token (hash, purpose, case_number, person, cause, counter, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![hash, of.purpose.as_str(), case.0, person, of.cause, of.counter, At(at)])
            .context("Recording a token")?;
        Ok(())
    }

    /// Voids the tokens of a case for a purpose: what they were to answer is decided.
    pub fn void_purpose(&self, case: CaseId, purpose: Purpose, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE token SET voided_at = ?3 WHERE case_number = ?1 AND purpose = ?2 AND voided_at IS NULL",
            )?
            .execute(params![case.0, purpose.as_str(), At(at)])
            .context("Voiding the tokens of a question")
    }

    /// Voids somebody's token for a case and a purpose: they answered.
    pub fn void_one(&self, person: i64, case: CaseId, purpose: Purpose, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE token SET voided_at = ?4
                 WHERE person = ?1 AND case_number = ?2 AND purpose = ?3 AND voided_at IS NULL",
            )?
            .execute(params![person, case.0, purpose.as_str(), At(at)])
            .context("Voiding somebody's token")
    }

    /// Voids all tokens of somebody who left; gives how many there were.
    pub fn void_all_of(&self, person: i64, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached("UPDATE token SET voided_at = ?2 WHERE person = ?1 AND voided_at IS NULL")?
            .execute(params![person, At(at)])
            .context("Voiding somebody's tokens")
    }

    /// Voids somebody's tokens for a case; gives how many there were.
    pub fn void_in(&self, person: i64, case: CaseId, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE token SET voided_at = ?3 WHERE person = ?1 AND case_number = ?2 AND voided_at IS NULL",
            )?
            .execute(params![person, case.0, At(at)])
            .context("Voiding somebody's tokens for a case")
    }
}

fn purpose(text: String) -> rusqlite::Result<Purpose> {
    Purpose::parse(&text).ok_or_else(|| {
        let problem = format!("no purpose “{text}”").into();
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, problem)
    })
}
