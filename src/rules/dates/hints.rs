//! What a discoverer writes of dates, in prose: for people to see. Nothing follows from it by itself. English only; a
//! sentence too many costs a glance, one too few is still in the mail.

use jiff::ToSpan;
use jiff::civil::Date;

use super::day::{self, Day};
use super::words::{Word, words};

/// Of a longer mail the rest is not looked at.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Nobody says more of dates in one mail.
const HINTS_MAX: usize = 5;
/// A sentence is repeated only so far, and looked at only so far.
const SENTENCE_WORDS_MAX: usize = 60;
const SHOWN_CHARACTERS_MAX: usize = 300;

/// A sentence about a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// If anybody can tell.
    pub day: Option<Date>,
    /// The sentence, on one line.
    pub words: String,
    /// They will publish then, whatever we do.
    pub insists: bool,
}

/// What publishing is called, by the beginning of a word.
const PUBLISHING: [&str; 14] = [
    "publish",
    "publication",
    "public",
    "disclos",
    "embargo",
    "deadline",
    "announce",
    "release",
    "present",
    "conference",
    "talk",
    "blog",
    "advisory",
    "cve",
];
/// What is wanted of time, where no date is said.
const WITHOUT_DATE: [&str; 16] = [
    "as soon as possible",
    "as early as possible",
    "asap",
    "more time",
    "longer embargo",
    "longer delay",
    "extend the embargo",
    "extension of the embargo",
    "shorter embargo",
    "postpone",
    "delay the",
    "no embargo",
    "sooner",
    "earlier date",
    "later date",
    "day policy",
];
/// They will, whatever we do.
const INSISTING: [&str; 29] = [
    "we will publish",
    "i will publish",
    "we'll publish",
    "i'll publish",
    "will be published",
    "will be public",
    "will go public",
    "we will disclose",
    "i will disclose",
    "we'll disclose",
    "i'll disclose",
    "will be disclosed",
    "we publish",
    "i publish",
    "and publish",
    "is scheduled",
    "we are going public",
    "going public",
    "goes public",
    "we will release",
    "i will release",
    "will be presented",
    "we will present",
    "i will present",
    "deadline",
    "must be published",
    "must be public",
    "we will go",
    "will announce",
];
/// Stronger than any politeness around it.
const FIRM: [&str; 13] = [
    "cannot be moved",
    "can't be moved",
    "fixed date",
    "hard deadline",
    "regardless",
    "in any case",
    "no matter",
    "whatever happens",
    "not negotiable",
    "non-negotiable",
    "cannot wait",
    "can't wait",
    "with or without",
];
/// They ask, or tell what they would like.
const SOFT: [&str; 26] = [
    "would prefer",
    "would like",
    "we'd like",
    "i'd like",
    "we'd prefer",
    "i'd prefer",
    "could we",
    "could you",
    "can we",
    "can you",
    "if possible",
    "ideally",
    "hope",
    "suggest",
    "propose",
    "how about",
    "what about",
    "perhaps",
    "maybe",
    "would it",
    "would be",
    "tentative",
    "thinking of",
    "are you",
    "no hard",
    "flexible",
];
/// They will wait, or there is nothing to wait for.
const NEGATED: [&str; 9] = [
    "will not publish",
    "won't publish",
    "will not disclose",
    "won't disclose",
    "will not go public",
    "won't go public",
    "do not publish",
    "don't publish",
    "no deadline",
];

/// What a text says of dates. `today`: when it was written, in UTC.
pub fn hints(text: &str, today: Date) -> Vec<Hint> {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut hints: Vec<Hint> = Vec::new();
    for paragraph in text.get(..end).unwrap_or_default().split("\n\n") {
        let all: Vec<Word<'_>> = words(paragraph).collect();
        for sentence in sentences(&all) {
            if hints.len() >= HINTS_MAX {
                return hints;
            }
            hints.extend(hint(sentence, today).filter(|new| hints.iter().all(|hint| hint.words != new.words)));
        }
    }
    hints
}

