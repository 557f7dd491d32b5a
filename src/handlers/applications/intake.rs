//! What comes by the list for applications: a new one, its applicant's next mail, or something else.

use anyhow::Result;

use crate::desk::Desk;
use crate::handlers::{Mail, aside};

/// Handles a mail of that list.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    let reason = "by the list for applications";
    aside::set_aside(desk, mail, reason)?;
    Ok(reason.to_owned())
}
