//! The only reader of the system clock. Everything else is told the time.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

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
}

impl Clock {
    pub fn running(from: Timestamp) -> Self {
        Self::Running { from, since: Instant::now() }
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Still(at) => *at,
            Self::Running { from, since } => {
                let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
                from.saturating_add(passed).unwrap_or(*from)
            }
        }
    }
}
