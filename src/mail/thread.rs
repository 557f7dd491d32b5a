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

/// A thread longer than this is followed by its newest mails only.
const REPLIES_TO_MAX: usize = 100;

/// All identifiers of a header value, in order: what stands in angle brackets (older programs write words around
/// them, RFC 5322 section 4.5.4), or, without any brackets, each word that looks like one.
pub fn message_ids(value: &str) -> Vec<MessageId> {
    if !value.contains('<') {
        return value.split_whitespace().filter(|word| word.contains('@')).filter_map(MessageId::parse).collect();
    }
    value.split('<').skip(1).filter_map(|after| MessageId::parse(after.split_once('>')?.0)).collect()
}

/// What a mail answers, nearest first: In-Reply-To, then References from the last to the first (RFC 5322
/// section 3.6.4 puts the parent last), each once.
pub fn replies_to(in_reply_to: &str, references: &str) -> Vec<MessageId> {
    let mut nearest_first: Vec<MessageId> = Vec::new();
    for id in message_ids(in_reply_to).into_iter().chain(message_ids(references).into_iter().rev()) {
        if nearest_first.len() >= REPLIES_TO_MAX {
            break;
        }
        if !nearest_first.contains(&id) {
            nearest_first.push(id);
        }
    }
    nearest_first
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(words: &[&str]) -> Vec<MessageId> {
        words.iter().filter_map(|word| MessageId::parse(word)).collect()
    }

    #[test]
    fn a_reply_names_its_parent_first_and_its_root_last() {
        let answered = replies_to("<c@example.org>", "<a@example.org> <b@example.org>\t<c@example.org>");
        assert_eq!(answered, ids(&["c@example.org", "b@example.org", "a@example.org"]));
        assert_eq!(replies_to("", ""), []);
        let words = "Your message of \"Tue, 1 Dec 2026\" <a@example.org>";
        assert_eq!(replies_to(words, "no brackets: b@example.org"), ids(&["a@example.org", "b@example.org"]));
    }

    #[test]
    fn what_is_no_identifier_is_left_out() {
        assert_eq!(
            message_ids("<> <a b@example.org> <never closed <é@example.org> <c@example.org>"),
            ids(&["c@example.org"])
        );
        assert_eq!(message_ids(&format!("<{}@example.org>", "a".repeat(MESSAGE_ID_BYTES_MAX))), []);
    }

    #[test]
    fn a_flood_of_references_is_cut() {
        let flood: String = (0..10_000).map(|n| format!("<{n}@example.org> ")).collect();
        let answered = replies_to("", &flood);
        assert_eq!((answered.len(), answered.first().cloned()), (REPLIES_TO_MAX, MessageId::parse("9999@example.org")));
    }
}
