//! When people are reminded of what waits for them. A reminder that came too late is not made up for: after a long
//! standstill there is one, not all that were missed.

use jiff::{SignedDuration, Timestamp};

use crate::rules::schedule::Calendar;

const DAY_HOURS: i64 = 24;

/// So many days later.
pub fn days_later(at: Timestamp, days: u16) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(DAY_HOURS * i64::from(days))).unwrap_or(at)
}

/// So many working days later, at the same time of the day, in UTC.
pub fn working_days_later(calendar: &Calendar, at: Timestamp, count: u16) -> Timestamp {
    let since = at.to_zoned(jiff::tz::TimeZone::UTC);
    let day = calendar.after_working_days(since.date(), count);
    day.to_datetime(since.time()).to_zoned(jiff::tz::TimeZone::UTC).map_or(at, |later| later.timestamp())
}

/// How many reminders were due by now: the first, then one each `every` days.
pub fn due_by(now: Timestamp, first: Timestamp, every: u16) -> u32 {
    let since = now.duration_since(first);
    if since.is_negative() {
        return 0;
    }
    let each = SignedDuration::from_hours(DAY_HOURS * i64::from(every.max(1))).as_secs();
    u32::try_from(since.as_secs() / each + 1).unwrap_or(u32::MAX)
}

/// When the next one is due, after so many.
pub fn next_after(count: u32, first: Timestamp, every: u16) -> Timestamp {
    let hours = DAY_HOURS * i64::from(every) * i64::from(count);
    first.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(first)
}

/// How many of the reminders at these numbers of days were due by now.
pub fn due_of(now: Timestamp, since: Timestamp, days: &[u16]) -> u32 {
    u32::try_from(days.iter().filter(|days| days_later(since, **days) <= now).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn working_days_keep_the_hour_and_leave_out_weekends() {
        for (start, count, expected) in [
            ("2026-11-19T09:30:00Z", 3, "2026-11-24T09:30:00Z"), // Thursday to Tuesday
            ("2026-11-21T23:59:59Z", 3, "2026-11-25T23:59:59Z"), // a Saturday
            ("2026-11-23T00:00:00Z", 0, "2026-11-23T00:00:00Z"),
        ] {
            assert_eq!(working_days_later(&Calendar::default(), at(start), count), at(expected), "{start}");
        }
    }

    #[test]
    fn days_off_are_no_working_days() {
        let mut calendar = Calendar::default();
        calendar.close(crate::rules::schedule::read_calendar("2026-11-26 Thanksgiving").unwrap());
        let asked = at("2026-11-24T09:30:00Z");
        assert_eq!(working_days_later(&Calendar::default(), asked, 3), at("2026-11-27T09:30:00Z"));
        assert_eq!(working_days_later(&calendar, asked, 3), at("2026-11-30T09:30:00Z"));
    }

    #[test]
    fn one_then_one_a_week() {
        let first = at("2026-11-24T09:30:00Z");
        for (now, count) in [
            ("2026-11-24T09:29:59Z", 0),
            ("2026-11-24T09:30:00Z", 1),
            ("2026-12-01T09:29:59Z", 1),
            ("2026-12-01T09:30:00Z", 2),
            ("2027-01-05T09:30:00Z", 7),
        ] {
            assert_eq!(due_by(at(now), first, 7), count, "{now}");
        }
        assert_eq!(next_after(2, first, 7), at("2026-12-08T09:30:00Z"));
    }

    #[test]
    fn reminders_at_fixed_days() {
        let since = at("2026-12-07T12:00:00Z");
        for (now, count) in [
            ("2026-12-14T11:59:59Z", 0),
            ("2026-12-14T12:00:00Z", 1),
            ("2026-12-21T12:00:00Z", 2),
            ("2027-12-21T12:00:00Z", 2),
        ] {
            assert_eq!(due_of(at(now), since, &[7, 14]), count, "{now}");
        }
    }
}
