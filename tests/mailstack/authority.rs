//! The team tells the desk what to do by mail, through real servers and signed with real gpg, while somebody on a list
//! tries to do the same in their name.

use super::correspondent::{CURVE25519, Correspondent, Opened, RSA, decoded};
use super::cut;
use super::desk::{DISCOVERER, Desk, SOON};
use super::stack::Stack;
use crate::world::crlf;

const ALICE: &str = "alice@proj.test";
const BOB: &str = "bob@proj.test";
const CAROL: &str = "carol@proj.test";
const MALLORY: &str = "mallory@reporter.test";
/// Stands in the report, and nowhere else.
const SECRET: &str = "grant-map-overflow-canary";

/// A mail in clear, as any mail program writes it.
fn mail(from: &str, to: &str, id: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\nTo: {to}\nSubject: Re: it\nDate: Mon, 07 Dec 2026 10:00:00 +0000\nMessage-ID: <{id}>\n{more}\n{text}\n"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

/// The newest letter to a member, opened, and where it is answered to, once there are so many.
fn newest(desk: &Desk, member: &Correspondent, count: usize, subject: &str) -> (Opened, String) {
    let user = member.address.split('@').next().unwrap();
    let letters = desk.stack.wait_for(user, count, SOON);
    assert_eq!(letters.len(), count, "letters to {user}");
    let mut found = None;
    for raw in letters {
        let raw = crlf(&raw);
        let opened = member.reads(&raw);
        if opened.subject.contains(subject) {
            found = Some((opened, cut::field(&raw, "Reply-To").trim_matches(['<', '>']).to_owned()));
        }
    }
    found.unwrap_or_else(|| panic!("no “{subject}” among the letters to {user}"))
}

#[test]
fn a_case_is_titled_a_coordinator_admitted_and_a_leak_attempted_all_by_mail() {
    let stack = Stack::up_with(&[("USERS", &format!("bot alice bob carol {MALLORY} {DISCOVERER}"))]);
    let account = stack.account("bot");
    let mut desk = Desk::untried(stack, &[account], &[]);
    let folder = tempfile::tempdir().unwrap();
    let project = std::fs::read(desk.path("keys/project.asc")).unwrap();
    let [alice, bob] = [(ALICE, RSA), (BOB, CURVE25519)].map(|(address, kind)| {
        let member = Correspondent::new(address, kind, &project);
        let name = address.split('@').next().unwrap();
        desk.does(&["team", "add", name, address, "--key", &member.certificate(folder.path())]);
        member
    });
    desk.does(&["check", "--send"]);
    desk.start();

    let report = mail(DISCOVERER, "security@proj.test", "report@reporter.test", "", &format!("It is {SECRET}."));
    desk.stack.deliver(DISCOVERER, "security@proj.test", &report).unwrap();
    let (_, alices) = newest(&desk, &alice, 1, "case 1");
    let (_, bobs) = newest(&desk, &bob, 1, "case 1");
    assert_ne!(alices, bobs);

    // Alice names the case and asks Carol in, in one mail that she signs and encrypts.
    let orders = "Content-Type: text/plain\n\n!title Overflow in the grant table\n\
                  !add Carol Example <carol@proj.test> as coordinator\n\nAlice\n";
    desk.stack.submit("alice", &alices, &alice.writes(&alices, "orders", orders)).unwrap();
    let asked = desk.letter("carol", 1, "");
    assert!(!decoded(&asked.raw).windows(SECRET.len()).any(|at| at == SECRET.as_bytes()), "{}", asked.text());
    assert!(!asked.subject().contains("Overflow") && !asked.text().contains("Overflow"), "{}", asked.text());
    let shown = desk.does(&["case", "show", "1"]);
    assert!(shown.contains("Overflow in the grant table"), "{shown}");

    // Mallory, who saw a letter of the case on a list, gives commands in Alice's name, and in her own.
    let forged = "!tell reporter we give up\n!add Mallory <mallory@reporter.test> as coordinator";
    let refers = "In-Reply-To: <report@reporter.test>\n";
    for (number, (from, to)) in
        [(ALICE, "security@proj.test"), (ALICE, bobs.as_str()), (MALLORY, "security@proj.test")].iter().enumerate()
    {
        let raw = mail(from, to, &format!("forged-{number}@reporter.test"), refers, forged);
        desk.stack.deliver(MALLORY, to, &raw).unwrap();
    }

    // Carol agrees; only then she reads what it is about.
    let agreed = mail(CAROL, &asked.header("Reply-To"), "yes@proj.test", "", "agree");
    let to = asked.header("Reply-To").trim_matches(['<', '>']).to_owned();
    desk.stack.submit("carol", &to, &agreed).unwrap();
    let told = desk.letters("carol", 2).pop().unwrap();
    assert!(decoded(&told.raw).windows(SECRET.len()).any(|at| at == SECRET.as_bytes()), "{}", told.text());

    // Bob signs in clear.
    desk.stack.submit("bob", &bobs, &bob.signs(&bobs, "status", "!status\n")).unwrap();
    desk.handled(7);
    let rows = desk.deliveries();
    let to_mallory: Vec<&String> = rows.iter().filter(|row| row.contains(MALLORY)).collect();
    assert_eq!(to_mallory, [&format!("acknowledgement {MALLORY} sent")], "she is told that her own mail arrived");
    for letter in desk.stack.wait_for(MALLORY, 1, SOON) {
        let letter = String::from_utf8_lossy(&decoded(&letter)).into_owned();
        assert!(!letter.contains(SECRET) && !letter.contains("case 1") && !letter.contains("Overflow"), "{letter}");
    }
    let (status, ..) = desk.stop();
    assert!(status.success());
    let record = desk.does(&["audit", "list"]);
    assert_eq!(record.matches("refuse command").count(), 2, "{record}");
    desk.does(&["audit", "verify"]);
}
