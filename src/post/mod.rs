//! The ways mail comes in and goes out. Knows servers and folders; knows nothing of cases, letters or handlers.
//! Reading is `Source` into an `Intake`; sending is `Carrier` with a `Parcel`.

pub mod files;
pub mod imap;
pub mod maildir;
pub mod patience;
pub mod rehearsal;
pub mod smtp;
pub mod tls;

use anyhow::Result;
use futures::future::join_all;
use jiff::Timestamp;

use crate::mail::address::Address;
use crate::mail::thread::MessageId;

/// Of a message over the limit of its account, the header and the first of the body are taken.
pub const BEGINNING_HEADER_BYTES_MAX: usize = 256 * 1024;
pub const BEGINNING_BODY_BYTES_MAX: usize = 64 * 1024;
const REASON_CHARS_MAX: usize = 200;

/// Where in the mailboxes a message lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The account's name in the settings.
    pub account: String,
    pub folder: String,
}

/// How far a folder has been read (RFC 3501 section 2.3.1.1): everything up to `uid` under this `uid_validity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub uid_validity: u32,
    pub uid: u32,
}

/// One message as a server or a folder gave it.
#[derive(Clone, Debug)]
pub struct Taken {
    pub place: Place,
    /// The exact bytes.
    pub raw: Vec<u8>,
    /// When the server received it (IMAP INTERNALDATE); `None` where only "now" is known.
    pub received_at: Option<Timestamp>,
    /// The cursor to commit together with the message; `None` for folders without UIDs.
    pub cursor: Option<Cursor>,
    /// The message is over the limit: `raw` is its header and the first of its body, and the rest is in the
    /// mailbox only.
    pub truncated: bool,
}

/// Where collected mail goes. `take` returns once the message (and its cursor) is committed: only then may the
/// server's copy be moved. Taking the same bytes twice is harmless.
pub trait Intake: Send + Sync {
    fn cursor(&self, place: &Place) -> impl Future<Output = anyhow::Result<Option<Cursor>>> + Send;
    fn take(&self, mail: Taken) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// A folder gives lower UIDs than before: its cursor goes back to this one.
    fn rewind(&self, place: &Place, to: Cursor) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// A poll of this folder came to its end: all was taken that could be read.
    fn polled(&self, place: &Place) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Nothing may change in a mailbox: no message is moved and none is marked.
    fn looks_only(&self) -> bool {
        false
    }
    /// Mail is received when the intake says, whatever a folder knows: a local instance has a time of its own.
    fn tells_time(&self) -> Option<Timestamp> {
        None
    }
}

/// For mail that was read before: whatever the cursor says, from the beginning, and nothing is moved.
struct Again<'a, I>(&'a I);

impl<I: Intake> Intake for Again<'_, I> {
    async fn cursor(&self, _: &Place) -> anyhow::Result<Option<Cursor>> {
        Ok(None)
    }

    async fn take(&self, mail: Taken) -> anyhow::Result<()> {
        self.0.take(Taken { cursor: None, ..mail }).await
    }

    async fn rewind(&self, _: &Place, _: Cursor) -> anyhow::Result<()> {
        Ok(())
    }

    async fn polled(&self, _: &Place) -> anyhow::Result<()> {
        Ok(())
    }

    fn looks_only(&self) -> bool {
        true
    }
}

/// One recipient's copy of a sealed letter.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The delivery's row: names the files of a local instance.
    pub id: i64,
    /// `None` is the null return path `<>`.
    pub envelope_from: Option<Address>,
    pub envelope_to: Address,
    /// The kind of letter, for the files of a local instance.
    pub kind: &'static str,
    /// When it is sent.
    pub at: Timestamp,
    /// The exact bytes, CRLF line ends.
    pub bytes: std::sync::Arc<[u8]>,
}

/// Why a parcel did not leave. The text is the server's or the system's; it goes to the record, not to strangers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Try again later: 4yz (RFC 5321 section 4.2.1), no connection, no answer.
    #[error("not now: {0}")]
    NotNow(String),
    /// It will never be taken like this: 5yz.
    #[error("refused: {0}")]
    Refused(String),
}

impl NotSent {
    pub fn not_now(reason: &str) -> Self {
        NotSent::NotNow(one_line(reason, REASON_CHARS_MAX))
    }

    pub fn refused(reason: &str) -> Self {
        NotSent::Refused(one_line(reason, REASON_CHARS_MAX))
    }
}

