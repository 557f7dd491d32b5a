//! Cases with more than one discoverer: what one of them wrote or asked for is kept from the other, and kept.

use super::*;

const FRANK: &str = "frank@finder.example.com";
const FRANKS_SECRET: &str = "An event channel that is closed twice leaves a dangling pointer in the domain.";

/// Frank found the same, and wrote a mail of his own.
fn franks() -> String {
    format!(
        "Delivered-To: security@example.org\nFrom: Frank Finder <{FRANK}>\nSubject: Stale grants\n\
         Message-ID: <2@finder.example.com>\n\n{FRANKS_SECRET}\n\nFrank\n"
    )
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Alice's reply addresses in two cases, and the one of team and discoverer in the first.
struct Two {
    first: String,
    second: String,
    both: String,
}

impl Office {
    async fn reported_twice(&self, sealed: bool) -> Two {
        let dana = self.takes(&report(), false).await;
        let frank = self.takes(&franks(), sealed).await;
        let first = the(&dana, "relay", ALICE);
        Two { first: self.team(first), second: self.team(the(&frank, "relay", ALICE)), both: self.both(first) }
    }

    /// Alice gives commands in the first case.
    async fn first(&self, two: &Two, id: &str, text: &str) -> Vec<Delivered> {
        self.signs(ALICE, &two.first, id, "<1@example.net>", text, false).await
    }

    /// Alice gives commands in the second case.
    async fn second(&self, two: &Two, id: &str, text: &str) -> Vec<Delivered> {
        self.signs(ALICE, &two.second, id, "<2@finder.example.com>", text, false).await
    }

    async fn credits(&self, case: i64) -> Vec<String> {
        self.scratch.store.read(move |rows| rows.facts().credits(CaseId(case))).await.unwrap()
    }

    async fn reporters(&self, case: i64) -> Vec<String> {
        let read = self.scratch.store.read(move |rows| rows.participants().reporters(CaseId(case)));
        read.await.unwrap().into_iter().map(|one| one.address.to_string()).collect()
    }
}

fn done(letters: &[Delivered]) -> String {
    flat(&the(letters, "answer", ALICE).text())
}

#[tokio::test]
async fn of_an_answer_to_several_discoverers_each_gets_what_the_team_wrote_and_nothing_of_the_others() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    office.second(&two, "d1", "!duplicate 1").await;
    let quote = format!("Thank you, we test it.\n\nOn Monday, Dana Doe <{DANA}> wrote:\n> {SECRET}");
    let attached = |text: &str| {
        let raw = reply(ALICE, &two.both, "a1", "").replacen(
            "\n\n",
            "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n",
            1,
        );
        format!(
            "{raw}--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/x-diff; name=fix.patch\n\
             Content-Disposition: attachment; filename=fix.patch\n\n--- a\n+++ b\n--b\nContent-Type: message/rfc822\n\n\
             From: {DANA}\nSubject: it\n\n{SECRET}\n--b--\n"
        )
    };
    let letters = office.takes(&attached(&quote), false).await;
    for reader in [DANA, FRANK] {
        let told = the(&letters, "relay", reader);
        assert!(told.text().contains("we test it"), "{}", told.text());
        for of_others in ["grant", "Dana Doe", DANA, FRANK, "wrote:"] {
            assert!(!told.text().contains(of_others), "{of_others}: {}", told.text());
        }
        assert_eq!(told.letter.enclosures.iter().filter(|one| format!("{one:?}").contains("Attachment")).count(), 1);
    }
    assert!(!the(&letters, "answer", ALICE).text().contains("grant"), "what they will see is shown");

    // Nothing but a quote: nothing goes out.
    let only = format!("On Monday, Dana Doe <{DANA}> wrote:\n> {SECRET}");
    let letters = office.takes(&reply(ALICE, &two.both, "a2", &only), false).await;
    assert!(letters.iter().all(|one| one.to != DANA && one.to != FRANK), "{:?}", states(&letters));
    let why = flat(&the(&letters, "refusal", ALICE).text());
    assert!(why.contains("more than one discoverer") && why.contains("!tell"), "{why}");

    let letters = office.first(&two, "t1", &format!("!tell reporter\n\n{quote}")).await;
    let told = the(&letters, "relay", FRANK);
    assert!(told.text().contains("we test it") && !told.text().contains("grant"), "{}", told.text());
}

