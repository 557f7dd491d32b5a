//! Questions recognised, however they are written: the policy's own words, parts of them, what people make of them. A
//! line is a question when it is made of the words of one; what stands behind it on the line is its answer.

mod telling;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use self::telling::{LIGHT, STOPS, dividers, tells};
use super::Checklist;
use super::Kind;
use super::links;
use super::words::{Word, words};

/// Slips of the pen are looked up so many times; a megabyte of them is no application.
const SLIPS_MAX: usize = 2_000;
const HEAD_BYTES_MAX: usize = 400;
/// "prices https://…"
const LABEL_WORDS_MAX: usize = 4;

const LIGHT_WEIGHT: f32 = 0.35;

/// A question found in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub items: Vec<usize>,
    /// Where its answer begins on the line; the end of the line when there is none.
    pub tail: usize,
    /// Nothing but a link or an address divides it from its answer.
    pub label: bool,
    score: f32,
}

struct Heading {
    item: usize,
    words: HashSet<u16>,
    weight: f32,
    pairs: HashSet<(u16, u16)>,
}

/// The questions of a checklist, ready to be found.
pub struct Heads<'a> {
    checklist: &'a Checklist,
    known: HashMap<String, u16>,
    light: HashSet<u16>,
    /// What the software is called.
    software: HashSet<u16>,
    headings: Vec<Heading>,
    slips: RefCell<HashMap<String, Option<u16>>>,
}

/// The words of a line as a question's: those that tell, in order.
struct Told {
    /// `None`: no question has this word.
    words: Vec<Option<u16>>,
    /// Somebody speaks of themselves.
    own: bool,
    opens_own: bool,
}

impl<'a> Heads<'a> {
    pub fn of(checklist: &'a Checklist) -> Self {
        let mut heads = Self {
            checklist,
            known: HashMap::new(),
            light: HashSet::new(),
            software: HashSet::new(),
            headings: Vec::new(),
            slips: RefCell::default(),
        };
        for (item, headings) in checklist.items.iter().map(|item| &item.headings).enumerate() {
            for heading in headings {
                let telling: Vec<u16> =
                    words(heading).iter().filter(|word| tells(word)).map(|word| heads.learn(&word.stem)).collect();
                let pairs = telling.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
                let words: HashSet<u16> = telling.into_iter().collect();
                let weight = words.iter().map(|word| heads.weight(Some(*word))).sum();
                heads.headings.push(Heading { item, words, weight, pairs });
            }
        }
        heads.software = checklist.partial.software.iter().filter_map(|name| heads.known.get(name)).copied().collect();
        heads
    }

    fn learn(&mut self, stem: &str) -> u16 {
        let next = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        let id = *self.known.entry(stem.to_owned()).or_insert(next);
        if LIGHT.contains(&stem) {
            self.light.insert(id);
        }
        id
    }

    fn weight(&self, word: Option<u16>) -> f32 {
        if word.is_some_and(|word| self.light.contains(&word)) { LIGHT_WEIGHT } else { 1.0 }
    }

    /// Whether a question has this word.
    pub fn knows(&self, stem: &str) -> bool {
        self.known.contains_key(stem)
    }

    fn id(&self, stem: &str) -> Option<u16> {
        if let Some(id) = self.known.get(stem) {
            return Some(*id);
        }
        if stem.len() < 6 {
            return None;
        }
        let mut slips = self.slips.borrow_mut();
        if let Some(known) = slips.get(stem) {
            return *known;
        }
        if slips.len() >= SLIPS_MAX {
            return None;
        }
        let near = |known: &&String| {
            known.len() >= 6
                && known.len().abs_diff(stem.len()) <= 2
                && strsim::damerau_levenshtein(known, stem) <= known.len() / 6
        };
        let found = self.known.keys().filter(near).min().and_then(|known| self.known.get(known)).copied();
        slips.insert(stem.to_owned(), found);
        found
    }

    fn told(&self, text: &str) -> Told {
        let all = words(text);
        let own = |word: &Word| matches!(word.stem.as_str(), "we" | "i" | "our" | "us" | "my");
        // Beside the question in another script stands the same again.
        let latin = |word: &Word| word.stem.chars().any(|c| c < '\u{0370}');
        let both = all.iter().any(|word| latin(word) && tells(word));
        let telling = all.iter().filter(|word| tells(word) && (latin(word) || !both)).map(|word| self.id(&word.stem));
        Told {
            own: all.iter().any(own),
            opens_own: all.first().is_some_and(|word| own(word) || word.stem == "yes"),
            words: telling.collect(),
        }
    }

