//! Reports in the shapes of real servers, written for these tests; each with both line ends.

use proptest::prelude::*;

use super::*;

fn both(raw: &str, machine: Option<&Machine>) -> Vec<Said> {
    let found = said(raw.as_bytes(), machine);
    assert_eq!(found, said(raw.replace('\n', "\r\n").as_bytes(), machine), "{raw}");
    found
}

/// `failed dana@example.net 5.1.1 the reason`, a line for each recipient.
fn shown(raw: &str) -> String {
    let line = |said: Said| {
        let recipient = said.recipient.unwrap_or_else(|| "-".into());
        format!("{} {recipient} {} {}", said.fate.as_str(), said.status, said.diagnostic).trim_end().to_owned()
    };
    both(raw, Some(&Machine::Bounce)).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn report(text: &str, fields: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n{fields}\n--b\nContent-Type: message/rfc822\n\n\
         Subject: ours\n\nThe other.person@example.net could not be delivered.\n--b--\n"
    )
}

const POSTFIX: &str = "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; dana@example.net\n\
     Original-Recipient: rfc822;dana@example.net\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; in.example.net\n\
     Diagnostic-Code: smtp; 550 5.1.1 <dana@example.net>: Recipient address\n    rejected: User unknown\n";

#[test]
fn fields_say_what_became_of_each_recipient() {
    for (fields, expected) in [
        (
            POSTFIX,
            "failed dana@example.net 5.1.1 550 5.1.1 <dana@example.net>: Recipient address rejected: User unknown",
        ),
        (
            "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822;a@example.net\nAction: delayed\nStatus: 4.4.1 (no answer)\n\n\
             Final-Recipient: rfc822;b@example.net\nAction: delivered\nStatus: 2.0.0\n",
            "delayed a@example.net 4.4.1 no answer\nother b@example.net 2.0.0",
        ),
        // One group, divided by a line with a blank in it; a number that is no status; an action of its own.
        (
            "Reporting-MTA: dns;a\n \nFinal-Recipient: rfc822;a@example.net\nAction: failure\nStatus: 553 too large\n \n\
             Final-Recipient: <b@example.net>\nAction: failed (no such user)\nStatus: 5.1.1\n",
            "failed a@example.net  553 too large\nfailed b@example.net 5.1.1",
        ),
        // Given up after days: a status of a delay, and failed all the same.
        (
            "Reporting-MTA: dns;a\n\nFinal-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp;timed out\n",
            "failed a@example.net 4.4.7 timed out",
        ),
        // The address we wrote to, not the one behind it.
        (
            "Reporting-MTA: dns;a\n\nOriginal-Recipient: rfc822;role@example.net\nFinal-Recipient: x400; /S=dana/O=example\n\
             Status: 5.2.2\nDiagnostic-Code: x-unix; full\n",
            "failed role@example.net 5.2.2 full",
        ),
    ] {
        assert_eq!(shown(&report("", fields)), expected);
    }
}