#[tokio::test]
async fn whoever_is_to_stay_anonymous_stays_so_in_the_case_that_theirs_is_a_duplicate_of() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    office.second(&two, "c1", "!credit reporter anonymous").await;
    let letters = office.second(&two, "d1", "!duplicate 1").await;
    assert_eq!(office.credits(1).await, ["Dana Doe"], "{}", done(&letters));
    // What was said in the original counts.
    office.second(&two, "r1", "!reopen").await;
    office.second(&two, "c2", "!credit reporter as Frank of Finders").await;
    office.second(&two, "d2", "!duplicate 1").await;
    assert_eq!(office.credits(1).await, ["Dana Doe"]);
}

#[tokio::test]
async fn what_came_encrypted_to_a_duplicate_is_known_in_the_original() {
    let office = Office::open().await;
    let two = office.reported_twice(true).await;
    office.second(&two, "d1", "!duplicate 1").await;
    let raw = reply(FRANK, "security@example.org", "f2", &format!("More of it:\n\n> {FRANKS_SECRET}"))
        .replace("<1@example.net>", "<2@finder.example.com>");
    let letters = office.takes(&raw, false).await;
    let relay = the(&letters, "relay", CAROL);
    assert!(relay.letter.subject.value().contains("case 1]"), "{}", relay.letter.subject.value());
    assert_eq!(relay.state, "blocked", "Carol has no certificate: {:?}", states(&letters));
    // And what stands in the original is known in the duplicate.
    let letters = office.takes(&reply(CAROL, &two.second, "c9", FRANKS_SECRET), false).await;
    assert_eq!(the(&letters, "relay", CAROL).state, "blocked");
}

#[tokio::test]
async fn nobody_anonymous_is_named_by_the_credit_of_another_and_a_short_name_blocks_nobodys() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    office.second(&two, "d1", "!duplicate 1").await;
    office.first(&two, "c1", "!credit dana@example.net anonymous").await;
    let letters = office.first(&two, "c2", &format!("!credit {FRANK} as Frank, with Dana  Doe")).await;
    let why = flat(&the(&letters, "refusal", ALICE).text());
    assert!(why.contains("that would name the discoverer dana@example.net"), "{why}");
    // Parts of words name nobody.
    let letters = office.first(&two, "c3", "!credit Jordana Doevre").await;
    assert!(done(&letters).contains("will thank “Jordana Doevre”"), "{}", done(&letters));
    let letters = office.first(&two, "c4", "!credit Dana Scully").await;
    assert!(done(&letters).contains("will thank “Dana Scully”"), "{}", done(&letters));

    // Whoever is named before they ask to be not is named still: that is said.
    office.first(&two, "c5", "!credit The team of Frank Finder").await;
    let letters = office.first(&two, "c6", &format!("!credit {FRANK} anonymous")).await;
    let words = done(&letters);
    assert!(words.contains("still names them, in: “The team of Frank Finder”"), "{words}");

    // A stranger whose name is one common word.
    let eve = "Delivered-To: security@example.org\nFrom: Research <eve@third.example.com>\nSubject: The same\n\
               Message-ID: <3@third.example.com>\n\nThe same again.\n";
    let third = office.team(the(&office.takes(eve, false).await, "relay", ALICE));
    office.signs(ALICE, &third, "d3", "<3@third.example.com>", "!duplicate 1", false).await;
    office.first(&two, "c7", "!credit eve@third.example.com anonymous").await;
    let letters = office.first(&two, "c8", "!credit Gustav of Acme Research").await;
    assert!(done(&letters).contains("will thank “Gustav of Acme Research”"), "{}", done(&letters));
    let letters = office.first(&two, "c9", "!credit Gustav of Acme Research as research").await;
    assert!(the(&letters, "refusal", ALICE).text().contains("eve@third.example.com"), "the whole name is theirs");
}

