//! Whether what was proven about a mail suffices for what it asks. From: proves nothing; a token alone neither.

use serde::Deserialize;

use crate::mail::address::Address;
use crate::mail::evidence::Evidence;

/// What the profile demands for an act (table `[evidence]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// The holder's token, and an aligned From of the holder.
    Aligned,
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
    #[error("it is marked as automatic mail.")]
    Machine,
    /// Nothing to prove, and nothing to send.
    #[error("it has no text that could be passed on: it is empty, or encrypted, which this version cannot open.")]
    Empty,
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
            Self::Machine => "send it again from your usual mail program.",
            Self::TooLarge(_) => "send what matters in smaller mails.",
            Self::Empty => "send it again as plain text, if it may travel unencrypted.",
        }
    }

    /// Whether somebody may have used a member's name or reply address who should not.
    pub fn is_suspicious(self) -> bool {
        matches!(self, Self::NotVouched | Self::SomebodyElse)
    }
}

/// Whether this mail, which came to a reply address of `holder`, is proven to be theirs (DESIGN section 4).
pub fn proves(demand: Demand, evidence: &Evidence, holder: &Address) -> Result<(), Unproven> {
    match (demand, evidence) {
        (Demand::Aligned, Evidence::Aligned(address)) if address == holder => Ok(()),
        (Demand::Aligned, Evidence::Aligned(_)) => Err(Unproven::SomebodyElse),
        (Demand::Aligned, Evidence::None) => Err(Unproven::NotVouched),
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
        for (evidence, expected) in [
            (Evidence::Aligned(alice.clone()), Ok(())),
            (Evidence::Aligned(Address::parse("Alice@Example.ORG").unwrap()), Ok(())),
            (Evidence::Aligned(bob), Err(Unproven::SomebodyElse)),
            (Evidence::Aligned(sister), Err(Unproven::SomebodyElse)),
            (Evidence::None, Err(Unproven::NotVouched)),
        ] {
            assert_eq!(proves(Demand::Aligned, &evidence, &alice), expected, "{evidence:?}");
        }
    }
}
