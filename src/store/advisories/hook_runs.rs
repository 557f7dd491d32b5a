//! The operator's programs that are run after a release: which are to be run, which are, and how they ended.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::Serialize;

use super::Advisories;
use crate::rules::label::VersionId;
use crate::store::time::At;

/// Why one is told of that waits: it is not run yet, and is as soon as somebody takes it.
pub const NOBODY_TOOK_IT: &str = "waits in the spool: nobody has taken it";

/// One program to be run after the release of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRun {
    pub id: i64,
    /// As the settings call it.
    pub hook: String,
    pub version: VersionId,
    pub number: i64,
    /// From 1.
    pub attempt: u32,
    /// When it was put into the spool; `None`: it is not there.
    pub spooled_at: Option<Timestamp>,
    /// When it is tried again, after it failed.
    pub next_at: Option<Timestamp>,
    /// Why it failed, or why nothing is heard of it; empty otherwise.
    pub failure: String,
}

/// As people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedRun {
    pub id: i64,
    pub hook: String,
    pub number: i64,
    pub version: u32,
    /// `waiting`, `running`, `overdue`, `done`, `failed`.
    pub state: &'static str,
    pub attempt: u32,
    pub at: String,
    pub ended_at: Option<String>,
    pub failure: String,
}

const SELECT: &str = "SELECT r.id, r.hook, r.version, v.advisory, r.attempt, r.spooled_at, r.next_at, r.failure
    FROM hook_run r JOIN advisory_version v ON v.id = r.version";

