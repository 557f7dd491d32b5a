//! How the steps of a case stand: which are done, which are due, which wait and for what. It follows from what the tables
//! say and from the time; nothing of it is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times::Span;
use super::{DueDate, Event, Fact, Playbook, Step};
use crate::rules::life::State;
use crate::rules::schedule::Calendar;

/// What there is to know of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    pub state: State,
    pub received_at: Timestamp,
    /// As planned: proposed, or agreed.
    pub predisclosure_at: Timestamp,
    pub release_at: Timestamp,
    /// What holds, and since when, as far as the tables know.
    pub facts: BTreeMap<Fact, Timestamp>,
    /// What somebody said of a step, by its identifier.
    pub marks: BTreeMap<String, Marked>,
}

/// What somebody, or the desk, said of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub mark: Mark,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Done,
    Skipped,
}

impl Mark {
    pub fn as_str(self) -> &'static str {
        match self {
            Mark::Done => "done",
            Mark::Skipped => "skipped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Mark::Done, Mark::Skipped].into_iter().find(|mark| mark.as_str() == text)
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Other steps come first.
    Waiting,
    /// It can be done, and is not due yet.
    Open,
    /// It is due today, or so soon that its owner is reminded.
    Due,
    Overdue,
    Done,
    /// It is not needed.
    Skipped,
}

impl Progress {
    pub fn as_str(self) -> &'static str {
        match self {
            Progress::Waiting => "waiting",
            Progress::Open => "open",
            Progress::Due => "due",
            Progress::Overdue => "overdue",
            Progress::Done => "done",
            Progress::Skipped => "skipped",
        }
    }

    /// Somebody can do it now.
    pub fn is_to_do(self) -> bool {
        matches!(self, Progress::Open | Progress::Due | Progress::Overdue)
    }

    /// Nobody has to do it any more.
    pub fn is_over(self) -> bool {
        matches!(self, Progress::Done | Progress::Skipped)
    }
}

/// How one step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'p> {
    pub step: &'p Step,
    pub state: Progress,
    /// What is not needed is not due.
    pub due_at: Option<Timestamp>,
    /// The steps that come first and are not over.
    pub waits_for: Vec<&'p str>,
    /// The desk does it at its time, and nothing stands against that as far as the tables of the case know.
    pub by_itself: bool,
}

/// How all steps stand, in the order of the playbook.
pub fn standing<'p>(
    playbook: &'p Playbook,
    calendar: &Calendar,
    case: &Situation,
    now: Timestamp,
) -> Vec<Standing<'p>> {
    playbook.0.iter().map(|step| of_one(playbook, calendar, step, case, now)).collect()
}

/// The step that somebody should do first: of those that can be done and that the desk does not do, the one that is due first.
pub fn first_to_do<'s, 'p>(steps: &'s [Standing<'p>]) -> Option<&'s Standing<'p>> {
    let to_do = steps.iter().filter(|one| one.state.is_to_do() && !one.by_itself);
    to_do.min_by_key(|one| one.due_at.unwrap_or(Timestamp::MAX))
}

/// The smaller, the more urgent a case is: when its next step is due, then when it is to be published.
pub fn urgency(steps: &[Standing<'_>], case: &Situation) -> (Timestamp, Timestamp) {
    let due_at = first_to_do(steps).and_then(|one| one.due_at);
    (due_at.unwrap_or(Timestamp::MAX), case.release_at)
}

/// The moment of an event, as planned or as it was.
pub fn event_at(event: Event, case: &Situation) -> Option<Timestamp> {
    let since = |fact: Fact| case.facts.get(&fact).copied();
    match event {
        Event::Report => Some(case.received_at),
        Event::Confirmed => since(Fact::Confirmed),
        Event::Agreed => since(Fact::DatesAgreed),
        Event::Predisclosure => since(Fact::Predisclosed).or(Some(case.predisclosure_at)),
        Event::Release => since(Fact::Released)
            .or(since(Fact::Public).map(|known| known.min(case.release_at)))
            .or(Some(case.release_at)),
    }
}

fn of_one<'p>(
    playbook: &'p Playbook,
    calendar: &Calendar,
    step: &'p Step,
    case: &Situation,
    now: Timestamp,
) -> Standing<'p> {
    let due_at = step.due.as_ref().and_then(|due| due_at(playbook, calendar, step, due, case));
    let at_once = step.at_once.iter().any(|fact| case.facts.contains_key(fact));
    let before = step.after.iter().map(String::as_str).filter(|_| !at_once);
    let waits_for: Vec<&str> = before.filter(|id| !is_over(playbook, id, case)).collect();
    let state = match settled(step, case) {
        Some(settled) => settled,
        None if !waits_for.is_empty() || case.state == State::Held => Progress::Waiting,
        None => due_at.map_or(Progress::Open, |due_at| progress(calendar, step, due_at, now)),
    };
    let due_at = due_at.filter(|_| state != Progress::Skipped);
    let waits_for = if state == Progress::Waiting { waits_for } else { Vec::new() };
    let by_itself = state.is_to_do() && leaves(step, case);
    Standing { step, state, due_at, waits_for, by_itself }
}

