//! `embargod outbox`: every letter to every recipient, and how far it is; and the hand on the tap.

use clap::Subcommand;
use jiff::Timestamp;

use super::instance::{self, At};
use super::standstill::Standstill;
use super::{Failure, print, process};
use crate::store::Rows;
use crate::store::audit::Act;
use crate::store::pause::Released;

#[derive(Subcommand)]
pub enum Outbox {
    /// List the deliveries, the oldest first
    List,
    /// From now on nothing leaves; mail is taken and handled as always
    Pause,
    /// Let letters leave again; after the clock jumped, advisories, too
    Resume {
        /// After a restore: what waits because of mail received before TIME (RFC 3339, the time of the loss) is taken as
        /// sent. Alerts and digests, what was tried in vain before the backup and what you released leave all the same
        #[arg(long, value_name = "TIME", value_parser = instance::time)]
        left_before: Option<Timestamp>,
    },
    /// Send one delivery although the outbox is paused, or try a failed or blocked one again; never to somebody who is
    /// not allowed to read it
    Release {
        /// The number that “outbox list” shows
        #[arg(value_name = "ID")]
        id: i64,
    },
}

impl Outbox {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Pause => pause(at).await,
            Self::Resume { left_before } => resume(at, left_before).await,
            Self::Release { id } => release(at, id).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
    let read = |rows: Rows<'_>| Ok((rows.outbox().list()?, Standstill::read(rows)?));
    let (deliveries, standstill) = at.store()?.read(read).await?;
    if at.json {
        return print::json(&deliveries);
    }
    let rows: Vec<Vec<String>> = deliveries
        .into_iter()
        .map(|delivery| {
            let case = delivery.case.map(|case| case.to_string()).unwrap_or_default();
            let attempts = delivery.attempts.to_string();
            let encrypted = if delivery.encrypted_to.is_some() { "encrypted" } else { "" }.to_owned();
            vec![
                delivery.id.to_string(),
                delivery.state,
                delivery.kind,
                case,
                delivery.to,
                encrypted,
                attempts,
                delivery.error,
            ]
        })
        .collect();
    print::table(&["delivery", "state", "kind", "case", "to", "", "attempts", "error"], &rows);
    if let Some(said) = standstill.said() {
        print::say!("\n{said}");
    }
    Ok(())
}

fn record(rows: Rows<'_>, now: Timestamp, act: &str, object: &str, detail: &str) -> anyhow::Result<()> {
    let actor = process::operator();
    rows.audit().append(now, &Act { actor: &actor, evidence: "operator", act, object, detail })
}

async fn pause(at: &At) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let paused = store
        .write(move |rows| {
            let paused = rows.pause().set(now, &process::operator())?;
            if paused {
                record(rows, now, "outbox pause", "outbox", "")?;
            }
            Ok(paused)
        })
        .await?;
    if !paused {
        return Err(Failure::refused("the outbox is paused already", "“embargod outbox resume” ends that."));
    }
    print::say!("Nothing leaves from now on, but what is on its way this moment. To go on: embargod outbox resume");
    Ok(())
}

const CLOCK_IS_RIGHT: &str = "The clock counts as right: advisories leave at their hours again.";

/// How `resume` went.
enum Resumed {
    Yes {
        taken_as_sent: usize,
        /// The clock was doubted, too.
        clock: bool,
    },
    /// Nothing was paused, but the clock was doubted.
    ClockIsRight,
    /// Nothing was paused.
    NotPaused,
    /// A backup nobody has run on, or whose mailboxes were not all read again.
    NotReadAgain,
    /// Only after a restore may letters be taken as sent.
    NotRestored,
}

async fn resume(at: &At, left_before: Option<Timestamp>) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let resumed = store.write(move |rows| resume_now(rows, now, left_before)).await?;
    match resumed {
        Resumed::Yes { taken_as_sent, clock } => {
            if left_before.is_some() {
                print::say!("{taken_as_sent} deliveries are taken as sent before the restore.");
            }
            print::say!(
                "Letters leave again: within seconds where the daemon runs, else with the next “embargod run”."
            );
            if clock {
                print::say!("{CLOCK_IS_RIGHT}");
            }
            Ok(())
        }
        Resumed::ClockIsRight => {
            print::say!("{CLOCK_IS_RIGHT}");
            Ok(())
        }
        Resumed::NotPaused => Err(Failure::refused("the outbox is not paused", "See “embargod outbox list”.")),
        Resumed::NotReadAgain => Err(Failure::refused(
            "this is a backup, and not all mail was read again yet",
            "Run “embargod run --once”, look at “embargod outbox list”, and resume then.",
        )),
        Resumed::NotRestored => Err(Failure::refused(
            "--left-before is for a database that was restored from a backup; this one was not",
            "Leave it away: what is queued here has not left.",
        )),
    }
}

fn resume_now(rows: Rows<'_>, now: Timestamp, left_before: Option<Timestamp>) -> anyhow::Result<Resumed> {
    let Standstill { paused, copy, clock_jumped_at } = Standstill::read(rows)?;
    if copy.as_ref().is_some_and(|copy| copy.reread_at.is_none()) {
        return Ok(Resumed::NotReadAgain);
    }
    let by = process::operator();
    if paused.is_none() && clock_jumped_at.is_none() {
        return Ok(Resumed::NotPaused);
    }
    if left_before.is_some() && copy.is_none() {
        return Ok(Resumed::NotRestored);
    }
    if let Some(jumped_at) = clock_jumped_at {
        rows.advisories().clock_is_right(&by, now)?;
        record(rows, now, "clock is right", "clock", &format!("it jumped at {jumped_at}"))?;
    }
    if paused.is_none() {
        return Ok(Resumed::ClockIsRight);
    }
    let mut taken_as_sent = 0;
    let mut detail = String::new();
    if let Some(before) = left_before {
        taken_as_sent = rows.pause().take_as_sent(before, now)?;
        detail = format!("{taken_as_sent} deliveries because of mail before {before} taken as sent before the restore");
    }
    rows.pause().lift()?;
    rows.copy().forget()?;
    record(rows, now, "outbox resume", "outbox", &detail)?;
    Ok(Resumed::Yes { taken_as_sent, clock: clock_jumped_at.is_some() })
}

async fn release(at: &At, id: i64) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let released = store
        .write(move |rows| {
            let released = rows.pause().release(id, now)?;
            if let Released::Yes { before } = &released {
                record(rows, now, "outbox release", &format!("delivery {id}"), &format!("it was {before}"))?;
            }
            Ok(released)
        })
        .await?;
    match released {
        Released::Yes { .. } => {
            print::say!(
                "Delivery {id} is on its way, unless the gate stops it: within a minute where the daemon runs, else with \
                 the next “embargod run”."
            );
            Ok(())
        }
        Released::No { state } => Err(Failure::refused(
            format!("delivery {id} is {state}: there is nothing to release"),
            "Only what is queued, failed, blocked or unknown can be released; see “embargod outbox list”.",
        )),
        Released::Held => Err(Failure::refused(
            format!("delivery {id} brings an advisory of a case that the team holds"),
            "It leaves as soon as a member of the team says “!unhold” in that case.",
        )),
        Released::Unknown => Err(Failure::refused(format!("there is no delivery {id}"), "See “embargod outbox list”.")),
    }
}
