//! A draft of an advisory: what the desk knows, filled into what its author wrote; the texts and their digest go to everybody
//! who may approve them.

use anyhow::Result;

use crate::desk::Desk;
use crate::rules::label::CaseId;

/// Something of the case changed: what was drafted of it is written anew where it would differ, and nothing of what it
/// replaces leaves any more.
pub fn refresh(desk: &mut Desk<'_>, case: CaseId) -> Result<()> {
    let _ = (desk, case);
    Ok(())
}
