//! What members ask the team: mail at their own reply addresses, or to the predisclosure list, which distributes nothing.

use anyhow::Result;

use super::{Mail, aside};
use crate::desk::Desk;
use crate::store::list_tokens::ListToken;

/// A mail at a reply address of the purposes `Question` (a member's) and `AnswerMember` (the team's).
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    if let Some(reason) = super::members::address_change(desk, mail, token)? {
        return Ok(reason);
    }
    aside::set_aside(desk, mail, "a member's question")?;
    Ok("a member's question".to_owned())
}

/// A mail to the predisclosure list itself.
pub fn to_list(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    aside::set_aside(desk, mail, "mail to the predisclosure list")?;
    Ok("mail to the predisclosure list".to_owned())
}
