//! The texts of versions as they are signed in line: made once, before their hour, and kept; every letter and page shows these.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::Advisories;
use crate::mail::letter::Audience;
use crate::rules::label::VersionId;

/// Both texts of a version, signed in line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTexts {
    pub members: String,
    pub public: String,
}

/// Of a version: it is not signed by this certificate, and not everybody has it yet as it was signed.
const WANTS: &str = "(members_signed IS NULL OR public_signed IS NULL OR (signed_by <> ?1 AND released_at IS NULL))";

pub(super) fn unsigned_sql() -> String {
    format!(
        "SELECT id FROM advisory_version INDEXED BY advisory_version_leaving
         WHERE void_at IS NULL AND stage IN ('approved', 'predisclosed') AND {WANTS}
         UNION
         SELECT id FROM advisory_version INDEXED BY advisory_version_unsigned
         WHERE void_at IS NULL AND (members_signed IS NULL OR public_signed IS NULL) AND stage = 'released'
         ORDER BY id"
    )
}

impl Advisories<'_> {
    /// Approved, and not signed in line by this certificate yet.
    pub fn unsigned(&self, by: &str) -> Result<Vec<VersionId>> {
        self.0
            .connection
            .prepare_cached(&unsigned_sql())?
            .query_map([by], |row| row.get(0).map(VersionId))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for advisories to be signed")
    }

    /// Keeps its texts as they are signed. What somebody has stays: `false`, none was needed.
    pub fn sign(&self, id: VersionId, by: &str, signed: &SignedTexts) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(&format!(
                "UPDATE advisory_version SET public_signed = ?4, signed_by = ?1,
                     members_signed = iif(predisclosed_at IS NULL, ?3, coalesce(members_signed, ?3))
                 WHERE id = ?2 AND {WANTS}"
            ))?
            .execute(params![by, id.0, signed.members, signed.public])
            .context("Keeping a signed advisory")?;
        Ok(crate::store::changed_one(rows))
    }

    /// One of its texts, signed in line, if it is yet.
    pub fn signed(&self, id: VersionId, audience: Audience) -> Result<Option<String>> {
        let column = match audience {
            Audience::Members => "members_signed",
            Audience::Public => "public_signed",
        };
        self.0
            .connection
            .prepare_cached(&format!("SELECT {column} FROM advisory_version WHERE id = ?1"))?
            .query_row([id.0], |row| row.get(0))
            .optional()
            .map(Option::flatten)
            .context("Reading a signed advisory")
    }
}
