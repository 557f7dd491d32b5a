//! The dead-man line: a mailbox nobody could poll for an hour is told of where mail is not needed, in the log and by
//! a watchdog that starves. It reads when each was polled last; it polls nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Engine;
use super::heartbeat::Part;
use crate::post::Place;
use crate::post::patience::asked_to_stop;
use crate::store::inbox::Polled;

/// A mailbox without a successful poll for so long is silent.
pub const POLL_SILENCE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Between two looks. IDLE is renewed as often, so that a poll that is fine is never older than two of these.
const LOOK_REST: Duration = Duration::from_secs(5 * 60);

/// A mailbox of the settings and when it was last polled with success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub place: Place,
    pub polled_at: Option<Timestamp>,
    pub silent: bool,
}

/// Every mailbox of the settings, and whether it is silent at `now`. One that was not polled since the program runs
/// (`running_since`, where it does) has time from then on.
pub fn watched(
    mailboxes: &[Place],
    polls: &[Polled],
    running_since: Option<Timestamp>,
    now: Timestamp,
    silence_max: SignedDuration,
) -> Vec<Watched> {
    let watched = mailboxes.iter().map(|place| {
        let poll = polls.iter().find(|poll| poll.account == place.account && poll.folder == place.folder);
        let polled_at = poll.and_then(|poll| poll.polled_at.as_ref()?.parse::<Timestamp>().ok());
        let waited_since = polled_at.max(running_since);
        let silent = waited_since.is_none_or(|since| now.duration_since(since) >= silence_max);
        Watched { place: place.clone(), polled_at, silent }
    });
    watched.collect()
}

impl Engine {
    /// Looks at the mailboxes until the program is asked to stop.
    pub(super) async fn watch_mailboxes(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let running_since = self.clock.now();
        let mut told = BTreeMap::new();
        loop {
            match self.look(running_since, &mut told).await {
                Ok(true) => self.heartbeat.came_round(Part::Intake),
                Ok(false) => {}
                Err(problem) => tracing::error!("whether mail is read could not be found out: {problem:#}"),
            }
            tokio::select! {
                () = tokio::time::sleep(self.heartbeat.at_most(LOOK_REST)) => {}
                () = asked_to_stop(&mut shutdown) => return,
            }
        }
    }

    /// Tells of each silent mailbox, once for every `silence_max`; `true` when there is none.
    async fn look(&self, running_since: Timestamp, told: &mut BTreeMap<(String, String), Timestamp>) -> Result<bool> {
        let (polls, waiting) =
            self.store.read(|rows| Ok((rows.inbox().polls()?, rows.outbox().waiting_count()?))).await?;
        let now = self.clock.now();
        let watched = watched(&self.mailboxes, &polls, Some(running_since), now, self.silence_max);
        for Watched { place: Place { account, folder }, polled_at, silent } in &watched {
            let key = (account.clone(), folder.clone());
            if !silent {
                told.remove(&key);
            } else if told.get(&key).is_none_or(|at| now.duration_since(*at) >= self.silence_max) {
                let since = polled_at.map_or_else(|| "ever".to_owned(), |at| at.to_string());
                tracing::error!(account, folder, since, "no mail could be read: no successful poll");
                told.insert(key, now);
            }
        }
        let silent = watched.iter().filter(|one| one.silent);
        let names: Vec<&str> = silent.map(|one| one.place.account.as_str()).collect();
        self.heartbeat.status(&match names.as_slice() {
            [] => format!("{} mailboxes are read; {waiting} letters wait to leave", watched.len()),
            names => format!("NO MAIL IS READ from {}; {waiting} letters wait to leave", names.join(", ")),
        });
        Ok(names.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_silent_after_an_hour_and_a_program_that_just_started_gives_it_an_hour() {
        let place = Place { account: "bot".into(), folder: "INBOX".into() };
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let poll = |polled_at: Option<&str>| {
            [Polled { account: "bot".into(), folder: "INBOX".into(), polled_at: polled_at.map(str::to_owned) }]
        };
        let silent = |polls: &[Polled], running_since: Option<&str>| {
            let now = at("2026-12-07T10:00:00Z");
            watched(std::slice::from_ref(&place), polls, running_since.map(at), now, POLL_SILENCE_MAX)[0].silent
        };
        assert!(!silent(&poll(Some("2026-12-07T09:00:01Z")), None));
        assert!(silent(&poll(Some("2026-12-07T09:00:00Z")), None));
        assert!(!silent(&poll(Some("2026-12-01T09:00:00Z")), Some("2026-12-07T09:30:00Z")), "down for a week");
        assert!(silent(&poll(Some("2026-12-01T09:00:00Z")), Some("2026-12-07T08:30:00Z")));
        assert!(silent(&[], None) && silent(&poll(None), None), "never polled");
        assert!(!silent(&[], Some("2026-12-07T09:30:00Z")));
    }
}
