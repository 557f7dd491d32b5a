//! Advisories as time passes: written anew when something of the case changed, sent to members, released; people are told.

mod at;
pub mod clock;
pub mod drafting;
pub mod members;
mod predisclosure;
mod release;
mod scene;
pub mod standing;

pub use at::{Due, act, due, next};

#[cfg(test)]
mod tests;
