//! `check --send`: what comes back, what does not, and what follows from a forged stamp.

use super::desk::{BOTH, DISCOVERER, Desk, SOON};
use super::stack::Stack;

fn untried(settings: &[(&str, &str)]) -> Desk {
    let stack = Stack::up_with(settings);
    let account = stack.account("bot");
    Desk::untried(stack, &[account], &["alice@proj.test", "bob@proj.test"])
}

fn said(desk: &Desk, arguments: &[&str]) -> (Option<i32>, String) {
    let output = desk.command_with("embargod.toml", arguments);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The first line that says this, and the one below it.
fn finding<'s>(said: &'s str, words: &str) -> (&'s str, &'s str) {
    let mut lines = said.lines().skip_while(|line| !line.contains(words));
    (lines.next().unwrap_or_else(|| panic!("no “{words}” in: {said}")), lines.next().unwrap_or_default())
}

#[test]
fn every_address_comes_back_and_a_forged_stamp_does_not_and_nothing_is_left_behind() {
    let mut desk = untried(&[]);
    let (code, before) = said(&desk, &["check"]);
    assert_eq!(code, Some(0));
    let (note, remedy) = finding(&before, "nobody's sender is proven yet");
    assert!(note.starts_with("note") && remedy.contains("check --send"), "{before}");
    assert!(desk.does(&["status"]).contains("nobody's sender is proven yet"));

    let tried = desk.does(&["check", "--send"]);
    for good in ["mail to security@proj.test comes back", "a reply address, security+…@proj.test, comes back"] {
        assert!(finding(&tried, good).0.starts_with("ok"), "{tried}");
    }
    assert!(finding(&tried, "a forged stamp is removed").0.starts_with("ok"), "{tried}");
    assert!(tried.contains("All is well"), "{tried}");
    assert!(desk.stack.mailbox("bot").is_empty(), "the mails of the check are removed again");
    assert!(!desk.does(&["status"]).contains("nobody's sender"));
    assert!(desk.does(&["audit", "list"]).contains("believe stamps"));

    // Beside a daemon that takes the same mail: it knows it for its own.
    desk.start();
    assert!(desk.does(&["check", "--send"]).contains("All is well"));
    for mail in desk.list("inbox") {
        assert!(["", "our own mail come back"].contains(&mail["reason"].as_str().unwrap()), "{mail}");
    }
    assert!(desk.list("case").is_empty() && desk.list("outbox").is_empty(), "it opens no case and answers nobody");
}

#[test]
fn where_a_forged_stamp_comes_through_no_stamp_is_believed_until_that_is_mended() {
    let mut desk = untried(&[("STRIP", "no")]);
    let (code, tried) = said(&desk, &["check", "--send"]);
    assert_eq!(code, Some(1), "{tried}");
    let (wrong, remedy) = finding(&tried, "a forged stamp in the name of mx.proj.test comes through");
    assert!(wrong.starts_with("WRONG") && remedy.contains("header_checks"), "{tried}");

    // Alice's own answer, truly stamped by the server, does not reach the discoverer either.
    desk.start();
    let report = "From: Dana Doe <discoverer@reporter.test>\r\nTo: security@proj.test\r\nSubject: overflow\r\n\
                  Date: Mon, 07 Dec 2026 09:12:04 +0000\r\nMessage-ID: <1@reporter.test>\r\n\r\nIt overflows.\r\n";
    desk.stack.deliver(DISCOVERER, "security@proj.test", report.as_bytes()).unwrap();
    let both = desk.letter("alice", 1, "overflow").address_after(BOTH);
    let answer = format!(
        "From: Alice <alice@proj.test>\r\nTo: {both}\r\nSubject: Re: overflow\r\n\
         Date: Mon, 07 Dec 2026 10:00:00 +0000\r\nMessage-ID: <2@proj.test>\r\n\r\nWe fix it on Friday.\r\n"
    );
    desk.stack.submit("alice", &both, answer.as_bytes()).unwrap();
    desk.letter("alice", 3, "NOT sent to the discoverer");

    // The server is mended, and the daemon need not be started again.
    does_with_stamps(&desk, "IGNORE");
    let mended = desk.does(&["check", "--send"]);
    assert!(mended.contains("a forged stamp is removed"), "{mended}");
    desk.stack.submit("alice", &both, answer.replace("<2@", "<3@").as_bytes()).unwrap();
    let answered = desk.stack.wait_for(DISCOVERER, 2, SOON);
    assert!(String::from_utf8_lossy(&answered[1]).contains("We fix it on Friday."));
}

/// What the server does with a stamp in its name that a mail brings, of its own users as of others.
fn does_with_stamps(desk: &Desk, action: &str) {
    let rule = format!("/^Authentication-Results[[:space:]]*:[^;]*mx\\.proj\\.test/ {action}\n");
    let folder = desk.stack.dir().join("postfix/etc");
    let stamp = std::fs::read_to_string(folder.join("stamp")).unwrap();
    desk.stack.fault("mail-down");
    std::fs::write(folder.join("strip"), &rule).unwrap();
    std::fs::write(folder.join("stamp"), format!("{rule}{stamp}")).unwrap();
    desk.stack.fault("mail-up");
}

/// It may refuse it of its own user only, or for another reason altogether.
#[test]
fn a_server_that_refuses_a_forged_stamp_shows_nothing_by_it() {
    let desk = untried(&[("STRIP", "no")]);
    does_with_stamps(&desk, "REJECT");
    let (code, tried) = said(&desk, &["check", "--send"]);
    assert_eq!(code, Some(1), "{tried}");
    let (wrong, remedy) = finding(&tried, "a forged stamp is refused by our mail server");
    assert!(wrong.starts_with("WRONG") && wrong.contains("shows nothing") && remedy.contains("IGNORE"), "{tried}");
    assert_eq!(tried.matches("WRONG").count(), 1, "{tried}");
    assert!(desk.does(&["status"]).contains("nobody's sender is proven yet"));
    assert!(!desk.does(&["audit", "list"]).contains("believe stamps"));
}

#[test]
fn a_server_without_plus_addresses_is_found_out() {
    let desk = untried(&[("DELIMITER", "")]);
    let (code, tried) = said(&desk, &["check", "--send"]);
    assert_eq!(code, Some(1), "{tried}");
    let (wrong, remedy) = finding(&tried, "security+…@proj.test");
    assert!(wrong.starts_with("WRONG") && remedy.contains("recipient_delimiter"), "{tried}");
    assert_eq!(tried.matches("WRONG").count(), 1, "{tried}");
}
