//! Who may let a post through, and under whose name it leaves.
#![cfg(test)]

use super::scene::{ALICE, BOB, CAROL, LIST, MEMBERS, Place, SECURITY, Scene, Written, place};
use crate::mail::letter::Kind;
use crate::mail::secret::Purpose;
use crate::policy::discuss::From;
use crate::rules::label::CaseId;
use crate::store::Store;
use crate::store::held::{PostId, State};

/// Plays a scene at this place.
async fn play(place: Place, scene: impl FnOnce(&mut Scene<'_>) + Send + 'static) {
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        scene(&mut Scene::new(rows, &place));
        Ok(())
    });
    played.await.unwrap();
}

fn posts(scene: &mut Scene<'_>, from: &str, text: &str) -> PostId {
    let subject = format!("Post {}", scene.mails);
    scene.comes(&Written { from, to: LIST, subject: &subject, text, vouched: true, signed: None });
    scene.letters();
    scene.posts().pop().unwrap().id
}

/// What was written after somebody said this at their own reply address.
fn says(scene: &mut Scene<'_>, who: &str, post: PostId, text: &str) -> Vec<(Kind, String, String)> {
    let to = scene.reply_address(who, Purpose::Moderate, post).unwrap_or_else(|| SECURITY.to_owned());
    scene.comes(&Written { from: who, to: &to, subject: "Re: Held", text, vouched: true, signed: None });
    let letters = scene.letters().into_iter();
    let shown = letters.map(|stored| {
        let body = stored.letter.body.value().split_whitespace().collect::<Vec<_>>().join(" ");
        (stored.letter.kind, stored.letter.subject.value().clone(), body)
    });
    shown.collect()
}

fn state(scene: &Scene<'_>, post: PostId) -> State {
    scene.rows.held().get(post).unwrap().unwrap().state
}

#[tokio::test]
async fn nobody_lets_a_post_of_their_own_through_unless_the_profile_says_so() {
    for own in [false, true] {
        let mut place = place();
        place.policy.profile.discuss.approve_own = own;
        play(place, move |scene| {
            let post = posts(scene, ALICE, "Here is what the team found.");
            let said = says(scene, ALICE, post, "approve");
            assert_eq!(state(scene, post), if own { State::Approved } else { State::Held });
            assert_eq!(said.iter().any(|(_, _, body)| body.contains("it is your own")), !own, "{said:?}");
            says(scene, BOB, post, "approve");
            assert_eq!(state(scene, post), State::Approved, "of the team: no stranger");
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_is_no_moderator_decides_nothing_and_is_not_shown_the_post() {
    play(place(), |scene| {
        let post = posts(scene, MEMBERS[0].1, "Our fixed packages are available.");
        assert_eq!(scene.reply_address(CAROL, Purpose::Moderate, post), None);
        let text = format!("post {post}\napprove");
        let signed = Some(scene.signature(CAROL, &text, "carols"));
        scene.comes(&Written { from: CAROL, to: SECURITY, subject: "x", text: &text, vouched: true, signed });
        let letters = scene.letters();
        assert_eq!(state(scene, post), State::Held);
        assert!(letters.iter().any(|stored| stored.letter.body.value().contains("no moderator")));
        assert!(letters.iter().all(|stored| stored.letter.kind != Kind::Post));
    })
    .await;
}

#[tokio::test]
async fn a_moderator_who_is_one_no_more_decides_nothing() {
    play(place(), |scene| {
        let post = posts(scene, MEMBERS[0].1, "Our fixed packages are available.");
        assert!(scene.rows.people().leave_team(scene.person(BOB)).unwrap());
        says(scene, BOB, post, "approve");
        assert_eq!(state(scene, post), State::Held);
        assert!(scene.rows.people().join_team(scene.person(BOB), false, scene.now).unwrap());
        says(scene, BOB, post, "approve");
        assert_eq!(state(scene, post), State::Held, "in the team again, and no moderator");
    })
    .await;
}

#[tokio::test]
async fn a_post_whose_author_left_meanwhile_is_not_distributed() {
    play(place(), |scene| {
        use crate::store::members::State::{Active, Left};
        let post = posts(scene, MEMBERS[0].1, "Our fixed packages are available.");
        let member = scene.rows.members().of_person(scene.person(MEMBERS[0].1)).unwrap().unwrap();
        assert!(scene.rows.members().change(member.id, Active, Left, scene.now).unwrap());
        let said = says(scene, ALICE, post, "approve");
        assert!(said.iter().any(|(_, _, body)| body.contains("never distributed")), "{said:?}");
        assert_eq!(state(scene, post), State::Held);
    })
    .await;
}

#[tokio::test]
async fn the_profile_says_under_whose_name_a_copy_leaves() {
    for (from, rewritten) in [(From::Auto, false), (From::Never, false), (From::Always, true)] {
        let mut place = place();
        place.policy.profile.discuss.from = from;
        play(place, move |scene| {
            let post = posts(scene, MEMBERS[0].1, "Our fixed packages are available.");
            let to = scene.reply_address(ALICE, Purpose::Moderate, post).unwrap();
            let text = "approve";
            scene.comes(&Written { from: ALICE, to: &to, subject: "Re", text, vouched: true, signed: None });
            let letters = scene.letters();
            let brings = letters.iter().find_map(|stored| stored.letter.post.clone()).expect("distributed");
            let via = format!("{} via xen-security-issues-discuss", MEMBERS[0].1);
            assert_eq!(brings.via, rewritten.then_some(via));
        })
        .await;
    }
}

#[tokio::test]
async fn a_post_is_looked_at_for_cases_that_are_not_public() {
    play(place(), |scene| {
        let text = "a guest can read host memory";
        let subject = "XSA-77 CVE-2026-4711: leak";
        scene.comes(&Written { from: "dana@example.net", to: SECURITY, subject, text, vouched: true, signed: None });
        assert!(scene.rows.cases().get(CaseId(1)).unwrap().is_some());
        let post = posts(scene, MEMBERS[0].1, "Is case 1 the same as cve-2026-4711? See also XSA-78.");
        let reasons = scene.rows.held().get(post).unwrap().unwrap().reasons;
        assert_eq!(
            reasons,
            [
                "It names case 1, which is not public.",
                "It names CVE-2026-4711, which stands for case 1; that is not public."
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn however_many_wait_only_what_is_due_is_looked_at() {
    play(place(), |scene| {
        for _ in 0..5 {
            posts(scene, MEMBERS[0].1, "Our fixed packages are available.");
            scene.now += jiff::SignedDuration::from_hours(24);
        }
        let discuss = scene.place.policy.profile.discuss.clone();
        let due = |scene: &Scene<'_>| super::waiting::due(scene.rows, &discuss, scene.now).unwrap();
        assert_eq!(due(scene).len(), 5, "each is a day old at least");
        scene.ticks();
        assert!(due(scene).is_empty());
        let written = scene.letters().iter().filter(|stored| stored.letter.kind == Kind::Reminder).count();
        assert_eq!(written, 10, "one to each moderator, also of those that missed one");
        scene.now += jiff::SignedDuration::from_hours(24);
        let next: Vec<(i64, super::waiting::Overdue)> =
            due(scene).into_iter().map(|(post, what)| (post.id.0, what)).collect();
        assert_eq!(next, [(4, super::waiting::Overdue::Remind(2))]);
    })
    .await;
}
