//! Sorts the lines of a mail: typed by its author, or not. One pass over them, in the order in which they stand. What
//! could be a command and stands where nobody can tell makes the whole mail unclear; it never becomes somebody's text.

use super::html::{ATTRIBUTION, MARKS, QUOTE, SIGNATURE};
use super::lines::{End, Lines};
use super::{Unclear, shapes};

/// No more lines are read as commands.
const LINES_MAX: usize = crate::rules::command::LINES_MAX;
/// What HTML marks as an attribution has no more lines.
const ATTRIBUTION_LINES_MAX: usize = 6;

/// RFC 9580 section 6.2. What could not be opened.
const CIPHERTEXT: &str = "-----BEGIN PGP MESSAGE-----";
const CIPHERTEXT_END: &str = "-----END PGP MESSAGE-----";

/// What a text was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Plain,
    /// Where quotes end is known from marks that whoever is quoted may have forged.
    Html,
}

/// What was found so far.
#[derive(Default)]
pub struct Sorting {
    own: String,
    /// All own lines so far would be read as commands, were it not for lines that touch a quote.
    below_top: bool,
    /// An own line would be read: an answer to a question has to be the first.
    told: bool,
    /// An own line that is no command touches a quote: it may be the end of a quoted line that somebody wrapped.
    top_touches: bool,
    ended: Option<End>,
    /// Something is not the author's own.
    seen_quote: bool,
    /// A mail that came along stands before what follows: that may belong to it.
    after_mail: bool,
    closed: bool,
    /// Something was typed before the first quote.
    above: bool,
    /// What would be read and stands below a quote.
    below_quote: Vec<String>,
    doubt: Option<(Unclear, String)>,
    /// The first commands in what is not typed: forwarded, or otherwise.
    forwarded: Option<String>,
    quoted: Option<String>,
}

/// The outcome.
pub struct Sorted {
    pub text: String,
    pub unclear: Option<Unclear>,
    pub doubtful: String,
}

impl Sorting {
    /// A part that nobody here can read.
    pub fn closed(&mut self) {
        self.closed = true;
    }

    /// A mail that came along.
    pub fn mail(&mut self) {
        self.after_mail = true;
    }

    pub fn has_below_quote(&self) -> bool {
        !self.below_quote.is_empty()
    }

    /// What was typed in the other form of the same text: what stands below a quote has to be in it.
    pub fn confirm(&mut self, typed: &str) {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let typed: Vec<String> = typed.lines().map(words).collect();
        // The plain form may be wrapped.
        let known = |line: &String| typed.iter().any(|typed| typed.starts_with(&words(line)));
        if let Some(line) = self.below_quote.iter().find(|line| !known(line)) {
            self.doubt.get_or_insert((Unclear::BesideQuote, line.clone()));
        }
    }

    /// Text in which nobody can tell what is quoted.
    pub fn too_large(&mut self, text: &str) {
        let found = text.lines().find(|line| shapes::is_command(line)).unwrap_or_default();
        self.doubt.get_or_insert((Unclear::TooLarge, found.trim().to_owned()));
    }

    /// Text that is known to be a quote.
    pub fn pass_over(&mut self, text: &str) {
        for line in text.lines() {
            self.skip(line);
        }
    }

