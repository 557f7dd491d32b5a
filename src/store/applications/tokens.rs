//! Reply addresses about applications and memberships, by the hash of their token. As those of cases they prove nothing
//! alone.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{ApplicationId, Applications};
use crate::mail::letter::TokenRef;
use crate::mail::secret::Purpose;
use crate::store::time::At;

/// A reply address somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationToken {
    pub purpose: Purpose,
    pub application: ApplicationId,
    pub person: i64,
}

impl Applications<'_> {
    /// The token of this hash, unless it is void.
    pub fn token(&self, hash: &str) -> Result<Option<ApplicationToken>> {
        self.look_up_token(hash, false)
    }

    /// The same, of those that are void: it was good once.
    pub fn void_token(&self, hash: &str) -> Result<Option<ApplicationToken>> {
        self.look_up_token(hash, true)
    }

    fn look_up_token(&self, hash: &str, void: bool) -> Result<Option<ApplicationToken>> {
        let found: Option<(String, i64, i64)> = self
            .0
            .connection
            .prepare_cached(
                "SELECT purpose, application, person FROM application_token
                 WHERE hash = ?1 AND (voided_at IS NOT NULL) = ?2",
            )?
            .query_row(params![hash, void], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .context("Looking up a token about an application")?;
        found
            .map(|(purpose, application, person)| {
                let purpose = Purpose::parse(&purpose).context("A token for no known purpose")?;
                Ok(ApplicationToken { purpose, application: ApplicationId(application), person })
            })
            .transpose()
    }

    /// What this person's token for this purpose is derived from, if they have one.
    pub fn token_of(&self, person: i64, id: ApplicationId, wanted: Purpose) -> Result<Option<TokenRef>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT cause, counter FROM application_token
                 WHERE application = ?1 AND person = ?2 AND purpose = ?3 AND voided_at IS NULL",
            )?
            .query_row(params![id.0, person, wanted.as_str()], |row| {
                Ok(TokenRef { purpose: wanted, cause: row.get(0)?, counter: row.get(1)? })
            })
            .optional()
            .context("Looking up somebody's token about an application")
    }

    pub fn add_token(&self, hash: &str, of: &TokenRef, id: ApplicationId, person: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO application_token (hash, purpose, application, person, cause, counter, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![hash, of.purpose.as_str(), id.0, person, of.cause, of.counter, At(at)])
            .map(drop)
            .context("Recording a token about an application")
    }

    /// Voids all of somebody who left; gives how many there were.
    pub fn void_tokens_of(&self, person: i64, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .execute(
                "UPDATE application_token SET voided_at = ?2 WHERE person = ?1 AND voided_at IS NULL",
                params![person, At(at)],
            )
            .context("Voiding somebody's tokens about applications")
    }
}
