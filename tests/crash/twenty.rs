//! The twenty mails of the run: reports, and everything else a desk gets. With CRLF, as an IMAP server gives them, so
//! that a Maildir and Dovecot bring the same bytes.

use crate::world::crlf;

/// Who sends a report, and is owed an acknowledgement.
pub const REPORTERS: usize = 12;
/// One for each of them, and one for the tracker.
pub const CASES: usize = 13;

/// The first mail: a report, from whose relay the team's reply addresses are read.
pub fn first() -> Vec<u8> {
    report(1)
}

/// All of them. `both` is Alice's reply address to the team and the discoverer of the first.
pub fn all(both: &str) -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = (1..=10).map(report).collect();
    mails.push(mail(
        "From: Discoverer 1 <discoverer1@research.example.net>
Subject: Re: Report 1
Message-ID: <more-1@research.example.net>
In-Reply-To: <report-1@research.example.net>",
        "One more thing: it also happens on the other architecture.",
    ));
    mails.push(mail(
        "From: Mallory <mallory@example.com>
Subject: Re: Report 2
Message-ID: <guess@example.com>
In-Reply-To: <report-2@research.example.net>",
        "I have heard of a report. What is it about?",
    ));
    mails.push(mail(
        "From: bugs@tracker.example.net
Subject: [Bug 7] New: buffer overflow in the loader
Auto-Submitted: auto-generated
Message-ID: <bug-7@tracker.example.net>",
        "A bug was entered.",
    ));
    mails.push(mail(
        "From: Discoverer 3 <discoverer3@research.example.net>
Subject: Automatic reply: your report
Auto-Submitted: auto-replied
Message-ID: <away-3@research.example.net>",
        "I am away until Monday.",
    ));
    mails.push(mail(
        "Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@example.net>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <bounce@example.net>",
        "It could not be delivered.",
    ));
    let copied = "From: Discoverer 11 <discoverer11@research.example.net>
Cc: xen-devel@lists.example.org
Subject: Report 11
Message-ID: <report-11@research.example.net>";
    mails.push(mail(copied, "A guest can write beyond its ring."));
    mails.push(mail(
        &format!("List-Id: <xen-devel.lists.example.org>\nPrecedence: list\n{copied}"),
        "A guest can write beyond its ring.",
    ));
    // The second report again, by another way.
    let mut again = b"Received: from alias.example.org by mx.example.org; Mon, 05 Jan 2026 09:00:07 +0000\r\n".to_vec();
    again.extend(report(2));
    mails.push(again);
    mails.push(crlf(
        format!(
            "Delivered-To: {both}
Authentication-Results: mx.example.org; dmarc=pass header.from=example.org
From: Alice Example <alice@example.org>
To: {both}
Subject: Re: Report 1
Date: Mon, 05 Jan 2026 09:10:00 +0000
Message-ID: <answer-1@example.org>

Thank you. Which version did you try?
"
        )
        .as_bytes(),
    ));
    mails.push(mail(
        "From: Discoverer 12 <discoverer12@research.example.net>
Subject: Report 12
Message-ID: <report-12@research.example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"b\"",
        "--b\nContent-Type: text/plain\n\nA reproducer is attached.\n--b\nContent-Type: text/x-csrc\n\
         Content-Disposition: attachment; filename=\"crash.c\"\n\nint main(void) { return 0; }\n--b--",
    ));
    assert_eq!(mails.len(), 20);
    mails
}

pub fn reporter(number: usize) -> String {
    format!("discoverer{number}@research.example.net")
}

fn report(number: usize) -> Vec<u8> {
    let headers = format!(
        "From: Discoverer {number} <{}>
Subject: Report {number}
Message-ID: <report-{number}@research.example.net>",
        reporter(number)
    );
    mail(&headers, &format!("Found with test {number}: a guest that maps a grant twice keeps a stale mapping."))
}

fn mail(headers: &str, text: &str) -> Vec<u8> {
    let date = "Date: Mon, 05 Jan 2026 09:00:00 +0000";
    crlf(
        format!("Delivered-To: security@example.org\n{date}\nTo: security@example.org\n{headers}\n\n{text}\n")
            .as_bytes(),
    )
}
