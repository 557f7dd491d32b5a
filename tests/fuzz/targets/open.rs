//! Any bytes become facts, and what is encrypted to the key of the fixtures is opened: no panic (a caught one shows as
//! a note), and what people are shown can be read on. Seeds with good ciphertext: `tests/corpus` and any mail to
//! fixtures/keys/project.asc.
#![no_main]

use std::sync::{Arc, LazyLock};

use embargod::mail::incoming::Note;
use embargod::mail::mailroom::{Mailroom, Role};
use embargod::mail::parts::parts;
use embargod::mail::secret::Secret;
use embargod::openpgp::{Certificate, DecryptionKey, Keyring, mime};
use libfuzzer_sys::fuzz_target;

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let key = include_bytes!("../../../fixtures/keys/project.key");
    Keyring(vec![DecryptionKey::read(key, None).expect("the fixtures' key")])
});

static DANA: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::read(include_bytes!("../../../fixtures/keys/dana.asc")).expect("a certificate"));

fuzz_target!(|raw: &[u8]| {
    let room = Mailroom {
        addresses: vec![("security@example.org".parse().unwrap(), Role::Security)],
        recipient_headers: vec!["Delivered-To".into()],
        authserv_id: Some("mx.example.org".into()),
        received_by: vec!["mx.example.org".into()],
        spam_headers: vec![("X-Spam-Flag".into(), "YES".into())],
        public_lists: vec!["xen-devel@lists.example.org".parse().unwrap()],
        local: false,
        secret: Arc::new(Secret::new([7; 32])),
    };
    let incoming = room.read(raw, Some(Role::Security));
    assert!(!incoming.notes.contains(&Note::Unreadable), "a panic was caught");
    assert!(incoming.subject.chars().count() <= 200 && !incoming.subject.chars().any(char::is_control));
    let at = "2026-12-07T09:00:00Z".parse().expect("a time");
    let opened = mime::unwrap(raw, &KEYRING, std::slice::from_ref(&*DANA), at);
    assert!(!opened.notes.contains(&Note::Unreadable), "a panic was caught");
    assert!(!parts(opened.readable(raw)).is_empty());
});
