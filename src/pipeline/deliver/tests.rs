use std::path::PathBuf;
use std::time::Duration;

use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::{Cert, Profile};

use super::*;
use crate::desk::testing::house;
use crate::desk::{Desk, House};
use crate::mail::address::Mailbox;
use crate::mail::letter::{Enclosure, Kind, Letter, Thread};
use crate::mail::opened::OpenedMail;
use crate::openpgp::{Certificate, DecryptionKey, Keyring, SigningKey, generate};
use crate::pipeline::certificates;
use crate::pipeline::known::Known;
use crate::pipeline::seal::Sealer;
use crate::policy::Policy;
use crate::post::files::Files;
use crate::rules::label::{CaseId, Label, Labelled, Labels, Text};
use crate::store::inbox::Arrival;
use crate::store::outbox::Form;
use crate::store::testing::{Scratch, scratch};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const CAROL: &str = "carol@example.org";

pub(super) fn now() -> Timestamp {
    "2026-12-07T09:00:00Z".parse().unwrap()
}

/// What rides along with a letter.
#[derive(Clone, Copy)]
enum Mail {
    Received(&'static [u8]),
    /// It came as a few bytes, and this was inside.
    Opened(&'static [u8]),
}

/// A desk with a team of three, none of whom has a certificate.
pub(super) struct Scene {
    pub(super) scratch: Scratch,
    pub(super) out: tempfile::TempDir,
    pub(super) courier: Courier,
    pub(super) house: Arc<House>,
}

impl Scene {
    pub(super) async fn new() -> Self {
        let (scratch, out) = (scratch(), tempfile::tempdir().unwrap());
        let policy = Arc::new(Policy::load("xen", None, None, "example.org").unwrap());
        let secret = Arc::new(Secret::new([1; 32]));
        let security: Address = "security@example.org".parse().unwrap();
        let made = generate("Team <security@example.org>", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let key = Arc::new(SigningKey::read(made.secret.as_bytes(), None, now()).unwrap());
        let house = Arc::new(House {
            security: security.clone(),
            secret: Arc::clone(&secret),
            fingerprint: key.fingerprint(),
            ..house()
        });
        let sealer = Sealer { from: Mailbox::bare(security.clone()), secret: Arc::clone(&secret), key };
        let courier = Courier {
            clock: Clock::Still(now()),
            preparer: Preparer { store: scratch.store.clone(), policy, sealer, known: Known::default() },
            secret,
            security,
            carrier: Arc::new(Carrier::Files(Files { folder: out.path().to_owned() })),
            answers_per_hour: 100,
            cores: 2,
        };
        let team = |rows: Rows<'_>| {
            for address in [ALICE, BOB, CAROL] {
                let person = rows.people().find_or_add("", &address.parse()?)?;
                rows.people().join_team(person.id, false, now())?;
            }
            Ok(())
        };
        scratch.store.write(team).await.unwrap();
        Self { scratch, out, courier, house }
    }

    /// Registers the public part of a key.
    pub(super) async fn knows(&self, address: &'static str, key: &Cert) {
        let certificate = Certificate::read(&key.to_vec().unwrap()).unwrap();
        let register = move |rows: Rows<'_>| {
            let person = rows.people().by_address(&address.parse()?)?.unwrap();
            certificates::register(rows, &certificate, &person, "a test", now()).map(drop)
        };
        self.scratch.store.write(register).await.unwrap();
    }

    /// Writes a letter for all of them, with a mail riding along as it came or as it was opened.
    async fn writes(&self, cause: &str, to: &[&str], label: Label, enclosed: Option<Mail>) {
        let labels = Labels::of(label);
        let mut letter = Letter {
            kind: Kind::Notice,
            from_name: None,
            to: to.iter().map(|address| Mailbox::bare(address.parse().unwrap())).collect(),
            subject: Text::new(labels.clone(), "Heap overflow".into()),
            body: Text::new(labels.clone(), format!("The heap overflows: {cause}.")),
            enclosures: Vec::new(),
            thread: Thread::default(),
            slots: Default::default(),
            reply_to: None,
            answers_to: None,
            blind: Vec::new(),
            post: None,
            cc: Vec::new(),
            advisory: None,
        };
        let (policy, house, cause) =
            (Arc::clone(&self.courier.preparer.policy), Arc::clone(&self.house), cause.to_owned());
        let write = move |rows: Rows<'_>| {
            if let Some(mail) = enclosed {
                let arrival = Arrival {
                    sha256: &cause,
                    raw: if let Mail::Received(raw) = mail { raw } else { b"ciphertext" },
                    account: "bot",
                    folder: "INBOX",
                    received_at: now(),
                    predates: false,
                    truncated: false,
                };
                let inbox = rows.inbox().add(&arrival)?.unwrap();
                let enclosure = match mail {
                    Mail::Received(_) => Enclosure::Received { inbox },
                    Mail::Opened(message) => {
                        let opened = OpenedMail { message: Some(message.to_vec()), ..OpenedMail::default() };
                        rows.opened().keep(inbox, &opened, None)?;
                        Enclosure::Opened { inbox }
                    }
                };
                letter.enclosures = vec![Labelled::new(labels, enclosure)];
            }
            Desk::new(rows, &policy, &house, now(), cause).send(&letter, None).map(drop)
        };
        self.scratch.store.write(write).await.unwrap();
    }

