//! What was released comes back from the lists that the desk reads, or the team is alarmed: a mail that a list holds for its
//! moderators reached nobody.

use anyhow::Result;
use jiff::SignedDuration;

use crate::desk::Desk;
use crate::handlers::{Mail, say};
use crate::mail::address::Address;
use crate::mail::headers::Headers;

/// So long a list may take.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(30);
/// What a list's server writes, and nobody who sends mail to it.
const OF_LISTS: [&str; 5] = ["List-Post", "List-Id", "X-BeenThere", "X-Mailing-List", "Sender"];
/// ezmlm: `Delivered-To: mailing list oss-security@lists.openwall.com` (2026-11-20).
const EZMLM: &str = "mailing list ";

/// Our own mail came back: from which lists is noted, if it is a release.
pub fn came_back(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    let Some(identifier) = &mail.incoming.message_id else { return Ok(()) };
    let Some(letter) = desk.rows.advisories().release_called(identifier)? else { return Ok(()) };
    let headers = Headers::read(mail.readable);
    let by_ezmlm: Vec<String> = headers.all("Delivered-To").map(|field| field.value().to_lowercase()).collect();
    for list in desk.policy.profile.lists.released_to() {
        let named =
            mail.incoming.public_lists.iter().any(|trace| {
                trace.configured && OF_LISTS.contains(&trace.header.as_str()) && trace.list == list.as_str()
            });
        let delivered = by_ezmlm.iter().any(|value| value.strip_prefix(EZMLM).is_some_and(|name| is(name, list)));
        if (named || delivered) && desk.rows.advisories().saw(letter, list, desk.now)? {
            let object = format!("letter {letter}");
            desk.record("desk", "none", "seen back", &object, &format!("mail {} from {list}", mail.id))?;
        }
    }
    Ok(())
}

fn is(name: &str, list: &Address) -> bool {
    name.trim().eq_ignore_ascii_case(list.as_str())
}

/// A release should have come back by now.
pub fn look(desk: &mut Desk<'_>, letter: i64) -> Result<()> {
    let Some(release) = desk.rows.advisories().unseen(letter)? else { return Ok(()) };
    if !desk.rows.steps().tell(release.case, &release.cause(), desk.now)? {
        return Ok(());
    }
    let read = &desk.house.lists_read;
    let lists: Vec<_> = release.lists.iter().filter(|one| read.contains(&one.list)).collect();
    if lists.is_empty() {
        return Ok(());
    }
    let version = desk.rows.advisories().get(release.version)?;
    let names: Vec<&str> = lists.iter().map(|one| one.list.as_str()).collect();
    desk.record(
        "desk",
        "none",
        "alarm",
        &format!("case {}", version.case),
        &format!("not seen on {}", names.join(", ")),
    )?;
    for member in desk.rows.people().team()? {
        let letter = say::advisories::watching::unseen(desk, &version, &lists, &member.person)?;
        desk.send(&letter, Some(version.case))?;
    }
    Ok(())
}
