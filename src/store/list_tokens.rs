//! Reply addresses of the predisclosure list and its -discuss list, by the hash of their token. As those of cases they
//! prove nothing alone; what each is good for, its purpose says.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::letter::TokenRef;
use crate::mail::secret::Purpose;

/// A reply address somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListToken {
    pub purpose: Purpose,
    /// A row of the table that the purpose is about: a held post, a member, a question, …
    pub object: i64,
    pub person: i64,
}

pub struct ListTokens<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn list_tokens(self) -> ListTokens<'c> {
        ListTokens(self)
    }
}

impl ListTokens<'_> {
    /// The token of this hash, unless it is void.
    pub fn find(&self, hash: &str) -> Result<Option<ListToken>> {
        self.look_up(hash, false)
    }

    /// The same, of those that are void: it was good once.
    pub fn find_void(&self, hash: &str) -> Result<Option<ListToken>> {
        self.look_up(hash, true)
    }

    fn look_up(&self, hash: &str, void: bool) -> Result<Option<ListToken>> {
        let found: Option<(String, i64, i64)> = self
            .0
            .connection
            .prepare_cached(
                "SELECT purpose, object, person FROM list_token WHERE hash = ?1 AND (voided_at IS NOT NULL) = ?2",
            )?
            .query_row(params![hash, void], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .context("Looking up a token of a list")?;
        found
            .map(|(purpose, object, person)| {
                let purpose = Purpose::parse(&purpose).context("A token for no known purpose")?;
                Ok(ListToken { purpose, object, person })
            })
            .transpose()
    }

    /// What this person's token for this object is derived from, if they have one.
    pub fn of(&self, of: &ListToken) -> Result<Option<TokenRef>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT cause, counter FROM list_token
                 WHERE purpose = ?1 AND object = ?2 AND person = ?3 AND voided_at IS NULL",
            )?
            .query_row(params![of.purpose.as_str(), of.object, of.person], |row| {
                Ok(TokenRef { purpose: of.purpose, cause: row.get(0)?, counter: row.get(1)? })
            })
            .optional()
            .context("Looking up somebody's token of a list")
    }

    pub fn add(&self, hash: &str, of: &ListToken, from: &TokenRef, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO list_token (hash, purpose, object, person, cause, counter, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![hash, of.purpose.as_str(), of.object, of.person, from.cause, from.counter, At(at)])
            .map(drop)
            .context("Recording a token of a list")
    }

    /// Voids all tokens for one object: what they were to answer is over. Gives how many there were.
    pub fn void(&self, purpose: Purpose, object: i64, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE list_token SET voided_at = ?3 WHERE purpose = ?1 AND object = ?2 AND voided_at IS NULL",
            )?
            .execute(params![purpose.as_str(), object, At(at)])
            .context("Voiding the tokens of a list")
    }

    /// Voids all of somebody who left; gives how many there were.
    pub fn void_of(&self, person: i64, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .prepare_cached("UPDATE list_token SET voided_at = ?2 WHERE person = ?1 AND voided_at IS NULL")?
            .execute(params![person, At(at)])
            .context("Voiding somebody's tokens of lists")
    }
}
