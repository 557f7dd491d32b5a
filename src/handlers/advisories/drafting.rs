//! A draft of an advisory: what the desk knows, filled into what its author wrote; the texts and their digest go to everybody
//! who may approve them. When something of the case changes, what was drafted is written anew.

use std::collections::BTreeSet;

use anyhow::Result;

use super::called_with_version;
use super::changes::{Change, Fresh, between, updates, why};
use super::facts::{Numbers, is_sent_twice, next, style};
use super::standing::{self, embargo};
use super::writing::{Source, by_source, hashed, write};
use crate::advisory::finding::{Finding, Severity};
use crate::advisory::style::Style;
use crate::desk::Desk;
use crate::handlers::say;
use crate::rules::label::{CaseId, VersionId};
use crate::rules::life::State;
use crate::store::advisories::{Draft, Stage, Version};
use crate::store::cases::Case;

/// What has to be corrected before anything is drafted.
pub struct Wrong {
    pub findings: Vec<Finding>,
    /// Something that they may quote came encrypted.
    pub sealed: bool,
}

/// Keeps a draft of what somebody wrote; or says what has to be corrected first.
pub fn draft(desk: &Desk<'_>, case: &Case, number: i64, source: &Source) -> Result<Result<(VersionId, Draft), Wrong>> {
    let all = desk.rows.advisories().of_number(number)?;
    let numbers = next(desk, case, &all, &source.text);
    let mut source = source.clone();
    let kept = all.iter().rev().find(|one| one.void_at.is_none() && one.version == numbers.version);
    let kept = kept.filter(|kept| kept.inbox.is_some()); // Else they are words of the desk, and it finds them again.
    if source.updates.is_empty() {
        source.updates = kept.map_or_else(String::new, |kept| kept.updates.clone());
    }
    let mut written = write(desk, case, number, &all, &numbers, &source)?;
    if source.updates.is_empty() && numbers.version > 1 {
        source.updates = since_sent(desk, case, &all, &written);
        written = write(desk, case, number, &all, &numbers, &source)?;
    }
    if written.findings.iter().any(|finding| finding.severity == Severity::Error) {
        let findings = by_source(written.findings, &source.text, &written.members_text);
        return Ok(Err(Wrong { findings, sealed: written.sealed }));
    }
    let id = desk.rows.advisories().draft(&written, desk.now)?;
    Ok(Ok((id, written)))
}

/// Something of the case changed: what was drafted of it is written anew where it would differ, nothing of what it replaces
/// leaves any more, and the team is asked to approve it. `by`: whose commands changed it; they are its authors, too.
pub fn refresh(desk: &mut Desk<'_>, case: CaseId, by: Option<i64>) -> Result<()> {
    let original = desk.rows.cases().original(case)?;
    // What a duplicate brings, its original thanks for.
    for case in [case, original].into_iter().take(if original == case { 1 } else { 2 }) {
        let case = standing::case(desk, case)?;
        for number in desk.rows.facts().advisories(case.number)? {
            write_anew(desk, &case, number, by)?;
        }
        ask(desk, &case)?;
    }
    Ok(())
}

/// The hour is over. Where nothing of an advisory is approved, members get no text before the world any more, and what is
/// drafted of it is written anew.
pub fn after_the_hour(desk: &mut Desk<'_>, case: &Case) -> Result<()> {
    for number in desk.rows.facts().advisories(case.number)? {
        let all = desk.rows.advisories().of_number(number)?;
        let mut open = all.iter().filter(|one| one.void_at.is_none());
        if open.all(is_current) && !is_sent_twice(desk, case, &all) {
            write_anew(desk, case, number, None)?;
        }
    }
    ask(desk, case)
}

/// Every draft that nobody was asked about goes to everybody in the team.
fn ask(desk: &mut Desk<'_>, case: &Case) -> Result<()> {
    for version in desk.rows.advisories().unasked(case.number)? {
        let all = desk.rows.advisories().of_number(version.number)?;
        let before = all.iter().rev().find(|one| one.id < version.id && one.asked_at.is_some());
        for member in desk.rows.people().team()? {
            let letter = say::advisories::draft(desk, case, &version, before, &member.person)?;
            desk.send(&letter, Some(case.number))?;
        }
        desk.rows.advisories().asked(version.id, Some(desk.now))?;
        let object = called_with_version(desk, &version);
        desk.record("desk", "none", "ask for approval", &object, &version.digest)?;
    }
    Ok(())
}