/// What this step sends is approved, and leaves by itself: the dates are agreed, or there is no embargo, and nobody holds it.
fn leaves(step: &Step, case: &Situation) -> bool {
    let holds = |fact: Fact| case.facts.contains_key(&fact);
    let approved = match step.done_when.contains(&Fact::Released) {
        true => holds(Fact::AdvisoryApproved),
        false => holds(Fact::ForMembers),
    };
    let is_time = matches!(case.state, State::Embargoed | State::Predisclosed | State::Public);
    step.is_of_desk() && approved && is_time && !holds(Fact::Held)
}

fn progress(calendar: &Calendar, step: &Step, due_at: Timestamp, now: Timestamp) -> Progress {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if due_at <= now {
        Progress::Overdue
    } else if reminded_at(calendar, step, due_at) <= now || day(due_at) == day(now) {
        Progress::Due
    } else {
        Progress::Open
    }
}

/// When its owner is reminded before it is due.
pub(super) fn reminded_at(calendar: &Calendar, step: &Step, due_at: Timestamp) -> Timestamp {
    Span::WorkingDays(step.remind).before(due_at, calendar)
}

/// Whether a step is over, whatever it waits for.
fn settled(step: &Step, case: &Situation) -> Option<Progress> {
    let holds = |fact: &Fact| case.facts.contains_key(fact);
    match case.marks.get(&step.id).map(|marked| marked.mark) {
        Some(Mark::Done) => return Some(Progress::Done),
        Some(Mark::Skipped) => return Some(Progress::Skipped),
        None => {}
    }
    if !step.done_when.is_empty() && step.done_when.iter().all(holds) {
        return Some(Progress::Done);
    }
    let needed = step.when.iter().all(holds) && !step.unless.iter().any(holds) && !case.state.is_over();
    (!needed).then_some(Progress::Skipped)
}

/// A step that the playbook does not have keeps nobody waiting.
fn is_over(playbook: &Playbook, id: &str, case: &Situation) -> bool {
    playbook.step(id).is_none_or(|step| settled(step, case).is_some())
}

fn due_at(playbook: &Playbook, calendar: &Calendar, step: &Step, due: &DueDate, case: &Situation) -> Option<Timestamp> {
    let from = match due.from {
        Some(event) => event_at(event, case)?,
        None => after_all(playbook, step, case)?,
    };
    if !due.before {
        return Some(due.span.after(from, calendar));
    }
    // Nothing was due before anybody knew of the case; and where the embargo ended, everything is due since then.
    let earliest = case.facts.get(&Fact::Public).copied().unwrap_or(case.received_at);
    // What came early makes nothing due that was not due when it came, and what came late nothing later.
    if due.from == Some(Event::Predisclosure) && case.facts.contains_key(&Fact::Predisclosed) {
        return Some(due.span.before(case.predisclosure_at, calendar).max(earliest).min(from.max(earliest)));
    }
    Some(due.span.before(from, calendar).max(earliest))
}

/// When the last of the steps was over that this one waits for; the report, if it waits for none.
fn after_all(playbook: &Playbook, step: &Step, case: &Situation) -> Option<Timestamp> {
    let mut latest = case.received_at;
    for id in &step.after {
        let Some(before) = playbook.step(id) else { continue };
        match (settled(before, case), over_at(before, case)) {
            (None, _) => return None,
            (Some(_), at) => latest = latest.max(at.unwrap_or(latest)),
        }
    }
    Some(latest)
}

fn over_at(step: &Step, case: &Situation) -> Option<Timestamp> {
    match case.marks.get(&step.id) {
        Some(marked) => Some(marked.at),
        None if settled(step, case) == Some(Progress::Done) => {
            step.done_when.iter().filter_map(|fact| case.facts.get(fact)).max().copied()
        }
        // It was not needed any more from then on.
        None => step.unless.iter().filter_map(|fact| case.facts.get(fact)).min().copied(),
    }
}

#[cfg(test)]
pub(super) mod tests;
