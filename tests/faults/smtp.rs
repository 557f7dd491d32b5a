//! Mail out while the SMTP server misbehaves: one report, and the letters it gives rise to. No letter is lost, none
//! is doubled but where only the server can know, and none is called sent that was not.

use std::time::Duration;

use embargod::clock::Clock;
use embargod::post::patience::Patience;
use jiff::{SignedDuration, Timestamp};

use super::desk::Desk;
use super::proxy::{Protocol, Proxy};
use super::smtp_faults::{Ends, ROWS, Row};
use super::{block_on, try_all, until};
use crate::mailstack::cut;
use crate::mailstack::stack::Stack;
use crate::world::crlf;

const SOON: Duration = Duration::from_secs(30);
/// `REASON_CHARS_MAX` of post/mod.rs.
const ERROR_CHARS_MAX: usize = 200;
const BORN: &str = "2026-12-07T09:00:00Z";
/// Longer than the pauses after the first attempts.
const BETWEEN_ROUNDS: SignedDuration = SignedDuration::from_mins(10);

#[test]
fn whatever_the_smtp_server_does_each_letter_leaves_once_or_people_are_told() {
    let mut users = vec!["bot".to_owned()];
    for number in 0..ROWS.len() {
        users.extend([discoverer(number), format!("alice{number}@proj.test"), format!("carol{number}@proj.test")]);
    }
    let stack = Stack::up_with(&[("USERS", &users.join(" "))]);
    try_all("SMTP", ROWS, |row| row.fault.name, |number, row| block_on(trial(&stack, number, row)));
}

fn discoverer(number: usize) -> String {
    format!("discoverer{number}@reporter.test")
}

/// For a server that is frozen; one that is well may take its time.
fn hurried() -> Patience {
    let milliseconds = Duration::from_millis;
    Patience {
        connect: milliseconds(1500),
        answer: milliseconds(1500),
        noop: milliseconds(1000),
        send: milliseconds(2000),
        goodbye: milliseconds(100),
        ..Patience::default()
    }
}

async fn trial(stack: &Stack, number: usize, row: Row) -> String {
    let proxy = Proxy::start(stack, row.protocol, row.fault, stack.dir()).await;
    let people = [discoverer(number), format!("alice{number}@proj.test"), format!("carol{number}@proj.test")];
    let born: Timestamp = BORN.parse().unwrap();
    let ways = format!(
        "[[maildir]]\nname = \"in\"\npath = \"mail/in\"\nrole = \"security\"\n[smtp]\nhost = \"localhost\"\nport = {}\n\
         tls = \"{}\"\nca = \"{}\"\nuser = \"bot@proj.test\"\npassword = {{ file = \"password\" }}\n",
        proxy.port,
        if row.protocol == Protocol::SmtpStartTls { "starttls" } else { "implicit" },
        stack.ca().display()
    );
    let desk = Desk::founded("security@proj.test", &people[1..], &ways, stack.value("MAIL_PASS"), born).await;
    desk.post(
        "1.M1.mx",
        &format!(
            "Delivered-To: security@proj.test\r\nFrom: Dana Doe <{}>\r\nTo: security@proj.test\r\n\
             Subject: overflow\r\nDate: Mon, 07 Dec 2026 09:00:00 +0000\r\nMessage-ID: <1@reporter.test>\r\n\r\n\
             It overflows.\r\n",
            people[0]
        ),
    );
    let (mut now, mut error) = (born, String::new());
    for round in 1..=row.rounds {
        desk.engine(Clock::Still(now), hurried()).await.once().await.unwrap();
        error = still(&desk, row, round).await;
        now += BETWEEN_ROUNDS;
    }
    assert!(proxy.struck() > 0, "the fault never struck");
    if row.ends == Ends::Later {
        people
            .iter()
            .for_each(|user| assert!(stack.mailbox(user).is_empty(), "{user} has a letter that did not leave"));
    }
    proxy.behave();
    for _ in 0..2 {
        desk.engine(Clock::Still(now), Patience::default()).await.once().await.unwrap();
        now += BETWEEN_ROUNDS;
    }
    desk.is_sound().await;
    let [discoverer, alice, carol] = &people;
    let mut expected = vec![
        format!("acknowledgement {discoverer} sent"),
        format!("relay {alice} sent"),
        format!("relay {carol} sent"),
    ];
    let mut boxes = [1, 1, 1];
    if row.ends == Ends::OneRefused {
        expected[0] = format!("acknowledgement {discoverer} failed");
        expected.extend([alice, carol].map(|member| format!("alert {member} sent")));
        boxes = [0, 2, 2];
    }
    if row.ends == Ends::OneTwice {
        boxes = [2, 1, 1];
    }
    expected.sort();
    assert_eq!(desk.deliveries().await, expected);
    // A letter that is doubled must not be on its way still when they are counted.
    for (user, count) in people.iter().zip(boxes) {
        let all = async || stack.mailbox(user).len() >= count && stack.has_delivered_all_to(user);
        until(user, SOON, all).await;
    }
    for (user, count) in people.iter().zip(boxes) {
        assert_eq!(stack.mailbox(user).len(), count, "letters to {user}");
    }
    if row.ends == Ends::OneTwice {
        let copies: Vec<Vec<u8>> = stack.mailbox(discoverer).iter().map(|mail| crlf(mail)).collect();
        let [first, second] = &copies[..] else { panic!("two copies") };
        assert_eq!(cut::field(first, "Message-ID"), cut::field(second, "Message-ID"), "they are the same letter");
        assert_eq!(cut::body(first), cut::body(second), "byte for byte");
    }
    if row.ends == Ends::OneRefused {
        let mails = stack.mailbox(alice);
        let in_one_line =
            |mail: &Vec<u8>| String::from_utf8_lossy(mail).split_whitespace().collect::<Vec<_>>().join(" ");
        let texts = mails.iter().map(in_one_line);
        let told = texts.filter(|text| text.contains(row.error) && text.contains("will not be tried again")).count();
        assert_eq!(told, 1, "the team is told in the server's words");
    }
    outcome(row.ends).to_owned() + &format!(" struck {:>2}; error: “{}”", proxy.struck(), error)
}

/// After a round in which the server misbehaved: what did not leave is not called sent, and its error can be read.
/// Gives the error.
async fn still(desk: &Desk, row: Row, round: u32) -> String {
    let letters = desk.outbox().await;
    assert_eq!(desk.handled().await, ["done"]);
    let (state, attempts) = match row.ends {
        Ends::OneRefused => ("failed", 1),
        Ends::Later | Ends::OneTwice => ("queued", round),
    };
    let hit: Vec<_> = letters.iter().filter(|letter| letter.state == state).collect();
    assert_eq!(hit.len(), if row.ends == Ends::Later { 3 } else { 1 }, "{letters:?}");
    for letter in &hit {
        assert!(letter.error.contains(row.error) && !letter.error.is_empty(), "{}", letter.error);
        assert!(letter.error.chars().count() <= ERROR_CHARS_MAX, "{}", letter.error);
        assert!(!letter.error.chars().any(char::is_control), "{}", letter.error);
        assert_eq!(letter.attempts, attempts);
    }
    hit[0].error.clone()
}

fn outcome(ends: Ends) -> &'static str {
    match ends {
        Ends::Later => "none sent; 3 of 3 sent once later;",
        Ends::OneRefused => "1 failed, 2 of 2 sent once; team told;",
        Ends::OneTwice => "3 of 3 sent, the undecided one twice;",
    }
}
