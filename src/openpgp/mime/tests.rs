//! Mails made with gpg, as people's mail programs send them.
#![cfg(test)]

mod fields;
mod hostile;
mod pieces;

use std::sync::LazyLock;

use super::*;
use crate::mail::opened::OfferedHow;
use crate::mail::parts::parts;
use crate::openpgp::gpg::Gpg;
use crate::openpgp::{DecryptionKey, NewKey, generate};

fn at() -> Timestamp {
    "2026-11-22T08:05:00Z".parse().unwrap()
}

/// The project, and Dana, who has gpg and the project's certificate.
struct Desk {
    project: NewKey,
    keyring: Keyring,
    gpg: Gpg,
    dana: Certificate,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let project = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let keyring = Keyring(vec![DecryptionKey::read(project.secret.as_bytes(), None).unwrap()]);
    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key("Dana <dana@example.net>", "ed25519", "default", "never", "");
    gpg.add_subkey(&fingerprint, "cv25519", "encrypt");
    let dana = Certificate::read(&gpg.export("--export", &fingerprint, "")).unwrap();
    gpg.import(project.certificate.as_bytes());
    Desk { project, keyring, gpg, dana }
});

impl Desk {
    fn encrypted(&self, bytes: &str) -> String {
        self.makes(&["--recipient", "security@example.org", "--encrypt"], bytes)
    }

    fn signed_and_encrypted(&self, bytes: &str) -> String {
        self.makes(
            &["--local-user", "dana@example.net", "--recipient", "security@example.org", "--sign", "--encrypt"],
            bytes,
        )
    }

    fn signature(&self, bytes: &str) -> String {
        self.makes(&["--local-user", "dana@example.net", "--detach-sign"], bytes)
    }

    fn makes(&self, what: &[&str], bytes: &str) -> String {
        String::from_utf8(self.gpg.makes(&[&["--armor"], what].concat(), bytes.as_bytes())).unwrap()
    }

    /// Opened, with Dana's certificate registered.
    fn opens(&self, mail: &str) -> OpenedMail {
        unwrap(mail.as_bytes(), &self.keyring, std::slice::from_ref(&self.dana), at())
    }
}

const HEADER: &str = "From: Dana <dana@example.net>\nTo: security@example.org\nSubject: outer\nDate: Mon, 23 Nov 2026 09:26:00 +0000\nMessage-ID: <1@example.net>\n";

/// A whole mail with this entity.
fn mail(entity: &str) -> String {
    format!("{HEADER}MIME-Version: 1.0\n{entity}")
}

fn encrypted_entity(armour: &str) -> String {
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{armour}\n--e--\n"
    )
}

fn signed_entity(desk: &Desk, entity: &str) -> String {
    let signature = desk.signature(&entity.replace('\n', "\r\n"));
    format!(
        "Content-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=s\n\n--s\n{entity}\n--s\nContent-Type: application/pgp-signature\n\n{signature}\n--s--\n"
    )
}

const TEXT: &str = "Content-Type: text/plain; charset=utf-8\n\nthe canary sings\n";

/// The text parts of what people see, in order.
fn texts(mail: &OpenedMail) -> Vec<String> {
    let message = mail.message.as_deref().unwrap_or_default();
    let shown = parts(message);
    let text = |kind: &str| kind.starts_with("text/");
    shown
        .iter()
        .filter(|part| text(&part.content.kind))
        .map(|part| part.text().replace('\r', "").trim().to_owned())
        .collect()
}

fn header(mail: &OpenedMail, name: &str) -> Vec<String> {
    let message = mail.message.as_deref().unwrap();
    Headers::read(message).all(name).map(|field| field.value()).collect()
}

