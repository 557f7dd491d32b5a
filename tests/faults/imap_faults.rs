//! The faults of IMAP servers, one a row. What Dovecot would never do, the proxy does for it.

use std::path::Path;

use super::fault::{ALWAYS, Fault, Mischief::*, Moment::*};
use super::proxy::literal;

/// One fault and what is expected beside the usual: three mails, each handled once, answered once, and archived.
#[derive(Clone, Copy)]
pub struct Row {
    pub fault: Fault,
    /// Words in the log by which the operator learns of it; `""` where there is nothing to tell.
    pub told: &'static str,
    pub ends: Ends,
}

/// Where the three mails are in the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    Archived,
    /// The archive does not take them.
    InPlace,
    /// The account has no archive.
    NoArchive,
    /// One was deleted by somebody before it could be read; the others are archived.
    OneDeleted,
}

const fn row(fault: Fault, told: &'static str) -> Row {
    Row { fault, told, ends: Ends::Archived }
}

const fn ends(ends: Ends, row: Row) -> Row {
    Row { ends, ..row }
}

const FETCH: &str = "BODY.PEEK[]";
const FETCHED: super::fault::Moment = Answers { to: FETCH, with: "BODY[]" };
const IDLING: super::fault::Moment = Answers { to: "IDLE", with: "+ idling" };

