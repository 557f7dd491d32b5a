//! What leaves when: to the members as soon as it is approved, to everybody at the end of the embargo; held, late, unapproved;
//! at once where there is no embargo.

use super::advisories::{TEXT, answered, asked, begun, digest, says, sends, with_patches};
use super::decisions::by_the_alias;
use super::*;
use crate::world::{Letter, kinds, the};

const MEMBERS: [(&str, &str); 3] = [
    ("Dino Systems", "security@dino.example.net"),
    ("Pony Hosting", "security@pony.example.net"),
    ("VM Example Ltd", "security@vm.example.net"),
];
const HORSE: &str = "security@horse.example.net";
pub(super) const LISTS: [&str; 4] = [
    "oss-security@lists.openwall.com",
    "xen-announce@lists.example.org",
    "xen-devel@lists.example.org",
    "xen-users@lists.example.org",
];

fn flat(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An organisation is put on the list, and its address says that it is right.
fn joins(world: &mut World, name: &str, address: &str, when: &str) -> Vec<Letter> {
    world.at(when).waits(); // The command is given then, too.
    world.does(&["member", "add", name, address]);
    let letters = world.waits();
    let confirm = the(&letters, "confirmation", address).header("Reply-To");
    world.mails(&by_the_alias(&confirm, &format!("c-{address}"), "confirm"))
}

/// Three members; a report of which the team is about to write the advisory; Alice's and Bob's addresses in it. It is to be
/// released on 2026-12-28.
pub(super) fn on_the_list(world: &mut World) -> [String; 2] {
    for (name, address) in MEMBERS {
        joins(world, name, address, "2026-12-07T09:00:00Z");
    }
    let [alice, bob] = begun(world);
    says(world, ALICE, &alice, "07T10:00:00", "!confirm\n!owner alice\n!embargo\n!affects master yes\n!assign 480");
    [alice, bob]
}

/// Alice drafts it; gives the digest that Bob is asked to approve.
pub(super) fn drafts(world: &mut World, alice: &str, when: &str, commands: &str) -> String {
    let text = format!("{commands}\n\n{TEXT}");
    let letters = sends(world, ALICE, alice, when, &with_patches(&text, &["xsa480.patch"]));
    digest(asked(&letters, BOB))
}

fn readers<'l>(letters: &'l [Letter], kind: &str) -> Vec<&'l str> {
    let mut readers: Vec<&str> = letters.iter().filter(|one| one.kind == kind).map(|one| one.to.as_str()).collect();
    readers.sort_unstable();
    readers
}

fn stage(world: &World) -> String {
    world.json(&["case", "show", "1"])["state"].as_str().unwrap().to_owned()
}

