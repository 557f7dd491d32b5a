//! What was approved is what leaves: whatever changes between the two is refused.

mod counted;
mod late;

use jiff::{Timestamp, ToSpan};

use super::drafting::{draft, refresh};
use super::writing::Source;
use super::{standing, with_digest};
use crate::desk::testing::house;
use crate::desk::{Desk, House};
use crate::policy::Policy;
use crate::rules::label::{CaseId, VersionId};
use crate::rules::life::State;
use crate::rules::schedule::Proposal;
use crate::store::Rows;
use crate::store::advisories::{SignedTexts, Stage, Version};
use crate::store::embargoes::Known;
use crate::store::facts::{NewPatch, Said};
use crate::store::inbox::Arrival;
use crate::store::testing::{Scratch, scratch, tamper};

const TEXT: &str = "              A title

ISSUE DESCRIPTION
=================

Some words.

IMPACT
======

Some more.

VULNERABLE SYSTEMS
==================

All.

MITIGATION
==========

None.

DEPLOYMENT DURING EMBARGO
=========================

Nothing is permitted.
";
const FIX: &[u8] = b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-stale\n+fresh\n";

fn now() -> Timestamp {
    "2026-12-07T09:00:00Z".parse().unwrap()
}

fn policy() -> Policy {
    Policy::load("xen", None, None, "example.org").unwrap()
}

fn with_members() -> House {
    House { members: Some("xen-security-issues@lists.example.org".parse().unwrap()), ..house() }
}

/// A case with an advisory that is approved.
fn approved(rows: Rows<'_>) -> anyhow::Result<(CaseId, VersionId)> {
    let (policy, house) = (policy(), with_members());
    let desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
    let proposal = Proposal { predisclosure_at: now() + 24.hours(), release_at: now() + 72.hours() };
    let case = rows.cases().open("one", false, now(), proposal)?;
    let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?;
    rows.people().join_team(alice.id, false, now())?;
    rows.facts().number(case, 480, alice.id, now())?;
    let arrival = Arrival {
        sha256: "00",
        raw: b"From: alice@example.org\n\n",
        account: "local",
        folder: "in",
        received_at: now(),
        predates: false,
        truncated: false,
    };
    let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
    let patch = NewPatch { name: "xsa480.patch", branches: &["master".to_owned()], bytes: FIX };
    rows.facts().keep_patch(case, &patch, &Said { person: alice.id, inbox, sealed: false, at: now() })?;
    let source = written(alice.id, "");
    let (id, _) = draft(&desk, &standing::case(&desk, case)?, 480, &source)?.ok().expect("nothing to correct");
    rows.advisories().approve(id, alice.id, inbox, now())?;
    rows.advisories().advance(id, Stage::Draft, Stage::Approved, now())?;
    Ok((case, id))
}

/// What somebody wrote, and what they say of it.
fn written(author: i64, updates: &str) -> Source {
    let (text, updates) = (TEXT.to_owned(), updates.to_owned());
    Source { text, updates, author, inbox: Some(1), sealed: false, odd: Vec::new() }
}

/// The drafts that are not void: version, public version, stage.
fn standing_of(rows: Rows<'_>, case: CaseId) -> Vec<(u32, u32, Stage)> {
    let all = rows.advisories().of_case(case).unwrap();
    all.into_iter().map(|one| (one.version, one.public_version, one.stage)).collect()
}

/// The letters that were written since, by their subjects.
fn subjects(rows: Rows<'_>, after: usize) -> Vec<String> {
    let all = rows.outbox().list().unwrap().into_iter().skip(after);
    all.map(|row| rows.outbox().letter(row.id).unwrap().letter.subject.value().clone()).collect()
}