pub const ROWS: &[Row] = &[
    // Connecting
    row(Fault::new("TLS is cut off", Connection, Cut, 2), "Agreeing on TLS with localhost"),
    row(
        Fault::new("TLS is answered in clear", Connection, Instead("* OK [ALERT] no TLS here\r\n"), 2),
        "Agreeing on TLS",
    ),
    row(Fault::new("half open before TLS", Connection, Freeze, 1), "agreeing on TLS: no answer"),
    row(Fault::new("no greeting", Greeting, Freeze, 1), "waiting for the greeting: no answer"),
    row(
        Fault::new("BYE as greeting", Greeting, Last("* BYE Too many connections"), 2),
        "refused: Too many connections",
    ),
    row(
        Fault::new("another protocol greets", Greeting, Instead("HTTP/1.1 400 Bad Request"), 1),
        "waiting for the greeting",
    ),
    row(Fault::new("PREAUTH greeting", Greeting, Instead("* PREAUTH welcome"), 1), "already logged in"),
    // Logging in
    row(
        Fault::new("log-in refused", Says("LOGIN"), Instead("T NO [AUTHENTICATIONFAILED] Authentication failed."), 2),
        "logging in: the server refused",
    ),
    row(
        Fault::new("BYE at log-in", Says("LOGIN"), Last("* BYE Disconnected for inactivity."), 1),
        "logging in: the connection is lost",
    ),
    row(Fault::new("log-in without an answer", Says("LOGIN"), Freeze, 1), "logging in: no answer"),
    row(Fault::new("capabilities refused", Says("CAPABILITY"), Instead("T BAD What?"), 1), "asking for capabilities"),
    row(
        Fault::new(
            "neither IDLE nor MOVE offered",
            Answers { to: "CAPABILITY", with: "CAPABILITY" },
            Rewritten(bare),
            ALWAYS,
        ),
        "",
    ),
    // Selecting and searching
    row(
        Fault::new("SELECT refused", Says("SELECT"), Instead("T NO Mailbox is locked"), 2),
        "refused: Mailbox is locked",
    ),
    row(Fault::new("BAD to SELECT", Says("SELECT"), Instead("T BAD Internal error"), 1), "refused: Internal error"),
    row(
        Fault::new("SELECT without UIDVALIDITY", Answers { to: "SELECT", with: "UIDVALIDITY" }, Swallow, 1),
        "no UIDVALIDITY",
    ),
    ends(
        Ends::NoArchive,
        row(
            Fault::new(
                "UIDVALIDITY changes",
                Answers { to: "SELECT", with: "UIDVALIDITY" },
                Rewritten(renumbered),
                ALWAYS,
            )
            .after(1),
            "its UIDVALIDITY is not the one we know account=desk folder=INBOX",
        ),
    ),
    ends(
        Ends::NoArchive,
        row(
            Fault::new(
                "UIDNEXT goes backwards",
                Answers { to: "SELECT", with: "UIDNEXT" },
                Rewritten(next_is_one),
                ALWAYS,
            )
            .after(1),
            "",
        ),
    ),
    row(
        Fault::new("SEARCH refused", Says("UID SEARCH"), Instead("T NO [SERVERBUG] Internal error"), 1),
        "searching a folder: the server refused",
    ),
    row(Fault::new("OK to SEARCH without an answer", Answers { to: "SEARCH", with: "* SEARCH" }, Swallow, 1), ""),
    row(Fault::new("SEARCH frozen", Says("UID SEARCH"), Freeze, 1), "searching a folder: no answer"),
    row(Fault::new("EXISTS swallowed", Answers { to: "", with: " EXISTS" }, Swallow, ALWAYS), ""),
    row(
        Fault::new("an answer nobody can read", Answers { to: "SEARCH", with: "* SEARCH" }, Before("* XFOO %%% {"), 2),
        "cannot be read",
    ),
    // Fetching
    ends(
        Ends::OneDeleted,
        row(
            Fault::new("expunged before the fetch", Says("RFC822.SIZE"), Meanwhile(first_is_deleted), 1),
            "lists a message and does not give it",
        ),
    ),
    ends(
        Ends::OneDeleted,
        row(
            Fault::new("expunged between size and fetch", Says(FETCH), Meanwhile(first_is_deleted), 1),
            "lists a message and does not give it",
        ),
    ),
    row(
        Fault::new("NO to the sizes", Says("RFC822.SIZE"), Instead("T NO [EXPUNGEISSUED] Some are gone"), 2),
        "lists a message and does not give it",
    ),
    row(
        Fault::new("NO mid-fetch", Says(FETCH), Instead("T NO [EXPUNGEISSUED] Gone"), 1),
        "lists a message and does not give it",
    ),
    row(
        Fault::new("BAD mid-fetch", Says(FETCH), Instead("T BAD Invalid messageset"), 1),
        "lists a message and does not give it",
    ),
    row(
        Fault::new("OK to the fetch without data", Says(FETCH), Instead("T OK Fetch completed."), 1),
        "lists a message and does not give it",
    ),
    row(Fault::new("NIL instead of the message", FETCHED, Rewritten(nil), 1), "lists a message and does not give it"),
    row(
        Fault::new("another message than asked for", FETCHED, Rewritten(of_another_uid), 1),
        "lists a message and does not give it",
    ),
    row(
        Fault::new("news of other messages in between", FETCHED, Before("* 1 FETCH (UID 4711 FLAGS (\\Seen))"), ALWAYS),
        "",
    ),
    row(Fault::new("half of the message, well-formed", FETCHED, Rewritten(halved), 1), ""),
    row(Fault::new("literal shorter than said", FETCHED, Rewritten(says_more), 1), "fetching a message"),
    row(Fault::new("literal longer than said", FETCHED, Rewritten(says_less), 1), "fetching a message"),
    row(Fault::new("BYE mid-fetch", Says(FETCH), Last("* BYE Server shutting down"), 1), "ended by the server"),
    row(Fault::new("cut within a message", FETCHED, Half, 1), "fetching a message: the connection is lost"),
    row(Fault::new("frozen mid-fetch", FETCHED, Freeze, 1), "fetching a message: no answer"),
    // Archiving
    ends(
        Ends::InPlace,
        row(
            Fault::new("MOVE refused", Says("UID MOVE"), Instead("T NO Permission denied"), ALWAYS),
            "mail was taken and stays in the folder",
        ),
    ),
    ends(
        Ends::InPlace,
        row(
            Fault::new("archive full", Says("UID MOVE"), Instead("T NO [OVERQUOTA] Quota exceeded"), ALWAYS),
            "Quota exceeded",
        ),
    ),
    ends(
        Ends::InPlace,
        row(
            Fault::new(
                "archive missing, cannot be made",
                Says("Archive"),
                Instead("T NO [TRYCREATE] No such mailbox"),
                ALWAYS,
            ),
            "No such mailbox",
        ),
    ),
    row(Fault::new("cut before the move", Says("UID MOVE"), Cut, 1), "moving mail to the archive"),
    row(
        Fault::new("moved, and the answer is lost", Answers { to: "UID MOVE", with: "OK" }, Cut, 1),
        "moving mail to the archive",
    ),
    // Waiting
    row(
        Fault::new("IDLE refused", Says("IDLE"), Instead("T NO Not now"), ALWAYS),
        "the server will not call; it is polled",
    ),
    row(
        Fault::new("BAD to IDLE", Says("IDLE"), Instead("T BAD Unknown command"), ALWAYS),
        "the server will not call; it is polled",
    ),
    row(Fault::new("IDLE without an answer", Says("IDLE"), Freeze, 1), "entering IDLE: no answer"),
    row(Fault::new("IDLE never wakes", IDLING, Deafen, ALWAYS), ""),
    row(
        Fault::new("IDLE is ended at once, always", Says("IDLE"), Instead("+ idling\nT OK Idle completed."), ALWAYS),
        "it is polled",
    ),
    row(Fault::new("IDLE wakes at once, always", IDLING, After("* 0 RECENT"), ALWAYS), ""),
    row(Fault::new("signs of life in IDLE", IDLING, After("* OK Still here"), ALWAYS), ""),
    row(Fault::new("BYE in IDLE", Says("IDLE"), Last("+ idling\n* BYE Server shutting down"), 2), "waiting in IDLE"),
    row(Fault::new("IDLE ends politely", IDLING, End, 2), "IDLE: the connection is lost"),
    row(Fault::new("IDLE is cut", IDLING, Cut, 2), "IDLE: the connection is lost"),
    row(Fault::new("half open in IDLE", Says("DONE"), Freeze, 1), "leaving IDLE: no answer"),
];

