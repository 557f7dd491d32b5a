//! Letters to the address of a new member, and about it. What goes there before it is confirmed is public, and holds no
//! word of the application but the organisation's name.

use anyhow::Result;
use jiff::Timestamp;

use super::decisions::answered_at;
use super::{plain, replying};
use crate::desk::Desk;
use crate::handlers::applications::membership::{Again, ends_at};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, shown};
use crate::rules::authority::{Act, Demand};
use crate::rules::label::{Label, Labels};
use crate::store::applications::{Application, ApplicationId};
use crate::store::members::Member;
use crate::store::people::Person;

/// To the address that an accepted organisation gave.
pub fn question(desk: &mut Desk<'_>, member: &Member, id: ApplicationId, again: Again) -> Result<Letter> {
    let until = ends_at(&desk.policy.profile.membership, member);
    let (kind, again) = match again {
        Again::First => (Kind::Confirmation, ""),
        Again::Unclear => (Kind::Confirmation, "unclear"),
        Again::Reminder => (Kind::Reminder, "reminder"),
    };
    let values =
        Values::new().public("name", member.name.as_str()).public("again", again).public("until", shown(until));
    let rendered = desk.policy.letters.render(LetterName::ConfirmAddress, &values)?;
    let mut letter = plain(kind, member.role.mailbox(), rendered);
    answered_at(desk, &mut letter, &member.role, id, Purpose::Confirm)?;
    Ok(letter)
}

/// To the same, confirmed: what comes, and what its readers may say.
pub fn welcome(desk: &Desk<'_>, member: &Member) -> Result<Letter> {
    let values = Values::new().public("name", member.name.as_str()).public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::MemberWelcome, &values)?;
    Ok(plain(Kind::Notice, member.role.mailbox(), rendered))
}

/// To the same, which answered when the question had ended.
pub fn too_late(desk: &Desk<'_>, to: &Incoming, member: &Member, ended: Timestamp) -> Result<Letter> {
    let values = without_address(desk, member).public("late", true).public("until", shown(ended));
    let rendered = desk.policy.letters.render(LetterName::AddressUnconfirmed, &values)?;
    let mut letter = plain(Kind::Answer, member.role.mailbox(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

/// To the applicant: nobody confirmed the address that they gave.
pub fn unconfirmed(desk: &Desk<'_>, member: &Member, application: &Application) -> Result<Letter> {
    let ended = ends_at(&desk.policy.profile.membership, member);
    let values = without_address(desk, member).public("late", false).public("until", shown(ended));
    let rendered = desk.policy.letters.render(LetterName::AddressUnconfirmed, &values)?;
    let mut letter = plain(Kind::Notice, application.applicant.clone(), rendered);
    letter.answers_to = desk.house.applications.clone();
    Ok(letter)
}

fn without_address(desk: &Desk<'_>, member: &Member) -> Values {
    let list = desk.house.applications.as_ref().map_or("", |list| list.as_str());
    Values::new().public("name", member.name.as_str()).public("list", list)
}

/// To a member of the team: the address is confirmed; and the question what it gets.
pub fn confirmed(desk: &mut Desk<'_>, member: &Member, id: ApplicationId, entry: &str, to: &Person) -> Result<Letter> {
    let values = told(desk, member, id).public("outcome", "confirmed").public("entry", entry);
    let mut letter = plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::MemberTold, &values)?);
    answered_at(desk, &mut letter, to, id, Purpose::Current)?;
    Ok(letter)
}

/// To a member of the team: nobody confirmed it.
pub fn unconfirmed_told(desk: &mut Desk<'_>, member: &Member, id: ApplicationId, to: &Person) -> Result<Letter> {
    let values = told(desk, member, id).public("outcome", "expired").public("entry", "");
    Ok(plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::MemberTold, &values)?))
}

fn told(desk: &Desk<'_>, member: &Member, id: ApplicationId) -> Values {
    let labels = Labels::of(Label::Team);
    Values::new()
        .labelled("application", &labels, id.to_string())
        .labelled("name", &labels, member.name.as_str())
        .labelled("address", &labels, member.role.address.as_str())
        .labelled("times", &labels, member.reminders + 1)
        .public("signed", desk.policy.profile.evidence.of(Act::Member) != Demand::Aligned)
}
