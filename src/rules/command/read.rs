//! Reading commands: line by line, and nothing is guessed.

use super::{Command, Line, Misread, Orders, Role, Verdict, Whom};
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
            "!tell" => {
                let (whom, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let below = own.split_once(line).map_or("", |(_, below)| below).trim();
                let whom = match whom {
                    "reporter" => Whom::Reporter,
                    "team" => Whom::Team,
                    name => Whom::Named(name.to_owned()),
                };
                Command::Tell { whom, text: if text.is_empty() { below } else { text }.to_owned() }
            }
            "!add" => {
                let read = rest.split_once('<').and_then(|(name, rest)| {
                    let (address, role) = rest.split_once("> as ")?;
                    let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
                    Some((Mailbox { name, address: Address::parse(address).ok()? }, Role::parse(role.trim())?))
                });
                let Some((person, role)) = read else {
                    return Some(Err(Misread {
                        line: (*line).to_owned(),
                        problem: "It does not say whom.".to_owned(),
                        expected: "!add NAME <ADDRESS> as ROLE".to_owned(),
                    }));
                };
                Command::Add { person, role }
            }
            "!remove" => Command::Remove(rest.trim().to_owned()),
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

/// The answer to a question: the first word, alone on its line.
pub fn verdict(own: &str) -> Option<Verdict> {
    match own.lines().map(str::trim).find(|line| !line.is_empty())?.to_lowercase().as_str() {
        "agree" | "accept" => Some(Verdict::Yes),
        "decline" | "refuse" => Some(Verdict::No),
        _ => None,
    }
}
