//! Advisories as time passes: written anew when something of the case changed, sent to members, released; people are told.

mod alarms;
mod at;
mod changes;
pub mod clock;
pub mod drafting;
mod facts;
mod hours;
pub mod members;
mod numberless;
mod predisclosure;
mod progress;
mod release;
mod scene;
pub mod seen;
pub mod standing;
mod told;
pub mod writing;

#[cfg(test)]
mod tests;

use anyhow::Result;

use crate::desk::Desk;
use crate::rules::label::CaseId;
use crate::store::advisories::Version;

pub use at::{Due, act, due, left_behind, next};
pub use changes::{anew, between, lines};
pub use facts::style;

/// What the record calls a version: `XSA-480 version 1`.
pub fn called_with_version(desk: &Desk<'_>, version: &Version) -> String {
    format!("{} version {}", desk.policy.profile.advisory.called(version.number), version.version)
}

/// The draft of a case that has this digest, or begins it; one that is not void before any that is.
pub fn with_digest(desk: &Desk<'_>, case: CaseId, digest: &str) -> Result<Option<Version>> {
    let mut found = Vec::new();
    for number in desk.rows.facts().advisories(case)? {
        let all = desk.rows.advisories().of_number(number)?;
        found.extend(all.into_iter().filter(|version| version.digest.starts_with(digest)));
    }
    // The same again, after a change that was taken back, has the same digest.
    let current = found.iter().rposition(|version| version.void_at.is_none());
    let at = current.unwrap_or(found.len().saturating_sub(1));
    Ok(found.into_iter().nth(at))
}
