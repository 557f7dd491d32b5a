//! Reminders as they come, worked out by hand; and that nothing is due before the next look.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::standing::tests::{at, case, playbook, step};
use super::super::{Mark, Marked, StepLetter};
use super::*;
use crate::rules::contacts::Part;
use crate::rules::schedule::read_calendar;

/// Tuesday after the report, and the Friday of that week, are days off.
fn holidays() -> Calendar {
    let mut calendar = Calendar::default();
    calendar.close(read_calendar("2026-12-08 Immaculate Conception\n2026-12-11 Bridge\n").unwrap());
    calendar
}

fn watched(situation: Situation) -> Watched {
    Watched::of(situation)
}

fn causes(watched: &Watched, now: Timestamp) -> Vec<String> {
    look(&playbook(), &Reminders::default(), &Calendar::default(), watched, now)
        .due
        .into_iter()
        .map(|one| one.cause)
        .collect()
}

/// Plays a case from its report on: whoever is reminded is told; each line a time and a cause.
fn played(watched: Watched, until: &str) -> Vec<String> {
    played_by(&Calendar::default(), watched, until)
}

fn played_by(calendar: &Calendar, mut watched: Watched, until: &str) -> Vec<String> {
    let (mut now, mut lines) = (watched.situation.received_at, Vec::new());
    while now <= at(until) {
        let found = look(&playbook(), &Reminders::default(), calendar, &watched, now);
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
            // Whatever it still waits for, all of the team hears of the date.
            "12-11T12:00 predisclosure 2026-12-14T12:00:00Z, before",
            "12-14T12:00 predisclosure 2026-12-14T12:00:00Z, now",
            "12-16T09:00 step take, due 2026-12-08T09:00:00Z, again 1",
            "12-23T09:00 step take, due 2026-12-08T09:00:00Z, again 2",
        ]
    );
    assert_eq!(
        played(watched(case(&[Fact::Owned])), "2026-12-12T00:00:00Z"),
        [
            "12-09T12:00 step advisory, due 2026-12-10T12:00:00Z, before",
            "12-10T12:00 step advisory, due 2026-12-10T12:00:00Z, now",
            "12-11T12:00 predisclosure 2026-12-14T12:00:00Z, before",
            "12-11T12:00 step advisory, due 2026-12-10T12:00:00Z, team",
        ]
    );
}

#[test]
fn over_a_day_off_a_step_is_due_later_and_its_reminders_move_with_it() {
    assert_eq!(
        played_by(&holidays(), watched(case(&[])), "2026-12-18T00:00:00Z"),
        [
            "12-09T09:00 step take, due 2026-12-09T09:00:00Z, now",
            "12-10T09:00 step take, due 2026-12-09T09:00:00Z, team",
            "12-10T12:00 predisclosure 2026-12-14T12:00:00Z, before",
            "12-14T12:00 predisclosure 2026-12-14T12:00:00Z, now",
            "12-17T09:00 step take, due 2026-12-09T09:00:00Z, again 1",
        ]
    );
    // Counted back from the predisclosure, it has to be done earlier; and over the Friday the team is told on Monday.
    assert_eq!(
        played_by(&holidays(), watched(case(&[Fact::Owned])), "2026-12-12T00:00:00Z"),
        [
            "12-07T12:00 step advisory, due 2026-12-09T12:00:00Z, before",
            "12-09T12:00 step advisory, due 2026-12-09T12:00:00Z, now",
            "12-10T12:00 predisclosure 2026-12-14T12:00:00Z, before",
            "12-10T12:00 step advisory, due 2026-12-09T12:00:00Z, team",
        ]
    );
    let mut marks = watched(case(&[Fact::Owned]));
    for id in ["advisory", "send"] {
        let skipped = Marked { mark: Mark::Skipped, at: marks.situation.received_at };
        marks.situation.marks.insert(id.into(), skipped);
    }
    marks.unanswered = Some((4, at("2026-12-07T10:00:00Z")));
    assert_eq!(played_by(&holidays(), marks, "2026-12-12T00:00:00Z"), ["12-10T10:00 mail 4 unanswered"]);
}

