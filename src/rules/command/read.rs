//! Reading commands: the lines at the top of a text, all of them or none. Nothing is guessed: what may mean two things,
//! or nothing, stops all, and says what was expected.

use super::{Command, LINES_MAX, Line, Misread, Orders, TYPED_CHARACTERS_MAX, arguments, manual};
use crate::mail::headers::one_line;
use crate::rules::label::CaseId;
use crate::rules::nearest::nearest;

/// What was typed is repeated inside a sentence only so far.
const REPEATED_CHARACTERS_MAX: usize = 60;

/// How the case is named; see `Orders::case`.
const CASE_USAGE: &str = "- case NUMBER\n  Names the case the commands are for: the first line of all, once.";

/// The commands at the top of a text; `None`: it begins with none.
pub fn read(own: &str) -> Option<Result<Orders, Misread>> {
    let block: Vec<Typed<'_>> = block(own).collect();
    block.iter().any(|typed| is_marked(typed.line)).then(|| orders(&block))
}

/// A command that stands below a greeting or other text, where it is none: whoever typed it meant something by it.
pub fn misplaced(own: &str) -> Option<Misread> {
    let line = own.lines().find(|line| arguments::is_command(line))?;
    let expected = "- the same in the first lines of your mail, with nothing above";
    Some(misread(line, "It stands below other text, and commands stand at the top.", expected))
}

/// What stands below the commands at the top of a text, byte for byte; `None`: it begins with none.
pub fn below(text: &str) -> Option<&str> {
    let block: Vec<Typed<'_>> = block(text).collect();
    block.last().filter(|_| block.iter().any(|typed| is_marked(typed.line))).map(|last| last.below)
}

/// The case that a text names in its first line, whatever follows.
pub fn named_case(own: &str) -> Option<CaseId> {
    case_in(block(own).next()?.line)
}

/// A line, and all that stands below it.
struct Typed<'a> {
    line: &'a str,
    below: &'a str,
}

/// The leading lines that begin like commands or name a case, and one more than there may be; empty lines are no lines.
fn block(own: &str) -> impl Iterator<Item = Typed<'_>> {
    let mut rest = own;
    let lines = std::iter::from_fn(move || {
        let (line, below) = rest.split_once('\n').or((!rest.is_empty()).then_some((rest, "")))?;
        rest = below;
        Some(Typed { line, below })
    });
    let filled = lines.filter(|typed| !is_blank(typed.line));
    filled.take_while(|typed| is_marked(typed.line) || case_in(typed.line).is_some()).take(LINES_MAX + 2)
}

fn orders(block: &[Typed<'_>]) -> Result<Orders, Misread> {
    let mut orders = Orders::default();
    for (index, Typed { line, below }) in block.iter().enumerate() {
        if let Some(case) = case_in(line) {
            if index > 0 {
                return Err(misread(line, "A case is named in the first line, and once.", CASE_USAGE));
            }
            orders.case = Some(case);
            continue;
        }
        if orders.lines.len() >= LINES_MAX {
            let problem = format!("A mail may give {LINES_MAX} commands, and this is one more.");
            return Err(misread(line, &problem, "- fewer commands; write the others in another mail"));
        }
        let is_last = index + 1 == block.len();
        let command = command(line, is_last.then_some(*below))?;
        orders.lines.push(Line { typed: one_line(line, TYPED_CHARACTERS_MAX), command });
    }
    match (orders.lines.is_empty(), block.first()) {
        (true, Some(only)) => Err(misread(only.line, "It names a case, and no command follows.", CASE_USAGE)),
        _ => Ok(orders),
    }
}

/// The command in a line. `below`: what may belong to it too, if it is the last.
fn command(line: &str, below: Option<&str>) -> Result<Command, Misread> {
    let body = unmarked(line).unwrap_or(line);
    let (word, rest) = body.split_once(|c: char| is_gap(c)).unwrap_or((body, ""));
    let rest = trimmed(rest);
    let verb = word.trim_end_matches(is_mark).to_lowercase();
    let Some(entry) = manual::entry(&verb) else { return Err(unknown(line, &verb)) };
    let wrong = |problem: String| misread(line, &problem, &entry.shown());
    arguments::command(&verb, rest, below, line).map_err(wrong)
}

fn unknown(line: &str, verb: &str) -> Misread {
    // “!title=Overflow” means “!title”, and “!case” stands somewhere else or lacks its number.
    let letters: String = verb.chars().take_while(|c| c.is_alphabetic()).take(REPEATED_CHARACTERS_MAX).collect();
    let meant = nearest(&letters, manual::entries().iter().map(|entry| entry.verb())).and_then(manual::entry);
    let shown = repeated(verb);
    match meant {
        _ if letters == "case" => misread(line, "It does not name a case.", CASE_USAGE),
        _ if shown.is_empty() => misread(line, "There is no word after its “!”.", &manual::usages()),
        Some(entry) => {
            let problem = format!("“!{shown}” is no command; did you mean “!{}”?", entry.verb());
            misread(line, &problem, &entry.shown())
        }
        None => misread(line, &format!("“!{shown}” is no command."), &manual::usages()),
    }
}

pub(super) fn misread(line: &str, problem: &str, expected: &str) -> Misread {
    Misread { line: one_line(line, TYPED_CHARACTERS_MAX), problem: problem.to_owned(), expected: expected.to_owned() }
}

/// `case 12`, in a line of its own; also `!case #12.`
fn case_in(line: &str) -> Option<CaseId> {
    let words = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    number(words.strip_prefix("case")?.strip_prefix([' ', ':'])?)
}

/// `12`, `#12`, `12.`
pub(super) fn number(text: &str) -> Option<CaseId> {
    let digits = text.trim().trim_start_matches('#').trim_end_matches(is_mark);
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok())??;
    (number > 0).then_some(CaseId(number))
}

/// It begins like a command; an approval is one without its mark, too.
pub(super) fn is_marked(line: &str) -> bool {
    unmarked(line).is_some() || super::facts::is_approval(line)
}

/// What stands after the `!`; some keyboards write it in full width.
pub(super) fn unmarked(line: &str) -> Option<&str> {
    trimmed(line).strip_prefix(['!', '！']).map(trimmed)
}

/// Without what cannot be seen at either end.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_gap)
}

pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(is_gap)
}

/// What stands between a verb and its text when it is printed: a text stands below, unless its beginning would be read
/// as a command there.
pub(super) fn gap_before(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    if is_marked(first) || case_in(first).is_some() { ' ' } else { '\n' }
}

/// On one line, with single blanks.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Blanks of all kinds, control characters, and what only turns the direction of writing or takes no room.
pub(in crate::rules) fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || crate::mail::headers::is_direction(c)
        || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// What was typed, inside a sentence.
pub(super) fn repeated(text: &str) -> String {
    one_line(text, REPEATED_CHARACTERS_MAX)
}

/// What people put behind a word without meaning anything by it.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '！' | '。')
}
