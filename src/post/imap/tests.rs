//! Servers that misbehave, in process: what Dovecot would never do, and others did. The real Dovecot is in
//! tests/mailstack. A script says which command is waited for and what is answered; `T` stands for the tag.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

use super::connection::{Connection, greeted};
use super::*;
use crate::post::{Cursor, Place, Taken};

const MESSAGE_BYTES_MAX: usize = 25 << 20;

const GREETING: &str = "* OK ready\r\n";
const LOGIN: (&str, &str) = ("LOGIN", "T OK\r\n");
const ALL: (&str, &str) = ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\nT OK\r\n");
const PLAIN: (&str, &str) = ("CAPABILITY", "* CAPABILITY IMAP4rev1\r\nT OK\r\n");
const SELECT: (&str, &str) = ("SELECT \"INBOX\"", "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\nT OK [READ-WRITE] ok\r\n");

/// Speaks its lines and ends the connection after the last one. A command that is not in the script ends it, too.
fn server(greeting: &'static str, script: &[(&'static str, &'static str)]) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let mut script: VecDeque<_> = script.to_vec().into();
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        let _ = write.write_all(greeting.as_bytes()).await;
        while let Some((expected, reply)) = script.pop_front() {
            let Ok(Some(line)) = lines.next_line().await else { return };
            let (tag, command) = line.split_once(' ').unwrap_or(("", &line));
            if !command.contains(expected) {
                let _ = write.write_all(format!("* BYE expected {expected}, got {command}\r\n").as_bytes()).await;
                return;
            }
            let reply = reply.replace("\nT ", &format!("\n{tag} "));
            let reply = reply.strip_prefix("T ").map_or(reply.clone(), |rest| format!("{tag} {rest}"));
            let _ = write.write_all(reply.as_bytes()).await;
        }
    });
    ours
}

fn account(archive: Option<&str>) -> ImapAccount {
    ImapAccount {
        name: "desk".to_owned(),
        host: "imap.example.org".to_owned(),
        port: 993,
        tls: TlsMode::Implicit,
        ca: None,
        user: "desk".to_owned(),
        password: "secret".into(),
        folders: vec!["INBOX".to_owned()],
        archive: archive.map(str::to_owned),
        message_bytes_max: MESSAGE_BYTES_MAX,
        poll: Duration::from_secs(60),
        patience: Arc::default(),
    }
}

/// Remembers what it was given, and gives the cursor it was given last.
#[derive(Default)]
struct Drawer {
    taken: Mutex<Vec<Taken>>,
    cursor: Mutex<Option<Cursor>>,
    polls: Mutex<usize>,
}

impl Intake for Drawer {
    async fn cursor(&self, _: &Place) -> Result<Option<Cursor>> {
        Ok(*self.cursor.lock().unwrap())
    }
    async fn take(&self, mail: Taken) -> Result<()> {
        *self.cursor.lock().unwrap() = mail.cursor;
        self.taken.lock().unwrap().push(mail);
        Ok(())
    }
    async fn rewind(&self, _: &Place, to: Cursor) -> Result<()> {
        *self.cursor.lock().unwrap() = Some(to);
        Ok(())
    }
    async fn polled(&self, _: &Place) -> Result<()> {
        *self.polls.lock().unwrap() += 1;
        Ok(())
    }
}

impl Drawer {
    fn at(uid: u32) -> Self {
        Self { cursor: Mutex::new(Some(Cursor { uid_validity: 9, uid })), ..Self::default() }
    }
    /// What was taken, with the UID each message was committed with.
    fn taken(&self) -> Vec<(String, u32)> {
        let taken = self.taken.lock().unwrap();
        let text = |mail: &Taken| String::from_utf8_lossy(&mail.raw).into_owned();
        taken.iter().map(|mail| (text(mail), mail.cursor.map_or(0, |cursor| cursor.uid))).collect()
    }
    fn polls(&self) -> usize {
        *self.polls.lock().unwrap()
    }
}

