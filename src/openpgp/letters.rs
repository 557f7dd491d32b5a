//! Whole letters, as a reader with gpg checks them: the signed part is cut out of the finished message by a splitter
//! that shares no code with the composer.
#![cfg(test)]

use jiff::Timestamp;

use super::gpg::Gpg;
use super::{Certificate, SigningKey, generate};
use crate::mail::address::{Address, Mailbox};
use crate::mail::compose::{Origin, Part, Sheet, encrypted, entity, inside, message, seven_bit_clean, signed_inside};
use crate::mail::letter::Thread;
use crate::mail::thread::MessageId;

/// The two parts of a `multipart/signed`, by RFC 2046 section 5.1.1 alone.
fn split(message: &str) -> (&str, &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let (_, boundary) = head.rsplit_once("boundary=\"").unwrap();
    let (boundary, _) = boundary.split_once('"').unwrap();
    let pieces: Vec<&str> = body.split(&format!("\r\n--{boundary}")).collect();
    assert_eq!(pieces.len(), 4, "preamble, text, signature, end");
    assert_eq!(pieces[3], "--\r\n");
    let (_, signature) = pieces[2].split_once("\r\n\r\n").unwrap();
    (pieces[1].strip_prefix("\r\n").unwrap(), signature)
}

/// The armoured message in a `multipart/encrypted`, by RFC 3156 section 4 alone.
fn armour(message: &str) -> &str {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("multipart/encrypted") && head.contains("protocol=\"application/pgp-encrypted\""), "{head}");
    let (_, boundary) = head.rsplit_once("boundary=\"").unwrap();
    let (boundary, _) = boundary.split_once('"').unwrap();
    let pieces: Vec<&str> = body.split(&format!("\r\n--{boundary}")).collect();
    assert_eq!(pieces.len(), 4, "preamble, version, message, end");
    let (version, sealed) = (pieces[1].split_once("\r\n\r\n").unwrap(), pieces[2].split_once("\r\n\r\n").unwrap());
    assert!(version.0.contains("application/pgp-encrypted") && version.1 == "Version: 1", "{version:?}");
    assert!(sealed.0.contains("application/octet-stream"), "{sealed:?}");
    sealed.1
}

#[test]
fn gpg_opens_and_verifies_every_letter_as_it_lies_in_a_mailbox() {
    let at: Timestamp = "2026-11-23T09:30:00Z".parse().unwrap();
    let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let key = SigningKey::read(made.secret.as_bytes(), None, at).unwrap();
    let reader = Gpg::fresh();
    let theirs = reader.make_key("Dana <dana@example.net>", "rsa2048", "default", "never", "");
    reader.add_subkey(&theirs, "rsa2048", "encrypt");
    reader.import(key.certificate_armored().as_bytes());
    let theirs = Certificate::read(&reader.export("--export", &theirs, "")).unwrap();

    let address = Address::parse("security@example.org").unwrap();
    let from = Mailbox { name: Some("Example Security Team".to_owned()), address: address.clone() };
    let to = [Mailbox::bare(Address::parse("dana@example.net").unwrap())];
    let autocrypt = key.autocrypt(&address, at);
    let eight_bit = "Subject: x\n\nfünf \n".as_bytes();
    let parts = [
        Part::Certificate { armored: key.certificate_armored(), name: "key.asc" },
        Part::Received { raw: b"Subject: x\n\nFrom here \n.\n-- \n", name: "a.eml" },
        Part::Received { raw: eight_bit, name: "b.eml" },
        Part::File { content_type: "text/x-patch", name: "x.patch", bytes: b"--- a\n+++ b\n" },
    ];
    for body in ["", "no line end", "text\n\n", "blank \nFrom me\n.\n-- \nfünf\n", &"long ".repeat(400)] {
        for parts in [&parts[..0], &parts[..1], &parts] {
            let sheet = Sheet {
                from: &from,
                to: &to,
                cc: &[],
                reply_to: None,
                date: at,
                message_id: &MessageId::parse("m1@example.org").unwrap(),
                thread: &Thread::default(),
                subject: "We have your report",
                body,
                origin: Origin::Reply,
                loop_mark: "0123456789abcdef",
                autocrypt: autocrypt.as_deref(),
                boundary: "k3v9m2p7",
                parts,
                list: None,
                embargoed_until: None,
            };
            let entity = entity(&sheet);
            let signature = key.sign(&entity, at).unwrap();
            let letter = message(&sheet, &entity, &signature.armored, signature.micalg);
            assert!(seven_bit_clean(&letter));
            let letter = String::from_utf8(letter).unwrap();
            let (signed, armour) = split(&letter);
            assert_eq!(reader.verify(armour, signed.as_bytes()), Some(key.fingerprint()), "{body:?}");
            let changed = format!("{signed} ");
            assert_eq!(reader.verify(armour, changed.as_bytes()), None, "one blank more");

            let entity = inside(&sheet, &from);
            let signature = key.sign(&entity, at).unwrap();
            let sealed =
                theirs.seal(&signed_inside(&sheet, &entity, &signature.armored, signature.micalg), at).unwrap();
            let letter = String::from_utf8(encrypted(&sheet, &from, &sealed)).unwrap();
            assert!(seven_bit_clean(letter.as_bytes()));
            let opened = String::from_utf8(reader.decrypt(self::armour(&letter).as_bytes())).unwrap();
            let (signed, armour) = split(&opened);
            assert_eq!(reader.verify(armour, signed.as_bytes()), Some(key.fingerprint()), "{body:?}, encrypted");
            assert!(signed.contains("\r\nSubject: We have your report\r\n"), "{signed}");
        }
    }
}
