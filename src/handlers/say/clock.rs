//! Letters about the clock of the machine. They hold numbers of advisories and their hours, which may be public, and our own
//! words: the operator reads them, too.

use anyhow::Result;

use super::{answered_in_case, plain};
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::store::advisories::{ClockJump, Waiting};
use crate::store::people::Person;

/// An answer to it is an answer in the case of the first advisory that waits.
pub fn jumped_for_team(desk: &mut Desk<'_>, jump: &ClockJump, waiting: &[Waiting], to: &Person) -> Result<Letter> {
    let first = waiting.first();
    let mut letter = jumped(desk, jump, waiting, to.mailbox(), first.is_some())?;
    if let Some(first) = first {
        answered_in_case(desk, &mut letter, first.case, to)?;
    }
    Ok(letter)
}

/// `None`: there is none, or they are in the team.
pub fn jumped_for_operator(desk: &Desk<'_>, jump: &ClockJump, waiting: &[Waiting]) -> Result<Option<Letter>> {
    let Some(operator) = &desk.house.operator else { return Ok(None) };
    let team = desk.rows.people().team()?;
    if team.iter().any(|member| member.person.address == *operator) {
        return Ok(None);
    }
    jumped(desk, jump, waiting, Mailbox::bare(operator.clone()), false).map(Some)
}

fn jumped(desk: &Desk<'_>, jump: &ClockJump, waiting: &[Waiting], to: Mailbox, answered: bool) -> Result<Letter> {
    let advisory = &desk.policy.profile.advisory;
    let line = |one: &Waiting| match one.release_at {
        Some(at) => format!("{}, whose embargo ends on {}", advisory.called(one.number), shown(at)),
        None => format!("{}, which has no embargo", advisory.called(one.number)),
    };
    let values = Values::new()
        .public("far", far(jump.seconds))
        .public("forward", jump.seconds > 0)
        .public("now", shown(desk.now))
        .public("waiting", texts(waiting.iter().map(line)))
        .public("answered", answered);
    Ok(plain(Kind::Alert, to, desk.policy.letters.render(LetterName::ClockJumped, &values)?))
}

/// How far that is, in its largest unit.
fn far(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
