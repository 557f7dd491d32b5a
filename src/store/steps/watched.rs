//! Who waits for whom in cases: discoverers, those who were asked to take part, the team. A statement each, for many cases.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rusqlite::Row;

use super::{Steps, THESE, listed};
use crate::rules::label::CaseId;
use crate::rules::playbook::Watched;
use crate::store::advisories::LEFT_BEHIND;
use crate::store::embargoes::INSISTED;
use crate::store::time::At;

impl Steps<'_> {
    /// These cases with the people in them, as far as somebody may have to be reminded.
    pub fn watched(&self, cases: &[CaseId]) -> Result<BTreeMap<CaseId, Watched>> {
        let these = listed(cases)?;
        let mut found: BTreeMap<CaseId, Watched> =
            self.situations(cases)?.into_iter().map(|(case, situation)| (case, Watched::of(situation))).collect();
        // A machine's mail was not answered, and waits for no answer.
        let theirs = self.all(
            &these,
            "SELECT e.case_number, e.inbox, max(i.received_at) FROM entry e JOIN inbox i ON i.id = e.inbox
             WHERE e.standing = 'reporter' AND e.answer <> 'none' AND e.case_number IN",
            "GROUP BY e.case_number",
            |row| Ok((row.get::<_, i64>(1)?, row.get::<_, At>(2)?.0)),
        )?;
        let ours = self.all(
            &these,
            "SELECT e.case_number, max(i.received_at) FROM entry e JOIN inbox i ON i.id = e.inbox
             WHERE e.to_reporter = 1 AND e.case_number IN",
            "GROUP BY e.case_number",
            |row| Ok(row.get::<_, At>(1)?.0),
        )?;
        let (theirs, ours): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (theirs.into_iter().collect(), ours.into_iter().collect());
        for (case, watched) in &mut found {
            match (theirs.get(case), ours.get(case)) {
                (Some(mail), None) => watched.unanswered = Some(*mail),
                (Some(mail), Some(answered)) if mail.1 > *answered => watched.unanswered = Some(*mail),
                (_, Some(answered)) => watched.silent_since = Some(*answered),
                (None, None) => {}
            }
        }
        for (case, (person, state, since)) in self.all(
            &these,
            "SELECT t.case_number, t.person, t.state, iif(t.state = 'asked', t.since, t.sent_at) FROM participant t
             WHERE (t.state = 'asked' OR t.state = 'active' AND t.sent_at IS NOT NULL AND t.receipt_at IS NULL
                                              AND t.role <> 'reporter')
                   AND NOT EXISTS (SELECT 1 FROM team_member m WHERE m.person = t.person AND m.state = 'active')
                   AND t.case_number IN",
            "ORDER BY t.case_number, t.person",
            |row| Ok((row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, At>(3)?.0)),
        )? {
            let Some(watched) = found.get_mut(&case) else { continue };
            let waiting = if state == "asked" { &mut watched.asked } else { &mut watched.unreceipted };
            waiting.push((person, since));
        }
        let insisted = self
            .0
            .connection
            .prepare_cached(&format!("SELECT i.root, i.id, i.day {INSISTED} ORDER BY i.day DESC, i.id DESC"))?
            .query_map([&these], |row| Ok((CaseId(row.get(0)?), row.get::<_, i64>(1)?, row.get::<_, String>(2)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Reading on which dates discoverers insist")?;
        // The earliest comes last, and stays.
        for (case, hint, day) in insisted {
            if let (Some(watched), Ok(day)) = (found.get_mut(&case), day.parse()) {
                watched.insists = Some((hint, day));
            }
        }
        let since = "SELECT c.number, c.state_since FROM cases c WHERE c.state_since IS NOT NULL AND c.number IN";
        for (case, since) in self.all(&these, since, "", |row| Ok(row.get::<_, At>(1)?.0))? {
            if let Some(watched) = found.get_mut(&case) {
                watched.state_since = Some(since);
            }
        }
        // A revision, or what a release left behind. What the desk wrote anew is as old as its number: somebody may have said
        // since then that all was sent by hand.
        let unreleased = "SELECT u.case_number, max(u.since) FROM (
                 SELECT v.case_number, CASE WHEN v.inbox IS NOT NULL OR EXISTS (SELECT 1 FROM advisory_version w
                         WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL) THEN v.at ELSE a.at END AS since
                 FROM advisory_version v JOIN advisory a ON a.number = v.advisory
                 WHERE v.void_at IS NULL AND v.released_at IS NULL
                 UNION ALL
                 SELECT a.case_number, a.at FROM advisory a JOIN cases c ON c.number = a.case_number WHERE ";
        let unreleased = format!("{unreleased}{LEFT_BEHIND}) u WHERE u.case_number IN");
        for (case, since) in
            self.all(&these, &unreleased, "GROUP BY u.case_number", |row| Ok(row.get::<_, At>(1)?.0))?
        {
            if let Some(watched) = found.get_mut(&case) {
                watched.unreleased_since = Some(since);
            }
        }
        for (case, cause) in
            self.all(&these, "SELECT t.case_number, t.cause FROM case_told t WHERE t.case_number IN", "", |row| {
                row.get::<_, String>(1)
            })?
        {
            if let Some(watched) = found.get_mut(&case) {
                watched.told.insert(cause);
            }
        }
        Ok(found)
    }

    fn all<T>(
        &self,
        these: &str,
        select: &str,
        rest: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<(CaseId, T)>> {
        self.0
            .connection
            .prepare_cached(&format!("{select} {THESE} {rest}"))?
            .query_map([these], |row| Ok((CaseId(row.get(0)?), read(row)?)))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who waits for what in cases")
    }
}
