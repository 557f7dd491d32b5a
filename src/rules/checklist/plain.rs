//! Items that any words of their own answer: a name, a reason, a list. Words that say nothing are no answer.

use super::applicant::Applicant;
use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::owned::{GENERIC, letters};
use super::sections::Marker;
use super::words::Word;
use super::{Finding, links};

/// How companies are registered; "Acme Ltd" in a signature is a name.
const FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "cic",
    "co",
    "corp",
    "corporation",
    "ev",
    "foundation",
    "gmbh",
    "inc",
    "incorporated",
    "institute",
    "kft",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "ltda",
    "nv",
    "oy",
    "oü",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "sia",
    "sl",
    "spa",
    "srl",
    "sro",
    "sp",
    "uab",
    "ug",
    "university",
    "association",
    "gbr",
    "kk",
    "ood",
    "doo",
];
/// A line of a list that is longer than this is no name.
const NAME_WORDS_MAX: usize = 14;

pub fn judge(ground: &Ground<'_>, index: usize, applicant: &Applicant) -> Finding {
    let Some(item) = ground.item(index) else { return ground.missing(index, "") };
    if ground.checklist.kind_item.as_deref() == Some(item.id.as_str()) {
        return applicant.told(ground, index);
    }
    if item.required == super::applicant::PARTIAL {
        return applicant.products(ground, index);
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
        .unwrap_or_else(|| ground.missing(index, ""))
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
    let (first, last) = (name.first()?, name.last()?);
    let text = said.text.get(first.at..last.end)?.trim();
    name.iter().any(|word| tells(word)).then(|| (first.at, text.to_owned()))
}

/// Words with capital letters that are no names of organisations.
const COMMON: &[&str] = &[
    "i", "we", "dear", "hi", "hello", "team", "security", "xen", "linux", "europe", "germany", "france", "japan",
    "india", "china", "russia", "spain", "brazil", "usa", "uk", "vp", "ceo", "cto", "ciso", "it", "vps", "vm", "the",
    "our", "this", "please", "january", "november", "december", "monday", "debian", "dom0", "pv", "hvm", "kvm", "api",
    "iso", "saas", "iaas", "os", "bsd", "unix", "internet", "english", "german", "european", "american", "yes", "no",
    "head", "chief", "director", "manager", "admin", "hosting", "cloud",
];

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

/// The company's line of the signature; the only thing a signature tells.
fn signed(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    let takes_names = ground.checklist.cues.get(&ground.item(index)?.id)?.iter().any(|cue| cue.contains("{name}"));
    if !takes_names {
        return None;
    }
    let domain = ground.writer.domain();
    let main = letters(links::registered(&domain).split('.').next().unwrap_or_default());
    let own = letters(&ground.writer.name);
    for (line, text) in ground.signature().filter(|(_, text)| text.split_whitespace().count() <= NAME_WORDS_MAX) {
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
