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