#[test]
fn an_encrypted_and_signed_mail_is_opened() {
    let desk = &*DESK;
    let mail = mail(&encrypted_entity(&desk.signed_and_encrypted(TEXT)));
    for mail in [mail.clone(), mail.replace('\n', "\r\n")] {
        let opened = desk.opens(&mail);
        assert_eq!(texts(&opened), ["the canary sings"]);
        assert!(opened.sealed && !opened.incomplete);
        assert_eq!((opened.subject.as_deref(), opened.offered.len()), (None, 0));
        let fingerprint = desk.dana.fingerprint();
        assert_eq!(opened.notes, [Note::Signed { fingerprint: fingerprint.clone() }]);
        let signed = opened.signed.clone().unwrap();
        assert_eq!((signed.fingerprint, signed.bytes), (fingerprint, TEXT.as_bytes().to_vec()));
        assert_eq!(signed.made_at.to_string(), "2026-11-22T08:00:00Z");
        assert_eq!(header(&opened, "Content-Type"), ["text/plain; charset=utf-8"]);
        assert_eq!(header(&opened, "Message-ID"), ["<1@example.net>"]);
        assert_eq!(header(&opened, "MIME-Version").len(), 1);
    }
    let unregistered = unwrap(mail.as_bytes(), &desk.keyring, &[], at());
    assert!(unregistered.signed.is_none() && texts(&unregistered) == ["the canary sings"]);
    assert!(matches!(unregistered.notes.as_slice(), [Note::SignedByUnknown { .. }]), "{:?}", unregistered.notes);
}

#[test]
fn a_signature_inside_the_encryption_counts_and_one_around_it_does_not() {
    let desk = &*DESK;
    let inside = desk.opens(&mail(&encrypted_entity(&desk.encrypted(&signed_entity(desk, TEXT)))));
    assert_eq!(inside.signed.as_ref().unwrap().bytes, TEXT.replace('\n', "\r\n").into_bytes());
    assert_eq!(texts(&inside), ["the canary sings"]);
    assert!(header(&inside, "Content-Type")[0].starts_with("multipart/signed"), "people can check it themselves");

    let around = desk.opens(&mail(&signed_entity(desk, &encrypted_entity(&desk.encrypted(TEXT)))));
    assert_eq!(texts(&around), ["the canary sings"]);
    assert!(around.sealed && around.signed.is_none() && around.notes.is_empty(), "{:?}", around.notes);
}

#[test]
fn a_signed_mail_stays_as_it_is_and_one_changed_byte_fails() {
    let desk = &*DESK;
    let mail = mail(&signed_entity(desk, TEXT));
    for mail in [mail.clone(), mail.replace('\n', "\r\n")] {
        let opened = desk.opens(&mail);
        assert!(!opened.sealed && opened.message.is_none());
        assert_eq!(opened.signed.unwrap().bytes, TEXT.replace('\n', "\r\n").into_bytes());
    }
    let changed = desk.opens(&mail.replace("sings", "Sings"));
    assert_eq!(changed.notes, [Note::BadSignature { fingerprint: desk.dana.fingerprint() }]);
    assert_eq!(changed.signed, None);
    let broken = desk.opens(&mail.replace("BEGIN PGP SIGNATURE", "BEGIN PGP NONSENSE"));
    assert_eq!((broken.notes, broken.signed), (vec![Note::UnreadableSignature], None));
    // A list server puts its footer beside it: the signature holds for what it covers.
    let footer = format!(
        "{HEADER}Content-Type: multipart/mixed; boundary=l\n\n--l\n{}\n--l\n\n!approve\n--l--\n",
        signed_entity(desk, TEXT)
    );
    let opened = desk.opens(&footer);
    assert_eq!(opened.signed.unwrap().bytes, TEXT.replace('\n', "\r\n").into_bytes());
    assert_eq!(opened.notes, [Note::Signed { fingerprint: desk.dana.fingerprint() }, Note::SignedInPart]);
    // And what it protects is the subject of another mail.
    let old = signed_entity(desk, "Content-Type: text/plain; protected-headers=\"v1\"\nSubject: An old one\n\nold\n");
    let beside = format!("{HEADER}Content-Type: multipart/mixed; boundary=l\n\n--l\n\nnew\n--l\n{old}\n--l--\n");
    let opened = desk.opens(&beside);
    assert_eq!((opened.subject, opened.signed.is_some()), (None, true));
}

