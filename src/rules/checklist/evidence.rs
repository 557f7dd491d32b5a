//! Links that show something: which of them answer an item, by the question they stand under or the words of their
//! sentence, and whether the policy accepts such a link. No page is opened.

mod objections;

use self::objections::objection;
use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::links::{self, Link, links};
use super::sections::Marker;
use super::words::{Phrases, words};
use super::{Finding, Kind};

/// So many links nobody gives; the rest is not read.
pub const LINKS_MAX: usize = 100;

/// A link that may answer.
#[derive(Clone)]
pub struct Candidate {
    place: Place,
    link: Link,
    /// What stands beside it.
    beside: String,
    /// Its sentence is a question.
    asked: bool,
}

pub fn judge(ground: &Ground<'_>, index: usize) -> Finding {
    let mut candidates = below(ground, index);
    let answers = ground.answers(index);
    if candidates.is_empty() {
        candidates = spoken(ground, index);
    }
    let mut accepted: Vec<(Place, String)> = Vec::new();
    let mut refused: Option<(Place, String)> = None;
    for candidate in &candidates {
        match objection(ground, index, candidate) {
            None => accepted.push((candidate.place, candidate.link.target.clone())),
            Some(why) => {
                refused.get_or_insert((candidate.place, why));
            }
        }
    }
    if let Some((place, _)) = accepted.first() {
        let mut finding = ground.found(index, *place, accepted.iter().map(|(_, target)| target.clone()).collect());
        if let Some((_, why)) = refused {
            finding.why = format!("Another link that was given does not count: {why}");
        }
        return finding;
    }
    if let Some((place, why)) = refused {
        let mut finding = ground.unclear(index, place, why);
        finding.values = candidates.iter().map(|candidate| candidate.link.target.clone()).collect();
        return finding;
    }
    if let Some((number, chunk)) = answers.first() {
        let (place, why) = wordy(&chunk.text, *number);
        return ground.unclear(index, place, why);
    }
    hinted(ground, index).unwrap_or_else(|| ground.missing(index, ""))
}

/// Links below or beside the question.
fn below(ground: &Ground<'_>, index: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (number, chunk) in ground.answers(index) {
        let later = found.iter().any(|known| known.place.chunk != number);
        for clause in clauses(&chunk.text) {
            // Further down, a link that says what it shows answers that.
            let named = said_items(ground, &clause.before);
            if later && !named.is_empty() && !named.contains(&index) {
                continue;
            }
            let link = clause.link;
            let beside = format!("{} {}", clause.before, clause.after);
            let asked = asks(&clause.after);
            found.push(Candidate { place: Place { chunk: number, at: link.at.start }, link, beside, asked });
        }
    }
    found
}

/// Links whose own words say what they show.
fn spoken(ground: &Ground<'_>, index: usize) -> Vec<Candidate> {
    let linked = ground.linked.get_or_init(|| linked(ground));
    linked.iter().filter(|(items, _)| items.contains(&index)).map(|(_, candidate)| candidate.clone()).collect()
}

/// Every link of the author with the items its words name, read once for all items.
pub fn linked(ground: &Ground<'_>) -> Vec<(Vec<usize>, Candidate)> {
    let mut found = Vec::new();
    let mut last: (usize, Vec<usize>) = (usize::MAX, Vec::new());
    for (number, said) in ground.said.iter().enumerate() {
        if found.len() >= LINKS_MAX {
            break;
        }
        let all = clauses(&said.text);
        // Who begins with a link says behind each what it shows.
        let leads = all.first().is_some_and(|clause| clause.leads) && all.len() > 1;
        for clause in all {
            let chunk = ground.chunk(said.chunk);
            let under_link = ground.is_under(said.chunk, Kind::Link);
            let mut items = if leads { said_items(ground, &clause.after) } else { said_items(ground, &clause.before) };
            if items.is_empty() && clause.leads {
                items = said_items(ground, &clause.after);
            }
            // A second link behind the first shows the same.
            if items.is_empty() && !clause.leads_words && last.0 == said.chunk && !clause.first {
                items.clone_from(&last.1);
            }
            if items.is_empty() {
                items = said_items(ground, &clause.after);
            }
            if items.is_empty() {
                items = earlier(ground, said, number).unwrap_or_default();
            }
            let listed = chunk.is_some_and(|chunk| chunk.marker == Marker::Counted) && ground.is_loose(said.chunk);
            if items.is_empty() && listed {
                items = pathed(ground, &clause.link);
            }
            last = (said.chunk, items.clone());
            // Under the question of one item, a link that is said to show that and more answers all of it.
            let under = chunk.map(|chunk| chunk.under.as_slice()).unwrap_or_default();
            let several = items.len() > 1 && under.iter().any(|item| items.contains(item));
            if !under_link || items.len() == 1 || several {
                let place = Place { chunk: said.chunk, at: said.at + clause.link.at.start };
                let beside = format!("{} {}", clause.before, clause.after);
                let asked = asks(&clause.after) && said.text.trim_end().ends_with('?');
                found.push((items, Candidate { place, link: clause.link, beside, asked }));
            }
        }
    }
    found
}

