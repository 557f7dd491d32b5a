//! Tests: what the letters about a draft say of when it leaves, and of what else leaves; and whom an alarm reaches and names.
#![cfg(test)]

use super::drafting::refresh;
use super::scene::*;
use super::standing;
use crate::handlers::say;
use crate::mail::letter::Kind;
use crate::rules::label::VersionId;
use crate::rules::schedule::Proposal;

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The team agreed to the dates.
async fn agreed() -> Scene {
    let scene = Scene::open().await;
    let now = scene.now;
    scene
        .at_desk("agreeing", move |desk| {
            let dates = standing::case(desk, CASE)?.proposal;
            assert!(desk.rows.embargoes().set_dates(CASE, dates, dates, Some(now))?);
            Ok(())
        })
        .await;
    scene
}

/// The letter that asks Bob, and the one that tells him of an approval.
async fn letters(scene: &Scene, version: VersionId) -> (String, String) {
    scene
        .at_desk("telling", move |desk| {
            let case = standing::case(desk, CASE)?;
            let version = desk.rows.advisories().get(version)?;
            let bob = desk.rows.people().by_address(&BOB.parse()?)?.unwrap();
            let draft = say::advisories::draft(desk, &case, &version, None, &bob)?;
            let approved = say::advisories::approved(desk, &case, &version, &["Bob".to_owned()], &bob)?;
            Ok((flat(draft.body.value()), flat(approved.body.value())))
        })
        .await
}

#[tokio::test]
async fn whoever_approves_after_the_hour_reads_that_it_is_released_at_once() {
    let mut scene = agreed().await;
    let version = scene.drafts(1, false).await;
    let (draft, approved) = letters(&scene, version).await;
    assert!(draft.contains("it goes to the members of the predisclosure list; and on Tue 2026-12-15 12:00"), "{draft}");
    assert!(approved.contains("It goes to the members of the predisclosure list now."), "{approved}");
    // At the very moment of its hour it is over.
    scene.until(RELEASE).await;
    let (draft, approved) = letters(&scene, version).await;
    assert!(
        draft.contains(
            "Its hour, Tue 2026-12-15 12:00 UTC, is over: as soon as it is approved, its public text, version 2, goes to the \
             public lists and all members."
        ),
        "{draft}"
    );
    assert!(
        approved
            .contains("Its hour is over: its public text, version 2, goes to the public lists and all members now."),
        "{approved}"
    );
}

#[tokio::test]
async fn a_draft_beside_an_approved_version_says_that_this_still_leaves() {
    let mut scene = agreed().await;
    let first = scene.approved(1).await;
    let (alone, _) = letters(&scene, first).await;
    assert!(!alone.contains("still leaves"), "{alone}");
    scene.ticks().await;
    let second = scene.drafts(2, false).await;
    let (draft, approved) = letters(&scene, second).await;
    let digest = scene.version(first).await.digest;
    let says = format!(
        "Version 1 as it was approved on Tue 2026-12-08 12:00 UTC (digest {}…) still leaves, on Tue 2026-12-15 12:00 UTC, unless \
         the new one is approved before. If it must not, say “!hold WHY” now.",
        &digest[..8]
    );
    assert!(draft.contains(&says), "{draft}");
    assert!(approved.contains("A new “!advisory” alone does not stop it."), "{approved}");
    scene.holds().await;
    let (draft, _) = letters(&scene, second).await;
    let says =
        "leaves, on Tue 2026-12-15 12:00 UTC, if nothing keeps it back then, unless the new one is approved before.";
    assert!(draft.contains(says) && !draft.contains("If it must not"), "{draft}");
    scene.unholds().await;
    let left = scene.until(RELEASE).await;
    assert_eq!(of(&left, Kind::Release)[0].letter.advisory.unwrap().version, first, "as it says");
}

#[tokio::test]
async fn what_keeps_an_approved_version_back_is_what_there_is_to_do() {
    let scene = Scene::open().await;
    let version = scene.approved(1).await;
    let (_, approved) = letters(&scene, version).await;
    assert!(
        approved.contains("agree to the dates, with “!embargo” in a signed reply. Before that nothing"),
        "{approved}"
    );
    let scene = agreed().await;
    let version = scene.approved(1).await;
    let (_, approved) = letters(&scene, version).await;
    assert!(approved.contains("What to do: nothing."), "{approved}");
    scene.writes(|rows| crate::store::testing::clock_jumped(rows, "2026-12-08T12:00:00Z", 7200)).await;
    let (draft, approved) = letters(&scene, version).await;
    assert!(draft.contains("the clock of the desk is in doubt, until “!unhold clock”."), "{draft}");
    assert!(approved.contains("What to do: see to that") && !approved.contains(" now."), "{approved}");
    scene.holds().await;
    let (_, approved) = letters(&scene, version).await;
    assert!(approved.contains("the case is held, until “!unhold hold”; and the clock of the desk"), "{approved}");
    assert!(!approved.contains("“!hold WHY”"), "{approved}");
    scene.unholds().await;
    let now = scene.now;
    assert!(scene.writes(move |rows| rows.advisories().clock_is_right(ALICE, now)).await);
    scene.writes(move |rows| rows.pause().set(now, "desk").map(drop)).await;
    let (_, approved) = letters(&scene, version).await;
    assert!(approved.contains("the outbox of the desk is paused") && !approved.contains(" now."), "{approved}");
}

