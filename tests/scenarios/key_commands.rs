//! Certificates by mail: their owner replaces one, signed with the one that is replaced, or two members of the team say
//! whose one is. Nothing else changes any, and everybody who must know is told.

use super::readers::has_key;
use super::*;
use crate::world::{kinds, the};

const CAROL: &str = "carol@example.org";

fn key_of(world: &World, user: &str) -> Vec<u8> {
    std::fs::read(world.dir.join("keys").join(format!("{user}.key"))).unwrap()
}

/// Somebody makes a new key, and keeps the former one.
fn makes_a_new_key(world: &World, user: &str) -> String {
    let keys = world.dir.join("keys");
    std::fs::rename(keys.join(format!("{user}.key")), keys.join(format!("{user}.former.key"))).unwrap();
    std::fs::read_to_string(has_key(world, &format!("{user}@example.org"), None)).unwrap()
}

/// The fingerprint in a certificate's file.
fn fingerprint(certificate: &str) -> String {
    embargod::openpgp::Certificate::read(certificate.as_bytes()).unwrap().fingerprint()
}

/// A text with files attached, as a MIME entity.
fn attached(text: &str, certificates: &[&str]) -> String {
    let mut entity = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    for certificate in certificates {
        entity.push_str(&format!(
            "\n--m\nContent-Type: application/pgp-keys; name=\"key.asc\"\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{certificate}"
        ));
    }
    entity.push_str("\n--m--\n");
    entity
}

/// Whose certificates are registered.
fn registered(world: &World, address: &str) -> Vec<String> {
    let listed = world.json(&["key", "list"]);
    let theirs = listed.as_array().unwrap().iter().filter(|row| row["holder"] == address);
    theirs.map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// Carol joins the team with a certificate; the report comes in. Gives the reply addresses of Alice, Bob and Carol.
fn three_and_a_report(world: &mut World) -> [String; 3] {
    let carols = has_key(world, CAROL, None);
    world.does(&["team", "add", "Carol Example", CAROL, "--key", &carols]);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    [ALICE, BOB, CAROL].map(|who| the(&letters, "relay", who).header("Reply-To"))
}

#[test]
fn a_new_certificate_signed_with_the_old_one_replaces_it_and_everybody_is_told() {
    story("replaced-key", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let reply_to = the(&letters, "relay", ALICE).header("Reply-To");
        let new = makes_a_new_key(world, "alice");
        let asks = |world: &World, id: &str, when: &str| {
            signed_entity(
                &key_of(world, "alice.former"),
                ALICE,
                &reply_to,
                id,
                when,
                &attached("!key\n\nAlice", &[&new]),
            )
        };
        let raw = asks(world, "k1", "2026-12-07T10:00:00Z");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
        assert_eq!(
            kinds(&letters),
            [
                "answer alice@example.org",
                "notice alice@example.org",
                "notice bob@example.org",
                "relay alice@example.org",
                "relay bob@example.org"
            ]
        );
        assert_eq!(registered(world, ALICE), [fingerprint(&new)]);
        let opens = |letter: &crate::world::Letter, user: &str| crate::opened::opens(&letter.raw, &key_of(world, user));
        let notice = the(&letters, "notice", ALICE);
        assert!(opens(notice, "alice.former") && !opens(notice, "alice"), "whoever has the old one is told");
        let answer = the(&letters, "answer", ALICE);
        assert!(opens(answer, "alice") && !opens(answer, "alice.former"));

        let raw = asks(world, "k2", "2026-12-07T10:30:00Z");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&raw);
        assert!(the(&letters, "refusal", ALICE).text().contains("signed with a key that is not registered"));
        let by_new = signed(world, ALICE, &reply_to, "k3", "2026-12-07T11:00:00Z", "!title Stale mapping");
        world.at("2026-12-07T11:00:00Z").mails(&by_new);
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Stale mapping");
    });
}

