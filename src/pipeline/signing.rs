//! Signing in line: the texts of an advisory are signed as soon as it is approved, so that nothing but the clock is waited
//! for at its hour. What was signed once is what everybody gets. It approves nothing, and sends nothing.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::mail::letter::Bringing;
use crate::openpgp::SigningKey;
use crate::rules::label::VersionId;
use crate::store::Store;
use crate::store::advisories::SignedTexts;

/// Signs what was approved and is not signed yet; gives how many versions. One that cannot be signed does not keep the
/// others: its error comes at the end.
pub async fn sign_approved(store: &Store, key: &Arc<SigningKey>, at: Timestamp) -> Result<usize> {
    let by = key.fingerprint();
    let (mut signed, mut failed) = (0, None);
    for version in store.write(move |rows| rows.advisories().unsigned(&by)).await? {
        match sign(store, key, version, at).await {
            Ok(()) => signed += 1,
            Err(problem) => failed = failed.or(Some(problem)),
        }
    }
    failed.map_or(Ok(signed), |problem| Err(problem.context("Signing an advisory ahead of its hour")))
}

/// The text that a letter brings, signed in line: as it is kept, or made now and kept.
pub async fn signed(store: &Store, key: &Arc<SigningKey>, brought: Bringing, at: Timestamp) -> Result<String> {
    let Bringing { version, text } = brought;
    let kept = move |rows: crate::store::Rows<'_>| rows.advisories().signed(version, text);
    if let Some(kept) = store.write(kept).await? {
        return Ok(kept);
    }
    sign(store, key, version, at).await?;
    store.write(kept).await?.context("A text that was signed just now is gone")
}

async fn sign(store: &Store, key: &Arc<SigningKey>, id: VersionId, at: Timestamp) -> Result<()> {
    let version = store.write(move |rows| rows.advisories().get(id)).await?;
    let signing = Arc::clone(key);
    let signed = tokio::task::spawn_blocking(move || {
        let public = signing.sign_cleartext(&version.public_text, at)?;
        Ok::<_, anyhow::Error>(SignedTexts { members: signing.sign_cleartext(&version.members_text, at)?, public })
    });
    let signed = signed.await.context("Signing an advisory")??;
    let by = key.fingerprint();
    store.write(move |rows| rows.advisories().sign(id, &by, &signed).map(drop)).await
}
