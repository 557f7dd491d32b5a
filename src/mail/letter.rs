//! A letter: a message of ours before it is rendered. It is made of labelled text only, so that the gate always
//! knows whose text it carries. How it becomes MIME is `mail::compose`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::mail::address::{Address, Mailbox};
use crate::mail::secret::Purpose;
use crate::mail::thread::MessageId;
use crate::rules::label::{Label, Labelled, Labels, Text, VersionId};

/// What a letter is to the person who gets it (DESIGN section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first answer to a stranger's mail.
    Acknowledgement,
    /// The reply to a mail or a command.
    Answer,
    /// Somebody's mail passed on.
    Relay,
    /// Unasked; tells or asks a known person.
    Notice,
    Reminder,
    /// What was asked will not happen.
    Refusal,
    /// To a list, other than advisories.
    Post,
    Predisclosure,
    Release,
    /// Asks to confirm an address.
    Confirmation,
    /// Trouble, to operator or team.
    Alert,
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::Acknowledgement,
        Kind::Answer,
        Kind::Relay,
        Kind::Notice,
        Kind::Reminder,
        Kind::Refusal,
        Kind::Post,
        Kind::Predisclosure,
        Kind::Release,
        Kind::Confirmation,
        Kind::Alert,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Acknowledgement => "acknowledgement",
            Kind::Answer => "answer",
            Kind::Relay => "relay",
            Kind::Notice => "notice",
            Kind::Reminder => "reminder",
            Kind::Refusal => "refusal",
            Kind::Post => "post",
            Kind::Predisclosure => "predisclosure",
            Kind::Release => "release",
            Kind::Confirmation => "confirmation",
            Kind::Alert => "alert",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// An answer made by a program to one mail: RFC 3834 section 3.1.2 and 3.3 ask for `Auto-Submitted:
    /// auto-replied` and the null return path. Everything else is `auto-generated` under a keyed return path.
    pub fn replies(self) -> bool {
        matches!(self, Kind::Acknowledgement | Kind::Answer | Kind::Refusal)
    }

    /// Brings somebody what people wrote for them. All else a program writes of its own.
    pub fn is_of_people(self) -> bool {
        matches!(self, Kind::Relay | Kind::Post | Kind::Predisclosure | Kind::Release)
    }
}

/// Where a letter stands in somebody's mail program (RFC 5322 section 3.6.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub in_reply_to: Option<MessageId>,
    pub references: Vec<MessageId>,
}

/// What rides along with the text of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Enclosure {
    /// A mail of the inbox, as received.
    Received { inbox: i64 },
    /// A mail of the inbox as people read it: what was inside when it came encrypted.
    Opened { inbox: i64 },
    /// One attachment of a mail of the inbox, as people read it.
    Attachment { inbox: i64, part: usize },
    /// Mails of the inbox in one file of this name, as people read them.
    Mbox { name: String, mails: Vec<i64> },
    /// The project's certificate.
    Certificate,
    /// A text of a version of an advisory, as a file of this name: for whoever approves it.
    Draft { name: String, version: VersionId, text: Audience },
}

/// A reply address of ours, by what it is derived from: the token itself is made when the letter is sealed,
/// so that the database never holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRef {
    pub purpose: Purpose,
    pub cause: String,
    pub counter: u32,
}

/// A message of ours, before it is rendered, signed and sent to each recipient apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub kind: Kind,
    /// The name beside our address in From; without one, the team's.
    pub from_name: Option<Text>,
    /// The To header.
    pub to: Vec<Mailbox>,
    pub subject: Text,
    /// Plain text. A `slot` in it is filled with a reply address when the letter is sealed.
    pub body: Text,
    pub enclosures: Vec<Labelled<Enclosure>>,
    pub thread: Thread,
    /// Reply addresses by the name of the slot that shows them.
    pub slots: BTreeMap<String, TokenRef>,
    /// The slot whose address is the Reply-To; without one, answers go to `answers_to`, or to the role address.
    pub reply_to: Option<String>,
    /// Somebody else's address that answers go to: a list.
    #[serde(default)]
    pub answers_to: Option<Address>,
    /// To whom it goes, where the To header names a list instead.
    #[serde(default)]
    pub blind: Vec<Address>,
    /// It brings the members somebody's post.
    #[serde(default)]
    pub post: Option<Post>,
    /// The Cc header: who is named, and gets no copy by it.
    #[serde(default)]
    pub cc: Vec<Mailbox>,
    /// It brings an advisory.
    #[serde(default)]
    pub advisory: Option<Bringing>,
}

/// A version of an advisory that a letter brings; its files ride along. The text for members, signed in line, stands below
/// the body. The public text stands alone: of such a letter the body is not shown, and nothing is signed around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bringing {
    pub version: VersionId,
    pub text: Audience,
}

/// For whom one of the two texts of an advisory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    Members,
    Public,
}

/// A post that moderators let through. In clear its bytes leave as they came, under the headers of our list and without our
/// signature, so that its author's stay good; encrypted it rides inside of a letter of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub inbox: i64,
    /// The name that From shows before our list's address; `None` leaves its author there.
    pub via: Option<String>,
}

impl Letter {
    /// The labels of all it is made of: names, subject, text, and what rides along.
    pub fn labels(&self) -> Labels {
        let mut labels = self.subject.labels().clone();
        labels.join(self.body.labels());
        if let Some(name) = &self.from_name {
            labels.join(name.labels());
        }
        for enclosure in &self.enclosures {
            labels.join(enclosure.labels());
        }
        if let Some(Bringing { version, .. }) = self.advisory {
            labels.join(&Labels::of(Label::Advisory { version }));
        }
        labels
    }

    /// The addresses it goes to: one delivery each.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        let shown = self.to.iter().map(|mailbox| &mailbox.address).filter(|_| self.blind.is_empty());
        shown.chain(&self.blind)
    }
}

/// What stands in a text where a reply address will be. Private-use characters: no keyboard has them, and a
/// stranger who sends them anyway only names the slots of the letter's own recipient.
pub fn slot(name: &str) -> String {
    format!("\u{E000}{name}\u{E001}")
}

/// The text with its slots filled; `address` gives the reply address behind a slot's name. Slots nobody knows
/// are dropped.
pub fn fill_slots(text: &str, address: impl Fn(&str) -> Option<Address>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{E000}') {
        filled.push_str(before);
        match after.split_once('\u{E001}') {
            Some((name, tail)) => {
                filled.push_str(address(name).as_ref().map_or("", Address::as_str));
                rest = tail;
            }
            None => rest = after,
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_unknown_ones_leave_nothing() {
        let both = Address::parse("security+t@example.org").unwrap();
        let fill = |text: &str| fill_slots(text, |name| (name == "both").then(|| both.clone()));
        assert_eq!(fill(&format!("To both: {}.", slot("both"))), "To both: security+t@example.org.");
        assert_eq!(fill(&format!("a{}b", slot("other"))), "ab");
        assert_eq!(fill("a\u{E000}b"), "ab");
    }
}
