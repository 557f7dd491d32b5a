//! Reading commands: line by line, and nothing is guessed.

use super::{Command, KeyOf, Line, Misread, Orders, Verdict};
use crate::mail::address::{Address, Mailbox};

/// The commands at the top of a text; `None`: it begins with none.
pub fn read(own: &str) -> Option<Result<Orders, Misread>> {
    let lines: Vec<&str> = own.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut orders = Orders::default();
    for line in lines.iter().take(super::LINES_MAX).take_while(|line| line.starts_with('!')) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let command = match verb {
            "!help" => Command::Help,
            "!status" => Command::Status,
            "!title" => Command::Title(rest.trim().to_owned()),
            "!key" if rest.trim().is_empty() => Command::Key(None),
            "!key" if key_of(rest).is_some() => Command::Key(key_of(rest)),
            "!vouch" if person(rest).is_some() => Command::Vouch(person(rest)?),
            _ => {
                return Some(Err(Misread {
                    line: (*line).to_owned(),
                    problem: "It is no command.".to_owned(),
                    expected: "!help".to_owned(),
                }));
            }
        };
        orders.lines.push(Line { typed: (*line).to_owned(), command });
    }
    (!orders.lines.is_empty()).then_some(Ok(orders))
}

fn key_of(rest: &str) -> Option<KeyOf> {
    let (fingerprint, holder) = rest.split_once(" for ")?;
    let fingerprint: String = fingerprint.split_whitespace().collect::<String>().to_ascii_uppercase();
    Some(KeyOf { fingerprint, holder: Address::parse(holder.trim()).ok()? })
}

fn person(rest: &str) -> Option<Mailbox> {
    let (name, address) = rest.trim().strip_suffix('>')?.rsplit_once('<')?;
    Some(Mailbox { name: Some(name.trim().to_owned()), address: Address::parse(address.trim()).ok()? })
}

/// The answer to a question: the first word, alone on its line.
pub fn verdict(own: &str) -> Option<Verdict> {
    match own.lines().map(str::trim).find(|line| !line.is_empty())?.to_lowercase().as_str() {
        "agree" | "accept" => Some(Verdict::Yes),
        "decline" | "refuse" => Some(Verdict::No),
        _ => None,
    }
}
