//! The loop: collect, open, handle, deliver, tick. It joins the rooms and owns the running of them; what a mail
//! means is decided in `handlers`, what leaves by `pipeline`.

mod assembly;
mod reason;

pub use assembly::{carrier, policy, secret, signing_key, sources};

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::desk::{Desk, House};
use crate::handlers::{self, Mail, Place};
use crate::pipeline::collect::Collector;
use crate::pipeline::deliver::{Courier, Outcome};
use crate::pipeline::open::{Opened, Opener};
use crate::policy::Policy;
use crate::post::Source;
use crate::store::aside::{Putting, Why};
use crate::store::{Rows, Store};

/// A message that fails this often is set aside, so that it stops nobody else.
const ATTEMPTS_MAX: u32 = 3;
/// How long a failed message rests before the daemon tries it again.
const FAILED_REST: Duration = Duration::from_secs(10);
/// The longest sleep of the delivery loop: a clock that was set forward is noticed within this time.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// One instance, ready to run.
pub struct Engine {
    pub store: Store,
    pub clock: Clock,
    pub policy: Arc<Policy>,
    pub house: Arc<House>,
    pub sources: Vec<Source>,
    pub opener: Opener,
    pub courier: Courier,
    /// Mail our server received before this is kept and never answered.
    pub born_at: Timestamp,
}

/// What one `run --once` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub collected: usize,
    pub handled: usize,
    pub quarantined: usize,
    pub sent: usize,
    pub postponed: usize,
    pub failed: usize,
    pub blocked: usize,
}

impl Engine {
    /// Takes all mail, handles it, does all that is due, delivers all; then it is done. A source that cannot be
    /// read does not keep the others from being read: its error comes at the end.
    pub async fn once(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        self.store.write(|rows| rows.outbox().requeue_undecided().map(drop)).await?;
        let collector = self.collector(Arc::new(Notify::new()));
        let mut unread = None;
        for source in &self.sources {
            match source.sweep(&collector).await {
                Ok(taken) => tally.collected += taken,
                Err(problem) => unread = unread.or(Some(problem)),
            }
        }
        while self.handle_waiting(&mut tally).await? {}
        self.deliver_due(&mut tally).await?;
        match unread {
            None => Ok(tally),
            Some(problem) => Err(problem.context("Reading mail; everything else was done")),
        }
    }

    /// Runs until `shutdown` turns true.
    pub async fn run(self, shutdown: watch::Receiver<bool>) -> Result<()> {
        let again = self.store.write(|rows| rows.outbox().requeue_undecided()).await?;
        if again > 0 {
            tracing::warn!(deliveries = again, "undecided when the last run ended; they go again");
        }
        let engine = Arc::new(self);
        let arrived = Arc::new(Notify::new());
        let written = Arc::new(Notify::new());
        let collector = engine.collector(Arc::clone(&arrived));
        let mut tasks = JoinSet::new();
        for index in 0..engine.sources.len() {
            let (engine, collector, shutdown) = (Arc::clone(&engine), collector.clone(), shutdown.clone());
            tasks.spawn(async move {
                if let Some(source) = engine.sources.get(index) {
                    source.watch(&collector, shutdown).await;
                }
            });
        }
        tasks.spawn(Arc::clone(&engine).handle_forever(arrived, Arc::clone(&written), shutdown.clone()));
        tasks.spawn(Arc::clone(&engine).deliver_forever(written, shutdown));
        tracing::info!(sources = engine.sources.len(), "the desk is open");
        while let Some(ended) = tasks.join_next().await {
            ended.context("A part of the daemon broke down")?;
        }
        tracing::info!("the desk is closed");
        Ok(())
    }

    fn collector(&self, arrived: Arc<Notify>) -> Collector {
        Collector { store: self.store.clone(), clock: self.clock, born_at: self.born_at, arrived }
    }

