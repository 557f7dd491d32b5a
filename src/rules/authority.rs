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
    #[error("our mail server could not confirm that it came from your address (DMARC).")]
    NotVouched,
    #[error("it came from another address than the one this reply address was given to.")]
    SomebodyElse,
    #[error("the person this reply address was given to is no longer in the team.")]
    NotInTeam,
    #[error("it was sent by a machine.")]
    Machine,
    /// Nothing to prove, and nothing to send.
    #[error("it has no text that could be passed on: it is empty, or encrypted, which this version cannot open.")]
    Empty,
    #[error("it is larger than this desk takes: only its beginning was read.")]
    TooLarge,
}

impl Unproven {
    /// What the writer can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotVouched => {
                "send it again through the mail server of your own address (the one the team knows), so that \
                 DKIM or SPF can vouch for it. If it did come that way, ask the operator to look at the \
                 Authentication-Results header our server wrote."
            }
            Self::SomebodyElse => {
                "send it from the address at which you receive these mails, as a reply to the copy that was sent to \
                 you: each member of the team has reply addresses of their own."
            }
            Self::NotInTeam => "ask a member of the team to send it.",
            Self::Machine => "send it yourself; automatic mail never reaches the discoverer.",
            Self::TooLarge => "send a smaller one, with a link to what is large.",
            Self::Empty => "send it again as plain text, if it may travel unencrypted.",
        }
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
