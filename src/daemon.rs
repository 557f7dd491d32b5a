//! The loop: collect, open, handle, deliver, tick. It joins the rooms and owns the running of them; what a mail
//! means is decided in `handlers`, what leaves by `pipeline`.

mod assembly;
mod clock;
mod deadman;
mod heartbeat;
mod hooks;
mod hour;
mod reason;
mod rehearsal;
mod restored;

pub use assembly::{carrier, decryption_key, mailroom, policy, secret, signing_key, sources};
pub use deadman::{POLL_SILENCE_MAX, Watched, watched};
pub use heartbeat::{Heartbeat, Part};
pub use hour::Hour;
pub use rehearsal::Preview;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::clock::{Clock, Steadiness};
use crate::desk::{Desk, House};
use crate::handlers::{self, Mail};
use crate::pipeline::certificates;
use crate::pipeline::collect::{Collector, Older, Since};
use crate::pipeline::deliver::{Courier, Outcome};
use crate::pipeline::open::{Opened, Opener};
use crate::pipeline::signing;
use crate::policy::Policy;
use crate::post::patience::{Patience, Pauses, asked_to_stop};
use crate::post::{Place, Source};
use crate::publish::{LeftOut, Site};
use crate::settings::Hooks;
use crate::store::aside::{Putting, Why};
use crate::store::{Rows, Store};

/// A message that fails this often is set aside, so that it stops nobody else.
const ATTEMPTS_MAX: u32 = 3;
/// How long a failed message rests before the daemon tries it again.
const FAILED_REST: Duration = Duration::from_secs(10);
/// The longest sleep of the delivery loop: a clock that was set forward is noticed within this time.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// Asked to stop, each part may end what it is at, such as the letter that is being handed over, for so long …
const STOP_GRACE: Duration = Duration::from_secs(2);
/// … and then what is broken off is put in order: within five seconds all is over (DESIGN section 1).
const TIDYING_MAX: Duration = Duration::from_secs(1);
/// However many letters wait, what has become due meanwhile is looked for so often.
const UNTICKED_MAX: Duration = Duration::from_millis(500);
/// While the outbox is paused, `outbox resume` and `outbox release` are noticed within this time.
const PAUSED_SLEEP_MAX: Duration = Duration::from_secs(2);

/// How letters are delivered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// All of them, for a run that ends.
    ToTheEnd,
    /// Beside everything else that is due, and none just before the hour of an advisory.
    ByTheHour,
}

/// One instance, ready to run.
pub struct Engine {
    pub store: Store,
    pub clock: Clock,
    pub policy: Arc<Policy>,
    pub house: Arc<House>,
    pub sources: Vec<Source>,
    /// What `sources` read, by the names polls are recorded under.
    pub mailboxes: Vec<Place>,
    pub opener: Opener,
    pub courier: Courier,
    /// What mail is too old to be answered.
    pub since: Since,
    pub local: bool,
    /// The public pages, where there are any.
    pub site: Option<Site>,
    /// The operator's programs, and where they are run from.
    pub hooks: Hooks,
    /// A rehearsal: mailboxes stay as they are.
    pub looks_only: bool,
    /// `POLL_SILENCE_MAX`; tests have less time.
    pub silence_max: SignedDuration,
    pub heartbeat: Heartbeat,
    /// Whether the wall clock was set within this run.
    pub steadiness: Steadiness,
    pub hour: Hour,
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
    /// Collected, and kept because they are older than the instance.
    pub older: usize,
    /// On the first run after a restore: new to the database, in the folders and their archives.
    pub found: Option<usize>,
}

impl Engine {
    /// Takes all mail, handles it, does all that is due, delivers all; then it is done. A source that cannot be
    /// read does not keep the others from being read: its error comes at the end.
    pub async fn once(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        self.store.write(|rows| rows.outbox().requeue_undecided().map(drop)).await?;
        let collector = self.collector(Arc::new(Notify::new()));
        if self.starts_on_copy().await? {
            tally.found = Some(self.read_again(&collector).await.context("Reading all mail again; nothing was done")?);
        }
        let mut unread = None;
        for source in &self.sources {
            match source.sweep(&collector).await {
                Ok(taken) => tally.collected += taken,
                Err(problem) => unread = unread.or(Some(problem)),
            }
        }
        while self.handle_waiting(&mut tally).await? {}
        let delivered = self.deliver_due(&mut tally).await;
        tally.older = collector.older.count();
        // What is released is shown, and what follows is run, whatever else fails.
        let published = self.publish().await;
        let run = self.run_hooks_to_their_end(&mut tally).await;
        match unread {
            None => delivered.and(published).and(run).map(|()| tally),
            Some(problem) => Err(problem.context("Reading mail; everything else was done")),
        }
    }

