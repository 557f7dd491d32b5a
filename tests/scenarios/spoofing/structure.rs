//! Good signatures in the wrong place: over another part than the command, around what somebody else wrote, in a file.

use embargod::openpgp::Certificate;
use sequoia_openpgp::armor::Kind;

use super::scene::{self, cleartext, entity, mixed, signed};
use super::*;

const SECURITY: &str = "security@example.org";
const MALLORY: &str = "From: Mallory <mallory@example.com>";
const OUTSIDE: &str = "its signature does not cover the lines that ask for it";
const NOT_ADDRESSED: &str = "it did not come to a reply address of its writer's own";
const OTHERS_TEXT: &str = "the text that asks for it is signed by somebody else";

/// Encrypted to the project.
fn encrypted(scene: &Scene, entity: &str) -> String {
    let project = std::fs::read(crate::world::root().join("fixtures/keys/project.asc")).unwrap();
    let armour = Certificate::read(&project).unwrap().seal(entity.as_bytes(), scene.now()).unwrap();
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n\
         --e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream\n\n{armour}\n--e--\n"
    )
}

#[test]
fn what_stands_beside_a_signature_is_not_under_it() {
    matrix(&[
        Cell("all of it is signed", |s| s.unvouched(&s.alice, &s.alice_signs("!title Signed")), Acts(ALICE)),
        Cell(
            "the command stands in another part",
            |s| s.unvouched(&s.alice, &mixed(&[&entity("!title Beside"), &s.alice_signs("Thanks, I shall look.")])),
            Refused(&[ALICE], OUTSIDE),
        ),
        Cell(
            "the command stands before the signed part's own",
            |s| s.unvouched(&s.alice, &mixed(&[&entity("!title Beside"), &s.alice_signs("!title Inside")])),
            Acts(ALICE),
        ),
        Cell(
            "a third part of multipart/signed",
            |s| {
                s.unvouched(
                    &s.alice,
                    &s.alice_signs("Thanks.").replace("--s--", &format!("--s\n{}\n--s--", entity("!title Third"))),
                )
            },
            Refused(&[ALICE], "could not confirm that it came from the address in its From line"),
        ),
        Cell(
            "before the first part",
            |s| s.unvouched(&s.alice, &s.alice_signs("Thanks.").replacen("--s\n", "!title Preamble\n--s\n", 1)),
            Nothing,
        ),
        Cell(
            "a signature around what is encrypted: anybody can sign what they cannot read",
            |s| s.unvouched(&s.alice, &signed(&s.key_of("alice"), s.now(), &encrypted(s, &entity("!title Blind")))),
            Refused(&[ALICE], "it is not signed with a registered certificate"),
        ),
        Cell(
            "signed and encrypted",
            |s| s.unvouched(&s.alice, &encrypted(s, &s.alice_signs("!title Both"))),
            Acts(ALICE),
        ),
    ]);
}

#[test]
fn a_text_with_a_signature_in_it_is_read_inside_of_it_only() {
    matrix(&[
        Cell(
            "signed text",
            |s| s.unvouched(&s.alice, &format!("\n{}", cleartext(&s.key_of("alice"), s.now(), "!title In text\n"))),
            Acts(ALICE),
        ),
        Cell(
            "a line before it",
            |s| {
                s.unvouched(
                    &s.alice,
                    &format!("\n!title Before\n\n{}", cleartext(&s.key_of("alice"), s.now(), "Thanks.\n")),
                )
            },
            Refused(&[ALICE], OUTSIDE),
        ),
        Cell(
            "pasted by somebody else",
            |s| {
                s.mail(
                    SECURITY,
                    MALLORY,
                    &format!("\nLook:\n\n{}\nBye\n", cleartext(&s.key_of("alice"), s.now(), "!title Pasted\n")),
                )
            },
            Refused(&[ALICE], NOT_ADDRESSED),
        ),
        Cell(
            "pasted at her own address, which Mallory knows, and changed",
            |s| {
                s.mail(
                    &s.alice,
                    MALLORY,
                    &format!(
                        "\n{}",
                        cleartext(&s.key_of("alice"), s.now(), "!title Pasted\n").replace("Pasted", "Posted")
                    ),
                )
            },
            Refused(&[ALICE], "its signature is not good"),
        ),
        Cell(
            "quoted",
            |s| {
                let block = cleartext(&s.key_of("alice"), s.now(), "!title Quoted\n");
                let quoted: String = block.lines().map(|line| format!("> {line}\n")).collect();
                s.mail(&s.alice, MALLORY, &format!("\n{quoted}\n"))
            },
            Refused(&[ALICE], "could not confirm that it came from the address in its From line"),
        ),
    ]);
}