async fn connect(script: &[(&'static str, &'static str)]) -> Result<Connection<DuplexStream>> {
    Connection::log_in(greeted(server(GREETING, script), &Patience::default()).await?, &account(None)).await
}

/// Polls the folder once for each script; the scripts run on one connection.
async fn poll(archive: Option<&str>, drawer: &Drawer, script: &[(&'static str, &'static str)]) -> Result<Polled> {
    let account = account(archive);
    let connection = connect(script).await?;
    Folder::new(&account, "INBOX", connection).poll(drawer).await
}

fn one(text: &str, uid: u32) -> (String, u32) {
    (text.to_owned(), uid)
}

#[tokio::test]
async fn only_an_ordinary_greeting_is_taken() {
    for (greeting, why) in [
        ("* BYE too many connections\r\n", "too many connections"),
        ("* PREAUTH welcome back\r\n", "already logged in"),
        ("", "ended by the server"),
        ("220 mx.example.org ESMTP\r\n", "cannot be read"),
    ] {
        let error = greeted(server(greeting, &[]), &Patience::default()).await.unwrap_err();
        assert!(error.to_string().contains(why), "{greeting:?}: {error:#}");
    }
}

#[tokio::test]
async fn a_refused_login_is_told_without_the_address() {
    let error =
        connect(&[("LOGIN", "T NO [AUTHENTICATIONFAILED] no user desk@example.org here\r\n")]).await.unwrap_err();
    let text = format!("{error:#}");
    assert_eq!(text, "logging in: the server refused: [AUTHENTICATIONFAILED] no user (an address) here");
}

/// A dead connection, a refused command and an answer that cannot be read are never taken for an empty folder.
#[tokio::test]
async fn trouble_is_never_an_empty_folder() {
    const SIZES: (&str, &str) = (
        "UID FETCH 1,2 (UID RFC822.SIZE INTERNALDATE)",
        "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n* 2 FETCH (UID 2 RFC822.SIZE 3)\r\nT OK\r\n",
    );
    let found = ("UID SEARCH UID 1:*", "* SEARCH 1 2\r\nT OK\r\n");
    let scripts: &[&[(&str, &str)]] = &[
        &[],
        &[("SELECT", "T NO no such mailbox\r\n")],
        &[("SELECT", "* 0 EXISTS\r\nT OK\r\n")], // No UIDVALIDITY.
        &[SELECT],
        &[SELECT, ("SEARCH", "T NO busy\r\n")],
        &[SELECT, ("SEARCH", "* BYE going down\r\n")],
        &[SELECT, ("SEARCH", "* XFOO somebody's mail\r\nT OK\r\n")],
        &[SELECT, found],
        &[SELECT, found, ("FETCH 1,2", "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n")],
        &[SELECT, found, SIZES, ("UID FETCH 1 (UID BODY.PEEK[])", "* 1 FETCH (UID 1 BODY[] {30}\r\nsomebody's")],
    ];
    for script in scripts {
        let drawer = Drawer::default();
        let script = [&[LOGIN, ALL], *script].concat();
        let error = poll(None, &drawer, &script).await.unwrap_err();
        assert!(drawer.taken().is_empty() && drawer.polls() == 0, "{script:?}");
        assert!(!format!("{error:#}").contains("somebody"), "{error:#}");
    }
}

#[tokio::test]
async fn the_last_message_named_by_a_star_is_not_new() {
    let drawer = Drawer::at(7);
    let polled =
        poll(None, &drawer, &[LOGIN, ALL, SELECT, ("UID SEARCH UID 8:*", "* SEARCH 7\r\nT OK\r\n")]).await.unwrap();
    assert_eq!((polled, drawer.polls()), (Polled::default(), 1));
}

