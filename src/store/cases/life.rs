//! What the life of a case leaves behind beside its state: since when it is confirmed, which case it is the same as, who
//! takes care of it instead, and why. Which state follows upon which is decided by `rules::life`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Cases;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// Something that somebody wrote about a case, and is shown again later.
pub struct Remark<'a> {
    /// `invalid`, `no-cve` and so on, as the table has it.
    pub kind: &'a str,
    pub text: &'a str,
    /// It came encrypted.
    pub sealed: bool,
    pub person: i64,
    pub inbox: i64,
    pub at: Timestamp,
}

impl Cases<'_> {
    /// Keeps what somebody wrote.
    pub fn remark(&self, case: CaseId, remark: &Remark<'_>) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO remark (case_number, kind, text, sealed, person, inbox, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                case.0,
                remark.kind,
                remark.text,
                remark.sealed,
                remark.person,
                remark.inbox,
                At(remark.at)
            ])
            .map(drop)
            .context("Keeping what was written of a case")
    }

    /// It is a security problem of ours. `false` when that was said before.
    pub fn confirm(&self, case: CaseId, at: Timestamp) -> Result<bool> {
        let sql = "UPDATE cases SET confirmed_at = ?2 WHERE number = ?1 AND confirmed_at IS NULL";
        self.change(sql, params![case.0, At(at)], "Confirming a case")
    }

    /// Its problem is the one of another case. `false` when it is itself.
    pub fn is_the_same_as(&self, case: CaseId, other: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET duplicate_of = ?2 WHERE number = ?1 AND number <> ?2";
        self.change(sql, params![case.0, other.0], "Recording of which case one is a duplicate")
    }

    /// The lead of another component takes care of it.
    pub fn passed_to(&self, case: CaseId, component: &str) -> Result<bool> {
        let sql = "UPDATE cases SET component = ?2 WHERE number = ?1";
        self.change(sql, params![case.0, component], "Recording to whom a case was passed")
    }

    /// It is open again: what closed it does not hold any more, and its dates are only proposed, unless it was released.
    pub fn forget_the_end(&self, case: CaseId) -> Result<()> {
        let sql = "UPDATE cases SET duplicate_of = NULL, component = '', agreed_at = NULL, public_at = NULL,
                          exploited_at = NULL,
                          confirmed_at = CASE WHEN state = 'triage' THEN NULL ELSE confirmed_at END
                   WHERE number = ?1 AND state <> 'released'";
        self.change(sql, params![case.0], "Opening a case again").map(drop)
    }

    /// A case, the one it is a duplicate of, and so on to the original.
    pub fn up_to_original(&self, case: CaseId) -> Result<Vec<CaseId>> {
        self.0
            .connection
            .prepare_cached(
                "WITH RECURSIVE same (number, next, depth) AS (
                     SELECT number, duplicate_of, 0 FROM cases WHERE number = ?1
                     UNION ALL
                     SELECT c.number, c.duplicate_of, same.depth + 1 FROM same JOIN cases c ON c.number = same.next
                     WHERE same.depth < 100)
                 SELECT number FROM same ORDER BY depth",
            )?
            .query_map([case.0], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the cases that one is a duplicate of")
    }

    /// A case and all its duplicates, and theirs.
    pub fn with_duplicates(&self, case: CaseId) -> Result<Vec<CaseId>> {
        self.0
            .connection
            .prepare_cached(
                "WITH RECURSIVE same (number) AS (
                     VALUES (?1)
                     UNION
                     SELECT c.number FROM same JOIN cases c ON c.duplicate_of = same.number)
                 SELECT number FROM same ORDER BY number",
            )?
            .query_map([case.0], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the duplicates of a case")
    }

    /// The case that one is a duplicate of, at the end of all duplicates of duplicates; itself if it is none.
    pub fn original(&self, case: CaseId) -> Result<CaseId> {
        Ok(self.up_to_original(case)?.pop().unwrap_or(case))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::life::State;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn a_duplicate_of_a_duplicate_leads_to_the_first_and_no_longer_once_it_is_open_again() {
        let scratch = scratch();
        let found = scratch.store.write(|rows| {
            let now: Timestamp = "2026-12-07T09:00:00Z".parse()?;
            let proposal = Proposal { predisclosure_at: now, release_at: now };
            let mut numbers = Vec::new();
            for _ in 0..3 {
                numbers.push(rows.cases().open("a case", false, now, proposal)?);
            }
            let [one, two, three] = numbers[..] else { anyhow::bail!("three cases") };
            let cases = rows.cases();
            assert!(!cases.is_the_same_as(one, one)?, "nothing is a duplicate of itself");
            assert!(cases.is_the_same_as(three, two)? && cases.is_the_same_as(two, one)?);
            let mut found = vec![cases.original(three)?, cases.original(one)?, cases.original(CaseId(99))?];
            assert!(cases.go(two, State::Triage, State::Duplicate, now)?);
            assert!(cases.confirm(two, now)? && !cases.confirm(two, now)?, "once");
            assert!(cases.go(two, State::Duplicate, State::Triage, now)?);
            cases.forget_the_end(two)?;
            let again = cases.get(two)?.context("the case")?;
            assert_eq!((again.duplicate_of, again.confirmed_at), (None, None));
            found.push(cases.original(three)?);
            Ok(found)
        });
        assert_eq!(found.await.unwrap(), [CaseId(1), CaseId(1), CaseId(99), CaseId(2)]);
    }
}
