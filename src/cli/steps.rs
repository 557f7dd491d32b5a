//! The steps of cases as commands show them: how each stands now, and which case is the most urgent.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::instance;
use super::print;
use crate::daemon;
use crate::rules::label::CaseId;
use crate::rules::playbook::{Playbook, Situation, first_to_do, standing, urgency};
use crate::rules::schedule::Calendar;
use crate::settings::Settings;
use crate::store::cases::Listed;
use crate::store::steps::Shown;
use crate::store::{Rows, Store};

/// Cases that are read at once.
const CASES_AT_ONCE: usize = 1000;

/// What steps there are, and what time it is.
#[derive(Clone)]
pub struct Steps {
    playbook: Playbook,
    calendar: Calendar,
    now: Timestamp,
}

impl Steps {
    pub async fn of(settings: &Settings, store: &Store) -> Result<Self> {
        let policy = daemon::policy(settings)?;
        Ok(Self {
            playbook: policy.profile.playbook,
            calendar: policy.calendar,
            now: instance::now(settings, store).await?,
        })
    }

    /// Fills in how the steps of these cases stand.
    pub fn fill(&self, rows: Rows<'_>, cases: &mut [Listed]) -> Result<()> {
        let situations = situations(rows, cases)?;
        for case in cases {
            if let Some(situation) = situations.get(&case.number) {
                case.steps =
                    standing(&self.playbook, &self.calendar, situation, self.now).iter().map(Shown::from).collect();
            }
        }
        Ok(())
    }

    /// The most urgent case first.
    pub fn sort(&self, rows: Rows<'_>, cases: &mut [Listed]) -> Result<()> {
        let urgencies: BTreeMap<CaseId, _> = situations(rows, cases)?
            .into_iter()
            .map(|(case, situation)| {
                (case, urgency(&standing(&self.playbook, &self.calendar, &situation, self.now), &situation))
            })
            .collect();
        let last = (Timestamp::MAX, Timestamp::MAX);
        cases.sort_by_key(|case| (urgencies.get(&case.number).copied().unwrap_or(last), case.number));
        Ok(())
    }

    /// The step of a case to do first, and how that stands.
    pub fn next(&self, rows: Rows<'_>, case: CaseId) -> Result<Option<Shown>> {
        let Some(situation) = rows.steps().situation(case)? else { return Ok(None) };
        Ok(first_to_do(&standing(&self.playbook, &self.calendar, &situation, self.now)).map(Shown::from))
    }
}

fn situations(rows: Rows<'_>, cases: &[Listed]) -> Result<BTreeMap<CaseId, Situation>> {
    let mut all = BTreeMap::new();
    for some in cases.chunks(CASES_AT_ONCE) {
        let numbers: Vec<CaseId> = some.iter().map(|case| case.number).collect();
        all.append(&mut rows.steps().situations(&numbers)?);
    }
    Ok(all)
}

/// All steps of one case, line by line.
pub fn table(steps: &[Shown]) {
    let rows = steps.iter().map(|one| {
        let waits =
            if one.waits_for.is_empty() { String::new() } else { format!("after {}", one.waits_for.join(", ")) };
        let state = if one.state == "overdue" { "OVERDUE" } else { one.state };
        let due = one.due_at.clone().unwrap_or_default();
        vec![one.id.clone(), one.policy.clone(), state.to_owned(), due, one.owner.to_owned(), waits]
    });
    print::table(&["step", "policy", "state", "due", "whose", ""], &rows.collect::<Vec<_>>());
}
