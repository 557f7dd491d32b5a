//! What the judges of all items stand on: the mail put beside the questions, its sentences, what its author declares. Each
//! item is judged by a file of its own.

use std::cell::OnceCell;

use super::applicant::Applicant;
use super::heads::Heads;
use super::sections::{Chunk, Sections, sections};
use super::words::{Phrases, Word, words};
use super::{
    Checklist, Finding, Findings, Item, Kind, Status, Writer, alias, denials, domains, evidence, links, owned, plain,
    statement,
};
use crate::mail::sheet::{By, Sheet};

const QUOTE_CHARACTERS_MAX: usize = 200;
/// A place in a line is known by so many characters.
const QUOTE_KEY_CHARACTERS: usize = 80;
/// More than these nobody writes; the rest is not read.
const SENTENCES_MAX: usize = 10_000;

/// A sentence of the author.
pub struct Said {
    pub chunk: usize,
    /// Where it begins in its chunk.
    pub at: usize,
    pub text: String,
    pub words: Vec<Word>,
}

/// A place in the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub chunk: usize,
    pub at: usize,
}

pub struct Ground<'a> {
    pub checklist: &'a Checklist,
    pub sheet: &'a Sheet,
    pub writer: &'a Writer,
    pub heads: Heads<'a>,
    pub sections: Sections,
    pub said: Vec<Said>,
    /// Of each item, the words that answer it without its question.
    pub cues: Vec<Phrases>,
    pub owned: owned::Owned,
    /// Every link with the items its own words name.
    pub linked: OnceCell<Vec<(Vec<usize>, evidence::Candidate)>>,
    /// Of each chunk, whether it has words of the applicant's own.
    own: Vec<bool>,
}

impl<'a> Ground<'a> {
    pub fn of(checklist: &'a Checklist, sheet: &'a Sheet, writer: &'a Writer) -> Self {
        let heads = Heads::of(checklist);
        let sections = sections(sheet, &heads, checklist.items.len());
        let mut said = Vec::new();
        for (chunk, text) in sections.chunks.iter().enumerate().filter(|(_, text)| !denials::is_unfilled(&text.text)) {
            for (at, text) in text.sentences() {
                if said.len() >= SENTENCES_MAX {
                    break;
                }
                said.push(Said { chunk, at, text: text.to_owned(), words: words(&links::masked(text)) });
            }
        }
        let cues = checklist
            .items
            .iter()
            .map(|item| Phrases::of(checklist.cues.get(&item.id).into_iter().flatten()))
            .collect();
        let owned = owned::Owned::default();
        let is_own = |chunk: &Chunk| !heads.echoes(&chunk.text) && !denials::is_unfilled(&chunk.text);
        let own = sections.chunks.iter().map(is_own).collect();
        Self { checklist, sheet, writer, heads, sections, said, cues, owned, linked: OnceCell::new(), own }
    }

    pub fn findings(mut self, earlier: &Findings) -> Findings {
        let kinds: Vec<(usize, Kind)> = self.checklist.items.iter().map(|item| item.kind).enumerate().collect();
        // What is theirs is known by their name and their domains.
        let mut found: Vec<Option<Finding>> = vec![None; kinds.len()];
        let judge = |ground: &Self, wanted: &[Kind], found: &mut Vec<Option<Finding>>, applicant: &Applicant| {
            for (index, kind) in kinds.iter().filter(|(_, kind)| wanted.contains(kind)) {
                let finding = ground.judge(*index, *kind, applicant);
                if let Some(slot) = found.get_mut(*index) {
                    *slot = Some(finding);
                }
            }
        };
        let unknown = Applicant::default();
        judge(&self, &[Kind::Text, Kind::Domains], &mut found, &unknown);
        self.owned = owned::Owned::of(&self, found.iter().flatten().chain(&earlier.items));
        judge(&self, &[Kind::Link], &mut found, &unknown);
        let applicant = Applicant::of(&self, &found);
        judge(&self, &[Kind::Text, Kind::Address, Kind::Statement], &mut found, &applicant);
        let items =
            found.into_iter().flatten().enumerate().map(|(index, finding)| self.required(index, finding, &applicant));
        Findings { items: items.collect() }
    }

    fn judge(&self, index: usize, kind: Kind, applicant: &Applicant) -> Finding {
        match kind {
            Kind::Text => plain::judge(self, index, applicant),
            Kind::Domains => domains::judge(self, index),
            Kind::Link => evidence::judge(self, index),
            Kind::Address => alias::judge(self, index),
            Kind::Statement => statement::judge(self, index),
        }
    }

