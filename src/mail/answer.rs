//! What a team member wrote, made clean for the discoverer: text and attachments, without the reply addresses that
//! are the member's keys. It decides nothing about who may have it; labels and the gate do.

mod flowed;
pub(in crate::mail) mod html;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::mail::address::Address;
use crate::mail::fields;
use crate::mail::headers::is_direction;
use crate::mail::parts::{Part, parts};

/// A person types far less; more is a log that belongs into an attachment.
const TEXT_BYTES_MAX: usize = 512 << 10;
const ATTACHMENTS_MAX: usize = 100;
/// RFC 1035 section 2.3.4, with room for `%40` before it.
const DOMAIN_CHARACTERS_MAX: usize = 258;
const FILE_NAME_CHARACTERS_MAX: usize = 100;

const CUT: &str = "[The text was longer than 512 KiB and ends here.]";
const ENCRYPTED: &str = "[A part of this message is encrypted and was not passed on.]";
const HELD_BACK: &str = "[An attachment was not passed on: it contains a private reply address.]";
const TOO_MANY: &str = "[Only the first 100 attachments were passed on.]";
const UNREADABLE: &str = "[The text of this message could not be read.]";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Plain text with `\n` line ends, no control characters but tab and newline, at most 512 KiB and a note.
    pub text: String,
    /// The attachments worth passing on: numbers for `part`.
    pub parts: Vec<usize>,
    /// The file names of those.
    pub names: Vec<String>,
    /// Nothing of what was written can be passed on: there is none, or it is encrypted.
    pub empty: bool,
}

/// The answer in `raw`. `is_token` is asked for each address with a detail in it, in lower case and with `x` for what
/// stands before the detail (`x+k3v9@example.org`), whether it is a reply address of ours (`Mailroom::is_token`);
/// those become `role`. Total: what cannot be read is said in the text.
pub fn answer(raw: &[u8], is_token: impl Fn(&str) -> bool, role: &Address) -> Answer {
    catch_unwind(AssertUnwindSafe(|| read(raw, &is_token, role))).unwrap_or_else(|_| Answer {
        text: UNREADABLE.to_owned() + "\n",
        empty: true,
        ..Answer::default()
    })
}

fn read(raw: &[u8], is_token: &dyn Fn(&str) -> bool, role: &Address) -> Answer {
    let all = parts(raw);
    let written: BTreeSet<usize> =
        all.iter().filter(|part| is_plain(part)).filter_map(|part| part.alternative).collect();
    let mut texts = Vec::new();
    let (mut attached, mut names) = (Vec::new(), Vec::new());
    let mut notes = BTreeSet::new();
    for (index, part) in all.iter().enumerate() {
        let twin = part.alternative.is_some_and(|group| written.contains(&group));
        if part.encrypted {
            notes.insert(ENCRYPTED);
        } else if is_signature(part) || twin && part.content.kind.starts_with("text/") && !is_plain(part) {
            // The signature is over what we do not pass on; the twin says the same as the plain text.
        } else if is_plain(part) {
            texts.push(unflowed(part, bounded(part.text())));
        } else if part.content.kind == "text/html" && !part.is_attached() {
            texts.push(html::text(&bounded(part.text())));
        } else if attached.len() >= ATTACHMENTS_MAX {
            notes.insert(TOO_MANY);
        } else if holds_token(part, is_token) {
            notes.insert(HELD_BACK);
        } else {
            attached.push(index);
            names.push(name(part, index));
        }
    }
    let texts: Vec<String> = texts.iter().map(|text| unsigned(&without_controls(text))).collect();
    let mut text = without_tokens(texts.join("\n").trim_end(), is_token, role);
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        notes.insert(CUT);
    }
    let empty = text.trim().is_empty() && attached.is_empty();
    text.push('\n');
    for note in notes {
        text.push_str(&format!("\n{note}\n"));
    }
    Answer { text, parts: attached, names, empty }
}

