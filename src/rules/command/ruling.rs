//! What the team says of an application: the lines at the top of an answer, all of them or none. Nothing is guessed:
//! what may mean two things stops all. Who may say it, and whether it can be done, is decided elsewhere.

use std::fmt;

use super::read::{is_blank, misread, plain, repeated, trimmed, unmarked};
use super::verdict::is_around;
use super::{LINES_MAX, Misread, TYPED_CHARACTERS_MAX};
use crate::mail::headers::one_line;
use crate::rules::nearest::nearest;

/// Of the applicant's words, or why something is missing.
const WORDS_CHARACTERS_MAX: usize = 2_000;
/// Of a reason or a question; what is longer belongs on a page of its own.
const TEXT_CHARACTERS_MAX: usize = 10_000;

/// One thing the team says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// `found ITEM WORDS`: the applicant's own words that show it.
    Found {
        item: String,
        words: String,
    },
    /// `missing ITEM WHY`
    Missing {
        item: String,
        why: String,
    },
    /// `ask QUESTION`
    Ask(String),
    Accept,
    /// `reject REASON`
    Reject(String),
    /// The applicant asked for it.
    Withdraw,
    /// `send current`, `send none`: whether a new member gets what is under embargo now.
    Send(Which),
}

/// What a new member gets of the advisories that are under embargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Current,
    None,
}

impl Ruling {
    /// The word it begins with.
    pub fn verb(&self) -> &'static str {
        match self {
            Ruling::Found { .. } => "found",
            Ruling::Missing { .. } => "missing",
            Ruling::Ask(_) => "ask",
            Ruling::Accept => "accept",
            Ruling::Reject(_) => "reject",
            Ruling::Withdraw => "withdraw",
            Ruling::Send(_) => "send",
        }
    }

    /// Whether others may follow it: what is said of an item does not end anything.
    fn is_of_an_item(&self) -> bool {
        matches!(self, Ruling::Found { .. } | Ruling::Missing { .. })
    }
}

/// As it is typed; `rulings` understands it.
impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())?;
        match self {
            Ruling::Found { item, words } => write!(f, " {item} {words}"),
            Ruling::Missing { item, why } => write!(f, " {item} {why}"),
            Ruling::Ask(text) | Ruling::Reject(text) => write!(f, " {text}"),
            Ruling::Send(Which::Current) => f.write_str(" current"),
            Ruling::Send(Which::None) => f.write_str(" none"),
            Ruling::Accept | Ruling::Withdraw => Ok(()),
        }
    }
}

/// A ruling, and the line it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulingLine {
    /// As it was typed, at most 200 characters of it.
    pub typed: String,
    pub ruling: Ruling,
}

/// All that a mail says of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rulings {
    /// The application that the text itself names, in a line of its own before all: `application 7`.
    pub application: Option<i64>,
    pub lines: Vec<RulingLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Found,
    Missing,
    Ask,
    Accept,
    Reject,
    Withdraw,
    Send,
}

const VERBS: [(&str, Verb); 7] = [
    ("accept", Verb::Accept),
    ("reject", Verb::Reject),
    ("ask", Verb::Ask),
    ("found", Verb::Found),
    ("missing", Verb::Missing),
    ("withdraw", Verb::Withdraw),
    ("send", Verb::Send),
];
/// What people type instead.
const LIKE_ONE: [&str; 19] = [
    "yes", "yep", "no", "nope", "ok", "okay", "sure", "agree", "agreed", "approve", "approved", "accepted", "rejected",
    "refuse", "decline", "declined", "confirm", "+1", "-1",
];
/// Longer lines are text.
const WORDS_OF_A_SHORT_LINE: usize = 4;
/// None of the words is nearly as long.
const WORD_BYTES_MAX: usize = 40;

