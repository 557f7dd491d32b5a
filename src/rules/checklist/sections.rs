//! Which lines answer which question: below it, beside it, between quoted ones, or in a paragraph of their own. It judges no
//! answer.

mod footnotes;
mod markers;
mod phrases;

use self::footnotes::Footnotes;
pub use self::markers::Marker;
use self::markers::marker;
use self::phrases::{ABBREVIATIONS, CLOSERS};
use super::heads::Heads;
use crate::mail::sheet::{By, Line, Sheet};

/// A paragraph longer than this is read in pieces.
const CHUNK_BYTES_MAX: usize = 4_000;
/// A line that goes on with the next is as long as lines are.
const WRAPPED_BYTES_MIN: usize = 50;
/// Between the cells of a table.
const ROW: &str = " | ";
/// Some lines of the author that belong together, joined to one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    pub text: String,
    /// Where each line begins in the text, and which line of the sheet it is.
    starts: Vec<(usize, usize)>,
    /// The items whose question it answers.
    pub under: Vec<usize>,
    /// What stands before an item of a list: `3.`, `b)`, `-`.
    pub marker: Marker,
    /// The question stands on the same line.
    pub beside: bool,
}

impl Chunk {
    /// The line of the sheet in which this place of the text stands.
    pub fn line_at(&self, offset: usize) -> usize {
        self.starts.iter().rev().find(|(start, _)| *start <= offset).map_or(0, |(_, line)| *line)
    }

    /// Its sentences: where each begins, and its words.
    pub fn sentences(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        let mut from = 0;
        for (at, c) in self.text.char_indices() {
            let ends = matches!(c, '.' | '!' | '?' | '。') && {
                let after = self.text.get(at + c.len_utf8()..).unwrap_or_default();
                let word = self.text.get(from..at).unwrap_or_default().rsplit([' ', '(']).next().unwrap_or_default();
                let short =
                    c == '.' && (word.chars().count() <= 1 || ABBREVIATIONS.contains(&word.to_lowercase().as_str()));
                let goes_on = c == '.'
                    && (word.contains('.') || word.chars().count() <= 3)
                    && after.trim_start().starts_with(char::is_lowercase);
                (c == '。' || after.starts_with(|c: char| c.is_whitespace() || "\")'".contains(c)))
                    && !short
                    && !goes_on
            };
            // A link that ends its line ends what is said of it, when the next line begins anew.
            let line_ends = c == ' ' && self.starts.iter().any(|(start, _)| *start == at + 1) && {
                let last = self.text.get(from..at).unwrap_or_default().rsplit(' ').next().unwrap_or_default();
                let next = self.text.get(at + 1..).unwrap_or_default();
                last.contains("://") && next.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            };
            if ends || line_ends {
                let end = at + c.len_utf8();
                found.push((from, self.text.get(from..end).unwrap_or_default()));
                from = end;
            }
        }
        found.push((from, self.text.get(from..).unwrap_or_default()));
        found.retain(|(_, text)| text.chars().any(char::is_alphanumeric));
        found
    }
}

/// What a mail holds, put beside the questions.
#[derive(Debug, Default)]
pub struct Sections {
    pub chunks: Vec<Chunk>,
    /// The line on which each item was first asked for.
    pub asked: Vec<Option<usize>>,
}

impl Sections {
    /// The answers that stand below or beside the question of an item.
    pub fn answers(&self, item: usize) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter().filter(move |chunk| chunk.under.contains(&item))
    }
}

pub fn sections(sheet: &Sheet, heads: &Heads<'_>, items: usize) -> Sections {
    let mut reading =
        Reading { found: Sections { chunks: Vec::new(), asked: vec![None; items] }, ..Reading::default() };
    let notes = Footnotes::of(sheet);
    for (index, line) in sheet.lines.iter().enumerate().filter(|(index, _)| !notes.is_note(*index)) {
        if line.by == By::Author && line.text.contains('[') {
            let line = Line { text: notes.resolved(&line.text), ..line.clone() };
            reading.line(index, &line, heads);
        } else {
            reading.line(index, line, heads);
        }
    }
    reading.close();
    reading.found
}

#[derive(Default)]
struct Reading {
    found: Sections,
    open: Chunk,
    /// The question that is being answered.
    under: Vec<usize>,
    /// It was answered on its own line.
    beside: bool,
    /// Something was answered below it.
    answered: bool,
    /// The question may go on with the next line: whose line it stood on.
    asking: Option<By>,
    /// The paragraph before.
    last: String,
    last_marker: Marker,
}

