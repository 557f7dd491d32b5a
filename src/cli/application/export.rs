//! `embargod application export`: the public thread, for people who join late.

use super::list::find;
use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::mail::mbox;
use crate::store::applications::ApplicationId;

pub async fn run(at: &At, id: ApplicationId) -> Result<(), Failure> {
    find(at, id).await?;
    let store = at.store()?;
    for post in store.read(move |rows| rows.applications().posts(id)).await? {
        // One at a time: together they may be larger than memory.
        let raw = store.read(move |rows| rows.inbox().raw(post.inbox)).await?;
        print::bytes(&mbox::entry(&raw, &post.author, post.received_at));
    }
    Ok(())
}
