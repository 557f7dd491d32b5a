//! What the team found out about a case: numbers of advisories, severity, affected branches, patches, whom to thank, what
//! was decided. What somebody typed keeps whether it came encrypted.

mod credits;
mod patches;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::rules::command::Affected;
use crate::rules::label::CaseId;
use crate::rules::severity::Rating;

pub use credits::Thanked;
pub use patches::{NewPatch, Patch};

/// Who wrote something down, when, and whether it came encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub person: i64,
    /// The mail.
    pub inbox: i64,
    pub sealed: bool,
    pub at: Timestamp,
}

/// How severe the problem is, by one version of CVSS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Severity {
    pub version: String,
    pub vector: String,
    pub score: String,
    pub rating: String,
    pub sealed: bool,
}

/// What was said of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: String,
    pub affected: Affected,
    pub sealed: bool,
}

/// What the team decided, to be told after the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who wrote it: their name, or address.
    pub by: String,
    pub at: Timestamp,
    pub sealed: bool,
    pub text: String,
}

pub struct Facts<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn facts(self) -> Facts<'c> {
        Facts(self)
    }
}

impl Facts<'_> {
    /// Gives a number to a case. `false` when it was given before: to which case, `numbered` says.
    pub fn number(&self, case: CaseId, number: i64, person: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO advisory (number, case_number, person, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![number, case.0, person, At(at)])
            .context("Numbering an advisory")?;
        Ok(super::changed_one(rows))
    }

    /// The greatest number that was ever given.
    pub fn greatest(&self) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT max(number) FROM advisory")?
            .query_row([], |row| row.get(0))
            .context("Looking for the greatest number of an advisory")
    }

    /// The case that has the advisory of this number.
    pub fn numbered(&self, number: i64) -> Result<Option<CaseId>> {
        self.0
            .connection
            .prepare_cached("SELECT case_number FROM advisory WHERE number = ?1")?
            .query_row([number], |row| row.get(0).map(CaseId))
            .optional()
            .context("Looking whose number of an advisory it is")
    }

    /// The numbers of the advisories of a case.
    pub fn advisories(&self, case: CaseId) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT number FROM advisory WHERE case_number = ?1 ORDER BY number")?
            .query_map([case.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the advisories of a case")
    }

    /// Rates a case, in place of what was said by the same version of CVSS.
    pub fn rate(&self, case: CaseId, rating: &Rating, said: &Said) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO severity (case_number, version, vector, score, rating, sealed, person, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (case_number, version) DO UPDATE SET vector = excluded.vector, score = excluded.score,
                     rating = excluded.rating, sealed = excluded.sealed, person = excluded.person, at = excluded.at",
            )?
            .execute(params![
                case.0,
                rating.version,
                rating.vector,
                rating.score,
                rating.rating,
                said.sealed,
                said.person,
                At(said.at)
            ])
            .map(drop)
            .context("Rating a case")
    }

    /// By each version of CVSS that was used, the newest first.
    pub fn severities(&self, case: CaseId) -> Result<Vec<Severity>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT version, vector, score, rating, sealed FROM severity WHERE case_number = ?1 ORDER BY version DESC",
            )?
            .query_map([case.0], |row| {
                Ok(Severity {
                    version: row.get(0)?,
                    vector: row.get(1)?,
                    score: row.get(2)?,
                    rating: row.get(3)?,
                    sealed: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading how severe a case is")
    }

    /// Says whether a branch is affected, in place of what was said before.
    pub fn affect(&self, case: CaseId, branch: &str, affected: &Affected, said: &Said) -> Result<()> {
        let (verdict, versions) = match affected {
            Affected::Yes => ("yes", ""),
            Affected::No => ("no", ""),
            Affected::Versions(versions) => ("versions", versions.as_str()),
        };
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO affected (case_number, branch, verdict, versions, sealed, person, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (case_number, branch) DO UPDATE SET verdict = excluded.verdict, versions = excluded.versions,
                     sealed = excluded.sealed, person = excluded.person, at = excluded.at",
            )?
            .execute(params![case.0, branch, verdict, versions, said.sealed, said.person, At(said.at)])
            .map(drop)
            .context("Saying whether a branch is affected")
    }

    /// What was said of branches, by their names.
    pub fn branches(&self, case: CaseId) -> Result<Vec<Branch>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT branch, verdict, versions, sealed FROM affected WHERE case_number = ?1 ORDER BY branch",
            )?
            .query_map([case.0], |row| {
                let verdict: String = row.get(1)?;
                let affected = match verdict.as_str() {
                    "yes" => Affected::Yes,
                    "no" => Affected::No,
                    _ => Affected::Versions(row.get(2)?),
                };
                Ok(Branch { name: row.get(0)?, affected, sealed: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading which branches are affected")
    }

    /// What was decided, the oldest first.
    pub fn decisions(&self, case: CaseId) -> Result<Vec<Decision>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT iif(p.name = '', p.address, p.name), r.at, r.sealed, r.text
                 FROM remark r JOIN person p ON p.id = r.person
                 WHERE r.case_number = ?1 AND r.kind = 'decision' ORDER BY r.id",
            )?
            .query_map([case.0], |row| {
                Ok(Decision { by: row.get(0)?, at: row.get::<_, At>(1)?.0, sealed: row.get(2)?, text: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the decisions about a case")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::rules::severity;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn numbers_are_given_once_and_never_back() {
        let scratch = scratch();
        scratch
            .store
            .write(|rows| {
                let at: Timestamp = "2026-12-07T09:00:00Z".parse()?;
                let proposal = Proposal { predisclosure_at: at, release_at: at };
                let one = rows.cases().open("one", false, at, proposal)?;
                let two = rows.cases().open("two", false, at, proposal)?;
                let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?;
                let facts = rows.facts();
                assert_eq!(facts.greatest()?, None);
                assert!(facts.number(one, 480, alice.id, at)?);
                assert!(!facts.number(two, 480, alice.id, at)?, "given before");
                assert!(facts.number(one, 481, alice.id, at)?);
                assert_eq!(facts.advisories(one)?, [480, 481]);
                assert_eq!((facts.greatest()?, facts.numbered(481)?, facts.numbered(1)?), (Some(481), Some(one), None));
                let gone = rows.connection.execute("DELETE FROM advisory WHERE number = 480", []);
                assert!(gone.unwrap_err().to_string().contains("never given back"));
                Ok(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn what_is_said_later_takes_the_place_of_what_was_said_before() {
        let scratch = scratch();
        scratch
            .store
            .write(|rows| {
                let at: Timestamp = "2026-12-07T09:00:00Z".parse()?;
                let case = rows.cases().open("one", false, at, Proposal { predisclosure_at: at, release_at: at })?;
                let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?;
                let said = Said { person: alice.id, inbox: 1, sealed: false, at };
                let facts = rows.facts();
                for vector in [
                    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",
                    "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
                ] {
                    facts.rate(case, &severity::rated(vector).unwrap(), &said)?;
                }
                let scores: Vec<_> = facts.severities(case)?.into_iter().map(|one| one.score).collect();
                assert_eq!(scores, ["8.5", "8.8"]);
                facts.affect(case, "4.20", &Affected::Yes, &said)?;
                facts.affect(case, "4.19", &Affected::No, &said)?;
                let versions = Affected::Versions("4.20.1 and later".to_owned());
                facts.affect(case, "4.20", &versions, &Said { sealed: true, ..said })?;
                let branches = facts.branches(case)?;
                assert_eq!(branches[1], Branch { name: "4.20".into(), affected: versions, sealed: true });
                assert_eq!(branches.len(), 2);
                Ok(())
            })
            .await
            .unwrap();
    }
}
