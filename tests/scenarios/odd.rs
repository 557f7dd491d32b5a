//! Odd mail is still mail: whatever the shape, it is a case, its writer hears back where there is one, and the team has
//! it as it came.

use super::*;
use crate::world::{Letter, crlf, kinds, root};

/// Each file of fixtures/mail/odd, the title of its case, and who can be answered.
const ODD: &[(&str, &str, Option<&str>)] = &[
    ("broken-multipart", "A multipart that never begins", Some("broken-multipart")),
    ("dated-1970", "From the beginning of time", Some("dated-1970")),
    ("dated-2038", "From the end of time", Some("dated-2038")),
    ("doubled-headers", "The first subject", Some("doubled-headers")),
    ("eight-bit-header", "\u{FFFD}berlauf", Some("eight-bit-header")),
    ("eight-bit-in-seven-bit", "Eight bits where seven are promised", Some("eight-bit-in-seven-bit")),
    ("encoded-words-in-quotes", "Überlauf im Zähler", Some("encoded-words")),
    ("flowed", "Lines broken to be sent", Some("flowed")),
    ("html-only", "HTML and nothing else", Some("html-only")),
    ("long-line", "One very long line", Some("long-line")),
    ("lying-charset", "A charset that is not true", Some("lying-charset")),
    ("message-id-with-comment", "An identifier with comments", Some("message-id-with-comment")),
    ("missing-headers", "(no subject)", Some("missing-headers")),
    ("nested-messages", "Forwarded, and forwarded again", Some("nested-messages")),
    ("no-body", "All is in the subject", Some("no-body")),
    ("no-date-at-all", "A date that is none", Some("no-date-at-all")),
    ("nul-bytes", "Zero bytes", Some("nul-bytes")),
    ("two-authors", "Two From lines", None),
    ("unknown-charset", "A charset nobody knows", Some("unknown-charset")),
];

/// To whom this very mail was relayed. The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1):
/// a mail reader gives a mail without body back without its last one.
fn relays_of<'l>(letters: &'l [Letter], raw: &[u8]) -> Vec<&'l str> {
    let mut to: Vec<&str> = letters
        .iter()
        .filter(|letter| letter.kind == "relay")
        .filter(|letter| crlf(&letter.inside()).trim_ascii_end() == crlf(raw).trim_ascii_end())
        .map(|letter| letter.to.as_str())
        .collect();
    to.sort_unstable();
    to
}

#[test]
fn every_odd_mail_is_a_case_its_writer_hears_back_and_the_team_has_it_as_it_came() {
    let folder = root().join("fixtures/mail/odd");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), ODD.len(), "each file stands in the table");
    for line_ends in [LineEnds::Lf, LineEnds::CrLf] {
        let mut world = World::new(line_ends);
        let raws: Vec<Vec<u8>> =
            ODD.iter().map(|(name, ..)| std::fs::read(folder.join(format!("{name}.eml"))).unwrap()).collect();
        raws.iter().for_each(|raw| world.post(raw));
        let letters = world.at("2026-12-07T09:12:04Z").round();
        let cases = world.json(&["case", "list"]);
        let mut titles: Vec<(i64, &str)> = cases
            .as_array()
            .unwrap()
            .iter()
            .map(|case| (case["number"].as_i64().unwrap(), case["title"].as_str().unwrap()))
            .collect();
        titles.sort_unstable();
        for (index, ((name, title, writer), raw)) in ODD.iter().zip(&raws).enumerate() {
            assert_eq!(titles[index].1, *title, "{name}");
            assert_eq!(relays_of(&letters, raw), [ALICE, BOB], "{name} ({line_ends:?})");
            if let Some(writer) = writer {
                let writer = format!("{writer}@research.example.net");
                let answer = crate::world::the(&letters, "acknowledgement", &writer);
                assert!(answer.subject().contains(&format!("case {}", index + 1)), "{name}: {}", answer.subject());
            }
        }
        assert_eq!(letters.len(), ODD.len() * 3 - 1, "{:?}", kinds(&letters));
        let states = world.json(&["inbox", "list"]);
        assert!(states.as_array().unwrap().iter().all(|mail| mail["state"] == "done"), "{states}");
    }
}

#[test]
fn a_mail_of_twenty_thousand_parts_is_a_report_like_any_other() {
    let mut raw = mail(
        "From: Dana Doe <dana@research.example.net>
Subject: Many parts
Message-ID: <parts@research.example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b",
        "",
    );
    for part in 0..20_000 {
        raw.push_str(&format!("--b\nContent-Type: text/plain; name=\"{part}.txt\"\n\n{part}\n"));
    }
    raw.push_str("--b--\n");
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
    assert_eq!(
        kinds(&letters),
        ["acknowledgement dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
    );
    assert_eq!(relays_of(&letters, raw.as_bytes()), [ALICE, BOB]);
}
