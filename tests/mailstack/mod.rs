//! The program against real servers: Dovecot for mail in, Postfix for mail out.

pub mod drawer;
pub mod stack;

mod incoming;
mod outgoing;
mod servers;
