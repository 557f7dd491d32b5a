//! What a careless or hostile person would try: each is met by a sentence, or does what it says and no more.

use super::*;
use crate::rules::command::Role;
use crate::rules::life::State;
use crate::store::participants::State as Standing;

const ERIN: &str = "erin@example.com";

async fn state(office: &Office, case: i64) -> State {
    let found = office.scratch.store.read(move |rows| rows.cases().get(CaseId(case))).await;
    found.unwrap().unwrap().state
}

/// On one line.
fn flat(letter: &Delivered) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An office with the cases of two discoverers, and Alice's reply addresses there.
async fn two_cases() -> (Office, [String; 2]) {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    let first = office.team(the(&letters, "relay", ALICE));
    let other = report().replace("1@example.net", "2@example.net").replace(DANA, ERIN);
    let letters = office.takes(&other, false).await;
    let second = office.team(the(&letters, "relay", ALICE));
    (office, [first, second])
}

/// Files that come along under a signature.
fn with_files(text: &str, files: &[(&str, &str)]) -> String {
    let parts: String =
        files.iter().map(|(header, text)| format!("--m\nContent-Type: text/x-patch\n{header}\n\n{text}\n")).collect();
    format!("Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n{parts}--m--\n")
}

const DIFF: &str = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b";

impl Office {
    async fn signs_files(&self, to: &str, id: &str, text: &str, files: &[(&str, &str)]) -> Vec<Delivered> {
        let signed = SignedText {
            fingerprint: ALICE.to_owned(),
            made_at: now(),
            digest: sha256_hex(id.as_bytes()),
            form: SignedForm::Entity,
            bytes: with_files(text, files).into_bytes(),
        };
        let raw = reply(ALICE, to, id, text);
        self.takes_opened(&raw, OpenedMail { signed: Some(signed), ..OpenedMail::default() }).await
    }

    async fn standing(&self, case: i64, who: &'static str) -> Option<(Role, Standing)> {
        let found = self.scratch.store.read(move |rows| {
            let person = rows.people().find_or_add("", &address(who))?;
            rows.participants().get(CaseId(case), person.id)
        });
        found.await.unwrap().map(|one| (one.role, one.state))
    }
}

#[tokio::test]
async fn what_contradicts_itself_changes_nothing_and_tells_nobody_else() {
    let (office, [alices, _]) = two_cases().await;
    for (id, text, line) in [
        ("a1", "!embargo\n!public https://example.org/1", "!public https://example.org/1"),
        ("a2", "!public https://example.org/1\n!embargo", "!embargo"),
        ("a3", "!confirm\n!invalid It is none of ours.", "!invalid It is none of ours."),
        ("a4", "!duplicate 2\n!passed qemu", "!passed qemu"),
    ] {
        let letters = office.signs(ALICE, &alices, id, "<1@example.net>", text, false).await;
        let refusal = flat(the(&letters, "refusal", ALICE));
        assert!(refusal.contains(line) && refusal.contains("cannot be meant together"), "{text}: {refusal}");
        assert!(letters.iter().all(|one| [ALICE, CAROL].contains(&one.to.as_str())), "{:?}", states(&letters));
        assert_eq!(state(&office, 1).await, State::Triage, "{text}");
    }
}

#[tokio::test]
async fn two_cases_are_not_duplicates_of_each_other() {
    let (office, [first, second]) = two_cases().await;
    let letters = office.signs(ALICE, &first, "a1", "<1@example.net>", "!duplicate 2", false).await;
    assert_eq!(state(&office, 1).await, State::Duplicate, "{:?}", states(&letters));
    // Sent at the same time, by somebody who did not know.
    let letters = office.signs(ALICE, &second, "a2", "<2@example.net>", "!duplicate 1", false).await;
    let refusal = flat(the(&letters, "refusal", ALICE));
    assert!(refusal.contains("case 1 is closed as a duplicate of this one"), "{refusal}");
    assert_eq!(state(&office, 2).await, State::Triage);
}

