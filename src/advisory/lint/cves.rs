//! CVE numbers: their form, and whether title block, text and desk have the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Subject, listed, quoted};
use crate::advisory::fill::is_cve;
use crate::advisory::finding::Finding;

/// What somebody meant as a number: with digits, or with letters or marks in their place. “CVE-ID” is none.
static CVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bCVE(?:-(?:[0-9][0-9A-Za-z?-]*|[Xx?N]{2,}[0-9A-Za-z?-]*)| [0-9]{4}-[0-9]+)")
        .expect("the pattern is fixed")
});

/// Each with its place in the flow, in order.
fn mentioned<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (usize, &'a str)> {
    let found = CVE.find_iter(&subject.flow.text);
    found.map(|one| (one.start(), one.as_str().trim_end_matches(['-', '?'])))
}

/// The well-formed ones below the title block, each with its first line.
fn in_text(subject: &Subject<'_>) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for (place, cve) in mentioned(subject) {
        let line = subject.flow.line_at(place);
        if line >= subject.head_end() && is_cve(cve) {
            found.entry(cve.to_owned()).or_insert(line);
        }
    }
    found
}

pub fn malformed(subject: &Subject<'_>) -> Vec<Finding> {
    let wrong = mentioned(subject).filter(|(_, cve)| !is_cve(cve));
    wrong
        .map(|(place, cve)| {
            let line = subject.flow.line_at(place);
            Finding::error(
                line,
                format!("“{}” is no CVE number; write it like CVE-2026-12345, or remove it.", quoted(cve)),
            )
        })
        .collect()
}

/// A text may speak of the CVE numbers of others. But one that the title block lacks may have been forgotten there, and
/// where a text tells several apart, each of them has to be in it.
pub fn elsewhere(subject: &Subject<'_>) -> Vec<Finding> {
    let cves = &subject.advisory.head.cves;
    let line = subject.head_line();
    let text = in_text(subject);
    if cves.is_empty() && subject.advisory.head.number.is_some() {
        return match text.iter().next() {
            None => {
                vec![Finding::warning(line, "The title block names no CVE number; “!cve NUMBER” puts it there.")]
            }
            Some((cve, at)) => {
                vec![Finding::warning(
                    *at,
                    format!(
                        "{cve} is in the text, and the title block names no CVE number; add it there, if it is this issue's."
                    ),
                )]
            }
        };
    }
    let mut found: Vec<Finding> = text
        .iter()
        .filter(|(cve, _)| !cves.contains(cve))
        .map(|(cve, at)| {
            Finding::warning(
                *at,
                format!("{cve} is in the text, and not in the title block; add it there, if it is this issue's."),
            )
        })
        .collect();
    if cves.len() > 1 && cves.iter().any(|cve| text.contains_key(cve)) {
        let unsaid = cves.iter().filter(|cve| !text.contains_key(*cve));
        found.extend(unsaid.map(|cve| {
            Finding::warning(
                line,
                format!(
                    "{cve} is in the title block, and the text, which names others, does not say what it is; add that."
                ),
            )
        }));
    }
    found
}

/// The CVE numbers of the case.
pub fn known(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(facts) = subject.facts else { return Vec::new() };
    let cves = &subject.advisory.head.cves;
    let line = subject.head_line();
    let missing: Vec<String> = facts.cves.iter().filter(|cve| !cves.contains(cve)).cloned().collect();
    let strange: Vec<String> = cves.iter().filter(|cve| is_cve(cve) && !facts.cves.contains(cve)).cloned().collect();
    let mut found = Vec::new();
    if !missing.is_empty() {
        found.push(Finding::error(
            line,
            format!("The title block lacks {}, which the case has; add it.", listed(&missing)),
        ));
    }
    if !strange.is_empty() {
        found.push(Finding::error(
            line,
            format!(
                "The title block names {}, which the case does not have; correct it, or say “!cve” first.",
                listed(&strange)
            ),
        ));
    }
    found
}
