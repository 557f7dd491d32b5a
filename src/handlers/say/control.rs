//! Answers to commands: what was done, by whom, on what evidence; or why nothing was.

use anyhow::Result;

use super::{operator, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::control::{Done, Named, Outcome, Refused, in_words};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, carried_out, texts};
use crate::rules::authority::Unproven;
use crate::rules::command::Misread;
use crate::rules::label::{CaseId, Label, Labels};
use crate::store::people::Person;

/// To whoever gave commands: all of them were carried out.
pub fn done(desk: &Desk<'_>, case: CaseId, to: &Incoming, by: &Proven, done: &[Done]) -> Result<Letter> {
    let mut labels = super::labels_of(case, to);
    labels.join(&Labels::of(Label::Team)); // It may name other cases, and people in them.
    for one in done {
        labels.join(one.shows.labels());
    }
    let lines = done.iter().map(|done| carried_out(&done.typed, &done.words, done.shows.value()));
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
    let (reason, listed) = why.why.split_once('\n').unwrap_or((&why.why, ""));
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("line", &labels, line)
        .labelled("reason", &labels, reason)
        .labelled("listed", &labels, texts(listed.lines()))
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

/// To whoever signed a mail for a case that does not exist.
pub fn no_such_case(desk: &Desk<'_>, to: &Incoming, named: &Named) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let number = named.number;
    let values = Values::new()
        .labelled("case", &labels, number.to_string())
        .labelled("line", &labels, format!("case {number}"))
        .labelled(
            "reason",
            &labels,
            format!(
                "there is no case {number}. Your mail is in no case, none was opened for it, and nobody else got it."
            ),
        )
        .labelled("listed", &labels, texts(Vec::<String>::new()))
        .labelled(
            "remedy",
            &labels,
            "sign it again, and name the case that you mean; or reply to a mail of that case.",
        );
    writers(desk, Kind::Refusal, LetterName::NotDone, &values, to, &named.signer)
}

/// What became of the commands of a mail, for all of the team: a sentence for each. Of a mail that came encrypted it
/// repeats no word but the verbs.
pub fn outcome(outcome: &Outcome, sealed: bool) -> Vec<String> {
    match outcome {
        Outcome::Done { done, .. } if sealed => {
            done.iter().map(|one| format!("Done: “{}”. The rest of it is in the mail.", one.verb)).collect()
        }
        Outcome::Done { done, .. } => done
            .iter()
            .map(|one| match one.shows.labels().is_sealed() {
                // It repeats what came encrypted before.
                true => format!("Done: “{}”. The rest of it is in the answer to its writer.", one.typed),
                false => format!("Done: “{}”. {}", one.typed, one.words),
            })
            .collect(),
        Outcome::Elsewhere => vec![
            "Not done by this copy: it did not come to a reply address. Another copy was sent to one, and acts when it \
             comes."
                .to_owned(),
        ],
        Outcome::Misread(_) | Outcome::Unproven { .. } | Outcome::Refused { .. } if sealed => {
            vec!["Not done: it gives commands, and none was carried out. Its writer was told why.".to_owned()]
        }
        Outcome::Misread(misread) if misread.line.is_empty() => {
            vec!["Not done: its commands were not understood.".to_owned()]
        }
        Outcome::Misread(misread) => {
            vec![format!("Not done: none of its commands, because one was not understood: “{}”.", misread.line)]
        }
        Outcome::Unproven { line, why } => vec![format!("Not done: “{line}”, nor any other command of it: {why}")],
        Outcome::Refused { line, why } => {
            // What belongs to it is in the answer to its writer.
            let why = match why.why.split_once(":\n") {
                Some((why, _)) => format!("{why}."),
                None => why.why.clone(),
            };
            vec![format!("Not done: “{line}”, nor any other command of it: {why}")]
        }
    }
}
