//! What waits for the team: a complete application that nobody decided about.

use anyhow::{Result, ensure};
use jiff::Timestamp;

use crate::desk::Desk;
use crate::handlers::say;
use crate::policy::membership::Membership;
use crate::rules::reminders;
use crate::rules::schedule::Calendar;
use crate::store::applications::{Application, State};

/// How many reminders about it were due by now.
pub fn due(times: &Membership, calendar: &Calendar, application: &Application, now: Timestamp) -> u32 {
    match application.state {
        State::Complete => reminders::due_by(now, first(times, calendar, application), times.team_again_days),
        _ => 0,
    }
}

fn first(times: &Membership, calendar: &Calendar, application: &Application) -> Timestamp {
    reminders::working_days_later(calendar, application.changed_at, times.team_working_days)
}

/// Reminds the team; `number` of the reminders were due by now.
pub fn remind(desk: &mut Desk<'_>, application: &Application, number: u32) -> Result<()> {
    let id = application.id;
    let reminded = desk.rows.applications().reminded_up_to(id, application.reminders, number)?;
    ensure!(reminded, "the team was reminded of application {id} meanwhile");
    desk.record("desk", "none", "remind team", &format!("application {id}"), &format!("reminder {number}"))?;
    let (times, calendar) = (&desk.policy.profile.membership, &desk.policy.calendar);
    let next = reminders::next_after(number, first(times, calendar, application), times.team_again_days);
    for member in desk.rows.people().team()? {
        let letter = say::decisions::waits(desk, application, next, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
