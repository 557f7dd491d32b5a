//! The steps of cases: what the tables say of a case, as far as its steps and reminders follow from it; what people said
//! of a step, and of what they were told. One statement reads many cases at once, however many there are.

mod watched;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::Rows;
use super::time::At;
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::rules::playbook::{Fact, Mark, Marked, Situation, Standing};

/// Stands for “not before something changes”.
const NEVER: &str = "9999-12-31T00:00:00Z";

/// What somebody said of a step.
pub struct Saying<'a> {
    pub case: CaseId,
    pub step: &'a str,
    pub mark: Mark,
    pub reason: &'a str,
    /// The mail that said so came encrypted.
    pub sealed: bool,
    /// `None`: the desk did it.
    pub person: Option<i64>,
    pub at: Timestamp,
}

/// What somebody said of a step, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub step: String,
    pub mark: Mark,
    pub reason: String,
    pub sealed: bool,
    /// Who said so, by name or address; the desk, if it is empty.
    pub by: String,
    pub at: Timestamp,
}

/// A step of a case, with the fixed keys of DESIGN section 9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub id: String,
    pub state: &'static str,
    pub due_at: Option<String>,
    pub title: String,
    pub policy: String,
    pub owner: &'static str,
    /// Steps that come first.
    pub waits_for: Vec<String>,
}

impl From<&Standing<'_>> for Shown {
    fn from(standing: &Standing<'_>) -> Self {
        let Standing { step, state, due_at, waits_for, by_itself: _ } = standing;
        Self {
            id: step.id.clone(),
            state: state.as_str(),
            due_at: due_at.map(|at| At(at).to_string()),
            title: step.title.clone(),
            policy: step.policy.clone(),
            owner: step.owner.as_str(),
            waits_for: waits_for.iter().map(|id| (*id).to_owned()).collect(),
        }
    }
}

pub struct Steps<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn steps(self) -> Steps<'c> {
        Steps(self)
    }
}

/// The cases with these numbers: ?1 is a list of them.
const THESE: &str = "(SELECT value FROM json_each(?1))";

/// After `FACTS_FROM` columns, facts in the order of `Fact::ALL`. What is known of a time is the earliest at which it may have become so.
const SITUATION: &str = "
    SELECT c.number, c.state, c.received_at, c.predisclosure_at, c.release_at,
        (SELECT max(v.patchless) FROM advisory_version v
         WHERE v.case_number = c.number AND v.predisclosed_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM advisory_version w
                               WHERE w.advisory = v.advisory AND w.id > v.id AND w.predisclosed_at IS NOT NULL)),
        CASE WHEN c.reporter_told = 1 OR NOT EXISTS
                  (SELECT 1 FROM participant r WHERE r.case_number = c.number AND r.role = 'reporter' AND r.state = 'active')
             THEN c.received_at
             ELSE (SELECT min(i.received_at) FROM entry e JOIN inbox i ON i.id = e.inbox
                   WHERE e.case_number = c.number
                         AND (e.to_reporter = 1 OR e.answer <> 'none' AND e.standing IN ('reporter', 'team'))) END,
        iif(c.owner IS NULL, NULL, c.received_at),
        c.confirmed_at,
        c.agreed_at,
        coalesce((SELECT min(n.at) FROM cve n WHERE n.case_number = c.number),
                 (SELECT min(r.at) FROM remark r WHERE r.case_number = c.number AND r.kind = 'no-cve')),
        coalesce((SELECT min(n.at) FROM cve n WHERE n.case_number = c.number),
                 (SELECT min(r.at) FROM remark r WHERE r.case_number = c.number AND r.kind = 'no-cve'), c.cve_requested_at),
        (SELECT min(a.at) FROM advisory a WHERE a.case_number = c.number),
        (SELECT min(s.at) FROM severity s WHERE s.case_number = c.number),
        (SELECT min(a.at) FROM affected a WHERE a.case_number = c.number),
        (SELECT max(p.at) FROM patch p WHERE p.case_number = c.number AND p.replaced_at IS NULL
              AND p.branches <> '[]'
              AND NOT EXISTS (SELECT 1 FROM affected a WHERE a.case_number = c.number AND a.verdict <> 'no'
                  AND NOT EXISTS (SELECT 1 FROM patch q, json_each(q.branches) b
                                  WHERE q.case_number = c.number AND q.replaced_at IS NULL
                                        AND lower(b.value) = lower(a.branch)))),
        (SELECT min(o.since) FROM participant o
         WHERE o.case_number = c.number AND o.role IN ('coordinator', 'vendor') AND o.state = 'active'),
        (SELECT min(r.at) FROM remark r WHERE r.case_number = c.number AND r.kind = 'decision'),
        c.predisclosed_at,
        NULL,
        c.released_at,
        iif(c.state IN ('public', 'released', 'closed'),
            coalesce(min(c.public_at, c.exploited_at), c.public_at, c.exploited_at, iif(c.state = 'public', c.state_since, NULL)),
            NULL),
        c.exploited_at,
        (SELECT max(v.approved_at) FROM advisory_version v
         WHERE v.case_number = c.number AND v.stage <> 'draft' AND v.void_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM advisory a WHERE a.case_number = c.number
                   AND NOT EXISTS (SELECT 1 FROM advisory_version w
                                   WHERE w.advisory = a.number AND w.stage <> 'draft' AND w.void_at IS NULL))),
        (SELECT max(coalesce(v.asked_at, v.at)) FROM advisory_version v
         WHERE v.case_number = c.number AND v.stage = 'draft' AND v.void_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM advisory a WHERE a.case_number = c.number
                   AND NOT EXISTS (SELECT 1 FROM advisory_version w
                                   WHERE w.advisory = a.number AND w.void_at IS NULL))),
        (SELECT max(v.approved_at) FROM advisory_version v
         WHERE v.case_number = c.number AND v.stage = 'approved' AND v.void_at IS NULL
               AND v.embargo_until IS NOT NULL AND v.public_version > v.version),
        (SELECT h.at FROM hold h WHERE h.case_number = c.number AND h.ended_at IS NULL)
    FROM cases c WHERE c.number IN ";

