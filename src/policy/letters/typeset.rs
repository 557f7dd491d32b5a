//! How letters come out on the page: one line where one line is meant, at most 78 columns, dates and fingerprints
//! for people. Over text only; it knows no template and no letter.

use jiff::Timestamp;

/// RFC 5322 section 2.1.1: lines should have at most 78 characters.
const LINE_CHARACTERS_MAX: usize = 78;
/// Where a line that came out too long is broken: the width the templates are written in.
const WRAP_CHARACTERS: usize = 72;
/// A printed value is cut here: names and subjects of strangers and words of servers, never the text of an answer.
const VALUE_CHARACTERS_MAX: usize = 400;
/// What a command did, or why it did not, in our own words around a few of theirs.
const SENTENCES_CHARACTERS_MAX: usize = 2_000;
/// A whole paragraph around such values.
const WRAPPED_CHARACTERS_MAX: usize = 1_500;
/// A subject is cut here, well under the 998 characters of RFC 5322 section 2.1.1 even when encoded.
pub const SUBJECT_CHARACTERS_MAX: usize = 160;
/// Longer than any name seen; a sentence is no name.
const NAME_CHARACTERS_MAX: usize = 60;

/// Around the name of a slot: see `mail::letter::slot`.
const SLOT_OPENS: char = '\u{E000}';
const SLOT_CLOSES: char = '\u{E001}';
/// Begins a line that somebody wrote and that is kept as it is; only inside this module's two passes.
const KEPT: char = '\u{E002}';

/// `Tue 2026-12-15 12:00 UTC`: how people are shown a time.
pub fn shown(at: Timestamp) -> String {
    at.strftime("%a %Y-%m-%d %H:%M UTC").to_string()
}

