//! What a look at a case finds: what people are to be reminded of now, what the desk has to do by itself, and when the
//! next such thing may be. Each cause has a name; whoever was told of it is not told again. After a standstill people
//! get one reminder of a step, not all that were missed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::standing::{reminded_at, standing};
use super::times::Span;
use super::{Fact, Playbook, Progress, Situation};
use crate::rules::life::State;
use crate::rules::reminders;

/// When people are reminded (profile table `[reminders]`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reminders {
    /// The day on which the team gets a list of everything open; without one, it gets none.
    #[serde(deserialize_with = "weekday")]
    pub weekly: Option<Weekday>,
    /// The hour of that, in UTC.
    #[serde(deserialize_with = "hour_of_day")]
    pub weekly_hour: Time,
    /// Working days after a step's due date at which all of the team is told.
    pub team_working_days: u16,
    /// Days between further reminders of an overdue step.
    #[serde(deserialize_with = "some_days")]
    pub again_days: u16,
    /// Working days a discoverer waits for an answer.
    pub answer_working_days: u16,
    /// Working days without a word of the discoverer's, before dates are agreed.
    pub silent_working_days: u16,
    /// Working days somebody may take to say whether they agree to an embargo, or that what they were sent arrived.
    pub asked_working_days: u16,
    /// Working days before a date on which the discoverer insists and which is earlier than ours.
    pub insists_working_days: u16,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            weekly: None,
            weekly_hour: jiff::civil::time(6, 0, 0, 0),
            team_working_days: 1,
            again_days: 7,
            answer_working_days: 2,
            silent_working_days: 5,
            asked_working_days: 2,
            insists_working_days: 2,
        }
    }
}

fn weekday<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Weekday>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let named = match text.to_lowercase().as_str() {
        "never" => return Ok(None),
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => {
            return Err(D::Error::custom(format!(
                "“{text}” is not a day of the week\nGive it a day, like \"monday\", or \"never\"."
            )));
        }
    };
    Ok(Some(named))
}

fn hour_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!("“{text}” is not an hour of the day\nGive it an hour in UTC, like \"06:00\"."))
    })
}

/// With none, one reminder would follow the other at once.
fn some_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(D::Error::custom("it is 0\nGive it a number of days, at least 1.")),
        days => Ok(days),
    }
}

