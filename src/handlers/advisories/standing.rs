//! Whether what was approved is still what would leave: the manifest is printed anew from what is stored, the dates of the
//! case, and the lists of this moment.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use crate::advisory::manifest::Manifest;
use crate::desk::Desk;
use crate::rules::label::CaseId;
use crate::store::advisories::Version;
use crate::store::cases::Case;

/// When the embargo of a case ends; `None`: there is none, or none any more.
pub fn embargo(case: &Case) -> Option<Timestamp> {
    let open = case.public_at.is_none() && case.exploited_at.is_none() && case.released_at.is_none();
    open.then_some(case.proposal.release_at)
}

/// Whether a release is so late that people should know why.
pub fn is_late(hour: Timestamp, now: Timestamp) -> bool {
    const LATE: SignedDuration = SignedDuration::from_mins(5);
    now.duration_since(hour) > LATE
}

/// Who gets which text, by name: what people approve.
pub fn audiences(desk: &Desk<'_>, embargoed: bool) -> Vec<String> {
    let members = desk.house.members.as_ref().map(|list| format!("members of {list}"));
    let before =
        members.iter().filter(|_| embargoed).map(|list| format!("{list}: text for members, as soon as approved"));
    let public = desk.policy.profile.lists.released_to().iter().map(|list| format!("{list}: public text"));
    let copies = members.iter().map(|list| format!("{list}: public text, a copy each"));
    before.chain(public).chain(copies).collect()
}

/// The manifest of a version as it is at this moment.
pub fn manifest(desk: &Desk<'_>, version: &Version) -> Result<String> {
    let case = case(desk, version.case)?;
    let embargo = embargo(&case);
    Ok(Manifest {
        called: &desk.policy.profile.advisory.called(version.number),
        version: version.version,
        public_version: version.public_version,
        members_text: &version.members_text,
        public_text: &version.public_text,
        files: &version.files,
        embargo: &embargo.map_or_else(|| "none".to_owned(), |at| at.to_string()),
        audiences: &audiences(desk, embargo.is_some()),
    }
    .print())
}

/// Whether it may leave as it was approved.
pub fn holds(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    Ok(version.void_at.is_none() && manifest(desk, version)? == version.manifest)
}

/// The case that a version is of.
pub fn case(desk: &Desk<'_>, number: CaseId) -> Result<Case> {
    desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))
}
