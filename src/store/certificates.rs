//! Certificates: the project's, and those that were given to people. What is in them is read by `openpgp`; here are
//! their bytes, whose they are, and what was last found of them.

mod giving;
mod offered;
mod warnings;

pub use giving::{Change, Handed, HandedOver, How};
pub use offered::{Latest, OfferedCertificate};
pub use warnings::Ending;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;

/// A registered certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// Whose it is; `None`: the project's own.
    pub person: Option<i64>,
    /// Binary, public parts only.
    pub bytes: Vec<u8>,
    pub since: Timestamp,
    /// Members of the team said whose it is, and no operator.
    pub by_mail: bool,
    pub judged_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Why nothing could be encrypted to it when it was last looked at; empty when something could.
    pub unusable: String,
}

/// What `openpgp` found of a certificate at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Empty when it can be encrypted to.
    pub unusable: String,
}

pub struct Certificates<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn certificates(self) -> Certificates<'c> {
        Certificates(self)
    }
}

const REGISTERED: &str =
    "SELECT fingerprint, person, bytes, since, judged_at, expires_at, unusable, by_mail FROM certificate";

impl Certificates<'_> {
    /// All of them: the project's first, then by the time they were given.
    pub fn all(&self) -> Result<Vec<Registered>> {
        self.0
            .connection
            .prepare_cached(&format!("{REGISTERED} ORDER BY person IS NOT NULL, since, fingerprint"))?
            .query_map([], registered)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the certificates")
    }

    pub fn get(&self, fingerprint: &str) -> Result<Option<Registered>> {
        self.0
            .connection
            .prepare_cached(&format!("{REGISTERED} WHERE fingerprint = ?1"))?
            .query_row([fingerprint], registered)
            .optional()
            .context("Looking for a certificate")
    }

    /// Those last looked at before `before`, and those whose end has come since they were: so many at most.
    pub fn to_judge(&self, before: Timestamp, now: Timestamp, at_most: usize) -> Result<Vec<Registered>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{REGISTERED} WHERE judged_at <= ?1 OR (expires_at > judged_at AND expires_at <= ?2)
                 ORDER BY since, fingerprint LIMIT ?3"
            ))?
            .query_map(params![At(before), At(now), at_most as i64], registered)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for certificates to judge")
    }

    /// A number that is another whenever a certificate was added, changed or removed.
    pub fn changes(&self) -> Result<i64> {
        self.0
            .connection
            .prepare_cached("SELECT count FROM certificate_changes")?
            .query_row([], |row| row.get(0))
            .context("Asking whether certificates changed")
    }

    pub fn of_person(&self, person: i64) -> Result<Option<Registered>> {
        self.0
            .connection
            .prepare_cached(&format!("{REGISTERED} WHERE person = ?1"))?
            .query_row([person], registered)
            .optional()
            .context("Reading somebody's certificate")
    }

    /// The certificate of whoever is behind an address.
    pub fn of_address(&self, address: &Address) -> Result<Option<Registered>> {
        match self.0.people().by_address(address)? {
            Some(person) => self.of_person(person.id),
            None => Ok(None),
        }
    }

    /// Whether something can be encrypted to this person now, by what was last found of their certificate.
    pub fn usable_of(&self, person: i64, now: Timestamp) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM certificate
                 WHERE person = ?1 AND unusable = '' AND (expires_at IS NULL OR expires_at > ?2)",
            )?
            .exists(params![person, At(now)])
            .context("Looking for somebody's certificate")
    }

    /// Who of the team cannot be written to in cipher now.
    pub fn team_without(&self, now: Timestamp) -> Result<Vec<Address>> {
        let mut without = Vec::new();
        for member in self.0.people().team()? {
            if !self.usable_of(member.person.id, now)? {
                without.push(member.person.address);
            }
        }
        Ok(without)
    }

    /// Gives a certificate to a person, or to the project (`None`), in place of the one they had, or as its newer copy.
    pub fn register(&self, fingerprint: &str, person: Option<i64>, bytes: &[u8], found: &Found) -> Result<()> {
        let doing = "Registering a certificate";
        self.0
            .connection
            .execute("DELETE FROM certificate WHERE person = ?1 AND fingerprint <> ?2", params![person, fingerprint])
            .context(doing)?;
        self.0
            .connection
            .execute(
                "INSERT INTO certificate (fingerprint, person, bytes, since, judged_at, expires_at, unusable)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
                 ON CONFLICT (fingerprint) DO UPDATE SET person = excluded.person, bytes = excluded.bytes,
                     judged_at = excluded.judged_at, expires_at = excluded.expires_at, unusable = excluded.unusable",
                params![fingerprint, person, bytes, At(found.at), found.expires_at.map(At), found.unusable],
            )
            .context(doing)?;
        if found.unusable.is_empty() { self.is_good_again(fingerprint) } else { Ok(()) }
    }

    /// Takes a certificate away, and what was said of it; `false` when it is not there.
    pub fn remove(&self, fingerprint: &str) -> Result<bool> {
        let doing = "Removing a certificate";
        self.0
            .connection
            .execute(
                "UPDATE certificate_word SET state = 'void' WHERE fingerprint = ?1 AND state = 'said'",
                [fingerprint],
            )
            .context(doing)?;
        let rows = self.0.connection.execute("DELETE FROM certificate WHERE fingerprint = ?1", [fingerprint]);
        Ok(super::changed_one(rows.context(doing)?))
    }

    /// Notes what was found of a certificate that is there.
    pub fn judged(&self, fingerprint: &str, found: &Found) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE certificate SET judged_at = ?2, expires_at = ?3, unusable = ?4 WHERE fingerprint = ?1",
                params![fingerprint, At(found.at), found.expires_at.map(At), found.unusable],
            )
            .context("Noting what was found of a certificate")?;
        if found.unusable.is_empty() {
            self.is_good_again(fingerprint)?;
        }
        Ok(super::changed_one(rows))
    }
}

fn registered(row: &Row<'_>) -> rusqlite::Result<Registered> {
    Ok(Registered {
        fingerprint: row.get(0)?,
        person: row.get(1)?,
        bytes: row.get(2)?,
        since: row.get::<_, At>(3)?.0,
        judged_at: row.get::<_, At>(4)?.0,
        expires_at: row.get::<_, Option<At>>(5)?.map(|at| at.0),
        unusable: row.get(6)?,
        by_mail: row.get(7)?,
    })
}
