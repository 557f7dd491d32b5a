//! The steps of cases as time passes: who is reminded of what, what the desk does by itself, which case is over. What is
//! due is said by `rules::playbook`; only cases are looked at of which something may be due.

mod acting;
pub mod weekly;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::{ending, say};
use crate::desk::Desk;
use crate::mail::secret::sha256_hex;
use crate::policy::Policy;
use crate::policy::profile::Profile;
use crate::rules::command::Role;
use crate::rules::label::CaseId;
use crate::rules::life::{self, Event};
use crate::rules::playbook::{About, Owner, Planned, Playbook, Stage, look};
use crate::store::Rows;
use crate::store::cases::Case;
use crate::store::people::Person;
use crate::store::steps::Saying;

/// Cases that are read at once.
const CASES_AT_ONCE: u32 = 200;
/// Cases of which something is done before the next look.
const DUE_MAX: usize = 100;

/// Cases of which something is due now, with the names of the causes. Of all others that were to be looked at it is
/// written down when to look next.
pub fn due(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Vec<(CaseId, String)>> {
    let Policy { profile: Profile { playbook, reminders, schedule, .. }, calendar, .. } = policy;
    let rules = format!("{playbook:?} {reminders:?} {schedule:?} {calendar:?}");
    let from_before = rows.steps().look_by(&sha256_hex(rules.as_bytes()))?;
    let (mut due, mut after) = (Vec::new(), CaseId(0));
    while due.len() < DUE_MAX {
        let cases = rows.steps().to_look(now, after, CASES_AT_ONCE)?;
        let Some(last) = cases.last() else { break };
        after = *last;
        for (case, watched) in rows.steps().watched(&cases)? {
            let found = look(playbook, reminders, calendar, &watched, now);
            if from_before {
                // What was overdue before anybody was reminded would come as one letter for each case; the weekly list has it.
                for one in found.due {
                    rows.steps().tell(case, &one.cause, now)?;
                }
            } else if found.due.is_empty() {
                rows.steps().looked(case, found.next)?;
            } else {
                let causes: Vec<String> = found.due.into_iter().map(|one| one.cause).collect();
                due.push((case, causes.join("; ")));
            }
        }
    }
    Ok(due)
}

/// Something that one or several people are told of a case.
pub struct Item {
    pub what: What,
    pub to: Vec<Person>,
}

/// What it is.
pub enum What {
    Step {
        id: String,
        due_at: Timestamp,
        stage: Stage,
        first: bool,
    },
    Date(Planned),
    Unanswered {
        since: Timestamp,
    },
    Silent {
        since: Timestamp,
    },
    Asked {
        person: Person,
        role: Role,
        since: Timestamp,
    },
    Unreceipted {
        person: Person,
        role: Role,
        since: Timestamp,
    },
    /// `None`: the day came encrypted.
    Insists {
        day: Option<jiff::civil::Date>,
    },
    /// The desk did a step.
    Acted {
        id: String,
        person: Person,
        role: Role,
    },
    /// The desk cannot do a step.
    Manual {
        id: String,
        why: &'static str,
    },
    Closed,
}

/// Does all that is due of a case now, and tells each person in one letter.
pub fn act(desk: &mut Desk<'_>, number: CaseId) -> Result<()> {
    let policy = desk.policy;
    let (playbook, times) = (&policy.profile.playbook, &policy.profile.reminders);
    let Some(watched) = desk.rows.steps().watched(&[number])?.remove(&number) else { return Ok(()) };
    let found = look(playbook, times, &policy.calendar, &watched, desk.now);
    let case = desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))?;
    let team: Vec<Person> = desk.rows.people().team()?.into_iter().map(|member| member.person).collect();
    let mut items = Vec::new();
    for reminder in found.due {
        if !desk.rows.steps().tell(number, &reminder.cause, desk.now)? {
            continue;
        }
        desk.record("desk", "none", "remind", &format!("case {number}"), &reminder.cause)?;
        let mut to = team.clone();
        let what = match reminder.about {
            About::Step { id, due_at, stage, first } => {
                if matches!(stage, Stage::Before | Stage::Due) {
                    to = owners(desk, &case, playbook, &id, &team)?;
                }
                What::Step { id, due_at, stage, first }
            }
            About::Date(planned) => What::Date(planned),
            About::Act { id } => acting::act(desk, &case, &id)?,
            About::Unanswered { since } => What::Unanswered { since },
            About::Silent { since } => What::Silent { since },
            About::Asked { person, since } => {
                What::Asked { person: desk.rows.people().get(person)?, role: role(desk, number, person)?, since }
            }
            About::Unreceipted { person, since } => {
                What::Unreceipted { person: desk.rows.people().get(person)?, role: role(desk, number, person)?, since }
            }
            About::Insists { day } => {
                let sealed = desk.rows.embargoes().insisted_on(number)?.is_some_and(|insisted| insisted.sealed);
                What::Insists { day: (!sealed).then_some(day) }
            }
            About::Close => {
                close(desk, &case)?;
                What::Closed
            }
        };
        items.push(Item { what, to });
    }
    tell(desk, &case, &items)
}

