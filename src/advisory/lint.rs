//! What is wrong with an advisory, by its text alone and by what the desk knows of the case and its files. One small
//! function for each thing that is looked at; errors are what would mislead readers or break their tools.

mod characters;
mod cves;
mod dates;
mod deployment;
mod files;
mod flow;
mod head;
mod meta;
mod numbers;
mod order;
mod patches;
#[cfg(test)]
mod tests;
mod words;

use jiff::civil::Date;

use super::facts::{Facts, File};
use super::finding::{Finding, quoted};
use super::listing::Listing;
use super::model::{Advisory, Section};
use super::style::Style;
use super::text::{Line, lines, parse};
use flow::Flow;

/// Nobody reads more of them.
const FINDINGS_MAX: usize = 200;
/// A hundred pages.
const TEXT_BYTES_MAX: usize = 256 << 10;

const CHECKS: &[fn(&Subject<'_>) -> Vec<Finding>] = &[
    form,
    head::names,
    head::facts,
    cves::malformed,
    cves::elsewhere,
    cves::known,
    numbers::own,
    numbers::title,
    numbers::near,
    order::missing,
    order::empty,
    order::twice,
    order::misplaced,
    order::misspelt,
    order::updates,
    deployment::one_of_two,
    deployment::permission,
    deployment::retained,
    files::listed,
    files::taken,
    files::hashes,
    files::together,
    files::called,
    files::attached,
    files::said_attached,
    files::branches,
    meta::recipes,
    patches::diffs,
    patches::silent,
    words::slips,
    words::attached,
    characters::long,
    characters::tabs,
    characters::odd,
    characters::armour,
    dates::weekdays,
    dates::past,
];

/// What is looked at.
struct Subject<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    flow: Flow,
    advisory: &'a Advisory,
    style: &'a Style,
    listing: Listing,
    /// What is attached, if that is known.
    files: Option<&'a [File]>,
    facts: Option<&'a Facts>,
    /// In UTC.
    today: Option<Date>,
}

/// All that was found, by line; what `parse` finds is among it. `facts`: what the desk knows; without it, the text alone is
/// judged.
pub fn lint(text: &str, advisory: &Advisory, style: &Style, facts: Option<&Facts>) -> Vec<Finding> {
    let files = facts.map(|facts| facts.files.as_slice());
    found(&Subject::new(text, advisory, style, files, facts, facts.and_then(|facts| facts.today)))
}

/// The same without a desk, for a text beside which files lie; `None`: nobody knows what is attached to it.
pub fn lint_beside(
    text: &str,
    advisory: &Advisory,
    style: &Style,
    files: Option<&[File]>,
    today: Option<Date>,
) -> Vec<Finding> {
    found(&Subject::new(text, advisory, style, files, None, today))
}

fn found(subject: &Subject<'_>) -> Vec<Finding> {
    if let Some(finding) = size(subject.text) {
        return vec![finding];
    }
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(subject)).collect();
    findings.sort();
    findings.dedup();
    let more = findings.len().saturating_sub(FINDINGS_MAX);
    if more > 0 {
        // None of the errors is left out for a warning.
        findings.sort_by_key(|finding| finding.severity);
        findings.truncate(FINDINGS_MAX);
        findings.sort();
        findings.push(Finding::warning(0, format!("There are {more} more findings; correct these first.")));
    }
    findings
}

impl<'a> Subject<'a> {
    fn new(
        text: &'a str,
        advisory: &'a Advisory,
        style: &'a Style,
        files: Option<&'a [File]>,
        facts: Option<&'a Facts>,
        today: Option<Date>,
    ) -> Self {
        let lines = lines(text);
        let flow = Flow::of(&lines);
        let listing = advisory.section(&style.resolution).map(|one| Listing::read(&one.body, one.body_line));
        Self { text, lines, flow, advisory, style, listing: listing.unwrap_or_default(), files, facts, today }
    }

    /// The first line that has these words.
    fn line_of(&self, words: &str) -> u32 {
        self.lines.iter().find(|line| line.words.contains(words)).map_or(0, |line| line.number)
    }

    /// The line of the title block that names the advisory.
    fn head_line(&self) -> u32 {
        self.line_of(&self.style.name).max(1)
    }

    fn is_listed(&self, line: u32) -> bool {
        let listing = &self.listing;
        listing.table.iter().any(|row| row.line == line) || listing.hashes.iter().any(|hash| hash.line == line)
    }

    /// Where the first section begins.
    fn head_end(&self) -> u32 {
        self.advisory.sections.first().map_or(u32::MAX, |section| section.line)
    }

    fn deployment(&self) -> Option<&Section> {
        self.advisory.section(&self.style.deployment).filter(|_| !self.style.deployment.is_empty())
    }

    fn no_embargo(&self) -> Option<&Section> {
        self.advisory.sections.iter().find(|section| self.style.is_no_embargo(&section.heading))
    }
}

fn form(subject: &Subject<'_>) -> Vec<Finding> {
    parse(subject.text, subject.style).1
}

/// What is wrong with a text that is not looked at any further.
fn size(text: &str) -> Option<Finding> {
    match text.len() {
        _ if text.trim().is_empty() => Some(Finding::error(0, "The text is empty; write the advisory.")),
        0..=TEXT_BYTES_MAX => None,
        bytes => {
            let words = format!("The text has {bytes} bytes, and may have {TEXT_BYTES_MAX}; shorten it.");
            Some(Finding::error(0, words))
        }
    }
}

/// `A`, `A and B`, `A, B and C`
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
