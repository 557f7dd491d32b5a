//! What the team types, and how the desk takes it: understood, or quoted back.

use super::*;
use crate::world::{kinds, the};

const NOW: &str = "2026-12-07T10:00:00Z";

/// Alice's reply address for the team, in a desk with one report.
fn reported(world: &mut World) -> String {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    the(&letters, "relay", ALICE).header("Reply-To")
}

#[test]
fn what_is_not_understood_is_quoted_back_and_nothing_of_the_mail_is_done() {
    story("misread-command", |world| {
        let reply_to = reported(world);
        let text = "!title Overflow in grant_map\n!onwer Bob\n\nBob wants it.\n\nAlice";
        let asks = signed(world, ALICE, &reply_to, "a1", NOW, text);
        let letters = world.at(NOW).mails(&asks);
        assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        let told = the(&letters, "refusal", ALICE).text();
        assert!(told.contains("\nIt says: !onwer Bob\n\n“!onwer” is no command; did you mean “!owner”?\n"), "{told}");
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Guest can read host memory");
        // Corrected and signed anew, all of it is done.
        let asks = signed(
            world,
            ALICE,
            &reply_to,
            "a2",
            NOW,
            &text.replace("onwer", "owner").replace(" Bob\n", " Bob Example\n"),
        );
        let letters = world.mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Overflow in grant_map");
    });
}

#[test]
fn help_is_given_to_whoever_answers_from_their_own_address() {
    let mut world = World::new(LineEnds::Lf);
    let reply_to = reported(&mut world);
    let letters =
        world.at(NOW).mails(&vouched(ALICE, &reply_to, "a1", "!Help.\n\nOn Monday the desk wrote:\n> A new report"));
    let help = the(&letters, "answer", ALICE).text();
    let title =
        "\n- !title TEXT\n  Gives the case another title, of at most 200 characters.\n  Needs your signature.\n";
    assert!(help.contains(title) && help.contains("How we know that it was you: your reply address,"), "{help}");
    // The letter comes back, quoted or not: no command is in it.
    for (id, text) in [("a2", format!("Thanks!\n\n{help}")), ("a3", help.replace('\n', "\n> ")), ("a4", help.clone())] {
        let letters = world.mails(&vouched(ALICE, &reply_to, id, &text));
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"], "{text}");
    }
}

#[test]
fn a_signed_mail_that_names_its_case_is_answered_there_even_if_it_is_not_understood() {
    let mut world = World::new(LineEnds::Lf);
    reported(&mut world);
    let asks = signed(&world, ALICE, "security@example.org", "a1", NOW, "Case 1\n!titel Overflow");
    let letters = world.at(NOW).mails(&asks);
    assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
    assert_eq!(world.json(&["case", "list"]).as_array().map(Vec::len), Some(1), "no new case");
    let asks = signed(&world, ALICE, "security@example.org", "a2", NOW, "Case 1\n!title Overflow");
    assert_eq!(kinds(&world.mails(&asks))[0], "answer alice@example.org");
    assert_eq!(world.json(&["case", "show", "1"])["title"], "Overflow");
}
