//! Text as the rules see it: words without case and punctuation, subjects without their prefixes, and whether two mails
//! say the same.

use std::collections::BTreeSet;

/// What stands before a subject when it is answered, passed on or sent again, in the languages of mail programs.
const PREFIXES: [&str; 19] = [
    "re", "aw", "antw", "sv", "vs", "odp", "res", "rif", "fw", "fwd", "wg", "tr", "vb", "rv", "enc", "resend",
    "resent", "reminder", "ping",
];
/// A subject has a few; what is made of nothing else is no subject.
const PREFIXES_MAX: usize = 20;
/// Of a line that tells one mail from another.
const CHARACTERS_OF_A_TELLING_LINE: usize = 12;
/// Two mails that share less are not compared by it.
const LINES_COMPARED_MIN: usize = 3;
/// What is added when the same is sent again: "resending, as I am not sure that it arrived".
const LINES_ADDED_MAX: usize = 2;

/// A text in lower case with single blanks for all that is no word, and one at each end.
#[derive(Clone, Debug, Default)]
pub struct Plain(String);

impl Plain {
    pub fn of(text: &str) -> Self {
        let mut plain = String::from(" ");
        for c in text.chars().flat_map(char::to_lowercase) {
            match c {
                '’' | '\'' => plain.push('\''),
                c if c.is_alphanumeric() => plain.push(c),
                _ if plain.ends_with(' ') => {}
                _ => plain.push(' '),
            }
        }
        if !plain.ends_with(' ') {
            plain.push(' ');
        }
        Self(plain)
    }

    pub fn words(&self) -> usize {
        self.0.split_whitespace().count()
    }

    /// Whether one of the phrases stands in it.
    pub fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.holds(phrase))
    }

    /// How many of the phrases stand in it.
    pub fn hits(&self, phrases: &[&str]) -> usize {
        phrases.iter().filter(|phrase| self.holds(phrase)).count()
    }

    /// Whether the phrase is all there is.
    pub fn is(&self, phrase: &str) -> bool {
        self.0.trim() == phrase
    }

    /// Whether it begins with one of the phrases.
    pub fn begins(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.starts_with(&format!(" {phrase} ")))
    }

    fn holds(&self, phrase: &str) -> bool {
        match phrase.strip_suffix('*') {
            Some(stem) => self.0.contains(&format!(" {stem}")),
            None => self.0.contains(&format!(" {phrase} ")),
        }
    }
}

/// How many of the lines end in, or hold, a question. Those of links are none.
pub fn asks(own: &[&str]) -> usize {
    let asks = |line: &str| line.split_whitespace().any(|word| is_asked(word) && !word.contains("://"));
    own.iter().filter(|line| asks(line)).count()
}

fn is_asked(word: &str) -> bool {
    word.trim_end_matches(['"', '”', '’', '\'', ')', '!', '*']).ends_with(['?', '？'])
}

/// What a subject is about, to be compared with others.
pub fn topic(subject: &str) -> String {
    plain_subject(subject).to_lowercase()
}

/// A subject without "Re:", "Fwd:" and the list's tag. Empty when nothing else is there.
pub fn plain_subject(subject: &str) -> String {
    let mut rest = subject.trim();
    for _ in 0..PREFIXES_MAX {
        let shorter = without_tag(rest).or_else(|| without_prefix(rest));
        match shorter {
            Some(shorter) => rest = shorter.trim_start(),
            None => break,
        }
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_tag(subject: &str) -> Option<&str> {
    let (_, rest) = subject.strip_prefix('[')?.split_once(']')?;
    Some(rest)
}

fn without_prefix(subject: &str) -> Option<&str> {
    let (before, rest) = subject.split_once([':', '：'])?;
    // Some count: "Re[2]:", "Re^3:", "RE(2):".
    let word = before.trim().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()^".contains(c));
    PREFIXES.iter().any(|prefix| word.eq_ignore_ascii_case(prefix)).then_some(rest)
}

/// Whether the later text says all that the earlier one does, and hardly more.
pub fn repeats(earlier: &[&str], later: &[&str]) -> bool {
    let (earlier, later) = (telling(earlier), telling(later));
    let all_there = earlier.iter().all(|line| later.contains(line));
    all_there && earlier.len() >= LINES_COMPARED_MIN && later.len() <= earlier.len() + LINES_ADDED_MAX
}

fn telling(lines: &[&str]) -> BTreeSet<String> {
    let plain = lines.iter().map(|line| Plain::of(line).0.trim().to_owned());
    plain.filter(|line| line.chars().count() >= CHARACTERS_OF_A_TELLING_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_about_the_same_whoever_answers_it_how_often() {
        for subject in [
            "Application of Larkspur",
            "Re: Application of Larkspur",
            "RE: [predisclosure-applications] Re: Application  of Larkspur",
            "[predisclosure-applications] AW: Fwd: application of larkspur",
            "Re[2]: Application of Larkspur",
            "RESEND: Application of Larkspur",
        ] {
            assert_eq!(topic(subject), "application of larkspur", "{subject}");
        }
        assert_eq!(topic("Request: add us"), "request: add us", "not every colon ends a prefix");
        assert_eq!(topic("Re: [x]"), "");
        assert_eq!(topic(&"Re: ".repeat(1000)).len(), 4 * (1000 - PREFIXES_MAX) - 1);
    }

    #[test]
    fn phrases_are_found_as_words_whatever_stands_around_them() {
        let text = Plain::of("I don’t think that they\nshould be ADMITTED: subscribers");
        assert!(text.has(&["don't think that they should"]) && text.has(&["admitted"]));
        assert!(!text.has(&["subscribe"]) && text.has(&["subscrib*"]));
        assert_eq!(text.hits(&["think", "be", "none"]), 2);
        assert!(Plain::of("Subscribe").begins(&["subscribe"]) && !Plain::of("unsubscribe").begins(&["subscribe"]));
    }

    #[test]
    fn only_what_asks_is_a_question() {
        assert_eq!(asks(&["May we apply?", "see https://a.example/?q=1", "(really?)", "Yes."]), 2);
        assert_eq!(asks(&["https://a.example/page?"]), 0);
    }

    #[test]
    fn the_same_text_with_a_word_before_it_is_the_same() {
        let first = ["Name of organization: Coppice", "Domains: coppice.example", "We agree to comply with it."];
        let again = ["I am not sure that this arrived.", "", first[0], first[1], "We  agree to comply with it"];
        assert!(repeats(&first, &again));
        assert!(!repeats(&again, &first), "something is gone");
        let more =
            [first[0], first[1], first[2], "Alias: x@coppice.example", "Rates: https://c.example/1", "And more of it"];
        assert!(!repeats(&first, &more));
        assert!(!repeats(&["yes", "no"], &["yes", "no"]), "too little to tell");
    }
}