#[test]
fn under_embargo_to_the_members_and_at_the_hour_to_the_world() {
    story("disclosure", |world| {
        let [alice, bob] = on_the_list(world);
        let digest = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!cve CVE-2026-12345\n!advisory");
        let letters = says(world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
        assert_eq!(readers(&letters, "predisclosure"), MEMBERS.map(|(_, address)| address));
        let member = the(&letters, "predisclosure", MEMBERS[0].1);
        assert!(
            member.subject().starts_with("[EMBARGOED until Mon 2026-12-28 12:00 UTC] Xen Security Advisory 480 v1")
        );
        assert_eq!(member.header("Embargoed-Until"), "Mon, 28 Dec 2026 12:00:00 +0000");
        assert!(member.text().contains("-----BEGIN PGP SIGNED MESSAGE-----"));
        assert_eq!(member.header("Reply-To"), member.header("To"), "what goes to the list is a question to the team");
        assert_eq!(member.attachments()[0], "xsa480.patch");
        assert_eq!(stage(world), "predisclosed");

        let letters = world.at("2026-12-28T11:59:59Z").waits();
        assert_eq!(readers(&letters, "release"), [""; 0]);
        let reminder = flat(letters.iter().find(|one| one.kind == "reminder").unwrap());
        assert!(!reminder.contains("publish the advisory"), "the desk does it: {reminder}");
        assert!(reminder.contains("Predisclosure: done on Mon 2026-12-07 12:00 UTC"), "{reminder}");
        let letters = world.at("2026-12-28T12:00:00Z").waits();
        let mut expected: Vec<&str> = LISTS.into_iter().chain(MEMBERS.map(|(_, address)| address)).collect();
        expected.sort_unstable();
        assert_eq!(readers(&letters, "release"), expected);
        let public = the(&letters, "release", LISTS[1]);
        assert_eq!(
            public.subject(),
            "Xen Security Advisory 480 v2 (CVE-2026-12345) - Stale mappings survive a second grant"
        );
        assert_eq!((public.header("In-Reply-To"), public.header("References")), (String::new(), String::new()));
        assert!(public.text().starts_with("-----BEGIN PGP SIGNED MESSAGE-----"), "{}", public.text());
        assert_eq!(the(&letters, "notice", DANA).attachments()[0], "xsa-480-v2.txt");
        assert_eq!(stage(world), "released");
        assert_eq!(readers(&world.at("2026-12-28T12:00:01Z").waits(), "release"), [""; 0]);
    });
}

#[test]
fn a_hold_over_the_hour_and_a_release_when_it_ends() {
    story("disclosure-held", |world| {
        let [alice, bob] = on_the_list(world);
        let digest = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!advisory");
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
        let letters = says(world, ALICE, &alice, "27T12:00:00", "!hold the patch for 4.19 breaks migration");
        assert!(answered(&letters, ALICE).contains("Case 1 is held: nothing more of its advisories leaves."));
        assert!(flat(the(&letters, "notice", BOB)).contains("“the patch for 4.19 breaks migration”"));
        let members = "The members have version 1 and may publish on Mon 2026-12-28 12:00 UTC; the discoverer expects that \
                       hour, too. “!embargo DATE WHY” tells the discoverer; the members hear of it only by a new version, which \
                       you have to approve before that.";
        assert!(answered(&letters, ALICE).contains(members), "{}", answered(&letters, ALICE));
        assert!(flat(the(&letters, "notice", BOB)).contains(members));
        let again = says(world, BOB, &bob, "27T12:30:00", "!hold wait");
        assert!(answered(&again, BOB).contains("is held already"));
        let status = says(world, BOB, &bob, "27T12:31:00", "!status");
        let status = answered(&status, BOB);
        assert!(status.contains("predisclosure: done on Mon 2026-12-07 12:00 UTC"), "{status}");
        let letters = world.at("2026-12-28T12:00:00Z").waits();
        assert_eq!(readers(&letters, "release"), [""; 0]);
        assert!(flat(the(&letters, "alert", BOB)).contains("has held it since Sun 2026-12-27 12:00 UTC"));
        let reminders: Vec<String> =
            letters.iter().filter(|one| one.kind == "reminder" && one.to == BOB).map(flat).collect();
        assert!(
            reminders[0].contains("It is HELD by Alice Example, and nothing leaves before “!unhold”."),
            "{reminders:?}"
        );
        assert!(reminders[1].contains("Case 1, HELD by Alice Example, predisclosed"), "{reminders:?}");
        assert!(reminders[1].contains("publication was due Mon 2026-12-28 12:00 UTC: NOT RELEASED"), "{reminders:?}");
        let letters = says(world, BOB, &bob, "28T12:40:00", "!unhold");
        assert!(
            answered(&letters, BOB).contains("XSA-480, version 2, to the public lists and all members, now."),
            "{}",
            answered(&letters, BOB)
        );
        assert_eq!(readers(&letters, "release").len(), 7, "{:?}", kinds(&letters));
        let again = says(world, BOB, &bob, "28T12:50:00", "!unhold");
        assert!(answered(&again, BOB).contains("case 1 is not held"));
    });
}

#[test]
fn what_somebody_publishes_by_hand_the_desk_does_not_send_and_those_who_know_of_it_hear_that() {
    story("disclosure-by-hand", |world| {
        let [alice, bob] = on_the_list(world);
        let digest = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!advisory");
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
        let letters = says(world, BOB, &bob, "28T11:00:00", "!done publish");
        let refused = flat(the(&letters, "refusal", BOB));
        let why = "XSA-480 version 1 is approved, and the desk publishes it by itself on Mon 2026-12-28 12:00 UTC";
        assert!(refused.contains(why), "{refused}");
        assert_eq!(stage(world), "predisclosed");
        let letters = says(world, BOB, &bob, "28T11:10:00", "!hold sent by hand\n!done publish");
        let answer = answered(&letters, BOB);
        let told =
            "As it was approved, XSA-480 version 1 leaves no more. Told that it is public: dana@research.example.net.";
        assert!(answer.contains(told), "{answer}");
        assert!(
            flat(the(&letters, "notice", DANA)).contains("case 1 is public: XSA-480. A program wrote this letter.")
        );
        for one in letters.iter().filter(|one| one.kind == "reminder").map(flat) {
            assert!(!one.contains("the advisory (step"), "it is written: {one}");
        }
        assert_eq!(stage(world), "released");
        let letters = world.at("2026-12-28T13:00:00Z").waits();
        assert_eq!((readers(&letters, "release"), readers(&letters, "alert")), (vec![], vec![]));
        let letters = says(world, BOB, &bob, "28T13:10:00", "!unhold");
        assert_eq!(readers(&letters, "release"), [""; 0], "{:?}", kinds(&letters));
        assert!(letters.iter().all(|one| !one.subject().contains("approve")), "{:?}", kinds(&letters));
    });
}

#[test]
fn an_alarm_is_answered_by_whoever_published_by_hand_and_nobody_is_asked_to_approve_it_any_more() {
    story("disclosure-by-hand-unapproved", |world| {
        let [alice, bob] = on_the_list(world);
        drafts(world, &alice, "27T15:00:00", "!deploy patches\n!advisory");
        let letters = world.at("2026-12-28T12:00:00Z").waits();
        assert!(flat(the(&letters, "alert", BOB)).contains("If somebody sent it by hand, say “!done publish”."));
        let letters = says(world, BOB, &bob, "28T12:10:00", "!done publish");
        assert!(answered(&letters, BOB).contains("the advisory is public, and case 1 is released"));
        let later = world.at("2026-12-28T16:00:00Z").waits();
        for one in letters.iter().chain(&later) {
            assert!(!one.subject().contains("approve") && one.kind != "alert", "{}", one.subject());
        }
        assert_eq!(stage(world), "released");
    });
}

#[test]
fn unapproved_at_the_hour_nothing_leaves_and_every_hour_is_an_alarm() {
    story("disclosure-unapproved", |world| {
        let [alice, bob] = on_the_list(world);
        let alarm = |letters: &[Letter]| flat(the(letters, "alert", BOB));
        let day = alarm(&world.at("2026-12-27T12:00:00Z").waits());
        assert!(day.contains("XSA-480: nothing is drafted that could be approved."), "{day}");
        let digest = drafts(world, &alice, "27T15:00:00", "!deploy patches\n!advisory");
        let hour = alarm(&world.at("2026-12-28T11:00:00Z").waits());
        assert!(hour.contains(&format!("“approve {}”", &digest[..16])), "{hour}");
        for late in ["2026-12-28T12:00:00Z", "2026-12-28T13:00:00Z", "2026-12-28T14:30:00Z"] {
            let letters = world.at(late).waits();
            assert_eq!((readers(&letters, "release"), readers(&letters, "predisclosure")), (vec![], vec![]), "{late}");
            assert!(alarm(&letters).contains("ended on Mon 2026-12-28 12:00 UTC, and not everything left"), "{late}");
            for one in letters.iter().filter(|one| one.kind == "reminder").map(flat) {
                assert!(!one.contains("“advisory” is missing"), "it is drafted: {one}");
            }
        }
        // Members will not have it before everybody: what leaves is the first version, and is approved as such.
        let letters = says(world, BOB, &bob, "28T14:40:00", &format!("approve {digest}"));
        assert!(answered(&letters, BOB).contains("void"), "{}", answered(&letters, BOB));
        let digest = world.json(&["advisory", "show", "480"])["digest"].as_str().unwrap().to_owned();
        let letters = says(world, BOB, &bob, "28T14:45:00", &format!("approve {digest}"));
        assert_eq!((readers(&letters, "release").len(), readers(&letters, "predisclosure").len()), (7, 0));
        for one in letters.iter().filter(|one| one.kind == "reminder").map(flat) {
            assert!(!one.contains("predisclosure list"), "everybody knows: {one}");
        }
        assert_eq!(readers(&world.at("2026-12-28T16:00:00Z").waits(), "alert"), [""; 0]);
    });
}

#[test]
fn who_joins_late_gets_it_when_the_team_says_so() {
    story("disclosure-late-member", |world| {
        let [alice, bob] = on_the_list(world);
        let early = says(world, BOB, &bob, "07T10:30:00", "!predisclose dino");
        assert!(answered(&early, BOB).contains("nothing of case 1 is with the members under embargo"));
        let digest = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!advisory");
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
        let letters = joins(world, "Horse Linux", HORSE, "2026-12-08T09:00:00Z");
        assert_eq!(readers(&letters, "predisclosure"), [""; 0], "nobody said so");
        let told = letters.iter().filter(|one| one.to == BOB).map(flat).find(|text| text.contains("!predisclose"));
        assert!(told.unwrap().contains("“!predisclose security@horse.example.net”"));
        let letters = says(world, BOB, &bob, "08T10:00:00", "!predisclose horse");
        assert!(answered(&letters, BOB).contains("“Horse Linux” is sent XSA-480, version 1."));
        assert_eq!(readers(&letters, "predisclosure"), [HORSE]);
        for (at, text, why) in [
            ("08T11:00:00", "!predisclose horse", "was sent XSA-480, version 1 already"),
            ("08T12:00:00", "!predisclose cow", "there is no member “cow”"),
        ] {
            let letters = says(world, BOB, &bob, at, text);
            assert!(answered(&letters, BOB).contains(why), "{}", answered(&letters, BOB));
            assert_eq!(readers(&letters, "predisclosure"), [""; 0]);
        }
    });
}

#[test]
fn what_is_used_in_attacks_is_released_as_soon_as_it_is_approved() {
    story("disclosure-exploited", |world| {
        let [alice, bob] = on_the_list(world);
        let first = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!advisory");
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {first}"));
        let letters = says(world, ALICE, &alice, "09T10:00:00", "!exploited two hosts were taken over\n!release now");
        assert_eq!(readers(&letters, "release"), [""; 0], "nobody approved that text");
        let ended = letters.iter().find(|one| one.to == BOB && one.text().contains("DUE NOW")).unwrap();
        let members = "The members were not told; they hear of it by the advisory, when it is approved.";
        assert!(flat(ended).contains(members) && answered(&letters, ALICE).contains(members), "{}", ended.text());
        let shown = letters.iter().find(|one| one.to == BOB && one.text().contains("“approve ")).unwrap();
        let letters = says(world, BOB, &bob, "09T10:05:00", &format!("approve {}", digest(shown)));
        assert_eq!(readers(&letters, "release").len(), 7, "{:?}", kinds(&letters));
        assert_eq!(stage(world), "released");
    });
}

#[test]
fn what_is_no_problem_of_ours_leaves_no_more_and_is_approved_no_more() {
    story("disclosure-over", |world| {
        let [alice, bob] = on_the_list(world);
        let digest = drafts(world, &alice, "07T11:00:00", "!deploy patches\n!advisory");
        says(world, ALICE, &alice, "07T11:30:00", "!hold it may be none");
        let again = says(world, BOB, &bob, "07T11:40:00", "!hold it is none");
        assert!(answered(&again, BOB).contains("Your reason was not kept."));
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
        let letters = says(world, ALICE, &alice, "07T12:30:00", "!invalid it is documented so");
        assert!(answered(&letters, ALICE).contains("The approved version of XSA-480 does not leave any more."));
        let letters = says(world, BOB, &bob, "07T13:00:00", &format!("approve {digest}"));
        assert!(answered(&letters, BOB).contains("the case is closed"), "{}", answered(&letters, BOB));
        let letters = says(world, BOB, &bob, "07T13:10:00", "!unhold clock");
        assert!(answered(&letters, BOB).contains("nobody doubts the clock"), "{}", answered(&letters, BOB));
    });
}
