//! What the tests rely on: the servers deliver, stamp, strip and refuse as the world does.

use std::time::Duration;

use super::dkim::Domain;
use super::stack::Stack;

const SOON: Duration = Duration::from_secs(10);
const FORGED: &str = "Authentication-Results: mx.proj.test; dmarc=pass header.from=proj.test\r\n";

fn header(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    text.split_once("\n\n").map_or(text.clone(), |(header, _)| header.to_owned())
}

#[test]
fn only_mail_of_a_user_is_stamped_and_a_forged_stamp_is_removed() {
    let stack = Stack::up();
    let mail = format!(
        "{FORGED}Authentication-Results : (a comment) mx.proj.test; dmarc=pass\r\n\
         Authentication-Results: mx.example.net; spf=pass\r\n\
         From: Alice <alice@proj.test>\r\nSubject: hello\r\n\r\nhello\r\n"
    );
    stack.deliver("mallory@example.net", "security@proj.test", mail.as_bytes()).unwrap();
    let stranger = header(&stack.wait_for("bot", 1, SOON)[0]);
    assert!(!stranger.contains("mx.proj.test; dmarc"), "{stranger}");
    assert!(stranger.contains("mx.example.net; spf=pass"), "what others stamped stays: {stranger}");

    stack.submit("alice", "security+abc@proj.test", mail.as_bytes()).unwrap();
    let user = header(&stack.wait_for("bot", 2, SOON)[1]);
    assert_eq!(user.matches("Authentication-Results: mx.proj.test; dmarc=pass header.from=proj.test").count(), 1);
    assert_eq!(user.matches("mx.proj.test; dmarc").count(), 1, "{user}");
    assert!(user.contains("\nDelivered-To: bot+abc@proj.test\n"), "an alias keeps the detail: {user}");

    let foreign = "From: mallory@example.net\r\nSubject: hello\r\n\r\nhello\r\n";
    stack.submit("alice", "security@proj.test", foreign.as_bytes()).unwrap();
    let foreign = header(&stack.wait_for("bot", 3, SOON)[2]);
    assert!(!foreign.contains("dmarc=pass"), "{foreign}");
}

#[test]
fn a_stamp_inside_an_attached_message_is_left_alone() {
    let stack = Stack::up();
    let mail = format!(
        "From: mallory@example.net\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n\
         {FORGED}From: alice@proj.test\r\n\r\nhello\r\n"
    );
    stack.deliver("mallory@example.net", "bot@proj.test", mail.as_bytes()).unwrap();
    let arrived = String::from_utf8(stack.wait_for("bot", 1, SOON).remove(0)).unwrap().replace("\r\n", "\n");
    assert!(arrived.ends_with(&mail[mail.find(FORGED).unwrap()..].replace("\r\n", "\n")), "{arrived}");
}

#[test]
fn every_recipient_has_a_copy_of_their_own() {
    let stack = Stack::up_with(&[("ALIASES", "security=bot pair=alice,discoverer@reporter.test"), ("FANOUT", "3")]);
    let mail = b"From: x@example.net\r\nSubject: both\r\n\r\nhello\r\n";
    stack.deliver("", "pair@proj.test", mail).unwrap();
    stack.deliver("", "fanout@proj.test", mail).unwrap();
    for user in ["alice@proj.test", "discoverer@reporter.test", "m1@proj.test", "m3@proj.test"] {
        let header = header(&stack.wait_for(user, 1, SOON)[0]);
        assert!(header.contains(&format!("\nDelivered-To: {user}\n")), "{header}");
        assert!(header.starts_with("Return-Path: <>\n"), "{header}");
    }
}

#[test]
fn strangers_mail_is_judged_by_what_their_domain_says_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let strict = Domain::new("member.test", folder.path());
    let zone = folder.path().join("zone");
    std::fs::write(&zone, strict.zone("reject")).unwrap();
    let stack = Stack::up_with(&[("ZONE", &zone.to_string_lossy())]);
    let raw = "From: Vera <vera@member.test>\r\nTo: bot@proj.test\r\nSubject:  hello \r\n\r\nhello  world \r\n\r\n\r\n";
    let signed = strict.signs(raw, &["From", "To", "Subject"]);
    let changed = String::from_utf8(signed.clone()).unwrap().replace("world", "moon");
    let forged = format!("{}{raw}", FORGED.replace("from=proj", "from=member"));
    let nobodys = raw.replace("member.test", "nobody.test");
    for (mail, stamped) in [
        (signed.as_slice(), "dmarc=pass (p=reject dis=none) header.from=member.test"),
        (changed.as_bytes(), "dmarc=fail (p=reject dis=none) header.from=member.test"),
        (forged.as_bytes(), "dmarc=fail (p=reject dis=none) header.from=member.test"),
        (nobodys.as_bytes(), "dmarc=none (p=none dis=none) header.from=nobody.test"),
    ] {
        let before = stack.mailbox("bot").len();
        stack.deliver("vera@member.test", "bot@proj.test", mail).unwrap();
        let header = header(&stack.wait_for("bot", before + 1, SOON)[before]);
        assert!(header.contains(stamped), "{stamped}: {header}");
        assert_eq!(header.matches("Authentication-Results: mx.proj.test;").count(), 1, "{header}");
    }
}
