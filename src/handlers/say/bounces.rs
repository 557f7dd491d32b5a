//! The letter about a letter that a mail server took and did not deliver. What the server says belongs to whoever may read
//! the letter itself; the others of the team hear the same without its words.

use anyhow::Result;

use super::trouble::what;
use super::{operator, plain, replying};
use crate::desk::Desk;
use crate::mail::delivery_status::{Fate, Said};
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, shown};
use crate::rules::label::{Label, Labels};
use crate::store::bounces::{Bounce, Delivered};
use crate::store::members::State;
use crate::store::people::Person;

/// Of RFC 3463: the address itself is wrong, or is no more.
const GONE: &[&str] = &["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"];

/// To a member of the team: a delivery failed, or is late.
pub fn bounced(desk: &Desk<'_>, delivered: &Delivered, said: &Bounce, to: &Person) -> Result<Letter> {
    let labels = delivered.case.map_or_else(|| Labels::of(Label::Team), Labels::case);
    let mut theirs = labels.clone();
    theirs.join(&desk.rows.outbox().labels(delivered.letter)?);
    let shows = desk.may_read(&to.address, &theirs)?.is_ok();
    let member = match desk.rows.people().by_address(&delivered.recipient)? {
        Some(person) => desk.rows.members().of_person(person.id)?.filter(|member| member.state != State::Invited),
        None => None,
    };
    let lost = desk.rows.outbox().letter(delivered.letter)?.letter;
    let meaning =
        Said { recipient: None, fate: said.fate, status: said.status.clone(), diagnostic: said.diagnostic.clone() };
    let values = Values::new()
        .labelled("case", &labels, delivered.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("member", &labels, member.as_ref().map_or("", |member| member.name.as_str()))
        .labelled("recipient", &labels, delivered.recipient.as_str())
        .labelled("what", &labels, what(&lost))
        .labelled("gone", &labels, GONE.contains(&said.status.as_str()))
        .labelled("left", &labels, shown(delivered.left_at))
        .labelled("delayed", &labels, said.fate != Fate::Failed)
        .labelled("status", &labels, said.status.as_str())
        .labelled("meaning", &labels, meaning.meaning())
        .labelled("embargoed", &labels, member.is_some() && desk.rows.cases().is_any_embargoed()?)
        .labelled("withheld", &labels, !shows)
        .public("delivery", delivered.id)
        .public("security", desk.house.security.as_str())
        .public("operator", operator(desk));
    let values = match shows {
        true => values.labelled("diagnostic", &theirs, said.diagnostic.as_str()).labelled(
            "subject",
            &theirs,
            lost.subject.value().as_str(),
        ),
        false => values.public("diagnostic", "").public("subject", ""),
    };
    let mut letter = plain(Kind::Alert, to.mailbox(), desk.policy.letters.render(LetterName::Bounced, &values)?);
    if let Some(case) = delivered.case {
        letter.thread = replying(Some(&desk.case_thread(case)?));
    }
    Ok(letter)
}
