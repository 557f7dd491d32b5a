//! Real mail, where a folder of it is at hand (`EMBARGOD_CORPUS`): handed in as delivered to security@.
//! Without one these tests have nothing to read; `tests/run` and CI name ../shared/corpus.

mod advisories;
pub mod bounces;
mod pgp;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::mail::answer;
use embargod::mail::incoming::Note;
use embargod::mail::mailroom::{Mailroom, Role};
use embargod::mail::secret::Secret;
use embargod::openpgp::{Certificate, Keyring, SignatureCheck, mime, verify_cleartext};

use crate::world::{Letter, LineEnds, World, kinds};

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return Vec::new() };
    let folder = PathBuf::from(root).join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Every message of it, as delivered to security@; none where no corpus is at hand.
pub fn all() -> Vec<Vec<u8>> {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return Vec::new() };
    files(&PathBuf::from(root)).iter().map(|file| delivered(&std::fs::read(file).unwrap())).collect()
}

fn delivered(raw: &[u8]) -> Vec<u8> {
    [b"Delivered-To: security@example.org\n".as_slice(), raw].concat()
}

/// Hands mails in one by one; gives what left after each.
fn hand_in(world: &mut World, mails: &[Vec<u8>]) -> Vec<Vec<Letter>> {
    mails
        .iter()
        .enumerate()
        .map(|(minute, raw)| {
            world.at(&format!("2026-12-07T09:{minute:02}:00Z")).post(&delivered(raw));
            world.round()
        })
        .collect()
}

#[test]
fn a_trackers_thread_is_one_case_relayed_and_never_answered() {
    let mails = corpus("reports/samba-bug14442-thread");
    for line_ends in [LineEnds::Lf, LineEnds::CrLf] {
        let mut world = World::new(line_ends);
        for letters in hand_in(&mut world, &mails) {
            assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
        }
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), usize::from(!mails.is_empty()));
        let inbox = world.json(&["inbox", "list"]);
        assert!(inbox.as_array().unwrap().iter().all(|mail| mail["state"] == "done"), "{inbox}");
    }
}

#[test]
fn mail_that_also_went_to_a_public_list_is_flagged() {
    let mails = corpus("reports/xen");
    let mut world = World::new(LineEnds::Lf);
    for (index, letters) in hand_in(&mut world, &mails).iter().enumerate() {
        assert_eq!(kinds(letters), ["relay alice@example.org", "relay bob@example.org"]);
        assert!(letters[0].text().contains("It also went to a public list: xen-devel@lists.xenproject.org"));
        let number = (index + 1).to_string();
        let flags = &world.json(&["case", "show", &number])["flags"];
        assert!(flags.as_array().unwrap().iter().any(|flag| flag["public"] == true), "{flags}");
    }
}

/// The whole desk, not only the reader: every message of the corpus ends as `done`, and no bounce is answered.
#[test]
fn every_message_ends_somewhere_and_no_bounce_is_answered() {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let (bounces, others): (Vec<PathBuf>, Vec<PathBuf>) = files(&PathBuf::from(root)).into_iter().partition(|file| {
        let name = file.to_string_lossy();
        name.contains("/bounces/") && !name.contains("not_bounces")
    });
    assert!(bounces.len() > 100 && others.len() > 500, "the corpus is not whole");
    let mut world = World::new(LineEnds::Lf);
    for (at, mails) in [("2026-12-07T09:00:00Z", &bounces), ("2026-12-07T10:00:00Z", &others)] {
        for file in mails {
            world.post(&delivered(&std::fs::read(file).unwrap()));
        }
        let letters = world.at(at).round();
        let answered: Vec<&Letter> =
            letters.iter().filter(|letter| !["relay", "alert"].contains(&letter.kind.as_str())).collect();
        println!("{} messages: {} letters, {} of them answers", mails.len(), letters.len(), answered.len());
        assert!(mails == &others || answered.is_empty(), "bounces were answered: {:?}", kinds(&letters));
    }
    let inbox = world.json(&["inbox", "list"]);
    let stuck: Vec<_> = inbox.as_array().unwrap().iter().filter(|mail| mail["state"] != "done").collect();
    assert!(stuck.is_empty(), "{stuck:?}");
}

