//! What stands behind the verbs that say something of a case: its dates, numbers, severity, branches, patches, credits,
//! steps. A problem is a sentence for whoever typed it.

use super::arguments::{person, text};
use super::read::{is_gap, is_mark, number, plain, repeated, trimmed};
use super::{Affected, Command, Credit, Cve, Deploy, Embargo, Naming, Unhold};
use crate::mail::address::Mailbox;

/// More digits than any CVE number has.
const CVE_DIGITS_MAX: usize = 19;
/// Below “!patch”; a mail brings fewer files, and a file may be for several branches.
const LINES_MAX: usize = 200;
const NAME_CHARACTERS_MAX: usize = 200;

/// One word: of several nobody can say which is meant. `what`: what it should say.
pub fn word(rest: &str, what: &str) -> Result<String, String> {
    let line = plain(rest);
    let word = line.trim_end_matches(is_mark);
    match word.split(' ').count() {
        _ if word.is_empty() => Err(format!("It does not say {what}.")),
        1 => Ok(word.to_owned()),
        _ => Err(format!("“{}” is more than one word.", repeated(word))),
    }
}

/// The first word, and what follows.
fn first(rest: &str) -> (&str, &str) {
    let (word, after) = trimmed(rest).split_once(is_gap).unwrap_or((trimmed(rest), ""));
    (word, trimmed(after))
}

pub fn embargo(rest: &str, below: Option<&str>) -> Result<Embargo, String> {
    let (word, after) = first(rest);
    if word.is_empty() {
        return Ok(Embargo::AsProposed);
    }
    if word.trim_end_matches(is_mark).eq_ignore_ascii_case("restart") {
        return Ok(Embargo::Restart(text(after, below)?));
    }
    Ok(Embargo::Until(text(rest, below)?))
}

pub fn advisory(rest: &str) -> Result<Option<i64>, String> {
    let line = plain(rest);
    // “XSA-480”, “xsa480”; not “480-481”, nor a CVE number.
    let digits = line.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let digits = if digits.len() < line.len() { digits.strip_prefix('-').unwrap_or(digits) } else { digits };
    match line.as_str() {
        "" => Ok(None),
        _ => match number(digits) {
            Some(number) => Ok(Some(number.0)),
            None => Err(format!("“{}” is no number of an advisory.", repeated(&line))),
        },
    }
}

/// Which advisory is drafted, and what changed in it. What stands below the command is no part of it.
pub fn draft(rest: &str) -> Command {
    let (word, after) = first(rest);
    match advisory(word) {
        Ok(number) => Command::Advisory { number, updates: plain(after) },
        Err(_) => Command::Advisory { number: None, updates: plain(rest) },
    }
}

/// Which words a profile has for a permission is not known here.
pub fn deploy(rest: &str, below: Option<&str>) -> Result<Deploy, String> {
    let (word, after) = first(rest);
    let word = word.trim_end_matches(is_mark).to_lowercase();
    let usual = |name: &str| Ok(Deploy::Usual(name.to_owned()));
    match word.as_str() {
        "" => Err("It does not say what members may deploy.".to_owned()),
        "text" => Ok(Deploy::Words(text(after, below)?)),
        _ if !after.is_empty() => {
            let (more, word) = (repeated(after), repeated(&word));
            Err(format!("“{more}” is too much behind “{word}”; for words of your own, write “text” before them."))
        }
        other if !other.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
            Err(format!("“{}” is no permission.", repeated(other)))
        }
        "patch" => usual("patches"),
        "mitigation" => usual("mitigations"),
        "none" => usual("nothing"),
        name => usual(name),
    }
}

/// So many digits of a digest are enough to name it.
const DIGEST_DIGITS_MIN: usize = 16;
/// SHA-256.
const DIGEST_DIGITS_MAX: usize = 64;

/// The digest of what is approved, or its beginning, in lower case; printed in groups, too.
pub fn digest(rest: &str) -> Result<String, String> {
    let digits: String = plain(rest).chars().filter(|c| *c != ' ').collect();
    let digits = digits.trim_end_matches(is_mark).to_lowercase();
    match digits.len() {
        0 => Err("It does not say what is approved: the digest is missing.".to_owned()),
        _ if !digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Err(format!("“{}” is no digest: it has digits and the letters a to f.", repeated(rest)))
        }
        DIGEST_DIGITS_MIN..=DIGEST_DIGITS_MAX => Ok(digits),
        count => {
            Err(format!("There are {count} digits; {DIGEST_DIGITS_MIN} or more of the {DIGEST_DIGITS_MAX} are needed."))
        }
    }
}

/// `approve 0123456789abcdef`, without a mark: an answer to the letter that asks.
pub(super) fn is_approval(line: &str) -> bool {
    let (word, rest) = first(line);
    word.eq_ignore_ascii_case("approve") && digest(rest).is_ok()
}

pub fn release(rest: &str) -> Result<Command, String> {
    match plain(rest).trim_end_matches(is_mark).to_lowercase().as_str() {
        "now" => Ok(Command::ReleaseNow),
        "" => Err("It does not say when: only “now” can be said; all else follows from the dates.".to_owned()),
        other => Err(format!("“{}” is not “now”.", repeated(other))),
    }
}

