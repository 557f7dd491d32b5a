//! OpenPGP without PGP/MIME: armour in a text, and files that are encrypted by themselves. It finds their bytes, and
//! opens nothing.

use crate::mail::parts::Part;

/// Messages in one text that are looked at; people paste one.
const BLOCKS_MAX: usize = 10;
/// Fields at the head of an armour (RFC 9580 section 6.2.2).
const ARMOUR_FIELDS_MAX: usize = 20;
const CHARSET_CHARACTERS_MAX: usize = 40;

/// What a part that is no multipart is to whoever looks for OpenPGP.
pub enum Leaf {
    Blank,
    Clear,
    /// It only says that encryption follows; its size.
    Control(usize),
    Encrypted {
        pieces: Vec<Piece>,
        /// There is text around them.
        around: bool,
    },
    Cleartext {
        block: Vec<u8>,
        /// There is text around it.
        around: bool,
    },
    Smime {
        encrypted: bool,
    },
}

/// One OpenPGP message, and what is to become of what is in it.
pub struct Piece {
    pub message: Vec<u8>,
    pub form: Form,
}

pub enum Form {
    Text { charset: String },
    File { name: String },
}

pub fn leaf(part: &Part<'_>) -> Leaf {
    let kind = part.content.kind.as_str();
    match kind {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            let says = part.content.parameter("smime-type").unwrap_or_default().to_ascii_lowercase();
            return Leaf::Smime { encrypted: !says.starts_with("signed") && says != "certs-only" };
        }
        "message/rfc822" => return Leaf::Clear, // Another mail, passed on: never looked into.
        _ => {}
    }
    let bytes = part.bytes();
    let text = matches!(kind, "text/plain" | "application/pgp") && !part.is_attached();
    if bytes.trim_ascii().is_empty() {
        return Leaf::Blank;
    }
    if text {
        return in_text(part, &bytes);
    }
    let name = part.file_name().unwrap_or_default();
    let armoured = is_message(&bytes) && !kind.starts_with("text/html");
    let binary = is_named_so(name) && is_encrypted_packet(&bytes);
    if !armoured && !binary {
        return if kind == "application/pgp-encrypted" { Leaf::Control(bytes.len()) } else { Leaf::Clear };
    }
    let name = without_ending(name).to_owned();
    Leaf::Encrypted { pieces: vec![Piece { message: bytes.into_owned(), form: Form::File { name } }], around: false }
}

fn in_text(part: &Part<'_>, text: &[u8]) -> Leaf {
    let messages = blocks(text, "MESSAGE", "MESSAGE");
    if messages.found.is_empty() {
        let signed = blocks(text, "SIGNED MESSAGE", "SIGNATURE");
        let around = signed.around || signed.found.len() > 1;
        let first = signed.found.first().map(|block| Leaf::Cleartext { block: block.to_vec(), around });
        return first.unwrap_or(Leaf::Clear);
    }
    let of_part = part.content.parameter("charset").unwrap_or("utf-8");
    let piece = |block: &&[u8]| Piece {
        message: block.to_vec(),
        form: Form::Text { charset: safe_charset(&armour_field(block, "Charset").unwrap_or(of_part.to_owned())) },
    };
    Leaf::Encrypted { pieces: messages.found.iter().map(piece).collect(), around: messages.around }
}

/// Armour in a text.
pub struct Blocks<'a> {
    /// With their first and last lines. One that does not end ends with the text.
    pub found: Vec<&'a [u8]>,
    /// Something else stands in the text.
    pub around: bool,
}

/// The blocks from a line `-----BEGIN PGP begin-----` to the next `-----END PGP end-----`, at most 10. Quoted and
/// dash-escaped lines are none.
pub fn blocks<'a>(text: &'a [u8], begin: &str, end: &str) -> Blocks<'a> {
    let (begin, end) = (format!("-----BEGIN PGP {begin}-----"), format!("-----END PGP {end}-----"));
    let mut blocks = Blocks { found: Vec::new(), around: false };
    let mut began: Option<usize> = None;
    let mut at = 0usize;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        let next = at + line.len();
        match began {
            Some(start) if bare == end.as_bytes() => {
                blocks.found.extend(text.get(start..next));
                began = None;
            }
            Some(_) => {}
            None if bare == begin.as_bytes() && blocks.found.len() < BLOCKS_MAX => began = Some(at),
            None => blocks.around |= !bare.is_empty(),
        }
        at = next;
    }
    blocks.found.extend(began.and_then(|start| text.get(start..)));
    blocks
}