#[tokio::test]
async fn whom_the_team_removed_does_not_come_back_by_a_duplicate() {
    let (office, [first, second]) = two_cases().await;
    let removed = office.scratch.store.write(|rows| {
        let person = rows.people().find_or_add("", &address(ERIN))?;
        crate::store::testing::take_part(rows, 1, person.id, "removed", now())
    });
    removed.await.unwrap();
    let letters = office.signs(ALICE, &second, "a1", "<2@example.net>", "!duplicate 1", false).await;
    let answer = flat(the(&letters, "answer", ALICE));
    assert!(
        answer.contains("erin@example.com was removed from case 1 as expert, and does not come back by this"),
        "{answer}"
    );
    assert_eq!(office.standing(1, ERIN).await, Some((Role::Expert, Standing::Removed)));
    let told = flat(letters.iter().find(|one| one.to == ERIN).unwrap());
    assert!(!told.contains("case 1"), "they do not hear which case it is: {told}");

    // One who became a discoverer by a duplicate that was none, and is one after all.
    let (office, [_, second]) = (office, [first, second]);
    office.signs(ALICE, &second, "a2", "<2@example.net>", "!reopen", false).await;
    assert_eq!(state(&office, 2).await, State::Triage);
}

#[tokio::test]
async fn the_discoverer_of_both_and_a_discoverer_in_the_team_are_told_once() {
    let office = Office::open().await;
    office.takes(&report(), false).await;
    let again = report().replace("1@example.net", "2@example.net");
    let letters = office.takes(&again, false).await;
    let second = office.team(the(&letters, "relay", ALICE));
    let letters = office.signs(ALICE, &second, "a1", "<2@example.net>", "!duplicate 1", false).await;
    assert_eq!(letters.iter().filter(|one| one.to == DANA).count(), 1, "{:?}", states(&letters));
    assert_eq!(office.standing(1, DANA).await, Some((Role::Reporter, Standing::Active)));

    // Carol reported one herself.
    let hers = report().replace("1@example.net", "3@example.net").replace(DANA, CAROL);
    let letters = office.takes(&hers, false).await;
    let third = office.team(the(&letters, "relay", ALICE));
    office.signs(ALICE, &third, "a2", "<3@example.net>", "!duplicate 1", false).await;
    assert_eq!(state(&office, 3).await, State::Duplicate);
    assert_eq!(office.standing(1, CAROL).await, None, "she gets all mail of it as one of the team");
}

#[tokio::test]
async fn nobody_is_named_as_a_discoverer_who_cannot_be_one() {
    let (office, _) = two_cases().await;
    for (index, (whose, says)) in [
        ("security@example.org", "is an address of ours"),
        ("Us <security+abc@example.org>", "is an address of ours"),
        ("Xen <xen-devel@lists.xenproject.org>", "is a public list"),
        (CAROL, "is in the team"),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("!report for {whose}\n\nThey found that a guest can do it.");
        let letters = office.signs(ALICE, "security@example.org", &format!("a{index}"), "", &text, false).await;
        let refusal = flat(the(&letters, "refusal", ALICE));
        assert!(refusal.contains(says), "{whose}: {refusal}");
        assert!(letters.iter().all(|one| [ALICE, CAROL].contains(&one.to.as_str())), "{:?}", states(&letters));
    }
}

#[tokio::test]
async fn patches_with_names_of_other_places_none_or_twice_the_same() {
    let (office, [alices, _]) = two_cases().await;
    let named = |name: &str| format!("Content-Disposition: attachment; {name}");
    let many: Vec<String> = (0..51).map(|at| named(&format!("filename=p{at}.patch"))).collect();
    for (index, (names, says)) in [
        (vec![named("filename=\"4.20.patch\""), named("filename=\"4.20.patch\"")], "two of the files are called"),
        (vec![named("filename=\"\"")], "has a name that cannot stand in an advisory"),
        (vec![named("filename*=utf-8''a%0D%0A%21public.patch")], "has a name that cannot stand in an advisory"),
        (vec![named("filename=\"../..\"")], "has a name that cannot stand in an advisory"),
        (many, "there are 51 patches, and a mail may bring 50"),
    ]
    .into_iter()
    .enumerate()
    {
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), DIFF)).collect();
        let letters = office.signs_files(&alices, &format!("a{index}"), "!patch", &files).await;
        let refusal = the(&letters, "refusal", ALICE);
        assert!(flat(refusal).contains(says), "{names:?}: {}", flat(refusal));
        assert!(refusal.text().lines().all(|line| !line.trim_start().starts_with('!')), "{}", refusal.text());
    }
    let place = named("filename=\"../../etc/passwd-4.20.patch\"");
    office.signs_files(&alices, "b1", "!patch", &[(place.as_str(), DIFF)]).await;
    let kept = office.scratch.store.read(|rows| rows.facts().patches(CaseId(1))).await.unwrap();
    assert_eq!(kept.iter().map(|patch| patch.name.as_str()).collect::<Vec<_>>(), ["passwd-4.20.patch"]);
}

