//! Advisories as they leave: to members one by one under embargo, and to the world; read by gpg and by Python's email
//! package, which know nothing of how they were made.
#![cfg(test)]

use std::io::Write;
use std::process::{Command, Stdio};

use super::tests::{Scene, inside, key, now};
use super::*;
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::headers::Headers;
use crate::mail::letter::{Audience, Bringing, Kind, Letter, Thread};
use crate::mail::machine::{Machine, machine};
use crate::mail::thread::MessageId;
use crate::openpgp::gpg::Gpg;
use crate::pipeline::signing;
use crate::rules::label::{CaseId, Label, Labels, Text, VersionId};
use crate::store::advisories::{Stage, Told};
use crate::store::testing;

const VERA: &str = "security@vm.example.net";
const WALT: &str = "psirt@cloud.example.net";
const LISTS: [&str; 2] = ["xen-announce@lists.example.org", "xen-devel@lists.example.org"];
const MEMBERS: &str = "xen-security-issues@lists.example.org";

/// A part of a mail as Python reads it.
#[derive(Debug, serde::Deserialize)]
struct Part {
    kind: String,
    encoding: String,
    disposition: String,
    name: String,
    /// Decoded, as a reader saves it; hexadecimal.
    bytes: String,
}

#[derive(Debug, serde::Deserialize)]
struct Read {
    headers: Vec<(String, String)>,
    kind: String,
    parts: Vec<Part>,
}

impl Read {
    fn of(message: &[u8]) -> Self {
        const SCRIPT: &str = r#"
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def part(p):
    return {"kind": p.get_content_type(), "encoding": str(p.get("Content-Transfer-Encoding", "")),
            "disposition": str(p.get_content_disposition() or ""), "name": p.get_filename() or "",
            "bytes": p.get_payload(decode=True).hex()}
leaves = [part(p) for p in m.walk() if not p.is_multipart()]
print(json.dumps({"headers": [[k, str(v)] for k, v in m.items()], "kind": m.get_content_type(), "parts": leaves}))
"#;
        let mut python = Command::new("python3")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 must be installed");
        python.stdin.take().unwrap().write_all(message).unwrap();
        let output = python.wait_with_output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice in {:?}", self.headers);
        value
    }

    fn bytes(&self, part: usize) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(self.parts[part].bytes.as_bytes()).unwrap()
    }

    fn text(&self, part: usize) -> String {
        String::from_utf8(self.bytes(part)).unwrap()
    }
}

/// What stands in a text from the first line of its signed part to the last of its signature.
fn signed_part(text: &str) -> &str {
    let start = text.find("-----BEGIN PGP SIGNED MESSAGE-----").unwrap();
    &text[start..]
}

impl Scene {
    /// An approved draft of XSA-480, with two members who might get it, of whom the first has a certificate.
    async fn advisory(&self) -> (VersionId, sequoia_openpgp::Cert) {
        let drafted = |rows: Rows<'_>| {
            let version = testing::draft(rows, 480, 1, |_| {})?;
            testing::member(rows, VERA, now())?;
            testing::member(rows, WALT, now())?;
            rows.advisories().advance(version, Stage::Draft, Stage::Approved, now())?;
            Ok(version)
        };
        let version = self.scratch.store.write(drafted).await.unwrap();
        let vera = key(VERA, None);
        self.knows(VERA, &vera).await;
        (version, vera)
    }

    async fn gets_to(&self, version: VersionId, from: Stage, to: Stage) {
        self.scratch.store.write(move |rows| rows.advisories().advance(version, from, to, now())).await.unwrap();
    }

    async fn sends(&self, letter: Letter) {
        let (policy, house) = (Arc::clone(&self.courier.preparer.policy), Arc::clone(&self.house));
        let cause = format!("{:?} {:?} to {:?}, {:?}", letter.kind, letter.advisory, letter.to, letter.blind);
        let send = move |rows: Rows<'_>| Desk::new(rows, &policy, &house, now(), cause).send(&letter, None).map(drop);
        self.scratch.store.write(send).await.unwrap();
    }

    fn gpg(&self) -> Gpg {
        let gpg = Gpg::fresh();
        gpg.import(self.courier.preparer.sealer.key.certificate_armored().as_bytes());
        gpg
    }
}