#[tokio::test]
async fn members_whose_date_is_another_by_now_are_named_where_the_next_version_is_to_be_approved() {
    let scene = agreed().await;
    scene.approved(1).await;
    scene.ticks().await;
    let now = scene.now;
    scene
        .at_desk("moving", move |desk| {
            let dates = standing::case(desk, CASE)?.proposal;
            let later = Proposal { release_at: at("2026-12-18T12:00:00Z"), ..dates };
            assert!(desk.rows.embargoes().set_dates(CASE, dates, later, Some(now))?);
            Ok(())
        })
        .await;
    let next = scene.drafts(2, false).await;
    let (draft, _) = letters(&scene, next).await;
    assert!(draft.contains("The members still have Tue 2026-12-15 12:00 UTC as the end of the embargo"), "{draft}");
    assert!(!draft.contains("still leaves"), "what was approved holds no more: {draft}");
}

#[tokio::test]
async fn what_the_desk_wrote_anew_says_what_changed_and_whose_approval_is_void() {
    let mut scene = agreed().await;
    scene.approved(1).await;
    scene.now = at("2026-12-08T12:30:00Z");
    let asked = |subject: &str| subject.contains("Please approve") || subject.contains("has to be corrected");
    let letters = scene
        .at_desk("changing", move |desk| {
            let dates = standing::case(desk, CASE)?.proposal;
            let later = Proposal { release_at: at("2026-12-18T12:00:00Z"), ..dates };
            assert!(desk.rows.embargoes().set_dates(CASE, dates, later, Some(desk.now))?);
            refresh(desk, CASE, None)?;
            let ids = (1..).map_while(|id| desk.rows.outbox().letter(id).ok());
            Ok(ids.map(|stored| stored.letter).filter(|one| asked(one.subject.value())).collect::<Vec<_>>())
        })
        .await;
    let text = flat(letters.last().unwrap().body.value());
    assert!(text.contains("Nobody sent a new text. Something of the case changed,"), "{text}");
    assert!(text.contains("The approval by bob is void."), "{text}");
    assert!(!text.contains("still leaves"), "{text}");
}

#[tokio::test]
async fn what_a_member_replies_to_an_advisory_goes_to_the_list_which_is_the_teams() {
    let scene = agreed().await;
    scene.approved(1).await;
    let left = scene.ticks().await;
    let [members] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert_eq!(
        members.letter.answers_to.as_ref().map(|list| list.as_str()),
        Some("xen-security-issues@lists.example.org")
    );
    assert!(flat(&members.text()).contains("reply to this mail: it reaches only us."), "{}", members.text());
}

#[tokio::test]
async fn the_operator_hears_of_an_alarm_an_hour_before_and_at_the_hour_and_every_day_and_of_nothing_else() {
    let mut scene = Scene::open().await.with_operator();
    scene.drafts(1, false).await;
    let heard = |left: &[Left]| {
        let alerts = of(left, Kind::Alert).into_iter().filter(|one| readers(one) == ["ops@example.org"]);
        alerts.map(Left::text).collect::<Vec<_>>()
    };
    for (then, count) in [
        ("2026-12-14T12:00:00Z", 0),
        ("2026-12-15T11:00:00Z", 1),
        (RELEASE, 1),
        ("2026-12-15T13:00:00Z", 0),
        ("2026-12-16T11:00:00Z", 0),
        ("2026-12-16T12:00:00Z", 1),
        ("2026-12-17T12:00:00Z", 1),
    ] {
        let left = scene.until(then).await;
        assert_eq!(of(&left, Kind::Alert).len(), 2 + count, "{then}");
        let heard = heard(&left);
        assert_eq!(heard.len(), count, "{then}");
        for text in heard {
            let says = "The team was told what is missing. If nobody of them reacts, telephone them.";
            assert!(flat(&text).contains(says) && text.contains("case 1"), "{text}");
            assert!(!text.contains("XSA") && !text.contains("approve"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_alarm_names_only_those_whose_approval_is_counted() {
    let mut scene = Scene::open().await.without_authors();
    let version = scene.drafts(1, false).await;
    let now = scene.now;
    scene
        .writes(move |rows| {
            let alice = rows.people().by_address(&ALICE.parse()?)?.unwrap().id;
            rows.advisories().approve(version, alice, 1, now)
        })
        .await;
    let text = flat(&of(&scene.until("2026-12-14T12:00:00Z").await, Kind::Alert)[0].text());
    assert!(text.contains("nobody approved it yet") && !text.contains("only alice"), "{text}");
}
