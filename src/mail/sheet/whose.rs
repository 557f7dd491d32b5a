//! Whose words each line holds: quotes by their marks, what stands above and below them, signatures, what lists add. One
//! pass over the lines; what plain text and HTML bring is sorted alike.

use super::{By, Line, Shown, marks};
use crate::mail::own::lines::{End, Lines};
use crate::mail::own::shapes;
use crate::mail::quoting;

/// Below "Best regards," or two dashes stand a name, a job, an address, a disclaimer: not the rest of an application.
const SIGNATURE_LINES_MAX: usize = 12;
/// What a list draws a line above.
const FOOTER_LINES_MAX: usize = 8;
/// Words of it.
const FOOTER_WORDS: &[&str] = &["mailing list", "unsubscribe", "listinfo", "list archive", "to leave send", "list-"];

/// The lines, numbered behind `before` others.
pub fn sorted(shown: Vec<Shown>, before: usize) -> Vec<Line> {
    let text: Vec<String> = shown.iter().map(marked).collect();
    let text = text.join("\n");
    let lines = Lines::of(&text);
    let mut sorting = Sorting { lines: &lines, ended: None, block: None, touching: false };
    let mut by: Vec<By> = Vec::with_capacity(shown.len());
    while by.len() < shown.len() {
        let at = by.len();
        let (whose, taken) = match shown.get(at).and_then(|line| line.by) {
            Some(whose) => (whose, 1),
            None => sorting.next(at),
        };
        by.extend(std::iter::repeat_n(whose, taken.clamp(1, shown.len() - at)));
    }
    let underlined: Vec<bool> = (0..shown.len()).map(|at| is_underlined(&shown, &by, at)).collect();
    let line = |(((index, line), by), underlined): (((usize, Shown), By), bool)| {
        let quoted = matches!(by, By::Quoted | By::Forwarded);
        let text = if quoted && line.by.is_none() { unquoted(&line.text) } else { line.text.as_str() };
        let (text, strong) = marks::unmarked(text);
        Line { number: before + index + 1, text, by, strong: strong || line.strong || underlined }
    };
    shown.into_iter().enumerate().zip(by).zip(underlined).map(line).collect()
}

/// As plain text shows it: attributions are known by the quote below them.
fn marked(line: &Shown) -> String {
    if line.by == Some(By::Quoted) { format!("> {}", line.text) } else { line.text.clone() }
}

/// Only quote marks go: a bullet in a quote stays.
fn unquoted(line: &str) -> &str {
    if shapes::is_quote(line) { shapes::unquoted(line) } else { line }
}

/// How people end a letter, also those who translate how they do it at home; letters only.
const CLOSINGS: &[&str] = &[
    "allthebest",
    "atentamente",
    "bestwishes",
    "br",
    "comosmelhorescumprimentos",
    "cordially",
    "kindestregards",
    "manythanks",
    "respectfully",
    "rgds",
    "salutations",
    "saludos",
    "sincerelyyours",
    "thankingyou",
    "thanksagain",
    "thanksandregards",
    "thanksinadvance",
    "thankyouverymuch",
    "thx",
    "warmregards",
    "withbestregards",
    "withbestwishes",
    "withfriendlygreetings",
    "withregards",
    "withrespect",
    "yoursfaithfully",
    "yourstruly",
    "besteregards",
    "ciao",
    "hälsningar",
    "medvänligahälsningar",
    "mvh",
    "met vriendelijkegroet",
    "pozdrawiam",
    "distintisaluti",
];

fn is_closing(line: &str) -> bool {
    let short = line.len() <= 60;
    let letters = || line.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect::<String>();
    quoting::is_closing(line) || (short && CLOSINGS.contains(&letters().as_str()))
}

fn is_underlined(shown: &[Shown], by: &[By], at: usize) -> bool {
    let words = |at: usize| shown.get(at).map(|line| unquoted(&line.text).trim()).unwrap_or_default();
    let has_words = words(at).chars().any(char::is_alphabetic) && !marks::is_underline(words(at));
    has_words && by.get(at) == by.get(at + 1) && marks::is_underline(words(at + 1))
}

struct Sorting<'a> {
    lines: &'a Lines<'a>,
    /// What everything without quote marks belongs to from here on.
    ended: Option<By>,
    /// The line at which a signature without a mark ends.
    block: Option<usize>,
    /// The line before was quoted.
    touching: bool,
}

