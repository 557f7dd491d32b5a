//! Finished letters, read by others than their writer: mail-parser, Python's email package, and a golden file.

use std::io::Write;
use std::process::{Command, Stdio};

use mail_parser::{MessageParser, MimeHeaders, PartType};
use proptest::prelude::*;

use super::*;
use crate::mail::address::Address;

/// A letter that owns its texts.
pub struct Draft {
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
    pub reply_to: Option<Mailbox>,
    pub message_id: MessageId,
    pub thread: Thread,
    pub subject: String,
    pub body: String,
    pub autocrypt: Option<String>,
}

pub fn named(name: &str, address: &str) -> Mailbox {
    Mailbox { name: Some(name.to_owned()), address: Address::parse(address).unwrap() }
}

pub fn draft() -> Draft {
    let id = |text: &str| MessageId::parse(text).unwrap();
    Draft {
        from: named("Example Security Team", "security@example.org"),
        to: vec![named("Dana Discoverer", "dana@example.net")],
        reply_to: Some(Mailbox::bare(Address::parse("security+k3v9@example.org").unwrap())),
        message_id: id("m1@example.org"),
        thread: Thread {
            in_reply_to: Some(id("r1@example.net")),
            references: vec![id("r0@example.net"), id("r1@example.net")],
        },
        subject: "[case 12] We have your report".to_owned(),
        body: "Dear Dana,\n\nwe have your report. It is case 12.\n\n-- \nThe team\n".to_owned(),
        autocrypt: None,
    }
}

impl Draft {
    pub fn sheet<'a>(&'a self, parts: &'a [Part<'a>]) -> Sheet<'a> {
        Sheet {
            from: &self.from,
            to: &self.to,
            cc: &[],
            reply_to: self.reply_to.as_ref(),
            date: "2026-11-23T09:30:00Z".parse().unwrap(),
            message_id: &self.message_id,
            thread: &self.thread,
            subject: &self.subject,
            body: &self.body,
            origin: Origin::Reply,
            loop_mark: "0123456789abcdef",
            autocrypt: self.autocrypt.as_deref(),
            boundary: "k3v9m2p7",
            parts,
            list: None,
            embargoed_until: None,
        }
    }

    /// The finished message, and the entity it was made around.
    fn finish(&self, parts: &[Part<'_>]) -> (Vec<u8>, Vec<u8>) {
        let sheet = self.sheet(parts);
        let entity = entity(&sheet);
        let armour = "-----BEGIN PGP SIGNATURE-----\n\nc2lnbmF0dXJl\n-----END PGP SIGNATURE-----\n";
        (message(&sheet, &entity, armour, "pgp-sha512"), entity)
    }
}

/// The signed part as a verifier that uses mail-parser would cut it out.
fn signed_part(message: &[u8]) -> Vec<u8> {
    let parsed = MessageParser::default().parse(message).unwrap();
    let PartType::Multipart(children) = &parsed.parts[0].body else { panic!("not multipart") };
    assert_eq!(children.len(), 2, "a signed text and its signature in\n{}", String::from_utf8_lossy(message));
    let part = &parsed.parts[children[0] as usize];
    parsed.raw_message[part.offset_header as usize..part.offset_end as usize].to_vec()
}

fn header_names(message: &[u8]) -> Vec<String> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    let starts = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    starts.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

const NAMES: [&str; 12] = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Embargod-Loop",
    "MIME-Version",
];

#[test]
fn a_plain_letter_is_the_golden_file_byte_for_byte() {
    let (message, _) = draft().finish(&[]);
    assert_eq!(String::from_utf8(message).unwrap(), include_str!("../../../fixtures/letters/plain.eml"));
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let parts = [Part::Received { raw: b"Subject: x\n\ntext\n", name: "report.eml" }];
    assert_eq!(draft().finish(&parts), draft().finish(&parts));
}

const CERTIFICATE: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nYWJj\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";