fn letter(kind: Kind, version: VersionId, text: Audience, to: &[&str], blind: &[&str]) -> Letter {
    let labels = Labels::of(Label::Advisory { version });
    let body = if text == Audience::Members { "Not public before Tue 2026-12-22 12:00 UTC.\n" } else { "" };
    Letter {
        kind,
        from_name: None,
        to: to.iter().map(|to| Mailbox::bare(to.parse().unwrap())).collect(),
        subject: Text::new(labels.clone(), "Xen Security Advisory 480 v1 - Heap overflow".into()),
        body: Text::new(labels, body.into()),
        enclosures: Vec::new(),
        thread: Thread::default(),
        slots: Default::default(),
        reply_to: None,
        answers_to: None,
        blind: blind.iter().map(|to| to.parse().unwrap()).collect(),
        post: None,
        cc: vec![Mailbox::bare("security-team-members@example.org".parse().unwrap())],
        advisory: Some(Bringing { version, text }),
    }
}

#[tokio::test]
async fn members_get_the_signed_text_and_its_patches_in_cipher_where_they_can() {
    let scene = Scene::new().await;
    let (version, vera) = scene.advisory().await;
    scene.gets_to(version, Stage::Approved, Stage::Predisclosed).await;
    scene.sends(letter(Kind::Predisclosure, version, Audience::Members, &[MEMBERS], &[VERA, WALT])).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent; 2]);
    let (gpg, fingerprint) = (scene.gpg(), scene.house.fingerprint.clone());

    let (to_vera, to_walt) = (Read::of(&scene.letter(1)), Read::of(&scene.letter(2)));
    for read in [&to_vera, &to_walt] {
        for (name, value) in [
            ("To", MEMBERS),
            ("List-Id", "xen-security-issues <xen-security-issues.lists.example.org>"),
            ("X-BeenThere", MEMBERS),
            ("List-Post", "NO"),
            ("Embargoed-Until", "Tue, 22 Dec 2026 12:00:00 +0000"),
            ("Precedence", "list"),
        ] {
            assert_eq!(read.header(name), Some(value), "{name}");
        }
        assert_eq!((read.header("Auto-Submitted"), read.header("Sender")), (None, None));
    }
    assert_eq!((to_vera.kind.as_str(), to_walt.kind.as_str()), ("multipart/encrypted", "multipart/signed"));
    let outside = String::from_utf8(scene.letter(1)).unwrap();
    for secret in ["480", "Heap", "overflow", "patch", "Not public"] {
        assert!(!outside.contains(secret), "{secret} in {outside}");
    }

    let opened = inside(&scene.letter(1), &vera).unwrap();
    let within = String::from_utf8(opened.clone()).unwrap();
    assert!(within.contains("\r\nSubject: Xen Security Advisory 480 v1 - Heap overflow\r\n"), "{within}");
    assert!(within.contains("\r\nEmbargoed-Until: Tue, 22 Dec 2026 12:00:00 +0000\r\n"));
    for read in [Read::of(&opened), to_walt] {
        let text = read.text(0).replace("\r\n", "\n");
        assert!(text.starts_with("Not public before Tue 2026-12-22 12:00 UTC.\n\n-----BEGIN PGP SIGNED"), "{text}");
        let (by, said) = gpg.reads_signed(signed_part(&text)).unwrap();
        let expected = "Advisory 480, for members.\n\n- the heap overflows\n\nFrom \u{c9}mile";
        assert_eq!((by.as_str(), said.as_str()), (fingerprint.as_str(), expected));
        let patch = &read.parts[1];
        assert_eq!((patch.name.as_str(), patch.disposition.as_str()), ("xsa480.patch", "attachment"));
        assert_eq!(read.bytes(1), b"--- a/heap.c\n+++ b/heap.c\n@@ -1 +1 @@\n-old \n+new \xe9\n");
        assert_eq!(read.parts.len(), 3, "the text, the patch and the signature around them: {:?}", read.parts);
    }
}

