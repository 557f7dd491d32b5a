//! A whole disclosure through real servers, on the real clock: seventy members in real mailboxes, half of them with a certificate;
//! an advisory drafted, approved, sent to them under embargo, and released at the hour. What arrived is checked with gpg.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan, Unit};

use super::correspondent::{CURVE25519, Correspondent, RSA};
use super::cut;
use super::desk::{DISCOVERER, Desk, SOON};
use super::gpg::Gpg;
use super::phone::Phone;
use super::stack::Stack;
use crate::world::crlf;

const MEMBERS: usize = 70;
const LISTS: [&str; 3] = ["xen-announce@lists.proj.test", "xen-devel@lists.proj.test", "xen-users@lists.proj.test"];
const PATCH: &str = "--- a/xen/common/grant_table.c\n+++ b/xen/common/grant_table.c\n@@ -1 +1 @@\n-one\n+two\n";
/// Trailing blanks, dashes and dots: what mail programs like to change.
const DRAFT: &str = "Content-Type: multipart/mixed; boundary=\"parts\"

--parts
Content-Type: text/plain; charset=utf-8

!deploy patches
!advisory

ISSUE DESCRIPTION
=================

A guest that maps a grant twice keeps a stale mapping of a page.
.
- One dot and one dash begin these lines.
From here on they are ordinary again.

IMPACT
======

A malicious guest can read the memory of the host.

VULNERABLE SYSTEMS
==================

All systems from Xen 4.19 onwards are vulnerable.

MITIGATION
==========

There is no mitigation available.

--parts
Content-Type: text/x-patch; name=\"xsa480-4.20.patch\"
Content-Disposition: attachment; filename=\"xsa480-4.20.patch\"

PATCH
--parts--
";
/// Until the release there is time for two people to write four mails.
const AHEAD: Duration = Duration::from_secs(100);

/// One member's mailbox, and their GnuPG if they have one.
struct Member {
    address: String,
    gpg: Option<Gpg>,
}

/// The first whole minute that is not sooner than this.
fn hour_ahead() -> Timestamp {
    let at = Timestamp::now() + AHEAD;
    let minute = at.round((Unit::Minute, 1)).unwrap();
    if minute < at { minute + 1.minute() } else { minute }
}

/// When Dovecot took each mail of a mailbox, oldest first: the names of a Maildir tell seconds and microseconds.
fn taken_at(stack: &Stack, user: &str) -> Vec<Timestamp> {
    let maildir = stack.dir().join("mail").join(stack.address(user));
    let files = ["new", "cur"].iter().filter_map(|part| fs::read_dir(maildir.join(part)).ok()).flatten();
    let mut times: Vec<Timestamp> = files.map(|file| time_of(&file.unwrap().path())).collect();
    times.sort();
    times
}

fn time_of(path: &std::path::Path) -> Timestamp {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<i64>().unwrap();
    let micros = name.split_once(".M").map_or(0, |(_, rest)| digits(rest));
    Timestamp::from_microsecond(digits(&name) * 1_000_000 + micros).unwrap()
}

/// What a member reads: decrypted where it is encrypted. The signed part, and what gpg says who signed it.
fn read(member: &Member, project: &Gpg, raw: &[u8]) -> (Vec<u8>, Option<String>) {
    let whole = match &member.gpg {
        Some(gpg) => {
            let [_, encrypted] = cut::parts(raw)[..] else { panic!("it is encrypted") };
            crlf(&gpg.decrypt(cut::body(encrypted)))
        }
        None => raw.to_vec(),
    };
    let [signed, signature] = cut::parts(&whole)[..] else { panic!("it is signed") };
    (signed.to_vec(), project.verify(cut::body(signature), signed))
}

/// The decoded text and files of a mail of several parts.
fn decoded(mail: &[u8]) -> (String, Vec<(String, Vec<u8>)>) {
    use mail_parser::MimeHeaders;
    let message = mail_parser::MessageParser::default().parse(mail).unwrap();
    let text = message.body_text(0).unwrap().into_owned();
    let files = message
        .attachments()
        .map(|part| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec()));
    (text, files.collect())
}

/// The part of a text that is signed inline, as gpg prints it when it calls the signature good.
fn verified(project: &Gpg, text: &str) -> String {
    let from = text.find("-----BEGIN PGP SIGNED MESSAGE-----").unwrap_or_else(|| panic!("no signed text in:\n{text}"));
    String::from_utf8(project.decrypt(&text.as_bytes()[from..])).unwrap().replace("\r\n", "\n")
}

