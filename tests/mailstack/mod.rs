//! The program against real servers: Dovecot for mail in, Postfix for mail out.

mod correspondent;
pub mod cut;
pub mod desk;
pub mod dkim;
pub mod drawer;
#[path = "../../src/openpgp/gpg.rs"]
pub mod gpg;
pub mod stack;

mod applications;
mod authority;
mod conversation;
mod disclosure;
mod encrypted;
mod incoming;
mod lists;
mod outgoing;
mod phone;
mod probe;
mod running;
mod secrecy;
mod servers;
mod team;
mod whole_way;
