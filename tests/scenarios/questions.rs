//! Members ask the team, at reply addresses of their own; the team answers by a command, proven; and the predisclosure list
//! itself distributes nothing.

use super::bounces::joined;
use super::decisions::{ALIAS, flat, members};
use super::encrypted::in_cipher;
use super::*;
use crate::world::{kinds, the};

const LIST: &str = "xen-security-issues@lists.example.org";
const KIM: &str = "kim@larch.example.net";
const NILS: &str = "nils@vm.example.net";

/// Somebody at a member's writes to its reply address.
fn asks(to: &str, from: &str, id: &str, stamp: &str, answers: &str, text: &str) -> String {
    format!(
        "Delivered-To: {to}
{stamp}From: Nils Nachtschicht <{from}>
To: {to}
Subject: Re: Welcome
Date: Mon, 07 Dec 2026 12:00:00 +0000
Message-ID: <{id}@vm.example.net>
In-Reply-To: {answers}

{text}
"
    )
}

const STAMP: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=vm.example.net\n";

#[test]
fn what_a_member_asks_reaches_the_team_and_its_answer_the_member() {
    story("questions", |world| {
        let welcome = joined(world);
        let (address, id) = (welcome.header("Reply-To"), welcome.message_id());
        assert!(address.contains("security+"), "{address}");

        // From any address: the team gets it, whoever asked a note.
        let question = asks(&address, NILS, "q1", "", &id, "May we deploy the fix on Monday?\n\nNils");
        let letters = world.at("2026-12-07T12:00:00Z").mails(&question);
        let expected = ["answer nils@vm.example.net", "relay alice@example.org", "relay bob@example.org"];
        assert_eq!(kinds(&letters), expected);
        let relayed = the(&letters, "relay", ALICE);
        assert!(flat(relayed).contains("The member “VM Example Ltd” asks the team something."), "{}", relayed.text());
        assert!(flat(relayed).contains("Nothing else proves who wrote it"), "{}", relayed.text());
        assert!(flat(relayed).contains(&format!("About our letter: “{}”", welcome.subject())), "{}", relayed.text());
        assert!(!the(&letters, "answer", NILS).text().contains(ALIAS));
        let (alices, bobs) = (relayed.header("Reply-To"), the(&letters, "relay", BOB).header("Reply-To"));
        assert_ne!(alices, bobs);

        // A plain reply goes to the team only.
        let letters = world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &alices, "r1", "I would say yes."));
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert!(flat(the(&letters, "relay", BOB)).contains("Alice Example writes to the team about the question"));

        // Without proof nothing goes out; whose name was used hears of it.
        let raw = vouched(BOB, &bobs, "r2", "!tell member VM: yes").replace("Authentication-Results", "X-Nothing");
        let letters = world.at("2026-12-07T12:20:00Z").mails(&raw);
        assert_eq!(kinds(&letters), ["refusal bob@example.org"]);

        // All or none, and what is misread is answered.
        for (id, text, words) in [
            ("r3", "!tell member VM: yes\n!tell member Larch: no", "you name “Larch”"),
            ("r4", "!tell member VM: yes\n!titel x", "this line does not answer the member"),
            ("r5", "!title Something", "this line does not answer the member"),
            ("r6", "!tell member VM:", "There is no text"),
        ] {
            let letters = world.at("2026-12-07T12:30:00Z").mails(&vouched(ALICE, &alices, id, text));
            assert_eq!(kinds(&letters), ["refusal alice@example.org"], "{text}");
            let refusal = flat(&letters[0]);
            assert!(refusal.contains(words) && refusal.contains("“!tell member VM Example Ltd:”"), "{refusal}");
            assert!(refusal.contains("reply to the letter that brought their question"), "{refusal}");
            assert!(!refusal.contains("NAME") && !refusal.contains("did you mean"), "{refusal}");
        }

        let yes = "!tell member VM Example Ltd: Yes, from Monday on.\n\nOnly where your users cannot see the change.\n\n--\nAlice";
        let letters = world.at("2026-12-07T13:00:00Z").mails(&vouched(ALICE, &alices, "r7", yes));
        let told = format!("relay {ALIAS}");
        assert_eq!(kinds(&letters), ["answer alice@example.org", "notice bob@example.org", told.as_str()]);
        let answer = the(&letters, "relay", ALIAS);
        let (text, header) = (answer.text(), answer.header("In-Reply-To"));
        assert!(text.contains("Yes, from Monday on.\n\nOnly where") && !text.contains("!tell"), "{text}");
        assert_eq!(header, "<q1@vm.example.net>");
        assert!(the(&letters, "notice", BOB).text().contains("Yes, from Monday on."));

        // Their reply is a question again; their mail server vouches for this one.
        let thanks = asks(&answer.header("Reply-To"), ALIAS, "q2", STAMP, &answer.message_id(), "And on Sunday?");
        let letters = world.at("2026-12-07T14:00:00Z").mails(&thanks);
        let relayed = the(&letters, "relay", BOB);
        assert!(flat(relayed).contains("it is from their role address (DMARC)"), "{}", relayed.text());
        assert!(flat(relayed).contains("Re: your question"), "{}", relayed.text());

        // Machines are silent.
        let away = asks(&address, ALIAS, "q3", "Auto-Submitted: auto-replied\n", &id, "We are away.");
        assert_eq!(kinds(&world.at("2026-12-07T15:00:00Z").mails(&away)), [""; 0]);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0);
    });
}

