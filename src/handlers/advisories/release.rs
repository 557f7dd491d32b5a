//! The release: in one transaction all that is approved of a case becomes public, and every letter that says so is in the
//! outbox. What cannot be delivered is tried again there, and told; nothing is written twice.

use std::collections::BTreeMap;

use anyhow::Result;

use super::predisclosure::no_longer;
use super::{at, drafting, members, standing};
use crate::desk::Desk;
use crate::handlers::say::embargo::Reader;
use crate::handlers::{ending, say};
use crate::rules::label::{CaseId, VersionId};
use crate::rules::life::{self, Event};
use crate::store::advisories::{Stage, Version};
use crate::store::cases::Case;

/// Releases what is approved of a case, if it is still due: of each advisory the latest version that is what was approved.
pub fn release(desk: &mut Desk<'_>, number: CaseId) -> Result<()> {
    let waiting = desk.rows.advisories().for_all()?;
    let now = desk.now;
    if !waiting.iter().any(|one| one.case == number && at::is_release_time(one, now)) {
        return Ok(());
    }
    let case = standing::case(desk, number)?;
    let Ok(state) = life::after(case.state, Event::Release) else { return Ok(()) };
    let (leaving, others) = chosen(desk, number)?;
    for version in &leaving {
        desk.rows.advisories().advance(version.id, version.stage, Stage::Released, now)?;
    }
    for version in others.iter().filter(|other| leaving.iter().any(|one| one.number == other.number)) {
        desk.rows.advisories().void(version.id, "another version was released", now)?;
    }
    if leaving.is_empty() {
        return others.iter().try_for_each(|version| no_longer(desk, version));
    }
    ending::go(desk, ("desk", "none"), &case, state, None)?;
    for version in &leaving {
        publish(desk, &case, version)?;
    }
    Ok(())
}

/// What was drafted beside a release says when an embargo ends that is over: it is written anew. Whatever is wrong with it holds
/// up no release.
pub fn write_anew(desk: &mut Desk<'_>, case: CaseId, last: VersionId) -> Result<()> {
    if !desk.rows.steps().tell(case, &anew(last), desk.now)? {
        return Ok(());
    }
    drafting::refresh(desk, case, None)
}

/// The name of the cause for which that is done.
pub fn anew(last: VersionId) -> String {
    format!("drafts up to version {} are written anew", last.0)
}

/// Of each advisory of a case the version that leaves, and all other approved ones. The facts are those from before anything
/// of it was released.
fn chosen(desk: &Desk<'_>, case: CaseId) -> Result<(Vec<Version>, Vec<Version>)> {
    let mut approved: BTreeMap<i64, Vec<Version>> = BTreeMap::new();
    for version in desk.rows.advisories().of_case(case)? {
        if matches!(version.stage, Stage::Approved | Stage::Predisclosed) {
            approved.entry(version.number).or_default().push(version);
        }
    }
    let (mut leaving, mut others) = (Vec::new(), Vec::new());
    for versions in approved.into_values() {
        let mut found = false;
        for version in versions.into_iter().rev() {
            if !found && standing::may_leave(desk, &version)? {
                found = true;
                leaving.push(version);
            } else {
                others.push(version);
            }
        }
    }
    Ok((leaving, others))
}

/// One version to everybody: the lists, the members, who knows of the case, the operator's programs.
fn publish(desk: &mut Desk<'_>, case: &Case, version: &Version) -> Result<()> {
    let (number, lists) = (case.number, desk.policy.profile.lists.released_to());
    let detail = format!("{}: version {}, {}", version.number, version.public_version, version.digest);
    desk.record("desk", "none", "release", &format!("case {number}"), &detail)?;
    if !lists.is_empty() {
        let letter = say::advisories::bringing::public(desk, version)?;
        desk.send(&letter, Some(number))?;
    }
    let readers = members::active(desk)?;
    if let (Some(list), false) = (desk.house.members.clone(), readers.is_empty()) {
        let letter = say::advisories::bringing::public_copy(desk, version, &list, readers.clone())?;
        desk.send(&letter, Some(number))?;
    }
    let house = desk.house;
    for hook in &house.hooks {
        desk.rows.advisories().run_hook(hook, version.id, desk.now)?;
    }
    let further = desk
        .rows
        .advisories()
        .of_number(version.number)?
        .iter()
        .any(|one| one.released_at.is_some() && one.id != version.id);
    for reader in Reader::all(desk, number)? {
        let letter = match &reader {
            Reader::Team(_) => say::advisories::bringing::left(desk, case, version, &reader, readers.len())?,
            _ => say::advisories::bringing::released(desk, case, version, &reader, further)?,
        };
        desk.send(&letter, Some(number))?;
    }
    Ok(())
}
