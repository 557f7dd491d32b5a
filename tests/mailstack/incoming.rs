//! Mail in by IMAP, from the real Dovecot.

use std::sync::Arc;
use std::time::Duration;

use embargod::post::imap::{self, ImapAccount, Probe, TlsMode};
use embargod::post::{BEGINNING_BODY_BYTES_MAX, Source};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::drawer::Drawer;
use super::stack::Stack;

const SOON: Duration = Duration::from_secs(10);

fn report(subject: &str) -> Vec<u8> {
    format!("From: discoverer@reporter.test\r\nTo: security@proj.test\r\nSubject: {subject}\r\n\r\nIt overflows.\r\n")
        .into()
}

fn with_reports(count: usize) -> Stack {
    let stack = Stack::up();
    for number in 1..=count {
        stack.deliver("discoverer@reporter.test", "security@proj.test", &report(&format!("{number}."))).unwrap();
        stack.wait_for("bot", number, SOON); // One after the other: the order is part of what is shown.
    }
    stack
}

/// Watches a mailbox for the length of a test.
fn watching(account: ImapAccount, drawer: &Arc<Drawer>) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, shutdown) = watch::channel(false);
    let drawer = drawer.clone();
    (stop, tokio::spawn(async move { Source::Imap(account).watch(&*drawer, shutdown).await }))
}

