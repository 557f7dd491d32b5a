//! The team answers: among themselves, and to the discoverer when it is proven who writes.

use super::*;
use crate::world::{kinds, the};

#[test]
fn an_answer_to_the_relay_reaches_the_team_alone() {
    story("answer-to-the-team", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let reply_to = the(&letters, "relay", ALICE).header("Reply-To");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(
            "Alice Example <alice@example.org>",
            &reply_to,
            "a1",
            "Who takes it?",
        ));
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_proven_answer_by_the_second_address_reaches_the_discoverer_too() {
    story("answer-to-the-discoverer", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let relay = the(&letters, "relay", ALICE);
        let (both, team) = (relay.address_after(BOTH), relay.header("Reply-To"));
        assert_ne!(both, team);
        let text = format!("Thank you, Dana.\n\n> The team AND the discoverer, write to: {both}\n> {team}");
        let letters =
            world.at("2026-12-07T10:00:00Z").mails(&vouched("Alice Example <alice@example.org>", &both, "a1", &text));
        assert_eq!(
            kinds(&letters),
            [
                "answer alice@example.org",
                "relay alice@example.org",
                "relay bob@example.org",
                "relay dana@research.example.net"
            ]
        );
        let to_dana = the(&letters, "relay", DANA);
        assert!(to_dana.text().contains("Thank you, Dana."));
        assert_eq!(to_dana.header("In-Reply-To"), "<report-1@research.example.net>");
        let all = String::from_utf8_lossy(&to_dana.raw).replace("=\r\n", "");
        assert!(!all.contains("security+"), "the discoverer sees a reply address of Alice's");
        // Dana's reply to that letter is in the case.
        let headers = format!(
            "From: Dana Doe <dana@research.example.net>\nSubject: Re: your report\nMessage-ID: <report-2@research.example.net>\n\
             Date: Mon, 07 Dec 2026 11:00:00 +0000\nIn-Reply-To: {}",
            to_dana.message_id()
        );
        let letters = world.at("2026-12-07T11:00:00Z").mails(&mail(&headers, "Here it is."));
        assert_eq!(
            kinds(&letters),
            ["answer dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
        );
    });
}

#[test]
fn without_proof_nothing_reaches_the_discoverer_and_whose_name_was_used_is_told() {
    story("unproven-answers", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let alices = the(&letters, "relay", ALICE).address_after(BOTH);
        let vouched_alice = |id: &str| vouched("Alice Example <alice@example.org>", &alices, id, "A secret.");
        let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n";
        let cases: Vec<(&str, String, Vec<&str>)> = vec![
            ("no stamp", vouched_alice("a1").replace(stamp, ""), vec![ALICE]),
            ("dmarc fails", vouched_alice("a2").replace("dmarc=pass", "dmarc=fail"), vec![ALICE]),
            ("another server's stamp", vouched_alice("a3").replace("mx.example.org;", "mx.example.com;"), vec![ALICE]),
            ("two stamps of ours", vouched_alice("a4").replace(stamp, &stamp.repeat(2)), vec![ALICE]),
            (
                "another domain",
                vouched_alice("a5").replace("header.from=example.org", "header.from=example.com"),
                vec![ALICE],
            ),
            (
                "a subdomain",
                vouched_alice("a6").replace("header.from=example.org", "header.from=mail.example.org"),
                vec![ALICE],
            ),
            (
                "Bob by Alice's address",
                vouched("Bob Example <bob@example.org>", &alices, "a7", "A secret."),
                vec![ALICE, BOB],
            ),
            (
                "a program of Alice's",
                vouched_alice("a8").replace("From:", "Auto-Submitted: auto-generated\nFrom:"),
                vec![ALICE],
            ),
        ];
        let mut now: jiff::Timestamp = "2026-12-07T10:00:00Z".parse().unwrap();
        for (what, raw, told) in cases {
            let letters = world.at(&now.to_string()).mails(&raw);
            now += jiff::SignedDuration::from_hours(5); // No more than five letters about them in a day.
            assert!(letters.iter().all(|letter| letter.to != DANA), "{what}: something went to the discoverer");
            let refused: Vec<&str> =
                letters.iter().filter(|letter| letter.kind == "refusal").map(|letter| letter.to.as_str()).collect();
            assert_eq!(refused, told, "{what}");
        }
        let audit = world.json(&["audit", "list"]);
        let refusals = audit.as_array().unwrap().iter().filter(|line| line["act"] == "refuse answer-reporter").count();
        assert_eq!(refusals, 8);
    });
}

