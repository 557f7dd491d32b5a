//! How a line is written: letters in the width of Chinese, quotes of print, stars around bold words, a line of dashes
//! below a heading. It tells nothing of whose words they are.

/// Longer lines of dashes are drawn by programs, not below a heading.
const UNDERLINE_BYTES_MAX: usize = 100;

/// Letters and marks of one kind: people read `Ａ：“x”` as `A:"x"`.
pub fn cleaned(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '\t' => ' ',
        '\n' => ' ',
        other => other,
    };
    text.trim_end().chars().map(narrow).collect()
}

/// A line without the marks that wikis and chats put around bold words and before headings, and whether all of it
/// was marked so.
pub fn unmarked(line: &str) -> (String, bool) {
    let indent = line.len() - line.trim_start().len();
    let (blank, bare) = line.split_at_checked(indent).unwrap_or(("", line));
    let wiki = bare.trim_start_matches(['#', '=']);
    let marks = bare.len() - wiki.len();
    if (1..=6).contains(&marks) && wiki.starts_with(' ') && wiki.chars().any(char::is_alphabetic) {
        let (text, _) = unmarked_bold(wiki.trim_end_matches(['#', '=']).trim());
        return (format!("{blank}{text}"), true);
    }
    let (text, strong) = unmarked_bold(bare);
    (format!("{blank}{text}"), strong)
}

/// The same for `**bold**`, `*bold*` and `__bold__`; underscores alone are parts of names.
fn unmarked_bold(text: &str) -> (String, bool) {
    let mut shown = String::with_capacity(text.len());
    let mut marked = 0usize;
    let mut rest = text;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let mark = ["**", "__", "*"].into_iter().find(|mark| rest.starts_with(mark));
        let bold = mark.filter(|_| !before.is_alphanumeric()).and_then(|mark| {
            let inside = rest.get(mark.len()..)?;
            let words = inside.get(..inside.find(mark)?)?;
            let whole = !words.is_empty() && words.trim() == words && words.chars().any(char::is_alphanumeric);
            whole.then_some((words, 2 * mark.len() + words.len()))
        });
        match bold {
            Some((words, length)) => {
                shown.push_str(words);
                marked += words.chars().filter(|c| c.is_alphanumeric()).count();
                rest = rest.get(length..).unwrap_or_default();
                before = 'x';
            }
            None if mark.is_some_and(|mark| mark.len() == 2) => {
                shown.push_str(rest.get(..2).unwrap_or_default());
                rest = rest.get(2..).unwrap_or_default();
                before = ' ';
            }
            None => {
                shown.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
                before = next;
            }
        }
    }
    let letters = shown.chars().filter(|c| c.is_alphabetic()).count();
    // A number or letter before it may stand outside.
    let strong = marked > 0 && marked + 2 >= shown.chars().filter(|c| c.is_alphanumeric()).count() && letters > 1;
    (shown, strong)
}

/// A line of dashes, as people draw it below a heading.
pub fn is_underline(line: &str) -> bool {
    let line = line.trim();
    let drawn = |mark: u8| line.bytes().all(|byte| byte == mark);
    (3..=UNDERLINE_BYTES_MAX).contains(&line.len()) && [b'-', b'=', b'~', b'^', b'*'].into_iter().any(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_words_stay() {
        for (line, expected, strong) in [
            ("**Name:** Acme", "Name: Acme", false),
            ("**1. Name of it:**", "1. Name of it:", true),
            ("*Alias*", "Alias", true),
            ("* a bullet", "* a bullet", false),
            ("* *Alias* *", "* Alias *", true),
            ("## Alias ##", "Alias", true),
            ("== Alias ==", "Alias", true),
            ("2 ** 3 ** 4", "2 ** 3 ** 4", false),
            ("a*b*c", "a*b*c", false),
            ("#1 of the market", "#1 of the market", false),
            ("__init__", "init", true),
            ("", "", false),
        ] {
            assert_eq!(unmarked(line), (expected.to_owned(), strong), "{line}");
        }
        assert_eq!(cleaned("Ａ：“x’s” "), "A:\"x's\"");
    }
}
