//! The operator's programs that are run after a release: what is written for them, how they are run, how they ended. This room
//! knows no other: whoever runs them needs neither database nor settings, and what they are told is public by then.

mod job;
mod running;
mod spool;
mod taking;

pub use job::{Job, Outcome, Payload, Sent};
pub use running::{Output, probe};
pub use spool::{Run, Spool, State};
pub use taking::take;
