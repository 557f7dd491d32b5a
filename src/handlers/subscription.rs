//! Attempts to subscribe: answered with how to apply, and without any other effect.

use anyhow::Result;

use super::{Mail, aside};
use crate::desk::Desk;

/// Somebody writes to a list's server, or asks to be subscribed.
pub fn attempted(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    aside::set_aside(desk, mail, "an attempt to subscribe")?;
    Ok("an attempt to subscribe".to_owned())
}
