//! Reports of strangers, where the profile holds them until a moderator lets them through: libvirt's way. The case is there,
//! in the state `held`; nobody but moderators is told of it.

use anyhow::{Result, ensure};

use super::{Author, hold, looking, tell_moderators, written_by};
use crate::desk::Desk;
use crate::handlers::{Mail, report, say};
use crate::mail::mailroom::Role;
use crate::policy::profile::Hold;
use crate::rules::label::CaseId;
use crate::rules::posts::{Reason, Standing};

/// Whether this mail, which would open a case, waits for a moderator.
pub fn is_held(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Option<Author>> {
    if desk.policy.profile.reports.hold == Hold::Never || mail.incoming.role != Some(Role::Security) {
        return Ok(None);
    }
    let author = written_by(desk, mail)?;
    Ok(Some(author).filter(|author| author.standing == Standing::Other))
}

/// Holds it. Gives the reason for `inbox list`.
pub fn hold_report(desk: &mut Desk<'_>, mail: &Mail<'_>, author: &Author) -> Result<String> {
    let case = report::open(desk, mail)?;
    ensure!(desk.rows.cases().hold(case)?, "case {case} is not new");
    let mut looked = looking::look(desk, mail, author)?;
    looked.reasons.retain(|reason| !matches!(reason, Reason::NotMember | Reason::NearMember(_) | Reason::Unproven));
    let post = hold(desk, mail, author, &looked, Some(case))?;
    tell_moderators(desk, mail, &post, &looked)?;
    tell_author(desk, mail)?;
    Ok(format!("a report, held as post {} in case {case}", post.id))
}

/// That it is held: to whoever wrote, proven or not, as any report is answered.
fn tell_author(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    let Some(author) = mail.incoming.author.as_ref().filter(|_| mail.incoming.machine.is_none()) else { return Ok(()) };
    let seen = mail.incoming.public_lists.iter().map(|trace| trace.list.as_str());
    if !report::is_a_persons(desk, &author.address, seen) || desk.may_answer(mail.incoming, &author.address)?.is_err() {
        return Ok(());
    }
    let letter = say::discuss::report_held(desk, mail.incoming, author)?;
    desk.answer(&letter, None, mail.incoming).map(drop)
}

/// The case of a report that a moderator let through just now: it is opened.
pub fn opens(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Option<CaseId>> {
    let post = desk.rows.held().of_mail(mail.id)?;
    let Some(case) = post.and_then(|post| post.case) else { return Ok(None) };
    ensure!(desk.rows.cases().let_through(case)?, "case {case} is not held");
    Ok(Some(case))
}