async fn ends(stop: watch::Sender<bool>, watching: JoinHandle<()>) {
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(1), watching).await.expect("it ends promptly").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_takes_all_and_archives_it_and_a_second_one_takes_nothing() {
    let stack = with_reports(3);
    let (account, drawer) = (stack.account("bot"), Drawer::default());
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 3);
    let taken = drawer.taken();
    for (mail, subject) in taken.iter().zip(["1.", "2.", "3."]) {
        let text = String::from_utf8_lossy(&mail.raw);
        assert!(text.contains(&format!("\r\nSubject: {subject}\r\n")), "in the order they came: {text}");
        assert!(
            text.starts_with("Return-Path: <discoverer@reporter.test>\r\nDelivered-To: bot@proj.test\r\n"),
            "{text}"
        );
        assert!(mail.received_at.is_some() && !mail.truncated);
    }
    assert_eq!(drawer.cursor_of("bot").unwrap().uid, 3);
    assert_eq!(stack.mailbox_in("bot", "Archive").len(), 3, "the archive was made");
    assert!(stack.mailbox("bot").is_empty());
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_to_tls_work_and_a_foreign_authority_does_not() {
    let (stack, other) = (with_reports(1), Stack::up());
    let starttls =
        ImapAccount { tls: TlsMode::StartTls, port: stack.port("IMAP_PORT"), archive: None, ..stack.account("bot") };
    let implicit = stack.account("bot");
    for account in [&starttls, &implicit] {
        let foreign = ImapAccount { ca: Some(other.ca()), ..account.clone() };
        let none = ImapAccount { ca: None, ..account.clone() };
        let elsewhere = ImapAccount { host: "127.0.0.2".to_owned(), ..account.clone() };
        for refused in [foreign, none, elsewhere] {
            let drawer = Drawer::default();
            assert!(imap::sweep(&refused, "INBOX", &drawer).await.is_err(), "{:?}", account.tls);
            assert!(drawer.taken().is_empty());
        }
        let drawer = Drawer::default();
        assert_eq!(imap::sweep(account, "INBOX", &drawer).await.unwrap(), 1, "{:?}", account.tls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_wakes_the_watch_and_a_stop_ends_it() {
    let stack = Stack::up();
    let drawer = Arc::new(Drawer::default());
    let (stop, task) = watching(stack.account("bot"), &drawer); // It would poll once an hour.
    drawer.wait_until(SOON, |_, polls| polls > 0).await;
    for number in 1..=2 {
        stack.deliver("discoverer@reporter.test", "security@proj.test", &report(&format!("{number}."))).unwrap();
        drawer.wait_until(SOON, |kept, _| kept == number).await;
    }
    stack.wait_in("bot", "Archive", 2, SOON);
    ends(stop, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_idle_and_move_mail_is_polled_for_copied_and_deleted() {
    let stack = Stack::up_with(&[("IMAP_CAPABILITY", "IMAP4rev1 UIDPLUS")]);
    let account = ImapAccount { poll: Duration::from_millis(50), ..stack.account("bot") };
    let probe = imap::probe(&account).await.unwrap();
    assert_eq!((probe.idle, probe.moves), (false, false));
    let drawer = Arc::new(Drawer::default());
    let (stop, task) = watching(account, &drawer);
    drawer.wait_until(SOON, |_, polls| polls > 0).await;
    stack.deliver("discoverer@reporter.test", "security@proj.test", &report("polled")).unwrap();
    drawer.wait_until(SOON, |kept, _| kept == 1).await;
    let polls = drawer.polls();
    drawer.wait_until(SOON, |_, later| later > polls).await;
    ends(stop, task).await;
    assert!(stack.mailbox("bot").is_empty());
    assert_eq!(stack.mailbox_in("bot", "Archive").len(), 1);
    assert_eq!(drawer.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_folder_is_read_from_its_beginning() {
    let stack = with_reports(2);
    let (account, drawer) = (ImapAccount { archive: None, ..stack.account("bot") }, Drawer::default());
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 2);
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 0, "left where it lies, and not taken again");
    let before = drawer.cursor_of("bot").unwrap();
    stack.renumber("bot", "INBOX");
    stack.deliver("discoverer@reporter.test", "security@proj.test", &report("3.")).unwrap();
    stack.wait_for("bot", 3, SOON);
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 3);
    assert_ne!(drawer.cursor_of("bot").unwrap().uid_validity, before.uid_validity);
    assert_eq!((drawer.taken().len(), drawer.kept()), (5, 3), "taken again, and known by their bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_outlives_the_server() {
    let stack = Stack::up();
    let drawer = Arc::new(Drawer::default());
    let (stop, task) = watching(stack.account("bot"), &drawer);
    drawer.wait_until(SOON, |_, polls| polls > 0).await;
    for (number, (down, up)) in [("imap-down", "imap-up"), ("imap-kill", "imap-up")].into_iter().enumerate() {
        stack.fault(down);
        stack.fault(up);
        stack.deliver("discoverer@reporter.test", "security@proj.test", &report(down)).unwrap();
        drawer.wait_until(Duration::from_secs(30), |kept, _| kept == number + 1).await;
    }
    ends(stop, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_comes_whole_and_of_one_over_the_limit_the_beginning() {
    let stack = Stack::up();
    let mut large = report("20 MB");
    while large.len() < 20_000_000 {
        large.extend_from_slice(b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    }
    stack.deliver("discoverer@reporter.test", "security@proj.test", &large).unwrap();
    stack.wait_for("bot", 1, Duration::from_secs(30));
    let (account, drawer) = (stack.account("bot"), Drawer::default());
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 1);
    assert!(drawer.taken()[0].raw.ends_with(&large), "every byte of it");

    // No Postfix here would take it: laid into the mailbox as an administrator would.
    let over = stack.dir().join("mail/bot@proj.test");
    let mut mail = b"From: x@example.net\nSubject: huge\n\n".to_vec();
    mail.resize(account.message_bytes_max + 1, b'x');
    std::fs::write(over.join("tmp/1.huge"), &mail).unwrap();
    std::os::unix::fs::chown(over.join("tmp/1.huge"), Some(5000), Some(5000)).unwrap();
    std::fs::rename(over.join("tmp/1.huge"), over.join("new/1.huge")).unwrap();
    assert_eq!(imap::sweep(&account, "INBOX", &drawer).await.unwrap(), 1);
    let huge = &drawer.taken()[1];
    assert!(huge.truncated);
    assert!(huge.raw.starts_with(b"From: x@example.net\r\nSubject: huge\r\n\r\nxxx"));
    assert_eq!(huge.raw.len(), "From: x@example.net\r\nSubject: huge\r\n\r\n".len() + BEGINNING_BODY_BYTES_MAX);
    assert_eq!(stack.mailbox_in("bot", "Archive").len(), 2, "the rest is in the mailbox");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_what_works_and_what_does_not() {
    let stack = with_reports(1);
    let account = stack.account("bot");
    let fine = Probe { idle: true, moves: true, folders: vec![("INBOX".to_owned(), 1)], archive: Some(false) };
    assert_eq!(imap::probe(&account).await.unwrap(), fine);
    imap::sweep(&account, "INBOX", &Drawer::default()).await.unwrap();
    assert_eq!(imap::probe(&account).await.unwrap().archive, Some(true));
    for (broken, why) in [
        (ImapAccount { password: "wrong".into(), ..account.clone() }, "logging in"),
        (ImapAccount { folders: vec!["Größe".to_owned()], ..account.clone() }, "Selecting the folder Größe"),
        (ImapAccount { port: 1, ..account.clone() }, "Connecting to localhost port 1"),
    ] {
        let error = format!("{:#}", imap::probe(&broken).await.unwrap_err());
        assert!(error.contains(why), "{error}");
    }
}
