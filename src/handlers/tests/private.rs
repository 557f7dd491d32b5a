//! What the team writes to itself, whatever address it is from: nobody else gets it, neither now nor later.

use super::*;
use crate::mail::opened::{SignedForm, SignedText};
use crate::rules::clearance::{self, Barred};
use crate::store::testing::take_part;

const ERIN: &str = "erin@vendor.example";
/// Of nobody the desk knows.
const HOME: &str = "alice@home.example";
const SECURITY: &str = "security@example.org";
const PRIVATE: &str = "Between us: I do not trust Dana.";

impl Office {
    /// Dana reports, and Erin takes part. Gives Alice's addresses, for the team and for the discoverer too.
    async fn with_erin(&self) -> (String, String) {
        let letters = self.takes(&report(), false).await;
        let joins = self.scratch.store.write(|rows| {
            let erin = rows.people().find_or_add("Erin", &address(ERIN))?;
            take_part(rows, 1, erin.id, "active", now())
        });
        joins.await.unwrap();
        let relay = the(&letters, "relay", ALICE);
        (self.team_only(relay), self.both(relay))
    }

    fn team_only(&self, relay: &Delivered) -> String {
        let token = relay.letter.slots.get("team").unwrap();
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        self.house.security.with_detail(&text).to_string()
    }

    /// Alice signs this and sends it from this address.
    async fn alice_signs(&self, from: &str, to: &str, id: &str, text: &str) -> Vec<Delivered> {
        let signed = SignedText {
            fingerprint: ALICE.to_owned(),
            made_at: now(),
            digest: sha256_hex(id.as_bytes()),
            form: SignedForm::Text,
            bytes: text.as_bytes().to_vec(),
        };
        let opened = OpenedMail { signed: Some(signed), ..OpenedMail::default() };
        self.takes_opened(&reply(from, to, id, text), opened).await
    }

    /// The mails that whoever comes to take part gets to see.
    async fn so_far(&self) -> Vec<String> {
        let read = self.scratch.store.read(|rows| {
            let mails = rows.cases().shared(CaseId(1))?.into_iter();
            mails.map(|mail| Ok(String::from_utf8_lossy(&rows.inbox().readable(mail.inbox)?).into_owned())).collect()
        });
        let read: Result<Vec<String>> = read.await;
        read.unwrap()
    }

    /// Whether the gate would let a letter go to Alice now.
    async fn alice_may_read(&self, letter: &Delivered) -> Result<(), Barred> {
        let (labels, policy) = (letter.letter.labels(), Arc::clone(&self.policy));
        let asked = self.scratch.store.read(move |rows| {
            let conditions = policy.profile.conditions(now());
            Ok(clearance::may_read(&rows.reader(&address(ALICE), conditions, &labels)?, &labels))
        });
        asked.await.unwrap()
    }
}

fn nobody_outside(letters: &[Delivered]) {
    assert!(letters.iter().all(|one| ![ERIN, DANA].contains(&one.to.as_str())), "{:?}", states(letters));
}

#[tokio::test]
async fn a_mail_to_the_address_for_the_team_goes_to_the_team_whatever_address_it_is_from() {
    let office = Office::open().await;
    let (team, both) = office.with_erin().await;
    let letters = office.takes(&reply(HOME, &team, "h1", PRIVATE), false).await;
    nobody_outside(&letters);
    let relay = the(&letters, "relay", CAROL);
    assert!(relay.text().contains("somebody new to this case"), "nothing proves who it is: {}", relay.text());

    let several = reply(ALICE, &team, "h2", PRIVATE).replace(&format!("<{ALICE}>"), &format!("<{ALICE}>, <{HOME}>"));
    nobody_outside(&office.takes(&several, false).await);

    // Refused as unproven: it did not go to the discoverer.
    nobody_outside(&office.takes(&reply(HOME, &both, "h3", PRIVATE), false).await);

    // Another copy of it came first, by the address of everybody.
    let copied =
        |to: &str| reply(HOME, to, "h4", PRIVATE).replace("Subject:", &format!("To: {team}\nCc: {SECURITY}\nSubject:"));
    nobody_outside(&office.takes(&copied(SECURITY), false).await);
    nobody_outside(&office.takes(&copied(&team), false).await);
    let other = |to: &str| reply(HOME, to, "h5", PRIVATE);
    nobody_outside(&office.takes(&other(&team), false).await);
    nobody_outside(&office.takes(&other(SECURITY), false).await);

    assert_eq!(office.so_far().await.len(), 1, "the report");
    let letters = office.takes(&reply(DANA, SECURITY, "d1", "It is 4.14."), false).await;
    assert!(the(&letters, "relay", ERIN).text().contains("4.14"));
    assert_eq!(office.so_far().await.len(), 2);
}

#[tokio::test]
async fn what_a_member_signs_is_the_teams_from_any_address_unless_it_went_to_the_discoverer() {
    let office = Office::open().await;
    let (team, both) = office.with_erin().await;
    let noted = office.alice_signs(HOME, &team, "s1", "!note Dana was rude.\n\nWe shall see.").await;
    assert!(the(&noted, "answer", ALICE).text().contains("note"), "{:?}", states(&noted));
    nobody_outside(&noted);
    nobody_outside(&office.alice_signs(HOME, SECURITY, "s2", PRIVATE).await);
    assert_eq!(office.so_far().await.len(), 1, "the report");

    let letters = office.alice_signs(HOME, &both, "s3", "Which version do you use?").await;
    for reader in [DANA, ERIN] {
        assert!(the(&letters, "relay", reader).text().contains("Which version"), "{:?}", states(&letters));
    }
    let theirs = the(&letters, "relay", ERIN).text();
    assert!(!theirs.contains(HOME) && theirs.contains("a member of the team"), "{theirs}");
    assert_eq!(office.so_far().await.len(), 2);
}

#[tokio::test]
async fn letters_for_the_team_are_not_for_a_discoverer_who_left_it() {
    let office = Office::open().await;
    let raw = report().replace(&format!("Dana Doe <{DANA}>"), &format!("Alice <{ALICE}>"));
    let carols = office.team_only(the(&office.takes(&raw, false).await, "relay", CAROL));
    let letters = office.takes(&reply(CAROL, &carols, "c1", "Between us: Alice must not know."), false).await;
    let split = office.takes(&reply(DANA, SECURITY, "d1", "Another bug."), false).await;
    let relay = the(&letters, "relay", ALICE);
    for one in [relay, the(&split, "relay", ALICE)] {
        assert_eq!(office.alice_may_read(one).await, Ok(()));
    }
    let left = office.scratch.store.write(|rows| {
        let alice = rows.people().by_address(&address(ALICE))?.unwrap();
        rows.people().leave_team(alice.id)
    });
    assert!(left.await.unwrap());
    for one in [relay, the(&split, "relay", ALICE)] {
        assert_eq!(office.alice_may_read(one).await, Err(Barred::NotTeam));
    }
}
