//! Somebody joins the team by mail: they ask, a member vouches, another accepts, they agree to the embargo. Until then
//! they see nothing of any case.

use super::readers::{demands_encryption, has_key};
use super::*;
use crate::world::{Letter, kinds, the};

const VERA: &str = "vera@vendor.example.net";

/// Vera's mail: she asks to join.
fn asks() -> String {
    mail(
        "From: Vera Vendor <vera@vendor.example.net>
To: security@example.org
Subject: Joining the security team
Date: Mon, 07 Dec 2026 09:00:00 +0000
Message-ID: <ask-1@vendor.example.net>",
        "Dear team,\n\nI take care of security at Vendor, and would like to join you.\n\nVera",
    )
}

/// A mail of Vera's to a reply address, through her own server.
fn by_vera(to: &str, id: &str, text: &str) -> String {
    vouched("Vera Vendor <vera@vendor.example.net>", to, id, text)
        .replace("header.from=example.org", "header.from=vendor.example.net")
}

/// A mail with a certificate attached.
fn with_key(raw: &str, certificate: &str) -> String {
    let (header, text) = raw.split_once("\n\n").unwrap();
    format!(
        "{header}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n--m\nContent-Type: application/pgp-keys; name=\"vera.asc\"\n\n{certificate}\n--m--\n"
    )
}

/// She asked, and Alice vouches for her. Gives what left then, and Alice's and Bob's reply addresses in that case.
fn vouched_for(world: &mut World, raw: &str) -> (Vec<Letter>, [String; 2]) {
    let letters = world.at("2026-12-07T09:00:00Z").mails(raw);
    let reply_to = [ALICE, BOB].map(|who| the(&letters, "relay", who).header("Reply-To"));
    let words = "!vouch Vera Vendor <vera@vendor.example.net>\n\nI know her from the conference.";
    let raw = signed(world, ALICE, &reply_to[0], "v1", "2026-12-07T10:00:00Z", words);
    (world.at("2026-12-07T10:00:00Z").mails(&raw), reply_to)
}

/// The reply address of a question.
fn question(letters: &[Letter], kind: &str, to: &str) -> String {
    the(letters, kind, to).header("Reply-To")
}

fn team(world: &World) -> Vec<(String, String)> {
    let listed = world.json(&["team", "list"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(|row| (text(&row["address"]), text(&row["state"]))).collect()
}

fn state_of(world: &World) -> Option<String> {
    team(world).into_iter().find(|(address, _)| address == VERA).map(|(_, state)| state)
}

#[test]
fn from_the_request_to_the_first_report() {
    story("joining", |world| {
        let key = std::fs::read_to_string(has_key(world, VERA, None)).unwrap();
        let (letters, [alices, bobs]) = vouched_for(world, &with_key(&asks(), &key));
        assert!(letters.iter().all(|letter| letter.to != VERA), "she hears nothing before another member accepts");
        assert_eq!(state_of(world).as_deref(), Some("vouched"));
        let accept = question(&letters, "notice", BOB);
        let raw = signed(world, BOB, &accept, "b1", "2026-12-07T11:00:00Z", "accept\n\nGood to have her.");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
        let to_vera: Vec<&Letter> = letters.iter().filter(|letter| letter.to == VERA).collect();
        assert_eq!(to_vera.len(), 1);
        assert_eq!(state_of(world).as_deref(), Some("accepted"));
        assert!(world.does(&["status"]).contains("joining vera@vendor.example.net"));
        let join = question(&letters, "confirmation", VERA);

        let letters = world.at("2026-12-07T12:00:00Z").mails(&by_vera(&join, "agree-1", "agree\n\nGladly. Vera"));
        assert_eq!(state_of(world).as_deref(), Some("active"));
        assert!(the(&letters, "notice", VERA).subject().contains("Welcome"));
        assert_eq!(world.json(&["case", "show", "1"])["state"], "closed");
        assert_eq!(registered(world), [] as [&str; 0], "nobody has compared her fingerprint yet");

        let fingerprint = embargod::openpgp::Certificate::read(key.as_bytes()).unwrap().fingerprint();
        let says = format!("!key {fingerprint} for {VERA}");
        for (who, to, id) in [(ALICE, &alices, "a2"), (BOB, &bobs, "b2")] {
            let raw = signed(world, who, to, id, "2026-12-07T13:00:00Z", &says);
            world.at("2026-12-07T13:00:00Z").mails(&raw);
        }
        assert_eq!(registered(world), [fingerprint]);

        let letters = world.at("2026-12-07T14:00:00Z").mails(&report());
        assert!(the(&letters, "relay", VERA).opened.is_some(), "her first report, encrypted to her");
    });
}

fn registered(world: &World) -> Vec<String> {
    let listed = world.json(&["key", "list"]);
    let theirs = listed.as_array().unwrap().iter().filter(|row| row["holder"] == VERA);
    theirs.map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nobody_accepts_their_own_candidate_and_nobody_unproven_does() {
    story("joining-refused", |world| {
        let (letters, [alices, _]) = vouched_for(world, &asks());
        assert!(letters.iter().all(|letter| letter.to != ALICE || letter.kind != "notice"), "Alice is not asked");
        let accept = question(&letters, "notice", BOB);
        let as_written = |letters: &[Letter], who: &str| {
            the(letters, "refusal", who).text().split_whitespace().collect::<Vec<_>>().join(" ")
        };

        let own = signed(world, ALICE, &accept, "a1", "2026-12-07T10:10:00Z", "accept");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&own);
        for who in [ALICE, BOB] {
            assert!(as_written(&letters, who).contains("a reply address that does not belong to its writer"));
        }
        let unsigned = vouched("Bob Example <bob@example.org>", &accept, "b1", "accept");
        let letters = world.at("2026-12-07T10:20:00Z").mails(&unsigned);
        assert!(as_written(&letters, BOB).contains("not signed with a registered certificate"));
        let unclear = signed(world, BOB, &accept, "b2", "2026-12-07T10:30:00Z", "Who is she?");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&unclear);
        assert!(as_written(&letters, BOB).contains("it does not begin with “accept” or “refuse”"));
        assert!(the(&letters, "relay", ALICE).text().contains("bob@example.org"), "what he asks reaches the team");
        assert_eq!(state_of(world).as_deref(), Some("vouched"));

        let others =
            signed(world, ALICE, &alices, "a2", "2026-12-07T10:40:00Z", "!vouch Dana Doe <dana@research.example.net>");
        let letters = world.at("2026-12-07T10:40:00Z").mails(&others);
        assert!(as_written(&letters, ALICE).contains("this case was not opened by dana@research.example.net"));

        let refuses = signed(world, BOB, &accept, "b3", "2026-12-07T11:00:00Z", "refuse");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&refuses);
        assert!(letters.iter().all(|letter| letter.to != VERA));
        assert_eq!(state_of(world), None);
        assert_eq!(world.json(&["case", "show", "1"])["state"], "closed");
    });
}