#[test]
fn after_a_standstill_there_is_one_reminder_and_a_moved_date_is_a_new_cause() {
    let mut watched = watched(case(&[Fact::Owned]));
    let now = at("2026-12-26T00:00:00Z");
    let late = "step advisory, due 2026-12-10T12:00:00Z, again 2";
    let all = ["predisclosure 2026-12-14T12:00:00Z, now", "release 2026-12-28T12:00:00Z, before", late];
    assert_eq!(causes(&watched, now), all);
    watched.told.extend(all.map(str::to_owned));
    assert!(causes(&watched, now).is_empty());
    watched.situation.predisclosure_at = at("2026-12-27T12:00:00Z");
    let moved = ["predisclosure 2026-12-27T12:00:00Z, before", "step advisory, due 2026-12-24T12:00:00Z, team"];
    assert_eq!(causes(&watched, now), moved);
    // It is moved back: people know that.
    watched.situation.predisclosure_at = at("2026-12-14T12:00:00Z");
    assert!(causes(&watched, now).is_empty());
}

/// Each date in one line: what, which step, what is missing.
fn dates(watched: &Watched, now: &str) -> Vec<String> {
    let due = look(&playbook(), &Reminders::default(), &Calendar::default(), watched, at(now)).due;
    let dates = due.into_iter().filter_map(|one| match one.about {
        About::Date(one) => Some(format!("{:?} {:?} {:?} {:?}", one.event, one.stage, one.step, one.missing)),
        About::Step { id, stage, first, .. } => Some(format!("{id} {stage:?} {first}")),
        _ => None,
    });
    dates.collect()
}

#[test]
fn a_date_that_comes_or_is_there_is_told_with_what_is_missing_and_only_once_beside_its_step() {
    let mut watched = watched(case(&[Fact::Owned]));
    watched.told.insert("step advisory, due 2026-12-10T12:00:00Z, before".into());
    // The step before is late, and people know of it; the working day before a Monday is a Friday.
    let friday = "2026-12-11T12:00:00Z";
    let missing = "Predisclosure Before Some(\"send\") [\"advisory\"]";
    assert_eq!(dates(&watched, friday), [missing, "advisory Team false"]);
    let done = Marked { mark: Mark::Done, at: at(friday) };
    watched.situation.marks.insert("advisory".into(), done.clone());
    assert_eq!(dates(&watched, friday), ["Predisclosure Before Some(\"send\") []"]);
    // The date says what the step would say; a day later the step is late, and nobody was reminded of it.
    assert_eq!(dates(&watched, "2026-12-14T12:00:00Z"), ["Predisclosure Due Some(\"send\") []"]);
    watched.told.insert("predisclosure 2026-12-14T12:00:00Z, now".into());
    assert_eq!(dates(&watched, "2026-12-15T12:00:00Z"), ["send Team true"]);
    // Who skips the step, or did it, or has no embargo, hears nothing of the date.
    let mut skipped = watched.clone();
    skipped.told.clear();
    skipped.situation.marks.insert("send".into(), Marked { mark: Mark::Skipped, ..done });
    assert!(dates(&skipped, "2026-12-14T12:00:00Z").is_empty());
    skipped.situation.marks.remove("send");
    skipped.situation.facts.insert(Fact::Predisclosed, at(friday));
    assert!(dates(&skipped, "2026-12-14T12:00:00Z").is_empty());
    skipped.situation.facts.clear();
    skipped.situation.state = State::Public;
    assert!(!dates(&skipped, "2026-12-14T12:00:00Z").iter().any(|line| line.starts_with("Pre")));
}

#[test]
fn of_what_the_desk_does_nobody_is_reminded_until_somebody_holds_it() {
    let mut watched = watched(case(&[Fact::Owned, Fact::AdvisoryApproved, Fact::ForMembers]));
    watched.situation.state = State::Embargoed;
    watched.situation.marks.insert("advisory".into(), Marked { mark: Mark::Done, at: at("2026-12-10T12:00:00Z") });
    for moment in ["2026-12-11T12:00:00Z", "2026-12-14T12:00:00Z"] {
        assert!(dates(&watched, moment).is_empty(), "{moment}");
    }
    watched.situation.facts.insert(Fact::Held, at("2026-12-11T12:00:00Z"));
    assert_eq!(dates(&watched, "2026-12-14T12:00:00Z"), ["Predisclosure Due Some(\"send\") []"]);
}