#[test]
fn mail_parser_cuts_out_exactly_the_signed_bytes() {
    let eight_bit = "From: a@example.net\nSubject: gr\u{fc}n\n\n\u{fc}\n".as_bytes();
    let unclosed = b"From: a@example.net\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever closed";
    let parts = [
        Part::Received { raw: b"From: a@example.net\nSubject: trailing \n\nFrom here \n.\n-- \n", name: "a.eml" },
        Part::Received { raw: eight_bit, name: "b.eml" },
        Part::Certificate { armored: CERTIFICATE, name: "key.asc" },
        Part::File { content_type: "text/x-patch", name: "fix.patch", bytes: b"--- a\n+++ b\n \n" },
        Part::Received { raw: unclosed, name: "c.eml" },
        Part::Received { raw: b"", name: "empty.eml" },
    ];
    for body in ["", "\n", "text", "text\n", "--=_signed0_k3v9m2p7\n--=_mixed0_k3v9m2p7--\n"] {
        for count in 0..=parts.len() {
            let draft = Draft { body: body.to_owned(), ..draft() };
            let (message, entity) = draft.finish(&parts[..count]);
            assert!(seven_bit_clean(&message), "{count} parts");
            assert_eq!(
                String::from_utf8(signed_part(&message)).unwrap(),
                String::from_utf8(entity).unwrap(),
                "{body:?} and {count} parts"
            );
        }
    }
}

#[test]
fn received_mail_rides_verbatim_where_it_may_and_as_a_file_where_it_may_not() {
    let fold = format!("X: {}\n\nx", "y".repeat(995));
    let long = format!("X: {}\n\nx", "y".repeat(996));
    for (raw, verbatim) in [
        (&b"Subject: x\r\n\r\ntext \r\n"[..], true),
        (b"Subject: x\n\ntext \n", true),
        (fold.as_bytes(), true),
        (long.as_bytes(), false),
        ("Subject: \u{fc}\n\nx".as_bytes(), false),
        (b"Subject: x\n\n\0", false),
        (b"Subject: x\n\na\rb", false),
        (b"Subject: x\n", true),
        (b"Subject: x", false), // where do its headers end?
        (b"", true),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\ncut off", false),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nclosed\n--x--\n", true),
    ] {
        let parts = [Part::Received { raw, name: "report.eml" }];
        let (message, _) = draft().finish(&parts);
        let parsed = MessageParser::default().parse(&message).unwrap();
        let rider = parsed.parts.iter().find(|part| part.attachment_name() == Some("report.eml")).unwrap();
        let kind = rider.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        let bytes = &message[rider.offset_body as usize..rider.offset_end as usize];
        if verbatim {
            let crlf = String::from_utf8(raw.to_vec()).unwrap().replace("\r\n", "\n").replace('\n', "\r\n");
            assert_eq!(kind, Some(("message", "rfc822")));
            assert_eq!(String::from_utf8_lossy(bytes), crlf);
        } else {
            assert_eq!(kind, Some(("application", "octet-stream")));
            assert_eq!(rider.contents(), raw, "exact bytes");
        }
    }
}

#[test]
fn nobody_can_close_our_parts_from_inside() {
    let raw = b"Subject: x\n\n--=_mixed0_k3v9m2p7--\n\n--=_signed0_k3v9m2p7\nContent-Type: text/plain\n\nforged\n";
    let (message, entity) = draft().finish(&[Part::Received { raw, name: "report.eml" }]);
    let text = String::from_utf8(message.clone()).unwrap();
    assert!(text.contains("boundary=\"=_mixed1_k3v9m2p7\"") && text.contains("boundary=\"=_signed1_k3v9m2p7\""));
    assert_eq!(signed_part(&message), entity);
}

#[test]
fn twenty_megabytes_are_written_once() {
    let clean =
        b"Subject: x\r\n\r\n".iter().copied().chain(b"a line of text\r\n".repeat(1_300_000)).collect::<Vec<_>>();
    let eight_bit = [&clean[..], b"\xfc"].concat();
    for raw in [&clean, &eight_bit] {
        let (message, entity) = draft().finish(&[Part::Received { raw, name: "report.eml" }]);
        assert!(entity.len() >= raw.len() && message.len() > entity.len());
        // A buffer that had to grow would have doubled.
        assert!(entity.capacity() < entity.len() + 64 * 1024, "{} for {}", entity.capacity(), entity.len());
        assert!(message.capacity() < message.len() + 64 * 1024, "{} for {}", message.capacity(), message.len());
    }
}

