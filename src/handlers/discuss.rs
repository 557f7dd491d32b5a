//! Posts to -discuss: held until a moderator lets them through, and then sent to each member apart. Nothing is ever
//! distributed here but by a moderator's proven word, and nothing of anybody who is not a member.

mod decision;
mod distribution;
mod looking;
pub mod reports;
pub mod waiting;

pub use decision::{Named, Refused, named_post};
pub use distribution::Reach;
pub use looking::Looked;

use anyhow::{Context, Result, ensure};

use super::{Mail, evidence, report, say, signed};
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::headers::Headers;
use crate::mail::list_copy;
use crate::mail::secret::Purpose;
use crate::rules::label::CaseId;
use crate::rules::posts::Standing;
use crate::store::held::{HeldPost, Holding, Of, PostId, Proof, State};
use crate::store::list_tokens::ListToken;
use crate::store::people::Person;

/// Who wrote a post, as far as that is proven.
#[derive(Clone, Debug)]
pub struct Author {
    pub standing: Standing,
    pub proof: Proof,
    /// Whom the proof names.
    pub person: Option<Person>,
    /// The member whose role address or certificate it is.
    pub member: Option<i64>,
}

/// A post came: it is held. Gives the reason for `inbox list`.
pub fn posted(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    let headers = Headers::read(mail.readable);
    if desk.house.discuss.as_ref().is_some_and(|list| list_copy::is_copy(&headers, list)) {
        desk.record("desk", "none", "keep", &format!("mail {}", mail.id), "a copy of our own list came back")?;
        return Ok("a copy of our own list, come back".to_owned());
    }
    let author = written_by(desk, mail)?;
    // Every member may get these bytes: whoever sends them again posts nothing with this signature.
    if let Some(person) = &author.person
        && signed::is_by(desk, mail, person)?
    {
        signed::used(desk, mail)?;
    }
    let looked = looking::look(desk, mail, &author)?;
    let post = hold(desk, mail, &author, &looked, None)?;
    tell_moderators(desk, mail, &post)?;
    acknowledge(desk, mail, &post, &author)?;
    Ok(format!("held as post {}", post.id))
}

/// A moderator's answer to a notice about a held post (`Moderate`), or its author's to ours (`Withdraw`).
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    decision::answered(desk, mail, token)
}

/// Whether a reply address is for answers about held posts.
pub fn is_about_posts(token: &ListToken) -> bool {
    matches!(token.purpose, Purpose::Moderate | Purpose::Withdraw)
}

/// The same, in signed text that names the post.
pub fn named(desk: &mut Desk<'_>, mail: &Mail<'_>, named: &Named) -> Result<String> {
    decision::named(desk, mail, named)
}

