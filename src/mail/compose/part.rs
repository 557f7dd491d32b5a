//! The parts of a letter: its text, and how each thing that rides along may travel (RFC 2045, RFC 2046).
//! Bytes of others are carried, never read.

use std::collections::BTreeSet;

use mail_parser::PartType;

use super::encode::{base64, base64_len, canonical, lines, quoted_printable, seven_bit_len, token};
use super::{Part, header};

/// The text of the letter. Always quoted-printable: RFC 3156 section 3 wants trailing blanks and `From ` protected.
/// `more` are further parameters of its Content-Type.
pub fn text(out: &mut Vec<u8>, body: &str, more: &[(&str, &str)]) {
    header::typed(out, "Content-Type", "text/plain", &[&[("charset", "utf-8")], more].concat());
    out.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    quoted_printable(out, body);
}

/// A text that is signed in line, and the part by itself: whoever saves it verifies what they saved. As it is, where every
/// server leaves it so; else quoted-printable.
pub fn signed_text(out: &mut Vec<u8>, text: &str) {
    header::typed(out, "Content-Type", "text/plain", &[("charset", "utf-8")]);
    header::typed(out, "Content-Disposition", "inline", &[]);
    let bytes = text.as_bytes();
    let dotted = || lines(bytes).any(|(line, _)| line.starts_with(b"."));
    if seven_bit_len(bytes).is_some() && keeps_its_lines(bytes) && !dotted() {
        out.extend_from_slice(b"Content-Transfer-Encoding: 7bit\r\n\r\n");
        canonical(out, bytes);
    } else {
        out.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        quoted_printable(out, text);
    }
}

/// Room for most texts: a guess that saves a copy.
pub fn text_len_guess(body: &str) -> usize {
    body.len().saturating_add(body.len() / 4)
}

/// The second part of `multipart/signed` (RFC 3156 section 5).
pub fn signature(out: &mut Vec<u8>, armored: &str) {
    header::typed(out, "Content-Type", "application/pgp-signature", &[("name", "signature.asc")]);
    out.extend_from_slice(b"Content-Description: OpenPGP digital signature\r\n");
    header::typed(out, "Content-Disposition", "attachment", &[("filename", "signature.asc")]);
    out.extend_from_slice(b"\r\n");
    canonical(out, armored.trim_end().as_bytes());
}

/// The two parts of `multipart/encrypted` (RFC 3156 section 4), but for the line between them.
pub fn encryption_version(out: &mut Vec<u8>) {
    header::typed(out, "Content-Type", "application/pgp-encrypted", &[]);
    out.extend_from_slice(b"Content-Description: PGP/MIME version identification\r\n\r\nVersion: 1");
}

pub fn encrypted(out: &mut Vec<u8>, armored: &str) {
    header::typed(out, "Content-Type", "application/octet-stream", &[("name", "encrypted.asc")]);
    out.extend_from_slice(b"Content-Description: OpenPGP encrypted message\r\n");
    header::typed(out, "Content-Disposition", "inline", &[("filename", "encrypted.asc")]);
    out.extend_from_slice(b"\r\n");
    canonical(out, armored.trim_end().as_bytes());
}

/// A part that rides along, and how.
pub struct Rider<'a> {
    content_type: String,
    name: String,
    disposition: &'static str,
    bytes: &'a [u8],
    /// The length with CRLF line ends, when the bytes travel as they are; `None` for base64.
    verbatim_len: Option<usize>,
}

impl<'a> Rider<'a> {
    pub fn of(part: &Part<'a>) -> Self {
        match *part {
            Part::Received { raw, name } => received(raw, header::file_name(name)),
            Part::Certificate { armored, name } => {
                let bytes = armored.as_bytes();
                let verbatim_len = seven_bit_len(bytes).filter(|_| keeps_its_lines(bytes));
                let content_type = "application/pgp-keys".to_owned();
                Rider { content_type, name: header::file_name(name), disposition: "attachment", bytes, verbatim_len }
            }
            Part::File { content_type, name, bytes } => Rider {
                content_type: media_type(content_type),
                name: header::file_name(name),
                disposition: "attachment",
                bytes,
                verbatim_len: None,
            },
        }
    }

