//! A mail server takes a letter, and says later what became of it: the team hears of it, if it was said at the letter's own
//! key, and nobody is removed.

use super::decisions::{ALIAS, applies, by_the_alias, members, notice, says};
use super::*;
use crate::world::{Letter, kinds, the};

/// VM Example is a member. Gives the letter that welcomed it.
pub(super) fn joined(world: &mut World) -> Letter {
    let letters = applies(world);
    let letters = says(world, ALICE, &notice(&letters, ALICE), "a1", "2026-12-07T10:00:00Z", "accept");
    let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm\n\nNils"));
    assert_eq!(members(world), [("VM Example Ltd".to_owned(), "active".to_owned())]);
    the(&letters, "notice", ALIAS).clone()
}

fn database(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.dir.join("state.db")).unwrap()
}

/// What Postfix says, of mail to `of`, at the return path `to`.
fn report_of(of: &str, to: &str, id: &str, action: &str, status: &str, diagnostic: &str) -> String {
    format!(
        "Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.vm.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 07 Dec 2026 11:00:30 +0000
Message-ID: <{id}@mx.vm.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"d\"

--d
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.vm.example.net.

<{of}>: {diagnostic}

--d
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.vm.example.net

Final-Recipient: rfc822; {of}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--d
Content-Type: text/rfc822-headers

Subject: Welcome

--d--
"
    )
}

const UNKNOWN: &str = "550 5.1.1 User unknown in virtual mailbox table";

fn failed(to: &str, id: &str) -> String {
    report_of(ALIAS, to, id, "failed", "5.1.1", UNKNOWN)
}

fn delayed(to: &str, id: &str) -> String {
    report_of(ALIAS, to, id, "delayed", "4.4.1", "451 connection timed out")
}

#[test]
fn what_mail_servers_say_reaches_the_team() {
    story("bounces", |world| {
        let welcome = joined(world);
        let key = welcome.from.clone().unwrap();
        assert!(key.starts_with("security+") && key != welcome.header("Reply-To"), "{key}");

        // Said at no key, at a wrong one, or by a vacation note: no failure.
        let wrong = "security+aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org";
        for (to, id) in [("security@example.org", "forged-1"), (wrong, "forged-2")] {
            let letters = world.at("2026-12-07T11:10:00Z").mails(&failed(to, id));
            assert_eq!(kinds(&letters), [""; 0], "{to}");
        }
        let away = format!(
            "Return-Path: <>\nDelivered-To: {key}\nFrom: {ALIAS}\nTo: {key}\nSubject: Out of office\nAuto-Submitted: \
             auto-replied\nMessage-ID: <away@vm.example.net>\n\nWe are away. Mail to {ALIAS} could not be delivered: no such user.\n"
        );
        assert_eq!(kinds(&world.at("2026-12-07T11:20:00Z").mails(&away)), [""; 0]);

        // A delay is nothing, for four hours.
        assert_eq!(kinds(&world.at("2026-12-07T12:00:00Z").mails(&delayed(&key, "late-1"))), [""; 0]);
        assert_eq!(kinds(&world.at("2026-12-07T14:59:00Z").waits()), [""; 0]);
        let letters = world.at("2026-12-07T15:00:00Z").waits();
        assert_eq!(kinds(&letters), ["alert alice@example.org", "alert bob@example.org"]);
        let late = the(&letters, "alert", ALICE);
        assert!(late.subject().ends_with("A letter to VM Example Ltd is late"));
        assert!(
            late.text().contains("What to do: nothing; if the server gives up, you hear of it."),
            "{}",
            late.text()
        );
        assert_eq!(kinds(&world.at("2026-12-07T16:00:00Z").mails(&delayed(&key, "late-2"))), [""; 0], "once");

        let letters = world.at("2026-12-08T11:00:00Z").mails(&failed(&key, "failed-1"));
        assert_eq!(kinds(&letters), ["alert alice@example.org", "alert bob@example.org"]);
        let told = the(&letters, "alert", BOB);
        assert!(told.subject().ends_with("A letter to VM Example Ltd did not arrive"), "{}", told.subject());
        assert!(told.text().contains("there is no such mailbox") && told.text().contains(ALIAS), "{}", told.text());
        let said = told.text();
        assert!(said.contains(&format!("Letter:      “{}", &welcome.subject()[..20])), "{said}");
        assert!(said.contains("“!member remove VM Example Ltd”"), "{said}");
        let letters = world.at("2026-12-08T12:00:00Z").mails(&failed(&key, "failed-2"));
        assert_eq!(kinds(&letters), [""; 0], "once for each delivery");
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "active".to_owned())], "nobody is removed");

        // Mended, and sent again by hand; when that fails, too, the team hears of it.
        world.does(&["outbox", "release", &told.address_after("embargod outbox release ")]);
        world.at("2026-12-08T13:00:00Z").waits();
        let rows = world.json(&["outbox", "list"]);
        let again = rows.as_array().unwrap().iter().find(|row| row["decided_at"] == "2026-12-08T13:00:00Z");
        assert!(again.is_some_and(|row| row["to"] == ALIAS && row["state"] == "sent"), "{rows}");
        let letters = world.at("2026-12-08T14:00:00Z").mails(&failed(&key, "failed-3"));
        assert_eq!(kinds(&letters), ["alert alice@example.org", "alert bob@example.org"]);
    });
}