#[tokio::test]
async fn the_world_gets_one_message_with_the_signed_text_alone_in_its_first_part() {
    let scene = Scene::new().await;
    let (version, vera) = scene.advisory().await;
    scene.gets_to(version, Stage::Approved, Stage::Released).await;
    let public = |to: &[&str], blind: &[&str]| letter(Kind::Release, version, Audience::Public, to, blind);
    let thread = Thread { in_reply_to: None, references: vec![MessageId::parse("a@example.org").unwrap()] };
    scene.sends(Letter { thread, ..public(&LISTS, &[]) }).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent; 2]);
    assert_eq!(scene.letter(1), scene.letter(2), "the same bytes for each list");

    let read = Read::of(&scene.letter(1));
    let names: Vec<&str> = read.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "Date",
        "From",
        "To",
        "Cc",
        "Subject",
        "Message-ID",
        "X-Auto-Response-Suppress",
        "X-Embargod-Loop",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(names, expected);
    assert_eq!(read.header("To"), Some(LISTS.join(", ").as_str()));
    assert_eq!(read.header("Cc"), Some("security-team-members@example.org"));
    assert_eq!(read.kind, "multipart/mixed");
    assert!(crate::mail::compose::seven_bit_clean(&scene.letter(1)));
    assert_eq!((read.parts[0].kind.as_str(), read.parts[0].encoding.as_str()), ("text/plain", "7bit"));
    assert_eq!((read.parts[1].kind.as_str(), read.parts[1].encoding.as_str()), ("application/octet-stream", "base64"));
    let (by, said) = scene.gpg().reads_signed(&read.text(0)).unwrap();
    assert_eq!(by, scene.house.fingerprint);
    assert_eq!(said, "Advisory 480, version 2\n\n- the heap overflows");
    assert!(read.text(0).starts_with("-----BEGIN PGP SIGNED MESSAGE-----"));
    let kept = move |rows: Rows<'_>| rows.advisories().signed(version, Audience::Public);
    let kept = scene.scratch.store.read(kept).await.unwrap().unwrap();
    assert_eq!(read.text(0).replace("\r\n", "\n").trim_end(), kept.trim_end(), "what is kept is what left");

    // A list adds its header and its footer. The mail is known to be ours when it comes back, and its text still holds.
    let bytes = scene.letter(1);
    let id = MessageId::parse(read.header("Message-ID").unwrap().trim_matches(['<', '>'])).unwrap();
    assert_eq!(machine(&Headers::read(&bytes), Some(&id), &scene.house.secret), Some(Machine::OwnMail));

    // Members: the same words, to them by name of their list, and no longer in cipher.
    scene.sends(public(&[MEMBERS], &[VERA])).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
    let copy = Read::of(&scene.letter(3));
    assert!(inside(&scene.letter(3), &vera).is_none());
    assert_eq!(copy.text(0), read.text(0));
    assert_eq!(copy.header("X-BeenThere"), Some(MEMBERS));
    assert_eq!((copy.header("Embargoed-Until"), copy.kind.as_str()), (None, "multipart/mixed"));
}