/// Message 2 is listed and not given: the others are taken, and the cursor does not pass it.
#[tokio::test]
async fn what_is_not_given_is_asked_for_again() {
    let drawer = Drawer::default();
    let script = |again| {
        [
            LOGIN,
            ALL,
            SELECT,
            ("UID SEARCH UID 1:*", "* SEARCH 1 2 3\r\nT OK\r\n"),
            ("FETCH 1,2,3 (", "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n* 3 FETCH (UID 3 RFC822.SIZE 5)\r\nT OK\r\n"),
            ("FETCH 1 (UID BODY.PEEK[])", "* 9 FETCH (UID 8 FLAGS ())\r\n* 1 FETCH (UID 1 BODY[] \"one\")\r\nT OK\r\n"),
            ("FETCH 2 (UID RFC822", "* 2 FETCH (UID 2 RFC822.SIZE 3)\r\nT OK\r\n"),
            ("FETCH 2 (UID BODY.PEEK[])", "T NO [SERVERBUG] broken\r\n"),
            ("FETCH 3 (UID BODY.PEEK[])", "* 3 FETCH (UID 3 BODY[] {5}\r\nthree)\r\nT OK\r\n"),
            ("UID SEARCH UID 2:2", again),
        ]
    };
    let polled = poll(None, &drawer, &script("* SEARCH 2\r\nT OK\r\n")).await.unwrap();
    assert_eq!(polled, Polled { taken: 2, unread: 1 });
    assert_eq!(drawer.taken(), [one("one", 1), one("three", 1)]);
    assert_eq!(drawer.polls(), 1, "the poll came to its end: new mail is read as always");
    let gone = poll(None, &Drawer::default(), &script("* SEARCH\r\nT OK\r\n")).await.unwrap();
    assert_eq!(gone, Polled { taken: 2, unread: 0 }, "a second search no longer lists it");
}

/// Exchange guesses sizes; a server in trouble may give less than there is. What comes twice is what there is.
#[tokio::test]
async fn a_message_that_has_not_the_size_it_should_have_is_asked_for_twice() {
    const BODIES: [&str; 3] =
        ["* 1 FETCH (UID 1 BODY[] \"on\")\r\nT OK\r\n", "* 1 FETCH (UID 1 BODY[] \"one\")\r\nT OK\r\n", "T NO\r\n"];
    for (first, second, taken) in
        [(0, 1, vec![one("one", 1)]), (0, 0, vec![one("on", 1)]), (0, 2, vec![]), (1, 2, vec![one("one", 1)])]
    {
        let drawer = Drawer::default();
        let script = [
            LOGIN,
            ALL,
            SELECT,
            ("UID SEARCH UID 1:*", "* SEARCH 1\r\nT OK\r\n"),
            ("FETCH 1 (UID RFC822", "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\nT OK\r\n"),
            ("FETCH 1 (UID BODY", BODIES[first]),
            (if first == 1 { "LOGOUT" } else { "FETCH 1 (UID BODY" }, BODIES[second]),
            ("UID SEARCH UID 1:1", "* SEARCH 1\r\nT OK\r\n"),
        ];
        let polled = poll(None, &drawer, &script).await.unwrap();
        assert_eq!(drawer.taken(), taken);
        assert_eq!(polled.unread, usize::from(taken.is_empty()));
    }
}

