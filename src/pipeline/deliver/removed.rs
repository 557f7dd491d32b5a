//! Who may no longer read gets nothing that was written while they might: whatever was enqueued, and even prepared.
#![cfg(test)]

use super::tests::{Scene, now};
use super::*;
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter, Thread};
use crate::rules::label::{CaseId, Label, Labels, Text};
use crate::rules::schedule::Proposal;
use crate::store::testing;

const ALICE: &str = "alice@example.org";
const DANA: &str = "dana@example.net";
const ERIN: &str = "erin@example.net";

/// A case of Dana's in which Erin takes part, and a letter of it to each of them and to Alice of the team.
async fn with_a_letter() -> Scene {
    let scene = Scene::new().await;
    let (policy, house) = (Arc::clone(&scene.courier.preparer.policy), Arc::clone(&scene.house));
    let write = move |rows: Rows<'_>| {
        let case = rows.cases().open("", false, now(), Proposal { predisclosure_at: now(), release_at: now() })?;
        assert_eq!(case, CaseId(1));
        for address in [DANA, ERIN] {
            takes_part(rows, address, "active")?;
        }
        let labels = Labels::of(Label::Case { case, sealed: false });
        let letter = Letter {
            kind: Kind::Notice,
            from_name: None,
            to: [ALICE, DANA, ERIN].map(|address| Mailbox::bare(address.parse().unwrap())).into(),
            subject: Text::new(labels.clone(), "Heap overflow".into()),
            body: Text::new(labels, "The heap overflows.".into()),
            enclosures: Vec::new(),
            thread: Thread::default(),
            slots: Default::default(),
            reply_to: None,
            answers_to: None,
            blind: Vec::new(),
            post: None,
            cc: Vec::new(),
            advisory: None,
        };
        Desk::new(rows, &policy, &house, now(), "a test".into()).send(&letter, Some(case)).map(drop)
    };
    scene.scratch.store.write(write).await.unwrap();
    scene
}

fn takes_part(rows: Rows<'_>, address: &str, state: &str) -> Result<()> {
    let person = rows.people().find_or_add("", &address.parse()?)?;
    testing::take_part(rows, 1, person.id, state, now())
}

/// Who got a letter, and who did not for what reason, in the end.
async fn end(scene: &Scene, ahead: &mut Ahead) -> Vec<(String, String, String)> {
    while scene.courier.deliver_next(ahead).await.unwrap().is_some() {}
    let rows = scene.scratch.store.read(|rows| rows.outbox().list()).await.unwrap();
    for row in &rows {
        let lies_there = scene.out.path().join(format!("{}.eml", row.id)).exists();
        assert_eq!(lies_there, row.state == "sent", "{row:?}");
    }
    rows.into_iter().map(|row| (row.to, row.state, row.error)).collect()
}

fn sent(address: &str) -> (String, String, String) {
    (address.into(), "sent".into(), String::new())
}

fn barred(address: &str) -> (String, String, String) {
    (address.into(), "blocked".into(), "neither in the security team nor a participant of case 1".into())
}

#[tokio::test]
async fn a_participant_who_is_removed_before_delivery_gets_nothing_and_all_others_do() {
    for prepared in [false, true] {
        let scene = with_a_letter().await;
        let mut ahead = scene.courier.ahead();
        if prepared {
            scene.courier.look_ahead(&mut ahead).await.unwrap();
        }
        scene.scratch.store.write(|rows| takes_part(rows, ERIN, "removed")).await.unwrap();
        assert_eq!(end(&scene, &mut ahead).await, [sent(ALICE), sent(DANA), barred(ERIN)], "prepared: {prepared}");
        let record = scene.scratch.store.read(|rows| rows.audit().list()).await.unwrap();
        let barred: Vec<_> = record.iter().filter(|line| line.act == "bar").map(|line| &line.object).collect();
        assert_eq!(barred, ["delivery 3"]);
        let untold = scene.scratch.store.read(|rows| rows.outbox().troubles()).await.unwrap();
        assert_eq!(untold.iter().map(|one| one.id).collect::<Vec<_>>(), [3], "the team will hear of it");
    }
}

#[tokio::test]
async fn so_does_who_leaves_the_team_and_who_is_to_be_asked_once_more() {
    let scene = with_a_letter().await;
    let mut ahead = scene.courier.ahead();
    scene.courier.look_ahead(&mut ahead).await.unwrap();
    let leave = |rows: Rows<'_>| {
        let alice = rows.people().by_address(&ALICE.parse()?)?.unwrap();
        assert!(rows.people().leave_team(alice.id)?);
        takes_part(rows, DANA, "asked")
    };
    scene.scratch.store.write(leave).await.unwrap();
    assert_eq!(end(&scene, &mut ahead).await, [barred(ALICE), barred(DANA), sent(ERIN)]);
}

/// `outbox release` has the gate asked again, and nothing more.
#[tokio::test]
async fn an_operators_hand_brings_it_to_nobody_who_may_not_read_it() {
    let scene = with_a_letter().await;
    scene.scratch.store.write(|rows| takes_part(rows, ERIN, "removed")).await.unwrap();
    end(&scene, &mut scene.courier.ahead()).await;
    scene.scratch.store.write(|rows| rows.pause().release(3, now())).await.unwrap();
    assert_eq!(end(&scene, &mut scene.courier.ahead()).await[2], barred(ERIN));
    scene.scratch.store.write(|rows| takes_part(rows, ERIN, "active")).await.unwrap();
    scene.scratch.store.write(|rows| rows.pause().release(3, now())).await.unwrap();
    assert_eq!(end(&scene, &mut scene.courier.ahead()).await[2], sent(ERIN));
}
