//! What a discoverer's mail says of dates: it is kept and shown to the team, and nothing follows from it by itself.

use anyhow::Result;

use super::say::Story;
use super::signed;
use crate::desk::Desk;
use crate::mail::own::own_text;
use crate::rules::dates;
use crate::rules::schedule;
use crate::store::cases::Standing;
use crate::store::embargoes::DateHint;

/// Finds it and keeps it. What a stranger writes, a machine, or the same mail once more, is none.
pub fn look(desk: &Desk<'_>, story: &Story<'_>) -> Result<Vec<DateHint>> {
    let (mail, incoming) = (story.mail, story.mail.incoming);
    if story.standing != Standing::Reporter || story.again || incoming.machine.is_some() {
        return Ok(Vec::new());
    }
    let Some(author) = &incoming.author else { return Ok(Vec::new()) };
    let Some(person) = desk.rows.people().by_address(&author.address)? else { return Ok(Vec::new()) };
    let proven = incoming.evidence.aligned() == Some(&author.address) || signed::is_by(desk, mail, &person)?;
    let found = dates::hints(&own_text(mail.readable).text, schedule::day_of(mail.received_at));
    let mut kept = Vec::new();
    for dates::Hint { day, words, insists } in found {
        let hint = DateHint { day, words, insists, sealed: incoming.sealed, proven, at: mail.received_at };
        desk.rows.embargoes().add_hint(story.case.number, mail.id, person.id, &hint)?;
        kept.push(hint);
    }
    Ok(kept)
}
