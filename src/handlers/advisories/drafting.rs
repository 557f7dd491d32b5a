//! A draft of an advisory: what the desk knows, filled into what its author wrote; the texts and their digest go to everybody
//! who may approve them. When something of the case changes, what was drafted is written anew.

use anyhow::Result;

use super::changes::{Change, Fresh, between, updates};
use super::facts::{Numbers, gather, next, style};
use super::standing::{self, Parts, embargo};
use crate::advisory::facts::Facts;
use crate::advisory::fill::{Texts, fill};
use crate::advisory::finding::{Finding, Severity};
use crate::advisory::lint::lint;
use crate::advisory::model::{Advisory, Section};
use crate::advisory::style::Style;
use crate::advisory::text::parse;
use crate::desk::Desk;
use crate::handlers::say;
use crate::rules::label::{CaseId, VersionId};
use crate::rules::life::State;
use crate::store::advisories::{Draft, Stage, Version};
use crate::store::cases::Case;

/// What somebody wrote of an advisory.
#[derive(Clone, Debug)]
pub struct Source {
    pub text: String,
    /// What changed in this version, in their words, or empty.
    pub updates: String,
    pub author: i64,
    /// The mail it came by; `None`: the desk writes it anew.
    pub inbox: Option<i64>,
    pub sealed: bool,
    /// What is odd about the mail it came by.
    pub odd: Vec<Finding>,
}

/// Keeps a draft of what somebody wrote; or says what has to be corrected first.
pub fn draft(
    desk: &Desk<'_>,
    case: &Case,
    number: i64,
    source: &Source,
) -> Result<Result<(VersionId, Draft), Vec<Finding>>> {
    let all = desk.rows.advisories().of_number(number)?;
    let numbers = next(desk, case, &all);
    let mut source = source.clone();
    let kept = all.iter().rev().find(|one| one.void_at.is_none() && one.version == numbers.version);
    if source.updates.is_empty() {
        source.updates = kept.map_or_else(String::new, |kept| kept.updates.clone());
    }
    let mut written = write(desk, case, number, &all, &numbers, &source)?;
    if source.updates.is_empty() && numbers.version > 1 {
        source.updates = since_sent(desk, &all, &written);
        written = write(desk, case, number, &all, &numbers, &source)?;
    }
    if written.findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(Err(by_source(written.findings, &source.text, &written.members_text)));
    }
    let id = desk.rows.advisories().draft(&written, desk.now)?;
    Ok(Ok((id, written)))
}

/// Something of the case changed: what was drafted of it is written anew where it would differ, nothing of what it replaces
/// leaves any more, and the team is asked to approve it.
pub fn refresh(desk: &mut Desk<'_>, case: CaseId) -> Result<()> {
    let original = desk.rows.cases().original(case)?;
    // What a duplicate brings, its original thanks for.
    for case in [case, original].into_iter().take(if original == case { 1 } else { 2 }) {
        let case = standing::case(desk, case)?;
        for number in desk.rows.facts().advisories(case.number)? {
            write_anew(desk, &case, number)?;
        }
        ask(desk, &case)?;
    }
    Ok(())
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
        let object = super::called(desk, &version);
        desk.record("desk", "none", "ask for approval", &object, &version.digest)?;
    }
    Ok(())
}

fn write_anew(desk: &Desk<'_>, case: &Case, number: i64) -> Result<()> {
    let all = desk.rows.advisories().of_number(number)?;
    let open: Vec<&Version> = all.iter().filter(|one| one.void_at.is_none() && one.released_at.is_none()).collect();
    let Some(latest) = open.last() else { return number_came_late(desk, case, number, &all) };
    if case.state.is_over() && case.state != State::Closed {
        let why = format!("the case is {}", case.state);
        return open.iter().try_for_each(|one| void(desk, one, &why));
    }
    let mut latest_changed = false;
    for one in &open {
        let changes = changed(desk, case, &all, one)?;
        if changes.is_empty() {
            continue;
        }
        latest_changed |= one.id == latest.id;
        let why: Vec<&str> = changes.iter().map(what).collect();
        let why = format!("{} changed", why.join(", "));
        void(desk, one, &why)?;
    }
    if !latest_changed {
        return Ok(());
    }
    let numbers = next(desk, case, &all);
    // What its author said of this very version stays; what the desk said is said anew.
    let by_author = latest.inbox.is_some() && latest.version == numbers.version;
    let mut source = Source {
        text: latest.source.clone(),
        updates: if by_author { latest.updates.clone() } else { String::new() },
        author: latest.author,
        inbox: None,
        sealed: latest.sealed,
        odd: Vec::new(),
    };
    if source.updates.is_empty() && numbers.version > 1 {
        let written = write(desk, case, number, &all, &numbers, &source)?;
        source.updates = since_sent(desk, &all, &written);
    }
    keep_anew(desk, &write(desk, case, number, &all, &numbers, &source)?)
}

