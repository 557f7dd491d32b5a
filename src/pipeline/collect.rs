//! Collect: the raw bytes go to the inbox before anything else happens to them; the mail and the mailbox cursor
//! commit together.

use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::mail::secret::sha256_hex;
use crate::post::{Cursor, Intake, Place, Taken};
use crate::store::Store;
use crate::store::inbox::Arrival;

/// Takes mail from all sources into the inbox.
#[derive(Clone)]
pub struct Collector {
    pub store: Store,
    pub clock: Clock,
    /// Mail that our server received earlier is kept and never answered.
    pub born_at: Timestamp,
    /// Rung for every mail that is new.
    pub arrived: Arc<Notify>,
}

impl Intake for Collector {
    async fn cursor(&self, place: &Place) -> Result<Option<Cursor>> {
        let Place { account, folder } = place.clone();
        let cursor = self.store.write(move |rows| rows.inbox().cursor(&account, &folder)).await?;
        Ok(cursor.map(|(uid_validity, uid)| Cursor { uid_validity, uid }))
    }

    async fn take(&self, mail: Taken) -> Result<()> {
        let now = self.clock.now();
        let born_at = self.born_at;
        let new = self
            .store
            .write(move |rows| {
                let new = rows.inbox().add(&Arrival {
                    sha256: &sha256_hex(&mail.raw),
                    raw: &mail.raw,
                    account: &mail.place.account,
                    folder: &mail.place.folder,
                    received_at: mail.received_at.unwrap_or(now),
                    // Servers give INTERNALDATE in whole seconds.
                    predates: mail.received_at.is_some_and(|at| at.as_second() < born_at.as_second()),
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
        if let Some(id) = new {
            tracing::info!(mail = id, "collected");
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
        self.store.write(move |rows| rows.inbox().polled(&account, &folder, now)).await
    }
}
