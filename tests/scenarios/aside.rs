//! Mail that is not handled at once: it failed, it was marked as spam, or it is for nobody. It is kept, and people are
//! told without being told what is in it.

use super::*;
use crate::world::{Letter, kinds, the};

const OPERATOR: &str = "operator@example.org";

/// An instance with an operator, whose mail server marks spam, and whose mailbox has no role of its own.
fn kept_by_an_operator() -> World {
    let world = World::new(LineEnds::Lf);
    let text = std::fs::read_to_string(world.config()).unwrap();
    let text = text.replace("\nrole = \"security\"\n", "\n");
    let text = text.replace("[mail]\n", "[mail]\nspam_headers = [\"X-Spam-Flag: YES\"]\n");
    std::fs::write(world.config(), format!("operator = \"{OPERATOR}\"\n{text}")).unwrap();
    world
}

/// From now on no case can be opened for a mail with this subject; an empty one heals it.
fn breaks_on(world: &World, subject: &str) {
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.execute_batch("DROP TRIGGER IF EXISTS broken").unwrap();
    if !subject.is_empty() {
        let trigger = format!(
            "CREATE TRIGGER broken BEFORE INSERT ON cases WHEN NEW.title = '{subject}'
             BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
        );
        database.execute_batch(&trigger).unwrap();
    }
}

fn state(world: &World, mail: usize) -> (String, String) {
    let row = &world.json(&["inbox", "list"])[mail - 1];
    (row["state"].as_str().unwrap().to_owned(), row["reason"].as_str().unwrap().to_owned())
}

fn hold_nothing_of(letters: &[Letter], words: &[&str]) {
    for letter in letters {
        let raw = String::from_utf8_lossy(&letter.raw).to_lowercase();
        for word in words {
            assert!(!raw.contains(word), "{word} in {} to {}", letter.kind, letter.to);
        }
    }
}

fn canary() -> String {
    mail(
        "From: Kanari <kanari@research.example.net>
Subject: zebrafinch
Date: Mon, 07 Dec 2026 08:00:00 +0000
Message-ID: <kanari@research.example.net>",
        "canarywords",
    )
}

#[test]
fn a_mail_that_fails_is_set_aside_the_operator_hears_and_the_next_one_goes_on() {
    let mut world = kept_by_an_operator();
    world.at("2026-12-07T09:00:00Z").round();
    breaks_on(&world, "zebrafinch");
    world.post(canary().as_bytes());
    world.post(report().as_bytes());
    let letters = world.at("2026-12-07T09:12:04Z").round();
    assert_eq!(
        kinds(&letters),
        [
            "acknowledgement dana@research.example.net",
            "alert operator@example.org",
            "relay alice@example.org",
            "relay bob@example.org"
        ]
    );
    let alert = the(&letters, "alert", OPERATOR).text();
    assert!(alert.contains("Opening a case: the disk has a hole"), "{alert}");
    assert!(alert.contains("embargod inbox retry 1"), "{alert}");
    hold_nothing_of(&letters, &["zebrafinch", "canarywords", "kanari"]);
    let (state_of_it, reason) = state(&world, 1);
    assert_eq!(state_of_it, "quarantined");
    assert!(reason.starts_with("Opening a case: the disk has a hole"), "{reason}");

    // Told once; then once more in the digest of the next morning, and not again.
    assert!(world.at("2026-12-08T05:59:59Z").round().is_empty());
    let letters = world.at("2026-12-08T06:00:00Z").round();
    assert_eq!(kinds(&letters), ["notice operator@example.org"]);
    assert!(letters[0].text().contains("- mail 1, Mon 2026-12-07 09:12 UTC"), "{}", letters[0].text());
    hold_nothing_of(&letters, &["zebrafinch", "canarywords", "kanari"]);
    assert!(but_reminders(world.at("2026-12-09T06:00:00Z").round()).is_empty());

    // Let through while it still fails: the operator hears again. Mended, it is a report like any other.
    world.does(&["inbox", "retry", "1"]);
    assert_eq!(kinds(&world.at("2026-12-09T07:00:00Z").round()), ["alert operator@example.org"]);
    breaks_on(&world, "");
    world.does(&["inbox", "retry", "1"]);
    let letters = but_reminders(world.at("2026-12-09T08:00:00Z").round());
    assert_eq!(
        kinds(&letters),
        ["acknowledgement kanari@research.example.net", "relay alice@example.org", "relay bob@example.org"]
    );
    assert_eq!(state(&world, 1), ("done".into(), "opened case 2".into()));
    world.does(&["audit", "verify"]);
}