impl Reading {
    fn line(&mut self, index: usize, line: &Line, heads: &Heads<'_>) {
        let (marker, skipped) = marker(&line.text);
        let bare = line.text.get(skipped..).unwrap_or_default();
        if !matches!(line.by, By::Author | By::Quoted) {
            self.close();
            (self.under, self.asking) = (Vec::new(), None);
            return;
        }
        let blank = !bare.chars().any(char::is_alphanumeric);
        if blank {
            self.close();
            if bare.trim().is_empty() {
                self.asking = None;
                if self.beside {
                    self.under.clear();
                }
            }
            return;
        }
        let quoted = line.by == By::Quoted;
        if self.asking == Some(line.by) && marker == Marker::None && self.goes_on(index, bare, skipped, heads) {
            return;
        }
        let marked = line.strong || marker != Marker::None || quoted;
        if let Some(head) = heads
            .find(bare, marked, quoted)
            .filter(|head| (marked || self.may_ask(bare)) && !(head.label && self.is_open()))
        {
            self.close();
            for item in &head.items {
                if let Some(asked) = self.found.asked.get_mut(*item) {
                    asked.get_or_insert(index);
                }
            }
            let tail = bare.get(head.tail..).unwrap_or_default();
            // Behind what is quoted stand more words of the question.
            let beside = !quoted
                && tail.chars().any(|c| c.is_alphanumeric())
                && (tail.split_whitespace().count() < 3 || !heads.goes_on(tail, &head.items));
            (self.under, self.beside, self.answered) = (head.items, beside, beside);
            self.asking = (!beside).then_some(line.by);
            if beside {
                self.open = Chunk { under: self.under.clone(), marker, beside, ..Chunk::default() };
                self.add(index, tail);
            }
            return;
        }
        self.asking = None;
        if quoted {
            self.close();
            self.under.clear();
            return;
        }
        let closes = self.answered && CLOSERS.iter().any(|words| starts_with(bare, words));
        let beside = self.open.beside && !bare.starts_with(|c: char| c.is_lowercase() || "(\"'".contains(c));
        let beside = beside && !heads.asks_address(&self.under);
        let before = if beside { &self.open.text } else { &self.last };
        let next =
            (beside || self.open.starts.is_empty()) && self.answered && heads.is_settled(&self.under, bare, before);
        // A question of somebody else's form, which nobody here asks.
        let foreign = line.strong && marker == Marker::Counted && (self.under.is_empty() || self.answered);
        let counts = marker == Marker::Counted && self.answered && self.last_marker == Marker::None;
        let divides = line.strong || counts || next || (self.beside && marker != Marker::None);
        if divides || closes {
            self.close();
            self.under.clear();
            self.beside = false;
        }
        if foreign {
            return;
        }
        if marker != Marker::None || self.open.text.len() > CHUNK_BYTES_MAX {
            self.close();
        }
        if self.open.starts.is_empty() {
            self.open = Chunk { under: self.under.clone(), marker, ..Chunk::default() };
        }
        self.answered |= !self.under.is_empty();
        self.add(index, bare);
    }

    /// A question waits for its answer.
    fn is_open(&self) -> bool {
        !self.under.is_empty() && !self.answered
    }

    /// A line in the middle of a paragraph asks nothing.
    fn may_ask(&self, bare: &str) -> bool {
        let text = self.open.text.trim_end();
        let line = self.open.starts.last().and_then(|(start, _)| self.open.text.get(*start..)).unwrap_or_default();
        let goes_on = bare.starts_with(char::is_lowercase) || line.ends_with(',');
        if line.len() >= WRAPPED_BYTES_MIN
            && !line.ends_with(['.', '!', '?', ':'])
            && (goes_on || !self.open.beside)
            && !bare.contains(ROW)
            && !is_field(bare)
        {
            return false;
        }
        let ended = text.ends_with(['.', '!', '?', ':', ';', ')'])
            || text.rsplit(' ').next().is_some_and(|word| word.contains(['@', '/']) || word.contains('.'));
        text.is_empty() || self.open.beside || ended || self.open.starts.len() == 1 && text.len() < 50
    }

    /// Whether a line is the rest of the question above it; what stands behind a colon is its answer.
    fn goes_on(&mut self, index: usize, bare: &str, _skipped: usize, heads: &Heads<'_>) -> bool {
        let quoted = self.asking == Some(By::Quoted);
        let bracket = bare.starts_with('(') && bare.trim_end().ends_with(')') && heads.goes_on(bare, &self.under);
        if bracket || heads.goes_on(bare, &self.under) {
            return true;
        }
        if quoted {
            // A quoted question has no answer, and may have words that nobody foresaw.
            return heads.find(bare, true, true).is_none();
        }
        for mark in [": ", "? ", " - ", " -- ", " – ", " — "] {
            let Some((before, after)) = bare.split_once(mark) else { continue };
            if heads.goes_on(before, &self.under) && after.chars().any(char::is_alphanumeric) {
                self.open = Chunk { under: self.under.clone(), beside: true, ..Chunk::default() };
                (self.beside, self.answered, self.asking) = (true, true, None);
                self.add(index, after);
                return true;
            }
        }
        false
    }

    fn add(&mut self, index: usize, text: &str) {
        if !self.open.text.is_empty() {
            self.open.text.push(' ');
        }
        self.open.starts.push((self.open.text.len(), index));
        self.open.text.push_str(text.trim());
    }

    fn close(&mut self) {
        let chunk = std::mem::take(&mut self.open);
        if !chunk.text.is_empty() {
            self.last.clone_from(&chunk.text);
            self.last_marker = chunk.marker;
            self.found.chunks.push(chunk);
        }
    }
}

/// `security_contact: x`, as forms for machines have it.
fn is_field(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(name, _)| !name.contains(' '))
}

fn starts_with(line: &str, words: &str) -> bool {
    line.trim_start().get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        let chunk = Chunk {
            text: "We, i. e. Acme Inc. and all. See https://x.example/a.b now! Yes".into(),
            ..Chunk::default()
        };
        let texts: Vec<&str> = chunk.sentences().into_iter().map(|(_, text)| text.trim()).collect();
        assert_eq!(texts, ["We, i. e. Acme Inc. and all.", "See https://x.example/a.b now!", "Yes"]);
    }
}
