//! Organisations on the list: added, removed, suspended by signed command; their addresses confirmed and changed, their
//! certificates accepted, test letters answered. How an application becomes a membership is `applications::membership`.

use anyhow::Result;

use super::{Mail, aside};
use crate::desk::Desk;
use crate::store::list_tokens::ListToken;

/// An answer at a reply address of the purposes `ConfirmMember`, `Drill`, `AddressFormer`, `AddressNew`, `MemberKey`.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, _token: &ListToken) -> Result<String> {
    aside::set_aside(desk, mail, "about a membership")?;
    Ok("about a membership".to_owned())
}

/// Whether somebody of the team signed commands about members or the change history, which name what they are about.
pub fn is_ordered(_desk: &Desk<'_>, _mail: &Mail<'_>) -> Result<bool> {
    Ok(false)
}

/// Carries them out, all or none, and answers.
pub fn ordered(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    aside::set_aside(desk, mail, "commands about members")?;
    Ok("commands about members".to_owned())
}

/// A member asks, at their own reply address, that their address be another one. `None`: the mail is something else.
pub fn address_change(_desk: &mut Desk<'_>, _mail: &Mail<'_>, _token: &ListToken) -> Result<Option<String>> {
    Ok(None)
}

/// Certificates that a member's mail brings: the team is asked whether they are theirs. Looked for in every mail.
pub fn look(_desk: &mut Desk<'_>, _mail: &Mail<'_>) -> Result<()> {
    Ok(())
}
