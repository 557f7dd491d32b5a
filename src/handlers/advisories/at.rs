//! What is due of advisories at a moment, and when something will be: sent to members, released, told to people. Everything is
//! derived from the tables; whoever acts on it looks once more whether it still is so.

use anyhow::Result;
use jiff::Timestamp;

use super::{predisclosure, release};
use crate::desk::Desk;
use crate::policy::Policy;
use crate::policy::advisory::Predisclose;
use crate::rules::label::{CaseId, VersionId};
use crate::store::Rows;
use crate::store::advisories::{ForAll, ForMembers};

/// Something to do now; each in a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// What is approved of a case goes to everybody: this version of it first.
    Release { case: CaseId, first: VersionId },
    /// An approved version goes to the members.
    Predisclose(VersionId),
}

impl Due {
    /// The name of the event, for the identifiers of what it causes. It comes once.
    pub fn cause(&self) -> String {
        match self {
            Self::Release { case, first } => format!("release of case {case} from version {} on", first.0),
            Self::Predisclose(version) => format!("predisclosure of version {}", version.0),
        }
    }
}

/// All that is due now; what has an hour comes first.
pub fn due(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Vec<Due>> {
    let mut due = Vec::new();
    for one in rows.advisories().for_all()?.into_iter().filter(|one| is_release_time(one, now)) {
        due.push(Due::Release { case: one.case, first: one.first });
    }
    for one in rows.advisories().for_members()?.into_iter().filter(|one| is_members_time(one, policy, now)) {
        due.push(Due::Predisclose(one.version));
    }
    Ok(due)
}

/// When something of an advisory is due next, after `now`. What was due before is done at once, and is not among it.
pub fn next(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Option<Timestamp>> {
    let advisories = rows.advisories();
    let mut moments: Vec<Timestamp> = advisories.for_all()?.into_iter().filter_map(|one| one.release_at).collect();
    if policy.profile.advisory.predisclose == Predisclose::AtDue {
        moments.extend(advisories.for_members()?.into_iter().map(|one| one.predisclosure_at));
    }
    Ok(moments.into_iter().filter(|at| *at > now).min())
}

/// Does one thing that is due.
pub fn act(desk: &mut Desk<'_>, due: &Due) -> Result<()> {
    match due {
        Due::Release { case, .. } => release::release(desk, *case),
        Due::Predisclose(version) => predisclosure::predisclose(desk, *version),
    }
}

/// Without an embargo there is nothing to wait for.
pub(super) fn is_release_time(one: &ForAll, now: Timestamp) -> bool {
    one.release_at.is_none_or(|at| at <= now)
}

/// What is public in this moment goes to the members as to everybody.
pub(super) fn is_members_time(one: &ForMembers, policy: &Policy, now: Timestamp) -> bool {
    let at_once = one.follows || policy.profile.advisory.predisclose == Predisclose::WhenApproved;
    let is_told_before = policy.profile.schedule.predisclosure.is_some();
    is_told_before && one.release_at > now && (at_once || one.predisclosure_at <= now)
}
