//! Letters on the way into the team. What a candidate gets is public: it says what joining means, and nothing of a case.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{counted, operator, plain, replying};
use crate::desk::{Desk, Telling};
use crate::handlers::joining::Uncounted;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, grouped, shown};
use crate::rules::authority::{Act, Demand};
use crate::rules::encryption::Want;
use crate::rules::label::{Label, Labelled, Labels};
use crate::rules::life::State as Life;
use crate::store::joinings::Joining;
use crate::store::people::Person;

/// The slot of the address that an answer goes to.
const ANSWER: &str = "answer";

/// What somebody was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    ToAccept,
    ToAgree,
}

/// What the team hears of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Waits,
    Joined,
    Refused,
    Declined,
    Expired,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Waits => "waits",
            Outcome::Joined => "joined",
            Outcome::Refused => "refused",
            Outcome::Declined => "declined",
            Outcome::Expired => "expired",
        }
    }
}

/// To a member of the team who did not vouch.
pub fn asks_to_accept(desk: &mut Desk<'_>, request: &Joining, voucher: &Person, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = about(desk, request, &labels)
        .labelled("voucher", &labels, voucher.called())
        .public("signed", desk.policy.profile.evidence.of(Act::Admit) != Demand::Aligned);
    let mut letter = plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::JoinAccept, &values)?);
    answered_at(desk, &mut letter, request, to, Purpose::Accept)?;
    letter.thread = replying(Some(&desk.case_thread(request.case)?));
    Ok(letter)
}

/// To the candidate, whom two members want.
pub fn asks_to_agree(desk: &mut Desk<'_>, request: &Joining) -> Result<Letter> {
    let values = to_candidate(desk, request)?
        .public("required", required(desk))
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let to = request.candidate.mailbox();
    let mut letter = plain(Kind::Confirmation, to, desk.policy.letters.render(LetterName::JoinAgree, &values)?);
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    answered_at(desk, &mut letter, request, &request.candidate, Purpose::Join)?;
    Ok(letter)
}

/// To the candidate who agreed, and to whom nothing can be encrypted yet.
pub fn waits(desk: &mut Desk<'_>, request: &Joining) -> Result<Letter> {
    let values = to_candidate(desk, request)?;
    let to = request.candidate.mailbox();
    let mut letter = plain(Kind::Notice, to, desk.policy.letters.render(LetterName::JoinWaits, &values)?);
    answered_at(desk, &mut letter, request, &request.candidate, Purpose::Join)?;
    Ok(letter)
}

/// To the new member: how the team works.
pub fn welcome(desk: &Desk<'_>, request: &Joining) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let people = desk.rows.people();
    let decider = people.get(request.decider.context("Nobody accepted this request")?)?;
    let values = certificate_of(desk, request, Values::new(), &labels)?
        .labelled("name", &labels, request.candidate.called())
        .labelled("voucher", &labels, people.get(request.voucher)?.called())
        .labelled("decider", &labels, decider.called())
        .public("security", desk.house.security.as_str());
    let to = request.candidate.mailbox();
    Ok(plain(Kind::Notice, to, desk.policy.letters.render(LetterName::Welcome, &values)?))
}

/// To a member of the team: where a request stands.
pub fn told(desk: &mut Desk<'_>, request: &Joining, outcome: Outcome, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let people = desk.rows.people();
    let decider = request.decider.map(|decider| people.get(decider)).transpose()?;
    let case = desk.rows.cases().get(request.case)?.with_context(|| format!("case {} is gone", request.case))?;
    let values = certificate_of(desk, request, about(desk, request, &labels), &labels)?
        .labelled("voucher", &labels, people.get(request.voucher)?.called())
        .labelled("decider", &labels, decider.as_ref().map_or("", Person::called))
        .public("outcome", outcome.as_str())
        .labelled("closed", &labels, case.state == Life::Closed);
    let mut letter = plain(Kind::Notice, to.mailbox(), desk.policy.letters.render(LetterName::JoinTold, &values)?);
    answered_at(desk, &mut letter, request, to, Purpose::AnswerTeam)?;
    letter.thread = replying(Some(&desk.case_thread(request.case)?));
    Ok(letter)
}

/// To whose name an answer used that does not count. It repeats nothing of it.
pub fn uncounted(
    desk: &Desk<'_>,
    to: &Incoming,
    person: &Person,
    asked: Asked,
    why: &Uncounted,
    telling: Telling,
) -> Result<Letter> {
    let operator = if asked == Asked::ToAccept { operator(desk) } else { "" };
    let values = Values::new()
        .public("asked", if asked == Asked::ToAccept { "accept" } else { "agree" })
        .public("security", desk.house.security.as_str())
        .public("reason", why.why.as_str())
        .public("remedy", why.remedy.as_str())
        .public("suspicious", why.suspicious)
        .public("others", counted(telling.others))
        .public("last", telling.last)
        .public("operator", operator);
    let rendered = desk.policy.letters.render(LetterName::AnswerUncounted, &values)?;
    let mut letter = plain(Kind::Refusal, person.mailbox(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

fn about(desk: &Desk<'_>, request: &Joining, labels: &Labels) -> Values {
    let until = if request.state.is_open() { request.ends_at() } else { desk.now };
    Values::new()
        .labelled("case", labels, request.case.to_string())
        .labelled("name", labels, request.candidate.called())
        .labelled("address", labels, request.candidate.address.as_str())
        .labelled("until", labels, shown(until))
}

fn to_candidate(desk: &Desk<'_>, request: &Joining) -> Result<Values> {
    let until = request.ends_at();
    Ok(certificate_of(desk, request, Values::new(), &Labels::public())?.public("until", shown(until)))
}

/// Whether they can be written to in cipher, or what certificate their mail brought.
fn certificate_of(desk: &Desk<'_>, request: &Joining, values: Values, labels: &Labels) -> Result<Values> {
    let certified = desk.rows.certificates().usable_of(request.candidate.id, desk.now)?;
    let offered = desk.rows.certificates().offered_by(&request.candidate.address)?;
    let key = offered.map(|offered| offered.fingerprint).filter(|_| !certified).unwrap_or_default();
    Ok(values.public("certified", certified).labelled("offered", labels, grouped(&key)).labelled("key", labels, key))
}

fn required(desk: &Desk<'_>) -> bool {
    desk.policy.profile.encryption.team == Want::Required
}

fn answered_at(
    desk: &mut Desk<'_>,
    letter: &mut Letter,
    request: &Joining,
    to: &Person,
    purpose: Purpose,
) -> Result<()> {
    let address = desk.reply_address(to, request.case, purpose)?;
    letter.slots = BTreeMap::from([(ANSWER.to_owned(), address)]);
    letter.reply_to = Some(ANSWER.to_owned());
    Ok(())
}
