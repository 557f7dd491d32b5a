//! Mail in while the IMAP server misbehaves: two mails wait when the desk opens and a third comes later. Whatever
//! happens, each is handled once, and the desk stays open.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::clock::Clock;
use embargod::post::Source;
use embargod::post::imap::{self, ImapAccount};
use embargod::post::patience::Patience;

use super::desk::{Desk, Journal};
use super::fault::{ALWAYS, Fault, Mischief, Moment};
use super::imap_faults::{Ends, ROWS, Row};
use super::proxy::{Protocol, Proxy};
use super::{block_on, try_all, until};
use crate::mailstack::drawer::Drawer;
use crate::mailstack::stack::Stack;

const SOON: Duration = Duration::from_secs(30);
/// Dovecot's user in mailstack.sh.
const OWNER: Option<u32> = Some(5000);
/// A mail that comes waits for the next poll, a second, and where the connection is dead for that to be noticed.
const WAIT_MAX: Duration = Duration::from_secs(6);

#[test]
fn whatever_the_imap_server_does_each_mail_is_taken_once() {
    let users: Vec<String> = (0..ROWS.len()).map(|number| format!("bot{number}")).collect();
    let stack = Stack::up_with(&[("USERS", &users.join(" ")), ("ALIASES", "security=bot0")]);
    for user in &users {
        mailbox(&stack, user);
    }
    try_all("IMAP", ROWS, |row| row.fault.name, |number, row| block_on(trial(&stack, &users[number], row)));
}

/// Sixteen calls for nothing: the first are answered at once, then it rests longer and longer.
#[test]
fn a_server_that_calls_for_nothing_does_not_keep_the_desk_busy() {
    let stack = Stack::up();
    let calls = Moment::Answers { to: "IDLE", with: "+ idling" };
    let fault = Fault::new("calls for nothing", calls, Mischief::After("* 0 RECENT"), ALWAYS);
    block_on(async {
        let proxy = Proxy::start(&stack, Protocol::Imap, fault, &mailbox_of(&stack, "bot")).await;
        let account = ImapAccount { port: proxy.port, patience: Arc::new(hurried()), ..stack.account("bot") };
        let (stop, shutdown) = tokio::sync::watch::channel(false);
        let drawer = Arc::new(Drawer::default());
        let watch = {
            let drawer = Arc::clone(&drawer);
            tokio::spawn(async move { Source::Imap(account).watch(&*drawer, shutdown).await })
        };
        let started = Instant::now();
        until("sixteen calls", SOON, async || proxy.struck() >= 16).await;
        let took = started.elapsed();
        assert!(took > Duration::from_secs(1), "{took:?}"); // Twelve rests; the last eight take 0.15 s and more each.
        stop.send(true).unwrap();
        watch.await.unwrap();
    });
}

/// After a restore everything is read again: a mail the server never gives must not keep the desk closed for ever, and
/// a connection that is lost must not be taken for an archive that was read.
#[test]
fn a_mail_that_is_never_given_keeps_nobody_from_reading_the_rest_again() {
    let stack = Stack::up();
    mailbox(&stack, "bot");
    let mailbox = mailbox_of(&stack, "bot");
    (1..=3).for_each(|number| arrives(&mailbox, number));
    let direct = stack.account("bot");
    assert_eq!(block_on(async { imap::sweep(&direct, "INBOX", &Drawer::default()).await.unwrap() }), 3);
    (4..=6).for_each(|number| arrives(&mailbox, number));
    let second = Moment::Says("UID FETCH 2 (UID BODY");
    for (mischief, expected) in [(Mischief::Instead("T NO [SERVERBUG] Internal error"), Some(2)), (Mischief::Cut, None)]
    {
        block_on(async {
            let fault = Fault::new("a mail that is never given", second, mischief, ALWAYS);
            let proxy = Proxy::start(&stack, Protocol::Imap, fault, &mailbox).await;
            let account = ImapAccount { port: proxy.port, patience: Arc::new(hurried()), ..direct.clone() };
            let (drawer, source) = (Drawer::default(), Source::Imap(account));
            let read = source.read_again(&drawer).await;
            assert!(proxy.struck() > 0, "the fault never struck");
            match expected {
                Some(of_each) => {
                    assert_eq!(read.unwrap(), of_each + 3, "two of three in the archive, three in the INBOX")
                }
                None => assert!(read.is_err(), "a lost connection"),
            }
        });
    }
}