/// Whether a moderator passed this mail to the team, or the report that it joined: it is handled once more, as any report.
pub fn is_let_through(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<bool> {
    let held = match desk.rows.held().of_mail(mail.id)? {
        None => desk.rows.held().joined_by(mail.id)?,
        held => held,
    };
    Ok(held.is_some_and(|post| match post.of {
        Of::Discuss => post.state == State::Passed,
        Of::Security => matches!(post.state, State::Approved | State::Passed),
    }))
}

/// `case`: that of a report.
fn hold(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    author: &Author,
    looked: &Looked,
    case: Option<CaseId>,
) -> Result<HeldPost> {
    let incoming = mail.incoming;
    let written = incoming.author.as_ref().map(ToString::to_string).unwrap_or_default();
    let reasons = looked.shown(incoming.sealed);
    let notes = say::notes(desk, mail)?;
    let id = desk.rows.held().add(&Holding {
        inbox: mail.id,
        of: if case.is_some() { Of::Security } else { Of::Discuss },
        case,
        author: &written,
        address: incoming.author.as_ref().map(|author| &author.address),
        standing: author.standing,
        member: author.member,
        person: author.person.as_ref().map(|person| person.id),
        proof: author.proof,
        sealed: incoming.sealed,
        brittle: incoming.brittle,
        whole: looked.whole,
        subject: &incoming.subject,
        reasons: &reasons,
        hint: looked.looks.as_ref().map_or("", |(looks, _)| looks.as_str()),
        words: &looked.words(incoming.sealed),
        notes: &notes,
        at: desk.now,
    })?;
    let how = format!("mail {}, from {}, proven by {}", mail.id, author.standing.as_str(), author.proof.as_str());
    desk.record("desk", evidence(incoming), "hold", &format!("post {id}"), &how)?;
    get(desk, id)
}

/// To each moderator, with a reply address of their own.
fn tell_moderators(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost) -> Result<()> {
    let moderators = moderators(desk)?;
    for moderator in &moderators {
        let letter = say::discuss::notice(desk, mail, post, moderator)?;
        desk.send(&letter, None)?;
    }
    if moderators.is_empty() { alert(desk, post) } else { Ok(()) }
}

/// Whoever decides about posts now.
fn moderators(desk: &Desk<'_>) -> Result<Vec<Person>> {
    let team = desk.rows.people().team()?;
    Ok(team.into_iter().filter(|member| member.moderator).map(|member| member.person).collect())
}

/// To the team, when there is nobody who could decide.
fn alert(desk: &mut Desk<'_>, post: &HeldPost) -> Result<()> {
    for member in desk.rows.people().team()? {
        let letter = say::discuss::unmoderated(desk, post, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// One line to an author who is proven. Whoever is not may be somebody else, and hears nothing of a program.
fn acknowledge(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost, author: &Author) -> Result<()> {
    let Some(person) = author.person.as_ref().filter(|_| mail.incoming.machine.is_none()) else { return Ok(()) };
    if !is_answerable(desk, person) || desk.may_answer(mail.incoming, &person.address)?.is_err() {
        return Ok(());
    }
    let letter = say::discuss::held(desk, mail.incoming, post, person)?;
    desk.answer(&letter, None, mail.incoming).map(drop)
}

/// Whether a letter to them arrives at a person: not at an address of ours, nor at a list.
fn is_answerable(desk: &Desk<'_>, person: &Person) -> bool {
    let ours = [&desk.house.discuss, &desk.house.members, &desk.house.applications];
    let is_ours = ours.into_iter().flatten().any(|list| *list == person.address.without_detail());
    !is_ours && report::is_a_persons(desk, &person.address, std::iter::empty())
}

/// Who is proven to have written a post. A signature counts for the member whose certificate it is, when the mail is from
/// their role address, is fresh, and was used nowhere else: else anybody could post what a member once signed.
fn written_by(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Author> {
    let nobody = Author { standing: Standing::Other, proof: Proof::None, person: None, member: None };
    let Some(Mailbox { name, address }) = mail.incoming.author.as_ref() else { return Ok(nobody) };
    let known = desk.rows.people().by_address(address)?;
    let aligned = mail.incoming.evidence.aligned() == Some(address);
    let by_signature = match &known {
        Some(person) => signed::is_by(desk, mail, person)?,
        None => false,
    };
    let proof = match (aligned, by_signature) {
        (true, _) => Proof::Aligned,
        (false, true) => Proof::Signed,
        (false, false) => return Ok(nobody),
    };
    let person = match known {
        Some(person) => person,
        None => desk.rows.people().find_or_add(name.as_deref().unwrap_or_default(), address)?,
    };
    let (standing, member) = standing(desk, person.id)?;
    Ok(Author { standing, proof, person: Some(person), member })
}

/// What somebody is to the list now.
fn standing(desk: &Desk<'_>, person: i64) -> Result<(Standing, Option<i64>)> {
    if desk.rows.members().is_active(person)? {
        let member = desk.rows.members().of_person(person)?.map(|member| member.id);
        return Ok((Standing::Member, member));
    }
    let in_team = desk.rows.people().team_member(person)?.is_some();
    Ok((if in_team { Standing::Team } else { Standing::Other }, None))
}

fn get(desk: &Desk<'_>, id: PostId) -> Result<HeldPost> {
    desk.rows.held().get(id)?.with_context(|| format!("post {id} is gone"))
}

/// Lets the mail behind a post be handled as a report, in a moment, and after it what joined it.
fn pass_on(desk: &Desk<'_>, post: &HeldPost) -> Result<()> {
    for mail in std::iter::once(post.inbox).chain(desk.rows.held().later(post.id)?) {
        ensure!(desk.rows.inbox().handle_again(mail)?, "mail {mail} is being handled");
    }
    Ok(())
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod race;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
