//! Whether what was proven about a mail suffices for what it asks. From: proves nothing; a token alone neither; a
//! signature only what it signs, once, and not for long.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::mail::address::Address;
use crate::mail::note::Note;

/// A signature counts for so long after it was made.
pub const SIGNATURE_HOURS_MAX: i64 = 48;
/// A certificate that came by mail, without the operator, discloses nothing before it is so old: whoever it is not from
/// has been told by then.
pub const SETTLED_HOURS_MIN: i64 = 24;

/// What somebody wants done that needs proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// To be shown what the team may see anyway, at their own address.
    Look,
    /// Text of a team member goes out to the discoverer or to others who take part in the case.
    AnswerReporter,
    /// A case is changed.
    Case,
    /// Somebody comes to read a case, or joins the team.
    Admit,
    /// Somebody gets a certificate.
    Certify,
    /// An application is decided, or what a member gets.
    Member,
    /// A held post is decided.
    Moderate,
    /// Text of a case is shown to those who were not to see it before.
    Disclose,
}

impl Act {
    pub fn as_str(self) -> &'static str {
        match self {
            Act::Look => "look",
            Act::AnswerReporter => "answer-reporter",
            Act::Case => "case",
            Act::Admit => "admit",
            Act::Certify => "certify",
            Act::Member => "member",
            Act::Moderate => "moderate",
            Act::Disclose => "disclose",
        }
    }
}

/// What the profile demands for an act (table `[evidence]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// The holder's token and an aligned From of the holder; or a signature.
    Aligned,
    /// A signature by a registered certificate of the team, over the text that asks.
    Signed,
    /// The same, by a certificate that the operator gave them, or that has been theirs for a day.
    #[serde(skip)]
    SignedAndSettled,
}

/// What a mail brings with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim<'a> {
    /// Whose reply address for this very thing it came to: a member of the team.
    pub holder: Option<&'a Address>,
    /// Whom our mail server vouches for.
    pub aligned: Option<&'a Address>,
    pub signature: Option<Signature<'a>>,
    /// Who signed the text that asks, in the team or not: nobody else says it, whoever passes it on.
    pub said_by: Option<&'a Address>,
}

/// A good signature of a member of the team over the text that asks.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    pub signer: &'a Address,
    pub made_at: Timestamp,
    /// When our server received the mail.
    pub received_at: Timestamp,
    /// It had an effect before, in another mail.
    pub used: bool,
    /// The signed text names the thing.
    pub names_it: bool,
    /// Since when the certificate is theirs, if members of the team said so; `None`: the operator gave it to them.
    pub by_mail_since: Option<Timestamp>,
}

/// How somebody was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Aligned,
    Signed,
}

impl Proof {
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::Aligned => "aligned",
            Proof::Signed => "signed",
        }
    }
}

/// Why a mail does not get done what it asks for. The text stands after "Why:", its remedy after "What to do:".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    #[error("our mail server could not confirm that it came from the address in its From line (DMARC).")]
    NotVouched,
    #[error("it was sent to a reply address that does not belong to its writer.")]
    SomebodyElse,
    #[error("the person this reply address was given to is no longer in the team.")]
    NotInTeam,
    #[error("it did not come to a reply address of its writer's own, and its signed text does not name the case.")]
    NotAddressed,
    #[error("it is not signed with a registered certificate of the team.")]
    NotSigned,
    #[error("it is signed with a key that is not registered.")]
    UnknownKey,
    #[error("it is signed in an outdated way (SHA-1) that others can forge.")]
    Weak,
    #[error(
        "its signature is not good: the text was changed on its way, or the key was expired or revoked, or the date of \
         the signature lies in the future."
    )]
    NotGood,
    #[error("its signature does not cover the lines that ask for it.")]
    OutsideSignature,
    #[error("it is signed by somebody who is not in the team.")]
    SignedByOther,
    #[error("the text that asks for it is signed by somebody else, and so it is theirs.")]
    OthersText,
    #[error("its signature is older than {SIGNATURE_HOURS_MAX} hours.")]
    TooOld,
    #[error("its signature was used before: each acts once.")]
    UsedBefore,
    #[error("the certificate that signs it has been registered by mail for less than {SETTLED_HOURS_MIN} hours.")]
    TooNew,
    #[error("it is marked as automatic mail.")]
    Machine,
    /// Nothing to prove, and nothing to send.
    #[error("it has no text that could be passed on: it is empty, or encrypted, which this version cannot open.")]
    Empty,
    /// The case has several discoverers, and all of the text may be one of theirs.
    #[error(
        "the case has more than one discoverer, and your mail has no text of your own: what is quoted does not go from one to another."
    )]
    OthersOnly,
    /// So many MiB are taken.
    #[error("it is larger than {0} MiB.")]
    TooLarge(u16),
}