/// The attachments of an answer without the mails among them: those are what others wrote.
pub fn without_mails(raw: &[u8], answer: &Answer) -> Answer {
    let all = parts(raw);
    let is_mail = |index: usize| all.get(index).is_none_or(|part| part.content.kind.starts_with("message/"));
    let kept = answer.parts.iter().zip(&answer.names).filter(|(index, _)| !is_mail(**index));
    let (parts, names) = kept.map(|(index, name)| (*index, name.clone())).unzip();
    Answer { parts, names, ..answer.clone() }
}

/// Text that somebody typed, made clean in the same way.
pub fn cleaned(text: &str, is_token: impl Fn(&str) -> bool, role: &Address) -> String {
    let mut text = without_tokens(without_controls(text).trim_end(), &is_token, role);
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push_str(&format!("\n\n{CUT}"));
    }
    text.push('\n');
    text
}

/// The text of the message itself, as against a text file that came along.
pub fn is_plain(part: &Part<'_>) -> bool {
    part.content.kind == "text/plain" && !part.is_attached()
}

/// The text with its paragraphs as they were written, when the mail program says that it broke them (RFC 3676).
pub fn unflowed(part: &Part<'_>, text: String) -> String {
    let says = |name: &str, value: &str| part.content.parameter(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
    if says("format", "flowed") { flowed::unwrapped(&text, says("delsp", "yes")) } else { text }
}

fn is_signature(part: &Part<'_>) -> bool {
    let kinds = ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
    kinds.contains(&part.content.kind.as_str())
}

/// Twice the maximum: what is cut here is cut again, visibly, after the addresses were replaced.
pub(in crate::mail) fn bounded(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(2 * TEXT_BYTES_MAX));
    text
}

/// `\n` line ends; no control characters (a terminal or a mail program might obey them), and none of the two by
/// which a letter marks its slots (`mail::letter::slot`).
pub(in crate::mail) fn without_controls(text: &str) -> String {
    let dropped =
        |c: &char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{E000}' | '\u{E001}' | '\u{FEFF}');
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| !dropped(c)).collect()
}

/// The text inside a cleartext signature (RFC 9580 section 7), its dashes unescaped: with the addresses replaced the
/// signature would no longer verify, and a bad signature alarms people for nothing.
pub(in crate::mail) fn unsigned(text: &str) -> String {
    let Some((before, signed)) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----\n") else {
        return text.to_owned();
    };
    let Some((signed, after)) = signed.split_once("\n-----BEGIN PGP SIGNATURE-----") else { return text.to_owned() };
    let Some((_, inside)) = signed.split_once("\n\n") else { return text.to_owned() };
    let after = after.split_once("-----END PGP SIGNATURE-----").map_or("", |(_, after)| after);
    let lines: Vec<&str> = inside.split('\n').map(|line| line.strip_prefix("- ").unwrap_or(line)).collect();
    [before, &lines.join("\n"), after].concat()
}

/// Anything like an address with a detail, also as links write it (`%2B` for `+`, `%40` for `@`).
static DETAILED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"[^\s<>"'(),;:\[\]@\\]*(?:\+|%2[Bb])[^\s<>"'(),;:\[\]@\\]*(?:@|%40)[\pL\pN]+(?:[._-]+[\pL\pN]+)*"#;
    Regex::new(pattern).expect("the pattern is fixed")
});

fn without_tokens(text: &str, is_token: &dyn Fn(&str) -> bool, role: &Address) -> String {
    let replaced = |found: &Captures<'_>| {
        let written = found.get(0).map_or("", |found| found.as_str());
        match token_in(written, is_token) {
            Some(place) => {
                let around = |range: Option<&str>| range.unwrap_or_default().to_owned();
                around(written.get(..place.start)) + role.as_str() + &around(written.get(place.end..))
            }
            None => written.to_owned(),
        }
    };
    DETAILED.replace_all(text, replaced).into_owned()
}