impl Advisories<'_> {
    /// A program is to be run for a version. `false`: that was said before.
    pub fn run_hook(&self, hook: &str, version: VersionId, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("INSERT INTO hook_run (hook, version, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![hook, version.0, At(now)])
            .context("Noting that a program is to be run")?;
        Ok(crate::store::changed_one(rows))
    }

    /// What is to be put into the spool now, the oldest first.
    pub fn hooks_to_spool(&self, now: Timestamp) -> Result<Vec<HookRun>> {
        let sql = format!(
            "{SELECT} WHERE r.ended_at IS NULL AND r.spooled_at IS NULL AND coalesce(r.next_at, '') <= ?1 ORDER BY r.id"
        );
        self.hook_runs(&sql, params![At(now)])
    }

    /// Of which people were told that it failed, and nobody that it worked after all.
    pub fn mended_hooks(&self) -> Result<Vec<HookRun>> {
        let sql =
            format!("{SELECT} WHERE r.ended_at IS NOT NULL AND r.failure = '' AND r.told_at IS NOT NULL ORDER BY r.id");
        self.hook_runs(&sql, params![])
    }

    /// People are told that it worked after all. `false`: they were.
    pub fn hook_mended_told(&self, id: i64) -> Result<bool> {
        self.change_hook(
            "UPDATE hook_run SET told_at = NULL
             WHERE id = ?1 AND ended_at IS NOT NULL AND failure = '' AND told_at IS NOT NULL",
            params![id],
        )
    }

    /// What is in the spool, as far as is known.
    pub fn hooks_in_spool(&self) -> Result<Vec<HookRun>> {
        let sql = format!("{SELECT} WHERE r.ended_at IS NULL AND r.spooled_at IS NOT NULL ORDER BY r.id");
        self.hook_runs(&sql, params![])
    }

    /// Of which nobody was told that it failed.
    pub fn failed_hooks(&self) -> Result<Vec<HookRun>> {
        self.hook_runs(&format!("{SELECT} WHERE r.failure <> '' AND r.told_at IS NULL ORDER BY r.id"), params![])
    }

    /// When the next one is to be tried again.
    pub fn next_hook_at(&self) -> Result<Option<Timestamp>> {
        self.0
            .connection
            .prepare_cached("SELECT min(next_at) FROM hook_run WHERE ended_at IS NULL AND spooled_at IS NULL")?
            .query_row([], |row| Ok(row.get::<_, Option<At>>(0)?.map(|at| at.0)))
            .context("Looking for the next hook")
    }

    /// Whether anything is to be done about any: put, looked for, tried again, told.
    pub fn has_hooks(&self) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM hook_run WHERE ended_at IS NULL OR (failure <> '') = (told_at IS NULL)")?
            .exists([])
            .context("Looking for hooks")
    }

    /// Whether another program still needs the files of a version.
    pub fn has_hooks_to_run(&self, version: VersionId) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM hook_run WHERE version = ?1 AND ended_at IS NULL")?
            .exists([version.0])
            .context("Looking for hooks of a version")
    }

    /// `false`: it is there already, or has ended.
    pub fn hook_spooled(&self, id: i64, now: Timestamp) -> Result<bool> {
        self.change_hook(
            "UPDATE hook_run SET spooled_at = ?2, failure = iif(told_at IS NULL, failure, '') WHERE id = ?1 AND spooled_at IS NULL AND ended_at IS NULL",
            params![id, At(now)],
        )
    }

    /// It worked. `false`: that is known.
    pub fn hook_done(&self, id: i64, now: Timestamp) -> Result<bool> {
        self.change_hook(
            "UPDATE hook_run SET ended_at = ?2, failure = '' WHERE id = ?1 AND ended_at IS NULL",
            params![id, At(now)],
        )
    }

    /// It failed, for good or until then. People are told of the first failure and of the last.
    pub fn hook_failed(&self, id: i64, failure: &str, again: Option<Timestamp>, now: Timestamp) -> Result<bool> {
        match again {
            None => self.change_hook(
                "UPDATE hook_run SET ended_at = ?2, failure = ?3, told_at = NULL WHERE id = ?1 AND ended_at IS NULL",
                params![id, At(now), failure],
            ),
            Some(again) => self.change_hook(
                "UPDATE hook_run SET spooled_at = NULL, next_at = ?2, attempt = attempt + 1, failure = ?3
                 WHERE id = ?1 AND ended_at IS NULL",
                params![id, At(again), failure],
            ),
        }
    }

    /// Nothing is heard of it in time; what is heard later counts. `false`: that is known.
    pub fn hook_overdue(&self, id: i64, failure: &str) -> Result<bool> {
        self.change_hook(
            "UPDATE hook_run SET failure = ?2, told_at = NULL WHERE id = ?1 AND ended_at IS NULL AND failure = ''",
            params![id, failure],
        )
    }

    /// People are told that it failed. `false`: they were.
    pub fn hook_told(&self, id: i64, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE hook_run SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL";
        self.change_hook(sql, params![id, At(now)])
    }

    /// An operator wants one that failed run again. `false`: there is no such, or its last attempt is not over.
    pub fn hook_again(&self, id: i64) -> Result<bool> {
        self.change_hook(
            "UPDATE hook_run SET spooled_at = NULL, next_at = NULL, ended_at = NULL, failure = '', attempt = attempt + 1
             WHERE id = ?1 AND failure <> '' AND (ended_at IS NOT NULL OR spooled_at IS NULL)",
            params![id],
        )
    }

    /// All of them, the oldest first.
    pub fn listed_hooks(&self) -> Result<Vec<ListedRun>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT r.id, r.hook, v.advisory, v.public_version, r.attempt, r.at, r.spooled_at, r.ended_at, r.failure
                 FROM hook_run r JOIN advisory_version v ON v.id = r.version ORDER BY r.id",
            )?
            .query_map([], listed)?
            .collect::<rusqlite::Result<_>>()
            .context("Listing hooks")
    }

    fn change_hook(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<bool> {
        let rows = self.0.connection.prepare_cached(sql)?.execute(params).context("Noting how a hook fares")?;
        Ok(crate::store::changed_one(rows))
    }

    fn hook_runs(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<HookRun>> {
        self.0
            .connection
            .prepare_cached(sql)?
            .query_map(params, |row| {
                let at = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<At>>(column)?.map(|at| at.0));
                Ok(HookRun {
                    id: row.get(0)?,
                    hook: row.get(1)?,
                    version: VersionId(row.get(2)?),
                    number: row.get(3)?,
                    attempt: row.get(4)?,
                    spooled_at: at(5)?,
                    next_at: at(6)?,
                    failure: row.get(7)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading hooks")
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<ListedRun> {
    let (spooled, ended): (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
    let failure: String = row.get(8)?;
    let state = match (&spooled, &ended, failure.is_empty()) {
        (_, Some(_), true) => "done",
        (Some(_), None, false) => "overdue",
        (_, _, false) => "failed",
        (Some(_), None, true) => "running",
        (None, None, true) => "waiting",
    };
    Ok(ListedRun {
        id: row.get(0)?,
        hook: row.get(1)?,
        number: row.get(2)?,
        version: row.get(3)?,
        state,
        attempt: row.get(4)?,
        at: row.get(5)?,
        ended_at: ended,
        failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::advisories::testing::{drafted, release};
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn a_hook_is_run_once_for_a_version_and_again_only_when_it_failed() {
        let scratch = scratch();
        let (now, later): (Timestamp, Timestamp) =
            ("2026-12-15T12:00:00Z".parse().unwrap(), "2026-12-15T12:01:00Z".parse().unwrap());
        let outcome = scratch.store.write(move |rows| {
            let advisories = rows.advisories();
            let version = drafted(rows, 480, 1, &[], now)?;
            release(rows, version, now)?;
            for hook in ["push", "tell"] {
                assert!(advisories.run_hook(hook, version, now)? && !advisories.run_hook(hook, version, later)?);
            }
            let waiting = advisories.hooks_to_spool(now)?;
            let named: Vec<(&str, i64)> = waiting.iter().map(|run| (run.hook.as_str(), run.number)).collect();
            assert_eq!(named, [("push", 480), ("tell", 480)]);
            let (push, tell) = (waiting[0].id, waiting[1].id);

            assert!(advisories.hook_spooled(push, now)? && !advisories.hook_spooled(push, now)?);
            assert!(advisories.hook_done(push, now)? && !advisories.hook_done(push, now)?);
            assert!(!advisories.hook_again(push)?, "what worked is never repeated");

            assert!(advisories.hook_spooled(tell, now)?);
            assert!(advisories.hook_failed(tell, "ended with 1", Some(later), now)?);
            assert_eq!((advisories.hooks_to_spool(now)?.len(), advisories.next_hook_at()?), (0, Some(later)));
            assert_eq!(advisories.failed_hooks()?[0].failure, "ended with 1");
            assert!(advisories.hook_told(tell, now)? && !advisories.hook_told(tell, now)?);
            let again = advisories.hooks_to_spool(later)?;
            assert_eq!((again.len(), again[0].attempt), (1, 2));
            assert!(advisories.hook_spooled(tell, later)?);
            assert!(advisories.hook_failed(tell, "ended with 1", None, later)?);
            assert!(!advisories.has_hooks_to_run(version)?);
            assert_eq!(advisories.failed_hooks()?.len(), 1, "people are told of the last failure, too");
            assert!(advisories.has_hooks()? && advisories.hook_told(tell, later)?);
            assert!(!advisories.has_hooks()?);
            assert!(advisories.hook_again(tell)?);
            assert_eq!(advisories.hooks_to_spool(later)?[0].attempt, 3);
            let states: Vec<&str> = advisories.listed_hooks()?.iter().map(|run| run.state).collect();
            assert_eq!(states, ["done", "waiting"]);

            assert!(advisories.hook_spooled(tell, later)?);
            assert!(
                advisories.hook_overdue(tell, "nobody took it")? && !advisories.hook_overdue(tell, "nobody took it")?
            );
            assert_eq!(advisories.failed_hooks()?.len(), 1);
            assert!(!advisories.hook_again(tell)?, "it may run yet");
            assert_eq!(advisories.listed_hooks()?[1].state, "overdue");
            assert!(advisories.hook_told(tell, later)?);
            assert!(advisories.hook_done(tell, later)?, "what is heard later counts");
            assert_eq!(advisories.failed_hooks()?, []);
            let mended: Vec<i64> = advisories.mended_hooks()?.iter().map(|run| run.id).collect();
            assert_eq!(mended, [tell], "and is told to those who know of the failure");
            assert!(advisories.has_hooks()?);
            assert!(advisories.hook_mended_told(tell)? && !advisories.hook_mended_told(tell)?);
            assert!(!advisories.has_hooks()?);
            Ok(())
        });
        outcome.await.unwrap();
    }
}
