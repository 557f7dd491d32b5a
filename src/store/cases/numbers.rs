//! The CVE numbers of a case. A number is in at most one open case.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Cases;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// A CVE number of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub id: String,
    /// Of which of several advisories.
    pub advisory: Option<i64>,
    pub at: Timestamp,
}

impl Cases<'_> {
    /// The CVE numbers of a case, in the order in which they came.
    pub fn numbers(&self, case: CaseId) -> Result<Vec<Number>> {
        self.0
            .connection
            .prepare_cached("SELECT id, advisory, at FROM cve WHERE case_number = ?1 ORDER BY at, id")?
            .query_map([case.0], |row| {
                Ok(Number { id: row.get(0)?, advisory: row.get(1)?, at: row.get::<_, At>(2)?.0 })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the CVE numbers of a case")
    }

    /// The cases that have a CVE number.
    pub fn with_number(&self, id: &str) -> Result<Vec<CaseId>> {
        self.0
            .connection
            .prepare_cached("SELECT case_number FROM cve WHERE id = ?1 ORDER BY case_number")?
            .query_map([id], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for a CVE number")
    }

    /// Gives a case a number, or says of which advisory one is that it has. `false` when it is so already.
    pub fn set_number(
        &self,
        case: CaseId,
        id: &str,
        advisory: Option<i64>,
        person: i64,
        at: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO cve (case_number, id, advisory, person, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (case_number, id) DO UPDATE SET advisory = excluded.advisory
                 WHERE excluded.advisory IS NOT NULL AND cve.advisory IS NOT excluded.advisory",
            )?
            .execute(params![case.0, id, advisory, person, At(at)])
            .context("Keeping a CVE number")?;
        Ok(super::super::changed_one(rows))
    }

    /// The number was a mistake. `false` when the case does not have it.
    pub fn drop_number(&self, case: CaseId, id: &str) -> Result<bool> {
        let sql = "DELETE FROM cve WHERE case_number = ?1 AND id = ?2";
        self.change(sql, params![case.0, id], "Taking back a CVE number")
    }

    /// Somebody was asked for a number; `None`: nobody is waited for any more.
    pub fn number_requested(&self, case: CaseId, at: Option<Timestamp>) -> Result<bool> {
        let sql = "UPDATE cases SET cve_requested_at = ?2 WHERE number = ?1";
        self.change(sql, params![case.0, at.map(At)], "Noting that a CVE number was asked for")
    }

    /// The numbers of its advisories.
    pub fn advisories(&self, case: CaseId) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT number FROM advisory WHERE case_number = ?1 ORDER BY number")?
            .query_map([case.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the advisories of a case")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn a_number_is_kept_once_moved_to_its_advisory_and_free_again_when_it_was_wrong() {
        let scratch = scratch();
        let outcome = scratch.store.write(|rows| {
            let now: Timestamp = "2026-12-07T09:00:00Z".parse()?;
            let case = rows.cases().open("a", false, now, Proposal { predisclosure_at: now, release_at: now })?;
            let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?.id;
            rows.connection
                .execute("INSERT INTO advisory (number, case_number, person, at) VALUES (481, 1, 1, '')", [])?;
            let cases = rows.cases();
            assert!(cases.set_number(case, "CVE-2026-1234", None, alice, now)?);
            assert!(!cases.set_number(case, "CVE-2026-1234", None, alice, now)?, "it has it");
            assert!(cases.set_number(case, "CVE-2026-1234", Some(481), alice, now)?);
            assert!(
                !cases.set_number(case, "CVE-2026-1234", None, alice, now)?,
                "which advisory it is for stays known"
            );
            assert_eq!(cases.numbers(case)?[0].advisory, Some(481));
            assert_eq!(cases.with_number("CVE-2026-1234")?, [case]);
            assert!(cases.drop_number(case, "CVE-2026-1234")? && !cases.drop_number(case, "CVE-2026-1234")?);
            Ok((cases.numbers(case)?.len(), cases.with_number("CVE-2026-1234")?.len()))
        });
        assert_eq!(outcome.await.unwrap(), (0, 0));
    }
}
