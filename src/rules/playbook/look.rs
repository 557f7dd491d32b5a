//! What a look at a case finds: what people are to be reminded of now, what the desk has to do by itself, and when the
//! next such thing may be. Each cause has a name; whoever was told of it is not told again. After a standstill people
//! get one reminder of a step, not all that were missed.

mod planned;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::standing::{Progress, reminded_at, standing};
use super::times::Span;
use super::{Fact, Playbook, Reminders, Situation};
use crate::rules::life::State;
use crate::rules::reminders;
use crate::rules::schedule::Calendar;

/// So long the letter that asks for an approval is left alone, before anybody is reminded of it.
const ASKED: SignedDuration = SignedDuration::from_hours(1);

/// So long a case stays open that was released, closed and opened again, if nothing is to do.
pub const REOPENED_WORKING_DAYS: u16 = 10;

pub use planned::Planned;

/// A case and the people in it, as far as somebody may have to be reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub situation: Situation,
    /// The discoverer's latest mail, if nothing the team wrote went to them since: its row, and when it came.
    pub unanswered: Option<(i64, Timestamp)>,
    /// When the team last wrote to the discoverer, if nothing came from them since.
    pub silent_since: Option<Timestamp>,
    /// Who was asked to agree to the embargo and did not answer: person, since when.
    pub asked: Vec<(i64, Timestamp)>,
    /// Who was sent the case so far and did not say that it arrived.
    pub unreceipted: Vec<(i64, Timestamp)>,
    /// The first date on which a discoverer insists: row, day.
    pub insists: Option<(i64, Date)>,
    /// Since when the case is in its state, if it was ever in another.
    pub state_since: Option<Timestamp>,
    /// Something of it is drafted and not public, or stayed behind when others were released: since when at the latest.
    pub unreleased_since: Option<Timestamp>,
    /// Causes of which people were told.
    pub told: BTreeSet<String>,
}

impl Watched {
    /// A case in which nobody waits.
    pub fn of(situation: Situation) -> Self {
        Self {
            situation,
            unanswered: None,
            silent_since: None,
            asked: Vec::new(),
            unreceipted: Vec::new(),
            insists: None,
            state_since: None,
            unreleased_since: None,
            told: BTreeSet::new(),
        }
    }
}

/// How late a reminder of a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It will be due soon.
    Before,
    Due,
    /// The owner did not do it.
    Team,
    /// The same, so many weeks later.
    Again(u32),
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Somebody has to do this step; `first`: they were not reminded of it yet.
    Step { id: String, due_at: Timestamp, stage: Stage, first: bool },
    /// A date comes, or is there, and it was not done.
    Date(Planned),
    /// The desk has to write the letter of this step.
    Act { id: String },
    /// The discoverer waits for an answer.
    Unanswered { since: Timestamp },
    /// The discoverer says nothing, and the dates are not agreed.
    Silent { since: Timestamp },
    /// Somebody was asked to take part, and does not answer.
    Asked { person: i64, since: Timestamp },
    /// Somebody takes part, and did not say that what they were sent arrived.
    Unreceipted { person: i64, since: Timestamp },
    /// The discoverer will publish before we do.
    Insists { day: Date },
    /// There is nothing more to do.
    Close,
}

/// Something that is due, under the name of its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub cause: String,
    pub about: About,
}

/// What a look at a case found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub due: Vec<Reminder>,
    /// When something may be due next, as things are now.
    pub next: Option<Timestamp>,
}

impl Look {
    /// Something that is due from a moment on.
    fn once(&mut self, watched: &Watched, from: Timestamp, now: Timestamp, reminder: Reminder) {
        if from > now {
            self.later(from);
        } else if !watched.told.contains(&reminder.cause) {
            self.due.push(reminder);
        }
    }

