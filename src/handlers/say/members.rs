//! Letters to members of the predisclosure list, and about them. What goes to an address before it is confirmed is public,
//! and holds no word of an application but the organisation's name.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::decisions;
use super::{plain, replying};
use crate::desk::Desk;
use crate::handlers::applications::membership::{Again, ends_at};
use crate::mail::address::Address;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, shown};
use crate::rules::authority::{Act, Demand};
use crate::rules::label::{Label, Labels};
use crate::store::applications::Application;
use crate::store::list_tokens::ListToken;
use crate::store::members::{Drill, Member, MemberChange, What};
use crate::store::people::Person;

/// The slot of the address that takes the answer.
const ANSWER: &str = "answer";

/// Answers to this letter come to a reply address of this purpose.
pub fn answered_at(desk: &mut Desk<'_>, letter: &mut Letter, to: &Person, object: i64, purpose: Purpose) -> Result<()> {
    let address = desk.list_address(&ListToken { purpose, object, person: to.id })?;
    letter.slots = BTreeMap::from([(ANSWER.to_owned(), address)]);
    letter.reply_to = Some(ANSWER.to_owned());
    Ok(())
}

/// What a member answers to this letter is its question to the team.
pub fn asks_the_team(desk: &mut Desk<'_>, letter: &mut Letter, member: &Member) -> Result<()> {
    answered_at(desk, letter, &member.role, member.id, Purpose::Question)
}

/// To the address that an organisation is to have on the list.
pub fn question(desk: &mut Desk<'_>, member: &Member, again: Again) -> Result<Letter> {
    let until = ends_at(&desk.policy.profile.membership, member);
    let (kind, again) = match again {
        Again::First => (Kind::Confirmation, ""),
        Again::Unclear => (Kind::Confirmation, "unclear"),
        Again::Reminder => (Kind::Reminder, "reminder"),
    };
    let values = Values::new()
        .public("name", member.name.as_str())
        .public("applied", member.application.is_some())
        .public("again", again)
        .public("until", shown(until));
    let rendered = desk.policy.letters.render(LetterName::ConfirmAddress, &values)?;
    let mut letter = plain(kind, member.role.mailbox(), rendered);
    match member.application {
        Some(id) => decisions::answered_at(desk, &mut letter, &member.role, id, Purpose::Confirm)?,
        None => answered_at(desk, &mut letter, &member.role, member.id, Purpose::ConfirmMember)?,
    }
    Ok(letter)
}

/// To the same, confirmed: what comes, and what its readers may say.
pub fn welcome(desk: &mut Desk<'_>, member: &Member) -> Result<Letter> {
    let values = Values::new()
        .public("name", member.name.as_str())
        .public("discuss", desk.house.discuss.as_ref().map_or("", Address::as_str))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::MemberWelcome, &values)?;
    let mut letter = plain(Kind::Notice, member.role.mailbox(), rendered);
    asks_the_team(desk, &mut letter, member)?;
    Ok(letter)
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

/// To a member of the team: the address is confirmed; of an applicant, with the question what it gets.
pub fn confirmed(desk: &mut Desk<'_>, member: &Member, entry: &str, to: &Person) -> Result<Letter> {
    let values = told(desk, member).public("outcome", "confirmed").public("entry", entry);
    let mut letter = plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::MemberTold, &values)?);
    if let Some(id) = member.application {
        decisions::answered_at(desk, &mut letter, to, id, Purpose::Current)?;
    }
    Ok(letter)
}

/// To a member of the team: nobody confirmed it.
pub fn unconfirmed_told(desk: &Desk<'_>, member: &Member, to: &Person) -> Result<Letter> {
    let values = told(desk, member).public("outcome", "expired").public("entry", "");
    Ok(plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::MemberTold, &values)?))
}

fn told(desk: &Desk<'_>, member: &Member) -> Values {
    let labels = Labels::of(Label::Team);
    Values::new()
        .labelled("application", &labels, member.application.map(|id| id.to_string()).unwrap_or_default())
        .labelled("name", &labels, member.name.as_str())
        .labelled("address", &labels, member.role.address.as_str())
        .labelled("times", &labels, member.reminders + 1)
        .public("signed", desk.policy.profile.evidence.of(Act::Member) != Demand::Aligned)
}

/// To a member of the team: who is on the list, or how a member stands, was changed.
pub fn changed(desk: &Desk<'_>, change: &MemberChange, member: Option<&Member>, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let until = member.map(|member| shown(ends_at(&desk.policy.profile.membership, member)));
    let values = Values::new()
        .public("what", change.what.as_str())
        .labelled("name", &labels, member.map_or("", |member| member.name.as_str()))
        .labelled("address", &labels, member.map_or("", |member| member.role.address.as_str()))
        .labelled("count", &labels, change.count)
        .labelled("said_by", &labels, change.said_by.as_str())
        .labelled("entry", &labels, change.entry.as_str())
        .labelled("until", &labels, until.unwrap_or_default());
    Ok(plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::MemberChanged, &values)?))
}

/// To the member itself. `None`: it hears of that by another letter, or of nothing.
pub fn standing(desk: &mut Desk<'_>, what: What, member: &Member) -> Result<Option<Letter>> {
    if matches!(what, What::Invited | What::Added) {
        return Ok(None);
    }
    let values = Values::new()
        .public("what", what.as_str())
        .public("name", member.name.as_str())
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::MemberStanding, &values)?;
    let mut letter = plain(Kind::Notice, member.role.mailbox(), rendered);
    if what == What::Resumed {
        asks_the_team(desk, &mut letter, member)?;
    }
    Ok(Some(letter))
}

/// A test letter to a member, which leaves as any other text for members would.
pub fn drill(desk: &mut Desk<'_>, drill: &Drill, member: &Member) -> Result<Letter> {
    let labels = Labels::of(Label::Members { sealed: false });
    let values = Values::new().labelled("name", &labels, member.name.as_str());
    let rendered = desk.policy.letters.render(LetterName::Drill, &values)?;
    let mut letter = plain(Kind::Notice, member.role.mailbox(), rendered);
    answered_at(desk, &mut letter, &member.role, drill.id, Purpose::Drill)?;
    Ok(letter)
}

/// To whoever answers it.
pub fn drill_answered(desk: &Desk<'_>, to: &Incoming, member: &Member, unclear: bool, passed: bool) -> Result<Letter> {
    let values = Values::new().public("name", member.name.as_str()).public("unclear", unclear).public("passed", passed);
    let author = to.author.clone().unwrap_or_else(|| member.role.mailbox());
    let mut letter = plain(Kind::Answer, author, desk.policy.letters.render(LetterName::DrillAnswered, &values)?);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}
