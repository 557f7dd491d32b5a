//! The header fields of a message, in the order they stand in, straight from the bytes: order and position decide
//! what counts as evidence. It decodes nothing (RFC 2047) and believes nothing; `mail-parser` reads single fields.

use std::borrow::Cow;

/// A real mail has a few hundred fields at most; what stands behind this many is not read.
const FIELDS_MAX: usize = 10_000;
/// Our own server refuses far less (Postfix `header_size_limit`: 100 KiB for one field).
const HEADER_BYTES_MAX: usize = 4 << 20;
/// A value longer than this is cut before anybody looks at it.
const VALUE_BYTES_MAX: usize = 64 << 10;
/// No real list of MIME parameters is longer, not even with a file name split by RFC 2231.
const PARAMETERS_BYTES_MAX: usize = 4 << 10;
/// RFC 5322 section 2.1.1 allows 998 characters in a line; no program has a field name of this length.
const NAME_BYTES_MAX: usize = 200;

/// One field, unparsed.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub name: &'a str,
    /// Everything after the colon, folds and line ends included.
    raw: &'a [u8],
}

impl<'a> Field<'a> {
    /// Whether a CR stands in it that ends no line of ours; to some servers it does.
    pub fn has_lone_cr(&self) -> bool {
        let mut bytes = self.raw.iter().peekable();
        while let Some(byte) = bytes.next() {
            if *byte == b'\r' && bytes.peek().is_some_and(|next| **next != b'\n') {
                return true;
            }
        }
        false
    }

    /// The value on one line: folds undone (RFC 5322 section 2.2.3), at most 64 KiB, bytes that are no UTF-8 replaced.
    pub fn value(&self) -> String {
        let raw = self.raw.get(..VALUE_BYTES_MAX).unwrap_or(self.raw);
        let mut line = Vec::with_capacity(raw.len());
        for (position, byte) in raw.iter().enumerate() {
            match byte {
                b'\n' => {}
                b'\r' if raw.get(position + 1).is_none_or(|next| *next == b'\n') => {}
                // A lone CR is no line end of ours; joining what stands around it could make a new word.
                b'\r' => line.push(b' '),
                byte => line.push(*byte),
            }
        }
        String::from_utf8_lossy(&line).trim().to_owned()
    }

    /// The field as it stands: name, value, folds and line ends; for whoever passes it on.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        out.push(b':');
        out.extend_from_slice(self.raw);
        if !self.raw.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }

    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The field as bytes that `mail-parser` reads alone. It is handed one bounded field at a time because its
    /// parameter lists cost the square of their length (0.11.9, `merge_continuations`).
    pub fn alone_as(&self, name: &str) -> Vec<u8> {
        let mut value = self.value();
        if name.starts_with("Content-") {
            value.truncate(value.floor_char_boundary(PARAMETERS_BYTES_MAX));
        }
        format!("{name}: {value}\r\n\r\n").into_bytes()
    }
}

/// The fields of one entity and the body behind the first empty line.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    fields: Vec<Field<'a>>,
    pub body: &'a [u8],
    /// There was more than the maxima allow: what is missing may be what matters.
    pub cut: bool,
}

impl<'a> Headers<'a> {
    /// Reads up to the first empty line; both line ends. Lines that are no field (an mbox `From ` line, junk) are
    /// passed over, as every mail program does.
    pub fn read(entity: &'a [u8]) -> Self {
        let mut headers = Headers { fields: Vec::new(), body: &[], cut: false };
        let mut rest = entity;
        let mut open: Option<(&'a str, &'a [u8], usize)> = None; // name, from the value on, length so far
        let mut read = 0usize;
        while !rest.is_empty() {
            let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            let (line, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            read += length;
            if matches!(line, b"\n" | b"\r\n") {
                headers.body = after;
                break;
            }
            let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
            match (&mut open, folded) {
                (Some((_, _, so_far)), true) => *so_far += length,
                (None, true) => {}
                (_, false) => {
                    headers.close(open.take());
                    open = start(line)
                        .and_then(|(name, value_at)| Some((name, rest.get(value_at..)?, length - value_at)))
                        .filter(|_| headers.room(read));
                }
            }
            rest = after;
        }
        headers.close(open);
        headers
    }

    fn room(&mut self, read: usize) -> bool {
        self.cut |= self.fields.len() >= FIELDS_MAX || read > HEADER_BYTES_MAX;
        !self.cut
    }

    fn close(&mut self, open: Option<(&'a str, &'a [u8], usize)>) {
        if let Some((name, from, length)) = open {
            self.fields.push(Field { name, raw: from.get(..length).unwrap_or(from) });
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter()
    }

    /// All fields of this name, topmost first.
    pub fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Field<'a>> + use<'n, 'a> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// The topmost field of this name.
    pub fn first(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is(name))
    }

    /// The value of the topmost field of this name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.first(name).map(Field::value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// The first `count` fields from the top; with it, "above" is a plain iterator.
    pub fn above(&self, count: usize) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().take(count)
    }
}

