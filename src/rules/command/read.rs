//! Reading commands: line by line, and nothing is guessed.

use super::{Command, Line, Misread, Orders, Verdict, case_line};
use crate::rules::label::CaseId;

/// The commands at the top of a text; `None`: it begins with none.
pub fn read(own: &str) -> Option<Result<Orders, Misread>> {
    let lines: Vec<&str> = own.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut orders = Orders { case: lines.first().and_then(|line| case_line(line)), ..Orders::default() };
    let skipped = usize::from(orders.case.is_some());
    let commands = lines.iter().skip(skipped).take(super::LINES_MAX).take_while(|line| line.starts_with('!'));
    let count = commands.clone().count();
    let below = lines.iter().skip(skipped + count).copied().collect::<Vec<_>>().join("\n");
    for (index, line) in commands.enumerate() {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let command = match verb {
            "!help" => Command::Help,
            "!status" => Command::Status,
            "!title" => Command::Title(rest.trim().to_owned()),
            "!note" if rest.is_empty() && index + 1 == count => Command::Note(below.clone()),
            "!note" => Command::Note(rest.trim().to_owned()),
            "!owner" => Command::Owner(rest.trim().to_owned()),
            "!spam" => Command::Spam,
            "!split" => Command::Split,
            "!move" => Command::Move(CaseId(rest.trim().parse().unwrap_or_default())),
            "!reopen" => Command::Reopen,
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
