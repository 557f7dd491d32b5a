//! The daemon in the hands of its operator: checked before it runs, stopped, started again, with several mailboxes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;
use std::time::Duration;

use embargod::post::imap::{ImapAccount, TlsMode};

use super::desk::{DISCOVERER, Desk, SOON};
use super::stack::Stack;

fn report(number: usize) -> Vec<u8> {
    format!(
        "From: Dana Doe <{DISCOVERER}>\r\nTo: security@proj.test\r\nSubject: overflow {number}\r\n\
         Date: Mon, 07 Dec 2026 09:12:04 +0000\r\nMessage-ID: <{number}@reporter.test>\r\n\r\nIt overflows.\r\n"
    )
    .into()
}

#[test]
fn handled_mail_is_in_the_archive_and_nothing_is_answered_twice_after_a_restart() {
    let mut desk = Desk::open();
    for number in 1..=3 {
        desk.stack.deliver(DISCOVERER, "security@proj.test", &report(number)).unwrap();
    }
    desk.letters(DISCOVERER, 3);
    desk.letters("bob", 3);
    desk.stack.wait_in("bot", "Archive", 3, SOON);
    assert!(desk.stack.mailbox("bot").is_empty());

    let (status, took, log) = desk.stop();
    assert!(status.success(), "{status}: {log}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(log.contains("the desk is closed"), "{log}");
    for told in ["overflow", "reporter.test", "alice@", "security+"] {
        assert!(!log.contains(told), "the log tells “{told}”: {log}");
    }

    // Somebody puts a handled mail back into the INBOX, and one more comes, before the desk opens again.
    let mailbox = desk.stack.dir().join("mail/bot@proj.test");
    let archive = ["new", "cur"].map(|part| fs::read_dir(mailbox.join(".Archive").join(part)).unwrap());
    let archived = archive.into_iter().flatten().next().unwrap().unwrap().path();
    fs::rename(&archived, mailbox.join("new/1.M1.put-back")).unwrap();
    desk.stack.deliver(DISCOVERER, "security@proj.test", &report(4)).unwrap();
    desk.stack.wait_for("bot", 2, SOON);
    desk.start();
    desk.letters(DISCOVERER, 4);
    desk.letters("alice", 4);
    desk.letters("bob", 4);
    desk.stack.wait_in("bot", "Archive", 4, SOON);
    assert!(desk.stack.mailbox("bot").is_empty());
    assert_eq!(desk.handled(4), ["opened case 1", "opened case 2", "opened case 3", "opened case 4"]);
    assert_eq!(desk.deliveries().len(), 4 * 3);
}

#[test]
fn sigterm_closes_an_idle_desk_at_once() {
    let mut desk = Desk::open();
    let (status, took, log) = desk.stop();
    assert!(status.success(), "{status}: {log}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// Dovecot offers neither IDLE nor MOVE here. One account over STARTTLS with two folders, another over TLS at once.
#[test]
fn several_accounts_and_folders_are_polled_where_the_server_cannot_call() {
    let stack = Stack::up_with(&[("IMAP_CAPABILITY", "IMAP4rev1 UIDPLUS"), ("ALIASES", "security=bot psirt=carol")]);
    let poll = Duration::from_secs(1);
    let bots = ImapAccount {
        tls: TlsMode::StartTls,
        port: stack.port("IMAP_PORT"),
        folders: vec!["INBOX".to_owned(), "Filed".to_owned()],
        poll,
        ..stack.account("bot")
    };
    let carols = ImapAccount { poll, ..stack.account("carol") };
    let filed = maildir(&stack, "bot@proj.test", ".Filed");
    let mut desk = Desk::of(stack, &[bots, carols], &["alice@proj.test"]);
    desk.start();
    desk.stack.deliver(DISCOVERER, "security@proj.test", &report(1)).unwrap();
    desk.letters(DISCOVERER, 1);
    desk.stack.deliver(DISCOVERER, "psirt@proj.test", &report(2)).unwrap();
    desk.letters(DISCOVERER, 2);
    // As a filter of the server files it.
    let third = filed.join("tmp/3.M1.filed");
    fs::write(&third, report(3)).unwrap();
    chown(&third, Some(5000), Some(5000)).unwrap();
    fs::rename(&third, filed.join("new/3.M1.filed")).unwrap();
    desk.letters(DISCOVERER, 3);
    desk.letters("alice", 3);
    desk.stack.wait_in("bot", "Archive", 2, SOON);
    desk.stack.wait_in("carol", "Archive", 1, SOON);
    assert!(desk.stack.mailbox("carol").is_empty() && desk.stack.mailbox_in("bot", "Filed").is_empty());
}

/// A folder of a mailbox nobody has opened yet.
fn maildir(stack: &Stack, user: &str, folder: &str) -> std::path::PathBuf {
    let mailbox = stack.dir().join("mail").join(user);
    let folder = mailbox.join(folder);
    for path in [&mailbox, &folder] {
        fs::create_dir_all(path).unwrap();
        chown(path, Some(5000), Some(5000)).unwrap();
    }
    for part in ["new", "cur", "tmp"] {
        fs::create_dir(folder.join(part)).unwrap();
        chown(folder.join(part), Some(5000), Some(5000)).unwrap();
    }
    folder
}

#[test]
fn check_says_that_all_is_well_or_names_the_account_and_what_to_mend() {
    let desk = Desk::closed();
    let well = desk.does(&["check"]);
    assert!(well.contains("All is well") && !well.contains("WRONG"), "{well}");
    assert!(well.contains("IMAP account bot") && well.contains("SMTP"), "{well}");

    let notes: Vec<&str> = well.lines().filter(|line| line.starts_with("note")).collect();
    let [uncertified] = notes.as_slice() else { panic!("{well}") };
    assert!(uncertified.contains("without a usable certificate: alice@proj.test, bob@proj.test"), "{well}");

    fs::write(desk.path("keys/wrong-password"), "wrong\n").unwrap();
    fs::set_permissions(desk.path("keys/wrong-password"), fs::Permissions::from_mode(0o600)).unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=another authority", "-keyout"])
        .args([desk.path("keys/other.key"), "-out".into(), desk.path("keys/other.pem")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let settings = fs::read_to_string(desk.path("embargod.toml")).unwrap();
    let (before, smtp) = settings.split_once("[smtp]").unwrap();
    let (head, imap) = before.split_once("[[imap]]").unwrap();
    for (imap_too, account) in [(true, "IMAP account bot"), (false, "SMTP")] {
        for (right, wrong, mend) in [
            ("\"keys/password\"", "\"keys/wrong-password\"", "password"),
            ("\"keys/ca.pem\"", "\"keys/other.pem\"", "ca"),
            ("port = ", "port = 1 # ", "port"),
        ] {
            let broken = |part: &str, here: bool| if here { part.replace(right, wrong) } else { part.to_owned() };
            let (imap, smtp) = (broken(imap, imap_too), broken(smtp, !imap_too));
            fs::write(desk.path("broken.toml"), format!("{head}[[imap]]{imap}[smtp]{smtp}")).unwrap();
            let output = desk.command_with("broken.toml", &["check"]);
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            let mut lines = said.lines().skip_while(|line| !line.starts_with("WRONG"));
            assert!(lines.next().unwrap().contains(account), "{said}");
            assert!(lines.next().unwrap().contains(mend), "{said}");
            assert_eq!(said.matches("WRONG").count(), 1, "{said}");
        }
    }
}