#[test]
fn hostile_names_and_subjects_never_make_a_header() {
    let hostile = [
        "x\r\nBcc: victim@example.net",
        "x\nBcc: victim@example.net\n\nbody",
        "\r\n\r\n--=_signed0_k3v9m2p7",
        "=?utf-8?Q?x=0D=0ABcc:_victim=40example.net?=",
        "=?utf-8?B?DQpCY2M6IHY=?= =?utf-8",
        "\" <victim@example.net>, \"",
        "a, b; c: <d@example.net> (comment \\",
        "\u{202E}gro.elpmaxe@ytiruces",
        "\u{2028}Bcc: x\u{85}Bcc: y\u{0}",
        &"very long ".repeat(5000),
        &"unbroken".repeat(5000),
        &"שלום".repeat(500),
        "   ",
        "",
    ];
    for text in hostile {
        let mailbox = named(text, "dana@example.net");
        let draft = Draft {
            from: named(text, "security@example.org"),
            to: vec![mailbox.clone(), mailbox],
            reply_to: Some(named(text, "security+k3v9@example.org")),
            subject: text.to_owned(),
            autocrypt: None,
            ..draft()
        };
        let sheet = Sheet { loop_mark: text, ..draft.sheet(&[]) };
        let parts = [Part::File { content_type: text, name: text, bytes: b"x" }];
        let sheet = Sheet { parts: &parts, ..sheet };
        let message = message(&sheet, &entity(&sheet), text, text);
        assert_eq!(header_names(&message), [&NAMES[..], &["Content-Type"]].concat(), "{text:?}");
        let parsed = MessageParser::default().parse(&message).unwrap();
        let to: Vec<_> = parsed.to().unwrap().iter().filter_map(|to| to.address()).collect();
        assert_eq!(to, ["dana@example.net", "dana@example.net"], "{text:?}");
        assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("security@example.org"));
        let head = message.split(|byte| *byte == b'\n').take_while(|line| *line != b"\r");
        for line in head.map(String::from_utf8_lossy) {
            assert!(line.len() <= 79, "not folded: {line:?}");
        }
    }
}

#[test]
fn long_threads_and_keys_are_folded() {
    let ids: Vec<_> =
        (0..100).map(|n| MessageId::parse(&format!("{n}.{}@example.net", "x".repeat(40))).unwrap()).collect();
    let key = "QUJD".repeat(500);
    let draft = Draft {
        thread: Thread { in_reply_to: ids.last().cloned(), references: ids.clone() },
        autocrypt: Some(format!("addr=security@example.org; prefer-encrypt=mutual; keydata={key}")),
        ..draft()
    };
    let (message, _) = draft.finish(&[]);
    let parsed = MessageParser::default().parse(&message).unwrap();
    let references = parsed.references().as_text_list().unwrap();
    assert_eq!(
        (references.len(), references[0].as_ref(), references[39].as_ref()),
        (40, ids[0].as_str(), ids[99].as_str())
    );
    let head = String::from_utf8(message).unwrap();
    let head = head.split("\r\n\r\n").next().unwrap();
    assert!(head.lines().all(|line| line.len() <= 78), "{head}");
    let (_, autocrypt) = head.split_once("Autocrypt: ").unwrap();
    let unfolded = autocrypt.split("\r\nMIME-Version").next().unwrap().replace("\r\n", "").replace(' ', "");
    assert_eq!(unfolded, format!("addr=security@example.org;prefer-encrypt=mutual;keydata={key}"));
}

#[test]
fn what_kind_of_mail_it_is_stands_in_its_headers() {
    let draft = draft();
    for (origin, expected) in
        [(Origin::Reply, Some("auto-replied")), (Origin::Program, Some("auto-generated")), (Origin::People, None)]
    {
        let sheet = Sheet { origin, ..draft.sheet(&[]) };
        let message = message(&sheet, &entity(&sheet), "", "pgp-sha512");
        let parsed = MessageParser::default().parse(&message).unwrap();
        assert_eq!(parsed.header("Auto-Submitted").and_then(|value| value.as_text()), expected);
        assert_eq!(parsed.header("Precedence"), None, "lists and servers treat it as they please");
    }
}

#[test]
fn a_mail_nested_beyond_reason_is_carried_and_not_climbed() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let closed_never = "Content-Type: multipart/mixed; boundary=x\n\n--x\n".repeat(20_000);
    for raw in [nested, closed_never] {
        let (message, entity) = draft().finish(&[Part::Received { raw: raw.as_bytes(), name: "deep.eml" }]);
        assert_eq!(signed_part(&message), entity);
    }
}

