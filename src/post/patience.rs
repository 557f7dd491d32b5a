//! How long we wait for others: a limit on every answer, and growing pauses between attempts.
//! It measures durations; what time of day it is must not matter here.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const CONNECT_SECONDS_MAX: u64 = 30;
const ANSWER_SECONDS_MAX: u64 = 60;
const FETCH_SECONDS_MIN: u64 = 60;
const ARCHIVE_SECONDS_MAX: u64 = 120;
/// RFC 2177 asks for 29 minutes; boxes between us forget an idle connection after five or ten.
const IDLE_SECONDS_MAX: u64 = 5 * 60;
const IDLE_DONE_SECONDS_MAX: u64 = 15;
const GOODBYE_SECONDS_MAX: u64 = 3;
const NOOP_SECONDS_MAX: u64 = 10;
/// RFC 5321 section 4.5.3.2.6: giving up before the server's answer to the final dot makes doubled letters.
const SEND_SECONDS_MAX: u64 = 10 * 60;
const PAUSE_SECONDS_MIN: u64 = 1;
const PAUSE_SECONDS_MAX: u64 = 240;

/// How long a server may take for what, and how long we rest before we try it again. The default is for servers
/// anywhere in the world; whoever knows theirs to be next door may expect more of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the TCP connection, and once more for agreeing on TLS.
    pub connect: Duration,
    /// For an answer that carries no mail.
    pub answer: Duration,
    /// For the bytes of a message, on top of what they take on a slow line.
    pub fetch: Duration,
    /// For moving mail to the archive.
    pub archive: Duration,
    /// How long one IDLE lasts: no limit on an answer, quiet is what we hope for.
    pub idle: Duration,
    /// For the end of IDLE.
    pub done: Duration,
    pub goodbye: Duration,
    /// For a sign of life on a connection that was kept.
    pub noop: Duration,
    /// For a whole SMTP transaction.
    pub send: Duration,
    /// The first pause between two attempts to reach a server …
    pub pause_min: Duration,
    /// … and the longest.
    pub pause_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(CONNECT_SECONDS_MAX),
            answer: seconds(ANSWER_SECONDS_MAX),
            fetch: seconds(FETCH_SECONDS_MIN),
            archive: seconds(ARCHIVE_SECONDS_MAX),
            idle: seconds(IDLE_SECONDS_MAX),
            done: seconds(IDLE_DONE_SECONDS_MAX),
            goodbye: seconds(GOODBYE_SECONDS_MAX),
            noop: seconds(NOOP_SECONDS_MAX),
            send: seconds(SEND_SECONDS_MAX),
            pause_min: seconds(PAUSE_SECONDS_MIN),
            pause_max: seconds(PAUSE_SECONDS_MAX),
        }
    }
}

/// The other side did not answer in time. The connection it happened on is in an unknown state: drop it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{doing}: no answer within {} s", .limit.as_secs_f32())]
pub struct NoAnswer {
    pub doing: &'static str,
    pub limit: Duration,
}

/// Waits for `work`, but no longer than `limit`.
pub async fn within<T>(doing: &'static str, limit: Duration, work: impl Future<Output = T>) -> Result<T, NoAnswer> {
    tokio::time::timeout(limit, work).await.map_err(|_| NoAnswer { doing, limit })
}

/// Resolves when the program is asked to stop, or nobody is left who could ask.
pub async fn asked_to_stop(shutdown: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// The pauses between attempts to reach somebody: each twice as long as the one before, up to four minutes.
#[derive(Debug)]
pub struct Pauses {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Pauses {
    pub fn new(patience: &Patience) -> Self {
        Self { min: patience.pause_min, max: patience.pause_max, next: patience.pause_min }
    }

    /// The next pause: between half of its length and all of it, so that the connections a server lost together do
    /// not come back together.
    pub fn next_pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.max);
        let share = RandomState::new().hash_one(whole) % 1024;
        whole / 2 + whole.mul_f64(share as f64 / 2048.0)
    }

    /// An attempt went well: the next trouble is a new one.
    pub fn reset(&mut self) {
        self.next = self.min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_few_minutes_and_start_again_after_a_success() {
        let mut pauses = Pauses::new(&Patience::default());
        assert!(pauses.next_pause() <= Duration::from_secs(PAUSE_SECONDS_MIN));
        let longest = (0..20).map(|_| pauses.next_pause()).max().unwrap_or_default();
        assert!(longest > Duration::from_secs(PAUSE_SECONDS_MAX / 2 - 1) && longest <= Duration::from_secs(240));
        pauses.reset();
        assert!(pauses.next_pause() <= Duration::from_secs(PAUSE_SECONDS_MIN));
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_named() {
        let silence = within("fetching a message", Duration::from_millis(1), std::future::pending::<()>()).await;
        assert_eq!(silence.unwrap_err().to_string(), "fetching a message: no answer within 0.001 s");
    }
}
