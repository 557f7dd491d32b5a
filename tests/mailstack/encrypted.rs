//! An encrypted report through real servers, written and read with real gpg 2.2, RSA and Curve25519, both ways. Of what
//! is encrypted nothing may be found in clear outside of the database.

use std::fs;

use super::correspondent::{CURVE25519, Correspondent, Opened, RSA, decoded};
use super::desk::{BOTH, DISCOVERER, Desk, SOON};
use super::stack::Stack;
use crate::secrecy::{Canaries, files};
use crate::world::crlf;

const ALICE: &str = "alice@proj.test";
const BOB: &str = "bob@proj.test";
const CAROL: &str = "carol@proj.test";

/// What only the sealed part of the report says.
const SAID: [&str; 4] = ["subject", "body", "attachment", "content"];

fn report(canaries: &Canaries) -> String {
    let [subject, body, attachment, content] = SAID.map(|part| canaries.of(part));
    format!(
        "Content-Type: multipart/mixed; boundary=\"inside\"; protected-headers=\"v1\"\nSubject: {subject}\n\n\
         --inside\nContent-Type: text/plain\n\nA guest that says {body} reads the memory of the host.\n--inside\n\
         Content-Type: text/plain; name=\"{attachment}.txt\"\n\
         Content-Disposition: attachment; filename=\"{attachment}.txt\"\n\n{content}\n--inside--\n"
    )
}

/// All letters in somebody's mailbox once there are this many, with the line ends they had on their way.
fn mails(desk: &Desk, user: &str, count: usize) -> Vec<Vec<u8>> {
    let mails = desk.stack.wait_for(user, count, SOON);
    assert_eq!(mails.len(), count, "letters to {user}");
    mails.iter().map(|mail| crlf(mail)).collect()
}

/// Looks for the words in everything outside the database: letters, mailboxes, spool, logs and files.
fn assert_nowhere_in_clear(desk: &Desk, canaries: &Canaries) {
    let mut looked_at = 0;
    for file in files(desk.stack.dir()).into_iter().chain(files(&desk.path(""))) {
        let database = file.file_name().unwrap().to_str().unwrap().starts_with("state.db");
        if database || !fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
            continue; // Sockets and pipes of the servers.
        }
        let Ok(bytes) = fs::read(&file) else { continue }; // A mail on its way to another folder.
        assert_eq!(canaries.within(&decoded(&bytes)), [] as [&str; 0], "{}", file.display());
        looked_at += 1;
    }
    assert!(looked_at > 20, "{looked_at} files");
    let database: Vec<u8> =
        ["state.db", "state.db-wal"].iter().filter_map(|name| fs::read(desk.path(name)).ok()).flatten().collect();
    assert!(SAID.iter().all(|part| canaries.within(&database).contains(&canaries.of(part))), "the search finds it");
}

