//! Mail in clear that repeats what came encrypted to its case: it is found by comparison, kept from then on as if it
//! had come encrypted itself, and its writer is warned in private.

use anyhow::Result;

use super::Mail;
use super::say::{self, Story};
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Enclosure, Letter};
use crate::mail::{quoting, wording};
use crate::rules::label::CaseId;

/// People quote what they got last: so many mails of either kind are compared, the newest first.
const MAILS_MAX: u32 = 30;
/// Each mail has one relay for each member of the team.
const LETTERS_MAX: u32 = 100;

/// Whether a mail that came in clear repeats text of its case that did not, or of one that is the same problem. What
/// stands in clear elsewhere in these cases, in mails and in letters of ours, is no secret.
pub fn repeats_sealed_text(desk: &Desk<'_>, mail: &Mail<'_>, case: CaseId) -> Result<bool> {
    if mail.incoming.sealed {
        return Ok(false);
    }
    let (mut sealed, mut clear) = (Vec::new(), Vec::new());
    let mut room = quoting::SEALED_BYTES_MAX;
    let same = desk.rows.cases().with_duplicates(desk.rows.cases().original(case)?)?;
    for id in latest(desk, &same, true)? {
        if room == 0 {
            break; // More is not compared, so it is not read.
        }
        let texts = wording::texts(&desk.rows.inbox().readable(id)?);
        room = room.saturating_sub(texts.iter().map(String::len).sum());
        sealed.extend(texts);
        clear.push(wording::subject(&desk.rows.inbox().raw(id)?));
    }
    if sealed.is_empty() {
        return Ok(false);
    }
    for id in latest(desk, &same, false)? {
        clear.extend(wording::texts(&desk.rows.inbox().raw(id)?));
    }
    for case in same {
        let letters = desk.rows.outbox().latest_of_case(case, LETTERS_MAX)?;
        let ours = letters.iter().filter(|letter| repeats_nobody(letter));
        clear.extend(ours.flat_map(|letter| [letter.subject.value(), letter.body.value()]).cloned());
    }
    Ok(quoting::quotes(&wording::texts(mail.readable), &sealed, &clear))
}

/// The latest mails of each case, the latest of all cases first, so that no long case hides a short one.
fn latest(desk: &Desk<'_>, cases: &[CaseId], sealed: bool) -> Result<Vec<i64>> {
    let mut ranked = Vec::new();
    for case in cases {
        ranked.extend(desk.rows.cases().latest(*case, sealed, MAILS_MAX)?.into_iter().enumerate());
    }
    ranked.sort_by_key(|(rank, inbox)| (*rank, std::cmp::Reverse(*inbox)));
    Ok(ranked.into_iter().map(|(_, inbox)| inbox).collect())
}

/// Whether a letter's own text holds nothing of a mail that came encrypted. A relay to the team only has it attached,
/// whatever labels it bears.
fn repeats_nobody(letter: &Letter) -> bool {
    use Enclosure::{Mbox, Opened, Received};
    let is_mail = |enclosure: &Enclosure| matches!(enclosure, Received { .. } | Opened { .. } | Mbox { .. });
    !letter.body.labels().is_sealed() || letter.enclosures.iter().any(|enclosed| is_mail(enclosed.value()))
}

/// Tells the writer, and nobody else.
pub fn warn(desk: &mut Desk<'_>, story: &Story<'_>, author: &Mailbox) -> Result<()> {
    let case = story.case.number;
    let letter = say::quoted_in_clear(desk, story, author)?;
    desk.send(&letter, Some(case))?;
    let detail = format!("mail {} repeats in clear what came encrypted", story.mail.id);
    desk.record("desk", "none", "warn", &format!("case {case}"), &detail)
}
