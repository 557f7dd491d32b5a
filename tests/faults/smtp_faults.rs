//! The faults of SMTP servers, one a row: each step refused for now, refused for good, cut and frozen, and more.

use super::fault::{ALWAYS, Fault, Mischief, Mischief::*, Moment, Moment::*};
use super::proxy::Protocol;

/// What becomes of the three letters of one report: to its discoverer, and to two members of the team.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// None leaves while the server misbehaves, and all leave once when it does not.
    Later,
    /// The first is refused for good, and the team is told; the others leave.
    OneRefused,
    /// All leave at once, and the first once more: only the server knew that it had it (DESIGN 1, step 5).
    OneTwice,
}

#[derive(Clone, Copy)]
pub struct Row {
    pub fault: Fault,
    pub protocol: Protocol,
    pub ends: Ends,
    /// What the outbox shows as the error of the letter.
    pub error: &'static str,
    /// So many rounds the server misbehaves.
    pub rounds: u32,
}

const DOT: &str = ".\r\n";
const TAKEN: Moment = Answers { to: DOT, with: "250" };
const FIRST: Moment = Says("RCPT TO:<discoverer");

const fn later(name: &'static str, moment: Moment, mischief: Mischief, error: &'static str) -> Row {
    let fault = Fault::new(name, moment, mischief, ALWAYS);
    Row { fault, protocol: Protocol::Smtp, ends: Ends::Later, error, rounds: 1 }
}

const fn refused(name: &'static str, moment: Moment, mischief: Mischief, error: &'static str) -> Row {
    let fault = Fault::new(name, moment, mischief, 1);
    Row { fault, protocol: Protocol::Smtp, ends: Ends::OneRefused, error, rounds: 1 }
}

const fn twice(name: &'static str, mischief: Mischief, error: &'static str) -> Row {
    let fault = Fault::new(name, TAKEN, mischief, 1);
    Row { fault, protocol: Protocol::Smtp, ends: Ends::OneTwice, error, rounds: 1 }
}

const fn starttls(name: &'static str, moment: Moment, mischief: Mischief, error: &'static str) -> Row {
    Row { protocol: Protocol::SmtpStartTls, ..later(name, moment, mischief, error) }
}

const TEMPORARY: Mischief = Instead("451 4.3.0 Not now, says the test");
const TEMPORARILY: &str = "451 4.3.0 Not now, says the test";
const FOR_GOOD: Mischief = Instead("554 5.7.1 Never, says the test");
const NEVER: &str = "554 5.7.1 Never, says the test";
const LOST: &str = "the connection is lost";
const SILENCE: &str = "no answer within";

