//! A release that is not ready, or did not happen: all of the team is alarmed a day before its hour, an hour before, at it,
//! every hour of the day after, and every day from then on. Looked at is what is stored; what was approved and would not leave
//! as it is any more is written anew. What nobody drafted, and was over when it was first looked at, is from before the desk did
//! this: of all such cases there is one letter.

use anyhow::Result;
use jiff::Timestamp;

use super::predisclosure::no_longer;
use super::{at, drafting, standing};
use crate::desk::Desk;
use crate::handlers::say;
use crate::handlers::say::advisories::watching::Again;
use crate::mail::letter::Audience;
use crate::policy::letters::shown;
use crate::rules::alarms::Look;
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::store::advisories::{Stage, Version};
use crate::store::cases::Case;

/// Looks at the release of a case, and alarms the team if something is missing. Each look comes once.
pub fn look(desk: &mut Desk<'_>, number: CaseId, look: Look, release_at: Timestamp) -> Result<()> {
    let first = desk.rows.steps().tell(number, &look.cause(release_at), desk.now)?;
    let case = standing::case(desk, number)?;
    let left_behind = left_behind(desk, number)?;
    let is_under_embargo = matches!(case.state, State::Embargoed | State::Predisclosed);
    let is_due = (is_under_embargo || !left_behind.is_empty()) && case.proposal.release_at == release_at;
    if !first || !is_due {
        return Ok(());
    }
    let is_old = look.is_old() && is_old(desk, number, release_at)?;
    let others = if is_old { others_as_old(desk, number)? } else { Vec::new() };
    if is_old && !desk.rows.steps().tell(number, &old(release_at), desk.now)? {
        return Ok(());
    }
    for version in approved(desk, number)? {
        if !standing::may_leave(desk, &version)? {
            no_longer(desk, &version)?;
        }
    }
    if matches!(look, Look::Since(_)) {
        drafting::after_the_hour(desk, &case)?;
    }
    let mut missing = missing(desk, &case, &left_behind)?;
    if missing.is_empty() && matches!(look, Look::Since(_)) {
        missing.push(
            "All is approved, and the desk could not release it. That is an error of the program, or of its machine: ask \
             the operator to look at its log."
                .to_owned(),
        );
    }
    if !others.is_empty() {
        missing
            .push(format!("So it is of {}: their hours were over when the desk first looked.", others.join(" and ")));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let again = match is_old {
        true => Again::Never,
        false if look.is_old() => Again::Daily,
        false => Again::Hourly,
    };
    desk.record("desk", "none", "alarm", &format!("case {number}"), &look.cause(release_at))?;
    for member in desk.rows.people().team()? {
        let letter = say::advisories::watching::alarm(desk, &case, look, again, &missing, &member.person)?;
        desk.send(&letter, Some(number))?;
    }
    if is_for_operator(desk, number, look, release_at)?
        && let Some(letter) = say::advisories::watching::alarm_for_operator(desk, &case, look)?
    {
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// From an hour before on; after the hour only at the first look, and then every day.
fn is_for_operator(desk: &Desk<'_>, case: CaseId, look: Look, release_at: Timestamp) -> Result<bool> {
    let Look::Since(hours) = look else { return Ok(look == Look::HourBefore) };
    if look.is_old() {
        return Ok(true);
    }
    for earlier in (0..hours).map(Look::Since) {
        if desk.rows.steps().is_told(case, &earlier.cause(release_at))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The advisories of a case that stayed behind when others of it were released.
fn left_behind(desk: &Desk<'_>, case: CaseId) -> Result<Vec<i64>> {
    let all = at::left_behind(desk.rows, desk.policy)?;
    Ok(all.into_iter().filter(|one| one.case == case).map(|one| one.number).collect())
}

/// Nothing of it was ever drafted, and nobody looked at its release before its hour or in the day after.
fn is_old(desk: &Desk<'_>, case: CaseId, release_at: Timestamp) -> Result<bool> {
    for number in desk.rows.facts().advisories(case)? {
        if !desk.rows.advisories().of_number(number)?.is_empty() {
            return Ok(false);
        }
    }
    for look in Look::before_it_is_old() {
        if desk.rows.steps().is_told(case, &look.cause(release_at))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name of the cause for which such a case is told of. It comes once.
fn old(release_at: Timestamp) -> String {
    format!("the release of {release_at} was over when it was first looked at")
}

/// Other such cases that nobody was told of; they are from now on.
fn others_as_old(desk: &Desk<'_>, but: CaseId) -> Result<Vec<String>> {
    let mut others = Vec::new();
    for one in at::ending(desk.rows, desk.policy, desk.now)?.into_iter().filter(|one| one.case != but) {
        let Some(look) = Look::latest(one.release_at, desk.now).filter(|look| look.is_old()) else { continue };
        if is_old(desk, one.case, one.release_at)?
            && desk.rows.steps().tell(one.case, &old(one.release_at), desk.now)?
        {
            desk.rows.steps().tell(one.case, &look.cause(one.release_at), desk.now)?;
            others.push(format!("case {} ({})", one.case, shown(one.release_at)));
        }
    }
    Ok(others)
}

fn approved(desk: &Desk<'_>, case: CaseId) -> Result<Vec<Version>> {
    let all = desk.rows.advisories().of_case(case)?;
    Ok(all.into_iter().filter(|one| matches!(one.stage, Stage::Approved | Stage::Predisclosed)).collect())
}

/// Why not everything of a case could leave now: a sentence or two for each reason.
fn missing(desk: &Desk<'_>, case: &Case, left_behind: &[i64]) -> Result<Vec<String>> {
    let numbers = match case.state {
        State::Released => left_behind.to_vec(),
        _ => desk.rows.facts().advisories(case.number)?,
    };
    let mut missing = Vec::new();
    if numbers.is_empty() {
        missing
            .push("It has no number, and nothing is drafted: “!assign”, then “!advisory” above the text.".to_owned());
    }
    for number in numbers {
        let called = desk.policy.profile.advisory.called(number);
        let all = desk.rows.advisories().of_number(number)?;
        let of_it: Vec<&Version> = all.iter().filter(|one| one.void_at.is_none()).collect();
        if let Some(approved) = of_it.iter().rfind(|one| one.stage != Stage::Draft) {
            if desk.rows.advisories().signed(approved.id, Audience::Public)?.is_none() {
                missing.push(format!(
                    "{called}: version {} is approved, and could not be signed, so that nothing of the case leaves: ask the \
                     operator to look at the log.",
                    approved.version
                ));
            }
            continue;
        }
        let mut why = match of_it.last() {
            None => format!("{called}: nothing is drafted that could be approved. Send its text, below “!advisory”."),
            Some(draft) => unapproved(desk, &called, draft)?,
        };
        if let Some(had) = all.iter().rev().find(|one| one.predisclosed_at.is_some()) {
            why.push_str(&format!(" The members have version {}, which is void.", had.version));
        }
        missing.push(why);
    }
    let jumped = desk.rows.advisories().jumped_at()?;
    if let Some(hold) = desk.rows.advisories().held(case.number)? {
        let by = desk.rows.people().get(hold.person)?;
        let since = shown(hold.at);
        missing.push(format!(
            "{} has held it since {since}. Ask them; then “!unhold{}”, signed.",
            by.called(),
            if jumped.is_some() { " hold" } else { "" }
        ));
    }
    if let Some(since) = jumped {
        missing.push(format!(
            "The clock of the machine jumped on {}: nothing leaves before one of you says that it is right, with “!unhold clock”.",
            shown(since)
        ));
    }
    if let Some(paused) = desk.rows.pause().current()? {
        let since = paused.since.parse().map_or(paused.since, shown);
        missing.push(format!(
            "The outbox has been paused since {since}: nothing leaves before the operator ends that, with “embargod outbox resume”."
        ));
    }
    Ok(missing)
}

/// A draft that waits for approval: its digest, and who approved it already.
fn unapproved(desk: &Desk<'_>, called: &str, draft: &Version) -> Result<String> {
    let mut by = Vec::new();
    for person in standing::counted(desk, draft)? {
        by.push(desk.rows.people().get(person)?.called().to_owned());
    }
    let wanted = desk.policy.profile.advisory.approvals;
    let so_far = match by.as_slice() {
        [] if wanted > 1 => format!("nobody approved it yet, of the {wanted} people who have to"),
        [] => "nobody approved it yet".to_owned(),
        names => format!("only {} approved it, and {wanted} people have to", names.join(" and ")),
    };
    if !draft.is_sound() {
        let version = draft.version;
        return Ok(format!(
            "{called}: version {version} has to be corrected first: the letter that shows it says where."
        ));
    }
    let digest: String = draft.digest.chars().take(DIGEST_DIGITS).collect();
    Ok(format!(
        "{called}: version {} waits for approval, and {so_far}. If its texts are right, which you got with the letter that \
         asks for it, reply to this mail, signed, with “approve {digest}” in the first line.",
        draft.version
    ))
}

/// So many of them suffice in an answer.
const DIGEST_DIGITS: usize = 16;
