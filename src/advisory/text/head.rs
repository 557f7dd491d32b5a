//! Reads the title block: the project's words with CVEs and number, the version, the title, the embargo mark.

use super::parse::Line;
use crate::advisory::model::Head;
use crate::advisory::style::Style;

/// A longer paragraph is no title.
const TITLE_LINES_MAX: usize = 4;
const CVES_MAX: usize = 100;

/// What the lines above the first heading say.
pub fn read(lines: &[Line<'_>], style: &Style) -> Head {
    let mut head = Head::default();
    let mut other: Vec<&str> = Vec::new();
    let named = lines.iter().position(|line| words_of_project(line.words, style).is_some());
    let (before, block) = lines.split_at(named.unwrap_or(0));
    other.extend(before.iter().filter(|line| !line.is_blank()).map(|line| line.words));
    let paragraphs: Vec<&[Line<'_>]> = block.split(Line::is_blank).filter(|one| !one.is_empty()).collect();
    // Without the project's words only a paragraph that stands alone can be a title.
    let alone = named.is_some() || paragraphs.len() == 1;
    let mut titled = false;
    for paragraph in paragraphs {
        let rest = marks_and_names(paragraph, style, &mut head);
        if !titled && alone && rest.len() == paragraph.len() && rest.len() <= TITLE_LINES_MAX {
            titled = true;
            head.title = one_line(&rest);
        } else {
            other.extend(rest);
        }
    }
    head.other = other.iter().flat_map(|line| [*line, "\n"]).collect();
    head
}

/// Takes number, CVEs, version and mark out of the lines of a paragraph; what is left of it.
fn marks_and_names<'a>(paragraph: &[Line<'a>], style: &Style, head: &mut Head) -> Vec<&'a str> {
    let mut rest = Vec::new();
    let mut naming = false;
    for line in paragraph {
        let words = line.words.trim();
        if let Some(mark) = mark(words) {
            head.embargo = Some(mark.to_owned());
        } else if let Some(names) = words_of_project(words, style) {
            naming = true;
            read_names(names, style, head);
        } else if let Some(version) = version(words).filter(|_| naming) {
            head.version = version;
        } else if naming && head.number.is_none() && is_names(words, style) {
            read_names(words, style, head);
        } else {
            rest.push(line.words);
        }
    }
    rest
}

/// What follows the words of the project: `CVE-2026-12345 / XSA-480`.
fn words_of_project<'a>(words: &'a str, style: &Style) -> Option<&'a str> {
    let rest = words.trim().strip_prefix(style.name.as_str()).filter(|_| !style.name.is_empty())?;
    (rest.is_empty() || rest.starts_with([' ', '\t', ':', '/'])).then_some(rest)
}

fn names(words: &str) -> impl Iterator<Item = &str> {
    words.split([' ', '\t', ',', '/', ':', '(', ')']).filter(|name| !name.is_empty())
}

/// The names of an advisory may take more than one line: all of it is names.
fn is_names(words: &str, style: &Style) -> bool {
    names(words).all(|name| name.starts_with("CVE-") || style.number(name).is_some())
}

fn read_names(words: &str, style: &Style, head: &mut Head) {
    for name in names(words) {
        if name.starts_with("CVE-") && head.cves.len() < CVES_MAX {
            head.cves.push(name.to_owned());
        } else if let Some(number) = style.number(name) {
            head.number = Some(number);
        }
    }
}

/// `version 2`
fn version(words: &str) -> Option<u32> {
    let (word, number) = words.split_once(' ')?;
    let number = number.trim();
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|number| *number > 0 && digits && word.eq_ignore_ascii_case("version"))
}

/// `*** EMBARGOED UNTIL … ***`, without its asterisks.
pub fn mark(words: &str) -> Option<&str> {
    let words = words.trim();
    let inside = words.trim_matches('*').trim();
    if !words.starts_with("***") || !words.ends_with("***") {
        return None;
    }
    let is_mark = inside.get(..7).is_some_and(|begins| begins.eq_ignore_ascii_case("EMBARGO"));
    is_mark.then_some(inside)
}

fn one_line(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}