    async fn pauses(&self) {
        self.scratch.store.write(|rows| rows.pause().set(now(), "a test")).await.unwrap();
    }

    pub(super) async fn delivers_all(&self, ahead: &mut Ahead) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while let Some(outcome) = self.courier.deliver_next(ahead).await.unwrap() {
            outcomes.push(outcome);
        }
        outcomes
    }

    pub(super) fn letter(&self, delivery: i64) -> Vec<u8> {
        std::fs::read(self.path(delivery)).unwrap()
    }

    fn path(&self, delivery: i64) -> PathBuf {
        self.out.path().join(format!("{delivery}.eml"))
    }

    /// Recipient, state, whether encrypted, error; of each delivery.
    pub(super) async fn deliveries(&self) -> Vec<(String, String, Option<String>, String)> {
        let all = self.scratch.store.read(|rows| rows.outbox().list()).await.unwrap();
        all.into_iter().map(|row| (row.to, row.state, row.encrypted_to, row.error)).collect()
    }
}

/// A key that ends so many days after 2026-12-01, if it does.
pub(super) fn key(address: &str, days: Option<u64>) -> Cert {
    made(address, days).0
}

fn made(address: &str, days: Option<u64>) -> (Cert, sequoia_openpgp::packet::Signature) {
    let created: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    CertBuilder::general_purpose(Some(address))
        .set_profile(Profile::RFC4880)
        .unwrap()
        .set_creation_time(std::time::SystemTime::from(created))
        .set_validity_period(days.map(|days| Duration::from_secs(days * 24 * 3600)))
        .generate()
        .unwrap()
}

/// What is inside an encrypted letter, if this key opens it.
pub(super) fn inside(letter: &[u8], key: &Cert) -> Option<Vec<u8>> {
    let key = DecryptionKey::read(&key.as_tsk().to_vec().unwrap(), None).unwrap();
    let begin = letter.windows(9).position(|window| window == b"-----BEGI")?;
    Keyring(vec![key]).open(letter.get(begin..)?, &[], now()).ok().map(|opened| opened.bytes)
}