#[tokio::test]
async fn what_the_team_holds_waits_also_what_is_ready_and_an_operators_hand_does_not_help() {
    let scene = Scene::new().await;
    let (version, _) = scene.advisory().await;
    scene.gets_to(version, Stage::Approved, Stage::Predisclosed).await;
    let other = scene.scratch.store.write(|rows| testing::draft(rows, 481, 2, |_| {})).await.unwrap();
    scene.gets_to(other, Stage::Draft, Stage::Approved).await;
    scene.gets_to(other, Stage::Approved, Stage::Predisclosed).await;
    scene.sends(letter(Kind::Predisclosure, version, Audience::Members, &[MEMBERS], &[WALT])).await;
    scene.sends(letter(Kind::Predisclosure, other, Audience::Members, &["o@lists.example.org"], &[WALT])).await;
    let mut ahead = scene.courier.ahead();
    scene.courier.look_ahead(&mut ahead).await.unwrap();
    assert_eq!(ahead.deliveries(), [1, 2]);
    let hold = |rows: Rows<'_>| {
        let said = testing::said(rows, "alice@example.org", now())?;
        rows.advisories().hold(CaseId(1), "not yet", &said)
    };
    assert!(scene.scratch.store.write(hold).await.unwrap());
    assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Waits, Outcome::Sent]);
    let released = scene.scratch.store.write(|rows| rows.pause().release(1, now())).await.unwrap();
    assert_eq!(released, crate::store::pause::Released::Held);
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, []);
    let states: Vec<String> = scene.deliveries().await.into_iter().map(|row| row.1).collect();
    assert_eq!(states, ["queued", "sent"], "it waits, and nobody is told that it was stopped");
    let next = scene.scratch.store.read(|rows| rows.outbox().next_attempt_at()).await.unwrap();
    assert_eq!(next, None, "the daemon does not wake for it");

    scene.scratch.store.write(|rows| rows.advisories().unhold(CaseId(1), now())).await.unwrap();
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
}

#[tokio::test]
async fn what_is_approved_is_signed_ahead_once_by_the_key_of_that_day() {
    let scene = Scene::new().await;
    let (version, _) = scene.advisory().await;
    let (store, key) = (&scene.scratch.store, &scene.courier.preparer.sealer.key);
    let draft = store.write(|rows| testing::draft(rows, 481, 2, |_| {})).await.unwrap();
    let signed = move |of: VersionId, text: Audience| {
        let store = store.clone();
        async move { store.read(move |rows| rows.advisories().signed(of, text)).await.unwrap() }
    };
    assert_eq!(signing::sign_approved(store, key, now()).await.unwrap(), 1);
    assert_eq!(signing::sign_approved(store, key, now()).await.unwrap(), 0, "once");
    assert_eq!(signed(draft, Audience::Public).await, None, "nobody approved it");
    let first = signed(version, Audience::Public).await.unwrap();

    // Another key signs from now on: nobody has the text as the old one signed it.
    let made = crate::openpgp::generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let other = Arc::new(crate::openpgp::SigningKey::read(made.secret.as_bytes(), None, now()).unwrap());
    assert_eq!(signing::sign_approved(store, &other, now()).await.unwrap(), 1);
    let second = signed(version, Audience::Public).await.unwrap();
    assert_eq!(scene.gpg().reads_signed(&first).map(|(by, _)| by), Some(key.fingerprint()));
    assert_eq!(scene.gpg().reads_signed(&second), None);

    // What members have stays as it is; and, in the end, what everybody has.
    let members = signed(version, Audience::Members).await;
    scene.gets_to(version, Stage::Approved, Stage::Predisclosed).await;
    assert_eq!(signing::sign_approved(store, key, now()).await.unwrap(), 1);
    assert_eq!(signed(version, Audience::Members).await, members);
    let third = signed(version, Audience::Public).await.unwrap();
    assert!(third != second && scene.gpg().reads_signed(&third).is_some());
    scene.gets_to(version, Stage::Predisclosed, Stage::Released).await;
    assert_eq!(signing::sign_approved(store, &other, now()).await.unwrap(), 0);
    let brought = Bringing { version, text: Audience::Public };
    assert_eq!(signing::signed(store, &other, brought, now()).await.unwrap(), third);
}