    /// The question in a line, whose `marked` means that it stands out: bold, numbered, quoted.
    pub fn find(&self, line: &str, marked: bool, quoted: bool) -> Option<Head> {
        if let Some(head) = self.named(line).filter(|_| quoted) {
            return Some(head);
        }
        let masked = links::masked(line);
        let shown = links::marks(line, &masked);
        let reach = masked.get(..masked.floor_char_boundary(HEAD_BYTES_MAX)).unwrap_or_default();
        let mut best: Option<Head> = None;
        let mut consider = |head: Option<Head>| {
            if let Some(head) = head
                && best.as_ref().is_none_or(|best| head.score > best.score + 0.01)
            {
                best = Some(head);
            }
        };
        for (at, length) in dividers(reach) {
            // A question names no link, address or domain.
            if shown.is_some_and(|shown| shown < at) {
                continue;
            }
            let before = reach.get(..at).unwrap_or_default();
            // “Public hosting provider. Anybody …” is an answer, “2. Provider. https://…” a question.
            let ends_sentence = reach.get(at..at + 1) == Some(".") && (!marked || self.told(before).own);
            let head = self.judge(before, at + length, quoted, true).filter(|_| !ends_sentence);
            consider(head.and_then(|head| self.fitting(head, line.get(at + length..).unwrap_or_default())));
        }
        // “prices https://…”: the link divides.
        if let Some(shown) = shown.filter(|shown| *shown > 0) {
            let before = reach.get(..shown.min(reach.len())).unwrap_or_default();
            let label = before.split_whitespace().count() <= LABEL_WORDS_MAX
                && !before.contains(['.', ',', ';', '(', ':', '?']);
            let head =
                label.then(|| self.judge(before, shown, quoted, true)).flatten().filter(|_| !self.told(before).own);
            let head = head.map(|head| Head { label: true, ..head });
            consider(head.and_then(|head| self.fitting(head, line.get(shown..).unwrap_or_default())));
        } else if shown.is_none() && masked.len() == reach.len() {
            let end = masked.trim_end();
            let ends = end.ends_with([':', '?']);
            let plain = !marked && !quoted && !ends;
            let head = self.judge(&masked, line.len(), quoted, !plain);
            // A sentence ends with a full stop, a question of a form seldom.
            let sentence = !quoted && end.ends_with(['.', ',', '!']) && !self.echoes(&masked);
            consider(head.filter(|_| !sentence));
        }
        best
    }

    /// A line of a table of findings, which begins with the item's own name.
    fn named(&self, line: &str) -> Option<Head> {
        let (first, rest) = line.trim().split_once("  ")?;
        let item = self.checklist.items.iter().position(|item| item.id == first.trim_end())?;
        (!rest.trim().is_empty()).then_some(Head { items: vec![item], tail: line.len(), label: false, score: 1.0 })
    }

    /// A link alone answers no question that asks for words.
    fn fitting(&self, head: Head, tail: &str) -> Option<Head> {
        let words = links::masked(tail).chars().filter(|c| c.is_alphabetic()).count();
        let kinds: &[Kind] = match () {
            () if words > 3 => return Some(head),
            () if !links::links(tail).is_empty() => &[Kind::Link, Kind::Domains],
            () if !links::addresses(tail).is_empty() => &[Kind::Link, Kind::Address],
            () => return Some(head),
        };
        let fits = |item: &usize| self.checklist.items.get(*item).is_some_and(|item| kinds.contains(&item.kind));
        let items: Vec<usize> = head.items.into_iter().filter(fits).collect();
        (!items.is_empty()).then_some(Head { items, ..head })
    }

    /// A text as a question, when it is one. `set_off`: something divides it from an answer, or it stands out.
    fn judge(&self, text: &str, tail: usize, quoted: bool, set_off: bool) -> Option<Head> {
        let told = self.told(text);
        if told.words.is_empty() || (told.own && !quoted && !set_off) {
            return None;
        }
        let whole = self.nearest(&told, quoted, set_off);
        if whole.is_none_or(|(_, score)| score < 0.97) {
            let several = self.several(text, quoted, set_off);
            if several.len() > 1 {
                return Some(Head { items: several, tail, label: false, score: 0.96 });
            }
        }
        whole.map(|(item, score)| Head { items: vec![item], tail, label: false, score })
    }

    /// "Organisation and domains": a question each.
    fn several(&self, text: &str, quoted: bool, set_off: bool) -> Vec<usize> {
        let pieces: Vec<&str> = text.split([',', '/', '+', '&', ';']).flat_map(|piece| piece.split(" and ")).collect();
        if pieces.len() < 2 || pieces.len() > 4 {
            return Vec::new();
        }
        let found: Vec<usize> = pieces
            .iter()
            .filter_map(|piece| self.nearest(&self.told(piece), quoted, set_off).filter(|(_, score)| *score > 0.85))
            .map(|(item, _)| item)
            .collect();
        let distinct: HashSet<&usize> = found.iter().collect();
        if distinct.len() == pieces.len() { found } else { Vec::new() }
    }

