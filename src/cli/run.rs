//! `embargod run`: the daemon, or one round of it.

use clap::Args;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::instance::{self, At};
use super::standstill::Standstill;
use super::{Failure, print};
use crate::clock::Clock;
use crate::daemon::{Engine, Preview, Tally};
use crate::pipeline::collect::Since;
use crate::settings::Settings;
use crate::store::{Lock, Store};

#[derive(Args)]
pub struct Run {
    /// Take all mail, do all that is due, deliver all, exit
    #[arg(long)]
    pub once: bool,
    /// What time it is (RFC 3339; local instances only): it never goes back
    #[arg(long, value_name = "TIME", value_parser = instance::time)]
    at: Option<Timestamp>,
    /// Answer only mail received from TIME (RFC 3339) on (default: since the instance was set up); older mail is kept,
    /// unanswered
    #[arg(long, value_name = "TIME", value_parser = instance::time)]
    since: Option<Timestamp>,
    /// Show what one round would send, and why; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Run {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let settings = at.settings()?;
        if self.at.is_some() && !settings.local {
            return Err(Failure::usage(
                "--at is for local instances: this one has real mail",
                "Leave --at away, or make a local instance with “embargod init DIR --profile xen --local”.",
            ));
        }
        instance::present(&settings)?;
        if self.dry_run {
            // In memory, so it needs no lock: it works beside the daemon.
            let engine = self.engine(&settings, Store::rehearsal(&settings.database)?).await?;
            return rehearse(engine, at.json).await;
        }
        let Some(_lock) = Lock::take(&settings.database)? else {
            return Err(Failure::refused(
                format!("another embargod runs on {}", settings.database.display()),
                "Stop it first; “embargod status” works beside it.",
            ));
        };
        let store = Store::open(&settings.database)?;
        if store.read(|rows| rows.people().team()).await?.is_empty() {
            return Err(Failure::refused(
                "nobody is in the security team: reports would be read by nobody",
                "embargod team add NAME ADDRESS",
            ));
        }
        let engine = self.engine(&settings, store).await?;
        if self.once {
            let since = engine.since;
            let store = engine.store.clone();
            let tally = engine.once().await?;
            print::say!("{}", told(&tally, since));
            if let Some(said) = store.read(Standstill::read).await?.said() {
                print::say!("{said}");
            }
            return Ok(());
        }
        let (stop, shutdown) = watch::channel(false);
        let mut terminate = signal(SignalKind::terminate()).map_err(anyhow::Error::from)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(anyhow::Error::from)?;
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            stop.send(true).ok();
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            // As after a crash: the next run puts in order what this one leaves.
            eprintln!("embargod: asked twice, stopped at once");
            std::process::exit(1);
        });
        Ok(engine.run(shutdown).await?)
    }

    async fn engine(&self, settings: &Settings, store: Store) -> Result<Engine, Failure> {
        let clock = clock(settings, &store, self.at, self.once || self.dry_run).await?;
        let mut engine = Engine::assemble(settings, store, clock).await?;
        if let Some(since) = self.since {
            engine.since = Since::Told(since);
        }
        Ok(engine)
    }
}

/// Shows what a round would send.
async fn rehearse(engine: Engine, json: bool) -> Result<(), Failure> {
    let since = engine.since;
    let Preview { tally, letters, paused } = engine.rehearse().await?;
    if json {
        return print::json(&letters);
    }
    let rows: Vec<Vec<String>> = letters
        .into_iter()
        .map(|letter| {
            let case = letter.case.map(|case| case.to_string()).unwrap_or_default();
            vec![letter.kind, case, letter.to, letter.subject, letter.why]
        })
        .collect();
    if !rows.is_empty() {
        print::table(&["kind", "case", "to", "subject", "why"], &rows);
        print::say!();
    }
    print::say!("A rehearsal: {}", told(&tally, since));
    if paused.is_some() {
        print::say!("The outbox is paused: none of it leaves before “embargod outbox resume”.");
    }
    print::say!("Nothing was changed, and nothing has left.");
    Ok(())
}

async fn clock(settings: &Settings, store: &Store, at: Option<Timestamp>, once: bool) -> Result<Clock, Failure> {
    let Some(at) = at else {
        return Ok(instance::clock(settings, store).await?);
    };
    let born_and_moved = store
        .write(move |rows| {
            rows.instance().born(at)?;
            rows.instance().simulate(at)
        })
        .await?;
    if !born_and_moved {
        return Err(Failure::refused(
            format!("--at {at} is before the latest time this instance was told"),
            "Time never goes back there: give a later one, or make a new instance.",
        ));
    }
    Ok(if once { Clock::Still(at) } else { Clock::running(at) })
}

/// What a round did, in a line.
pub fn told(tally: &Tally, since: Since) -> String {
    let mut line =
        format!("{} mails collected, {} handled; {} letters sent", tally.collected, tally.handled, tally.sent);
    for (count, what) in [
        (tally.postponed, "postponed (embargod outbox list says why)"),
        (tally.failed, "refused by the mail server"),
        (tally.blocked, "stopped at the gate"),
        (tally.quarantined, "mails set aside (embargod inbox list says why)"),
    ] {
        if count > 0 {
            line.push_str(&format!(", {count} {what}"));
        }
    }
    line.push('.');
    if let Some(said) = since.said(tally.older) {
        line.push_str(&format!("\n{said}."));
    }
    if let Some(found) = tally.found {
        line.push_str(&format!("\nAll mail was read again: the backup did not have {found} of them."));
    }
    line
}
