//! The thread of a case in one file: to a member of the team in cipher, to the operator on the machine; read by a mail
//! reader that is not ours.

use std::io::Write;
use std::process::{Command, Stdio};

use embargod::mail::secret::sha256_hex;

use super::*;
use crate::world::{Letter, the};

/// What stands in an mbox, as Python's own reader has it: subject and the SHA-256 of what is attached, of each mail.
const READER: &str = r#"
import mailbox, json, sys, hashlib, tempfile
from email.header import decode_header, make_header
file = tempfile.NamedTemporaryFile()
file.write(sys.stdin.buffer.read()); file.flush()
mails = []
for mail in mailbox.mbox(file.name, create=False):
    parts = [part for part in mail.walk() if part.get_filename()]
    mails.append([str(make_header(decode_header(mail["Subject"]))),
                  {part.get_filename(): hashlib.sha256(part.get_payload(decode=True)).hexdigest() for part in parts},
                  mail.get_payload(0).get_payload() if mail.is_multipart() else mail.get_payload()])
json.dump(mails, sys.stdout)
"#;

fn as_python_reads(mbox: &[u8]) -> Vec<(String, serde_json::Value, String)> {
    let mut python = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 must be installed");
    python.stdin.take().unwrap().write_all(mbox).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A report with a file in it, in which nothing is text.
fn report_with_core(core: &[u8]) -> String {
    let coded = data_encoding::BASE64.encode(core);
    let lines: Vec<&str> = coded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let (header, _) = report().split_once("\n\n").map(|(header, text)| (header.to_owned(), text.to_owned())).unwrap();
    format!(
        "{header}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nFrom here \
         on it is broken.\n\nFrom Dana\n--m\nContent-Type: application/octet-stream\nContent-Disposition: attachment; \
         filename=core.bin\nContent-Transfer-Encoding: base64\n\n{}\n--m--\n",
        lines.join("\n")
    )
}

fn attachment(letter: &Letter, name: &str) -> Vec<u8> {
    use mail_parser::{MessageParser, MimeHeaders};
    let message = MessageParser::default().parse(letter.readable()).unwrap();
    let part = message.attachments().find(|part| part.attachment_name() == Some(name)).expect("it rides along");
    part.contents().to_vec()
}

fn words(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_member_gets_all_mails_in_a_file_that_any_mail_program_reads() {
    story("export", |world| {
        let core: Vec<u8> = (0..=255u8).cycle().take(3000).collect();
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report_with_core(&core));
        let relay = the(&letters, "relay", ALICE).clone();
        let (to, thanks) = (relay.header("Reply-To"), the(&letters, "acknowledgement", DANA).message_id());
        let more = encrypted::sealed_report().replace("MIME-Version", &format!("In-Reply-To: {thanks}\nMIME-Version"));
        world.at("2026-12-07T09:40:00Z").mails(&more);
        // Another case is not in it.
        let other = report().replace("report-1@", "report-9@").replace("Guest can read host memory", "Another thing");
        world.at("2026-12-07T09:50:00Z").mails(&other);

        let asks = signed(world, ALICE, &to, "a1", "2026-12-07T10:00:00Z", "!note Dana is right.\n!export");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        let export = letters.iter().find(|one| one.attachments().contains(&"case-1.mbox".to_owned())).unwrap();
        assert!(export.to == ALICE && export.opened.is_some(), "encrypted, to whoever asked");
        assert!(!String::from_utf8_lossy(&export.raw).contains("From here"), "nothing of it is in clear");
        let answers = letters.iter().filter(|one| one.kind == "answer" && one.to == ALICE).map(words);
        assert!(answers.into_iter().any(|answer| answer.contains("All 3 mails of case 1 went to alice@example.org")));

        let mbox = attachment(export, "case-1.mbox");
        let mails = as_python_reads(&mbox);
        let subjects: Vec<&str> = mails.iter().map(|(subject, ..)| subject.as_str()).collect();
        assert_eq!(subjects, ["Guest can read host memory", "Guest can read host memory", "Re: the case"]);
        assert_eq!(mails[0].1["core.bin"], sha256_hex(&core).as_str(), "byte for byte");
        assert!(
            mails[0].2.contains(">From here on it is broken.") && mails[0].2.contains(">From Dana"),
            "{}",
            mails[0].2
        );
        assert!(
            String::from_utf8_lossy(&mbox).contains("a guest that maps a grant twice"),
            "what came encrypted is opened"
        );

        // The operator gets the same, and the record has it.
        let thread = world.command(&["case", "export", "1", "--mbox"]);
        assert!(thread.status.success());
        assert_eq!(thread.stdout, mbox, "the same bytes");
        let record = world.json(&["audit", "list"]);
        let lines = record.as_array().unwrap().iter().filter(|line| line["object"] == "case 1");
        let acts: Vec<&str> = lines.map(|line| line["act"].as_str().unwrap()).collect();
        assert!(acts.contains(&"export case") && acts.contains(&"case export"), "{acts:?}");
        for wrong in [&["case", "export", "7", "--mbox"][..], &["case", "export", "1", "--mbox", "--json"]] {
            assert!(!world.command(wrong).status.success(), "{wrong:?}");
        }
        assert_eq!(as_python_reads(&world.command(&["case", "export", "2", "--mbox"]).stdout).len(), 1);
    });
}

#[test]
fn who_has_no_certificate_gets_no_file_and_hears_how() {
    story("export-in-clear", |world| {
        world.does(&["team", "add", "Carol Clear", "carol@example.org"]);
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let to = the(&letters, "relay", "carol@example.org").header("Reply-To");
        let asks = vouched("Carol Clear <carol@example.org>", &to, "c1", "!export");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
        let refusal = words(the(&letters, "refusal", "carol@example.org"));
        assert!(refusal.contains("there is no certificate of yours that can be used"), "{refusal}");
        assert!(refusal.contains("“embargod key import”"), "{refusal}");
        assert!(letters.iter().all(|letter| letter.attachments().iter().all(|name| !name.ends_with(".mbox"))));
    });
}

#[test]
fn a_thread_too_large_for_a_letter_is_the_operators() {
    let mut world = World::new(LineEnds::Lf);
    let settings = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), format!("{settings}\n[limits]\nmessage_mebibytes = 1\n")).unwrap();
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report_with_core(&vec![b'x'; 500 << 10]));
    let to = the(&letters, "relay", ALICE).header("Reply-To");
    let asks = signed(&world, ALICE, &to, "a1", "2026-12-07T10:00:00Z", "!export");
    let letters = world.at("2026-12-07T10:00:00Z").mails(&asks);
    let refusal = words(the(&letters, "refusal", ALICE));
    assert!(refusal.contains("too large for one letter; ours may have 1 MiB"), "{refusal}");
    assert!(refusal.contains("“embargod case export 1 --mbox”"), "{refusal}");
    assert_eq!(as_python_reads(&world.command(&["case", "export", "1", "--mbox"]).stdout).len(), 2);
}
