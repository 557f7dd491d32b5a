//! Answers to the team about members: what was done of a signed mail, or why nothing was.

use anyhow::Result;

use super::{counted, operator, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::control::{Done, Refused, in_words};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, carried_out, texts};
use crate::rules::authority::Unproven;
use crate::rules::command::Misread;
use crate::rules::label::{Label, Labels};
use crate::store::people::Person;

/// To whoever gave commands: all of them were carried out.
pub fn done(desk: &Desk<'_>, to: &Incoming, by: &Proven, done: &[Done]) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let lines = done.iter().map(|done| carried_out(&done.typed, &done.words, done.shows.value()));
    let values = Values::new().labelled("done", &labels, texts(lines)).labelled("proof", &labels, in_words(by.proof));
    writers(desk, Kind::Answer, LetterName::OrdersDone, &values, to, &by.person)
}

/// To whose commands nobody understands.
pub fn misread(desk: &Desk<'_>, to: &Incoming, person: &Person, misread: &Misread) -> Result<Letter> {
    let remedy = "send all of it once more, with this line corrected.";
    let why = NotDone { line: &misread.line, reason: &misread.problem, remedy, expected: &misread.expected };
    not_done(desk, to, person, &why, None)
}

/// To whose command cannot be carried out: none of the mail was.
pub fn refused(desk: &Desk<'_>, to: &Incoming, person: &Person, line: &str, why: &Refused) -> Result<Letter> {
    let why = NotDone { line, reason: &why.why, remedy: &why.remedy, expected: "" };
    not_done(desk, to, person, &why, None)
}

/// To whose name or signature was used without proof. It repeats nothing of the mail but the line.
pub fn unproven(
    desk: &Desk<'_>,
    to: &Incoming,
    person: &Person,
    line: &str,
    why: Unproven,
    telling: Telling,
) -> Result<Letter> {
    // Only letters about certificates have a reply address: commands about members need none.
    let remedy = match why {
        Unproven::SomebodyElse | Unproven::NotInTeam => {
            "reply to your own copy of the letter that asks about the certificate, from the address it was sent to."
        }
        why => why.remedy(),
    };
    let not = NotDone { line, reason: &why.to_string(), remedy, expected: "" };
    not_done(desk, to, person, &not, Some((why, telling)))
}

struct NotDone<'a> {
    line: &'a str,
    reason: &'a str,
    remedy: &'a str,
    expected: &'a str,
}

fn not_done(
    desk: &Desk<'_>,
    to: &Incoming,
    person: &Person,
    why: &NotDone<'_>,
    unproven: Option<(Unproven, Telling)>,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let (suspicious, telling) =
        unproven.map_or((false, Telling::default()), |(why, telling)| (why.is_suspicious(), telling));
    let values = Values::new()
        .labelled("unproven", &labels, unproven.is_some())
        .labelled("line", &labels, why.line)
        .labelled("reason", &labels, why.reason)
        .labelled("remedy", &labels, why.remedy)
        .labelled("expected", &labels, why.expected)
        .public("security", desk.house.security.as_str())
        .labelled("suspicious", &labels, suspicious)
        .labelled("others", &labels, counted(telling.others))
        .labelled("last", &labels, telling.last)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::OrdersNotDone, &values, to, person)
}
