//! Mail that was seen on lists: flagged to the team; its label does not change.

use super::*;
use crate::world::{kinds, the};

#[test]
fn a_report_copied_to_a_public_list_is_flagged_and_stays_confidential() {
    story("copied-to-a-public-list", |world| {
        let raw = report()
            .replace("To: security@example.org\n", "To: security@example.org\nCc: XEN-devel@lists.example.org\n");
        let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
        let text = the(&letters, "relay", ALICE).text();
        assert!(text.contains("THIS MAY ALREADY BE PUBLIC") && text.contains("(named in Cc)"), "{text}");
        let flags = &world.json(&["case", "show", "1"])["flags"];
        assert_eq!(flags[0]["public"], true);
        assert!(letters.iter().all(|letter| !letter.to.contains("lists.")));
    });
}

#[test]
fn a_report_that_came_through_a_list_first_is_answered_when_its_author_sends_it_too() {
    story("list-copy-first", |world| {
        let through = report().replacen(
            "From: Dana",
            "List-Id: Xen development <xen-devel.lists.example.org>\nPrecedence: list\nFrom: Dana",
            1,
        );
        let letters = world.at("2026-12-07T09:12:04Z").mails(&through);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert!(letters[0].text().contains("THIS MAY ALREADY BE PUBLIC"));
        let letters = world.at("2026-12-07T09:13:00Z").mails(&report());
        let relays = ["relay alice@example.org", "relay bob@example.org"];
        assert_eq!(kinds(&letters), ["acknowledgement dana@research.example.net", relays[0], relays[1]]);
        let told = the(&letters, "relay", ALICE).text();
        assert!(told.contains("The discoverer is known now") && told.contains(BOTH), "{told}");
        assert_eq!(world.json(&["case", "list"])[0]["reporter"], DANA);
    });
}

#[test]
fn a_report_later_seen_on_a_public_list_is_flagged_when_it_is_seen_there() {
    story("list-copy-later", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let through = report().replacen("From: Dana", "List-Id: <xen-users.lists.example.org>\nFrom: Dana", 1);
        let letters = world.at("2026-12-07T09:20:00Z").mails(&through);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert!(letters[0].text().contains("xen-users@lists.example.org"), "{}", letters[0].text());
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
    });
}
