//! What people are told while nothing leaves: the outbox is paused, by an operator or because the database is a backup.

use jiff::Timestamp;
use serde::Serialize;

use crate::store::Rows;
use crate::store::copy::Copied;
use crate::store::pause::Paused;

/// Whether letters leave, and what the database has to do with a backup.
#[derive(Debug, Serialize)]
pub struct Standstill {
    pub paused: Option<Paused>,
    pub copy: Option<Copied>,
    /// The clock jumped then, and nobody said that it is right.
    pub clock_jumped_at: Option<Timestamp>,
}

impl Standstill {
    pub fn read(rows: Rows<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            paused: rows.pause().current()?,
            copy: rows.copy().current()?,
            clock_jumped_at: rows.advisories().jumped_at()?,
        })
    }

    /// What is so, and what to do; nothing when letters leave as always.
    pub fn said(&self) -> Option<String> {
        let clock = self.clock_jumped_at.map(|at| {
            format!(
                "THE CLOCK JUMPED to {at} while the desk was running: no advisory leaves. If the clock is right now: embargod \
                 outbox resume"
            )
        });
        let said: Vec<String> = self.letters().into_iter().chain(clock).collect();
        (!said.is_empty()).then(|| said.join("\n\n"))
    }

    fn letters(&self) -> Option<String> {
        match (&self.copy, &self.paused) {
            (Some(Copied { made_at, started_at: None, .. }), _) => Some(format!(
                "A BACKUP of {made_at}: the first “embargod run” on it sends nothing and reads all mail again."
            )),
            (Some(Copied { made_at, reread_at: None, .. }), _) => Some(format!(
                "RESTORED from a backup of {made_at}: nothing leaves. Not all mail was read again yet; “embargod run” \
                 does that."
            )),
            (Some(Copied { made_at, .. }), Some(paused)) => Some(format!(
                "RESTORED from a backup of {made_at}: nothing leaves; {} wait (embargod outbox list).\n\
                 What waits because of mail received before the loss is taken as sent, but alerts, digests and what was \
                 tried in vain before the backup, with: embargod outbox resume --left-before TIME (of the loss)\n\
                 To send all of it, with the same Message-IDs as before: embargod outbox resume",
                letters(paused.waiting)
            )),
            (_, Some(paused)) => Some(format!(
                "PAUSED since {} by {}: mail is taken and handled, nothing leaves; {} wait. To go on: embargod outbox \
                 resume",
                paused.since,
                paused.by,
                letters(paused.waiting)
            )),
            (_, None) => None,
        }
    }
}

fn letters(count: i64) -> String {
    if count == 1 { "1 letter".into() } else { format!("{count} letters") }
}
