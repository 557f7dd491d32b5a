//! Reports that come encrypted to the project's certificate, and answers that do.

use embargod::openpgp::{Certificate, SigningKey};

use super::*;
use crate::world::{Letter, crlf, kinds, root, the};

fn key(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures/keys").join(name)).unwrap()
}

/// A MIME entity, signed by Dana.
fn signed(entity: &str) -> String {
    let at = "2026-12-07T09:00:00Z".parse().unwrap();
    let dana = SigningKey::read(&key("dana.key"), None, at).unwrap();
    let signature = dana.sign(&crlf(entity.as_bytes()), at).unwrap();
    format!(
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg={}; boundary=s\n\n--s\n{entity}\n--s\nContent-Type: application/pgp-signature\n\n{}\n--s--\n",
        signature.micalg, signature.armored
    )
}

/// A multipart/encrypted to the project, as the lines of a mail from its Content-Type on.
pub(super) fn encrypted(entity: &str) -> String {
    let certificate = Certificate::read(&key("project.asc")).unwrap();
    let armour = certificate.seal(entity.as_bytes(), "2026-12-07T09:00:00Z".parse().unwrap()).unwrap();
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{armour}\n--e--\n"
    )
}

pub(super) fn sealed_report() -> String {
    let text = "Content-Type: text/plain; charset=utf-8; hp=\"cipher\"\nSubject: Guest can read host memory\nHP-Outer: Subject: ...\n\na guest that maps a grant twice keeps a stale mapping.\n\nDana\n";
    format!(
        "Delivered-To: security@example.org\nFrom: Dana Doe <dana@research.example.net>\nTo: security@example.org\nSubject: ...\nDate: Mon, 07 Dec 2026 09:12:04 +0000\nMessage-ID: <sealed-1@research.example.net>\nMIME-Version: 1.0\n{}",
        encrypted(&signed(text))
    )
}

/// This mail with this text instead, encrypted to the project.
pub(super) fn in_cipher(mail: &str, text: &str) -> String {
    let (header, _) = mail.split_once("\n\n").unwrap();
    format!("{header}\nMIME-Version: 1.0\n{}", encrypted(&format!("Content-Type: text/plain\n\n{text}\n")))
}

/// Dana's certificate is registered, and her letters can be read.
fn dana_is_known(world: &World) {
    std::fs::write(world.dir.join("keys/dana.key"), key("dana.key")).unwrap();
    let certificate = root().join("fixtures/keys/dana.asc");
    world.does(&["key", "import", certificate.to_str().unwrap(), "--for", DANA]);
}

/// What rides along in a relay, by name.
fn inside(letter: &Letter, name: &str) -> String {
    use mail_parser::{MessageParser, MimeHeaders};
    let message = MessageParser::default().parse(letter.readable()).unwrap();
    let part = message.attachments().find(|part| part.attachment_name() == Some(name)).expect("it rides along");
    let bytes = part.message().map_or_else(|| part.contents().to_vec(), |inner| inner.raw_message().to_vec());
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

#[test]
fn an_encrypted_report_is_opened_and_the_team_can_read_it() {
    story("encrypted-report", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&sealed_report());
        assert_eq!(
            kinds(&letters),
            ["acknowledgement dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
        );
        let thanks = String::from_utf8_lossy(&the(&letters, "acknowledgement", DANA).raw).into_owned();
        assert!(!thanks.contains("stale mapping") && !thanks.contains("host memory"), "it repeats nothing");
        let relay = the(&letters, "relay", ALICE);
        assert_eq!(relay.attachments(), ["as-opened.eml", "signature.asc"], "clean: the ciphertext is of no use");
        let opened = inside(relay, "as-opened.eml");
        assert!(opened.contains("stale mapping") && opened.contains("Subject: Guest can read host memory"), "{opened}");
        assert_eq!(world.json(&["case", "list"])[0]["title"], "Guest can read host memory");
    });
}

#[test]
fn what_stands_outside_of_the_encryption_is_only_in_the_mail_as_received() {
    story("encrypted-with-a-footer", |world| {
        let (head, report) =
            sealed_report().split_once("Content-Type:").map(|(h, r)| (h.to_owned(), r.to_owned())).unwrap();
        let raw = format!(
            "{head}Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type:{report}\n--m\nContent-Type: text/plain\n\nbuy at evil.example\n--m--\n"
        );
        let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
        let relay = the(&letters, "relay", ALICE);
        assert_eq!(relay.attachments(), ["as-opened.eml", "as-received.eml", "signature.asc"]);
        let opened = inside(relay, "as-opened.eml");
        assert!(opened.contains("stale mapping") && !opened.contains("evil.example"), "{opened}");
        assert!(inside(relay, "as-received.eml").contains("evil.example"));
        assert!(!relay.text().contains("evil.example"));
    });
}

