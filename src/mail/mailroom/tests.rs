//! Mails as they come, and the facts they become.

use super::*;
use crate::mail::lists::ListTrace;
use crate::mail::machine::Machine;

fn room(local: bool) -> Mailroom {
    let address = |text: &str| Address::parse(text).unwrap();
    Mailroom {
        addresses: vec![(address("security@example.org"), Role::Security)],
        recipient_headers: vec!["Delivered-To".to_owned(), "X-Original-To".to_owned()],
        authserv_id: Some("mx.example.org".to_owned()),
        received_by: vec!["mx.example.org".to_owned()],
        spam_headers: vec![("X-Spam-Flag".to_owned(), "YES".to_owned())],
        public_lists: vec![address("xen-devel@lists.example.org")],
        local,
        secret: Arc::new(Secret::new([7; 32])),
    }
}

/// Reads it with LF and with CRLF, and asks that nothing but the identity differs.
fn read(room: &Mailroom, text: &str, fallback: Option<Role>) -> Incoming {
    let text = text.replace("\r\n", "\n");
    let lf = room.read(text.as_bytes(), fallback);
    let crlf = room.read(text.replace('\n', "\r\n").as_bytes(), fallback);
    assert_eq!(Incoming { sha256: String::new(), ..lf.clone() }, Incoming { sha256: String::new(), ..crlf }, "{text}");
    lf
}

#[test]
fn a_report_becomes_facts() {
    let mail = read(
        &room(false),
        "Return-Path: <alice@example.net>\nDelivered-To: bot@example.org\nReceived: from x by mx.example.org with LMTP id 1; now\n\
         Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\nReceived: from laptop by mail.example.net; now\n\
         From: =?utf-8?q?Al=C3=ADce?= <alice@example.net>\nTo: security@example.org\nCc: xen-devel@lists.example.org\n\
         Subject: =?utf-8?q?Guest_crashes?=\n =?utf-8?q?_host?=\nDate: Tue, 1 Dec 2026 12:00:00 +0100\nMessage-ID: <3@example.net>\n\
         In-Reply-To: <2@example.net>\nReferences: <1@example.net>\n <2@example.net> <3@example.net>\n\nHello\n",
        None,
    );
    let id = |text: &str| MessageId::parse(text).unwrap();
    let alice = Address::parse("alice@example.net").unwrap();
    assert_eq!((mail.role, mail.token.clone()), (Some(Role::Security), None));
    assert_eq!(mail.author, Some(Mailbox { name: Some("Alíce".to_owned()), address: alice.clone() }));
    assert_eq!(mail.evidence, Evidence::Aligned(alice));
    assert_eq!(mail.machine, None);
    assert_eq!(mail.message_id, Some(id("3@example.net")));
    assert_eq!(mail.replies_to, [id("2@example.net"), id("1@example.net")], "never itself");
    assert_eq!(mail.subject, "Guest crashes host");
    assert_eq!(mail.date, "2026-12-01T11:00:00Z".parse().ok());
    let list = "xen-devel@lists.example.org".to_owned();
    assert_eq!(mail.public_lists, [ListTrace { list, header: "Cc".to_owned(), configured: true }]);
    assert_eq!(mail.notes, []);
}

#[test]
fn the_recipient_is_what_our_server_wrote_and_else_what_the_sender_wrote() {
    let received = "Received: from x by mx.example.org; now\n";
    let cases = [
        // (header, on a local instance, role, token)
        ("Delivered-To: security@example.org\n", false, true, None),
        ("Delivered-To: <security+Tok1@example.org>\n", false, true, Some("tok1")),
        ("Delivered-To: bot@example.org\nTo: security+tok1@example.org\n", false, true, Some("tok1")),
        // security@ as an alias of the mailbox bot@: Dovecot stamps the mailbox, with the token.
        ("Delivered-To: bot+TOK1@example.org\nTo: Security <security@example.org>\n", false, true, Some("tok1")),
        ("Delivered-To: bot+tok1@example.org\nX-Original-To: security@example.org\n", false, true, Some("tok1")),
        ("Delivered-To: bot+tok1@example.org\nTo: alice@example.net\n", false, false, Some("tok1")),
        // What our server wrote wins over what the sender wrote.
        ("Delivered-To: security@example.org\nTo: security+tok1@example.org\n", false, true, None),
        // Below the first Received a stranger wrote it; on a local instance whoever wrote the Maildir did.
        (&format!("{received}Delivered-To: security+tok1@example.org\n"), false, false, None),
        (&format!("{received}Delivered-To: security+tok1@example.org\n"), true, true, Some("tok1")),
        (
            &format!(
                "{received}Delivered-To: a@b.example\nDelivered-To: security@example.org\nDelivered-To: security+old@example.org\n"
            ),
            true,
            true,
            None,
        ),
        // To and Cc: the first with a token, else the first role.
        (
            "To: security@example.org, security+tok1@example.org\nCc: security+tok2@example.org\n",
            false,
            true,
            Some("tok1"),
        ),
        ("To: alice@example.net\nCc: \"x\" <SECURITY@example.org>\n", false, true, None),
        ("To: undisclosed-recipients:;\n", false, false, None),
        ("Bcc: security@example.org\n", false, false, None),
        // Details of others are no tokens of ours.
        ("To: alice+tok1@example.net\n", false, false, None),
        ("To: security+tok1@example.org.evil.example\n", false, false, None),
        ("To: security+@example.org\n", false, true, None),
    ];
    for (head, local, role, token) in cases {
        let mail = read(&room(local), &format!("{head}From: a@example.net\n\n"), None);
        assert_eq!(mail.role.is_some(), role, "{head}");
        assert_eq!(mail.token, token.map(|token| sha256_hex(token.as_bytes())), "{head}");
        let mail = read(&room(local), &format!("{head}From: a@example.net\n\n"), Some(Role::Security));
        assert_eq!(mail.role, Some(Role::Security), "{head}: the folder's role where none is named");
    }
}

