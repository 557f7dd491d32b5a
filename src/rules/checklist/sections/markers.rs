//! What items of lists begin with: marks, numbers, letters.

/// What an item of a list begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    #[default]
    None,
    Bullet,
    /// A number, or a letter.
    Counted,
}

/// What an item of a list begins with, and how many bytes that takes with the blanks before and behind.
pub fn marker(line: &str) -> (Marker, usize) {
    let indent = line.len() - line.trim_start().len();
    let rest = line.trim_start();
    let bullet = rest.trim_start_matches(['*', '-', '•', '·', '‣', '◦', '–', '—', '+', '○', '●', '■', '▪', '>', '#']);
    let marks = rest.len() - bullet.len();
    if marks > 0 && (bullet.starts_with(' ') || bullet.starts_with('[')) {
        let (inner, length) = counted(bullet.trim_start());
        let spaces = bullet.len() - bullet.trim_start().len();
        return (if inner { Marker::Counted } else { Marker::Bullet }, indent + marks + spaces + length);
    }
    if let Some(after) = ["Q:", "A:", "Q.", "A.", "o "].into_iter().find_map(|mark| rest.strip_prefix(mark)) {
        return (Marker::Bullet, line.len() - after.trim_start().len());
    }
    let (is_counted, length) = counted(rest);
    if is_counted { (Marker::Counted, indent + length) } else { (Marker::None, indent) }
}

/// `3.`, `3)`, `(3)`, `3.-`, `5.1`, `8bis.`, `b)`, `iv)`, `Q3:`, `#3`.
fn counted(text: &str) -> (bool, usize) {
    let open = text.trim_start_matches(['(', '[', '#']);
    let opened = text.len() - open.len();
    let open = open.strip_prefix("Q").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(open);
    let digits = open.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let numbered = open.starts_with(|c: char| c.is_ascii_digit());
    let number_ends = open.len() - digits.len();
    let (is_counted, rest) = if numbered && number_ends <= 8 {
        let suffixed = ["bis", "ter"].into_iter().find_map(|word| digits.strip_prefix(word)).unwrap_or(digits);
        let suffixed = match suffixed.strip_prefix(|c: char| c.is_ascii_lowercase()) {
            Some(rest) if rest.starts_with([')', '.', ':']) => rest,
            _ => suffixed,
        };
        let dotted = open.get(..number_ends).is_some_and(|number| number.ends_with('.'));
        let closed = suffixed.starts_with([')', ']', '.', ':', '-', '/']);
        (dotted || closed || opened > 0, suffixed.trim_start_matches([')', ']', '.', ':', '-', '/']))
    } else {
        let letters = open.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let length = open.len() - letters.len();
        let word = open.get(..length).unwrap_or_default();
        let roman = word.len() <= 4 && word.chars().all(|c| "ivxIVX".contains(c));
        let closed = letters.starts_with(')') || (letters.starts_with('.') && length == 1 && letters.starts_with(". "));
        ((length == 1 || (roman && length > 0)) && closed, letters.get(1..).unwrap_or_default())
    };
    if !is_counted
        || !(rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with(char::is_alphabetic))
    {
        return (false, 0);
    }
    (true, text.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_lists_are_known_by_what_they_begin_with() {
        for (line, expected) in [
            ("1. Acme", "Acme"),
            ("  2) Acme", "Acme"),
            ("(3) Acme", "Acme"),
            ("3.- Acme", "Acme"),
            ("8bis. Acme", "Acme"),
            ("5.1 Acme", "5.1 Acme"),
            ("5.1. Acme", "Acme"),
            ("4a) Acme", "Acme"),
            ("b) Acme", "Acme"),
            ("iv) Acme", "Acme"),
            ("Q3: Acme", "Acme"),
            ("* Acme", "Acme"),
            ("- 1. Acme", "Acme"),
            (" o Acme", "Acme"),
            ("Acme", "Acme"),
            ("2013 was good", "2013 was good"),
            ("1 350 gateways", "1 350 gateways"),
            ("I am", "I am"),
            ("a small one", "a small one"),
            ("1.Acme", "Acme"),
        ] {
            assert_eq!(line.get(marker(line).1..), Some(expected), "{line}");
        }
    }
}