    /// Runs until `shutdown` turns true.
    pub async fn run(self, shutdown: watch::Receiver<bool>) -> Result<()> {
        let again = self.store.write(|rows| rows.outbox().requeue_undecided()).await?;
        if again > 0 {
            tracing::warn!(deliveries = again, "undecided when the last run ended; they go again");
        }
        let (caught_up, ready) = watch::channel(!self.starts_on_copy().await?);
        if let Some(paused) = self.store.write(|rows| rows.pause().current()).await? {
            tracing::warn!(since = paused.since, waiting = paused.waiting, "the outbox is paused: nothing leaves");
        }
        let engine = Arc::new(self);
        let arrived = Arc::new(Notify::new());
        let written = Arc::new(Notify::new());
        let collector = engine.collector(Arc::clone(&arrived));
        tracing::info!(sources = engine.sources.len(), "the desk is open");
        engine.heartbeat.open();
        let mut tasks = JoinSet::new();
        for index in 0..engine.sources.len() {
            let (engine, collector, shutdown) = (Arc::clone(&engine), collector.clone(), shutdown.clone());
            let ready = ready.clone();
            tasks.spawn(async move {
                if let (true, Some(source)) = (restored::waited(ready, &shutdown).await, engine.sources.get(index)) {
                    source.watch(&collector, shutdown).await;
                }
            });
        }
        tasks.spawn(Arc::clone(&engine).catch_up(collector, caught_up, shutdown.clone()));
        tasks.spawn({
            let (engine, written, shutdown) = (Arc::clone(&engine), Arc::clone(&written), shutdown.clone());
            async move {
                if restored::waited(ready, &shutdown).await {
                    engine.handle_forever(arrived, written, shutdown).await;
                }
            }
        });
        tasks.spawn(Arc::clone(&engine).deliver_forever(written, shutdown.clone()));
        tasks.spawn(Arc::clone(&engine).watch_mailboxes(shutdown.clone()));
        engine.until_closed(tasks, shutdown).await?;
        tracing::info!("the desk is closed");
        Ok(())
    }

    /// Waits until every part has ended, after the word to stop for a short time only: a mail server that says nothing
    /// may keep a letter for ten minutes. What is broken off then is queued again.
    async fn until_closed(&self, mut tasks: JoinSet<()>, mut shutdown: watch::Receiver<bool>) -> Result<()> {
        let out_of_patience = async {
            asked_to_stop(&mut shutdown).await;
            self.heartbeat.stopping();
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            ended = all_end(&mut tasks) => ended?,
            () = out_of_patience => tracing::warn!("not all came to its end in time; it is broken off"),
        }
        // A task that does not even end when it is told to cannot be waited for.
        let broken_off = tokio::time::timeout(TIDYING_MAX, tasks.shutdown()).await;
        let tidied = self.store.write(|rows| rows.outbox().requeue_undecided());
        match tokio::time::timeout(TIDYING_MAX, tidied).await {
            Ok(Ok(0)) => {}
            Ok(Ok(again)) => {
                tracing::warn!(deliveries = again, "undecided at the end; they go again with the next run")
            }
            Ok(Err(_)) | Err(_) => tracing::warn!("the next run finds out which deliveries are undecided"),
        }
        if broken_off.is_err() {
            tracing::error!("a part of the daemon did not end");
        }
        Ok(())
    }

