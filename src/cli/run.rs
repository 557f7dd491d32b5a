//! `embargod run`: the daemon, or one round of it.

use clap::Args;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Failure;
use super::instance::{self, At};
use crate::clock::Clock;
use crate::daemon::{Engine, Tally};
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
        let Some(_lock) = Lock::take(&settings.database)? else {
            return Err(Failure::refused(
                format!("another embargod runs on {}", settings.database.display()),
                "Stop it first; “embargod status” works beside it.",
            ));
        };
        let store = Store::open(&settings.database)?;
        let clock = clock(&settings, &store, self.at, self.once).await?;
        let engine = Engine::assemble(&settings, store, clock).await?;
        if self.once {
            println!("{}", told(&engine.once().await?));
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
pub fn told(tally: &Tally) -> String {
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
    line + "."
}
