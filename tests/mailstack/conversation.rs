//! What people and servers send back: answers of the team, proven and not, bounces and vacation notices.

use super::cut;
use super::desk::{BOTH, DISCOVERER, Desk, SOON};
use super::stack::Stack;
use crate::world::{Letter, crlf};

/// What the tests' Postfix writes for its users, and takes away from everybody else's mail.
const FORGED: &str = "Authentication-Results: mx.proj.test; dmarc=pass header.from=proj.test\r\n";

fn mail(from: &str, to: &str, subject: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, 07 Dec 2026 10:00:00 +0000\r\n\
         Message-ID: <{}.{}>\r\n{more}\r\n{text}\r\n",
        subject.replace([' ', ':'], "-"),
        from.rsplit(['<', ' ']).next().unwrap().trim_end_matches('>')
    )
    .into()
}

fn answer(to: &str, more: &str) -> Vec<u8> {
    mail("Alice <alice@proj.test>", to, "Re: overflow", more, "Thank you, Dana. We fix it on Friday.")
}

/// A desk with one case; gives Alice's relay of the report.
fn with_a_case() -> (Desk, Letter) {
    let desk = Desk::open();
    let report = mail("Dana Doe <discoverer@reporter.test>", "security@proj.test", "overflow", "", "It overflows.");
    desk.stack.deliver(DISCOVERER, "security@proj.test", &report).unwrap();
    desk.letters(DISCOVERER, 1);
    let relay = desk.letter("alice", 1, "overflow");
    (desk, relay)
}

#[test]
fn an_answer_by_the_second_address_reaches_the_discoverer_and_their_reply_the_team() {
    let (desk, relay) = with_a_case();
    let both = relay.address_after(BOTH);
    desk.stack.submit("alice", &both, &answer(&both, "")).unwrap();
    let answered = desk.letters(DISCOVERER, 2).pop().unwrap();
    assert!(answered.text().contains("We fix it on Friday."), "{}", answered.text());
    assert!(!String::from_utf8_lossy(&answered.raw).contains(&both), "Alice's reply address is hers alone");
    assert!(desk.letters("bob", 2)[1].text().contains("It also went to the discoverer"));
    desk.letters("alice", 3);
    // A copy without proof comes by another way: it changes nothing and alarms nobody.
    desk.stack.deliver("alice@proj.test", &both, &answer(&both, "")).unwrap();
    assert_eq!(desk.handled(3)[2], "the same mail as 2, by another way");

    let thanks = format!("In-Reply-To: {}\r\n", answered.message_id());
    let reply = mail("Dana Doe <discoverer@reporter.test>", "security@proj.test", "Re: your report", &thanks, "Good.");
    desk.stack.deliver(DISCOVERER, "security@proj.test", &reply).unwrap();
    assert!(desk.letters("bob", 3)[2].subject().contains("case 1"));
    assert_eq!(desk.handled(4)[3], "joined case 1 by reference");
    assert_eq!(desk.letters("alice", 4).len(), 4);
}

/// The same bytes as a proven answer has, over the port of strangers; the server takes the forged header away. Alice
/// does what the refusal says, and sends it again through her own server.
#[test]
fn without_proof_the_answer_goes_to_the_team_alone_and_whose_name_was_used_is_told() {
    let (desk, relay) = with_a_case();
    let both = relay.address_after(BOTH);
    desk.stack.deliver("alice@proj.test", &both, &answer(&both, FORGED)).unwrap();
    assert_eq!(desk.handled(2)[1], "joined case 1 by its reply address");
    let refusal = desk.letter("alice", 3, "NOT sent to the discoverer");
    assert!(refusal.text().contains("What to do, if you wrote it:"), "{}", refusal.text());
    assert!(desk.letters("bob", 2)[1].text().contains("It did NOT go there"));
    let to_the_discoverer: Vec<String> =
        desk.deliveries().into_iter().filter(|delivery| delivery.contains(DISCOVERER)).collect();
    assert_eq!(to_the_discoverer, [format!("acknowledgement {DISCOVERER} sent")]);
    assert_eq!(desk.letters(DISCOVERER, 1).len(), 1);
    let arrived = desk.stack.wait_in("bot", "Archive", 2, SOON).remove(1);
    assert!(!String::from_utf8_lossy(&arrived).contains("dmarc"), "the server took it away");

    desk.stack.submit("alice", &both, &answer(&both, FORGED)).unwrap();
    assert!(desk.letters(DISCOVERER, 2)[1].text().contains("We fix it on Friday."));
    let sent = desk.letter("alice", 5, "on its way to the discoverer");
    assert!(sent.text().contains("the team (2 members"), "{}", sent.text());
    assert!(
        desk.letters("bob", 3)[2].text().contains("It also went to the discoverer"),
        "Bob hears that it went out after all"
    );
}

