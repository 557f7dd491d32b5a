//! Mail that came encrypted, from the moment it is opened: what the letters show of it, and whom they may reach. Alice
//! has a certificate; Carol and the discoverer have none unless it says so.

mod commands;
mod dates;
mod discoverers;
mod private;
mod stamps;

use std::sync::Arc;

use super::*;
use crate::desk::House;
use crate::desk::testing::house;
use crate::mail::address::Address;
use crate::mail::letter::Letter;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::secret::{Secret, sha256_hex};
use crate::policy::Policy;
use crate::store::Rows;
use crate::store::cases::{Answered, Entry, JoinedBy, Standing};
use crate::store::certificates::Found;
use crate::store::inbox::Arrival;
use crate::store::testing::{Scratch, scratch};

const ALICE: &str = "alice@example.org";
const CAROL: &str = "carol@example.org";
const DANA: &str = "dana@example.net";
const SECRET: &str = "A guest that maps the same grant twice keeps a stale mapping of a page.";

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn now() -> Timestamp {
    "2026-12-07T09:00:00Z".parse().unwrap()
}

fn certify(rows: Rows<'_>, who: &str) -> Result<()> {
    let person = rows.people().find_or_add("", &address(who))?;
    let found = Found { at: now(), expires_at: None, unusable: String::new() };
    rows.certificates().register(who, Some(person.id), b"", &found)
}

/// A delivery, and the letter it carries.
struct Delivered {
    kind: String,
    to: String,
    state: String,
    letter: Letter,
}

impl Delivered {
    fn text(&self) -> String {
        let name = self.letter.from_name.as_ref().map_or("", |name| name.value());
        [name, self.letter.subject.value(), self.letter.body.value()].join("\n")
    }
}

#[derive(Clone)]
struct Office {
    scratch: Arc<Scratch>,
    policy: Arc<Policy>,
    house: Arc<House>,
    mailroom: Arc<Mailroom>,
}

impl Office {
    async fn open() -> Self {
        let secret = Arc::new(Secret::new([1; 32]));
        let security = address("security@example.org");
        let house = House { security: security.clone(), secret: Arc::clone(&secret), ..house() };
        let mailroom = Mailroom {
            addresses: vec![(security, Role::Security)],
            recipient_headers: vec!["Delivered-To".to_owned()],
            authserv_id: Some("mx.example.org".to_owned()),
            received_by: vec!["mx.example.org".to_owned()],
            spam_headers: vec![("X-Spam-Flag".to_owned(), "YES".to_owned())],
            public_lists: Vec::new(),
            local: true,
            secret,
        };
        let scratch = scratch();
        let joined = scratch.store.write(|rows| {
            for who in [ALICE, CAROL] {
                let person = rows.people().find_or_add(who.split('@').next().unwrap(), &address(who))?;
                rows.people().join_team(person.id, false, now())?;
            }
            certify(rows, ALICE)
        });
        joined.await.unwrap();
        Self {
            scratch: Arc::new(scratch),
            policy: Arc::new(Policy::load("xen", None, None, "example.org").unwrap()),
            house: Arc::new(house),
            mailroom: Arc::new(mailroom),
        }
    }

    /// Handles a mail; gives what was put into the outbox for it. `sealed`: it came encrypted, and this is what was in it.
    async fn takes(&self, raw: &str, sealed: bool) -> Vec<Delivered> {
        let message = sealed.then(|| raw.as_bytes().to_vec());
        self.takes_opened(raw, OpenedMail { sealed, message, ..OpenedMail::default() }).await
    }