/// What the sentence before says of a link that stands alone: "Our prices. https://…".
fn earlier(ground: &Ground<'_>, said: &Said, position: usize) -> Option<Vec<usize>> {
    if links::masked(&said.text).chars().filter(|c| c.is_alphanumeric()).count() > 12 {
        return None;
    }
    let before = ground.said.get(position.checked_sub(1)?)?;
    let introduces =
        before.text.trim_end().ends_with(':') && before.chunk + 1 == said.chunk && ground.is_loose(before.chunk);
    (before.chunk == said.chunk || introduces)
        .then(|| if links(&before.text).is_empty() { said_items(ground, &before.text) } else { Vec::new() })
}

/// A link in its sentence.
struct Clause {
    link: Link,
    before: String,
    after: String,
    /// It stands first, its description behind it.
    leads: bool,
    /// Words stand between the link before and this one.
    leads_words: bool,
    first: bool,
}

fn clauses(sentence: &str) -> Vec<Clause> {
    let mut found = links(sentence);
    found.truncate(LINKS_MAX);
    let mut clauses = Vec::new();
    let mut from = 0;
    for (number, link) in found.iter().enumerate() {
        let before = sentence.get(from..link.at.start).unwrap_or_default().to_owned();
        let to = found.get(number + 1).map_or(sentence.len(), |next| next.at.start);
        let after = sentence.get(link.at.end..to).unwrap_or_default().to_owned();
        let letters = before.chars().filter(|c| c.is_alphabetic()).count();
        let leads_words = letters > 3;
        clauses.push(Clause {
            link: link.clone(),
            after,
            leads: number == 0 && !leads_words,
            leads_words,
            first: number == 0,
            before,
        });
        from = link.at.end;
    }
    clauses
}

/// The items of kind link that the words name: of each piece of the text the one they name best.
fn said_items(ground: &Ground<'_>, text: &str) -> Vec<usize> {
    let mut named = Vec::new();
    for piece in pieces(&links::masked(text)) {
        if let Some(item) = best(ground, piece)
            && !named.contains(&item)
        {
            named.push(item);
        }
    }
    named
}

fn pieces(text: &str) -> Vec<&str> {
    let divided = text.split([',', ';', '/', '+', '&', ':', '(']);
    divided.flat_map(|piece| piece.split(" and ")).flat_map(|piece| piece.split(" as well as ")).collect()
}

fn best(ground: &Ground<'_>, piece: &str) -> Option<usize> {
    let all = words(piece);
    let mut best: Option<(usize, usize)> = None;
    for (index, cues) in ground.cues.iter().enumerate() {
        if ground.item(index).is_none_or(|item| item.kind != Kind::Link) {
            continue;
        }
        let weight = weight(cues, &all);
        // What is asked later is the narrower question.
        if weight > 0 && best.is_none_or(|(_, known)| weight >= known) {
            best = Some((index, weight));
        }
    }
    best.map(|(index, _)| index)
}

fn weight(cues: &Phrases, all: &[super::words::Word]) -> usize {
    cues.find(all).iter().map(|found| found.to - found.from).sum()
}

/// Whether the question mark behind a link is about the link, not in a bracket or a quote from the page.
fn asks(after: &str) -> bool {
    after.trim_end().ends_with('?') && !after.contains(['(', '"'])
}

/// What the path of a link says where nothing else does, in a list of answers.
fn pathed(ground: &Ground<'_>, link: &Link) -> Vec<usize> {
    let parts = link.path.split(['/', '?', '#', '=', '&']).map(|part| part.replace(['-', '_', '.'], " "));
    let links = |item: &usize| ground.item(*item).is_some_and(|item| item.kind == Kind::Link);
    let named = parts.filter_map(|part| ground.heads.find(&part, true, false)).flat_map(|head| head.items).find(links);
    named.into_iter().collect()
}

/// An answer without a link: why that does not do.
fn wordy(text: &str, chunk: usize) -> (Place, String) {
    if let Some((at, _)) = links::addresses(text).first() {
        let why = "An e-mail address is there, and no page; send the link of the public page that says it.";
        return (Place { chunk, at: at.start }, why.to_owned());
    }
    if let Some((at, domain)) = links::domains(text).first() {
        let why = format!("Send the whole link, beginning with https://, as in https://{domain}/.");
        return (Place { chunk, at: at.start }, why);
    }
    match denial(text) {
        Some((found, at)) => {
            (Place { chunk, at }, format!("{}; send the link of a public page of yours.", found.why()))
        }
        None => (Place { chunk, at: 0 }, "The answer has no link; send the link of a public page of yours.".to_owned()),
    }
}

/// A sentence about it that has no link: an address instead, or a page that is to come.
fn hinted(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    for said in &ground.said {
        if !links(&said.text).is_empty()
            || !said_items(ground, &said.text).contains(&index)
            || ground.is_under(said.chunk, Kind::Link)
        {
            continue;
        }
        if ground.is_under(said.chunk, Kind::Statement)
            || ground.is_under(said.chunk, Kind::Address)
            || ground.is_under(said.chunk, Kind::Domains)
        {
            continue;
        }
        let place = Place { chunk: said.chunk, at: said.at };
        let found = denial(&said.text);
        if matches!(
            found,
            Some((Denial::Later | Denial::Unsure | Denial::Elsewhere | Denial::Blank | Denial::Nothing, _))
        ) || !links::addresses(&said.text).is_empty()
        {
            let (offset, why) = wordy(&said.text, said.chunk);
            return Some(ground.unclear(index, Place { at: place.at + offset.at, ..place }, why));
        }
    }
    None
}