#[test]
fn what_does_not_come_from_the_owner_of_a_certificate_replaces_none() {
    story("refused-keys", |world| {
        let [alices, bobs, _] = three_and_a_report(world);
        let before = registered(world, ALICE);
        let (alice, bob) = (key_of(world, "alice"), key_of(world, "bob"));
        let new = makes_a_new_key(world, "alice");
        let other = std::fs::read_to_string(has_key(world, "mallory@example.org", None)).unwrap();
        let expired = has_key(world, "eve@example.org", Some("2021-01-01T00:00:00Z"));
        let expired = std::fs::read_to_string(expired).unwrap();
        std::fs::write(world.dir.join("keys/alice.key"), &alice).unwrap();
        let bobs_own = std::fs::read_to_string(world.dir.join("keys/bob.asc")).unwrap();
        let by = |key: &[u8], to: &str, id: &str, entity: &str| {
            signed_entity(key, ALICE, to, id, "2026-12-07T10:00:00Z", entity)
        };
        let aligned = vouched(ALICE, &alices, "r1", "")
            .replace("\n\n", &format!("\nMIME-Version: 1.0\n{}", attached("!key", &[&new])));
        let beside = by(&alice, &alices, "r4", "Content-Type: text/plain\n\n!key\n").replace(
            "Content-Type: multipart/signed",
            "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/signed",
        ) + &format!("--o\nContent-Type: application/pgp-keys; name=\"key.asc\"\n\n{new}\n--o--\n");
        for (what, raw, why) in [
            ("vouched for by our server alone", aligned, "not signed with a registered certificate"),
            (
                "signed by Bob, at Alice's address",
                by(&bob, &alices, "r2", &attached("!key", &[&new])),
                "a reply address that does not belong to its writer",
            ),
            (
                "with that of Bob",
                by(&alice, &alices, "r3", &attached("!key", &[&bobs_own])),
                "no certificate is attached within the signed part",
            ),
            ("put beside the signed part", beside, "no certificate is attached within the signed part"),
            ("of two", by(&alice, &alices, "r5", &attached("!key", &[&new, &other])), "several certificates"),
            ("expired", by(&alice, &alices, "r6", &attached("!key", &[&expired])), "it expired on 2021-01-01"),
            (
                "that of Bob, said to be Carol's",
                by(&alice, &alices, "r7", &attached(&format!("!key {} for {CAROL}", fingerprint(&bobs_own)), &[])),
                "belongs to bob@example.org",
            ),
            (
                "for a stranger",
                by(&alice, &alices, "r8", &attached(&format!("!key {} for eve@example.org", fingerprint(&other)), &[])),
                "nobody in the team",
            ),
            (
                "of oneself",
                by(&bob, &bobs, "r9", &attached(&format!("!key {} for {BOB}", fingerprint(&other)), &[])),
                "nobody says so of themselves",
            ),
            (
                "that no mail brought",
                by(&alice, &alices, "r10", &attached(&format!("!key {} for {CAROL}", "AB".repeat(20)), &[])),
                "no mail brought",
            ),
        ] {
            let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
            let refusals: Vec<String> =
                letters.iter().filter(|letter| letter.kind == "refusal").map(|letter| letter.text()).collect();
            let unwrapped = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(refusals.iter().any(|text| unwrapped(text).contains(why)), "{what}: {refusals:?}");
            assert!(letters.iter().all(|letter| letter.kind != "notice"), "{what}");
            assert_eq!(registered(world, ALICE), before, "{what}");
        }
    });
}

#[test]
fn two_other_members_say_whose_a_certificate_is() {
    story("two-members-say-whose", |world| {
        let [alices, bobs, carols] = three_and_a_report(world);
        let former = registered(world, BOB);
        let new = makes_a_new_key(world, "bob");
        let lost = vouched(BOB, &bobs, "b1", "").replace(
            "\n\n",
            &format!("\nMIME-Version: 1.0\n{}", attached("I lost my key. This is my new one.", &[&new])),
        );
        world.at("2026-12-07T10:00:00Z").mails(&lost);
        assert_eq!(registered(world, BOB), former);

        let says = format!("!key {} for {BOB}", fingerprint(&new));
        let words = signed(world, ALICE, &alices, "a1", "2026-12-07T10:10:00Z", &says);
        let letters = world.at("2026-12-07T10:10:00Z").mails(&words);
        let notices: Vec<&str> =
            letters.iter().filter(|letter| letter.kind == "notice").map(|letter| letter.to.as_str()).collect();
        assert_eq!(notices, [CAROL], "the rest of the team is asked");
        let again = signed(world, ALICE, &alices, "a2", "2026-12-07T10:20:00Z", &says);
        let letters = world.at("2026-12-07T10:20:00Z").mails(&again);
        assert!(the(&letters, "answer", ALICE).text().contains("You have said so already."));
        assert_eq!(registered(world, BOB), former, "one member is not two");

        let words = signed(world, CAROL, &carols, "c1", "2026-12-07T10:30:00Z", &says);
        world.at("2026-12-07T10:30:00Z").mails(&words);
        assert_eq!(registered(world, BOB), [fingerprint(&new)]);
    });
}

