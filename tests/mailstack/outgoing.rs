//! Mail out by SMTP, to the real Postfix.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use embargod::post::imap::TlsMode;
use embargod::post::smtp::{Smtp, SmtpServer};
use embargod::post::{NotSent, Parcel};
use jiff::Timestamp;

use super::stack::Stack;

const SOON: Duration = Duration::from_secs(10);

fn letter(from: Option<&str>, to: &str, bytes: &[u8]) -> Parcel {
    Parcel {
        id: 1,
        envelope_from: from.map(|address| address.parse().unwrap()),
        envelope_to: to.parse().unwrap(),
        kind: "acknowledgement",
        at: Timestamp::UNIX_EPOCH,
        bytes: bytes.into(),
    }
}

const BYTES: &[u8] = b"From: security@proj.test\r\nSubject: we have it\r\n\r\n.a dot\r\n\r\nFrom here.\r\n";

/// What arrived, without what the servers put on top; Dovecot stores LF.
fn body(mail: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    text.split_once("\n\n").expect("a header").1.replace('\n', "\r\n").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_byte_for_byte_over_both_ways_to_tls() {
    let stack = Stack::up();
    let starttls = stack.submission("bot");
    let implicit = SmtpServer { tls: TlsMode::Implicit, port: stack.port("SMTPS_PORT"), ..starttls.clone() };
    for (count, server) in [starttls, implicit].iter().enumerate() {
        let smtp = Smtp::new(server).unwrap();
        smtp.probe().await.unwrap();
        let parcel = letter(Some("security+k3v9@proj.test"), "discoverer@reporter.test", BYTES);
        smtp.send(&parcel).await.unwrap();
        let mail = stack.wait_for("discoverer@reporter.test", count + 1, SOON).remove(count);
        assert!(mail.starts_with(b"Return-Path: <security+k3v9@proj.test>"), "{}", String::from_utf8_lossy(&mail));
        assert_eq!(body(&mail), b".a dot\r\n\r\nFrom here.\r\n", "nothing added, nothing lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_may_have_the_null_return_path() {
    let stack = Stack::up();
    let smtp = Smtp::new(&stack.submission("bot")).unwrap();
    smtp.send(&letter(None, "alice@proj.test", BYTES)).await.unwrap();
    assert!(stack.wait_for("alice", 1, SOON)[0].starts_with(b"Return-Path: <>\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_told_from_what_must_wait() {
    let stack = Stack::up();
    let smtp = Smtp::new(&stack.submission("bot")).unwrap();
    for (to, refused, why) in [
        ("unknown@proj.test", true, "550"),
        ("anybody@permfail.test", true, "550"),
        ("anybody@example.com", true, "550"),
        ("jürgen@permfail.test", true, ""),
        ("anybody@tempfail.test", false, "450"),
    ] {
        let error = smtp.send(&letter(None, to, BYTES)).await.unwrap_err();
        assert_eq!(matches!(error, NotSent::Refused(_)), refused, "{to}: {error}");
        assert!(error.to_string().contains(why), "{to}: {error}");
        // The next letter is not harmed by it.
        smtp.send(&letter(None, "alice@proj.test", BYTES)).await.unwrap();
    }
    assert_eq!(stack.wait_for("alice", 5, SOON).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_troubles_are_not_the_letters_fault() {
    let (stack, other) = (Stack::up(), Stack::up());
    let server = stack.submission("bot");
    for broken in [
        SmtpServer { password: Some("wrong".into()), ..server.clone() }, // 535: a 5yz, but not about the letter.
        SmtpServer { ca: Some(other.ca()), ..server.clone() },
        SmtpServer { ca: None, ..server.clone() },
        SmtpServer { host: "127.0.0.2".to_owned(), ..server.clone() },
        SmtpServer { port: 1, ..server.clone() },
    ] {
        let smtp = Smtp::new(&broken).unwrap();
        let error = smtp.send(&letter(None, "alice@proj.test", BYTES)).await.unwrap_err();
        assert!(matches!(error, NotSent::NotNow(_)), "{error}");
        assert!(smtp.probe().await.is_err());
    }
    let clear = Smtp::new(&SmtpServer { port: stack.port("SMTP_PORT"), user: None, password: None, ..server }).unwrap();
    clear.send(&letter(None, "alice@proj.test", BYTES)).await.unwrap(); // Port 25 offers STARTTLS, too.
    assert_eq!(stack.wait_for("alice", 1, SOON).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_the_server_ended_meanwhile_is_replaced() {
    let stack = Stack::up();
    let smtp = Smtp::new(&stack.submission("bot")).unwrap();
    let numbered =
        |number: usize| letter(None, "alice@proj.test", format!("Subject: letter {number}.\r\n\r\n").as_bytes());
    smtp.send(&numbered(1)).await.unwrap();
    stack.fault("mail-down");
    let down = smtp.send(&numbered(2)).await.unwrap_err();
    assert!(matches!(down, NotSent::NotNow(_)), "{down}");
    stack.fault("mail-up");
    smtp.send(&numbered(3)).await.unwrap();
    stack.fault("mail-down");
    stack.fault("mail-up");
    smtp.send(&numbered(4)).await.unwrap();
    stack.wait_until("alice", "INBOX", SOON, |mails| {
        let there =
            |number| mails.iter().any(|mail| String::from_utf8_lossy(mail).contains(&format!("letter {number}.")));
        [1, 3, 4].into_iter().all(there)
    });
}

/// Gives up on `work` the moment it is woken for the `wakes`-th time: an answer is there and was not read.
async fn given_up<T>(work: impl Future<Output = T>, wakes: usize) -> Option<T> {
    let (mut work, mut left) = (pin!(work), wakes);
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A send that is given up at any point leaves no answer behind for the next letter to mistake for its own.
#[tokio::test]
async fn a_send_given_up_half_way_does_not_spoil_the_next() {
    let stack = Stack::up();
    let smtp = Smtp::new(&stack.submission("bot")).unwrap();
    let mut given_up_on = 0;
    for wakes in 1.. {
        smtp.send(&letter(None, "alice@proj.test", BYTES)).await.unwrap(); // There is a connection to use again.
        let parcel = letter(None, "carol@proj.test", BYTES);
        if given_up(smtp.send(&parcel), wakes).await.is_some() {
            break;
        }
        given_up_on += 1;
        let refused = smtp.send(&letter(None, "unknown@proj.test", BYTES)).await.unwrap_err();
        assert!(matches!(refused, NotSent::Refused(_)), "after {wakes} wakes: {refused}");
    }
    assert!(given_up_on >= 5, "NOOP, MAIL, RCPT, DATA and the dot each have an answer; {given_up_on}");
    stack.wait_for("alice", given_up_on + 1, SOON);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_letter_goes_through() {
    let stack = Stack::up();
    let smtp = Smtp::new(&stack.submission("bot")).unwrap();
    let mut bytes = BYTES.to_vec();
    while bytes.len() < 20_000_000 {
        bytes.extend_from_slice(b".123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    }
    smtp.send(&letter(None, "alice@proj.test", &bytes)).await.unwrap();
    let mail = stack.wait_for("alice", 1, Duration::from_secs(30)).remove(0);
    assert_eq!(body(&mail).len(), bytes.len() - "From: security@proj.test\r\nSubject: we have it\r\n\r\n".len());
    bytes.extend_from_within(..); // 40 MB: over the server's limit, for good.
    bytes.extend_from_slice(&vec![b'x'; 2_000_000]);
    let error = smtp.send(&letter(None, "alice@proj.test", &bytes)).await.unwrap_err();
    assert!(matches!(error, NotSent::Refused(_)), "{error}");
}