fn goes_the_whole_way_encrypted(algorithms: [&str; 2]) {
    let canaries = Canaries::new();
    let stack = Stack::up();
    let account = stack.account("bot");
    let mut desk = Desk::of(stack, &[account], &[CAROL]);
    let folder = tempfile::tempdir().unwrap();
    let project = fs::read(desk.path("keys/project.asc")).unwrap();
    let [alice, bob, dana] = [(ALICE, RSA), (BOB, CURVE25519), (DISCOVERER, algorithms)]
        .map(|(address, algorithms)| Correspondent::new(address, algorithms, &project));
    for member in [&alice, &bob] {
        let name = member.address.split('@').next().unwrap();
        desk.does(&["team", "add", name, member.address, "--key", &member.certificate(folder.path())]);
    }
    desk.start_with(&[("EMBARGOD_LOG", "trace"), ("RUST_LOG", "trace")]);

    let mail = dana.writes("security@proj.test", "report", &report(&canaries));
    desk.stack.deliver(DISCOVERER, "security@proj.test", &mail).unwrap();
    let thanks = desk.letters(DISCOVERER, 1).remove(0);
    assert!(thanks.subject().contains("Your report is case 1"), "it says nothing of the report, and may come in clear");

    // The relay, and one alert that Carol cannot be written to.
    let relays = [&alice, &bob].map(|member| {
        let user = member.address.split('@').next().unwrap();
        let mut letters: Vec<Opened> = mails(&desk, user, 2).iter().map(|letter| member.reads(letter)).collect();
        letters.sort_by_key(|letter| !letter.text.contains("A new report has arrived"));
        let [relay, alert] = <[Opened; 2]>::try_from(letters).ok().unwrap();
        for part in SAID {
            assert!(canaries.within(&relay.all).contains(&canaries.of(part)), "{part} is in the relay");
        }
        let shown = format!("{}\n{}", relay.subject, relay.text);
        assert_eq!(canaries.within(shown.as_bytes()), [] as [&str; 0], "what a careless reply would quote: {shown}");
        assert!(alert.text.contains(CAROL) && canaries.within(&alert.all).is_empty(), "{}", alert.text);
        relay
    });
    let notice = desk.letters("carol", 1).remove(0);
    let shown = format!("{}\n{}", notice.subject(), notice.text());
    assert!(shown.contains("certificate") && shown.contains("gpg --armor --export"), "how to send one: {shown}");
    assert!(canaries.within(&decoded(&notice.raw)).is_empty() && !shown.contains("case 1"), "{shown}");
    assert!(!shown.contains(DISCOVERER), "{shown}");

    // Alice answers the discoverer, whose certificate the operator has taken in.
    desk.does(&["key", "import", &dana.certificate(folder.path()), "--for", DISCOVERER]);
    let both = relays[0].text.split(BOTH).nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let entity = format!("Content-Type: text/plain\n\nWe shall call it {}.\n", canaries.of("answer"));
    desk.stack.submit("alice", &both, &alice.writes(&both, "answer", &entity)).unwrap();
    let answer = dana.reads(&mails(&desk, DISCOVERER, 2)[1]);
    assert!(answer.text.contains(&format!("We shall call it {}.", canaries.of("answer"))), "{}", answer.text);
    assert!(answer.subject.contains("your report, case 1"), "{}", answer.subject);
    let sent = mails(&desk, "alice", 4)
        .iter()
        .map(|letter| alice.reads(letter))
        .find(|letter| letter.subject.contains("Your answer"));
    let sent = sent.expect("a note that it is on its way");
    assert!(sent.subject.contains("is on its way") && canaries.within(&sent.all).is_empty(), "{}", sent.text);
    mails(&desk, "bob", 3);
    assert_eq!(desk.handled(2), ["opened case 1", "joined case 1 by its reply address"]);
    assert_eq!(
        desk.deliveries(),
        [
            format!("acknowledgement {DISCOVERER} sent"),
            format!("alert {ALICE} sent"),
            format!("alert {BOB} sent"),
            format!("answer {ALICE} sent"),
            format!("notice {CAROL} sent"),
            format!("relay {ALICE} sent"),
            format!("relay {ALICE} sent"),
            format!("relay {BOB} sent"),
            format!("relay {BOB} sent"),
            format!("relay {CAROL} blocked"),
            format!("relay {CAROL} blocked"),
            format!("relay {DISCOVERER} sent"),
        ]
    );
    assert_nowhere_in_clear(&desk, &canaries);

    // Bob answers in clear below what he quotes: he alone hears of it, and it goes on encrypted.
    let careless = format!(
        "From: Bob <{BOB}>\r\nTo: security@proj.test\r\nIn-Reply-To: <report@reporter.test>\r\nSubject: Re: it\r\nDate: Mon, 07 Dec 2026 11:00:00 +0000\r\n\
         Message-ID: <careless@proj.test>\r\n\r\nSomebody wrote:\r\n> A guest that says {} reads\r\n> the memory of the host.\r\n\r\n\
         I see.\r\n",
        canaries.of("body")
    );
    desk.stack.submit("bob", "security@proj.test", careless.as_bytes()).unwrap();
    let warning = mails(&desk, "bob", 5)
        .iter()
        .map(|letter| bob.reads(letter))
        .find(|letter| letter.subject.contains("repeats encrypted text"));
    let warning = warning.expect("a warning");
    assert_eq!(canaries.within(&warning.all), [] as [&str; 0]);
    alice.reads(&mails(&desk, "alice", 5)[4]);
    mails(&desk, "carol", 1);

    let (status, _, log) = desk.stop();
    assert!(status.success() && log.contains("DEBUG") && log.contains("handled"), "{log}");
    assert_eq!(canaries.within(log.as_bytes()), [] as [&str; 0], "the log: {log}");
}

#[test]
fn gpg_with_rsa_reports_and_reads_encrypted() {
    goes_the_whole_way_encrypted(RSA);
}

#[test]
fn gpg_with_curve25519_reports_and_reads_encrypted() {
    goes_the_whole_way_encrypted(CURVE25519);
}
