//! Any bytes become facts: no panic (a caught one shows as a note), and the same facts with both line ends.
#![no_main]

use std::sync::Arc;

use embargod::mail::incoming::Note;
use embargod::mail::mailroom::{Mailroom, Role};
use embargod::mail::secret::Secret;
use libfuzzer_sys::fuzz_target;

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
});
