//! embargod: the disclosure desk of a software project, run by mail. ARCHITECTURE.md is the guide; this is the map.

pub mod mail;
pub mod openpgp;
pub mod post;
pub mod rules;