#[test]
fn a_word_is_worth_nothing_after_two_weeks_or_once_its_speaker_left() {
    let mut world = World::new(LineEnds::Lf);
    let [alices, bobs, carols] = three_and_a_report(&mut world);
    let former = registered(&world, BOB);
    let new = makes_a_new_key(&world, "bob");
    let lost = vouched(BOB, &bobs, "b1", "")
        .replace("\n\n", &format!("\nMIME-Version: 1.0\n{}", attached("My new one.", &[&new])));
    world.at("2026-12-07T10:00:00Z").mails(&lost);
    let says = format!("!key {} for {BOB}", fingerprint(&new));
    let by = |world: &mut World, who: &str, to: &str, id: &str, when: &str| {
        let raw = signed(world, who, to, id, when, &says);
        world.at(when).mails(&raw)
    };
    by(&mut world, ALICE, &alices, "a1", "2026-12-07T10:10:00Z");
    by(&mut world, CAROL, &carols, "c1", "2026-12-21T10:10:00Z");
    assert_eq!(registered(&world, BOB), former, "Alice's word is too old");
    world.does(&["team", "remove", CAROL]);
    by(&mut world, ALICE, &alices, "a2", "2026-12-21T11:00:00Z");
    assert_eq!(registered(&world, BOB), former, "Carol is not in the team");
}

#[test]
fn who_leaves_is_not_written_to_and_their_signature_is_worth_nothing() {
    story("leaving-at-once", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let bobs = the(&letters, "relay", BOB).header("Reply-To");
        world.does(&["outbox", "pause"]);
        let more = report().replace("report-1@", "report-2@").replace("Guest can", "Another guest can");
        let letters = world.at("2026-12-07T09:30:00Z").mails(&more);
        assert!(letters.is_empty(), "{:?}", kinds(&letters));
        let said = world.does(&["team", "remove", BOB]);
        assert!(said.contains("Their certificate is removed"), "{said}");
        assert!(registered(world, BOB).is_empty());
        world.does(&["outbox", "resume"]);
        let letters = world.at("2026-12-07T09:40:00Z").round();
        assert!(letters.iter().all(|letter| letter.to != BOB), "{:?}", kinds(&letters));
        let blocked = world.json(&["outbox", "list"]);
        let theirs = |row: &&serde_json::Value| row["to"] == BOB && row["state"] == "blocked";
        assert_eq!(blocked.as_array().unwrap().iter().filter(theirs).count(), 1);

        for (minute, to) in [("10:00", bobs.as_str()), ("10:10", "security@example.org")] {
            let when = format!("2026-12-07T{minute}:00Z");
            let id = format!("b{}", &minute[3..]);
            let raw = signed(world, BOB, to, &id, &when, "case 1\n!title Bob was here");
            let letters = world.at(&when).mails(&raw);
            assert!(letters.iter().all(|letter| letter.to != BOB || letter.kind == "acknowledgement"));
        }
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Guest can read host memory");
    });
}

#[test]
fn an_operator_who_replaces_a_certificate_is_not_alone_with_it() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    makes_a_new_key(&world, "bob");
    let file = world.dir.join("keys/bob.asc");
    world.does(&["key", "import", file.to_str().unwrap(), "--for", BOB]);
    let letters = world.at("2026-12-07T09:10:00Z").round();
    assert_eq!(kinds(&letters), ["notice alice@example.org", "notice bob@example.org", "notice bob@example.org"]);
    let bobs: Vec<&crate::world::Letter> = letters.iter().filter(|letter| letter.to == BOB).collect();
    assert!(crate::opened::opens(&bobs[0].raw, &key_of(&world, "bob.former")), "whoever has the old one is told");
    assert!(bobs[1].opened.is_none() && !bobs[1].text().contains("case"), "and the address, if it is lost");
    assert!(the(&letters, "notice", ALICE).text().contains("The operator did it."));
    assert!(world.at("2026-12-07T09:20:00Z").round().is_empty(), "once");
}