impl Sorting<'_> {
    /// Whose line this is, and how many that holds for.
    fn next(&mut self, at: usize) -> (By, usize) {
        let line = self.lines.get(at).unwrap_or_default();
        if line.trim().is_empty() {
            self.touching = false;
            return (self.ended.unwrap_or(By::Author), 1);
        }
        if shapes::is_quote(line) || (self.touching && shapes::is_weak_quote(line)) {
            self.touching = true;
            return (if self.ended == Some(By::Forwarded) { By::Forwarded } else { By::Quoted }, 1);
        }
        self.touching = false;
        if self.block.is_some_and(|end| at >= end) {
            (self.block, self.ended) = (None, None);
        }
        if let Some(ended) = self.ended {
            let deeper = (ended == By::Signature).then(|| self.end(at)).flatten();
            self.ended = Some(deeper.unwrap_or(ended));
            return (self.ended.unwrap_or(ended), 1);
        }
        if let Some(ended) = self.end(at) {
            self.ended = Some(ended);
            return (ended, 1);
        }
        if let Some(found) = self.lines.attribution(at) {
            if !found.marked {
                self.ended = Some(By::Quoted);
            }
            self.touching = true;
            return (By::Quoted, found.lines);
        }
        if self.lines.is_advertisement(at) {
            return (By::Signature, 1);
        }
        if is_closing(line) {
            self.closing(at);
        }
        (By::Author, 1)
    }

    /// What ends here all that is the author's own, if something does.
    fn end(&self, at: usize) -> Option<By> {
        let line = self.lines.get(at)?;
        match self.lines.end(at)? {
            End::Forwarded => Some(By::Forwarded),
            // Exactly the mark (RFC 3676 section 4.3), or one above few lines; else it divides what somebody wrote.
            End::Signature => (line == "-- " || self.few(at + 1)).then_some(By::Signature),
            End::Quoted if shapes::is_rule(line) => self.is_footer(at + 1).then_some(By::Signature).or_else(|| {
                let below =
                    (at + 1..).take(3).find(|at| self.lines.get(*at).is_some_and(|line| !line.trim().is_empty()));
                below.filter(|at| self.lines.end(*at) == Some(End::Quoted)).map(|_| By::Quoted)
            }),
            End::Quoted if shapes::is_footer(line) => Some(By::Signature),
            End::Quoted => Some(By::Quoted),
        }
    }

    /// Whether no more lines follow than a signature has.
    fn few(&self, from: usize) -> bool {
        let own =
            |at: &usize| self.lines.get(*at).is_some_and(|line| !shapes::is_quote(line) && !shapes::is_rule(line));
        let rest =
            (from..).take_while(own).filter(|at| self.lines.get(*at).is_some_and(|line| !line.trim().is_empty()));
        rest.take(SIGNATURE_LINES_MAX + 1).count() <= SIGNATURE_LINES_MAX
    }

    fn is_footer(&self, from: usize) -> bool {
        let says = |line: &&str| {
            let line = line.get(..line.floor_char_boundary(300)).unwrap_or_default().to_lowercase();
            FOOTER_WORDS.iter().any(|words| line.contains(words))
        };
        self.lines.from(from).iter().take(FOOTER_LINES_MAX).any(says)
    }

    /// Below "Best regards,": all, when it is little; a postscript is the author's again. Else the lines right below.
    fn closing(&mut self, at: usize) {
        let postscript = |line: &&str| -> bool {
            let start: String = line.trim().chars().filter(|c| c.is_alphanumeric()).take(3).collect();
            let marked = line.trim().to_lowercase();
            start.to_lowercase().starts_with("ps")
                && ["ps:", "ps.", "p.s", "ps ", "pps"].iter().any(|ps| marked.starts_with(ps))
        };
        let rest = self.lines.from(at + 1);
        let end = if self.few(at + 1) {
            rest.iter().position(postscript).unwrap_or(rest.len())
        } else {
            rest.iter().take(SIGNATURE_LINES_MAX).position(|line| line.trim().is_empty()).unwrap_or(0)
        };
        if end > 0 {
            (self.block, self.ended) = (Some(at + 1 + end), Some(By::Signature));
        }
    }
}
