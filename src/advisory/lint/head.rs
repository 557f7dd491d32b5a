//! The title block: what it lacks, what does not belong there, and where it is not what the desk knows.

use super::{Subject, quoted};
use crate::advisory::finding::Finding;

pub fn names(subject: &Subject<'_>) -> Vec<Finding> {
    let (head, style) = (&subject.advisory.head, subject.style);
    let mut found = Vec::new();
    if head.number.is_none() {
        let called = match style.prefix.as_str() {
            "" => "NUMBER".to_owned(),
            prefix => format!("{prefix}-NUMBER"),
        };
        found.push(Finding::error(
            1,
            format!("The title block names no number; begin the text with “{} {called}”.", style.name),
        ));
    }
    if head.title.is_empty() {
        let line = subject.head_line();
        found.push(Finding::error(line, "There is no title; write it below the number, with an empty line between."));
    }
    if let Some(first) = head.other.lines().next() {
        found.push(Finding::error(
            subject.line_of(first),
            format!(
                "“{}” stands in the title block and is no part of it; remove it, or put it into a section.",
                quoted(first.trim())
            ),
        ));
    }
    found
}

/// Number, version and embargo mark, as the desk has them. The text for members and the public one are told apart by their
/// versions; where these are the same, there is no embargo.
pub fn facts(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(facts) = subject.facts else { return Vec::new() };
    let (head, style) = (&subject.advisory.head, subject.style);
    let line = subject.head_line();
    let mut found = Vec::new();
    if let Some(number) = head.number.filter(|number| *number != facts.number) {
        found.push(Finding::error(
            line,
            format!(
                "The title block names {}, and this advisory is {}; correct it.",
                style.called(number),
                style.called(facts.number)
            ),
        ));
    }
    if ![facts.version.max(1), facts.public_version.max(1)].contains(&head.version) {
        found.push(Finding::error(
            line,
            format!(
                "The title block says version {}, and this is version {}; correct it.",
                head.version, facts.version
            ),
        ));
    }
    let for_members = head.version == facts.version.max(1);
    let mark_line = head.embargo.as_ref().map_or(line, |mark| subject.line_of(mark));
    match (&head.embargo, facts.embargo.as_ref().filter(|_| for_members)) {
        (Some(mark), Some(until)) if !mark.contains(until.as_str()) => found.push(Finding::error(
            mark_line,
            format!("The embargo mark says “{}”, and the embargo ends {until}; correct it.", quoted(mark)),
        )),
        (None, Some(until)) => found.push(Finding::error(
            line,
            format!("The embargo mark is missing; write “*** EMBARGOED UNTIL {until} ***” below the title."),
        )),
        (Some(_), None) => found.push(Finding::error(
            mark_line,
            "There is an embargo mark in a text that is not under embargo; remove it.",
        )),
        _ => {}
    }
    found
}
