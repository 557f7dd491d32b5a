//! Letters about the steps of a case: what is to do, and what the desk tells a contact by itself. They hold numbers, dates
//! and the words of the playbook, and nothing that was written in the case.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use minijinja::Value;

use super::ways::Ways;
use super::{TEAM, answered_in_case, for_team, plain, replying};
use crate::desk::Desk;
use crate::handlers::steps::What;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{Due, LetterName, Values, due, grouped, shown, texts};
use crate::rules::authority::{Act, Demand};
use crate::rules::command::Role;
use crate::rules::label::{Labelled, Labels};
use crate::rules::playbook::{Event, Planned, Stage, Step};
use crate::rules::schedule::day_of;
use crate::store::cases::Case;
use crate::store::people::Person;

/// To whoever has something to do in a case.
pub fn reminder(desk: &mut Desk<'_>, case: &Case, items: &[&What], reader: &Person) -> Result<Letter> {
    let in_team = desk.rows.people().team_member(reader.id)?.is_some();
    let labels = if in_team { for_team(&Labels::case(case.number)) } else { Labels::case(case.number) };
    let to_do = !items.iter().all(|what| matches!(what, What::Acted { .. } | What::Closed));
    let commanded = items.iter().any(|what| is_commanded(desk, what));
    let ways = Ways::of(desk.rows, case.number, desk.house.members.is_some())?;
    let items: Vec<Value> = items.iter().map(|what| item(desk, &ways, what)).collect();
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("in_team", &labels, in_team)
        .labelled("name", &labels, reader.name.as_str())
        .labelled("items", &labels, texts(items))
        .labelled("to_do", &labels, to_do)
        .labelled("commanded", &labels, commanded)
        .labelled("public", &labels, !case.state.is_secret())
        .labelled("agreed", &labels, case.agreed_at.is_some())
        .labelled("predisclosure", &labels, date(desk, case.proposal.predisclosure_at, case.predisclosed_at))
        .labelled("release", &labels, date(desk, case.proposal.release_at, None))
        .public("signed", desk.policy.profile.evidence.of(Act::Case) != Demand::Aligned);
    let rendered = desk.policy.letters.render(LetterName::CaseReminder, &values)?;
    let mut letter = plain(Kind::Reminder, reader.mailbox(), rendered);
    answered_in_case(desk, &mut letter, case.number, reader)?;
    letter.thread = replying(Some(&desk.case_thread(case.number)?));
    Ok(letter)
}

/// A date of a case, as planned, or when it was done. What is past and was not done is no plan any more.
fn date(desk: &Desk<'_>, at: Timestamp, done_at: Option<Timestamp>) -> String {
    match done_at {
        Some(done_at) => format!("done on {}", shown(done_at)),
        None if at <= desk.now => format!("{} (past, and not done)", shown(at)),
        None => shown(at),
    }
}

/// Whether the team answers it with a command.
fn is_commanded(desk: &Desk<'_>, what: &What) -> bool {
    match what {
        What::Step { id, .. } | What::Manual { id, .. } => {
            desk.policy.profile.playbook.step(id).is_some_and(|step| !step.commands().is_empty())
        }
        What::Unanswered { .. } | What::Silent { .. } | What::Asked { .. } => true,
        What::Date(_) | What::Insists { .. } => true,
        What::Unreceipted { .. } | What::Acted { .. } | What::Closed => false,
    }
}

/// A date that comes, or is there.
fn planned(desk: &Desk<'_>, ways: &Ways, planned: &Planned) -> Value {
    let Planned { event, at, stage, step, missing } = planned;
    let days = day_of(*at).since(day_of(desk.now)).map_or(0, |span| span.get_days());
    let when = match (stage, days) {
        (Stage::Before, 0) => "TODAY,",
        (Stage::Before, 1) => "TOMORROW,",
        (Stage::Before, _) => "On",
        (_, 0) => "NOW,",
        _ => "PAST: on",
    };
    let act = if *event == Event::Release { "publish" } else { "tell the predisclosure list" };
    let missing = ways.missing(&desk.policy.profile.playbook, missing);
    let of = Due { kind: "date", why: &missing, when, act, ..Due::default() };
    let step = step.as_ref().and_then(|id| desk.policy.profile.playbook.step(id));
    let at = shown(*at);
    step.map_or_else(|| due(&Due { at: &at, ..of }), |step| with_step(ways, step, &at, of))
}

