//! Starting on a mailbox that is in use: what came before is kept and never answered, and the operator is told.

use std::fs;
use std::os::unix::fs::chown;

use super::report;
use crate::mailstack::desk::{DISCOVERER, Desk};
use crate::world::{LineEnds, World};

const OLD: usize = 4_998;
const MAIL_USER: u32 = 5000;

/// Mail of two years ago, as a mail server that is in use has it.
fn old_mail(desk: &Desk, count: usize) {
    let mailbox = desk.stack.dir().join("mail/bot@proj.test");
    for folder in [mailbox.clone(), mailbox.join("cur"), mailbox.join("new"), mailbox.join("tmp")] {
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, Some(MAIL_USER), Some(MAIL_USER)).unwrap();
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 365 * 24 * 3600);
    for number in 0..count {
        let path = mailbox.join(format!("new/{}.M{number}.old", 1_700_000_000 + number));
        let raw = format!(
            "From: Erin <erin@reporter.test>\nTo: security@proj.test\nSubject: old {number}\n\
             Message-ID: <old-{number}@reporter.test>\n\nIt overflowed then.\n"
        );
        fs::write(&path, raw).unwrap();
        fs::File::open(&path).unwrap().set_modified(long_ago).unwrap();
        chown(&path, Some(MAIL_USER), Some(MAIL_USER)).unwrap();
    }
}

#[test]
fn a_mailbox_of_five_thousand_old_messages_is_taken_and_none_is_answered() {
    let mut desk = Desk::closed();
    old_mail(&desk, OLD);
    let said = desk.does(&["run", "--once"]);
    assert!(said.contains("4,998 mails are older than this instance (20"), "{said}");
    assert!(said.contains("): kept, not answered."), "{said}");
    assert_eq!(desk.deliveries(), Vec::<String>::new());
    assert_eq!(desk.list("inbox").len(), OLD);
    assert_eq!(desk.list("case").len(), 0);
    assert!(!desk.does(&["run", "--once"]).contains("older"), "it is said once");

    // What comes from now on is answered; the daemon says in its log what it does not answer.
    let late = desk.stack.dir().join("mail/bot@proj.test/new/1.M1.late");
    fs::write(&late, "From: Erin <erin@reporter.test>\nSubject: one more\n\nIt overflowed.\n").unwrap();
    fs::File::open(&late).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    chown(&late, Some(MAIL_USER), Some(MAIL_USER)).unwrap();
    let new = report("new").replace("Delivered-To: security@example.org\n", "").replace('\n', "\r\n");
    desk.stack.deliver(DISCOVERER, "security@proj.test", new.as_bytes()).unwrap();
    desk.start();
    desk.letters("alice", 1);
    desk.handled(OLD + 2);
    let (_, _, log) = desk.stop();
    assert!(log.contains("1 mail is older than this instance (20"), "{log}");
}

/// On a local instance mail is received at the time of `--at`, whatever its file says.
#[test]
fn since_wins_over_the_birth_for_one_run() {
    let mut world = World::new(LineEnds::Lf);
    world.post(report("before").as_bytes());
    let said = world.does(&["run", "--once", "--at", "2026-12-07T09:00:00Z", "--since", "2026-12-08T00:00:00Z"]);
    assert!(said.contains("1 mail is older than --since (2026-12-08T00:00:00Z): kept, not answered."), "{said}");
    assert!(world.letters().is_empty());
    world.post(report("after").as_bytes());
    let said = world.does(&["run", "--once", "--at", "2026-12-09T09:00:00Z", "--since", "2026-12-08T00:00:00Z"]);
    assert!(!said.contains("older"), "{said}");
    assert_eq!(world.letters().len(), 3);
    world.post(report("the next run").as_bytes());
    world.does(&["run", "--once", "--at", "2026-12-09T10:00:00Z"]);
    assert_eq!(world.letters().len(), 3, "it is forgotten");
    assert_eq!(world.command(&["run", "--once", "--since", "yesterday"]).status.code(), Some(2));
}

#[test]
fn since_may_also_be_before_the_birth() {
    let desk = Desk::closed();
    old_mail(&desk, 2);
    let said = desk.does(&["run", "--once", "--since", "2020-01-01T00:00:00Z"]);
    assert!(!said.contains("older"), "{said}");
    assert_eq!(desk.list("case").len(), 2);
}
