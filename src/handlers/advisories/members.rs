//! Which members get an advisory, and what becomes of it for those who join while it is under embargo.

use anyhow::Result;

use crate::desk::Desk;
use crate::mail::address::Address;
use crate::store::members::State;

/// The addresses of all active members, each once.
pub fn active(desk: &Desk<'_>) -> Result<Vec<Address>> {
    let mut addresses: Vec<Address> = Vec::new();
    for member in desk.rows.members().all()? {
        if member.state == State::Active && !addresses.contains(&member.role.address) {
            addresses.push(member.role.address);
        }
    }
    Ok(addresses)
}
