//! Every letter comes back as a reply one day, quoted or not: nothing in any variant of it is a command, or answers a
//! question.
#![cfg(test)]

use std::collections::BTreeSet;

use super::*;
use crate::mail::letter::slot;
use crate::rules::command::{is_moderation, is_ruling, moderation, read, verdict, withdrawal};

fn all_letters() -> impl Iterator<Item = Letters> {
    let profiles = Profile::built_in_names().map(|name| Profile::built_in(name, "example.org").unwrap());
    profiles.map(|profile| Letters::load(&profile, None).unwrap())
}

/// All that a letter can look like, each once.
fn variants(letters: &Letters, name: LetterName, change: impl Fn(usize, Values) -> Values) -> BTreeSet<String> {
    let changed = samples::all(name).enumerate().map(|(index, values)| change(index, values));
    let rendered = changed.map(|values| letters.render(name, &values).unwrap());
    let sent = rendered.map(|Rendered { subject, body }| {
        let address = |text: &str| text.replace(&slot("both"), "security+k3v9@example.org");
        format!("{}\n\n{}", subject.value(), address(body.value()))
    });
    sent.collect()
}

/// Values that are words, dates and numbers of our own, or of the team.
const OURS: [&str; 31] = [
    "text",
    "writer",
    "expected",
    "problem",
    "proof",
    "reason",
    "remedy",
    "meaning",
    "standing",
    "members",
    "answered_at",
    "predisclosure",
    "release",
    "expires",
    "fingerprint",
    "key",
    "security",
    "both",
    "team_only",
    "received",
    "since",
    "until",
    "former",
    "offered",
    "header",
    "entry",
    "appeal",
    "at",
    "next",
    "state",
    "list",
];

/// The same, with these words in place of what people and servers call themselves, their mails and their files.
fn with(words: &str, mut values: Values) -> Values {
    for (name, value) in &mut values.values {
        let is_text = value.as_str().is_some_and(|text| !text.is_empty()) && !OURS.contains(&name.as_str());
        let is_texts = value.try_iter().is_ok_and(|mut items| items.any(|item| item.as_str().is_some()));
        if is_text {
            *value = Value::from(words);
        } else if is_texts && value.as_str().is_none() {
            *value = texts([words]);
        }
    }
    values
}

/// As Outlook quotes what it answers: without a mark, below the header.
fn below_its_header(letter: &str) -> String {
    let header = "From: Xen Project Security Team <security@example.org>\nSent: Monday, November 23, 2026 9:12 AM\n\
                  To: Alice Example <alice@example.org>\nSubject: ";
    format!("________________________________\n{header}{letter}")
}

fn marked(letter: &str) -> String {
    let quoted: Vec<String> = letter.lines().map(|line| format!("> {line}")).collect();
    format!("On Mon, 23 Nov 2026 at 09:12, Xen Project Security Team wrote:\n\n{}", quoted.join("\n"))
}

/// Of a text that is taken for somebody's own, from its beginning.
fn acts(text: &str) -> bool {
    let says = |line: &str| is_ruling(line, &["alias"]) || is_moderation(line);
    let answers = verdict(text).is_some() || matches!(moderation(text), Some(Ok(_))) || withdrawal(text);
    read(text).is_some() || answers || text.lines().any(says)
}

#[test]
fn no_letter_holds_a_command_or_an_answer_when_it_comes_back() {
    for letters in all_letters() {
        for name in LetterName::ALL.iter().copied() {
            for letter in variants(&letters, name, |_, values| values) {
                let quoted = marked(&letter);
                let without_who_wrote_it = quoted.split_once("\n\n").map_or("", |(_, quote)| quote);
                let typed_above = format!("Thanks, I will look.\n\n{}", below_its_header(&letter));
                let texts = [letter.as_str(), &below_its_header(&letter), &quoted, without_who_wrote_it, &typed_above];
                for text in texts {
                    assert!(!acts(text), "{name}:\n{text}");
                }
                // Whatever a mail program drops from its beginning.
                let mut below = letter.as_str();
                while let Some((_, rest)) = below.split_once('\n') {
                    assert!(!acts(rest), "{name}:\n{rest}");
                    below = rest;
                }
            }
        }
    }
}

#[test]
fn whatever_people_call_themselves_and_their_mail_no_line_of_a_letter_becomes_a_command() {
    let mut acting = std::collections::BTreeSet::new();
    for letters in all_letters() {
        for name in LetterName::ALL.iter().copied() {
            let words = ["!tell reporter", "！spam", "agree", "accept"];
            for letter in variants(&letters, name, |index, values| with(words[index % words.len()], values)) {
                let (_, body) = letter.split_once("\n\n").unwrap();
                for line in body.lines() {
                    let answers =
                        matches!(verdict(line), Some(Ok(_))) || is_ruling(line, &["alias"]) || is_moderation(line);
                    if read(line).is_some() || answers {
                        acting.insert(format!("{name}: {line}"));
                    }
                }
            }
        }
    }
    assert!(acting.is_empty(), "{acting:#?}");
}
