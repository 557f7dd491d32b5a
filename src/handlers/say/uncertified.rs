//! Letters about certificates that are missing.

use anyhow::Result;

use super::{plain, replying};
use crate::desk::Desk;
use crate::mail::address::{Address, Mailbox};
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, grouped, texts, waiting};
use crate::rules::label::{CaseId, Label, Labels};
use crate::store::people::Person;
use crate::store::uncertified::Wanted;

/// A letter to the team names so many people; `outbox list` has them all.
const READERS_SHOWN_MAX: usize = 100;

/// To somebody whose certificate is missing. Anybody may read it: it says nothing of what waits.
pub fn needed(desk: &Desk<'_>, reader: &Address) -> Result<Letter> {
    let person = desk.rows.people().by_address(reader)?;
    let to = person.map_or_else(|| Mailbox::bare(reader.clone()), |person| person.mailbox());
    let values =
        Values::new().public("address", reader.as_str()).public("fingerprint", grouped(&desk.house.fingerprint));
    Ok(plain(Kind::Notice, to, desk.policy.letters.render(LetterName::CertificateNeeded, &values)?))
}

/// To a member of the team: letters to these readers wait. It says nothing of what is in them.
pub fn uncertified(desk: &Desk<'_>, readers: &[&Wanted], member: &Person) -> Result<Letter> {
    let cases = readers.iter().flat_map(|reader| &reader.cases);
    let labels = cases.fold(Labels::of(Label::Team), |mut labels, case| {
        labels.join(&Labels::case(*case));
        labels
    });
    let case = sole_case(readers);
    let shown = readers.iter().take(READERS_SHOWN_MAX).map(|one| {
        let cases: Vec<String> = one.cases.iter().map(ToString::to_string).collect();
        waiting(one.address.as_str(), &cases.join(", "), &one.why)
    });
    let more = readers.len().saturating_sub(READERS_SHOWN_MAX);
    let values = Values::new()
        .labelled("case", &labels, case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("count", &labels, readers.len())
        .labelled("readers", &labels, texts(shown))
        .labelled("more", &labels, if more > 0 { more.to_string() } else { String::new() });
    let rendered = desk.policy.letters.render(LetterName::Uncertified, &values)?;
    let mut letter = plain(Kind::Alert, member.mailbox(), rendered);
    if let Some(case) = case {
        letter.thread = replying(Some(&desk.case_thread(case)?));
    }
    Ok(letter)
}

/// The case of all that waits, if it is one: the letter belongs to it.
pub fn sole_case(readers: &[&Wanted]) -> Option<CaseId> {
    let mut cases = readers.iter().map(|reader| &reader.cases);
    let first = cases.next().filter(|first| first.len() == 1)?;
    cases.all(|other| other == first).then(|| first.first().copied()).flatten()
}