#[test]
fn beside_the_letter_that_asks_for_an_approval_nobody_is_reminded_of_it() {
    let mut playbook = playbook();
    playbook.0[1].done_when = vec![Fact::AdvisoryApproved];
    let mut watched = watched(case(&[Fact::Owned]));
    watched.situation.facts.insert(Fact::Drafted, at("2026-12-09T11:30:00Z"));
    let found = |now: &str| look(&playbook, &Reminders::default(), &Calendar::default(), &watched, at(now));
    let at_once = found("2026-12-10T12:00:00Z");
    assert_eq!(at_once.due.len(), 1, "{at_once:?}");
    watched.situation.facts.insert(Fact::Drafted, at("2026-12-10T12:00:00Z"));
    let found = |now: &str| look(&playbook, &Reminders::default(), &Calendar::default(), &watched, at(now));
    let beside = found("2026-12-10T12:00:00Z");
    assert_eq!((beside.due.len(), beside.next), (0, Some(at("2026-12-10T13:00:00Z"))));
    assert_eq!(found("2026-12-10T13:00:00Z").due.len(), 1);
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
            .contains(&"date 2026-12-18, before release 2026-12-28T12:00:00Z".into())
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
        let due = look(&playbook, &Reminders::default(), &Calendar::default(), watched, at("2026-12-07T10:00:00Z")).due;
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
    assert!(!causes(&watched(case.clone()), now).contains(&"close 1".into()));
    case.marks.insert("advisory".into(), Marked { mark: Mark::Done, at: now });
    assert_eq!(causes(&watched(case.clone()), now), ["close 1"]);
    // Two weeks after it was opened again.
    let again = Watched { told: ["close 1".to_owned()].into(), state_since: Some(now), ..watched(case.clone()) };
    assert!(causes(&again, now).is_empty() && causes(&again, at("2027-01-11T11:59:59Z")).is_empty());
    assert_eq!(causes(&again, at("2027-01-11T12:00:00Z")), ["close 2"]);
    // Not while a revision is drafted, unless somebody sent it by hand meanwhile.
    let drafted = Watched { unreleased_since: Some(now), ..watched(case.clone()) };
    assert!(causes(&drafted, now).is_empty(), "a revision waits for approval");
    case.state = State::Embargoed;
    assert!(causes(&watched(case), now).is_empty());
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
                state_since: None,
                unreleased_since: None,
                insists: insists.map(|(hint, at)| (hint, at.to_zoned(TimeZone::UTC).date())),
                told: BTreeSet::new(),
            }
        })
}

proptest! {
    /// What the tick relies on: before the moment that was written down nothing becomes due, and nothing twice.
    #[test]
    fn nothing_is_due_before_the_next_look(mut watched in cases(), now in moments(), share in 0.0f64..1.0) {
        let (times, calendar) = (Reminders::default(), holidays());
        for reminder in look(&playbook(), &times, &calendar, &watched, now).due {
            prop_assert!(watched.told.insert(reminder.cause), "twice in one look");
        }
        let again = look(&playbook(), &times, &calendar, &watched, now);
        prop_assert!(again.due.iter().all(|one| one.about == About::Close), "{:?}", again.due);
        let end = again.next.unwrap_or(at("2030-01-01T00:00:00Z"));
        prop_assert!(end > now);
        // Any moment before it, and the last second of all.
        let between = (end.as_second() - now.as_second() - 1) as f64 * share;
        for moment in [now + jiff::SignedDuration::from_secs(between as i64), end - jiff::SignedDuration::from_nanos(1)] {
            let due = look(&playbook(), &times, &calendar, &watched, moment).due;
            prop_assert!(due.iter().all(|one| one.about == About::Close), "{moment}: {due:?}");
        }
    }
}