/// Somebody has to do something about it. The index `cases_look` has the same words.
const OPEN: &str = "state NOT IN ('held', 'invalid', 'duplicate', 'passed', 'closed')";
/// While it is a request to join the team, it has no steps to do.
const REPORT: &str = "NOT EXISTS (SELECT 1 FROM joining j WHERE j.case_number = number
                                         AND j.state IN ('vouched', 'accepted', 'agreed'))";

/// The latest that the desk sent to the members is without patches; nothing: it sent them none.
const PATCHLESS: usize = 5;
/// The first column of a fact.
const FACTS_FROM: usize = 6;

impl Steps<'_> {
    pub fn situation(&self, case: CaseId) -> Result<Option<Situation>> {
        Ok(self.situations(&[case])?.remove(&case))
    }

    /// What there is to know of these cases, as far as they exist.
    pub fn situations(&self, cases: &[CaseId]) -> Result<BTreeMap<CaseId, Situation>> {
        let these = listed(cases)?;
        let mut found: BTreeMap<CaseId, Situation> = self
            .0
            .connection
            .prepare_cached(&format!("{SITUATION}{THESE}"))?
            .query_map([&these], situation)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading how cases stand")?;
        let mut marks = self.0.connection.prepare_cached(&format!(
            "SELECT case_number, step, mark, at FROM step_mark WHERE case_number IN {THESE}"
        ))?;
        let marks = marks
            .query_map([&these], |row| {
                let marked = Marked { mark: mark(row, 2)?, at: row.get::<_, At>(3)?.0 };
                Ok((CaseId(row.get(0)?), row.get::<_, String>(1)?, marked))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Reading what was said of steps")?;
        for (case, step, marked) in marks {
            if let Some(situation) = found.get_mut(&case) {
                situation.marks.insert(step, marked);
            }
        }
        Ok(found)
    }

    /// Cases that somebody has to do something about, by their numbers.
    pub fn open(&self) -> Result<Vec<CaseId>> {
        self.0
            .connection
            .prepare_cached(&format!("SELECT number FROM cases WHERE {OPEN} AND {REPORT} ORDER BY number"))?
            .query_map([], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading which cases are open")
    }

    /// Cases of which something may be due by now, by their numbers from `after` on.
    pub fn to_look(&self, now: Timestamp, after: CaseId, max: u32) -> Result<Vec<CaseId>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "SELECT number FROM cases INDEXED BY cases_look
                     WHERE look_at <= ?1 AND number > ?2 AND {OPEN} AND {REPORT} ORDER BY number LIMIT ?3"
            ))?
            .query_map(params![At(now), after.0, max], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for cases of which something is due")
    }

    /// Nothing is due of it before `next`, unless something changes.
    pub fn looked(&self, case: CaseId, next: Option<Timestamp>) -> Result<()> {
        let next = next.map_or_else(|| NEVER.to_owned(), |next| At(next).to_string());
        self.0
            .connection
            .prepare_cached("UPDATE cases SET look_at = ?2 WHERE number = ?1")?
            .execute(params![case.0, next])
            .map(drop)
            .context("Noting when something of a case is due")
    }

    /// All cases are looked at again, if it was by other rules than these that they were. `true`: they are from before there
    /// were any, and were never looked at.
    pub fn look_by(&self, rules: &str) -> Result<bool> {
        let before: Option<String> = self
            .0
            .connection
            .prepare_cached("SELECT looked_by FROM instance")?
            .query_row([], |row| row.get(0))
            .optional()
            .context("Reading by which rules cases were looked at")?;
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE instance SET looked_by = ?1 WHERE looked_by <> ?1")?
            .execute([rules])
            .context("Noting by which rules cases were looked at")?;
        if rows > 0 {
            self.0
                .connection
                .execute("UPDATE cases SET look_at = '' WHERE look_at <> ''", [])
                .context("Looking at all cases again")?;
        }
        Ok(before.as_deref() == Some("before"))
    }

    /// People are told of this cause now. `false` when they were already.
    pub fn tell(&self, case: CaseId, cause: &str, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO case_told (case_number, cause, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![case.0, cause, At(now)])
            .context("Noting what people were told of")?;
        Ok(super::changed_one(rows))
    }

    /// Whether people were told of this cause.
    pub fn is_told(&self, case: CaseId, cause: &str) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM case_told WHERE case_number = ?1 AND cause = ?2")?
            .exists(params![case.0, cause])
            .context("Looking what people were told of")
    }

    /// Somebody says of a step that it is done, or not needed; what was said of it before is over.
    pub fn say(&self, said: &Saying<'_>) -> Result<()> {
        let Saying { case, step, mark, reason, sealed, person, at } = said;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO step_mark (case_number, step, mark, reason, sealed, person, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (case_number, step) DO UPDATE SET mark = excluded.mark, reason = excluded.reason,
                     sealed = excluded.sealed, person = excluded.person, at = excluded.at",
            )?
            .execute(params![case.0, step, mark.as_str(), reason, sealed, person, At(*at)])
            .map(drop)
            .context("Keeping what was said of a step")
    }

    /// What was said of the steps of a case.
    pub fn said(&self, case: CaseId) -> Result<Vec<Said>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT m.step, m.mark, m.reason, m.sealed, coalesce(iif(p.name = '', p.address, p.name), ''), m.at
                 FROM step_mark m LEFT JOIN person p ON p.id = m.person WHERE m.case_number = ?1 ORDER BY m.step",
            )?
            .query_map([case.0], |row| {
                Ok(Said {
                    step: row.get(0)?,
                    mark: mark(row, 1)?,
                    reason: row.get(2)?,
                    sealed: row.get(3)?,
                    by: row.get(4)?,
                    at: row.get::<_, At>(5)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what was said of the steps of a case")
    }
}

/// A list of numbers, for `json_each`.
fn listed(cases: &[CaseId]) -> Result<String> {
    let numbers: Vec<i64> = cases.iter().map(|case| case.0).collect();
    serde_json::to_string(&numbers).context("Writing a list of cases")
}

fn situation(row: &Row<'_>) -> rusqlite::Result<(CaseId, Situation)> {
    let state: String = row.get(1)?;
    let state = State::parse(&state).ok_or_else(|| unknown(1, &state))?;
    let at = |column: usize| row.get::<_, At>(column).map(|at| at.0);
    let mut facts = BTreeMap::new();
    for (index, fact) in Fact::ALL.into_iter().enumerate() {
        if let Some(since) = row.get::<_, Option<At>>(FACTS_FROM + index)? {
            facts.insert(fact, since.0);
        }
    }
    // Of what was sent by hand it follows from two others.
    let patchless: Option<bool> = row.get(PATCHLESS)?;
    if let Some(told) = facts.get(&Fact::Predisclosed).copied()
        && patchless.unwrap_or_else(|| facts.get(&Fact::Patched).is_none_or(|patched| *patched > told))
    {
        facts.insert(Fact::Unpatched, told);
    }
    let [received_at, predisclosure_at, release_at] = [at(2)?, at(3)?, at(4)?];
    let marks = BTreeMap::new();
    Ok((CaseId(row.get(0)?), Situation { state, received_at, predisclosure_at, release_at, facts, marks }))
}

fn mark(row: &Row<'_>, column: usize) -> rusqlite::Result<Mark> {
    let text: String = row.get(column)?;
    Mark::parse(&text).ok_or_else(|| unknown(column, &text))
}

fn unknown(column: usize, text: &str) -> rusqlite::Error {
    let problem = format!("nothing is “{text}”").into();
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, problem)
}

#[cfg(test)]
mod tests;
