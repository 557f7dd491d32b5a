//! How long we wait for others: a limit on every answer, and growing pauses between attempts.
//! It measures durations; what time of day it is must not matter here.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The other side did not answer in time. The connection it happened on is in an unknown state: drop it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{doing}: no answer within {seconds} s")]
pub struct NoAnswer {
    pub doing: &'static str,
    pub seconds: u64,
}

/// Waits for `work`, but no longer than `seconds`.
pub async fn within<T>(doing: &'static str, seconds: u64, work: impl Future<Output = T>) -> Result<T, NoAnswer> {
    tokio::time::timeout(Duration::from_secs(seconds), work).await.map_err(|_| NoAnswer { doing, seconds })
}

/// Resolves when the program is asked to stop, or nobody is left who could ask.
pub async fn asked_to_stop(shutdown: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

const PAUSE_SECONDS_MIN: u64 = 1;
const PAUSE_SECONDS_MAX: u64 = 240;

/// The pauses between attempts to reach somebody: each twice as long as the one before, up to four minutes.
#[derive(Debug)]
pub struct Pauses {
    seconds: u64,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { seconds: PAUSE_SECONDS_MIN }
    }
}

impl Pauses {
    /// The next pause: between half of its length and all of it, so that the connections a server lost together do
    /// not come back together.
    pub fn next_pause(&mut self) -> Duration {
        let whole = Duration::from_secs(self.seconds);
        self.seconds = (self.seconds * 2).min(PAUSE_SECONDS_MAX);
        let share = RandomState::new().hash_one(self.seconds) % 1024;
        whole / 2 + whole.mul_f64(share as f64 / 2048.0)
    }

    /// An attempt went well: the next trouble is a new one.
    pub fn reset(&mut self) {
        self.seconds = PAUSE_SECONDS_MIN;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_few_minutes_and_start_again_after_a_success() {
        let mut pauses = Pauses::default();
        assert!(pauses.next_pause() <= Duration::from_secs(PAUSE_SECONDS_MIN));
        let longest = (0..20).map(|_| pauses.next_pause()).max().unwrap_or_default();
        assert!(longest > Duration::from_secs(PAUSE_SECONDS_MAX / 2 - 1) && longest <= Duration::from_secs(240));
        pauses.reset();
        assert!(pauses.next_pause() <= Duration::from_secs(PAUSE_SECONDS_MIN));
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_named() {
        let silence = within("fetching a message", 0, std::future::pending::<()>()).await;
        assert_eq!(silence.unwrap_err().to_string(), "fetching a message: no answer within 0 s");
    }
}
