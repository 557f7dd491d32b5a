//! The days on which people work: a weekend, and calendars of days that are off.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::{Day, weekdays};

/// More than a century of holidays; a longer file is another file.
pub const DAYS_MAX: usize = 10_000;
const NAME_CHARACTERS_MAX: usize = 100;
/// Spreadsheets put it before the first line.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// A day that is off, and what it is called, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    pub day: Date,
    pub name: String,
}

/// Which days are working days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    weekend: Vec<Weekday>,
    closed: BTreeMap<Date, String>,
}

/// Saturdays and Sundays are off, and nothing else.
impl Default for Calendar {
    fn default() -> Self {
        Self { weekend: vec![Weekday::Saturday, Weekday::Sunday], closed: BTreeMap::new() }
    }
}

impl Calendar {
    pub fn new(weekend: &[Day]) -> Self {
        Self { weekend: weekdays(weekend).collect(), closed: BTreeMap::new() }
    }

    /// These days are off, too. A day of several calendars has all its names.
    pub fn close(&mut self, days: impl IntoIterator<Item = Closed>) {
        for Closed { day, name } in days {
            let names = self.closed.entry(day).or_default();
            if names.is_empty() {
                *names = name;
            } else if !name.is_empty() && !names.split(", ").any(|known| known == name) {
                *names = format!("{names}, {name}");
            }
        }
    }

    pub fn works(&self, day: Date) -> bool {
        !self.weekend.contains(&day.weekday()) && !self.closed.contains_key(&day)
    }

    /// Why nobody works on a day: the name of a holiday, or of the day of the week.
    pub fn off(&self, day: Date) -> Option<String> {
        match self.closed.get(&day) {
            Some(name) if !name.is_empty() => Some(name.clone()),
            Some(_) => Some("a day off".to_owned()),
            None => self.weekend.contains(&day.weekday()).then(|| format!("a {}", Day::of(day).name())),
        }
    }

    /// The day `count` working days after `start`. "One working week" is five. Near the end of all calendars (year 9999) it
    /// stays where it is.
    pub fn after_working_days(&self, start: Date, count: u16) -> Date {
        let days = start.series(1.day()).skip(1).filter(|day| self.works(*day));
        days.take(usize::from(count)).last().unwrap_or(start)
    }

    /// The day `count` working days before `end`; near the beginning of all calendars it stays where it is.
    pub fn before_working_days(&self, end: Date, count: u16) -> Date {
        let days = end.series((-1).day()).skip(1).filter(|day| self.works(*day));
        days.take(usize::from(count)).last().unwrap_or(end)
    }

    /// The first day from `day` on that is open: people work, and it is none of `not_on`.
    pub fn open_from(&self, day: Date, not_on: &[Day]) -> Date {
        day.series(1.day()).find(|day| self.is_open(*day, not_on)).unwrap_or(day)
    }

    /// The last day until `day` that is open.
    pub fn open_until(&self, day: Date, not_on: &[Day]) -> Option<Date> {
        day.series((-1).day()).find(|day| self.is_open(*day, not_on))
    }

    pub fn is_open(&self, day: Date, not_on: &[Day]) -> bool {
        self.works(day) && !not_on.contains(&Day::of(day))
    }
}

/// What is wrong in a calendar, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misdated {
    pub line: usize,
    /// What stands after the line's number.
    pub what: String,
}

/// Reads a calendar: a day in each line and what it is called, `2026-12-25 Christmas Day`; `#` begins a comment.
pub fn read_calendar(text: &str) -> Result<Vec<Closed>, Misdated> {
    let mut days = Vec::new();
    for (index, line) in text.trim_start_matches(BYTE_ORDER_MARK).lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let wrong = |what: String| Misdated { line: index + 1, what };
        let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let shown: String = day.chars().take(NAME_CHARACTERS_MAX).collect();
        // `2026-12-25` only: jiff takes more forms, and "20261225" may be anything.
        let shaped = day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day = day.parse().ok().filter(|_| shaped).ok_or_else(|| wrong(format!("“{shown}” is not a day")))?;
        let name = name.trim();
        if name.chars().count() > NAME_CHARACTERS_MAX {
            return Err(wrong(format!("the name of the day is longer than {NAME_CHARACTERS_MAX} characters")));
        }
        if days.len() >= DAYS_MAX {
            return Err(wrong(format!("there are more than {DAYS_MAX} days")));
        }
        days.push(Closed { day, name: name.to_owned() });
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_days_with_names_and_comments() {
        let text = "\u{FEFF}# Germany\r\n\r\n2026-12-25 Christmas Day # both days\r\n  2026-12-26\tBoxing Day\r\n2027-01-01\r\n";
        let days = read_calendar(text).unwrap();
        let shown: Vec<String> = days.iter().map(|one| format!("{}={}", one.day, one.name)).collect();
        assert_eq!(shown, ["2026-12-25=Christmas Day", "2026-12-26=Boxing Day", "2027-01-01="]);
        let mut calendar = Calendar::default();
        calendar.close(days.clone());
        calendar.close(days);
        calendar.close([Closed { day: "2026-12-25".parse().unwrap(), name: "Weihnachten".to_owned() }]);
        let off = |day: &str| calendar.off(day.parse().unwrap());
        assert_eq!(off("2026-12-25").as_deref(), Some("Christmas Day, Weihnachten"));
        assert_eq!(off("2027-01-01").as_deref(), Some("a day off"));
        assert_eq!(off("2026-12-27").as_deref(), Some("a Sunday"));
        assert_eq!(off("2026-12-28"), None);
    }

    #[test]
    fn what_is_no_day_is_named_with_its_line() {
        for (text, line, what) in [
            ("2026-12-25 Christmas\n25.12.2027 Christmas\n", 2, "“25.12.2027” is not a day"),
            ("\n\n2027-02-29 Leap\n", 3, "“2027-02-29” is not a day"),
            ("20261225 Christmas\n", 1, "“20261225” is not a day"),
            ("2026-12-25T12:00 Christmas\n", 1, "“2026-12-25T12:00” is not a day"),
            ("Christmas\n", 1, "“Christmas” is not a day"),
        ] {
            assert_eq!(read_calendar(text), Err(Misdated { line, what: what.to_owned() }), "{text}");
        }
        let long = format!("2026-12-25 {}", "x".repeat(NAME_CHARACTERS_MAX + 1));
        assert_eq!(read_calendar(&long).unwrap_err().what, "the name of the day is longer than 100 characters");
        let many = "2026-12-25\n".repeat(DAYS_MAX + 1);
        assert_eq!(read_calendar(&many).unwrap_err().line, DAYS_MAX + 1);
    }
}
