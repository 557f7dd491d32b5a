//! The first run on a backup: the outbox is paused, and everything that lies in the mailboxes is read again before
//! anything is handled. Nothing leaves before an operator says so.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::watch;

use super::{Engine, Part};
use crate::pipeline::collect::Collector;
use crate::post::patience::{Patience, Pauses};
use crate::store::audit::Act;

/// Between two looks at whether mail is still being read.
const LOOK_REST: Duration = Duration::from_secs(60);

impl Engine {
    /// Whether the database is a backup whose mailboxes wait to be read again.
    pub(super) async fn starts_on_copy(&self) -> Result<bool> {
        let now = self.clock.now();
        let (first, is_being_read) = self
            .store
            .write(move |rows| {
                let made_at = rows.copy().start(now)?;
                if let Some(made_at) = &made_at {
                    let detail = format!("a backup of {made_at}: nothing leaves before “outbox resume”");
                    let (actor, evidence, act, object) = ("desk", "none", "restore", "outbox");
                    rows.audit().append(now, &Act { actor, evidence, act, object, detail: &detail })?;
                }
                Ok((made_at, rows.copy().is_being_read()?))
            })
            .await?;
        if let Some(made_at) = first {
            tracing::warn!(made_at, "this database is a backup: the outbox is paused, and all mail is read again");
        }
        Ok(is_being_read)
    }

    /// Takes all mail there is, archives first. Order matters: an answer means nothing before the mail it answers.
    pub(super) async fn read_again(&self, collector: &Collector) -> Result<usize> {
        for source in &self.sources {
            source.read_again(collector).await.with_context(|| source.described())?;
        }
        let now = self.clock.now();
        let found = self.store.write(move |rows| rows.copy().reread(now)).await?;
        tracing::warn!(found, "all mail was read again; this many the backup did not have");
        Ok(found)
    }

    /// `read_again` until it succeeds, if there is a reason; then `caught_up` turns true. All is read from the beginning
    /// each time, so that the pauses between two attempts grow.
    pub(super) async fn catch_up(
        self: Arc<Self>,
        collector: Collector,
        caught_up: watch::Sender<bool>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        let mut pauses = Pauses::new(&Patience::default());
        while !*caught_up.borrow() {
            tokio::select! {
                never = self.feed_while_read(&collector) => match never {},
                done = self.read_again(&collector) => match done {
                    Ok(_) => {
                        caught_up.send_replace(true);
                        return;
                    }
                    Err(problem) => tracing::error!("mail could not be read again: {problem:#}"),
                },
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
            // Servers that are away keep nobody from handling what there is: nothing. Intake is what goes silent.
            self.heartbeat.came_round(Part::Handling);
            tokio::select! {
                () = tokio::time::sleep(self.heartbeat.at_most(pauses.next_pause())) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Nothing is handled and no poll comes to its end while everything is read again, which may take hours: every mail
    /// that was read meanwhile is the sign of life of both.
    async fn feed_while_read(&self, collector: &Collector) -> Infallible {
        let mut seen = collector.taken.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(self.heartbeat.at_most(LOOK_REST)).await;
            let taken = collector.taken.load(Ordering::Relaxed);
            if taken != seen {
                seen = taken;
                self.heartbeat.came_round(Part::Handling);
                self.heartbeat.came_round(Part::Intake);
            }
        }
    }
}

/// Waits until `ready` says true; `false` when the daemon is to stop before.
pub(super) async fn waited(mut ready: watch::Receiver<bool>, shutdown: &watch::Receiver<bool>) -> bool {
    let mut shutdown = shutdown.clone();
    tokio::select! {
        biased;
        ready = ready.wait_for(|ready| *ready) => ready.is_ok(),
        _ = shutdown.wait_for(|stop| *stop) => false,
    }
}
