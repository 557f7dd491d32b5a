//! Certificates that members' mail brought: the team is asked once for each whether it is theirs.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Members;
use crate::store::time::At;

/// A certificate that a member's mail brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberKey {
    pub id: i64,
    pub member: i64,
    pub fingerprint: String,
    /// Who of the team said that it is theirs.
    pub accepted_by: Option<i64>,
}

impl Members<'_> {
    /// A mail brought it; gives its number. `None` when the team was asked of this certificate before, or of this copy of
    /// one that it accepted.
    pub fn brought_key(&self, member: i64, fingerprint: &str, inbox: i64, at: Timestamp) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO member_key (member, fingerprint, inbox, at)
                 SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (
                     SELECT 1 FROM member_key k JOIN offered_certificate o ON o.inbox = k.inbox AND o.fingerprint = ?2
                     JOIN offered_certificate n ON n.inbox = ?3 AND n.fingerprint = ?2
                     WHERE k.member = ?1 AND k.fingerprint = ?2 AND (k.accepted_at IS NULL OR o.bytes = n.bytes))
                 RETURNING id",
            )?
            .query_row(params![member, fingerprint, inbox, At(at)], |row| row.get(0))
            .optional()
            .context("Noting a certificate that a member sent")
    }

    pub fn key(&self, id: i64) -> Result<Option<MemberKey>> {
        self.0
            .connection
            .prepare_cached("SELECT id, member, fingerprint, accepted_by FROM member_key WHERE id = ?1")?
            .query_row([id], |row| {
                Ok(MemberKey {
                    id: row.get(0)?,
                    member: row.get(1)?,
                    fingerprint: row.get(2)?,
                    accepted_by: row.get(3)?,
                })
            })
            .optional()
            .context("Reading a certificate that a member sent")
    }

    /// The team says that it is theirs. `false` when it said so before.
    pub fn accept_key(&self, id: i64, by: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member_key SET accepted_at = ?3, accepted_by = ?2 WHERE id = ?1 AND accepted_at IS NULL",
                params![id, by, At(at)],
            )
            .context("Noting that a certificate is a member's")?;
        Ok(crate::store::changed_one(rows))
    }
}
