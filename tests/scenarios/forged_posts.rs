//! Posts to -discuss that somebody made to look like a member's, or that would show members what is not theirs.

use super::decisions::{ALIAS, applies, by_the_alias, flat, notice, says};
use super::*;
use crate::world::{kinds, the};

const LIST: &str = "xen-security-issues-discuss@lists.example.org";
const STAMP: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=vm.example.net\n";

/// VM Example Ltd is a member; the reply address at which it asks the team.
fn member(world: &mut World) -> String {
    let letters = applies(world);
    let letters = says(world, ALICE, &notice(&letters, ALICE), "a1", "2026-12-07T10:00:00Z", "accept");
    let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
    the(&letters, "notice", ALIAS).header("Reply-To").trim_matches(['<', '>']).to_owned()
}

fn post(id: &str, stamp: &str, to: &str, text: &str) -> String {
    format!(
        "Delivered-To: {LIST}\n{stamp}From: VM Example security <{ALIAS}>\nTo: {to}\nSubject: Fixed packages\n\
         Date: Mon, 07 Dec 2026 12:00:00 +0000\nMessage-ID: <{id}@vm.example.net>\n\n{text}\n"
    )
}

#[test]
fn a_forged_copy_that_comes_first_does_not_take_the_place_of_the_post() {
    let mut world = World::new(LineEnds::Lf);
    member(&mut world);
    let forged = post("p1", "", LIST, "Our packages are ready.");
    let letters = world.at("2026-12-07T12:00:00Z").mails(&forged);
    let shown = flat(the(&letters, "notice", ALICE));
    assert!(shown.contains("Nothing proves who sent it"), "{shown}");
    let letters = world.at("2026-12-07T12:01:00Z").mails(&post("p1", STAMP, LIST, "Our packages are ready."));
    let to = notice(&letters, ALICE);
    assert!(flat(the(&letters, "notice", ALICE)).contains("our mail server vouches for that"));
    let letters = world.at("2026-12-07T12:02:00Z").mails(&vouched(ALICE, &to, "m1", "approve"));
    assert!(kinds(&letters).contains(&format!("post {ALIAS}")), "{:?}", kinds(&letters));
    let letters = world.at("2026-12-07T12:03:00Z").mails(&format!("X-Way: another\n{forged}"));
    assert_eq!(kinds(&letters), [""; 0], "what is forged afterwards is the same mail");
}

#[test]
fn a_post_that_shows_somebodys_reply_address_goes_to_nobody() {
    for hidden in [false, true] {
        let mut world = World::new(LineEnds::Lf);
        let question = member(&mut world);
        let encoded = data_encoding::BASE64.encode(format!("Write to {question}.\n").as_bytes());
        let raw = match hidden {
            false => post("p1", STAMP, &format!("{LIST}, {question}"), "Our packages are ready."),
            true => post("p1", STAMP, LIST, &encoded)
                .replace("\n\n", "\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"),
        };
        let letters = world.at("2026-12-07T12:00:00Z").mails(&raw);
        let shown = flat(the(&letters, "notice", ALICE));
        assert!(shown.contains("It shows a reply address of ours that is somebody's own"), "{shown}");
        let to = notice(&letters, ALICE);
        let letters = world.at("2026-12-07T12:02:00Z").mails(&vouched(ALICE, &to, "m1", "approve"));
        assert!(!kinds(&letters).iter().any(|kind| kind.starts_with("post")), "{:?}", kinds(&letters));
        assert_eq!(world.json(&["held", "list"])[0]["state"], "held");
    }
}

#[test]
fn a_member_asks_for_another_address_a_few_times_a_day() {
    let mut world = World::new(LineEnds::Lf);
    let question = member(&mut world);
    let asks = |world: &mut World, number: usize| {
        let raw = by_the_alias(&question, &format!("q{number}"), &format!("address other{number}@vm.example.net"));
        kinds(&world.at(&format!("2026-12-07T12:0{number}:00Z")).mails(&raw)).len()
    };
    for (number, letters) in [(1, 2), (2, 2), (3, 2), (4, 0), (5, 0)] {
        assert_eq!(asks(&mut world, number), letters, "ask {number}");
    }
}
