//! Letters about a member's address that is to change. What goes to an address that is not confirmed, or is no longer the
//! member's, is public, and names no address but the one that was asked for.

use anyhow::Result;

use super::members::answered_at;
use super::{plain, replying};
use crate::desk::Desk;
use crate::handlers::members::address_ends_at;
use crate::mail::address::Address;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, shown};
use crate::rules::label::{Label, Labels};
use crate::store::members::{AddressChange, End, Member};
use crate::store::people::Person;

/// To one of both addresses. `again`: its answer, which was unclear.
pub fn question(
    desk: &mut Desk<'_>,
    member: &Member,
    change: &AddressChange,
    end: End,
    again: Option<&Incoming>,
) -> Result<Letter> {
    let new = desk.rows.people().get(change.new)?;
    let (word, to, purpose) = match end {
        End::Former => ("former", member.role.clone(), Purpose::AddressFormer),
        End::New => ("new", new.clone(), Purpose::AddressNew),
    };
    let until = address_ends_at(&desk.policy.profile.membership, change);
    let values = named(desk, member, &new.address)
        .public("end", word)
        .public("again", again.is_some())
        .public("until", shown(until));
    let rendered = desk.policy.letters.render(LetterName::AddressQuestion, &values)?;
    // An answer that a program wrote to one mail is counted, so that two programs do not talk for ever.
    let kind = if again.is_some() { Kind::Answer } else { Kind::Confirmation };
    let mut letter = plain(kind, to.mailbox(), rendered);
    letter.thread = replying(again.and_then(|mail| mail.message_id.as_ref()));
    answered_at(desk, &mut letter, &to, change.id, purpose)?;
    Ok(letter)
}

fn named(desk: &Desk<'_>, member: &Member, new: &Address) -> Values {
    Values::new()
        .public("name", member.name.as_str())
        .public("new", new.as_str())
        .public("security", desk.house.security.as_str())
}

/// To the former and to the new address: it has changed.
pub fn changed(desk: &mut Desk<'_>, member: &Member, to: &Person, certificate: &str) -> Result<Letter> {
    let mut letter = outcome(desk, "changed", member, &member.role.address, to, certificate)?;
    if to.id == member.role.id {
        answered_at(desk, &mut letter, to, member.id, Purpose::Question)?;
    }
    Ok(letter)
}

/// To the member: it has not, because nobody answered in time.
pub fn expired(desk: &Desk<'_>, member: &Member, new: &Person) -> Result<Letter> {
    outcome(desk, "expired", member, &new.address, &member.role, "")
}

/// To the member: it cannot. Why, is not for members: it would say who else gets mail from us.
pub fn refused(desk: &Desk<'_>, member: &Member, new: &Address) -> Result<Letter> {
    outcome(desk, "refused", member, new, &member.role, "")
}

fn outcome(
    desk: &Desk<'_>,
    outcome: &str,
    member: &Member,
    new: &Address,
    to: &Person,
    certificate: &str,
) -> Result<Letter> {
    let values = named(desk, member, new).public("outcome", outcome).public("certificate", certificate);
    Ok(plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::AddressOutcome, &values)?))
}

/// What the team is told of.
pub enum Ended<'a> {
    /// With what became of the certificate.
    Changed(&'a str),
    Expired,
    /// With the reason, which is for the team alone.
    Refused(&'a str),
}

/// To a member of the team.
pub fn told(
    desk: &Desk<'_>,
    member: &Member,
    former: &Address,
    new: &Address,
    ended: &Ended<'_>,
    to: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let (outcome, certificate, reason) = match *ended {
        Ended::Changed(certificate) => ("changed", certificate, ""),
        Ended::Expired => ("expired", "", ""),
        Ended::Refused(reason) => ("refused", "", reason),
    };
    let values = Values::new()
        .public("outcome", outcome)
        .labelled("name", &labels, member.name.as_str())
        .labelled("former", &labels, former.as_str())
        .labelled("new", &labels, new.as_str())
        .labelled("certificate", &labels, certificate)
        .labelled("reason", &labels, reason)
        .public("security", desk.house.security.as_str());
    Ok(plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::AddressTold, &values)?))
}
