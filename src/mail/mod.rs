//! What a message is: reading strangers' mail into facts, and writing our own. Over bytes; no database, no network.

pub mod address;
pub mod answer;
pub mod applicant;
pub mod authentication;
pub mod compose;
pub mod delivery_status;
pub mod evidence;
pub mod fields;
pub mod forgery;
pub mod headers;
pub mod incoming;
pub mod letter;
pub mod lists;
pub mod machine;
pub mod mailroom;
pub mod mbox;
pub mod note;
pub mod opened;
pub mod own;
pub mod parts;
pub mod quoting;
pub mod rewritten;
pub mod secret;
pub mod sheet;
pub mod thread;
pub mod wording;
