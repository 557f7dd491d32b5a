//! The team tells the desk what to do.

use super::*;
use crate::world::{Letter, kinds, the};

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

/// This mail as an answer to that one.
fn answering(mail: &str, message_id: &str) -> String {
    mail.replacen("MIME-Version: 1.0", &format!("In-Reply-To: {message_id}\nMIME-Version: 1.0"), 1)
}

/// Where this person answers mail of a case, and what they were sent: one of their letters.
fn reply_to(letters: &[Letter], who: &str) -> String {
    the(letters, "relay", who).header("Reply-To")
}

/// What a letter says, wherever its lines break.
fn words(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No line of a letter can act when it comes back, quoted or not.
fn has_no_command(letter: &Letter) {
    assert!(letter.text().lines().all(|line| !line.trim_start().starts_with('!')), "{}", letter.text());
}

/// Another mail of Dana's, as an answer to that one.
fn more_of_danas(id: &str, answers: &str, subject: &str, text: &str) -> String {
    mail(
        &format!(
            "From: Dana Doe <{DANA}>\nTo: security@example.org\nSubject: {subject}\nDate: Mon, 07 Dec 2026 09:40:00 +0000\n\
             Message-ID: <{id}@research.example.net>\nIn-Reply-To: {answers}"
        ),
        text,
    )
}

#[test]
fn a_case_is_named_given_to_somebody_and_noted_and_its_status_shows_it() {
    story("commands-about-a-case", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let (alices, bobs) = (reply_to(&letters, ALICE), reply_to(&letters, BOB));
        let text = "!title Overflow in grant_map\n!owner bob\n!note\n\nDana telephoned:\n\n  !release now\n\napprove";
        let asks = signed(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", text);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert!(words(the(&letters, "relay", BOB)).contains("Bob Example takes care of case 1 now."));
        letters.iter().for_each(has_no_command);

        let looks = vouched("Bob Example <bob@example.org>", &bobs, "b1", "!status");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&looks);
        let status = the(&letters, "answer", BOB);
        has_no_command(status);
        for shown in [
            "title:         Overflow in grant_map",
            "owner:         Bob Example <bob@example.org>",
            "Dana Doe <dana@research.example.net>: discoverer",
            "  | approve",
            "mails:         3",
        ] {
            assert!(status.text().contains(shown), "“{shown}” in:\n{}", status.text());
        }

        let case = world.json(&["case", "show", "1"]);
        assert_eq!((case["title"].as_str(), case["owner"].as_str()), (Some("Overflow in grant_map"), Some(BOB)));
        assert_eq!(case["notes"][0]["by"], "Alice Example");
        assert_eq!(case["participants"][0]["role"], "reporter");
        let shown = world.does(&["case", "show", "1"]);
        assert!(shown.contains("  | Dana telephoned:") && shown.contains("owner          bob@example.org"), "{shown}");

        // Whoever leaves the team takes care of nothing; coming back gives nothing back.
        world.does(&["team", "remove", BOB]);
        world.does(&["team", "add", "Bob Example", BOB]);
        assert_eq!(world.json(&["case", "show", "1"])["owner"], serde_json::Value::Null);
    });
}

#[test]
fn of_three_commands_of_which_the_second_fails_none_is_carried_out() {
    story("all-or-nothing", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let alices = reply_to(&letters, ALICE);
        let before = world.json(&["case", "show", "1"]);
        let text = "!title Overflow in grant_map\n!owner Carol\n!spam";
        let asks = signed(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", text);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert!(words(the(&letters, "refusal", ALICE)).contains("It says: !owner Carol"));
        assert!(words(the(&letters, "relay", BOB)).contains("nobody in the team is called “Carol”"));
        let after = world.json(&["case", "show", "1"]);
        for key in ["title", "state", "owner", "notes", "participants"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        let record = world.json(&["audit", "list"]);
        let acts =
            record.as_array().unwrap().iter().filter(|line| line["act"].as_str().unwrap().starts_with("command"));
        assert_eq!(acts.count(), 0, "what was undone is in no record");
        // The signature was not used up: the same mail could not act again, but a better one can.
        let text = "!title Overflow in grant_map\n!owner Bob Example";
        let asks = signed(world, ALICE, &alices, "a2", "2026-12-07T10:05:00Z", text);
        let letters = world.at("2026-12-07T10:05:00Z").mails(&asks);
        assert_eq!(the(&letters, "answer", ALICE).text().matches("- !").count(), 2, "each is answered");
    });
}

#[test]
fn spam_is_closed_without_a_word_to_its_author_and_can_be_opened_again() {
    story("spam-and-reopened", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let alices = reply_to(&letters, ALICE);
        let thanks = the(&letters, "acknowledgement", DANA).message_id();
        let ask = |world: &mut World, id: &str, when: &str, text: &str| {
            let asks = signed(world, ALICE, &alices, id, when, text);
            world.at(when).mails(&asks)
        };
        let letters = ask(world, "a1", "2026-12-07T10:00:00Z", "!spam");
        assert!(letters.iter().all(|letter| letter.to != DANA), "{:?}", kinds(&letters));
        assert_eq!(world.json(&["case", "list"])[0]["state"], "invalid");
        // Their next mail is passed on, and not answered.
        let again = more_of_danas("d1", &thanks, "Re: it", "Hello? Buy now.");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&again);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        let letters = ask(world, "a2", "2026-12-07T11:00:00Z", "!spam");
        assert!(words(the(&letters, "refusal", ALICE)).contains("the case is closed. What to do: open it again first"));
        ask(world, "a3", "2026-12-07T11:30:00Z", "!reopen");
        assert_eq!(world.json(&["case", "list"])[0]["state"], "triage");
        let letters = ask(world, "a4", "2026-12-07T12:00:00Z", "!reopen");
        assert!(words(the(&letters, "refusal", ALICE)).contains("the case is open"));
        let more = more_of_danas("d2", &thanks, "Re: it", "It was about a real thing.");
        let letters = world.at("2026-12-07T12:30:00Z").mails(&more);
        assert!(the(&letters, "answer", DANA).subject().contains("added to case 1"));
    });
}

