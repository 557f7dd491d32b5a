//! Items that any words of their own answer: a name, a reason, a list. Words that say nothing are no answer.

mod names;

use self::names::{COMMON, FORMS};
use super::applicant::Applicant;
use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::owned::{GENERIC, letters};
use super::sections::Marker;
use super::words::Word;
use super::{Finding, links, products};

/// A line of a list that is longer than this is no name.
const NAME_WORDS_MAX: usize = 14;
/// Who they are, people say at the beginning.
const FIRST_CHUNKS: usize = 4;
const SIGNATURE_LINES_MAX: usize = 6;

pub fn judge(ground: &Ground<'_>, index: usize, applicant: &Applicant) -> Finding {
    let Some(item) = ground.item(index) else { return ground.missing(index, "") };
    if ground.checklist.kind_item.as_deref() == Some(item.id.as_str()) {
        return applicant.told(ground, index);
    }
    if item.required == super::applicant::PARTIAL {
        return products::judge(ground, index);
    }
    let answers = ground.answers(index);
    for (chunk, answer) in &answers {
        let said = links::masked(&answer.text);
        if !said.chars().any(char::is_alphanumeric) {
            continue;
        }
        let place = Place { chunk: *chunk, at: 0 };
        return match denial(&answer.text) {
            Some((Denial::Nothing, _)) if answer.text.split_whitespace().count() > 6 => {
                ground.found(index, place, vec![name_of(&answer.text)])
            }
            Some((found, at)) => {
                ground.unclear(index, Place { at, ..place }, format!("{}; please say it in the mail.", found.why()))
            }
            None => ground.found(index, place, vec![name_of(&answer.text)]),
        };
    }
    if let Some((chunk, _)) = answers.first() {
        return ground.unclear(
            index,
            Place { chunk: *chunk, at: 0 },
            "The answer has no words of its own; please say it in the mail.",
        );
    }
    named(ground, index)
        .or_else(|| listed(ground, index))
        .or_else(|| signed(ground, index))
        .or_else(|| closing(ground, index))
        .or_else(|| registered(ground, index))
        .unwrap_or_else(|| ground.missing(index, ""))
}

/// The lines below the author's name, where nothing marks a signature.
fn below_name<'g>(ground: &'g Ground<'_>, own: &str) -> Vec<(usize, &'g str)> {
    let lines = &ground.sheet.lines;
    let typed = |line: &&crate::mail::sheet::Line| line.by == crate::mail::sheet::By::Author;
    let Some(name) = lines
        .iter()
        .rev()
        .filter(typed)
        .find(|line| !own.is_empty() && letters(&line.text) == own)
        .map(|line| line.number)
    else {
        return Vec::new();
    };
    let rest = lines.iter().enumerate().filter(|(_, line)| line.number > name).take(SIGNATURE_LINES_MAX);
    rest.filter(|(_, line)| typed(line)).map(|(index, line)| (index, line.text.trim())).collect()
}

/// What stands before a bracket or a comma.
fn name_of(text: &str) -> String {
    text.split(['(', ',', ';', '\n']).next().unwrap_or_default().trim().to_owned()
}

/// A name in a sentence: "on behalf of Acme".
fn named(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    let cues = ground.cues.get(index)?;
    for said in &ground.said {
        for found in cues.find(&said.words) {
            let Some((from, to)) = found.name else {
                let at = said.words.get(found.from).map_or(0, |word| word.at);
                return Some(ground.found(index, Place { chunk: said.chunk, at: said.at + at }, Vec::new()));
            };
            let name = said.words.get(from..to).unwrap_or_default();
            if let Some((at, name)) = real(ground, said, name) {
                return Some(ground.found(index, Place { chunk: said.chunk, at: said.at + at }, vec![name]));
            }
        }
    }
    None
}

/// A name that is neither the author's nor made of words of the questions.
fn real(ground: &Ground<'_>, said: &Said, name: &[Word]) -> Option<(usize, String)> {
    let own: Vec<String> = ground.writer.name.split_whitespace().map(letters).collect();
    let tells = |word: &Word| {
        let stem = word.stem.as_str();
        !ground.heads.knows(stem)
            && !COMMON.contains(&stem)
            && !GENERIC.contains(&stem)
            && !own.contains(&letters(stem))
    };
    let skipped = name.iter().take_while(|word| COMMON.contains(&word.stem.as_str())).count();
    let name = name.get(skipped..)?;
    let (first, last) = (name.first()?, name.last()?);
    let text = said.text.get(first.at..last.end)?.trim();
    name.iter().any(tells).then(|| (first.at, text.to_owned()))
}

