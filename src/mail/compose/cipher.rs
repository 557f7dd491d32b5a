//! Letters that leave encrypted: the signed text with its header fields inside the encryption, and the message around
//! it that shows a mail server no more than it needs (RFC 3156 sections 4 and 6.1, RFC 9788). It encrypts nothing.

use super::{MESSAGE_FRAME_BYTES, Sheet, header, part, write_entity, write_signed};
use crate::mail::address::Mailbox;

/// What stands for a subject where everybody can read it (RFC 9788, the baseline of header confidentiality).
const SUBJECT_OUTSIDE: &str = "[...]";
/// The marks of protected header fields: of RFC 9788, and of the draft before it, which most mail programs of 2026 know
/// (draft-autocrypt-lamps-protected-headers-02).
const MARKS: [(&str, &str); 2] = [("hp", "cipher"), ("protected-headers", "v1")];

/// The MIME entity that is signed when the letter leaves encrypted: as `entity`, with the header fields of the letter,
/// and those that will be seen outside. `from` is what From shows there: who wrote may be nobody's business.
pub fn inside(sheet: &Sheet<'_>, from: &Mailbox) -> Vec<u8> {
    let mut out = Vec::new();
    header::correspondence(&mut out, sheet, "");
    header::correspondence(&mut out, &outside(sheet, from), "HP-Outer: ");
    write_entity(&mut out, sheet, &MARKS);
    out
}

/// The `multipart/signed` around what `inside` gave, without any other header: what is encrypted.
pub fn signed_inside(sheet: &Sheet<'_>, inside: &[u8], signature: &str, micalg: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len() + signature.len() * 2 + MESSAGE_FRAME_BYTES);
    write_signed(&mut out, sheet, inside, signature, micalg);
    out
}

/// The whole message around `armored`, an OpenPGP message in ASCII armour. Of the sheet only the header is read.
pub fn encrypted(sheet: &Sheet<'_>, from: &Mailbox, armored: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(armored.len() + armored.len() / 32 + MESSAGE_FRAME_BYTES);
    header::letter(&mut out, &outside(sheet, from));
    let boundary = part::boundary("encrypted", sheet.boundary, std::iter::once(armored.as_bytes()));
    let parameters = [("protocol", "application/pgp-encrypted"), ("boundary", &boundary)];
    header::typed(&mut out, "Content-Type", "multipart/encrypted", &parameters);
    out.extend_from_slice(b"\r\nThis is an OpenPGP/MIME encrypted message (RFC 3156).");
    part::delimiter(&mut out, &boundary);
    part::encryption_version(&mut out);
    part::delimiter(&mut out, &boundary);
    part::encrypted(&mut out, armored);
    part::end(&mut out, &boundary);
    out
}

fn outside<'a>(sheet: &Sheet<'a>, from: &'a Mailbox) -> Sheet<'a> {
    Sheet { from, subject: SUBJECT_OUTSIDE, ..*sheet }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Draft, draft, named};
    use super::super::{Part, entity, message, seven_bit_clean};
    use super::*;
    use crate::mail::address::Address;

    const ARMOUR: &str = "-----BEGIN PGP MESSAGE-----\n\nc2VhbGVk\n=abcd\n-----END PGP MESSAGE-----\n";

    fn relay() -> Draft {
        Draft { from: named("Dana via Example Security Team", "security@example.org"), ..draft() }
    }

    fn team() -> Mailbox {
        named("Example Security Team", "security@example.org")
    }

    #[test]
    fn the_inside_and_the_outside_are_the_golden_files_byte_for_byte() {
        let relay = relay();
        let inside = inside(&relay.sheet(&[]), &team());
        assert_eq!(String::from_utf8(inside).unwrap(), include_str!("../../../fixtures/letters/inside.eml"));
        let outside = encrypted(&relay.sheet(&[]), &team(), ARMOUR);
        assert_eq!(String::from_utf8(outside).unwrap(), include_str!("../../../fixtures/letters/encrypted.eml"));
    }

    #[test]
    fn outside_nobody_reads_what_it_is_about_or_who_wrote() {
        let (draft, parts) = (relay(), [Part::Received { raw: b"Subject: heap\n\nheap\n", name: "heap.eml" }]);
        let outside = String::from_utf8(encrypted(&draft.sheet(&parts), &team(), ARMOUR)).unwrap();
        assert!(seven_bit_clean(outside.as_bytes()));
        for secret in ["case 12", "report", "Dana via", "heap"] {
            assert!(!outside.contains(secret), "{secret} in {outside}");
        }
        assert!(outside.contains("Subject: [...]\r\n") && outside.contains("Message-ID: <m1@example.org>\r\n"));
    }

    #[test]
    fn only_the_header_of_the_signed_part_is_new_inside() {
        let parts = [Part::Received { raw: b"Subject: x\n\ntext\n", name: "report.eml" }];
        for parts in [&parts[..0], &parts] {
            let draft = draft();
            let sheet = draft.sheet(parts);
            let (clear, cipher) = (entity(&sheet), inside(&sheet, &team()));
            let body =
                |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().split_once("\r\n\r\n").unwrap().1.to_owned();
            assert_eq!(body(&cipher), body(&clear));
            assert!(seven_bit_clean(&cipher));
            let signed = signed_inside(&sheet, &cipher, "c2ln", "pgp-sha512");
            let whole = message(&sheet, &cipher, "c2ln", "pgp-sha512");
            assert!(whole.ends_with(&signed) && signed.starts_with(b"Content-Type: multipart/signed;"));
        }
    }

    #[test]
    fn a_reader_finds_every_field_inside_and_what_stood_outside() {
        let bare = Mailbox::bare(Address::parse("security@example.org").unwrap());
        let inside = inside(&draft().sheet(&[]), &bare);
        let parsed = mail_parser::MessageParser::default().parse(&inside).unwrap();
        assert_eq!(parsed.subject(), Some("[case 12] We have your report"));
        assert_eq!(parsed.message_id(), Some("m1@example.org"));
        let outer: Vec<String> =
            parsed.header_values("HP-Outer").map(|value| value.as_text().unwrap().to_owned()).collect();
        assert!(outer.iter().any(|field| field == "Subject: [...]"), "{outer:?}");
        let named: Vec<&str> = outer.iter().map(|field| field.split(':').next().unwrap()).collect();
        let all = ["Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References"];
        assert_eq!(named, all);
        let kind = mail_parser::MimeHeaders::content_type(&parsed).unwrap();
        assert_eq!((kind.attribute("hp"), kind.attribute("protected-headers")), (Some("cipher"), Some("v1")));
    }
}