#[test]
fn who_leaves_the_team_gets_nothing_more_and_their_addresses_are_void() {
    story("leaving", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let bobs = the(&letters, "relay", BOB).address_after(BOTH);
        world.does(&["team", "remove", BOB]);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(
            "Bob Example <bob@example.org>",
            &bobs,
            "b1",
            "Hello Dana",
        ));
        assert!(
            letters.iter().all(|letter| letter.to != DANA && letter.kind != "relay" || letter.to == ALICE),
            "{:?}",
            kinds(&letters)
        );
        let voided = world.does(&["audit", "list"]);
        assert!(voided.contains("2 reply addresses void"));
    });
}

#[test]
fn a_profile_may_copy_the_discoverer_on_every_reply() {
    story("reporter-always-copied", |world| {
        let profile = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
        std::fs::write(
            world.dir.join("own.toml"),
            profile.replace("copy_reporter = \"on-request\"", "copy_reporter = \"always\""),
        )
        .unwrap();
        let settings = std::fs::read_to_string(world.config()).unwrap();
        std::fs::write(world.config(), format!("profile_file = \"own.toml\"\n{settings}")).unwrap();
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let relay = the(&letters, "relay", ALICE);
        let (both, team) = (relay.header("Reply-To"), relay.address_after("The team only, write to: "));
        let both = both.trim_matches(['<', '>']);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(
            "Alice Example <alice@example.org>",
            both,
            "a1",
            "Hello Dana.",
        ));
        assert!(the(&letters, "relay", DANA).text().contains("Hello Dana."));
        let letters = world.at("2026-12-07T10:05:00Z").mails(&vouched(
            "Alice Example <alice@example.org>",
            &team,
            "a2",
            "Among us.",
        ));
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
    });
}

#[test]
fn attachments_of_an_answer_reach_the_discoverer_and_what_the_mail_took_does_not() {
    story("answer-with-attachment", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let both = the(&letters, "relay", ALICE).address_after(BOTH);
        let raw = vouched("Alice Example <alice@example.org>", &both, "a1", "").replace(
            "\n\n",
            "\nX-Originating-IP: 192.0.2.7\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nPlease try this patch.\n\
             --b\nContent-Type: text/x-patch; name=\"../fix.patch\"\nContent-Disposition: attachment; filename=\"../fix.patch\"\n\n\
             --- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n--b--\n",
        );
        let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
        let to_dana = the(&letters, "relay", DANA);
        assert!(to_dana.text().contains("Please try this patch."), "{}", to_dana.text());
        assert_eq!(to_dana.attachments(), ["fix.patch", "signature.asc"]);
        assert!(!String::from_utf8_lossy(&to_dana.raw).contains("192.0.2.7"));
    });
}

#[test]
fn one_mail_to_both_reply_addresses_is_told_to_everybody_as_it_was() {
    story("to-both-addresses", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let relay = the(&letters, "relay", ALICE);
        let (both, team) = (relay.address_after(BOTH), relay.header("Reply-To"));
        let raw = vouched("Alice Example <alice@example.org>", &team, "a1", "Hello Dana.");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
        assert!(the(&letters, "relay", BOB).text().contains("We passed it to the team only."));
        let raw = raw.replacen(&team, &both, 1);
        let letters = world.at("2026-12-07T10:00:01Z").mails(&raw);
        assert!(
            the(&letters, "relay", BOB).text().contains("It also went to the discoverer"),
            "Bob must not believe the first relay"
        );
        assert!(the(&letters, "relay", DANA).text().contains("Hello Dana."));
    });
}

#[test]
fn an_answer_of_which_nothing_can_be_passed_on_does_not_go_out() {
    story("empty-answers", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let both = the(&letters, "relay", ALICE).address_after(BOTH);
        let encrypted = vouched(
            "Alice Example <alice@example.org>",
            &both,
            "a2",
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--",
        )
        .replacen("Subject:", "Content-Type: multipart/encrypted; boundary=b\nSubject:", 1);
        for raw in [vouched("Alice Example <alice@example.org>", &both, "a1", "  "), encrypted] {
            let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
            assert_eq!(
                kinds(&letters),
                ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]
            );
            assert!(the(&letters, "relay", BOB).text().contains("It did NOT go there"));
        }
    });
}
