//! The letter about a letter that was not delivered. It says which one, never what was in it.

use anyhow::Result;

use super::{operator, plain, replying};
use crate::desk::Desk;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values};
use crate::rules::label::{Label, Labels};
use crate::store::outbox::Trouble;
use crate::store::people::Person;

/// To a member of the team: a delivery that will not happen.
pub fn trouble(desk: &Desk<'_>, trouble: &Trouble, member: &Person) -> Result<Letter> {
    let labels = trouble.case.map_or_else(|| Labels::of(Label::Team), Labels::case);
    let lost = desk.rows.outbox().letter(trouble.letter)?.letter;
    let values = Values::new()
        .labelled("case", &labels, trouble.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("what", &labels, what(&lost))
        .labelled("recipient", &labels, trouble.recipient.as_str())
        .public("delivery", trouble.id)
        .public("operator", operator(desk));
    let (name, values) = if trouble.blocked {
        (LetterName::Blocked, values.labelled("reason", &labels, trouble.error.as_str()))
    } else {
        let meaning = if trouble.given_up {
            "the mail server did not take it for five days; it will not be tried again by itself."
        } else {
            "the mail server refused it for good; it will not be tried again by itself."
        };
        let values = values.labelled("error", &labels, trouble.error.as_str()).public("meaning", meaning);
        (LetterName::Undeliverable, values)
    };
    let mut letter = plain(Kind::Alert, member.mailbox(), desk.policy.letters.render(name, &values)?);
    if let Some(case) = trouble.case {
        letter.thread = replying(Some(&desk.case_thread(case)?));
    }
    Ok(letter)
}

/// What a letter was to whom it was for: a member who misses a copy can ask a colleague, a discoverer who misses an
/// answer waits in vain.
pub(super) fn what(letter: &Letter) -> &'static str {
    let received = letter
        .enclosures
        .iter()
        .any(|enclosure| matches!(enclosure.value(), Enclosure::Received { .. } | Enclosure::Opened { .. }));
    let takes = |purpose| letter.slots.values().any(|token| token.purpose == purpose);
    match letter.kind {
        Kind::Relay if takes(Purpose::AnswerMember) => "a copy of a member’s question, for a member of the team",
        Kind::Relay if takes(Purpose::Question) => "an answer from the team to a member’s question",
        Kind::Relay if received => "a copy of case mail for a member of the team",
        Kind::Relay if !letter.slots.is_empty() => "mail of the case for somebody who takes part in it",
        Kind::Relay => "an answer from the team to the discoverer",
        Kind::Acknowledgement => "the note to its writer that a mail arrived",
        Kind::Answer => "the note to its writer that a mail was added or passed on",
        Kind::Refusal => "the note to a member that an answer was not passed on",
        Kind::Notice if takes(Purpose::AnswerMember) => "what a member was answered, for a member of the team",
        Kind::Notice if is_for_a_member(letter) => "a letter to a member of the predisclosure list",
        Kind::Notice if received => "what was found in an application, for a member of the team",
        Kind::Notice if letter.labels().is_public() => "a notice to them, such as of their membership or certificate",
        Kind::Notice if takes(Purpose::AnswerTeam) => "what the team tells somebody of a case",
        Kind::Notice if letter.labels().is_of_a_case() => "a warning about mail that was not encrypted",
        Kind::Notice => "the daily list of mail that was set aside",
        Kind::Reminder => "a reminder",
        Kind::Post if letter.post.is_some() => "a post to the members’ -discuss list",
        Kind::Post => "a mail to a list",
        Kind::Predisclosure => "an advisory to the predisclosure list",
        Kind::Release => "an advisory to the public",
        Kind::Confirmation => "a question that only they can answer",
        Kind::Alert => "an alert",
    }
}

/// A test letter, or one that they may answer with a question.
fn is_for_a_member(letter: &Letter) -> bool {
    let asks = letter.slots.values().any(|slot| matches!(slot.purpose, Purpose::Question | Purpose::Drill));
    asks && letter.enclosures.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::address::Mailbox;
    use crate::policy::letters::Rendered;
    use crate::rules::label::{CaseId, Labelled, Text};

    #[test]
    fn a_lost_relay_is_told_from_a_lost_answer_and_a_lost_warning_from_a_lost_list() {
        let case = Labels::case(CaseId(1));
        let letter = |kind, enclosed: Option<Enclosure>| Letter {
            enclosures: enclosed.map(|it| Labelled::new(case.clone(), it)).into_iter().collect(),
            ..plain(
                kind,
                Mailbox::bare("alice@example.org".parse().unwrap()),
                Rendered { subject: Text::new(case.clone(), String::new()), body: Text::public(String::new()) },
            )
        };
        for enclosed in [Enclosure::Received { inbox: 1 }, Enclosure::Opened { inbox: 1 }] {
            let told = what(&letter(Kind::Relay, Some(enclosed)));
            assert_eq!(told, "a copy of case mail for a member of the team");
        }
        assert_eq!(what(&letter(Kind::Relay, None)), "an answer from the team to the discoverer");
        assert_eq!(what(&letter(Kind::Notice, None)), "a warning about mail that was not encrypted");
    }
}