/// Nothing of it leaves any more.
fn void(desk: &Desk<'_>, version: &Version, why: &str) -> Result<()> {
    if desk.rows.advisories().void(version.id, why, desk.now)? {
        let detail = format!("{}; {why}", version.digest);
        desk.record("desk", "none", "void advisory", &super::called(desk, version), &detail)?;
    }
    Ok(())
}

/// The advisory is public, and has a number only now: that is another version.
fn number_came_late(desk: &Desk<'_>, case: &Case, number: i64, all: &[Version]) -> Result<()> {
    let Some(public) = all.iter().rev().find(|one| one.released_at.is_some()) else { return Ok(()) };
    let source = Source {
        text: public.source.clone(),
        updates: String::new(),
        author: public.author,
        inbox: None,
        sealed: public.sealed,
        odd: Vec::new(),
    };
    let numbers = next(desk, case, all);
    let written = write(desk, case, number, all, &numbers, &source)?;
    let new = written.cves.iter().any(|cve| !public.cves.contains(cve));
    if !new {
        return Ok(());
    }
    let updates = Change::Cves { from: public.cves.clone(), to: written.cves }.update(&style(desk));
    let source = Source { updates: updates.unwrap_or_default(), ..source };
    keep_anew(desk, &write(desk, case, number, all, &numbers, &source)?)
}

fn keep_anew(desk: &Desk<'_>, written: &Draft) -> Result<()> {
    let id = desk.rows.advisories().draft(written, desk.now)?;
    let kept = desk.rows.advisories().get(id)?;
    desk.record("desk", "none", "draft advisory", &super::called(desk, &kept), &format!("{}; anew", kept.digest))
}

/// What would be different in a version if it were written now.
fn changed(desk: &Desk<'_>, case: &Case, all: &[Version], version: &Version) -> Result<Vec<Change>> {
    let twice = embargo(case).is_some() && desk.house.members.is_some();
    let numbers = Numbers { version: version.version, public_version: version.version + u32::from(twice) };
    let source = Source {
        text: version.source.clone(),
        updates: version.updates.clone(),
        author: version.author,
        inbox: None,
        sealed: version.sealed,
        odd: Vec::new(),
    };
    let now = write(desk, case, version.number, all, &numbers, &source)?;
    if standing::is_overtaken(all, version) {
        return Ok(vec![Change::Overtaken]);
    }
    if now.manifest == version.manifest {
        return Ok(Vec::new());
    }
    let files = hashed(&now);
    Ok(between(&version.into(), &(&Fresh(&now, &files)).into(), &style(desk)))
}

/// What changed since the version that members or the world have: for the section that says so.
fn since_sent(desk: &Desk<'_>, all: &[Version], written: &Draft) -> String {
    let style = style(desk);
    let sent = all.iter().rev().find(|one| one.predisclosed_at.is_some() || one.released_at.is_some());
    let files = hashed(written);
    let changes = sent.map(|sent| between(&sent.into(), &(&Fresh(written, &files)).into(), &style));
    updates(&changes.unwrap_or_default(), &style)
}

fn hashed(draft: &Draft) -> Vec<(String, String)> {
    draft.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect()
}

