//! Words as a reader takes them: without case, endings and spelling that differ from writer to writer; phrases found among
//! them. It knows no question and no answer.

use std::collections::HashMap;

/// Of one text so many words are read.
const WORDS_MAX: usize = 2_000;
/// `*` in a phrase stands for so many words at most, `**` for twice as many.
const GAP_WORDS_MAX: usize = 4;
const NAME_WORDS_MAX: usize = 8;

/// Words between the words of a phrase that change nothing.
const ARTICLES: &[&str] = &["a", "an", "the", "own"];

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without a plural's end, British.
    pub stem: String,
    /// Bytes of the text it takes.
    pub at: usize,
    pub end: usize,
    /// It begins with a capital letter.
    pub capital: bool,
}

pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(char::is_alphanumeric)).map(|next| at + next) {
        let rest = text.get(start..).unwrap_or_default();
        let inside = |c: char| c.is_alphanumeric() || c == '\'';
        let end = start + rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let word = text.get(start..end).unwrap_or_default().trim_end_matches('\'');
        let capital = word.starts_with(char::is_uppercase);
        at = end;
        // Of “We'll” the second word is no name.
        for (index, stem) in stems(word).into_iter().enumerate() {
            found.push(Word { stem, at: start, end, capital: capital && index == 0 });
        }
        if found.len() >= WORDS_MAX {
            break;
        }
    }
    joined(found, text)
}

/// `e-mail` and `pre-disclosure` are one word.
fn joined(found: Vec<Word>, text: &str) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::with_capacity(found.len());
    for word in found {
        let before = kept.last().filter(|last| text.get(last.end..word.at) == Some("-"));
        match before.map(|last| last.stem.as_str()) {
            Some("e" | "pre") => {
                if let Some(last) = kept.last_mut() {
                    (last.stem, last.end) = (last.stem.clone() + &word.stem, word.end);
                }
            }
            _ => kept.push(word),
        }
    }
    kept
}

/// `we've` is two words; most are one.
fn stems(word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "can't" | "cannot" => return vec!["can".into(), "not".into()],
        "won't" => return vec!["will".into(), "not".into()],
        "its" | "this" | "his" | "has" | "was" | "is" | "as" | "us" | "does" | "always" | "yes" | "vps" | "xs" => {
            return vec![lower];
        }
        _ => {}
    }
    if let Some(verb) = lower.strip_suffix("n't") {
        let mut both = stems(verb);
        both.push("not".into());
        return both;
    }
    match lower.split_once('\'') {
        Some((word, "s")) => vec![stem(word)],
        Some((word, "ve")) => vec![stem(word), "have".into()],
        Some((word, "re")) => vec![stem(word), "are".into()],
        Some((word, "m")) => vec![stem(word), "am".into()],
        Some((word, "ll")) => vec![stem(word), "will".into()],
        Some((word, "d")) => vec![stem(word), "would".into()],
        Some((one, other)) => vec![format!("{}{}", one, other.replace('\'', ""))],
        None => vec![stem(&lower)],
    }
}

fn stem(lower: &str) -> String {
    let british = lower.replace("organiz", "organis").replace("virtualiz", "virtualis").replace("licens", "licenc");
    let british =
        if british == "url" || british == "urls" || british == "webpage" { "page".to_owned() } else { british };
    if british.len() <= 3 || !british.is_ascii() || ["ss", "us", "is"].iter().any(|end| british.ends_with(end)) {
        return british;
    }
    for (plural, single) in [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")] {
        if let Some(word) = british.strip_suffix(plural) {
            return format!("{word}{single}");
        }
    }
    british
}

/// One step of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Word(String),
    /// `*`: some words, at most so many.
    Gap(usize),
    /// `{name}`: words with capital letters.
    Name,
}

/// Phrases, found by their first word.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    by_first: HashMap<String, Vec<usize>>,
    by_name: Vec<usize>,
    phrases: Vec<Vec<Step>>,
}

/// A phrase in a text: which, its words from and to, the words of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub phrase: usize,
    pub from: usize,
    pub to: usize,
    pub name: Option<(usize, usize)>,
}