#[tokio::test]
async fn each_reader_gets_their_own_encryption_of_one_signature_and_the_bytes_go_with_the_last() {
    let scene = Scene::new().await;
    let (alice, carol) = (key(ALICE, None), key(CAROL, None));
    scene.knows(ALICE, &alice).await;
    scene.knows(CAROL, &carol).await;
    scene.writes("1", &[ALICE, BOB, CAROL], Label::Team, None).await;
    let mut ahead = scene.courier.ahead();
    assert_eq!(scene.courier.deliver_next(&mut ahead).await.unwrap(), Some(Outcome::Sent));
    let sealed = |rows: Rows<'_>| Ok((rows.outbox().sealed(1, Form::Clear)?, rows.outbox().sealed(1, Form::Inside)?));
    assert!(scene.scratch.store.read(sealed).await.unwrap().1.is_some(), "kept while somebody waits for it");
    assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Sent; 2]);

    let (to_alice, to_bob, to_carol) = (scene.letter(1), scene.letter(2), scene.letter(3));
    let opened = inside(&to_alice, &alice).unwrap();
    assert_eq!(inside(&to_carol, &carol), Some(opened.clone()), "the same signature");
    assert_eq!(inside(&to_carol, &alice), None, "each encrypted to its reader only");
    assert!(String::from_utf8(opened).unwrap().contains("The heap overflows"));
    for letter in [to_alice, to_carol] {
        assert!(!String::from_utf8(letter).unwrap().to_lowercase().contains("heap"));
    }
    assert!(String::from_utf8(to_bob).unwrap().contains("The heap overflows"), "when possible");
    let encrypted: Vec<_> = scene.deliveries().await.into_iter().map(|row| row.2).collect();
    assert_eq!(encrypted, [Some(alice.fingerprint().to_hex()), None, Some(carol.fingerprint().to_hex())]);
    assert_eq!(scene.scratch.store.read(sealed).await.unwrap(), (None, None), "they hold reply tokens");
}

#[tokio::test]
async fn what_everybody_may_read_is_not_encrypted() {
    let scene = Scene::new().await;
    scene.knows(ALICE, &key(ALICE, None)).await;
    scene.writes("1", &[ALICE], Label::Public, None).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
    assert!(String::from_utf8(scene.letter(1)).unwrap().contains("Subject: Heap overflow"));
    assert_eq!(scene.deliveries().await[0].2, None);
}

#[tokio::test]
async fn a_certificate_that_changes_after_a_copy_was_prepared_is_the_one_that_counts() {
    let scene = Scene::new().await;
    let (old, new) = (key(ALICE, None), key(ALICE, None));
    scene.knows(ALICE, &old).await;
    scene.writes("1", &[ALICE], Label::Team, None).await;
    scene.writes("2", &[BOB], Label::Team, None).await;
    let mut ahead = scene.courier.ahead();
    scene.courier.look_ahead(&mut ahead).await.unwrap();
    assert_eq!(ahead.deliveries(), [1, 2]);
    scene.knows(ALICE, &new).await;
    let bobs = key(BOB, None);
    scene.knows(BOB, &bobs).await;
    assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Sent; 2]);
    assert!(inside(&scene.letter(1), &old).is_none() && inside(&scene.letter(1), &new).is_some());
    assert!(inside(&scene.letter(2), &bobs).is_some(), "it was to leave in clear, and no longer has to");
}

#[tokio::test]
async fn revoked_or_expired_before_delivery_it_stops_that_delivery_alone_whatever_the_profile_allows() {
    let scene = Scene::new().await;
    let (alice, revocation) = made(ALICE, None);
    let (bob, carol) = (key(BOB, Some(10)), key(CAROL, None));
    for (address, key) in [(ALICE, &alice), (BOB, &bob), (CAROL, &carol)] {
        scene.knows(address, key).await;
    }
    scene.writes("1", &[ALICE, BOB, CAROL], Label::Team, None).await;
    let later = Courier { clock: Clock::Still("2026-12-12T09:00:00Z".parse().unwrap()), ..scene.courier.clone() };
    let mut ahead = later.ahead();
    later.look_ahead(&mut ahead).await.unwrap();
    scene.knows(ALICE, &alice.insert_packets(revocation).unwrap().0).await;
    let mut outcomes = Vec::new();
    while let Some(outcome) = later.deliver_next(&mut ahead).await.unwrap() {
        outcomes.push(outcome);
    }
    assert_eq!(outcomes, [Outcome::Blocked, Outcome::Blocked, Outcome::Sent]);
    assert!(!scene.path(1).exists() && !scene.path(2).exists());
    let rows = scene.deliveries().await;
    assert!(rows[0].3.ends_with("their certificate: it is revoked"), "{rows:?}");
    assert!(rows[1].3.ends_with("their certificate: it expired on 2026-12-11"), "{rows:?}");
    let untold = scene.scratch.store.read(|rows| rows.uncertified().untold(now())).await.unwrap();
    let untold: Vec<_> = untold.iter().map(|reader| reader.address.as_str()).collect();
    assert_eq!(untold, [ALICE, BOB]);

    let successor = key(BOB, None);
    scene.knows(BOB, &successor).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent], "it waited for that");
    assert!(inside(&scene.letter(2), &successor).is_some());
}