impl Reminders {
    /// The latest moment by now at which the weekly list was due.
    pub fn week(&self, now: Timestamp) -> Option<Timestamp> {
        let weekday = self.weekly?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let since = today.weekday().since(weekday);
        let day = today.checked_sub(jiff::Span::new().days(i64::from(since))).ok()?;
        let at = |day: Date| day.to_datetime(self.weekly_hour).to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        match at(day)? {
            due if due <= now => Some(due),
            _ => at(day.checked_sub(jiff::Span::new().days(7)).ok()?),
        }
    }
}

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
    /// The latest date on which the discoverer insists: row, day.
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
        found.due.push(Reminder { cause: "close".to_owned(), about: About::Close });
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
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::standing::tests::{at, case, playbook, step};
    use super::super::{Mark, Marked, StepLetter};
    use super::*;
    use crate::rules::contacts::Part;

    fn watched(situation: Situation) -> Watched {
        Watched::of(situation)
    }

    fn causes(watched: &Watched, now: Timestamp) -> Vec<String> {
        look(&playbook(), &Reminders::default(), watched, now).due.into_iter().map(|one| one.cause).collect()
    }

    /// Plays a case from its report on: whoever is reminded is told; each line a time and a cause.
    fn played(mut watched: Watched, until: &str) -> Vec<String> {
        let (mut now, mut lines) = (watched.situation.received_at, Vec::new());
        while now <= at(until) {
            let found = look(&playbook(), &Reminders::default(), &watched, now);
            for reminder in &found.due {
                lines.push(format!("{} {}", &now.to_string()[5..16], reminder.cause));
                watched.told.insert(reminder.cause.clone());
            }
            let Some(next) = found.next else { break };
            assert!(next > now, "{next}");
            now = next;
        }
        lines
    }

    #[test]
    fn at_each_due_date_a_day_later_to_the_team_and_then_weekly() {
        assert_eq!(
            played(watched(case(&[])), "2026-12-24T00:00:00Z"),
            [
                "12-08T09:00 step take, due 2026-12-08T09:00:00Z, now",
                "12-09T09:00 step take, due 2026-12-08T09:00:00Z, team",
                "12-16T09:00 step take, due 2026-12-08T09:00:00Z, again 1",
                "12-23T09:00 step take, due 2026-12-08T09:00:00Z, again 2",
            ]
        );
        assert_eq!(
            played(watched(case(&[Fact::Owned])), "2026-12-12T00:00:00Z"),
            [
                "12-09T12:00 step advisory, due 2026-12-10T12:00:00Z, before",
                "12-10T12:00 step advisory, due 2026-12-10T12:00:00Z, now",
                "12-11T12:00 step advisory, due 2026-12-10T12:00:00Z, team",
            ]
        );
    }

    #[test]
    fn after_a_standstill_there_is_one_reminder_and_a_moved_date_is_a_new_cause() {
        let mut watched = watched(case(&[Fact::Owned]));
        let now = at("2026-12-30T00:00:00Z");
        let late = "step advisory, due 2026-12-10T12:00:00Z, again 2";
        assert_eq!(causes(&watched, now), [late]);
        watched.told.insert(late.into());
        assert!(causes(&watched, now).is_empty());
        watched.situation.predisclosure_at = at("2026-12-31T12:00:00Z");
        assert_eq!(causes(&watched, now), ["step advisory, due 2026-12-29T12:00:00Z, now"]);
        // It is moved back: people know that.
        watched.situation.predisclosure_at = at("2026-12-14T12:00:00Z");
        assert!(causes(&watched, now).is_empty());
    }

    #[test]
    fn people_who_wait_and_people_who_are_waited_for() {
        let marked = |mut case: Situation| {
            for id in ["take", "advisory", "send"] {
                case.marks.insert(id.into(), Marked { mark: Mark::Skipped, at: at("2026-12-07T09:00:00Z") });
            }
            case
        };
        let friday = at("2026-12-11T09:00:00Z");
        let all = Watched {
            unanswered: Some((4, friday)),
            asked: vec![(7, friday)],
            unreceipted: vec![(8, friday)],
            silent_since: Some(friday),
            insists: Some((2, "2026-12-18".parse().unwrap())),
            ..watched(marked(case(&[])))
        };
        for (now, expected) in [
            ("2026-12-15T08:59:59Z", &[][..]),
            (
                "2026-12-15T09:00:00Z",
                &["mail 4 unanswered", "person 7 asked 2026-12-11T09:00:00Z", "person 8 sent 2026-12-11T09:00:00Z"],
            ),
        ] {
            assert_eq!(causes(&all, at(now)), expected, "{now}");
        }
        // Two working days before the day on which they will publish; ours is ten days later.
        assert!(
            causes(&all, at("2026-12-16T00:00:00Z"))
                .contains(&"date 2, 2026-12-18, before release 2026-12-28T12:00:00Z".into())
        );
        assert!(causes(&all, at("2026-12-18T09:00:00Z")).contains(&"silent since 2026-12-11T09:00:00Z".into()));
        let agreed = Watched { situation: marked(case(&[Fact::DatesAgreed])), ..all.clone() };
        assert!(!causes(&agreed, at("2026-12-18T09:00:00Z")).iter().any(|cause| cause.starts_with("silent")));
        let public = Watched { situation: Situation { state: State::Public, ..marked(case(&[Fact::Public])) }, ..all };
        assert!(!causes(&public, at("2026-12-18T09:00:00Z")).iter().any(|cause| cause.starts_with("date")));
    }

    #[test]
    fn what_the_desk_does_by_itself_it_does_once_and_only_when_its_time_has_come() {
        let mut playbook = playbook();
        playbook.0.push(super::super::Step {
            letter: Some(StepLetter { to: Part::ReleaseManager, words: "A fix comes.".into() }),
            after: vec!["take".into()],
            ..step("tell-manager")
        });
        let acts = |watched: &Watched| {
            let due = look(&playbook, &Reminders::default(), watched, at("2026-12-07T10:00:00Z")).due;
            due.into_iter().map(|one| one.cause).collect::<Vec<_>>()
        };
        assert!(acts(&watched(case(&[]))).is_empty(), "nobody takes care of it yet");
        let mut owned = watched(case(&[Fact::Owned]));
        assert_eq!(acts(&owned), ["act tell-manager"]);
        owned.told.insert("act tell-manager".into());
        assert!(acts(&owned).is_empty());
    }

    #[test]
    fn a_released_case_of_which_all_is_done_closes() {
        let mut case = case(&[Fact::Owned, Fact::Predisclosed, Fact::Released]);
        case.state = State::Released;
        let now = at("2026-12-28T12:00:00Z");
        assert!(!causes(&watched(case.clone()), now).contains(&"close".into()));
        case.marks.insert("advisory".into(), Marked { mark: Mark::Done, at: now });
        assert_eq!(causes(&watched(case.clone()), now), ["close"]);
        case.state = State::Embargoed;
        assert!(causes(&watched(case), now).is_empty());
    }

    #[test]
    fn the_week_begins_at_its_hour() {
        let monday = Reminders { weekly: Some(Weekday::Monday), ..Reminders::default() };
        for (now, expected) in [
            ("2026-12-07T05:59:59Z", "2026-11-30T06:00:00Z"),
            ("2026-12-07T06:00:00Z", "2026-12-07T06:00:00Z"),
            ("2026-12-13T23:00:00Z", "2026-12-07T06:00:00Z"),
        ] {
            assert_eq!(monday.week(at(now)), Some(at(expected)), "{now}");
        }
        assert_eq!(Reminders::default().week(at("2026-12-07T06:00:00Z")), None);
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        (0i64..60 * 24 * 60).prop_map(|minutes| at("2026-12-01T00:00:00Z") + jiff::SignedDuration::from_mins(minutes))
    }

    fn cases() -> impl Strategy<Value = Watched> {
        let facts = proptest::collection::btree_map(proptest::sample::select(&Fact::ALL[..]), moments(), 0..6);
        let people = || proptest::collection::vec((0i64..3, moments()), 0..3);
        let marks = proptest::collection::btree_map(
            proptest::sample::select(&["take", "advisory", "send", "tell"][..]),
            (moments(), any::<bool>()),
            0..4,
        );
        let one = || proptest::option::of((0i64..3, moments()));
        (
            (proptest::sample::select(&State::ALL[..]), moments(), moments(), moments(), facts, marks),
            (one(), proptest::option::of(moments()), people(), people(), one()),
        )
            .prop_map(|((state, received_at, predisclosure_at, release_at, facts, marks), people)| {
                let (unanswered, silent_since, asked, unreceipted, insists) = people;
                let mark = |(at, done)| Marked { mark: if done { Mark::Done } else { Mark::Skipped }, at };
                let marks: BTreeMap<String, Marked> =
                    marks.into_iter().map(|(id, said)| (id.to_owned(), mark(said))).collect();
                Watched {
                    situation: Situation { state, received_at, predisclosure_at, release_at, facts, marks },
                    unanswered,
                    silent_since,
                    asked,
                    unreceipted,
                    insists: insists.map(|(hint, at)| (hint, at.to_zoned(TimeZone::UTC).date())),
                    told: BTreeSet::new(),
                }
            })
    }

    proptest! {
        /// What the tick relies on: before the moment that was written down nothing becomes due, and nothing twice.
        #[test]
        fn nothing_is_due_before_the_next_look(mut watched in cases(), now in moments(), share in 0.0f64..1.0) {
            let times = Reminders::default();
            for reminder in look(&playbook(), &times, &watched, now).due {
                prop_assert!(watched.told.insert(reminder.cause), "twice in one look");
            }
            let again = look(&playbook(), &times, &watched, now);
            prop_assert!(again.due.iter().all(|one| one.about == About::Close), "{:?}", again.due);
            let end = again.next.unwrap_or(at("2030-01-01T00:00:00Z"));
            prop_assert!(end > now);
            // Any moment before it, and the last second of all.
            let between = (end.as_second() - now.as_second() - 1) as f64 * share;
            for moment in [now + jiff::SignedDuration::from_secs(between as i64), end - jiff::SignedDuration::from_nanos(1)] {
                let due = look(&playbook(), &times, &watched, moment).due;
                prop_assert!(due.iter().all(|one| one.about == About::Close), "{moment}: {due:?}");
            }
        }
    }
}
