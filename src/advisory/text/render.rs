//! Prints an advisory: each piece in its usual form, or in the words in which it was read, as long as they say what it says.

use super::parse::UNDERLINE_CHARACTERS_MIN;
use crate::advisory::model::{Advisory, Head, Place, Section};
use crate::advisory::style::Style;

/// Twice the column on which the Xen Project centres the lines of its title block: the first at 35, the others, since 2020,
/// at 35.5 (measured in its advisories of 2016 to 2024).
const NAME_CENTRE: usize = 70;
const CENTRE: usize = 71;
/// A longer title is wrapped.
const TITLE_CHARACTERS_MAX: usize = 80;
const TITLE_WRAPPED_CHARACTERS: usize = 66;

/// The text of an advisory.
pub fn render(advisory: &Advisory, style: &Style) -> String {
    let place = if advisory.sections.is_empty() { Place::Last } else { Place::Between };
    let written = advisory.head_written.as_ref();
    let mut text = match written.and_then(|written| written.saying(&(advisory.head.clone(), place))) {
        Some(words) => words.to_owned(),
        None => head(&advisory.head, style, place),
    };
    let last = advisory.sections.len().saturating_sub(1);
    for (nth, one) in advisory.sections.iter().enumerate() {
        let place = if nth == last { Place::Last } else { Place::Between };
        match one.written.as_ref().and_then(|written| written.saying(&one.said(place))) {
            Some(words) => text.push_str(words),
            None => text.push_str(&section(one, place)),
        }
    }
    text
}

/// A section in its usual form, with the empty line behind it, if another follows.
pub fn section(section: &Section, place: Place) -> String {
    let heading = &section.heading;
    let underline = "=".repeat(heading.chars().count().max(UNDERLINE_CHARACTERS_MIN));
    let end = if place == Place::Between { "\n" } else { "" };
    match section.body.as_str() {
        "" => format!("{heading}\n{underline}\n{end}"),
        body if body.ends_with('\n') => format!("{heading}\n{underline}\n\n{body}{end}"),
        body => format!("{heading}\n{underline}\n\n{body}\n{end}"),
    }
}

/// The title block in its usual form; nothing, if there is nothing in it.
pub fn head(head: &Head, style: &Style, place: Place) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut named = String::new();
    if head.number.is_some() || !head.cves.is_empty() || head.version > 1 {
        named.push_str(&centred(&names(head, style), NAME_CENTRE));
    }
    if head.version > 1 {
        named.push_str(&centred(&format!("version {}", head.version), CENTRE));
    }
    paragraphs.push(named);
    paragraphs.push(title(&head.title));
    paragraphs.push(head.embargo.iter().map(|mark| centred(&format!("*** {mark} ***"), CENTRE)).collect());
    paragraphs.push(head.other.clone());
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    let text = paragraphs.join("\n");
    let end = if place == Place::Between && !text.is_empty() { "\n" } else { "" };
    text + end
}

/// `Xen Security Advisory CVE-2026-12345,CVE-2026-12346 / XSA-480`
fn names(head: &Head, style: &Style) -> String {
    let cves = (!head.cves.is_empty()).then(|| head.cves.join(","));
    let names: Vec<String> = cves.into_iter().chain(head.number.map(|number| style.called(number))).collect();
    let words = [style.name.clone(), names.join(" / ")];
    words.join(" ").trim().to_owned()
}

fn title(title: &str) -> String {
    if title.chars().count() <= TITLE_CHARACTERS_MAX {
        return if title.is_empty() { String::new() } else { centred(title, CENTRE) };
    }
    let lines = crate::advisory::wrap::wrapped(title, TITLE_WRAPPED_CHARACTERS);
    lines.iter().map(|line| centred(line, CENTRE)).collect()
}

/// A line with its middle at half of `centre`; never at the margin, where a heading would stand.
fn centred(words: &str, centre: usize) -> String {
    let indent = (centre.saturating_sub(words.chars().count()) / 2).max(1);
    format!("{}{words}\n", " ".repeat(indent))
}