    /// The same, of a mail in which all this was found.
    async fn takes_opened(&self, raw: &str, opened: OpenedMail) -> Vec<Delivered> {
        let (office, raw, sealed) = (self.clone(), raw.as_bytes().to_vec(), opened.sealed);
        let handled = self.scratch.store.write(move |rows| {
            let before = rows.outbox().list()?.len();
            let mut incoming = office.mailroom.read(&raw, None);
            incoming.sealed = sealed;
            let arrival = Arrival {
                sha256: &incoming.sha256,
                raw: &raw,
                account: "local",
                folder: "in",
                received_at: now(),
                predates: false,
                truncated: false,
            };
            let id = rows.inbox().add(&arrival)?.expect("a new mail");
            let mail = Mail {
                id,
                readable: &raw,
                incoming: &incoming,
                opened: &opened,
                received_at: now(),
                predates: false,
                truncated: None,
            };
            handle(&mut Desk::new(rows, &office.policy, &office.house, now(), incoming.sha256.clone()), &mail)?;
            let new = rows.outbox().list()?.into_iter().skip(before);
            new.map(|row| {
                let letter = rows.outbox().letter(row.id)?.letter; // One recipient each: the numbers are the same.
                Ok(Delivered { kind: row.kind, to: row.to, state: row.state, letter })
            })
            .collect::<Result<Vec<_>>>()
        });
        handled.await.unwrap()
    }

    /// The address by which a reader of this relay reaches team and discoverer.
    fn both(&self, relay: &Delivered) -> String {
        let token = relay.letter.slots.get("both").unwrap();
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        assert_eq!(sha256_hex(text.as_bytes()).len(), 64);
        self.house.security.with_detail(&text).to_string()
    }
}

fn report() -> String {
    format!(
        "Delivered-To: security@example.org\nFrom: Dana Doe <{DANA}>\nSubject: Guest keeps a stale mapping\n\
         Message-ID: <1@example.net>\n\nHello,\n\n{SECRET}\n\n-- \nDana Doe\n"
    )
}

fn reply(from: &str, to: &str, id: &str, text: &str) -> String {
    let domain = from.split('@').nth(1).unwrap();
    format!(
        "Delivered-To: {to}\nAuthentication-Results: mx.example.org; dmarc=pass header.from={domain}\nFrom: <{from}>\n\
         Subject: Re: it\nMessage-ID: <{id}@{domain}>\nIn-Reply-To: <1@example.net>\n\n{text}\n"
    )
}

fn states(delivered: &[Delivered]) -> Vec<String> {
    let mut states: Vec<String> =
        delivered.iter().map(|one| format!("{} {} {}", one.kind, one.to, one.state)).collect();
    states.sort();
    states
}

fn the<'d>(delivered: &'d [Delivered], kind: &str, to: &str) -> &'d Delivered {
    delivered.iter().find(|one| one.kind == kind && one.to == to).unwrap_or_else(|| panic!("{:?}", states(delivered)))
}

#[tokio::test]
async fn an_encrypted_report_reaches_who_can_be_written_to_in_cipher_and_its_letters_repeat_nothing_of_it() {
    let office = Office::open().await;
    let letters = office.takes(&report(), true).await;
    assert_eq!(
        states(&letters),
        [format!("acknowledgement {DANA} queued"), format!("relay {ALICE} queued"), format!("relay {CAROL} blocked"),]
    );
    for letter in &letters {
        for word in ["stale", "mapping", "grant"] {
            assert!(!letter.text().contains(word), "{}", letter.text());
        }
        assert_eq!(letter.letter.labels().is_sealed(), letter.kind == "relay");
    }
    let relay = the(&letters, "relay", ALICE);
    assert!(!relay.text().contains("Dana"), "{}", relay.text());
    assert!(relay.text().contains(DANA) && relay.text().contains("It came encrypted"), "{}", relay.text());
    assert!(relay.letter.thread.in_reply_to.is_some(), "the thread is intact");
    let entries = office.scratch.store.read(|rows| rows.cases().entries(CaseId(1))).await.unwrap();
    assert!(entries[0].sealed);
}

