//! When things are proposed to happen: working days and the hour of release. Rules bind what the program proposes,
//! never what people decide.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

/// How a project usually spaces its disclosures (profile table `[schedule]`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Working days from the report to the predisclosure.
    pub predisclosure: Delay,
    /// Working days from the predisclosure to the release.
    #[serde(deserialize_with = "release_delay")]
    pub release: Delay,
    /// The hour of both, in UTC.
    #[serde(deserialize_with = "hour_of_day")]
    pub release_hour: Time,
}

/// A distance between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    pub working_days: u16,
}

/// What the release is counted from. One way only so far; a profile may say so in words: `after = "predisclosure"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum After {
    Predisclosure,
}

fn release_delay<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Delay, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Release {
        working_days: u16,
        after: Option<After>,
    }
    let Release { working_days, after: None | Some(After::Predisclosure) } = Release::deserialize(deserializer)?;
    Ok(Delay { working_days })
}

fn hour_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("“{text}” is not an hour of the day\nGive it an hour in UTC, like \"12:00\"."))
    })
}

/// The dates proposed for one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub predisclosure_at: Timestamp,
    pub release_at: Timestamp,
}

/// The starting point of every negotiation. Xen policy v3.23, "Embargo and disclosure schedule": one working week
/// from the report to the predisclosure, two more to publication. Days are counted in UTC.
pub fn propose(schedule: &Schedule, reported_at: Timestamp) -> Proposal {
    let reported = reported_at.to_zoned(TimeZone::UTC).date();
    let predisclosure = after_working_days(reported, schedule.predisclosure.working_days);
    let release = after_working_days(predisclosure, schedule.release.working_days);
    Proposal {
        predisclosure_at: at_hour(predisclosure, schedule.release_hour).unwrap_or(reported_at),
        release_at: at_hour(release, schedule.release_hour).unwrap_or(reported_at),
    }
}

fn at_hour(date: Date, hour: Time) -> Option<Timestamp> {
    date.to_datetime(hour).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The day `count` working days after `start`; Saturdays and Sundays do not count. "One working week" is five.
/// Near the end of the calendar (year 9999) it stays where it is.
pub fn after_working_days(start: Date, count: u16) -> Date {
    start.series(1.day()).skip(1).filter(|day| works(*day)).take(usize::from(count)).last().unwrap_or(start)
}

fn works(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn working_days_worked_out_by_hand() {
        for (start, count, expected) in [
            ("2026-11-20", 0, "2026-11-20"),  // nothing to wait for
            ("2026-11-20", 1, "2026-11-23"),  // Friday to Monday
            ("2026-11-21", 1, "2026-11-23"),  // Saturday
            ("2026-11-22", 1, "2026-11-23"),  // Sunday
            ("2026-11-23", 5, "2026-11-30"),  // one working week
            ("2026-11-21", 5, "2026-11-27"),  // a week from a Saturday ends on Friday
            ("2026-12-24", 5, "2026-12-31"),  // Xen's list knows no holidays
            ("2026-12-28", 10, "2027-01-11"), // over the year's end
            ("2028-02-28", 2, "2028-03-01"),  // leap day
            ("9999-12-31", 5, "9999-12-31"),  // the calendar ends
        ] {
            assert_eq!(after_working_days(day(start), count), day(expected), "{start} + {count}");
        }
    }

    #[test]
    fn one_working_week_then_two_at_noon() {
        let schedule = Schedule {
            predisclosure: Delay { working_days: 5 },
            release: Delay { working_days: 10 },
            release_hour: jiff::civil::time(12, 0, 0, 0),
        };
        let proposal = propose(&schedule, "2026-11-23T09:30:00Z".parse().unwrap());
        assert_eq!(proposal.predisclosure_at.to_string(), "2026-11-30T12:00:00Z");
        assert_eq!(proposal.release_at.to_string(), "2026-12-14T12:00:00Z");
    }

    proptest::proptest! {
        #[test]
        fn never_on_a_weekend_and_never_backwards(days in 0i32..2_000_000, count in 1u16..60) {
            let start = day("1990-01-01").saturating_add(days.days());
            let end = after_working_days(start, count);
            proptest::prop_assert!(works(end));
            proptest::prop_assert!(end > start);
            proptest::prop_assert!(after_working_days(start, count + 1) > end);
        }
    }
}