    async fn handle_forever(
        self: Arc<Self>,
        arrived: Arc<Notify>,
        written: Arc<Notify>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        let mut tally = Tally::default();
        loop {
            let rest = match self.handle_all(&mut tally, &written, &shutdown).await {
                Ok(false) => SLEEP_MAX,
                Ok(true) => FAILED_REST,
                Err(problem) => {
                    tracing::error!("mail could not be handled: {problem:#}");
                    FAILED_REST
                }
            };
            tokio::select! {
                () = arrived.notified() => {}
                () = tokio::time::sleep(rest) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// One pass over the waiting mail; `true` when one failed and is to be tried again.
    async fn handle_all(&self, tally: &mut Tally, written: &Notify, shutdown: &watch::Receiver<bool>) -> Result<bool> {
        let (mut after, mut failed) = (0, false);
        while !*shutdown.borrow() {
            let Some(opened) = self.opener.next(&self.store, after).await? else { break };
            after = opened.waiting.id;
            failed |= !self.handle(opened, tally).await?;
            written.notify_one();
        }
        Ok(failed)
    }

    /// `handle_all` for a run that ends; `true` when there is a reason for another pass.
    async fn handle_waiting(&self, tally: &mut Tally) -> Result<bool> {
        let (_keep, shutdown) = watch::channel(false);
        self.handle_all(tally, &Notify::new(), &shutdown).await
    }

    /// Handles one mail in one transaction; `false` when it failed and stays. A message that cannot be handled
    /// never stops the next.
    async fn handle(&self, opened: Opened, tally: &mut Tally) -> Result<bool> {
        let Opened { waiting, incoming } = opened;
        let id = waiting.id;
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.clock.now());
        let handled = self
            .store
            .write(move |rows| {
                let mut desk = Desk::new(rows, &policy, &house, now, incoming.sha256.clone());
                let mail = Mail {
                    id,
                    raw: &waiting.raw,
                    incoming: &incoming,
                    received_at: waiting.received_at,
                    predates: waiting.predates,
                    truncated: waiting
                        .truncated
                        .then_some(Place { account: &waiting.account, folder: &waiting.folder }),
                };
                handlers::handle(&mut desk, &mail)
            })
            .await;
        let Err(problem) = handled else {
            tally.handled += 1;
            tracing::info!(mail = id, "handled");
            return Ok(true);
        };
        let why = reason::without_content(&problem);
        tracing::error!(mail = id, "not handled: {why}");
        let set_aside = move |rows: Rows<'_>| {
            let quarantined = rows.inbox().failed(id, &why, ATTEMPTS_MAX)?;
            if quarantined {
                rows.aside().put(&Putting { inbox: id, why: Why::Failed, at: now, author: "", subject: "" })?;
            }
            Ok(quarantined)
        };
        let quarantined = self.store.write(set_aside).await?;
        if quarantined {
            tally.quarantined += 1;
            tracing::error!(mail = id, "set aside after {ATTEMPTS_MAX} attempts; see “embargod inbox list”");
        }
        Ok(quarantined)
    }

    async fn deliver_forever(self: Arc<Self>, written: Arc<Notify>, mut shutdown: watch::Receiver<bool>) {
        let mut tally = Tally::default();
        loop {
            if let Err(problem) = self.deliver_while(&mut tally, &shutdown).await {
                tracing::error!("letters could not be delivered: {problem:#}");
            }
            let sleep = self.until_next_delivery().await;
            tokio::select! {
                () = written.notified() => {}
                () = tokio::time::sleep(sleep) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn until_next_delivery(&self) -> Duration {
        match self.store.write(|rows| rows.outbox().next_attempt_at()).await {
            Ok(Some(at)) => {
                let wait = at.duration_since(self.clock.now());
                Duration::try_from(wait).unwrap_or(Duration::from_secs(1)).min(SLEEP_MAX)
            }
            Ok(None) => SLEEP_MAX,
            Err(_) => FAILED_REST,
        }
    }

    async fn deliver_due(&self, tally: &mut Tally) -> Result<()> {
        let (_keep, shutdown) = watch::channel(false);
        self.deliver_while(tally, &shutdown).await
    }

    /// Delivers what is due and tells people of what could not be, until there is neither.
    async fn deliver_while(&self, tally: &mut Tally, shutdown: &watch::Receiver<bool>) -> Result<()> {
        loop {
            while !*shutdown.borrow() {
                match self.courier.deliver_next().await? {
                    Some(Outcome::Sent) => tally.sent += 1,
                    Some(Outcome::Postponed) => tally.postponed += 1,
                    Some(Outcome::Failed) => tally.failed += 1,
                    Some(Outcome::Blocked) => tally.blocked += 1,
                    None => break,
                }
            }
            if *shutdown.borrow() || !self.tick().await? {
                return Ok(());
            }
        }
    }

    /// Does what is due without a mail; `true` when there was something.
    async fn tick(&self) -> Result<bool> {
        let now = self.clock.now();
        let all = self.store.write(move |rows| handlers::due(rows, now)).await?;
        for due in &all {
            let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.clock.now());
            let due = due.clone();
            self.store
                .write(move |rows| handlers::tick(&mut Desk::new(rows, &policy, &house, now, due.cause()), &due))
                .await?;
        }
        Ok(!all.is_empty())
    }
}