#[test]
fn who_does_not_agree_at_their_own_address_does_not_join() {
    story("joining-declined", |world| {
        let (letters, _) = vouched_for(world, &asks());
        let accept = question(&letters, "notice", BOB);
        let raw = signed(world, BOB, &accept, "b1", "2026-12-07T11:00:00Z", "accept");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
        let join = question(&letters, "confirmation", VERA);
        let forged = by_vera(&join, "agree-1", "agree").replace("dmarc=pass", "dmarc=fail");
        let by_another = vouched("Mallory <mallory@example.org>", &join, "agree-2", "agree");
        for (minute, raw) in
            [("00", forged), ("10", by_another), ("20", by_vera(&join, "agree-3", "What is it about?"))]
        {
            let letters = world.at(&format!("2026-12-07T12:{minute}:00Z")).mails(&raw);
            assert_eq!(the(&letters, "refusal", VERA).subject(), "[Xen] An answer in your name did NOT count");
            assert_eq!(state_of(world).as_deref(), Some("accepted"));
        }
        let letters = world.at("2026-12-07T13:00:00Z").mails(&by_vera(&join, "no-1", "decline"));
        assert_eq!(
            kinds(&letters),
            ["notice alice@example.org", "notice bob@example.org", "relay alice@example.org", "relay bob@example.org"]
        );
        assert_eq!(state_of(world), None);
        let letters = world.at("2026-12-07T14:00:00Z").mails(&by_vera(&join, "agree-4", "agree"));
        assert_eq!(state_of(world), None, "{:?}", kinds(&letters));
    });
}

#[test]
fn what_nobody_answers_ends_after_two_weeks() {
    story("joining-expired", |world| {
        let (letters, _) = vouched_for(world, &asks());
        let accept = question(&letters, "notice", BOB);
        let raw = signed(world, BOB, &accept, "b1", "2026-12-14T10:00:00Z", "accept");
        let letters = world.at("2026-12-14T10:00:00Z").mails(&raw);
        let join = question(&letters, "confirmation", VERA);
        let letters = world.at("2026-12-28T09:59:59Z").round();
        assert!(letters.iter().all(|letter| letter.subject().contains("This week")), "{:?}", kinds(&letters));
        let letters = world.at("2026-12-28T10:00:00Z").round();
        assert_eq!(kinds(&letters), ["notice alice@example.org", "notice bob@example.org"]);
        assert!(the(&letters, "notice", ALICE).text().contains("but not completed in time"));
        assert!(world.at("2026-12-29T10:00:00Z").round().is_empty(), "once");
        assert_eq!(world.json(&["case", "show", "1"])["state"], "closed");
        world.at("2026-12-29T11:00:00Z").mails(&by_vera(&join, "agree-1", "agree"));
        assert_eq!(state_of(world), None);
    });
}

