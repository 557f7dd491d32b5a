//! The team tells the desk what to do.

use super::*;
use crate::world::{kinds, the};

#[test]
fn a_signed_command_gives_a_case_another_title() {
    story("signed-command", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let reply_to = the(&letters, "relay", ALICE).header("Reply-To");
        let asks =
            signed(world, ALICE, &reply_to, "a1", "2026-12-07T10:00:00Z", "!title Overflow in grant_map\n\nAlice");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Overflow in grant_map");
    });
}

#[test]
fn a_command_that_is_only_quoted_is_asked_about_and_never_obeyed() {
    story("quoted-command", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let both = the(&letters, "relay", ALICE).address_after(BOTH);
        let quote =
            "On Mon, Dec 07, 2026 at 09:12:04AM +0000, Dana Doe wrote:\n> Which title will it have?\n> !title Stolen";
        let alice = "Alice Example <alice@example.org>";
        // Nobody can tell what is typed: a question back, and nothing of it goes to the discoverer.
        for (id, text) in [("a1", quote.to_owned()), ("a2", format!("{quote}\n!title Overflow in grant_map"))] {
            let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(alice, &both, id, &text));
            assert_eq!(
                kinds(&letters),
                ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]
            );
            assert_eq!(world.json(&["case", "show", "1"])["title"], "Guest can read host memory");
        }
        // Signed and below the quote, after an empty line: the one that is typed.
        let text = format!("{quote}\n\n!title Overflow in grant_map\n-- \nAlice");
        let asks = signed(world, ALICE, &both, "a3", "2026-12-07T10:00:00Z", &text);
        let letters = world.at("2026-12-07T10:05:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Overflow in grant_map");
    });
}
