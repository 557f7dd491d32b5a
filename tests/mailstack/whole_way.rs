//! The whole way of a report, through real servers: handed to Postfix by a stranger, taken from Dovecot, answered and
//! relayed through Postfix, and read in real mailboxes with real gpg.

use std::io::Write;
use std::time::{Duration, Instant};

use super::cut;
use super::desk::{DISCOVERER, Desk, SOON};
use super::gpg::Gpg;
use crate::world::Letter;

const ACKNOWLEDGED: &str = "Your report is case 1";

fn report(subject: &str, rest: &str) -> Vec<u8> {
    format!(
        "From: Dana Doe <{DISCOVERER}>\nTo: security@proj.test\nSubject: {subject}\n\
         Date: Mon, 07 Dec 2026 09:12:04 +0000\nMessage-ID: <{}@reporter.test>\nMIME-Version: 1.0\n{rest}",
        subject.replace(' ', "-")
    )
    .replace('\n', "\r\n")
    .into()
}

/// A stranger hands the report in; the acknowledgement and both relays arrive. Gives one relay's mail as received.
fn goes_the_whole_way(desk: &Desk, subject: &str, raw: &[u8]) -> Vec<u8> {
    desk.stack.deliver(DISCOVERER, "security@proj.test", raw).unwrap();
    let thanks = desk.letter(DISCOVERER, 1, ACKNOWLEDGED);
    assert_eq!(thanks.from, None, "the null return path");
    assert_eq!(thanks.header("Auto-Submitted"), "auto-replied");
    assert!(!String::from_utf8_lossy(&thanks.raw).contains(subject), "it repeats nothing of the report");
    let [alices, bobs] = ["alice", "bob"].map(|member| {
        let relay = desk.letter(member, 1, subject);
        assert!(relay.from.as_ref().is_some_and(|from| from.starts_with("security+")), "{:?}", relay.from);
        (as_received(&relay, raw), relay.header("Reply-To"))
    });
    assert_eq!(alices.0, bobs.0);
    assert_ne!(alices.1, bobs.1, "each has a reply address of their own");
    alices.0
}

/// The mail inside a relay. Its end is what was handed in, byte for byte; before that stands only what servers put on
/// top of a mail they take and deliver.
fn as_received(relay: &Letter, handed_in: &[u8]) -> Vec<u8> {
    let signed = cut::parts(&relay.raw)[0];
    let part = cut::parts(signed).into_iter().find(|part| cut::header(part).contains("as-received.eml"));
    let inside = cut::content(part.expect("the mail as received"));
    let on_top = inside.strip_suffix(handed_in).expect("every byte as it was handed in");
    for line in cut::header(&[on_top, b"\r\n"].concat()).lines() {
        let name = line.split(':').next().unwrap();
        assert!(["Return-Path", "Delivered-To", "Received"].contains(&name), "not a server's field: {line}");
    }
    inside
}

fn kind_inside(relay: &Letter) -> String {
    let parts = cut::parts(cut::parts(&relay.raw)[0]);
    cut::field(parts.into_iter().find(|part| cut::header(part).contains("as-received.eml")).unwrap(), "Content-Type")
}

/// The account would be polled once an hour, and IDLE renewed every five minutes: only Dovecot's call explains this.
#[test]
fn idle_wakes_the_desk_and_a_plain_report_is_acknowledged_and_relayed() {
    let desk = Desk::open();
    let text = "\nIt overflows.\n\n.a dot\n..\nFrom here on it is lost.  \n\ttabs\t\n\n-- \nDana\n\n";
    goes_the_whole_way(&desk, "plain overflow", &report("plain overflow", text));
    let relay = desk.letter("alice", 1, "plain overflow");
    assert!(kind_inside(&relay).starts_with("message/rfc822"), "it opens with a click");
    assert!(desk.verdict(&relay.raw).is_ok());
    let altered = String::from_utf8(relay.raw).unwrap().replace("It overflows.", "It does not.");
    assert!(desk.verdict(altered.as_bytes()).is_err(), "gpg would tell");
    assert_eq!(desk.handled(1), ["opened case 1"]);
}

#[test]
fn a_signed_report_still_verifies_inside_the_relay() {
    let (desk, discoverers) = (Desk::open(), Gpg::fresh());
    let key = discoverers.make_key(&format!("Dana Doe <{DISCOVERER}>"), "ed25519", "sign", "never", "");
    let text = "Content-Type: text/plain; charset=us-ascii\r\n\r\nIt overflows.\r\n\r\n- Dana\r\n";
    let rest = format!(
        "Content-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\";\n\
         \tboundary=\"frontier\"\n\n--frontier\n{text}\n--frontier\nContent-Type: application/pgp-signature\n\n\
         {}\n--frontier--\n",
        discoverers.sign(text.as_bytes())
    );
    let raw = report("signed overflow", &rest.replace("\r\n", "\n"));
    let inside = goes_the_whole_way(&desk, "signed overflow", &raw);
    let [signed, signature] = cut::parts(&inside)[..] else { panic!("two parts") };
    assert_eq!(discoverers.verify(cut::body(signature), signed), Some(key));
}

#[test]
fn a_report_in_html_and_eight_bits_rides_as_a_file_with_its_exact_bytes() {
    let desk = Desk::open();
    let html = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
                <html><body><p>Ein <b>Überlauf</b> – größer als erlaubt.</p></body></html>\n";
    goes_the_whole_way(&desk, "html overflow", &report("html overflow", html));
    let relay = desk.letter("bob", 1, "html overflow");
    assert!(kind_inside(&relay).starts_with("application/octet-stream"), "our letters are seven bits");
    assert!(relay.raw.is_ascii());
}

#[test]
fn a_report_of_20_megabytes_arrives_whole() {
    let desk = Desk::open();
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM\n";
    let attachment = line.repeat(20_000_000 / (line.len() + 1) + 1);
    let rest = format!(
        "Content-Type: multipart/mixed; boundary=frontier\n\n--frontier\n\nThe core is attached.\n--frontier\n\
         Content-Type: application/octet-stream; name=core\nContent-Transfer-Encoding: base64\n\n\
         {attachment}\n--frontier--\n"
    );
    let raw = report("large overflow", &rest);
    assert!(raw.len() > 20_000_000);
    goes_the_whole_way(&desk, "large overflow", &raw);
}

/// Shown, never judged: the limit only ends a test that hangs.
#[test]
fn the_median_time_to_an_acknowledgement_is_shown() {
    const REPORTS: usize = 15;
    let desk = Desk::open();
    let mut times: Vec<Duration> = (1..=REPORTS)
        .map(|number| {
            let raw = report(&format!("overflow {number}"), "\nIt overflows.\n");
            desk.stack.deliver(DISCOVERER, "security@proj.test", &raw).unwrap();
            let accepted = Instant::now();
            desk.stack.wait_for(DISCOVERER, number, SOON);
            accepted.elapsed()
        })
        .collect();
    times.sort();
    // Not a macro of the test harness: it is seen without --nocapture too.
    let said = writeln!(
        std::io::stderr(),
        "From the acceptance of a report by SMTP to its acknowledgement in the mailbox: median {:?}, {:?} to {:?}, \
         {REPORTS} reports one after the other. Dovecot waits about 500 ms before it wakes IDLE.",
        times[REPORTS / 2],
        times[0],
        times[REPORTS - 1]
    );
    said.unwrap();
    assert_eq!(desk.letters(DISCOVERER, REPORTS).len(), REPORTS);
}
