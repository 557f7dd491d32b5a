//! Mail in by IMAP: whole polls, watching a folder for ever, and trying an account out.
//! It moves bytes; what is in them is not its business, and nothing of them is logged.

mod archive;
mod connection;
mod folder;
mod name;
mod seek;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use secrecy::SecretString;
use tokio::time::Instant;

use self::connection::Trouble;
use self::folder::{Folder, Polled};
pub use self::seek::seek;
use super::patience::{self, Patience};
pub use super::tls::TlsMode;
use super::{Again, Intake};

/// A call that comes sooner than this after the last poll …
const AT_ONCE: Duration = Duration::from_secs(1);
/// … and for which there is no mail, is answered at once this often in a row.
const CALLS_FOR_NOTHING_MAX: u32 = 3;

/// An account and the folders of it that are read.
#[derive(Clone, Debug)]
pub struct ImapAccount {
    /// The account's name in the settings; it is what logs and cursors speak of.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    /// A private certificate authority (PEM) on top of the host's store.
    pub ca: Option<PathBuf>,
    pub user: String,
    pub password: SecretString,
    /// In plain Unicode, as people see them; `INBOX` is the usual one.
    pub folders: Vec<String>,
    /// Where mail goes once it is committed; made when it is missing. `None` leaves it where it lies.
    pub archive: Option<String>,
    /// The largest message that is read whole.
    pub message_bytes_max: usize,
    /// The longest time between two polls, whatever the server says or does not say in between.
    pub poll: Duration,
    pub patience: Arc<Patience>,
}

impl ImapAccount {
    /// A folder that is its own archive would give each message a new UID for ever.
    fn check(&self) -> Result<()> {
        let same = |folder: &&String| self.archive.as_ref().is_some_and(|archive| same_mailbox(archive, folder));
        let clash = self.folders.iter().find(same);
        ensure!(clash.is_none(), "the account {} has its archive among the folders it reads", self.name);
        Ok(())
    }

    async fn open(&self, folder: &str) -> Result<Folder<'_, impl connection::Stream + use<>>> {
        self.check()?;
        let connection = connection::open(self).await.with_context(|| format!("The IMAP account {}", self.name))?;
        Ok(Folder::new(self, folder, connection))
    }
}

/// INBOX is the same in every case (RFC 3501 section 5.1); other names are what they are.
fn same_mailbox(one: &str, other: &str) -> bool {
    one == other || (one.eq_ignore_ascii_case("INBOX") && other.eq_ignore_ascii_case("INBOX"))
}

/// One whole poll of a folder. Gives how many messages were taken.
///
/// # Errors
/// The server could not be reached or gave up in between; the intake refused; or a message could not be read, in which
/// case all others were taken.
pub async fn sweep<I: Intake>(account: &ImapAccount, folder: &str, intake: &I) -> Result<usize> {
    let Polled { taken, unread } = poll_once(account, folder, intake).await?;
    ensure!(unread == 0, "the server lists {unread} messages in {folder} and does not give them; they stay there");
    Ok(taken)
}

async fn poll_once<I: Intake>(account: &ImapAccount, folder: &str, intake: &I) -> Result<Polled> {
    let mut open = account.open(folder).await?;
    let polled = open.poll(intake).await?;
    open.connection.close().await;
    Ok(polled)
}

/// All there is in an account: the archive first, in which nothing is changed, then the folders. Gives how many messages
/// were taken. Those the server lists and does not give are logged and passed.
///
/// # Errors
/// The server could not be reached or gave up in between; or the intake refused.
pub async fn read_again<I: Intake>(account: &ImapAccount, intake: &I) -> Result<usize> {
    let mut taken = read_archive(account, &Again(intake)).await?;
    for folder in &account.folders {
        taken += poll_once(account, folder, intake).await?.taken;
    }
    Ok(taken)
}

async fn read_archive<I: Intake>(account: &ImapAccount, intake: &I) -> Result<usize> {
    let Some(archive) = &account.archive else { return Ok(0) };
    let account = ImapAccount { folders: vec![archive.clone()], archive: None, ..account.clone() };
    let mut open = account.open(archive).await?;
    // It is made with the first mail that goes there.
    let taken = if open.is_there().await? { open.poll(intake).await?.taken } else { 0 };
    open.connection.close().await;
    Ok(taken)
}

