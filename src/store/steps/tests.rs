//! What the tables say of cases, fact by fact; and that what changes a case makes the desk look at it again.

use rusqlite::params;

use super::*;
use crate::rules::playbook::Watched;
use crate::rules::schedule::Proposal;
use crate::store::embargoes::Insisted;
use crate::store::testing::scratch;

const NOW: &str = "2026-12-07T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A mail in the inbox, received at this hour of the day.
fn mail(rows: Rows<'_>, hour: u8) -> Result<i64> {
    let at = format!("2026-12-07T{hour:02}:00:00Z");
    rows.connection.execute(
        "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (hex(randomblob(8)), '', '', ?1, x'')",
        [at],
    )?;
    Ok(rows.connection.last_insert_rowid())
}

/// A case that Dana reported at nine, with the answer she got.
fn case(rows: Rows<'_>) -> Result<(CaseId, i64)> {
    let case = rows.cases().open("a case", false, now(), Proposal { predisclosure_at: now(), release_at: now() })?;
    let dana = rows.people().find_or_add("Dana", &"dana@example.net".parse()?)?.id;
    rows.participants().set_reporter(case, dana, now())?;
    Ok((case, dana))
}

fn entry(rows: Rows<'_>, case: CaseId, hour: u8, standing: &str, answer: &str, to_reporter: bool) -> Result<()> {
    rows.connection.execute(
        "INSERT INTO entry (case_number, inbox, author, author_key, standing, joined_by, evidence, answer, effect, to_reporter)
         VALUES (?1, ?2, '', '', ?3, 'reference', 'none', ?4, ?2, ?5)",
        params![case.0, mail(rows, hour)?, standing, answer, to_reporter],
    )?;
    Ok(())
}

fn facts(rows: Rows<'_>, case: CaseId) -> Result<Vec<Fact>> {
    Ok(rows.steps().situation(case)?.context("there is one")?.facts.into_keys().collect())
}

/// Each statement, and the fact that holds after it and did not before.
const FACTS: [(&str, &[Fact]); 21] = [
    ("UPDATE cases SET reporter_told = 1", &[Fact::Acknowledged]),
    ("UPDATE cases SET owner = 1", &[Fact::Owned]),
    ("UPDATE cases SET confirmed_at = ?1", &[Fact::Confirmed]),
    ("UPDATE cases SET agreed_at = ?1", &[Fact::DatesAgreed]),
    ("UPDATE cases SET cve_requested_at = ?1", &[Fact::CveAsked]),
    (
        "INSERT INTO remark (case_number, kind, text, sealed, person, inbox, at) VALUES (1, 'no-cve', 'x', 0, 1, 1, ?1)",
        &[Fact::Cve],
    ),
    ("INSERT INTO cve (case_number, id, person, at) VALUES (1, 'CVE-2026-1', 1, ?1)", &[]),
    ("INSERT INTO advisory (number, case_number, person, at) VALUES (460, 1, 1, ?1)", &[Fact::Numbered]),
    (
        "INSERT INTO severity (case_number, version, vector, score, rating, sealed, person, at)
         VALUES (1, '4.0', '', '', '', 0, 1, ?1)",
        &[Fact::Rated],
    ),
    (
        "INSERT INTO affected (case_number, branch, verdict, versions, sealed, person, at)
         VALUES (1, '4.20', 'yes', '', 0, 1, ?1), (1, '4.19', 'no', '', 0, 1, ?1)",
        &[Fact::Affected],
    ),
    (
        "INSERT INTO patch (case_number, name, branches, sha256, bytes, sealed, person, inbox, at)
         VALUES (1, 'a.patch', '[\"master\"]', '', x'', 0, 1, 1, ?1)",
        &[],
    ),
    (
        "INSERT INTO patch (case_number, name, branches, sha256, bytes, sealed, person, inbox, at)
         VALUES (1, 'b.patch', '[\"4.18\", \"4.20\"]', '', x'', 0, 1, 1, ?1)",
        &[Fact::Patched],
    ),
    (
        "INSERT INTO participant (case_number, person, role, state, since) VALUES (1, 2, 'coordinator', 'active', ?1)",
        &[Fact::OthersTold],
    ),
    (
        "INSERT INTO remark (case_number, kind, text, sealed, person, inbox, at) VALUES (1, 'decision', 'x', 0, 1, 1, ?1)",
        &[Fact::Decided],
    ),
    (
        "INSERT INTO advisory_version (advisory, case_number, version, public_version, draft, source, updates, deployment,
             title, cves, patchless, members_text, public_text, manifest, digest, findings, author, sealed, at, stage, approved_at)
         VALUES (460, 1, 1, 2, 1, '', '', '{\"is\":\"unsaid\"}', '', '[]', 0, '', '', '', '', '[]', 1, 0, ?1, 'approved', ?1)",
        &[Fact::AdvisoryApproved],
    ),
    (
        "INSERT INTO advisory_version (advisory, case_number, version, public_version, draft, source, updates, deployment,
             title, cves, patchless, members_text, public_text, manifest, digest, findings, author, sealed, at)
         VALUES (460, 1, 2, 3, 1, '', '', '{\"is\":\"unsaid\"}', '', '[]', 0, '', '', '', '', '[]', 1, 0, ?1)",
        &[Fact::Drafted],
    ),
    (
        "INSERT INTO advisory_version (advisory, case_number, version, public_version, draft, source, updates, deployment,
             title, cves, patchless, members_text, public_text, embargo_until, manifest, digest, findings, author, sealed, at,
             stage, approved_at)
         VALUES (460, 1, 3, 4, 1, '', '', '{\"is\":\"unsaid\"}', '', '[]', 0, '', '', ?1, '', '', '[]', 1, 0, ?1,
             'approved', ?1)",
        &[Fact::ForMembers],
    ),
    ("INSERT INTO hold (case_number, reason, sealed, person, inbox, at) VALUES (1, '', 0, 1, 1, ?1)", &[Fact::Held]),
    ("UPDATE cases SET predisclosed_at = ?1", &[Fact::Predisclosed]),
    ("UPDATE cases SET state = 'public', exploited_at = ?1", &[Fact::Public, Fact::Exploited]),
    ("UPDATE cases SET state = 'released', released_at = ?1", &[Fact::Released]),
];

