//! Where in a mail the text of an advisory stands, verbatim: in an attached file of text, or below the commands. It is never
//! what somebody typed as `mail::own` sees it: that leaves out quotes and what follows `-- `, which may belong to the text.

use crate::mail::answer::{is_plain, unflowed};
use crate::mail::parts::{Part, parts};
use crate::rules::command;

/// No advisory is longer; more is something else.
pub const TEXT_BYTES_MAX: usize = 256 << 10;
/// What a file is called in a sentence.
const NAME_CHARACTERS_MAX: usize = 60;

/// What a mail brings of an advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// Its text: lines end with LF.
    Text(String),
    /// It stands nowhere.
    Nothing,
    /// Text stands below the commands, where another command takes it.
    BelowAnother,
    /// Several files hold one: these.
    Several(Vec<String>),
    TooLong,
}

/// The text in a MIME entity. `is_last`: what stands below the commands belongs to no other of them; `heads`: whether a line
/// is a heading of an advisory.
pub fn in_entity(entity: &[u8], is_last: bool, heads: impl Fn(&str) -> bool) -> Brought {
    let all = parts(entity);
    let all: Vec<&Part<'_>> = all.iter().filter(|part| !part.encrypted).collect();
    let attached: Vec<(String, String)> = all.iter().filter_map(|part| attached(part, &heads)).collect();
    // Of several files of text the one with headings is it.
    let headed: Vec<&(String, String)> = attached.iter().filter(|(_, text)| text.lines().any(&heads)).collect();
    match (headed.as_slice(), attached.as_slice()) {
        ([(_, text)], _) | ([], [(_, text)]) => return bounded(text.clone()),
        ([], []) => {}
        ([], several) => return Brought::Several(several.iter().map(|(name, _)| name.clone()).collect()),
        (several, _) => return Brought::Several(several.iter().map(|(name, _)| name.clone()).collect()),
    }
    let Some(part) = all.iter().find(|part| is_plain(part)) else { return Brought::Nothing };
    in_text(&unflowed(part, part.text()), is_last)
}

/// The text below the commands of a plain text.
pub fn in_text(text: &str, is_last: bool) -> Brought {
    let text = text.replace("\r\n", "\n");
    let below = command::below(&text).unwrap_or_default();
    match below.lines().all(|line| line.trim().is_empty()) {
        true => Brought::Nothing,
        false if !is_last => Brought::BelowAnother,
        false => bounded(without_empty_lines(below).to_owned()),
    }
}

/// The line on which the signature of a mail begins, from 1 (RFC 3676 section 4.3): it may not belong to the text above.
pub fn signed_off(text: &str) -> Option<u32> {
    let at = text.lines().position(|line| line == "-- ")?;
    u32::try_from(at + 1).ok()
}

/// A file of text that may be an advisory: its name, and what is in it.
fn attached(part: &Part<'_>, heads: &impl Fn(&str) -> bool) -> Option<(String, String)> {
    if !part.is_attached() {
        return None;
    }
    let name = part.file_name().unwrap_or_default().trim().to_owned();
    let named = name.to_lowercase().ends_with(".txt");
    if !named && part.content.kind != "text/plain" {
        return None;
    }
    let text = part.text().replace("\r\n", "\n");
    let name = name.chars().take(NAME_CHARACTERS_MAX).collect();
    (named || text.lines().any(heads)).then_some((name, text))
}

fn bounded(text: String) -> Brought {
    if text.len() > TEXT_BYTES_MAX { Brought::TooLong } else { Brought::Text(text) }
}

/// Without the empty lines between the commands and the text: the blanks of its first line may be the centring of its title.
fn without_empty_lines(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, below)) = rest.split_once('\n')
        && line.trim().is_empty()
    {
        rest = below;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(line: &str) -> bool {
        line == "IMPACT"
    }

    fn entity(parts: &[(&str, &str)]) -> String {
        let parts: String = parts.iter().map(|(header, text)| format!("--b\n{header}\n\n{text}\n")).collect();
        format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    }

    const BODY: (&str, &str) = ("Content-Type: text/plain", "!advisory 480\n\n\n          Title\n\n> kept\n-- \nAlso kept");

    #[test]
    fn what_stands_below_the_commands_is_taken_as_it_is() {
        for mail in [entity(&[BODY]), entity(&[BODY]).replace('\n', "\r\n")] {
            let text = Brought::Text("          Title\n\n> kept\n-- \nAlso kept".to_owned());
            assert_eq!(in_entity(mail.as_bytes(), true, heads), text);
            assert_eq!(in_entity(mail.as_bytes(), false, heads), Brought::BelowAnother);
        }
        for text in ["!advisory", "!advisory\n\n \n", "Hello,\n\n!advisory\n\nTitle", "> old\n\n!advisory\nTitle"] {
            assert_eq!(in_text(text, true), Brought::Nothing, "{text}");
        }
        assert_eq!(in_text("case 1\n!deploy patches\n!advisory\nTitle\n", true), Brought::Text("Title\n".to_owned()));
        assert_eq!(in_text(&format!("!advisory\n{}", "x".repeat(TEXT_BYTES_MAX + 1)), true), Brought::TooLong);
    }

    #[test]
    fn paragraphs_that_a_mail_program_broke_are_whole_again() {
        let flowed = ("Content-Type: text/plain; format=flowed", "!advisory\n\nOne \nline.\n  table  1");
        let text = Brought::Text("One line.\n table  1\n".to_owned());
        assert_eq!(in_entity(entity(&[flowed]).as_bytes(), true, heads), text, "RFC 3676 section 4.4: a stuffed blank goes");
    }

    #[test]
    fn an_attached_text_is_it_and_a_patch_is_not() {
        let command = ("Content-Type: text/plain", "!advisory\n\nSee the file.");
        let named = ("Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=A.TXT", "any");
        let headed = ("Content-Type: text/plain; name=advisory", "IMPACT\n======");
        let notes = ("Content-Disposition: attachment; filename=notes.txt", "no heading");
        let patch = ("Content-Type: text/x-patch; name=xsa480.patch", "IMPACT");
        for (parts, expected) in [
            (vec![command, named, patch], Brought::Text("any".to_owned())),
            (vec![command, headed, notes], Brought::Text("IMPACT\n======".to_owned())),
            (vec![command, named, notes], Brought::Several(vec!["A.TXT".to_owned(), "notes.txt".to_owned()])),
            (vec![command, headed, headed], Brought::Several(vec!["advisory".to_owned(), "advisory".to_owned()])),
            (vec![command, patch], Brought::Text("See the file.".to_owned())),
        ] {
            assert_eq!(in_entity(entity(&parts).as_bytes(), true, heads), expected, "{parts:?}");
        }
    }

    #[test]
    fn the_signature_of_a_mail_is_seen() {
        assert_eq!(signed_off("CREDITS\n-- \nAlice"), Some(2));
        assert_eq!(signed_off("a\n--\n -- \n"), None);
    }
}