/// As after a restore from yesterday's copy: the same UIDVALIDITY, and lower UIDs than those that were read.
#[test]
fn a_mailbox_that_was_set_back_loses_nothing_that_comes_later() {
    let stack = Stack::up();
    mailbox(&stack, "bot");
    let (mailbox, drawer) = (mailbox_of(&stack, "bot"), Drawer::default());
    let account = ImapAccount { archive: None, ..stack.account("bot") };
    let sweep = || block_on(async { imap::sweep(&account, "INBOX", &drawer).await.unwrap() });
    (1..=3).for_each(|number| arrives(&mailbox, number));
    assert_eq!(sweep(), 3);
    let before = drawer.cursor_of("bot").unwrap();
    stack.renumber("bot", "INBOX");
    for part in ["new", "cur"] {
        let files = fs::read_dir(mailbox.join(part)).unwrap();
        files.for_each(|file| fs::remove_file(file.unwrap().path()).unwrap());
    }
    let numbers = mailbox.join("dovecot-uidlist");
    fs::write(&numbers, format!("3 V{} N1 G{:032x}\n", before.uid_validity, 7)).unwrap();
    chown(&numbers, OWNER, OWNER).unwrap();
    assert_eq!(sweep(), 0);
    (4..=8).for_each(|number| arrives(&mailbox, number)); // Past the UIDs that were read, before anybody looks again.
    assert_eq!(sweep(), 5);
    let after = drawer.cursor_of("bot").unwrap();
    assert_eq!((after.uid_validity, after.uid), (before.uid_validity, 5), "Dovecot kept its UIDVALIDITY");
    assert_eq!(drawer.kept(), 8);
    assert_eq!(sweep(), 0);
}

/// Ten times faster than a server would have to be.
fn hurried() -> Patience {
    let milliseconds = Duration::from_millis;
    Patience {
        connect: milliseconds(2000),
        answer: milliseconds(1000),
        fetch: milliseconds(1000),
        archive: milliseconds(1000),
        done: milliseconds(700),
        goodbye: milliseconds(100),
        pause_min: milliseconds(20),
        pause_max: milliseconds(300),
        ..Patience::default()
    }
}