/// Whether this is the armour of a message and nothing before it.
pub fn is_message(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----")
}

/// Whether binary OpenPGP begins with an encrypted session key: packets 1 and 3 (RFC 9580 sections 4.2, 5.1, 5.3).
fn is_encrypted_packet(bytes: &[u8]) -> bool {
    let tag = bytes.first().filter(|first| *first & 0x80 != 0).map(|first| match first & 0x40 {
        0 => (first >> 2) & 0x0f,
        _ => first & 0x3f,
    });
    matches!(tag, Some(1 | 3))
}

const ENDINGS: [&str; 3] = [".asc", ".pgp", ".gpg"];

fn is_named_so(name: &str) -> bool {
    without_ending(name) != name
}

fn without_ending(name: &str) -> &str {
    let ends = |ending: &&str| {
        let at = name.len().checked_sub(ending.len())?;
        let (stem, end) = name.split_at_checked(at)?;
        end.eq_ignore_ascii_case(ending).then_some(stem)
    };
    ENDINGS.iter().find_map(ends).unwrap_or(name)
}

fn armour_field(block: &[u8], name: &str) -> Option<String> {
    let lines = block.split(|byte| *byte == b'\n').skip(1).take(ARMOUR_FIELDS_MAX).map(<[u8]>::trim_ascii);
    lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (found, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn safe_charset(written: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match written.len() <= CHARSET_CHARACTERS_MAX && !written.is_empty() && written.chars().all(safe) {
        true => written.to_owned(),
        false => "utf-8".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_at_line_starts_only() {
        let block = "-----BEGIN PGP MESSAGE-----\n\nxx\n-----END PGP MESSAGE-----\n";
        let count = |text: &str| {
            let lf = blocks(text.as_bytes(), "MESSAGE", "MESSAGE");
            let crlf = text.replace('\n', "\r\n");
            let crlf = blocks(crlf.as_bytes(), "MESSAGE", "MESSAGE");
            assert_eq!((lf.found.len(), lf.around), (crlf.found.len(), crlf.around), "{text}");
            (lf.found.len(), lf.around)
        };
        assert_eq!(count(block), (1, false));
        assert_eq!(count(&format!("\n{block} \n")), (1, false));
        assert_eq!(count(&format!("hello\n{block}")), (1, true));
        assert_eq!(count(&format!("{block}{block}bye")), (2, true));
        assert_eq!(count(&block.replace("-----B", "> -----B")), (0, true));
        assert_eq!(count(&block.replace("-----B", "- -----B")), (0, true));
        assert_eq!(count("-----BEGIN PGP MESSAGE-----\nnever ended"), (1, false));
        assert_eq!(count(&block.repeat(12)), (BLOCKS_MAX, true));
    }

    #[test]
    fn names_charsets_and_packets() {
        assert_eq!(
            (without_ending("a.patch.GPG"), without_ending("é"), without_ending("asc")),
            ("a.patch", "é", "asc")
        );
        assert_eq!(safe_charset("iso-8859-1"), "iso-8859-1");
        assert_eq!(safe_charset("x\"; name=y"), "utf-8");
        let block = b"-----BEGIN PGP MESSAGE-----\r\nVersion: 1\r\ncharset: KOI8-R\r\n\r\nCharset: no\r\n";
        assert_eq!(armour_field(block, "Charset").as_deref(), Some("KOI8-R"));
        assert_eq!(
            [0x84u8, 0xC1, 0x8C, 0xC3, 0x99, 0xC6, 0x01].map(|first| is_encrypted_packet(&[first])),
            [true, true, true, true, false, false, false]
        );
    }
}
