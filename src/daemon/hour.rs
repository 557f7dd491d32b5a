//! The hour of the next advisory: at it nothing else is under way, and its letters begin to leave within a second. It decides
//! nothing about what leaves; that is derived from the tables at each tick.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// So long before the hour no other letter is begun, for a mail server may take its time with one; or twice as long as one
/// took so far, up to the longest.
const QUIET: Duration = Duration::from_secs(3);
const QUIET_MAX: Duration = Duration::from_secs(60);

/// When an advisory is due next, as the last tick found it, and how long a letter may take.
#[derive(Debug, Default)]
pub struct Hour(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    next: Option<Timestamp>,
    slowest: Duration,
}

impl Hour {
    /// What a tick found; of what was due before, that tick takes care.
    pub fn next(&self, at: Option<Timestamp>) {
        self.known().next = at;
    }

    /// So long a mail server took with a letter.
    pub fn took(&self, time: Duration) {
        let mut known = self.known();
        known.slowest = known.slowest.max(time);
    }

    /// It comes in a moment, or has come since the last tick.
    pub fn is_at_hand(&self, now: Timestamp) -> bool {
        let known = *self.known();
        let quiet = known.slowest.saturating_mul(2).clamp(QUIET, QUIET_MAX);
        known.next.is_some_and(|at| until(at, now) <= quiet)
    }

    /// A sleep that ends with it at the latest.
    pub fn at_most(&self, sleep: Duration, now: Timestamp) -> Duration {
        self.known().next.map_or(sleep, |at| sleep.min(until(at, now)))
    }

    /// A rest after something failed: what is due at another hour does not wait for its end; what is due already has failed.
    pub fn rest(&self, rest: Duration, now: Timestamp) -> Duration {
        self.known().next.filter(|at| *at > now).map_or(rest, |at| rest.min(until(at, now)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
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
    #[test]
    fn nothing_is_begun_that_may_take_longer_than_to_the_hour() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let hour = Hour::default();
        hour.next(Some(at("2026-12-15T12:00:00Z")));
        let four_seconds_before = at("2026-12-15T11:59:56Z");
        assert!(!hour.is_at_hand(four_seconds_before), "no letter took long so far");
        for (took, from) in [(10, "2026-12-15T11:59:40Z"), (4, "2026-12-15T11:59:40Z"), (600, "2026-12-15T11:59:00Z")] {
            hour.took(Duration::from_secs(took));
            let second_before = at(from) - Duration::from_secs(1);
            assert!(hour.is_at_hand(at(from)) && !hour.is_at_hand(second_before), "one took {took} s");
        }
    }

    #[test]
    fn what_fails_rests_without_holding_up_what_is_due_at_another_hour() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let (hour, rest) = (Hour::default(), Duration::from_secs(120));
        assert_eq!(hour.rest(rest, at("2026-12-15T12:00:00Z")), rest);
        hour.next(Some(at("2026-12-15T12:00:30Z")));
        for (now, rests) in [("2026-12-15T11:00:00Z", 120), ("2026-12-15T12:00:00Z", 30), ("2026-12-15T12:00:31Z", 120)]
        {
            assert_eq!(hour.rest(rest, at(now)), Duration::from_secs(rests), "{now}");
        }
    }
}