/// A reader that hangs on one message holds up all that come after it: no message of the corpus takes long.
#[test]
fn no_message_takes_the_reader_long() {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let room = Mailroom {
        addresses: vec![("security@example.org".parse().unwrap(), Role::Security)],
        recipient_headers: vec!["Delivered-To".into()],
        authserv_id: Some("mx.example.org".into()),
        received_by: Vec::new(),
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret: Arc::new(Secret::new([7; 32])),
    };
    let at = "2026-12-07T09:00:00Z".parse().unwrap();
    let mut slowest = (Duration::ZERO, PathBuf::new());
    for file in files(&PathBuf::from(root)) {
        let raw = delivered(&std::fs::read(&file).unwrap());
        let started = Instant::now();
        let incoming = room.read(&raw, None);
        let opened = mime::unwrap(&raw, &Keyring::default(), &[], at);
        assert!(!opened.notes.contains(&Note::Unreadable), "a panic over {}", file.display());
        answer::answer(opened.readable(&raw), |_| false, &"security@example.org".parse().unwrap());
        assert!(!incoming.notes.contains(&Note::Unreadable), "a panic over {}", file.display());
        slowest = slowest.max((started.elapsed(), file));
    }
    println!("the slowest of the corpus: {:?}, {}", slowest.0, slowest.1.display());
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}

/// Advisories of the Xen project as they were mailed, cleartext signed, and its key beside them.
#[test]
fn the_advisories_verify_with_their_key_and_no_changed_one_does() {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let (keys, files): (Vec<PathBuf>, Vec<PathBuf>) = files(&PathBuf::from(root).join("advisories"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "asc" || extension == "eml"))
        .partition(|file| file.extension().is_some_and(|extension| extension == "asc"));
    let key = Certificate::read(&std::fs::read(&keys[0]).unwrap()).unwrap();
    assert_eq!((keys.len(), key.fingerprint().as_str()), (1, "23E3222C145F4475FA8060A783FE14C957E82BD9"));
    let certificates = [key];
    let at = "2026-12-07T09:00:00Z".parse().unwrap();
    let check = |block: &[u8]| verify_cleartext(block, &certificates, at);
    assert!(files.len() >= 7);
    for file in &files {
        let raw = std::fs::read(file).unwrap();
        let find = |mark: &str| raw.windows(mark.len()).position(|window| window == mark.as_bytes()).unwrap();
        let (start, signature) = (find("-----BEGIN PGP SIGNED MESSAGE-----"), find("-----BEGIN PGP SIGNATURE-----"));
        let end = find("-----END PGP SIGNATURE-----") + "-----END PGP SIGNATURE-----\n".len();
        let block = &raw[start..end.min(raw.len())];
        let (text, checks) = check(block).unwrap();
        assert!(text.windows(21).any(|words| words == b"Xen Security Advisory"), "{}", file.display());
        // Those of 2016 were signed with SHA-1: what that is worth is said, and it is not taken for good.
        let sha1 = block.starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n");
        let right = |checks: &[SignatureCheck]| match checks {
            [SignatureCheck::Good { .. }] => !sha1,
            [SignatureCheck::Weak { .. }] => sha1,
            _ => false,
        };
        assert!(right(&checks), "{}: {checks:?}", file.display());
        // Below the headers and their empty line, above the signature: each byte that is no blank at a line's end.
        let body = start + raw[start..].windows(2).position(|ends| ends == b"\n\n").unwrap() + 2;
        for position in (body..signature - 1).step_by(7) {
            let mut changed = raw[start..end.min(raw.len())].to_vec();
            let byte = &mut changed[position - start];
            if byte.is_ascii_whitespace() || *byte == b'-' {
                continue; // A dash may be an escape, a blank at a line's end is not signed.
            }
            *byte ^= 1;
            let unharmed = check(&changed).is_ok_and(|(_, checks)| right(&checks));
            assert!(!unharmed, "{} with byte {position} changed", file.display());
        }
    }
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let empty = std::fs::metadata(&path).unwrap().len() == 0;
        if path.is_dir() {
            found.extend(files(&path));
        } else if !empty && path.extension().is_none_or(|extension| extension != "py") {
            found.push(path);
        }
    }
    found.sort();
    found
}
