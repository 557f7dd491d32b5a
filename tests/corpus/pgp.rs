//! Encrypted and signed mail of other people's making, opened as its sources say.

use std::path::Path;

use embargod::mail::note::Note;
use embargod::mail::opened::OpenedMail;
use embargod::mail::parts::parts;
use embargod::openpgp::{Certificate, DecryptionKey, Keyring, mime};

/// The mails of a folder: name without ending, bytes, and what is inside where the folder says so.
fn mails(folder: &str) -> Vec<(String, Vec<u8>, Option<Vec<u8>>)> {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return Vec::new() };
    let mut found = Vec::new();
    for file in super::files(&Path::new(&root).join(folder)) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_mail = file.extension().is_none_or(|ending| ending == "eml");
        if is_mail {
            let inner = std::fs::read(file.with_extension("inner")).ok();
            found.push((name, std::fs::read(&file).unwrap(), inner));
        }
    }
    assert!(!found.is_empty());
    found
}

fn file(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(&std::env::var_os("EMBARGOD_CORPUS").unwrap()).join(path)).unwrap()
}

/// What people see of an entity: the text of its parts, without signatures and what repeats the header.
fn seen(entity: &[u8]) -> Vec<String> {
    let shown = parts(entity);
    let hidden = |kind: &str| kind == "application/pgp-signature";
    let repeats = |text: &str| text.trim() == "Subject: BarCorp contract signed, let's go!";
    let texts = shown.iter().filter(|part| !hidden(&part.content.kind)).map(|part| part.text().replace('\r', ""));
    texts.map(|text| text.trim().to_owned()).filter(|text| !repeats(text)).collect()
}

#[test]
fn the_samples_of_the_protected_headers_draft_open_as_it_says() {
    const FOLDER: &str = "pgp/autocrypt-protected-headers";
    if std::env::var_os("EMBARGOD_CORPUS").is_none() {
        return;
    }
    let bob = DecryptionKey::read(&file(&format!("{FOLDER}/bob@openpgp.example.sec.asc")), None).unwrap();
    let alice = Certificate::read(&file(&format!("{FOLDER}/alice@openpgp.example.pub.asc"))).unwrap();
    let keyring = Keyring(vec![bob]);
    let mut opened_mails = 0;
    for (name, raw, inner) in mails(FOLDER) {
        for raw in [raw.clone(), crate::world::crlf(&raw)] {
            let at = "2019-10-22T00:00:00Z".parse().unwrap();
            let opened = mime::unwrap(&raw, &keyring, std::slice::from_ref(&alice), at);
            let signed = opened.signed.as_ref().map(|signed| signed.fingerprint.as_str());
            let smime = name.starts_with("smime");
            let is_signed = !smime && !name.starts_with("pgpmime-enc");
            assert_eq!(signed.is_some(), is_signed, "{name}: {:?}", opened.notes);
            assert!(signed.is_none_or(|by| by == alice.fingerprint()), "{name}");
            match (smime, inner.as_deref()) {
                (true, _) if name == "smime-multipart-signed" => {
                    assert_eq!(
                        (opened.notes.len(), opened.message.is_none()),
                        (0, true),
                        "{name}: it can be read as it is"
                    );
                }
                (true, _) => {
                    assert_eq!(opened.notes, [Note::Smime], "{name}");
                    assert_eq!(opened.sealed, name != "smime-onepart-signed", "{name}");
                }
                (false, None) if name == "pgpmime-signed" => {
                    assert_eq!((opened.sealed, opened.message.is_none()), (false, true));
                }
                (false, inner) => {
                    opened_mails += 1;
                    let message = opened.message.as_deref().unwrap_or_else(|| panic!("{name}: {:?}", opened.notes));
                    assert!(opened.sealed && !opened.incomplete, "{name}");
                    assert_eq!(opened.subject.as_deref(), Some("BarCorp contract signed, let's go!"), "{name}");
                    let seen = seen(message);
                    assert!(seen[0].starts_with("Hi Bob!") && seen[0].contains(&format!("'{name}' message")), "{name}");
                    assert!(
                        !String::from_utf8_lossy(message).contains("protected-headers=\"v1\"\r\nContent-Disp"),
                        "{name}"
                    );
                    if let Some(inner) = inner {
                        assert_eq!(seen, self::seen(inner), "{name}");
                    }
                    let shown = embargod::mail::answer::answer(message, |_| false, &"s@example.org".parse().unwrap());
                    assert!(shown.text.starts_with("Hi Bob!"), "{name}: no part of the text repeats the header");
                }
            }
        }
    }
    assert_eq!(opened_mails, 2 * 6);
}

/// The key of notmuch's tests is not there.
#[test]
fn of_notmuchs_mails_a_note_says_why_they_stay_closed() {
    for (name, raw, _) in mails("pgp/notmuch") {
        let opened = mime::unwrap(&raw, &Keyring::default(), &[], "2026-12-07T09:00:00Z".parse().unwrap());
        let text = String::from_utf8_lossy(&raw);
        let OpenedMail { sealed, message, subject, notes, .. } = opened;
        println!("{name}: {notes:?}");
        assert!(subject.is_none(), "{name}: nothing protects a subject that nobody can read");
        assert!(message.is_none(), "{name}");
        let why = match notes.as_slice() {
            [Note::NotForUs { key_ids }] if !key_ids.is_empty() => "key",
            [Note::Damaged] => "damaged",
            [Note::SignedByUnknown { key }] if !key.is_empty() => "signed",
            [Note::Smime] => "smime",
            [] => "none",
            other => panic!("{name}: {other:?}"),
        };
        let expected = match name.as_str() {
            "test_corpora_protected-headers_phony-protected-header-bad-encryption" => "damaged",
            _ if text.contains("application/pgp-encrypted") => "key",
            _ if text.contains("application/pgp-signature") => "signed",
            _ if text.contains("application/pkcs7-mime") => "smime",
            _ => "none",
        };
        assert_eq!(why, expected, "{name}: {notes:?}");
        let closed = why == "key" || why == "damaged" || text.contains("enveloped-data");
        assert_eq!(sealed, closed, "{name}");
    }
}
