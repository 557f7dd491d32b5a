//! All mails of a case in one file, to a member of the team.

use anyhow::Result;

use super::writers;
use crate::desk::Desk;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::policy::letters::{LetterName, Values, shown};
use crate::rules::label::{CaseId, Labelled, Labels};
use crate::store::cases::ThreadMail;
use crate::store::people::Person;

/// `labels`: of the file.
pub fn export(
    desk: &Desk<'_>,
    case: CaseId,
    to: &Incoming,
    asker: &Person,
    thread: &[ThreadMail],
    labels: Labels,
) -> Result<Letter> {
    let name = format!("case-{case}.mbox");
    let facts = Labels::case(case);
    let values = Values::new()
        .labelled("case", &facts, case.to_string())
        .labelled("file", &facts, name.as_str())
        .labelled("mails", &facts, thread.len())
        .labelled("sealed", &facts, thread.iter().filter(|mail| mail.sealed).count())
        .labelled("at", &facts, shown(desk.now));
    let mut letter = writers(desk, Kind::Answer, LetterName::Export, &values, to, asker)?;
    let mails = thread.iter().map(|mail| mail.inbox).collect();
    letter.enclosures.push(Labelled::new(labels, Enclosure::Mbox { name, mails }));
    Ok(letter)
}
