//! Transfer encodings of our own letters: quoted-printable for text, verbatim or base64 for what rides along.
//! What leaves must survive servers that strip trailing blanks, quote `From ` and know seven bits only.

use data_encoding::BASE64_MIME;

/// RFC 5322 section 2.1.1, without the CRLF.
pub const LINE_OCTETS_MAX: usize = 998;
/// RFC 2045 section 6.7 (5).
const QUOTED_LINE_OCTETS_MAX: usize = 76;

/// The length of `bytes` once every line end is CRLF, if they can then travel as they are (RFC 2045 section 2.7:
/// `7bit`). `None` if not: an 8-bit byte, a NUL, a lone CR, or a line of more than 998 octets.
pub fn seven_bit_len(bytes: &[u8]) -> Option<usize> {
    lines(bytes).try_fold(0, |len, (line, ends)| {
        let fits = line.len() <= LINE_OCTETS_MAX && line.is_ascii() && !line.contains(&0) && !line.contains(&b'\r');
        fits.then_some(len + line.len() + if ends { 2 } else { 0 })
    })
}

/// Whether these bytes can go through any mail server unchanged: ASCII, CRLF line ends only, no line over 998 octets.
pub fn seven_bit_clean(bytes: &[u8]) -> bool {
    seven_bit_len(bytes) == Some(bytes.len())
}

/// The bytes with CRLF line ends and otherwise untouched.
pub fn canonical(out: &mut Vec<u8>, bytes: &[u8]) {
    for (line, ends) in lines(bytes) {
        out.extend_from_slice(line);
        if ends {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// The lines, without LF or CRLF, and whether each had one: the last may not.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(|line| match line.strip_suffix(b"\n") {
        Some(line) => (line.strip_suffix(b"\r").unwrap_or(line), true),
        None => (line, false),
    })
}

/// Base64 in lines of 76, each ended by CRLF (RFC 2045 section 6.8).
pub fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + base64_len(bytes), 0);
    if let Some(room) = out.get_mut(start..) {
        BASE64_MIME.encode_mut(bytes, room);
    }
}

pub fn base64_len(bytes: &[u8]) -> usize {
    BASE64_MIME.encode_len(bytes.len())
}

/// Text as quoted-printable (RFC 2045 section 6.7). LF, CRLF and CR are line ends. Beyond what the RFC demands, `From `
/// and a dot are encoded where a line begins: RFC 3156 section 3 asks for the first, bad SMTP servers for the second.
pub fn quoted_printable(out: &mut Vec<u8>, text: &str) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (line, ends) in lines(text.as_bytes()) {
        quoted_line(out, line);
        if ends {
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn quoted_line(out: &mut Vec<u8>, line: &[u8]) {
    let mut column = 0;
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        let room = if after.is_empty() { QUOTED_LINE_OCTETS_MAX } else { QUOTED_LINE_OCTETS_MAX - 1 };
        if column + quoted_width(rest, column) > room {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        let width = quoted_width(rest, column);
        match width {
            1 => out.push(byte),
            _ => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
        }
        column += width;
        rest = after;
    }
}

/// How many characters the first byte of `rest` takes at this column: itself, or three for `=XX`.
fn quoted_width(rest: &[u8], column: usize) -> usize {
    let plain = match rest.first() {
        Some(b' ' | b'\t') => rest.len() > 1,
        Some(b'.') => column > 0,
        Some(b'F') => column > 0 || !rest.starts_with(b"From "),
        Some(b'=') => false,
        Some(byte) => byte.is_ascii_graphic(),
        None => true,
    };
    if plain { 1 } else { 3 }
}

/// Only what needs no quoting anywhere (RFC 2045 `token`), and not much of it.
pub fn token(text: &str) -> String {
    const TOKEN_CHARACTERS_MAX: usize = 60;
    let safe = |c: &char| c.is_ascii_alphanumeric() || "-_.+".contains(*c);
    text.chars().filter(safe).take(TOKEN_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_by_hand() {
        let full = "x".repeat(76);
        let over = "x".repeat(77);
        let split = format!("{}=\r\n{}", "x".repeat(75), "xx");
        let from_after_break = format!("{}From here", "x".repeat(75));
        let split_from = format!("{}=\r\n=46rom here", "x".repeat(75));
        let dot_after_break = format!("{}..", "x".repeat(75));
        let split_dot = format!("{}=\r\n=2E.", "x".repeat(75));
        let blank_at_the_edge = format!("{} y", "x".repeat(75));
        let split_blank = format!("{}=\r\n y", "x".repeat(75));
        for (text, expected) in [
            ("", ""),
            ("\n", "\r\n"),
            ("a\r\nb\rc\nd", "a\r\nb\r\nc\r\nd"),
            ("blank \n-- \nTab\t", "blank=20\r\n--=20\r\nTab=09"),
            ("From me\n From me\nFromage", "=46rom me\r\n From me\r\nFromage"),
            (".\n..\na.", "=2E\r\n=2E.\r\na."),
            ("1=1", "1=3D1"),
            ("é\0", "=C3=A9=00"),
            (&full, &full),
            (&over, &split),
            (&from_after_break, &split_from),
            (&dot_after_break, &split_dot),
            (&blank_at_the_edge, &split_blank),
        ] {
            let mut out = Vec::new();
            quoted_printable(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_may_travel_as_it_is() {
        let longest = [b"x".repeat(998), b"\r\n".to_vec()].concat();
        let too_long = [b"x".repeat(999), b"\r\n".to_vec()].concat();
        for (bytes, clean, len) in [
            (&b""[..], true, Some(0)),
            (b"a\r\nb", true, Some(4)),
            (b"a\nb\n", false, Some(6)),
            (b"a\rb", false, None),
            (b"a\r\r\n", false, None),
            (b"a\0", false, None),
            (b"\xc3\xa9", false, None),
            (&longest, true, Some(1000)),
            (&too_long, false, None),
        ] {
            assert_eq!((seven_bit_clean(bytes), seven_bit_len(bytes)), (clean, len), "{bytes:?}");
        }
    }

    #[test]
    fn line_ends_become_crlf_and_nothing_else_changes() {
        let mut out = Vec::new();
        canonical(&mut out, b"a \n\n\r\nFrom b\nc");
        assert_eq!(out, b"a \r\n\r\n\r\nFrom b\r\nc");
    }
}
