//! What is said about members: commands of the team, and the few words by which a member or the team answers. Who may say
//! it is decided elsewhere.

use std::fmt;

use super::arguments::{self, FINGERPRINT_DIGITS};
use super::read::{is_blank, is_gap, is_mark, misread, plain, repeated, trimmed, unmarked};
use super::verdict::is_around;
use super::{Misread, TYPED_CHARACTERS_MAX};
use crate::mail::address::{Address, Mailbox};
use crate::mail::headers::one_line;
use crate::rules::nearest::nearest;

/// What the team does with members of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roster {
    /// With a name.
    Add(Mailbox),
    /// Each by name or address.
    Remove(String),
    Suspend(String),
    Resume(String),
}

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Roster::Add(whom) => write!(f, "add {whom}"),
            Roster::Remove(name) => write!(f, "remove {name}"),
            Roster::Suspend(name) => write!(f, "suspend {name}"),
            Roster::Resume(name) => write!(f, "resume {name}"),
        }
    }
}

/// Words that begin a command about members.
const VERBS: [&str; 2] = ["member", "history"];
const ACTS: [&str; 4] = ["add", "remove", "suspend", "resume"];
const ADD: &str = "add";

const KEY_USAGE: &str = "- accept key FINGERPRINT\n  In the first line, with the whole fingerprint.";

/// Whether the first line of a text is a command about members or the change history, understood or not.
pub fn is_about_members(own: &str) -> bool {
    let first = own.lines().find(|line| !is_blank(line)).and_then(unmarked);
    let verb = first.map(|body| body.split(is_gap).next().unwrap_or_default().trim_end_matches(is_mark).to_lowercase());
    verb.is_some_and(|verb| VERBS.contains(&verb.as_str()))
}

/// `add NAME <ADDRESS>`, `remove NAME`, …
pub(super) fn roster(rest: &str) -> Result<Roster, String> {
    let (word, rest) = first_word(rest);
    Ok(match word.as_str() {
        "add" => match arguments::person(rest)? {
            Mailbox { name: None, address } => {
                return Err(format!("There is no name before {}, and the name is public.", repeated(address.as_str())));
            }
            named => Roster::Add(named),
        },
        "remove" => Roster::Remove(arguments::somebody(rest)?),
        "suspend" => Roster::Suspend(arguments::somebody(rest)?),
        "resume" => Roster::Resume(arguments::somebody(rest)?),
        "" => return Err("It does not say what is to be done.".to_owned()),
        other => {
            let shown = repeated(other);
            return Err(match nearest(other, ACTS) {
                Some(near) => format!("“{shown}” is not among the words behind “member”; did you mean “{near}”?"),
                None => format!("“{shown}” is not among the words behind “member”."),
            });
        }
    })
}

/// `add TEXT`: one line of the change history.
pub(super) fn entry(rest: &str, below: Option<&str>, line: &str) -> Result<String, String> {
    let (word, text) = first_word(rest);
    if word != ADD {
        return Err("Behind “history” stands “add”, and then the text.".to_owned());
    }
    arguments::title(text, below, line).map_err(|problem| problem.replace("title", "text"))
}

fn first_word(rest: &str) -> (String, &str) {
    let rest = trimmed(rest);
    let (word, rest) = rest.split_once(is_gap).unwrap_or((rest, ""));
    (word.trim_end_matches(is_mark).to_lowercase(), trimmed(rest))
}

/// The address that a member wants in place of its own: `address NEW` alone in the first line.
pub fn new_address(own: &str) -> Option<Address> {
    let line = plain(own.lines().find(|line| !is_blank(line))?);
    let words: Vec<&str> = line.split(' ').collect();
    let (["address", wanted] | ["Address" | "address:" | "Address:", wanted]) = words.as_slice() else { return None };
    Address::parse(wanted.trim_matches(|c: char| is_around(c) || matches!(c, '<' | '>'))).ok()
}

/// The line by which somebody of the team says that a certificate is a member's, and the fingerprint in it.
pub fn accepted_key(own: &str) -> Option<Result<(String, String), Misread>> {
    let line = own.lines().find(|line| !is_blank(line))?;
    let typed = plain(line);
    let words: Vec<&str> = typed.trim_matches(is_around).split(' ').collect();
    let (first, digits) = words.split_first()?;
    if !first.eq_ignore_ascii_case("accept") {
        return None;
    }
    let Some((_, digits)) = digits.split_first().filter(|(word, _)| word.eq_ignore_ascii_case("key")) else {
        return Some(Err(misread(line, "It does not say what is accepted.", KEY_USAGE)));
    };
    let digits = digits.concat().to_uppercase();
    let fingerprint = digits.strip_prefix("0X").unwrap_or(&digits);
    if !FINGERPRINT_DIGITS.contains(&fingerprint.len()) || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
        let problem = "There is no whole fingerprint in it: those have 40 or 64 hexadecimal digits.";
        return Some(Err(misread(line, problem, KEY_USAGE)));
    }
    Some(Ok((one_line(line, TYPED_CHARACTERS_MAX), fingerprint.to_owned())))
}

/// What an answer is told that does not begin so.
pub fn no_accepted_key() -> Misread {
    misread("", "It does not begin with words that answer the question.", KEY_USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_address_stands_alone_behind_its_word() {
        let wanted = Some(Address::parse("cert@vm.example.net").unwrap());
        for text in [
            "address cert@vm.example.net",
            "\n Address: <cert@vm.example.net>\n\nThank you",
            "address “cert@vm.example.net”.",
        ] {
            assert_eq!(new_address(text), wanted, "{text:?}");
        }
        for text in [
            "",
            "address",
            "address this, please",
            "Our address cert@vm.example.net",
            "address cert@vm.example.net please",
            "Hello,\naddress cert@vm.example.net",
            "address cert",
        ] {
            assert_eq!(new_address(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_certificate_is_accepted_by_its_whole_fingerprint() {
        let fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
        for text in [
            format!("accept key {fingerprint}"),
            format!("“Accept key {}”.\n\nAlice", fingerprint.to_lowercase()),
            "accept key 0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567".to_owned(),
        ] {
            assert_eq!(accepted_key(&text).unwrap().unwrap().1, fingerprint, "{text:?}");
        }
        for text in ["accept", "accept key", "accept key 4567", "accept 0123456789ABCDEF0123456789ABCDEF01234567"] {
            assert!(matches!(accepted_key(text), Some(Err(_))), "{text:?}");
        }
        assert_eq!(accepted_key("Thank you"), None);
    }

    #[test]
    fn the_first_line_says_whether_a_mail_is_about_members() {
        for text in ["!member add A <a@example.net>", "\n ！Member: remove A", "!history", "!member ad A"] {
            assert!(is_about_members(text), "{text:?}");
        }
        for text in ["!status\n!member remove A", "member remove A", "!members", "case 1\n!member remove A", ""] {
            assert!(!is_about_members(text), "{text:?}");
        }
    }
}
