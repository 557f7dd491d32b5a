//! Mails as people write them, and what each is: the judgement of a careful reader stands beside each in
//! fixtures/applications.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::mail::address::Address;
use crate::mail::incoming::Incoming;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::secret::Secret;
use crate::mail::sheet::{By, sheet};
use crate::policy::profile::Profile;
use crate::rules::checklist::{self, Checklist};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/applications")
}

fn room() -> Mailroom {
    let address = |text: &str| Address::parse(text).unwrap();
    Mailroom {
        addresses: vec![
            (address("security@example.org"), Role::Security),
            (address("predisclosure-applications@lists.example.org"), Role::Applications),
        ],
        recipient_headers: Vec::new(),
        authserv_id: None,
        received_by: Vec::new(),
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret: Arc::new(Secret::new([7; 32])),
    }
}

fn checklist() -> Checklist {
    Profile::built_in("xen", "example.org").unwrap().application.unwrap()
}

/// A mail, read.
struct Read {
    incoming: Incoming,
    own: Vec<String>,
    findings: Findings,
}

fn read(raw: &[u8]) -> Read {
    let incoming = room().read(raw, None);
    let sheet = sheet(raw);
    let own = sheet.lines.iter().filter(|line| line.by == By::Author).map(|line| line.text.clone()).collect();
    let writer = incoming
        .author
        .clone()
        .map(|author| checklist::Writer { address: Some(author.address), name: author.name.unwrap_or_default() });
    let findings = checklist::check(&checklist(), &sheet, &writer.unwrap_or_default());
    Read { incoming, own, findings }
}

fn kind(read: &Read, in_thread: bool, writer: Writer, repeats: bool) -> (Kind, &'static str) {
    let own: Vec<&str> = read.own.iter().map(String::as_str).collect();
    recognise(&Seen {
        subject: &read.incoming.subject,
        own: &own,
        findings: &read.findings,
        in_thread,
        is_reply: in_thread || !read.incoming.replies_to.is_empty(),
        writer,
        repeats,
        machine: read.incoming.machine.as_ref(),
    })
}

/// The `kind` lines of a table, in the order of its mails.
fn judged(table: &str) -> Vec<String> {
    let kinds = table.lines().filter_map(|line| line.strip_prefix("kind "));
    kinds.map(|kind| kind.split('#').next().unwrap_or("").trim().to_owned()).collect()
}

/// The words of the tables: whoever is no party to a thread writes "other" there.
fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Bystander => "other",
        kind => kind.as_str(),
    }
}

#[test]
fn a_single_mail_is_what_a_careful_reader_takes_it_for() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "eml")) {
        let read = read(&fs::read(path).unwrap());
        let team =
            read.incoming.author.as_ref().is_some_and(|author| author.address.as_str() == "security@example.org");
        let writer = if team { Writer::Team } else { Writer::Other };
        let (kind, why) = kind(&read, false, writer, false);
        let table = fs::read_to_string(path.with_extension("txt")).unwrap();
        count += 1;
        if vec![called(kind)] != judged(&table) {
            let name = path.file_name().unwrap().to_string_lossy();
            wrong.push(format!("{name}: {kind:?}, for {why}; a careful reader: {:?}", judged(&table)));
        }
    }
    assert!(wrong.is_empty() && count > 40, "{wrong:#?}");
}

#[test]
fn in_a_thread_only_its_applicant_and_colleagues_who_say_so_complete_anything() {
    let mut wrong = Vec::new();
    let mut threads: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    threads.sort();
    for path in threads.iter().filter(|path| path.is_dir()) {
        let expected = judged(&fs::read_to_string(path.join("findings.txt")).unwrap());
        let mails = (1..).map(|n| path.join(format!("{n}.eml"))).take_while(|mail| mail.exists());
        let mails: Vec<Read> = mails.map(|mail| read(&fs::read(mail).unwrap())).collect();
        let applicant = mails[0].incoming.author.clone().unwrap().address;
        let mut kinds: Vec<&str> = Vec::new();
        for (index, mail) in mails.iter().enumerate() {
            let author = &mail.incoming.author.as_ref().unwrap().address;
            let own: Vec<&str> = mail.own.iter().map(String::as_str).collect();
            let again = mails[..index].iter().any(|earlier| {
                let before: Vec<&str> = earlier.own.iter().map(String::as_str).collect();
                earlier.incoming.author == mail.incoming.author && repeats(&before, &own)
            });
            let writer = match () {
                () if author.as_str() == "security@example.org" => Writer::Team,
                () if *author == applicant => Writer::Applicant,
                () if author.domain() == applicant.domain() => Writer::SameDomain,
                () => Writer::Other,
            };
            let kind = kind(mail, index > 0, if index == 0 { Writer::Other } else { writer }, again).0;
            // The very mail again is found by its identifier, before anybody looks at what it says.
            let copy = mails[..index].iter().any(|earlier| earlier.incoming.message_id == mail.incoming.message_id);
            kinds.push(if copy { "duplicate" } else { called(kind) });
        }
        if kinds != expected {
            let name = path.file_name().unwrap().to_string_lossy();
            wrong.push(format!("{name}: {kinds:?}; a careful reader: {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_that_belong_to_nobody_are_not_asked_for_twelve_items() {
    for (subject, text, expected) in [
        ("Guest can read host memory", "A guest that maps a grant twice keeps a stale mapping.", Kind::Report),
        (
            "problem",
            "I found a use after free in the scheduler; a malicious guest can crash the host. PoC attached.",
            Kind::Report,
        ),
        ("[predisclosure-applications] Guest can read host memory", "See the attached file.", Kind::Report),
        ("join", "", Kind::Subscription),
        ("(no subject)", "subscribe", Kind::Subscription),
        ("unsubscribe", "unsubscribe", Kind::Other),
        ("Archive?", "Where is the archive of this list?", Kind::Question),
        ("Thanks", "Thank you for this list, it is useful.", Kind::Other),
        ("New alias", "Our membership: please change our alias to the new address below.", Kind::Change),
        ("hello", "", Kind::Other),
    ] {
        let raw =
            format!("From: Eve <eve@somewhere.example>\nSubject: {subject}\nMessage-ID: <1@x.example>\n\n{text}\n");
        let (kind, why) = kind(&read(raw.as_bytes()), false, Writer::Other, false);
        assert_eq!(kind, expected, "{subject}: {why}");
    }
}

#[test]
fn the_word_alone_asks_for_a_subscription() {
    for (subject, own, expected) in [
        ("subscribe", "", true),
        ("Subscribe!", "Thank you,\nKim", true),
        ("Re: [list] join", "", true),
        ("", "subscribe\n", true),
        ("hello", "Subscribe me.", true),
        (
            "subscribe",
            "We found that a guest can subscribe to events of other guests, and read their memory by it.",
            false,
        ),
        ("Please subscribe the fixed hypercall", "", false),
        ("XSA-12", "To subscribe to events, set the bit.", false),
        ("unsubscribe", "", false),
        ("", "", false),
    ] {
        assert_eq!(asks_to_subscribe(subject, own), expected, "{subject:?}, {own:?}");
    }
}
