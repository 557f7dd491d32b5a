//! The dates that everybody knows of, the predisclosure and the release: all of the team hears that one of them comes, and
//! that it is there, whatever the step still waits for that is due then.

use jiff::Timestamp;

use super::{About, Look, Reminder, Stage, Watched};
use crate::rules::playbook::standing::Standing;
use crate::rules::playbook::times::Span;
use crate::rules::playbook::{Event, Fact};
use crate::rules::schedule::Calendar;

/// A date of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub event: Event,
    pub at: Timestamp,
    pub stage: Stage,
    /// The step that is due then, if the playbook has one.
    pub step: Option<String>,
    /// The steps that this one waits for.
    pub missing: Vec<String>,
}

impl Planned {
    /// The date says all that a reminder of this step would say.
    pub(super) fn covers(&self, step: &Standing<'_>, due_at: Timestamp, stage: Stage) -> bool {
        matches!(stage, Stage::Before | Stage::Due)
            && self.at == due_at
            && self.step.as_ref().is_some_and(|id| *id == step.step.id)
    }
}

/// Finds which of them come or are there, and when people hear of the others.
pub(super) fn look(
    watched: &Watched,
    steps: &[Standing<'_>],
    calendar: &Calendar,
    now: Timestamp,
    found: &mut Look,
) -> Vec<Planned> {
    let case = &watched.situation;
    if !case.state.is_secret() {
        return Vec::new();
    }
    // Where nobody is told before the release, both are one date.
    let told = (case.predisclosure_at < case.release_at).then_some((
        Event::Predisclosure,
        Fact::Predisclosed,
        case.predisclosure_at,
    ));
    let dates = told.into_iter().chain([(Event::Release, Fact::Released, case.release_at)]);
    let mut planned = Vec::new();
    for (event, fact, at) in dates.filter(|(_, fact, _)| !case.facts.contains_key(fact)) {
        let before = Span::WorkingDays(1).before(at, calendar);
        let (stage, next) = match () {
            () if now >= at => (Some(Stage::Due), None),
            () if now >= before => (Some(Stage::Before), Some(at)),
            () => (None, Some(before)),
        };
        if let Some(next) = next {
            found.later(next);
        }
        let Some(stage) = stage else { continue };
        let step = steps.iter().find(|one| one.step.done_when.contains(&fact));
        if step.is_some_and(|one| one.state.is_over() || one.by_itself) {
            continue;
        }
        let missing = step.map_or(&[][..], |one| &one.waits_for).iter().map(|id| (*id).to_owned()).collect();
        let step = step.map(|one| one.step.id.clone());
        planned.push(Planned { event, at, stage, step, missing });
    }
    for one in &planned {
        let name = if one.event == Event::Release { "release" } else { "predisclosure" };
        let stage = if one.stage == Stage::Before { "before" } else { "now" };
        let cause = format!("{name} {}, {stage}", one.at);
        found.once(watched, now, now, Reminder { cause, about: About::Date(one.clone()) });
    }
    planned
}
