//! When the team is alarmed about a release that is not ready: a day before its hour, an hour before, at it, every hour for a
//! day, and then every day. After a standstill there is one alarm, the latest.

use jiff::{SignedDuration, Timestamp};

const HOURS_OF_DAY: i64 = 24;
const DAY: SignedDuration = SignedDuration::from_hours(HOURS_OF_DAY);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// When, before or after the hour of a release, it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    DayBefore,
    HourBefore,
    /// At the hour, and so many hours later.
    Since(i64),
}

impl Look {
    /// The last that was due by now.
    pub fn latest(release_at: Timestamp, now: Timestamp) -> Option<Self> {
        match now.duration_since(release_at) {
            since if since >= DAY => Some(Look::Since(since.as_hours() / HOURS_OF_DAY * HOURS_OF_DAY)),
            since if since >= SignedDuration::ZERO => Some(Look::Since(since.as_hours())),
            since if since >= -HOUR => Some(Look::HourBefore),
            since if since >= -DAY => Some(Look::DayBefore),
            _ => None,
        }
    }

    /// When the first is due that is not due yet.
    pub fn next_at(release_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let until = match Self::latest(release_at, now) {
            None => -DAY,
            Some(Look::DayBefore) => -HOUR,
            Some(Look::HourBefore) => SignedDuration::ZERO,
            Some(Look::Since(hours)) if hours < HOURS_OF_DAY => SignedDuration::from_hours(hours + 1),
            Some(Look::Since(hours)) => SignedDuration::from_hours(hours.saturating_add(HOURS_OF_DAY)),
        };
        release_at.checked_add(until).ok()
    }

    /// The hour of the release was over for a day or more.
    pub fn is_old(self) -> bool {
        matches!(self, Look::Since(hours) if hours >= HOURS_OF_DAY)
    }

    /// All that come before.
    pub fn before_it_is_old() -> impl Iterator<Item = Self> {
        [Look::DayBefore, Look::HourBefore].into_iter().chain((0..HOURS_OF_DAY).map(Look::Since))
    }

    /// How far off a moment may be whose release is looked at now.
    pub fn horizon(now: Timestamp) -> Timestamp {
        now.checked_add(DAY).unwrap_or(Timestamp::MAX)
    }

    /// The name of the cause; it names the date, for one that moved is another.
    pub fn cause(self, release_at: Timestamp) -> String {
        match self {
            Look::DayBefore => format!("look at the release of {release_at}, a day before"),
            Look::HourBefore => format!("look at the release of {release_at}, an hour before"),
            Look::Since(hours) => format!("look at the release of {release_at}, {hours} hours after"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_before_an_hour_before_at_the_hour_every_hour_and_every_day() {
        let release = at("2026-12-15T12:00:00Z");
        for (now, expected, next) in [
            ("2026-12-14T11:59:59Z", None, "2026-12-14T12:00:00Z"),
            ("2026-12-14T12:00:00Z", Some(Look::DayBefore), "2026-12-15T11:00:00Z"),
            ("2026-12-15T10:59:59Z", Some(Look::DayBefore), "2026-12-15T11:00:00Z"),
            ("2026-12-15T11:00:00Z", Some(Look::HourBefore), "2026-12-15T12:00:00Z"),
            ("2026-12-15T11:59:59.999Z", Some(Look::HourBefore), "2026-12-15T12:00:00Z"),
            ("2026-12-15T12:00:00Z", Some(Look::Since(0)), "2026-12-15T13:00:00Z"),
            ("2026-12-15T12:59:59Z", Some(Look::Since(0)), "2026-12-15T13:00:00Z"),
            ("2026-12-15T13:00:00Z", Some(Look::Since(1)), "2026-12-15T14:00:00Z"),
            ("2026-12-16T11:30:00Z", Some(Look::Since(23)), "2026-12-16T12:00:00Z"),
            ("2026-12-16T12:00:00Z", Some(Look::Since(24)), "2026-12-17T12:00:00Z"),
            ("2026-12-17T11:30:00Z", Some(Look::Since(24)), "2026-12-17T12:00:00Z"),
            ("2026-12-17T12:30:00Z", Some(Look::Since(48)), "2026-12-18T12:00:00Z"),
        ] {
            assert_eq!(Look::latest(release, at(now)), expected, "{now}");
            assert_eq!(Look::next_at(release, at(now)), Some(at(next)), "{now}");
        }
        assert_ne!(Look::DayBefore.cause(release), Look::DayBefore.cause(at("2026-12-16T12:00:00Z")));
    }
}
