//! The look at many cases at once, and the end of one.

use std::sync::Arc;

use super::*;
use crate::desk::testing::house;
use crate::policy::Policy;
use crate::rules::life::State;
use crate::rules::schedule::Proposal;
use crate::store::testing::{Scratch, before_reminders, scratch};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reported() -> Timestamp {
    at("2026-12-07T09:00:00Z")
}

/// Xen's policy with other steps.
fn policy(steps: &str) -> Arc<Policy> {
    let xen = crate::policy::profile::Profile::built_in_text("xen").unwrap();
    let (head, _) = xen.split_once("[[step]]").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, format!("{head}{steps}")).unwrap();
    Arc::new(Policy::load("xen", Some(&path), None, "example.org").unwrap())
}

const TAKE: &str = "
[[step]]
id = \"take\"
title = \"say who takes care of the case\"
owner = \"team\"
due = { days = 2, from = \"report\" }
done_when = [\"owned\"]
";

/// Alice in the team, and so many cases that nobody reported but a machine.
async fn cases(count: usize) -> Scratch {
    let scratch = scratch();
    scratch
        .store
        .write(move |rows| {
            rows.instance().born(reported())?;
            let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?;
            rows.people().join_team(alice.id, false, reported())?;
            let dates =
                Proposal { predisclosure_at: at("2026-12-14T12:00:00Z"), release_at: at("2026-12-28T12:00:00Z") };
            for _ in 0..count {
                rows.cases().open("a case", false, reported(), dates)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    scratch
}

#[tokio::test]
async fn however_many_cases_there_are_each_is_looked_at_once_and_again_when_its_time_has_come() {
    let scratch = cases(450).await;
    let (one, other) = (policy(TAKE), policy(&TAKE.replace("days = 2", "days = 3")));
    let looked = scratch.store.write(move |rows| {
        let waiting = |now: Timestamp| Ok::<_, anyhow::Error>(rows.steps().to_look(now, CaseId(0), 1000)?.len());
        let due = |policy: &Policy, now: &str| Ok::<_, anyhow::Error>(due(rows, policy, at(now))?.len());
        let mut looked = vec![waiting(reported())?];
        looked.extend([due(&one, "2026-12-07T09:00:00Z")?, waiting(at("2026-12-09T08:59:59Z"))?]);
        // Two days later all of them are due, some at a time.
        looked.extend([waiting(at("2026-12-09T09:00:00Z"))?, due(&one, "2026-12-09T09:00:00Z")?]);
        // By other rules, another day later.
        looked.extend([due(&other, "2026-12-09T09:00:00Z")?, waiting(at("2026-12-09T23:00:00Z"))?]);
        looked.push(waiting(at("2026-12-10T09:00:00Z"))?);
        Ok(looked)
    });
    assert_eq!(looked.await.unwrap(), [450, 0, 0, 450, 200, 0, 0, 450]);
}

#[tokio::test]
async fn nobody_is_reminded_of_what_was_overdue_before_there_were_reminders() {
    let scratch = before_reminders(&["one", "two"], "2026-12-07T09:00:00Z");
    let policy = policy(TAKE);
    let due = scratch.store.write(move |rows| {
        let due = |now: &str| Ok::<_, anyhow::Error>(due(rows, &policy, at(now))?.len());
        let first = [due("2026-12-09T10:00:00Z")?, due("2026-12-09T10:00:00Z")?];
        // What comes to be due from then on is reminded of.
        Ok([first[0], first[1], due("2026-12-10T09:00:00Z")?])
    });
    assert_eq!(due.await.unwrap(), [0, 0, 2]);
}

#[tokio::test]
async fn with_another_calendar_all_cases_are_looked_at_again_and_their_steps_are_due_later() {
    let scratch = cases(3).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holidays.txt");
    std::fs::write(&file, "2026-12-08 Immaculate Conception\n").unwrap();
    let own = |calendars: &[&std::path::Path]| {
        let steps = TAKE.replace("days = 2", "working_days = 1");
        Arc::new(Arc::into_inner(policy(&steps)).unwrap().with_calendars(calendars).unwrap())
    };
    let (usual, holidays) = (own(&[]), own(&[&file]));
    let looked = scratch.store.write(move |rows| {
        let waiting = |now: &str| Ok::<_, anyhow::Error>(rows.steps().to_look(at(now), CaseId(0), 1000)?.len());
        let due = |policy: &Policy, now: &str| Ok::<_, anyhow::Error>(due(rows, policy, at(now))?.len());
        let mut looked = vec![due(&usual, "2026-12-07T09:00:00Z")?, waiting("2026-12-08T09:00:00Z")?];
        looked.extend([due(&holidays, "2026-12-08T09:00:00Z")?, waiting("2026-12-09T08:59:59Z")?]);
        looked.extend([due(&holidays, "2026-12-09T09:00:00Z")?, due(&usual, "2026-12-08T09:00:00Z")?]);
        Ok(looked)
    });
    assert_eq!(looked.await.unwrap(), [0, 3, 0, 0, 3, 3]);
}

#[tokio::test]
async fn a_released_case_closes_when_its_last_step_is_over_and_the_team_hears_it_once() {
    let scratch = cases(1).await;
    let policy = policy(TAKE);
    let told = scratch.store.write(move |rows| {
        let (house, case, now) = (house(), CaseId(1), at("2026-12-28T12:00:00Z"));
        assert!(rows.cases().go(case, State::Triage, State::Released, now)?);
        let mut told = Vec::new();
        let mut tick = |now: Timestamp| -> Result<()> {
            for (case, causes) in due(rows, &policy, now)? {
                let mut desk = Desk::new(rows, &policy, &house, now, causes.clone());
                act(&mut desk, case)?;
                told.push(format!("{causes}: {}", rows.cases().get(case)?.unwrap().state));
            }
            Ok(())
        };
        tick(now)?;
        let alice = rows.people().by_address(&"alice@example.org".parse()?)?.unwrap();
        rows.cases().set_owner(case, alice.id)?;
        tick(now)?;
        tick(at("2027-01-28T12:00:00Z"))?;
        let letters = rows.outbox().counts()?.into_iter().map(|(_, count)| count).sum::<i64>();
        Ok((told, letters))
    });
    let (told, letters) = told.await.unwrap();
    assert_eq!(told, ["step take, due 2026-12-09T09:00:00Z, again 2: released", "close 1: closed"]);
    assert_eq!(letters, 2);
}