#[test]
fn a_mail_about_something_else_becomes_a_case_of_its_own() {
    story("split", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let first = the(&letters, "relay", ALICE).clone();
        let thanks = the(&letters, "acknowledgement", DANA).message_id();
        let other = more_of_danas("d1", &thanks, "Another one in the scheduler", "a timer is freed twice.");
        let letters = world.at("2026-12-07T09:40:00Z").mails(&other);
        let (relay, added) = (the(&letters, "relay", ALICE).clone(), the(&letters, "answer", DANA).message_id());
        let to = relay.header("Reply-To");

        // The mail a case is about makes no other one, and what is answered must be told.
        for (id, answers, says) in
            [("a1", first.message_id(), "is the one that case 1 is about"), ("a2", "<b@c>".into(), "it cannot be told")]
        {
            let asks = signed(world, ALICE, &to, id, "2026-12-07T10:00:00Z", &format!("!split\n\n{id}"));
            let letters = world.at("2026-12-07T10:00:00Z").mails(&answering(&asks, &answers));
            let text = words(the(&letters, "refusal", ALICE));
            assert!(text.contains(says), "{text}");
        }

        let asks = signed(world, ALICE, &to, "a3", "2026-12-07T10:10:00Z", "!split");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&answering(&asks, &relay.message_id()));
        let dana = the(&letters, "acknowledgement", DANA);
        assert!(dana.subject().contains("case 2"), "{}", dana.subject());
        let brought: Vec<&Letter> = letters.iter().filter(|one| one.subject().contains("case 2]")).collect();
        assert_eq!(brought.iter().map(|one| one.to.as_str()).collect::<Vec<_>>(), [ALICE, BOB]);
        assert_ne!(brought[0].header("Reply-To"), to, "a reply address of the new case");
        let [one, two] = [1, 2].map(|number| world.json(&["case", "show", &number.to_string()]));
        assert_eq!(two["title"], "Another one in the scheduler");
        assert_eq!((two["reporter"].as_str(), two["received_at"].as_str()), (Some(DANA), Some("2026-12-07T09:40:00Z")));
        let mails = |case: &serde_json::Value| -> Vec<i64> {
            case["mails"].as_array().unwrap().iter().map(|mail| mail["inbox"].as_i64().unwrap()).collect()
        };
        assert_eq!((mails(&one), mails(&two)), (vec![1, 3, 4, 5], vec![2]));

        // Later mail finds the new case by the mail itself, and by what its author was sent for it.
        for (id, answers) in [("d2", "<d1@research.example.net>".to_owned()), ("d3", added), ("d4", dana.message_id())]
        {
            let letters = world.at("2026-12-07T11:00:00Z").mails(&more_of_danas(id, &answers, "Re: it", id));
            assert!(the(&letters, "answer", DANA).subject().contains("added to case 2"), "{id}");
        }
        let letters = world.at("2026-12-07T11:30:00Z").mails(&more_of_danas("d5", &thanks, "Re: it", "the first"));
        assert!(the(&letters, "answer", DANA).subject().contains("added to case 1"));

        // It went: the old copy moves it no more, but the new one does.
        let asks = signed(world, ALICE, &to, "a4", "2026-12-07T12:00:00Z", "!split");
        let letters = world.at("2026-12-07T12:00:00Z").mails(&answering(&asks, &relay.message_id()));
        assert!(words(the(&letters, "refusal", ALICE)).contains("is in case 2, not in"));
        let to = brought[0].header("Reply-To");
        let asks = signed(world, ALICE, &to, "a5", "2026-12-07T12:10:00Z", "!move 1");
        let letters = world.at("2026-12-07T12:10:00Z").mails(&answering(&asks, &brought[0].message_id()));
        assert!(words(the(&letters, "answer", ALICE)).contains("is in case 1 now"));
        assert_eq!(mails(&world.json(&["case", "show", "1"]))[1], 2);
    });
}

