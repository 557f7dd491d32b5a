//! A day, at the beginning of some words.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::words::Word;
use super::{Unclear, repeated};
use crate::rules::schedule;

/// Days and weeks that somebody counts on their fingers.
const COUNT_MAX: i64 = 1000;
/// The century of a year of two digits.
const CENTURY: i16 = 2000;

/// The month that is a verb, too.
const MAY: i16 = 5;

/// What some words say of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    Is(Date),
    /// A day, and nobody can tell which beyond doubt.
    Unclear(Unclear),
}

const MONTHS: [(&str, &str); 12] = [
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may", "may"),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
];

/// The day these words begin with, and how many of them say it.
pub fn at_start(words: &[Word<'_>], today: Date) -> Option<(Day, usize)> {
    let first = words.first()?;
    if let Some((weekday, _)) = weekday(&first.lower) {
        let after = words.get(1..).unwrap_or_default();
        // “Friday, the 11th of December 2026”
        let the = usize::from(after.first().is_some_and(|word| word.lower == "the"));
        return Some(match after.get(the..).and_then(|after| absolute(after, today)) {
            Some((Day::Is(day), taken)) => (of_weekday(day, weekday), 1 + the + taken),
            Some((unclear, taken)) => (unclear, 1 + the + taken),
            None => (relative_weekday(first.text, weekday, today, false), 1),
        });
    }
    absolute(words, today).or_else(|| relative(words, today))
}

/// A second date right after the first: an “or”, a span. The date, if it can be told.
pub fn another(words: &[Word<'_>], today: Date) -> Option<Option<Date>> {
    let first = words.first()?;
    let joins =
        matches!(first.text, "-" | "–" | "—" | "/") || matches!(first.lower.as_str(), "or" | "and" | "to" | "through");
    let rest = if joins { words.get(1..)? } else { words };
    let found = absolute(rest, today)?;
    match found {
        (Day::Is(day), _) => Some(Some(day)),
        // Without a joining word, “3/4 of the vendors” is a reason.
        (Day::Unclear(_), _) if joins => Some(None),
        (Day::Unclear(_), _) => None,
    }
}

fn of_weekday(day: Date, said: Weekday) -> Day {
    if day.weekday() == said {
        return Day::Is(day);
    }
    let before = day.series((-1).day()).find(|other| other.weekday() == said);
    let after = day.series(1.day()).find(|other| other.weekday() == said);
    let name = |weekday| schedule::Day::ALL.iter().find(|day| day.weekday() == weekday).map_or("", |day| day.name());
    let meanings = [Some(day), before, after].into_iter().flatten().map(|day| day.to_string());
    let why = format!("{day} is a {}, and not a {}.", name(day.weekday()), name(said));
    Day::Unclear(Unclear::new(why, meanings))
}

/// A date that says its day and month, and perhaps its year.
fn absolute(words: &[Word<'_>], today: Date) -> Option<(Day, usize)> {
    let first = words.first()?;
    numeric(&first.lower, today).map(|day| (day, 1)).or_else(|| in_words(words, today))
}

/// `2026-12-15`, `15.12.2026`, `12/15/26`, `03/04`.
fn numeric(word: &str, today: Date) -> Option<Day> {
    // An hour may hang on it: `2026-12-15T14:00Z` is read by `hour`, too, and so is no day here.
    let separator = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = word.split(separator).collect();
    if parts.iter().any(|part| part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    match (parts.as_slice(), numbers.as_slice()) {
        ([first, ..], [year, month, day]) if first.len() == 4 => Some(possible(*year, *month, *day)),
        ([_, _, last], [one, other, year]) if last.len() == 4 => Some(either(word, *one, *other, &[*year])),
        ([one, other, last], [first, second, third]) if one.len() <= 2 && other.len() <= 2 && last.len() <= 2 => {
            // Two digits each: the year may stand at either end.
            let mut candidates = readings(*first, *second, &[CENTURY + *third]);
            candidates.extend(date(CENTURY + *first, *second, *third));
            Some(chosen(word, candidates))
        }
        // Without a year, a version number looks the same: `4.20`, `12.1`.
        ([one, other], [first, second]) if separator == '/' && one.len() <= 2 && other.len() <= 2 => {
            let mut candidates: Vec<Date> = Vec::new();
            for (month, day) in [(*second, *first), (*first, *second)] {
                candidates.extend(upcoming(month, day, today));
            }
            candidates.sort();
            candidates.dedup();
            match candidates.is_empty() {
                true => None,
                false => Some(chosen(word, candidates)),
            }
        }
        _ => None,
    }
}

/// Both orders of day and month, in each of these years.
fn readings(one: i16, other: i16, years: &[i16]) -> Vec<Date> {
    let mut found = Vec::new();
    for year in years {
        for (month, day) in [(other, one), (one, other)] {
            found.extend(date(*year, month, day).filter(|day| !found.contains(day)));
        }
    }
    found
}

fn either(word: &str, one: i16, other: i16, years: &[i16]) -> Day {
    chosen(word, readings(one, other, years))
}

fn chosen(word: &str, candidates: Vec<Date>) -> Day {
    let word = repeated(word);
    let why = match candidates.len() {
        0 => format!("There is no day “{word}”."),
        1 => format!("“{word}” could be read in several ways."),
        _ => format!("“{word}” could mean several days: some write the day first, others the month."),
    };
    Day::Unclear(Unclear::new(why, candidates.iter().map(Date::to_string)))
}

/// `15 December 2026`, `15th of Dec. 2026`, `December 15th, 2026`, `15. Dec`.
fn in_words(words: &[Word<'_>], today: Date) -> Option<(Day, usize)> {
    let of = |at: usize| usize::from(words.get(at).is_some_and(|word| word.lower == "of"));
    let (day, month, taken) = match (ordinal(&words.first()?.lower), month(&words.first()?.lower)) {
        (Some(day), _) => {
            let at = 1 + of(1);
            (day, month(&words.get(at)?.lower)?, at + 1)
        }
        (None, Some(month)) => (ordinal(&words.get(1)?.lower)?, month, 2),
        (None, None) => return None,
    };
    let year = words.get(taken).and_then(|word| {
        let digits = word.lower.trim_start_matches('’').trim_start_matches('\'');
        // `15 December 14:00` has no year; neither has “15 December 2 people are away”.
        let shaped = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
        let year = digits.parse::<i16>().ok().filter(|_| shaped)?;
        Some(if digits.len() == 2 { (CENTURY + year, false) } else { (year, true) })
    });
    // “It may 2 times …”
    if month == MAY && year.is_none() && words.iter().take(taken).any(|word| word.text == "may") {
        return None;
    }
    let spelled = |day: i16| {
        format!(
            "{day} {}",
            capital(MONTHS.get(usize::try_from(month).unwrap_or(1).saturating_sub(1)).map_or("", |month| month.0))
        )
    };
    Some(match year {
        Some((year, true)) => (possible(year, month, day), taken + 1),
        Some((year, false)) => {
            let meanings = date(year, month, day).into_iter().chain(upcoming(month, day, today));
            let mut days: Vec<String> = meanings.map(|day| day.to_string()).collect();
            days.dedup();
            (Day::Unclear(Unclear::new(format!("The year of {} has two digits.", spelled(day)), days)), taken + 1)
        }
        None => {
            let days: Vec<Date> = upcoming(month, day, today).collect();
            let why = match days.is_empty() {
                true => format!("There is no {}.", spelled(day)),
                false => format!("It does not say the year of {}.", spelled(day)),
            };
            (Day::Unclear(Unclear::new(why, days.iter().map(Date::to_string))), taken)
        }
    })
}

/// `tomorrow`, `next Friday`, `in two weeks`, `end of the month`.
fn relative(words: &[Word<'_>], today: Date) -> Option<(Day, usize)> {
    let at = |index: usize| words.get(index).map_or("", |word| word.lower.as_str());
    let counted = |days: i64, why: String, taken: usize| {
        let day = today.checked_add(days.days()).ok();
        Some((Day::Unclear(Unclear::new(why, day.map(|day| day.to_string()))), taken))
    };
    let depends = |what: &str| format!("“{}” depends on when somebody reads it.", repeated(what));
    match (at(0), at(1)) {
        ("today", _) => counted(0, depends("today"), 1),
        ("tomorrow", _) => counted(1, depends("tomorrow"), 1),
        ("day", "after") if at(2) == "tomorrow" => counted(2, depends("day after tomorrow"), 3),
        ("the", "day") if at(2) == "after" && at(3) == "tomorrow" => counted(2, depends("the day after tomorrow"), 4),
        ("this" | "coming", other) => {
            let (day, _) = weekday(other)?;
            Some((relative_weekday(&format!("{} {other}", at(0)), day, today, false), 2))
        }
        ("next", other) => match weekday(other) {
            Some((day, _)) => Some((relative_weekday(&format!("next {other}"), day, today, true), 2)),
            None if matches!(other, "week" | "month" | "year" | "quarter") => {
                Some((Day::Unclear(Unclear::new(format!("“next {other}” is no day."), [])), 2))
            }
            None => None,
        },
        ("in" | "within", _) => {
            let (count, unit) = (number(at(1))?, at(2));
            let days = days_of(count, unit)?;
            counted(days, depends(&format!("{} {} {unit}", at(0), at(1))), 3)
        }
        (count, unit) if number(count).and_then(|count| days_of(count, unit)).is_some() => {
            let days = number(count).and_then(|count| days_of(count, unit))?;
            counted(days, depends(&format!("{count} {unit}")), 2)
        }
        ("end", "of") | ("the", "end") => Some((Day::Unclear(Unclear::new("The end of something is no day.", [])), 2)),
        _ => None,
    }
}

fn relative_weekday(said: &str, weekday: Weekday, today: Date, next: bool) -> Day {
    let coming = today.series(1.day()).skip(1).find(|day| day.weekday() == weekday);
    let later = coming.and_then(|day| day.checked_add(7.days()).ok()).filter(|_| next);
    let why = format!("“{}” depends on when somebody reads it.", repeated(said.trim_matches(['.', ',', ':', ';'])));
    Day::Unclear(Unclear::new(why, [coming, later].into_iter().flatten().map(|day| day.to_string())))
}

/// The day of the week these words name alone, if they do: for prose, where “on Friday” is the one to come.
pub fn coming_weekday(words: &[Word<'_>], today: Date) -> Option<Date> {
    let at = |index: usize| words.get(index).map_or("", |word| word.lower.as_str());
    let (name, _) = match at(0) {
        "this" | "on" | "coming" => weekday(at(1)).zip(Some(2))?,
        other => weekday(other).zip(Some(1))?,
    };
    let coming = today.series(1.day()).skip(1).take(7).find(|day| day.weekday() == name.0)?;
    // On a Friday, “Friday” may be today, or in a week.
    (today.weekday() != name.0).then_some(coming)
}

fn weekday(word: &str) -> Option<(Weekday, usize)> {
    let day = schedule::Day::ALL.into_iter().find(|day| {
        let name = day.name().to_lowercase();
        word == name || (matches!(word.len(), 3..=5) && name.starts_with(word))
    })?;
    Some((day.weekday(), 1))
}

fn month(word: &str) -> Option<i16> {
    let index = MONTHS
        .iter()
        .position(|(name, short)| word == *name || word == *short || (word == "sept" && *short == "sep"))?;
    i16::try_from(index + 1).ok()
}

/// `15`, `15th`, `1st`; no greater than a day can be called.
fn ordinal(word: &str) -> Option<i16> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let end = word.get(digits.len()..)?;
    let fits = matches!(end, "" | "st" | "nd" | "rd" | "th") && matches!(digits.len(), 1 | 2);
    digits.parse().ok().filter(|day| fits && *day <= 99 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn number(word: &str) -> Option<i64> {
    const NUMBERS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let spelled = NUMBERS.iter().position(|name| *name == word).and_then(|number| i64::try_from(number).ok());
    let spelled = spelled.or_else(|| matches!(word, "a" | "an").then_some(1));
    spelled.or_else(|| word.parse().ok()).filter(|number| (0..=COUNT_MAX).contains(number))
}

fn days_of(count: i64, unit: &str) -> Option<i64> {
    match unit {
        "day" | "days" => Some(count),
        "week" | "weeks" => Some(count * 7),
        "fortnight" => Some(count * 14),
        _ => None,
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A date whose year is said. The last day of its month and the one after, if there is none.
fn possible(year: i16, month: i16, day: i16) -> Day {
    if let Some(date) = date(year, month, day) {
        return Day::Is(date);
    }
    let last = date(year, month, 1).map(Date::last_of_month);
    let next = last.and_then(|last| last.tomorrow().ok()).filter(|_| day > 0);
    let days = [last, next].into_iter().flatten().map(|day| day.to_string());
    Day::Unclear(Unclear::new(format!("There is no day {year:04}-{month:02}-{day:02}."), days))
}

/// The next two days of this name from today on.
fn upcoming(month: i16, day: i16, today: Date) -> impl Iterator<Item = Date> {
    // 29 February may be years away.
    (0..9)
        .filter_map(move |years| date(today.year().checked_add(years)?, month, day))
        .filter(move |day| *day >= today)
        .take(2)
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
