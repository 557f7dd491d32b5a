//! The steps of a message's way that join the store with the rest: collect, open, seal, deliver. Decides nothing
//! about people; never knows a handler.

pub mod ahead;
pub mod certificates;
pub mod collect;
pub mod deliver;
pub mod known;
mod offers;
pub mod open;
pub mod seal;
pub mod signing;