    /// Bytes in which a boundary could occur. Base64 has no hyphens.
    pub fn verbatim(&self) -> Option<&'a [u8]> {
        self.verbatim_len.map(|_| self.bytes)
    }

    pub fn len_guess(&self) -> usize {
        const HEADERS_BYTES: usize = 1024;
        self.verbatim_len.unwrap_or_else(|| base64_len(self.bytes)) + HEADERS_BYTES
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        header::typed(out, "Content-Type", &self.content_type, &[("name", &self.name)]);
        header::typed(out, "Content-Disposition", self.disposition, &[("filename", &self.name)]);
        match self.verbatim_len {
            Some(_) => {
                out.extend_from_slice(b"Content-Transfer-Encoding: 7bit\r\n\r\n");
                canonical(out, self.bytes);
            }
            None => {
                out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
                base64(out, self.bytes);
            }
        }
    }
}

/// A mail as received. RFC 2046 section 5.2.1 forbids to encode `message/rfc822`, and RFC 3156 section 3 wants seven
/// bits: what does not fit both rides as a file with its exact bytes; so does what would not stay inside its part.
/// Trailing blanks and `From ` inside it stay as they are, against the letter of RFC 3156 section 5: our signatures are
/// binary and cover them, and most mail has a line `-- `, which should still open with a click.
fn received(raw: &[u8], name: String) -> Rider<'_> {
    match seven_bit_len(raw).filter(|_| stays_inside(raw)) {
        Some(len) => Rider {
            content_type: "message/rfc822".to_owned(),
            name,
            disposition: "inline",
            bytes: raw,
            verbatim_len: Some(len),
        },
        None => Rider {
            content_type: "application/octet-stream".to_owned(),
            name: if name.ends_with(".eml") { name } else { format!("{name}.eml") },
            disposition: "attachment",
            bytes: raw,
            verbatim_len: None,
        },
    }
}

/// Whether a reader finds what follows this mail where it follows. RFC 2046 section 5.1.2 wants readers to know the
/// outer boundaries at any depth, and not all do (mail-parser 0.11.9 does not): headers without end, or a multipart
/// that was cut off, would swallow our signature. So that reader is asked; its panics mean no. It frees nested mail by
/// recursion, so what nests too deep for a small stack is not shown to it: each level takes a Content-Type.
fn stays_inside(raw: &[u8]) -> bool {
    const CONTENT_TYPES_MAX: usize = 500;
    if content_types(raw) > CONTENT_TYPES_MAX {
        return false;
    }
    const BEFORE: &[u8] = b"Content-Type: multipart/mixed; boundary=\"=_probe_\"\r\n\r\n\
        --=_probe_\r\nContent-Type: message/rfc822\r\n\r\n";
    const BETWEEN: &[u8] = b"\r\n--=_probe_\r\n";
    const AFTER: &[u8] = b"Content-Type: text/plain\r\n\r\n.\r\n--=_probe_--\r\n";
    let framed = [BEFORE, raw, BETWEEN, AFTER].concat();
    let follows = || {
        let parsed = mail_parser::MessageParser::default().parse(&framed)?;
        let PartType::Multipart(children) = &parsed.parts.first()?.body else { return None };
        let [_, second] = children.as_slice() else { return None };
        Some(parsed.parts.get(*second as usize)?.offset_header as usize)
    };
    std::panic::catch_unwind(follows).ok().flatten() == Some(framed.len() - AFTER.len())
}

/// How often the name of the header occurs, in whatever case and wherever in a line.
fn content_types(raw: &[u8]) -> usize {
    let lines = lines(raw).map(|(line, _)| line).filter(|line| line.contains(&b'-'));
    lines.map(|line| String::from_utf8_lossy(line).to_ascii_lowercase().matches("content-type").count()).sum()
}

