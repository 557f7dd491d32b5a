//! The address that an accepted organisation gave: it confirms itself, alone, with one word; or the organisation is on no
//! list.

use super::decisions::{
    ALIAS, LIST, RATES, VERA, application, applies, by_the_alias, flat, members, notice, says, state,
};
use super::*;
use crate::world::{kinds, the};

/// The application is accepted; gives the reply address of the question to the alias.
fn accepted(world: &mut World) -> String {
    let letters = applies(world);
    let letters = says(world, ALICE, &notice(&letters, ALICE), "a1", "2026-12-07T10:00:00Z", "accept");
    the(&letters, "confirmation", ALIAS).header("Reply-To")
}

fn is_invited(world: &World) -> bool {
    members(world) == [("VM Example Ltd".to_owned(), "invited".to_owned())]
}

#[test]
fn an_address_that_nobody_confirms_is_on_no_list() {
    story("address-never-confirmed", |world| {
        let confirm = accepted(world);
        for day in ["2026-12-14T10:00:00Z", "2026-12-21T10:00:00Z"] {
            let letters = world.at(day).round();
            let told: Vec<_> = kinds(&letters).into_iter().filter(|kind| kind.ends_with(ALIAS)).collect();
            assert_eq!(told, ["reminder security@vm.example.net"]);
            assert_eq!(the(&letters, "reminder", ALIAS).header("Reply-To"), confirm);
        }
        assert!(world.at("2026-12-28T09:59:59Z").round().is_empty());
        let letters = world.at("2026-12-28T10:00:00Z").round();
        assert_eq!(
            kinds(&letters),
            ["notice alice@example.org", "notice bob@example.org", "notice vera@vm.example.net"]
        );
        assert!(flat(the(&letters, "notice", ALICE)).contains("was asked 3 times to confirm itself"));
        assert!(flat(the(&letters, "notice", VERA)).contains("is not on the list"));
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "left".to_owned())]);
        let letters = world.at("2026-12-29T10:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
        assert_eq!(kinds(&letters), ["answer security@vm.example.net"]);
        assert!(flat(&letters[0]).contains("It came too late: this question ended on Mon 2026-12-28 10:00 UTC"));
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "left".to_owned())]);
        assert_eq!(world.json(&["history", "list"]).as_array().unwrap().len(), 0);
    });
}

#[test]
fn only_the_word_alone_confirms_an_address() {
    story("address-unclear-answers", |world| {
        let confirm = accepted(world);
        let from_machine = |extra: &str, text: &str, id: &str| {
            by_the_alias(&confirm, id, text).replacen("From: ", &format!("{extra}\nFrom: "), 1)
        };
        // Machines: nothing, and no answer.
        for (id, extra, text) in [
            ("v1", "Auto-Submitted: auto-replied", "confirm\n\nI am away until Monday."),
            ("v2", "X-Auto-Response-Suppress: All\nPrecedence: auto_reply", "confirm"),
            (
                "v3",
                "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=x",
                "confirm",
            ),
        ] {
            let letters = world.at("2026-12-07T10:30:00Z").mails(&from_machine(extra, text, id));
            assert_eq!(kinds(&letters), [""; 0], "{extra}");
            assert!(is_invited(world), "{extra}");
        }
        // People, or machines that do not say so: asked again, twice.
        let quoted = "> To confirm that this is right, reply to this mail with the word\n> confirm";
        for (id, text, asked) in [
            ("w1", "yes, please", true),
            ("w2", "FYI, who takes care of this?\n\n-------- Forwarded Message --------\nFrom: Xen\n\nconfirm", true),
            ("w3", quoted, false),
            ("w4", "I am out of office. To confirm your meeting, call me.", false),
        ] {
            let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, id, text));
            let again = ["confirmation security@vm.example.net"];
            assert_eq!(kinds(&letters), if asked { &again[..] } else { &[] }, "{text}");
            assert!(is_invited(world), "{text}");
        }
        let letters = world.at("2026-12-07T12:00:00Z").mails(&by_the_alias(&confirm, "w5", "Confirm.\n\n> old mail"));
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Welcome"));
    });
}

