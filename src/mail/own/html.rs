//! What was typed in a mail that is HTML only: the quotes taken out by the marks that mail programs leave in their HTML,
//! and what is doubtful marked for `sorting`. Linear, and total; what it does not know is left to the words of the text.

use std::sync::LazyLock;

use regex::Regex;

use crate::mail::answer::html;

/// Characters for private use that stand alone on their lines. What a mail brings of them is taken out first.
pub const QUOTE: char = '\u{E002}';
pub const ATTRIBUTION: char = '\u{E003}';
pub const SIGNATURE: char = '\u{E004}';

pub const MARKS: [char; 3] = [QUOTE, ATTRIBUTION, SIGNATURE];

/// Of one tag so much is read: mail programs name what it is early.
const TAG_BYTES_MAX: usize = 2_000;

/// All from here on is the mail that is answered or forwarded. In lower case, without what Outlook puts before (`x_`).
const ENDS: &[&str] = &[
    // Outlook on the web and the new Outlook, Outlook for Mac and for phones; seen 2019 to 2026.
    "divrplyfwdmsg",
    "appendonsend",
    "olk_src_body_section",
    "mac_outlook_forward",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "outlookmessageheader",
    "stopspelling",
    // Thunderbird, forwarding.
    "moz-forward-container",
    "moz-email-headers-table",
    // Yahoo, Proton, Zoho, QQ and 163.
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "isreplycontent",
    "isforwardcontent",
    "qmbox",
];

/// The line above a quote: Thunderbird, Gmail.
const ATTRIBUTIONS: &[&str] = &["moz-cite-prefix", "gmail_attr"];

const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "ms-outlook-ios-signature",
    "k9mail-signature",
    "protonmail_signature_block",
    "signature",
];

/// An HTML page, divided.
pub struct Page {
    /// The text as its author typed it, with marks where something else stood.
    pub typed: String,
    /// The words of the quotes.
    pub quoted: String,
}

/// Divides a page. `None`: it is so large that nobody can tell.
pub fn read(page: &str) -> Option<Page> {
    let page: String = page.chars().filter(|c| !MARKS.contains(c)).collect();
    let mut typed = String::with_capacity(page.len());
    let mut quoted = String::new();
    // Where what is not yet sorted begins, and how deep in quotes that is.
    let (mut from, mut depth) = (0, 0usize);
    let mut ended = false;
    for Tag { at, end, name, text } in Tags::of(&page) {
        let kind = if depth == 0 { kind(name, text) } else { None };
        match (name, kind) {
            ("blockquote", _) => {
                if depth == 0 {
                    typed.push_str(page.get(from..at)?);
                    typed.push_str(&marked(QUOTE));
                    from = at;
                }
                depth += 1;
            }
            ("/blockquote", _) if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    quoted.push_str(page.get(from..end)?);
                    from = end;
                }
            }
            (_, Some(Kind::End)) => {
                typed.push_str(page.get(from..at)?);
                typed.push_str(&marked(QUOTE));
                quoted.push_str(page.get(at..)?);
                ended = true;
                break;
            }
            (_, Some(Kind::Mark(mark))) => {
                typed.push_str(page.get(from..at)?);
                typed.push_str(&marked(mark));
                from = at;
            }
            _ => {}
        }
    }
    match (ended, depth) {
        (true, _) => {}
        (false, 0) => typed.push_str(page.get(from..)?),
        (false, _) => quoted.push_str(page.get(from..)?),
    }
    Some(Page { typed: html::bare(&typed)?, quoted: words(&quoted) })
}

/// The words of a page, line by line.
pub fn words(page: &str) -> String {
    html::words(&BLOCK.replace_all(page, "<br>$0"))
}

/// What begins a line, and is no paragraph.
static BLOCK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(?i)<(?:div|tr|td|li|h[1-6]|pre)").expect("the pattern is fixed"));

fn marked(mark: char) -> String {
    format!("<p>{mark}</p>")
}

/// What a tag of a mail program says.
pub enum Kind {
    End,
    Mark(char),
}

/// What a tag says of whose words follow it.
pub fn kind(name: &str, tag: &str) -> Option<Kind> {
    if name.starts_with('/') {
        return None;
    }
    let tag = tag.to_ascii_lowercase();
    // Outlook for Windows names nothing: the line above the header of the mail it answers is the only mark.
    if tag.contains("border-top:solid") && tag.contains("padding:3.0pt") {
        return Some(Kind::End);
    }
    let named = names(&tag);
    let any = |known: &[&str]| named.iter().any(|name| known.contains(name));
    if any(ENDS) || named.iter().any(|name| name.ends_with("yahoo_quoted")) {
        return Some(Kind::End);
    }
    if any(ATTRIBUTIONS) {
        return Some(Kind::Mark(ATTRIBUTION));
    }
    any(SIGNATURES).then_some(Kind::Mark(SIGNATURE))
}

/// The classes and identities of a tag.
fn names(tag: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for attribute in ["class=", "id="] {
        for (at, _) in tag.match_indices(attribute) {
            let value = tag.get(at + attribute.len()..).unwrap_or_default();
            let value = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value.get(1..).and_then(|value| value.split(quote).next()),
                _ => value.split(|c: char| c.is_whitespace() || c == '>').next(),
            };
            let plain = |mut name| {
                while let Some(rest) = str::strip_prefix(name, "x_") {
                    name = rest;
                }
                name
            };
            found.extend(value.unwrap_or_default().split_whitespace().map(plain));
        }
    }
    found
}

/// A tag: where it stands, its name in lower case (`/p` when it closes), and the beginning of it.
pub struct Tag<'a> {
    pub at: usize,
    pub end: usize,
    pub name: &'static str,
    pub text: &'a str,
}

/// The tags of a page in their order. Comments, styles and scripts have none.
pub struct Tags<'a> {
    page: &'a str,
    at: usize,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let at = self.at + self.page.get(self.at..)?.find('<')?;
            let rest = self.page.get(at..)?;
            if rest.starts_with("<!--") {
                self.at = self.after(at + 4, "-->");
                continue;
            }
            let end = at + end_of_tag(rest);
            self.at = end;
            let text = self.page.get(at..end)?;
            let text = text.get(..text.floor_char_boundary(TAG_BYTES_MAX))?;
            let name = text.get(1..)?;
            let is = |known: &str| {
                name.get(..known.len()).is_some_and(|name| name.eq_ignore_ascii_case(known))
                    && !name.get(known.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
            };
            for (open, close) in [("style", "</style"), ("script", "</script")] {
                if is(open) {
                    self.at = self.after(end, close);
                }
            }
            let name = match () {
                () if is("blockquote") => "blockquote",
                () if is("/blockquote") => "/blockquote",
                () if name.starts_with(|c: char| c.is_ascii_alphabetic()) => "other",
                () => "/other",
            };
            return Some(Tag { at, end, name, text });
        }
    }
}

impl<'a> Tags<'a> {
    pub fn of(page: &'a str) -> Self {
        Self { page, at: 0 }
    }

    /// Where the text goes on behind the last tag: behind the end of a style or script, which is no text.
    pub fn text_at(&self) -> usize {
        self.at
    }

    fn after(&self, from: usize, what: &str) -> usize {
        let rest = self.page.get(from..).unwrap_or_default();
        let found = rest.as_bytes().windows(what.len()).position(|at| at.eq_ignore_ascii_case(what.as_bytes()));
        found.map_or(self.page.len(), |at| from + at + what.len())
    }
}

/// Where a tag ends: at the first `>` that is not in quotes.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if tag.as_bytes().get(at.wrapping_sub(1)) == Some(&b'=') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}