#[tokio::test]
async fn a_copy_whose_version_is_void_or_overtaken_leaves_no_more_and_its_reader_is_no_trouble() {
    let states = async |scene: &Scene| -> Vec<(String, String)> {
        scene.deliveries().await.into_iter().map(|row| (row.1, row.3)).collect()
    };
    let untold = async |scene: &Scene| scene.scratch.store.read(|rows| rows.outbox().troubles()).await.unwrap();
    let blocked = |why: &str| ("blocked".to_owned(), why.to_owned());
    let sent = || ("sent".to_owned(), String::new());
    let to_members = |version, to: &[&str]| letter(Kind::Predisclosure, version, Audience::Members, &[MEMBERS], to);

    // It is void, and nothing else is there: the letter about its way names the copy.
    let scene = Scene::new().await;
    let (first, _) = scene.advisory().await;
    scene.gets_to(first, Stage::Approved, Stage::Predisclosed).await;
    scene.sends(to_members(first, &[VERA])).await;
    let mut ahead = scene.courier.ahead();
    scene.courier.look_ahead(&mut ahead).await.unwrap();
    scene.scratch.store.write(move |rows| rows.advisories().void(first, "the dates changed", now())).await.unwrap();
    assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Blocked], "also what is ready");
    assert_eq!(states(&scene).await, [blocked("it is void: the dates changed")]);
    assert_eq!(untold(&scene).await.len(), 0);
    let copies = scene.scratch.store.read(move |rows| rows.advisories().copies(first)).await.unwrap();
    assert_eq!(copies[0].why, "it is void: the dates changed");
    // The team heard the end of that before: an operator who tries it once more is told.
    scene.scratch.store.write(move |rows| rows.advisories().tell_progress(first, Told::All)).await.unwrap();
    scene.scratch.store.write(|rows| rows.pause().release(1, now())).await.unwrap();
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Blocked]);
    assert_eq!(untold(&scene).await.len(), 1);

    // A later version goes to the members, and then it is public.
    let scene = Scene::new().await;
    let (first, _) = scene.advisory().await;
    scene.gets_to(first, Stage::Approved, Stage::Predisclosed).await;
    scene.sends(to_members(first, &[VERA, WALT])).await;
    let second =
        scene.scratch.store.write(|rows| testing::draft(rows, 480, 1, |draft| draft.version = 2)).await.unwrap();
    scene.gets_to(second, Stage::Draft, Stage::Approved).await;
    scene.scratch.store.write(move |rows| rows.advisories().tell_progress(first, Told::All)).await.unwrap();
    scene.gets_to(second, Stage::Approved, Stage::Predisclosed).await;
    scene.sends(to_members(second, &[VERA])).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await.len(), 3);
    let overtaken = || blocked("version 2 took its place");
    assert_eq!(states(&scene).await, [overtaken(), overtaken(), sent()]);
    let told: Vec<String> = untold(&scene).await.into_iter().map(|one| one.recipient.to_string()).collect();
    assert_eq!(told, [WALT], "who gets the later version is no trouble");
    scene.sends(to_members(second, &[WALT])).await;
    scene.gets_to(second, Stage::Predisclosed, Stage::Released).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Blocked]);
    assert_eq!(states(&scene).await[3], blocked("the advisory is public now"));
}

#[tokio::test]
async fn what_tells_of_an_advisory_waits_with_what_brings_it() {
    let scene = Scene::new().await;
    let (version, _) = scene.advisory().await;
    scene.gets_to(version, Stage::Approved, Stage::Released).await;
    let notice =
        Letter { advisory: None, blind: Vec::new(), ..letter(Kind::Notice, version, Audience::Public, &[WALT], &[]) };
    scene.sends(notice).await;
    let hold = |rows: Rows<'_>| {
        let said = testing::said(rows, "alice@example.org", now())?;
        rows.advisories().hold(CaseId(1), "not yet", &said)
    };
    assert!(scene.scratch.store.write(hold).await.unwrap());
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, []);
    scene.scratch.store.write(|rows| rows.advisories().unhold(CaseId(1), now())).await.unwrap();
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
}
