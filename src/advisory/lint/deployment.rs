//! What members may deploy during the embargo, or why there was none: each text has one of the two.

use super::Subject;
use crate::advisory::facts::Deployment;
use crate::advisory::fill::same_words;
use crate::advisory::finding::Finding;

pub fn one_of_two(subject: &Subject<'_>) -> Vec<Finding> {
    let style = subject.style;
    if style.deployment.is_empty() && style.no_embargo.is_empty() {
        return Vec::new();
    }
    let late = subject.facts.is_some_and(|facts| facts.late);
    let embargoed = subject.facts.map(|facts| facts.embargo.is_some() || facts.was_embargoed || late);
    match (subject.deployment(), subject.no_embargo(), embargoed) {
        (Some(deployment), Some(none), _) => vec![Finding::error(
            deployment.line.max(none.line),
            format!(
                "The text has both “{}” and “{}”; there was an embargo or there was none: remove one.",
                deployment.heading, none.heading
            ),
        )],
        (Some(deployment), None, Some(false)) => vec![Finding::error(
            deployment.line,
            format!(
                "There was no embargo, and the text has “{}”; remove it, and write “{}”.",
                deployment.heading, style.no_embargo
            ),
        )],
        (None, Some(none), Some(true)) => vec![Finding::error(
            none.line,
            format!("There is an embargo, or was one, and the text has “{}”; remove it.", none.heading),
        )],
        (None, None, Some(false)) if !style.no_embargo.is_empty() => vec![Finding::error(
            0,
            format!("There is no embargo, and the text does not say why; write the section “{}”.", style.no_embargo),
        )],
        (None, None, Some(true)) if !style.deployment.is_empty() && !late => vec![Finding::error(0, unsaid(subject))],
        (None, None, None) => vec![Finding::warning(
            0,
            match (style.deployment.as_str(), style.no_embargo.as_str()) {
                (one, "") | ("", one) => format!("The section “{one}” is missing; write it, if it applies."),
                (deployment, none) => format!("The text has neither “{deployment}” nor “{none}”; write one of them."),
            },
        )],
        _ => Vec::new(),
    }
}

fn unsaid(subject: &Subject<'_>) -> String {
    let words: Vec<String> = subject.style.deployments.iter().map(|(name, _)| format!("“!deploy {name}”")).collect();
    let heading = &subject.style.deployment;
    match words.as_slice() {
        [] => format!("Nothing says what members may deploy during the embargo; write the section “{heading}”."),
        words => format!(
            "Nothing says what members may deploy during the embargo; say one of {}, or “!deploy text” with words of your \
             own; or write the section “{heading}”.",
            words.join(", ")
        ),
    }
}

/// What the text permits has to be what was said last: a section that was written for an earlier version stays otherwise.
pub fn permission(subject: &Subject<'_>) -> Vec<Finding> {
    let (Some(facts), Some(section)) = (subject.facts, subject.deployment()) else { return Vec::new() };
    let own = subject.style.without_retained(&section.body);
    let said = match &facts.deployment {
        Deployment::Unsaid => return Vec::new(),
        Deployment::Usual(name) => name.as_str(),
        Deployment::Words(_) => "text",
    };
    match subject.style.permission(&facts.deployment) {
        Some(words) if same_words(words, &own) => Vec::new(),
        _ => vec![Finding::error(
            section.line,
            format!(
                "“{}” permits something else than “!deploy {said}” said; remove the section, and it is written anew, or say \
                 “!deploy text” with these words.",
                section.heading
            ),
        )],
    }
}

pub fn retained(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(section) = subject.deployment() else { return Vec::new() };
    let has_none = subject.style.without_retained(&section.body) == section.body;
    match has_none && !subject.style.retained.trim().is_empty() {
        true => vec![Finding::warning(
            section.line,
            format!(
                "“{}” lacks the note that it stays in the text after the embargo; add it at its end.",
                section.heading
            ),
        )],
        false => Vec::new(),
    }
}