#[test]
fn mail_to_the_predisclosure_list_is_never_distributed() {
    story("predisclosure-list", |world| {
        joined(world);
        // A member's question, with where members talk.
        let letters = world.at("2026-12-07T12:00:00Z").mails(&asks(
            LIST,
            ALIAS,
            "l1",
            STAMP,
            "<x@y.example>",
            "Is it exploited?",
        ));
        let told = format!("answer {ALIAS}");
        assert_eq!(kinds(&letters), [told.as_str(), "relay alice@example.org", "relay bob@example.org"]);
        assert!(the(&letters, "answer", ALIAS).text().contains("xen-security-issues-discuss@lists.example.org"));
        assert!(
            flat(the(&letters, "relay", ALICE)).contains("in a mail to the predisclosure list, which nobody else gets")
        );

        // Their address without proof, and a stranger: told where to write, once a day, and shown to the team.
        for (id, from, member) in [("l2", ALIAS, true), ("l3", KIM, false)] {
            let letters = world.at("2026-12-07T13:00:00Z").mails(&asks(LIST, from, id, "", "<x@y.example>", "Hello?"));
            let told = format!("answer {from}");
            assert_eq!(kinds(&letters), [told.as_str(), "relay alice@example.org", "relay bob@example.org"]);
            let answer = the(&letters, "answer", from).text();
            assert!(answer.contains("security@example.org") && !answer.contains("-discuss"), "{answer}");
            assert_eq!(flat(the(&letters, "relay", BOB)).contains("NOTHING proves that they wrote it"), member);
        }
        let letters = world.at("2026-12-07T14:00:00Z").mails(&asks(LIST, KIM, "l4", "", "<x@y.example>", "Hello??"));
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"], "once a day");
        let letters = world.at("2026-12-08T14:00:01Z").mails(&asks(LIST, KIM, "l5", "", "<x@y.example>", "Hello???"));
        assert_eq!(kinds(&letters)[0], format!("answer {KIM}"));
        let machine = asks(LIST, KIM, "l6", "Auto-Submitted: auto-generated\n", "<x@y.example>", "Nightly report");
        assert_eq!(kinds(&world.at("2026-12-08T15:00:00Z").mails(&machine)), [""; 0]);
        assert_eq!(members(world).len(), 1);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0);
    });
}

/// What came encrypted leaves encrypted, and only to whom a label keeps it so: moderators.
#[test]
fn an_encrypted_question_stays_encrypted() {
    let mut world = World::new(LineEnds::Lf);
    let address = joined(&mut world).header("Reply-To");
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    let bob = "UPDATE team_member SET moderator = 0 WHERE person = (SELECT id FROM person WHERE address = ?1)";
    assert_eq!(database.execute(bob, [BOB]).unwrap(), 1);
    drop(database);
    let question = in_cipher(&asks(&address, NILS, "q1", "", "<x@y.example>", ""), "zebrafinch");
    let letters = world.at("2026-12-07T12:00:00Z").mails(&question);
    let raw = |letter: &crate::world::Letter| String::from_utf8_lossy(letter.readable()).into_owned();
    let (alices, bobs) = (the(&letters, "relay", ALICE), the(&letters, "relay", BOB));
    assert!(alices.opened.is_some() && raw(alices).contains("zebrafinch"), "{}", raw(alices));
    assert!(!raw(bobs).contains("zebrafinch") && flat(bobs).contains("only moderators may read it"), "{}", raw(bobs));

    // So does the answer: the member has no certificate, and it waits.
    let reply = in_cipher(&vouched(ALICE, &alices.header("Reply-To"), "r1", ""), "!tell member VM: the finch is gone");
    let letters = world.at("2026-12-07T13:00:00Z").mails(&reply);
    assert!(letters.iter().all(|letter| letter.to != ALIAS || !raw(letter).contains("finch")), "{:?}", kinds(&letters));
    assert!(the(&letters, "answer", ALICE).text().contains("NOT sent yet"));
    let rows = world.json(&["outbox", "list"]);
    let waits = rows.as_array().unwrap().iter().find(|row| row["to"] == ALIAS && row["kind"] == "relay").unwrap();
    assert_eq!(waits["state"], "blocked");
}
