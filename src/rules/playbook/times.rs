//! Distances in time between an event and what is due: in working days, or in days. The hour of the day stays.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::rules::reminders;

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    WorkingDays(u16),
    Days(u16),
}

impl Span {
    /// The moment so long after another.
    pub fn after(self, at: Timestamp) -> Timestamp {
        match self {
            Span::WorkingDays(count) => reminders::working_days_later(at, count),
            Span::Days(count) => reminders::days_later(at, count),
        }
    }

    /// The moment so long before another.
    pub fn before(self, at: Timestamp) -> Timestamp {
        match self {
            Span::WorkingDays(count) => working_days_earlier(at, count),
            Span::Days(count) => at.saturating_sub(SignedDuration::from_hours(24 * i64::from(count))).unwrap_or(at),
        }
    }
}

/// So many working days earlier, at the same time of the day, in UTC.
pub fn working_days_earlier(at: Timestamp, count: u16) -> Timestamp {
    let until = at.to_zoned(TimeZone::UTC);
    let day = before_working_days(until.date(), count);
    day.to_datetime(until.time()).to_zoned(TimeZone::UTC).map_or(at, |earlier| earlier.timestamp())
}

/// The day `count` working days before `end`; near the beginning of the calendar it stays where it is.
fn before_working_days(end: Date, count: u16) -> Date {
    let works = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    end.series(-1.day()).skip(1).filter(works).take(usize::from(count)).last().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn back_over_weekends_and_the_year_and_at_the_same_hour() {
        for (end, span, expected) in [
            ("2026-12-14T12:00:00Z", Span::WorkingDays(0), "2026-12-14T12:00:00Z"),
            ("2026-12-14T12:00:00Z", Span::WorkingDays(1), "2026-12-11T12:00:00Z"), // Monday to Friday
            ("2026-12-13T12:00:00Z", Span::WorkingDays(1), "2026-12-11T12:00:00Z"), // Sunday
            ("2026-12-28T14:30:00Z", Span::WorkingDays(10), "2026-12-14T14:30:00Z"), // two working weeks
            ("2027-01-04T12:00:00Z", Span::WorkingDays(2), "2026-12-31T12:00:00Z"),
            ("2028-03-01T12:00:00Z", Span::WorkingDays(2), "2028-02-28T12:00:00Z"), // leap day
            ("2026-12-14T12:00:00Z", Span::Days(3), "2026-12-11T12:00:00Z"),
        ] {
            assert_eq!(span.before(at(end)), at(expected), "{end} {span:?}");
        }
        assert_eq!(Span::Days(3).after(at("2026-12-11T12:00:00Z")), at("2026-12-14T12:00:00Z"));
        assert_eq!(Span::WorkingDays(3).after(at("2026-12-11T12:00:00Z")), at("2026-12-16T12:00:00Z"));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_again(days in 0i64..40_000, count in 0u16..60) {
            let start = at("2000-01-03T12:00:00Z") + SignedDuration::from_hours(24 * days);
            let there = Span::WorkingDays(count).after(start);
            let back = Span::WorkingDays(count).before(there);
            proptest::prop_assert!(back <= there);
            // From a working day it is the way back to it; from a weekend, to the working day before.
            proptest::prop_assert!(back == start || start.to_zoned(TimeZone::UTC).weekday() == Weekday::Saturday
                || start.to_zoned(TimeZone::UTC).weekday() == Weekday::Sunday);
        }
    }
}
