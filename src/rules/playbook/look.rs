//! What a look at a case finds: what people are to be reminded of now, what the desk has to do by itself, and when the
//! next such thing may be. Each cause has a name; whoever was told of it is not told again. After a standstill people
//! get one reminder of a step, not all that were missed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::standing::{Progress, reminded_at, standing};
use super::times::Span;
use super::{Fact, Playbook, Reminders, Situation};
use crate::rules::life::State;
use crate::rules::reminders;

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
    /// Somebody has to do this step.
    Step { id: String, due_at: Timestamp, stage: Stage },
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
pub fn look(playbook: &Playbook, times: &Reminders, watched: &Watched, now: Timestamp) -> Look {
    let mut found = Look::default();
    let case = &watched.situation;
    if case.state.is_over() || case.state == State::Held {
        return found;
    }
    let steps = standing(playbook, case, now);
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
        let (reached, next) = stages(times, one.step.remind, reminded_at(one.step, due_at), due_at, now);
        if let Some(next) = next {
            found.later(next);
        }
        if let Some((stage, at)) = reached {
            let cause = format!("step {id}, due {due_at}, {}", named(stage));
            found.once(watched, at, now, Reminder { cause, about: About::Step { id: id.clone(), due_at, stage } });
        }
    }
    people(times, watched, now, &mut found);
    let all_over = steps.iter().all(|one| matches!(one.state, Progress::Done | Progress::Skipped));
    if case.state == State::Released && all_over && !steps.is_empty() {
        // A case that was opened again closes again.
        let number = watched.told.iter().filter(|cause| cause.starts_with("close ")).count() + 1;
        found.due.push(Reminder { cause: format!("close {number}"), about: About::Close });
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

/// The latest stage that is reached by now, since when, and when the next one is.
fn stages(
    times: &Reminders,
    remind: u16,
    before: Timestamp,
    due_at: Timestamp,
    now: Timestamp,
) -> (Option<(Stage, Timestamp)>, Option<Timestamp>) {
    if now < due_at {
        return match remind > 0 {
            true if before <= now => (Some((Stage::Before, before)), Some(due_at)),
            true => (None, Some(before)),
            false => (None, Some(due_at)),
        };
    }
    let team = Span::WorkingDays(times.team_working_days.max(1)).after(due_at);
    if now < team {
        return (Some((Stage::Due, due_at)), Some(team));
    }
    // The first after `team` is the first of the weekly ones.
    let count = reminders::due_by(now, team, times.again_days) - 1;
    let next = reminders::next_after(count + 1, team, times.again_days);
    let stage = if count == 0 { Stage::Team } else { Stage::Again(count) };
    (Some((stage, reminders::next_after(count, team, times.again_days))), Some(next))
}

/// What people in the case wait for.
fn people(times: &Reminders, watched: &Watched, now: Timestamp, found: &mut Look) {
    let case = &watched.situation;
    let days = |count: u16, since: Timestamp| Span::WorkingDays(count).after(since);
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
    if let Some((hint, day)) = watched.insists.filter(|_| case.state.is_secret())
        && let Ok(begins) = day.to_zoned(TimeZone::UTC)
        && day < case.release_at.to_zoned(TimeZone::UTC).date()
    {
        let from = Span::WorkingDays(times.insists_working_days).before(begins.timestamp());
        let cause = format!("date {hint}, {day}, before release {}", case.release_at);
        found.once(watched, from, now, Reminder { cause, about: About::Insists { day } });
    }
}

#[cfg(test)]
mod tests;
