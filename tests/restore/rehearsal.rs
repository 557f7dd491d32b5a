//! `run --dry-run`: what would be sent, and nothing changed: not the database, not the mailbox, not a file.

use super::{ALICE, DANA, differing, files, report};
use crate::mailstack::desk::{DISCOVERER, Desk, SOON};
use crate::world::{LineEnds, World, kinds};

#[test]
fn a_rehearsal_shows_what_the_round_after_it_sends() {
    let mut world = World::new(LineEnds::Lf);
    world.post(report("first").as_bytes());
    let before = files(&world.dir);
    let at = ["--at", "2026-12-07T09:12:04Z"];
    let shown = world.does(&["run", "--dry-run", at[0], at[1]]);
    assert!(shown.contains(&format!("acknowledgement  1     {DANA}")), "{shown}");
    assert!(shown.contains(&format!("relay            1     {ALICE}")), "{shown}");
    assert!(shown.contains("mail 1 of 2026-12-07T09:12:04Z: opened case 1"), "{shown}");
    assert!(shown.contains("Nothing was changed"), "{shown}");
    let json = world.json(&["run", "--dry-run", at[0], at[1]]);
    let changed = differing(&before, &files(&world.dir));
    assert!(changed.is_empty(), "not a byte, not a date, not one file more: {changed:?}");

    world.at(at[1]);
    let letters = world.round();
    let mut rehearsed: Vec<String> = Vec::new();
    for row in json.as_array().unwrap() {
        let word = |key: &str| row[key].as_str().unwrap();
        rehearsed.push(format!("{} {}", word("kind"), word("to")));
        assert!(letters.iter().any(|letter| letter.to == word("to") && letter.subject() == word("subject")), "{row}");
    }
    rehearsed.sort();
    assert_eq!(rehearsed, kinds(&letters));
    assert!(world.does(&["run", "--dry-run"]).starts_with("A rehearsal: 0 mails collected"), "nothing is left to do");
}

#[test]
fn a_rehearsal_leaves_the_imap_folder_as_it_is() {
    let desk = Desk::closed();
    desk.does(&["run", "--once"]); // From now on it answers.
    let raw = report("first")
        .replace("dana@research.example.net", DISCOVERER)
        .replace("Delivered-To: security@example.org\n", "")
        .replace('\n', "\r\n");
    desk.stack.deliver(DISCOVERER, "security@proj.test", raw.as_bytes()).unwrap();
    desk.stack.wait_for("bot", 1, SOON);
    let mails = |desk: &Desk| {
        // Their names alone: Dovecot's own files come and go beside them.
        let mut mails = crate::secrecy::files(&desk.stack.dir().join("mail/bot@proj.test"));
        mails.retain(|path| path.parent().is_some_and(|folder| folder.ends_with("new") || folder.ends_with("cur")));
        mails.sort();
        mails
    };
    let (before, own) = (mails(&desk), files(&desk.path("")));
    for _twice in 0..2 {
        let shown = desk.does(&["run", "--dry-run"]);
        assert!(shown.contains("acknowledgement") && shown.contains("alice@proj.test"), "{shown}");
    }
    assert_eq!(mails(&desk), before, "neither moved nor marked");
    let changed = differing(&own, &files(&desk.path("")));
    assert!(changed.is_empty(), "{changed:?}");
    assert!(desk.stack.mailbox("alice").is_empty());
    desk.does(&["run", "--once"]);
    assert_eq!(desk.letters("alice", 1).len(), 1);
}

#[test]
fn a_rehearsal_works_beside_the_daemon_and_shows_what_a_pause_holds_back() {
    let mut desk = Desk::open();
    desk.does(&["outbox", "pause"]);
    let raw = report("first")
        .replace("dana@research.example.net", DISCOVERER)
        .replace("Delivered-To: security@example.org\n", "")
        .replace('\n', "\r\n");
    desk.stack.deliver(DISCOVERER, "security@proj.test", raw.as_bytes()).unwrap();
    desk.handled(1);
    let shown = desk.does(&["run", "--dry-run"]);
    assert!(shown.contains("acknowledgement") && shown.contains("The outbox is paused"), "{shown}");
    assert!(desk.deliveries().iter().all(|delivery| delivery.ends_with(" queued")));
    desk.stop();
    assert!(desk.stack.mailbox("alice").is_empty());
}
