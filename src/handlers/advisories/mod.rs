//! Advisories as time passes: written anew when something of the case changed, sent to members, released; people are told.

mod changes;
pub mod drafting;
mod facts;
pub mod standing;

use crate::desk::Desk;
use crate::store::advisories::Version;

pub use changes::{between, lines};
pub use facts::style;

/// What the record calls a version: `XSA-480 version 1`.
pub fn called(desk: &Desk<'_>, version: &Version) -> String {
    format!("{} version {}", desk.policy.profile.advisory.called(version.number), version.version)
}
