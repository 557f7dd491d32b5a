//! The parts of a message (RFC 2046), split in time linear to its size. `mail-parser` is not given a whole message of
//! a stranger: it decodes single fields and bodies only.

// Measured with mail-parser 0.11.9 on 2026-12: 1 MB of multiparts whose boundary never comes took 19 s, 1 MB of
// `a*1=x` parameters 23 s, both growing with the square: 25 MB would stop the desk for hours. And base64 inside
// message/rfc822 is parsed by recursion, which overflows the stack: no panic, but the end of the process.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::mail::fields::Typed;
use crate::mail::headers::Headers;

const PARTS_MAX: usize = 2_000;
/// Each level is read once more; people's mail has four.
const DEPTH_MAX: usize = 20;
/// RFC 2046 section 5.1.1 allows 70.
const BOUNDARY_BYTES_MAX: usize = 200;

/// A part that is no multipart. A message inside is one part: it is passed on whole, never looked into.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub headers: Headers<'a>,
    pub content: Typed,
    pub disposition: Typed,
    /// The multipart/alternative it stands in (its number), if it is one of several forms of the same text.
    pub alternative: Option<usize>,
    /// Whether it stands in a multipart/encrypted (RFC 1847 section 2.2).
    pub encrypted: bool,
}

/// The parts in the order they stand in. What is nested too deep stays unsplit; what is too many is left out.
pub fn parts(raw: &[u8]) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut multiparts = 0usize;
    // Depth first, in order: what is to be read next is the last.
    let mut open = vec![Open { entity: raw, depth: 0, alternative: None, encrypted: false, default: "text/plain" }];
    while let Some(next) = open.pop() {
        let room = next.depth < DEPTH_MAX && found.len() + open.len() < PARTS_MAX;
        let Entity { part, inside } = Entity::read(next.entity, next.default, room);
        let kind = part.content.kind.as_str();
        if inside.is_empty() {
            let Open { alternative, encrypted, .. } = next;
            found.push(Part { alternative, encrypted, ..part });
            continue;
        }
        multiparts += 1;
        let alternative = if kind == "multipart/alternative" { Some(multiparts) } else { next.alternative };
        let encrypted = next.encrypted || kind == "multipart/encrypted";
        let default = default_inside(kind);
        let depth = next.depth + 1;
        open.extend(inside.into_iter().rev().map(|entity| Open { entity, depth, alternative, encrypted, default }));
    }
    found
}

/// One level of a message: an entity (RFC 2045 section 2.4), and what stands in it if it is a multipart.
pub struct Entity<'a> {
    pub part: Part<'a>,
    /// The entities inside, unread.
    pub inside: Vec<&'a [u8]>,
}

impl<'a> Entity<'a> {
    /// Reads an entity that is a `default` when it says nothing of its type. A multipart that cannot be split, or is
    /// not to be, is text (RFC 2046 section 5.1.1: it is what it looks like).
    pub fn read(raw: &'a [u8], default: &str, splits: bool) -> Self {
        let mut headers = Headers::read(raw);
        if headers.body.is_empty() && headers.iter().next().is_none() {
            headers.body = raw; // Text without the empty line before it, as hand-made scripts send.
        }
        let mut content = Typed::of(&headers, "Content-Type");
        if content.kind.is_empty() {
            content.kind = default.to_owned();
        }
        let boundary = content.parameter("boundary").filter(|b| !b.is_empty() && b.len() <= BOUNDARY_BYTES_MAX);
        let inside = match (content.kind.strip_prefix("multipart/"), boundary) {
            (Some(_), Some(boundary)) if splits => split(headers.body, boundary.trim_end().as_bytes()),
            _ => Vec::new(),
        };
        if inside.is_empty() && content.kind.starts_with("multipart/") {
            content.kind = "text/plain".to_owned();
        }
        let disposition = Typed::of(&headers, "Content-Disposition");
        Self { part: Part { headers, content, disposition, alternative: None, encrypted: false }, inside }
    }
}

/// What a part without a type is, in a multipart of this kind (RFC 2046 section 5.1.5).
pub fn default_inside(kind: &str) -> &'static str {
    if kind == "multipart/digest" { "message/rfc822" } else { "text/plain" }
}

/// An entity that is still to be read.
struct Open<'a> {
    entity: &'a [u8],
    depth: usize,
    alternative: Option<usize>,
    encrypted: bool,
    default: &'static str,
}

