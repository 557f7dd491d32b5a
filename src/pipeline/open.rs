//! Open: bytes become facts, beside the writer, so that a slow message holds up nobody's transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::mail::incoming::Incoming;
use crate::mail::mailroom::{Mailroom, Role};
use crate::store::Store;
use crate::store::inbox::Waiting;

/// Reads mail by what the instance knows about itself.
#[derive(Clone)]
pub struct Opener {
    pub mailroom: Arc<Mailroom>,
    /// What mail of an account is for when it names none of our addresses.
    pub fallback_roles: Arc<BTreeMap<String, Role>>,
}

/// A waiting mail and what was read in it.
pub struct Opened {
    pub waiting: Waiting,
    pub incoming: Incoming,
}

impl Opener {
    /// Opens the oldest mail after `after` that waits to be handled.
    pub async fn next(&self, store: &Store, after: i64) -> Result<Option<Opened>> {
        let Some(waiting) = store.write(move |rows| rows.inbox().next_waiting(after)).await? else {
            return Ok(None);
        };
        let Opener { mailroom, fallback_roles } = self.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let fallback = fallback_roles.get(&waiting.account).copied();
            let incoming = mailroom.read(&waiting.raw, fallback);
            Opened { waiting, incoming }
        });
        opened.await.map(Some).context("Reading a mail")
    }
}
