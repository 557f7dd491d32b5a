//! Links that stand below the text, each with the number by which the text refers to it: “our prices [2]” and, further down,
//! “[2] https://…”.

use std::collections::HashMap;
use std::ops::Range;

use crate::mail::sheet::{By, Sheet};

/// Nobody has more; the rest is not read.
const NOTES_MAX: usize = 200;
const NUMBER_DIGITS_MAX: usize = 3;

/// The notes that the author's text refers to.
#[derive(Debug, Default)]
pub struct Footnotes {
    /// By number: the link, and its line.
    notes: HashMap<String, (String, usize)>,
}

impl Footnotes {
    pub fn of(sheet: &Sheet) -> Self {
        let mut notes = HashMap::new();
        for (index, line) in sheet.lines.iter().enumerate() {
            let own = matches!(line.by, By::Author | By::Signature);
            if let Some((number, link)) = note(&line.text).filter(|_| own && notes.len() < NOTES_MAX) {
                // Two notes of one number: nobody can tell which is meant.
                let link = if notes.contains_key(&number) { String::new() } else { link };
                notes.insert(number, (link, index));
            }
        }
        notes.retain(|_, (link, _)| !link.is_empty());
        if notes.is_empty() {
            return Self::default();
        }
        let mut used: Vec<String> = Vec::new();
        for line in sheet.lines.iter().filter(|line| line.by == By::Author && note(&line.text).is_none()) {
            used.extend(references(&line.text).into_iter().map(|(_, number)| number));
        }
        notes.retain(|number, _| used.contains(number));
        Self { notes }
    }

    /// Whether the line is a note that the text refers to.
    pub fn is_note(&self, index: usize) -> bool {
        self.notes.values().any(|(_, line)| *line == index)
    }

    /// The text with the links in the place of their numbers.
    pub fn resolved(&self, text: &str) -> String {
        let mut resolved = text.to_owned();
        for (at, number) in references(text).into_iter().rev() {
            if let Some((link, _)) = self.notes.get(&number) {
                resolved.replace_range(at, link);
            }
        }
        resolved
    }
}

/// `[1] https://…`, and nothing else.
fn note(line: &str) -> Option<(String, String)> {
    let rest = line.trim().strip_prefix('[')?;
    let (number, rest) = rest.split_once(']')?;
    let link = rest.trim_start_matches(':').trim().trim_start_matches('<').trim_end_matches('>');
    let is_link = link.split_once("://").is_some_and(|(scheme, _)| matches!(scheme, "http" | "https"));
    (is_number(number) && is_link && !link.contains(char::is_whitespace)).then(|| (number.to_owned(), link.to_owned()))
}

/// Numbers in brackets, and where they stand.
fn references(text: &str) -> Vec<(Range<usize>, String)> {
    let found = text.match_indices('[').filter_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let close = rest.bytes().take(NUMBER_DIGITS_MAX + 1).position(|byte| byte == b']')?;
        let number = rest.get(..close).filter(|number| is_number(number))?;
        Some((at..at + close + 2, number.to_owned()))
    });
    found.collect()
}

fn is_number(text: &str) -> bool {
    (1..=NUMBER_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sheet::sheet;

    #[test]
    fn a_number_in_the_text_stands_for_the_link_below() {
        let notes = |body: &str| Footnotes::of(&sheet(format!("\n{body}").as_bytes()));
        let found = notes("What it costs [2], é[1][9].\n\n[1] https://a.example/\n[2]: <https://b.example/>\n");
        assert_eq!(
            found.resolved("What it costs [2], é[1][9] [x] [12]é [2["),
            "What it costs https://b.example/, éhttps://a.example/[9] [x] [12]é [2["
        );
        assert!(!found.is_note(0) && found.is_note(2) && found.is_note(3));
        // Numbers of a list, which nothing refers to, notes of others, and two of one number stay what they are.
        for body in [
            "[1] https://a.example/\n[2] https://b.example/\n",
            "Prices [1]\n\n> [1] https://a.example/\n",
            "Prices [1]\n\n[1] https://a.example/\n[1] https://b.example/\n",
            "Prices [1]\n\n[1] our prices\n",
        ] {
            assert_eq!(notes(body).resolved("Prices [1]"), "Prices [1]", "{body}");
        }
    }
}
