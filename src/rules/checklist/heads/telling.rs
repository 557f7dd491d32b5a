//! Which words of a line tell a question, and what may stand between it and its answer.

use super::super::words::Word;

const DIVIDERS_MAX: usize = 5;

/// Words that every question has.
pub const STOPS: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "does", "each", "for", "from", "have", "how",
    "i", "if", "in", "is", "it", "its", "may", "my", "not", "of", "on", "or", "our", "please", "s", "should", "so",
    "some", "such", "that", "the", "their", "these", "they", "this", "those", "to", "us", "was", "we", "what", "when",
    "where", "which", "will", "with", "would", "yes", "you", "your",
];
/// Words that tell little: they neither make a question nor break one.
pub const LIGHT: &[&str] = &[
    "answer",
    "brief",
    "current",
    "describe",
    "description",
    "detail",
    "following",
    "give",
    "information",
    "link",
    "list",
    "page",
    "piece",
    "provide",
    "public",
    "short",
    "site",
    "web",
    "website",
    "used",
    "use",
    "q",
    "question",
    "item",
    "xen",
];

pub fn tells(word: &Word) -> bool {
    !STOPS.contains(&word.stem.as_str()) && !word.stem.bytes().all(|byte| byte.is_ascii_digit())
}

/// What may stand between a question and its answer.
pub fn dividers(text: &str) -> Vec<(usize, usize)> {
    let marks = [": ", "? ", " - ", " -- ", " – ", " — ", " | ", " = ", " -> ", " → ", " => ", ". ", "- ", " : ", ":"];
    let mut found: Vec<(usize, usize)> = Vec::new();
    for mark in marks {
        for (at, _) in text.match_indices(mark).take(DIVIDERS_MAX) {
            let glued = mark == ":" && text.get(at + 1..).is_some_and(|rest| rest.starts_with("//"));
            if !glued && !found.iter().any(|(known, _)| *known == at) {
                found.push((at, mark.len()));
            }
        }
    }
    found.sort_unstable();
    found
}
