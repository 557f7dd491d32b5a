//! The weekly list of everything open, for each member of the team; only when there is something. It has what was open
//! when the week began, so that one that comes late tells the same.

use anyhow::Result;
use jiff::Timestamp;

use crate::desk::Desk;
use crate::handlers::say;
use crate::handlers::say::ways::Ways;
use crate::policy::Policy;
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::rules::playbook::{Fact, first_to_do, standing, urgency};
use crate::store::Rows;
use crate::store::applications::Application;
use crate::store::held::HeldPost;
use crate::store::joinings::Joining;

/// Everything open.
pub struct Open {
    /// The most urgent first.
    pub cases: Vec<OpenCase>,
    pub applications: Vec<Application>,
    pub posts: Vec<HeldPost>,
    pub joining: Vec<Joining>,
}

impl Open {
    pub fn count(&self) -> usize {
        self.cases.len() + self.applications.len() + self.posts.len() + self.joining.len()
    }
}

/// One line of it.
pub struct OpenCase {
    pub number: CaseId,
    pub state: &'static str,
    pub release_at: Timestamp,
    /// It has no embargo any more, and its advisory is not out.
    pub public_at: Option<Timestamp>,
    /// Who holds it, by name or address; empty: nobody does.
    pub held_by: String,
    /// What to do first, with when it is due.
    pub next: Option<(String, Option<Timestamp>)>,
}

/// The week whose list is to be written now. Of one in which nothing was open it is written down that it needs none.
pub fn due(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(week) = policy.profile.reminders.week(now) else { return Ok(None) };
    if !rows.weekly().is_due(week)? {
        return Ok(None);
    }
    if open(rows, policy, week, now)?.count() == 0 {
        rows.weekly().done(week, now)?;
        return Ok(None);
    }
    Ok(Some(week))
}

pub fn tell(desk: &mut Desk<'_>, week: Timestamp) -> Result<()> {
    if !desk.rows.weekly().done(week, desk.now)? {
        return Ok(());
    }
    let open = open(desk.rows, desk.policy, week, desk.now)?;
    if open.count() == 0 {
        return Ok(()); // What was open a moment ago is not any more.
    }
    let count = format!("{} things are open", open.count());
    desk.record("desk", "none", "weekly list", &format!("week of {week}"), &count)?;
    for member in desk.rows.people().team()? {
        let letter = say::weekly::weekly(desk, &open, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// What is open since before the week began.
fn open(rows: Rows<'_>, policy: &Policy, week: Timestamp, now: Timestamp) -> Result<Open> {
    let mut cases = Vec::new();
    for (number, situation) in rows.steps().situations(&rows.steps().open()?)? {
        if situation.received_at >= week {
            continue;
        }
        let steps = standing(&policy.profile.playbook, &policy.calendar, &situation, now);
        let ways = Ways::of(rows, number, true)?;
        let next = first_to_do(&steps).map(|one| (ways.title(one.step), one.due_at));
        let (state, release_at) = (situation.state, situation.release_at);
        let public_at = situation.facts.get(&Fact::Public).copied().filter(|_| state == State::Public);
        let (state, held_by) = (state.as_str(), ways.holder().to_owned());
        cases.push((urgency(&steps, &situation), OpenCase { number, state, release_at, public_at, held_by, next }));
    }
    cases.sort_by_key(|(urgency, case)| (*urgency, case.number));
    let (mut applications, mut posts) = (rows.applications().waiting()?, rows.held().waiting()?);
    let mut joining = rows.joinings().open()?;
    applications.retain(|one| one.received_at < week);
    posts.retain(|one| one.held_at < week);
    joining.retain(|one| one.since < week);
    Ok(Open { cases: cases.into_iter().map(|(_, case)| case).collect(), applications, posts, joining })
}
