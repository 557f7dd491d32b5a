//! The first run on a backup: the outbox is paused, and everything that lies in the mailboxes is read again before
//! anything is handled. Nothing leaves before an operator says so.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::watch;

use super::{Engine, FAILED_REST};
use crate::pipeline::collect::Collector;
use crate::store::audit::Act;

impl Engine {
    /// Whether the database is a backup whose mailboxes wait to be read again.
    pub(super) async fn starts_on_copy(&self) -> Result<bool> {
        let now = self.clock.now();
        let (first, copied) = self
            .store
            .write(move |rows| {
                let made_at = rows.copy().start(now)?;
                if let Some(made_at) = &made_at {
                    let detail = format!("a backup of {made_at}: nothing leaves before “outbox resume”");
                    let (actor, evidence, act, object) = ("desk", "none", "restore", "outbox");
                    rows.audit().append(now, &Act { actor, evidence, act, object, detail: &detail })?;
                }
                Ok((made_at, rows.copy().current()?))
            })
            .await?;
        if let Some(made_at) = first {
            tracing::warn!(made_at, "this database is a backup: the outbox is paused, and all mail is read again");
        }
        Ok(copied.is_some_and(|copied| copied.reread_at.is_none()))
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

    /// `read_again` until it succeeds, if there is a reason; then `caught_up` turns true.
    pub(super) async fn catch_up(
        self: Arc<Self>,
        collector: Collector,
        caught_up: watch::Sender<bool>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        while !*caught_up.borrow() {
            tokio::select! {
                done = self.read_again(&collector) => match done {
                    Ok(_) => {
                        caught_up.send_replace(true);
                        return;
                    }
                    Err(problem) => tracing::error!("mail could not be read again: {problem:#}"),
                },
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(FAILED_REST) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
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
