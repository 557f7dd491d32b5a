//! What changes about a case by the team's word: its title, its owner, its state. Each is one guarded UPDATE; `false`
//! when there was nothing to change.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Row, ToSql, params};

use super::Cases;
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::store::time::At;

/// The state in a column.
pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let text: String = row.get(column)?;
    State::parse(&text).ok_or_else(|| {
        let problem = format!("no case is “{text}”").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, problem)
    })
}

/// A case that the world does not know of.
pub struct NotPublic {
    pub case: CaseId,
    pub title: String,
    /// The title came encrypted.
    pub sealed: bool,
    /// Numbers of its advisories: `480`.
    pub advisories: Vec<String>,
    pub cves: Vec<String>,
}

impl Cases<'_> {
    /// `sealed`: this title came encrypted. The one it has is kept so, if it is the same.
    pub fn set_title(&self, case: CaseId, title: &str, sealed: bool) -> Result<bool> {
        let sql = "UPDATE cases SET title = ?2, title_sealed = ?3 WHERE number = ?1 AND title <> ?2";
        self.change(sql, params![case.0, title, sealed], "Naming a case")
    }

    /// Who of the team takes care of it. Whoever leaves the team does so no more: a trigger sees to that.
    pub fn set_owner(&self, case: CaseId, person: i64) -> Result<bool> {
        let sql = "UPDATE cases SET owner = ?2 WHERE number = ?1 AND owner IS NOT ?2";
        self.change(sql, params![case.0, person], "Giving a case to somebody")
    }

    /// What the life of a case came to, by `rules::life`, and when it first was told to the list and published. `false` when
    /// it is not in the state `from` (any more).
    pub fn go(&self, case: CaseId, from: State, to: State, at: Timestamp) -> Result<bool> {
        let sql = "UPDATE cases SET state = ?3, state_since = CASE WHEN ?2 = ?3 THEN state_since ELSE ?4 END,
                          spam = CASE WHEN ?3 = 'triage' THEN 0 ELSE spam END,
                          predisclosed_at = CASE WHEN ?3 = 'predisclosed' THEN coalesce(predisclosed_at, ?4)
                                                 ELSE predisclosed_at END,
                          released_at = CASE WHEN ?3 = 'released' THEN coalesce(released_at, ?4) ELSE released_at END
                   WHERE number = ?1 AND state = ?2";
        self.change(sql, params![case.0, from.as_str(), to.as_str(), At(at)], "Changing the state of a case")
    }

    /// It was closed as no report at all.
    pub fn note_spam(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET spam = 1 WHERE number = ?1 AND state = 'invalid' AND spam = 0";
        self.change(sql, params![case.0], "Noting that a case is spam")
    }

    /// It was about something else than a security problem, and that is done. `false` past triage.
    pub fn close(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET state = 'closed' WHERE number = ?1 AND state IN ('held', 'triage')";
        self.change(sql, params![case.0], "Closing a case")
    }

    /// Nothing is known of it but one mail and answers to what the desk asked: nobody takes care of it or was added to
    /// it, nothing was noted, and the team wrote to nobody.
    pub fn is_one_request(&self, case: CaseId) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM cases c WHERE number = ?1 AND owner IS NULL
                     AND NOT EXISTS (SELECT 1 FROM note WHERE case_number = ?1)
                     AND NOT EXISTS (SELECT 1 FROM participant WHERE case_number = ?1 AND role <> 'reporter')
                     AND NOT EXISTS (SELECT 1 FROM entry WHERE case_number = ?1 AND to_reporter = 1)
                     AND (SELECT count(DISTINCT effect) FROM entry
                          WHERE case_number = ?1 AND standing <> 'team' AND joined_by <> 'token') <= 1",
            )?
            .exists([case.0])
            .context("Looking whether a case is one request")
    }

    /// Whether something is under embargo now.
    pub fn is_any_embargoed(&self) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM cases WHERE state IN ('embargoed', 'predisclosed')")?
            .exists([])
            .context("Looking whether a case is under embargo")
    }

    /// Its first mail waits for a moderator. `false` when it is not new.
    pub fn hold(&self, case: CaseId) -> Result<bool> {
        self.change(
            "UPDATE cases SET state = 'held' WHERE number = ?1 AND state = 'triage'",
            params![case.0],
            "Holding a case",
        )
    }

    /// A moderator let its first mail through. `false` when it is not held.
    pub fn let_through(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET state = 'triage' WHERE number = ?1 AND state = 'held'";
        self.change(sql, params![case.0], "Letting a case through")
    }

    /// Cases that are not public: what nobody may name in the wrong place.
    pub fn not_public(&self) -> Result<Vec<NotPublic>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT number, title, title_sealed,
                        (SELECT group_concat(number, ' ') FROM advisory a WHERE a.case_number = cases.number),
                        (SELECT group_concat(id, ' ') FROM cve v WHERE v.case_number = cases.number)
                 FROM cases WHERE state IN ('held', 'triage', 'confirmed', 'passed', 'embargoed', 'predisclosed')
                       OR (state = 'public' AND public_at IS NULL) ORDER BY number",
            )?
            .query_map([], |row| {
                let words = |text: Option<String>| -> Vec<String> {
                    text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
                };
                Ok(NotPublic {
                    case: CaseId(row.get(0)?),
                    title: row.get(1)?,
                    sealed: row.get(2)?,
                    advisories: words(row.get(3)?),
                    cves: words(row.get(4)?),
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the cases that are not public")
    }

    /// However its mails move, its reporter knows which case theirs is.
    pub fn reporter_was_told(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET reporter_told = 1 WHERE number = ?1 AND reporter_told = 0";
        self.change(sql, params![case.0], "Noting that a reporter knows their case")
    }

    pub(super) fn change(&self, sql: &str, values: &[&dyn ToSql], doing: &'static str) -> Result<bool> {
        let rows = self.0.connection.prepare_cached(sql)?.execute(values).context(doing)?;
        Ok(super::super::changed_one(rows))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;
    use crate::store::{Rows, Store};

    fn now() -> Timestamp {
        "2026-12-07T09:00:00Z".parse().unwrap()
    }

    fn case(rows: Rows<'_>) -> Result<CaseId> {
        let proposal = Proposal { predisclosure_at: now(), release_at: now() };
        rows.cases().open("Guest can read host memory", false, now(), proposal)
    }

    #[tokio::test]
    async fn whoever_leaves_the_team_takes_care_of_no_case_any_more() {
        let scratch = scratch();
        let owners = scratch.store.write(|rows| {
            let [one, two] = [case(rows)?, case(rows)?];
            let mut owners = Vec::new();
            for (name, case) in [("alice@example.org", one), ("bob@example.org", two)] {
                let person = rows.people().find_or_add("", &name.parse()?)?;
                rows.people().join_team(person.id, false, now())?;
                assert!(rows.cases().set_owner(case, person.id)?);
                assert!(!rows.cases().set_owner(case, person.id)?, "they did already");
                owners.push(person);
            }
            rows.people().leave_team(owners[0].id)?;
            rows.people().join_team(owners[0].id, false, now())?;
            let listed = rows.cases().list()?;
            Ok(listed.into_iter().map(|case| case.owner).collect::<Vec<_>>())
        });
        assert_eq!(owners.await.unwrap(), [Some("bob@example.org".to_owned()), None], "the newest case first");
    }

    #[tokio::test]
    async fn only_what_is_closed_is_spam_and_no_more_once_it_is_open_again() {
        let scratch = scratch();
        let changes = scratch.store.write(|rows| {
            let case = case(rows)?;
            let cases = rows.cases();
            let mut changes = vec![cases.note_spam(case)?, cases.go(case, State::Triage, State::Invalid, now())?];
            changes.extend([cases.note_spam(case)?, cases.note_spam(case)?, cases.get(case)?.unwrap().spam]);
            changes.push(cases.go(case, State::Invalid, State::Triage, now())?);
            changes.push(cases.get(case)?.unwrap().spam);
            Ok(changes)
        });
        assert_eq!(changes.await.unwrap(), [false, true, true, false, true, true, false]);
    }

    #[tokio::test]
    async fn when_a_case_was_released_is_kept_whatever_becomes_of_it() {
        let scratch = scratch();
        let released = scratch.store.write(|rows| {
            let (case, later) = (case(rows)?, "2027-01-07T09:00:00Z".parse()?);
            let released = || anyhow::Ok(rows.cases().get(case)?.unwrap().released_at);
            let mut moments = vec![released()?];
            for (from, to, at) in [
                (State::Triage, State::Released, now()),
                (State::Released, State::Closed, later),
                (State::Closed, State::Released, later),
            ] {
                assert!(rows.cases().go(case, from, to, at)?);
                moments.push(released()?);
            }
            Ok(moments)
        });
        assert_eq!(released.await.unwrap(), [None, Some(now()), Some(now()), Some(now())]);
    }

    /// Until version 8 nobody was shown a title but operators.
    #[tokio::test]
    async fn the_titles_of_an_older_database_are_as_sealed_as_the_reports_they_came_from() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut old = Connection::open(&path).unwrap();
        let seventh = crate::store::migrations::migrations::runner().set_target(refinery::Target::Version(7));
        seventh.run(&mut old).unwrap();
        for (number, sealed) in [(1, 0), (2, 1), (3, 0)] {
            old.execute(
                "INSERT INTO inbox (id, sha256, account, folder, received_at, raw) VALUES (?1, ?1, '', '', '', x'')",
                [number],
            )
            .unwrap();
            old.execute(
                "INSERT INTO cases (number, title, state, received_at, predisclosure_at, release_at)
                 VALUES (?1, '', 'triage', '', '', '')",
                [number],
            )
            .unwrap();
            let entry =
                "INSERT INTO entry (case_number, inbox, author, author_key, standing, joined_by, evidence, answer,
                                            effect, sealed)
                         VALUES (?1, ?1, '', '', 'reporter', 'report', 'none', 'none', '', ?2)";
            old.execute(entry, [number, sealed]).unwrap();
        }
        // What was encrypted later says nothing of the title.
        old.execute("UPDATE entry SET sealed = 1, joined_by = 'reference' WHERE case_number = 3", []).unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let listed = store.write(|rows| rows.cases().list()).await.unwrap();
        assert_eq!(listed.iter().map(|case| case.title_sealed).collect::<Vec<_>>(), [false, true, false]);
    }
}