/// The name of the field that begins on this line, and where its value begins (RFC 5322 section 2.2; blanks before
/// the colon are of section 4.5).
fn start(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(NAME_BYTES_MAX).position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let printable = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
    Some((std::str::from_utf8(name).ok().filter(|_| printable)?, colon + 1))
}

/// The value without comments (RFC 5322 section 3.2.2: nested, with quoted pairs); quoted strings stay whole.
pub fn without_comments(value: &str) -> Cow<'_, str> {
    if !value.contains('(') {
        return Cow::Borrowed(value);
    }
    let mut plain = String::with_capacity(value.len());
    let (mut depth, mut quoted) = (0usize, false);
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if depth > 0 => drop(characters.next()),
            '\\' if quoted => {
                plain.push('\\');
                plain.extend(characters.next());
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                plain.push('"');
            }
            '(' if !quoted => {
                if depth == 0 {
                    plain.push(' ');
                }
                depth += 1;
            }
            ')' if depth > 0 => depth -= 1,
            other if depth == 0 => plain.push(other),
            _ => {}
        }
    }
    Cow::Owned(plain)
}

/// Text that is safe to show on one line: no control characters, runs of blanks as one, at most `characters_max`.
pub fn one_line(text: &str, characters_max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control() || is_direction(c)).filter(|w| !w.is_empty());
    let mut line = String::new();
    for (count, word) in words.enumerate() {
        if count > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > characters_max.saturating_mul(4) {
            break;
        }
    }
    if line.chars().count() > characters_max {
        line = line.chars().take(characters_max.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Characters that turn the reading direction round: they make one name look like another (Unicode TR 36).
pub fn is_direction(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(raw: &str) -> Vec<(String, String)> {
        let headers = Headers::read(raw.as_bytes());
        headers.iter().map(|field| (field.name.to_owned(), field.value())).collect()
    }

    #[test]
    fn order_folds_and_line_ends() {
        let lf = "From MAILER-DAEMON  Mon Feb  9\nReceived: a\n\tby b\nX-Empty:\njunk line\nSubject : two\n  lines\n\nBody: no field\n";
        let expected = [("Received", "a\tby b"), ("X-Empty", ""), ("Subject", "two  lines")];
        let expected: Vec<_> = expected.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(fields(lf), expected);
        assert_eq!(fields(&lf.replace('\n', "\r\n")), expected);
        assert_eq!(Headers::read(lf.as_bytes()).body, b"Body: no field\n");
    }

    #[test]
    fn a_header_without_end_and_a_body_without_header() {
        assert_eq!(fields("Subject: x"), [("Subject".to_owned(), "x".to_owned())]);
        assert!(fields("\nSubject: this is body\n").is_empty());
        assert!(fields("").is_empty());
        assert!(fields(" folded onto nothing\n: no name\nN\u{e9}: no ASCII\n").is_empty());
        assert_eq!(fields("A: b\rc\n")[0].1, "b c", "a lone CR is a blank");
    }

    #[test]
    fn more_than_anybody_sends_is_cut_and_said() {
        let headers = Headers::read(b"A: b\n\n");
        assert!(!headers.cut);
        let many = "A: b\n".repeat(FIELDS_MAX + 1) + "\nbody";
        let headers = Headers::read(many.as_bytes());
        assert!(headers.cut);
        assert_eq!((headers.iter().count(), headers.body), (FIELDS_MAX, b"body".as_slice()));
        let long = format!("A: {}\nB: c\n\n", "x".repeat(HEADER_BYTES_MAX));
        let headers = Headers::read(long.as_bytes());
        assert!(headers.cut, "what stands behind 4 MiB of header is not read");
        assert!(headers.value("A").is_none_or(|value| value.len() <= VALUE_BYTES_MAX));
    }

    #[test]
    fn comments_go_and_quoted_strings_stay() {
        assert_eq!(without_comments("a (b (c) \\) d) e"), "a   e");
        assert_eq!(without_comments("\"(not a comment)\" x"), "\"(not a comment)\" x");
        assert_eq!(without_comments("a (never closed"), "a  ");
        assert_eq!(without_comments("a) b"), "a) b");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\r\nBcc: x\u{0} \u{202E}b", 200), "a Bcc: x b");
        assert_eq!(one_line(&"é".repeat(300), 200).chars().count(), 200);
    }
}
