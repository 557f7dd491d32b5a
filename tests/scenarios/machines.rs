//! Mail no person wrote: what is silent has no effect, what reports is relayed, and nothing is ever answered.

use super::*;
use crate::world::kinds;

#[test]
fn our_own_mail_bounces_and_vacation_answers_have_no_effect() {
    story("silent-machines", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let own = letters[0].raw.clone();
        let mut back = b"Delivered-To: security@example.org\r\nReceived: from list.example.com\r\n".to_vec();
        back.extend(own);
        // What is said at the key of a letter counts: `scenarios::bounces`.
        let bounce_to = "security@example.org";
        let bounce = format!(
            "Return-Path: <>
Delivered-To: {bounce_to}
From: Mail Delivery System <MAILER-DAEMON@example.org>
To: {bounce_to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn@example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; alice@example.org
Action: failed
Status: 5.1.1

--b--
"
        );
        let vacation = mail(
            "From: Dana Doe <dana@research.example.net>
Subject: Automatic reply: Your report is case 1
Auto-Submitted: auto-replied
Message-ID: <away@research.example.net>
In-Reply-To: <x@example.org>",
            "I am away.",
        );
        for (minute, raw) in [String::from_utf8(back).unwrap(), bounce, vacation].into_iter().enumerate() {
            let letters = world.at(&format!("2026-12-07T10:0{minute}:00Z")).mails(&raw);
            assert!(letters.is_empty(), "{:?}", kinds(&letters));
        }
        let reasons: Vec<String> = world
            .json(&["inbox", "list"])
            .as_array()
            .unwrap()
            .iter()
            .map(|mail| mail["reason"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            reasons,
            ["opened case 1", "our own mail come back", "a bounce or another report about mail", "an automatic reply"]
        );
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_tracker_opens_a_case_that_is_relayed_and_not_answered() {
    story("tracker", |world| {
        let first = mail(
            "From: bugs@tracker.example.net
Subject: [Bug 7] New: buffer overflow in the loader
Auto-Submitted: auto-generated
Message-ID: <bug-7@tracker.example.net>
Date: Mon, 07 Dec 2026 09:00:00 +0000",
            "A bug was entered.",
        );
        let letters = world.at("2026-12-07T09:00:00Z").mails(&first);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        let second = mail(
            "From: bugs@tracker.example.net
Subject: [Bug 7] buffer overflow in the loader
Auto-Submitted: auto-generated
Message-ID: <bug-7-1@tracker.example.net>
In-Reply-To: <bug-7@tracker.example.net>
Date: Mon, 07 Dec 2026 10:00:00 +0000",
            "A comment was added.",
        );
        let letters = world.at("2026-12-07T10:00:00Z").mails(&second);
        assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
        // There is nobody to answer: who tries is told.
        let both = letters[0].header("Reply-To");
        assert!(both.contains("security+"));
    });
}
