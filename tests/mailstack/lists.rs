//! The lists on real servers: a member's post, signed by its own domain (DKIM) and judged by opendkim and opendmarc, is held,
//! let through by a moderator's real mail, and delivered to exactly the members; one whose server refuses is told of.

use std::fs;

use super::correspondent::{CURVE25519, Correspondent, Opened, RSA};
use super::cut;
use super::desk::{Desk, SOON};
use super::dkim::Domain;
use super::stack::Stack;
use crate::world::crlf;

const DISCUSS: &str = "xen-security-issues-discuss@lists.proj.test";
const ALICE: &str = "alice@proj.test";
const RSA_MEMBER: &str = "security@member.test";
const CURVE_MEMBER: &str = "curve@member.test";
const PLAIN_MEMBER: &str = "plain@member.test";
/// Its server takes mail and refuses it afterwards.
const GONE_MEMBER: &str = "gone@bounce.test";

const POST: &str = "From: Vera <security@member.test>\r
To: xen-security-issues-discuss@lists.proj.test\r
Subject: Fixed images for XSA-470\r
Date: Mon, 07 Dec 2026 09:00:00 +0000\r
Message-ID: <post-1@member.test>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=\"parts\"\r
\r
--parts\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello,\r
\r
we have built fixed images – ask us where.   \r
--parts\r
Content-Type: text/x-patch; name=\"xsa470.patch\"\r
Content-Disposition: attachment; filename=\"xsa470.patch\"\r
\r
--- a/xen/common/grant_table.c\r
+++ b/xen/common/grant_table.c\r
--parts--\r
";

/// A copy as a member has it, without what its own server put on top.
fn as_sent(raw: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(crlf(raw)).unwrap();
    let mut lines = text.split_inclusive("\r\n").peekable();
    let mut kept = String::new();
    let mut above = true;
    while let Some(line) = lines.next() {
        let of_server = [
            "Return-Path:",
            "Delivered-To:",
            "Received: from mx.proj.test\r\n",
            "Received: from localhost",
            "Received: from vm",
            "Received: from desk",
        ];
        if above && of_server.iter().any(|name| line.starts_with(name)) {
            while lines.peek().is_some_and(|next| next.starts_with([' ', '\t'])) {
                lines.next();
            }
            continue;
        }
        above = false;
        kept.push_str(line);
    }
    kept.into_bytes()
}

/// The letter to Alice that she looks for, as it came and as she reads it.
fn to_alice(desk: &Desk, alice: &Correspondent, is_it: impl Fn(&Opened) -> bool) -> (Vec<u8>, Opened) {
    let found = |mails: &[Vec<u8>]| {
        let mut read = mails.iter().map(|raw| crlf(raw)).map(|raw| (alice.reads(&raw), raw));
        read.find(|(letter, _)| is_it(letter)).map(|(letter, raw)| (raw, letter))
    };
    let mails = desk.stack.wait_until("alice", "INBOX", SOON, |mails| found(mails).is_some());
    found(&mails).expect("it was there")
}

