//! The headers of a letter. Whoever chose a name or a subject, one header stays one header, in ASCII, folded under 78
//! characters where that is possible (RFC 5322 section 2.1.1). mail-builder folds and encodes; this file cleans.

use data_encoding::BASE64;
use jiff::Timestamp;
use mail_builder::headers::Header;
use mail_builder::headers::address::{Address as Written, EmailAddress};
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId as WrittenId;
use mail_builder::headers::raw::Raw;

use super::encode::token;
use super::{Origin, Sheet};
use crate::mail::address::Mailbox;

const SUBJECT_CHARACTERS_MAX: usize = 1000;
const NAME_CHARACTERS_MAX: usize = 120;
const FILE_NAME_CHARACTERS_MAX: usize = 100;
/// Identifiers in References: the first, which opened the thread, and the latest.
const REFERENCES_MAX: usize = 40;
/// A word of this length still fits beside `Subject: ` on a line of 78.
const PLAIN_WORD_CHARACTERS_MAX: usize = 60;
/// RFC 2047 section 2 allows 75 characters a word and 76 a line: 39 bytes make 64, beside `Subject: ` 73.
const ENCODED_WORD_BYTES_MAX: usize = 39;
/// Base64 has no blanks; Autocrypt 1.1 lets a line be folded inside `keydata`.
const KEYDATA_LINE_CHARACTERS: usize = 68;

/// Every header of a letter but its Content-Type.
pub fn letter(out: &mut Vec<u8>, sheet: &Sheet<'_>) {
    correspondence(out, sheet, "");
    // RFC 3834 section 5; the second header keeps Exchange from answering, all but bounces (MS-OXCMAIL, X-Auto-Response-Suppress).
    match sheet.origin {
        Origin::Reply => write(out, "Auto-Submitted", &Raw::new("auto-replied")),
        Origin::Program => write(out, "Auto-Submitted", &Raw::new("auto-generated")),
        Origin::People => {}
    }
    write(out, "X-Auto-Response-Suppress", &Raw::new("DR, RN, NRN, OOF, AutoReply"));
    write(out, "X-Embargod-Loop", &Raw::new(token(sheet.loop_mark)));
    if let Some(list) = sheet.list {
        list.write(out);
    }
    if let Some(value) = sheet.autocrypt {
        write(out, "Autocrypt", &Raw::new(autocrypt(value)));
    }
    write(out, "MIME-Version", &Raw::new("1.0"));
}

/// Who writes to whom, when, about what, and in which thread: what a reader is shown. `before` stands before each name.
pub fn correspondence(out: &mut Vec<u8>, sheet: &Sheet<'_>, before: &str) {
    let named = |name: &str| format!("{before}{name}");
    write(out, &named("Date"), &Raw::new(date(sheet.date)));
    write(out, &named("From"), &mailbox(sheet.from));
    match sheet.to {
        [] => write(out, &named("To"), &Raw::new("undisclosed-recipients:;")),
        to => write(out, &named("To"), &Written::new_list(to.iter().map(mailbox).collect())),
    }
    if !sheet.cc.is_empty() {
        write(out, &named("Cc"), &Written::new_list(sheet.cc.iter().map(mailbox).collect()));
    }
    if let Some(reply_to) = sheet.reply_to {
        write(out, &named("Reply-To"), &mailbox(reply_to));
    }
    write(out, &named("Subject"), &Raw::new(subject(sheet.subject)));
    if let Some(until) = sheet.embargoed_until {
        write(out, &named("Embargoed-Until"), &Raw::new(date(until)));
    }
    write(out, &named("Message-ID"), &WrittenId::new(sheet.message_id.as_str()));
    if let Some(parent) = &sheet.thread.in_reply_to {
        write(out, &named("In-Reply-To"), &WrittenId::new(parent.as_str()));
    }
    let references = &sheet.thread.references;
    if let Some((first, others)) = references.split_first() {
        let latest = others.iter().skip(others.len().saturating_sub(REFERENCES_MAX - 1));
        write(
            out,
            &named("References"),
            &WrittenId::new_list(std::iter::once(first).chain(latest).map(|id| id.as_str())),
        );
    }
}

/// RFC 5322 section 3.3; always UTC: where the server stands is nobody's business.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn write(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

/// A header with one address.
pub fn addressed(out: &mut Vec<u8>, name: &str, to: &Mailbox) {
    write(out, name, &mailbox(to));
}

/// A header of our own words.
pub fn worded(out: &mut Vec<u8>, name: &str, value: &str) {
    write(out, name, &Raw::new(value.to_owned()));
}

/// A header with a value and parameters: Content-Type, Content-Disposition (RFC 2045 section 5.1, RFC 2231).
pub fn typed(out: &mut Vec<u8>, name: &str, value: &str, parameters: &[(&str, &str)]) {
    let start = ContentType::new(value);
    let typed = parameters.iter().fold(start, |typed, (key, value)| typed.attribute(*key, *value));
    write(out, name, &typed);
}

