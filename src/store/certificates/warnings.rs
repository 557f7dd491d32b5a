//! Who was warned of a certificate's end, and of which part of the way there. What calls for a warning is decided in
//! `rules::expiry`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::Certificates;
use crate::rules::expiry;
use crate::store::time::At;

/// A certificate that ends soon, or can no longer be used, and nobody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub fingerprint: String,
    /// `None`: the project's own.
    pub person: Option<i64>,
    pub expires_at: Option<Timestamp>,
    /// Why it cannot be used, when that is so.
    pub unusable: String,
    /// So many days before its end people are warned; 0: it is over.
    pub days: u16,
    /// When that was found.
    pub judged_at: Timestamp,
}

/// Those that somebody needs: the project's, the team's, and those of participants in a case that goes on.
const NEEDED: &str = "SELECT c.fingerprint, c.person, c.expires_at, c.unusable, c.judged_at FROM certificate c
     WHERE (c.unusable <> '' OR c.expires_at <= ?1)
       AND (c.person IS NULL
            OR EXISTS (SELECT 1 FROM team_member t WHERE t.person = c.person AND t.state = 'active')
            OR EXISTS (SELECT 1 FROM participant p JOIN cases k ON k.number = p.case_number
                       WHERE p.person = c.person AND p.state = 'active'
                             AND k.state NOT IN ('closed', 'invalid', 'duplicate', 'passed')))
     ORDER BY c.person IS NOT NULL, c.fingerprint";

impl Certificates<'_> {
    /// Those whose end is so near, or past, that people must be told, and were not.
    pub fn endings(&self, now: Timestamp) -> Result<Vec<Ending>> {
        let horizon = expiry::horizon(now);
        let near: Vec<Ending> = self
            .0
            .connection
            .prepare_cached(NEEDED)?
            .query_map([At(horizon)], |row| ending(row, now))?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Looking for certificates that end")?
            .into_iter()
            .flatten()
            .collect();
        let mut untold = Vec::new();
        for ending in near {
            if !self.is_told(&ending)? {
                untold.push(ending);
            }
        }
        Ok(untold)
    }

    /// Of this end, at this distance or a nearer one.
    fn is_told(&self, ending: &Ending) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM expiry_warning WHERE fingerprint = ?1 AND expires_at = ?2 AND days <= ?3")?
            .exists(params![ending.fingerprint, end(ending), ending.days])
            .context("Looking who was warned of a certificate's end")
    }

    /// `false` when people were told already.
    pub fn told(&self, ending: &Ending, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO expiry_warning (fingerprint, expires_at, days, told_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![ending.fingerprint, end(ending), ending.days, At(now)])
            .context("Noting that people were warned of a certificate's end")?;
        Ok(super::super::changed_one(rows))
    }
}

impl Certificates<'_> {
    /// It can be used: should it end once more, people are told once more.
    pub(super) fn is_good_again(&self, fingerprint: &str) -> Result<()> {
        self.0
            .connection
            .execute("DELETE FROM expiry_warning WHERE fingerprint = ?1 AND days = 0", [fingerprint])
            .map(drop)
            .context("Forgetting that people were told of a certificate's end")
    }
}

fn ending(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<Option<Ending>> {
    let expires_at = row.get::<_, Option<At>>(2)?.map(|at| at.0);
    let unusable: String = row.get(3)?;
    let (fingerprint, person, judged_at) = (row.get(0)?, row.get(1)?, row.get::<_, At>(4)?.0);
    let days = expiry::warned_at(expires_at, unusable.is_empty(), now);
    Ok(days.map(|days| Ending { fingerprint, person, expires_at, unusable, days, judged_at }))
}

/// As it stands in the table: empty when the certificate has no end.
fn end(ending: &Ending) -> String {
    ending.expires_at.map(|at| At(at).to_string()).unwrap_or_default()
}
