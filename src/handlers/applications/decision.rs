//! What the team answers about an application, and its new member about their address.

use anyhow::Result;

use crate::desk::Desk;
use crate::handlers::{Mail, aside};
use crate::store::applications::ApplicationToken;

/// Handles an answer at a reply address about an application.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, about: &ApplicationToken) -> Result<String> {
    let reason = format!("an answer about application {}", about.application);
    aside::set_aside(desk, mail, &reason)?;
    Ok(reason)
}
