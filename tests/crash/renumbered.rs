//! Mail in from the real Dovecot: the daemon is killed while it does everything at once, and the mailbox is numbered
//! anew (another UIDVALIDITY) before it starts again. All of it is read again, and nothing is done twice.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::desk::{Desk, NOW, Way};
use super::outcome::{Outcome, Undecided, uid_validity};
use super::server::Tls;
use super::{points, report, trying};
use crate::mailstack::stack::Stack;

/// Dovecot's user in mailstack.sh.
const OWNER: Option<u32> = Some(5000);

#[test]
fn killed_and_its_mailbox_renumbered_the_desk_comes_to_the_same() {
    let tls = Tls::new();
    let undisturbed = Outcome::undisturbed(&tls);
    let chosen = points(undisturbed.points);
    let users: Vec<String> = (1..=chosen.len()).map(|number| format!("bot{number}")).collect();
    let stack = Stack::up_with(&[("USERS", &users.join(" ")), ("ALIASES", "security=bot1")]);
    let (mut doubled, mut renumbered) = (0, 0);
    for (point, user) in chosen.iter().zip(&users) {
        trying("renumbered", "commit point", *point, undisturbed.points);
        lay_in(&stack, user, &undisturbed.mails);
        let archived = point % 2 == 0; // The other half leaves its mail where it lies, to be read again and again.
        let desk = Desk::new(&tls, &account(&stack, user, archived));
        desk.keeps_secret("imap-password", stack.value("MAIL_PASS"));
        desk.dies_at_commit(Way::Forever, *point);
        let undecided = Undecided::of(&desk);
        let mut before = uid_validity(&desk);
        for _ in 0..2 {
            stack.renumber(user, "INBOX");
            desk.runs();
            let after = uid_validity(&desk);
            assert!(archived || before != after, "Dovecot still numbers by {before:?}");
            renumbered += usize::from(before.is_some() && before != after);
            before = after;
        }
        doubled += undisturbed.compare(&desk, &undecided);
        let (inbox, archive) = (stack.mailbox(user).len(), stack.mailbox_in(user, "Archive").len());
        let all = undisturbed.mails.len();
        assert_eq!((inbox, archive), if archived { (0, all) } else { (all, 0) }, "the mailbox and the archive");
    }
    report(&format!(
        "{} of {} commit points of the daemon on Dovecot; mailboxes renumbered: {renumbered}; letters sent again: {doubled}",
        chosen.len(),
        undisturbed.points
    ));
}

/// The twenty mails, as if Dovecot had received them, one a second.
fn lay_in(stack: &Stack, user: &str, mails: &[Vec<u8>]) {
    let mailbox = stack.dir().join("mail").join(stack.address(user));
    let own = |path: &Path| chown(path, OWNER, OWNER).unwrap();
    fs::create_dir(&mailbox).unwrap();
    own(&mailbox);
    for part in ["new", "cur", "tmp"] {
        fs::create_dir(mailbox.join(part)).unwrap();
        own(&mailbox.join(part));
    }
    let first: SystemTime = NOW.parse::<Timestamp>().unwrap().into();
    for (number, mail) in mails.iter().enumerate() {
        let received = first + Duration::from_secs(number as u64);
        let seconds = received.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let path = mailbox.join(format!("new/{seconds}.M{number}P1.mx"));
        fs::write(&path, mail).unwrap();
        fs::File::open(&path).unwrap().set_modified(received).unwrap();
        own(&path);
    }
}

fn account(stack: &Stack, user: &str, archived: bool) -> String {
    format!(
        "[[imap]]
name = \"security\"
host = \"localhost\"
tls = \"implicit\"
port = {}
ca = \"{}\"
user = \"{}\"
password = {{ file = \"imap-password\" }}
archive = \"{}\"
role = \"security\"
",
        stack.port("IMAPS_PORT"),
        stack.ca().display(),
        stack.address(user),
        if archived { "Archive" } else { "" }
    )
}