#[test]
fn without_fields_the_sentences_count() {
    for (text, expected) in [
        (
            "This is the mail system at host mx.example.net.\n\nFor further assistance, please send mail to postmaster.\n\n\
             <dana@example.net>: host in.example.net[192.0.2.1] said: 550 5.7.1 Message\n    refused (in reply to end of DATA)\n",
            "failed dana@example.net 5.7.1 host in.example.net[192.0.2.1] said: 550 5.7.1 Message refused (in reply to end of DATA)",
        ),
        (
            "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following \
             addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<dana@example.net>:\nSorry, no \
             mailbox here by that name. (#5.1.1)\n\n<erin@example.net>:\nOver quota.\n\n--- Below this line is a copy of the \
             message.\n\nReturn-Path: <x@example.org>\nTo: other@example.net\n",
            "failed dana@example.net 5.1.1 Sorry, no mailbox here by that name. (#5.1.1)\nfailed erin@example.net 5.1.1 Over quota.",
        ),
        (
            "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error.\n\n  \
             dana@example.net\n    SMTP error from remote mail server after RCPT TO:<dana@example.net>:\n    host in.example.net: 550 \
             unknown user\n\n------ This is a copy of the message, including all the headers. ------\n",
            "failed dana@example.net  SMTP error from remote mail server after RCPT TO:<dana@example.net>: host in.example.net: 550 unknown user",
        ),
        (
            "   ----- The following addresses had permanent fatal errors -----\n<dana@shell.example.net>\n    (reason: 550 5.1.1 \
             User unknown)\n    (expanded from: <dana@example.net>)\n\n   ----- Transcript of session follows -----\n550 5.1.1 \
             <dana@shell.example.net>... User unknown\n",
            "failed dana@example.net 5.1.1 550 5.1.1 User unknown",
        ),
        (
            "Your message\n\n  To:      list@example.org\n  Subject: hello\n\ndid not reach the following recipient(s):\n\n\
             dana@example.net on Fri, 4 Dec 2026 17:12:28 -0400\n    The recipient name is not recognized\n",
            "failed dana@example.net  on Fri, 4 Dec 2026 17:12:28 -0400 The recipient name is not recognized",
        ),
        (
            "Delivery to the following recipient failed permanently:\n\n     dana@example.net\n\nTechnical details of permanent \
             failure:\nThe error that the other server returned was:\n550-5.1.1 The account does not exist.\n\n----- Original \
             message -----\n",
            "failed dana@example.net 5.1.1 550-5.1.1 The account does not exist.",
        ),
        (
            "THIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n     dana@example.net\n\n\
             Message will be retried for 2 more day(s)\n",
            "delayed dana@example.net  Delivery to the following recipient has been delayed:",
        ),
        // No language we know: the shape, and a server wrote it.
        ("Ni povis liveri.\n\n<dana@example.net>:\n\n", "failed dana@example.net"),
        ("Ni povis liveri.\n", ""),
    ] {
        assert_eq!(shown(&format!("From: MAILER-DAEMON@mx.example.net\n\n{text}")), expected, "{text}");
    }
}

#[test]
fn what_is_no_report_about_a_delivery_says_nothing() {
    let refusal = "From: dana@example.net\n\nI am away. <dana@example.net>: could not be delivered, user unknown.\n";
    for machine in [Machine::AutoReply("Auto-Submitted".into()), Machine::FeedbackReport, Machine::OwnMail] {
        assert!(both(refusal, Some(&machine)).is_empty(), "{machine:?}");
        assert!(both(&report("", POSTFIX), Some(&machine)).is_empty(), "{machine:?}");
    }
    for text in ["Thank you, we have it.\n", "I read that the module does not exist there.\n", ""] {
        assert!(both(&format!("From: dana@example.net\n\n{text}"), None).is_empty(), "{text}");
    }
    // What a gateway writes under a person's name counts only with a recipient or a server's reply.
    assert!(both("From: gw@example.net\n\nYour message could not be delivered.\n", None).is_empty());
    assert_eq!(both("From: gw@example.net\n\nYour message could not be delivered: 550 no\n", None).len(), 1);
}

#[test]
fn a_returned_mail_is_no_report() {
    let inner = report("", POSTFIX).replace("=b\n", "=c\n").replace("--b", "--c");
    let outer = format!(
        "From: dana@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLook at this.\n--b\nContent-Type: \
         message/rfc822\n\n{inner}\n--b--\n"
    );
    assert!(both(&outer, None).is_empty(), "a person passes a report on");
    assert_eq!(both(&outer, Some(&Machine::Bounce)).len(), 1, "a gateway packs it into one of its own");
}

#[test]
fn a_failure_before_a_delay() {
    let said = |fate| Said { recipient: None, fate, status: String::new(), diagnostic: String::new() };
    let all = [Fate::Other, Fate::Delayed, Fate::Failed].map(said);
    assert_eq!(worst(&all).map(|said| said.fate), Some(Fate::Failed));
    assert_eq!(worst(&all[..2]).map(|said| said.fate), Some(Fate::Delayed));
    assert!(worst(&[]).is_none());
}