/// A mailbox (RFC 5322 section 3.4). An address with letters beyond ASCII cannot stand in a 7-bit header; it becomes
/// an empty group that is named after it (as RFC 6857 downgrades a mailbox): readable, and nobody takes it for another
/// address.
fn mailbox(mailbox: &Mailbox) -> Written<'static> {
    let name = mailbox.name.as_deref().map(name).filter(|name| !name.is_empty());
    let address = mailbox.address.as_str();
    if address.is_ascii() {
        return Written::Address(EmailAddress { name: name.map(Into::into), email: address.to_owned().into() });
    }
    Written::new_group(Some([name.as_deref().unwrap_or_default(), address].join(" ").trim().to_owned()), Vec::new())
}

/// Somebody's display name: one line, no directional marks that would turn the address beside it around, and nothing
/// a mail program would decode inside a quoted string although RFC 2047 section 5 (3) forbids it.
fn name(text: &str) -> String {
    let plain: String = one_line(text, NAME_CHARACTERS_MAX).chars().filter(|c| !turns_text(*c)).collect();
    let plain = if plain.contains("=?") { plain.replace('?', "") } else { plain };
    plain.trim().to_owned()
}

/// A file name: one path component that is not hidden, and not too long.
pub fn file_name(text: &str) -> String {
    let plain = name(text).replace(['/', '\\', '"'], "_");
    let plain: String = plain.trim_start_matches('.').chars().take(FILE_NAME_CHARACTERS_MAX).collect();
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}

/// Unicode's explicit directional formatting (UAX 9 section 2): of use in running text, a trap in a name.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Line ends and tabs become one blank, other control characters go, what is too long ends in an ellipsis.
fn one_line(text: &str, characters_max: usize) -> String {
    let lines: Vec<&str> = text.split(['\r', '\n', '\t']).filter(|line| !line.is_empty()).collect();
    let line = lines.join(" ");
    let mut characters = line.chars().filter(|c| !c.is_control());
    let mut kept: String = characters.by_ref().take(characters_max).collect();
    if characters.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// The subject's value: as it is where folding cannot change it, else in encoded words (RFC 2047), so that it reads
/// back exactly.
fn subject(text: &str) -> String {
    let text = one_line(text, SUBJECT_CHARACTERS_MAX);
    let folds = |word: &str| !word.is_empty() && word.len() <= PLAIN_WORD_CHARACTERS_MAX;
    let plain = text.is_ascii() && !text.contains("=?") && text.split(' ').all(folds);
    if plain { text } else { encoded_words(&text) }
}

fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let ends = rest.char_indices().map(|(start, c)| start + c.len_utf8());
        let end = ends.take_while(|end| *end <= ENCODED_WORD_BYTES_MAX).last().unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push(format!("=?utf-8?B?{}?=", BASE64.encode(word.as_bytes())));
        rest = after;
    }
    words.join(" ")
}

/// Blanks where the key may be folded.
fn autocrypt(value: &str) -> String {
    let value: String = value.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let Some((attributes, keydata)) = value.split_once("keydata=") else {
        return value;
    };
    let mut folded = format!("{attributes}keydata=");
    for (place, c) in keydata.chars().filter(|c| *c != ' ').enumerate() {
        if place > 0 && place % KEYDATA_LINE_CHARACTERS == 0 {
            folded.push(' ');
        }
        folded.push(c);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::address::Address;

    #[test]
    fn subjects_stay_readable_and_are_encoded_only_when_they_must() {
        for (text, expected) in [
            ("[case 12] Heap overflow in the parser", "[case 12] Heap overflow in the parser"),
            ("", ""),
            ("a\r\nBcc: x@example.net", "a Bcc: x@example.net"),
            ("bell\u{7}\u{0}\u{9b}", "bell"),
            ("Größe", "=?utf-8?B?R3LDtsOfZQ==?="),
            ("=?utf-8?Q?a?=", "=?utf-8?B?PT91dGYtOD9RP2E/PQ==?="),
            ("two  blanks", "=?utf-8?B?dHdvICBibGFua3M=?="),
            (" first", "=?utf-8?B?IGZpcnN0?="),
        ] {
            assert_eq!(subject(text), expected, "{text:?}");
        }
        assert!(subject(&"€".repeat(2000)).split(' ').all(|word| word.len() <= 75));
    }

    #[test]
    fn names_of_files_are_one_harmless_component() {
        for (text, expected) in [
            ("report.eml", "report.eml"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\temp\\\"x\".exe", "C:_temp__x_.exe"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("..", "unnamed"),
            ("", "unnamed"),
        ] {
            assert_eq!(file_name(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_address_beyond_ascii_is_shown_without_pretending_to_be_one() {
        let mut out = Vec::new();
        let address = Address::parse("jürgen@example.org").unwrap();
        write(&mut out, "To", &mailbox(&Mailbox { name: Some("Jürgen".to_owned()), address }));
        assert_eq!(String::from_utf8(out).unwrap(), "To: =?utf-8?Q?J=C3=BCrgen_j=C3=BCrgen=40example=2Eorg?=:;\r\n");
    }
}
