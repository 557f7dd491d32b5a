//! What is odd about a mail, or worth knowing, for people to see: found by whoever read it, said in plain words.

use serde::{Deserialize, Serialize};

/// Keys that are named in a note; a mail to a whole team has a few more.
const KEYS_SHOWN_MAX: usize = 10;

/// Something about a mail, for people to see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    NoFrom,
    SeveralFroms,
    SeveralAuthors,
    UnusableFrom,
    SeveralResults,
    HeaderCut,
    Unreadable,
    /// Encrypted to none of our keys; the IDs of those it is encrypted to, as far as it names them.
    NotForUs {
        key_ids: Vec<String>,
    },
    /// Encrypted with a passphrase only.
    Passphrase,
    /// Encrypted, and changed or cut off on its way.
    Damaged,
    /// It unpacks to more than 25 MiB.
    UnpacksTooLarge,
    /// More layers of encryption and signatures than anybody uses.
    TooDeep,
    Smime,
    /// A mail server took its PGP/MIME apart.
    Repaired,
    /// Something stands beside what was encrypted.
    OutsideEncryption,
    /// Among the text that was encrypted, something is encrypted again.
    EncryptedAgain,
    /// The sender named by what was protected; the header names another.
    OtherSender {
        protected: String,
    },
    /// By a registered certificate.
    Signed {
        fingerprint: String,
    },
    /// What was signed is only a part of the mail.
    SignedInPart,
    /// By a key that nobody registered.
    SignedByUnknown {
        key: String,
    },
    /// By a registered certificate, with an algorithm that is no longer safe.
    WeakSignature {
        fingerprint: String,
    },
    BadSignature {
        fingerprint: String,
    },
    UnreadableSignature,
    /// The list put its own address into From.
    FromRewritten,
}

impl Note {
    /// Whether something that came encrypted was not opened.
    pub fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::NotForUs { .. }
                | Self::Passphrase
                | Self::Damaged
                | Self::UnpacksTooLarge
                | Self::TooDeep
                | Self::Smime
                | Self::EncryptedAgain
        )
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fixed = match self {
            Note::NotForUs { key_ids } => return not_for_us(f, key_ids),
            Note::OtherSender { protected } => {
                return write!(
                    f,
                    "What was protected names another sender than its From line: {protected}. Neither is proven by that."
                );
            }
            Note::Signed { fingerprint } => {
                return write!(
                    f,
                    "It is signed with the registered certificate {fingerprint}, and the signature is good."
                );
            }
            Note::SignedByUnknown { key } if key.is_empty() => {
                "It is signed with a key that it does not name: the signature was not checked."
            }
            Note::SignedByUnknown { key } => {
                return write!(
                    f,
                    "It is signed with key {key}, which is not registered: the signature was not checked."
                );
            }
            Note::WeakSignature { fingerprint } => {
                return write!(
                    f,
                    "It is signed with the registered certificate {fingerprint} in an outdated way (SHA-1) that others \
                     can forge: the signature proves nothing. Its owner should update their OpenPGP program."
                );
            }
            Note::BadSignature { fingerprint } => {
                return write!(
                    f,
                    "It bears a signature of the registered certificate {fingerprint} that is NOT good: the mail was \
                     changed on its way, or the key was not valid then."
                );
            }
            Note::SignedInPart => {
                "The signature covers only a part of the mail: anybody on the way can have put the rest there."
            }
            Note::UnreadableSignature => "It bears a signature that cannot be read: it proves nothing.",
            Note::NoFrom => "It has no From line.",
            Note::SeveralFroms => "It has several From lines: mail programs may each show another sender.",
            Note::SeveralAuthors => "Its From line names several people: nobody is taken as its author.",
            Note::UnusableFrom => "The address in its From line cannot be used: it cannot be answered.",
            Note::SeveralResults => {
                "Several lines claim to be our mail server's check of the sender: at least one is forged, none was believed."
            }
            Note::FromRewritten => {
                "The list put its own address into the From line; its author is named by another line of the header."
            }
            Note::HeaderCut => "Its header is longer than any real one: the rest of it was not read.",
            Note::Unreadable => "It could not be read at all. The mail itself is kept as it came.",
            Note::Passphrase => {
                "It is encrypted with a passphrase, which this program cannot be told. Ask its sender to encrypt to \
                 the project's certificate."
            }
            Note::Damaged => {
                "It is encrypted and could not be opened: it was changed or cut off on its way. Nothing of it is \
                 shown. Ask its sender to send it again."
            }
            Note::UnpacksTooLarge => "It is encrypted or packed, and unpacks to more than 25 MiB: it was not opened.",
            Note::TooDeep => {
                "It is encrypted or signed more than five times over: what is further inside was not opened."
            }
            Note::Smime => {
                "It is encrypted or packed with S/MIME, which this program cannot open. Ask its sender to use OpenPGP \
                 and the project's certificate."
            }
            Note::Repaired => {
                "A mail server (Microsoft Exchange does this) took its encryption apart; it was put together again to \
                 open it."
            }
            Note::OutsideEncryption => {
                "Parts of it were not encrypted: anybody on the way can have put them there. They are only in the mail \
                 as received."
            }
            Note::EncryptedAgain => "A part inside of it is encrypted once more, beside other text: it was not opened.",
        };
        f.write_str(fixed)
    }
}

fn not_for_us(f: &mut std::fmt::Formatter<'_>, key_ids: &[String]) -> std::fmt::Result {
    let shown: Vec<&str> = key_ids.iter().take(KEYS_SHOWN_MAX).map(String::as_str).collect();
    let more = key_ids.len().saturating_sub(shown.len());
    match (shown.as_slice(), more) {
        ([], _) => {
            f.write_str("It is encrypted to a key that it does not name, and none of the project's opens it.")?
        }
        ([one], _) => write!(f, "It is encrypted to key {one}, which the project does not have.")?,
        (some, 0) => write!(f, "It is encrypted to the keys {}, none of which the project has.", some.join(", "))?,
        (some, more) => {
            let named = some.join(", ");
            write!(f, "It is encrypted to the keys {named} and {more} more, none of which the project has.")?;
        }
    }
    f.write_str(" Ask its sender to encrypt to the project's certificate.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_the_keys_and_not_too_many() {
        let note = |count: usize| Note::NotForUs { key_ids: (0..count).map(|n| format!("K{n}")).collect() }.to_string();
        assert!(note(0).starts_with("It is encrypted to a key that it does not name"));
        assert!(note(1).starts_with("It is encrypted to key K0, which"));
        assert!(note(2).contains("keys K0, K1, none"));
        assert!(note(12).contains("K9 and 2 more, none") && !note(12).contains("K10"));
    }
}
