//! Reports about deliveries in sentences: no server's format in particular, but what all of them have. The addresses
//! stand at the beginnings of lines, the reason beside or below, and the returned mail under a line that says so.

use std::sync::LazyLock;

use regex::Regex;

use super::words::{DELAYS, FAILURES, FOR_GOOD, NOT_RECIPIENTS, RETURNED, TITLES};
use super::{ADDRESS_BYTES_MAX, Fate, RECIPIENTS_MAX, Said, cleaned, status_in};
use crate::mail::answer::html;
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::parts::Part;

/// What a server has to say stands at the beginning.
const TEXT_BYTES_MAX: usize = 32 << 10;
const LINES_MAX: usize = 300;
const LINE_BYTES_MAX: usize = 1_000;
/// Lines of an explanation.
const REASON_LINES_MAX: usize = 8;

const ADDRESS: &str = r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?";

static ANYWHERE: LazyLock<Regex> = LazyLock::new(|| Regex::new(ADDRESS).expect("the pattern is fixed"));

/// A line that begins with an address, whatever is drawn around it; what follows is the reason.
static AT_BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r#"^[\s>|*"'-]*<?["']?(?P<address>{ADDRESS})["']?>?["']?(?P<rest>[\s:;,.].*)?$"#))
        .expect("the pattern is fixed")
});

/// The address we wrote to, where another one failed that it stands for (sendmail, Exim, Postfix).
static STANDS_FOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"\((?:expanded|generated) from:?\s*<?(?P<address>{ADDRESS})")).expect("the pattern is fixed")
});

/// A reply of an SMTP server (RFC 5321 section 4.2).
static REPLY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s:(<#])[45][0-9]{2}[\s-]|[45]\.[0-9]\.[0-9]").expect("the pattern is fixed"));

/// What the text of a mail says. `bounce`: its header shows that a mail server wrote it; else its text must say more.
pub fn said(raw: &[u8], parts: &[Part<'_>], bounce: bool) -> Vec<Said> {
    let headers = Headers::read(raw);
    let text = text(parts);
    let lines = lines(&text);
    let joined = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| joined.contains(phrase));
    let mut found = at_beginnings(&lines);
    if found.is_empty() {
        found = anywhere(&lines, &correspondents(&headers));
    }
    found.extend(failed_recipients(&headers, &found));
    found.truncate(RECIPIENTS_MAX);
    let fate = match (says(DELAYS) && !says(FOR_GOOD), says(FAILURES) || says(FOR_GOOD)) {
        (true, _) => Fate::Delayed,
        (false, true) => Fate::Failed,
        // `<dana@example.net>:` in a language we do not know.
        (false, false) if bounce && !found.is_empty() => Fate::Failed,
        (false, false) => return Vec::new(),
    };
    let titled = headers.first("Subject").map(fields::text).unwrap_or_default().to_lowercase();
    let titled = FAILURES.iter().any(|phrase| titled.contains(phrase));
    let proven = bounce || titled || !found.is_empty() || lines.iter().any(|line| REPLY.is_match(line));
    if !proven {
        return Vec::new();
    }
    let general = general(&lines);
    let of = |recipient: Option<String>, reason: String| {
        let reason = if reason.is_empty() { general.clone() } else { reason };
        let status = status_in(&reason, fate).or_else(|| status_in(&general, fate)).unwrap_or_default();
        Said { recipient, fate, status, diagnostic: cleaned(&reason) }
    };
    match found.is_empty() {
        true => vec![of(None, String::new())],
        false => found.into_iter().map(|(address, reason)| of(Some(address), reason)).collect(),
    }
}

/// The first texts of a mail as plain text, bounded.
fn text(parts: &[Part<'_>]) -> String {
    let mut text = String::new();
    let mut plain_in = None;
    for part in parts.iter().take(10) {
        match part.content.kind.as_str() {
            "text/plain" if !part.is_attached() || text.is_empty() => {
                plain_in = part.alternative.or(plain_in);
                text.push_str(bounded(&part.text()));
            }
            "text/html" if part.alternative.is_none() || part.alternative != plain_in => {
                text.push_str(&html::words(bounded(&part.text())));
            }
            _ => {}
        }
        text.push('\n');
        if text.len() >= TEXT_BYTES_MAX {
            break;
        }
    }
    bounded(&text).to_owned()
}

fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text)
}

/// The lines above the returned mail.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for line in text.lines().take(LINES_MAX) {
        let line = line.get(..line.floor_char_boundary(LINE_BYTES_MAX)).unwrap_or(line).trim_end();
        let bare = line.trim_start_matches(['>', ' ', '\t']).to_lowercase();
        if ["received: ", "return-path:", "content-type: message/"].iter().any(|start| bare.starts_with(start)) {
            break;
        }
        if RETURNED.iter().any(|mark| bare.contains(mark)) {
            // What stands before the mark on its line still counts: MIME in text has no line of its own.
            break;
        }
        lines.push(line);
    }
    lines
}

