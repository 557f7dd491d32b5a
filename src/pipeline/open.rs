//! Open: bytes become facts, on all cores beside the writer, so that a slow message holds up nobody's transaction: the
//! next mails are opened while one is handled.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::task::JoinHandle;

use super::known::{Certificates, Known};
use super::offers;
use crate::mail::incoming::Incoming;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::note::Note;
use crate::mail::opened::OpenedMail;
use crate::openpgp::{Keyring, mime};
use crate::store::inbox::Waiting;
use crate::store::{Rows, Store};

/// While as much as this is being opened, nothing more is begun: one large mail, or many small ones.
const AHEAD_BYTES_MAX: usize = 4 << 20;
/// A few bytes can unpack to any size: what gives more than this is opened when its turn comes, one at a time.
const AHEAD_UNPACKED_BYTES_MAX: u64 = 4 << 20;

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
    /// The certificates signatures are checked with.
    pub known: Known,
}

/// A waiting mail and what was read in it.
pub struct Opened {
    pub waiting: Waiting,
    pub incoming: Incoming,
    pub mail: OpenedMail,
    basis: Basis,
}

/// What opening depends on beside the bytes and the keys.
#[derive(Clone)]
struct Basis {
    /// Our server's stamps are believed.
    believed: bool,
    certificates: Certificates,
}

impl Opener {
    /// All mail that waits to be handled, the oldest first.
    pub fn ahead<'o>(&'o self, store: &'o Store) -> Ahead<'o> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // One more: the first is waited for, or handled.
        Ahead { opener: self, store, after: 0, most: cores + 1, opening: VecDeque::new() }
    }

    /// The mail as it is to be handled in this transaction: opened again if a certificate was registered, or our
    /// server's stamps came to be believed, since it was opened.
    pub fn as_of_now(&self, rows: Rows<'_>, opened: Opened) -> Result<Opened> {
        let basis = self.basis(rows)?;
        let same = basis.believed == opened.basis.believed && basis.certificates.are(&opened.basis.certificates);
        let mut opened = if same { opened } else { self.open(opened.waiting, basis, u64::MAX) };
        offers::join(rows, &mut opened.mail, opened.waiting.received_at)?;
        Ok(opened)
    }

    fn basis(&self, rows: Rows<'_>) -> Result<Basis> {
        let believed = match &self.authserv_id {
            Some(name) => rows.stamps().tried_at(name)?.is_some(),
            None => true,
        };
        Ok(Basis { believed, certificates: self.known.current(rows)? })
    }

    /// Total, as the readers it asks are: they catch their own panics. No more than `bytes_max` is unpacked.
    fn open(&self, waiting: Waiting, basis: Basis, bytes_max: u64) -> Opened {
        let mailroom = if basis.believed { &self.mailroom } else { &self.doubting };
        let fallback = self.fallback_roles.get(&waiting.account).copied();
        let mut incoming = mailroom.read(&waiting.raw, fallback);
        // As of its receipt, however late it is handled: a signature does not turn bad by waiting.
        let certificates = basis.certificates.all();
        let mail = mime::unwrap_within(bytes_max, &waiting.raw, &self.keyring, certificates, waiting.received_at);
        incoming.sealed = mail.sealed;
        if let Some(subject) = &mail.subject {
            incoming.subject.clone_from(subject);
        }
        let more = mail.notes.iter().filter(|note| !incoming.notes.contains(note)).cloned();
        let more: Vec<_> = more.collect();
        incoming.notes.extend(more);
        Opened { waiting, incoming, mail, basis }
    }
}

/// Mail on its way to being handled, in order.
pub struct Ahead<'o> {
    opener: &'o Opener,
    store: &'o Store,
    after: i64,
    most: usize,
    opening: VecDeque<Opening>,
}

struct Opening {
    bytes: usize,
    task: JoinHandle<Opened>,
}

impl Ahead<'_> {
    /// The next mail; `None` when none waits. The ones behind it are being opened when this returns.
    pub async fn next(&mut self) -> Result<Option<Opened>> {
        while self.has_room() {
            let (opener, after) = (self.opener.clone(), self.after);
            let found = self.store.write(move |rows| match rows.inbox().next_waiting(after)? {
                Some(waiting) => Ok(Some((waiting, opener.basis(rows)?))),
                None => Ok(None),
            });
            let Some((waiting, basis)) = found.await? else { break };
            self.after = waiting.id;
            let (opener, bytes) = (self.opener.clone(), waiting.raw.len());
            let task = tokio::task::spawn_blocking(move || opener.open(waiting, basis, AHEAD_UNPACKED_BYTES_MAX));
            self.opening.push_back(Opening { bytes, task });
        }
        let Some(first) = self.opening.pop_front() else { return Ok(None) };
        let opened = first.task.await.context("Reading a mail")?;
        if !opened.mail.notes.contains(&Note::UnpacksTooLarge) {
            return Ok(Some(opened));
        }
        let (opener, Opened { waiting, basis, .. }) = (self.opener.clone(), opened);
        let task = tokio::task::spawn_blocking(move || opener.open(waiting, basis, u64::MAX));
        task.await.map(Some).context("Reading a large mail")
    }

    fn has_room(&self) -> bool {
        let bytes: usize = self.opening.iter().map(|opening| opening.bytes).sum();
        self.opening.len() < self.most && bytes < AHEAD_BYTES_MAX
    }
}

#[cfg(test)]
mod tests;