#[tokio::test]
async fn an_encrypted_answer_waits_for_a_certificate_of_the_discoverer_and_its_writer_is_told_so() {
    let office = Office::open().await;
    let both = office.both(the(&office.takes(&report(), true).await, "relay", ALICE));
    let letters = office.takes(&reply(ALICE, &both, "a1", "We call it the moonlight bug."), true).await;
    assert_eq!(
        states(&letters),
        [
            format!("answer {ALICE} queued"),
            format!("relay {ALICE} queued"),
            format!("relay {CAROL} blocked"),
            format!("relay {DANA} blocked"),
        ]
    );
    let sent = the(&letters, "answer", ALICE);
    assert!(sent.text().contains("waits for a certificate"), "{}", sent.text());
    assert!(!sent.text().contains("moonlight") && !sent.letter.labels().is_sealed(), "{}", sent.text());
    assert!(the(&letters, "relay", ALICE).text().contains("It has NOT gone there yet"));
    assert!(the(&letters, "relay", DANA).text().contains("moonlight"), "what waits is the answer itself");

    office.scratch.store.write(|rows| certify(rows, DANA)).await.unwrap();
    let letters = office.takes(&reply(ALICE, &both, "a2", "We call it the sunlight bug."), true).await;
    assert_eq!(the(&letters, "relay", DANA).state, "queued");
    let sent = the(&letters, "answer", ALICE);
    assert!(sent.text().contains("is on its way to the discoverer"), "{}", sent.text());
    assert!(!sent.text().contains("sunlight"), "{}", sent.text());
}

#[tokio::test]
async fn a_reply_in_clear_that_quotes_is_kept_encrypted_and_its_writer_alone_is_warned() {
    let office = Office::open().await;
    let both = office.both(the(&office.takes(&report(), true).await, "relay", ALICE));
    let security = "security@example.org";

    // Carol wrote nothing of it, and neither did Dana: their mail is as any other.
    for (from, id) in [(CAROL, "c1"), (DANA, "d1")] {
        let letters = office.takes(&reply(from, security, id, "I shall look at it.\n\n-- \nDana Doe"), false).await;
        assert_eq!(the(&letters, "relay", CAROL).state, "queued");
        assert!(letters.iter().all(|one| one.kind != "notice" && !one.letter.labels().is_sealed()));
    }

    for (from, to, id) in [(DANA, security, "d2"), (ALICE, &both, "a2"), (CAROL, security, "c2")] {
        let text = format!("On Monday, Dana wrote:\n> {}\n> {}\n\nIndeed.", &SECRET[..30], &SECRET[30..]);
        let letters = office.takes(&reply(from, to, id, &text), false).await;
        let warnings: Vec<&Delivered> = letters.iter().filter(|one| one.kind == "notice").collect();
        let [warning] = warnings[..] else { panic!("{:?}", states(&letters)) };
        assert_eq!((warning.to.as_str(), warning.state.as_str()), (from, "queued"));
        assert!(warning.text().contains("repeats encrypted text"), "{}", warning.text());
        for letter in letters.iter().filter(|one| one.kind == "notice" || one.kind == "answer") {
            assert!(!letter.text().contains("grant") && !letter.text().contains("Indeed"), "{}", letter.text());
        }
        assert_eq!(the(&letters, "relay", CAROL).state, "blocked");
        assert!(the(&letters, "relay", ALICE).text().contains("Its writer was warned"));
        if to == both {
            assert_eq!(the(&letters, "relay", DANA).state, "blocked");
        }
    }

    // Somebody the case does not know gets no letter that would show it; what they repeat is kept as the rest.
    let letters = office.takes(&reply("eve@example.com", security, "e1", SECRET), false).await;
    assert!(letters.iter().all(|one| one.kind != "notice"), "{:?}", states(&letters));
    assert_eq!(the(&letters, "relay", CAROL).state, "blocked");
}

/// How people say something that has nothing to do with what others said.
fn remark(number: usize) -> String {
    format!("Remark {number} is about the weather in town number {number}, which was fair all day.")
}

impl Office {
    /// Case 1 gets mails of Dana's without anybody being told, as if it went on for years.
    async fn goes_on(&self, sealed: bool, texts: Vec<String>) {
        let kept = self.scratch.store.write(move |rows| {
            for text in texts {
                let raw = format!("Subject: Re: it\n\n{text}\n").into_bytes();
                let arrival = Arrival {
                    sha256: &sha256_hex(&raw),
                    raw: if sealed { b"ciphertext" } else { &raw },
                    account: "local",
                    folder: "in",
                    received_at: now(),
                    predates: false,
                    truncated: false,
                };
                let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
                let message = sealed.then(|| raw.clone());
                rows.opened().keep(inbox, &OpenedMail { sealed, message, ..OpenedMail::default() }, None)?;
                rows.cases().add_entry(&Entry {
                    case: CaseId(1),
                    inbox,
                    author: None,
                    standing: Standing::Reporter,
                    of_team: false,
                    joined_by: JoinedBy::Reference,
                    evidence: "none",
                    to_reporter: false,
                    answer: Answered::Not,
                    effect: "",
                    message_id: None,
                    sealed,
                })?;
            }
            Ok(())
        });
        kept.await.unwrap();
    }

