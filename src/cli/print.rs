//! How commands print: one JSON document, or a table a person reads. Nothing here panics when standard output is
//! full or closed: the command does its work, and the first error is told at its end.

use std::fmt::Arguments;
use std::io::Write;
use std::sync::Mutex;

use serde::Serialize;

use super::Failure;

/// The first error of standard output.
static UNWRITTEN: Mutex<Option<std::io::Error>> = Mutex::new(None);

/// `println!` for commands; see `line`.
macro_rules! say {
    () => { $crate::cli::print::line(format_args!("")) };
    ($($words:tt)*) => { $crate::cli::print::line(format_args!($($words)*)) };
}
pub(super) use say;

/// A line on standard output.
pub fn line(words: Arguments<'_>) {
    text(&format!("{words}\n"));
}

fn text(text: &str) {
    bytes(text.as_bytes());
}

/// Bytes as they are: a file.
pub fn bytes(bytes: &[u8]) {
    let mut unwritten = UNWRITTEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if unwritten.is_none() {
        let mut output = std::io::stdout().lock();
        *unwritten = output.write_all(bytes).and_then(|()| output.flush()).err();
    }
}

/// Whether all that was said was written.
pub fn written() -> Result<(), Failure> {
    match UNWRITTEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() {
        None => Ok(()),
        Some(problem) => Err(Failure::refused(
            format!("standard output cannot be written: {problem}"),
            "The command was done; make room, or send its output elsewhere.",
        )),
    }
}

/// One JSON document on standard output.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<(), Failure> {
    let document = serde_json::to_string_pretty(value)
        .map_err(|problem| Failure::refused(format!("no JSON: {problem}"), "Leave --json away."))?;
    say!("{document}");
    Ok(())
}

/// Rows under their headings, each column as wide as its widest cell.
pub fn table(headings: &[&str], rows: &[Vec<String>]) {
    text(&aligned(headings, rows));
}

fn aligned(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(shown(cell).chars().count());
        }
    }
    let mut text = String::new();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{:<width$}", shown(cell))).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A terminal obeys control characters, and strangers choose subjects.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_strangers_cannot_drive_the_terminal() {
        let rows = [vec!["1".into(), "a\u{1b}[2Jb".into()], vec!["10".into(), String::new()]];
        assert_eq!(aligned(&["case", "title"], &rows), "case  title\n1     a [2Jb\n10\n");
    }
}
