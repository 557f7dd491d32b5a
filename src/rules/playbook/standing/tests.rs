//! How steps stand, worked out by hand.

use super::*;
use crate::rules::playbook::Owner;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A case reported on a Monday morning, with Xen's dates.
pub fn case(facts: &[Fact]) -> Situation {
    Situation {
        state: State::Triage,
        received_at: at("2026-12-07T09:00:00Z"),
        predisclosure_at: at("2026-12-14T12:00:00Z"),
        release_at: at("2026-12-28T12:00:00Z"),
        facts: facts.iter().map(|fact| (*fact, at("2026-12-08T10:00:00Z"))).collect(),
        marks: BTreeMap::new(),
    }
}

pub fn step(id: &str) -> Step {
    Step {
        id: id.into(),
        title: id.into(),
        policy: String::new(),
        owner: Owner::Team,
        after: Vec::new(),
        due: None,
        done_when: Vec::new(),
        at_once: Vec::new(),
        when: Vec::new(),
        unless: Vec::new(),
        letter: None,
        remind: 0,
    }
}

/// take, then advisory, then send; none of them long before its date.
pub fn playbook() -> Playbook {
    let due = |span, from, before| Some(DueDate { span, from, before });
    Playbook(vec![
        Step {
            done_when: vec![Fact::Owned],
            due: due(Span::WorkingDays(1), Some(Event::Report), false),
            ..step("take")
        },
        Step {
            after: vec!["take".into()],
            due: due(Span::WorkingDays(2), Some(Event::Predisclosure), true),
            remind: 1,
            ..step("advisory")
        },
        Step {
            after: vec!["advisory".into()],
            due: due(Span::Days(0), Some(Event::Predisclosure), false),
            done_when: vec![Fact::Predisclosed],
            unless: vec![Fact::Public],
            ..step("send")
        },
        Step {
            when: vec![Fact::Decided],
            after: vec!["send".into()],
            due: due(Span::Days(3), None, false),
            ..step("tell")
        },
    ])
}

fn marked(mut case: Situation, id: &str, mark: Mark) -> Situation {
    case.marks.insert(id.into(), Marked { mark, at: at("2026-12-09T10:00:00Z") });
    case
}