/// The draft as it is by what the desk knows now. It is not kept.
fn write(
    desk: &Desk<'_>,
    case: &Case,
    number: i64,
    all: &[Version],
    numbers: &Numbers,
    source: &Source,
) -> Result<Draft> {
    let style = style(desk);
    let (mut advisory, _) = parse(&source.text, &style);
    let named = advisory.head.number.filter(|named| *named != number);
    let (facts, sealed) = gather(desk, case, number, all, numbers, &source.updates)?;
    if embargo(case).is_none() && !facts.was_embargoed {
        without_embargo(&mut advisory, case, &style);
    }
    let texts = fill(&advisory, &facts, &style);
    let (filled, _) = parse(&texts.members, &style);
    let mut findings = found(&texts, &facts, &style);
    findings.extend(source.odd.iter().cloned());
    findings.extend(named.map(|named| {
        let (named, ours) = (style.called(named), style.called(number));
        Finding::error(0, format!("The title block of your text names {named}, and this is {ours}; correct it."))
    }));
    let title_is_ours = advisory.head.title.trim().is_empty();
    let mut draft = Draft {
        number,
        case: case.number,
        version: numbers.version,
        public_version: numbers.public_version,
        source: source.text.clone(),
        updates: source.updates.clone(),
        deployment: facts.deployment,
        title: filled.head.title,
        cves: filled.head.cves,
        patchless: facts.patchless,
        members_text: texts.members,
        public_text: texts.public,
        embargo_until: embargo(case),
        manifest: String::new(),
        findings,
        files: facts.files,
        author: source.author,
        inbox: source.inbox,
        sealed: source.sealed || sealed || title_is_ours && case.title.labels().is_sealed(),
    };
    let files = hashed(&draft);
    draft.manifest = standing::print(
        desk,
        case,
        &Parts {
            number,
            version: draft.version,
            public_version: draft.public_version,
            members_text: &draft.members_text,
            public_text: &draft.public_text,
            files: &files,
        },
    );
    Ok(draft)
}

/// Nobody had it under an embargo, and nobody will: what was permitted during one goes, and it says why there is none,
/// unless its author did.
fn without_embargo(advisory: &mut Advisory, case: &Case, style: &Style) {
    advisory.sections.retain(|section| style.deployment.is_empty() || section.heading != style.deployment);
    let says = advisory.sections.iter().any(|section| style.is_no_embargo(&section.heading));
    if says || style.no_embargo.is_empty() {
        return;
    }
    let why = match (case.exploited_at, case.public_at) {
        (Some(_), _) => "There is no embargo, because this issue is used in attacks.",
        (None, Some(_)) => "There is no embargo, because this issue is public already.",
        (None, None) => return,
    };
    advisory.sections.push(Section::new(&style.no_embargo, why));
}

/// What is wrong with both texts as they would leave; lines are those of the text for members.
fn found(texts: &Texts, facts: &Facts, style: &Style) -> Vec<Finding> {
    let of = |text: &str| lint(text, &parse(text, style).0, style, Some(facts));
    let mut findings = of(&texts.members);
    if texts.members != texts.public {
        let known: Vec<String> = findings.iter().map(|finding| finding.text.clone()).collect();
        let only = of(&texts.public).into_iter().filter(|finding| !known.contains(&finding.text));
        findings.extend(only.map(|Finding { line, severity, text }| {
            let at = if line == 0 { String::new() } else { format!(", line {line}") };
            Finding { line: 0, severity, text: format!("In the public text{at}: {text}") }
        }));
    }
    findings
}

/// The same findings by the lines of the text as its author wrote it; of what the desk filled in there is none.
fn by_source(findings: Vec<Finding>, source: &str, text: &str) -> Vec<Finding> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let written: Vec<String> = source.lines().map(words).collect();
    let at = |line: u32| {
        let shown = text.lines().nth(usize::try_from(line.checked_sub(1)?).ok()?).map(words)?;
        let same = written.iter().position(|one| *one == shown);
        let place = same.or_else(|| written.iter().position(|one| !shown.is_empty() && one.contains(&shown)))?;
        u32::try_from(place + 1).ok()
    };
    let found = findings.into_iter().map(|finding| Finding { line: at(finding.line).unwrap_or(0), ..finding });
    let mut found: Vec<Finding> = found.collect();
    // What stands on no line comes last.
    found.sort_by_key(|finding| finding.line.checked_sub(1).unwrap_or(u32::MAX));
    found
}

/// What of a case an advisory depends on, in a word.
fn what(change: &Change) -> &'static str {
    match change {
        Change::Ends { .. } => "the dates",
        Change::Ended => "the embargo",
        Change::Cves { .. } => "the CVE numbers",
        Change::Files { .. } => "the patches",
        Change::Deployment => "what members may deploy",
        Change::Title { .. } => "the title",
        Change::Credits => "the credits",
        Change::Audiences => "the lists",
        Change::Overtaken => "what was sent",
        Change::Text => "the words that the desk fills in",
    }
}

/// Whether one more approval lets it out.
pub fn is_current(version: &Version) -> bool {
    version.void_at.is_none() && version.stage == Stage::Draft
}