    /// The next text of the mail.
    pub fn take(&mut self, text: &str, source: Source) {
        let lines = Lines::of(text.get(..text.floor_char_boundary(super::TEXT_BYTES_MAX)).unwrap_or_default());
        let behind = self.after_mail || self.seen_quote || !self.own.trim().is_empty();
        self.gap();
        let mut touching = false;
        let mut expecting = false; // The quote under its attribution.
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            let mut taken = 1;
            let marked = line.trim().chars().next().filter(|c| source == Source::Html && MARKS.contains(c));
            if self.ended.is_some() {
                self.skip(line);
            } else if line.trim().is_empty() {
                self.gap();
                touching = false;
            } else if let Some(mark) = marked {
                self.quote_begins(line);
                match mark {
                    SIGNATURE => self.ended = Some(End::Signature),
                    ATTRIBUTION => taken = self.attributed(&lines, at),
                    _ => {}
                }
                self.gap();
            } else if shapes::is_quote(line) || ((touching || expecting) && shapes::is_weak_quote(line)) {
                self.skip(line);
                self.gap();
                // Supercite marks the line above a quote, too.
                (touching, expecting) = (true, line.trim_end().ends_with(':'));
            } else if line.trim() == CIPHERTEXT {
                self.closed = true;
                let rest = lines.from(at);
                let end = rest.iter().position(|line| line.trim() == CIPHERTEXT_END);
                taken = end.map_or(rest.len(), |end| end + 1);
            } else if let Some(end) = lines.end(at) {
                self.ended = Some(end);
                self.skip(line);
            } else if let Some(found) = lines.attribution(at) {
                taken = found.lines;
                for line in lines.from(at).iter().take(taken) {
                    self.skip(line);
                }
                self.gap();
                if !found.marked {
                    self.ended = Some(End::Quoted);
                }
                (touching, expecting) = (true, true);
            } else if lines.is_advertisement(at) {
                self.gap();
            } else {
                expecting = false;
                let telling = shapes::is_telling(line);
                // A quote without marks whose first lines are themselves a quote cannot be told from one that ends.
                let below = self.seen_quote && (source == Source::Html || (self.above && !self.below_top));
                let near = touching || below;
                let doubt = match () {
                    () if !telling => None,
                    () if behind => Some(Unclear::Behind),
                    () if near || self.top_touches || lines.leads_to_quote(at) => Some(Unclear::BesideQuote),
                    () => None,
                };
                self.keep(line, telling, doubt, touching);
            }
            at += taken;
        }
    }

    /// The line above a quote that HTML marks: until the quote. How many lines that takes.
    fn attributed(&mut self, lines: &Lines<'_>, at: usize) -> usize {
        let rest = lines.from(at);
        let marked = |line: &&str| line.trim().starts_with([QUOTE, SIGNATURE]) || shapes::is_quote(line);
        let taken = rest.iter().position(marked).unwrap_or(rest.len());
        // Gmail marks the header of what it forwards like an attribution.
        let ends = (at..at + taken).find_map(|at| lines.end(at).filter(|end| *end != End::Signature));
        let distant = rest.iter().take(taken).filter(|line| !line.trim().is_empty()).count() > ATTRIBUTION_LINES_MAX;
        self.ended = ends.or((distant || taken == rest.len()).then_some(End::Quoted));
        for line in rest.iter().take(taken) {
            self.skip(line);
        }
        taken.max(1)
    }

    fn keep(&mut self, line: &str, telling: bool, doubt: Option<Unclear>, touching: bool) {
        let command = shapes::is_marked(line);
        // A command further down is no command; but in doubt, who typed it has to hear that it is not obeyed.
        let first = !self.below_top && !self.told;
        if let Some(doubt) = doubt.filter(|_| first || command) {
            let better = self.doubt.as_ref().is_none_or(|(_, known)| command && !shapes::is_marked(known));
            if better {
                self.doubt = Some((doubt, line.trim().to_owned()));
            }
        }
        if telling && self.seen_quote && !self.below_top && self.below_quote.len() < LINES_MAX {
            self.below_quote.push(line.trim().to_owned());
        }
        self.told |= telling;
        self.top_touches |= !telling && touching;
        self.below_top |= !telling && !touching;
        self.own.extend(line.trim_end().chars().filter(|c| !MARKS.contains(c)));
        self.own.push('\n');
    }

    fn skip(&mut self, line: &str) {
        self.quote_begins(line);
        let said = shapes::unquoted(line);
        let found = match self.ended {
            Some(End::Forwarded) => &mut self.forwarded,
            _ => &mut self.quoted,
        };
        if found.is_none() && shapes::is_command(said) {
            *found = Some(said.to_owned());
        }
    }

    fn quote_begins(&mut self, line: &str) {
        if !self.seen_quote && !line.trim().is_empty() {
            self.seen_quote = true;
            self.above = !self.own.trim().is_empty();
        }
    }

    /// An empty line; one is enough.
    fn gap(&mut self) {
        if !self.own.is_empty() && !self.own.ends_with("\n\n") {
            self.own.push('\n');
        }
    }

    pub fn end(self) -> Sorted {
        let text = self.own.trim_matches('\n').trim_end();
        // A rule that a program drew above the mail it answers.
        let ruled = |c: char| c.is_whitespace() || "-_=*".contains(c);
        let nothing = text.trim_matches(ruled).is_empty();
        let unclear = |unclear, doubtful: Option<String>| Sorted {
            text: String::new(),
            unclear: Some(unclear),
            doubtful: doubtful.unwrap_or_default(),
        };
        match (self.doubt, self.forwarded) {
            (Some((doubt, line)), _) => unclear(doubt, Some(line)),
            (None, Some(line)) if !begins_with_command(text) => unclear(Unclear::Forwarded, Some(line)),
            _ if !nothing => Sorted { text: text.to_owned(), unclear: None, doubtful: String::new() },
            _ if self.closed => unclear(Unclear::Unreadable, None),
            _ if self.seen_quote => unclear(Unclear::NothingTyped, self.quoted),
            _ => unclear(Unclear::Empty, None),
        }
    }
}

fn begins_with_command(text: &str) -> bool {
    text.lines().next().is_some_and(shapes::is_command)
}
