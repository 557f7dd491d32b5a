//! Reports of strangers, where the profile holds them until a moderator lets them through: libvirt's way. The case is there,
//! in the state `held`; nobody but moderators is told of it.

use anyhow::{Result, ensure};

use super::{Author, hold, looking, moderators, tell_moderators, written_by};
use crate::desk::Desk;
use crate::handlers::{Mail, control, evidence, report, say};
use crate::mail::mailroom::Role;
use crate::mail::note::Note;
use crate::policy::profile::Hold;
use crate::rules::label::CaseId;
use crate::rules::posts::{Reason, Standing};
use crate::store::held::{Closing, HeldPost, State as HeldState};

/// What becomes of mail to the team where moderators read it first: the reason for `inbox list`. `None`: it is handled as any.
/// `case`: that of the mail it answers.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>, case: Option<CaseId>) -> Result<Option<String>> {
    let held = match case {
        Some(case) => desk.rows.held().of_case(case)?,
        None => None,
    };
    match (case, held.map(|post| (post.state, post))) {
        (Some(_), None | Some((HeldState::Approved, _))) => Ok(None),
        (Some(_), Some((HeldState::Held, post))) => join(desk, mail, &post),
        // What answers a report that was turned away is one of its own.
        (None, _) | (Some(_), Some(_)) => match is_held(desk, mail)? {
            Some(author) => hold_report(desk, mail, &author).map(Some),
            None => Ok(None),
        },
    }
}

/// Whether this mail, which would open a case, waits for a moderator.
fn is_held(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Option<Author>> {
    if desk.policy.profile.reports.hold == Hold::Never || mail.incoming.role != Some(Role::Security) {
        return Ok(None);
    }
    let author = written_by(desk, mail)?;
    Ok(Some(author).filter(|author| author.standing == Standing::Other))
}

/// Holds it. Gives the reason for `inbox list`.
fn hold_report(desk: &mut Desk<'_>, mail: &Mail<'_>, author: &Author) -> Result<String> {
    // Before its own case is there, which it would seem to name.
    let mut looked = looking::look(desk, mail, author)?;
    let case = report::open(desk, mail)?;
    ensure!(desk.rows.cases().hold(case)?, "case {case} is not new");
    looked.reasons.retain(|reason| !matches!(reason, Reason::NotMember | Reason::NearMember(_) | Reason::Unproven));
    let post = hold(desk, mail, author, &looked, Some(case))?;
    if let Some(message_id) = &mail.incoming.message_id {
        desk.rows.threads().add(case, message_id)?;
    }
    tell_moderators(desk, mail, &post)?;
    tell_author(desk, mail, case)?;
    Ok(format!("a report, held as post {} in case {case}", post.id))
}

/// A mail joins a report that waits: moderators get it now, and the team together with the report. Its author is told
/// nothing that the author of another report is not: they may only have guessed what they answer.
fn join(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost) -> Result<Option<String>> {
    let Some(case) = post.case else { return Ok(None) };
    let author = written_by(desk, mail)?;
    // What somebody of the team signed for this case is theirs, whatever address it came from.
    if author.standing == Standing::Team || control::named_case(desk, mail)?.is_some() {
        return Ok(None);
    }
    desk.rows.held().add_later(post.id, mail.id)?;
    if let Some(message_id) = &mail.incoming.message_id {
        desk.rows.threads().add(case, message_id)?;
    }
    let how = format!("mail {} joins it", mail.id);
    desk.record("desk", evidence(mail.incoming), "hold", &format!("post {}", post.id), &how)?;
    let written = mail.incoming.author.as_ref();
    let later = HeldPost {
        inbox: mail.id,
        author: written.map(ToString::to_string).unwrap_or_default(),
        address: written.map(|author| author.address.clone()),
        standing: author.standing,
        member: author.member,
        person: author.person.map(|person| person.id),
        proof: author.proof,
        sealed: mail.incoming.sealed,
        whole: mail.truncated.is_none() && !mail.incoming.notes.iter().any(Note::is_closed),
        subject: mail.incoming.subject.clone(),
        reasons: Vec::new(),
        hint: String::new(),
        notes: say::notes(desk, mail)?,
        ..post.clone()
    };
    for moderator in moderators(desk)? {
        let letter = say::discuss::more(desk, mail, &later, &moderator)?;
        desk.send(&letter, None)?;
    }
    tell_author(desk, mail, case)?;
    Ok(Some(format!("joins the report held as post {}", post.id)))
}

/// That it is held, and that a reply joins it: to whoever wrote, proven or not, as any report is answered.
fn tell_author(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId) -> Result<()> {
    let Some(author) = mail.incoming.author.as_ref().filter(|_| mail.incoming.machine.is_none()) else { return Ok(()) };
    let seen = mail.incoming.public_lists.iter().map(|trace| trace.list.as_str());
    if !report::is_a_persons(desk, &author.address, seen) || desk.may_answer(mail.incoming, &author.address)?.is_err() {
        return Ok(());
    }
    let letter = say::discuss::report_held(desk, mail.incoming, author)?;
    desk.answer(&letter, Some(case), mail.incoming).map(drop)
}

/// Whether a mail that was let through has a case of its own, whatever it answers.
pub fn has_case(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<bool> {
    Ok(desk.rows.held().of_mail(mail.id)?.is_some_and(|post| post.case.is_some()))
}

/// The case of a report that a moderator let through just now: it is opened, unless somebody did something else with it.
pub fn opens(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Option<CaseId>> {
    let post = desk.rows.held().of_mail(mail.id)?;
    let Some(case) = post.and_then(|post| post.case) else { return Ok(None) };
    desk.rows.cases().let_through(case)?;
    Ok(Some(case))
}

/// A case that waited for a moderator is closed by command: so is what is held of it. Gives whether anything was.
pub fn discard(desk: &Desk<'_>, case: CaseId, by: i64) -> Result<bool> {
    let Some(post) = desk.rows.held().of_case(case)? else { return Ok(false) };
    let closing = Closing { state: HeldState::Discarded, by: Some(by), reason: "", at: desk.now };
    desk.rows.held().close(post.id, &closing)
}
