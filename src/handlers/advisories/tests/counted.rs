//! Approvals are counted when they are given, and once more when something leaves.

use super::*;
use crate::handlers::advisories::{predisclosure, release};
use crate::handlers::tick::{due, tick};

#[tokio::test]
async fn who_left_the_team_is_counted_no_more_and_all_are_asked_again() {
    for was_sent in [false, true] {
        with_approved(move |rows, case, id| {
            let (policy, house) = (policy(), with_members());
            let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
            let bob = bob(rows)?;
            if was_sent {
                rows.advisories().advance(id, Stage::Approved, Stage::Predisclosed, now())?;
            }
            let stage = rows.advisories().get(id)?.stage;
            refresh(&mut desk, case, None)?;
            assert_eq!(standing_of(rows, case), [(1, 2, stage)], "Alice approved it");
            rows.people().leave_team(1)?;
            let version = rows.advisories().get(id)?;
            assert!(standing::holds(&desk, &version)? && !standing::may_leave(&desk, &version)?);
            let before = rows.outbox().list()?.len();
            refresh(&mut desk, case, None)?;
            assert_eq!(standing_of(rows, case), [(1, 2, Stage::Draft)], "the same draft");
            assert_eq!(subjects(rows, before), ["[Xen case 1] Please approve XSA-480 version 1"]);
            refresh(&mut desk, case, None)?;
            assert_eq!(rows.outbox().list()?.len(), before + 1, "once");
            rows.advisories().approve(id, bob, 1, now())?;
            let again = rows.advisories().get(id)?;
            assert_eq!(again.predisclosed_at, version.predisclosed_at, "who has it has it");
            assert!(standing::may_leave(&desk, &again)?);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn more_approvals_that_are_wanted_later_are_asked_for_before_anything_leaves() {
    with_approved(|rows, case, id| {
        let (mut policy, house) = (policy(), with_members());
        policy.profile.advisory.approvals = 2;
        let proposal = rows.cases().get(case)?.unwrap().proposal;
        assert!(rows.cases().go(case, State::Triage, State::Embargoed, now())?);
        bob(rows)?;
        for (at, sent) in [(now(), false), (proposal.release_at, true)] {
            let mut desk = Desk::new(rows, &policy, &house, at, format!("test at {at}"));
            let before = rows.outbox().list()?.len();
            if sent {
                rows.advisories().approved_again(id, at)?;
                let signed = SignedTexts { members: "signed".to_owned(), public: "signed".to_owned() };
                rows.advisories().sign(id, "a certificate", &signed)?;
                release::release(&mut desk, case)?;
            } else {
                predisclosure::predisclose(&mut desk, id)?;
            }
            let version = rows.advisories().get(id)?;
            assert_eq!((version.stage, version.void_at, version.released_at), (Stage::Draft, None, None), "{at}");
            let asked = subjects(rows, before);
            assert_eq!(asked, ["[Xen case 1] Please approve XSA-480 version 1"; 2], "{at}");
            tamper(rows, "UPDATE advisory_version SET predisclosed_at = '2026-12-07T10:00:00Z'", &[])?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_stopped_at_its_hour_leaves_as_soon_as_it_is_approved_again() {
    with_approved(|rows, case, id| {
        let (mut policy, house) = (policy(), with_members());
        let hour = rows.cases().get(case)?.unwrap().proposal.release_at;
        assert!(rows.cases().go(case, State::Triage, State::Embargoed, now())?);
        let bob = bob(rows)?;
        let signed = SignedTexts { members: "signed".to_owned(), public: "signed".to_owned() };
        rows.advisories().sign(id, "a certificate", &signed)?;
        ticks(rows, &policy, &house, now());
        policy.profile.advisory.approvals = 2;
        ticks(rows, &policy, &house, hour);
        assert_eq!(rows.advisories().get(id)?.stage, Stage::Draft, "one more has to approve it");
        rows.advisories().approve(id, bob, 1, hour)?;
        rows.advisories().approved_again(id, hour)?;
        ticks(rows, &policy, &house, hour);
        assert!(rows.advisories().get(id)?.released_at.is_some(), "it left under the same name of the event");
        Ok(())
    })
    .await;
}

/// All that is due, each as the daemon does it: what one thing fails with stops the others no more than there.
fn ticks(rows: Rows<'_>, policy: &Policy, house: &House, at: Timestamp) {
    for _round in 0..5 {
        for one in due(rows, policy, at).unwrap() {
            tick(&mut Desk::new(rows, policy, house, at, one.cause()), &one).unwrap();
        }
    }
}

#[tokio::test]
async fn whose_commands_changed_a_draft_is_its_author_too() {
    with_approved(|rows, case, _| {
        let (mut policy, house) = (policy(), with_members());
        policy.profile.advisory.author_may_approve = false;
        let mut desk = Desk::new(rows, &policy, &house, now(), "test".to_owned());
        let bob = bob(rows)?;
        rows.cases().set_number(case, "CVE-2026-12345", None, bob, now())?;
        refresh(&mut desk, case, Some(bob))?;
        let latest = || rows.advisories().of_case(case).unwrap().pop().unwrap();
        let by = |person| standing::authorship(&desk, &latest(), person).unwrap();
        assert_eq!((by(1), by(bob)), (Some(standing::Authorship::Wrote), Some(standing::Authorship::Changed)));
        let letter = rows.outbox().letter(rows.outbox().list()?.pop().unwrap().id)?.letter;
        let text = flat(letter.body.value());
        let says = "What to do: nobody of the team is left who could approve it, for Alice, who wrote it, and Bob, whose command \
                    changed it, are not counted. One of you sends the whole text anew, with “!advisory”; then only that one is \
                    not counted.";
        assert!(text.contains(says) && !text.contains("the first line of your reply"), "{text}");
        rows.advisories().approve(latest().id, bob, 1, now())?;
        assert_eq!(standing::counted(&desk, &latest())?, [0_i64; 0]);
        // What nobody's command changes adds nobody, and takes nobody away.
        rows.facts().credit(case, "Carol", &Said { person: 1, inbox: 1, sealed: false, at: now() })?;
        let id = latest().id;
        let mut desk = Desk::new(rows, &policy, &house, now(), "later".to_owned());
        refresh(&mut desk, case, None)?;
        assert_ne!(latest().id, id);
        assert_eq!(rows.advisories().hands(latest().id)?, [bob].into());
        // Whoever writes it anew takes over all that is in it.
        draft(&desk, &standing::case(&desk, case)?, 480, &written(1, ""))?.ok().expect("a draft");
        assert!(rows.advisories().hands(latest().id)?.is_empty());
        Ok(())
    })
    .await;
}