#[test]
fn a_stranger_whose_mail_becomes_a_case_of_its_own_does_not_learn_where_it_was() {
    story("split-from-a-stranger", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let stranger = mail(
            "From: Erin <erin@example.net>\nTo: security@example.org\nSubject: Re: a public patch\n\
             Date: Mon, 07 Dec 2026 09:50:00 +0000\nMessage-ID: <e1@example.net>\n\
             In-Reply-To: <report-1@research.example.net>",
            "By the way, the scheduler crashes.",
        );
        let letters = world.at("2026-12-07T09:50:00Z").mails(&stranger);
        let relay = the(&letters, "relay", BOB);
        let asks = signed(world, BOB, &relay.header("Reply-To"), "b1", "2026-12-07T10:00:00Z", "!split");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&answering(&asks, &relay.message_id()));
        assert!(letters.iter().all(|one| !one.to.starts_with("erin")), "{:?}", kinds(&letters));
        assert_eq!(world.json(&["case", "show", "2"])["reporter"], "erin@example.net");
        assert!(words(the(&letters, "answer", BOB)).contains("was not told"));
        // What they write next is received, like all mail of people who were never told of a case.
        let next = stranger.replace("e1@", "e2@").replace("report-1@research.example.net", "e1@example.net");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&next);
        assert!(the(&letters, "acknowledgement", "erin@example.net").subject().starts_with("Your mail has arrived"));
        assert!(the(&letters, "relay", BOB).subject().contains("case 2]"));
    });
}

#[test]
fn a_mail_moves_to_another_case_and_its_author_hears_nothing() {
    story("move", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let second = mail(
            "From: Erin <erin@example.net>\nTo: security@example.org\nSubject: Grants leak\n\
             Date: Mon, 07 Dec 2026 09:30:00 +0000\nMessage-ID: <e1@example.net>",
            "Mapping a grant twice leaks it.",
        );
        let letters = world.at("2026-12-07T09:30:00Z").mails(&second);
        let relay = the(&letters, "relay", ALICE).clone();
        let thanks = the(&letters, "acknowledgement", "erin@example.net").message_id();
        let to = relay.header("Reply-To");
        let ask = |world: &mut World, id: &str, when: &str, text: &str| {
            let asks = answering(&signed(world, ALICE, &to, id, when, text), &relay.message_id());
            world.at(when).mails(&asks)
        };
        for (id, text, says) in
            [("a1", "!move 2", "the mail is in case 2 already"), ("a2", "!move 7", "there is no case 7")]
        {
            let letters = ask(world, id, "2026-12-07T10:00:00Z", text);
            assert!(words(the(&letters, "refusal", ALICE)).contains(says));
        }
        let letters = ask(world, "a3", "2026-12-07T10:10:00Z", "!move 1");
        assert!(letters.iter().all(|one| !one.to.starts_with("erin")), "{:?}", kinds(&letters));
        let one = world.json(&["case", "show", "1"]);
        assert_eq!(one["mails"][1]["joined_by"], "command");
        assert_eq!(one["mails"][1]["standing"], "stranger");
        assert_eq!(one["participants"].as_array().unwrap().len(), 1, "Dana only");
        // Dana's case is no business of Erin's: what answers the mail joins it, and she hears only that it arrived.
        for (id, answers, case) in [("e2", "<e1@example.net>", "case 1]"), ("e3", thanks.as_str(), "case 2]")] {
            let more = second.replace("<e1@example.net>", &format!("<{id}@example.net>\nIn-Reply-To: {answers}"));
            let letters = world.at("2026-12-07T11:00:00Z").mails(&more);
            assert!(the(&letters, "relay", BOB).subject().contains(case), "{id}");
            let hers: Vec<String> =
                letters.iter().filter(|one| one.to.starts_with("erin")).map(Letter::subject).collect();
            assert!(hers.iter().all(|subject| !subject.contains("case 1")), "{hers:?}");
            // In the case she knows, she is told as before.
            assert_eq!(hers[0].contains("added to case 2"), id == "e3", "{hers:?}");
        }
    });
}

