//! The sections: which are missing, empty, double, in another order or misspelt, and whether the changes told are those of
//! this version.

use super::{Subject, quoted};
use crate::advisory::finding::Finding;

/// So many letters of a heading may be wrong, and it is still a slip.
const SLIP_LETTERS_MAX: usize = 2;

/// The heading that is a slip for this one.
fn slip<'a>(subject: &'a Subject<'_>, heading: &str) -> Option<(&'a str, u32)> {
    let unknown = subject.advisory.sections.iter().filter(|section| !subject.style.knows(&section.heading));
    let near =
        |found: &str| strsim::damerau_levenshtein(&found.to_uppercase(), &heading.to_uppercase()) <= SLIP_LETTERS_MAX;
    unknown.filter(|section| near(&section.heading)).map(|section| (section.heading.as_str(), section.line)).next()
}

pub fn missing(subject: &Subject<'_>) -> Vec<Finding> {
    let missing = subject.style.required.iter().filter(|heading| subject.advisory.section(heading).is_none());
    missing
        .map(|heading| match slip(subject, heading) {
            Some((found, line)) => Finding::error(
                line,
                format!("The section “{heading}” is missing; “{}” looks like it: correct that heading.", quoted(found)),
            ),
            None => Finding::error(0, format!("The section “{heading}” is missing; write it.")),
        })
        .collect()
}

pub fn empty(subject: &Subject<'_>) -> Vec<Finding> {
    let empty = subject.advisory.sections.iter().filter(|section| section.body.trim().is_empty());
    empty
        .map(|section| {
            let heading = quoted(&section.heading);
            Finding::error(section.line, format!("The section “{heading}” is empty; write it, or remove its heading."))
        })
        .collect()
}

pub fn twice(subject: &Subject<'_>) -> Vec<Finding> {
    let mut first: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for section in &subject.advisory.sections {
        match first.get(section.heading.as_str()) {
            Some(line) => found.push(Finding::warning(
                section.line,
                format!("There is a section “{}” on line {line}, too; join them.", quoted(&section.heading)),
            )),
            None => drop(first.insert(&section.heading, section.line)),
        }
    }
    found
}

pub fn misplaced(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut last: Option<(usize, &str)> = None;
    for section in &subject.advisory.sections {
        let Some(place) = subject.style.place(&section.heading) else { continue };
        match last {
            Some((before, heading)) if place < before => found.push(Finding::warning(
                section.line,
                format!("“{}” stands behind “{heading}”; it usually stands before it: move it.", section.heading),
            )),
            _ => last = Some((place, &section.heading)),
        }
    }
    found
}

/// Slips in headings that no text has to have: nobody would miss them.
pub fn misspelt(subject: &Subject<'_>) -> Vec<Finding> {
    let style = subject.style;
    let known = style.sections.iter().chain([&style.no_embargo]).chain(&style.no_embargo_too);
    let absent =
        known.filter(|heading| !style.required.contains(heading) && subject.advisory.section(heading).is_none());
    let slips = absent.filter_map(|heading| slip(subject, heading).map(|(found, line)| (heading, found, line)));
    slips
        .map(|(heading, found, line)| {
            Finding::warning(
                line,
                format!("The heading “{}” looks like “{heading}”; correct it, if that is meant.", quoted(found)),
            )
        })
        .collect()
}

pub fn updates(subject: &Subject<'_>) -> Vec<Finding> {
    let (style, version) = (subject.style, subject.advisory.head.version);
    let told = subject.advisory.sections.iter().filter_map(|one| style.updated(&one.heading).map(|of| (of, one)));
    let told: Vec<_> = told.collect();
    if told.is_empty() && version > 1 && !style.updates.is_empty() {
        let heading = style.updates_in(version);
        return vec![Finding::error(
            0,
            format!("This is version {version}, and nothing says what changed; write the section “{heading}”."),
        )];
    }
    let wrong = told.into_iter().filter(|(of, _)| *of != version || version == 1);
    wrong
        .map(|(of, section)| match of {
            0 => Finding::warning(
                section.line,
                format!(
                    "The heading “{}” does not say which version; write “{}”.",
                    quoted(&section.heading),
                    style.updates_in(version)
                ),
            ),
            1 if version == 1 => Finding::warning(
                section.line,
                format!("“{}” in a first version: nothing was before it; remove the section.", section.heading),
            ),
            _ => Finding::error(
                section.line,
                format!(
                    "“{}” stands in version {version}; correct the heading, or the version in the title block.",
                    quoted(&section.heading)
                ),
            ),
        })
        .collect()
}
