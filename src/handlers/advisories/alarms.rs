//! A release that cannot happen, or did not: all of the team is alarmed a day before its hour, an hour before, at it, and every
//! hour from then on. Looked at is what is stored; what was approved and would not leave as it is any more is written anew.

use anyhow::Result;
use jiff::Timestamp;

use super::predisclosure::no_longer;
use super::{drafting, standing};
use crate::desk::Desk;
use crate::handlers::say;
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
    let is_due = matches!(case.state, State::Embargoed | State::Predisclosed) && case.proposal.release_at == release_at;
    if !first || !is_due {
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
    let mut missing = missing(desk, &case)?;
    if missing.is_empty() && matches!(look, Look::Since(_)) {
        missing.push(
            "All is approved, and the desk could not release it. That is an error of the program, or of its machine: ask \
             the operator to look at its log."
                .to_owned(),
        );
    }
    if missing.is_empty() {
        return Ok(());
    }
    desk.record("desk", "none", "alarm", &format!("case {number}"), &look.cause(release_at))?;
    for member in desk.rows.people().team()? {
        let letter = say::disclosure::alarm(desk, &case, look, &missing, &member.person)?;
        desk.send(&letter, Some(number))?;
    }
    Ok(())
}

fn approved(desk: &Desk<'_>, case: CaseId) -> Result<Vec<Version>> {
    let all = desk.rows.advisories().of_case(case)?;
    Ok(all.into_iter().filter(|one| matches!(one.stage, Stage::Approved | Stage::Predisclosed)).collect())
}

/// Why not everything of a case could leave now: a sentence or two for each reason.
fn missing(desk: &Desk<'_>, case: &Case) -> Result<Vec<String>> {
    let numbers = desk.rows.facts().advisories(case.number)?;
    let mut missing = Vec::new();
    if numbers.is_empty() {
        missing
            .push("It has no number, and nothing is drafted: “!assign”, then “!advisory” above the text.".to_owned());
    }
    for number in numbers {
        let called = desk.policy.profile.advisory.called(number);
        let of_it: Vec<Version> =
            desk.rows.advisories().of_number(number)?.into_iter().filter(|one| one.void_at.is_none()).collect();
        if of_it.iter().any(|one| one.stage != Stage::Draft) {
            continue;
        }
        missing.push(match of_it.last() {
            None => format!("{called}: nothing is drafted that could be approved. Send its text, below “!advisory”."),
            Some(draft) => unapproved(desk, &called, draft)?,
        });
    }
    if let Some(hold) = desk.rows.advisories().held(case.number)? {
        let by = desk.rows.people().get(hold.person)?;
        let since = shown(hold.at);
        missing.push(format!("{} holds it since {since}: nothing leaves before “!unhold”.", by.called()));
    }
    if let Some(since) = desk.rows.advisories().jumped_at()? {
        missing.push(format!(
            "The clock of the machine jumped on {}: nothing leaves before one of you says that it is right, with “!unhold”.",
            shown(since)
        ));
    }
    Ok(missing)
}

/// A draft that waits for approval: its digest, and who approved it already.
fn unapproved(desk: &Desk<'_>, called: &str, draft: &Version) -> Result<String> {
    let mut by = Vec::new();
    for person in desk.rows.advisories().approvers(draft.id)? {
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