/// The words of a paragraph, sentence by sentence; what is too long in pieces.
fn sentences<'w, 't>(all: &'w [Word<'t>]) -> impl Iterator<Item = &'w [Word<'t>]> {
    let mut rest = all;
    std::iter::from_fn(move || {
        let ends = |(index, word): (usize, &Word<'_>)| {
            let next = rest.get(index + 1);
            // “15. December”, “Dec. 15”: no sentence ends before a small letter or a digit, nor behind a number.
            let begins = next.is_none_or(|next| next.text.chars().next().is_some_and(char::is_uppercase));
            let counted =
                word.text.ends_with('.') && word.lower.bytes().all(|b| b.is_ascii_digit()) && word.lower.len() <= 2;
            word.text.ends_with(['.', '!', '?']) && begins && !counted
        };
        if rest.is_empty() {
            return None;
        }
        let length =
            rest.iter().enumerate().take(SENTENCE_WORDS_MAX).position(ends).map_or(SENTENCE_WORDS_MAX, |at| at + 1);
        let (sentence, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        Some(sentence)
    })
}

fn hint(sentence: &[Word<'_>], today: Date) -> Option<Hint> {
    let publishes = |word: &Word<'_>| PUBLISHING.iter().any(|begins| word.lower.starts_with(begins));
    let first = sentence.iter().position(publishes)?;
    let lower: Vec<&str> = sentence.iter().map(|word| word.lower.as_str()).collect();
    let lower = lower.join(" ").replace('’', "'");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    // What follows the publishing is its date, before what stands ahead of it.
    let after = date_in(sentence.get(first..)?, today);
    let date = after.or_else(|| date_in(sentence.get(..first)?, today));
    if date.is_none() && !says(&WITHOUT_DATE) {
        return None;
    }
    let firm = says(&FIRM);
    let asks = sentence.last().is_some_and(|word| word.text.ends_with('?'));
    let insists = !says(&NEGATED) && (firm || says(&INSISTING) && !says(&SOFT) && !asks);
    let shown: Vec<&str> = sentence.iter().map(|word| word.text).collect();
    let mut shown = shown.join(" ");
    if shown.chars().count() > SHOWN_CHARACTERS_MAX {
        shown = shown.chars().take(SHOWN_CHARACTERS_MAX - 1).chain(['…']).collect();
    }
    Some(Hint { day: date.flatten(), words: shown, insists: insists && date.is_some() })
}

/// The first date among these words: `Some(None)` when nobody can tell which. What is past is none.
fn date_in(words: &[Word<'_>], today: Date) -> Option<Option<Date>> {
    (0..words.len()).find_map(|at| {
        let rest = words.get(at..)?;
        if let Some(day) = day::coming_weekday(rest, today)
            && !matches!(day::at_start(rest, today), Some((Day::Is(_), _)))
            && names_no_date(rest, today)
        {
            return Some(Some(day));
        }
        match day::at_start(rest, today)? {
            (Day::Is(day), _) => (day >= today).then_some(Some(day)),
            // `4.19.1` may be a version, and is no date to come.
            (Day::Unclear(unclear), _) => {
                let digits = rest.first().is_some_and(|word| word.lower.starts_with(|c: char| c.is_ascii_digit()));
                let days: Vec<Date> = unclear.meanings.iter().filter_map(|day| day.parse().ok()).collect();
                let comes = if days.is_empty() { !digits } else { days.iter().any(|day| *day >= today) };
                comes.then(|| told(rest, &days, today))
            }
        }
    })
}

/// Whether a day of the week stands alone: “Friday”, and not “Friday 11 December”.
fn names_no_date(words: &[Word<'_>], today: Date) -> bool {
    (1..=2).all(|at| words.get(at..).and_then(|rest| day::at_start(rest, today)).is_none())
}

/// What a writer means who wrote just now: “tomorrow”, “in 30 days”, “15 December” can be told; “next Friday” cannot.
fn told(words: &[Word<'_>], days: &[Date], today: Date) -> Option<Date> {
    let first = words.first().map_or("", |word| word.lower.as_str());
    let next = words.get(1).map_or("", |word| word.lower.as_str());
    match days {
        // “90 days” may be counted from anything; “in 90 days” is from now.
        [_] if first.parse::<i64>().is_ok() && next.starts_with("day") && !counts_from_now(words) => None,
        [day] => Some(*day).filter(|day| *day >= today),
        // Without a year: the next one. This one and the next year's are more than 300 days apart.
        [one, other] if one.day() == other.day() && one.month() == other.month() => {
            let far = one.checked_add(300.days()).is_ok_and(|far| *other > far);
            far.then_some(*one)
        }
        _ => None,
    }
}

fn counts_from_now(words: &[Word<'_>]) -> bool {
    let at = |index: usize| words.get(index).map_or("", |word| word.lower.as_str());
    at(2) == "from" && matches!(at(3), "now" | "today")
}
