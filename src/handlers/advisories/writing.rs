//! What a draft comes to: its texts, filled with what the desk knows at this moment, its manifest, and what is wrong with it.
//! Nothing is kept here.

use anyhow::Result;

use super::facts::{Numbers, gather, style};
use super::standing::{self, Parts, embargo};
use crate::advisory::facts::Facts;
use crate::advisory::fill::{Texts, fill};
use crate::advisory::finding::Finding;
use crate::advisory::lint::lint;
use crate::advisory::model::{Advisory, Section};
use crate::advisory::style::Style;
use crate::advisory::text::parse;
use crate::desk::Desk;
use crate::store::advisories::{Draft, Version};
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

impl Source {
    /// What somebody wrote of an earlier version, as the desk writes it anew.
    pub fn anew(of: &Version, updates: String) -> Self {
        let (text, author, sealed) = (of.source.clone(), of.author, of.sealed);
        Self { text, updates, author, inbox: None, sealed, odd: Vec::new() }
    }
}

/// The draft as it is by what the desk knows now. It is not kept.
pub fn write(
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
        // It is the same version where members get no text before: then that alone does not say that it has no mark.
        let over = Facts { embargo: None, was_embargoed: true, ..facts.clone() };
        let is_over = facts.embargo.is_some() && facts.version == facts.public_version;
        let facts = if is_over { &over } else { facts };
        let of = |text: &str| lint(text, &parse(text, style).0, style, Some(facts));
        let only = of(&texts.public).into_iter().filter(|finding| !known.contains(&finding.text));
        findings.extend(only.map(|Finding { line, severity, text }| {
            let at = if line == 0 { String::new() } else { format!(", line {line}") };
            Finding { line: 0, severity, text: format!("In the public text{at}: {text}") }
        }));
    }
    findings
}

/// The same findings by the lines of the text as its author wrote it; of what the desk filled in there is none.
pub fn by_source(findings: Vec<Finding>, source: &str, text: &str) -> Vec<Finding> {
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

/// Its files, by name and SHA-256.
pub fn hashed(draft: &Draft) -> Vec<(String, String)> {
    draft.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect()
}