impl Phrases {
    pub fn of<'a>(phrases: impl IntoIterator<Item = &'a String>) -> Self {
        let mut made = Self::default();
        for phrase in phrases {
            let steps: Vec<Step> = phrase.split_whitespace().flat_map(steps).collect();
            let index = made.phrases.len();
            match steps.first() {
                Some(Step::Word(word)) => made.by_first.entry(word.clone()).or_default().push(index),
                Some(Step::Name) => made.by_name.push(index),
                _ => {}
            }
            made.phrases.push(steps);
        }
        made
    }

    /// Every phrase wherever it begins.
    pub fn find(&self, words: &[Word]) -> Vec<Found> {
        let mut found = Vec::new();
        for (from, word) in words.iter().enumerate() {
            let named = if word.capital { self.by_name.as_slice() } else { &[] };
            let by_word = self.by_first.get(&word.stem).map(Vec::as_slice).unwrap_or_default();
            for phrase in by_word.iter().chain(named) {
                let steps = self.phrases.get(*phrase).map(Vec::as_slice).unwrap_or_default();
                if let Some((to, name)) = matches(steps, words, from) {
                    found.push(Found { phrase: *phrase, from, to, name });
                }
            }
        }
        found
    }

    pub fn any(&self, words: &[Word]) -> Option<Found> {
        self.find(words).into_iter().next()
    }
}

fn steps(word: &str) -> Vec<Step> {
    match word {
        "*" => vec![Step::Gap(GAP_WORDS_MAX)],
        "**" => vec![Step::Gap(2 * GAP_WORDS_MAX)],
        "{name}" => vec![Step::Name],
        word => words(word).into_iter().map(|word| Step::Word(word.stem)).collect(),
    }
}

/// Where a phrase ends that begins here, and the name in it.
fn matches(steps: &[Step], words: &[Word], from: usize) -> Option<(usize, Option<(usize, usize)>)> {
    let mut at = from;
    let mut name = None;
    let mut gap = 0;
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Gap(words) => gap = *words,
            Step::Name => {
                let skip = words
                    .get(at..)?
                    .iter()
                    .take(2)
                    .position(|word| word.capital && !ARTICLES.contains(&word.stem.as_str()))?;
                let start = at + skip;
                let length = words.get(start..)?.iter().take(NAME_WORDS_MAX).take_while(|word| word.capital).count();
                name = Some((start, start + length));
                at = start + length;
                gap = 0;
            }
            Step::Word(wanted) => {
                let reach = words.get(at..)?.iter().take(gap + 3);
                let mut articles = 0;
                let mut passed = 0;
                let mut hit = None;
                for word in reach {
                    if &word.stem == wanted {
                        hit = Some(passed);
                        break;
                    }
                    passed += 1;
                    articles += usize::from(ARTICLES.contains(&word.stem.as_str()));
                    if index == 0 || passed - articles > gap {
                        break;
                    }
                }
                at += hit? + 1;
                gap = 0;
            }
        }
    }
    Some((at, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_one() {
        let stems = |text: &str| words(text).into_iter().map(|word| word.stem).collect::<Vec<_>>().join(" ");
        for (text, expected) in [
            ("Organizations' E-Mails", "organisation email"),
            ("We've policies; it doesn't", "we have policy it does not"),
            ("pre-disclosure addresses", "predisclosure address"),
            ("Can't, won't", "can not will not"),
        ] {
            assert_eq!(stems(text), expected);
        }
    }

    #[test]
    fn phrases_are_found_with_articles_gaps_and_names() {
        let find = |phrase: &str, text: &str| {
            let all = words(text);
            let found = Phrases::of([&phrase.to_owned()]).any(&all)?;
            let name = found.name.map(|(from, to)| {
                let stems: Vec<&str> = all[from..to].iter().map(|word| word.stem.as_str()).collect();
                stems.join(" ")
            });
            Some(name.unwrap_or_default())
        };
        assert_eq!(find("based on xen", "It is based on the Xen"), Some(String::new()));
        assert_eq!(find("based on xen", "based mostly on Xen"), None);
        assert_eq!(find("are * distribution", "we are a small community distribution"), Some(String::new()));
        assert_eq!(find("behalf of {name}", "on behalf of the Acme Hosting I"), Some("acme hosting i".into()));
        assert_eq!(find("we are {name}", "we are happy"), None);
    }
}
