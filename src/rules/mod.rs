//! Decisions on plain values: no SQL, no IO, no clock. Everything here can be tested with a table.

pub mod authority;
pub mod branches;
pub mod certificates;
pub mod checklist;
pub mod citation;
pub mod clearance;
pub mod command;
pub mod contacts;
pub mod correspondence;
pub mod dates;
pub mod drafted;
pub mod encryption;
pub mod expiry;
pub mod history;
pub mod label;
pub mod life;
pub mod limits;
pub mod naming;
pub mod nearest;
pub mod patches;
pub mod playbook;
pub mod posts;
pub mod reminders;
pub mod roster;
pub mod schedule;
pub mod severity;