impl Unproven {
    /// What the writer can do about it. The text stands after "What to do, if you wrote it:".
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotVouched => {
                "send it again through the mail server of your own address. If you did, tell the operator: “embargod \
                 check --send” shows whether our server's check of senders works."
            }
            Self::SomebodyElse => {
                "reply to your own copy of the case mail, not to a colleague's, and from the address it was sent to."
            }
            Self::NotInTeam => "reply to your own copy of the case mail, not to that of somebody who left.",
            Self::NotAddressed => {
                "reply to your own copy of the case mail; or begin your signed text with a line that names the case, \
                 such as “case 12”."
            }
            Self::NotSigned | Self::UnknownKey | Self::SignedByOther => {
                "sign it with the certificate that is registered for you. If you did, ask the operator whether it \
                 still is: “embargod key list”."
            }
            Self::Weak => "bring your OpenPGP program up to date, and sign it anew.",
            Self::NotGood => {
                "sign it anew; look whether your key is still valid, whether the clock of your computer is right, and \
                 whether something on the way changes your mail."
            }
            Self::OutsideSignature => "sign the whole mail: as OpenPGP/MIME, not as a part of its text.",
            Self::OthersText => {
                "write it yourself, above what you pass on, and do not pass it on as signed text alone."
            }
            Self::TooOld => "write it again, and sign it anew; look whether the clock of your computer is right.",
            Self::UsedBefore => "write it again, and sign it anew.",
            Self::TooNew => "wait until that time is over and sign it anew; or ask another member of the team.",
            Self::Machine => "send it again from your usual mail program.",
            Self::TooLarge(_) => "send what matters in smaller mails.",
            Self::OthersOnly => {
                "write your text above all that you quote; or send it to one of them alone, with “!tell ADDRESS TEXT”."
            }
            Self::Empty => "send it again as plain text, if it may travel unencrypted.",
        }
    }

    /// Why a text counts as not signed, by what was found of its signatures.
    pub fn by_notes(notes: &[Note]) -> Self {
        let found = |wanted: fn(&Note) -> bool| notes.iter().any(wanted);
        match () {
            () if found(|note| matches!(note, Note::Signed { .. })) => Self::OutsideSignature,
            () if found(|note| matches!(note, Note::BadSignature { .. } | Note::UnreadableSignature)) => Self::NotGood,
            () if found(|note| matches!(note, Note::WeakSignature { .. })) => Self::Weak,
            () if found(|note| matches!(note, Note::SignedByUnknown { .. })) => Self::UnknownKey,
            () => Self::NotSigned,
        }
    }

    /// Whether somebody may have used a member's name, reply address or old mail who should not.
    pub fn is_suspicious(self) -> bool {
        !matches!(self, Self::NotInTeam | Self::Machine | Self::Empty | Self::OthersOnly | Self::TooLarge(_))
    }
}

