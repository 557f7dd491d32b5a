//! Discoverers and what they get back.

use super::*;
use crate::world::{kinds, the};

#[test]
fn a_report_is_acknowledged_opened_as_a_case_and_relayed_to_the_team() {
    story("a-report", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        assert_eq!(
            kinds(&letters),
            ["acknowledgement dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
        );
        let thanks = the(&letters, "acknowledgement", DANA);
        for repeated in ["stale mapping", "host memory"] {
            assert!(
                !String::from_utf8_lossy(&thanks.raw).contains(repeated),
                "the acknowledgement repeats “{repeated}”"
            );
        }
        assert!(thanks.from.is_none(), "an automatic answer has the null return path (RFC 3834)");
        assert!(thanks.text().contains("CVE number"));
        assert!(thanks.header("Autocrypt").contains("addr=security@example.org"));
        let to_alice = the(&letters, "relay", ALICE);
        assert!(to_alice.from.is_some(), "a bounce of a relay must reach us");
        let inside = String::from_utf8(to_alice.inside()).unwrap().replace("\r\n", "\n");
        assert_eq!(inside.trim_end(), report().trim_end(), "the report rides inside as received");
        let to_bob = the(&letters, "relay", BOB);
        assert_ne!(to_alice.header("Reply-To"), to_bob.header("Reply-To"), "each has a reply address of their own");
        let case = &world.json(&["case", "show", "1"]);
        assert_eq!(case["state"], "triage");
        assert_eq!(case["reporter"], DANA);
        assert_eq!(case["predisclosure_at"], "2026-12-14T12:00:00Z");
        assert_eq!(case["release_at"], "2026-12-28T12:00:00Z");
    });
}

