//! What members ask the team: mail at their own reply addresses, or to the predisclosure list, which distributes nothing.
//! How the team answers is `answering`.

mod answering;

use anyhow::Result;

pub use answering::{Refused, Sent};

use super::applications::{answerable, is_machines};
use super::{Mail, aside, evidence, say, signed};
use crate::desk::Desk;
use crate::handlers::say::questions::{Asked, Proof};
use crate::mail::secret::Purpose;
use crate::rules::limits;
use crate::store::list_tokens::ListToken;
use crate::store::members::{Member, State};
use crate::store::pointed::Pointer;
use crate::store::questions::NewQuestion;

/// A mail at a reply address of the purposes `Question` (a member's) and `AnswerMember` (the team's).
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    if token.purpose == Purpose::AnswerMember {
        return answering::answered(desk, mail, token);
    }
    if let Some(reason) = super::members::address_change(desk, mail, token)? {
        return Ok(reason);
    }
    let member = desk.rows.members().of_person(token.person)?;
    match member.filter(|member| matches!(member.state, State::Active | State::Suspended)) {
        Some(member) => ask(desk, mail, &member, false),
        // Not reached while the addresses of whoever leaves are void.
        None => {
            const WHY: &str = "a question of somebody who is on the list no more";
            aside::set_aside(desk, mail, WHY)?;
            Ok(WHY.to_owned())
        }
    }
}

/// The team gets it as this member's question; whoever asked hears so. `by_list`: it came to the predisclosure list.
fn ask(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member, by_list: bool) -> Result<String> {
    let id = pass_on(desk, mail, member, by_list)?;
    let incoming = mail.incoming;
    if let Some(author) = answerable(desk, mail).filter(|_| !is_machines(incoming))
        && desk.may_answer(incoming, &author.address)?.is_ok()
    {
        let letter = say::questions::received(desk, by_list, incoming, author)?;
        desk.answer(&letter, None, incoming)?;
    }
    Ok(format!("question {id} of a member"))
}

/// The team gets it as this member's question. Gives its number.
pub fn pass_on(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member, by_list: bool) -> Result<i64> {
    let incoming = mail.incoming;
    let letter = desk.rows.questions().letter_of(&incoming.replies_to, &member.role.address)?;
    let about = match letter {
        Some(letter) => desk.rows.outbox().letter(letter)?.letter.subject.value().clone(),
        None => String::new(),
    };
    let new = NewQuestion { member: member.id, inbox: mail.id, letter, about: &about, at: desk.now };
    let id = desk.rows.questions().add(&new)?;
    let author = incoming.author.as_ref().map_or("nobody", |author| author.address.as_str());
    let proof = proof(desk, mail, member)?;
    if proof == Proof::Signed {
        signed::used(desk, mail)?;
    }
    let detail = format!("mail {}, as member {}", mail.id, member.id);
    desk.record(author, proof.as_str(), "ask", &format!("question {id}"), &detail)?;
    let asked = Asked { id, member, letter, proof, by_list, remark_by: None };
    for person in desk.rows.people().team()? {
        let letter = say::questions::question(desk, &asked, mail, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(id)
}

/// What proves that a member wrote it.
fn proof(desk: &Desk<'_>, mail: &Mail<'_>, member: &Member) -> Result<Proof> {
    if signed::is_by(desk, mail, &member.role)? {
        return Ok(Proof::Signed);
    }
    Ok(match mail.incoming.evidence.aligned() {
        Some(address) if *address == member.role.address => Proof::Aligned,
        Some(_) => Proof::OtherAddress,
        None => Proof::Claimed,
    })
}

/// A mail to the predisclosure list itself: nobody gets it but the team. A member is told where members talk, others where
/// to write, once a day.
pub fn to_list(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    const WHAT: &str = "mail to the predisclosure list";
    let incoming = mail.incoming;
    if is_machines(incoming) {
        aside::set_aside(desk, mail, WHAT)?;
        return Ok(format!("{WHAT}, by a machine"));
    }
    let claimed = writer(desk, mail)?;
    if let Some(member) = &claimed
        && matches!(proof(desk, mail, member)?, Proof::Aligned | Proof::Signed)
    {
        return ask(desk, mail, member, true);
    }
    desk.record("desk", evidence(incoming), "keep", &format!("mail {}", mail.id), WHAT)?;
    let mut told = false;
    if let Some(author) = answerable(desk, mail)
        && !desk.rows.pointed().since(&author.address, Pointer::NoPosts, limits::day_before(desk.now))?
        && desk.may_answer(incoming, &author.address)?.is_ok()
    {
        let letter = say::questions::no_posts(desk, incoming, author)?;
        desk.answer(&letter, None, incoming)?;
        desk.rows.pointed().add(mail.id, &author.address, Pointer::NoPosts, desk.now)?;
        told = true;
    }
    for person in desk.rows.people().team()? {
        let letter = say::questions::list_mail(desk, mail, claimed.as_ref(), told, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(WHAT.to_owned())
}

/// The active member whose address, or whose certificate, a mail uses.
fn writer(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<Member>> {
    let signer = match &mail.opened.signed {
        Some(signed) => desk.rows.certificates().get(&signed.fingerprint)?.and_then(|registered| registered.person),
        None => None,
    };
    let author = match &mail.incoming.author {
        Some(author) => desk.rows.people().by_address(&author.address)?.map(|person| person.id),
        None => None,
    };
    for person in [signer, author].into_iter().flatten() {
        let member = desk.rows.members().of_person(person)?;
        if let Some(member) = member.filter(|member| member.state == State::Active) {
            return Ok(Some(member));
        }
    }
    Ok(None)
}
