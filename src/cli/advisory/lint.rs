//! `embargod advisory lint`: the findings, as compilers print theirs.

use super::Listed;
use super::given::Given;
use crate::advisory::finding::{Finding, Severity};
use crate::advisory::lint::lint_beside;
use crate::advisory::style::Style;
use crate::advisory::text::parse;
use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::clock::Clock;

pub fn run(at: &At, style: &Style, texts: &[Given]) -> Result<(), Failure> {
    let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut errors = false;
    let mut listed = Vec::new();
    let judged: Vec<_> = texts
        .iter()
        .map(|given| {
            let (advisory, _) = parse(&given.text, style);
            let findings = lint_beside(&given.text, &advisory, style, given.files.as_deref(), Some(today));
            let findings: Vec<Finding> = findings.into_iter().map(|finding| in_file(finding, given)).collect();
            (given, advisory, findings)
        })
        .collect();
    for (given, advisory, findings) in &judged {
        let file = given.file.display().to_string();
        errors |= findings.iter().any(|finding| finding.severity == Severity::Error);
        if !at.json {
            findings.iter().for_each(|finding| show(&file, finding));
        }
        listed.push(Listed::of(file, advisory, findings, None));
    }
    if at.json {
        print::json(&listed)?;
    }
    if errors { Err(Failure::wanting()) } else { Ok(()) }
}

/// With its line in the file.
fn in_file(finding: Finding, given: &Given) -> Finding {
    let line = if finding.line == 0 { 0 } else { finding.line.saturating_add(given.lines_before) };
    Finding { line, ..finding }
}

fn show(file: &str, Finding { line, severity, text }: &Finding) {
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (file, text) = (print::shown(file), print::shown(text));
    match line {
        0 => print::say!("{file}: {severity}: {text}"),
        line => print::say!("{file}:{line}: {severity}: {text}"),
    }
}