/// The first answer of a list without questions, when it is a name.
fn listed(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    if ground.item(index)? != ground.checklist.items.iter().find(|item| item.kind == super::Kind::Text)? {
        return None;
    }
    let counted =
        ground.sections.chunks.iter().filter(|chunk| chunk.marker == Marker::Counted && chunk.under.is_empty()).count();
    let (number, chunk) =
        ground.sections.chunks.iter().enumerate().find(|(_, chunk)| chunk.marker == Marker::Counted)?;
    let first = chunk.sentences().first().map(|(_, text)| (*text).to_owned()).unwrap_or_default();
    let short = first.split_whitespace().count() <= NAME_WORDS_MAX && first.starts_with(char::is_uppercase);
    let bare = links::links(&chunk.text).is_empty()
        && links::addresses(&chunk.text).is_empty()
        && links::domains(&chunk.text).is_empty();
    (counted >= 4 && chunk.under.is_empty() && short && bare && denial(&first).is_none())
        .then(|| ground.found(index, Place { chunk: number, at: 0 }, vec![name_of(&chunk.text)]))
}

/// "Jane, Acme, London" below the text.
fn closing(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    let (number, chunk) = ground.sections.chunks.iter().enumerate().next_back()?;
    let at = chunk.text.rfind(['.', '!', '?']).map_or(0, |at| at + 1);
    let last = chunk.text.get(at..)?.trim();
    let mut parts = last.split(',').map(str::trim);
    let first = letters(parts.next()?.split_whitespace().next()?);
    let own = ground.writer.name.split_whitespace().any(|name| letters(name) == first);
    let company = parts
        .next()
        .filter(|part| own && part.starts_with(char::is_uppercase) && part.split_whitespace().count() > 1)?;
    Some(ground.found(
        index,
        Place { chunk: number, at: chunk.text.len().saturating_sub(last.len()) },
        vec![company.to_owned()],
    ))
}

/// A name with the form in which it is registered, in the first paragraphs: "Acme Ltd".
fn registered(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    takes_names(ground, index)?;
    for said in ground.said.iter().filter(|said| said.chunk < FIRST_CHUNKS) {
        let own = said.words.iter().any(|word| matches!(word.stem.as_str(), "we" | "i" | "our" | "my"));
        let form = said
            .words
            .iter()
            .position(|word| word.capital && FORMS.contains(&letters(&word.stem).as_str()) && word.stem != "as");
        let Some(form) = form else { continue };
        let name = said.words.get(..=form)?;
        let length = name.iter().rev().take_while(|word| word.capital).count();
        let name = name.get(name.len() - length..)?;
        if let Some((at, name)) = real(ground, said, name).filter(|_| length > 1 && (own || length == form + 1)) {
            return Some(ground.found(index, Place { chunk: said.chunk, at: said.at + at }, vec![name]));
        }
    }
    None
}

fn takes_names(ground: &Ground<'_>, index: usize) -> Option<()> {
    let cues = ground.checklist.cues.get(&ground.item(index)?.id)?;
    cues.iter().any(|cue| cue.contains("{name}")).then_some(())
}

/// The company's line of the signature; the only thing a signature tells.
fn signed(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    takes_names(ground, index)?;
    let domain = ground.writer.domain();
    let main = letters(links::registered(&domain).split('.').next().unwrap_or_default());
    let own = letters(&ground.writer.name);
    let below = below_name(ground, &own);
    for (line, text) in
        ground.signature().chain(below).filter(|(_, text)| text.split_whitespace().count() <= NAME_WORDS_MAX)
    {
        let bare = links::masked(text);
        let bare = bare.trim();
        let all: Vec<String> = bare.split(|c: char| !c.is_alphanumeric() && c != '.').map(letters).collect();
        let registered = all.len() > 1
            && all.iter().any(|word| FORMS.contains(&word.as_str()))
            && bare.starts_with(char::is_uppercase);
        let of_domain = main.chars().count() > 3
            && letters(bare).contains(&main)
            && !super::owned::is_free(ground.checklist, &domain);
        if (registered || of_domain) && letters(bare) != own && !bare.is_empty() {
            let number = ground.sheet.lines.get(line).map_or(0, |line| line.number);
            let quote: String = text.chars().take(200).collect();
            let finding = ground.found(index, Place { chunk: usize::MAX, at: 0 }, vec![name_of(bare)]);
            return Some(Finding { quote, line: number, why: "It stands in the signature only.".into(), ..finding });
        }
    }
    None
}
