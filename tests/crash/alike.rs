//! What two desks with the same history have in common, though at one of them things happened later and in another
//! order: every row and every letter, without the numbers and the hours that differ by design.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::desk::Desk;
use super::outcome::{Name, name, open, rows, unsigned};
use crate::world::Letter;

/// Rows count on from others: an alert that comes earlier moves the numbers of all letters after it. How often a
/// letter was tried, and until when it rested, is the mail server's doing.
const PASSING: &[(&str, &[&str])] = &[
    ("letter", &["id"]),
    ("delivery", &["id", "attempts", "next_attempt_at"]),
    ("automatic_answer", &["delivery"]),
    ("return_path", &["hash", "delivery"]),
    ("audit", &["seq", "prev", "hash"]),
];

#[derive(Debug, PartialEq, Eq)]
pub struct Alike {
    /// Sorted.
    pub rows: Vec<String>,
    /// What the mail server has, once each.
    pub letters: BTreeMap<Name, String>,
}

impl Alike {
    pub fn of(desk: &Desk) -> Self {
        let names = Names::of(desk);
        let mut all = Vec::new();
        rows(desk, |table, values| {
            let passing = PASSING.iter().find(|(of, _)| *of == table).map_or(&[][..], |(_, columns)| columns);
            let mut row = table.to_owned();
            for (column, value) in values.iter().filter(|(column, _)| !passing.contains(&column.as_str())) {
                let value = match (table, column.as_str()) {
                    ("delivery", "letter") => names.letter(value),
                    _ => names.of_value(value),
                };
                row.push_str(&format!(" {column}={}", hourless(&value)));
            }
            all.push(row);
        });
        all.sort();
        let letters = desk.server.accepted();
        let letters = letters.iter().map(|letter| names.of_letter(letter)).collect();
        Self { rows: all, letters }
    }

    /// Panics with the first difference.
    pub fn must_be(&self, should: &Self) {
        let lacks = should.rows.iter().find(|row| !self.rows.contains(row));
        let exceeds = self.rows.iter().find(|row| !should.rows.contains(row));
        assert_eq!((exceeds, lacks), (None, None), "a row there is, and one there should be");
        assert_eq!(self.rows, should.rows, "a row twice");
        let names = |alike: &Self| alike.letters.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(should), "letters to nobody else, and none lost");
        for (name, text) in &self.letters {
            assert_eq!(text, &should.letters[name], "{name:?}");
        }
    }
}

/// What stands for the identifiers that come from the number of a delivery: those of alerts about deliveries.
struct Names {
    /// By the number of the letter.
    letters: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

impl Names {
    fn of(desk: &Desk) -> Self {
        let mut names = Self { letters: BTreeMap::new(), values: BTreeMap::new() };
        let connection = open(desk);
        let mut all = connection
            .prepare(
                "SELECT letter.id, cause, message_id, delivery.id, recipient FROM letter
                 JOIN delivery ON delivery.letter = letter.id ORDER BY letter.id, delivery.id",
            )
            .unwrap();
        let mut all = all.query([]).unwrap();
        while let Some(row) = all.next().unwrap() {
            let text = |column| row.get::<_, String>(column).unwrap();
            let number = |column| row.get::<_, i64>(column).unwrap();
            let (cause, message_id, to) = (text(1), text(2), text(4));
            // An alert is about a letter before it, so that one is named already.
            let about = cause.strip_prefix("trouble with ").and_then(|delivery| names.values.get(delivery)).cloned();
            if let Some(about) = about {
                names.values.insert(cause, format!("trouble with {about}"));
                names.values.insert(message_id.clone(), format!("alert to {to} about {about}"));
            }
            let letter = names.of_value(&message_id);
            names.values.insert(format!("delivery {}", number(3)), format!("delivery of {letter} to {to}"));
            names.letters.insert(number(0).to_string(), letter);
        }
        names
    }

    fn letter(&self, number: &str) -> String {
        self.letters[number].clone()
    }

    fn of_value(&self, value: &str) -> String {
        self.values.get(value).cloned().unwrap_or_else(|| self.of_text(value))
    }

    /// A letter about a delivery names its number.
    fn of_text(&self, text: &str) -> String {
        static RELEASE: LazyLock<Regex> = LazyLock::new(|| Regex::new("outbox release ([0-9]+)").unwrap());
        let named = |found: &Captures<'_>| {
            let delivery = format!("delivery {}", &found[1]);
            format!("outbox release of {}", self.values.get(&delivery).unwrap_or(&delivery))
        };
        RELEASE.replace_all(text, named).into_owned()
    }

    /// The bytes of an alert follow from its Message-ID, too: of those the words must be the same.
    fn of_letter(&self, letter: &Letter) -> (Name, String) {
        let (message_id, to) = name(letter);
        let text = match self.values.contains_key(&message_id) {
            true => self.of_text(&format!("{}\n\n{}", letter.subject(), letter.text())),
            false => unsigned(letter.readable()),
        };
        ((self.of_value(&message_id), to), hourless(&text))
    }
}

/// The text with every hour of a day in it made the same.
fn hourless(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len().saturating_sub(4) {
        let [a, b, colon, c, d] = [0, 1, 2, 3, 4].map(|next| bytes[at + next]);
        let hour = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        if [a, b].into_iter().all(hour) && colon == b':' && [c, d].into_iter().all(|byte| byte.is_ascii_digit()) {
            for next in [0, 1, 3, 4] {
                bytes[at + next] = b'-';
            }
        }
    }
    String::from_utf8(bytes).expect("digits were replaced by dashes")
}

#[test]
fn hours_are_alike_and_days_are_not() {
    assert_eq!(
        hourless("2026-01-05T09:00:31Z, Mon, 05 Jan 2026 10:01:59 +0000"),
        "2026-01-05T--:--:--Z, Mon, 05 Jan 2026 --:--:-- +0000"
    );
    assert_eq!(hourless("case 12, µ: 4"), "case 12, µ: 4");
}