/// Who is proven to ask, and how (DESIGN section 4). A signature that is worth nothing does not take away what else a
/// mail brings.
pub fn prove<'a>(demand: Demand, claim: &Claim<'a>) -> Result<(&'a Address, Proof), Unproven> {
    let signed = claim.signature.map(|signature| by_signature(&signature, claim.holder));
    let settled = claim.signature.is_none_or(|signature| is_settled(&signature));
    match (signed, demand) {
        (Some(Ok(_)), Demand::SignedAndSettled) if !settled => Err(Unproven::TooNew),
        (Some(Ok(signer)), _) => Ok((signer, Proof::Signed)),
        (Some(Err(unproven)), Demand::Signed | Demand::SignedAndSettled) => Err(unproven),
        (None, Demand::Signed | Demand::SignedAndSettled) if claim.said_by.is_some() => Err(Unproven::SignedByOther),
        (None, Demand::Signed | Demand::SignedAndSettled) => Err(Unproven::NotSigned),
        (signed, Demand::Aligned) => match (by_stamp(claim), signed) {
            (Ok(holder), _) => Ok((holder, Proof::Aligned)),
            // Of two reasons the one that is about the signature says more.
            (Err(Unproven::OthersText), _) => Err(Unproven::OthersText),
            (Err(_), Some(Err(unproven))) => Err(unproven),
            (Err(unproven), _) => Err(unproven),
        },
    }
}

fn is_settled(signature: &Signature<'_>) -> bool {
    let age = signature.by_mail_since.map(|since| signature.received_at.duration_since(since));
    age.is_none_or(|age| age >= SignedDuration::from_hours(SETTLED_HOURS_MIN))
}

fn by_signature<'a>(signature: &Signature<'a>, holder: Option<&Address>) -> Result<&'a Address, Unproven> {
    let oldest = signature.received_at.saturating_sub(SignedDuration::from_hours(SIGNATURE_HOURS_MAX));
    match holder {
        _ if signature.used => Err(Unproven::UsedBefore),
        _ if oldest.is_ok_and(|oldest| signature.made_at < oldest) => Err(Unproven::TooOld),
        Some(holder) if holder != signature.signer && !signature.names_it => Err(Unproven::SomebodyElse),
        None if !signature.names_it => Err(Unproven::NotAddressed),
        _ => Ok(signature.signer),
    }
}