/// Where in a find of `DETAILED` a reply address of ours stands. What is glued to it counts for nothing: a link
/// before it, a forgotten blank after the full stop. Rather one address too many is replaced than a key given away;
/// so `security+x@example.org.example.net` is taken for ours, too.
fn token_in(written: &str, is_token: &dyn Fn(&str) -> bool) -> Option<Range<usize>> {
    let at = written.rfind('@').or_else(|| written.rfind("%40"))?;
    let (local, domain) = written.split_at_checked(at)?;
    let lower = local.to_ascii_lowercase();
    let pluses = || lower.match_indices('+').chain(lower.match_indices("%2b")).map(|(position, _)| position);
    let ends = domain.char_indices().map(|(position, _)| position).skip(3).take(DOMAIN_CHARACTERS_MAX);
    for end in ends.chain([domain.len()]) {
        for plus in [pluses().min()?, pluses().max()?] {
            // Whatever stands before the `+`, it is ours: a single letter stands for it here.
            let address = format!("x{}{}", local.get(plus..)?, domain.get(..end)?).to_lowercase();
            if is_token(&address.replace("%2b", "+").replace("%40", "@")) {
                let before = local.get(..plus)?.trim_end_matches(|c: char| c.is_alphanumeric() || "._-".contains(c));
                return Some(before.len()..at + end);
            }
        }
    }
    None
}

/// An attachment is passed on as it is or not at all. The relay itself, forwarded as a file, shows the member's
/// own reply addresses in its header and text; mail programs name saved mails after people.
fn holds_token(part: &Part<'_>, is_token: &dyn Fn(&str) -> bool) -> bool {
    let decoded = part.bytes();
    let held = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        DETAILED.find_iter(&text).any(|found| token_in(found.as_str(), is_token).is_some())
    };
    if held(&decoded) || held(name(part, 0).as_bytes()) {
        return true;
    }
    // A forwarded mail may be encoded once more inside.
    part.content.kind == "message/rfc822" && parts(&decoded).iter().any(|inner| held(&inner.bytes()))
}

/// An attachment, safe to write into a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedPart<'a> {
    /// A file name: no path, no control characters, at most 100 characters.
    pub name: String,
    /// `type/subtype`.
    pub content_type: String,
    pub bytes: Cow<'a, [u8]>,
}

/// The attachment with this number of `Answer::parts`.
pub fn part(raw: &[u8], index: usize) -> Option<AttachedPart<'_>> {
    catch_unwind(AssertUnwindSafe(|| {
        let part = parts(raw).into_iter().nth(index)?;
        Some(AttachedPart {
            name: name(&part, index),
            content_type: safe_type(&part.content.kind),
            bytes: part.bytes(),
        })
    }))
    .ok()
    .flatten()
}

fn name(part: &Part<'_>, index: usize) -> String {
    safe_name(part.file_name().unwrap_or_default(), &safe_type(&part.content.kind), index)
}

fn safe_type(kind: &str) -> String {
    let token = |word: &str| {
        (1..=60).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-_".contains(&b))
    };
    match kind.split_once('/') {
        Some((main, sub)) if token(main) && token(sub) && main != "multipart" => kind.to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}

/// The last component of the name, of the characters any file system takes; its ending is kept when it is cut.
fn safe_name(written: &str, content_type: &str, index: usize) -> String {
    let decoded = fields::decoded_words(written); // RFC 2047 in a parameter is wrong, and common
    let last = decoded.rsplit(['/', '\\']).next().unwrap_or("");
    let kept = |c: &char| !c.is_control() && !is_direction(*c) && !"<>:\"|?*".contains(*c);
    let name: String = last.chars().filter(kept).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let length = name.chars().count();
    match name.rsplit_once('.') {
        _ if name.is_empty() && content_type == "message/rfc822" => format!("message-{index}.eml"),
        _ if name.is_empty() => format!("attachment-{index}"),
        _ if length <= FILE_NAME_CHARACTERS_MAX => name.to_owned(),
        Some((stem, ending)) if ending.chars().count() <= 10 => {
            let room = FILE_NAME_CHARACTERS_MAX - 1 - ending.chars().count();
            format!("{}.{ending}", stem.chars().take(room).collect::<String>())
        }
        _ => name.chars().take(FILE_NAME_CHARACTERS_MAX).collect(),
    }
}

#[cfg(test)]
mod tests;
