//! First sight of a list's header in mail from an address that may read something: the address may be a list. Nobody is
//! barred for it; the team hears of it once, and once more when a proven mail shows what only an unproven one did.

use anyhow::Result;

use super::{Mail, say};
use crate::desk::Desk;
use crate::mail::incoming::Incoming;
use crate::mail::machine::Machine;
use crate::mail::mailroom::Role;

/// Headers that only a list's server writes.
const OF_LISTS: [&str; 4] = ["List-Id", "List-Post", "X-BeenThere", "X-Mailing-List"];

/// Tells the team, if it was not told of this address before, or of a mail only that anybody may have written.
pub fn look(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    // Whoever writes to the list for applications gets there by that list, and shows it.
    let by_ours = mail.predates || mail.incoming.role == Some(Role::Applications);
    let Some(author) = mail.incoming.author.as_ref().filter(|_| !by_ours) else { return Ok(()) };
    let Some(header) = header(mail.incoming) else { return Ok(()) };
    let Some(person) = desk.rows.people().by_address(&author.address)? else { return Ok(()) };
    let in_team = desk.rows.people().team_member(person.id)?.is_some();
    let is_cleared =
        in_team || desk.rows.participants().is_in_any(person.id)? || desk.rows.members().is_active(person.id)?;
    if !is_cleared {
        return Ok(());
    }
    let proven = mail.incoming.evidence.aligned().is_some();
    if !desk.rows.lists_seen().first(&person.address, proven, mail.id, &header, desk.now)? {
        return Ok(());
    }
    let detail = format!("mail {} from {}: {header}", mail.id, person.address);
    desk.record("desk", "none", "list seen", person.address.as_str(), &detail)?;
    for member in desk.rows.people().team()? {
        let letter = say::people::list_seen(desk, mail, &person, in_team, &header, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// The header that shows a list. What came through a public list of ours is flagged as that already, and says nothing
/// of its writer's address.
fn header(incoming: &Incoming) -> Option<String> {
    if incoming.machine.as_ref().is_some_and(Machine::is_silent) {
        return None;
    }
    let mut traces = incoming.public_lists.iter().filter(|trace| OF_LISTS.contains(&trace.header.as_str()));
    if traces.clone().any(|trace| trace.configured) {
        return None;
    }
    let named = traces.next().map(|trace| format!("{}: {}", trace.header, trace.list));
    named.or_else(|| match &incoming.machine {
        Some(Machine::ListCopy(reason)) => Some(reason.clone()),
        _ => None,
    })
}
