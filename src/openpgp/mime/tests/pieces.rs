//! OpenPGP without PGP/MIME, what Exchange leaves of it, and certificates that come along.
#![cfg(test)]

use super::*;
use crate::mail::compose::quoted_printable;

fn inline(entity: &str) -> OpenedMail {
    DESK.opens(&mail(entity))
}

#[test]
fn an_inline_message_is_opened_whatever_its_transfer_encoding() {
    let armour = DESK.signed_and_encrypted("the canary sings — laut\n");
    let mut quoted = Vec::new();
    quoted_printable(&mut quoted, &armour);
    let quoted = String::from_utf8(quoted).unwrap().replace("\r\n", "\n");
    let based = data_encoding::BASE64_MIME.encode(armour.as_bytes());
    for entity in [
        format!("\n{armour}"),
        format!("Content-Type: text/plain; charset=utf-8\n\n\n{armour}\n\n"),
        format!("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{quoted}"),
        format!("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{based}"),
        format!("Content-Type: application/pgp; x-action=encrypt\n\n{armour}"),
    ] {
        let opened = inline(&entity);
        assert_eq!(texts(&opened), ["the canary sings — laut"], "{entity}");
        assert!(opened.sealed && !opened.incomplete && opened.signed.is_some(), "{entity}");
    }
}

#[test]
fn the_charset_of_an_inline_message_is_kept() {
    let western = DESK.gpg.makes(&["--armor", "--recipient", "security@example.org", "--encrypt"], b"gr\xFC\xDFe\n");
    let western = String::from_utf8(western).unwrap();
    let opened = inline(&format!("Content-Type: text/plain; charset=iso-8859-1\n\n{western}"));
    assert_eq!(texts(&opened), ["grüße"]);
    let named = western.replace("MESSAGE-----\n\n", "MESSAGE-----\nCharset: ISO-8859-15\n\n");
    assert_eq!(texts(&inline(&format!("Content-Type: text/plain; charset=utf-8\n\n{named}"))), ["grüße"]);
}

#[test]
fn of_a_mail_full_of_messages_so_many_are_opened_and_it_is_said() {
    let armour = DESK.encrypted("the canary sings\n");
    let parts = format!("--m\n\n{armour}\n").repeat(25);
    let opened = inline(&format!("Content-Type: multipart/mixed; boundary=m\n\n{parts}--m--\n"));
    assert_eq!(texts(&opened).len(), 20);
    assert!(opened.incomplete && opened.notes == [Note::OutsideEncryption], "{:?}", opened.notes);
}

#[test]
fn text_around_an_inline_message_is_left_out_and_said() {
    let armour = DESK.encrypted("the canary sings\n");
    for entity in [
        format!("\nHello,\n\n{armour}\n"),
        format!("\n{armour}\nlist footer\n"),
        format!("Content-Type: multipart/mixed; boundary=m\n\n--m\n\n{armour}\n--m\n\nlist footer\n--m--\n"),
        format!(
            "Content-Type: multipart/alternative; boundary=m\n\n--m\n\n{armour}\n--m\nContent-Type: text/html\n\n<pre>list footer</pre>\n--m--\n"
        ),
    ] {
        let opened = inline(&entity);
        assert_eq!(texts(&opened), ["the canary sings"], "{entity}");
        assert!(opened.incomplete && opened.notes == [Note::OutsideEncryption], "{:?}", opened.notes);
        let message = String::from_utf8(opened.message.unwrap()).unwrap();
        assert!(!message.contains("Hello") && !message.contains("footer"), "{message}");
    }
}

#[test]
fn text_and_files_that_are_encrypted_one_by_one() {
    let desk = &*DESK;
    let (text, patch) = (desk.encrypted("the canary sings\n"), desk.encrypted("--- a\n+++ b\n"));
    let binary = desk.gpg.encrypt(b"\x00\x01binary", "security@example.org");
    let binary = data_encoding::BASE64_MIME.encode(&binary);
    let opened = inline(&format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n\n{text}\n--m\nContent-Type: application/octet-stream; name=\"fix.patch.asc\"\n\n{patch}\n--m\nContent-Type: application/pgp-encrypted\nContent-Disposition: attachment; filename=\"dump.bin.gpg\"\nContent-Transfer-Encoding: base64\n\n{binary}\n--m--\n"
    ));
    assert_eq!((texts(&opened), opened.incomplete), (vec!["the canary sings".to_owned()], false), "{:?}", opened.notes);
    let message = opened.message.unwrap();
    let shown = parts(&message);
    let files: Vec<_> = shown.iter().filter_map(|part| Some((part.file_name()?, part.bytes().into_owned()))).collect();
    assert_eq!(files, [("fix.patch", b"--- a\n+++ b\n".to_vec()), ("dump.bin", b"\x00\x01binary".to_vec())]);
    let answer = crate::mail::answer::answer(&message, |_| false, &"security@example.org".parse().unwrap());
    assert_eq!((answer.text.as_str(), answer.parts.len()), ("the canary sings\n", 2));
}