#[test]
fn during_an_embargo_a_failure_of_a_member_is_urgent() {
    let mut world = World::new(LineEnds::CrLf);
    let key = joined(&mut world).from.unwrap();
    let letters = world.at("2026-12-07T11:30:00Z").mails(&report());
    let relayed = the(&letters, "relay", BOB).from.clone().unwrap();
    database(&world).execute_batch("UPDATE cases SET state = 'embargoed'").unwrap();
    let letters = world.at("2026-12-07T12:00:00Z").mails(&failed(&key, "failed-1"));
    for who in [ALICE, BOB] {
        let told = the(&letters, "alert", who);
        assert!(told.subject().contains("URGENT: A letter to VM Example Ltd did not arrive"), "{}", told.subject());
        assert!(told.text().contains("a member does not hear of it"));
    }
    // A colleague's copy is no member's: not urgent, and not told to whom it did not reach.
    let letters =
        world.at("2026-12-07T12:10:00Z").mails(&report_of(BOB, &relayed, "failed-2", "failed", "5.2.2", "552 quota"));
    assert_eq!(kinds(&letters), ["alert alice@example.org"]);
    let told = the(&letters, "alert", ALICE);
    assert!(!told.subject().contains("URGENT") && told.text().contains("the mailbox is full"), "{}", told.text());
    // The alert comes back as well: that is only recorded.
    let alert = told.from.clone().unwrap();
    let letters =
        world.at("2026-12-07T12:20:00Z").mails(&report_of(ALICE, &alert, "failed-3", "failed", "5.2.2", "552 quota"));
    assert_eq!(kinds(&letters), [""; 0]);
}

#[test]
fn a_delay_that_is_over_is_nothing() {
    let mut world = World::new(LineEnds::Lf);
    let key = joined(&mut world).from.unwrap();
    world.at("2026-12-07T12:00:00Z").mails(&delayed(&key, "late-1"));
    let over = report_of(ALIAS, &key, "over-1", "delivered", "2.0.0", "250 taken");
    assert_eq!(kinds(&world.at("2026-12-07T13:00:00Z").mails(&over)), [""; 0]);
    assert_eq!(kinds(&world.at("2026-12-07T20:00:00Z").waits()), [""; 0]);
}

/// Its words belong to whoever may read the letter; our reply addresses to nobody.
#[test]
fn a_report_says_no_more_than_its_reader_may_know() {
    let mut world = World::new(LineEnds::Lf);
    let key = joined(&mut world).from.unwrap();
    let sealed = r#"UPDATE letter SET labels = '[{"of":"members","sealed":false}]' WHERE id =
                    (SELECT d.letter FROM delivery d JOIN letter l ON l.id = d.letter WHERE l.kind = 'notice' AND d.recipient = ?1)"#;
    assert_eq!(database(&world).execute(sealed, [ALIAS]).unwrap(), 1);
    database(&world).execute("UPDATE team_member SET moderator = 0 WHERE person = 2", []).unwrap();
    let words = format!("554 5.7.1 {key}: zebrafinch is not welcome");
    let letters =
        world.at("2026-12-07T12:00:00Z").mails(&report_of(ALIAS, &key, "failed-1", "failed", "5.7.1", &words));
    let mut shown = 0;
    for who in [ALICE, BOB] {
        let told = the(&letters, "alert", who).text();
        assert!(told.contains("by its own rules") && !told.contains(&key), "{told}");
        match told.contains("zebrafinch") {
            true => shown += 1,
            false => {
                assert!(told.contains("not read it: ask somebody of the team"), "{told}");
                assert!(!told.contains("Welcome"), "the subject is of the letter: {told}");
            }
        }
    }
    assert_eq!(shown, 1, "the moderator");
}

/// People do not write to return paths: what comes there and is no report opens no case, and is counted.
#[test]
fn anything_else_at_a_key_opens_no_case() {
    let mut world = World::new(LineEnds::Lf);
    let key = joined(&mut world).from.unwrap();
    let letters = world.at("2026-12-07T12:00:00Z").mails(&format!(
        "Delivered-To: {key}\nFrom: Nils <nils@vm.example.net>\nSubject: Hello\nMessage-ID: <n@vm.example.net>\n\nThank you.\n"
    ));
    assert_eq!(kinds(&letters), [""; 0]);
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0);
}

/// Any bytes at a key: nothing is stuck, nothing is answered, and the team hears of a failure once.
#[test]
fn whatever_comes_to_a_key_is_handled_and_answered_by_nobody() {
    let mut world = World::new(LineEnds::Lf);
    let key = joined(&mut world).from.unwrap();
    let mut seed = 7u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for number in 0..60 {
        let whole = failed(&key, &format!("broken-{number}")).into_bytes();
        let (header, body) = whole.split_at(whole.windows(2).position(|pair| pair == b"\n\n").unwrap());
        let mut body = body.to_vec();
        for _ in 0..next(40) {
            let (at, byte) = (next(body.len()), u8::try_from(next(256)).unwrap());
            match next(3) {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => body.truncate(at.max(3)),
            }
        }
        world.post(&[header, b"\n\n", &body].concat());
    }
    let reports = crate::corpus::bounces::reports();
    for (number, raw) in reports.iter().enumerate() {
        world.post(&[format!("Delivered-To: {key}\nX-Number: {number}\n").as_bytes(), raw].concat());
    }
    let letters = world.at("2026-12-07T12:00:00Z").round();
    assert_eq!(kinds(&letters), ["alert alice@example.org", "alert bob@example.org"]);
    let inbox = world.json(&["inbox", "list"]);
    let stuck: Vec<_> = inbox.as_array().unwrap().iter().filter(|mail| mail["state"] != "done").collect();
    assert!(stuck.is_empty(), "{stuck:?}");
}