/// A fingerprint in groups of four, to be compared by eye.
pub fn grouped(fingerprint: &str) -> String {
    let mut text = String::new();
    for (index, digit) in fingerprint.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Working days in the words of the policy: `one working week`.
pub fn working_time(days: u16) -> String {
    match days {
        1 => "one working day".to_owned(),
        5 => "one working week".to_owned(),
        10 => "two working weeks".to_owned(),
        15 => "three working weeks".to_owned(),
        20 => "four working weeks".to_owned(),
        days => format!("{days} working days"),
    }
}

/// A name to greet somebody with; empty when it may be anything but a name. The sender of a mail can be forged, so
/// a link or a sentence put in place of a name would reach a third person over our signature.
pub fn as_name(text: &str) -> String {
    let text = one_line(text, VALUE_CHARACTERS_MAX);
    let letters = text.chars().all(|c| c.is_alphabetic() || " .'’-".contains(c));
    let dotted = text.split('.').skip(1).any(|after| !after.is_empty() && !after.starts_with(' '));
    let plausible = letters && !dotted && text.chars().count() <= NAME_CHARACTERS_MAX;
    if plausible { text } else { String::new() }
}

/// A value inside a line: whatever it holds, it stays in that line, and names no slot unless it is one.
pub fn value(text: &str) -> String {
    if is_slot(text) { text.to_owned() } else { one_line(text, VALUE_CHARACTERS_MAX) }
}

/// A few sentences of ours, broken as `wrapped` does: longer than a stranger's words may be.
pub fn sentences(text: &str, indent: usize) -> String {
    broken(&one_line(text, SENTENCES_CHARACTERS_MAX), indent)
}

/// Text on one line: line breaks, control and private characters and marks that turn the direction of writing
/// become blanks; runs of blanks become one.
pub fn one_line(text: &str, characters_max: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || is_control(c)).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > characters_max {
        line = line.chars().take(characters_max.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Somebody's text of several lines, marked to be kept as it was written.
pub fn kept(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_matches(['\r', '\n']).lines() {
        let line: String = line.chars().filter(|c| *c == '\t' || !is_control(*c)).collect();
        lines.push(format!("{KEPT}{}", line.trim_end()));
    }
    lines.join("\n")
}

/// A text that is shown as it is, each line behind a mark: none begins with the words of whoever wrote it.
pub fn marked(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

/// A sentence or two of ours around somebody's words, broken to the width of a letter, each line under `indent` blanks;
/// the lines of an item ("- …", "✓ …") under its first word. Its last word never stands alone, where it may be read as an answer.
pub fn wrapped(text: &str, indent: usize) -> String {
    broken(&one_line(text, WRAPPED_CHARACTERS_MAX), indent)
}

fn broken(text: &str, indent: usize) -> String {
    let mut begins = text.chars();
    let is_item = begins.next().is_some_and(|c| !c.is_alphanumeric()) && begins.next() == Some(' ');
    let hanging = indent + if is_item { 2 } else { 0 };
    let words: Vec<&str> = text.split(' ').collect();
    let length = |index: usize| words.get(index).map_or(0, |word: &&str| word.chars().count());
    let mut page = " ".repeat(indent);
    let mut width = indent;
    for (index, word) in words.iter().enumerate() {
        let with_last = if index + 2 == words.len() { 1 + length(index + 1) } else { 0 };
        let full = width + 1 + length(index) + with_last > WRAP_CHARACTERS;
        let may_break = index > 0 && index + 1 < words.len() && !word.starts_with(['!', '！', '>', '-']);
        if full && may_break {
            page.push('\n');
            page.push_str(&" ".repeat(hanging));
            width = hanging;
        } else if index > 0 {
            page.push(' ');
            width += 1;
        }
        page.push_str(word);
        width += length(index);
    }
    page
}

/// The body of a letter as it is sent: long lines wrapped, trailing blanks and doubled empty lines gone, `-- `
/// (RFC 3676 section 4.3) above what mail programs drop from a reply.
pub fn body(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines() {
        let theirs = line.strip_prefix(KEPT);
        let line = line.trim_end();
        if line.is_empty() {
            gap = true;
            continue;
        }
        if gap && !page.is_empty() {
            page.push('\n');
        }
        gap = false;
        if let Some(theirs) = theirs {
            page.push_str(theirs);
            page.push('\n');
            continue;
        }
        match line {
            "--" => page.push_str("-- \n"),
            line if wraps(line) => wrap(line, &mut page),
            line => {
                page.push_str(line);
                page.push('\n');
            }
        }
    }
    page
}

fn is_slot(text: &str) -> bool {
    text.strip_prefix(SLOT_OPENS)
        .and_then(|rest| rest.strip_suffix(SLOT_CLOSES))
        .is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, SLOT_OPENS | SLOT_CLOSES | KEPT)
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A quote, an address of a page and a reply address are of no use in pieces.
fn wraps(line: &str) -> bool {
    line.chars().count() > LINE_CHARACTERS_MAX
        && !line.starts_with('>')
        && !line.contains("://")
        && !line.contains(SLOT_OPENS)
}

/// Breaks one line at blanks; what follows hangs under its first word. No broken-off line begins like a command,
/// a quote or a signature.
fn wrap(line: &str, page: &mut String) {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let hanging = indent + if line.trim_start().starts_with("- ") { 2 } else { 0 };
    let mut width = indent;
    page.push_str(&" ".repeat(indent));
    let mut first = true;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        let breaks = !first && width + 1 + length > WRAP_CHARACTERS && !word.starts_with(['!', '！', '>', '-']);
        if breaks {
            page.push('\n');
            page.push_str(&" ".repeat(hanging));
            width = hanging;
        } else if !first {
            page.push(' ');
            width += 1;
        }
        page.push_str(word);
        width += length;
        first = false;
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter::slot;

    #[test]
    fn times_and_fingerprints_as_people_read_them() {
        assert_eq!(shown("2026-12-15T12:00:00Z".parse().unwrap()), "Tue 2026-12-15 12:00 UTC");
        assert_eq!(grouped("0123456789ABCDEF0"), "0123 4567 89AB CDEF 0");
        assert_eq!(grouped(""), "");
        assert_eq!(working_time(5), "one working week");
        assert_eq!(working_time(7), "7 working days");
    }

    #[test]
    fn a_strangers_text_stays_on_its_line() {
        for (text, expected) in [
            ("plain", "plain"),
            ("two\r\nlines", "two lines"),
            ("a\u{202E}b\u{0}c\td", "a b c d"),
            ("  blanks   run ", "blanks run"),
            ("\u{E000}both\u{E001} please", "both please"),
            ("\u{2028}!release now", "!release now"),
            ("", ""),
        ] {
            assert_eq!(value(text), expected, "{text:?}");
        }
        assert_eq!(value(&slot("both")), slot("both"));
        assert_eq!(value(&"x".repeat(VALUE_CHARACTERS_MAX + 1)).chars().count(), VALUE_CHARACTERS_MAX);
    }

    #[test]
    fn sentences_of_ours_are_whole_where_a_strangers_value_would_be_cut() {
        let told = format!("Told of it: {}", "somebody@example.org (expert), ".repeat(20).trim_end());
        assert!(value(&told).ends_with('…') && one_line(&sentences(&told, 0), 3_000) == told);
        assert!(sentences(&told, 2).lines().all(|line| line.chars().count() <= WRAP_CHARACTERS));
        assert_eq!(sentences(&"x".repeat(3_000), 0).chars().count(), SENTENCES_CHARACTERS_MAX);
    }

    #[test]
    fn only_what_can_be_a_name_greets_somebody() {
        for name in ["Dana Doe", "Dr. Seán O'Hara", "李小龍", "J. P. Müller-Lüdenscheidt"] {
            assert_eq!(as_name(name), name);
        }
        for lure in [
            "Win at evil.example",
            "http://evil.example",
            "a@b.example",
            "Call 555 12",
            "Hi! Click",
            "Dr. www.evil",
            "x".repeat(61).as_str(),
        ] {
            assert_eq!(as_name(lure), "", "{lure}");
        }
    }

    #[test]
    fn long_lines_break_at_blanks_and_what_must_stay_whole_stays() {
        let long = "word ".repeat(20);
        let page = body(&long);
        assert!(page.lines().all(|line| line.chars().count() <= WRAP_CHARACTERS), "{page}");
        let item = body(&format!("  - {long}"));
        assert!(item.lines().skip(1).all(|line| line.starts_with("    word")), "{item}");
        for whole in [
            format!("> {}", "word ".repeat(20).trim_end()),
            format!("see https://example.org/{} and more", "x".repeat(80)),
            format!("{} write to {}", "word ".repeat(18).trim_end(), slot("both")),
        ] {
            assert_eq!(body(&whole), format!("{whole}\n"));
        }
    }

    #[test]
    fn a_line_broken_off_never_begins_like_a_command_or_a_quote() {
        for sign in ["!approve", "！approve", ">quoted", "-- "] {
            let page = body(&format!("{} {sign} and more words after it", "x".repeat(71)));
            assert!(page.lines().all(|line| !line.starts_with(['!', '！', '>', '-'])), "{page}");
        }
    }

    #[test]
    fn a_paragraph_is_broken_under_its_first_words_and_its_last_word_never_stands_alone() {
        let text =
            format!("- {} and a link https://example.org/a/long/path/of/theirs, we agree", "word ".repeat(12).trim());
        let page = wrapped(&text, 0);
        assert!(page.lines().count() > 1 && page.lines().all(|line| line.chars().count() <= WRAP_CHARACTERS), "{page}");
        assert!(page.lines().skip(1).all(|line| line.starts_with("  ") && line.trim().contains(' ')), "{page}");
        for length in 55..80 {
            let page = wrapped(&format!("{} we agree", "x".repeat(length)), 4);
            assert!(page.lines().all(|line| line.trim() != "agree"), "{page}");
        }
        assert_eq!(wrapped("one\r\ntwo", 2), "  one two");
        assert_eq!(wrapped("", 0), "");
    }

    #[test]
    fn empty_lines_collapse_and_the_signature_line_keeps_its_blank() {
        assert_eq!(body("\n\none  \n\n\n\ntwo\n--\nus\n\n"), "one\n\ntwo\n-- \nus\n");
    }

    #[test]
    fn a_kept_text_comes_out_as_it_was_written() {
        let theirs = format!(
            "if (x) {{\n\n\n\treturn 1;   \n}}\n> {}\n{}",
            "q ".repeat(60).trim_end(),
            "long ".repeat(30).trim_end()
        );
        let expected = theirs.replace("1;   ", "1;");
        assert_eq!(body(&format!("before\n\n{}\n\nafter", kept(&theirs))), format!("before\n\n{expected}\n\nafter\n"));
        assert_eq!(body(&kept(&format!("no {} here", slot("both")))), "no both here\n");
        assert_eq!(body(&kept("a\r\nb\r\n")), "a\nb\n");
    }
}
