//! What a message is: reading strangers' mail into facts, and writing our own. Over bytes; no database, no network.

pub mod address;
pub mod compose;
pub mod letter;
pub mod secret;
pub mod thread;
