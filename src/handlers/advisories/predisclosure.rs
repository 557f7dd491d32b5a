//! An approved version goes to the members: each gets a copy of their own, under the name of the list. How that goes, the
//! team hears when it is decided (`progress`).

use anyhow::{Context, Result};

use super::{at, drafting, members, standing};
use crate::desk::Desk;
use crate::handlers::{ending, say, steps};
use crate::rules::label::VersionId;
use crate::rules::life::{self, Event};
use crate::rules::playbook::{Fact, Mark};
use crate::store::advisories::{Stage, Version};
use crate::store::cases::Case;
use crate::store::steps::Saying;

/// Sends a version to all members, if that is still due, and what was approved is what would leave.
pub fn predisclose(desk: &mut Desk<'_>, id: VersionId) -> Result<()> {
    let waiting = desk.rows.advisories().for_members()?;
    let (policy, now) = (desk.policy, desk.now);
    let is_due = waiting.iter().any(|one| one.version == id && at::is_members_time(one, policy, now));
    let version = desk.rows.advisories().get(id)?;
    if !is_due {
        return Ok(());
    }
    if !standing::may_leave(desk, &version)? {
        return no_longer(desk, &version);
    }
    let case = standing::case(desk, version.case)?;
    let follows = earlier(desk, &version)?;
    let state = life::after(case.state, Event::Predisclose)
        .ok()
        .with_context(|| format!("case {} is {}, and cannot be predisclosed", case.number, case.state))?;
    desk.rows.advisories().advance(id, Stage::Approved, Stage::Predisclosed, desk.now)?;
    ending::go(desk, ("desk", "none"), &case, state, None)?;
    let readers = members::active(desk)?;
    let detail = format!("{}: version {}, to {} members", version.number, version.version, readers.len());
    desk.record("desk", "none", "predisclose", &format!("case {}", case.number), &detail)?;
    // A letter without such recipients would go to whom its To names: the list itself.
    if !readers.is_empty() {
        let letter = say::advisories::bringing::for_members(desk, &version, !follows.is_empty(), readers)?;
        desk.send(&letter, Some(case.number))?;
    }
    if !version.patchless && follows.iter().any(|earlier| earlier.patchless) {
        patches_followed(desk, &case)?;
    }
    Ok(())
}

/// What members got of the same advisory before.
fn earlier(desk: &Desk<'_>, version: &Version) -> Result<Vec<Version>> {
    let all = desk.rows.advisories().of_number(version.number)?;
    Ok(all.into_iter().filter(|one| one.predisclosed_at.is_some() && one.id != version.id).collect())
}

/// What was approved is not what would leave now: it is written anew, for people to approve, and nothing of it leaves. Or too
/// few approvals of it are counted now: people are asked for another.
pub fn no_longer(desk: &mut Desk<'_>, version: &Version) -> Result<()> {
    let object = format!("case {}", version.case);
    let detail = format!("{}: version {}, {}", version.number, version.version, version.digest);
    desk.record("desk", "none", "stop advisory", &object, &detail)?;
    let only_approvals = standing::holds(desk, version)?;
    drafting::refresh(desk, version.case, None)?;
    if only_approvals {
        return Ok(());
    }
    // Where nothing of its text would be different, something else is: a list, or what is stored.
    desk.rows.advisories().void(version.id, "what would leave is not what was approved", desk.now).map(drop)
}

/// The list was told before there were patches, and has them now: nobody has to say so.
fn patches_followed(desk: &Desk<'_>, case: &Case) -> Result<()> {
    for step in desk.policy.profile.playbook.0.iter().filter(|step| step.when.contains(&Fact::Unpatched)) {
        let (reason, person) = ("", None);
        let saying =
            Saying { case: case.number, step: &step.id, mark: Mark::Done, reason, sealed: false, person, at: desk.now };
        steps::say(desk, ("desk", "none"), &saying)?;
    }
    Ok(())
}