/// What a member has before the hour: for them alone, signed, encrypted where that is possible, marked with the hour.
fn under_embargo(member: &Member, project: &Gpg, raw: &[u8], hour: Timestamp) {
    let (signed, signer) = read(member, project, raw);
    assert_eq!(signer, Some(project.fingerprint()), "{}", member.address);
    assert!(cut::field(raw, "To").contains("xen-security-issues@lists.proj.test"), "the list, and nobody else");
    let (text, files) = decoded(&signed);
    assert!(text.contains(&hour.strftime("%Y-%m-%d %H:%M UTC").to_string()), "the hour stands in it:\n{text}");
    assert!(text.contains("patched software, even in binary"), "what may not be said");
    let advisory = verified(project, &text);
    assert!(advisory.contains("EMBARGOED UNTIL") && advisory.contains("XSA-480"), "{advisory}");
    assert!(advisory.contains("CVE-2026-12345") && advisory.contains("\n.\n- One dot"), "{advisory}");
    assert!(files.iter().any(|(name, bytes)| name == "xsa480-4.20.patch" && bytes == PATCH.as_bytes()));
}

#[test]
fn seventy_members_hear_of_it_under_embargo_and_the_world_at_the_hour() {
    let users = format!("bot alice bob {DISCOVERER} {}", LISTS.join(" "));
    let stack = Stack::up_with(&[("USERS", &users), ("FANOUT", &MEMBERS.to_string())]);
    let account = stack.account("bot");
    let mut desk = Desk::untried(stack, &[account], &[]);
    let settings = fs::read_to_string(desk.path("embargod.toml")).unwrap();
    fs::write(desk.path("embargod.toml"), settings + "\n[site]\npath = \"site\"\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = fs::read(desk.path("keys/project.asc")).unwrap();
    let project = Gpg::fresh();
    project.import(&certificate);
    let [mut alice, mut bob] = [("alice@proj.test", RSA), ("bob@proj.test", CURVE25519)].map(|(address, kind)| {
        let who = Correspondent::new(address, kind, &certificate);
        let name = address.split('@').next().unwrap();
        desk.does(&["team", "add", name, address, "--key", &who.certificate(folder.path())]);
        Phone::of(who)
    });
    let members = members(folder.path().into());
    desk.does(&["member", "import", &folder.path().join("members.csv").to_string_lossy(), "--confirmed"]);
    desk.does(&["check", "--send"]);
    desk.start();

    let report = format!(
        "From: Dana Doe <{DISCOVERER}>\r\nTo: security@proj.test\r\nSubject: Guest can read host memory\r\n\
         Date: Mon, 07 Dec 2026 09:12:04 +0000\r\nMessage-ID: <report@reporter.test>\r\n\r\nA stale mapping.\r\n"
    );
    desk.stack.deliver(DISCOVERER, "security@proj.test", report.as_bytes()).unwrap();
    // The report, and that there are seventy members now.
    alice.reads(&desk, 2);
    bob.reads(&desk, 2);
    desk.handled(1);
    let hour = hour_ahead();
    let when = hour.strftime("%Y-%m-%d %H:%M").to_string();
    alice.sends(
        &desk,
        &format!(
            "!confirm\n!owner alice\n!assign 480\n!affects 4.20 yes\n!cve CVE-2026-12345\n!embargo {when} it is a drill"
        ),
    );
    desk.handled(2);
    alice.sends_entity(&desk, &DRAFT.replace("PATCH", PATCH));
    desk.handled(3);
    let shown = desk.json(&["advisory", "show", "480"]);
    assert_eq!((&shown["stage"], &shown["version"]), (&"draft".into(), &1.into()), "{shown}");
    let digest = shown["digest"].as_str().unwrap().to_owned();
    bob.sends(&desk, &format!("approve {}", &digest[..16]));
    desk.handled(4);

    // Under embargo: to each of them alone. What they are is read after the hour, which waits for nobody.
    let user = |member: &Member| member.address.split('@').next().unwrap().to_owned();
    let early: Vec<Vec<u8>> = members.iter().map(|one| crlf(&desk.stack.wait_for(&user(one), 1, SOON)[0])).collect();

    // At the hour.
    let patience = Duration::try_from(hour.duration_since(Timestamp::now())).unwrap() + SOON;
    let mut public = Vec::new();
    for list in LISTS {
        public.push(crlf(&desk.stack.wait_for(list, 1, patience)[0]));
    }
    let started = Instant::now();
    for member in &members {
        let left = SOON.saturating_sub(started.elapsed()).max(Duration::from_secs(5));
        desk.stack.wait_for(&user(member), 2, left);
    }
    for (member, raw) in members.iter().zip(&early) {
        under_embargo(member, &project, raw, hour);
        let at = taken_at(&desk.stack, &user(member))[0];
        assert!(at < hour, "{}: {at}; were the two too slow, on a busy machine?", member.address);
    }
    let mut times: Vec<Timestamp> = LISTS.iter().map(|list| taken_at(&desk.stack, list)[0]).collect();
    times.extend(members.iter().map(|one| taken_at(&desk.stack, &user(one))[1]));
    times.sort();
    assert!(times[0] >= hour, "{} is before {hour}", times[0]);
    let after = |at: Timestamp| at.duration_since(hour).as_secs_f64();
    let line = format!(
        "release: {} copies; the first was in a mailbox {:.3} s after the hour, the last {:.3} s",
        times.len(),
        after(times[0]),
        after(times[times.len() - 1])
    );
    writeln!(std::io::stderr(), "{line}").unwrap();

    // One message for all lists, which gpg verifies; the patch is the one it names.
    for mail in &public {
        assert_eq!(cut::field(mail, "Message-ID"), cut::field(&public[0], "Message-ID"));
        assert!(LISTS.iter().all(|list| cut::field(mail, "To").contains(list)), "{}", cut::field(mail, "To"));
        assert!(cut::field(mail, "Cc").contains("security@proj.test"), "{}", cut::field(mail, "Cc"));
        assert_eq!(cut::field(mail, "In-Reply-To") + &cut::field(mail, "References"), "");
        assert!(cut::field(mail, "Subject").contains("(CVE-2026-12345)"), "{}", cut::field(mail, "Subject"));
        let (text, files) = decoded(mail);
        let advisory = verified(&project, &text);
        let [(name, bytes)] = &files[..] else { panic!("one patch: {}", files.len()) };
        let sum = embargod::mail::secret::sha256_hex(bytes);
        assert!(advisory.contains(&format!("{sum}  {name}")), "{advisory}");
        assert!(!advisory.contains("EMBARGOED"), "{advisory}");
        assert!(advisory.contains("Public release."), "{advisory}");
    }
    // And on the site, the same.
    let page = desk.path("site/advisory-480.txt");
    let waits = Instant::now();
    while !page.exists() {
        assert!(waits.elapsed() < SOON, "no {}", page.display());
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let written: Timestamp = page.metadata().unwrap().modified().unwrap().try_into().unwrap();
    assert!(written >= hour, "{written} is before {hour}");
    let advisory = verified(&project, &fs::read_to_string(&page).unwrap());
    assert_eq!(advisory, verified(&project, &decoded(&public[0]).0));
    assert_eq!(fs::read(desk.path("site/xsa480-4.20.patch")).unwrap(), PATCH.as_bytes());
    let index: serde_json::Value = serde_json::from_slice(&fs::read(desk.path("site/xsa.json")).unwrap()).unwrap();
    assert_eq!(index[0]["xsas"][0]["xsa"], 480, "{index}");
    assert_eq!(desk.json(&["advisory", "show", "480"])["stage"], "released");
    assert_eq!(desk.json(&["case", "show", "1"])["state"], "released");
    let (status, ..) = desk.stop();
    assert!(status.success());
    desk.does(&["audit", "verify"]);
}

/// Seventy of them, and the file from which they are taken over; every second has a certificate.
fn members(folder: PathBuf) -> Vec<Member> {
    let mut file = String::from("name,address,certificate\n");
    let members = (1..=MEMBERS).map(|number| {
        let address = format!("m{number}@proj.test");
        let gpg = (number % 2 == 0).then(Gpg::fresh);
        let mut certificate = String::new();
        if let Some(gpg) = &gpg {
            let key = embargod::openpgp::generate(&address, "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
            gpg.import(key.secret.as_bytes());
            certificate = folder.join(format!("m{number}.asc")).to_string_lossy().into_owned();
            fs::write(&certificate, key.certificate).unwrap();
        }
        file.push_str(&format!("Member {number} Ltd,{address},{certificate}\n"));
        Member { address, gpg }
    });
    let members: Vec<Member> = members.collect();
    fs::write(folder.join("members.csv"), file).unwrap();
    members
}
