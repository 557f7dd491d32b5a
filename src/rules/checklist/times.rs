//! When an application that is not complete is asked for, and when it is closed.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A profile's `[application.times]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Times {
    /// Days without a word after which the applicant is reminded of what is missing, once.
    pub applicant_days: u16,
    /// Days without a word after which the application is closed. The applicant's next mail opens it again.
    pub close_days: u16,
}

/// What is due of an application that nobody completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    Remind,
    Close,
}

/// A week and a month.
impl Default for Times {
    fn default() -> Self {
        Self { applicant_days: 7, close_days: 30 }
    }
}

impl Times {
    /// When it is closed, if nobody writes after `changed_at`.
    pub fn closes_at(&self, changed_at: Timestamp) -> Timestamp {
        after(changed_at, self.close_days)
    }

    /// What is due now, with so many reminders sent since then. After a long stop it is the last of what was missed: nobody
    /// is reminded and told in the same minute that it is too late.
    pub fn overdue(&self, changed_at: Timestamp, reminders: u32, now: Timestamp) -> Option<Overdue> {
        if now >= self.closes_at(changed_at) {
            return Some(Overdue::Close);
        }
        (reminders == 0 && now >= after(changed_at, self.applicant_days)).then_some(Overdue::Remind)
    }
}

fn after(at: Timestamp, days: u16) -> Timestamp {
    at.saturating_add(DAY * i32::from(days)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reminder_after_a_week_and_the_end_after_a_month() {
        let times = Times::default();
        let at = |day: i64| "2026-12-01T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day);
        for (day, reminders, expected) in [
            (6, 0, None),
            (7, 0, Some(Overdue::Remind)),
            (29, 0, Some(Overdue::Remind)),
            (7, 1, None),
            (29, 1, None),
            (30, 1, Some(Overdue::Close)),
            (400, 0, Some(Overdue::Close)),
        ] {
            assert_eq!(times.overdue(at(0), reminders, at(day)), expected, "day {day}, {reminders} reminders");
        }
        assert_eq!(times.closes_at(at(0)), at(30));
        assert_eq!(times.overdue(Timestamp::MAX, 0, Timestamp::MAX), Some(Overdue::Close));
    }
}
