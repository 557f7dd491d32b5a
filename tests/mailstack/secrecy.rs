//! What lies where in clear, with real servers: the libraries that speak IMAP, SMTP and TLS log too.

use std::fs;

use super::desk::{BOTH, DISCOVERER, Desk};
use crate::secrecy::{Canaries, assert_private, files};

#[test]
fn of_mail_that_goes_through_real_servers_nothing_is_in_logs_or_in_files_but_the_database() {
    let canaries = Canaries::new();
    let (mut desk, temporary) = (Desk::closed(), tempfile::tempdir().unwrap());
    desk.start_with(&[
        ("EMBARGOD_LOG", "trace"),
        ("RUST_LOG", "trace"),
        ("TMPDIR", temporary.path().to_str().unwrap()),
    ]);
    let limits = fs::read_to_string(format!("/proc/{}/limits", desk.process())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "no core dumps: {core}");

    // The envelope's sender is a mailbox of the tests' server; the canary address is in From, and cannot be answered.
    let report = canaries.report("reporter.test").replace('\n', "\r\n");
    desk.stack.deliver(DISCOVERER, "security@proj.test", report.as_bytes()).unwrap();
    let relay = desk.letter("alice", 2, canaries.of("subject"));
    let both = relay.address_after(BOTH);
    let answer = format!(
        "From: Alice <alice@proj.test>\r\nTo: {both}\r\nSubject: Re\r\nDate: Mon, 07 Dec 2026 10:00:00 +0000\r\n\
         Message-ID: <2@proj.test>\r\n\r\nThe word is {}.\r\n",
        canaries.of("answer")
    );
    desk.stack.submit("alice", &both, answer.as_bytes()).unwrap();
    desk.handled(2);
    let (status, _, log) = desk.stop();
    assert!(status.success());

    assert!(
        log.contains("DEBUG") && log.contains("handled") && log.contains("refused"),
        "it logged all it could: {log}"
    );
    assert_eq!(canaries.within(log.as_bytes()), [] as [&str; 0], "the log: {log}");
    let token = |address: &str| address.split(['+', '@']).nth(1).unwrap().to_owned();
    let reply_to = relay.header("Reply-To");
    for address in [&both, &reply_to, relay.from.as_ref().unwrap()] {
        assert!(!log.contains(&token(address)), "a token in the log: {log}");
    }
    for told in ["alice@", "bob@", "security+", "bot+", "discoverer@"] {
        assert!(!log.contains(told), "the log tells “{told}”: {log}");
    }

    assert!(files(temporary.path()).is_empty(), "no temporary files");
    let mut kept = Vec::new();
    for file in files(&desk.path("")) {
        let bytes = fs::read(&file).unwrap();
        if file.file_name().unwrap().to_str().unwrap().starts_with("state.") {
            assert_private(&file);
            kept.extend(bytes);
        } else {
            assert_eq!(canaries.within(&bytes), [] as [&str; 0], "{}", file.display());
        }
    }
    let found = canaries.within(&kept);
    assert_eq!(found.len(), canaries.0.len() - 1, "the search finds what is there; nobody panicked: {found:?}");
}