/// Whether no server on the way has a reason to touch these lines.
fn keeps_its_lines(bytes: &[u8]) -> bool {
    lines(bytes).all(|(line, _)| !line.ends_with(b" ") && !line.ends_with(b"\t") && !line.starts_with(b"From "))
}

/// A media type that may be written and may be base64: no `multipart` or `message` (RFC 2046 sections 5.1.1, 5.2.1),
/// no parameters.
fn media_type(text: &str) -> String {
    let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.split_once('/') {
        Some((top, sub))
            if !top.is_empty()
                && !sub.is_empty()
                && token(top) == top
                && token(sub) == sub
                && !matches!(top, "multipart" | "message") =>
        {
            kind
        }
        _ => "application/octet-stream".to_owned(),
    }
}

/// A boundary that occurs nowhere in `contents`: the first counter that is free. Not even in the middle of a line,
/// where RFC 2046 would allow it and mail-parser finds it. `=_` is in neither quoted-printable nor base64 (RFC 2045
/// section 6.7), so only bytes carried verbatim can hold it.
pub fn boundary<'c>(purpose: &str, stem: &str, contents: impl Iterator<Item = &'c [u8]>) -> String {
    const STEM_CHARACTERS_MAX: usize = 40; // RFC 2046 section 5.1.1: 70 for all of it
    const COUNTER_DIGITS_MAX: usize = 10;
    let stem: String = stem.chars().filter(char::is_ascii_alphanumeric).take(STEM_CHARACTERS_MAX).collect();
    let opening = format!("_{purpose}");
    let counter = |rest: &[u8]| -> Option<u32> {
        let rest = rest.strip_prefix(opening.as_bytes())?;
        let digits = rest.iter().take(COUNTER_DIGITS_MAX).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at_checked(digits)?;
        rest.strip_prefix(b"_")?.starts_with(stem.as_bytes()).then_some(())?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let after_equals = contents.flat_map(|content| content.split(|byte| *byte == b'=').skip(1));
    let taken: BTreeSet<u32> = after_equals.filter_map(counter).collect();
    let free = (0..=u32::MAX).find(|counter| !taken.contains(counter)).unwrap_or_default();
    format!("=_{purpose}{free}_{stem}")
}

/// The line between two parts. Its leading CRLF is its own (RFC 2046 section 5.1.1), not the part's.
pub fn delimiter(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
}

pub fn end(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_that_occurs_is_counted_on() {
        let of = |content: &[u8]| boundary("mixed", "k3v9", std::iter::once(content));
        assert_eq!(of(b""), "=_mixed0_k3v9");
        assert_eq!(of(b"=_mixed0_k3v8 =_mixed0k3v9 =_mixed_k3v9 =_signed0_k3v9"), "=_mixed0_k3v9");
        assert_eq!(of(b"in a line --=_mixed0_k3v9"), "=_mixed1_k3v9");
        assert_eq!(of(b"x\n--=_mixed1_k3v9"), "=_mixed0_k3v9");
        assert_eq!(of(b"x\r\n--=_mixed0_k3v9 and more\n--=_mixed1_k3v9--\n"), "=_mixed2_k3v9");
        assert!(boundary("signed", &"x\r\n\"é".repeat(99), std::iter::empty()).len() <= 70);
    }

    #[test]
    fn only_plain_media_types_are_repeated() {
        for (text, expected) in [
            ("text/x-patch; charset=utf-8", "text/x-patch"),
            ("Application/PDF", "application/pdf"),
            ("message/rfc822", "application/octet-stream"),
            ("multipart/mixed; boundary=x", "application/octet-stream"),
            ("text/plain\r\nBcc: x@example.net", "application/octet-stream"),
            ("text", "application/octet-stream"),
            ("/", "application/octet-stream"),
        ] {
            assert_eq!(media_type(text), expected, "{text:?}");
        }
    }
}
