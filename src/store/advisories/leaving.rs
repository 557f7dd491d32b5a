//! What of the advisories may leave: to members, to the world, or to nobody because something holds it. Which of it does is
//! decided by `handlers::advisories`, which looks at the manifest once more.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Advisories;
use crate::rules::label::{CaseId, VersionId};
use crate::store::time::At;

/// Of a version `v`, in SQL: it is approved, and nothing holds it: neither the team, nor a clock that is doubted, nor a pause,
/// such as that of a desk that was restored.
const MAY_LEAVE: &str = "v.void_at IS NULL AND v.released_at IS NULL AND v.stage IN ('approved', 'predisclosed')
    AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.case_number = v.case_number AND h.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM clock_jump WHERE ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM pause)";

/// Of a version `v`, in SQL: no later one of its advisory is approved.
const LATEST: &str = "NOT EXISTS (SELECT 1 FROM advisory_version w WHERE w.advisory = v.advisory AND w.id > v.id
    AND w.void_at IS NULL AND w.stage <> 'draft')";

/// Of a version `v`, in SQL: nothing that is approved of its case still has to be signed.
const SIGNED: &str = "NOT EXISTS (SELECT 1 FROM advisory_version u INDEXED BY advisory_version_leaving
    WHERE u.case_number = v.case_number AND u.void_at IS NULL AND u.stage IN ('approved', 'predisclosed')
        AND u.public_signed IS NULL)";
/// Of an advisory `a` in a case `c`, in SQL: at the end of the embargo others of the case left, and this one, which had its
/// number then, did not.
pub(in crate::store) const LEFT_BEHIND: &str = "c.state = 'released'
    AND NOT EXISTS (SELECT 1 FROM advisory_version v WHERE v.advisory = a.number AND v.released_at IS NOT NULL)
    AND (SELECT min(w.released_at) FROM advisory_version w WHERE w.case_number = c.number) >= max(c.release_at, a.at)";

/// A version that members may get, once it is the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForMembers {
    pub version: VersionId,
    pub case: CaseId,
    /// Members have an earlier version of it.
    pub follows: bool,
    /// When the list is to be told, and when the embargo ends.
    pub predisclosure_at: Timestamp,
    pub release_at: Timestamp,
}

/// A case of which something may be released, once it is the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForAll {
    pub case: CaseId,
    /// The first of the versions that may be released.
    pub first: VersionId,
    /// When the embargo ends; `None`: there is none.
    pub release_at: Option<Timestamp>,
}

/// A case under an embargo that the team agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embargoed {
    pub case: CaseId,
    pub release_at: Timestamp,
}

fn members_wait() -> String {
    format!(
        "SELECT v.id, v.case_number, c.predisclosure_at, c.release_at,
                EXISTS (SELECT 1 FROM advisory_version w
                        WHERE w.advisory = v.advisory AND w.predisclosed_at IS NOT NULL)
         FROM advisory_version v INDEXED BY advisory_version_leaving CROSS JOIN cases c ON c.number = v.case_number
         WHERE v.predisclosed_at IS NULL AND v.embargo_until IS NOT NULL AND v.public_version > v.version
             AND c.state IN ('embargoed', 'predisclosed') AND {MAY_LEAVE} AND {LATEST} ORDER BY v.id"
    )
}

fn all_wait() -> String {
    format!(
        "SELECT c.number, min(v.id), iif(c.state IN ('embargoed', 'predisclosed'), c.release_at, NULL)
         FROM advisory_version v INDEXED BY advisory_version_leaving CROSS JOIN cases c ON c.number = v.case_number
         WHERE c.state IN ('embargoed', 'predisclosed', 'public', 'released') AND {MAY_LEAVE} AND {SIGNED}
         GROUP BY c.number ORDER BY c.number"
    )
}

const OUTLIVED: &str = "SELECT v.case_number, max(v.id) FROM advisory_version v INDEXED BY advisory_version_drafts
        CROSS JOIN cases c ON c.number = v.case_number
    WHERE v.void_at IS NULL AND v.stage = 'draft' AND v.embargo_until IS NOT NULL AND c.state = 'released'
    GROUP BY v.case_number ORDER BY v.case_number";

/// An advisory that is not public, while others of its case are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    pub case: CaseId,
    pub number: i64,
    /// When the embargo of the case ended.
    pub release_at: Timestamp,
}