#[test]
fn an_address_that_is_somebodys_already_is_not_put_on_the_list() {
    let mut world = World::new(LineEnds::Lf);
    let confirm = accepted(&mut world);
    world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
    let dino = |alias: &str, id: &str| {
        let raw = application(RATES, "ALIAS").replace("vm.example", "dino.example").replace("VM Ex", "Dino Ex");
        raw.replace("ALIAS", alias).replace("<apply-1@", &format!("<{id}@"))
    };
    let letters = world.at("2026-12-08T09:00:00Z").mails(&dino(ALIAS, "d1"));
    let alices = notice(&letters, ALICE);
    let words = format!("found alias {ALIAS}\naccept");
    let letters = says(&mut world, ALICE, &alices, "a2", "2026-12-08T10:00:00Z", &words);
    let why = flat(the(&letters, "refusal", ALICE));
    assert!(why.contains("the address that they gave belongs to the member “VM Example Ltd”"), "{why}");
    for (number, (whose, why)) in [
        (BOB, "somebody in the team"),
        (LIST, "the desk itself"),
        ("security@example.org", "the desk itself"),
        ("xen-devel@lists.xenproject.org", "a public list"),
    ]
    .into_iter()
    .enumerate()
    {
        let day = format!("2026-12-{:02}T09:00:00Z", 9 + number);
        let text = format!("Or rather this one:\n\nThe single (non-personal) email alias you wish added:\n{whose}");
        let raw = dino(ALIAS, &format!("d{}", 2 + number));
        let (head, _) = raw.split_once("\n\n").unwrap();
        let raw = format!("{}\nIn-Reply-To: <d1@dino.example.net>\n\n{text}\n", head);
        world.at(&day).mails(&raw);
        let words = format!("found alias {whose}\naccept");
        let letters = says(&mut world, ALICE, &alices, &format!("x{number}"), &day, &words);
        let told = flat(the(&letters, "refusal", ALICE));
        assert!(told.contains(&format!("the address that they gave belongs to {why}")), "{whose}: {told}");
    }
    assert_eq!(members(&world), [("VM Example Ltd".to_owned(), "active".to_owned())]);
    assert_eq!(state(&world), "accepted", "the first one stays");
}

#[test]
fn two_members_are_two_entries_of_the_history() {
    let mut world = World::new(LineEnds::Lf);
    let first = accepted(&mut world);
    let raw = application(RATES, "security@dino.example.net")
        .replace("vm.example", "dino.example")
        .replace("VM Ex", "Dino Ex");
    let letters = world.at("2026-12-07T10:10:00Z").mails(&raw);
    let letters = says(&mut world, BOB, &notice(&letters, BOB), "b1", "2026-12-07T10:20:00Z", "accept");
    let second = the(&letters, "confirmation", "security@dino.example.net").header("Reply-To");
    assert_ne!(first, second);
    // Each address confirms itself only.
    world.at("2026-12-08T10:00:00Z").mails(&by_the_alias(&second, "c1", "confirm"));
    let states: Vec<String> = members(&world).into_iter().map(|(name, state)| format!("{name} {state}")).collect();
    assert_eq!(states, ["Dino Example Ltd active", "VM Example Ltd invited"]);
    world.at("2026-12-09T10:00:00Z").mails(&by_the_alias(&first, "c2", "confirm"));
    let listed = world.json(&["history", "list"]);
    let entries: Vec<&str> = listed.as_array().unwrap().iter().map(|one| one["entry"].as_str().unwrap()).collect();
    assert_eq!(entries, ["v3.25 Dec 9th 2026: Added VM Example Ltd", "v3.24 Dec 8th 2026: Added Dino Example Ltd"]);
}
