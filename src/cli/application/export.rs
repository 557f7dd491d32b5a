//! `embargod application export`: the public thread, for people who join late.

use super::list::find;
use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::mail::address::Address;
use crate::mail::headers::Headers;
use crate::mail::mailroom::Role;
use crate::mail::{lists, mbox};
use crate::store::applications::ApplicationId;

pub async fn run(at: &At, id: ApplicationId) -> Result<(), Failure> {
    find(at, id).await?;
    let (settings, store) = at.open()?;
    let list: Vec<Address> = settings.address(Role::Applications).cloned().into_iter().collect();
    for post in store.read(move |rows| rows.applications().posts(id)).await? {
        // One at a time: together they may be larger than memory.
        let raw = store.read(move |rows| rows.inbox().raw(post.inbox)).await?;
        if !is_public(&raw, &list) {
            continue;
        }
        print::bytes(&mbox::entry(&raw, &post.author, post.received_at));
    }
    Ok(())
}

/// Whether a mail came by the list, or was sent to it. What an applicant sent to the team's address alone is in no archive
/// of the list either.
fn is_public(raw: &[u8], list: &[Address]) -> bool {
    lists::traces(&Headers::read(raw), list).iter().any(|trace| trace.configured)
}
