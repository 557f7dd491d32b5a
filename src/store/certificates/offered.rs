//! Certificates that came with mail. Anybody can send one, under any name: they are shown, and trusted by nobody.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::Certificates;
use crate::mail::address::Address;
use crate::store::time::At;

/// Copies of one certificate that are looked at, each different: strangers decide how many there are.
const COPIES_MAX: i64 = 20;

/// A certificate somebody offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCertificate {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The address that its mail seems to come from; empty when there was none.
    pub by: String,
    /// Binary, public parts only.
    pub bytes: Vec<u8>,
}

/// The latest copy of a certificate that a mail brought, joined with those before it, and what was found of it then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    pub fingerprint: String,
    /// The address that its mail seems to come from; empty when there was none.
    pub by: String,
    pub bytes: Vec<u8>,
    pub expires_at: Option<Timestamp>,
    /// Empty when something could be encrypted to it.
    pub unusable: String,
    /// The addresses that its user IDs name.
    pub names: Vec<String>,
}

const LATEST: &str = "SELECT fingerprint, author_key, bytes, expires_at, unusable, names FROM offered_certificate";

impl Certificates<'_> {
    /// The latest copy that a mail brought of this certificate.
    pub fn latest_offer(&self, fingerprint: &str) -> Result<Option<Latest>> {
        self.0
            .connection
            .prepare_cached(&format!("{LATEST} WHERE fingerprint = ?1 ORDER BY inbox DESC LIMIT 1"))?
            .query_row([fingerprint], latest)
            .optional()
            .context("Reading the latest copy of a certificate that was offered")
    }

    /// The certificate that mail of this address brought last: one that was attached before one in a header.
    pub fn offered_by(&self, author: &Address) -> Result<Option<Latest>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{LATEST} WHERE author_key = ?1 ORDER BY how = 'attached' DESC, inbox DESC, fingerprint LIMIT 1"
            ))?
            .query_row([author.key()], latest)
            .optional()
            .context("Looking for a certificate that somebody offered")
    }

    /// What was offered last of each certificate that is not registered and whose fingerprint ends so, the newest first.
    pub fn offered(&self, ending: &str, count_max: u32) -> Result<Vec<OfferedCertificate>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT fingerprint, author_key, bytes FROM offered_certificate o
                 WHERE NOT EXISTS (SELECT 1 FROM certificate c WHERE c.fingerprint = o.fingerprint)
                   AND fingerprint LIKE '%' || ?1
                   AND inbox = (SELECT max(inbox) FROM offered_certificate l WHERE l.fingerprint = o.fingerprint)
                 ORDER BY inbox DESC, fingerprint LIMIT ?2",
            )?
            .query_map(params![ending, count_max], |row| {
                Ok(OfferedCertificate { fingerprint: row.get(0)?, by: row.get(1)?, bytes: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the certificates that were offered")
    }

    /// How many certificates were offered that are not registered.
    pub fn offered_count(&self) -> Result<u32> {
        self.0
            .connection
            .prepare_cached(
                "SELECT count(DISTINCT fingerprint) FROM offered_certificate o
                 WHERE NOT EXISTS (SELECT 1 FROM certificate c WHERE c.fingerprint = o.fingerprint)",
            )?
            .query_row([], |row| row.get(0))
            .context("Counting the certificates that were offered")
    }

    /// The copies of one certificate that came with mail, the newest first. The same copy, which some mail programs put
    /// into each mail, crowds out no other.
    pub fn offered_copies(&self, fingerprint: &str) -> Result<Vec<OfferedCertificate>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT fingerprint, author_key, bytes, max(inbox) AS latest FROM offered_certificate
                 WHERE fingerprint = ?1 GROUP BY bytes ORDER BY latest DESC LIMIT ?2",
            )?
            .query_map(params![fingerprint, COPIES_MAX], |row| {
                Ok(OfferedCertificate { fingerprint: row.get(0)?, by: row.get(1)?, bytes: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading a certificate that was offered")
    }

    /// Whether mail that seems to be this author's brought this certificate before.
    pub fn was_offered(&self, fingerprint: &str, by: Option<&Address>, inbox: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM offered_certificate WHERE fingerprint = ?1 AND author_key = ?2 AND inbox <> ?3",
            )?
            .exists(params![fingerprint, by.map(Address::key).unwrap_or_default(), inbox])
            .context("Looking whether a certificate was offered before")
    }
}

fn latest(row: &Row<'_>) -> rusqlite::Result<Latest> {
    let names: String = row.get(5)?;
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(5, Type::Text, Box::new(error));
    Ok(Latest {
        fingerprint: row.get(0)?,
        by: row.get(1)?,
        bytes: row.get(2)?,
        expires_at: row.get::<_, Option<At>>(3)?.map(|at| at.0),
        unusable: row.get(4)?,
        names: serde_json::from_str(&names).map_err(broken)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{offer, scratch};

    #[tokio::test]
    async fn a_copy_that_came_once_is_found_behind_many_mails_with_another() {
        let scratch = scratch();
        let copies = scratch.store.write(|rows| {
            offer(rows, "DA9A", "first@example.net", b"revoked")?;
            for number in 0..2 * COPIES_MAX {
                offer(rows, "DA9A", &format!("{number}@example.net"), b"as ever")?;
            }
            rows.certificates().offered_copies("DA9A")
        });
        let copies: Vec<(Vec<u8>, String)> = copies.await.unwrap().into_iter().map(|one| (one.bytes, one.by)).collect();
        let expected = [(b"as ever".to_vec(), "39@example.net"), (b"revoked".to_vec(), "first@example.net")];
        assert_eq!(copies, expected.map(|(bytes, by)| (bytes, by.to_owned())));
    }
}
