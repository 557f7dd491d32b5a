//! An intake in memory: what the store does for the program, for tests of the post alone.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use embargod::mail::secret::sha256_hex;
use embargod::post::{Cursor, Intake, Place, Taken};

#[derive(Default)]
struct Contents {
    /// Everything taken, also twice.
    taken: Vec<Taken>,
    cursors: HashMap<Place, Cursor>,
    polls: usize,
}

#[derive(Default)]
pub struct Drawer {
    contents: Mutex<Contents>,
    changed: tokio::sync::Notify,
}

impl Intake for Drawer {
    async fn cursor(&self, place: &Place) -> anyhow::Result<Option<Cursor>> {
        Ok(self.contents.lock().unwrap().cursors.get(place).copied())
    }

    async fn take(&self, mail: Taken) -> anyhow::Result<()> {
        {
            let mut contents = self.contents.lock().unwrap();
            if let Some(cursor) = mail.cursor {
                contents.cursors.insert(mail.place.clone(), cursor);
            }
            contents.taken.push(mail);
        }
        self.changed.notify_waiters();
        Ok(())
    }

    async fn rewind(&self, place: &Place, to: Cursor) -> anyhow::Result<()> {
        self.contents.lock().unwrap().cursors.insert(place.clone(), to);
        Ok(())
    }

    async fn polled(&self, _: &Place) -> anyhow::Result<()> {
        self.contents.lock().unwrap().polls += 1;
        self.changed.notify_waiters();
        Ok(())
    }
}

impl Drawer {
    pub fn taken(&self) -> Vec<Taken> {
        self.contents.lock().unwrap().taken.clone()
    }

    /// How many different messages were taken: what the store would have kept.
    pub fn kept(&self) -> usize {
        self.taken().iter().map(|mail| sha256_hex(&mail.raw)).collect::<BTreeSet<_>>().len()
    }

    /// How many polls ended well.
    pub fn polls(&self) -> usize {
        self.contents.lock().unwrap().polls
    }

    pub fn cursor_of(&self, account: &str) -> Option<Cursor> {
        let contents = self.contents.lock().unwrap();
        contents.cursors.iter().find(|(place, _)| place.account == account).map(|(_, cursor)| *cursor)
    }

    /// Waits until `enough` of (different messages, whole polls).
    pub async fn wait_until(&self, limit: Duration, enough: impl Fn(usize, usize) -> bool) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let polls = self.contents.lock().unwrap().polls;
                if enough(self.kept(), polls) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, waiting).await.expect("nothing came in time");
    }
}
