//! What systemd hears of the daemon (sd_notify(3)): that the desk is open, how it fares, and that it makes progress.
//! No timer feeds its watchdog: each part has to come round. Without $NOTIFY_SOCKET nobody is told anything.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// What has to come round for the daemon to count as alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A mail was handled, or there was none, and the database said so; or a restore has read one more.
    Handling,
    /// A delivery was decided or postponed, or none was due, and the database said so.
    Delivery,
    /// Every mailbox was polled with success within the hour; or a restore has read one more mail.
    Intake,
}

const PARTS: [Part; 3] = [Part::Handling, Part::Delivery, Part::Intake];
/// So many rounds fit between two signs of life that systemd waits for.
const ROUNDS_PER_INTERVAL: u32 = 3;

pub struct Heartbeat {
    /// How often every part must come round; `None` when no watchdog waits for it.
    round: Option<Duration>,
    rounds: Mutex<Rounds>,
}

#[derive(Default)]
struct Rounds {
    came: BTreeSet<Part>,
    fed: Option<Instant>,
}

impl Heartbeat {
    /// As systemd asks for it with $WATCHDOG_USEC.
    pub fn from_environment() -> Self {
        let round = sd_notify::watchdog_enabled().map(|interval| interval / ROUNDS_PER_INTERVAL);
        Self { round, rounds: Mutex::default() }
    }

    pub fn open(&self) {
        tell(&[NotifyState::Ready, NotifyState::Status("the desk is open")]);
    }

    pub fn status(&self, line: &str) {
        tell(&[NotifyState::Status(line)]);
    }

    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("the desk closes")]);
    }

    /// How long a part may rest that would rest for `rest`.
    pub fn at_most(&self, rest: Duration) -> Duration {
        self.round.map_or(rest, |round| rest.min(round))
    }

    /// One part came round. The watchdog is fed when all have since it was fed last, and not more often than once in
    /// half a round.
    pub fn came_round(&self, part: Part) {
        let Some(round) = self.round else { return };
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.came.insert(part);
        let soon = rounds.fed.is_some_and(|fed| fed.elapsed() < round / 2);
        if !soon && PARTS.iter().all(|part| rounds.came.contains(part)) {
            *rounds = Rounds { came: BTreeSet::new(), fed: Some(Instant::now()) };
            tell(&[NotifyState::Watchdog]);
        }
    }
}

/// That systemd does not listen stops nothing here.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(heartbeat: &Heartbeat) -> bool {
        heartbeat.rounds.lock().unwrap().fed.is_some()
    }

    #[test]
    fn the_watchdog_is_fed_when_every_part_came_round_and_not_by_one_that_runs_in_circles() {
        let heartbeat = Heartbeat { round: Some(Duration::from_secs(60)), rounds: Mutex::default() };
        for _ in 0..5 {
            heartbeat.came_round(Part::Delivery);
            heartbeat.came_round(Part::Intake);
        }
        assert!(!fed(&heartbeat), "handling stands still");
        heartbeat.came_round(Part::Handling);
        assert!(fed(&heartbeat));
        assert_eq!(heartbeat.at_most(Duration::from_secs(300)), Duration::from_secs(60));
    }

    #[test]
    fn without_a_watchdog_nothing_is_counted_and_nobody_wakes_earlier() {
        let heartbeat = Heartbeat { round: None, rounds: Mutex::default() };
        PARTS.iter().for_each(|part| heartbeat.came_round(*part));
        assert!(!fed(&heartbeat));
        assert_eq!(heartbeat.at_most(Duration::from_secs(300)), Duration::from_secs(300));
    }
}