/// Reads a folder until `shutdown` says true: a poll at once, one whenever the server speaks up (IDLE), and one every
/// `poll` in any case: servers forget to speak. Troubles are logged and tried again after growing pauses.
/// It may stop anywhere: what was not committed is read again, what was not moved is moved next time.
pub async fn watch<I: Intake>(
    account: &ImapAccount,
    folder: &str,
    intake: &I,
    mut shutdown: tokio::sync::watch::Receiver<bool>,
) {
    tokio::select! {
        biased;
        () = patience::asked_to_stop(&mut shutdown) => {}
        () = attend_for_ever(account, folder, intake) => {}
    }
}

async fn attend_for_ever<I: Intake>(account: &ImapAccount, folder: &str, intake: &I) {
    let mut pauses = patience::Pauses::new(&account.patience);
    loop {
        let (began, mut polled) = (Instant::now(), false);
        let outcome = match account.open(folder).await {
            Ok(open) => attend(open, account, intake, &mut polled).await,
            Err(error) => Err(error),
        };
        if polled && began.elapsed() >= account.poll {
            pauses.reset();
        }
        let mut pause = pauses.next_pause();
        if polled {
            pause = pause.min(account.poll); // Lost again and again, and yet of use: mail waits no longer than this.
        }
        if let Err(error) = outcome {
            tracing::warn!(account = %account.name, folder, pause_ms = pause.as_millis() as u64,
                error = format!("{error:#}"), "reading mail was interrupted");
        }
        tokio::time::sleep(pause).await;
    }
}

/// Stays on one connection until it fails; `useful` says whether it was of any use.
async fn attend<I: Intake>(
    mut open: Folder<'_, impl connection::Stream>,
    account: &ImapAccount,
    intake: &I,
    useful: &mut bool,
) -> Result<()> {
    let (mut rests, mut idle_calls) = (patience::Pauses::new(&account.patience), 0);
    loop {
        let started = Instant::now();
        let polled = open.poll(intake).await?;
        *useful = true;
        tracing::debug!(account = %account.name, taken = polled.taken, unread = polled.unread,
            milliseconds = started.elapsed().as_millis() as u64, "polled");
        let called = Instant::now();
        let mut idles = open.connection.offers.idle;
        if idles {
            match open.connection.idle(account.poll).await {
                // A no to IDLE is no reason to hang up: it is as if it had not been offered.
                Err(refused @ Trouble::Refused { .. }) => {
                    tracing::info!(account = %account.name, error = %refused, "the server will not call; it is polled");
                    (idles, open.connection.offers.idle) = (false, false);
                }
                outcome => outcome?,
            }
        }
        if !idles {
            tokio::time::sleep(account.poll).await;
        }
        // A server that calls us all the time for nothing must not make us ask all the time.
        idle_calls = if polled.taken == 0 && called.elapsed() < AT_ONCE { idle_calls + 1 } else { 0 };
        if idle_calls == 0 {
            rests.reset();
        } else if idle_calls > CALLS_FOR_NOTHING_MAX {
            tokio::time::sleep(rests.next_pause().min(account.poll)).await;
        }
    }
}

/// What `check` shows of an account that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The server wakes us (RFC 2177); else mail waits for the next poll.
    pub idle: bool,
    /// The server can move (RFC 6851); else we copy and delete.
    pub moves: bool,
    /// Each folder with the number of messages in it.
    pub folders: Vec<(String, u32)>,
    /// Whether the archive is there; `None` where none is set. A missing one is made when it is first needed.
    pub archive: Option<bool>,
}

/// Logs in, selects each folder and looks for the archive. Changes nothing.
pub async fn probe(account: &ImapAccount) -> Result<Probe> {
    ensure!(!account.folders.is_empty(), "the account {} names no folder to read", account.name);
    let mut folders = Vec::new();
    let mut last = None;
    for folder in &account.folders {
        let mut open = account.open(folder).await?;
        let selected = open.select(true).await?;
        folders.push((folder.clone(), selected.messages));
        if let Some(earlier) = last.replace(open) {
            earlier.connection.close().await;
        }
    }
    let mut connection = last.context("No folder was opened")?.connection;
    let archive = match &account.archive {
        None => None,
        Some(archive) => {
            let line = format!("STATUS {} (MESSAGES)", name::quoted(archive));
            match connection.command("looking for the archive", account.patience.answer, &line, |_| {}).await {
                Ok(()) => Some(true),
                Err(Trouble::Refused { .. }) => Some(false),
                Err(trouble) => return Err(trouble.into()),
            }
        }
    };
    let (idle, moves) = (connection.offers.idle, connection.offers.moves);
    connection.close().await;
    Ok(Probe { idle, moves, folders, archive })
}

#[cfg(test)]
mod tests;
