//! Letters about certificates that are missing.

use anyhow::Result;

use super::{plain, replying};
use crate::desk::Desk;
use crate::mail::address::{Address, Mailbox};
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, grouped};
use crate::rules::label::{Label, Labels};
use crate::store::people::Person;
use crate::store::uncertified::Uncertified;

/// To somebody whose certificate is missing. Anybody may read it: it says nothing of what waits.
pub fn needed(desk: &Desk<'_>, reader: &Address) -> Result<Letter> {
    let person = desk.rows.people().by_address(reader)?;
    let to = person.map_or_else(|| Mailbox::bare(reader.clone()), |person| person.mailbox());
    let values =
        Values::new().public("address", reader.as_str()).public("fingerprint", grouped(&desk.house.fingerprint));
    Ok(plain(Kind::Notice, to, desk.policy.letters.render(LetterName::CertificateNeeded, &values)?))
}

/// To a member of the team: letters to this reader wait. It says nothing of what is in them.
pub fn uncertified(desk: &Desk<'_>, reader: &Uncertified, member: &Person) -> Result<Letter> {
    let labels = reader.case.map_or_else(|| Labels::of(Label::Team), Labels::case);
    let values = Values::new()
        .labelled("case", &labels, reader.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("recipient", &labels, reader.address.as_str())
        .labelled("reason", &labels, reader.why.as_str());
    let rendered = desk.policy.letters.render(LetterName::Uncertified, &values)?;
    let mut letter = plain(Kind::Alert, member.mailbox(), rendered);
    if let Some(case) = reader.case {
        letter.thread = replying(Some(&desk.case_thread(case)?));
    }
    Ok(letter)
}
