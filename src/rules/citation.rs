//! Whether words stand in somebody's own mail: what the team says that an applicant wrote, they must have written. It
//! judges no meaning.

use crate::mail::sheet::{By, Sheet};

/// Whether these words stand in lines that the mail's author typed, in this order, whatever blanks and line breaks are
/// between them. A quote between two lines divides them.
pub fn stands_in(words: &str, sheet: &Sheet) -> bool {
    let words = plain(words);
    // People end what they cite as they end a sentence.
    let bare = words.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    if !bare.chars().any(char::is_alphanumeric) {
        return false;
    }
    let own = own_passages(sheet);
    own.iter().any(|passage| contains(passage, &words) || contains(passage, bare))
}

/// Lines that follow each other, each run on one line.
fn own_passages(sheet: &Sheet) -> Vec<String> {
    let passages = sheet.lines.split(|line| line.by != By::Author);
    passages
        .filter(|lines| !lines.is_empty())
        .map(|lines| plain(&lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")))
        .collect()
}

/// Whole words only: “own” does not stand in “known”, nor a page in a page below it.
fn contains(passage: &str, words: &str) -> bool {
    passage.match_indices(words).any(|(at, found)| {
        let before = passage.get(..at).unwrap_or_default();
        let after = passage.get(at + found.len()..).unwrap_or_default();
        begins(before, found) && ends(found, after)
    })
}

fn begins(before: &str, found: &str) -> bool {
    if is_whole(found.split(' ').next()) {
        let beside = before.rsplit(' ').next().unwrap_or_default().trim_matches(is_around);
        return beside.is_empty() || beside.eq_ignore_ascii_case("mailto");
    }
    !goes_on(found.chars().next(), before.chars().next_back())
}

fn ends(found: &str, after: &str) -> bool {
    if is_whole(found.split(' ').next_back()) {
        return after.split(' ').next().unwrap_or_default().chars().all(is_around);
    }
    !goes_on(found.chars().next_back(), after.chars().next())
}

/// An address or a link is another one when anything is added to it.
fn is_whole(word: Option<&str>) -> bool {
    word.is_some_and(|word| word.contains("://") || word.contains('@'))
}

fn goes_on(inside: Option<char>, outside: Option<char>) -> bool {
    inside.is_some_and(char::is_alphanumeric) && outside.is_some_and(char::is_alphanumeric)
}

/// What stands around a link or an address in a sentence.
fn is_around(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | '“' | '”' | '*')
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sheet::Line;

    fn sheet(lines: &[(By, &str)]) -> Sheet {
        let line = |(number, (by, text)): (usize, &(By, &str))| Line {
            number: number + 1,
            text: (*text).to_owned(),
            by: *by,
            strong: false,
        };
        Sheet { lines: lines.iter().enumerate().map(line).collect() }
    }

    #[test]
    fn only_what_the_author_typed_stands_there() {
        let mail = sheet(&[
            (By::Author, "We rent out virtual machines, all on"),
            (By::Author, "  Xen: https://vm.example.net/xen?a=1"),
            (By::Quoted, "have you read the policy"),
            (By::Author, "Yes, we have, and agree to its terms."),
            (By::Signature, "security@vm.example.net"),
            (By::Forwarded, "our rates are public"),
            (By::Author, "Known to all."),
        ]);
        for (words, stands) in [
            ("We rent out virtual machines, all on Xen", true),
            ("all on\n  Xen:   https://vm.example.net/xen?a=1", true),
            ("https://vm.example.net/xen?a=1", true),
            ("virtual machines.", true),
            ("agree to its terms", true),
            ("agree to its terms!", true),
            ("https://vm.example.net/xen?a=12", false),
            ("https://vm.example.net/xen?a", false),
            ("https://vm.example.net", false),
            ("have you read the policy", false),
            ("https://vm.example.net/xen?a=1 Yes, we have", false),
            ("security@vm.example.net", false),
            ("our rates are public", false),
            ("we rent out", false),
            ("now", false),
            ("own", false),
            ("", false),
            (" . ", false),
        ] {
            assert_eq!(stands_in(words, &mail), stands, "{words:?}");
        }
    }

    #[test]
    fn of_a_link_and_an_address_only_the_whole_shows_it() {
        let mail = sheet(&[(By::Author, "(https://vm.example.net/prices), <mailto:xen-security@vm.example.net>.")]);
        for words in ["https://vm.example.net/price", "security@vm.example.net", "xen-security@vm.example"] {
            assert!(!stands_in(words, &mail), "{words}");
        }
        for words in ["https://vm.example.net/prices", "https://vm.example.net/prices.", "xen-security@vm.example.net"]
        {
            assert!(stands_in(words, &mail), "{words}");
        }
    }
}
