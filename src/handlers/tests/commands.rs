//! Commands of the team, by what they do to letters that the gate would stop.

mod hostile;
mod life;

use super::*;
use crate::mail::opened::{SignedForm, SignedText};
use crate::mail::thread::MessageId;
use crate::rules::clearance::{self, Barred};
use crate::store::cases::ShownEntry;

const BOB: &str = "bob@example.org";
const MOONLIGHT: &str = "The moonlight bug";

impl Office {
    /// The address by which a reader of this relay reaches the team.
    pub(super) fn team(&self, relay: &Delivered) -> String {
        let token = relay.letter.slots.get("team").unwrap();
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        self.house.security.with_detail(&text).to_string()
    }

    /// Somebody registered signs this and sends it to a reply address, as an answer to that mail.
    pub(super) async fn signs(
        &self,
        who: &str,
        to: &str,
        id: &str,
        answers: &str,
        text: &str,
        sealed: bool,
    ) -> Vec<Delivered> {
        let raw = reply(who, to, id, text).replace("<1@example.net>", answers);
        let signed = SignedText {
            fingerprint: who.to_owned(),
            made_at: now(),
            digest: sha256_hex(id.as_bytes()),
            form: SignedForm::Text,
            bytes: text.as_bytes().to_vec(),
        };
        let message = sealed.then(|| raw.as_bytes().to_vec());
        self.takes_opened(&raw, OpenedMail { sealed, message, signed: Some(signed), ..OpenedMail::default() }).await
    }

    async fn certifies(&self, who: &'static str) {
        self.scratch.store.write(move |rows| certify(rows, who)).await.unwrap();
    }

    async fn entries(&self, case: i64) -> Vec<ShownEntry> {
        self.scratch.store.read(move |rows| rows.cases().entries(CaseId(case))).await.unwrap()
    }
}

/// The Message-ID of a mail as `reply` writes it.
fn id_of(who: &str, id: &str) -> String {
    format!("<{id}@{}>", who.split('@').nth(1).unwrap())
}

#[tokio::test]
async fn a_title_and_a_note_that_came_in_cipher_are_shown_in_cipher_only_and_stand_in_no_subject() {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    let [alices, carols] = [ALICE, CAROL].map(|who| office.team(the(&letters, "relay", who)));
    let look = |id: &'static str| {
        let (office, carols) = (office.clone(), carols.clone());
        async move {
            let letters = office.takes(&reply(CAROL, &carols, id, "!status"), false).await;
            let status = letters.into_iter().find(|one| one.kind == "answer" && one.to == CAROL).unwrap();
            (status.state.clone(), status.letter.labels().is_sealed(), status.text())
        }
    };
    assert!(matches!(look("c1").await, (state, false, text) if state == "queued" && text.contains("stale mapping")));

    let asked = format!("!title {MOONLIGHT}");
    let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", &asked, true).await;
    assert!(letters.iter().all(|one| !one.letter.subject.value().contains("moonlight")), "{:?}", states(&letters));
    let relay = the(&letters, "relay", ALICE);
    assert!(!relay.text().contains("moonlight") && relay.text().contains("Done: “title”"), "{}", relay.text());
    assert!(the(&letters, "answer", ALICE).letter.labels().is_sealed());
    let (state, sealed, text) = look("c2").await;
    assert_eq!((state.as_str(), sealed), ("blocked", true), "Carol has no certificate");
    assert!(text.contains(MOONLIGHT));
    let listed = office.scratch.store.read(|rows| rows.cases().listed(CaseId(1))).await.unwrap().unwrap();
    assert!(listed.title_sealed && listed.title == MOONLIGHT);
    // The same in clear does not make it less of a secret; another title does away with it.
    office.signs(ALICE, &alices, "a2", "<1@example.net>", &asked, false).await;
    assert_eq!(look("c3").await.0, "blocked");
    office.signs(ALICE, &alices, "a3", "<1@example.net>", "!title Grants", false).await;
    assert_eq!(look("c4").await.0, "queued");

    let note = "!note\n\nDana called it the moonlight bug.\n\n!sing now";
    office.signs(ALICE, &alices, "a4", "<1@example.net>", note, true).await;
    let (state, sealed, text) = look("c5").await;
    assert_eq!((state.as_str(), sealed), ("blocked", true));
    assert!(text.contains("moonlight"));
    assert!(text.lines().all(|line| !line.trim_start().starts_with('!')), "no line acts when it comes back: {text}");
}