async fn with_approved(look: impl FnOnce(Rows<'_>, CaseId, VersionId) -> anyhow::Result<()> + Send + 'static) {
    let Scratch { store, .. } = &scratch();
    let looked = store.write(move |rows| {
        let (case, id) = approved(rows)?;
        look(rows, case, id)
    });
    looked.await.unwrap();
}

/// Whether it would leave; what cannot even be read does not.
fn leaves(rows: Rows<'_>, policy: &Policy, house: &House, version: &Version) -> bool {
    let desk = Desk::new(rows, policy, house, now(), "test".to_owned());
    standing::holds(&desk, version).unwrap_or(false)
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of a version.
type Field = fn(&mut Version) -> &mut String;

/// The text with one bit of it changed, for each bit that leaves it text.
fn flipped(text: &str) -> impl Iterator<Item = String> + '_ {
    (0..text.len() * 8).filter_map(|bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

#[tokio::test]
async fn no_single_bit_of_what_was_approved_changes_and_leaves() {
    with_approved(|rows, _, id| {
        let (policy, house) = (policy(), with_members());
        let version = rows.advisories().get(id)?;
        assert!(leaves(rows, &policy, &house, &version), "as it was approved");
        let mut changed: Vec<(&str, Version)> = Vec::new();
        let texts: [(&str, &str, Field); 4] = [
            ("members", &version.members_text, |one| &mut one.members_text),
            ("public", &version.public_text, |one| &mut one.public_text),
            ("manifest", &version.manifest, |one| &mut one.manifest),
            ("digest", &version.digest, |one| &mut one.digest),
        ];
        for (name, text, field) in texts {
            for other in flipped(text) {
                let mut one = version.clone();
                *field(&mut one) = other;
                changed.push((name, one));
            }
        }
        for bit in 0..31 {
            changed.push(("number", Version { number: version.number ^ 1 << bit, ..version.clone() }));
            changed.push(("version", Version { version: version.version ^ 1 << bit, ..version.clone() }));
            changed.push((
                "public version",
                Version { public_version: version.public_version ^ 1 << bit, ..version.clone() },
            ));
        }
        assert!(changed.len() > 10_000, "{}", changed.len());
        for (what, one) in changed {
            assert!(!leaves(rows, &policy, &house, &one), "{what} changed, and it left");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn no_single_bit_of_a_file_changes_and_leaves() {
    with_approved(|rows, _, id| {
        let (policy, house) = (policy(), with_members());
        let version = rows.advisories().get(id)?;
        let changes = |column: &str| format!("UPDATE advisory_file SET {column} = ?1 WHERE version = {}", id.0);
        for bit in 0..FIX.len() * 8 {
            let mut bytes = FIX.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(tamper(rows, &changes("bytes"), &[&bytes])?, 1);
            assert!(!leaves(rows, &policy, &house, &version), "bit {bit} changed, and it left");
        }
        tamper(rows, &changes("bytes"), &[&FIX])?;
        assert!(leaves(rows, &policy, &house, &version), "as it was");
        for name in flipped("xsa480.patch") {
            tamper(rows, &changes("name"), &[&name])?;
            assert!(!leaves(rows, &policy, &house, &version), "it is called {name:?}, and it left");
        }
        tamper(rows, &format!("DELETE FROM advisory_file WHERE version = {}", id.0), &[])?;
        assert!(!leaves(rows, &policy, &house, &version), "the file is gone");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn another_hour_and_another_list_void_what_was_approved_and_another_member_does_not() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let version = rows.advisories().get(id)?;
        let dates = rows.cases().get(case)?.unwrap().proposal;
        for seconds in [1, -1, 1 << 20] {
            let other = Proposal { release_at: dates.release_at + seconds.seconds(), ..dates };
            assert!(rows.embargoes().set_dates(case, dates, other, None)?);
            assert!(!leaves(rows, &policy, &house, &version), "{seconds} seconds later");
            assert!(rows.embargoes().set_dates(case, other, dates, None)?);
        }
        assert!(leaves(rows, &policy, &house, &version), "the dates as they were");
        let mut other = self::policy();
        other.profile.lists = toml::from_str("public = [\"xen-announce@lists.example.org\"]")?;
        assert!(!leaves(rows, &other, &house, &version), "to other lists");
        let renamed = House { members: Some("members@lists.example.org".parse()?), ..with_members() };
        assert!(!leaves(rows, &policy, &renamed, &version), "to members of another list");
        let bob = rows.people().find_or_add("Bob", &"bob@example.org".parse()?)?;
        rows.people().join_team(bob.id, false, now())?;
        assert!(leaves(rows, &policy, &house, &version), "people come and go");
        rows.advisories().void(id, "test", now())?;
        assert!(!leaves(rows, &policy, &house, &rows.advisories().get(id)?), "void");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn no_other_digest_names_a_draft() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
        let digest = rows.advisories().get(id)?.digest;
        let named = |digits: &str| with_digest(&desk, case, digits).unwrap().map(|version| version.id);
        assert_eq!((named(&digest), named(&digest[..16])), (Some(id), Some(id)));
        for other in flipped(&digest[..16]).chain(flipped(&digest)) {
            assert_eq!(named(&other), None, "{other}");
        }
        assert_eq!(with_digest(&desk, CaseId(case.0 + 1), &digest)?.map(|one| one.id), None, "of another case");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_members_have_is_followed_by_the_next_version_which_says_what_changed() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
        rows.advisories().advance(id, Stage::Approved, Stage::Predisclosed, now())?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 2, Stage::Predisclosed)], "nothing changed");
        let dates = rows.cases().get(case)?.unwrap().proposal;
        let later = Proposal { release_at: dates.release_at + 24.hours(), ..dates };
        rows.embargoes().set_dates(case, dates, later, None)?;
        let before = rows.outbox().list()?.len();
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(2, 3, Stage::Draft)], "the version before is void");
        assert_eq!(rows.advisories().get(id)?.void_why, "the dates changed");
        assert_eq!(subjects(rows, before), ["[Xen case 1] Please approve XSA-480 version 2"]);
        let second = rows.advisories().of_case(case)?.remove(0);
        assert!(second.members_text.contains(
            "UPDATES IN VERSION 2\n====================\n\nThe embargo ends on Fri 2026-12-11 09:00 UTC now.\n"
        ));
        assert!(second.public_text.contains("UPDATES IN VERSION 3\n====================\n\nPublic release.\n"));
        refresh(&mut desk, case, None)?;
        assert_eq!(rows.outbox().list()?.len(), before + 1, "once");
        // More of it changes: all that is different from what members have is said.
        let patch = NewPatch { name: "xsa480-4.20.patch", branches: &["4.20".to_owned()], bytes: FIX };
        rows.facts().keep_patch(case, &patch, &Said { person: 1, inbox: 1, sealed: false, at: now() })?;
        refresh(&mut desk, case, None)?;
        let third = rows.advisories().of_case(case)?.remove(0);
        assert_eq!((third.version, third.draft), (2, 2));
        assert_eq!(third.updates, "The embargo ends on Fri 2026-12-11 09:00 UTC now.  Patches added.");
        // What an author says of it stays.
        draft(&desk, &standing::case(&desk, case)?, 480, &written(1, "The fix is complete now."))?
            .ok()
            .expect("a draft");
        rows.embargoes().set_dates(case, later, dates, None)?;
        refresh(&mut desk, case, None)?;
        let fourth = rows.advisories().of_case(case)?.remove(0);
        assert_eq!((fourth.version, fourth.updates.as_str()), (2, "The fix is complete now."));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn after_the_release_a_late_number_is_another_version_and_all_else_takes_an_author() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
        for (from, to) in [(Stage::Approved, Stage::Predisclosed), (Stage::Predisclosed, Stage::Released)] {
            rows.advisories().advance(id, from, to, now())?;
        }
        rows.cases().go(case, State::Triage, State::Released, now())?;
        refresh(&mut desk, case, None)?;
        // An author says what changed.
        let released = standing::case(&desk, case)?;
        let reboot = |updates: &str| Source { text: TEXT.replace("None.", "Reboot."), ..written(1, updates) };
        let errors = draft(&desk, &released, 480, &reboot(""))?.expect_err("nothing says what changed").findings;
        assert!(errors.iter().any(|one| one.text.contains("nothing says what changed")), "{errors:?}");
        let (third, _) = draft(&desk, &released, 480, &reboot("A mitigation."))?.ok().expect("a draft");
        assert_eq!(standing_of(rows, case)[1], (3, 3, Stage::Draft));
        rows.advisories().void(third, "test", now())?;
        rows.facts().credit(case, "Carol", &Said { person: 1, inbox: 1, sealed: false, at: now() })?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 2, Stage::Released)], "nobody asked for another");
        let before = rows.outbox().list()?.len();
        rows.cases().set_number(case, "CVE-2026-12345", None, 1, now())?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 2, Stage::Released), (3, 3, Stage::Draft)]);
        assert_eq!(subjects(rows, before), ["[Xen case 1] Please approve XSA-480 version 3"]);
        let third = rows.advisories().of_case(case)?.remove(1);
        assert!(
            third.public_text.contains("UPDATES IN VERSION 3\n====================\n\nCVE assigned.\n"),
            "{}",
            third.public_text
        );
        assert!(third.public_text.contains("CVE-2026-12345 / XSA-480") && third.is_sound());
        assert_eq!(third.members_text, third.public_text);
        assert!(third.public_text.contains("Nothing is permitted."), "what was permitted stays");
        Ok(())
    })
    .await;
}