fn edit(answer: &[u8], from: &str, to: impl Fn(&str) -> String) -> Vec<u8> {
    let text = std::str::from_utf8(answer).expect("the mails of these tests are ASCII");
    let (before, after) = text.split_once(from).unwrap_or_else(|| panic!("no “{from}” in {text}"));
    format!("{before}{from}{}", to(after)).into()
}

/// The digits at the beginning are counted up.
fn plus(text: &str, more: i64) -> String {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    format!("{}{}", text[..digits].parse::<i64>().expect("a number") + more, &text[digits..])
}

fn bare(answer: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(answer).replace(" IDLE", "").replace(" MOVE", "").into()
}

fn renumbered(answer: &[u8]) -> Vec<u8> {
    edit(answer, "UIDVALIDITY ", |rest| plus(rest, 7))
}

fn next_is_one(answer: &[u8]) -> Vec<u8> {
    edit(answer, "UIDNEXT ", |rest| format!("1{}", rest.trim_start_matches(|c: char| c.is_ascii_digit())))
}

fn of_another_uid(answer: &[u8]) -> Vec<u8> {
    edit(answer, "UID ", |rest| plus(rest, 4711))
}

fn says_more(answer: &[u8]) -> Vec<u8> {
    edit(answer, "BODY[] {", |rest| plus(rest, 40))
}

fn says_less(answer: &[u8]) -> Vec<u8> {
    edit(answer, "BODY[] {", |rest| plus(rest, -40))
}

/// The first line, the message, and what closes the list.
fn parts(answer: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let line = answer.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let length = literal(&answer[..line]).expect("a literal");
    (&answer[..line], &answer[line..line + length], &answer[line + length..])
}

fn nil(answer: &[u8]) -> Vec<u8> {
    let (line, _, end) = parts(answer);
    let line = String::from_utf8_lossy(line);
    [line.split_once('{').expect("a literal").0.as_bytes(), b"NIL", end].concat()
}

fn halved(answer: &[u8]) -> Vec<u8> {
    let (line, message, end) = parts(answer);
    let line = String::from_utf8_lossy(line);
    let half = &message[..message.len() / 2];
    let line = format!("{}{{{}}}\r\n", line.split_once('{').expect("a literal").0, half.len());
    [line.as_bytes(), half, end].concat()
}

/// A person deletes the oldest mail in their own mail program.
fn first_is_deleted(mailbox: &Path) {
    let listed = ["new", "cur"].map(|part| std::fs::read_dir(mailbox.join(part)).unwrap());
    let mut files: Vec<_> = listed.into_iter().flatten().map(|file| file.unwrap().path()).collect();
    files.sort_by_key(|path| path.file_name().map(std::ffi::OsStr::to_owned));
    std::fs::remove_file(files.first().expect("a mail")).unwrap();
}