    fn nearest(&self, told: &Told, quoted: bool, set_off: bool) -> Option<(usize, f32)> {
        let distinct: HashSet<u16> = told.words.iter().flatten().copied().collect();
        let unknown = told.words.iter().filter(|word| word.is_none()).count() as f32;
        let mine: f32 = unknown + distinct.iter().map(|word| self.weight(Some(*word))).sum::<f32>();
        let mut best: Option<(usize, f32)> = None;
        for heading in &self.headings {
            let shared: f32 = distinct.intersection(&heading.words).map(|word| self.weight(Some(*word))).sum::<f32>();
            if shared <= 0.0 {
                continue;
            }
            let kind = self.checklist.items.get(heading.item).map(|item| item.kind);
            // “About Xen” is not “about us”.
            let named = |word: &&u16| self.software.contains(word) && !heading.words.contains(word);
            let apart = if kind == Some(Kind::Link) { distinct.iter().filter(named).count() as f32 } else { 0.0 };
            let mine = mine + apart * (1.0 - LIGHT_WEIGHT);
            let (precision, recall) = (shared / mine, shared / heading.weight);
            let is_statement = kind == Some(Kind::Statement);
            // Who speaks of themselves there gives the answer.
            let spoken =
                !set_off && (heading.words.len() < 5 || told.words.len() < 4 || self.echo(told, heading) < 0.6);
            if is_statement && !quoted && (told.opens_own || spoken) {
                continue;
            }
            let exact = precision >= 0.66 && recall >= if set_off { 0.66 } else { 0.8 };
            let part = heading.words.len() >= 5 && precision >= 0.8 && shared >= 2.5 && self.echo(told, heading) >= 0.5;
            if !exact && !part {
                continue;
            }
            let score =
                2.0 * precision * recall / (precision + recall) * 0.7 + 0.3 * precision + 0.01 * shared.min(8.0);
            if best.is_none_or(|(_, known)| score > known) {
                best = Some((heading.item, score));
            }
        }
        best
    }

    /// How much of a text stands in the question in the same order.
    fn echo(&self, told: &Told, heading: &Heading) -> f32 {
        let pairs: Vec<(Option<u16>, Option<u16>)> =
            told.words.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
        if pairs.is_empty() {
            return 0.0;
        }
        let known = |pair: &&(Option<u16>, Option<u16>)| match pair {
            (Some(one), Some(other)) => heading.pairs.contains(&(*one, *other)),
            _ => false,
        };
        pairs.iter().filter(known).count() as f32 / pairs.len() as f32
    }

    /// Whether a line goes on with the words of a question.
    pub fn goes_on(&self, line: &str, items: &[usize]) -> bool {
        let told = self.told(line);
        if told.words.is_empty() {
            return !line.trim().is_empty()
                && words(line).iter().all(|word| STOPS.contains(&word.stem.as_str()) && word.stem != "yes");
        }
        let of = |heading: &&Heading| items.contains(&heading.item);
        let known = |word: &&Option<u16>| {
            word.is_some_and(|word| self.headings.iter().filter(of).any(|heading| heading.words.contains(&word)))
        };
        let share = told.words.iter().filter(known).count() as f32 / told.words.len() as f32;
        let echoes =
            told.words.len() == 1 || self.headings.iter().filter(of).any(|heading| self.echo(&told, heading) >= 0.5);
        share >= 0.75 && echoes && !told.own
    }

    pub fn asks_address(&self, items: &[usize]) -> bool {
        items.iter().any(|item| self.checklist.items.get(*item).is_some_and(|item| item.kind == Kind::Address))
    }

    /// Whether a question of links, names or addresses has its answer in `last`, and the next paragraph has none.
    pub fn is_settled(&self, items: &[usize], next: &str, last: &str) -> bool {
        let bare = |text: &str| links::marks(text, &links::masked(text)).is_none();
        let kinds = items.iter().filter_map(|item| self.checklist.items.get(*item));
        let mut kinds = kinds.map(|item| matches!(item.kind, Kind::Link | Kind::Address | Kind::Domains)).peekable();
        kinds.peek().is_some() && kinds.all(|kind| kind) && !bare(last) && (bare(next) || self.told(next).own)
    }

    /// Whether a text says nothing but what a question says.
    pub fn echoes(&self, text: &str) -> bool {
        let told = self.told(text);
        told.words.len() >= 4
            && !told.own
            && self.headings.iter().any(|heading| heading.words.len() >= 4 && self.echo(&told, heading) >= 0.75)
    }
}
