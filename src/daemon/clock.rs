//! The time by which things become due. That the clock jumped is on the disk before anything follows from what it says.

use anyhow::Result;
use jiff::Timestamp;

use super::Engine;
use crate::clock::Jump;
use crate::store::Rows;
use crate::store::audit::Act;

impl Engine {
    /// What time it is, for whatever is due.
    pub(super) async fn time(&self) -> Result<Timestamp> {
        let now = self.clock.reading();
        let Some(Jump { at, seconds }) = self.steadiness.look(now) else { return Ok(now.wall) };
        tracing::error!(seconds, "the clock jumped: no advisory leaves before a person says that it is right");
        let written = move |rows: Rows<'_>| {
            rows.advisories().jumped(at, seconds)?;
            let detail = format!("by {seconds} seconds");
            let act = Act { actor: "desk", evidence: "none", act: "clock jumped", object: "clock", detail: &detail };
            rows.audit().append(at, &act)
        };
        self.store.write(written).await?;
        self.steadiness.trust(now);
        Ok(now.wall)
    }
}