pub const ROWS: &[Row] = &[
    // 4yz
    later(
        "4xx as greeting",
        Greeting,
        Instead("421 4.3.2 Too busy, says the test"),
        "421 4.3.2 Too busy, says the test",
    ),
    later("4xx to EHLO", Says("EHLO"), TEMPORARY, TEMPORARILY),
    later(
        "4xx to AUTH",
        Says("AUTH"),
        Instead("454 4.7.0 Temporary authentication failure"),
        "454 4.7.0 Temporary authentication",
    ),
    later("4xx to MAIL", Says("MAIL FROM"), TEMPORARY, TEMPORARILY),
    later("4xx to RCPT", Says("RCPT TO"), TEMPORARY, TEMPORARILY),
    later("4xx to DATA", Says("DATA"), TEMPORARY, TEMPORARILY),
    later(
        "4xx to the message",
        Says(DOT),
        Instead("452 4.3.1 Queue file write error"),
        "452 4.3.1 Queue file write error",
    ),
    Row {
        rounds: 3,
        ..later(
            "greylisting",
            Says("RCPT TO"),
            Instead("450 4.7.1 Greylisted, try again"),
            "450 4.7.1 Greylisted, try again",
        )
    },
    later("4xx of many lines", Says("RCPT TO"), Instead(MANY_LINES), "451 4.7.1 The first of many lines"),
    // 5yz: about us, and then all letters wait …
    later("5xx as greeting", Greeting, Instead("554 5.3.2 No service here"), "554 5.3.2 No service here"),
    later(
        "5xx to EHLO",
        Says("EHLO"),
        Instead("550 5.7.1 You do not speak like a mail server"),
        "550 5.7.1 You do not speak",
    ),
    later("5xx to AUTH", Says("AUTH"), Instead("535 5.7.8 Authentication failed"), "535 5.7.8 Authentication failed"),
    later(
        "log-in required after all",
        Says("MAIL FROM"),
        Instead("530 5.7.0 Authentication required"),
        "530 5.7.0 Authentication required",
    ),
    // … or about a letter.
    refused("5xx to MAIL", Says("MAIL FROM"), FOR_GOOD, NEVER),
    refused("5xx to RCPT", Says("RCPT TO"), FOR_GOOD, NEVER),
    refused("5xx to DATA", Says("DATA"), FOR_GOOD, NEVER),
    refused("5xx to the message", Says(DOT), FOR_GOOD, NEVER),
    Row {
        fault: Fault::new("one recipient refused, others go", FIRST, Instead("550 5.1.1 No such user here"), ALWAYS),
        ..refused("", FIRST, Cut, "550 5.1.1 No such user here")
    },
    // Gone
    later("TLS refused", Connection, Cut, "Agreeing on TLS with localhost"),
    later("TLS answered in clear", Connection, Instead("554 no TLS here\r\n"), "Agreeing on TLS with localhost"),
    later("cut at the greeting", Greeting, Cut, LOST),
    later("cut at EHLO", Says("EHLO"), Cut, LOST),
    later("cut at AUTH", Says("AUTH"), Cut, LOST),
    later("cut at MAIL", Says("MAIL FROM"), Cut, LOST),
    later("cut at RCPT", Says("RCPT TO"), Cut, LOST),
    later("cut at DATA", Says("DATA"), Cut, LOST),
    later("cut at the end of the message", Says(DOT), Cut, LOST),
    later("ended politely at RCPT", Says("RCPT TO"), End, LOST),
    later("421 in the middle", Says("RCPT TO"), Last("421 4.3.2 Shutting down"), "421 4.3.2 Shutting down"),
    twice("taken, and the 250 is lost", Cut, LOST),
    twice("taken, and half of the 250 comes", Half, LOST),
    twice("taken, and then silence", Freeze, SILENCE),
    // Silent
    later("half open before TLS", Connection, Freeze, "agreeing on TLS: no answer within"),
    later("frozen at the greeting", Greeting, Freeze, "waiting for the greeting: no answer within"),
    later("frozen at EHLO", Says("EHLO"), Freeze, SILENCE),
    later("frozen at AUTH", Says("AUTH"), Freeze, "logging in: no answer within"),
    later("frozen at MAIL", Says("MAIL FROM"), Freeze, SILENCE),
    later("frozen at RCPT", Says("RCPT TO"), Freeze, SILENCE),
    later("frozen at DATA", Says("DATA"), Freeze, SILENCE),
    later("frozen at the end of the message", Says(DOT), Freeze, SILENCE),
    // Nonsense
    later("another protocol greets", Greeting, Instead("SSH-2.0-OpenSSH_9.2"), "cannot be read"),
    later("nonsense to MAIL", Says("MAIL FROM"), Instead("what?"), "cannot be read"),
    later("nonsense to the message", Says(DOT), Instead("99 bottles"), "cannot be read"),
    // In clear
    starttls(
        "STARTTLS refused",
        Says("STARTTLS"),
        Instead("454 4.7.0 TLS not available"),
        "454 4.7.0 TLS not available",
    ),
    starttls("STARTTLS not offered", Says("EHLO"), Instead("250 mx.proj.test"), "offers no STARTTLS"),
    starttls("EHLO in clear refused", Says("EHLO"), Instead("502 5.5.1 What?"), "502 5.5.1 What?"),
    starttls("cut at STARTTLS", Says("STARTTLS"), Cut, "unexpected end of file"),
];

const MANY_LINES: &str = "451-4.7.1 The first of many lines\u{1b}[31m about something that takes a very long time to explain\n\
    451-4.7.1 and more of it, and more of it, and more of it, and more of it, and more of it, and more of it\n\
    451-4.7.1 and more of it, and more of it, and more of it, and more of it, and more of it, and more of it\n\
    451 4.7.1 and the last one";
