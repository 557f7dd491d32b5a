//! What the team hears of people whose certificate is missing: of each other at once, of discoverers only when something
//! the team wrote waits for them, and of many in one letter.

use super::readers::{demands_encryption, has_key};
use super::*;
use crate::world::{Letter, kinds, the};

/// A report from an address that nothing proves.
fn from(address: &str) -> String {
    mail(
        &format!("From: {address}\nSubject: Report of {address}\nMessage-ID: <report.{address}>"),
        "A guest reads the memory of others.",
    )
}

fn alerts(letters: &[Letter]) -> Vec<String> {
    kinds(letters).into_iter().filter(|kind| kind.starts_with("alert")).collect()
}

/// Alice's address for team and discoverer, from the relay of this mail.
fn both(letters: &[Letter], address: &str) -> String {
    let relay = letters.iter().find(|l| l.kind == "relay" && l.to == ALICE && l.subject().contains(address));
    relay.expect("a relay").address_after(BOTH)
}

fn answer(to: &str, id: &str) -> String {
    vouched("Alice Example <alice@example.org>", to, id, "Thank you. Does it need two guests?")
}

#[test]
fn a_flood_of_forged_reports_where_encryption_is_demanded_alerts_nobody() {
    let mut world = World::new(LineEnds::Lf);
    demands_encryption(&world, &["reporters"]);
    let mut letters = Vec::new();
    for minute in [0, 20, 40] {
        (minute..minute + 10).for_each(|n| world.post(from(&format!("d{n}@d{n}.example.net")).as_bytes()));
        letters.extend(world.at(&format!("2026-12-07T09:{minute:02}:00Z")).round());
    }
    assert_eq!(alerts(&letters), [] as [&str; 0]);
    let count = |kind: &str| letters.iter().filter(|letter| letter.kind == kind).count();
    assert_eq!((count("relay"), count("notice")), (60, 30), "the team has the reports, and each writer was asked");
    assert_eq!(alerts(&world.at("2026-12-09T09:00:00Z").round()), [] as [&str; 0]);
}

#[test]
fn answers_of_the_team_that_wait_are_told_at_once_and_then_together_once_an_hour() {
    story("answers-wait-for-certificates", |world| {
        demands_encryption(world, &["reporters"]);
        let who: Vec<String> = (1..=4).map(|number| format!("d{number}@d{number}.example.net")).collect();
        who.iter().for_each(|address| world.post(from(address).as_bytes()));
        let letters = world.at("2026-12-07T09:00:00Z").round();
        assert_eq!(alerts(&letters), [] as [&str; 0]);
        let relay = letters.iter().find(|letter| letter.kind == "relay").unwrap().text().replace('\n', " ");
        assert!(relay.contains("The discoverer does not know yet that it arrived"), "{relay}");
        assert!(!relay.contains("was told"), "{relay}");
        let to: Vec<String> = who.iter().map(|address| both(&letters, address)).collect();

        let letters = world.at("2026-12-07T10:00:00Z").mails(&answer(&to[0], "a1"));
        assert_eq!(alerts(&letters), ["alert alice@example.org", "alert bob@example.org"]);
        let alert = the(&letters, "alert", BOB);
        assert_eq!(alert.subject(), "[Xen case 1] A letter waits for a certificate");
        assert!(alert.text().contains(&who[0]), "{}", alert.text());

        // Whoever the team writes to within the hour is told when it is over, in one letter.
        for (number, minute) in [(1, 20), (2, 40)] {
            let mail = answer(&to[number], &format!("a{}", number + 1));
            let letters = world.at(&format!("2026-12-07T10:{minute}:00Z")).mails(&mail);
            assert_eq!(alerts(&letters), [] as [&str; 0]);
            assert!(the(&letters, "answer", ALICE).subject().contains("waits"), "its writer knows at once");
        }
        assert_eq!(alerts(&world.at("2026-12-07T10:59:59Z").round()), [] as [&str; 0]);
        let letters = world.at("2026-12-07T11:00:00Z").mails(&answer(&to[1], "a9"));
        let alert = the(&letters, "alert", BOB);
        assert_eq!(alert.subject(), "[Xen] Letters to 2 people wait for certificates");
        let text = alert.text();
        assert!(text.contains(&who[1]) && text.contains(&who[2]), "{text}");
        assert!(!text.contains(&who[0]) && !text.contains(&who[3]), "told before, and nothing waits: {text}");
        assert_eq!(alerts(&world.at("2026-12-09T11:00:00Z").round()), [] as [&str; 0], "once");

        // With a certificate it is over; without it, it begins anew.
        let certificate = has_key(world, &who[0], None);
        world.does(&["key", "import", &certificate, "--for", &who[0]]);
        let letters = world.at("2026-12-09T12:00:00Z").round();
        assert_eq!(letters.iter().filter(|l| l.to == who[0] && l.opened.is_some()).count(), 2, "thanks and the answer");
    });
}

#[test]
fn of_members_without_a_certificate_the_others_hear_at_once_in_one_letter() {
    let mut world = World::new(LineEnds::Lf);
    demands_encryption(&world, &["team", "reporters"]);
    let (carol, dave) = ("carol@example.org", "dave@example.org");
    world.does(&["team", "add", "Carol", carol]);
    world.does(&["team", "add", "Dave", dave]);
    let letters = world.at("2026-12-07T09:00:00Z").mails(&from(DANA));
    assert_eq!(alerts(&letters), ["alert alice@example.org", "alert bob@example.org"]);
    let text = the(&letters, "alert", ALICE).text();
    assert!(text.contains(carol) && text.contains(dave) && !text.contains(DANA), "{text}");

    // An answer that waits is told within the hour if a member's certificate has to be told anyway.
    let to = both(&letters, DANA);
    let letters = world.at("2026-12-07T09:10:00Z").mails(&answer(&to, "a1"));
    assert_eq!(alerts(&letters), [] as [&str; 0]);
    world.does(&["team", "add", "Erin", "erin@example.org"]);
    let letters = world.at("2026-12-07T09:20:00Z").mails(&from("eve@example.com"));
    assert_eq!(alerts(&letters), ["alert alice@example.org", "alert bob@example.org"]);
    let text = the(&letters, "alert", ALICE).text();
    assert!(text.contains("erin@example.org") && text.contains(DANA) && !text.contains(carol), "{text}");
    assert_eq!(alerts(&world.at("2026-12-07T12:00:00Z").round()), [] as [&str; 0]);
}

#[test]
fn what_came_encrypted_alerts_nobody_either_until_an_answer_waits() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&super::encrypted::sealed_report());
    assert_eq!(alerts(&letters), [] as [&str; 0]);
    let to = the(&letters, "relay", ALICE).address_after(BOTH);
    let raw = super::encrypted::in_cipher(&answer(&to, "a1"), "It needs two guests.");
    let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
    assert_eq!(alerts(&letters), ["alert alice@example.org", "alert bob@example.org"]);
    assert!(the(&letters, "alert", BOB).text().contains("it came to us encrypted"));
}