fn by_stamp<'a>(claim: &Claim<'a>) -> Result<&'a Address, Unproven> {
    match (claim.holder, claim.aligned) {
        (_, None) => Err(Unproven::NotVouched),
        (None, Some(_)) => Err(Unproven::NotAddressed),
        (Some(holder), Some(aligned)) if holder != aligned => Err(Unproven::SomebodyElse),
        (Some(holder), Some(_)) if claim.said_by.is_some_and(|author| author != holder) => Err(Unproven::OthersText),
        (Some(holder), Some(_)) => Ok(holder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_vouched_for_is_proven() {
        let alice = Address::parse("alice@example.org").unwrap();
        let bob = Address::parse("bob@example.org").unwrap();
        let sister = Address::parse("alice@mail.example.org").unwrap();
        let same = Address::parse("Alice@Example.ORG").unwrap();
        for (holder, aligned, expected) in [
            (Some(&alice), Some(&alice), Ok((&alice, Proof::Aligned))),
            (Some(&alice), Some(&same), Ok((&alice, Proof::Aligned))),
            (Some(&alice), Some(&bob), Err(Unproven::SomebodyElse)),
            (Some(&alice), Some(&sister), Err(Unproven::SomebodyElse)),
            (Some(&alice), None, Err(Unproven::NotVouched)),
            (None, Some(&alice), Err(Unproven::NotAddressed)),
            (None, None, Err(Unproven::NotVouched)),
        ] {
            let claim = Claim { holder, aligned, signature: None, said_by: None };
            assert_eq!(prove(Demand::Aligned, &claim), expected, "{claim:?}");
            assert_eq!(prove(Demand::Signed, &claim), Err(Unproven::NotSigned), "{claim:?}");
        }
    }

    #[test]
    fn a_signature_proves_its_signer_once_for_two_days_and_for_what_it_is_about() {
        let alice = Address::parse("alice@example.org").unwrap();
        let bob = Address::parse("bob@example.org").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let good = Signature {
            signer: &alice,
            made_at: at("2026-12-07T09:00:00Z"),
            received_at: at("2026-12-07T09:01:00Z"),
            used: false,
            names_it: false,
            by_mail_since: None,
        };
        let named = Signature { names_it: true, ..good };
        for (holder, signature, expected) in [
            (Some(&alice), good, Ok((&alice, Proof::Signed))),
            (Some(&bob), good, Err(Unproven::SomebodyElse)),
            (Some(&bob), named, Ok((&alice, Proof::Signed))),
            (None, good, Err(Unproven::NotAddressed)),
            (None, named, Ok((&alice, Proof::Signed))),
            (Some(&alice), Signature { used: true, ..named }, Err(Unproven::UsedBefore)),
            (Some(&alice), Signature { received_at: at("2026-12-09T09:00:00Z"), ..good }, Ok((&alice, Proof::Signed))),
            (Some(&alice), Signature { received_at: at("2026-12-09T09:00:01Z"), ..named }, Err(Unproven::TooOld)),
        ] {
            let claim = Claim { holder, aligned: None, signature: Some(signature), said_by: Some(&alice) };
            assert_eq!(prove(Demand::Signed, &claim), expected, "{claim:?}");
        }
    }

    #[test]
    fn what_somebody_signed_is_said_by_nobody_else() {
        let alice = Address::parse("alice@example.org").unwrap();
        let bob = Address::parse("bob@example.org").unwrap();
        let at: Timestamp = "2026-12-07T09:00:00Z".parse().unwrap();
        let by = |signer| Signature {
            signer,
            made_at: at,
            received_at: at,
            used: false,
            names_it: false,
            by_mail_since: None,
        };
        let vouched = Claim { holder: Some(&alice), aligned: Some(&alice), ..Claim::default() };
        for (signature, said_by, looks, changes) in [
            (None, None, Ok(Proof::Aligned), Err(Unproven::NotSigned)),
            (Some(by(&alice)), Some(&alice), Ok(Proof::Signed), Ok(Proof::Signed)),
            (Some(by(&bob)), Some(&bob), Err(Unproven::OthersText), Err(Unproven::SomebodyElse)),
            // Registered, and not in the team.
            (None, Some(&bob), Err(Unproven::OthersText), Err(Unproven::SignedByOther)),
            (Some(Signature { used: true, ..by(&alice) }), Some(&alice), Ok(Proof::Aligned), Err(Unproven::UsedBefore)),
        ] {
            let claim = Claim { signature, said_by, ..vouched };
            let proof = |demand| prove(demand, &claim).map(|(_, proof)| proof);
            assert_eq!((proof(Demand::Aligned), proof(Demand::Signed)), (looks, changes), "{claim:?}");
        }
    }

    #[test]
    fn a_certificate_that_came_by_mail_discloses_nothing_for_a_day() {
        let alice = Address::parse("alice@example.org").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (by_mail_since, expected) in [
            (None, Ok((&alice, Proof::Signed))),
            (Some(at("2026-12-06T09:00:00Z")), Ok((&alice, Proof::Signed))),
            (Some(at("2026-12-06T09:00:01Z")), Err(Unproven::TooNew)),
            (Some(at("2026-12-07T08:59:00Z")), Err(Unproven::TooNew)),
        ] {
            let signature = Signature {
                signer: &alice,
                made_at: at("2026-12-07T09:00:00Z"),
                received_at: at("2026-12-07T09:00:00Z"),
                used: false,
                names_it: true,
                by_mail_since,
            };
            let claim = Claim { signature: Some(signature), ..Claim::default() };
            assert_eq!(prove(Demand::SignedAndSettled, &claim), expected, "{by_mail_since:?}");
            assert_eq!(prove(Demand::Signed, &claim), Ok((&alice, Proof::Signed)), "all else it may");
        }
        let stamp_alone = Claim { holder: Some(&alice), aligned: Some(&alice), ..Claim::default() };
        assert_eq!(prove(Demand::SignedAndSettled, &stamp_alone), Err(Unproven::NotSigned));
    }
}
