//! From the approval to the end of the embargo, and what comes between.

use super::scene::*;
use crate::mail::letter::{Audience, Kind};
use crate::rules::life::State;
use crate::store::advisories::Stage;

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_is_approved_goes_to_the_members_at_once_and_at_the_hour_to_everybody() {
    let mut scene = Scene::open().await;
    let draft = scene.drafts(1, false).await;
    assert!(scene.ticks().await.is_empty(), "nobody approved it");
    scene.approves(draft).await;
    let left = scene.ticks().await;
    let [members] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert_eq!(readers(members), MEMBERS.map(|(_, address)| address));
    assert_eq!(members.letter.to[0].address.as_str(), LIST);
    assert_eq!(
        members.letter.subject.value(),
        "[EMBARGOED until Tue 2026-12-15 12:00 UTC] Xen Security Advisory 480 v1 (CVE-2026-12345) - stale mapping of a grant"
    );
    assert_eq!(members.letter.advisory.map(|it| (it.version, it.text)), Some((draft, Audience::Members)));
    assert!(flat(&members.text()).contains("You may say only that an issue exists"), "{}", members.text());
    assert_eq!((left.len(), scene.state().await), (1, State::Predisclosed));
    assert!(scene.ticks().await.is_empty(), "nothing is due twice");

    scene.delivers("").await;
    scene.after(0).await;
    assert_eq!(scene.next().await, Some(at("2026-12-14T12:00:00Z")), "a day before the release it is looked at");
    assert!(of(&scene.until("2026-12-15T11:59:59.999Z").await, Kind::Release).is_empty());
    assert_eq!(scene.next().await, Some(at(RELEASE)));
    let left = scene.until(RELEASE).await;
    let [public, copy] = of(&left, Kind::Release)[..] else { panic!("two letters") };
    let lists = ["xen-announce", "xen-devel", "xen-users"].map(|name| format!("{name}@lists.example.org"));
    assert_eq!(readers(public)[..3], lists);
    assert_eq!(public.letter.cc[0].address.as_str(), "security@example.org");
    assert_eq!(
        public.letter.subject.value(),
        "Xen Security Advisory 480 v2 (CVE-2026-12345) - stale mapping of a grant",
        "the public version is the next one"
    );
    assert_eq!((&public.letter.thread, public.letter.body.value().as_str()), (&Default::default(), ""));
    assert_eq!(readers(copy), MEMBERS.map(|(_, address)| address));
    assert_eq!(copy.letter.advisory, public.letter.advisory);
    let told: Vec<&str> = of(&left, Kind::Notice).into_iter().flat_map(readers).collect();
    assert_eq!(told, [ALICE, BOB, DANA, "carol@example.com"]);
    let dana = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [DANA]).unwrap();
    assert_eq!(dana.letter.enclosures.len(), 1, "the text is attached");
    assert_eq!(scene.state().await, State::Released);
    assert_eq!(scene.version(draft).await.stage, Stage::Released);
    assert!(scene.ticks().await.is_empty(), "nothing is due twice");
}

#[tokio::test]
async fn a_hold_over_the_hour_lets_nothing_leave_until_it_ends() {
    let mut scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene.holds().await;
    assert!(scene.ticks().await.is_empty());
    for then in [RELEASE, "2026-12-15T13:30:00Z"] {
        let left = scene.until(then).await;
        assert!(of(&left, Kind::Release).is_empty() && of(&left, Kind::Predisclosure).is_empty(), "{then}");
    }
    scene.unholds().await;
    let left = scene.ticks().await;
    assert_eq!(
        (of(&left, Kind::Release).len(), of(&left, Kind::Predisclosure).len()),
        (2, 0),
        "members get it as public"
    );
    assert_eq!(scene.version(version).await.released_at, Some(scene.now));
    let team = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [ALICE]).unwrap().text();
    assert!(flat(&team).contains("Its hour was Tue 2026-12-15 12:00 UTC."), "{team}");
}

#[tokio::test]
async fn a_newer_draft_blocks_nothing_and_one_that_is_approved_takes_the_place_of_the_one_before() {
    let mut scene = Scene::open().await;
    let first = scene.approved(1).await;
    scene.ticks().await;
    let second = scene.drafts(2, false).await;
    assert!(of(&scene.after(1).await, Kind::Predisclosure).is_empty());
    scene.approves(second).await;
    let left = scene.after(1).await;
    let [members] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert!(flat(&members.text()).contains("takes the place of the version that you got before"), "{}", members.text());
    let third = scene.drafts(3, false).await;
    let left = scene.until(RELEASE).await;
    let released = of(&left, Kind::Release)[0];
    assert_eq!(released.letter.advisory.unwrap().version, second);
    assert!(released.text().starts_with("Xen Security Advisory 480 v3"), "{}", released.text());
    assert!(scene.version(first).await.void_at.is_some(), "it is not released after the other");
    assert_eq!(scene.version(third).await.stage, Stage::Draft);
}

#[tokio::test]
async fn what_was_approved_with_other_dates_does_not_leave() {
    let scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene
        .writes(|rows| {
            let from = rows.cases().get(CASE)?.unwrap().proposal;
            let to = crate::rules::schedule::Proposal { release_at: at("2026-12-16T12:00:00Z"), ..from };
            rows.embargoes().set_dates(CASE, from, to, Some(at("2026-12-08T12:00:00Z")))
        })
        .await;
    assert!(of(&scene.ticks().await, Kind::Predisclosure).is_empty());
    let stopped = scene.version(version).await;
    assert_eq!(
        (stopped.stage, stopped.void_why.as_str()),
        (Stage::Approved, "what would leave is not what was approved")
    );
}

#[tokio::test]
async fn without_an_embargo_an_approved_version_is_released_at_once_and_so_is_the_next() {
    let mut scene = Scene::open().await;
    let now = scene.now;
    scene.writes(move |rows| rows.cases().go(CASE, State::Embargoed, State::Public, now)).await;
    scene.writes(move |rows| rows.embargoes().became_known(CASE, crate::store::embargoes::Known::Exploited, now)).await;
    let first = scene.approved(1).await;
    let left = scene.ticks().await;
    assert_eq!((of(&left, Kind::Release).len(), of(&left, Kind::Predisclosure).len()), (2, 0));
    assert_eq!(scene.version(first).await.current(), 1);
    let second = scene.approved(2).await;
    let left = scene.after(60).await;
    assert_eq!(of(&left, Kind::Release)[0].letter.advisory.unwrap().version, second);
    let dana = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [DANA]).unwrap().text();
    assert!(flat(&dana).contains("there is another version"), "{dana}");
}

#[tokio::test]
async fn after_the_clock_jumped_nothing_leaves_before_a_person_says_that_it_is_right() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    scene.writes(|rows| crate::store::testing::clock_jumped(rows, "2026-12-08T12:00:00Z", 7200)).await;
    assert!(of(&scene.ticks().await, Kind::Predisclosure).is_empty());
    assert!(of(&scene.until(RELEASE).await, Kind::Release).is_empty());
    let now = scene.now;
    assert!(scene.writes(move |rows| rows.advisories().clock_is_right(ALICE, now)).await);
    assert_eq!(of(&scene.ticks().await, Kind::Release).len(), 2);
}
