//! Which lines answer which question: below it, beside it, between quoted ones, or in a paragraph of their own. It judges no
//! answer.

use super::heads::Heads;
use crate::mail::sheet::{By, Line, Sheet};

/// A paragraph longer than this is read in pieces.
const CHUNK_BYTES_MAX: usize = 4_000;
const CLOSERS: &[&str] = &[
    "best",
    "for further",
    "for any",
    "i ask to inform",
    "i ask you to inform",
    "i look",
    "i remain",
    "if any",
    "if there",
    "if you",
    "in case",
    "kind",
    "let me know",
    "let us know",
    "many thanks",
    "please do not hesitate",
    "please feel",
    "please let",
    "please tell",
    "regards",
    "should you",
    "sincerely",
    "thank",
    "we are looking",
    "we look",
    "looking forward",
    "with ",
    "yours",
    "feel free",
    "i hope",
    "we hope",
    "cheers",
    "att.",
    "sorry",
    "p.s",
    "ps:",
];

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

/// What an item of a list begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    #[default]
    None,
    Bullet,
    /// A number, or a letter.
    Counted,
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
            let ends = matches!(c, '.' | '!' | '?' | ';' | '。') && {
                let after = self.text.get(at + c.len_utf8()..).unwrap_or_default();
                let word = self.text.get(from..at).unwrap_or_default().rsplit([' ', '(']).next().unwrap_or_default();
                let short =
                    c == '.' && (word.chars().count() <= 1 || ABBREVIATIONS.contains(&word.to_lowercase().as_str()));
                (c == '。' || after.starts_with(|c: char| c.is_whitespace() || "\")'".contains(c))) && !short
            };
            if ends {
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

const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "etc", "inc", "ltd", "co", "no", "corp", "approx", "ca", "resp", "st", "dr", "mr", "ms", "mrs", "vs",
    "incl", "art",
];

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
    for (index, line) in sheet.lines.iter().enumerate() {
        reading.line(index, line, heads);
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
        if let Some(head) = heads.find(bare, marked, quoted) {
            self.close();
            for item in &head.items {
                if let Some(asked) = self.found.asked.get_mut(*item) {
                    asked.get_or_insert(index);
                }
            }
            let tail = bare.get(head.tail..).unwrap_or_default();
            // Behind what is quoted stand more words of the question.
            let beside = !quoted && tail.chars().any(|c| c.is_alphanumeric()) && !heads.goes_on(tail, &head.items);
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
        let divides = line.strong || (self.beside && marker != Marker::None);
        if divides || closes {
            self.close();
            self.under.clear();
            self.beside = false;
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
            self.found.chunks.push(chunk);
        }
    }
}

fn starts_with(line: &str, words: &str) -> bool {
    line.trim_start().get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
}

/// What an item of a list begins with, and how many bytes that takes with the blanks before and behind.
fn marker(line: &str) -> (Marker, usize) {
    let indent = line.len() - line.trim_start().len();
    let rest = line.trim_start();
    let bullet = rest.trim_start_matches(['*', '-', '•', '·', '‣', '◦', '–', '—', '+', '○', '●', '■', '▪', '>', '#']);
    let marks = rest.len() - bullet.len();
    if marks > 0 && (bullet.starts_with(' ') || bullet.starts_with('[')) {
        let (inner, length) = counted(bullet.trim_start());
        let spaces = bullet.len() - bullet.trim_start().len();
        return (if inner { Marker::Counted } else { Marker::Bullet }, indent + marks + spaces + length);
    }
    if let Some(after) = rest.strip_prefix("o ") {
        return (Marker::Bullet, line.len() - after.trim_start().len());
    }
    let (is_counted, length) = counted(rest);
    if is_counted { (Marker::Counted, indent + length) } else { (Marker::None, indent) }
}

/// `3.`, `3)`, `(3)`, `3.-`, `5.1`, `8bis.`, `b)`, `iv)`, `Q3:`, `#3`.
fn counted(text: &str) -> (bool, usize) {
    let open = text.trim_start_matches(['(', '[', '#']);
    let opened = text.len() - open.len();
    let open = open.strip_prefix("Q").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(open);
    let digits = open.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let numbered = open.starts_with(|c: char| c.is_ascii_digit());
    let number_ends = open.len() - digits.len();
    let (is_counted, rest) = if numbered && number_ends <= 8 {
        let suffixed = ["bis", "ter"].into_iter().find_map(|word| digits.strip_prefix(word)).unwrap_or(digits);
        let suffixed = match suffixed.strip_prefix(|c: char| c.is_ascii_lowercase()) {
            Some(rest) if rest.starts_with([')', '.', ':']) => rest,
            _ => suffixed,
        };
        let dotted = open.get(..number_ends).is_some_and(|number| number.ends_with('.'));
        let closed = suffixed.starts_with([')', ']', '.', ':', '-', '/']);
        (dotted || closed || opened > 0, suffixed.trim_start_matches([')', ']', '.', ':', '-', '/']))
    } else {
        let letters = open.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let length = open.len() - letters.len();
        let word = open.get(..length).unwrap_or_default();
        let roman = word.len() <= 4 && word.chars().all(|c| "ivxIVX".contains(c));
        let closed = letters.starts_with(')') || (letters.starts_with('.') && length == 1 && letters.starts_with(". "));
        ((length == 1 || (roman && length > 0)) && closed, letters.get(1..).unwrap_or_default())
    };
    if !is_counted
        || !(rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with(char::is_alphabetic))
    {
        return (false, 0);
    }
    (true, text.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_lists_are_known_by_what_they_begin_with() {
        for (line, expected) in [
            ("1. Acme", "Acme"),
            ("  2) Acme", "Acme"),
            ("(3) Acme", "Acme"),
            ("3.- Acme", "Acme"),
            ("8bis. Acme", "Acme"),
            ("5.1 Acme", "5.1 Acme"),
            ("5.1. Acme", "Acme"),
            ("4a) Acme", "Acme"),
            ("b) Acme", "Acme"),
            ("iv) Acme", "Acme"),
            ("Q3: Acme", "Acme"),
            ("* Acme", "Acme"),
            ("- 1. Acme", "Acme"),
            (" o Acme", "Acme"),
            ("Acme", "Acme"),
            ("2013 was good", "2013 was good"),
            ("1 350 gateways", "1 350 gateways"),
            ("I am", "I am"),
            ("a small one", "a small one"),
            ("1.Acme", "Acme"),
        ] {
            assert_eq!(line.get(marker(line).1..), Some(expected), "{line}");
        }
    }

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
