//! Which members get an advisory, and what becomes of it for those who join while it is under embargo.

use std::collections::HashSet;

use anyhow::Result;

use super::standing;
use crate::desk::{Desk, Proven};
use crate::handlers::say;
use crate::mail::address::Address;
use crate::rules::label::CaseId;
use crate::rules::life::State as CaseState;
use crate::store::advisories::Version;
use crate::store::members::{Member, State};

/// The addresses of all active members, each once.
pub fn active(desk: &Desk<'_>) -> Result<Vec<Address>> {
    let mut seen = HashSet::new();
    let active = desk.rows.members().all()?.into_iter().filter(|member| member.state == State::Active);
    let addresses = active.map(|member| member.role.address);
    Ok(addresses.filter(|address| seen.insert(address.clone())).collect())
}

/// Of a case, or of all, what members have under embargo: the latest version of each advisory.
pub fn current(desk: &Desk<'_>, of: Option<CaseId>) -> Result<Vec<Version>> {
    let left_behind = super::left_behind(desk.rows, desk.policy)?;
    let mut current = Vec::new();
    for version in desk.rows.advisories().embargoed()? {
        let case = standing::case(desk, version.case)?;
        let is_left_behind = left_behind.iter().any(|one| one.number == version.number);
        if (case.state == CaseState::Predisclosed || is_left_behind) && of.is_none_or(|number| number == case.number) {
            current.push(version);
        }
    }
    Ok(current)
}

/// Whether one more member may get what the others have: it is what was approved, and nothing holds it.
pub fn may_send(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    let known = desk.rows.advisories();
    let stopped = known.held(version.case)?.is_some() || known.jumped_at()?.is_some();
    Ok(!stopped && standing::may_leave(desk, version)?)
}

/// Sends one member what the others have.
pub fn send(desk: &mut Desk<'_>, member: &Member, version: &Version, by: &Proven) -> Result<()> {
    let (actor, proof) = (by.person.address.as_str(), by.proof.as_str());
    let detail = format!("{}: version {}, to {}", version.number, version.version, member.role.address);
    desk.record(actor, proof, "predisclose to member", &format!("case {}", version.case), &detail)?;
    let letter = say::advisories::bringing::for_members(desk, version, false, vec![member.role.address.clone()])?;
    desk.send(&letter, Some(version.case)).map(drop)
}

/// What became of what is under embargo, for one member.
#[derive(Default)]
pub struct Sent {
    /// What each of these advisories is called.
    pub sent: Vec<String>,
    /// Held, or to be approved anew: with its case.
    pub waiting: Vec<(String, CaseId)>,
}

/// The same with all that is under embargo: the team said so of whoever joined by an application.
pub fn send_current(desk: &mut Desk<'_>, member: &Member, by: &Proven) -> Result<Sent> {
    let mut all = Sent::default();
    for version in current(desk, None)? {
        let got = desk.rows.advisories().was_sent_to(version.id, &member.role.address)?;
        let called = say::advisories::bringing::called(desk, &version);
        match (got, may_send(desk, &version)?) {
            (true, _) => {}
            (false, false) => all.waiting.push((called, version.case)),
            (false, true) => {
                send(desk, member, &version, by)?;
                all.sent.push(called);
            }
        }
    }
    Ok(all)
}

/// An organisation is on the list from now on: the team hears what it has not got. Of an applicant it is asked that by
/// another letter.
pub fn joined(desk: &mut Desk<'_>, member: &Member) -> Result<()> {
    if member.application.is_some() { Ok(()) } else { lacks(desk, member) }
}

/// An organisation gets mail of the list, now again or at another address: the team hears what it has not got.
pub fn lacks(desk: &mut Desk<'_>, member: &Member) -> Result<()> {
    // As it is stored: it may have changed just now.
    if desk.rows.members().get(member.id)?.state != State::Active {
        return Ok(());
    }
    for version in current(desk, None)? {
        if desk.rows.advisories().was_sent_to(version.id, &member.role.address)? {
            continue;
        }
        for person in desk.rows.people().team()? {
            let letter = say::advisories::watching::new_member(desk, member, &version, &person.person)?;
            desk.send(&letter, Some(version.case))?;
        }
    }
    Ok(())
}