/// What stands between the boundary lines, without the line end before each (it belongs to the boundary). A last
/// part without its closing line counts; what stands before the first and behind the closing line does not.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut inside = Vec::new();
    let mut begin: Option<usize> = None;
    let mut at = 0usize;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let rest = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)).map(<[u8]>::trim_ascii_end);
        if let Some(rest @ (b"" | b"--")) = rest {
            if let Some(begin) = begin.take() {
                inside.push(body.get(begin..at).map_or(&[][..], without_line_end));
            }
            if rest == b"--" || inside.len() >= PARTS_MAX {
                return inside;
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    inside.extend(begin.and_then(|begin| body.get(begin..)));
    inside
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

impl<'a> Part<'a> {
    /// The bytes as they were before the transfer encoding (RFC 2045 section 6); as they stand when it is broken.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        let raw = self.headers.body;
        let encoding = self.headers.value("Content-Transfer-Encoding").unwrap_or_default().to_lowercase();
        let decoded = match encoding.trim_end_matches(';').trim() {
            "base64" => base64_decode(raw),
            "quoted-printable" => quoted_printable_decode(raw).or_else(|| Some(without_soft_breaks(raw))),
            _ => None,
        };
        decoded.map_or(Cow::Borrowed(raw), Cow::Owned)
    }

    /// The bytes as text, by the charset the part names; by UTF-8 when it names none that is known.
    pub fn text(&self) -> String {
        let bytes = self.bytes();
        let charset = self.content.parameter("charset").filter(|charset| !charset.eq_ignore_ascii_case("utf-8"));
        match charset.and_then(|charset| charset_decoder(charset.as_bytes())) {
            Some(decode) => decode(&bytes),
            None => utf8_or_western(&bytes),
        }
    }

    /// The name somebody gave the file, as written.
    pub fn file_name(&self) -> Option<&str> {
        self.disposition.parameter("filename").or_else(|| self.content.parameter("name"))
    }

    pub fn is_attached(&self) -> bool {
        self.disposition.kind == "attachment" || self.file_name().is_some()
    }
}

/// What is not UTF-8 in a single character, though it says so, is in the charset of old mail programs. UTF-8 with a
/// broken character stays UTF-8.
fn utf8_or_western(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lies = text.contains('\u{FFFD}') && text.chars().all(|c| c.is_ascii() || c == '\u{FFFD}');
    match charset_decoder(b"windows-1252").filter(|_| lies) {
        Some(decode) => decode(bytes),
        None => text.into_owned(),
    }
}

/// Broken quoted-printable is shown as it is, but lines broken by it are joined: an address must not hide in two.
fn without_soft_breaks(raw: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let bare = without_line_end(line);
        joined.extend_from_slice(bare.strip_suffix(b"=").unwrap_or(line));
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kind: text` of each part, one per line.
    fn shown(raw: &str) -> Vec<String> {
        let show = |raw: &str| -> Vec<String> {
            let parts = parts(raw.as_bytes());
            parts.iter().map(|part| format!("{}: {}", part.content.kind, part.text().replace('\r', ""))).collect()
        };
        let both = [show(raw), show(&raw.replace('\n', "\r\n"))];
        assert_eq!(both[0], both[1], "{raw}");
        both[0].clone()
    }

    #[test]
    fn a_message_falls_into_its_parts() {
        for (raw, expected) in [
            ("\nplain", vec!["text/plain: plain"]),
            ("Subject: x\n\nplain\n", vec!["text/plain: plain\n"]),
            ("", vec!["text/plain: "]),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nno empty line\n--b--\n",
                vec!["text/plain: no empty line"],
            ),
            (
                "Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\none\n--b \nContent-Type: text/html\n\n<p>\n\n--b--\nepilogue\n--b\n\nx\n",
                vec!["text/plain: one", "text/html: <p>\n"],
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bc\n--b-- x\n",
                vec!["text/plain: one\n--bc\n--b-- x\n"],
            ),
            ("Content-Type: multipart/mixed; boundary=b\n\nno boundary\n", vec!["text/plain: no boundary\n"]),
            ("Content-Type: multipart/mixed\n\nno name\n", vec!["text/plain: no name\n"]),
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nin\n--b--\n--a\nContent-Type: message/rfc822\n\nSubject: y\n\nmail\n--a--\n",
                vec!["text/plain: in", "message/rfc822: Subject: y\n\nmail"],
            ),
            (
                "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: y\n--a--\n",
                vec!["message/rfc822: Subject: y"],
            ),
            ("Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n", vec!["text/plain: hello"]),
            ("Content-Transfer-Encoding: quoted-printable\n\nJ=C3=BCr=\ngen\n", vec!["text/plain: Jürgen\n"]),
            (
                "Content-Transfer-Encoding: quoted-printable\n\nbad =ZZ but jo=\nined\n",
                vec!["text/plain: bad =ZZ but joined\n"],
            ),
            (
                "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=FC\n",
                vec!["text/plain: ü\n"],
            ),
        ] {
            assert_eq!(shown(raw), expected, "{raw}");
        }
    }

    #[test]
    fn hostile_structures_are_split_in_bounded_time() {
        let flood = |open: &str| open.repeat(25_000_000 / open.len());
        let nested: String =
            (0..50_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        for (name, raw) in [
            (
                "boundaries that never come",
                "Content-Type: multipart/x; boundary=b\n\n".to_owned()
                    + &flood("--b\nContent-Type: multipart/x; boundary=zz\n\n"),
            ),
            ("nested multiparts", nested),
            ("parts", "Content-Type: multipart/x; boundary=b\n\n".to_owned() + &flood("--b\n")),
            ("mails in mails", flood("Content-Type: message/rfc822\n\n")),
            ("hyphens", "Content-Type: multipart/x; boundary=-\n\n".to_owned() + &flood("-")),
        ] {
            let started = std::time::Instant::now();
            let found = parts(raw.as_bytes());
            assert!(found.len() <= PARTS_MAX + 1, "{name}: {}", found.len());
            // Unoptimised and beside other tests; what is not linear takes hours.
            assert!(started.elapsed().as_secs() < 60, "{name}: {:?}", started.elapsed());
            println!("{name}: {:?}, {} parts", started.elapsed(), found.len());
        }
    }
}
