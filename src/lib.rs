//! embargod: the disclosure desk of a software project, run by mail. ARCHITECTURE.md is the guide; this is the map.
//!
//! A message goes from `post` through `pipeline` (collect, open) to `handlers`, which see only their `desk`; what
//! they write goes back through `pipeline` (seal, deliver) to `post`. `daemon` runs that loop, `cli` starts it.

pub mod advisory;
#[cfg(test)]
#[path = "../tests/crash/chance.rs"]
mod chance;
pub mod cli;
pub mod clock;
pub mod daemon;
pub mod desk;
pub mod handlers;
pub mod hooks;
pub mod mail;
pub mod openpgp;
pub mod pipeline;
pub mod policy;
pub mod post;
pub mod publish;
pub mod rules;
pub mod settings;
pub mod store;