#[tokio::test]
async fn of_a_report_that_came_in_cipher_the_subject_is_a_sealed_title() {
    let office = Office::open().await;
    let letters = office.takes(&report(), true).await;
    let carols = office.team(the(&letters, "relay", CAROL));
    let letters = office.takes(&reply(CAROL, &carols, "c1", "!status"), false).await;
    let status = the(&letters, "answer", CAROL);
    assert_eq!((status.state.as_str(), status.letter.labels().is_sealed()), ("blocked", true));
}

#[tokio::test]
async fn what_waits_for_the_author_of_spam_does_not_leave_and_nobody_is_alarmed() {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    assert_eq!(the(&letters, "acknowledgement", DANA).state, "queued");
    let alices = office.team(the(&letters, "relay", ALICE));
    let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", "!spam", false).await;
    let done = the(&letters, "answer", ALICE).text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(done.contains("A letter that waited for them is stopped."), "{done}");
    let outbox = office.scratch.store.read(|rows| Ok((rows.outbox().list()?, rows.outbox().troubles()?)));
    let (list, troubles) = outbox.await.unwrap();
    let danas: Vec<_> = list.iter().filter(|one| one.to == DANA).map(|one| (one.state.as_str(), &*one.error)).collect();
    assert_eq!(danas, [("blocked", "the case was closed as spam")]);
    assert_eq!(troubles, [], "the team asked for it");
}

#[tokio::test]
async fn an_answer_that_moves_to_another_case_does_not_reach_the_discoverer_of_the_first() {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    let relay = the(&letters, "relay", ALICE);
    let (both, team) = (office.both(relay), office.team(relay));
    let other = report().replace("1@example.net", "2@example.net").replace(DANA, "erin@example.net");
    office.takes(&other, false).await;
    let letters = office.takes(&reply(ALICE, &both, "a1", "Erin, we found it."), false).await;
    assert_eq!(the(&letters, "relay", DANA).state, "queued");

    office.signs(ALICE, &team, "a2", &id_of(ALICE, "a1"), "!move 2", false).await;
    let moved = &office.entries(2).await[1];
    assert_eq!((moved.author.as_str(), moved.joined_by.as_str(), moved.to_reporter), (ALICE, "command", false));
    let policy = Arc::clone(&office.policy);
    let gate = office.scratch.store.read(move |rows| {
        let mut gate = Vec::new();
        for row in rows.outbox().list()?.iter().filter(|row| row.state == "queued" && row.case == Some(CaseId(1))) {
            let to = address(&row.to);
            let labels = rows.outbox().labels(row.id)?;
            let reader = rows.reader(&to, policy.profile.conditions(now()), &labels)?;
            gate.push((row.to.clone(), row.kind.clone(), clearance::may_read(&reader, &labels)));
        }
        Ok(gate)
    });
    let gate = gate.await.unwrap();
    let danas: Vec<_> =
        gate.iter().filter(|(to, ..)| to == DANA).map(|(_, kind, gate)| (kind.as_str(), *gate)).collect();
    assert_eq!(danas, [("acknowledgement", Ok(())), ("relay", Err(Barred::NotInCase(CaseId(2))))]);
    assert!(gate.iter().all(|(to, _, gate)| to == DANA || gate.is_ok()), "the team reads both: {gate:?}");
}

#[tokio::test]
async fn a_mail_of_the_case_so_far_that_moves_before_that_leaves_holds_it_back() {
    const ERIN: &str = "erin@example.com";
    let office = Office::open().await;
    let letters = office.takes(&report(), true).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    office.takes(&reply(DANA, "security@example.org", "d2", "Another bug: the sunrise."), true).await;
    let add = format!("!add Erin Example <{ERIN}> as coordinator");
    let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", &add, false).await;
    let token = the(&letters, "confirmation", ERIN).letter.slots.get("agree").unwrap().clone();
    let text = office.house.secret.derive(token.purpose, &token.cause, token.counter);
    let to = office.house.security.with_detail(&text).to_string();
    let letters = office.takes(&reply(ERIN, &to, "e1", "agree"), false).await;
    let so_far = letters.iter().find(|one| one.to == ERIN && one.text().contains("sunrise")).unwrap();
    assert_eq!(so_far.state, "blocked", "it waits for a certificate");

    office.certifies(ERIN).await;
    office.signs(ALICE, &alices, "a2", &id_of(DANA, "d2"), "!split", false).await;
    assert!(office.entries(2).await.iter().any(|entry| entry.inbox == 2));
    let policy = Arc::clone(&office.policy);
    let gate = office.scratch.store.read(move |rows| {
        let mut gate = Vec::new();
        for row in rows.outbox().list()?.iter().filter(|row| row.to == ERIN && row.kind == "relay") {
            let case = rows.threads().case_of([&MessageId::parse(&row.message_id).unwrap()])?;
            let labels = rows.outbox().labels(row.id)?;
            let reader = rows.reader(&address(ERIN), policy.profile.conditions(now()), &labels)?;
            gate.push((clearance::may_read(&reader, &labels), case));
        }
        Ok(gate)
    });
    let first = Some(CaseId(1));
    assert_eq!(gate.await.unwrap(), [(Ok(()), first), (Err(Barred::NotInCase(CaseId(2))), first)]);
}