    fn collector(&self, arrived: Arc<Notify>) -> Collector {
        Collector {
            store: self.store.clone(),
            clock: self.clock,
            since: self.since,
            local: self.local,
            looks_only: self.looks_only,
            arrived,
            taken: Arc::default(),
            older: Arc::new(Older::default()),
        }
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
                Ok(failed) => {
                    self.heartbeat.came_round(Part::Handling);
                    if failed { FAILED_REST } else { SLEEP_MAX }
                }
                Err(problem) => {
                    tracing::error!("mail could not be handled: {problem:#}");
                    FAILED_REST
                }
            };
            tokio::select! {
                () = arrived.notified() => {}
                () = tokio::time::sleep(self.heartbeat.at_most(rest)) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// All the waiting mail, and what a moderator lets through of what was held before it; `true` when one failed and is to
    /// be tried again.
    async fn handle_all(&self, tally: &mut Tally, written: &Notify, shutdown: &watch::Receiver<bool>) -> Result<bool> {
        loop {
            let before = tally.handled;
            let failed = self.pass(tally, written, shutdown).await?;
            let untried = self.store.write(|rows| rows.inbox().has_untried()).await?;
            if !untried || tally.handled == before || *shutdown.borrow() {
                return Ok(failed);
            }
        }
    }

    /// One pass over the waiting mail.
    async fn pass(&self, tally: &mut Tally, written: &Notify, shutdown: &watch::Receiver<bool>) -> Result<bool> {
        let (mut ahead, mut failed) = (self.opener.ahead(&self.store), false);
        while !*shutdown.borrow() {
            let Some(opened) = ahead.next().await? else { break };
            failed |= !self.handle(opened, tally).await?;
            self.heartbeat.came_round(Part::Handling);
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
        let id = opened.waiting.id;
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.clock.now());
        let opener = self.opener.clone();
        let handled = self
            .store
            .write(move |rows| {
                let Opened { waiting, incoming, mail: opened, .. } = opener.as_of_now(rows, opened)?;
                let mut desk = Desk::new(rows, &policy, &house, now, incoming.sha256.clone());
                let mail = Mail {
                    id,
                    readable: opened.readable(&waiting.raw),
                    incoming: &incoming,
                    opened: &opened,
                    received_at: waiting.received_at,
                    predates: waiting.predates,
                    truncated: waiting
                        .truncated
                        .then_some(handlers::Place { account: &waiting.account, folder: &waiting.folder }),
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
        let (mut pauses, mut undecided) = (Pauses::new(&Patience::default()), false);
        // What has become due while nothing ran does not wait for all the letters that do.
        if let Err(problem) = self.tick().await {
            tracing::error!("{problem:#}");
        }
        loop {
            if undecided {
                // The end of a delivery may not have been written down. It goes again: same bytes, same Message-ID.
                undecided = self.store.write(|rows| rows.outbox().requeue_undecided()).await.is_err();
            }
            let rest = match self.deliver_while(&mut tally, &shutdown, Pace::ByTheHour).await {
                Ok(()) => {
                    pauses.reset();
                    None
                }
                Err(problem) => {
                    tracing::error!("letters could not be delivered: {problem:#}");
                    undecided = true;
                    Some(pauses.next_pause())
                }
            };
            // What is released is shown, and what follows is run, whatever else fails.
            if let Err(problem) = self.publish().await {
                tracing::error!("{problem:#}");
            }
            let hooks = self.run_hooks().await.unwrap_or_else(|problem| {
                tracing::error!("{problem:#}");
                FAILED_REST
            });
            let sleep = match rest {
                Some(rest) => self.hour.rest(rest, self.clock.now()),
                None => self.until_next_delivery().await,
            };
            let sleep = sleep.min(hooks);
            tokio::select! {
                () = written.notified() => {}
                () = tokio::time::sleep(self.heartbeat.at_most(sleep)) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Writes the public pages, where what they show has changed. A restored desk waits with that, as with its letters.
    async fn publish(&self) -> Result<()> {
        let Some(site) = self.site.as_ref().filter(|_| !self.looks_only) else { return Ok(()) };
        if self.store.read(|rows| Ok(rows.pause().current()?.is_some())).await? {
            return Ok(());
        }
        let published = site.publish(&self.store, &self.policy).await;
        let published = published.context("Writing the public pages; all else was done")?;
        for LeftOut { number, why, .. } in published.left_out {
            tracing::warn!(
                advisory = number,
                "a file of it is not on the site: it {why}; “embargod site build” names it"
            );
        }
        Ok(())
    }

    async fn until_next_delivery(&self) -> Duration {
        let next = |rows: Rows<'_>| Ok((rows.outbox().next_attempt_at()?, rows.pause().current()?.is_some()));
        match self.store.write(next).await {
            Ok((next, paused)) => {
                let longest = if paused { PAUSED_SLEEP_MAX } else { SLEEP_MAX };
                let now = self.clock.now();
                let wait = next.map(|at| Duration::try_from(at.duration_since(now)));
                let wait = wait.map_or(longest, |wait| wait.unwrap_or(Duration::from_secs(1)).min(longest));
                self.hour.at_most(wait, now)
            }
            Err(_) => self.hour.rest(FAILED_REST, self.clock.now()),
        }
    }

    async fn deliver_due(&self, tally: &mut Tally) -> Result<()> {
        let (_keep, shutdown) = watch::channel(false);
        self.deliver_while(tally, &shutdown, Pace::ToTheEnd).await
    }

    /// Delivers what is due and tells people of what could not be, until there is neither.
    async fn deliver_while(&self, tally: &mut Tally, shutdown: &watch::Receiver<bool>, pace: Pace) -> Result<()> {
        let mut ahead = self.courier.ahead();
        loop {
            let begun = self.clock.reading();
            let mut more = false;
            while !*shutdown.borrow() {
                if pace == Pace::ByTheHour {
                    if self.hour.is_at_hand(self.clock.now()) {
                        ahead = self.courier.ahead(); // What leaves at the hour waits for nothing that was begun before.
                        break;
                    }
                    more = self.clock.reading().steady.saturating_sub(begun.steady) > UNTICKED_MAX;
                    if more {
                        break;
                    }
                }
                let from = self.clock.reading().steady;
                let outcome = self.courier.deliver_next(&mut ahead).await?;
                self.hour.took(self.clock.reading().steady.saturating_sub(from));
                match outcome {
                    Some(Outcome::Sent) => tally.sent += 1,
                    Some(Outcome::Postponed) => tally.postponed += 1,
                    Some(Outcome::Failed) => tally.failed += 1,
                    Some(Outcome::Blocked) => tally.blocked += 1,
                    Some(Outcome::Waits) => {}
                    None => break,
                }
                self.heartbeat.came_round(Part::Delivery);
            }
            self.heartbeat.came_round(Part::Delivery);
            if *shutdown.borrow() || !(self.tick().await? || more) {
                return Ok(());
            }
        }
    }

    /// Does what is due without a mail; `true` when something was done. One thing that fails does not stop the others:
    /// its error comes when nothing else is due.
    async fn tick(&self) -> Result<bool> {
        let now = self.time().await?;
        if let Err(problem) = signing::sign_approved(&self.store, &self.courier.preparer.sealer.key, now).await {
            tracing::error!("{problem:#}"); // It is tried once more when it is to leave.
        }
        let (mut done, mut failed) = (false, None);
        let policy = Arc::clone(&self.policy);
        let look = move |rows: Rows<'_>| {
            // A restored desk reads its mail first: what it would do may be done, or be refused by somebody since.
            if rows.copy().is_being_read()? {
                return Ok((Vec::new(), None, false));
            }
            let more = certificates::judge_again(rows, now)? == certificates::JUDGED_AT_ONCE;
            Ok((handlers::due(rows, &policy, now)?, handlers::next_of_advisories(rows, &policy, now)?, more))
        };
        let (all, next, more) = self.store.write(look).await?;
        done |= more;
        self.hour.next(next);
        for due in all {
            let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.time().await?);
            let ticked = self
                .store
                .write(move |rows| handlers::tick(&mut Desk::new(rows, &policy, &house, now, due.cause()), &due))
                .await;
            match ticked {
                Ok(()) => done = true,
                Err(problem) => failed = failed.or(Some(problem)),
            }
        }
        match failed {
            Some(problem) if !done => Err(problem.context("Telling people of what is due")),
            _ => Ok(done),
        }
    }
}

/// Waits until every part of the daemon has ended; one that broke down ends the waiting.
async fn all_end(tasks: &mut JoinSet<()>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.context("A part of the daemon broke down")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