const USAGES: &str = "- accept
- reject REASON
- ask QUESTION
- found ITEM WORDS (of the applicant's, which show it)
- missing ITEM WHY
- withdraw (the applicant asked for it)

At the top of your mail, one in a line.";
const APPLICATION_USAGE: &str =
    "- application NUMBER\n  Names the application that you mean: the first line of all, once.";

impl Verb {
    fn usage(self) -> &'static str {
        match self {
            Verb::Found => {
                "- found ITEM WORDS\n  Words of the applicant's own mails that show it, or the link in them."
            }
            Verb::Missing => "- missing ITEM WHY\n  The applicant and the list read why.",
            Verb::Ask => "- ask QUESTION\n  It goes to the list and the applicant, with all that stands below it.",
            Verb::Accept => "- accept\n  Alone in its line, and an empty line below it.",
            Verb::Reject => "- reject REASON\n  It goes to the list and the applicant, with all that stands below it.",
            Verb::Withdraw => "- withdraw\n  Alone in its line, and an empty line below it.",
            Verb::Send => "- send current\n- send none",
        }
    }

    fn takes_text(self) -> bool {
        matches!(self, Verb::Found | Verb::Missing | Verb::Ask | Verb::Reject)
    }

    /// Takes all that stands below it, too, if nothing else follows.
    fn takes_all(self) -> bool {
        matches!(self, Verb::Ask | Verb::Reject)
    }
}

/// A line that begins with a verb, and the lines right below that go on with it.
struct Head<'a> {
    line: &'a str,
    verb: Verb,
    /// The verb is a word of a sentence: “ask, then” and “accept?”.
    in_sentence: bool,
    text: Vec<&'a str>,
}

/// What stands at the top of a text about an application with these items; `None`: nothing of the kind.
pub fn rulings(own: &str, items: &[&str]) -> Option<Result<Rulings, Misread>> {
    let block = match Block::read(own) {
        Ok(block) => block,
        Err(problem) => return Some(Err(problem)),
    };
    if block.heads.is_empty() {
        return no_verb(own, &block, items).map(Err);
    }
    Some(block.rulings(items))
}

/// What a mail is told that says nothing where something is asked.
pub fn no_ruling() -> Misread {
    misread("", "It does not begin with a word that says what to do.", USAGES)
}

/// The application that a text names in its first line, whatever follows.
pub fn named_application(own: &str) -> Option<i64> {
    application_in(own.lines().find(|line| !is_blank(line))?)
}

/// The leading lines that say something, and what stands below them.
struct Block<'a> {
    application: Option<(i64, &'a str)>,
    heads: Vec<Head<'a>>,
    /// With the empty lines between.
    below: Vec<&'a str>,
}

impl<'a> Block<'a> {
    fn read(own: &'a str) -> Result<Self, Misread> {
        let mut block = Self { application: None, heads: Vec::new(), below: Vec::new() };
        let mut lines = own.lines().peekable();
        let mut gap = true;
        while let Some(&line) = lines.peek() {
            if is_blank(line) {
                gap = true;
            } else if let Some(number) = application_in(line) {
                if block.application.is_some() || !block.heads.is_empty() {
                    return Err(misread(
                        line,
                        "An application is named in the first line, and once.",
                        APPLICATION_USAGE,
                    ));
                }
                (block.application, gap) = (Some((number, line)), true);
            } else if let Some(head) = head(line) {
                if block.heads.len() >= LINES_MAX {
                    let problem = format!("A mail may say {LINES_MAX} things, and this is one more.");
                    return Err(misread(line, &problem, "- less; write the rest in another mail"));
                }
                block.heads.push(head);
                gap = false;
            } else {
                match block.heads.last_mut().filter(|_| !gap && !is_quote(line)) {
                    Some(last) if last.verb.takes_text() => last.text.push(trimmed(line)),
                    Some(last) => {
                        let problem = format!(
                            "“{}” stands right below it, and may belong to it. If not, leave an empty line between.",
                            repeated(trimmed(line))
                        );
                        return Err(misread(last.line, &problem, last.verb.usage()));
                    }
                    None => break,
                }
            }
            lines.next();
        }
        block.below = lines.take_while(|line| !is_quote(line)).collect();
        Ok(block)
    }