#[tokio::test]
async fn each_fact_comes_from_the_tables_and_whatever_changes_one_makes_the_desk_look_again() {
    let scratch = scratch();
    let told = scratch.store.write(|rows| {
        let (case, _) = case(rows)?;
        rows.people().find_or_add("Carol", &"carol@example.net".parse()?)?;
        mail(rows, 9)?;
        let (mut before, mut told) = (facts(rows, case)?, Vec::new());
        for (statement, _) in FACTS {
            rows.steps().looked(case, None)?;
            assert!(rows.steps().to_look(now(), CaseId(0), 10)?.is_empty(), "{statement}");
            // Some have no time in them.
            let values: &[&dyn rusqlite::ToSql] = if statement.contains("?1") { &[&NOW] } else { &[] };
            rows.connection.execute(statement, values)?;
            assert_eq!(rows.steps().to_look(now(), CaseId(0), 10)?, [case], "{statement}");
            let after = facts(rows, case)?;
            told.push(after.iter().filter(|fact| !before.contains(fact)).copied().collect::<Vec<_>>());
            before = after;
        }
        let all: Vec<Fact> = Fact::ALL.into_iter().filter(|fact| *fact != Fact::Unpatched).collect();
        assert_eq!(before, all, "the list was told when all patches were there");
        rows.connection.execute("UPDATE cases SET predisclosed_at = '2026-12-01T00:00:00Z'", [])?;
        assert_eq!(facts(rows, case)?, Fact::ALL, "and now before");
        Ok(told)
    });
    for ((statement, expected), told) in FACTS.iter().zip(told.await.unwrap()) {
        assert_eq!(told, *expected, "{statement}");
    }
}

