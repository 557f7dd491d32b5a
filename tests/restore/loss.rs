//! The story of a loss on a local instance: two days of mail, a backup in between, and the database of the second day
//! gone. The mailbox still has everything.

use std::collections::BTreeMap;
use std::fs;

use super::{ALICE, BOTH, DANA, answer, deliveries, report};
use crate::world::{Letter, LineEnds, World};

const LOSS: &str = "2026-12-08T18:00:00Z";

struct Story {
    /// As it was when the disk broke.
    lost: World,
    /// The same instance with yesterday's database, and an empty folder for letters.
    restored: World,
    /// Deliveries of the first day.
    yesterday: Vec<String>,
}

/// Day one: a report and an answer. Then the backup. Day two: two reports, one of them answered twice.
fn story() -> Story {
    let mut world = World::new(LineEnds::Lf);
    let first = world.at("2026-12-07T09:12:04Z").mails(&report("one"));
    let both = crate::world::the(&first, "relay", ALICE).address_after(BOTH);
    world.at("2026-12-07T10:00:00Z").mails(&answer(&both, "a1"));
    let backup = world.dir.join("monday.db");
    world.does(&["backup", backup.to_str().unwrap()]);

    let second = world.at("2026-12-08T09:00:00Z").mails(&report("two"));
    let both = crate::world::the(&second, "relay", ALICE).address_after(BOTH);
    world.at("2026-12-08T10:00:00Z").mails(&answer(&both, "a2"));
    world.at("2026-12-08T11:00:00Z").mails(&report("three"));
    world.at("2026-12-08T12:00:00Z").mails(&answer(&both, "a3"));

    let mut restored = world.copy();
    fs::copy(&backup, restored.dir.join("state.db")).unwrap();
    fs::remove_dir_all(restored.dir.join("mail/out")).unwrap();
    fs::create_dir(restored.dir.join("mail/out")).unwrap();
    // A Maildir's cur/ has no order of its own.
    let cur = restored.dir.join("mail/in/cur");
    for (number, entry) in fs::read_dir(&cur).unwrap().map(Result::unwrap).enumerate().collect::<Vec<_>>() {
        fs::rename(entry.path(), cur.join(format!("{}.renamed:2,S", 100 - number))).unwrap();
    }
    let yesterday = identifiers(&restored);
    restored.at("2026-12-09T09:00:00Z").reads_from_the_beginning();
    Story { lost: world, restored, yesterday }
}

/// Message-ID of every delivery; which reminders were due depends on when somebody looked.
fn identifiers(world: &World) -> Vec<String> {
    let mut all = deliveries(world, &["kind", "to", "message_id"]);
    all.retain(|one| !one.starts_with("reminder "));
    all.sort();
    all
}

/// The same, of letters.
fn but_reminders(mut letters: Vec<Letter>) -> Vec<Letter> {
    letters.retain(|letter| letter.kind != "reminder");
    letters
}

/// What is known of the cases, without their steps: which of those are overdue depends on when somebody looks.
fn but_steps(world: &World, arguments: &[&str]) -> serde_json::Value {
    let mut known = world.json(arguments);
    let cases = if known.is_array() { known.as_array_mut().unwrap().iter_mut().collect() } else { vec![&mut known] };
    for case in cases {
        assert!(
            case.as_object_mut().unwrap().remove("steps").is_some_and(|steps| !steps.as_array().unwrap().is_empty())
        );
    }
    known
}

fn mails(world: &World) -> Vec<String> {
    let rows = world.json(&["inbox", "list"]);
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| ["id", "sha256", "state", "reason", "received_at"].map(|key| row[key].to_string()).join(" "))
        .collect()
}

fn counted(world: &World) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for delivery in deliveries(world, &["kind", "state"]) {
        match delivery.split_once(' ') {
            Some(("reminder", _)) | None => {}
            Some((_, state)) => *states.entry(state.to_owned()).or_default() += 1,
        }
    }
    states
}

#[test]
fn a_run_on_a_backup_knows_again_what_the_mailbox_has_and_sends_nothing() {
    let Story { lost, mut restored, yesterday } = story();
    let said = restored.does(&["run", "--once", "--at", "2026-12-09T09:00:00Z"]);
    assert!(said.contains("the backup did not have 4 of them"), "{said}");
    assert!(said.contains("RESTORED from a backup of 2026-12-07T10:00:00Z: nothing leaves"), "{said}");
    assert!(restored.round().is_empty(), "and the next round sends nothing either");

    assert_eq!(mails(&restored), mails(&lost));
    assert_eq!(but_steps(&restored, &["case", "list"]), but_steps(&lost, &["case", "list"]));
    for number in ["1", "2", "3"] {
        let show = ["case", "show", number];
        assert_eq!(but_steps(&restored, &show), but_steps(&lost, &show), "case {number}");
    }
    assert_eq!(identifiers(&restored), identifiers(&lost));
    let all = identifiers(&lost).len();
    assert_eq!(
        counted(&restored),
        BTreeMap::from([("sent".to_owned(), yesterday.len()), ("queued".to_owned(), all - yesterday.len())])
    );
    let status = restored.does(&["status"]);
    assert!(status.starts_with("RESTORED from a backup of 2026-12-07T10:00:00Z"), "{status}");
    assert!(status.lines().nth(1).unwrap().contains("outbox resume --left-before"), "{status}");
    assert!(restored.does(&["audit", "verify"]).contains("each continuing the one before"));
}

