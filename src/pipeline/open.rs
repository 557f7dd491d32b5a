//! Open: bytes become facts, beside the writer, so that a slow message holds up nobody's transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::mail::incoming::Incoming;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::opened::OpenedMail;
use crate::openpgp::Keyring;
use crate::store::Store;
use crate::store::inbox::Waiting;

/// Reads mail by what the instance knows about itself.
#[derive(Clone)]
pub struct Opener {
    pub mailroom: Arc<Mailroom>,
    /// Reads instead until our server is known to remove stamps that claim to be its own.
    pub doubting: Arc<Mailroom>,
    /// The name that must have been tried; `None` on a local instance, where whoever writes the Maildir is trusted.
    pub authserv_id: Option<String>,
    /// What mail of an account is for when it names none of our addresses.
    pub fallback_roles: Arc<BTreeMap<String, Role>>,
    /// The project's keys that open what people encrypt.
    pub keyring: Arc<Keyring>,
}

/// A waiting mail and what was read in it.
pub struct Opened {
    pub waiting: Waiting,
    pub incoming: Incoming,
    pub mail: OpenedMail,
}

impl Opener {
    /// Opens the oldest mail after `after` that waits to be handled.
    pub async fn next(&self, store: &Store, after: i64) -> Result<Option<Opened>> {
        let Opener { mailroom, doubting, authserv_id, fallback_roles, .. } = self.clone();
        let found = store.write(move |rows| {
            let Some(waiting) = rows.inbox().next_waiting(after)? else { return Ok(None) };
            let believed = match &authserv_id {
                Some(name) => rows.stamps().tried_at(name)?.is_some(),
                None => true,
            };
            Ok(Some((waiting, believed)))
        });
        let Some((waiting, believed)) = found.await? else { return Ok(None) };
        let mailroom = if believed { mailroom } else { doubting };
        let opened = tokio::task::spawn_blocking(move || {
            let fallback = fallback_roles.get(&waiting.account).copied();
            let incoming = mailroom.read(&waiting.raw, fallback);
            Opened { waiting, incoming, mail: OpenedMail::default() }
        });
        opened.await.map(Some).context("Reading a mail")
    }
}
