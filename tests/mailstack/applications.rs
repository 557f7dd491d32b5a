//! An organisation applies on the public list, through real servers: the answer is in its mailbox and on the list, and a
//! member of the team decides with real gpg.

use super::correspondent::{Correspondent, RSA};
use super::cut;
use super::desk::{Desk, SOON};
use super::stack::Stack;
use crate::world::crlf;

const ALICE: &str = "alice@proj.test";
const LIST: &str = "predisclosure-applications@proj.test";
const VERA: &str = "vera@reporter.test";
const ALIAS: &str = "security@reporter.test";
const OF_ITEMS: &str = "Links:
- our services: https://www.reporter.test/services
- our prices: https://www.reporter.test/prices
- a page from which it is evident that we use Xen: https://www.reporter.test/xen
- how to report security problems to us: https://www.reporter.test/security

The single (non-personal) email alias you wish added to the predisclosure list:
security@reporter.test
";

fn mail(id: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: Vera Vendor <{VERA}>\nTo: {LIST}\nSubject: Application of Reporter Hosting Ltd\n\
         Date: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <{id}@reporter.test>\n{more}\n{text}"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

/// As a list server passes it on to who is subscribed.
fn by_list(raw: &[u8]) -> Vec<u8> {
    let mut copy = format!(
        "List-Id: Applications <predisclosure-applications.proj.test>\r\nList-Post: <mailto:{LIST}>\r\n\
         Sender: predisclosure-applications-bounces@proj.test\r\nPrecedence: list\r\n"
    )
    .into_bytes();
    copy.extend_from_slice(raw);
    copy
}

/// Somebody posts: it lies in the list's mailbox, and its server sends it on to the desk.
fn posts(desk: &Desk, raw: &[u8]) {
    desk.stack.deliver(VERA, LIST, raw).unwrap();
    desk.stack.deliver("predisclosure-applications-bounces@proj.test", "bot@proj.test", &by_list(raw)).unwrap();
}

fn state(desk: &Desk) -> String {
    desk.list("application")[0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn an_organisation_applies_completes_it_and_becomes_a_member_by_mail() {
    let users = format!("bot alice {LIST} {VERA} {ALIAS}");
    let stack = Stack::up_with(&[("USERS", &users)]);
    let account = stack.account("bot");
    let mut desk = Desk::untried(stack, &[account], &[]);
    let settings = std::fs::read_to_string(desk.path("embargod.toml")).unwrap();
    std::fs::write(desk.path("embargod.toml"), settings.replace("lists.proj.test", "proj.test")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let alice = Correspondent::new(ALICE, RSA, &std::fs::read(desk.path("keys/project.asc")).unwrap());
    desk.does(&["team", "add", "Alice", ALICE, "--key", &alice.certificate(folder.path())]);
    desk.does(&["check", "--send"]);
    desk.start();

    let first = "Dear team,\n\nplease add us to your predisclosure list.\n\n\
                 The name of your organization:\nReporter Hosting Ltd\n\n\
                 Domain name(s) which you use to provide Xen software/services:\nreporter.test\n\n\
                 A brief description of why you fit the criteria:\n\
                 We are a public hosting provider, and all our virtual servers run on Xen.\n\n\
                 A statement that you have read this policy and agree to abide by the terms:\n\
                 We have read the policy and agree to abide by its terms.\n\nVera\n";
    posts(&desk, &mail("apply-1", "", first));
    let answer = desk.letter(VERA, 1, "Application of Reporter Hosting Ltd");
    assert!(answer.text().contains("✗ Page: rates"), "{}", answer.text());
    assert!(answer.text().contains("✓ Name of the organisation"), "{}", answer.text());
    let on_list = desk.stack.wait_for(LIST, 2, SOON).into_iter().map(|raw| crlf(&raw));
    let post = on_list.into_iter().find(|raw| cut::field(raw, "From").contains("security@proj.test")).unwrap();
    assert_eq!(desk.verdict(&post).as_deref(), Ok(desk.list("key")[0]["fingerprint"].as_str().unwrap()));
    assert_eq!(cut::field(&post, "In-Reply-To"), "<apply-1@reporter.test>");
    assert_eq!(state(&desk), "incomplete");

    let refers = format!("In-Reply-To: {}\n", answer.message_id());
    posts(&desk, &mail("apply-2", &refers, OF_ITEMS));
    let answer = desk.letters(VERA, 2).pop().unwrap();
    assert!(answer.text().contains("Everything is there."), "{}", answer.text());
    assert_eq!(state(&desk), "complete");

    let notice = desk.stack.wait_for("alice", 2, SOON).into_iter().map(|raw| crlf(&raw));
    let notice = notice.into_iter().find(|raw| alice.reads(raw).subject.contains("complete")).unwrap();
    let to = cut::field(&notice, "Reply-To").trim_matches(['<', '>']).to_owned();
    desk.stack.submit("alice", &to, &alice.signs(&to, "decides", "accept\n")).unwrap();
    let asked = desk.letter(ALIAS, 1, "Does this address belong on the predisclosure list?");
    let decision = desk.letters(VERA, 3).pop().unwrap();
    assert!(decision.text().contains("ACCEPTED"), "{}", decision.text());
    let to = asked.header("Reply-To").trim_matches(['<', '>']).to_owned();
    let confirms = format!(
        "From: {ALIAS}\r\nTo: {to}\r\nSubject: Re: this address\r\nDate: Mon, 07 Dec 2026 11:00:00 +0000\r\n\
         Message-ID: <yes@reporter.test>\r\n\r\nconfirm\r\n"
    );
    desk.stack.deliver(ALIAS, &to, confirms.as_bytes()).unwrap();
    let welcome = desk.letter(ALIAS, 2, "Welcome");
    assert!(!welcome.text().is_empty());
    let members = desk.list("member");
    assert_eq!(members[0]["state"], "active", "{members:?}");
    assert_eq!(members[0]["name"], "Reporter Hosting Ltd");
    for raw in desk.stack.wait_for(LIST, 5, SOON) {
        let post = String::from_utf8_lossy(&raw).into_owned();
        let ours = post.contains("From: \"Xen Project Security Team\"") || post.contains("<security@proj.test>");
        assert!(!ours || !post.contains(ALIAS), "the list never learns the address from us: {post}");
    }
    let (status, ..) = desk.stop();
    assert!(status.success());
    desk.does(&["audit", "verify"]);
}
