//! The only reader of the system clock. Everything else is told the time.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// So far the wall clock may go off the steady one within a run: more is no correction, but somebody's hand, a machine that
/// was asleep, or a clock that is broken.
const JUMP_MAX: SignedDuration = SignedDuration::from_secs(30);

/// What time it is for one run of the engine.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    /// A local instance in simulated time: it stands still.
    Still(Timestamp),
    /// A local instance in simulated time: it goes on from there.
    Running {
        from: Timestamp,
        since: Instant,
    },
    /// A test's: both clocks say what was last told to them.
    Told(&'static Mutex<Reading>),
}

/// What two clocks say in one moment: the wall clock, which somebody may set, and one that only goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub wall: Timestamp,
    pub steady: Duration,
}

/// The wall clock was set, within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What the clock says after it.
    pub at: Timestamp,
    /// Forward, or backward below zero.
    pub seconds: i64,
}

impl Clock {
    pub fn running(from: Timestamp) -> Self {
        Self::Running { from, since: Instant::now() }
    }

    pub fn now(&self) -> Timestamp {
        self.reading().wall
    }

    pub fn reading(&self) -> Reading {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            // The steady one first: it is begun before it is read.
            Self::System => Reading { steady: BEGAN.elapsed(), wall: Timestamp::now() },
            Self::Still(at) => Reading { wall: *at, steady: Duration::ZERO },
            Self::Running { from, since } => {
                let steady = since.elapsed();
                let passed = SignedDuration::try_from(steady).unwrap_or(SignedDuration::MAX);
                Reading { wall: from.saturating_add(passed).unwrap_or(*from), steady }
            }
            Self::Told(reading) => *reading.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Watches the wall clock beside the steady one, through one run.
#[derive(Debug, Default)]
pub struct Steadiness(Mutex<Option<Reading>>);

impl Steadiness {
    /// How far the wall clock went off since it was last trusted; `None`: not further than it may. The first look trusts it.
    pub fn look(&self, now: Reading) -> Option<Jump> {
        let mut trusted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *trusted.get_or_insert(now);
        let by_wall = now.wall.duration_since(before.wall);
        let steady = now.steady.checked_sub(before.steady).and_then(|passed| SignedDuration::try_from(passed).ok());
        let off = by_wall.saturating_sub(steady.unwrap_or_default());
        (off.abs() > JUMP_MAX).then(|| Jump { at: now.wall, seconds: off.as_secs() })
    }

    /// From now on the wall clock is compared with what it says now: what it did before is written down.
    pub fn trust(&self, now: Reading) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(wall: &str, steady: u64) -> Reading {
        Reading { wall: wall.parse().unwrap(), steady: Duration::from_secs(steady) }
    }

    #[test]
    fn only_what_the_steady_clock_does_not_explain_is_a_jump() {
        let begun = reading("2026-12-15T11:00:00Z", 1_000);
        for (now, seconds) in [
            (reading("2026-12-15T11:01:00Z", 1_060), None),
            (reading("2026-12-15T11:01:30Z", 1_060), None),
            (reading("2026-12-15T11:00:30Z", 1_060), None),
            (reading("2026-12-15T11:01:31Z", 1_060), Some(31)),
            (reading("2026-12-15T11:00:29Z", 1_060), Some(-31)),
            (reading("2026-12-15T12:00:00Z", 1_001), Some(3_599)),
            (reading("2026-12-15T13:00:00Z", 8_200), None), // nobody looked for two hours
            (reading("2026-12-14T11:00:00Z", 1_000), Some(-86_400)),
        ] {
            let steadiness = Steadiness::default();
            assert_eq!(steadiness.look(begun), None);
            let expected = seconds.map(|seconds| Jump { at: now.wall, seconds });
            assert_eq!(steadiness.look(now), expected, "{now:?}");
            assert_eq!(steadiness.look(now), expected, "until it is written down");
            steadiness.trust(now);
            assert_eq!(steadiness.look(now), None);
        }
    }

    #[test]
    fn small_steps_one_way_are_a_jump_together() {
        let steadiness = Steadiness::default();
        steadiness.look(reading("2026-12-15T11:00:00Z", 0));
        assert_eq!(steadiness.look(reading("2026-12-15T11:00:20Z", 0)), None);
        assert_eq!(steadiness.look(reading("2026-12-15T11:00:40Z", 0)).map(|jump| jump.seconds), Some(40));
    }

    #[test]
    fn the_clocks_of_a_run_go_together() {
        let from: Timestamp = "2026-12-15T11:00:00Z".parse().unwrap();
        for clock in [Clock::System, Clock::Still(from), Clock::running(from)] {
            let steadiness = Steadiness::default();
            for _ in 0..1_000 {
                assert_eq!(steadiness.look(clock.reading()), None, "{clock:?}");
            }
        }
    }
}