    fn later(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// Looks at a case.
pub fn look(playbook: &Playbook, times: &Reminders, calendar: &Calendar, watched: &Watched, now: Timestamp) -> Look {
    let mut found = Look::default();
    let case = &watched.situation;
    if case.state.is_over() || case.state == State::Held {
        return found;
    }
    let steps = standing(playbook, calendar, case, now);
    let planned = planned::look(watched, &steps, calendar, now, &mut found);
    for one in steps.iter().filter(|one| one.state.is_to_do()) {
        let id = &one.step.id;
        if one.step.letter.is_some() {
            found.once(
                watched,
                now,
                now,
                Reminder { cause: format!("act {id}"), about: About::Act { id: id.clone() } },
            );
        }
        let Some(due_at) = one.due_at else { continue };
        let step = Reminding {
            before: (one.step.remind > 0).then(|| reminded_at(calendar, one.step, due_at)),
            due_at,
            team: Span::WorkingDays(times.team_working_days.max(1)).after(due_at, calendar),
            again_days: times.again_days,
        };
        let (reached, next) = step.stages(now);
        if let Some(next) = next {
            found.later(next);
        }
        let covered = |stage: Stage| planned.iter().any(|it| it.covers(one, due_at, stage));
        // Whatever keeps it back for longer is told by alarms.
        let by_itself = |stage: Stage| one.by_itself && matches!(stage, Stage::Before | Stage::Due);
        let asked = case.facts.get(&Fact::Drafted).filter(|_| one.step.is_writing() || one.step.follows_up());
        if let Some(until) = asked.and_then(|asked| asked.checked_add(ASKED).ok()).filter(|until| now < *until) {
            found.later(until);
            continue;
        }
        if let Some((stage, at)) = reached.filter(|(stage, _)| !covered(*stage) && !by_itself(*stage)) {
            let first = !watched.told.iter().any(|cause| cause.starts_with(&format!("step {id}, ")));
            let cause = format!("step {id}, due {due_at}, {}", named(stage));
            found.once(
                watched,
                at,
                now,
                Reminder { cause, about: About::Step { id: id.clone(), due_at, stage, first } },
            );
        }
    }
    people(times, calendar, watched, now, &mut found);
    let all_over = steps.iter().all(|one| matches!(one.state, Progress::Done | Progress::Skipped));
    // Who sent it by hand says so.
    let by_hand = playbook.publication().and_then(|step| case.marks.get(&step.id)).map(|marked| marked.at);
    let unreleased = watched.unreleased_since.is_some_and(|since| by_hand.is_none_or(|said| said < since));
    if case.state == State::Released && all_over && !unreleased && !steps.is_empty() {
        // A case that was opened again closes again, when there was time to do what it was opened for.
        let number = watched.told.iter().filter(|cause| cause.starts_with("close ")).count() + 1;
        let from = match watched.state_since {
            Some(since) if number > 1 => Span::WorkingDays(REOPENED_WORKING_DAYS).after(since, calendar),
            _ => now,
        };
        found.once(watched, from, now, Reminder { cause: format!("close {number}"), about: About::Close });
    }
    found
}

fn named(stage: Stage) -> String {
    match stage {
        Stage::Before => "before".to_owned(),
        Stage::Due => "now".to_owned(),
        Stage::Team => "team".to_owned(),
        Stage::Again(number) => format!("again {number}"),
    }
}

/// When people are reminded of a step.
struct Reminding {
    /// That it will be due soon.
    before: Option<Timestamp>,
    due_at: Timestamp,
    /// The team, that its owner did not do it.
    team: Timestamp,
    /// So often from then on.
    again_days: u16,
}

impl Reminding {
    /// The latest stage that is reached by now, since when, and when the next one is.
    fn stages(&self, now: Timestamp) -> (Option<(Stage, Timestamp)>, Option<Timestamp>) {
        let &Self { before, due_at, team, again_days } = self;
        if now < due_at {
            return match before {
                Some(before) if before <= now => (Some((Stage::Before, before)), Some(due_at)),
                Some(before) => (None, Some(before)),
                None => (None, Some(due_at)),
            };
        }
        if now < team {
            return (Some((Stage::Due, due_at)), Some(team));
        }
        // The first after `team` is the first of the weekly ones.
        let count = reminders::due_by(now, team, again_days) - 1;
        let next = reminders::next_after(count + 1, team, again_days);
        let stage = if count == 0 { Stage::Team } else { Stage::Again(count) };
        (Some((stage, reminders::next_after(count, team, again_days))), Some(next))
    }
}

/// What people in the case wait for.
fn people(times: &Reminders, calendar: &Calendar, watched: &Watched, now: Timestamp, found: &mut Look) {
    let case = &watched.situation;
    let days = |count: u16, since: Timestamp| Span::WorkingDays(count).after(since, calendar);
    if let Some((mail, since)) = watched.unanswered {
        let reminder = Reminder { cause: format!("mail {mail} unanswered"), about: About::Unanswered { since } };
        found.once(watched, days(times.answer_working_days, since), now, reminder);
    }
    let undated = !case.facts.contains_key(&Fact::DatesAgreed) && !case.facts.contains_key(&Fact::Public);
    if let Some(since) = watched.silent_since.filter(|_| undated && case.state.is_secret()) {
        let reminder = Reminder { cause: format!("silent since {since}"), about: About::Silent { since } };
        found.once(watched, days(times.silent_working_days, since), now, reminder);
    }
    for &(person, since) in &watched.asked {
        let reminder =
            Reminder { cause: format!("person {person} asked {since}"), about: About::Asked { person, since } };
        found.once(watched, days(times.asked_working_days, since), now, reminder);
    }
    for &(person, since) in &watched.unreceipted {
        let cause = format!("person {person} sent {since}");
        let reminder = Reminder { cause, about: About::Unreceipted { person, since } };
        found.once(watched, days(times.asked_working_days, since), now, reminder);
    }
    if let Some((_, day)) = watched.insists.filter(|_| case.state.is_secret())
        && let Ok(begins) = day.to_zoned(TimeZone::UTC)
        && day < case.release_at.to_zoned(TimeZone::UTC).date()
    {
        let from = Span::WorkingDays(times.insists_working_days).before(begins.timestamp(), calendar);
        // Said once more, it is no other date.
        let cause = format!("date {day}, before release {}", case.release_at);
        found.once(watched, from, now, Reminder { cause, about: About::Insists { day } });
    }
}

#[cfg(test)]
mod tests;
