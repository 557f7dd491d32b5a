//! Each command about the life of a case in each state of one, beside a table made by hand that knows no `rules::life`.

use super::*;
use crate::rules::contacts::{Contact, Part};
use crate::rules::life::State;

const LEAD: &str = "lead@tools.example";

/// From each state: where “!confirm”, “!invalid”, “!duplicate”, “!passed” and “!reopen” lead; `None`: it is refused.
/// Written by hand from DESIGN section 9 and PROCESS X3, X22, C2.
fn expected(from: State) -> [Option<State>; 5] {
    use State::*;
    match from {
        Triage => [Some(Confirmed), Some(Invalid), Some(Duplicate), Some(Passed), None],
        Confirmed => [Some(Confirmed), Some(Invalid), Some(Duplicate), Some(Passed), None],
        Embargoed => [Some(Embargoed), Some(Invalid), Some(Duplicate), Some(Passed), None],
        Public => [Some(Public), Some(Invalid), Some(Duplicate), Some(Passed), Some(Confirmed)],
        Predisclosed => [Some(Predisclosed), None, None, None, None],
        Invalid | Duplicate | Passed => [None, None, None, None, Some(Triage)],
        // It was released before.
        Closed => [None, None, None, None, Some(Released)],
        Held | Released => [None; 5],
    }
}

/// An office that knows the lead of a component.
async fn office() -> Office {
    let mut office = Office::open().await;
    let lead = Contact {
        id: "tools".to_owned(),
        part: Part::Lead,
        name: "Toolstack Maintainers".to_owned(),
        address: address(LEAD),
        agreed: true,
    };
    let house = Arc::make_mut(&mut office.house);
    house.contacts.push(lead);
    office
}

/// Puts a case where no command may have led it.
async fn force(office: &Office, case: i64, to: State) {
    let forced = office.scratch.store.write(move |rows| {
        let from = rows.cases().get(CaseId(case))?.expect("the case").state;
        rows.cases().forget_the_end(CaseId(case))?;
        rows.cases().go(CaseId(case), from, to, now())
    });
    assert!(forced.await.unwrap());
}

async fn state(office: &Office, case: i64) -> State {
    let found = office.scratch.store.read(move |rows| rows.cases().get(CaseId(case))).await;
    found.unwrap().unwrap().state
}

#[tokio::test]
async fn every_command_leads_from_every_state_where_it_should_and_each_refusal_says_why_and_what_to_do() {
    let office = office().await;
    let letters = office.takes(&report(), false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    let other =
        reply(DANA, "security@example.org", "other", "Another one.").replace("In-Reply-To: <1@example.net>\n", "");
    office.takes(&other, false).await;
    let commands = ["!confirm", "!invalid It is none.", "!duplicate 2", "!passed tools", "!reopen"];
    for (at, from) in State::ALL.into_iter().enumerate() {
        for ((index, text), to) in commands.iter().enumerate().zip(expected(from)) {
            force(&office, 1, from).await;
            let id = format!("c{at}-{index}");
            let letters = office.signs(ALICE, &alices, &id, "<nobody@knows>", text, false).await;
            assert_eq!(state(&office, 1).await, to.unwrap_or(from), "{text} in {from}");
            let answer = the(&letters, if to.is_some() { "answer" } else { "refusal" }, ALICE).text();
            match to {
                Some(_) => assert!(answer.contains("Case 1 "), "{text} in {from}: {answer}"),
                None => assert!(
                    answer.contains("Why: the case ") && answer.contains("What to do: "),
                    "{text} in {from}: {answer}"
                ),
            }
            let outside = letters.iter().filter(|one| ![ALICE, CAROL].contains(&one.to.as_str())).count();
            assert!(to.is_some() || outside == 0, "{text} in {from}: {:?}", states(&letters));
        }
    }
}

#[tokio::test]
async fn what_is_not_public_after_all_is_said_to_everybody_who_was_told_that_it_is() {
    let office = office().await;
    let letters = office.takes(&report(), false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    office.signs(ALICE, &alices, "a1", "<nobody@knows>", "!add tools", false).await;
    office.signs(ALICE, &alices, "a1b", "<nobody@knows>", "!public https://example.net/blog", false).await;
    let letters = office.signs(ALICE, &alices, "a2", "<nobody@knows>", "!cve CVE-2026-12345", false).await;
    assert!(!the(&letters, "notice", DANA).text().contains("must NOT"), "it is public");
    let letters = office.signs(ALICE, &alices, "a3", "<nobody@knows>", "!reopen", false).await;
    for who in [DANA, LEAD] {
        let told = the(&letters, "notice", who).text();
        assert!(told.contains("confidential AGAIN") && told.contains("tell nobody outside our"), "{told}");
    }
    let known = office.scratch.store.read(|rows| rows.cases().get(CaseId(1))).await.unwrap().unwrap();
    assert_eq!((known.state, known.public_at, known.agreed_at), (State::Confirmed, None, None));
}

#[tokio::test]
async fn a_number_of_what_people_published_themselves_asks_for_its_text() {
    let office = office().await;
    let letters = office.takes(&report(), false).await;
    let alices = office.team(the(&letters, "relay", ALICE));
    office.signs(ALICE, &alices, "n1", "<nobody@knows>", "!assign 480", false).await;
    let letters = office.signs(ALICE, &alices, "n2", "<nobody@knows>", "!cve CVE-2026-11111", false).await;
    assert!(!the(&letters, "answer", ALICE).text().contains("!advisory"), "it is not public");
    force(&office, 1, State::Released).await;
    let letters = office.signs(ALICE, &alices, "n3", "<nobody@knows>", "!cve CVE-2026-12345", false).await;
    let answer = the(&letters, "answer", ALICE).text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(answer.contains("The desk has no text of XSA-480, which you published yourselves"), "{answer}");
}
