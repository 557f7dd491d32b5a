//! Dates of cases in states and under rules that no story reaches yet.

use super::*;
use crate::rules::life::State;
use crate::store::cases::Case;

const WOMBAT: &str = "because of the wombat";

impl Office {
    async fn case(&self) -> Case {
        self.scratch.store.read(|rows| Ok(rows.cases().get(CaseId(1))?.unwrap())).await.unwrap()
    }

    /// The desk of a project that has these rules in place of Xen's two delays.
    async fn with_rules(rules: &str) -> Self {
        let xen = include_str!("../../../config/profiles/xen.toml");
        let delays =
            "predisclosure = { working_days = 5 }\nrelease = { working_days = 10, after = \"predisclosure\" }\n";
        assert!(xen.contains(delays));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.toml");
        std::fs::write(&path, xen.replacen(delays, rules, 1)).unwrap();
        let policy = Policy::load("xen", Some(&path), None, "example.org").unwrap();
        Self { policy: Arc::new(policy), ..Self::open().await }
    }

    /// Alice gives a command in the case that Dana's report opened.
    async fn reported(&self) -> String {
        let letters = self.takes(&report(), false).await;
        self.team(the(&letters, "relay", ALICE))
    }

    async fn commanded(&self, team: &str, id: &str, text: &str) -> Vec<Delivered> {
        self.signs(ALICE, team, id, "<1@example.net>", text, false).await
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_the_predisclosure_list_was_told_stays_told_whatever_the_dates_become() {
    let office = Office::open().await;
    let team = office.reported().await;
    office.commanded(&team, "a1", "!embargo").await;
    let before = office.case().await;
    assert_eq!(before.state, State::Embargoed);
    let told =
        office.scratch.store.write(|rows| rows.cases().go(CaseId(1), State::Embargoed, State::Predisclosed, now()));
    assert!(told.await.unwrap());
    let letters = office.commanded(&team, "a2", "!embargo 2026-12-09 Dana publishes then").await;
    let after = office.case().await;
    assert_eq!(after.state, State::Predisclosed);
    assert_eq!(after.proposal.predisclosure_at, before.proposal.predisclosure_at);
    assert_eq!(after.proposal.release_at.to_string(), "2026-12-09T12:00:00Z");
    for (kind, reader) in [("notice", CAROL), ("notice", DANA), ("answer", ALICE)] {
        let text = flat(&the(&letters, kind, reader).text());
        assert!(text.contains("Wed 2026-12-09 12:00 UTC"), "{text}");
        assert!(
            !text.contains("is told") && !text.contains("We tell our") && !text.contains("predisclosure on"),
            "{text}"
        );
    }
    office.commanded(&team, "a3", "!public on a blog").await;
    let ended = office.case().await;
    assert_eq!((ended.state, ended.proposal.release_at), (State::Public, now()));
    assert_eq!(ended.proposal.predisclosure_at, before.proposal.predisclosure_at);
    assert_eq!((ended.public_at, ended.exploited_at), (Some(now()), None));
}

/// libvirt: nobody is told before the release, two weeks at most, and the clock may be restarted.
#[tokio::test]
async fn where_nobody_is_told_before_letters_speak_of_one_date() {
    let rules = "release = { days = 14, after = \"report\" }\nrestart = true\nlimits = { latest_days = 14, extended_days = 31 }\n";
    let office = Office::with_rules(rules).await;
    let team = office.reported().await;
    let proposal = office.case().await.proposal;
    assert_eq!(proposal.predisclosure_at, proposal.release_at);
    let letters = office.commanded(&team, "a1", "!embargo 2026-12-31 Dana asks for a little more time").await;
    let proposal = office.case().await.proposal;
    assert_eq!(proposal.predisclosure_at, proposal.release_at, "there is one date");
    for (kind, reader) in [("notice", CAROL), ("notice", DANA), ("answer", ALICE)] {
        let text = flat(&the(&letters, kind, reader).text());
        assert!(text.contains("Thu 2026-12-31") && !text.contains("predisclosure"), "{text}");
    }
    let letters = office.commanded(&team, "a2", "!status").await;
    let status = the(&letters, "answer", ALICE).text();
    assert!(status.contains("publication:   Thu 2026-12-31") && !status.contains("predisclosure"), "{status}");
    let letters = office.commanded(&team, "a3", "!embargo restart the patch was faulty").await;
    assert!(flat(&the(&letters, "notice", DANA).text()).contains("counted anew from today"));
}

/// Carol is in the team and has no certificate; Dana neither.
#[tokio::test]
async fn a_reason_that_came_in_cipher_is_shown_in_cipher_only_and_the_dates_to_everybody() {
    let office = Office::open().await;
    let team = office.reported().await;
    let letters =
        office.signs(ALICE, &team, "a1", "<1@example.net>", &format!("!embargo 2026-12-31 {WOMBAT}"), true).await;
    for reader in [CAROL, DANA] {
        let notice = the(&letters, "notice", reader);
        assert_eq!(notice.state, "queued");
        assert!(
            notice.text().contains("Thu 2026-12-31 12:00 UTC") && !notice.text().contains("wombat"),
            "{}",
            notice.text()
        );
        assert!(!notice.letter.labels().is_sealed() && flat(&notice.text()).contains("came encrypted"));
    }
    let answer = the(&letters, "answer", ALICE);
    assert!(answer.letter.labels().is_sealed(), "it repeats the command");
    // Whoever asks for the status has to be able to read it.
    let relay = the(&letters, "relay", CAROL);
    assert!(!relay.text().contains("wombat"), "{}", relay.text());
    let carols = office.team(relay);
    let letters = office.takes(&reply(CAROL, &carols, "c1", "!status"), false).await;
    let status = the(&letters, "answer", CAROL);
    assert!(status.text().contains("  | because of the wombat"), "{}", status.text());
    assert_eq!((status.state.as_str(), status.letter.labels().is_sealed()), ("blocked", true));
}

/// Dana's own server vouches for her where it says so.
fn insists(id: &str, day: &str, vouched: bool) -> String {
    let raw = reply(DANA, "security@example.org", id, &format!("We will publish on {day}, whatever happens."));
    let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n";
    if vouched { raw } else { raw.replace(stamp, "") }
}

#[tokio::test]
async fn what_nobody_vouches_for_warns_nobody_and_is_shown_as_that() {
    let office = Office::open().await;
    let team = office.reported().await;
    let letters = office.takes(&insists("d1", "2026-12-10", false), false).await;
    let relay = flat(&the(&letters, "relay", ALICE).text());
    assert!(relay.contains("Nobody vouches that they wrote it"), "{relay}");
    let letters = office.commanded(&team, "a1", "!embargo").await;
    let answer = flat(&the(&letters, "answer", ALICE).text());
    assert!(!answer.contains("insists"), "{answer}");
    let letters = office.takes(&insists("d2", "2026-12-11", true), false).await;
    let relay = flat(&the(&letters, "relay", ALICE).text());
    assert!(relay.contains("Fri 2026-12-11") && !relay.contains("Nobody vouches"), "{relay}");
    let letters = office.commanded(&team, "a2", "!embargo 2026-12-31 we need time\n!status").await;
    let answer = flat(&the(&letters, "answer", ALICE).text());
    assert!(answer.contains("The discoverer insists on Fri 2026-12-11, which is earlier."), "{answer}");
    assert!(answer.contains("Thu 2026-12-10; they insist; nobody vouches that they wrote it"), "{answer}");
}

#[tokio::test]
async fn a_day_that_came_in_cipher_is_in_no_warning() {
    let office = Office::open().await;
    let team = office.reported().await;
    office.takes(&insists("d1", "2026-12-10", true), true).await;
    // Nobody agrees unawares; the refusal does not say the day, either.
    let letters = office.commanded(&team, "a0", "!embargo").await;
    let refusal = flat(&the(&letters, "refusal", ALICE).text());
    assert!(refusal.contains("insists on an earlier date (“!status” shows it)"), "{refusal}");
    assert!(!refusal.contains("2026-12-10"), "{refusal}");
    let letters = office.commanded(&team, "a1", "!embargo 2026-12-29 they gave it up").await;
    for (kind, reader) in [("notice", CAROL), ("answer", ALICE), ("relay", CAROL)] {
        let letter = the(&letters, kind, reader);
        assert!(!letter.text().contains("2026-12-10"), "{}", letter.text());
        assert_eq!(letter.state, "queued");
    }
    let answer = flat(&the(&letters, "answer", ALICE).text());
    assert!(
        answer.contains("insists on a date that came encrypted (“!status” shows it), which is earlier."),
        "{answer}"
    );
}

/// Carol has no certificate: what the team said in cipher before does not reach her in clear.
#[tokio::test]
async fn what_was_said_before_in_cipher_is_repeated_in_cipher_only() {
    let office = Office::open().await;
    let team = office.reported().await;
    for (id, before, now, told) in [
        ("1", "!affects 4.20 4.20.7 to 4.20.9", "!affects 4.20 yes", "4.20.9"),
        (
            "2",
            "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
            "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L",
            "8.8",
        ),
    ] {
        office.signs(ALICE, &team, &format!("s{id}"), "<1@example.net>", before, true).await;
        let letters = office.commanded(&team, &format!("c{id}"), now).await;
        let answer = the(&letters, "answer", ALICE);
        assert!(answer.text().contains(told) && answer.letter.labels().is_sealed(), "{}", answer.text());
        let relay = the(&letters, "relay", CAROL);
        assert!(!relay.text().contains(told) && relay.state == "queued", "{}", relay.text());
    }
}
