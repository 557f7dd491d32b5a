//! The hour of the next advisory: at it nothing else is under way, and its letters begin to leave within a second. It decides
//! nothing about what leaves; that is derived from the tables at each tick.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// So long before the hour no other letter is begun, for a mail server may take its time with one.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

/// When an advisory is due next, as the last tick found it.
#[derive(Debug, Default)]
pub struct Hour(Mutex<Option<Timestamp>>);

impl Hour {
    /// What a tick found; of what was due before, that tick takes care.
    pub fn next(&self, at: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// It comes in a moment, or has come since the last tick.
    pub fn is_at_hand(&self, now: Timestamp) -> bool {
        self.get().is_some_and(|at| at.duration_since(now) <= QUIET)
    }

    /// A sleep that ends with it at the latest.
    pub fn at_most(&self, sleep: Duration, now: Timestamp) -> Duration {
        let until = self.get().map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        until.map_or(sleep, |until| sleep.min(until))
    }

    fn get(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_begun_just_before_the_hour_and_no_sleep_goes_beyond_it() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let hour = Hour::default();
        let minute = Duration::from_secs(60);
        assert!(!hour.is_at_hand(at("2026-12-15T12:00:00Z")));
        assert_eq!(hour.at_most(minute, at("2026-12-15T12:00:00Z")), minute);
        hour.next(Some(at("2026-12-15T12:00:00Z")));
        for (now, at_hand, sleep) in [
            ("2026-12-15T11:00:00Z", false, minute),
            ("2026-12-15T11:59:50Z", false, Duration::from_secs(10)),
            ("2026-12-15T11:59:57Z", true, Duration::from_secs(3)),
            ("2026-12-15T11:59:59.999Z", true, Duration::from_millis(1)),
            ("2026-12-15T12:00:00Z", true, Duration::ZERO),
            ("2026-12-15T12:00:01Z", true, Duration::ZERO),
        ] {
            assert_eq!((hour.is_at_hand(at(now)), hour.at_most(minute, at(now))), (at_hand, sleep), "{now}");
        }
        hour.next(None);
        assert!(!hour.is_at_hand(at("2026-12-15T12:00:01Z")));
    }
}