impl Advisories<'_> {
    /// The latest approved version of each advisory under embargo that members did not get, and that has a text for them.
    pub fn for_members(&self) -> Result<Vec<ForMembers>> {
        self.0
            .connection
            .prepare_cached(&members_wait())?
            .query_map([], |row| {
                Ok(ForMembers {
                    version: VersionId(row.get(0)?),
                    case: CaseId(row.get(1)?),
                    predisclosure_at: row.get::<_, At>(2)?.0,
                    release_at: row.get::<_, At>(3)?.0,
                    follows: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for advisories that members are to get")
    }

    /// The cases of which an approved version is not released, and all that is approved is signed.
    pub fn for_all(&self) -> Result<Vec<ForAll>> {
        self.0
            .connection
            .prepare_cached(&all_wait())?
            .query_map([], |row| {
                Ok(ForAll {
                    case: CaseId(row.get(0)?),
                    first: VersionId(row.get(1)?),
                    release_at: row.get::<_, Option<At>>(2)?.map(|at| at.0),
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for advisories that are to be released")
    }

    /// Released cases with drafts from under their embargo, and the last of these.
    pub fn outlived(&self) -> Result<Vec<(CaseId, VersionId)>> {
        self.0
            .connection
            .prepare_cached(OUTLIVED)?
            .query_map([], |row| Ok((CaseId(row.get(0)?), VersionId(row.get(1)?))))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for drafts that an embargo left behind")
    }

    /// Advisories that stayed behind when others of their case were released, unless somebody said of this step that it is done.
    pub fn left_behind(&self, publication: Option<&str>) -> Result<Vec<LeftBehind>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "SELECT a.case_number, a.number, c.release_at FROM advisory a JOIN cases c ON c.number = a.case_number
                 WHERE {LEFT_BEHIND}
                     AND NOT EXISTS (SELECT 1 FROM step_mark m WHERE m.case_number = c.number AND m.step = ?1)
                 ORDER BY a.case_number, a.number"
            ))?
            .query_map([publication], |row| {
                let (case, release_at) = (CaseId(row.get(0)?), row.get::<_, At>(2)?.0);
                Ok(LeftBehind { case, number: row.get(1)?, release_at })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for advisories that a release left behind")
    }

    /// Cases whose embargo ends at `until`, or ended before.
    pub fn ending(&self, until: Timestamp) -> Result<Vec<Embargoed>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT number, release_at FROM cases
                 WHERE state IN ('embargoed', 'predisclosed') AND release_at <= ?1 ORDER BY release_at, number",
            )?
            .query_map(params![At(until)], embargoed)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for embargoes that end")
    }

    /// The first embargo that ends after that moment.
    pub fn first_ending_after(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT min(release_at) FROM cases WHERE state IN ('embargoed', 'predisclosed') AND release_at > ?1",
            )?
            .query_row(params![At(after)], |row| Ok(row.get::<_, Option<At>>(0)?.map(|at| at.0)))
            .context("Looking when the next embargo ends")
    }

    /// Since when nothing is released because the clock jumped.
    pub fn jumped_at(&self) -> Result<Option<Timestamp>> {
        self.0
            .connection
            .prepare_cached("SELECT min(at) FROM clock_jump WHERE ended_at IS NULL")?
            .query_row([], |row| Ok(row.get::<_, Option<At>>(0)?.map(|at| at.0)))
            .context("Looking whether the clock jumped")
    }

    /// Somebody says that the clock is right. `false`: nobody doubted it.
    pub fn clock_is_right(&self, by: &str, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute("UPDATE clock_jump SET ended_at = ?1, ended_by = ?2 WHERE ended_at IS NULL", params![At(now), by])
            .context("Noting that the clock is right")?;
        Ok(rows > 0)
    }
}

fn embargoed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Embargoed> {
    Ok(Embargoed { case: CaseId(row.get(0)?), release_at: row.get::<_, At>(1)?.0 })
}

#[cfg(test)]
mod tests {
    use super::super::{progress, signing};
    use super::*;
    use crate::store::testing::scratch;

    /// However many advisories there ever were: what each tick asks looks at those that are on their way.
    #[tokio::test]
    async fn what_each_tick_asks_reads_no_table_from_its_beginning_to_its_end() {
        let questions =
            [members_wait(), all_wait(), OUTLIVED.into(), progress::ON_THEIR_WAY.into(), signing::unsigned_sql()];
        let scratch = scratch();
        let plans = scratch.store.write(move |rows| {
            let mut plans = Vec::new();
            for question in questions {
                let mut statement = rows.connection.prepare(&format!("EXPLAIN QUERY PLAN {question}"))?;
                let values = vec![""; statement.parameter_count()];
                let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3))?;
                plans.push(steps.collect::<rusqlite::Result<Vec<String>>>()?);
            }
            Ok(plans)
        });
        for plan in plans.await.unwrap() {
            let reads: Vec<&String> =
                plan.iter().filter(|step| step.contains("SCAN") || step.contains("SEARCH")).collect();
            assert!(!reads.is_empty(), "{plan:?}");
            let indexed =
                |step: &String| step.contains(" USING ") || step.contains("pause") || step.contains("clock_jump");
            assert!(reads.into_iter().all(indexed), "{plan:?}");
        }
    }
}