#[test]
fn the_same_mail_by_two_ways_acts_once_and_nobody_is_alarmed() {
    story("commands-by-two-ways", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let (alices, both) = (reply_to(&letters, ALICE), the(&letters, "relay", ALICE).address_after(BOTH));
        let asks = signed(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", "!note Called Dana.");
        let asks = answering(&asks, "<report-1@research.example.net>");
        let at_role = asks.replacen(&format!("Delivered-To: {alices}"), "Delivered-To: security@example.org", 1);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&at_role);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"], "the other copy says it");
        let letters = world.at("2026-12-07T10:00:05Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        // Once more, at her other address, and at the same.
        for (second, to) in [(10, &both), (11, &alices)] {
            let again =
                asks.replacen(&format!("Delivered-To: {alices}"), &format!("Delivered-To: {to}\nX-Again: yes"), 1);
            let letters = world.at(&format!("2026-12-07T10:00:{second}Z")).mails(&again);
            assert_eq!(kinds(&letters), Vec::<String>::new());
        }
        // The other way round: the copy at security@ comes last.
        let asks = signed(world, ALICE, &alices, "a2", "2026-12-07T10:10:00Z", "!note Called her again.");
        let asks = answering(&asks, "<report-1@research.example.net>");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        let at_role = asks.replacen(&format!("Delivered-To: {alices}"), "Delivered-To: security@example.org", 1);
        let letters = world.at("2026-12-07T10:10:05Z").mails(&at_role);
        assert_eq!(kinds(&letters), Vec::<String>::new());
        let notes = world.json(&["case", "show", "1"])["notes"].as_array().unwrap().len();
        assert_eq!(notes, 2);
    });
}

#[test]
fn unproven_first_and_vouched_later_acts_once() {
    story("commands-vouched-later", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let alices = reply_to(&letters, ALICE);
        let vouched = vouched("Alice Example <alice@example.org>", &alices, "a1", "!status");
        let unproven = vouched.replacen("Authentication-Results: mx.example.org; dmarc=pass", "X-Results: none", 1);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&unproven);
        assert!(the(&letters, "refusal", ALICE).subject().contains("NOT carried out"));
        for (second, expected) in
            [(1, vec!["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]), (2, vec![])]
        {
            let again = vouched.replacen("From:", &format!("X-Way: {second}\nFrom:"), 1);
            let letters = world.at(&format!("2026-12-07T10:00:0{second}Z")).mails(&again);
            assert_eq!(kinds(&letters), expected);
        }
        let letters = world.at("2026-12-07T10:00:09Z").mails(&unproven.replacen("From:", "X-Way: 3\nFrom:", 1));
        assert_eq!(kinds(&letters), Vec::<String>::new(), "the unproven copy again is no alarm");
    });
}

#[test]
fn a_signed_mail_names_its_case_wherever_it_comes() {
    story("a-case-named-in-signed-text", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let fresh = |world: &World, who: &str, id: &str, text: &str| {
            signed(world, who, "security@example.org", id, "2026-12-07T10:00:00Z", text)
        };
        let asks = fresh(world, ALICE, "a1", "case 1\n!title Overflow in grant_map");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "list"])[0]["title"], "Overflow in grant_map");
        // Without a command it joins all the same, and what is no command opens no case either.
        let talks = fresh(world, BOB, "b1", "case 1\n\nI can reproduce it.");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&talks);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        let wrong = fresh(world, BOB, "b2", "case 1\n!titel Overflow");
        let letters = world.at("2026-12-07T10:20:00Z").mails(&wrong);
        assert!(the(&letters, "refusal", BOB).subject().contains("case 1] NOTHING was done"));
        for (minute, text) in [(30, "case 7\n!title Elsewhere"), (31, "case 7\n!titel"), (32, "case 7\n\nJust words.")]
        {
            let lost = fresh(world, ALICE, &format!("a{minute}"), text);
            let letters = world.at(&format!("2026-12-07T10:{minute}:00Z")).mails(&lost);
            assert_eq!(kinds(&letters), ["refusal alice@example.org"], "{text}");
            assert!(words(&letters[0]).contains("there is no case 7"), "{}", letters[0].text());
        }
        // The line alone, signed by nobody, is the beginning of a report.
        let line = mail(
            "From: Erin <erin@example.net>\nSubject: case 1\nMessage-ID: <e1@example.net>",
            "case 1\n\nIt crashes.",
        );
        let letters = world.at("2026-12-07T11:00:00Z").mails(&line);
        assert!(the(&letters, "acknowledgement", "erin@example.net").subject().contains("case 2"));
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 2);
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