/// The server speaks of new mail once, in the middle of another answer: nobody will say so again in IDLE.
#[tokio::test]
async fn mail_that_comes_during_a_poll_is_taken_by_it() {
    let drawer = Drawer::default();
    let script = [
        LOGIN,
        ALL,
        SELECT,
        ("UID SEARCH UID 1:*", "* SEARCH 1\r\nT OK\r\n"),
        (
            "FETCH 1 (UID RFC822",
            "* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE \" 1-Dec-2026 10:30:00 +0100\")\r\nT OK\r\n",
        ),
        ("FETCH 1 (UID BODY", "* 1 FETCH (UID 1 BODY[] \"one\")\r\nT OK\r\n"),
        ("UID MOVE 1 \"Archive\"", "* 1 EXPUNGE\r\n* 1 EXISTS\r\nT OK\r\n"),
        ("UID SEARCH UID 2:*", "* SEARCH 2\r\nT OK\r\n"),
        ("FETCH 2 (UID RFC822", "* 1 FETCH (UID 2 RFC822.SIZE 3)\r\nT OK\r\n"),
        ("FETCH 2 (UID BODY", "* 1 FETCH (UID 2 BODY[] \"two\")\r\nT OK\r\n"),
        ("UID MOVE 2 \"Archive\"", "* 1 EXPUNGE\r\nT OK\r\n"),
    ];
    assert_eq!(poll(Some("Archive"), &drawer, &script).await.unwrap().taken, 2);
    assert_eq!(drawer.taken(), [one("one", 1), one("two", 2)]);
    let received_at = drawer.taken.lock().unwrap()[0].received_at;
    assert_eq!(received_at, Some("2026-12-01T09:30:00Z".parse().unwrap()));
}

/// A crash came between commit and move: taken once more (the store knows it), moved, and the cursor stays.
#[tokio::test]
async fn what_was_committed_and_not_moved_is_taken_again_and_moved() {
    let drawer = Drawer::at(5);
    let script = [
        LOGIN,
        ALL,
        SELECT,
        ("UID SEARCH UID 1:5 UNDELETED", "* SEARCH 3\r\nT OK\r\n"),
        ("UID SEARCH UID 6:*", "* SEARCH 5\r\nT OK\r\n"),
        ("FETCH 3 (UID RFC822", "* 1 FETCH (UID 3 RFC822.SIZE 5)\r\nT OK\r\n"),
        ("FETCH 3 (UID BODY", "* 1 FETCH (UID 3 BODY[] \"three\")\r\nT OK\r\n"),
        ("UID MOVE 3 \"Archive\"", "T OK\r\n"),
    ];
    assert_eq!(poll(Some("Archive"), &drawer, &script).await.unwrap().taken, 1);
    assert_eq!(drawer.taken(), [one("three", 5)]);
}

#[tokio::test]
async fn without_move_mail_is_copied_and_deleted_and_nobody_elses_is_expunged() {
    const TAKE: [(&str, &str); 5] = [
        SELECT,
        ("UID SEARCH UID 1:*", "* SEARCH 1\r\nT OK\r\n"),
        ("FETCH 1 (UID RFC822", "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\nT OK\r\n"),
        ("FETCH 1 (UID BODY", "* 1 FETCH (UID 1 BODY[] \"one\")\r\nT OK\r\n"),
        ("UID COPY 1 \"Archive\"", "T OK\r\n"),
    ];
    const STORE: (&str, &str) = ("UID STORE 1 +FLAGS.SILENT (\\Deleted)", "T OK\r\n");
    // A script that ends is a connection that is lost: one command more, and the poll fails.
    let plain = [&[LOGIN, PLAIN], &TAKE[..], &[STORE]].concat();
    assert_eq!(poll(Some("Archive"), &Drawer::default(), &plain).await.unwrap().taken, 1);
    let uidplus = ("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\nT OK\r\n");
    let plus = [&[LOGIN, uidplus], &TAKE[..], &[STORE, ("UID EXPUNGE 1", "* 1 EXPUNGE\r\nT OK\r\n")]].concat();
    assert_eq!(poll(Some("Archive"), &Drawer::default(), &plus).await.unwrap().taken, 1);
}