#[tokio::test]
async fn a_mail_of_a_machine_makes_a_case_without_anybody_to_write_to() {
    let office = Office::open().await;
    office.takes(&report(), false).await;
    let tracker = reply("tracker@example.net", "security@example.org", "t1", "Bug 7 was opened.").replacen(
        "From:",
        "Precedence: bulk\nFrom:",
        1,
    );
    let letters = office.takes(&tracker, false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    let letters = office.signs(ALICE, &alices, "a1", "<t1@example.net>", "!split", false).await;
    assert_eq!(letters.iter().filter(|one| one.to.starts_with("tracker")).count(), 0, "{:?}", states(&letters));
    let case = office.scratch.store.read(|rows| rows.cases().get(CaseId(2))).await.unwrap().unwrap();
    assert_eq!((case.reporter, case.title.value().as_str()), (None, "Re: it"));
}

#[tokio::test]
async fn who_is_not_in_the_team_finds_no_case_by_naming_it() {
    let office = Office::open().await;
    office.takes(&report(), false).await;
    office.certifies(DANA).await;
    for (id, named) in [("d1", "case 1"), ("d2", "case 77")] {
        let text = format!("{named}\n!title Mine\n\nIt crashes, too.");
        let letters = office.signs(DANA, "security@example.org", id, "", &text, false).await;
        let kinds: Vec<&str> = letters.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["relay", "relay", "acknowledgement"], "{named}: a report like any other");
    }
    let titles = office.scratch.store.read(|rows| rows.cases().list()).await.unwrap();
    assert!(titles.iter().all(|case| case.title != "Mine"), "{titles:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_a_sentence() {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    let joined = office.scratch.store.write(|rows| {
        for (name, who) in [("Carol Miller", BOB), ("Carol Smith", "smith@example.org")] {
            let person = rows.people().find_or_add(name, &address(who))?;
            rows.people().join_team(person.id, false, now())?;
        }
        Ok(())
    });
    joined.await.unwrap();
    let long_note = format!("!note {}", "x".repeat(10_001));
    for (index, (text, says)) in [
        (long_note.as_str(), "the note has 10001 characters, and 10000 are taken"),
        ("!owner Mallory", "nobody in the team is called “Mallory”"),
        ("!owner dana@example.net", "nobody in the team is called"),
        ("!reopen", "the case is open"),
        ("!split", "it cannot be told which mail you mean"),
        ("!move 1", "the mail is in case 1 already"),
        ("!move 9", "there is no case 9"),
    ]
    .into_iter()
    .enumerate()
    {
        let letters = office.signs(ALICE, &alices, &format!("a{index}"), "<nobody@knows>", text, false).await;
        let refusal = the(&letters, "refusal", ALICE).text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(refusal.contains(says), "“{says}” in: {refusal}");
    }
    // A first name that two have says nothing; a whole name and an address do, however they are written.
    for (id, name, owner) in [
        ("b1", "CAROL", Some(CAROL)), // As one is called, and nobody else.
        ("b2", "carol smith", Some("smith@example.org")),
        ("b3", "miller", Some(BOB)),
        ("b4", "Smith@Example.org", Some("smith@example.org")),
    ] {
        office.signs(ALICE, &alices, id, "<nobody@knows>", &format!("!owner {name}"), false).await;
        let listed = office.scratch.store.read(|rows| rows.cases().listed(CaseId(1))).await.unwrap().unwrap();
        assert_eq!(listed.owner.as_deref(), owner, "{name}");
    }
}
