//! Answers to commands: what was done, by whom, on what evidence; or why nothing was.

use anyhow::{Context, Result};

use super::{operator, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::control::{Done, Refused, in_words};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, carried_out, shown, texts};
use crate::rules::authority::Unproven;
use crate::rules::command::Misread;
use crate::rules::label::CaseId;
use crate::store::people::Person;

/// To whoever gave commands: all of them were carried out.
pub fn done(desk: &Desk<'_>, case: CaseId, to: &Incoming, by: &Proven, done: &[Done]) -> Result<Letter> {
    let labels = super::labels_of(case, to);
    let lines = done.iter().map(|done| carried_out(&done.typed, &done.words, &done.shows));
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("done", &labels, texts(lines))
        .labelled("proof", &labels, in_words(by.proof));
    writers(desk, Kind::Answer, LetterName::Done, &values, to, &by.person)
}

/// To whose commands nobody understands: none was carried out.
pub fn misread(desk: &Desk<'_>, case: CaseId, to: &Incoming, person: &Person, misread: &Misread) -> Result<Letter> {
    let labels = super::labels_of(case, to);
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("line", &labels, misread.line.as_str())
        .labelled("problem", &labels, misread.problem.as_str())
        .labelled("expected", &labels, misread.expected.as_str());
    writers(desk, Kind::Refusal, LetterName::Misread, &values, to, person)
}

/// To whose command cannot be carried out: none of the mail was.
pub fn refused(
    desk: &Desk<'_>,
    case: CaseId,
    to: &Incoming,
    person: &Person,
    line: &str,
    why: &Refused,
) -> Result<Letter> {
    let labels = super::labels_of(case, to);
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("line", &labels, line)
        .labelled("reason", &labels, why.why.as_str())
        .labelled("remedy", &labels, why.remedy.as_str());
    writers(desk, Kind::Refusal, LetterName::NotDone, &values, to, person)
}

/// To whose name, reply address or signature commands used that prove nothing. It repeats nothing of the mail.
pub fn unproven(
    desk: &Desk<'_>,
    case: CaseId,
    to: &Incoming,
    person: &Person,
    line: &str,
    why: Unproven,
    telling: Telling,
) -> Result<Letter> {
    let labels = super::labels_of(case, to);
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("line", &labels, line)
        .public("security", desk.house.security.as_str())
        .labelled("reason", &labels, why.to_string())
        .labelled("remedy", &labels, why.remedy())
        .labelled("suspicious", &labels, why.is_suspicious())
        .labelled("others", &labels, super::counted(telling.others))
        .labelled("last", &labels, telling.last)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::CommandRefused, &values, to, person)
}

/// What the desk knows of a case, line by line.
pub fn status(desk: &Desk<'_>, number: CaseId) -> Result<String> {
    let case = desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))?;
    let mut lines = vec![
        format!("title:         {}", case.title),
        format!("state:         {}", case.state),
        format!("received:      {}", shown(case.received_at)),
        format!("predisclosure: {}", shown(case.proposal.predisclosure_at)),
        format!("publication:   {}", shown(case.proposal.release_at)),
    ];
    if let Some(reporter) = &case.reporter {
        lines.push(format!("discoverer:    {}", reporter.mailbox()));
    }
    for note in desk.rows.notes().of(number)? {
        lines.push(format!("note of {}, {}: {}", note.by, shown(note.at), note.text));
    }
    Ok(lines.join("\n"))
}
