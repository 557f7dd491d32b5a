//! A public advisory without a CVE number: the team is reminded, two working days after its release, and then every week.

use anyhow::Result;
use jiff::Timestamp;

use crate::desk::Desk;
use crate::handlers::say;
use crate::rules::reminders;
use crate::rules::schedule::Calendar;
use crate::store::advisories::Numberless;

/// The first reminder comes so long after the release …
const FIRST_WORKING_DAYS: u16 = 2;
/// … and then one comes every so many days.
const EVERY_DAYS: u16 = 7;

/// How many reminders were due by now, and when the next one is.
pub fn reminders(one: &Numberless, calendar: &Calendar, now: Timestamp) -> (u32, Timestamp) {
    let first = reminders::working_days_later(calendar, one.released_at, FIRST_WORKING_DAYS);
    let due = reminders::due_by(now, first, EVERY_DAYS);
    (due, reminders::next_after(due, first, EVERY_DAYS))
}

/// The name of the cause for which people are told.
pub fn cause(one: &Numberless, reminder: u32) -> String {
    format!("advisory {} without a CVE number, reminder {reminder}", one.advisory)
}

/// All of the team is reminded, if it still has none. Each reminder comes once.
pub fn remind(desk: &mut Desk<'_>, one: &Numberless, reminder: u32) -> Result<()> {
    if !desk.rows.advisories().numberless()?.contains(one) {
        return Ok(());
    }
    let cause = cause(one, reminder);
    if !desk.rows.steps().tell(one.case, &cause, desk.now)? {
        return Ok(());
    }
    desk.record("desk", "none", "remind", &format!("case {}", one.case), &cause)?;
    for member in desk.rows.people().team()? {
        let letter = say::advisories::watching::numberless(desk, one, &member.person)?;
        desk.send(&letter, Some(one.case))?;
    }
    Ok(())
}