fn write_anew(desk: &Desk<'_>, case: &Case, number: i64, by: Option<i64>) -> Result<()> {
    let all = desk.rows.advisories().of_number(number)?;
    let open: Vec<&Version> = all.iter().filter(|one| one.void_at.is_none() && one.released_at.is_none()).collect();
    let Some(latest) = open.last() else { return cve_came_late(desk, case, &all, number, by) };
    if case.state.is_over() && case.state != State::Closed {
        let why = format!("the case is {}", case.state);
        return open.iter().try_for_each(|one| void(desk, one, &why));
    }
    let mut latest_changed = false;
    for one in &open {
        let changes = changed(desk, case, &all, one)?;
        if changes.is_empty() {
            doubt(desk, one)?;
            continue;
        }
        latest_changed |= one.id == latest.id;
        void(desk, one, &why(&changes))?;
    }
    if !latest_changed {
        return Ok(());
    }
    let numbers = next(desk, case, &all, &latest.source);
    // What its author said of this very version stays; what the desk said is said anew.
    let by_author = latest.inbox.is_some() && latest.version == numbers.version;
    let mut source = Source::anew(latest, if by_author { latest.updates.clone() } else { String::new() });
    if source.updates.is_empty() && numbers.version > 1 {
        let written = write(desk, case, number, &all, &numbers, &source)?;
        source.updates = since_sent(desk, case, &all, &written);
    }
    let mut hands = desk.rows.advisories().hands(latest.id)?;
    hands.extend(by);
    keep_anew(desk, &write(desk, case, number, &all, &numbers, &source)?, &hands)
}

/// Approvals are counted again: who left the team is not counted any more, and more may be wanted.
fn doubt(desk: &Desk<'_>, version: &Version) -> Result<()> {
    if standing::is_approved(desk, version)? || !desk.rows.advisories().doubt(version.id)? {
        return Ok(());
    }
    let object = called_with_version(desk, version);
    desk.record("desk", "none", "doubt approval", &object, &version.digest)
}

/// Nothing of it leaves any more.
fn void(desk: &Desk<'_>, version: &Version, why: &str) -> Result<()> {
    if desk.rows.advisories().void(version.id, why, desk.now)? {
        let detail = format!("{}; {why}", version.digest);
        desk.record("desk", "none", "void advisory", &called_with_version(desk, version), &detail)?;
    }
    Ok(())
}

/// The advisory is public, and has a CVE number only now: that is another version.
fn cve_came_late(desk: &Desk<'_>, case: &Case, all: &[Version], number: i64, by: Option<i64>) -> Result<()> {
    let Some(public) = all.iter().rev().find(|one| one.released_at.is_some()) else { return Ok(()) };
    let source = Source::anew(public, String::new());
    let numbers = next(desk, case, all, &source.text);
    let written = write(desk, case, number, all, &numbers, &source)?;
    let new = written.cves.iter().any(|cve| !public.cves.contains(cve));
    if !new {
        return Ok(());
    }
    let updates = Change::Cves { from: public.cves.clone(), to: written.cves }.update(&style(desk));
    let source = Source { updates: updates.unwrap_or_default(), ..source };
    keep_anew(desk, &write(desk, case, number, all, &numbers, &source)?, &by.into_iter().collect())
}

fn keep_anew(desk: &Desk<'_>, written: &Draft, hands: &BTreeSet<i64>) -> Result<()> {
    let id = desk.rows.advisories().draft(written, desk.now)?;
    desk.rows.advisories().changed_by(id, hands)?;
    let kept = desk.rows.advisories().get(id)?;
    desk.record("desk", "none", "draft advisory", &called_with_version(desk, &kept), &format!("{}; anew", kept.digest))
}

/// What would be different in a version if it were written now.
fn changed(desk: &Desk<'_>, case: &Case, all: &[Version], version: &Version) -> Result<Vec<Change>> {
    let twice = match embargo(case) {
        // What was approved is not lost at its hour.
        Some(ends) if version.stage != Stage::Draft && desk.now >= ends => version.public_version > version.version,
        _ => is_sent_twice(desk, case, all),
    };
    let numbers = Numbers { version: version.version, public_version: version.version + u32::from(twice) };
    if standing::is_overtaken(all, version) {
        return Ok(vec![Change::Overtaken]);
    }
    let source = Source::anew(version, version.updates.clone());
    let now = write(desk, case, version.number, all, &numbers, &source)?;
    if now.manifest == version.manifest {
        return Ok(Vec::new());
    }
    Ok(since(version, &now, &style(desk)))
}

/// What is different in a draft that is not kept yet.
fn since(earlier: &Version, written: &Draft, style: &Style) -> Vec<Change> {
    let files = hashed(written);
    between(&earlier.into(), &(&Fresh(written, &files)).into(), style)
}

/// What changed since the version that members or the world have: for the section that says so.
fn since_sent(desk: &Desk<'_>, case: &Case, all: &[Version], written: &Draft) -> String {
    let style = style(desk);
    let sent = all.iter().rev().find(|one| one.predisclosed_at.is_some() || one.released_at.is_some());
    let changes = sent.map(|sent| since(sent, written, &style)).unwrap_or_default();
    let early = match (case.exploited_at, case.public_at) {
        _ if !changes.contains(&Change::Ended) => "",
        (Some(_), _) => "  The embargo ended early: this issue is used in attacks.",
        (None, Some(_)) => "  The embargo ended early: this issue is public.",
        (None, None) => "",
    };
    updates(&changes, &style) + early
}

/// Whether one more approval lets it out.
pub fn is_current(version: &Version) -> bool {
    version.void_at.is_none() && version.stage == Stage::Draft
}