#[test]
fn where_the_team_is_written_to_in_cipher_only_a_new_member_waits_for_a_certificate() {
    story("joining-waits-for-a-certificate", |world| {
        demands_encryption(world, &["team"]);
        let (letters, _) = vouched_for(world, &asks());
        let accept = question(&letters, "notice", BOB);
        let raw = signed(world, BOB, &accept, "b1", "2026-12-07T11:00:00Z", "accept");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
        let join = question(&letters, "confirmation", VERA);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&by_vera(&join, "agree-1", "agree"));
        assert!(the(&letters, "notice", VERA).subject().starts_with("You agreed; your certificate comes next"));
        assert_eq!(state_of(world).as_deref(), Some("agreed"));
        let letters = world.at("2026-12-07T12:10:00Z").mails(&by_vera(&join, "agree-2", "It comes tomorrow."));
        let relays = ["relay alice@example.org", "relay bob@example.org"];
        assert_eq!(kinds(&letters), relays, "the team knows already that she waits");
        let file = has_key(world, VERA, None);
        let raw = with_key(&by_vera(&join, "agree-3", "Here."), &std::fs::read_to_string(&file).unwrap());
        let letters = world.at("2026-12-07T12:20:00Z").mails(&raw);
        assert!(the(&letters, "notice", ALICE).text().contains("Their mail brought this certificate"));
        world.does(&["key", "import", &file, "--for", VERA]);
        let letters = world.at("2026-12-07T13:00:00Z").round();
        assert!(the(&letters, "notice", VERA).opened.is_some());
        assert_eq!(state_of(world).as_deref(), Some("active"));
    });
}

#[test]
fn a_request_ends_with_whoever_stood_for_it() {
    let mut world = World::new(LineEnds::Lf);
    let (letters, _) = vouched_for(&mut world, &asks());
    let accept = question(&letters, "notice", BOB);
    assert!(world.does(&["team", "remove", ALICE]).contains("1 requests to join ended"));
    let raw = signed(&world, BOB, &accept, "b1", "2026-12-07T11:00:00Z", "accept");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
    assert!(letters.iter().all(|letter| letter.to != VERA), "{:?}", kinds(&letters));
    assert!(the(&letters, "refusal", BOB).text().contains("this request is decided already: it is void"));
    // It was answered, and is of no more use to whoever has it.
    let letters = world.at("2026-12-07T11:10:00Z").mails(&raw.replace("<b1@", "<b9@"));
    assert!(the(&letters, "refusal", BOB).text().contains("its signature was used before"));
}

#[test]
fn a_case_that_is_more_than_the_request_stays_open() {
    story("joining-in-a-case-of-more", |world| {
        let (letters, [alices, _]) = vouched_for(world, &asks());
        let accept = question(&letters, "notice", BOB);
        let note = signed(world, ALICE, &alices, "n1", "2026-12-07T10:30:00Z", "!note She reports a bug of grants.");
        world.at("2026-12-07T10:30:00Z").mails(&note);
        let raw = signed(world, BOB, &accept, "b1", "2026-12-07T11:00:00Z", "refuse");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
        assert_eq!(world.json(&["case", "show", "1"])["state"], "triage");
        let told = the(&letters, "notice", ALICE).text();
        assert!(told.contains("Case 1 stays as it is") && !told.contains("closed"), "{told}");
    });
}

#[test]
fn whose_answer_is_forged_again_and_again_is_told_five_times_a_day() {
    let mut world = World::new(LineEnds::Lf);
    let (letters, _) = vouched_for(&mut world, &asks());
    let accept = question(&letters, "notice", BOB);
    let mut told = Vec::new();
    for number in 0..8 {
        let forged = vouched("Bob Example <bob@example.org>", &accept, &format!("f{number}"), "accept")
            .replace("dmarc=pass", "dmarc=none");
        let letters = world.at(&format!("2026-12-07T11:{number:02}:00Z")).mails(&forged);
        told.extend(letters.into_iter().filter(|letter| letter.kind == "refusal" && letter.to == BOB));
    }
    assert_eq!(told.len(), 5);
    assert!(told[4].text().contains("the fifth such letter within a day"), "{}", told[4].text());
    assert_eq!(state_of(&world).as_deref(), Some("vouched"));
}