#[test]
fn without_an_operator_the_team_hears_and_only_what_is_quarantined_can_be_let_through() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    breaks_on(&world, "zebrafinch");
    world.post(canary().as_bytes());
    world.post(report().as_bytes());
    let letters = world.at("2026-12-07T09:12:04Z").round();
    the(&letters, "alert", ALICE);
    the(&letters, "alert", BOB);
    for (ids, cause) in [(["1", "2"], "mail 2 was handled already"), (["1", "9"], "there is no mail 9")] {
        let refused = world.command(&["inbox", "retry", ids[0], ids[1]]);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(said.lines().next(), Some(cause));
        assert_eq!(said.lines().count(), 2, "{said}");
    }
    assert_eq!(state(&world, 1).0, "quarantined", "all of them or none");
    world.does(&["inbox", "retry", "1"]);
    assert!(String::from_utf8_lossy(&world.command(&["inbox", "retry", "1"]).stderr).contains("already waits"));
    let audit = world.json(&["audit", "list"]);
    let retried: Vec<_> = audit.as_array().unwrap().iter().filter(|line| line["act"] == "inbox retry").collect();
    assert_eq!(retried.len(), 1);
    assert!(retried[0]["actor"].as_str().unwrap().starts_with("operator "), "{}", retried[0]);
}

#[test]
fn what_the_mail_server_marked_as_spam_waits_for_a_glance_and_is_let_through_by_word() {
    let mut world = kept_by_an_operator();
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let both = the(&letters, "relay", ALICE).address_after(BOTH);
    let marked = format!("X-Spam-Flag: YES\n{}", canary());
    assert!(world.at("2026-12-07T10:00:00Z").mails(&marked).is_empty());
    assert_eq!(state(&world, 2), ("quarantined".into(), "marked as spam by the mail server".into()));
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);

    // A member's own, proven, answer is never spam; what only pretends to be one is.
    let answer = vouched("Alice Example <alice@example.org>", &both, "a1", "Thank you.");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&format!("X-Spam-Flag: YES\n{answer}"));
    the(&letters, "relay", DANA);
    let forged = answer.replace("dmarc=pass", "dmarc=fail").replace("a1@", "a2@");
    assert!(world.at("2026-12-07T11:30:00Z").mails(&format!("X-Spam-Flag: YES\n{forged}")).is_empty());

    let letters = world.at("2026-12-08T06:00:00Z").round();
    assert_eq!(kinds(&letters), ["notice alice@example.org", "notice bob@example.org", "notice operator@example.org"]);
    let glance = the(&letters, "notice", ALICE).text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(glance.contains("from Kanari <kanari@research.example.net>: zebrafinch"), "{glance}");
    hold_nothing_of(&[the(&letters, "notice", OPERATOR).clone()], &["zebrafinch", "canarywords", "kanari"]);

    world.does(&["inbox", "retry", "2"]);
    let letters = world.at("2026-12-08T07:00:00Z").round();
    assert_eq!(
        kinds(&letters),
        ["acknowledgement kanari@research.example.net", "relay alice@example.org", "relay bob@example.org"]
    );
    assert_eq!(state(&world, 2), ("done".into(), "opened case 2".into()));
    assert!(but_reminders(world.at("2026-12-09T06:00:00Z").round()).is_empty(), "nothing new, no digest");
}

#[test]
fn mail_for_none_of_our_addresses_stands_in_the_operators_next_digest() {
    let mut world = kept_by_an_operator();
    for (minute, subject) in ["zebrafinch one", "zebrafinch two"].iter().enumerate() {
        let stray = canary().replace("security@", "sales@").replace("zebrafinch", subject);
        let stray = stray.replace("<kanari@", &format!("<kanari-{minute}@"));
        assert!(world.at(&format!("2026-12-07T09:0{minute}:00Z")).mails(&stray).is_empty());
    }
    // The desk was down at six: the digest comes when it is up, and tells of what came before six.
    let late = canary().replace("security@", "sales@").replace("zebrafinch", "zebrafinch three");
    let letters = world.at("2026-12-08T08:00:00Z").mails(&late);
    assert_eq!(kinds(&letters), ["notice operator@example.org"]);
    let digest = letters[0].text();
    assert!(letters[0].subject().contains("2 mails set aside"), "{}", letters[0].subject());
    assert!(digest.contains("- mail 2, Mon 2026-12-07 09:01 UTC, "), "{digest}");
    assert!(digest.contains("for none of our addresses") && !digest.contains("mail 3"), "{digest}");
    hold_nothing_of(&letters, &["zebrafinch", "canarywords", "kanari", "sales"]);
    assert!(world.at("2026-12-08T09:00:00Z").round().is_empty(), "once a day");
    // Unless the clock was set back meanwhile, to before six.
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.execute("UPDATE aside SET at = '2026-12-08T05:59:59Z' WHERE inbox = 3", []).unwrap();
    let letters = world.at("2026-12-08T10:00:00Z").round();
    assert!(letters[0].text().contains("- mail 3, "), "{}", letters[0].text());
    assert!(world.at("2026-12-09T06:00:01Z").round().is_empty(), "nothing new, no digest");
}
