//! Stamps of mail servers that are not our server's word for Alice.

use super::scene::STAMP;
use super::*;

/// A mail from Alice's address to her reply address, with these lines of header instead of our server's stamp.
fn stamped(scene: &Scene, lines: &str) -> String {
    scene.vouched(&scene.alice, "!status").replacen(STAMP, lines, 1)
}

const NOT_VOUCHED: Then = Refused(&[ALICE], "our mail server could not confirm that it came from the address");

#[test]
fn what_is_not_our_servers_word_for_alice_shows_nobody_anything() {
    matrix(&[
        Cell("our server vouches for her", |s| s.vouched(&s.alice, "!status"), Acts(ALICE)),
        Cell("no stamp", |s| stamped(s, ""), NOT_VOUCHED),
        Cell("it says fail", |s| stamped(s, &STAMP.replace("=pass", "=fail")), NOT_VOUCHED),
        Cell("another server's", |s| stamped(s, &STAMP.replace("mx.example.org;", "mx.example.com;")), NOT_VOUCHED),
        Cell(
            "a server whose name begins with ours",
            |s| stamped(s, &STAMP.replace("mx.example.org;", "mx.example.org.example.com;")),
            NOT_VOUCHED,
        ),
        Cell("two of ours", |s| stamped(s, &STAMP.repeat(2)), NOT_VOUCHED),
        Cell(
            "two of ours, one fails",
            |s| stamped(s, &[&STAMP.replace("=pass", "=fail"), STAMP].concat()),
            NOT_VOUCHED,
        ),
        Cell("for another domain", |s| stamped(s, &STAMP.replace("=example.org", "=example.com")), NOT_VOUCHED),
        Cell("for a subdomain", |s| stamped(s, &STAMP.replace("=example.org", "=mail.example.org")), NOT_VOUCHED),
        Cell("for the domain above", |s| stamped(s, &STAMP.replace("=example.org", "=org")), NOT_VOUCHED),
        Cell(
            "SPF alone",
            |s| stamped(s, &STAMP.replace("dmarc=pass header.from", "spf=pass smtp.mailfrom")),
            NOT_VOUCHED,
        ),
        Cell("DKIM alone", |s| stamped(s, &STAMP.replace("dmarc=pass header.from", "dkim=pass header.d")), NOT_VOUCHED),
        Cell(
            "in a comment",
            |s| {
                stamped(
                    s,
                    &STAMP.replace("dmarc=pass header.from=example.org", "none (dmarc=pass header.from=example.org)"),
                )
            },
            NOT_VOUCHED,
        ),
        Cell(
            "in the reason of a failure",
            |s| stamped(s, &STAMP.replace("dmarc=pass", "dmarc=fail reason=\"; dmarc=pass\"")),
            NOT_VOUCHED,
        ),
        Cell("behind a comment", |s| stamped(s, &STAMP.replace("mx.", "(our own) mx.")), NOT_VOUCHED),
        Cell("in quotes", |s| stamped(s, &STAMP.replace("mx.example.org", "\"mx.exampl\\e.org\"")), NOT_VOUCHED),
        Cell("of a later version", |s| stamped(s, &STAMP.replace("mx.example.org;", "mx.example.org 2;")), NOT_VOUCHED),
        Cell("in a chain (ARC)", |s| stamped(s, &format!("ARC-{}", STAMP.replace(": ", ": i=1; "))), NOT_VOUCHED),
        Cell("renamed by our server, as forged", |s| stamped(s, &format!("X-{STAMP}")), NOT_VOUCHED),
        Cell(
            "in the text",
            |s| s.mail(&s.alice, "From: Alice Example <alice@example.org>", &format!("\n!status\n\n{STAMP}")),
            NOT_VOUCHED,
        ),
        Cell(
            "in the header of a part",
            |s| s.unvouched(&s.alice, &scene::mixed(&[&format!("{STAMP}Content-Type: text/plain\n\n!status\n")])),
            NOT_VOUCHED,
        ),
        Cell("our server vouches for her still", |s| s.vouched(&s.alice, "!status"), Acts(ALICE)),
    ]);
}

#[test]
fn no_stamp_is_enough_for_what_changes_a_case_or_a_certificate() {
    let not_signed = "it is not signed with a registered certificate of the team";
    matrix(&[
        Cell("a title", |s| s.vouched(&s.alice, "!title Nothing to see here"), Refused(&[ALICE], not_signed)),
        Cell(
            "one that it would do, and one that it would not",
            |s| s.vouched(&s.alice, "!status\n!title Nothing to see here"),
            Refused(&[ALICE], not_signed),
        ),
        Cell("a certificate", |s| s.vouched(&s.alice, "!key"), Refused(&[ALICE], "")),
        Cell("the same, signed", |s| s.unvouched(&s.alice, &s.alice_signs("!title Something to see")), Acts(ALICE)),
    ]);
}