#[tokio::test]
async fn what_came_encrypted_waits_for_a_certificate_and_nothing_else_lets_it_go() {
    let scene = Scene::new().await;
    scene.knows(ALICE, &key(ALICE, None)).await;
    scene.writes("1", &[ALICE, BOB], Label::Case { case: CaseId(1), sealed: true }, None).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
    assert_eq!(scene.deliveries().await[1].1, "blocked");
    // An operator's hand only has the gate asked again.
    scene.scratch.store.write(|rows| rows.pause().release(2, now())).await.unwrap();
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Blocked]);
    let in_clear = |rows: Rows<'_>| rows.outbox().sealed(1, Form::Clear);
    assert_eq!(scene.scratch.store.read(in_clear).await.unwrap(), None, "it was never even made");
    let bob = key(BOB, None);
    scene.knows(BOB, &bob).await;
    assert_eq!(scene.delivers_all(&mut scene.courier.ahead()).await, [Outcome::Sent]);
    assert!(inside(&scene.letter(2), &bob).is_some());
}

#[tokio::test]
async fn a_pause_holds_what_was_prepared() {
    let scene = Scene::new().await;
    scene.writes("1", &[ALICE, BOB], Label::Team, None).await;
    let mut ahead = scene.courier.ahead();
    scene.courier.look_ahead(&mut ahead).await.unwrap();
    scene.pauses().await;
    assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Waits; 2]);
    assert!(scene.deliveries().await.iter().all(|row| row.1 == "queued"));
    assert!(!scene.path(1).exists());
}

#[tokio::test]
async fn letters_leave_in_order_and_few_are_prepared_ahead() {
    let scene = Scene::new().await;
    scene.knows(ALICE, &key(ALICE, None)).await;
    for number in 1..=7 {
        scene.writes(&number.to_string(), &[if number % 2 == 0 { ALICE } else { BOB }], Label::Team, None).await;
    }
    let mut ahead = scene.courier.ahead();
    for number in 1..=7 {
        assert_eq!(scene.courier.deliver_next(&mut ahead).await.unwrap(), Some(Outcome::Sent));
        let sent: Vec<bool> = (1..=7).map(|id| scene.path(id).exists()).collect();
        assert_eq!(sent, (1..=7).map(|id| id <= number).collect::<Vec<_>>());
        assert_eq!(ahead.deliveries(), (number + 1..=(number + 2).min(7)).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_large_letter_is_prepared_alone_whether_its_mail_came_so_large_or_was_opened() {
    static LARGE: [u8; 3 << 20] = [b'x'; 3 << 20];
    for mail in [Mail::Received, Mail::Opened] {
        let scene = Scene::new().await;
        scene.writes("1", &[ALICE], Label::Team, Some(mail(&LARGE))).await;
        scene.writes("2", &[ALICE], Label::Team, Some(mail(&LARGE[1..]))).await;
        scene.writes("3", &[BOB], Label::Team, None).await;
        let mut ahead = scene.courier.ahead();
        scene.courier.look_ahead(&mut ahead).await.unwrap();
        assert_eq!(ahead.deliveries(), [1]);
        assert_eq!(scene.delivers_all(&mut ahead).await, [Outcome::Sent; 3]);
    }
}

#[test]
fn retries_grow_and_stay_within_half_an_hour() {
    let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    for (attempts, seconds) in [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1800), (40, 1800)] {
        assert_eq!(retry_at(now, attempts).duration_since(now).as_secs(), seconds, "{attempts}");
    }
}

#[test]
fn a_letter_is_given_up_after_five_days_and_some_attempts_and_not_before() {
    let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let (old, young) = (now - SignedDuration::from_hours(120), now - SignedDuration::from_hours(119));
    assert!(is_hopeless(old, now, RETRY_ATTEMPTS_MIN - 1));
    assert!(!is_hopeless(young, now, 1000));
    assert!(!is_hopeless(old, now, 0), "the machine was off for a week: it is the first attempt");
}