#[test]
fn an_answer_to_the_relay_itself_reaches_the_team_alone() {
    let (desk, relay) = with_a_case();
    let team = relay.header("Reply-To").trim_matches(['<', '>']).to_owned();
    desk.stack.submit("alice", &team, &answer(&team, "")).unwrap();
    assert!(desk.letters("bob", 2)[1].text().contains("We passed it to the team only."));
    desk.letters("alice", 2);
    assert_eq!(
        desk.deliveries(),
        [
            format!("acknowledgement {DISCOVERER} sent"),
            "relay alice@proj.test sent".to_owned(),
            "relay alice@proj.test sent".to_owned(),
            "relay bob@proj.test sent".to_owned(),
            "relay bob@proj.test sent".to_owned(),
        ]
    );
}

/// gone@ is taken by the server and comes back as a report (RFC 3464); left@ is refused at once.
#[test]
fn a_bounce_at_its_key_reaches_the_team_and_nothing_answers_it_or_a_vacation_notice() {
    let stack = Stack::up();
    let account = stack.account("bot");
    let mut desk = Desk::of(stack, &[account], &["alice@proj.test", "gone@bounce.test", "left@proj.test"]);
    desk.start();
    let report = mail("Dana Doe <discoverer@reporter.test>", "security@proj.test", "overflow", "", "It overflows.");
    desk.stack.deliver(DISCOVERER, "security@proj.test", &report).unwrap();

    // Two to gone@ bounce: the relay, of which the team hears, and the alert that left@ cannot be reached.
    let relay = desk.letter("alice", 3, "] overflow");
    assert!(desk.letter("alice", 3, "not be delivered").text().contains("left@proj.test"));
    let told = desk.letter("alice", 3, "gone@bounce.test did not arrive").text();
    assert!(told.contains("a copy of case mail for a member of the team"), "{told}");
    let handled = desk.handled(3);
    assert_eq!(handled[0], "opened case 1");
    let bounced = |reason: &String| reason.starts_with("about delivery ") && reason.ends_with(": failed");
    assert!(handled[1..].iter().all(bounced), "{handled:?}");

    let return_path = relay.from.clone().unwrap();
    let away = "Auto-Submitted: auto-replied\r\n";
    let away = mail("Alice <alice@proj.test>", &return_path, "Automatic reply", away, "I am away.");
    desk.stack.submit("alice", &return_path, &away).unwrap();
    assert!(desk.handled(4)[3].starts_with("no report about delivery "));

    // What a mail leads to commits with its being done: this list is whole.
    assert_eq!(
        desk.deliveries(),
        [
            format!("acknowledgement {DISCOVERER} sent"),
            "alert alice@proj.test sent".to_owned(),
            "alert alice@proj.test sent".to_owned(),
            "alert gone@bounce.test sent".to_owned(),
            "alert left@proj.test failed".to_owned(),
            "relay alice@proj.test sent".to_owned(),
            "relay gone@bounce.test sent".to_owned(),
            "relay left@proj.test failed".to_owned(),
        ]
    );
    let mut keys: Vec<String> = desk.stack.wait_in("bot", "Archive", 4, SOON)[1..]
        .iter()
        .map(|mail| cut::field(&crlf(mail), "Delivered-To"))
        .collect();
    assert!(keys.iter().all(|to| to.starts_with("bot+") && to.ends_with("@proj.test")), "{keys:?}");
    keys.dedup();
    assert_eq!(keys.len(), 3, "each letter has a return path of its own: {keys:?}");
}
