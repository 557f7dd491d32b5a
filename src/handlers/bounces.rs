//! What mail servers say of our deliveries, at the key of each: the team hears of it in words. Nobody is removed by it.

use anyhow::Result;

use super::Mail;
use crate::desk::Desk;

/// A mail of a machine came to the return path of a delivery. Gives the reason for `inbox list`.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>, delivery: i64) -> Result<String> {
    desk.record("desk", "none", "keep", &format!("delivery {delivery}"), &format!("mail {}", mail.id))?;
    Ok(format!("about delivery {delivery}"))
}