#[test]
fn resumed_with_the_time_of_the_loss_nothing_goes_twice_and_what_is_new_goes() {
    let Story { lost, mut restored, yesterday } = story();
    restored.post(report("four").as_bytes());
    restored.round();
    restored.does(&["outbox", "resume", "--left-before", LOSS]);
    let letters = but_reminders(restored.round());
    assert_eq!(letters.len(), 3, "the report that came after the loss is acknowledged and relayed");
    assert_eq!(
        crate::world::the(&letters, "acknowledgement", DANA).subject(),
        "Your report is case 4 (Xen Project Security Team)"
    );
    let taken = deliveries(&restored, &["error"]);
    let taken = taken.iter().filter(|error| *error == "taken as sent before the restore").count();
    assert_eq!(taken, identifiers(&lost).len() - yesterday.len(), "all of the second day");
    let audit = restored.json(&["audit", "list"]);
    let resumed = audit.as_array().unwrap().iter().find(|line| line["act"] == "outbox resume").unwrap();
    assert!(
        resumed["detail"].as_str().unwrap().starts_with(&format!("{taken} deliveries because of mail before {LOSS}"))
    );

    // From here on it is the database, and no copy.
    assert_eq!(restored.json(&["status"])["copy"], serde_json::Value::Null);
    let next = but_reminders(restored.at("2026-12-10T09:00:00Z").mails(&report("five")));
    assert_eq!(next.len(), 3);
}

#[test]
fn resumed_without_it_the_letters_go_again_under_the_message_ids_they_had() {
    let Story { lost, mut restored, yesterday } = story();
    restored.round();
    restored.does(&["outbox", "resume"]);
    let mut again: Vec<String> = but_reminders(restored.round())
        .iter()
        .map(|letter| format!("{} {} {}", letter.kind, letter.to, letter.message_id()))
        .collect();
    again.sort();
    let today: Vec<String> = identifiers(&lost).into_iter().filter(|one| !yesterday.contains(one)).collect();
    let bare = |all: Vec<String>| all.iter().map(|one| one.replace(['<', '>'], "")).collect::<Vec<_>>();
    assert!(!today.is_empty());
    assert_eq!(bare(again), bare(today));
}

#[test]
fn a_rehearsal_on_a_backup_shows_what_it_would_send_and_leaves_it_a_backup() {
    let Story { lost, restored, yesterday } = story();
    let before = super::files(&restored.dir);
    let shown = restored.json(&["run", "--dry-run", "--at", "2026-12-09T09:00:00Z"]);
    let shown = shown.as_array().unwrap().iter().filter(|letter| letter["kind"] != "reminder");
    assert_eq!(shown.count(), identifiers(&lost).len() - yesterday.len());
    let changed = super::differing(&before, &super::files(&restored.dir));
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn while_a_mailbox_cannot_be_read_again_nothing_is_handled_and_nothing_can_be_resumed() {
    let Story { lost, mut restored, .. } = story();
    let (mailbox, away) = (restored.dir.join("mail/in"), restored.dir.join("mail/away"));
    fs::rename(&mailbox, &away).unwrap();
    let before = (mails(&restored), identifiers(&restored));
    for _twice in 0..2 {
        let run = restored.command(&["run", "--once", "--at", "2026-12-09T09:00:00Z"]);
        assert_eq!(run.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&run.stderr).contains("Reading all mail again; nothing was done"));
        assert_eq!((mails(&restored), identifiers(&restored)), before);
    }
    let refused = restored.command(&["outbox", "resume"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not all mail was read again yet"));
    assert!(restored.does(&["status"]).contains("Not all mail was read again yet"));
    fs::rename(&away, &mailbox).unwrap();
    assert!(restored.round().is_empty());
    assert_eq!(mails(&restored), mails(&lost));
    restored.does(&["outbox", "resume"]);
}

/// A folder among the files, as a mail server never leaves one: it cannot be read, today or in a year.
#[test]
fn one_mail_that_cannot_be_read_does_not_keep_a_restored_desk_closed() {
    let Story { lost, mut restored, .. } = story();
    fs::create_dir(restored.dir.join("mail/in/new/1.folder")).unwrap();
    let run = restored.command(&["run", "--once", "--at", "2026-12-09T09:00:00Z"]);
    assert_eq!(run.status.code(), Some(1), "it is told of");
    assert!(String::from_utf8_lossy(&run.stderr).contains("everything else was done"));
    assert_eq!(mails(&restored), mails(&lost));
    restored.does(&["outbox", "resume", "--left-before", LOSS]);
    fs::remove_dir(restored.dir.join("mail/in/new/1.folder")).unwrap();
    assert_eq!(but_reminders(restored.at("2026-12-10T09:00:00Z").mails(&report("four"))).len(), 3);
}