#[test]
fn the_discoverer_writes_again_and_a_stranger_guesses_the_reference() {
    story("later-mail", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let letters = world.at("2026-12-07T12:00:00Z").mails(&mail(
            "From: Dana Doe <dana@research.example.net>
Subject: Re: Guest can read host memory
Date: Mon, 07 Dec 2026 11:59:00 +0000
Message-ID: <report-2@research.example.net>
References: <other@example.net> <report-1@research.example.net>",
            "The program is at the end of this mail.",
        ));
        assert_eq!(
            kinds(&letters),
            ["answer dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
        );
        let letters = world.at("2026-12-07T13:00:00Z").mails(&mail(
            "From: Nosy <nosy@example.com>
Subject: Re: Guest can read host memory
Date: Mon, 07 Dec 2026 12:59:00 +0000
Message-ID: <guess@example.com>
In-Reply-To: <report-1@research.example.net>",
            "Any news?",
        ));
        assert_eq!(
            kinds(&letters),
            ["acknowledgement nosy@example.com", "relay alice@example.org", "relay bob@example.org"]
        );
        let to_nosy = the(&letters, "acknowledgement", "nosy@example.com");
        let all = String::from_utf8_lossy(&to_nosy.raw).to_lowercase();
        for told in ["case", "dana", "guest", "host memory"] {
            assert!(!all.contains(told), "a stranger is told “{told}”");
        }
        // Whoever answers a mail that is in no case hears the very same: nobody finds out which mails are secret.
        let other = mail(
            "From: Nosy <nosy@example.com>
Subject: Re: Guest can read host memory
Date: Mon, 07 Dec 2026 13:00:00 +0000
Message-ID: <guess-1@example.com>
In-Reply-To: <in-no-case@example.net>",
            "Any news?",
        );
        let of_no_case = world.at("2026-12-07T13:00:00Z").mails(&other);
        let of_no_case = the(&of_no_case, "acknowledgement", "nosy@example.com");
        assert_eq!((to_nosy.text(), to_nosy.subject()), (of_no_case.text(), of_no_case.subject()));
        assert_eq!(to_nosy.attachments(), of_no_case.attachments());
        // Nor does answering either letter lead anybody into a case, or tell them apart.
        let answer = format!(
            "From: Nosy <nosy@example.com>
Subject: Re: your mail
Date: Mon, 07 Dec 2026 13:30:00 +0000
Message-ID: <guess-2@example.com>
In-Reply-To: {}",
            to_nosy.message_id()
        );
        let again = world.at("2026-12-07T13:30:00Z").mails(&mail(&answer, "Hello?"));
        let answer = answer.replace(&to_nosy.message_id(), &of_no_case.message_id()).replace("guess-2", "guess-3");
        let of_no_case = world.at("2026-12-07T13:30:00Z").mails(&mail(&answer, "Hello?"));
        let theirs = |letters: &[crate::world::Letter]| {
            let letter = the(letters, "acknowledgement", "nosy@example.com");
            (letter.text(), letter.subject())
        };
        assert_eq!(theirs(&again), theirs(&of_no_case));
        assert_eq!(world.json(&["case", "show", "1"])["mails"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn one_mail_by_two_ways_has_one_effect() {
    story("two-ways", |world| {
        world.at("2026-12-07T09:12:04Z").mails(&report());
        let other_way =
            report().replacen("Delivered-To", "X-Spam-Score: 0\nReceived: by alias.example.org\nDelivered-To", 1);
        let letters = world.at("2026-12-07T09:12:05Z").mails(&other_way);
        assert!(letters.is_empty(), "{:?}", kinds(&letters));
        let mails = world.json(&["inbox", "list"]);
        assert_eq!(mails[1]["reason"], "the same mail as 1, by another way");
    });
}

#[test]
fn a_mail_nobody_can_answer_still_reaches_the_team() {
    story("no-author", |world| {
        for (number, from) in [
            "",
            "From: security@example.org",
            "From: a@example.net, b@example.net",
            "From: xen-devel@lists.example.org",
        ]
        .iter()
        .enumerate()
        {
            let headers = format!(
                "{from}\nSubject: crash {number}\nMessage-ID: <crash-{number}@example.net>\nDate: Mon, 07 Dec 2026 09:00:00 +0000"
            );
            let letters = world.at(&format!("2026-12-07T09:0{number}:00Z")).mails(&mail(&headers, "It crashes."));
            assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"], "{from}");
        }
        let cases = world.json(&["case", "list"]);
        assert!(cases.as_array().unwrap().iter().all(|case| case["reporter"].is_null()), "{cases}");
    });
}

#[test]
fn hostile_names_and_subjects_change_no_header_and_no_reply_address() {
    story("hostile-words", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&mail(
            "From: =?utf-8?Q?Mallory=0D=0ABcc:_victim@example.com?= <mallory@example.com>
Subject: =?utf-8?Q?look=0D=0AReply-To:_mallory@example.com_=EE=80=80both=EE=80=81_{{_case_}}?=
Date: Mon, 07 Dec 2026 09:12:04 +0000
Message-ID: <hostile@example.com>",
            "!approve\napprove",
        ));
        for letter in &letters {
            assert_eq!(letter.header("Bcc"), "");
            assert!(!letter.header("Reply-To").contains("mallory"));
            assert!(
                !letter.subject().contains("security+"),
                "a slot in a stranger's subject was filled: {}",
                letter.subject()
            );
        }
    });
}

#[test]
fn a_report_with_eight_bit_bytes_rides_whole_in_a_letter_that_is_clean() {
    let mut world = World::new(LineEnds::CrLf);
    let raw = [report().as_bytes(), b"caf\xe9 \xff\x00 end\n"].concat();
    world.at("2026-12-07T09:12:04Z").post(&raw);
    let letters = world.round();
    let relay = the(&letters, "relay", ALICE);
    assert!(relay.raw.iter().all(|byte| *byte < 0x80 && *byte != 0));
    assert_eq!(relay.inside(), crate::world::crlf(&raw));
}

#[test]
fn every_letter_of_the_demonstration_verifies_with_gpg() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("demo");
    let demo = crate::world::embargod().args(["demo", "--out"]).arg(&out).output().unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let story = String::from_utf8(demo.stdout).unwrap();
    assert!(story.contains("THIS MAY ALREADY BE PUBLIC") && story.contains("NOT sent to the discoverer"));
    assert!(story.contains("relay to alice@example.org, encrypted: ") && story.contains("[attached: as-received.eml]"));
    let mut letters: Vec<_> =
        std::fs::read_dir(out.join("mail/out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    letters.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    // What members wrote leaves as they wrote it.
    let is_post = |path: &std::path::PathBuf| {
        let kind = std::fs::read_to_string(path.with_extension("json")).unwrap();
        kind.contains("\"post\"") && std::fs::read_to_string(path).unwrap().contains("\nX-BeenThere: ")
    };
    assert_eq!(letters.iter().filter(|path| is_post(path)).count(), 1);
    letters.retain(|path| !is_post(path));
    let verified = std::process::Command::new(out.join("verify-letter")).args(&letters).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success(), "{said}");
    assert_eq!(said.matches("Good signature from \"Xen Project Security Team").count(), letters.len());
    // One byte more, in clear or in cipher, and it fails.
    let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let is_encrypted = |path: &&std::path::PathBuf| text(path).contains("multipart/encrypted");
    let (encrypted, clear): (Vec<_>, Vec<_>) = letters.iter().partition(is_encrypted);
    for (paths, before) in
        [(clear, "Content-Transfer-Encoding: quoted-printable\r\n\r\n"), (encrypted, "PGP MESSAGE-----\r\n\r\n")]
    {
        let path = paths.into_iter().find(|path| text(path).contains(before)).unwrap();
        let changed = text(path).replacen(before, &format!("{before}x"), 1);
        assert_ne!(changed, text(path));
        std::fs::write(path, changed).unwrap();
        assert!(!std::process::Command::new(out.join("verify-letter")).arg(path).status().unwrap().success());
    }
}

#[test]
fn a_stranger_who_borrows_the_identifier_of_a_mail_finds_out_nothing() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let borrowed = report().replace("Dana Doe <dana@research.example.net>", "Nosy <nosy@example.com>");
    let letters = world.at("2026-12-07T09:20:00Z").mails(&borrowed);
    assert!(
        the(&letters, "acknowledgement", "nosy@example.com").subject().contains("case 2"),
        "like anybody's first mail"
    );
    // Its author's own copy, changed on the way, still belongs to the first case.
    let changed = report().replace("Dana\n", "Dana\n_______\nA footer\n");
    world.at("2026-12-07T09:21:00Z").mails(&changed);
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 2);
}