/// Where mail comes from.
#[derive(Clone, Debug)]
pub enum Source {
    Imap(imap::ImapAccount),
    Maildir(maildir::MaildirFolder),
}

impl Source {
    /// One whole poll of each folder, also when one of them is in trouble. Gives how many messages were taken.
    pub async fn sweep<I: Intake>(&self, intake: &I) -> Result<usize> {
        match self {
            Source::Imap(account) => {
                let sweeps = account.folders.iter().map(|folder| imap::sweep(account, folder, intake));
                join_all(sweeps).await.into_iter().sum()
            }
            Source::Maildir(folder) => folder.sweep(intake).await,
        }
    }

    /// Takes all mail there is, also what was put into the archive: for a database that knows less than the mailbox.
    /// A message that cannot be read is logged and passed, today as in a year. Gives how many messages were taken.
    pub async fn read_again<I: Intake>(&self, intake: &I) -> Result<usize> {
        match self {
            Source::Imap(account) => imap::read_again(account, intake).await,
            Source::Maildir(folder) => folder.read_again(intake).await,
        }
    }

    /// Reads all folders, each on a connection of its own, until `shutdown` says true.
    pub async fn watch<I: Intake>(&self, intake: &I, shutdown: tokio::sync::watch::Receiver<bool>) {
        match self {
            Source::Imap(account) => {
                let watches = account.folders.iter().map(|name| imap::watch(account, name, intake, shutdown.clone()));
                join_all(watches).await;
            }
            Source::Maildir(folder) => folder.watch(intake, shutdown).await,
        }
    }
}

impl Source {
    /// Tries everything short of taking mail.
    pub async fn probe(&self) -> Result<()> {
        match self {
            Source::Imap(account) => imap::probe(account).await.map(drop),
            Source::Maildir(folder) => folder.probe().await.map(drop),
        }
    }

    /// Looks for mail of our own by its Message-ID, without taking it. Gives each identifier found with the header of
    /// its mail.
    pub async fn seek(&self, wanted: &[MessageId]) -> Result<Vec<(MessageId, Vec<u8>)>> {
        match self {
            Source::Imap(account) => imap::seek(account, wanted).await,
            Source::Maildir(folder) => folder.seek(wanted).await,
        }
    }

    /// What it is called when people are told about it.
    pub fn described(&self) -> String {
        match self {
            Source::Imap(imap::ImapAccount { name, user, host, port, .. }) => {
                format!("IMAP account {name} ({user} at {host} port {port})")
            }
            Source::Maildir(folder) => format!("Maildir {} ({})", folder.name, folder.path.display()),
        }
    }
}

/// How mail leaves.
#[derive(Debug)]
pub enum Carrier {
    Smtp(smtp::Smtp),
    Files(files::Files),
    /// Nothing leaves: what would is listed.
    Rehearsal(rehearsal::Rehearsal),
}

impl Carrier {
    /// Hands one parcel over; `Ok` means it is somebody else's now.
    pub async fn send(&self, parcel: &Parcel) -> Result<(), NotSent> {
        match self {
            Carrier::Smtp(smtp) => smtp.send(parcel).await,
            Carrier::Files(files) => files.send(parcel).await,
            Carrier::Rehearsal(rehearsal) => rehearsal.send(parcel),
        }
    }

    /// What it is called when people are told about it.
    pub fn described(&self) -> String {
        match self {
            Carrier::Smtp(smtp) => smtp.described(),
            Carrier::Files(files) => format!("the folder {}", files.folder.display()),
            Carrier::Rehearsal(_) => "a rehearsal".into(),
        }
    }

    /// Tries everything short of sending.
    pub async fn probe(&self) -> Result<()> {
        match self {
            Carrier::Smtp(smtp) => smtp.probe().await,
            Carrier::Files(files) => files.probe().await,
            Carrier::Rehearsal(_) => Ok(()),
        }
    }
}

/// Somebody else's words, fit for one line of a log or the record: no control characters, at most `chars_max` long.
fn one_line(text: &str, chars_max: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_becomes_one_short_line() {
        let said = format!("550 5.1.1 no\r\nsuch\u{1b}[31m user\t{}", "x".repeat(500));
        let NotSent::Refused(text) = NotSent::refused(&said) else { panic!("refused") };
        assert!(text.starts_with("550 5.1.1 no such [31m user xxx"), "{text}");
        assert_eq!(text.chars().count(), REASON_CHARS_MAX);
        assert!(!text.chars().any(char::is_control));
    }
}