/// The states in one line, with what is waited for, and due dates by day.
fn line(case: &Situation, now: &str) -> String {
    let (playbook, now) = (playbook(), at(now));
    let shown = standing(&playbook, &Calendar::default(), case, now).into_iter().map(|one| {
        let due = one.due_at.map_or(String::new(), |at| format!(" {}", &at.to_string()[5..13]));
        let waits = one.waits_for.iter().map(|id| format!(" <{id}")).collect::<String>();
        format!("{}{due}{waits}", one.state.as_str())
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn steps_wait_are_open_due_overdue_done_or_not_needed() {
    for (case, now, expected) in [
        (
            case(&[]),
            "2026-12-07T10:00:00Z",
            "open 12-08T09, waiting 12-10T12 <take, waiting 12-14T12 <advisory, skipped",
        ),
        // The very day it is due.
        (
            case(&[]),
            "2026-12-08T00:00:00Z",
            "due 12-08T09, waiting 12-10T12 <take, waiting 12-14T12 <advisory, skipped",
        ),
        (
            case(&[]),
            "2026-12-08T09:00:00Z",
            "overdue 12-08T09, waiting 12-10T12 <take, waiting 12-14T12 <advisory, skipped",
        ),
        (
            case(&[Fact::Owned]),
            "2026-12-08T11:00:00Z",
            "done 12-08T09, open 12-10T12, waiting 12-14T12 <advisory, skipped",
        ),
        // A working day before, as its owner is reminded.
        (
            case(&[Fact::Owned]),
            "2026-12-09T12:00:00Z",
            "done 12-08T09, due 12-10T12, waiting 12-14T12 <advisory, skipped",
        ),
        // Whoever says that a step is done or not needed lets the next one begin.
        (
            marked(case(&[Fact::Owned, Fact::Decided]), "advisory", Mark::Done),
            "2026-12-09T12:00:00Z",
            "done 12-08T09, done 12-10T12, open 12-14T12, waiting <send",
        ),
        (
            marked(case(&[]), "take", Mark::Skipped),
            "2026-12-09T12:00:00Z",
            "skipped, due 12-10T12, waiting 12-14T12 <advisory, skipped",
        ),
        // Without an embargo nobody is told before the others; what comes after that may begin, and counts from then.
        (
            marked(case(&[Fact::Owned, Fact::Public, Fact::Decided]), "advisory", Mark::Done),
            "2026-12-09T12:00:00Z",
            "done 12-08T09, done 12-10T12, skipped, open 12-11T10",
        ),
        // When it really happened counts, not when it was planned.
        (
            marked(case(&[Fact::Owned, Fact::Predisclosed, Fact::Decided]), "advisory", Mark::Done),
            "2026-12-20T12:00:00Z",
            "done 12-08T09, done 12-08T10, done 12-08T10, overdue 12-11T10",
        ),
        (
            Situation { state: State::Invalid, ..case(&[Fact::Owned]) },
            "2026-12-09T12:00:00Z",
            "done 12-08T09, skipped, skipped, skipped",
        ),
        (
            Situation { state: State::Held, ..case(&[]) },
            "2026-12-09T12:00:00Z",
            "waiting 12-08T09, waiting 12-10T12 <take, waiting 12-14T12 <advisory, skipped",
        ),
    ] {
        assert_eq!(line(&case, now), expected, "{now} {:?}", case.facts.keys());
    }
}

#[test]
fn events_are_as_planned_until_they_happen() {
    let planned = case(&[]);
    assert_eq!(event_at(Event::Release, &planned), Some(at("2026-12-28T12:00:00Z")));
    assert_eq!(event_at(Event::Confirmed, &planned), None);
    // Exploited in the wild means release now.
    assert_eq!(event_at(Event::Release, &case(&[Fact::Public])), Some(at("2026-12-08T10:00:00Z")));
    assert_eq!(event_at(Event::Predisclosure, &case(&[Fact::Predisclosed])), Some(at("2026-12-08T10:00:00Z")));
}

#[test]
fn what_was_due_before_the_predisclosure_is_due_as_people_were_told_or_when_that_came_early() {
    let due = |told_at: Option<&str>| {
        let mut case = case(&[]);
        case.facts.extend(told_at.map(|told_at| (Fact::Predisclosed, at(told_at))));
        standing(&playbook(), &Calendar::default(), &case, at("2026-12-08T10:00:00Z"))[1].due_at
    };
    assert_eq!(due(None), Some(at("2026-12-10T12:00:00Z")));
    assert_eq!(due(Some("2026-12-08T10:00:00Z")), Some(at("2026-12-08T10:00:00Z")), "not before that moment");
    assert_eq!(due(Some("2026-12-16T10:00:00Z")), Some(at("2026-12-10T12:00:00Z")), "and not later than was said");
}

#[test]
fn what_is_approved_and_not_held_the_desk_sends_by_itself_and_nobody_is_told_to() {
    let by_itself = |state: State, facts: &[Fact]| {
        let facts: Vec<Fact> = facts.iter().copied().chain([Fact::Owned]).collect();
        let case = marked(Situation { state, ..case(&facts) }, "advisory", Mark::Done);
        let steps = playbook();
        let steps = standing(&steps, &Calendar::default(), &case, at("2026-12-09T12:00:00Z"));
        (steps[2].by_itself, first_to_do(&steps).map(|one| one.step.id.clone()))
    };
    let send = Some("send".to_owned());
    let approved = [Fact::AdvisoryApproved, Fact::ForMembers];
    let held = [Fact::AdvisoryApproved, Fact::ForMembers, Fact::Held];
    assert_eq!(by_itself(State::Embargoed, &approved), (true, None));
    assert_eq!(by_itself(State::Confirmed, &approved), (false, send.clone()), "the dates are not agreed");
    assert_eq!(by_itself(State::Embargoed, &[Fact::AdvisoryApproved]), (false, send.clone()), "there is no list");
    assert_eq!(by_itself(State::Embargoed, &held), (false, send));
}

#[test]
fn where_there_is_no_embargo_a_step_may_wait_for_nothing() {
    let mut playbook = playbook();
    playbook.0[1].at_once = vec![Fact::Public];
    let waits = |facts: &[Fact]| {
        standing(&playbook, &Calendar::default(), &case(facts), at("2026-12-07T10:00:00Z"))[1].waits_for.len()
    };
    assert_eq!((waits(&[]), waits(&[Fact::Public])), (1, 0));
}
