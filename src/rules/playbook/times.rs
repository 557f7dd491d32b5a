//! Distances in time between an event and what is due: in working days, or in days. The hour of the day stays.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::rules::reminders;
use crate::rules::schedule::Calendar;

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    WorkingDays(u16),
    Days(u16),
}

impl Span {
    /// The moment so long after another.
    pub fn after(self, at: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Span::WorkingDays(count) => reminders::working_days_later(calendar, at, count),
            Span::Days(count) => reminders::days_later(at, count),
        }
    }

    /// The moment so long before another.
    pub fn before(self, at: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Span::WorkingDays(count) => working_days_earlier(calendar, at, count),
            Span::Days(count) => at.saturating_sub(SignedDuration::from_hours(24 * i64::from(count))).unwrap_or(at),
        }
    }
}

/// So many working days earlier, at the same time of the day, in UTC.
fn working_days_earlier(calendar: &Calendar, at: Timestamp, count: u16) -> Timestamp {
    let until = at.to_zoned(TimeZone::UTC);
    let day = calendar.before_working_days(until.date(), count);
    day.to_datetime(until.time()).to_zoned(TimeZone::UTC).map_or(at, |earlier| earlier.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::*;
    use crate::rules::schedule::read_calendar;

    /// Weekends, Christmas Day and Boxing Day.
    fn holidays() -> Calendar {
        let mut calendar = Calendar::default();
        calendar.close(read_calendar("2026-12-25 Christmas Day\n2026-12-28 Boxing Day\n").unwrap());
        calendar
    }

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
            assert_eq!(span.before(at(end), &Calendar::default()), at(expected), "{end} {span:?}");
        }
        let after = |span: Span, start: &str| span.after(at(start), &Calendar::default());
        assert_eq!(after(Span::Days(3), "2026-12-11T12:00:00Z"), at("2026-12-14T12:00:00Z"));
        assert_eq!(after(Span::WorkingDays(3), "2026-12-11T12:00:00Z"), at("2026-12-16T12:00:00Z"));
    }

    #[test]
    fn a_day_off_is_no_working_day_and_a_day_all_the_same() {
        for (start, span, later) in [
            ("2026-12-24T09:00:00Z", Span::WorkingDays(1), "2026-12-29T09:00:00Z"), // over a weekend and two holidays
            ("2026-12-25T09:00:00Z", Span::WorkingDays(1), "2026-12-29T09:00:00Z"),
            ("2026-12-23T09:00:00Z", Span::WorkingDays(3), "2026-12-30T09:00:00Z"),
            ("2026-12-24T09:00:00Z", Span::Days(1), "2026-12-25T09:00:00Z"),
        ] {
            assert_eq!(span.after(at(start), &holidays()), at(later), "{start} {span:?}");
        }
        let before = |count: u16| Span::WorkingDays(count).before(at("2026-12-29T12:00:00Z"), &holidays());
        assert_eq!(before(1), at("2026-12-24T12:00:00Z"));
        assert_eq!(before(2), at("2026-12-23T12:00:00Z"));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_again(days in 0i64..40_000, count in 0u16..60) {
            let calendar = Calendar::default();
            let start = at("2000-01-03T12:00:00Z") + SignedDuration::from_hours(24 * days);
            let there = Span::WorkingDays(count).after(start, &calendar);
            let back = Span::WorkingDays(count).before(there, &calendar);
            proptest::prop_assert!(back <= there);
            // From a working day it is the way back to it; from a weekend, to the working day before.
            proptest::prop_assert!(back == start || start.to_zoned(TimeZone::UTC).weekday() == Weekday::Saturday
                || start.to_zoned(TimeZone::UTC).weekday() == Weekday::Sunday);
        }
    }
}
