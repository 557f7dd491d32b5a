//! Lines and characters: what mail programs break, readers do not see, or OpenPGP takes for its own.

use super::Subject;
use crate::advisory::finding::{Finding, is_invisible};

const LINE_CHARACTERS_MAX: usize = 80;
/// A commit, or a SHA-256.
const HASH_DIGITS_MIN: usize = 40;

/// Long lines, but titles, addresses of pages, tables and hashes.
pub fn long(subject: &Subject<'_>) -> Vec<Finding> {
    let is_hash = |word: &str| word.len() >= HASH_DIGITS_MIN && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let long = subject.lines.iter().filter(|line| line.words.chars().nth(LINE_CHARACTERS_MAX).is_some());
    let long = long.filter(|line| {
        line.number >= subject.head_end()
            && !line.words.contains("://")
            && !subject.is_listed(line.number)
            && !line.words.split_whitespace().any(is_hash)
    });
    long.map(|line| {
        let length = line.words.chars().count();
        Finding::warning(line.number, format!("The line has {length} characters; break it, at 72 at best."))
    })
    .collect()
}

pub fn tabs(subject: &Subject<'_>) -> Vec<Finding> {
    let mut with_tabs = subject.lines.iter().filter(|line| line.words.contains('\t'));
    let first = with_tabs.next();
    let more = match with_tabs.count() {
        0 => String::new(),
        1 => ", and one more line".to_owned(),
        more => format!(", and {more} more lines"),
    };
    first
        .map(|line| {
            Finding::warning(
                line.number,
                format!("There is a tab in this line{more}; write blanks, which look the same everywhere."),
            )
        })
        .into_iter()
        .collect()
}

/// One finding for each line and kind.
pub fn odd(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for line in &subject.lines {
        let first = |is: &dyn Fn(char) -> bool| line.words.chars().find(|c| is(*c));
        let code = |c: char| format!("U+{:04X}", u32::from(c));
        if let Some(c) = first(&|c| c.is_control() && c != '\t') {
            found.push(Finding::error(
                line.number,
                format!("There is a control character in this line ({}); remove it.", code(c)),
            ));
        }
        if let Some(c) = first(&is_invisible) {
            let what = "a character that is not seen, or turns the direction of writing";
            found.push(Finding::error(line.number, format!("There is {what}, in this line ({}); remove it.", code(c))));
        }
        if first(&|c| c == '\u{FFFD}').is_some() {
            found.push(Finding::error(
                line.number,
                "A character of this line could not be read; write it anew, in UTF-8.",
            ));
        }
        if let Some(c) = first(&|c| !c.is_ascii() && !c.is_control() && !is_invisible(c) && c != '\u{FFFD}') {
            found.push(Finding::warning(
                line.number,
                format!("“{c}” ({}) is not ASCII; some lists and archives garble it. Keep it only where it is needed, as in a name.", code(c)),
            ));
        }
    }
    found
}

/// What looks like the beginning or end of OpenPGP data to whoever reads the signed text.
pub fn armour(subject: &Subject<'_>) -> Vec<Finding> {
    let found = subject.lines.iter().filter(|line| {
        // Dash-escaped (“- -----BEGIN”), it is signed text that is signed again.
        let words = line.words.trim_start().trim_start_matches("- ");
        words.starts_with("-----")
            && ["BEGIN ", "END "].iter().any(|word| words.trim_start_matches('-').starts_with(word))
    });
    found
        .map(|line| {
            Finding::error(
                line.number,
                "This line looks like a part of OpenPGP data, and breaks the signature for some readers; remove it.",
            )
        })
        .collect()
}
