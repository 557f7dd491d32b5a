//! Dates: a weekday that is another, a day that does not exist, an embargo that is over.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use super::{Subject, quoted};
use crate::advisory::finding::Finding;

/// `Tuesday 16 December 2026`, `Tue, 16th of Dec 2026`, `Tuesday, December 16, 2026`, `Tue 2026-12-16`; the weekday may be
/// left out.
static DATES: LazyLock<Regex> = LazyLock::new(|| {
    let weekday = r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|s|nesday|rs|rsday|urday)?\.?,? (?:the )?)?";
    let month = |name: &str| format!(r"(?P<{name}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}}\.?");
    let day = |name: &str| format!(r"(?P<{name}>[0-3]?[0-9])(?:st|nd|rd|th)?");
    let year = |name: &str| format!(r"(?P<{name}>20[0-9]{{2}})");
    let forms = [
        format!(r"{}-(?P<n>[0-1][0-9])-(?P<d>[0-3][0-9])", year("y")),
        format!(r"{} (?:of )?{},? {}", day("d2"), month("m2"), year("y2")),
        format!(r"{} {},? {}", month("m3"), day("d3"), year("y3")),
    ];
    Regex::new(&format!(r"(?i)\b{weekday}(?:{})\b", forms.join("|"))).expect("the pattern is fixed")
});

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [(&str, Weekday, &str); 7] = [
    ("mon", Weekday::Monday, "Monday"),
    ("tue", Weekday::Tuesday, "Tuesday"),
    ("wed", Weekday::Wednesday, "Wednesday"),
    ("thu", Weekday::Thursday, "Thursday"),
    ("fri", Weekday::Friday, "Friday"),
    ("sat", Weekday::Saturday, "Saturday"),
    ("sun", Weekday::Sunday, "Sunday"),
];

struct Found<'a> {
    line: u32,
    words: &'a str,
    /// `None`: there is no such day.
    date: Option<Date>,
    weekday: Option<Weekday>,
}

fn all<'a>(subject: &'a Subject<'_>) -> Vec<Found<'a>> {
    let text = &subject.flow.text;
    let read = |captures: Captures<'a>| {
        let whole = captures.get(0)?;
        let named = |names: [&str; 3]| {
            names.into_iter().find_map(|name| captures.name(name)).map(|one| one.as_str().to_lowercase())
        };
        let number = |names| named(names)?.parse::<i8>().ok();
        let year: i16 = named(["y", "y2", "y3"])?.parse().ok()?;
        let month = match named(["m2", "m3", "m3"]) {
            Some(month) => i8::try_from(MONTHS.iter().position(|one| *one == month)? + 1).ok()?,
            None => number(["n", "n", "n"])?,
        };
        let weekday = named(["weekday", "weekday", "weekday"]);
        Some(Found {
            line: subject.flow.line_at(whole.start()),
            words: whole.as_str(),
            date: Date::new(year, month, number(["d", "d2", "d3"])?).ok(),
            weekday: weekday
                .and_then(|day| WEEKDAYS.iter().find(|(name, ..)| *name == day))
                .map(|(_, weekday, _)| *weekday),
        })
    };
    DATES.captures_iter(text).filter_map(read).collect()
}

fn called(weekday: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, one, _)| *one == weekday).map_or("", |(.., name)| *name)
}

pub fn weekdays(subject: &Subject<'_>) -> Vec<Finding> {
    let wrong = |found: Found<'_>| match (found.date, found.weekday) {
        (None, _) => {
            Some(Finding::warning(found.line, format!("There is no day “{}”; correct it.", quoted(found.words))))
        }
        (Some(date), Some(said)) if date.weekday() != said => Some(Finding::warning(
            found.line,
            format!("“{}” is a {}; correct the weekday or the date.", quoted(found.words), called(date.weekday())),
        )),
        _ => None,
    };
    all(subject).into_iter().filter_map(wrong).collect()
}

/// What is said of an embargo, or of what will be, lies ahead.
pub fn past(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(today) = subject.today else { return Vec::new() };
    let ahead = |line: u32| {
        let line = usize::try_from(line).ok().and_then(|line| subject.lines.get(line.checked_sub(1)?));
        let words = line.map(|line| line.words.to_lowercase());
        words.is_some_and(|words| words.contains("embargoed until") || words.split(' ').any(|word| word == "will"))
    };
    let over =
        all(subject).into_iter().filter(|found| found.date.is_some_and(|date| date < today) && ahead(found.line));
    over.map(|found| {
        Finding::warning(found.line, format!("“{}” is over; correct the date, or the sentence.", quoted(found.words)))
    })
    .collect()
}
