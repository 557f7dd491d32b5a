//! Reading commands: line by line, and nothing is guessed.

use super::{Command, Line, Misread, Orders, Verdict};
use crate::rules::label::CaseId;

/// The commands at the top of a text; `None`: it begins with none.
pub fn read(own: &str) -> Option<Result<Orders, Misread>> {
    let lines: Vec<&str> = own.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut orders = Orders::default();
    let named = lines.first().and_then(|line| line.strip_prefix("case ")?.parse().ok()).map(CaseId);
    orders.case = named;
    for line in lines.iter().skip(named.iter().count()).take(super::LINES_MAX).take_while(|line| line.starts_with('!'))
    {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let command = match verb {
            "!help" => Command::Help,
            "!status" => Command::Status,
            "!owner" => Command::Owner(rest.trim().to_owned()),
            "!title" => Command::Title(rest.trim().to_owned()),
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
