//! Advisories as time passes: written anew when something of the case changed, sent to members, released; people are told.

pub mod clock;
pub mod drafting;
pub mod standing;
