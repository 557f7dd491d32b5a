//! The advisory: what it is made of, how it is written and read, what is wrong with it, and what of it people approve.
//! Over plain values; no database, no files, no clock.

pub mod facts;
pub mod fill;
pub mod finding;
pub mod lint;
mod listing;
pub mod manifest;
pub mod model;
pub mod style;
pub mod text;
mod wrap;
mod written;
