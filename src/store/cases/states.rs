//! What changes about a case by the team's word: its title, its owner, its state. Each is one guarded UPDATE; `false`
//! when there was nothing to change.

use anyhow::{Context, Result};
use rusqlite::{ToSql, params};

use super::Cases;
use crate::rules::label::CaseId;

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

    /// It is no report at all. `false` past triage.
    pub fn close_as_spam(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET state = 'invalid', spam = 1 WHERE number = ?1 AND state IN ('held', 'triage')";
        self.change(sql, params![case.0], "Closing a case as spam")
    }

    /// It was about something else than a security problem, and that is done. `false` past triage.
    pub fn close(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET state = 'closed' WHERE number = ?1 AND state IN ('held', 'triage')";
        self.change(sql, params![case.0], "Closing a case")
    }

    /// `false` when it is not closed.
    pub fn reopen(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET state = 'triage', spam = 0
                   WHERE number = ?1 AND state IN ('invalid', 'duplicate', 'closed')";
        self.change(sql, params![case.0], "Opening a case again")
    }

    /// However its mails move, its reporter knows which case theirs is.
    pub fn reporter_was_told(&self, case: CaseId) -> Result<bool> {
        let sql = "UPDATE cases SET reporter_told = 1 WHERE number = ?1 AND reporter_told = 0";
        self.change(sql, params![case.0], "Noting that a reporter knows their case")
    }

    fn change(&self, sql: &str, values: &[&dyn ToSql], doing: &'static str) -> Result<bool> {
        let rows = self.0.connection.prepare_cached(sql)?.execute(values).context(doing)?;
        Ok(super::super::changed_one(rows))
    }
}
