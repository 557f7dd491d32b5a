//! Whether what was approved is still what would leave: the manifest is printed anew from what is stored, the dates of the
//! case, and the lists of this moment.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use crate::advisory::manifest::Manifest;
use crate::desk::Desk;
use crate::mail::secret::sha256_hex;
use crate::rules::label::CaseId;
use crate::store::advisories::Version;
use crate::store::cases::Case;

/// When the embargo of a case ends; `None`: there is none, or none any more.
pub fn embargo(case: &Case) -> Option<Timestamp> {
    let open = case.public_at.is_none() && case.exploited_at.is_none() && case.released_at.is_none();
    open.then_some(case.proposal.release_at)
}

/// Whether members get it before everybody: there is an embargo, a list of them, and a time at which it is told. Where they do
/// not, there is no text for them.
pub fn is_told_before(desk: &Desk<'_>, case: &Case) -> bool {
    let to_members = desk.house.members.is_some() && desk.policy.profile.schedule.predisclosure.is_some();
    to_members && embargo(case).is_some()
}

/// Whether a release is so late that people should know why.
pub fn is_late(hour: Timestamp, now: Timestamp) -> bool {
    const LATE: SignedDuration = SignedDuration::from_mins(5);
    now.duration_since(hour) > LATE
}

/// Who gets which text, by name: what people approve. `told`: members get another before.
fn audiences(desk: &Desk<'_>, told: bool) -> Vec<String> {
    let members = desk.house.members.as_ref().map(|list| format!("members of {list}"));
    let before = members.iter().filter(|_| told).map(|list| format!("{list}: text for members, as soon as approved"));
    let public = desk.policy.profile.lists.released_to().iter().map(|list| format!("{list}: public text"));
    let copies = members.iter().map(|list| format!("{list}: public text, a copy each"));
    before.chain(public).chain(copies).collect()
}

/// What of a version is printed in its manifest.
pub struct Parts<'a> {
    pub number: i64,
    pub version: u32,
    pub public_version: u32,
    pub members_text: &'a str,
    pub public_text: &'a str,
    /// Name and SHA-256.
    pub files: &'a [(String, String)],
}

/// The manifest, with the dates and the lists of this moment.
pub fn print(desk: &Desk<'_>, case: &Case, parts: &Parts<'_>) -> String {
    let embargo = embargo(case);
    // What was written after the hour has no text for members: all get the same.
    let told = is_told_before(desk, case) && parts.public_version > parts.version;
    Manifest {
        called: &desk.policy.profile.advisory.called(parts.number),
        version: parts.version,
        public_version: parts.public_version,
        members_text: (embargo.is_none() || told).then_some(parts.members_text),
        public_text: parts.public_text,
        files: parts.files,
        embargo: &embargo.map_or_else(|| "none".to_owned(), |at| at.to_string()),
        audiences: &audiences(desk, told),
    }
    .print()
}

/// The manifest of a version as it is at this moment, by the files as they are stored.
pub fn manifest(desk: &Desk<'_>, version: &Version) -> Result<String> {
    let case = case(desk, version.case)?;
    let stored = desk.rows.advisories().files(version.id)?;
    let files: Vec<(String, String)> = stored.into_iter().map(|file| (file.name, sha256_hex(&file.bytes))).collect();
    let parts = Parts {
        number: version.number,
        version: version.version,
        public_version: version.public_version,
        members_text: &version.members_text,
        public_text: &version.public_text,
        files: &files,
    };
    Ok(print(desk, &case, &parts))
}

/// Whether it may leave as it was approved: nothing in it has to be corrected, its number is free, and its manifest, printed
/// anew, has the digest that people approved.
pub fn holds(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    let now = manifest(desk, version)?;
    let approved = sha256_hex(version.manifest.as_bytes()) == version.digest;
    let all = desk.rows.advisories().of_number(version.number)?;
    Ok(version.void_at.is_none()
        && version.is_sound()
        && approved
        && now == version.manifest
        && !is_overtaken(&all, version))
}

/// Who approved it, and is counted at this moment: who is in the team still; and where its author is not counted, nobody
/// whose commands changed it since.
pub fn counted(desk: &Desk<'_>, version: &Version) -> Result<Vec<i64>> {
    let mut counted = Vec::new();
    for person in desk.rows.advisories().approvers(version.id)? {
        if desk.rows.people().team_member(person)?.is_some() && authorship(desk, version, person)?.is_none() {
            counted.push(person);
        }
    }
    Ok(counted)
}

/// Nobody of the team may approve it, though somebody might if another of them had written it.
pub fn is_everybodys(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    let team = desk.rows.people().team()?;
    for member in &team {
        if authorship(desk, version, member.person.id)?.is_none() {
            return Ok(false);
        }
    }
    Ok(team.len() > 1)
}

/// Why an approval by this person is not counted, where authors are not.
pub fn authorship(desk: &Desk<'_>, version: &Version, person: i64) -> Result<Option<Authorship>> {
    if desk.policy.profile.advisory.author_may_approve {
        return Ok(None);
    }
    if version.author == person {
        return Ok(Some(Authorship::Wrote));
    }
    Ok(desk.rows.advisories().hands(version.id)?.contains(&person).then_some(Authorship::Changed))
}

/// What somebody has to do with the texts of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorship {
    Wrote,
    /// Their commands changed it since.
    Changed,
}

/// Whether enough people approved it, as they are counted at this moment.
pub fn is_approved(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    Ok(counted(desk, version)?.len() >= usize::from(desk.policy.profile.advisory.approvals))
}

/// Whether it holds, and is approved still.
pub fn may_leave(desk: &Desk<'_>, version: &Version) -> Result<bool> {
    Ok(holds(desk, version)? && is_approved(desk, version)?)
}

/// What lets nothing of a case leave now, approved or not, and what ends that: half a sentence.
pub fn kept_back(desk: &Desk<'_>, case: CaseId) -> Result<Option<String>> {
    let rows = desk.rows;
    let mut why = Vec::new();
    if rows.advisories().held(case)?.is_some() {
        why.push("the case is held, until “!unhold hold”");
    }
    if rows.advisories().jumped_at()?.is_some() {
        why.push("the clock of the desk is in doubt, until “!unhold clock”");
    }
    if rows.pause().current()?.is_some() {
        why.push("the outbox of the desk is paused, until the operator types “embargod outbox resume”");
    }
    Ok((!why.is_empty()).then(|| why.join("; and ")))
}

/// The number of the last text that somebody outside of the team was sent; 0: none was.
pub fn sent(version: &Version) -> u32 {
    match (version.released_at, version.predisclosed_at) {
        (Some(_), _) => version.public_version,
        (None, Some(_)) => version.version,
        (None, None) => 0,
    }
}

/// Whether another text of this number, or of a later one, was sent meanwhile.
pub fn is_overtaken(all: &[Version], version: &Version) -> bool {
    all.iter().any(|other| other.id != version.id && sent(other) >= version.version.max(sent(version) + 1))
}

/// The case that a version is of.
pub fn case(desk: &Desk<'_>, number: CaseId) -> Result<Case> {
    desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))
}
