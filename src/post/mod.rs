//! The ways mail comes in and goes out. Knows servers and folders; knows nothing of cases, letters or handlers.
//! Reading is `Source` into an `Intake`; sending is `Carrier` with a `Parcel`.

use jiff::Timestamp;

use crate::mail::address::Address;

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
}

/// Where collected mail goes. `take` returns once the message (and its cursor) is committed: only then may the
/// server's copy be moved. Taking the same bytes twice is harmless.
pub trait Intake: Send + Sync {
    fn cursor(&self, place: &Place) -> impl Future<Output = anyhow::Result<Option<Cursor>>> + Send;
    fn take(&self, mail: Taken) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// A poll of this folder ended well: nothing was left unread.
    fn polled(&self, place: &Place) -> impl Future<Output = anyhow::Result<()>> + Send;
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