    /// Whether a mail in clear that says this is found to repeat what came encrypted.
    async fn warns_of(&self, id: &str, text: &str) -> bool {
        let letters = self.takes(&reply(DANA, "security@example.org", id, text), false).await;
        letters.iter().any(|one| one.kind == "notice")
    }
}

#[tokio::test]
async fn of_a_long_case_the_newest_mails_of_either_kind_are_compared() {
    let office = Office::open().await;
    office.takes(&report(), true).await;
    office.goes_on(true, (1..30).map(remark).collect()).await;
    assert!(office.warns_of("d1", SECRET).await, "the oldest of thirty");
    // What repeats it is itself compared from then on, so there are 31 of them.
    let office = Office::open().await;
    office.takes(&report(), true).await;
    office.goes_on(true, (1..31).map(remark).collect()).await;
    assert!(!office.warns_of("d1", SECRET).await, "thirty others came since");
    assert!(office.warns_of("d2", &remark(1)).await && office.warns_of("d3", &remark(30)).await);

    // What was said in clear is no secret, as long as it is remembered.
    for (others, warned) in [(29, false), (30, true)] {
        let office = Office::open().await;
        office.takes(&report(), true).await;
        office.goes_on(false, vec![SECRET.to_owned()]).await;
        office.goes_on(false, (0..others).map(remark).collect()).await;
        assert_eq!(office.warns_of("d1", SECRET).await, warned, "{others} since");
    }
}

#[tokio::test]
async fn of_a_case_of_large_mails_a_mebibyte_is_compared_in_bounded_time() {
    let office = Office::open().await;
    office.takes(&report(), true).await;
    let log = |number: usize| {
        (0..1_000).map(|line| format!("line {line} of log {number}, as long as it may be to say so.\n")).collect()
    };
    office.goes_on(true, (0..29).map(log).collect()).await;
    office.goes_on(false, (100..130).map(log).collect()).await;
    let started = std::time::Instant::now();
    assert!(office.warns_of("d1", &log(28)).await, "the newest");
    assert!(!office.warns_of("d2", &log(2)).await, "among the newest thirty, and behind a mebibyte of them");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[tokio::test]
async fn who_quotes_our_letters_quotes_nothing() {
    let office = Office::open().await;
    let letters = office.takes(&report(), true).await;
    let quote = |text: &str| text.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let relay = quote(the(&letters, "relay", ALICE).letter.body.value());
    let thanks = quote(the(&letters, "acknowledgement", DANA).letter.body.value());
    let security = "security@example.org";
    office.takes(&reply(ALICE, security, "a1", &format!("{relay}\nI take it.")), true).await;
    office.takes(&reply(DANA, security, "d1", &format!("{thanks}\nThere is no number.")), true).await;
    for (from, id, text) in [(ALICE, "a2", &relay), (DANA, "d2", &thanks)] {
        let letters = office.takes(&reply(from, security, id, &format!("{text}\nWhen?")), false).await;
        assert!(letters.iter().all(|one| one.kind != "notice"), "{:?}", states(&letters));
        assert_eq!(the(&letters, "relay", CAROL).state, "queued");
    }
}

#[tokio::test]
async fn a_subject_that_came_encrypted_is_in_no_digest() {
    let office = Office::open().await;
    office.takes(&format!("X-Spam-Flag: YES\n{}", report()), true).await;
    let later: Timestamp = "2026-12-08T06:00:00Z".parse().unwrap();
    let subjects = office
        .scratch
        .store
        .read(move |rows| Ok(rows.aside().undigested(later)?.into_iter().map(|mail| mail.subject).collect::<Vec<_>>()));
    assert_eq!(subjects.await.unwrap(), ["(encrypted)"]);
}
