//! Whatever somebody writes, it is read, or asked back; never guessed twice, never a panic, and in time.
#![cfg(test)]

use std::time::Instant;

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 44] = [
    "2026-12-15",
    "15",
    "15th",
    "December",
    "dec",
    "2026",
    "26",
    "Friday",
    "next",
    "in",
    "two",
    "weeks",
    "days",
    "03/04",
    "3.4.",
    "03/04/2026",
    "14:00",
    "UTC",
    "CET",
    "2pm",
    "noon",
    "at",
    "on",
    "or",
    "–",
    "2026-02-30",
    "publish",
    "we",
    "will",
    "deadline",
    "could",
    "?",
    "embargo",
    ".",
    "!embargo",
    "tomorrow",
    "May",
    "may",
    "+01:00",
    "14:00+25",
    "31",
    "\u{200b}",
    "’",
    "é",
];

fn prose() -> impl Strategy<Value = String> {
    let word = prop_oneof![4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,6}"];
    let gap = prop_oneof![5 => Just(" "), 1 => Just("\n"), 1 => Just("\n\n"), 1 => Just("")];
    proptest::collection::vec((word, gap), 0..40)
        .prop_map(|words| words.into_iter().map(|(word, gap)| format!("{word}{gap}")).collect())
}

fn any_day() -> impl Strategy<Value = Date> {
    (1i16..=9999, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| Date::constant_or_last(year, month, day))
}

trait OrLast {
    fn constant_or_last(year: i16, month: i8, day: i8) -> Date;
}

impl OrLast for Date {
    fn constant_or_last(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap_or_else(|_| Date::new(year, month, 1).unwrap().last_of_month())
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_asked_back(text in prose(), today in any_day()) {
        match read(&text, today) {
            Ok(wanted) => prop_assert!(text.ends_with(&wanted.reason) || text.trim_end().ends_with(&wanted.reason)),
            Err(Unclear { why, .. }) => prop_assert!(why.ends_with('.') && !why.contains('\n')),
        }
        for hint in hints(&text, today) {
            prop_assert!(hint.day.is_none_or(|day| day >= today));
            prop_assert!(!hint.words.contains('\n') && !hint.words.is_empty());
        }
    }

    #[test]
    fn every_day_is_read_in_every_form_that_is_beyond_doubt(day in any_day(), today in any_day()) {
        prop_assume!(day.year() >= 1000);
        let forms = ["%Y-%m-%d", "%-d %B %Y", "%B %-d, %Y", "%A, %-d %b %Y", "%a %Y-%m-%d"];
        for form in forms {
            let text = format!("{} 14:30 because of it", day.strftime(form));
            let wanted = read(&text, today);
            let expected = Wanted { day, hour: Time::new(14, 30, 0, 0).ok(), reason: "because of it".to_owned() };
            prop_assert_eq!(wanted, Ok(expected), "{}", text);
        }
    }

    #[test]
    fn every_other_weekday_is_asked_back(day in any_day(), other in 1i32..=6) {
        prop_assume!(day.year() >= 1000 && day.year() < 9998);
        let wrong = day.saturating_add(jiff::ToSpan::days(other)).strftime("%A").to_string();
        let text = format!("{wrong} {} because of it", day.strftime("%-d %B %Y"));
        let unclear = read(&text, day).unwrap_err();
        prop_assert!(unclear.meanings.contains(&day.to_string()), "{text}: {unclear:?}");
    }
}

#[test]
fn a_large_mail_is_looked_at_in_time() {
    let start = Instant::now();
    let today = "2026-12-07".parse().unwrap();
    for text in ["we will publish ", "publish 3/4 or ", "Friday ", "on ", "a", ".", "publish in 3 "] {
        hints(&text.repeat(1_000_000 / text.len()), today);
        let _ = read(&text.repeat(1_000_000 / text.len()), today);
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
