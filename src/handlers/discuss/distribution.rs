//! A post that a moderator let through goes to every member, each apart: in clear as its author wrote it, or encrypted inside
//! of a letter of ours. The gate asks again, of each of them, when it leaves.

use anyhow::{Context, Result};

use crate::desk::Desk;
use crate::handlers::say;
use crate::mail::address::Address;
use crate::policy::discuss::From;
use crate::store::held::HeldPost;
use crate::store::members::State;

/// How many members a post reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub now: usize,
    /// Their copies wait for a certificate.
    pub waiting: usize,
}

/// Sends a post to the members.
pub fn distribute(desk: &mut Desk<'_>, post: &HeldPost) -> Result<Reach> {
    let members = desk.rows.members().all()?;
    let mut readers: Vec<Address> = Vec::new();
    for member in members.into_iter().filter(|member| member.state == State::Active) {
        if !readers.contains(&member.role.address) {
            readers.push(member.role.address);
        }
    }
    // A letter without such recipients would go to whom its To names: the list itself.
    if readers.is_empty() {
        return Ok(Reach::default());
    }
    let list = desk.house.discuss.clone().context("A post, and no list that it came to")?;
    let rewritten = match desk.policy.profile.discuss.from {
        From::Always => true,
        From::Never => false,
        From::Auto => post.brittle,
    };
    let letter = say::discuss::copy(desk, post, &list, readers, rewritten)?;
    let mut reach = Reach::default();
    for reader in letter.recipients() {
        match desk.may_read(reader, &letter.labels())? {
            Ok(()) => reach.now += 1,
            Err(barred) if barred.wants_certificate() => reach.waiting += 1,
            Err(_) => {}
        }
    }
    desk.send(&letter, None)?;
    Ok(reach)
}
