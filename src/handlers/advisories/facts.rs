//! What the desk knows of a case when one of its advisories is written.

use anyhow::Result;

use super::standing;
use crate::advisory::facts::{Facts, File};
use crate::advisory::style::Style;
use crate::advisory::text::parse;
use crate::desk::Desk;
use crate::policy::letters::shown;
use crate::rules::command::Affected;
use crate::rules::life::State;
use crate::rules::schedule::day_of;
use crate::store::advisories::Version;
use crate::store::cases::Case;

/// No advisory had as many.
const VERSION_MAX: u32 = 999;

/// Which version is written, and what changed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Of the text for members, or of the public one where nobody gets another.
    pub version: u32,
    pub public_version: u32,
}

/// The version that follows upon those that were sent: the next for members, and the one after it for the world. Those that
/// people sent by hand the desk does not know: then its author says in the text which version it is.
pub fn next(desk: &Desk<'_>, case: &Case, all: &[Version], text: &str) -> Numbers {
    let sent = all.iter().map(standing::sent).max().unwrap_or_default();
    let by_hand = sent == 0 && matches!(case.state, State::Predisclosed | State::Released);
    let version = if by_hand { named_version(text, &style(desk)) } else { 1 + sent };
    Numbers { version, public_version: version + u32::from(is_sent_twice(desk, case, all)) }
}

/// The version in a title block, or in the heading over what changed, whichever is later.
fn named_version(text: &str, style: &Style) -> u32 {
    let (advisory, _) = parse(text, style);
    let updated = advisory.sections.iter().filter_map(|section| style.updated(&section.heading)).max();
    advisory.head.version.max(updated.unwrap_or_default()).clamp(1, VERSION_MAX)
}

/// Whether members get a text before the world does. Once the hour is over and they had none, all get the same.
pub fn is_sent_twice(desk: &Desk<'_>, case: &Case, all: &[Version]) -> bool {
    let was_sent = all.iter().any(|one| standing::sent(one) > 0);
    let in_time = standing::embargo(case).is_some_and(|ends| was_sent || desk.now < ends);
    in_time && standing::is_told_before(desk, case)
}

/// All that is filled in. `true`: some of it came encrypted.
pub fn gather(
    desk: &Desk<'_>,
    case: &Case,
    number: i64,
    all: &[Version],
    numbers: &Numbers,
    updates: &str,
) -> Result<(Facts, bool)> {
    let (rows, known) = (desk.rows, desk.rows.facts());
    let mut sealed = false;
    let numbered = known.advisories(case.number)?;
    let only = numbered.len() == 1;
    let cves = rows.cases().numbers(case.number)?.into_iter();
    let cves = cves.filter(|one| one.advisory == Some(number) || one.advisory.is_none() && only).map(|one| one.id);
    let thanked = known.thanked(case.number)?;
    sealed |= thanked.iter().any(|one| one.sealed);
    let mut files = Vec::new();
    let style = style(desk);
    let others: Vec<String> = numbered.iter().filter(|one| **one != number).map(|one| style.file_stem(*one)).collect();
    let is_of = |stem: &String, name: &str| {
        let rest = name.to_lowercase().strip_prefix(stem.as_str()).map(str::to_owned);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    for patch in known.patches(case.number)? {
        if others.iter().any(|stem| is_of(stem, &patch.name)) {
            continue; // It is called after another advisory of the case.
        }
        sealed |= patch.sealed;
        let bytes = known.patch_bytes(patch.id)?;
        files.push(File { name: patch.name, bytes, sha256: patch.sha256, branches: patch.branches });
    }
    files.sort_by_key(|file| !file.branches.is_empty()); // What describes the patches stands before them.
    let public = rows.advisories().public_names()?;
    let naming = &desk.policy.profile.advisory;
    let taken = files.iter().filter_map(|file| {
        let first = public.iter().find(|named| named.name.eq_ignore_ascii_case(&file.name))?;
        let clashes = first.number != number && (first.name != file.name || first.sha256 != file.sha256);
        clashes.then(|| (file.name.clone(), naming.called(first.number)))
    });
    let taken: Vec<(String, String)> = taken.collect();
    let branches = known.branches(case.number)?;
    let affected = branches.iter().filter(|one| one.affected != Affected::No).map(|one| one.name.clone()).collect();
    let (deployment, came_sealed) = rows.advisories().deployment(case.number)?;
    sealed |= came_sealed;
    let embargo = standing::embargo(case);
    let late = standing::is_told_before(desk, case) && numbers.public_version == numbers.version;
    let facts = Facts {
        number,
        version: numbers.version,
        public_version: numbers.public_version,
        title: case.title.value().clone(),
        cves: cves.collect(),
        credits: thanked.into_iter().filter_map(|one| one.name).collect(),
        patchless: files.iter().all(|file| file.branches.is_empty()) && embargo.is_some(),
        files,
        taken,
        embargo: embargo.filter(|_| !late).map(shown),
        late,
        was_embargoed: all.iter().any(was_embargoed),
        updates: updates.to_owned(),
        deployment,
        affected,
        today: Some(day_of(desk.now)),
    };
    Ok((facts, sealed))
}

/// Members had it before the world, or the world had it at the end of an embargo.
fn was_embargoed(one: &Version) -> bool {
    one.predisclosed_at.is_some() || one.released_at.is_some() && one.embargo_until.is_some()
}

/// How this project writes its advisories.
pub fn style(desk: &Desk<'_>) -> Style {
    let profile = &desk.policy.profile;
    profile.advisory.style(&profile.project)
}