#[tokio::test]
async fn numbers_dates_and_names_beyond_all_measure_are_refused_with_a_sentence() {
    let (office, [alices, _]) = two_cases().await;
    let long = format!("!affects {} yes", "4".repeat(10_000));
    for (index, (text, says)) in [
        ("!assign 99999999999999999999", "is no number of an advisory"),
        ("!assign -5", "is no number of an advisory"),
        ("!assign 480-481", "is no number of an advisory"),
        ("!assign CVE-2026-12345", "is no number of an advisory"),
        ("!assign 0", "is no number of an advisory"),
        ("!assign 1000000", "a number from 1 to 999999"),
        (&long, "is no name of a branch"),
        ("!embargo 9999-12-31 for ever", "What to do"),
        ("!embargo 9999-12-01 for ever", "is more than 5 years from now"),
        ("!embargo 2027-02-29 a day that is none", "What to do"),
        ("!embargo 2026-12-07 09:00 this very second", "is past"),
        ("!cve CVE-2026-99999999999999999999999", "is no CVE number"),
        ("!duplicate 99999999999999999999", "!duplicate NUMBER"),
        ("!duplicate 9223372036854775807", "there is no case"),
    ]
    .into_iter()
    .enumerate()
    {
        let letters = office.signs(ALICE, &alices, &format!("a{index}"), "<1@example.net>", text, false).await;
        let refusal = flat(the(&letters, "refusal", ALICE));
        assert!(refusal.contains(says), "{text}: {refusal}");
        assert!(refusal.len() < 4_000, "{}", refusal.len());
    }
    for (id, text, says) in [
        ("b1", "!embargo 2026-12-07 09:00:01 a second from now", "2026-12-07 09:00"),
        ("b2", "!embargo 2026-12-07 09:01 a minute from now", "2026-12-07 09:01"),
        ("b3", "!embargo 2028-02-29 a leap day", "2028-02-29"),
    ] {
        let letters = office.signs(ALICE, &alices, id, "<1@example.net>", text, false).await;
        let answer = flat(letters.iter().find(|one| one.to == ALICE && one.kind != "relay").unwrap());
        assert!(answer.contains(says), "{text}: {answer}");
    }
}

#[tokio::test]
async fn a_closed_case_gets_no_number_and_two_cases_do_not_share_one() {
    let (office, [first, second]) = two_cases().await;
    office.signs(ALICE, &first, "a1", "<1@example.net>", "!cve CVE-2026-10001", false).await;
    let letters = office.signs(ALICE, &second, "a2", "<2@example.net>", "!cve CVE-2026-10001", false).await;
    let refusal = flat(the(&letters, "refusal", ALICE));
    assert!(refusal.contains("CVE-2026-10001 is the number of case 1 already"), "{refusal}");
    office.signs(ALICE, &second, "a3", "<2@example.net>", "!invalid It is none of ours.", false).await;
    let letters = office.signs(ALICE, &second, "a4", "<2@example.net>", "!cve CVE-2026-10002", false).await;
    let refusal = flat(the(&letters, "refusal", ALICE));
    assert!(refusal.contains("the case is closed"), "{refusal}");
}

