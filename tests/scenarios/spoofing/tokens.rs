//! Reply addresses in the wrong hands: another person's, a void one, one of another case.

use super::scene::{self, CAROL};
use super::*;

const SOMEBODY_ELSE: &str = "it was sent to a reply address that does not belong to its writer";

/// A mail of Bob's that our server vouches for.
fn bobs(scene: &Scene, to: &str, text: &str) -> String {
    scene.vouched(to, text).replace("Alice Example <alice@", "Bob Example <bob@")
}

#[test]
fn a_reply_address_is_of_use_to_one_person_only() {
    matrix(&[
        Cell("Bob's to Bob", |s| bobs(s, &s.bob, "!status"), Acts(BOB)),
        Cell("Alice's to Bob", |s| bobs(s, &s.alice, "!status"), Refused(&[ALICE, BOB], SOMEBODY_ELSE)),
        Cell(
            "Alice's to Bob, who signs",
            |s| {
                s.unvouched(&s.alice, &scene::signed(&s.key_of("bob"), s.now(), &scene::entity("!title Bob's")))
                    .replace("<alice@", "<bob@")
            },
            Refused(&[ALICE, BOB], SOMEBODY_ELSE),
        ),
        Cell(
            "Alice's to Bob, whose text names the case",
            |s| {
                s.unvouched(&s.alice, &scene::signed(&s.key_of("bob"), s.now(), &scene::entity("case 1\n!title Bob's")))
                    .replace("<alice@", "<bob@")
            },
            Acts(BOB),
        ),
        Cell(
            "nobody's",
            |s| s.vouched("security+aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", "!status"),
            Refused(&[ALICE], "it did not come to a reply address of its writer's own"),
        ),
        Cell(
            "nobody's, to a stranger",
            |s| s.vouched("security+aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", "!status").replace("alice@", "mallory@"),
            Nothing,
        ),
    ]);
}

#[test]
fn who_left_the_team_has_no_reply_address_and_no_signature() {
    matrix(&[
        Cell("his own, void", |s| s.vouched(&s.frank, "!status").replace("<alice@", "<frank@"), Nothing),
        Cell(
            "his own, void, and his signature",
            |s| {
                s.unvouched(&s.frank, &scene::signed(&s.key_of("frank"), s.now(), &scene::entity("!title Frank's")))
                    .replace("<alice@", "<frank@")
            },
            Nothing,
        ),
        Cell(
            "his signature, and the case by name",
            |s| {
                s.unvouched(
                    "security@example.org",
                    &scene::signed(&s.key_of("frank"), s.now(), &scene::entity("case 1\n!title Frank's")),
                )
                .replace("<alice@", "<frank@")
            },
            Nothing,
        ),
        Cell(
            "Alice's, and his signature",
            |s| {
                s.unvouched(&s.alice, &scene::signed(&s.key_of("frank"), s.now(), &scene::entity("!title Frank's")))
                    .replace("<alice@", "<frank@")
            },
            Refused(&[ALICE], "it is signed with a key that is not registered"),
        ),
        Cell(
            "his, to Alice",
            |s| s.vouched(&s.frank, "!status"),
            Refused(&[ALICE], "it did not come to a reply address of its writer's own"),
        ),
        Cell(
            "Carol's, while she is there",
            |s| s.vouched(&s.carol, "!status").replace("<alice@", "<carol@"),
            Acts(CAROL),
        ),
    ]);
}

#[test]
fn a_reply_address_is_for_one_case_only() {
    matrix(&[
        Cell("of the case", |s| s.vouched(&s.alice, "!status"), Acts(ALICE)),
        Cell("of the other case", |s| s.vouched(&s.alice_in_case_2, "!status"), Acts(ALICE)),
        Cell(
            "a signed text that names the other case",
            |s| s.unvouched(&s.alice_in_case_2, &s.alice_signs("case 1\n!title Meant for the first")),
            Refused(&[ALICE], "the text names case 1, and your mail is about case 2"),
        ),
    ]);
}

#[test]
fn only_the_team_says_which_case_a_mail_is_about() {
    let mut scene = Scene::new();
    // Letters to her are encrypted, and opened with it.
    let danas = sequoia_openpgp::serialize::SerializeInto::to_vec(&scene.danas_key.as_tsk()).unwrap();
    std::fs::write(scene.world().dir.join("keys/dana.key"), danas).unwrap();
    let text = scene::entity("case 2\n!status");
    for (who, key, case) in [(DANA, scene.danas_key.clone(), 1), (BOB, scene.key_of("bob"), 2)] {
        scene.next_day();
        let raw = scene.unvouched("security@example.org", &scene::signed(&key, scene.now(), &text));
        let before = scene.record().len();
        scene.mails(&raw.replace(ALICE, who));
        let joined = scene.record().split_off(before).into_iter().find(|line| line.starts_with("join")).unwrap();
        assert!(joined.contains(&format!("| case {case} |")), "{who}: {joined}");
    }
}
