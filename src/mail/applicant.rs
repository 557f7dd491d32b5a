//! Who wrote a mail that somebody saved, as its header says, where nobody knows which addresses are lists. It proves
//! nothing.

use crate::mail::address::{Address, Mailbox};
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::rewritten;

/// Fields that a mail has and a letter's text does not begin with.
const TELLING: &[&str] = &[
    "from",
    "to",
    "date",
    "message-id",
    "received",
    "subject",
    "mime-version",
    "content-type",
    "return-path",
    "delivered-to",
    "list-id",
    "reply-to",
    "x-original-to",
];
const HEADER_LINES_MAX: usize = 2_000;

/// The author as the header claims.
pub fn author(raw: &[u8]) -> Option<Mailbox> {
    let headers = Headers::read(raw);
    let from = mailbox(&headers, "From")?;
    if !is_rewritten(&headers, &from) {
        return Some(from);
    }
    Some(rewritten::author(&headers, &from, std::slice::from_ref(&from.address)).unwrap_or(from))
}

fn mailbox(headers: &Headers<'_>, name: &str) -> Option<Mailbox> {
    let entries = headers.first(name).map(fields::entries)?;
    entries.into_iter().find_map(|entry| {
        let address = Address::parse(&entry.address?).ok()?;
        Some(Mailbox { name: entry.name, address })
    })
}

fn is_rewritten(headers: &Headers<'_>, from: &Mailbox) -> bool {
    is_list(headers, &from.address) || from.name.as_ref().is_some_and(|name| name.contains(" via "))
}

/// Whether it is the address of the list it came through.
fn is_list(headers: &Headers<'_>, address: &Address) -> bool {
    let named = |name: &str| headers.value(name).unwrap_or_default().to_lowercase();
    let id = named("List-Id");
    let id = id.rsplit('<').next().unwrap_or_default().trim_end_matches('>');
    let dotted = address.key().replace('@', ".");
    (!id.is_empty() && id == dotted)
        || named("List-Post").contains(&address.key())
        || named("To").contains(&format!("<{}>", address.key()))
}

/// Whether bytes begin with the header of a mail; else they are text that somebody saved.
pub fn has_header(raw: &[u8]) -> bool {
    let mut told = false;
    for line in raw.split(|byte| *byte == b'\n').take(HEADER_LINES_MAX) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return told;
        }
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if folded || (!told && line.starts_with(b"From ")) {
            continue;
        }
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let is_name = name.len() < line.len() && !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
        if !is_name {
            return false;
        }
        told |= TELLING.contains(&String::from_utf8_lossy(name).to_lowercase().as_str());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_author_is_found_behind_a_list() {
        for (raw, expected) in [
            ("From: Jane <jane@acme.example>\n\nx", "Jane <jane@acme.example>"),
            (
                "From: Jane via Applications <apply@lists.example.org>\nReply-To: apply@lists.example.org, jane@acme.example\n\
                 List-Id: Applications <apply.lists.example.org>\nX-Original-From: Jane <jane@acme.example>\n\nx",
                "Jane <jane@acme.example>",
            ),
            (
                "From: \"Jane via Applications\" <apply@lists.example.org>\nReply-To: jane@acme.example\nList-Post: <mailto:apply@lists.example.org>\n\nx",
                "Jane <jane@acme.example>",
            ),
        ] {
            let author = author(raw.as_bytes()).unwrap();
            let name = author.name.clone().unwrap_or_default();
            assert_eq!(format!("{name} <{}>", author.address), expected, "{raw}");
        }
        assert_eq!(author(b"\nno header"), None);
    }

    #[test]
    fn text_without_a_header_is_known() {
        for (raw, expected) in [
            ("From: a@example.org\n\nx", true),
            ("From a@example.org Mon\nSubject: x\n y\n\nx", true),
            ("Organisation: Acme\n\nx", false),
            ("Hello\n\nx", false),
            ("", false),
            ("\nx", false),
        ] {
            assert_eq!(has_header(raw.as_bytes()), expected, "{raw}");
        }
    }
}
