//! What is derived instead of drawn: tokens, Message-IDs, return-path keys and loop marks are HMAC-SHA-256
//! (RFC 2104) under the instance's secret, so that the same mail handled again gives the same identifiers.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What an identifier is for. Two purposes never give the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The Message-ID of one of our letters.
    MessageId,
    /// A reply address that reaches the team.
    AnswerTeam,
    /// A reply address that reaches the team and the reporter.
    AnswerReporter,
    /// Answers whether somebody agrees to the embargo of a case.
    Agree,
    /// Answers whether a member of the team accepts a new one.
    Accept,
    /// Answers whether somebody joins the team.
    Join,
    /// Answers what the team decides about an application.
    Decide,
    /// Answers whether a role address is a new member's.
    Confirm,
    /// Answers whether a new member gets what is under embargo now.
    Current,
    /// Decides about a held post, by a moderator.
    Moderate,
    /// Takes a held post back, by its author.
    Withdraw,
    /// Answers whether a role address is a member's that nobody applied for by mail.
    ConfirmMember,
    /// Asks the team something, by a member.
    Question,
    /// Answers a member's question, by the team.
    AnswerMember,
    /// Answers a test letter, by a member.
    Drill,
    /// Agrees that a member's address changes: at the one it had.
    AddressFormer,
    /// The same: at the new one.
    AddressNew,
    /// Answers whether a certificate is a member's, by the team.
    MemberKey,
    /// The envelope sender of one delivery, to which bounces come.
    ReturnPath,
    /// The header by which we know our own mail when it comes back.
    LoopMark,
    /// A MIME boundary nobody can guess.
    Boundary,
    /// A mail of the operator's to ourselves (`embargod check --send`).
    Check,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::MessageId => "message-id",
            Purpose::AnswerTeam => "answer-team",
            Purpose::AnswerReporter => "answer-reporter",
            Purpose::Agree => "agree",
            Purpose::Accept => "accept",
            Purpose::Join => "join",
            Purpose::Decide => "decide",
            Purpose::Confirm => "confirm",
            Purpose::Current => "current",
            Purpose::Moderate => "moderate",
            Purpose::Withdraw => "withdraw",
            Purpose::ConfirmMember => "confirm-member",
            Purpose::Question => "question",
            Purpose::AnswerMember => "answer-member",
            Purpose::Drill => "drill",
            Purpose::AddressFormer => "address-former",
            Purpose::AddressNew => "address-new",
            Purpose::MemberKey => "member-key",
            Purpose::ReturnPath => "return-path",
            Purpose::LoopMark => "loop-mark",
            Purpose::Boundary => "boundary",
            Purpose::Check => "check",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let reply = [Self::AnswerTeam, Self::AnswerReporter, Self::Agree, Self::Accept, Self::Join];
        let applications = [Self::Decide, Self::Confirm, Self::Current];
        let posts = [Self::Moderate, Self::Withdraw];
        let members = [Self::ConfirmMember, Self::Question, Self::AnswerMember, Self::Drill];
        let changes = [Self::AddressFormer, Self::AddressNew, Self::MemberKey];
        let others = [Self::MessageId, Self::ReturnPath, Self::LoopMark, Self::Boundary, Self::Check];
        reply
            .into_iter()
            .chain(applications)
            .chain(posts)
            .chain(members)
            .chain(changes)
            .chain(others)
            .find(|purpose| purpose.as_str() == text)
    }
}

/// 130 bits: out of reach of guessing, short enough for a local part (26 characters).
const TOKEN_CHARACTERS: usize = 26;

/// The instance's secret: 32 bytes that never leave its key folder.
pub struct Secret(SecretBox<[u8; 32]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads 64 hex digits, as `init` writes them; `None` when they are anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.trim().to_ascii_lowercase().as_bytes()).ok()?;
        Some(Self::new(bytes.try_into().ok()?))
    }

    /// 26 lower-case base32 characters for the `counter`-th thing of this purpose that `cause` gave rise to.
    /// `cause` is the SHA-256 of a mail, or the name of a due event.
    pub fn derive(&self, purpose: Purpose, cause: &str, counter: u32) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        for field in [purpose.as_str().as_bytes(), cause.as_bytes(), &counter.to_be_bytes()] {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        let mut text = BASE32_NOPAD.encode(&mac.finalize().into_bytes()).to_ascii_lowercase();
        text.truncate(TOKEN_CHARACTERS);
        text
    }
}

/// SHA-256 in lower-case hex: the identity of a mail, and all the database keeps of a token.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_gives_the_same_identifier_and_nothing_else_does() {
        let secret = Secret::new([7; 32]);
        let one = secret.derive(Purpose::AnswerTeam, "mail", 1);
        assert_eq!(one, Secret::new([7; 32]).derive(Purpose::AnswerTeam, "mail", 1));
        assert_eq!(one.len(), TOKEN_CHARACTERS);
        for other in [
            secret.derive(Purpose::AnswerReporter, "mail", 1),
            secret.derive(Purpose::AnswerTeam, "mail", 2),
            secret.derive(Purpose::AnswerTeam, "mai", 1),
            Secret::new([8; 32]).derive(Purpose::AnswerTeam, "mail", 1),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_secret_is_read_back_as_init_writes_it_and_never_printed() {
        let hex = "0a".repeat(32);
        assert!(Secret::from_hex(&format!("{hex}\n")).is_some());
        assert!(Secret::from_hex("0a").is_none());
        assert!(Secret::from_hex("not hex").is_none());
        assert_eq!(format!("{:?}", Secret::new([1; 32])), "Secret(…)");
    }
}
