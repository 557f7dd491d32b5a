//! Collect: the raw bytes go to the inbox before anything else happens to them; the mail and the mailbox cursor
//! commit together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::mail::secret::sha256_hex;
use crate::post::{Cursor, Intake, Place, Taken};
use crate::store::Store;
use crate::store::inbox::Arrival;
use crate::store::time::At;

/// Takes mail from all sources into the inbox.
#[derive(Clone)]
pub struct Collector {
    pub store: Store,
    pub clock: Clock,
    pub since: Since,
    /// A local instance: mail is received when the clock says.
    pub local: bool,
    /// A rehearsal: mailboxes stay as they are.
    pub looks_only: bool,
    /// Rung for every mail that is new.
    pub arrived: Arc<Notify>,
    /// How many mails were taken, those that were known among them: as long as it grows, mail is being read.
    pub taken: Arc<AtomicUsize>,
    pub older: Arc<Older>,
}

/// Mail that our server received before is kept and never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// When the instance was set up.
    Birth(Timestamp),
    /// By `run --since`.
    Told(Timestamp),
}

impl Since {
    /// Servers give the time of receipt in whole seconds; a folder may not know it, and says nothing about a birth.
    fn predates(self, received_at: Option<Timestamp>, now: Timestamp, local: bool) -> bool {
        match self {
            Self::Birth(_) if local => false,
            Self::Birth(at) => received_at.is_some_and(|received_at| received_at.as_second() < at.as_second()),
            Self::Told(at) => received_at.unwrap_or(now).as_second() < at.as_second(),
        }
    }

    /// What people are told of mail that predates it; nothing when there was none.
    pub fn said(self, older: usize) -> Option<String> {
        let mails = match older {
            0 => return None,
            1 => "1 mail is".to_owned(),
            many => format!("{} mails are", with_thousands(many)),
        };
        Some(match self {
            Self::Birth(at) => format!("{mails} older than this instance ({}): kept, not answered", At(at)),
            Self::Told(at) => format!("{mails} older than --since ({}): kept, not answered", At(at)),
        })
    }
}

/// As people read it: 4,998.
fn with_thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many mails were kept for being older than the instance, and of how many of them it was said.
#[derive(Debug, Default)]
pub struct Older {
    count: AtomicUsize,
    said: AtomicUsize,
}

impl Older {
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn unsaid(&self) -> usize {
        let count = self.count();
        count.saturating_sub(self.said.swap(count, Ordering::Relaxed))
    }
}

impl Intake for Collector {
    async fn cursor(&self, place: &Place) -> Result<Option<Cursor>> {
        let Place { account, folder } = place.clone();
        let cursor = self.store.write(move |rows| rows.inbox().cursor(&account, &folder)).await?;
        Ok(cursor.map(|(uid_validity, uid)| Cursor { uid_validity, uid }))
    }

    async fn take(&self, mail: Taken) -> Result<()> {
        let now = self.clock.now();
        let predates = self.since.predates(mail.received_at, now, self.local);
        let new = self
            .store
            .write(move |rows| {
                let new = rows.inbox().add(&Arrival {
                    sha256: &sha256_hex(&mail.raw),
                    raw: &mail.raw,
                    account: &mail.place.account,
                    folder: &mail.place.folder,
                    received_at: mail.received_at.unwrap_or(now),
                    predates,
                    truncated: mail.truncated,
                })?;
                if let Some(cursor) = mail.cursor {
                    rows.inbox().move_cursor(
                        &mail.place.account,
                        &mail.place.folder,
                        cursor.uid_validity,
                        cursor.uid,
                    )?;
                }
                Ok(new)
            })
            .await?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        if let Some(id) = new {
            tracing::info!(mail = id, "collected");
            self.older.count.fetch_add(usize::from(predates), Ordering::Relaxed);
            self.arrived.notify_one();
        }
        Ok(())
    }

    async fn rewind(&self, place: &Place, to: Cursor) -> Result<()> {
        let Place { account, folder } = place.clone();
        self.store.write(move |rows| rows.inbox().rewind_cursor(&account, &folder, to.uid_validity, to.uid)).await
    }

    async fn polled(&self, place: &Place) -> Result<()> {
        let Place { account, folder } = place.clone();
        let now = self.clock.now();
        if let Some(said) = self.since.said(self.older.unsaid()) {
            tracing::info!("{said}");
        }
        self.store.write(move |rows| rows.inbox().polled(&account, &folder, now)).await
    }

    fn looks_only(&self) -> bool {
        self.looks_only
    }

    fn tells_time(&self) -> Option<Timestamp> {
        self.local.then(|| self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_birth_counts_where_the_server_says_when_it_received_a_mail_and_the_operators_word_always() {
        let (before, after) = (at("2026-11-21T08:59:59Z"), at("2026-11-21T09:00:00.5Z"));
        let birth = Since::Birth(at("2026-11-21T09:00:00.9Z"));
        for (received_at, local, predates) in [
            (Some(before), false, true),
            (Some(after), false, false),
            (None, false, false),
            (Some(before), true, false),
        ] {
            assert_eq!(birth.predates(received_at, before, local), predates, "{received_at:?} {local}");
        }
        let told = Since::Told(at("2026-11-21T09:00:00Z"));
        for (received_at, now, predates) in
            [(Some(before), after, true), (Some(after), after, false), (None, before, true), (None, after, false)]
        {
            assert_eq!(told.predates(received_at, now, true), predates, "{received_at:?} {now}");
        }
    }

    #[test]
    fn people_are_told_how_many_and_older_than_what() {
        let birth = Since::Birth(at("2026-11-21T09:00:00.9Z"));
        assert_eq!(birth.said(0), None);
        assert_eq!(
            birth.said(4_998).unwrap(),
            "4,998 mails are older than this instance (2026-11-21T09:00:00Z): kept, not answered"
        );
        assert!(Since::Told(at("2026-11-21T09:00:00Z")).said(1).unwrap().starts_with("1 mail is older than --since"));
        assert_eq!([999, 1_000, 1_234_567].map(with_thousands), ["999", "1,000", "1,234,567"]);
    }
}
