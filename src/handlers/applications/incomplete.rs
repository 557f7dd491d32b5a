//! Applications that nobody completes: one reminder, and in the end a kind word. Derived from their state, so that a desk
//! that was down for long writes one letter, not two.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::desk::Desk;
use crate::handlers::say::intake::{self as say, Found};
use crate::policy::profile::Profile;
use crate::rules::checklist::{Overdue, ruled};
use crate::store::Rows;
use crate::store::applications::{Application, State};

/// Those that something is due of.
pub fn due(rows: Rows<'_>, profile: &Profile, now: Timestamp) -> Result<Vec<(Application, Overdue)>> {
    let Some(checklist) = &profile.application else { return Ok(Vec::new()) };
    let waiting =
        rows.applications().waiting()?.into_iter().filter(|application| application.state == State::Incomplete);
    let overdue = |application: Application| {
        let overdue = checklist.times.overdue(application.changed_at, application.reminders, now)?;
        Some((application, overdue))
    };
    Ok(waiting.filter_map(overdue).collect())
}

/// The name of the event.
pub fn cause(application: &Application, overdue: Overdue) -> String {
    let what = match overdue {
        Overdue::Remind => "reminded",
        Overdue::Close => "closed",
    };
    format!("application {} {what}, without a word since {}", application.id, application.changed_at)
}

/// Reminds an applicant, or closes their application.
pub fn tell(desk: &mut Desk<'_>, application: &Application, overdue: Overdue) -> Result<()> {
    let policy = desk.policy;
    let checklist = policy.profile.application.as_ref().context("An application without a checklist")?;
    let (id, rows) = (application.id, desk.rows.applications());
    let (changed, act) = match overdue {
        Overdue::Remind => (rows.reminded(id, application.reminders)?, "remind applicant"),
        Overdue::Close => (rows.expire(id, desk.now)?, "expire"),
    };
    ensure!(changed, "application {id} changed meanwhile");
    let rulings = rows.rulings(id)?;
    let findings = ruled(&application.findings, &rulings);
    let found = Found { checklist, findings: &findings, rulings: &rulings };
    desk.record(
        "desk",
        "none",
        act,
        &format!("application {id}"),
        &format!("without a word since {}", application.changed_at),
    )?;
    let letter = say::reminder(desk, found, application, overdue == Overdue::Close)?;
    let message_id = desk.send(&letter, None)?;
    desk.rows.applications().add_to_thread(id, &message_id)
}
