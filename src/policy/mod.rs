//! A project's process as data: the profile and the letters. Reads the operator's own files of both, once, at start,
//! and does no other IO; it knows nothing of settings, cases or handlers.

pub mod problem;
pub mod profile;
pub mod reading;