/// Bob is in the team, too.
fn bob(rows: Rows<'_>) -> anyhow::Result<i64> {
    let bob = rows.people().find_or_add("Bob", &"bob@example.org".parse()?)?;
    rows.people().join_team(bob.id, false, now())?;
    Ok(bob.id)
}

#[tokio::test]
async fn an_embargo_that_ended_early_says_why() {
    for (known, why) in [(Known::Public, "this issue is public."), (Known::Exploited, "this issue is used in attacks.")]
    {
        with_approved(move |rows, case, id| {
            let (policy, house) = (policy(), with_members());
            let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
            rows.advisories().advance(id, Stage::Approved, Stage::Predisclosed, now())?;
            rows.embargoes().became_known(case, known, now())?;
            refresh(&mut desk, case, None)?;
            let second = rows.advisories().of_case(case)?.remove(0);
            assert_eq!(second.updates, format!("Public release.  The embargo ended early: {why}"));
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_people_sent_by_hand_is_followed_by_the_version_that_the_text_names() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
        rows.advisories().void(id, "test", now())?;
        assert!(rows.cases().go(case, State::Triage, State::Released, now())?);
        let updated = format!("{}\nUPDATES IN VERSION 3\n====================\n\nA CVE number.\n\nNOTE REGARDING LACK OF EMBARGO\n==============================\n\nIt was public.\n", written(1, "").text);
        let source = Source { text: updated, ..written(1, "") };
        draft(&desk, &standing::case(&desk, case)?, 480, &source)?.map_err(|wrong| wrong.findings).expect("a draft");
        assert_eq!(standing_of(rows, case), [(3, 3, Stage::Draft)]);
        rows.cases().set_number(case, "CVE-2026-12345", None, 1, now())?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(3, 3, Stage::Draft)], "written anew, it is the same version");
        Ok(())
    })
    .await;
}
