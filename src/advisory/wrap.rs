//! Breaks lines that are too long for mail, in paragraphs of prose only: what is indented, a table, a list or a transcript
//! stays as it is. What was wrapped is not changed by wrapping it again.

/// Where prose is broken.
pub const WIDTH_CHARACTERS: usize = 72;
/// A paragraph all of whose lines are at most so long stays as its author broke it.
const LINE_CHARACTERS_MAX: usize = 76;

/// A body with its long lines broken, without blanks at line ends (a cleartext signature does not cover them).
pub fn body(body: &str) -> String {
    // A carriage return that ends no line is a blank: where a line is broken at it, it would end one.
    let body = body.replace("\r\n", "\n").replace('\r', " ");
    let lines: Vec<&str> = body.lines().map(|line| line.trim_end_matches([' ', '\t'])).collect();
    let mut text = String::new();
    for paragraph in lines.chunk_by(|one, next| one.is_empty() == next.is_empty()) {
        if paragraph.iter().any(|line| is_long(line)) && paragraph.iter().all(|line| is_prose(line)) {
            for line in wrapped(&paragraph.join(" "), WIDTH_CHARACTERS) {
                text.push_str(&line);
                text.push('\n');
            }
        } else {
            paragraph.iter().for_each(|line| {
                text.push_str(line);
                text.push('\n');
            });
        }
    }
    text
}

/// Longer than it may be, and to be broken somewhere.
fn is_long(line: &str) -> bool {
    line.chars().count() > LINE_CHARACTERS_MAX && line.contains(' ')
}

/// No table, list, quote, transcript, and nothing that is indented.
fn is_prose(line: &str) -> bool {
    let mark = |c: char| "-*+|>$#".contains(c);
    let numbered = line.split(['.', ')']).next().is_some_and(|first| {
        !first.is_empty() && first.len() < line.len() && first.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_column = |(at, _): (usize, &str)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|before| ".?!:)".contains(before))
            || line.get(at..).is_some_and(|gap| gap.starts_with("   "))
    };
    !line.starts_with(|c: char| c.is_whitespace() || mark(c))
        && !numbered
        && !line.contains('\t')
        && !line.match_indices("  ").any(is_column)
}

/// Lines of at most `width` characters, where words are short enough. Two blanks behind a sentence stay two.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut length, mut gap) = (String::new(), 0, 0);
    for word in text.split(' ') {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        let word_length = word.chars().count();
        if !line.is_empty() && length + gap + word_length > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if !line.is_empty() {
            line.push_str(&" ".repeat(gap));
            length += gap;
        }
        line.push_str(word);
        length += word_length;
        gap = 1;
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines
}