    fn required(&self, index: usize, mut finding: Finding, applicant: &Applicant) -> Finding {
        let Some(item) = self.item(index) else { return finding };
        finding.required = applicant.needs(&item.required);
        // Who is no hosting provider and says so under that question owes nothing there.
        let conditional = self.checklist.kinds.contains_key(&item.required);
        if conditional && !finding.required && finding.status == Status::Unclear && self.is_denied(index) {
            finding = Finding { required: false, ..self.missing(index, "It is not asked of this applicant.") };
        }
        finding
    }

    fn is_denied(&self, index: usize) -> bool {
        let mut answers = self.sections.answers(index).peekable();
        answers.peek().is_some() && answers.all(|chunk| links::links(&chunk.text).is_empty())
    }

    pub fn item(&self, index: usize) -> Option<&'a Item> {
        self.checklist.items.get(index)
    }

    pub fn chunk(&self, index: usize) -> Option<&Chunk> {
        self.sections.chunks.get(index)
    }

    /// The answers of an item, with their numbers. A form's own words are none.
    pub fn answers(&self, item: usize) -> Vec<(usize, &Chunk)> {
        let of = |(_, chunk): &(usize, &Chunk)| chunk.under.contains(&item);
        let own = |(index, _): &(usize, &Chunk)| self.own.get(*index).copied().unwrap_or_default();
        self.sections.chunks.iter().enumerate().filter(of).filter(own).collect()
    }

    /// Whether a text under a question of this kind stands in the chunk.
    pub fn is_under(&self, chunk: usize, kind: Kind) -> bool {
        let under = self.chunk(chunk).map(|chunk| chunk.under.as_slice()).unwrap_or_default();
        under.iter().any(|item| self.item(*item).is_some_and(|item| item.kind == kind))
    }

    pub fn is_loose(&self, chunk: usize) -> bool {
        self.chunk(chunk).is_some_and(|chunk| chunk.under.is_empty())
    }

    /// The sentences that a cue of the item stands in, with the byte of their chunk at which it does.
    pub fn cued(&self, item: usize) -> Vec<(&Said, usize)> {
        let Some(cues) = self.cues.get(item) else { return Vec::new() };
        let at = |said: &Said| {
            cues.any(&said.words).and_then(|found| said.words.get(found.from)).map(|word| said.at + word.at)
        };
        self.said.iter().filter_map(|said| Some((said, at(said)?))).collect()
    }

    /// The words of the line at a place, and its number.
    pub fn quote(&self, place: Place) -> (String, usize) {
        let Some(chunk) = self.chunk(place.chunk) else { return (String::new(), 0) };
        let Some(line) = self.sheet.lines.get(chunk.line_at(place.at)) else { return (String::new(), 0) };
        let text = line.text.trim();
        if text.chars().count() <= QUOTE_CHARACTERS_MAX {
            return (text.to_owned(), line.number);
        }
        // Of a long line what stands around the place.
        let rest = chunk.text.get(place.at..).unwrap_or_default();
        let key: String = rest.chars().take(QUOTE_KEY_CHARACTERS).collect();
        let at = text.find(&key).unwrap_or(0);
        let before = text.get(..at).unwrap_or_default().chars().count().saturating_sub(QUOTE_CHARACTERS_MAX / 4);
        (text.chars().skip(before).take(QUOTE_CHARACTERS_MAX).collect::<String>().trim().to_owned(), line.number)
    }

    fn id(&self, index: usize) -> String {
        self.item(index).map(|item| item.id.clone()).unwrap_or_default()
    }

    pub fn found(&self, index: usize, place: Place, values: Vec<String>) -> Finding {
        let (quote, line) = self.quote(place);
        Finding { id: self.id(index), required: false, status: Status::Found, quote, line, why: String::new(), values }
    }

    pub fn unclear(&self, index: usize, place: Place, why: impl Into<String>) -> Finding {
        let finding = self.found(index, place, Vec::new());
        Finding { status: Status::Unclear, why: why.into(), ..finding }
    }

    pub fn missing(&self, index: usize, why: impl Into<String>) -> Finding {
        let asked = self.sections.asked.get(index).copied().flatten().is_some();
        let why = why.into();
        let why = match (why.is_empty(), asked) {
            (true, true) => "The question is there, and no answer of the applicant's own.".to_owned(),
            (true, false) => "The mail does not say it.".to_owned(),
            (false, _) => why,
        };
        Finding {
            id: self.id(index),
            required: false,
            status: Status::Missing,
            quote: String::new(),
            line: 0,
            why,
            values: Vec::new(),
        }
    }

    /// The lines of the signature, with their numbers in the sheet.
    pub fn signature(&self) -> impl Iterator<Item = (usize, &str)> {
        let of = |(_, line): &(usize, &crate::mail::sheet::Line)| line.by == By::Signature;
        self.sheet.lines.iter().enumerate().filter(of).map(|(index, line)| (index, line.text.trim()))
    }
}