#[tokio::test]
async fn somebody_who_takes_part_commands_nothing() {
    let (office, [alices, _]) = two_cases().await;
    let (who, add) = (ERIN, format!("!add Erin <{ERIN}> as coordinator"));
    let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", &add, false).await;
    let token = the(&letters, "confirmation", who).letter.slots.get("agree").unwrap().clone();
    let text = office.house.secret.derive(token.purpose, &token.cause, token.counter);
    office.takes(&reply(who, &office.house.security.with_detail(&text).to_string(), "e1", "agree"), false).await;
    let theirs = office.scratch.store.read(|rows| {
        let person = rows.people().by_address(&address(ERIN))?.expect("somebody");
        rows.tokens().of(person.id, CaseId(1), Purpose::AnswerTeam)
    });
    let token = theirs.await.unwrap().expect("a reply address");
    let text = office.house.secret.derive(token.purpose, &token.cause, token.counter);
    let to = office.house.security.with_detail(&text).to_string();
    let letters = office.takes(&reply(who, &to, "e2", "!public https://example.org/1\n!export"), false).await;
    assert_eq!(state(&office, 1).await, State::Triage);
    let done = letters.iter().find(|one| flat(one).contains("Done") || flat(one).contains("carried out"));
    assert!(done.is_none(), "{}", done.unwrap().text());
    assert!(letters.iter().all(|one| one.letter.enclosures.len() < 2), "{:?}", states(&letters));
}

#[tokio::test]
async fn what_leaves_in_cipher_only_is_exported_to_nobody_without_a_certificate() {
    let office = Office::open().await;
    let letters = office.takes(&report(), true).await;
    let carols = office.team(the(&letters, "relay", CAROL));
    let letters = office.takes(&reply(CAROL, &carols, "c1", "!export"), false).await;
    let refusal = flat(the(&letters, "refusal", CAROL));
    assert!(refusal.contains("no certificate of yours that can be used"), "{refusal}");
    assert!(
        letters.iter().all(|one| one.letter.enclosures.is_empty() || one.kind == "relay"),
        "{:?}",
        states(&letters)
    );
}

#[tokio::test]
async fn a_discoverer_who_writes_of_dates_without_end_fills_no_letter_and_reminds_of_each_date_once() {
    let office = Office::open().await;
    let letters = office.takes(&report(), false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    let insists = "We will publish on 2026-12-09, whatever happens. ";
    let sentences = (10..31).map(|day| format!("We would prefer to publish on 2026-12-{day}.\n")).collect::<String>();
    for index in 0..60 {
        let text = format!("{insists}\n{sentences}");
        let letters = office.takes(&reply(DANA, "security@example.org", &format!("d{index}"), &text), false).await;
        let longest = letters.iter().map(|one| one.text().len()).max().unwrap_or_default();
        assert!(longest < 20_000, "{longest}");
    }
    let large = format!("{insists}\n{}", "We would prefer to publish on 2026-12-20.\n".repeat(1_000_000 / 42));
    office.takes(&reply(DANA, "security@example.org", "large", &large), false).await;
    let hints = office.scratch.store.read(|rows| rows.embargoes().hints(CaseId(1))).await.unwrap();
    assert!((60..=305).contains(&hints.len()), "{}", hints.len());
    let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", "!status", false).await;
    let status = the(&letters, "answer", ALICE).text();
    assert!(status.contains("earlier are not shown here"), "{status}");
    assert!(status.len() < 20_000, "{}", status.len());

    let mut reminded = Vec::new();
    for day in ["2026-12-08", "2026-12-09"] {
        let (policy, house) = (Arc::clone(&office.policy), Arc::clone(&office.house));
        let at: Timestamp = format!("{day}T09:00:00Z").parse().unwrap();
        let reminders = office.scratch.store.write(move |rows| {
            for one in due(rows, &policy, at)? {
                tick(&mut Desk::new(rows, &policy, &house, at, one.cause()), &one)?;
            }
            let lines = rows.audit().list()?.into_iter().filter(|line| line.act == "remind");
            Ok(lines.filter(|line| line.detail.starts_with("date ")).count())
        });
        reminded.push(reminders.await.unwrap());
        office
            .takes(&reply(DANA, "security@example.org", &format!("again {day}").replace(' ', ""), insists), false)
            .await;
    }
    assert_eq!(reminded, [1, 1], "once, however often they say it");
}
