//! Mail is opened ahead, in order, and as of the moment it is handled.
#![cfg(test)]

use jiff::Timestamp;

use super::*;
use crate::mail::note::Note;
use crate::mail::secret::{Secret, sha256_hex};
use crate::openpgp::gpg::Gpg;
use crate::openpgp::{Certificate, SigningKey};
use crate::store::certificates::Found;
use crate::store::inbox::Arrival;

const DANA_KEY: &[u8] = include_bytes!("../../../fixtures/keys/dana.key");
const DANA: &[u8] = include_bytes!("../../../fixtures/keys/dana.asc");

fn at() -> Timestamp {
    "2026-12-07T09:00:00Z".parse().unwrap()
}

/// A mail with this subject, signed by Dana.
fn signed(subject: &str) -> Vec<u8> {
    let entity = "Content-Type: text/plain\r\n\r\nhello";
    let signature = SigningKey::read(DANA_KEY, None, at()).unwrap().sign(entity.as_bytes(), at()).unwrap();
    let armored = signature.armored;
    format!("From: dana@research.example.net\r\nSubject: {subject}\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n--s\r\n{entity}\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n{armored}\r\n--s--\r\n").into_bytes()
}

fn opener(authserv_id: Option<&str>) -> Opener {
    let mailroom = Mailroom {
        addresses: vec![("security@example.org".parse().unwrap(), Role::Security)],
        recipient_headers: Vec::new(),
        authserv_id: Some("mx.example.org".into()),
        received_by: Vec::new(),
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret: Arc::new(Secret::new([7; 32])),
    };
    Opener {
        doubting: Arc::new(mailroom.doubting()),
        mailroom: Arc::new(mailroom),
        authserv_id: authserv_id.map(str::to_owned),
        fallback_roles: Arc::default(),
        keyring: Arc::default(),
        known: Known::default(),
    }
}

async fn store_with(folder: &tempfile::TempDir, mails: Vec<Vec<u8>>) -> Store {
    let store = Store::open(&folder.path().join("state.db")).unwrap();
    let add = move |rows: Rows<'_>| {
        for raw in &mails {
            let sha256 = sha256_hex(raw);
            rows.inbox().add(&Arrival {
                sha256: &sha256,
                raw,
                account: "local",
                folder: "in",
                received_at: at(),
                predates: false,
                truncated: false,
            })?;
        }
        Ok(())
    };
    store.write(add).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_comes_in_its_order_each_once_and_no_more_is_opened_than_fits() {
    let folder = tempfile::tempdir().unwrap();
    let large = [signed("large"), vec![b'x'; AHEAD_BYTES_MAX]].concat();
    let mut mails: Vec<Vec<u8>> = (0..20).map(|number| signed(&format!("mail {number}"))).collect();
    mails.insert(7, large);
    let store = store_with(&folder, mails).await;
    let opener = opener(None);
    let (mut ahead, mut subjects) = (opener.ahead(&store), Vec::new());
    while let Some(opened) = ahead.next().await.unwrap() {
        assert!(ahead.opening.len() < ahead.most);
        let large = ahead.opening.iter().position(|opening| opening.bytes >= AHEAD_BYTES_MAX);
        assert!(large.is_none_or(|at| at + 1 == ahead.opening.len()), "nothing is begun behind a large one");
        subjects.push(opened.incoming.subject);
    }
    let mut expected: Vec<String> = (0..20).map(|number| format!("mail {number}")).collect();
    expected.insert(7, "large".to_owned());
    assert_eq!(subjects, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_mail_that_unpacks_to_a_large_one_is_unpacked_when_its_turn_comes() {
    let folder = tempfile::tempdir().unwrap();
    let gpg = Gpg::fresh();
    let packed = |text: &[u8]| {
        let armored = String::from_utf8(gpg.makes(&["--armor", "--store"], text)).unwrap();
        format!("From: dana@research.example.net\r\n\r\n{armored}").into_bytes()
    };
    let large = vec![b'x'; AHEAD_UNPACKED_BYTES_MAX as usize + 1];
    let store = store_with(&folder, vec![signed("1"), packed(&large), packed(b"small"), packed(&large)]).await;
    let opener = opener(None);
    let mut ahead = opener.ahead(&store);
    let mut unpacked = Vec::new();
    while let Some(opened) = ahead.next().await.unwrap() {
        for behind in &mut ahead.opening {
            let task = &mut behind.task;
            let held = task.await.unwrap();
            let bytes = held.mail.message.as_ref().map_or(0, Vec::len);
            assert!(bytes < large.len(), "{bytes} bytes are held ahead of their turn");
            behind.task = tokio::task::spawn_blocking(move || held);
        }
        assert!(!opened.mail.notes.contains(&Note::UnpacksTooLarge), "{:?}", opened.mail.notes);
        unpacked.push(opened.mail.message.map(|message| message.len() > large.len()));
    }
    assert_eq!(unpacked, [None, Some(true), Some(false), Some(true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_registered_meanwhile_counts_for_the_mail_that_is_handled_next() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(&folder, vec![signed("1"), signed("2")]).await;
    let opener = opener(None);
    let mut ahead = opener.ahead(&store);
    ahead.next().await.unwrap().unwrap();
    let second = ahead.next().await.unwrap().unwrap();
    assert!(matches!(second.incoming.notes.as_slice(), [Note::SignedByUnknown { .. }]), "{:?}", second.incoming.notes);
    let register = |rows: Rows<'_>| {
        let dana = Certificate::read(DANA)?;
        let found = Found { at: at(), expires_at: None, unusable: String::new() };
        let person = rows.people().find_or_add("Dana", &"dana@example.net".parse()?)?;
        rows.certificates().register(&dana.fingerprint(), Some(person.id), &dana.bytes()?, &found)
    };
    store.write(register).await.unwrap();
    let again = opener.clone();
    let handled = store.write(move |rows| again.as_of_now(rows, second)).await.unwrap();
    assert!(handled.mail.signed.is_some() && matches!(handled.incoming.notes.as_slice(), [Note::Signed { .. }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn stamps_that_came_to_be_believed_meanwhile_count_too() {
    let folder = tempfile::tempdir().unwrap();
    let raw =
        b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\nFrom: alice@example.org\n\nx\n";
    let store = store_with(&folder, vec![raw.to_vec()]).await;
    let opener = opener(Some("mx.example.org"));
    let opened = opener.ahead(&store).next().await.unwrap().unwrap();
    assert_eq!(opened.incoming.evidence.aligned(), None);
    store.write(|rows| rows.stamps().good("mx.example.org", at())).await.unwrap();
    let handled = store.write(move |rows| opener.as_of_now(rows, opened)).await.unwrap();
    assert!(handled.incoming.evidence.aligned().is_some());
}
