//! Posts to -discuss: held until a moderator lets them through, and then sent to each member apart.

use anyhow::Result;

use super::{Mail, aside};
use crate::desk::Desk;
use crate::store::list_tokens::ListToken;

/// A post came: it is held. Gives the reason for `inbox list`.
pub fn posted(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    aside::set_aside(desk, mail, "a post to -discuss")?;
    Ok("a post to -discuss".to_owned())
}

/// A moderator's answer to a notice about a held post (`Moderate`), or its author's to ours (`Withdraw`).
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, _token: &ListToken) -> Result<String> {
    aside::set_aside(desk, mail, "about a held post")?;
    Ok("about a held post".to_owned())
}