async fn trial(stack: &Stack, user: &str, row: Row) -> String {
    let (journal, _kept) = Journal::keep();
    let mailbox = mailbox_of(stack, user);
    let proxy = Proxy::start(stack, Protocol::Imap, row.fault, &mailbox).await;
    let now = Clock::System.now();
    let address = stack.address(user);
    let archived = row.ends != Ends::NoArchive;
    let ways = format!(
        "[files]\npath = \"mail/out\"\n[[imap]]\nname = \"desk\"\nhost = \"localhost\"\nport = {}\ntls = \"implicit\"\n\
         ca = \"{}\"\nuser = \"{address}\"\npassword = {{ file = \"password\" }}\narchive = \"{}\"\npoll_seconds = 1\n\
         role = \"security\"\n",
        proxy.port,
        stack.ca().display(),
        if archived { "Archive" } else { "" }
    );
    let team = ["alice@proj.test".to_owned()];
    let desk = Desk::founded(&address, &team, &ways, stack.value("MAIL_PASS"), now).await;
    arrives(&mailbox, 1);
    arrives(&mailbox, 2);
    let engine = desk.engine(Clock::System, hurried()).await;
    let (stop, shutdown) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(engine.run(shutdown));

    let first = if row.ends == Ends::OneDeleted { 1 } else { 2 };
    let said = async || format!("{:?}; {}", desk.deliveries().await, journal.text());
    done(&desk, first, &said).await;
    arrives(&mailbox, 3);
    let arrived = Instant::now();
    done(&desk, first + 1, &said).await;
    let waited = arrived.elapsed();
    let all = first + 1;
    let files = |folder: &str| ["new", "cur"].iter().map(|part| count(&mailbox.join(folder).join(part))).sum::<usize>();
    let placed = if matches!(row.ends, Ends::InPlace | Ends::NoArchive) { (all, 0) } else { (0, all) };
    until("the mailbox", SOON, async || (files(""), files(".Archive")) == placed).await;
    // A fault that strikes where the desk waits may need another call before it is used up.
    let strikes = if row.fault.times == ALWAYS { 1 } else { row.fault.times };
    until("the fault", SOON, async || proxy.struck() >= strikes).await;
    until("what the log tells", SOON, async || journal.text().contains(row.told)).await;
    stop.send(true).unwrap();
    tokio::time::timeout(SOON, running).await.expect("it ends").unwrap().unwrap();

    assert_eq!(desk.handled().await, vec!["done"; all], "{}", journal.text());
    let mut expected = vec!["acknowledgement discoverer@reporter.test sent"; all];
    expected.extend(vec!["relay alice@proj.test sent"; all]);
    assert_eq!(desk.deliveries().await, expected, "{}", journal.text());
    assert_eq!(count(&desk.path("mail/out")), 2 * 2 * all, "each letter once, with its envelope");
    desk.is_sound().await;
    let log = journal.text();
    if row.told.is_empty() {
        assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    }
    for secret in ["overflow", "reporter.test", "alice@"] {
        assert!(!log.contains(secret), "the log tells “{secret}”: {log}");
    }
    assert!(log.lines().all(|line| line.chars().count() < 500), "{log}");
    assert!(waited < WAIT_MAX, "the third mail waited for {waited:?}");
    let told =
        if row.told.is_empty() { "nobody, nothing to do".to_owned() } else { format!("log: “{}”", row.told) };
    let (struck, waited) = (proxy.struck(), waited.as_secs_f32());
    format!(
        "struck {struck:>2}; {all} of {all} answered once, the last after {waited:.1} s; {:?}; told: {told}",
        row.ends
    )
}

/// Waits until so many mails were handled and all their letters left.
async fn done(desk: &Desk, mails: usize, said: &impl AsyncFn() -> String) {
    let started = Instant::now();
    loop {
        let handled = desk.handled().await.iter().filter(|state| *state == "done").count();
        let sent = desk.outbox().await.iter().filter(|letter| letter.state == "sent").count();
        if handled >= mails && sent >= 2 * mails {
            return;
        }
        assert!(started.elapsed() < SOON, "{handled} of {mails} mails handled: {}", said().await);
        tokio::time::sleep(super::LOOK).await;
    }
}

fn mailbox_of(stack: &Stack, user: &str) -> PathBuf {
    stack.dir().join("mail").join(stack.address(user))
}

fn mailbox(stack: &Stack, user: &str) {
    let mailbox = mailbox_of(stack, user);
    for path in [mailbox.clone(), mailbox.join("new"), mailbox.join("cur"), mailbox.join("tmp")] {
        fs::create_dir(&path).unwrap();
        chown(&path, OWNER, OWNER).unwrap();
    }
}

/// A mail, as Dovecot's delivery leaves it.
fn arrives(mailbox: &Path, number: usize) {
    let name = format!("{}.M{number}P1.mx", Clock::System.now().as_second());
    let mail = format!(
        "Delivered-To: {}\nFrom: Dana Doe <discoverer@reporter.test>\nTo: security@proj.test\n\
         Subject: overflow {number}\nDate: Mon, 07 Dec 2026 09:12:04 +0000\n\
         Message-ID: <{number}@reporter.test>\n\nIt overflows, {number}.\n",
        mailbox.file_name().unwrap().to_string_lossy()
    );
    let made = mailbox.join("tmp").join(&name);
    fs::write(&made, mail).unwrap();
    chown(&made, OWNER, OWNER).unwrap();
    fs::rename(&made, mailbox.join("new").join(&name)).unwrap();
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}
