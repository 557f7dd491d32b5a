//! Advisories as time passes: written anew when something of the case changed, sent to members, released; people are told.

mod alarms;
mod at;
pub mod drafting;
pub mod members;
mod numberless;
mod predisclosure;
mod progress;
mod release;
mod scene;
pub mod seen;
pub mod standing;

pub use at::{Due, act, due, next};

#[cfg(test)]
mod tests;