/// What Python's email package makes of a message: one line per part, `type|file name|text or hexadecimal`.
fn as_python_reads(message: &[u8]) -> serde_json::Value {
    const SCRIPT: &str = r#"
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def seen(p):
    kind = p.get_content_type()
    if kind == "message/rfc822":
        inner = p.get_payload(0)
        return [kind, p.get_filename(), [inner["subject"], inner.get_payload()]]
    if p.is_multipart():
        return [kind, p.get_filename(), [seen(c) for c in p.iter_parts()]]
    data = p.get_payload(decode=True)
    return [kind, p.get_filename(), data.decode() if kind == "text/plain" else data.hex()]
defects = [str(d) for p in m.walk() for d in p.defects]
print(json.dumps({"subject": m["subject"], "from": str(m["from"]), "parts": seen(m), "defects": defects}))
"#;
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 must be installed");
    python.stdin.take().unwrap().write_all(message).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn python_reads_the_same_letter() {
    let long = format!("{} end\r\n", "word ".repeat(300));
    for body in
        ["", "\r\n", "text", "blank \r\n\t\r\n", "From me\r\n.\r\n..\r\n-- \r\n", "żółw 🐢\r\n", "a=b=3D\r\n", &long]
    {
        let draft = Draft {
            subject: format!("Größe, {} and more", "x".repeat(80)),
            from: named("Müller, “Jo”", "security@example.org"),
            body: body.to_owned(),
            ..draft()
        };
        let plain = as_python_reads(&draft.finish(&[]).0);
        assert_eq!(plain["defects"], serde_json::json!([]), "{body:?}");
        assert_eq!(plain["subject"], draft.subject);
        assert_eq!(plain["parts"][0], "multipart/signed");
        assert_eq!(plain["parts"][2][0], serde_json::json!(["text/plain", null, body]));
        assert_eq!(plain["parts"][2][1][0], "application/pgp-signature");

        let eight_bit = "Subject: x\n\n\u{fc}\n".as_bytes();
        let parts = [
            Part::Received { raw: b"Subject: inner\n\nFrom here \n.\n", name: "report.eml" },
            Part::Received { raw: eight_bit, name: "Bericht für alle.eml" },
            Part::Certificate { armored: "-----BEGIN-----\n\nQUJD\n-----END-----\n", name: "key.asc" },
        ];
        let mixed = as_python_reads(&draft.finish(&parts).0);
        assert_eq!(mixed["defects"], serde_json::json!([]), "{body:?}");
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let certificate = hex(b"-----BEGIN-----\r\n\r\nQUJD\r\n-----END-----\r\n");
        let expected = serde_json::json!([
            "multipart/mixed",
            null,
            [
                ["text/plain", null, body],
                ["message/rfc822", "report.eml", ["inner", "From here \r\n.\r\n"]],
                ["application/octet-stream", "Bericht für alle.eml", hex(eight_bit)],
                ["application/pgp-keys", "key.asc", certificate],
            ]
        ]);
        assert_eq!(mixed["parts"][2][0], expected);
    }
}

/// Text as strangers write it, and as those do who know what a mail is made of.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        Just("Content-Type: multipart/mixed; boundary=x\n\n--x\n".to_owned()),
        Just("Content-Type: message/rfc822\n\n".to_owned()),
        Just("\n--x--\n".to_owned()),
        "[ -~]{0,100}",
        Just("\r\nBcc: x@example.net\r\n".to_owned()),
        Just("=?utf-8?Q?x?= ".to_owned()),
        Just("\n--=_signed0_k3v9m2p7\nFrom x\n. \t\r".to_owned()),
        Just("\"\\<>,;:()".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_it_leaves_clean_and_reads_back(
        subject in any_text(), body in any_text(), name in any_text(), raw in any_text(),
    ) {
        let to = vec![named(&name, "dana@example.net")];
        let draft = Draft { subject: subject.clone(), body: body.clone(), to, ..draft() };
        let parts = [Part::Received { raw: raw.as_bytes(), name: &name }];
        for parts in [&[][..], &parts] {
            let (message, entity) = draft.finish(parts);
            prop_assert!(seven_bit_clean(&message));
            prop_assert_eq!(signed_part(&message), entity);
            prop_assert_eq!(header_names(&message).len(), NAMES.len() + 1);

            let parsed = MessageParser::default().parse(&message).unwrap();
            let crlf = body.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            prop_assert_eq!(parsed.body_text(0).unwrap_or_default(), crlf);
            let lines: Vec<&str> = subject.split(['\r', '\n', '\t']).filter(|line| !line.is_empty()).collect();
            let spoken: String = lines.join(" ").chars().filter(|c| !c.is_control()).collect();
            if spoken.chars().count() <= 1000 {
                prop_assert_eq!(parsed.subject().unwrap_or_default(), spoken);
            }
        }
    }
}
