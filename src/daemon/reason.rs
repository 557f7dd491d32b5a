//! Why a mail could not be handled, in our own words. The operator and the log get this text; what an error quotes
//! may be the mail's, and stays out.

use std::sync::LazyLock;

use regex::Regex;

const REASON_CHARACTERS_MAX: usize = 300;

/// What stands in quotes of any kind, and anything like an address: errors quote what they could not read.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?s)“.*”|".*"|`.*`|\B'.*'\B|\S*@\S*"#).expect("the pattern is fixed"));

/// The chain of causes in one line, without anything that was quoted.
pub fn without_content(problem: &anyhow::Error) -> String {
    let text = format!("{problem:#}");
    let ours = QUOTED.replace_all(&text, "…");
    let words: Vec<&str> =
        ours.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(REASON_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_reason_keeps_our_words_and_loses_what_they_quote() {
        for (cause, expected) in [
            ("“canary word” is not an address", "Opening a case: … is not an address"),
            ("invalid type: string \"can\"ary\", expected u8", "Opening a case: invalid type: string …, expected u8"),
            ("parsing 'canary' failed", "Opening a case: parsing … failed"),
            ("canary@example.net is gone", "Opening a case: … is gone"),
            ("UNIQUE constraint failed: cases.number", "Opening a case: UNIQUE constraint failed: cases.number"),
            ("the case isn't there, and isn't here", "Opening a case: the case isn't there, and isn't here"),
            ("a\nb\u{1b}c", "Opening a case: a b c"),
        ] {
            let problem = Err::<(), _>(anyhow!("{cause}")).context("Opening a case").unwrap_err();
            assert_eq!(without_content(&problem), expected);
        }
    }
}
