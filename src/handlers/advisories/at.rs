//! What is due of advisories at a moment, and when something will be: sent to members, released, told to people. Everything is
//! derived from the tables; whoever acts on it looks once more whether it still is so.

use anyhow::Result;
use jiff::Timestamp;

use super::{alarms, numberless, predisclosure, progress, release, seen};
use crate::desk::Desk;
use crate::policy::Policy;
use crate::policy::advisory::Predisclose;
use crate::rules::alarms::Look;
use crate::rules::label::{CaseId, VersionId};
use crate::store::Rows;
use crate::store::advisories::{Embargoed, ForAll, ForMembers, LeftBehind, Numberless, Told};

/// Something to do now; each in a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// What is approved of a case goes to everybody: this version of it first.
    Release { case: CaseId, first: VersionId },
    /// An approved version goes to the members.
    Predisclose(VersionId),
    /// What was drafted under an embargo that is over is written anew; this is the last of it.
    Anew { case: CaseId, last: VersionId },
    /// The hour of a release comes, or passed: what is missing is told.
    Look { case: CaseId, look: Look, release_at: Timestamp },
    /// The team hears how a version gets on to the members.
    Progress { version: VersionId, told: Told },
    /// A release should have come back from the lists that are read.
    Unseen { letter: i64 },
    /// An advisory is public without a CVE number; so many reminders were due by now.
    Numberless { one: Numberless, reminder: u32 },
}

impl Due {
    /// The name of the event, for the identifiers of what it causes. It comes once.
    pub fn cause(&self) -> String {
        match self {
            Self::Release { case, first } => format!("release of case {case} from version {} on", first.0),
            Self::Predisclose(version) => format!("predisclosure of version {}", version.0),
            Self::Anew { case, last } => format!("case {case}: {}", release::anew(*last)),
            Self::Look { case, look, release_at } => format!("case {case}: {}", look.cause(*release_at)),
            Self::Progress { version, told } => format!("version {} on its way, told {told:?}", version.0),
            Self::Unseen { letter } => format!("release in letter {letter}, to be seen"),
            Self::Numberless { one, reminder } => numberless::cause(one, *reminder),
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
    for (case, last) in rows.advisories().outlived()? {
        if !rows.steps().is_told(case, &release::anew(last))? {
            due.push(Due::Anew { case, last });
        }
    }
    for one in ending(rows, policy, now)? {
        if let Some(look) = Look::latest(one.release_at, now)
            && !rows.steps().is_told(one.case, &look.cause(one.release_at))?
        {
            due.push(Due::Look { case: one.case, look, release_at: one.release_at });
        }
    }
    for one in rows.advisories().on_their_way()? {
        due.extend(progress::due(&one, now).map(|told| Due::Progress { version: one.version, told }));
    }
    for (letter, at) in rows.advisories().to_be_seen(seen::PATIENCE)? {
        if at <= now {
            due.push(Due::Unseen { letter });
        }
    }
    for one in rows.advisories().numberless()? {
        let (reminder, _) = numberless::reminders(&one, &policy.calendar, now);
        if reminder > 0 && !rows.steps().is_told(one.case, &numberless::cause(&one, reminder))? {
            due.push(Due::Numberless { one, reminder });
        }
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
    moments.extend(ending(rows, policy, now)?.into_iter().filter_map(|one| Look::next_at(one.release_at, now)));
    if let Some(release_at) = advisories.first_ending_after(Look::horizon(now))? {
        moments.extend(Look::next_at(release_at, now));
    }
    moments.extend(advisories.next_progress(progress::PATIENCE)?);
    moments.extend(advisories.to_be_seen(seen::PATIENCE)?.into_iter().map(|(_, at)| at));
    for one in advisories.numberless()? {
        moments.push(numberless::reminders(&one, &policy.calendar, now).1);
    }
    Ok(moments.into_iter().filter(|at| *at > now).min())
}

/// Does one thing that is due.
pub fn act(desk: &mut Desk<'_>, due: &Due) -> Result<()> {
    match due {
        Due::Release { case, .. } => release::release(desk, *case),
        Due::Predisclose(version) => predisclosure::predisclose(desk, *version),
        Due::Anew { case, last } => release::write_anew(desk, *case, *last),
        Due::Look { case, look, release_at } => alarms::look(desk, *case, *look, *release_at),
        Due::Progress { version, told } => progress::tell(desk, *version, *told),
        Due::Unseen { letter } => seen::look(desk, *letter),
        Due::Numberless { one, reminder } => numberless::remind(desk, one, *reminder),
    }
}

/// The cases whose release is looked at: their embargo ends within a day, or ended and something of them did not leave.
pub(super) fn ending(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Vec<Embargoed>> {
    let mut all = rows.advisories().ending(Look::horizon(now))?;
    for LeftBehind { case, release_at, .. } in left_behind(rows, policy)? {
        if all.iter().all(|one| one.case != case) {
            all.push(Embargoed { case, release_at });
        }
    }
    Ok(all)
}

/// What stayed behind when others of its case were released, and was not sent by hand.
pub fn left_behind(rows: Rows<'_>, policy: &Policy) -> Result<Vec<LeftBehind>> {
    let publication = policy.profile.playbook.publication().map(|step| step.id.as_str());
    rows.advisories().left_behind(publication)
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
