//! Own text: what the author of a mail typed, as against what they quote, forward or sign off with. Commands are read
//! from it alone. It decides nothing about the author; in doubt it says so, gives no text, and a person is asked.

pub(in crate::mail) mod html;
pub(in crate::mail) mod lines;
pub(in crate::mail) mod shapes;
mod sorting;
mod words;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::sorting::{Sorting, Source};
use super::answer;
use super::headers::is_direction;
use super::opened::{SignedForm, SignedText};
use super::parts::{Part, parts};

/// People type far less; of what is longer the rest is not read.
const TEXT_BYTES_MAX: usize = 512 << 10;
/// Of a line that is shown again.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// What somebody typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnText {
    /// `\n` line ends, paragraphs as they were written (RFC 3676 undone), no control characters but tab and newline; at
    /// most 512 KiB. Empty when it is unclear: whoever forgets to ask has nothing to act on.
    pub text: String,
    /// Why nobody can be sure that it is theirs, or what they typed.
    pub unclear: Option<Unclear>,
    /// The line that may be a command, or an answer to a question, when it is unclear whether somebody typed it; at most
    /// 200 characters of it. Empty: there is none.
    pub doubtful: String,
}

impl OwnText {
    /// Whether it seems to hold commands for a case (`!…`), and nobody can tell: their author has to be asked.
    pub fn asks_about_command(&self) -> Option<Unclear> {
        self.unclear.filter(|_| shapes::is_marked(&self.doubtful))
    }

    fn unclear(unclear: Unclear) -> Self {
        Self { unclear: Some(unclear), ..Self::default() }
    }
}

/// Why a text may not be its author's own: a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    #[error("The text is encrypted, or could not be read.")]
    Unreadable,
    #[error("The text is HTML of a size in which what is quoted cannot be told from what you typed.")]
    TooLarge,
    #[error("There is no text in the mail.")]
    Empty,
    #[error("All of the text is quoted, forwarded, or a signature; none of it counts as typed by you.")]
    NothingTyped,
    #[error("It stands in a mail that you forward. What is forwarded tells us nothing.")]
    Forwarded,
    #[error("It stands beside or below a quote, where nobody can tell whether you typed it.")]
    BesideQuote,
    #[error("It stands behind another part of the mail, where it may be somebody else's.")]
    Behind,
}

/// The own text in what somebody signed.
pub fn signed_text(signed: &SignedText) -> OwnText {
    match signed.form {
        SignedForm::Entity => own_text(&signed.bytes),
        SignedForm::Text => plain(&String::from_utf8_lossy(&signed.bytes)),
        SignedForm::File => OwnText::unclear(Unclear::Empty),
    }
}

/// The own text in plain text.
fn plain(text: &str) -> OwnText {
    let read = || {
        let mut sorting = Sorting::default();
        sorting.take(&clean(text), Source::Plain);
        sorted(sorting)
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| OwnText::unclear(Unclear::Unreadable))
}

/// The own text of a mail or of a MIME entity. Total: what cannot be read is `Unclear`.
pub fn own_text(raw: &[u8]) -> OwnText {
    catch_unwind(AssertUnwindSafe(|| read(raw))).unwrap_or_else(|_| OwnText::unclear(Unclear::Unreadable))
}

fn read(raw: &[u8]) -> OwnText {
    let all = parts(raw);
    let mut sorting = Sorting::default();
    let written = written(&all);
    for part in &all {
        let twin = part.alternative.is_some_and(|group| written.contains(&group));
        if part.encrypted || is_sealed(part) {
            sorting.closed();
        } else if answer::is_plain(part) {
            let text = answer::unflowed(part, answer::bounded(part.text()));
            sorting.take(&clean(&answer::unsigned(&text.replace("\r\n", "\n"))), Source::Plain);
        } else if part.content.kind == "text/html" && !part.is_attached() && !twin {
            let text = answer::bounded(part.text());
            match html::read(&text) {
                Some(page) => {
                    sorting.take(&clean(&page.typed), Source::Html);
                    sorting.pass_over(&clean(&page.quoted));
                }
                None => sorting.too_large(&clean(&html::words(&text))),
            }
        } else if part.content.kind == "message/rfc822" {
            sorting.mail();
        }
    }
    confirm(&all, &written, &mut sorting);
    sorted(sorting)
}

/// Webmail that puts no marks before what it quotes in plain text has them in the HTML of the same mail: what is to be
/// read below a quote has to be outside of quotes there, too.
fn confirm(all: &[Part<'_>], written: &BTreeSet<usize>, sorting: &mut Sorting) {
    let twin = |part: &&Part<'_>| part.alternative.is_some_and(|group| written.contains(&group));
    for part in all.iter().filter(twin).filter(|part| part.content.kind == "text/html") {
        if !sorting.has_below_quote() {
            return;
        }
        let page = html::read(&answer::bounded(part.text()));
        sorting.confirm(&clean(&page.map(|page| page.typed).unwrap_or_default()));
    }
}

/// The groups of alternatives whose plain text says something.
pub(in crate::mail) fn written(all: &[Part<'_>]) -> BTreeSet<usize> {
    let said = |part: &&Part<'_>| answer::is_plain(part) && !part.encrypted && !part.text().trim().is_empty();
    all.iter().filter(|part| part.alternative.is_some()).filter(said).filter_map(|part| part.alternative).collect()
}

fn is_sealed(part: &Part<'_>) -> bool {
    ["application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"]
        .contains(&part.content.kind.as_str())
}

fn sorted(sorting: Sorting) -> OwnText {
    let sorted = sorting.end();
    let doubtful = sorted.doubtful.chars().take(SHOWN_CHARACTERS_MAX).collect();
    match sorted.unclear {
        Some(unclear) => OwnText { text: String::new(), unclear: Some(unclear), doubtful },
        None => {
            let mut text = sorted.text;
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
            OwnText { text, unclear: None, doubtful: String::new() }
        }
    }
}

/// Nothing that a terminal or a mail program would obey, nothing that is not seen and could hide what a line begins
/// with, and blanks of one kind. Lines end where mail programs end them when they quote: a lone CR, or what Unicode calls
/// a line separator, inside of a quoted line begins no line of the author's.
pub(in crate::mail) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', " ");
    let unseen = |c: &char| is_direction(*c) || matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}');
    let blank = |c: char| if c.is_whitespace() && !matches!(c, '\n' | '\t') { ' ' } else { c };
    answer::without_controls(&text).chars().filter(|c| !unseen(c)).map(blank).collect()
}

#[cfg(test)]
mod tests;