#[test]
fn cleartext_signatures_alone_and_inside_an_encryption() {
    let desk = &*DESK;
    let block = desk.makes(&["--local-user", "dana@example.net", "--clearsign"], "- dash\nthe canary sings\n");
    let opened = inline(&format!("\nbefore\n{block}\nafter\n"));
    let signed = opened.signed.unwrap();
    assert_eq!(String::from_utf8(signed.bytes).unwrap().replace('\r', "").trim_end(), "- dash\nthe canary sings");
    assert!(!opened.sealed && opened.message.is_none());
    let changed = inline(&format!("\n{}", block.replace("sings", "Sings")));
    assert_eq!(changed.notes, [Note::BadSignature { fingerprint: desk.dana.fingerprint() }]);
    let inside = inline(&format!("\n{}", desk.encrypted(&block)));
    assert!(inside.sealed && inside.signed.is_some(), "{:?}", inside.notes);
}

#[test]
fn exchange_took_it_apart() {
    let armour = DESK.signed_and_encrypted(TEXT);
    let based = data_encoding::BASE64_MIME.encode(armour.as_bytes());
    for control in [
        "Content-Type: application/pgp-encrypted; name=\"PGPMIME Versions Identification.dat\"\n\nVersion: 1\n",
        "Content-Type: application/octet-stream; name=\"PGPMIME Versions Identification.dat\"\nContent-Transfer-Encoding: base64\n\nVmVyc2lvbjogMQo=\n",
    ] {
        let damaged = |first: &str| {
            inline(&format!(
                "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=us-ascii\n\n{first}\n--x\n{control}\n--x\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\nContent-Transfer-Encoding: base64\n\n{based}\n--x--\n"
            ))
        };
        let opened = damaged("");
        assert_eq!(texts(&opened), ["the canary sings"]);
        assert!(opened.incomplete && opened.signed.is_some());
        assert_eq!(opened.notes[0], Note::Repaired);
        assert!(!opened.notes.contains(&Note::OutsideEncryption), "{:?}", opened.notes);
        assert!(damaged("A scanner's word").notes.contains(&Note::OutsideEncryption));
    }
}

#[test]
fn certificates_are_offered_as_files_in_text_and_by_autocrypt() {
    let desk = &*DESK;
    let certificate = desk.dana.armored().unwrap();
    let unwrapped =
        |mail: &str, registered: &[Certificate]| unwrap(mail.as_bytes(), &desk.keyring, registered, at()).offered;
    let fingerprint = desk.dana.fingerprint();
    let attached = "Content-Type: application/pgp-keys; name=k.asc\n\n";
    let keydata = data_encoding::BASE64
        .encode(&desk.dana.bytes().unwrap())
        .as_bytes()
        .chunks(70)
        .map(|line| format!(" {}\n", str::from_utf8(line).unwrap()))
        .collect::<String>();
    let autocrypt = |address: &str| {
        format!("Autocrypt: addr={address}; prefer-encrypt=mutual; keydata=\n{keydata}{}", mail("\nhello\n"))
    };
    let inside = mail(&encrypted_entity(&desk.encrypted(&format!("{attached}{certificate}"))));
    for (mail, how) in [
        (mail(&format!("{attached}{certificate}")), OfferedHow::Attached),
        (mail(&format!("\nMy key:\n\n{certificate}\n")), OfferedHow::Attached),
        (inside, OfferedHow::Attached),
        (autocrypt("Dana@example.net"), OfferedHow::Autocrypt),
    ] {
        let offered = unwrapped(&mail, &[]);
        assert_eq!(
            offered.iter().map(|o| (&o.fingerprint, o.how)).collect::<Vec<_>>(),
            [(&fingerprint, how)],
            "{mail}"
        );
        assert_eq!(Certificate::read(&offered[0].bytes).unwrap().fingerprint(), fingerprint);
        assert_eq!(unwrapped(&mail, std::slice::from_ref(&desk.dana)), [], "nothing new in it");
    }
    let ours = mail(&format!("{attached}{}", desk.project.certificate));
    assert_eq!(unwrapped(&ours, &[]), [], "our own come back");
    assert_eq!(unwrapped(&autocrypt("eve@example.com"), &[]), [], "for somebody else's address");
    let twice = autocrypt("dana@example.net").replacen(
        "Autocrypt",
        "Autocrypt: addr=dana@example.net; x=1; keydata=AA==\nAutocrypt",
        1,
    );
    assert_eq!(unwrapped(&twice, &[]).len(), 1, "one with an unknown critical attribute does not count");
}