    fn rulings(&self, items: &[&str]) -> Result<Rulings, Misread> {
        let mut rulings = Rulings { application: self.application.map(|(number, _)| number), lines: Vec::new() };
        for (index, head) in self.heads.iter().enumerate() {
            let below = if index + 1 == self.heads.len() { self.below.as_slice() } else { &[] };
            let wrong = |problem: String| misread(head.line, &problem, head.verb.usage());
            let ruling = head.ruling(below, items).map_err(wrong)?;
            self.fits(&rulings, &ruling, head)?;
            rulings.lines.push(RulingLine { typed: one_line(head.line, TYPED_CHARACTERS_MAX), ruling });
        }
        match self.below.iter().find(|line| is_ruling(line, items)) {
            Some(line) => {
                Err(misread(line, "It stands below other text. Move it up; else put it into a sentence.", USAGES))
            }
            None => Ok(rulings),
        }
    }

    /// Whether a ruling may follow the others.
    fn fits(&self, before: &Rulings, ruling: &Ruling, head: &Head<'_>) -> Result<(), Misread> {
        let item = |ruling: &Ruling| match ruling {
            Ruling::Found { item, .. } | Ruling::Missing { item, .. } => Some(item.clone()),
            _ => None,
        };
        let same = |line: &&RulingLine| item(&line.ruling).is_some() && item(&line.ruling) == item(ruling);
        if let Some(line) = before.lines.iter().find(|line| !line.ruling.is_of_an_item()) {
            let problem = format!("It follows “{}”, which has to be the last.", line.ruling.verb());
            return Err(misread(head.line, &problem, USAGES));
        }
        if let Some(line) = before.lines.iter().find(same) {
            let problem = format!("The same item is in “{}”.", repeated(&line.typed));
            return Err(misread(head.line, &problem, head.verb.usage()));
        }
        match matches!(ruling, Ruling::Send(_)) && !before.lines.is_empty() {
            true => Err(misread(head.line, "It stands alone, with nothing before it.", head.verb.usage())),
            false => Ok(()),
        }
    }
}

impl Head<'_> {
    fn ruling(&self, below: &[&str], items: &[&str]) -> Result<Ruling, String> {
        if self.in_sentence {
            return Err("It reads like a word of a sentence.".to_owned());
        }
        Ok(match self.verb {
            Verb::Accept => self.alone(Ruling::Accept)?,
            Verb::Withdraw => self.alone(Ruling::Withdraw)?,
            Verb::Ask => Ruling::Ask(self.all(below)?),
            Verb::Reject => Ruling::Reject(self.all(below)?),
            Verb::Found => {
                let (item, words) = self.of_an_item(items)?;
                Ruling::Found { item, words }
            }
            Verb::Missing => {
                let (item, why) = self.of_an_item(items)?;
                Ruling::Missing { item, why }
            }
            Verb::Send => match plain(self.first()).trim_matches(is_around).to_lowercase().as_str() {
                "current" => Ruling::Send(Which::Current),
                "none" => Ruling::Send(Which::None),
                _ => return Err("It does not say what: “current” or “none”.".to_owned()),
            },
        })
    }

    /// What stands behind the verb in its line.
    fn first(&self) -> &str {
        self.text.first().copied().unwrap_or_default()
    }

    fn alone(&self, ruling: Ruling) -> Result<Ruling, String> {
        match self.first().chars().all(is_around) {
            true => Ok(ruling),
            false => Err(format!("Nothing may stand behind “{}” in its line.", ruling.verb())),
        }
    }

    /// The text right behind the verb, and all that stands below.
    fn all(&self, below: &[&str]) -> Result<String, String> {
        let mut lines = self.text.clone();
        if self.verb.takes_all() && !below.is_empty() {
            lines.push("");
            lines.extend_from_slice(below);
        }
        let text = lines.join("\n").trim_matches(|c: char| c.is_whitespace()).to_owned();
        match text.chars().count() {
            0 => Err("There is no text.".to_owned()),
            length if length > TEXT_CHARACTERS_MAX => {
                Err(format!("The text has {length} characters; it may have {TEXT_CHARACTERS_MAX}."))
            }
            _ => Ok(text),
        }
    }

    /// The item, and the words about it.
    fn of_an_item(&self, items: &[&str]) -> Result<(String, String), String> {
        let text = plain(&self.text.join(" "));
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let named = word.trim_matches(is_around).to_lowercase();
        if named.is_empty() {
            return Err(format!("It does not say of which item. There are: {}.", items.join(", ")));
        }
        let Some(item) = items.iter().find(|item| **item == named) else {
            let meant = nearest(&named, items.iter().copied());
            let meant = meant.map_or(String::new(), |near| format!("; did you mean “{near}”?"));
            let dot = if meant.is_empty() { "." } else { "" };
            let shown = repeated(&named);
            return Err(format!("There is no item “{shown}”{meant}{dot} There are: {}.", items.join(", ")));
        };
        let words = unquoted(rest.trim_start_matches([':', '-', '–', '—', ' ']).trim());
        match (words.chars().count(), self.verb) {
            (0, Verb::Found) => Err("It does not say which words of the applicant's show it.".to_owned()),
            (0, _) => Err("It does not say why.".to_owned()),
            (length, _) if length > WORDS_CHARACTERS_MAX => {
                Err(format!("That are {length} characters; there may be {WORDS_CHARACTERS_MAX}."))
            }
            _ => Ok(((*item).to_owned(), words.to_owned())),
        }
    }
}