/// The addresses that begin a line, each with the reason beside and below it.
fn at_beginnings(lines: &[&str]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if let Some(original) = STANDS_FOR.captures(line).and_then(|it| it.name("address")) {
            let reason = reason(lines, number, "");
            match found.last_mut() {
                Some((address, _)) => *address = own(original.as_str()),
                None => found.push((own(original.as_str()), reason)),
            }
            continue;
        }
        let untitled = untitled(line);
        let Some(begins) = AT_BEGINNING.captures(untitled) else { continue };
        let address = begins.name("address").map_or_else(String::new, |it| own(it.as_str()));
        if address.is_empty() || found.iter().any(|(known, _)| known.eq_ignore_ascii_case(&address)) {
            continue;
        }
        let rest = begins.name("rest").map_or("", |rest| rest.as_str());
        found.push((address, reason(lines, number, rest)));
        if found.len() >= RECIPIENTS_MAX {
            break;
        }
    }
    found
}

/// `Failed Recipient: dana@example.net` without its title.
fn untitled(line: &str) -> &str {
    let lower = line.to_ascii_lowercase();
    let begins = lower.trim_start_matches([' ', '\t', '-', '*']);
    let indent = line.len() - begins.len();
    let title = TITLES.iter().find(|title| begins.starts_with(**title));
    title.and_then(|title| line.get(indent + title.len()..)).unwrap_or(line)
}

/// What is said beside an address and below it, up to an empty line or the next address.
fn reason(lines: &[&str], number: usize, rest: &str) -> String {
    let mut reason = rest.trim_start_matches([':', ';', ',', '.', ' ', '\t', '-']).to_owned();
    for line in lines.iter().skip(number + 1).take(REASON_LINES_MAX) {
        let line = line.trim();
        if line.is_empty() || line.starts_with("--") || AT_BEGINNING.is_match(untitled(line)) && !line.contains("...") {
            break;
        }
        if STANDS_FOR.is_match(line) {
            continue;
        }
        reason.push(' ');
        reason.push_str(line);
    }
    let reason = reason.trim();
    let inner = reason.strip_prefix("(reason:").or_else(|| reason.strip_prefix("Reason:")).unwrap_or(reason);
    let cut = if inner.len() < reason.len() { inner.trim().trim_end_matches(')') } else { inner };
    cut.trim().to_owned()
}

/// Where no line begins with one: all that nobody else is called by.
fn anywhere(lines: &[&str], correspondents: &[String]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in lines {
        let lower = line.trim_start().to_ascii_lowercase();
        if NOT_RECIPIENTS.iter().any(|start| lower.starts_with(start)) {
            continue;
        }
        for address in ANYWHERE.find_iter(line).map(|it| own(it.as_str())) {
            let lower = address.to_ascii_lowercase();
            let caretaker = ["postmaster@", "mailer-daemon@", "abuse@", "support@"].iter();
            let other = caretaker.into_iter().any(|start| lower.starts_with(start)) || correspondents.contains(&lower);
            let known = found.iter().any(|(known, _)| known.eq_ignore_ascii_case(&address));
            if !other && !known && !address.is_empty() && found.len() < RECIPIENTS_MAX {
                found.push((address, String::new()));
            }
        }
    }
    found
}

/// `dda:SMTP=DANA@EXAMPLE.NET` is an address of X.400 with ours at its end.
fn own(address: &str) -> String {
    let address = address.trim_matches('\'');
    let plain = match address.split_once('@') {
        Some((local, _)) => {
            local.rfind('=').filter(|at| *at > 0).map_or(address, |at| address.get(at + 1..).unwrap_or(""))
        }
        None => address,
    };
    if plain.len() <= ADDRESS_BYTES_MAX { plain.to_owned() } else { String::new() }
}

/// Who wrote the report, and to whom.
fn correspondents(headers: &Headers<'_>) -> Vec<String> {
    let fields = ["From", "Sender", "To"].into_iter().flat_map(|name| headers.all(name)).take(10);
    let addresses = fields.flat_map(fields::entries).filter_map(|entry| entry.address);
    addresses.map(|address| address.to_lowercase()).take(RECIPIENTS_MAX).collect()
}

/// Exim's header, which names whom its text may not.
fn failed_recipients(headers: &Headers<'_>, found: &[(String, String)]) -> Vec<(String, String)> {
    let named = headers.all("X-Failed-Recipients").take(RECIPIENTS_MAX).flat_map(fields::entries);
    let addresses = named.filter_map(|entry| entry.address).filter(|address| address.len() <= ADDRESS_BYTES_MAX);
    let new = addresses.filter(|address| !found.iter().any(|(known, _)| known.eq_ignore_ascii_case(address)));
    new.take(RECIPIENTS_MAX).map(|address| (address, String::new())).collect()
}

/// Where nothing stands beside an address: a server's reply, else a sentence that says what happened.
fn general(lines: &[&str]) -> String {
    let reply = lines.iter().position(|line| REPLY.is_match(line));
    let sentence = || {
        lines.iter().position(|line| {
            let shouted = !line.contains(char::is_lowercase);
            let line = line.to_lowercase();
            !shouted && FAILURES.iter().chain(DELAYS).any(|phrase| line.contains(phrase))
        })
    };
    let Some(number) = reply.or_else(sentence) else { return String::new() };
    reason(lines, number, lines.get(number).map_or("", |line| line.trim()))
}