/// Of what the desk sent it knows whether patches were there, whenever the last patch came.
#[tokio::test]
async fn a_better_patch_leaves_nobody_unpatched_and_those_who_were_told_without_one_wait_until_it_is_sent() {
    let scratch = scratch();
    let unpatched = scratch.store.write(|rows| {
        let (case, _) = case(rows)?;
        rows.people().find_or_add("Carol", &"carol@example.net".parse()?)?;
        mail(rows, 9)?;
        for (statement, _) in &FACTS[7..15] {
            let values: &[&dyn rusqlite::ToSql] = if statement.contains("?1") { &[&NOW] } else { &[] };
            rows.connection.execute(statement, values)?;
        }
        let mut unpatched = Vec::new();
        for statement in [
            "UPDATE cases SET predisclosed_at = '2026-12-01T00:00:00Z'",
            "UPDATE advisory_version SET stage = 'predisclosed', predisclosed_at = '2026-12-01T00:00:00Z' WHERE id = 1",
            "UPDATE hold SET ended_at = at",
        ] {
            rows.connection.execute(statement, [])?;
            unpatched.push(facts(rows, case)?.contains(&Fact::Unpatched));
        }
        Ok(unpatched)
    });
    assert_eq!(unpatched.await.unwrap(), [true, false, false]);
}

#[tokio::test]
async fn a_branch_that_is_affected_and_has_no_patch_is_not_patched_any_more() {
    let scratch = scratch();
    let patched = scratch.store.write(|rows| {
        let (case, _) = case(rows)?;
        mail(rows, 9)?;
        for (statement, _) in &FACTS[9..12] {
            rows.connection.execute(statement, [NOW])?;
        }
        let mut patched = vec![facts(rows, case)?.contains(&Fact::Patched)];
        for statement in [
            "UPDATE affected SET verdict = 'versions' WHERE branch = '4.19'",
            "UPDATE patch SET branches = '[\"4.19\", \"4.20\"]' WHERE name = 'a.patch'",
            "UPDATE patch SET replaced_at = at WHERE name = 'a.patch'",
        ] {
            rows.connection.execute(statement, [])?;
            patched.push(facts(rows, case)?.contains(&Fact::Patched));
        }
        Ok(patched)
    });
    assert_eq!(patched.await.unwrap(), [true, false, true, false]);
}