#[test]
fn nobody_is_taken_for_the_author_when_in_doubt() {
    let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n";
    for (from, note) in [
        ("", Note::NoFrom),
        ("From: alice@example.net\nFrom: mallory@example.net\n", Note::SeveralFroms),
        ("From: alice@example.net, mallory@example.net\n", Note::SeveralAuthors),
        ("From: team: alice@example.net, mallory@example.net;\n", Note::SeveralAuthors),
        ("From: alice\n", Note::UnusableFrom),
        ("From: <>\n", Note::UnusableFrom),
        ("From: \n", Note::UnusableFrom),
        ("From: \"alice bob\"@example.net\n", Note::UnusableFrom),
        ("From: =?utf-8?q?alice=40example.net?=\n", Note::UnusableFrom),
    ] {
        let mail = read(&room(true), &format!("{stamp}{from}\n"), None);
        assert_eq!((&mail.author, &mail.evidence), (&None, &Evidence::None), "{from}");
        assert_eq!(mail.notes, [note], "{from}");
    }
    for name in ["\"alice@victim.example\"", "alice@example.net", "(alice@example.net)"] {
        let mail = read(&room(true), &format!("{stamp}From: {name} <mallory@example.net>\n\n"), None);
        assert_eq!(mail.evidence.aligned().map(Address::as_str), Some("mallory@example.net"), "{name} is a name");
    }
}

#[test]
fn a_forged_check_of_the_sender_is_shown_to_people() {
    let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n";
    let mail = read(&room(true), &format!("{stamp}{stamp}From: alice@example.net\n\n"), None);
    assert_eq!((mail.evidence, mail.notes), (Evidence::None, vec![Note::SeveralResults]));
    let nobody = Mailroom { authserv_id: None, ..room(true) };
    assert_eq!(read(&nobody, &format!("{stamp}From: alice@example.net\n\n"), None).evidence, Evidence::None);
}

#[test]
fn every_fixture_reads_the_same_with_both_line_ends() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail"));
    let mut seen = 0;
    for kind in std::fs::read_dir(folder).unwrap().flatten() {
        for file in std::fs::read_dir(kind.path()).unwrap().flatten() {
            let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
            let mail = read(&room(false), &text, None);
            let noted = [Note::NoFrom, Note::SeveralFroms, Note::SeveralAuthors, Note::UnusableFrom];
            let nobodys = noted.iter().any(|note| mail.notes.contains(note)) || mail.machine == Some(Machine::Bounce);
            assert!(mail.author.is_some() || nobodys, "{:?}", file.path());
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} fixtures");
}

#[test]
fn a_mail_that_breaks_the_reader_is_kept_and_told() {
    let mail = guarded(b"any bytes", Some(Role::Security), || panic!("a parser gave up"));
    assert_eq!((mail.role, mail.notes.as_slice()), (Some(Role::Security), [Note::Unreadable].as_slice()));
    assert_eq!(mail.sha256, sha256_hex(b"any bytes"));
}

#[test]
fn hostile_mail_is_read_in_bounded_time() {
    let deep = |open: &str| open.repeat(25_000_000 / open.len());
    let from = "From: alice@example.net\n";
    for (name, text) in [
        ("header fields without end", from.to_owned() + &deep("A: b\n")),
        ("one header field of 25 MB", format!("Subject: {}", deep("=?utf-8?q?a"))),
        ("addresses", format!("To: {}", deep("(a@example.org,"))),
        ("results", format!("Authentication-Results: mx.example.org{}", deep("; dmarc=pass (("))),
        ("references", format!("References: {}", deep("<a@b> "))),
        ("parameters", format!("Content-Type: text/plain{}", deep("; a*1=x"))),
        ("nested mails", deep("Content-Type: message/rfc822\n\n")),
        ("empty lines", format!("{from}\n{}", deep("\r\n"))),
        (
            "base64",
            format!(
                "{from}Content-Transfer-Encoding: base64\n\n{}",
                deep("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn\n")
            ),
        ),
        ("one line", format!("{from}\n{}", deep("a"))),
    ] {
        let started = std::time::Instant::now();
        room(false).read(text.as_bytes(), None);
        // Unoptimised and beside other tests; a bound that is not linear would take hours.
        assert!(started.elapsed().as_secs() < 60, "{name}: {:?}", started.elapsed());
        println!("{name}: {:?}", started.elapsed());
    }
}

