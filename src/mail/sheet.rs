//! A mail as a sheet of lines, as people see it: numbered, each with whose words it holds. For those who look for answers
//! that stand below, beside and between the questions. It judges no words.

mod marks;
mod page;
mod whose;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mail::answer;
use crate::mail::own;
use crate::mail::parts::parts;

/// People who apply write some hundred; of what is longer the rest is not read.
const LINES_MAX: usize = 5_000;
const LINE_BYTES_MAX: usize = 10_000;
const TEXT_BYTES_MAX: usize = 256 << 10;
/// Tags take as much as words.
const PAGE_BYTES_MAX: usize = 1 << 20;
const PARTS_READ_MAX: usize = 20;

/// Whose words a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Typed by whoever wrote the mail.
    Author,
    /// Quoted from somebody else's mail.
    Quoted,
    /// Below the signature mark, or what a list adds.
    Signature,
    /// In a mail that is passed on.
    Forwarded,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1, in the text as people see it.
    pub number: usize,
    /// Without quote marks, bold marks and control characters.
    pub text: String,
    pub by: By,
    /// It stands out as a heading: bold, a heading of HTML, underlined with a line of dashes.
    pub strong: bool,
}

/// The lines of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub lines: Vec<Line>,
}

/// A line before it is known whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    text: String,
    strong: bool,
    /// What marks in the HTML say.
    by: Option<By>,
}

/// The sheet of a mail. Total: what cannot be read has no lines.
pub fn sheet(raw: &[u8]) -> Sheet {
    catch_unwind(AssertUnwindSafe(|| read(raw))).unwrap_or_default()
}

fn read(raw: &[u8]) -> Sheet {
    let all = parts(raw);
    let written = own::written(&all);
    let mut lines = Vec::new();
    let mut room = TEXT_BYTES_MAX;
    let mut read = 0;
    for part in all.iter().filter(|part| !part.encrypted) {
        let twin = part.alternative.is_some_and(|group| written.contains(&group));
        let shown = if answer::is_plain(part) {
            if part.alternative.is_some() && !twin {
                continue; // Empty: the other form counts.
            }
            let text = answer::unflowed(part, answer::bounded(part.text()));
            plain(&answer::unsigned(&text.replace("\r\n", "\n")))
        } else if part.content.kind == "text/html" && !part.is_attached() && !twin {
            let mut text = part.text();
            text.truncate(text.floor_char_boundary(PAGE_BYTES_MAX));
            page::lines(&text)
        } else {
            continue;
        };
        read += 1;
        if read > PARTS_READ_MAX {
            break;
        }
        let shown = bounded(shown, &mut room, LINES_MAX.saturating_sub(lines.len()));
        lines.extend(whose::sorted(shown, lines.len()));
    }
    Sheet { lines }
}

fn plain(text: &str) -> Vec<Shown> {
    let shown = |line: &str| Shown { text: line.to_owned(), ..Shown::default() };
    text.trim_end().split('\n').map(|line| shown(line.trim_end_matches('\r'))).collect()
}

/// Lines that can be shown, as many as there is room for.
fn bounded(shown: Vec<Shown>, room: &mut usize, lines_max: usize) -> Vec<Shown> {
    let mut kept = Vec::new();
    for line in shown.into_iter().take(lines_max) {
        let text = line.text.get(..line.text.floor_char_boundary(LINE_BYTES_MAX.min(*room))).unwrap_or_default();
        let text = marks::cleaned(&own::clean(text));
        *room -= text.len().min(*room);
        kept.push(Shown { text, ..line });
        if *room == 0 {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests;
