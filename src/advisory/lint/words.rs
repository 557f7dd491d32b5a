//! Slips: in the names of techniques, “HMV” in a text that says “HVM” elsewhere (real: XSA-387, XSA-457); “a copy of which has
//! attached” (XSA-457).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Subject;
use crate::advisory::finding::Finding;

const LETTERS: std::ops::RangeInclusive<usize> = 3..=8;

static HAS_ATTACHED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:has|have) attached ?[.,;\n]").expect("the pattern is fixed"));

pub fn attached(subject: &Subject<'_>) -> Vec<Finding> {
    let found = HAS_ATTACHED.find(&subject.flow.text);
    let said = |line| Finding::warning(line, "“has attached” lacks a word; write “is attached”.");
    found.map(|slip| said(subject.flow.line_at(slip.start()))).into_iter().collect()
}

pub fn slips(subject: &Subject<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, (usize, u32)> = BTreeMap::new();
    for line in &subject.lines {
        for word in line.words.split(|c: char| !c.is_alphanumeric()) {
            if LETTERS.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase()) {
                seen.entry(word).or_insert((0, line.number)).0 += 1;
            }
        }
    }
    let mut found = Vec::new();
    for (word, (times, line)) in &seen {
        for other in swapped(word) {
            let text = match seen.get(other.as_str()) {
                Some((more, _)) if more > times => {
                    format!("“{word}” may be a slip of “{other}”, which the text has more often; correct it.")
                }
                // Nobody can tell which: once, at the first.
                Some((same, at)) if same == times && (line, *word) < (at, other.as_str()) => {
                    format!(
                        "“{word}” or “{other}” (line {at}) may be a slip of the other; write the same in both places."
                    )
                }
                _ => continue,
            };
            found.push(Finding::warning(*line, text));
        }
    }
    found
}

/// A word with two letters swapped that stand beside each other.
fn swapped(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let swap = |at: usize| {
        let mut letters = letters.clone();
        letters.swap(at, at + 1);
        letters.into_iter().collect::<String>()
    };
    (0..letters.len().saturating_sub(1)).map(swap).filter(|other| other != word).collect()
}