/// One thing that is due, for the template.
fn item(desk: &Desk<'_>, ways: &Ways, what: &What) -> Value {
    let step = |id: &str| desk.policy.profile.playbook.step(id);
    let of = |kind: &'static str| Due { kind, ..Due::default() };
    match what {
        What::Date(one) => planned(desk, ways, one),
        What::Step { id, due_at, stage, first } => {
            let kind = match stage {
                Stage::Before => "before",
                Stage::Due => "due",
                Stage::Team | Stage::Again(_) if *first => "late",
                Stage::Team => "team",
                Stage::Again(_) => "again",
            };
            let at = shown(*due_at);
            step(id).map_or_else(|| due(&Due { id, at: &at, ..of(kind) }), |step| with_step(ways, step, &at, of(kind)))
        }
        What::Unanswered { since } => due(&Due { at: &shown(*since), ..of("unanswered") }),
        What::Silent { since } => due(&Due { at: &shown(*since), ..of("silent") }),
        What::Asked { person, role, since } => due(&somebody(person, *role, &shown(*since), of("asked"))),
        What::Unreceipted { person, role, since } => due(&somebody(person, *role, &shown(*since), of("unreceipted"))),
        What::Insists { day } => {
            let day = day.map(|day| day.strftime("%a %Y-%m-%d").to_string());
            due(&Due { at: day.as_deref().unwrap_or("a date that came encrypted"), ..of("insists") })
        }
        What::Acted { id, person, role } => {
            let of = somebody(person, *role, "", of("acted"));
            step(id).map_or_else(|| due(&Due { id, ..of }), |step| with_step(ways, step, "", of))
        }
        What::Manual { id, why } => {
            let of = Due { why, ..of("manual") };
            step(id).map_or_else(|| due(&Due { id, ..of }), |step| with_step(ways, step, "", of))
        }
        What::Closed => due(&of("closed")),
    }
}

fn with_step(ways: &Ways, step: &Step, at: &str, of: Due<'_>) -> Value {
    let (title, how) = (ways.title(step), ways.how(step));
    let owner = step.owner.called();
    let skip = if step.may_be_skipped() && !how.contains("!skip") { "yes" } else { "" };
    due(&Due { id: &step.id, title: &title, policy: &step.policy, owner, how: &how, skip, at, ..of })
}

fn somebody<'a>(person: &'a Person, role: Role, at: &'a str, of: Due<'a>) -> Due<'a> {
    Due { person: person.called(), address: person.address.as_str(), role: role.called(), at, ..of }
}

/// To a contact of the settings who agreed once for all: the words of a step.
pub fn told(desk: &mut Desk<'_>, case: &Case, words: &str, role: Role, to: &Person) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .public("name", to.name.as_str())
        .labelled("case", &labels, case.number.to_string())
        .labelled("role", &labels, role.called())
        .labelled("words", &labels, words)
        .labelled("public", &labels, !case.state.is_secret())
        .labelled("agreed", &labels, case.agreed_at.is_some())
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let rendered = desk.policy.letters.render(LetterName::ContactTold, &values)?;
    let mut letter = plain(Kind::Notice, to.mailbox(), rendered);
    let token = desk.reply_address(to, case.number, Purpose::AnswerTeam)?;
    letter.slots = BTreeMap::from([(TEAM.to_owned(), token)]);
    letter.reply_to = Some(TEAM.to_owned());
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    letter.thread = replying(Some(&desk.case_thread(case.number)?));
    Ok(letter)
}