/// Over real mail of others, when it is there (`EMBARGOD_CORPUS=../shared/corpus`).
#[test]
fn the_corpus_is_read() {
    let Some(corpus) = std::env::var_os("EMBARGOD_CORPUS").map(std::path::PathBuf::from) else { return };
    let public = Address::parse("xen-devel@lists.xenproject.org").unwrap();
    let room = Mailroom { public_lists: vec![public], ..room(true) };
    let mut folders = vec![corpus.clone()];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let raw = std::fs::read(&path).unwrap();
            let started = std::time::Instant::now();
            let mail = room.read(&raw, None);
            let answer = crate::mail::answer::answer(&raw, |address| room.is_token(address), &room.addresses[0].0);
            assert!(started.elapsed().as_secs() < 10, "{}: {:?}", path.display(), started.elapsed());
            assert!(!mail.notes.contains(&Note::Unreadable), "{}", path.display());
            assert!(answer.parts.iter().all(|index| crate::mail::answer::part(&raw, *index).is_some()));
            if path.starts_with(corpus.join("reports/xen")) {
                assert!(mail.public_lists.iter().any(|trace| trace.configured), "{} is not flagged", path.display());
            }
            if path.starts_with(corpus.join("reports/samba-bug14442-thread")) {
                let root = MessageId::parse("bug-14442-10630@https.bugzilla.samba.org/");
                let joins = mail.message_id == root || root.is_some_and(|root| mail.replies_to.contains(&root));
                assert!(joins, "{} does not join its thread", path.display());
            }
            read += 1;
        }
    }
    assert!(read > 300, "{read} files");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_mail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2_000)) {
        let mail = room(true).read(&bytes, None);
        proptest::prop_assert!(!mail.notes.contains(&Note::Unreadable));
    }

    #[test]
    fn any_header_is_a_mail(lines in proptest::collection::vec(
        "(From|To|Subject|Date|Received|Authentication-Results|Content-Type|List-Id|Message-ID|References|Sender|Delivered-To): [ -~\u{e9}]{0,60}", 0..12
    )) {
        let text = lines.join("\r\n") + "\r\n\r\nbody";
        let mail = read(&room(true), &text, None);
        proptest::prop_assert!(!mail.notes.contains(&Note::Unreadable), "{}", text);
        proptest::prop_assert!(mail.subject.chars().count() <= SUBJECT_CHARACTERS_MAX);
    }
}

#[test]
fn a_mark_as_spam_counts_when_our_server_wrote_it() {
    const OURS: &str = "Received: from mail.example.net by mx.example.org with ESMTPS id 1; now\n";
    const THEIRS: &str = "Received: from laptop by mail.example.net with ESMTPSA id 2; now\n";
    let marked = |local, head: &str| read(&room(local), &format!("{head}From: a@example.net\n\nx\n"), None).spam;
    assert!(marked(false, "X-Spam-Flag: YES\n"));
    assert!(marked(false, &[OURS, "x-spam-flag:  YES \n", THEIRS].concat()));
    assert!(!marked(false, &[OURS, THEIRS, "X-Spam-Flag: YES\n"].concat()), "another server's opinion");
    assert!(marked(true, &[OURS, THEIRS, "X-Spam-Flag: YES\n"].concat()));
    for other in ["X-Spam-Flag: NO\n", "X-Spam-Flag: YES, a bit\n", "X-Spam: YES\n", "Subject: X-Spam-Flag: YES\n", ""]
    {
        assert!(!marked(true, other), "{other}");
    }
}

#[test]
fn behind_the_list_stands_its_author_as_a_claim() {
    let list = Address::parse("applications@lists.example.org").unwrap();
    let mut room = room(false);
    room.addresses.push((list.clone(), Role::Applications));
    let raw = "Delivered-To: bot@example.org\nReceived: from x by mx.example.org with LMTP id 1; now\n\
               Authentication-Results: mx.example.org; dmarc=pass header.from=lists.example.org\n\
               Received: from lists.example.org by mx.example.org; now\nPrecedence: list\n\
               From: Jane Doe via Applications <applications@lists.example.org>\nReply-To: jane@vendor.example\n\
               List-Id: Applications <applications.lists.example.org>\n\
               Sender: applications-bounces@lists.example.org\nMessage-ID: <1@vendor.example>\n\nHello\n";
    let mail = read(&room, raw, None);
    let jane = Mailbox { name: Some("Jane Doe".into()), address: Address::parse("jane@vendor.example").unwrap() };
    assert_eq!((mail.author, mail.role), (Some(jane), Some(Role::Applications)));
    assert_eq!(mail.evidence, Evidence::None, "the stamp is about the list's server");
    assert_eq!(mail.notes, [Note::FromRewritten]);
    // From the list itself, with nobody behind it.
    let mail = read(&room, &raw.replace("Reply-To: jane@vendor.example\n", ""), None);
    assert_eq!(mail.author.map(|author| author.address), Some(list));
}
