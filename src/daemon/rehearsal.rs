//! `run --dry-run`: a round of the same engine on a copy of the database in memory, with mailboxes that are only
//! looked into and a carrier that only lists.

use std::sync::Arc;

use anyhow::Result;

use super::{Engine, Tally};
use crate::post::Carrier;
use crate::post::rehearsal::Rehearsal;
use crate::store::copy::Rehearsed;
use crate::store::pause::Paused;

/// What a round would do.
pub struct Preview {
    pub tally: Tally,
    /// What would be sent, in that order.
    pub letters: Vec<Rehearsed>,
    /// Nothing of it leaves: the outbox is paused.
    pub paused: Option<Paused>,
}

impl Engine {
    /// One round, after which nothing has happened. The engine must stand on `Store::rehearsal`. A pause is lifted for
    /// it, so that what it holds back is seen.
    pub async fn rehearse(mut self) -> Result<Preview> {
        self.looks_only = true;
        let rehearsal = Rehearsal::default();
        self.courier.carrier = Arc::new(Carrier::Rehearsal(rehearsal.clone()));
        let mut tally = self.once().await?;
        let paused = self.store.write(|rows| rows.pause().current()).await?;
        if paused.is_some() {
            self.store.write(|rows| rows.pause().lift()).await?;
            self.deliver_due(&mut tally).await?;
        }
        let deliveries = rehearsal.deliveries();
        let letters = self
            .store
            .write(move |rows| deliveries.into_iter().map(|delivery| rows.rehearsed(delivery)).collect())
            .await?;
        Ok(Preview { tally, letters, paused })
    }
}