#[tokio::test]
async fn a_case_that_is_no_duplicate_any_more_takes_its_discoverers_from_the_whole_chain() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    let eve = "Delivered-To: security@example.org\nFrom: Eve <eve@third.example.com>\nSubject: The same\n\
               Message-ID: <3@third.example.com>\n\nThe same again.\n";
    let third = office.team(the(&office.takes(eve, false).await, "relay", ALICE));
    office.signs(ALICE, &third, "d1", "<3@third.example.com>", "!duplicate 2", false).await;
    office.second(&two, "d2", "!duplicate 1").await;
    assert_eq!((office.reporters(1).await.len(), office.reporters(2).await.len()), (3, 2));
    office.signs(ALICE, &third, "r1", "<3@third.example.com>", "!reopen", false).await;
    assert_eq!(office.reporters(1).await, [DANA, FRANK]);
    assert_eq!(office.reporters(2).await, [FRANK], "she is no discoverer of the one in between either");
}

#[tokio::test]
async fn whom_the_team_removed_does_not_come_back_by_a_duplicate() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    office.first(&two, "a1", &format!("!add Frank <{FRANK}> as expert")).await;
    office.first(&two, "a2", &format!("!remove {FRANK}")).await;
    let letters = office.second(&two, "d1", "!duplicate 1").await;
    assert_eq!(office.reporters(1).await, [DANA]);
    let words = done(&letters);
    assert!(words.contains(&format!("{FRANK} was removed from case 1")), "{words}");
}

/// Somebody whose mail answered another is not told of a case, until the team does.
#[tokio::test]
async fn whoever_was_told_the_number_of_their_case_is_answered_as_its_discoverer() {
    for command in ["!cve CVE-2026-12345", "!invalid It is none.", "!embargo"] {
        let office = Office::open().await;
        let raw = report().replace("\n\nHello", "\nIn-Reply-To: <elsewhere@example.com>\n\nHello");
        let letters = office.takes(&raw, false).await;
        assert!(!the(&letters, "acknowledgement", DANA).text().contains("case 1"), "a stranger to the case");
        let alices = office.team(the(&letters, "relay", ALICE));
        let letters = office.signs(ALICE, &alices, "a1", "<1@example.net>", command, false).await;
        assert!(the(&letters, "notice", DANA).text().contains("case 1"), "{command}");
        let letters = office.takes(&reply(DANA, "security@example.org", "d2", "Thank you."), false).await;
        let answer = the(&letters, "answer", DANA).text();
        assert!(answer.contains("case 1"), "{command}: {answer}");
    }
}

/// Frank said when he publishes before anybody knew that it is the same.
#[tokio::test]
async fn a_date_that_the_discoverer_of_a_duplicate_insists_on_counts_in_the_original() {
    let office = Office::open().await;
    let two = office.reported_twice(false).await;
    let raw = reply(FRANK, "security@example.org", "f2", "We will publish on 2026-12-10, whatever happens.")
        .replace("<1@example.net>", "<2@finder.example.com>");
    office.takes(&raw, false).await;
    office.second(&two, "d1", "!duplicate 1").await;
    let letters = office.first(&two, "a1", "!embargo 2026-12-29 talks\n!status").await;
    let words = done(&letters);
    assert!(words.contains("insists on Thu 2026-12-10, which is earlier"), "{words}");
    assert!(words.contains("in case 2: Thu 2026-12-10; they insist"), "{words}");
}
