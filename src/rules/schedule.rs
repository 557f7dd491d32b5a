//! When things are proposed to happen: delays, limits, weekday rules, and the hour of release. Rules bind what the program
//! proposes, never what people decide: what those leave of the rules is said (`judge`).

mod calendar;
mod judging;
mod written;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer};

pub use calendar::{Calendar, Closed, Misdated, read_calendar};
pub use judging::{Course, Move, Warning, judge};
pub use written::Day;

/// How a project usually spaces its disclosures (profile table `[schedule]`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// From the report to the predisclosure. `None`: nobody is told before the release.
    #[serde(default, deserialize_with = "written::predisclosure")]
    pub predisclosure: Option<Delay>,
    /// To the release.
    #[serde(deserialize_with = "written::release")]
    pub release: Delay,
    /// The hour of both, in UTC.
    #[serde(deserialize_with = "written::hour_of_day")]
    pub release_hour: Time,
    /// The days of the week on which nobody works.
    #[serde(default = "written::saturday_and_sunday")]
    pub weekend: Vec<Day>,
    #[serde(default, deserialize_with = "written::limits")]
    pub limits: Limits,
    /// Whether dates may be counted anew, because a patch was faulty.
    #[serde(default)]
    pub restart: bool,
}

/// A distance between two events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delay {
    pub length: Length,
    pub after: After,
    /// Days of the week on which it does not end: the next day that will do takes their place.
    pub not_on: Vec<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    WorkingDays(u16),
    /// Whatever day of the week they are.
    Days(u16),
}

/// What a delay is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    Report,
    Predisclosure,
}

/// How early and how late a release may be, all in days after the report. A missing one limits nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub earliest_days: Option<u16>,
    pub latest_days: Option<u16>,
    /// So far an extension may go beyond the latest day.
    pub extended_days: Option<u16>,
    /// So many extensions there may be.
    pub extensions: Option<u16>,
}

/// The dates of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub predisclosure_at: Timestamp,
    pub release_at: Timestamp,
}

/// The starting point of every negotiation, in days of UTC. Xen policy v3.23, "Embargo and disclosure schedule": one
/// working week from the report to the predisclosure, two more to publication.
///
/// Both are on days that are open, and later than the report; the release never goes past the latest day, even where all
/// days before it are closed; who reports later never gets an earlier date.
pub fn propose(schedule: &Schedule, calendar: &Calendar, reported_at: Timestamp) -> Proposal {
    let reported = day_of(reported_at);
    let first = first_day(reported_at, schedule.release_hour);
    let told = schedule.predisclosure.as_ref().map(|delay| {
        let day = delay.length.after(reported, calendar).max(first);
        calendar.open_from(day, &delay.not_on)
    });
    let Limits { earliest_days, latest_days, .. } = schedule.limits;
    let lowest = earliest_days.map_or(first, |days| days_later(reported, days).max(first));
    let start = match schedule.release.after {
        After::Report => reported,
        After::Predisclosure => told.unwrap_or(reported),
    };
    let wanted = schedule.release.length.after(start, calendar).max(lowest).max(told.unwrap_or(lowest));
    let open = calendar.open_from(wanted, &schedule.release.not_on);
    let released = match latest_days.map(|days| days_later(reported, days).max(lowest)) {
        Some(latest) if open > latest => {
            calendar.open_until(latest, &schedule.release.not_on).filter(|day| *day >= lowest).unwrap_or(latest)
        }
        _ => open,
    };
    let told = told.map_or(released, |told| told.min(released));
    Proposal {
        predisclosure_at: at_hour(told, schedule.release_hour).unwrap_or(reported_at),
        release_at: at_hour(released, schedule.release_hour).unwrap_or(reported_at),
    }
}

impl Length {
    fn after(self, start: Date, calendar: &Calendar) -> Date {
        match self {
            Length::WorkingDays(count) => calendar.after_working_days(start, count),
            Length::Days(count) => days_later(start, count),
        }
    }
}

/// The first day whose hour is still to come.
fn first_day(at: Timestamp, hour: Time) -> Date {
    let day = day_of(at);
    match at_hour(day, hour).is_some_and(|then| then > at) {
        true => day,
        false => days_later(day, 1),
    }
}

fn days_later(day: Date, days: u16) -> Date {
    day.saturating_add(i64::from(days).days())
}

/// In UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

pub fn at_hour(date: Date, hour: Time) -> Option<Timestamp> {
    date.to_datetime(hour).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A `Schedule` of which all parts fit together (for a profile's field).
pub fn sound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Schedule, D::Error> {
    let schedule = Schedule::deserialize(deserializer)?;
    written::fits(&schedule).map_err(serde::de::Error::custom)?;
    Ok(schedule)
}

fn weekdays(days: &[Day]) -> impl Iterator<Item = Weekday> {
    days.iter().map(|day| day.weekday())
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