#[test]
fn what_somebody_else_signed_is_not_said_by_who_passes_it_on() {
    matrix(&[
        Cell(
            "the discoverer's words, in Alice's mail",
            |s| s.vouched(&s.alice, &cleartext(&s.danas_key, s.now(), "!status\n")),
            Refused(&[ALICE], OTHERS_TEXT),
        ),
        Cell(
            "Bob's words, in Alice's mail",
            |s| s.vouched(&s.alice, &cleartext(&s.key_of("bob"), s.now(), "!status\n")),
            Refused(&[ALICE, BOB], OTHERS_TEXT),
        ),
        Cell(
            "her own words",
            |s| s.vouched(&s.alice, &cleartext(&s.key_of("alice"), s.now(), "!status\n")),
            Acts(ALICE),
        ),
        Cell(
            "her own words, signed long ago: her server's word is enough for this",
            |s| s.vouched(&s.alice, &cleartext(&s.key_of("alice"), s.before(100 * 60), "!status\n")),
            Acts(ALICE),
        ),
        Cell(
            "what Alice signed and encrypted to Bob, who encrypts it to us",
            |s| {
                s.mail(
                    SECURITY,
                    "From: Bob Example <bob@example.org>",
                    &encrypted(s, &s.alice_signs("!title Between us")),
                )
            },
            Refused(&[ALICE, BOB], NOT_ADDRESSED),
        ),
        Cell(
            "the same, to Bob's address",
            |s| {
                s.mail(
                    &s.bob,
                    "From: Bob Example <bob@example.org>",
                    &encrypted(s, &s.alice_signs("!title Between us")),
                )
            },
            Refused(&[BOB, ALICE], "it was sent to a reply address that does not belong to its writer"),
        ),
    ]);
}

#[test]
fn mails_and_files_that_come_along_say_nothing() {
    matrix(&[
        Cell(
            "her signed mail, forwarded",
            |s| {
                let hers = s.unvouched(&s.alice, &s.alice_signs("!title Forwarded"));
                let forwarded = format!("Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{hers}");
                s.mail(&s.alice, MALLORY, &mixed(&[&entity("What is this?"), &forwarded]))
            },
            Nothing,
        ),
        Cell(
            "a mail that she forwards, signed by her",
            |s| {
                let theirs = format!("Content-Type: message/rfc822\n\n{MALLORY}\nSubject: x\n\n!title Theirs\n");
                s.unvouched(&s.alice, &signed(&s.key_of("alice"), s.now(), &theirs))
            },
            Nothing,
        ),
        Cell(
            "a file of hers, signed",
            |s| {
                let file = "Content-Type: text/plain; name=orders.txt\nContent-Disposition: attachment; filename=orders.txt\n\n!title File\n";
                s.unvouched(&s.alice, &signed(&s.key_of("alice"), s.now(), file))
            },
            Nothing,
        ),
        Cell(
            "a file with a signed text",
            |s| {
                let block = cleartext(&s.key_of("alice"), s.now(), "!title File\n");
                let file = format!(
                    "Content-Type: text/plain; name=orders.asc\nContent-Disposition: attachment; filename=orders.asc\n\n{block}"
                );
                s.mail(&s.alice, MALLORY, &mixed(&[&entity("See the file."), &file]))
            },
            Nothing,
        ),
        Cell(
            "the same without a name",
            |s| {
                let block = cleartext(&s.key_of("alice"), s.now(), "!title File\n");
                let file = format!("Content-Type: text/plain\nContent-Disposition: attachment\n\n{block}");
                s.mail(&s.alice, MALLORY, &mixed(&[&entity("See the file."), &file]))
            },
            Nothing,
        ),
        Cell(
            "a signed file (.asc)",
            |s| {
                let message =
                    scene::armored(Kind::Message, &scene::message(&s.key_of("alice"), s.now(), b"!title File\n"));
                let file = format!(
                    "Content-Type: application/octet-stream; name=orders.asc\nContent-Disposition: attachment; filename=orders.asc\n\n{message}"
                );
                s.mail(&s.alice, MALLORY, &mixed(&[&entity("See the file."), &file]))
            },
            Nothing,
        ),
        Cell(
            "the same in the text",
            |s| {
                let message =
                    scene::armored(Kind::Message, &scene::message(&s.key_of("alice"), s.now(), b"!title Text\n"));
                s.unvouched(&s.alice, &format!("\n{message}\n"))
            },
            Acts(ALICE),
        ),
        Cell(
            "S/MIME",
            |s| {
                s.unvouched(
                    &s.alice,
                    "MIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\n\n\
                     --s\nContent-Type: text/plain\n\n!title S/MIME\n\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\
                     Content-Transfer-Encoding: base64\n\nMIIB\n\n--s--\n",
                )
            },
            Refused(&[ALICE], "it is not signed with a registered certificate"),
        ),
    ]);
}
