//! A post that a moderator let through goes to every member, each apart: in clear as its author wrote it, or encrypted inside
//! of a letter of ours. The gate asks again, of each of them, when it leaves.

use anyhow::{Context, Result};

use crate::desk::Desk;
use crate::handlers::say;
use crate::mail::address::Address;
use crate::policy::discuss::From;
use crate::store::held::HeldPost;
use crate::store::members::State;

/// Sends a post to the members; gives how many there are.
pub fn distribute(desk: &mut Desk<'_>, post: &HeldPost) -> Result<usize> {
    let members = desk.rows.members().all()?;
    let mut readers: Vec<Address> = Vec::new();
    for member in members.into_iter().filter(|member| member.state == State::Active) {
        if !readers.contains(&member.role.address) {
            readers.push(member.role.address);
        }
    }
    // A letter without such recipients would go to whom its To names: the list itself.
    if readers.is_empty() {
        return Ok(0);
    }
    let list = desk.house.discuss.clone().context("A post, and no list that it came to")?;
    let rewritten = match desk.policy.profile.discuss.from {
        From::Always => true,
        From::Never => false,
        From::Auto => post.brittle,
    };
    let count = readers.len();
    let letter = say::discuss::copy(desk, post, &list, readers, rewritten)?;
    desk.send(&letter, None)?;
    Ok(count)
}