#[test]
fn an_encrypted_report_that_cannot_be_opened_says_why() {
    story("encrypted-to-nobody-here", |world| {
        let dana = Certificate::read(&key("dana.asc")).unwrap();
        let armour = dana.seal(b"\nfor somebody else\n", "2026-12-07T09:00:00Z".parse().unwrap()).unwrap();
        let ours = Certificate::read(&key("project.asc")).unwrap();
        let ours = ours.seal(b"\ncut off\n", "2026-12-07T09:00:00Z".parse().unwrap()).unwrap();
        for (minute, armour, says) in [
            (12, armour.as_str(), "which the project does not have"),
            (13, &ours[..ours.len() / 2], "changed or cut off"),
        ] {
            let raw = mail(
                &format!(
                    "From: Dana Doe <dana@research.example.net>\nSubject: ...\nMessage-ID: <{minute}@research.example.net>\nContent-Type: text/plain"
                ),
                armour,
            );
            let letters = world.at(&format!("2026-12-07T09:{minute}:00Z")).mails(&raw);
            let relay = the(&letters, "relay", ALICE);
            assert!(relay.text().replace("\n  ", " ").contains(says), "{}", relay.text());
            assert_eq!(relay.attachments(), ["as-received.eml", "signature.asc"]);
        }
    });
}

#[test]
fn attachments_of_an_encrypted_answer_reach_the_discoverer() {
    story("encrypted-answer-with-attachment", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let both = the(&letters, "relay", ALICE).address_after(BOTH);
        dana_is_known(world);
        let entity = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlease try this patch.\n--b\nContent-Type: text/x-patch; name=\"fix.patch\"\nContent-Disposition: attachment; filename=\"fix.patch\"\n\n--- a\n+++ b\n--b--\n";
        let raw = vouched("Alice Example <alice@example.org>", &both, "a1", "");
        let raw = format!("{}MIME-Version: 1.0\n{}", raw.trim_end_matches('\n').to_owned() + "\n", encrypted(entity));
        let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
        let to_dana = the(&letters, "relay", DANA);
        assert!(to_dana.text().contains("Please try this patch."), "{}", to_dana.text());
        assert_eq!(to_dana.attachments(), ["fix.patch", "signature.asc"]);
        assert_eq!(inside(to_dana, "fix.patch").trim_end(), "--- a\n+++ b");
    });
}

#[test]
fn an_answer_that_nobody_here_can_read_does_not_go_out_as_ciphertext() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let both = the(&letters, "relay", ALICE).address_after(BOTH);
    let theirs = Certificate::read(&key("dana.asc")).unwrap();
    let armour = theirs.seal(b"not for the project\n", "2026-12-07T09:00:00Z".parse().unwrap()).unwrap();
    let letters =
        world.at("2026-12-07T10:00:00Z").mails(&vouched("Alice Example <alice@example.org>", &both, "a1", &armour));
    assert!(letters.iter().all(|letter| letter.to != DANA), "{:?}", kinds(&letters));
    assert!(the(&letters, "refusal", ALICE).subject().contains("NOT sent"));
}

#[test]
fn what_was_opened_is_kept_with_the_mail_and_the_mail_stays_as_it_came() {
    let mut world = World::new(LineEnds::CrLf);
    let raw = sealed_report();
    world.at("2026-12-07T09:12:04Z").mails(&raw);
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    let (kept, opened): (Vec<u8>, Vec<u8>) = database
        .query_row("SELECT raw, message FROM inbox JOIN opened ON opened.inbox = inbox.id", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, crlf(raw.as_bytes()));
    assert!(String::from_utf8(opened).unwrap().contains("stale mapping"));
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM signed_text"), 0, "nobody registered Dana's certificate");

    // Once it is registered, mail of hers that is handled from then on is signed by somebody known.
    dana_is_known(&world);
    let letters = world.at("2026-12-07T10:00:00Z").mails(&raw.replace("sealed-1@", "sealed-2@"));
    let text = the(&letters, "relay", ALICE).text().replace("\n  ", " ");
    assert!(text.contains("the signature is good"), "{text}");
    assert_eq!(count("SELECT count(*) FROM signed_text"), 1);
}