#[test]
fn a_signature_of_a_clock_that_is_a_little_ahead_is_good() {
    let desk = &*DESK;
    let mail = mail(&signed_entity(desk, TEXT));
    let received =
        |at: &str| unwrap(mail.as_bytes(), &desk.keyring, std::slice::from_ref(&desk.dana), at.parse().unwrap());
    assert!(received("2026-11-22T07:50:00Z").signed.is_some());
    assert!(received("2026-11-22T06:50:00Z").signed.is_none(), "an hour ahead is not a clock's fault");
}

#[test]
fn one_changed_byte_of_an_encrypted_mail_and_nothing_is_shown() {
    let desk = &*DESK;
    let long = format!("Content-Type: text/plain\n\nthe canary sings\n{}", "a line of text\n".repeat(3000));
    let armour = desk.makes(&["--compress-algo", "none", "--recipient", "security@example.org", "--encrypt"], &long);
    let middle = armour.len() / 2;
    let mut changed = armour.clone().into_bytes();
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let cut = armour[..armour.len() / 3].to_owned();
    // Without its checksum, which would be the first to fail.
    let without = |armour: &str| {
        armour
            .lines()
            .filter(|line| !(line.len() == 5 && line.starts_with('=')))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    for armour in [without(&String::from_utf8(changed).unwrap()), cut] {
        let opened = desk.opens(&mail(&encrypted_entity(&armour)));
        assert_eq!((opened.notes.as_slice(), opened.message.is_none()), ([Note::Damaged].as_slice(), true));
        assert!(opened.sealed && opened.subject.is_none());
    }
}

#[test]
fn what_is_not_for_us_names_its_keys_and_no_more() {
    let desk = &*DESK;
    let other = Gpg::fresh();
    let fingerprint = other.make_key("eve@example.com", "ed25519", "default", "never", "");
    other.add_subkey(&fingerprint, "cv25519", "encrypt");
    let armour = other.makes(&["--armor", "--recipient", "eve@example.com", "--encrypt"], TEXT.as_bytes());
    let opened = desk.opens(&mail(&encrypted_entity(std::str::from_utf8(&armour).unwrap())));
    let [Note::NotForUs { key_ids }] = opened.notes.as_slice() else { panic!("{:?}", opened.notes) };
    assert!(key_ids.len() == 1 && key_ids[0].len() == 16, "{key_ids:?}");
    assert!(opened.sealed && opened.message.is_none());
    let hidden = other.makes(&["--armor", "--hidden-recipient", "eve@example.com", "--encrypt"], TEXT.as_bytes());
    let opened = desk.opens(&mail(&encrypted_entity(std::str::from_utf8(&hidden).unwrap())));
    assert_eq!(opened.notes, [Note::NotForUs { key_ids: Vec::new() }]);
    let by_word = desk.makes(&["--symmetric"], TEXT);
    assert_eq!(desk.opens(&mail(&encrypted_entity(&by_word))).notes, [Note::Passphrase]);
}

#[test]
fn a_key_before_or_after_a_change_opens_too() {
    let desk = &*DESK;
    let newer = generate("security@example.org", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let newer = DecryptionKey::read(newer.secret.as_bytes(), None).unwrap();
    let mail = mail(&encrypted_entity(&desk.encrypted(TEXT)));
    let older = DecryptionKey::read(desk.project.secret.as_bytes(), None).unwrap();
    let both = Keyring(vec![newer.clone(), older]);
    assert_eq!(texts(&unwrap(mail.as_bytes(), &both, &[], at())), ["the canary sings"]);
    assert!(unwrap(mail.as_bytes(), &Keyring(vec![newer]), &[], at()).message.is_none());
}

#[test]
fn smime_is_named() {
    let smime = |what: &str| {
        let kind = format!("Content-Type: application/pkcs7-mime; smime-type={what}; name=smime.p7m");
        unwrap(
            mail(&format!("{kind}\nContent-Transfer-Encoding: base64\n\nMIIB\n")).as_bytes(),
            &DESK.keyring,
            &[],
            at(),
        )
    };
    assert_eq!((smime("enveloped-data").sealed, smime("enveloped-data").notes), (true, vec![Note::Smime]));
    assert_eq!((smime("signed-data").sealed, smime("signed-data").notes), (false, vec![Note::Smime]));
}
