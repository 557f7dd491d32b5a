//! The same loss with a real Dovecot: what was handled lies in the archive, and the INBOX is empty.

use std::fs;

use super::{BOTH, report};
use crate::mailstack::desk::{DISCOVERER, Desk, SOON};

fn reported(desk: &Desk, id: &str) {
    let raw =
        report(id).replace("Delivered-To: security@example.org\n", "").replace("dana@research.example.net", DISCOVERER);
    desk.stack.deliver(DISCOVERER, "security@proj.test", raw.replace('\n', "\r\n").as_bytes()).unwrap();
}

fn answered(desk: &Desk, to: &str, id: &str) {
    let raw = format!(
        "From: Alice <alice@proj.test>\r\nTo: {to}\r\nSubject: Re: the case\r\nMessage-ID: <{id}@proj.test>\r\n\r\n{id}\r\n"
    );
    desk.stack.submit("alice", to, raw.as_bytes()).unwrap();
}

fn identities(desk: &Desk) -> Vec<String> {
    let rows = desk.list("outbox");
    let mut all: Vec<String> =
        rows.iter().map(|row| ["kind", "to", "message_id"].map(|key| row[key].to_string()).join(" ")).collect();
    all.sort();
    all
}

#[test]
fn the_last_day_of_the_database_is_lost_and_the_archive_gives_it_back() {
    let mut desk = Desk::open();
    reported(&desk, "one");
    desk.letters(DISCOVERER, 1);
    desk.handled(1);
    desk.does(&["backup", desk.path("monday.db").to_str().unwrap()]);

    reported(&desk, "two");
    let relay = desk.letter("alice", 2, "two");
    desk.handled(2);
    answered(&desk, &relay.address_after(BOTH), "a1");
    desk.handled(3);
    desk.letters("bob", 3);
    desk.letters(DISCOVERER, 3);
    desk.stack.wait_in("bot", "Archive", 3, SOON);
    desk.stop();
    let (cases, identifiers) = (desk.list("case"), identities(&desk));

    for name in ["state.db-wal", "state.db-shm"] {
        fs::remove_file(desk.path(name)).ok();
    }
    fs::rename(desk.path("monday.db"), desk.path("state.db")).unwrap();
    desk.start();
    desk.handled(3);
    assert_eq!(desk.list("case"), cases);
    assert_eq!(identities(&desk), identifiers);
    let waiting = desk.deliveries().into_iter().filter(|delivery| delivery.ends_with(" queued")).count();
    assert_eq!(waiting, identifiers.len() - 3, "all of the second day");
    assert!(desk.does(&["status"]).starts_with("RESTORED from a backup of "));

    desk.does(&["outbox", "resume", "--left-before", "2999-01-01T00:00:00Z"]);
    reported(&desk, "three");
    desk.letter(DISCOVERER, 4, "case 3");
    desk.letters("bob", 4);
    let (status, _, log) = desk.stop();
    assert!(status.success() && log.contains("all mail was read again"), "{log}");
    assert!(desk.deliveries().iter().all(|delivery| delivery.ends_with(" sent")));
}