/// One word, or none where only one of them can be meant.
pub fn unhold(rest: &str) -> Result<Command, String> {
    match plain(rest).trim_end_matches(is_mark).to_lowercase().as_str() {
        "" => Ok(Command::Unhold(None)),
        "hold" => Ok(Command::Unhold(Some(Unhold::Hold))),
        "clock" => Ok(Command::Unhold(Some(Unhold::Clock))),
        other => Err(format!("“{}” is neither “hold” nor “clock”.", repeated(other))),
    }
}

pub fn cve(rest: &str, below: Option<&str>) -> Result<Cve, String> {
    let (word, after) = first(rest);
    match word.trim_end_matches(is_mark).to_lowercase().as_str() {
        "" => Err("It does not say which number.".to_owned()),
        "request" if after.is_empty() => Ok(Cve::Request),
        "none" => Ok(Cve::None(text(after, below)?)),
        _ => {
            let id = cve_id(word)?;
            let line = plain(after);
            let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            let (advisory, rest) = match words.as_slice() {
                [word, number, rest @ ..] if word.eq_ignore_ascii_case("for") => (advisory(number)?, rest),
                [word] if word.eq_ignore_ascii_case("for") => {
                    return Err("It does not say for which advisory.".to_owned());
                }
                rest => (None, rest),
            };
            let instead = match rest {
                [] => None,
                [instead, of, wrong] if instead.eq_ignore_ascii_case("instead") && of.eq_ignore_ascii_case("of") => {
                    Some(cve_id(wrong)?)
                }
                [other, ..] => return Err(format!("“{}” is too much behind the number.", repeated(other))),
            };
            if instead.as_ref() == Some(&id) {
                return Err(format!("“{id}” cannot take the place of itself."));
            }
            Ok(Cve::Is { id, advisory, instead })
        }
    }
}

/// `CVE-2026-12345`: the year, and four digits or more (CVE record format, `cveId`).
pub fn cve_id(word: &str) -> Result<String, String> {
    let id = plain(word).trim_end_matches(is_mark).to_uppercase();
    let mut parts = id.split('-');
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let shaped = parts.next() == Some("CVE")
        && parts.next().is_some_and(|year| digits(year, 4, 4))
        && parts.next().is_some_and(|number| digits(number, 4, CVE_DIGITS_MAX))
        && parts.next().is_none();
    match shaped {
        true => Ok(id),
        false => Err(format!("“{}” is no CVE number; one looks like CVE-2026-12345.", repeated(word))),
    }
}

pub fn affects(rest: &str) -> Result<Command, String> {
    let (branch, verdict) = first(rest);
    let branch = branch.trim_end_matches(':');
    let said = plain(verdict);
    let verdict = match said.trim_end_matches(is_mark).to_lowercase().as_str() {
        _ if branch.is_empty() => return Err("It does not say which branch.".to_owned()),
        "" => return Err(format!("It does not say whether “{}” is affected.", repeated(branch))),
        "yes" => Affected::Yes,
        "no" => Affected::No,
        _ if said.chars().count() > NAME_CHARACTERS_MAX => {
            return Err("It says more than which versions; write that as a note.".to_owned());
        }
        _ => Affected::Versions(said),
    };
    Ok(Command::Affects { branch: branch.to_owned(), verdict })
}

/// The lines below that say which file is for which branch.
pub fn patch(rest: &str, below: Option<&str>) -> Result<Vec<(String, String)>, String> {
    let lines = std::iter::once(rest).chain(below.unwrap_or_default().lines());
    let filled = lines.map(trimmed).filter(|line| !line.is_empty());
    let mut files = Vec::new();
    for line in filled.take_while(|line| line.contains(':')) {
        let (branch, file) = line.split_once(':').unwrap_or_default();
        let (branch, file) = (plain(branch), plain(file));
        let named = branch.starts_with(char::is_alphanumeric) && !branch.contains(' ');
        if !named || file.is_empty() || file.contains(' ') {
            break; // Text that has a colon in it.
        }
        if files.len() >= LINES_MAX {
            return Err(format!("More than {LINES_MAX} lines say which file is for which branch."));
        }
        files.push((branch, file));
    }
    match !rest.is_empty() && files.is_empty() {
        true => Err(format!("“{}” does not say which file is for which branch.", repeated(rest))),
        false => Ok(files),
    }
}

pub fn credit(rest: &str) -> Result<Credit, String> {
    let line = plain(rest);
    let (name, how) = match line.split_once(" as ") {
        Some((name, text)) => (name, Naming::As(trimmed(text).to_owned())),
        None => match line.trim_end_matches(is_mark).strip_suffix(" anonymous") {
            Some(name) => (name, Naming::Anonymous),
            None => (line.as_str(), Naming::ByName),
        },
    };
    let name = trimmed(name).to_owned();
    match name.chars().count() {
        0 => Err("It does not say whom.".to_owned()),
        1..=NAME_CHARACTERS_MAX => Ok(Credit { name, how }),
        _ => Err(format!("“{}” is no name.", repeated(&name))),
    }
}

pub fn skip(rest: &str, below: Option<&str>) -> Result<Command, String> {
    let (step, reason) = first(rest);
    match step.trim_end_matches(':') {
        "" => Err("It does not say which step.".to_owned()),
        step => Ok(Command::Skip { step: step.to_owned(), reason: text(reason, below)? }),
    }
}

pub fn report(rest: &str) -> Result<Mailbox, String> {
    let (of, whose) = first(rest);
    match of.eq_ignore_ascii_case("for") {
        true => person(whose),
        false => Err("It does not say whose report it is: “for” stands before the name.".to_owned()),
    }
}
