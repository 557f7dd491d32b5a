//! What a received mail is, as facts: who wrote it, what proves it, where it came to, what it answers. A value;
//! `mail::mailroom` makes it out of bytes. It holds no token and no body: those stay with the raw mail.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::mail::address::Mailbox;
use crate::mail::evidence::Evidence;
use crate::mail::headers::Headers;
use crate::mail::lists::ListTrace;
use crate::mail::machine::Machine;
use crate::mail::mailroom::Role;
pub use crate::mail::note::Note;
use crate::mail::thread::MessageId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// SHA-256 of the raw bytes: the identity of a mail.
    pub sha256: String,
    /// The second identity, for effects: the same mail by two ways has the same one (`effect`).
    pub effect: String,
    /// The role of the address it came to.
    pub role: Option<Role>,
    /// SHA-256 of the `+detail` of the address it came to, in lower case: the token itself is never kept.
    pub token: Option<String>,
    /// Only when there is exactly one From field with exactly one address.
    pub author: Option<Mailbox>,
    pub evidence: Evidence,
    pub machine: Option<Machine>,
    pub message_id: Option<MessageId>,
    /// Nearest first.
    pub replies_to: Vec<MessageId>,
    /// One line without control characters, at most 200 characters.
    pub subject: String,
    /// What the sender's clock said.
    pub date: Option<Timestamp>,
    pub public_lists: Vec<ListTrace>,
    /// For a post to a list of ours: with its author's From, receivers would reject a copy (`mail::brittle`).
    pub brittle: bool,
    /// Our mail server marked it as spam.
    pub spam: bool,
    /// It came encrypted, or quotes what did: its text leaves encrypted only.
    pub sealed: bool,
    /// What people should see beside the mail.
    pub notes: Vec<Note>,
}

impl Incoming {
    /// All that can be said of a mail that could not be read: that it is there.
    pub fn unread(raw: &[u8], role: Option<Role>, note: Note) -> Self {
        let sha256 = crate::mail::secret::sha256_hex(raw);
        Incoming {
            effect: sha256.clone(),
            sha256,
            role,
            token: None,
            author: None,
            evidence: Evidence::None,
            machine: None,
            message_id: None,
            replies_to: Vec::new(),
            subject: String::new(),
            date: None,
            public_lists: Vec::new(),
            brittle: false,
            spam: false,
            sealed: false,
            notes: vec![note],
        }
    }
}

/// The hash of From, Date, Message-ID and body. Trace fields (Received, Delivered-To, list headers) differ by the
/// way a mail took and do not count; nor do line ends, folds and blank lines at the end, which servers change.
pub fn effect(headers: &Headers<'_>) -> String {
    let mut hash = Sha256::new();
    // Without an identifier of its own, what a mail is about has to tell it from the next.
    let subject = if headers.has("Message-ID") { None } else { Some("Subject") };
    for name in ["From", "Date", "Message-ID"].into_iter().chain(subject) {
        for field in headers.all(name) {
            hash.update(name);
            hash.update(":");
            for word in field.value().split_whitespace() {
                hash.update(" ");
                hash.update(word);
            }
            hash.update("\n");
        }
    }
    hash.update("\n");
    let mut blank_lines = 0usize;
    for line in headers.body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut blank_lines) {
            hash.update("\n");
        }
        hash.update(line);
        hash.update("\n");
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> String {
        effect(&Headers::read(raw.as_bytes()))
    }

    #[test]
    fn the_same_mail_by_two_ways_has_one_effect() {
        let direct = "From: Alice <a@example.net>\nDate: Tue, 1 Dec 2026 10:00:00 +0000\nMessage-ID: <1@example.net>\n\nText\n\nmore\n";
        let by_list = "Received: from lists\nDelivered-To: bot@example.org\nList-Id: <l.example.org>\nMessage-Id:\n <1@example.net>\nFrom: Alice\n\t<a@example.net>\nDate: Tue, 1 Dec 2026 10:00:00 +0000\n\nText\n\nmore\n\n\n";
        assert_eq!(of(direct), of(by_list));
        assert_eq!(of(direct), of(&by_list.replace('\n', "\r\n")));
        assert_eq!(of(direct), of(direct.trim_end()));
        for other in [
            direct.replace("more", "less"),
            direct.replace("Text\n\n", "Text\n"),
            direct.replace("1@", "2@"),
            direct.replace("10:00", "10:01"),
            direct.replace("From: Alice", "From: Bob"),
        ] {
            assert_ne!(of(direct), of(&other), "{other}");
        }
    }
}