/// Each person gets one letter, with all that concerns them.
fn tell(desk: &mut Desk<'_>, case: &Case, items: &[Item]) -> Result<()> {
    let mut readers: BTreeMap<i64, &Person> = BTreeMap::new();
    for person in items.iter().flat_map(|item| &item.to) {
        readers.entry(person.id).or_insert(person);
    }
    for person in readers.into_values() {
        let theirs: Vec<&What> = items
            .iter()
            .filter(|item| item.to.iter().any(|reader| reader.id == person.id))
            .map(|item| &item.what)
            .collect();
        let letter = say::reminding::reminder(desk, case, &theirs, person)?;
        desk.send(&letter, Some(case.number))?;
    }
    Ok(())
}

/// Whose step it is: the team, where nobody else takes care of it.
fn owners(desk: &Desk<'_>, case: &Case, playbook: &Playbook, id: &str, team: &[Person]) -> Result<Vec<Person>> {
    let owner = playbook.step(id).map_or(Owner::Team, |step| step.owner);
    let theirs: Vec<Person> = match (owner, owner.part()) {
        (Owner::Team, _) => Vec::new(),
        (_, None) => case.owner.iter().cloned().collect(),
        (_, Some(part)) => {
            let knowing = desk.rows.participants().knowing(case.number)?;
            knowing.into_iter().filter(|one| one.role == part.role()).map(|one| one.person).collect()
        }
    };
    Ok(if theirs.is_empty() { team.to_vec() } else { theirs })
}

/// What somebody is in a case.
fn role(desk: &Desk<'_>, case: CaseId, person: i64) -> Result<Role> {
    let one = desk.rows.participants().get(case, person)?;
    one.map(|one| one.role).with_context(|| format!("person {person} is not in case {case}"))
}

/// All that was to do is done.
fn close(desk: &Desk<'_>, case: &Case) -> Result<()> {
    let Ok(closed) = life::after(case.state, Event::Close) else { return Ok(()) };
    ending::go(desk, ("desk", "none"), case, closed, None)?;
    desk.record("desk", "none", "close", &format!("case {}", case.number), "all steps are over")
}

/// Somebody, or the desk, says of a step that it is done or not needed; the record has what was said before.
pub fn say(desk: &Desk<'_>, actor: (&str, &str), saying: &Saying<'_>) -> Result<()> {
    let before = desk.rows.steps().said(saying.case)?.into_iter().find(|said| said.step == saying.step);
    let before = before.map_or("not said", |said| said.mark.as_str());
    desk.rows.steps().say(saying)?;
    let detail = format!("{}: {before} to {}", saying.step, saying.mark.as_str());
    desk.record(actor.0, actor.1, "step", &format!("case {}", saying.case), &detail)
}

#[cfg(test)]
mod tests;