/// Why a text that says nothing seems to be meant to.
fn no_verb(own: &str, block: &Block<'_>, items: &[&str]) -> Option<Misread> {
    if let Some(line) = own.lines().take_while(|line| !is_quote(line)).find(|line| is_ruling(line, items)) {
        return Some(misread(line, "It stands below other text; it has to stand at the top.", USAGES));
    }
    if let Some((_, line)) = block.application {
        return Some(misread(line, "It names an application, and nothing follows.", USAGES));
    }
    let line = own.lines().find(|line| !is_blank(line)).filter(|line| !is_quote(line))?;
    let words = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    let first = words.split(' ').next().unwrap_or_default().trim_matches(is_around);
    let is_short = words.split(' ').count() <= WORDS_OF_A_SHORT_LINE;
    if is_short && LIKE_ONE.contains(&first) {
        return Some(misread(line, "That is not clear enough.", USAGES));
    }
    let near = (first.len() <= WORD_BYTES_MAX).then(|| nearest(first, VERBS.iter().map(|(word, _)| *word))).flatten();
    match near {
        Some(near) => Some(misread(line, &format!("Did you mean “{near}”?"), USAGES)),
        None if unmarked(line).is_some() => Some(misread(line, "That is none of the words.", USAGES)),
        None => None,
    }
}

fn head(line: &str) -> Option<Head<'_>> {
    let body = unmarked(line).unwrap_or_else(|| trimmed(line));
    let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let in_sentence = word.contains(['?', ',', ';']);
    let word = word.trim_matches(is_around).to_lowercase();
    let (_, verb) = VERBS.iter().find(|(known, _)| *known == word)?;
    let rest = trimmed(rest).trim_start_matches([':', '-', '–', '—']).trim_start();
    Some(Head { line, verb: *verb, in_sentence, text: vec![rest] })
}

/// Whether a line is surely meant to act, wherever it stands: a verb that stands alone, or one with an item. A question and
/// a reason may be anything.
pub fn is_ruling(line: &str, items: &[&str]) -> bool {
    let Some(head) = head(line).filter(|head| !head.in_sentence) else { return false };
    match head.verb {
        Verb::Accept | Verb::Withdraw => head.first().chars().all(is_around),
        Verb::Found | Verb::Missing => head.of_an_item(items).is_ok(),
        Verb::Send => head.ruling(&[], items).is_ok(),
        Verb::Ask | Verb::Reject => unmarked(line).is_some(),
    }
}

/// `application 7`, in a line of its own; also `!application #7.`
fn application_in(line: &str) -> Option<i64> {
    let words = plain(unmarked(line).unwrap_or(line)).to_lowercase();
    let number = words.strip_prefix("application")?.strip_prefix([' ', ':'])?;
    super::read::number(number).map(|number| number.0)
}

/// Own text has none; nothing of one acts all the same.
fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '»'])
}

/// Without a pair of quotation marks around all of it.
fn unquoted(text: &str) -> &str {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];
    let inner = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    PAIRS.iter().find_map(inner).map_or(text, str::trim)
}

#[cfg(test)]
mod tests;