#[tokio::test]
async fn who_waits_for_whom() {
    let scratch = scratch();
    let watched = scratch.store.write(|rows| {
        let (case, dana) = case(rows)?;
        let watched = || rows.steps().watched(&[case]).map(|mut all| all.remove(&case).unwrap());
        let mut told = Vec::new();
        let mut tell = |watched: Watched| {
            let hour = |at: Timestamp| at.to_string()[11..13].to_owned();
            told.push(match (watched.unanswered, watched.silent_since) {
                (Some((_, at)), None) => format!("unanswered since {}", hour(at)),
                (None, Some(at)) => format!("silent since {}", hour(at)),
                other => format!("{other:?}"),
            });
        };
        tell(watched()?);
        entry(rows, case, 9, "reporter", "acknowledged", false)?;
        tell(watched()?);
        entry(rows, case, 10, "team", "none", false)?; // between us
        tell(watched()?);
        entry(rows, case, 11, "team", "none", true)?;
        tell(watched()?);
        entry(rows, case, 12, "reporter", "none", false)?; // she is on holiday, says a machine
        tell(watched()?);
        entry(rows, case, 13, "reporter", "added", false)?;
        entry(rows, case, 14, "stranger", "received", false)?;
        tell(watched()?);

        let carol = rows.people().find_or_add("Carol", &"carol@example.net".parse()?)?.id;
        rows.participants().ask(case, carol, crate::rules::command::Role::Expert, now())?;
        assert_eq!(watched()?.asked, [(carol, now())]);
        rows.participants().agree(case, carol, now())?;
        assert!(watched()?.asked.is_empty() && watched()?.unreceipted.is_empty());
        rows.connection.execute("UPDATE participant SET sent_at = ?1 WHERE person = ?2", params![NOW, carol])?;
        assert_eq!(watched()?.unreceipted, [(carol, now())]);
        rows.connection.execute("UPDATE participant SET receipt_at = ?1 WHERE person = ?2", params![NOW, carol])?;
        assert!(watched()?.unreceipted.is_empty());

        let hints = |case: CaseId, inbox: i64, person: i64, hints: &[(&str, i64, i64)]| -> Result<()> {
            for (day, insists, proven) in hints {
                rows.connection.execute(
                    "INSERT INTO date_hint (case_number, inbox, person, day, words, insists, sealed, proven, at)
                     VALUES (?1, ?2, ?3, ?4, '', ?5, ?2 = 4, ?6, ?7)",
                    params![case.0, inbox, person, day, insists, proven, NOW],
                )?;
            }
            Ok(())
        };
        hints(case, 1, dana, &[("2026-12-09", 1, 1)])?;
        hints(case, 2, dana, &[("2026-12-20", 1, 1), ("2026-12-14", 1, 1), ("", 1, 1), ("2026-12-08", 0, 1)])?;
        hints(case, 3, dana, &[("2026-12-07", 1, 0)])?;
        let insisted = || rows.embargoes().insisted_on(case);
        assert_eq!(watched()?.insists, Some((3, "2026-12-14".parse()?)), "the first of the last mail that is proven");
        assert_eq!(insisted()?, Some(Insisted { day: "2026-12-14".parse()?, sealed: false }));
        // Another discoverer, in a duplicate of a duplicate.
        let proposal = rows.cases().get(case)?.unwrap().proposal;
        let between = rows.cases().open("the same", false, now(), proposal)?;
        let duplicate = rows.cases().open("the same", false, now(), proposal)?;
        hints(duplicate, 4, carol, &[("2026-12-11", 1, 1)])?;
        rows.cases().is_the_same_as(duplicate, between)?;
        rows.connection.execute("UPDATE cases SET look_at = 'z'", [])?;
        rows.cases().is_the_same_as(between, case)?;
        let looked: String =
            rows.connection.query_row("SELECT look_at FROM cases WHERE number = ?1", [case.0], |row| row.get(0))?;
        assert_eq!(looked, "", "the original is looked at anew");
        assert_eq!(watched()?.insists, Some((7, "2026-12-11".parse()?)));
        assert_eq!(insisted()?, Some(Insisted { day: "2026-12-11".parse()?, sealed: true }));
        rows.connection.execute("UPDATE cases SET duplicate_of = NULL", [])?;
        assert_eq!(insisted()?, Some(Insisted { day: "2026-12-14".parse()?, sealed: false }));
        assert!(rows.steps().tell(case, "a cause", now())? && !rows.steps().tell(case, "a cause", now())?);
        assert!(watched()?.told.contains("a cause"));
        Ok(told)
    });
    assert_eq!(
        watched.await.unwrap(),
        [
            "(None, None)",
            "unanswered since 09",
            "unanswered since 09",
            "silent since 11",
            "silent since 11",
            "unanswered since 13"
        ]
    );
}

#[tokio::test]
async fn only_cases_are_looked_at_of_which_something_may_be_due() {
    let scratch = scratch();
    let looked = scratch.store.write(|rows| {
        let dates = Proposal { predisclosure_at: now(), release_at: now() };
        let cases: Vec<CaseId> =
            (0..4).map(|_| rows.cases().open("a case", false, now(), dates)).collect::<Result<_>>()?;
        let steps = rows.steps();
        rows.instance().born(now())?;
        let later = now() + jiff::SignedDuration::from_hours(1);
        steps.look_by("these rules")?;
        assert_eq!(steps.to_look(now(), CaseId(0), 10)?, cases);
        assert_eq!(steps.to_look(now(), cases[1], 1)?, [cases[2]]);
        steps.looked(cases[0], Some(later))?;
        steps.looked(cases[1], None)?;
        rows.connection.execute("UPDATE cases SET state = 'invalid' WHERE number = ?1", [cases[2].0])?;
        let mut looked = vec![steps.to_look(now(), CaseId(0), 10)?, steps.to_look(later, CaseId(0), 10)?];
        steps.look_by("these rules")?;
        looked.push(steps.to_look(now(), CaseId(0), 10)?);
        steps.look_by("other rules")?;
        looked.push(steps.to_look(now(), CaseId(0), 10)?);
        Ok(looked.into_iter().map(|all| all.into_iter().map(|case| case.0).collect::<Vec<_>>()).collect::<Vec<_>>())
    });
    assert_eq!(looked.await.unwrap(), [vec![4], vec![1, 4], vec![4], vec![1, 2, 4]]);
}
