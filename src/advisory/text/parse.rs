//! Reads the text of an advisory: cuts it at its headings into pieces, and keeps of each the words, where the usual form of
//! what they say is another. Total, and in time linear to the text.

use super::head;
use super::render;
use crate::advisory::finding::{Finding, quoted};
use crate::advisory::model::{Advisory, Place, Section};
use crate::advisory::style::Style;
use crate::advisory::written::Written;

/// Real ones have ten; what follows belongs to the last.
const SECTIONS_MAX: usize = 200;
const HEADING_CHARACTERS_MAX: usize = 100;
/// A shorter one would be found in formulas.
pub const UNDERLINE_CHARACTERS_MIN: usize = 3;

/// A line, and where it begins in the text.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub at: usize,
    /// From 1.
    pub number: u32,
    /// Without its line end, LF or CRLF.
    pub words: &'a str,
}

impl Line<'_> {
    pub fn is_blank(&self) -> bool {
        self.words.trim().is_empty()
    }
}

/// What a text says, and what is odd about its form. Never fails.
pub fn parse(text: &str, style: &Style) -> (Advisory, Vec<Finding>) {
    let lines = lines(text);
    let headings = headings(&lines, style);
    let mut findings = Vec::new();
    let begin = |nth: usize| headings.get(nth).map_or(text.len(), |heading| heading.line.at);
    let first = headings.first().map_or(lines.len(), |heading| heading.nth);
    let head = head::read(lines.get(..first).unwrap_or_default(), style);
    let place = if headings.is_empty() { Place::Last } else { Place::Between };
    let words = text.get(..begin(0)).unwrap_or_default();
    let head_written = (render::head(&head, style, place) != words).then(|| Written::new(words, (head.clone(), place)));
    let mut sections = Vec::with_capacity(headings.len());
    for (nth, heading) in headings.iter().enumerate() {
        let next = headings.get(nth + 1);
        let inside = lines.get(heading.nth + heading.lines..next.map_or(lines.len(), |next| next.nth));
        let mut section = section(heading, inside.unwrap_or_default());
        let place = if next.is_some() { Place::Between } else { Place::Last };
        let words = text.get(begin(nth)..begin(nth + 1)).unwrap_or_default();
        if render::section(&section, place) != words {
            section.written = Some(Written::new(words, section.said(place)));
        }
        findings.extend(heading.finding());
        sections.push(section);
    }
    (Advisory { head, sections, head_written }, findings)
}

/// The lines of a text. Without the last line end there is no line behind it.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for (whole, number) in text.split_inclusive('\n').zip(1..=u32::MAX) {
        let words = whole.strip_suffix('\n').map_or(whole, |words| words.strip_suffix('\r').unwrap_or(words));
        lines.push(Line { at, number, words });
        at += whole.len();
    }
    lines
}

/// Where a section begins.
struct Heading<'a> {
    line: Line<'a>,
    /// Its place among the lines.
    nth: usize,
    /// With its underline 2, else 1.
    lines: usize,
    /// How long the underline is.
    underline: Option<usize>,
}

impl Heading<'_> {
    fn finding(&self) -> Option<Finding> {
        let words = self.line.words.trim_end();
        let length = words.chars().count().max(UNDERLINE_CHARACTERS_MIN);
        let words = quoted(words);
        match self.underline {
            None => Some(Finding::warning(
                self.line.number,
                format!("The heading “{words}” has no underline; put {length} “=” on the line below it."),
            )),
            Some(underline) if underline != length => Some(Finding::warning(
                self.line.number.saturating_add(1),
                format!("The underline of “{words}” is {underline} long, and the heading {length}; make them equal."),
            )),
            Some(_) => None,
        }
    }
}

/// A line behind an empty one or behind another heading, at the margin, and underlined with “=”; or one that is a heading of this project.
fn headings<'a>(lines: &[Line<'a>], style: &Style) -> Vec<Heading<'a>> {
    let mut found: Vec<Heading<'a>> = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        let after_heading = found.last().is_some_and(|last| last.nth + last.lines == nth);
        let after_blank = nth.checked_sub(1).and_then(|before| lines.get(before)).is_none_or(Line::is_blank);
        let fits = !line.is_blank()
            && !line.words.starts_with(char::is_whitespace)
            && line.words.chars().nth(HEADING_CHARACTERS_MAX).is_none();
        if !(after_blank || after_heading) || !fits || found.len() == SECTIONS_MAX {
            continue;
        }
        let below = lines.get(nth + 1);
        let underline = below.and_then(|below| underline(below.words));
        let alone = below.is_none_or(Line::is_blank) && style.knows(line.words.trim_end());
        if underline.is_some() || alone {
            found.push(Heading { line: *line, nth, lines: 1 + usize::from(underline.is_some()), underline });
        }
    }
    found
}

fn underline(words: &str) -> Option<usize> {
    let words = words.trim_end();
    (words.len() >= UNDERLINE_CHARACTERS_MIN && words.bytes().all(|byte| byte == b'=')).then_some(words.len())
}

fn section(heading: &Heading<'_>, inside: &[Line<'_>]) -> Section {
    let begin = inside.iter().position(|line| !line.is_blank()).unwrap_or(inside.len());
    let end = inside.iter().rposition(|line| !line.is_blank()).map_or(begin, |last| last + 1);
    let body = inside.get(begin..end).unwrap_or_default();
    let mut section = Section::new(heading.line.words.trim_end(), &joined(body));
    section.line = heading.line.number;
    section.body_line = body.first().map_or(heading.line.number, |line| line.number);
    section
}

/// Lines as a body has them.
pub fn joined(lines: &[Line<'_>]) -> String {
    lines.iter().flat_map(|line| [line.words, "\n"]).collect()
}
