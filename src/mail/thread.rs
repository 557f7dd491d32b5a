//! Message-IDs and the thread headers made of them (RFC 5322 section 3.6.4). Strangers choose them: they find a
//! thread, they never prove anything.

use serde::{Deserialize, Serialize};

/// RFC 5322 section 2.1.1: a line has at most 998 characters; an identifier we would put into a header is far shorter.
const MESSAGE_ID_BYTES_MAX: usize = 250;

/// A Message-ID without its angle brackets, safe to write into a header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// Takes the identifier with or without its brackets; `None` when it is empty, too long, or has anything but
    /// printable ASCII (RFC 5322 `no-fold`), which we would not repeat in a header of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.trim().trim_start_matches('<').trim_end_matches('>');
        let safe = id.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
        (!id.is_empty() && id.len() <= MESSAGE_ID_BYTES_MAX && safe).then(|| Self(id.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.0)
    }
}