/// The archive cannot be written to: mail is taken all the same, and the next poll only tries the move.
#[tokio::test]
async fn a_refused_move_is_tried_again_without_taking_again() {
    let drawer = Drawer::default();
    let connection = connect(&[
        LOGIN,
        ALL,
        SELECT,
        ("UID SEARCH UID 1:*", "* SEARCH 1\r\nT OK\r\n"),
        ("FETCH 1 (UID RFC822", "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\nT OK\r\n"),
        ("FETCH 1 (UID BODY", "* 1 FETCH (UID 1 BODY[] \"one\")\r\nT OK\r\n"),
        ("UID MOVE 1", "T NO [TRYCREATE] no such mailbox\r\n"),
        ("CREATE \"Archive\"", "T NO not allowed\r\n"),
        ("UID MOVE 1", "T NO [TRYCREATE] no such mailbox\r\n"),
        SELECT,
        ("UID SEARCH UID 1:1 UNDELETED", "* SEARCH 1\r\nT OK\r\n"),
        ("UID SEARCH UID 2:*", "* SEARCH 1\r\nT OK\r\n"),
        ("UID MOVE 1", "T OK\r\n"),
    ])
    .await
    .unwrap();
    let account = account(Some("Archive"));
    let mut folder = Folder::new(&account, "INBOX", connection);
    assert_eq!(folder.poll(&drawer).await.unwrap().taken, 1);
    assert_eq!(folder.poll(&drawer).await.unwrap().taken, 0);
    assert_eq!(drawer.polls(), 2);
}

#[tokio::test]
async fn of_a_message_over_the_limit_only_the_beginning_is_asked_for() {
    let drawer = Drawer::default();
    let size = format!("* 1 FETCH (UID 1 RFC822.SIZE {})\r\nT OK\r\n", MESSAGE_BYTES_MAX + 1);
    let script = [
        LOGIN,
        ALL,
        SELECT,
        ("UID SEARCH UID 1:*", "* SEARCH 1\r\nT OK\r\n"),
        ("FETCH 1 (UID RFC822", &*size.leak()),
        (
            "FETCH 1 (UID BODY.PEEK[HEADER]<0.262144> BODY.PEEK[TEXT]<0.65536>)",
            "* 1 FETCH (UID 1 BODY[HEADER]<0> \"A: b \" BODY[TEXT]<0> \"text\")\r\nT OK\r\n",
        ),
    ];
    poll(None, &drawer, &script).await.unwrap();
    assert_eq!(drawer.taken(), [one("A: b text", 1)]);
    assert!(drawer.taken.lock().unwrap()[0].truncated);
}

#[tokio::test]
async fn idle_ends_with_news_or_an_error_and_never_hangs() {
    let idle = async |script: &[(&'static str, &'static str)]| {
        let mut connection = connect(&[&[LOGIN, ALL], script].concat()).await.unwrap();
        connection.idle(Duration::from_secs(1)).await.map_err(|trouble| trouble.to_string())
    };
    let done = ("DONE", "");
    assert_eq!(idle(&[("IDLE", "T NO not now\r\n")]).await.unwrap_err(), "entering IDLE: the server refused: not now");
    let lost = idle(&[("IDLE", "+ idling\r\n* BYE restarting\r\n")]).await.unwrap_err();
    assert_eq!(lost, "waiting in IDLE: the connection is lost (ended by the server)");
    assert_eq!(idle(&[("IDLE", "+ idling\r\n")]).await.unwrap_err(), lost, "the end of the stream is no news");
    // `DONE` has no tag of its own; the server ends it with the tag of IDLE, which is the third command here.
    let woken = idle(&[("IDLE", "* 3 EXISTS\r\n+ idling\r\n"), (done.0, "A0003 OK\r\n")]).await;
    assert!(woken.is_ok(), "{woken:?}");
    let woken = idle(&[("IDLE", "+ idling\r\n* OK Still here\r\n* 3 EXISTS\r\n"), (done.0, "A0003 OK\r\n")]).await;
    assert!(woken.is_ok(), "{woken:?}");
    let renewed = idle(&[("IDLE", "+ idling\r\n* OK Still here\r\n"), (done.0, "A0003 OK\r\n")]).await;
    assert!(renewed.is_ok(), "{renewed:?}");
}

#[tokio::test]
async fn an_archive_among_the_folders_is_refused() {
    let clash = ImapAccount { archive: Some("inbox".to_owned()), ..account(None) };
    assert!(probe(&clash).await.unwrap_err().to_string().contains("archive"));
}
