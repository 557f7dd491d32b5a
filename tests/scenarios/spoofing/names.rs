//! Names that look like a member's, and header fields that name one where the author should stand.

use super::scene::STAMP;
use super::*;

const THEIRS: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\n";
const SECURITY: &str = "security@example.org";
const SOMEBODY_ELSE: Then = Refused(&[ALICE], "it was sent to a reply address that does not belong to its writer");

/// A mail to security@ with this header, in the thread of case 1.
fn to_us(scene: &Scene, head: &str) -> String {
    scene.mail(SECURITY, head, "\n!status\n")
}

#[test]
fn who_only_looks_like_a_member_is_a_stranger() {
    matrix(&[
        Cell(
            "a name that is her address",
            |s| to_us(s, &format!("{THEIRS}From: \"alice@example.org\" <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "the same, not quoted",
            |s| to_us(s, &format!("{THEIRS}From: alice@example.org <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "the same, encoded",
            |s| to_us(s, &format!("{THEIRS}From: =?utf-8?q?Alice_=3Calice=40example=2Eorg=3E?= <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "her address in a comment",
            |s| to_us(s, &format!("{THEIRS}From: mallory@example.com (alice@example.org)")),
            Nothing,
        ),
        Cell(
            "her address in a comment in the address",
            |s| to_us(s, &format!("{THEIRS}From: <mallory(<alice@example.org>)@example.com>")),
            Nothing,
        ),
        Cell(
            "a letter of another alphabet",
            |s| {
                to_us(
                    s,
                    "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\nFrom: <\u{430}lice@example.org>",
                )
            },
            Nothing,
        ),
        Cell(
            "a domain that begins as ours",
            |s| to_us(s, &format!("{THEIRS}From: <alice@example.org.example.com>")),
            Nothing,
        ),
        Cell(
            "Sender",
            |s| to_us(s, &format!("{THEIRS}Sender: <alice@example.org>\nFrom: <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "Reply-To",
            |s| to_us(s, &format!("{THEIRS}Reply-To: <alice@example.org>\nFrom: <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "Resent-From",
            |s| {
                to_us(
                    s,
                    &format!(
                        "{THEIRS}Resent-From: <alice@example.org>\nResent-Sender: <alice@example.org>\nFrom: <mallory@example.com>"
                    ),
                )
            },
            Nothing,
        ),
        Cell(
            "Return-Path",
            |s| to_us(s, &format!("Return-Path: <alice@example.org>\n{THEIRS}From: <mallory@example.com>")),
            Nothing,
        ),
        Cell(
            "several From lines",
            |s| to_us(s, &format!("{STAMP}From: <mallory@example.com>\nFrom: <alice@example.org>")),
            Nothing,
        ),
        Cell(
            "several in one From line",
            |s| to_us(s, &format!("{STAMP}From: <mallory@example.com>, <alice@example.org>")),
            Nothing,
        ),
        Cell(
            "a group",
            |s| to_us(s, &format!("{STAMP}From: Alice <alice@example.org>: mallory@example.com;")),
            Nothing,
        ),
        Cell("one of our own addresses", |s| to_us(s, &format!("{STAMP}From: Security <{SECURITY}>")), Nothing),
        Cell("her reply address", |s| to_us(s, &format!("{STAMP}From: Alice <{}>", s.alice)), Nothing),
    ]);
}

#[test]
fn at_her_reply_address_they_are_refused_and_she_is_told() {
    matrix(&[
        Cell("she herself", |s| s.vouched(&s.alice, "!status"), Acts(ALICE)),
        Cell(
            "written otherwise",
            |s| s.vouched(&s.alice, "!status").replace("<alice@example.org>", "<Alice@Example.ORG>"),
            Acts(ALICE),
        ),
        Cell(
            "to whom she forwarded a letter",
            |s| s.mail(&s.alice, &format!("{THEIRS}From: Mallory <mallory@example.com>"), "\n!status\n"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "a name that is her address",
            |s| s.mail(&s.alice, &format!("{THEIRS}From: \"alice@example.org\" <mallory@example.com>"), "\n!status\n"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "a colleague of hers who is not in the team",
            |s| s.vouched(&s.alice, "!status").replace("<alice@", "<alicia@"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "a letter of another alphabet",
            |s| s.vouched(&s.alice, "!status").replace("<alice@", "<\u{430}lice@"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "another address of her name",
            |s| s.vouched(&s.alice, "!status").replace("<alice@", "<alice+x@"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "one of our own addresses",
            |s| s.vouched(&s.alice, "!status").replace("<alice@", "<security@"),
            SOMEBODY_ELSE,
        ),
        Cell(
            "several From lines",
            |s| {
                s.mail(
                    &s.alice,
                    &format!("{STAMP}From: <alice@example.org>\nFrom: <mallory@example.com>"),
                    "\n!status\n",
                )
            },
            Refused(&[ALICE], "our mail server could not confirm"),
        ),
        Cell(
            "several in one From line",
            |s| s.mail(&s.alice, &format!("{STAMP}From: <alice@example.org>, <mallory@example.com>"), "\n!status\n"),
            Refused(&[ALICE], "our mail server could not confirm"),
        ),
        Cell(
            "no From line",
            |s| s.mail(&s.alice, STAMP, "\n!status\n"),
            Refused(&[ALICE], "our mail server could not confirm"),
        ),
        Cell(
            "a program of hers",
            |s| s.vouched(&s.alice, "!status").replace("From:", "Auto-Submitted: auto-generated\nFrom:"),
            Refused(&[ALICE], "it is marked as automatic mail"),
        ),
    ]);
}

#[test]
fn her_address_alone_is_refused_and_she_is_told() {
    matrix(&[
        Cell(
            "in the From line, without a stamp",
            |s| s.unvouched(SECURITY, "\n!status\n"),
            Refused(&[ALICE], "our mail server could not confirm that it came from the address"),
        ),
        Cell(
            "with a stamp, to no reply address",
            |s| s.vouched(SECURITY, "!status"),
            Refused(&[ALICE], "it did not come to a reply address of its writer's own"),
        ),
        Cell(
            "a line that nobody understands",
            |s| s.unvouched(SECURITY, "\n!titel Nothing to see here\n"),
            Refused(&[ALICE], "our mail server could not confirm that it came from the address"),
        ),
        Cell(
            "a case that it names",
            |s| s.unvouched(&s.alice_in_case_2, "\ncase 1\n!status\n"),
            Refused(&[ALICE], "our mail server could not confirm that it came from the address"),
        ),
    ]);
}