#[test]
fn a_members_post_goes_to_exactly_the_members_once_a_moderator_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let domain = Domain::new("member.test", folder.path());
    let zone = folder.path().join("zone");
    fs::write(&zone, domain.zone("reject")).unwrap();
    let users = format!("bot alice bob carol {RSA_MEMBER} {CURVE_MEMBER} {PLAIN_MEMBER}");
    let stack = Stack::up_with(&[("ZONE", &zone.to_string_lossy()), ("REPORTER", "member.test"), ("USERS", &users)]);
    let account = stack.account("bot");
    let mut desk = Desk::untried(stack, &[account], &[]);
    let project = fs::read(desk.path("keys/project.asc")).unwrap();
    let [alice, rsa, curve] = [(ALICE, RSA), (RSA_MEMBER, RSA), (CURVE_MEMBER, CURVE25519)]
        .map(|(address, algorithms)| Correspondent::new(address, algorithms, &project));
    desk.does(&["team", "add", "Alice", ALICE, "--moderator", "--key", &alice.certificate(folder.path())]);
    desk.does(&["team", "add", "Bob", "bob@proj.test"]);
    let members = folder.path().join("members.csv");
    fs::write(
        &members,
        format!(
            "name,address,certificate\nMember Ltd,{RSA_MEMBER},{}\nCurve & Sons,{CURVE_MEMBER},{}\n\
             Plain Hosting,{PLAIN_MEMBER},\nGone Hosting,{GONE_MEMBER},\n",
            rsa.certificate(folder.path()),
            curve.certificate(folder.path())
        ),
    )
    .unwrap();
    desk.does(&["member", "import", &members.to_string_lossy(), "--confirmed"]);
    desk.does(&["check", "--send"]);
    desk.start();

    let post = domain.signs(POST, &["From", "To", "Subject", "Date", "Message-ID"]);
    desk.stack.deliver(RSA_MEMBER, DISCUSS, &post).unwrap();
    let (notice, shown) = to_alice(&desk, &alice, |letter| letter.subject.contains("Held: Fixed images for XSA-470"));
    assert!(shown.text.contains("the role address of the member Member Ltd"), "{}", shown.text);
    assert!(shown.text.contains("vouches for that (DMARC)"), "{}", shown.text);
    assert_eq!(desk.list("held")[0]["state"], "held");
    let line = rsa.reads(&crlf(&desk.stack.wait_for(RSA_MEMBER, 1, SOON)[0]));
    assert!(line.text.contains("waits for a moderator"), "{}", line.text);

    let to = cut::field(&notice, "Reply-To").trim_matches(['<', '>']).to_owned();
    let approves = format!(
        "From: Alice <{ALICE}>\r\nTo: {to}\r\nSubject: Re: post\r\nDate: Mon, 07 Dec 2026 09:30:00 +0000\r\n\
         Message-ID: <approves@proj.test>\r\n\r\nApprove\r\n\r\n-- \r\nSent from my telephone\r\n"
    );
    desk.stack.submit("alice", &to, approves.as_bytes()).unwrap();

    // In clear: the author's bytes under the headers of the list; its own server judges it as the author's.
    let plain = desk.stack.wait_for(PLAIN_MEMBER, 1, SOON).remove(0);
    let copy = as_sent(&plain);
    let text = String::from_utf8(copy.clone()).unwrap();
    for field in ["List-Id", "List-Post", "List-Owner", "List-Help", "X-BeenThere", "Precedence", "Sender"] {
        assert!(!cut::field(&copy, field).is_empty(), "{field} in {text}");
    }
    assert_eq!(cut::field(&copy, "From"), "Vera <security@member.test>", "receivers would not refuse it");
    assert!(text.ends_with(&POST[POST.find("\r\n\r\n").unwrap()..]), "the body is the author's: {text}");
    assert!(cut::field(&crlf(&plain), "Return-Path").starts_with("<security+"), "bounces come to a key of ours");
    desk.stack.deliver("bounces@lists.proj.test", "carol@proj.test", &copy).unwrap();
    let judged = String::from_utf8_lossy(&desk.stack.wait_for("carol", 1, SOON).remove(0)).into_owned();
    assert!(judged.contains("dkim=pass"), "the author's signature still holds: {judged}");
    assert!(judged.contains("mx.proj.test; dmarc=pass (p=reject dis=none) header.from=member.test"), "{judged}");

    // In cipher: the original inside, readable with the member's own gpg only.
    let own = desk.stack.wait_for(RSA_MEMBER, 2, SOON).into_iter().map(|raw| crlf(&raw));
    let own = own.into_iter().find(|raw| !cut::field(raw, "List-Id").is_empty()).unwrap();
    let others = crlf(&desk.stack.wait_for(CURVE_MEMBER, 1, SOON).remove(0));
    for (member, raw) in [(&rsa, &own), (&curve, &others)] {
        let opened = member.reads(raw);
        let all = String::from_utf8_lossy(&opened.all).into_owned();
        assert!(opened.subject.contains("Fixed images for XSA-470"), "{}", opened.subject);
        assert!(all.contains("we have built fixed images") && all.contains("grant_table.c"), "{all}");
        assert_eq!(cut::field(raw, "List-Id"), cut::field(&copy, "List-Id"));
        assert!(!String::from_utf8_lossy(raw).contains("fixed images"));
    }

    // Exactly the members, each by a delivery of their own.
    let posts: Vec<String> = desk.deliveries().into_iter().filter(|row| row.starts_with("post ")).collect();
    let expected = [CURVE_MEMBER, GONE_MEMBER, PLAIN_MEMBER, RSA_MEMBER].map(|to| format!("post {to} sent"));
    assert_eq!(posts, expected);

    // The one whose server refuses: in words, with what it said.
    let (_, alert) =
        to_alice(&desk, &alice, |letter| letter.text.contains("Gone Hosting") && letter.text.contains("5.1.1"));
    assert!(alert.text.contains("550 5.1.1 <gone@bounce.test>"), "what its server said: {}", alert.text);
    assert_eq!(desk.list("held")[0]["state"], "approved");
    assert_eq!(desk.list("held")[0]["decided_by"], ALICE);
    assert!(desk.list("member").iter().all(|member| member["state"] == "active"), "nobody is removed by a bounce");
    let (status, ..) = desk.stop();
    assert!(status.success());
    desk.does(&["audit", "verify"]);
}