#[test]
fn a_status_is_no_address_of_a_machine() {
    for (text, fate, status) in [
        ("host 5.4.3.2 said: 550 5.1.1 no", Fate::Failed, Some("5.1.1")),
        ("(#5.1.1)", Fate::Failed, Some("5.1.1")),
        ("5.1.1.", Fate::Failed, Some("5.1.1")),
        ("4.4.1 then 5.4.7", Fate::Failed, Some("5.4.7")),
        ("4.4.1 then 5.4.7", Fate::Delayed, Some("4.4.1")),
        ("5.1.1", Fate::Delayed, None),
        ("Exim 4.94.2", Fate::Failed, Some("4.94.2")),
        ("15.1.1 5.1.1111", Fate::Failed, None),
    ] {
        assert_eq!(status_in(text, fate).as_deref(), status, "{text}");
    }
}

#[test]
fn each_failure_has_a_meaning() {
    let meaning = |status: &str, diagnostic: &str| {
        let fate = Fate::Failed;
        Said { recipient: None, fate, status: status.into(), diagnostic: diagnostic.into() }.meaning()
    };
    for (status, diagnostic, words) in [
        ("5.1.1", "", "no such mailbox"),
        ("5.0.0", "mailbox is full", "the mailbox is full"),
        ("5.7.1", "Recipient address rejected: Nonexistent user", "no such mailbox"),
        ("5.7.1", "blocked", "by its own rules"),
        ("5.7.26", "", "by its own rules"),
        ("4.4.7", "", "could not be reached"),
        ("5.3.4", "", "larger than"),
        ("5.6.1", "", "of this form"),
        ("", "550 unknown user", "no such mailbox"),
        ("", "", "did not take it"),
        ("nonsense", "", "did not take it"),
    ] {
        assert!(meaning(status, diagnostic).contains(words), "{status} {diagnostic}: {}", meaning(status, diagnostic));
    }
}

#[test]
fn hostile_reports_are_read_in_bounded_time() {
    let flood = |line: &str| line.repeat(10_000_000 / line.len());
    for (name, text) in [
        ("recipients", flood("Final-Recipient: rfc822; a@b.example\nAction: failed\n\n")),
        ("one group", flood("Final-Recipient: rfc822; a@b.example\n")),
        ("addresses", flood("a@b.example ")),
        ("lines", flood("<a@b.example>: could not be delivered\n")),
        ("signs", flood("@")),
        ("dots", flood("5.1.")),
        ("angles", flood("<")),
        ("html", flood("<p>")),
    ] {
        for kind in ["text/plain", "text/html", "message/delivery-status"] {
            let raw = format!("From: MAILER-DAEMON@a.example\nContent-Type: {kind}\n\n{text}");
            let started = std::time::Instant::now();
            let found = said(raw.as_bytes(), Some(&Machine::Bounce));
            assert!(found.len() <= RECIPIENTS_MAX, "{name}");
            assert!(started.elapsed().as_secs() < 20, "{name} as {kind}: {:?}", started.elapsed());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_bounded_answer(bytes in prop::collection::vec(any::<u8>(), 0..2_000), wrapped in any::<bool>()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let raw = if wrapped { report(&text, &text).into_bytes() } else { bytes };
        for machine in [None, Some(Machine::Bounce)] {
            for said in said(&raw, machine.as_ref()) {
                prop_assert!(said.diagnostic.chars().count() <= DIAGNOSTIC_CHARACTERS_MAX);
                prop_assert!(!said.diagnostic.chars().any(char::is_control));
                prop_assert!(!said.meaning().is_empty());
            }
        }
    }

    /// Lines of reports in any order, cut anywhere.
    #[test]
    fn pieces_of_reports_give_a_bounded_answer(
        lines in prop::collection::vec(prop::sample::select(vec![
            "Final-Recipient: rfc822;", "Action: failed", "Status: 5", "", " ", "<a@b.example>:", "(expanded from: a@b)",
            "could not be delivered", "--b", "Content-Type: message/delivery-status", "a@", "@b", "5.1.1", "é@ü.example", "\u{202E}",
        ]), 0..60),
    ) {
        let text = lines.join("\n");
        for said in said(report(&text, &text).as_bytes(), Some(&Machine::Bounce)) {
            prop_assert!(said.recipient.is_none_or(|recipient| recipient.contains('@') && recipient.len() <= ADDRESS_BYTES_MAX));
        }
    }
}
