//! The fields of a delivery status (RFC 3464, RFC 6533), also where servers write them their own way.

use super::{ADDRESS_BYTES_MAX, Fate, RECIPIENTS_MAX, Said, cleaned, status_in};
use crate::mail::headers::{Field, Headers, without_comments};
use crate::mail::parts::Part;

/// The fields of a message and of a few recipients take some hundred bytes each.
const FIELDS_BYTES_MAX: usize = 256 << 10;
/// Groups of fields, one for each recipient; empty lines make empty groups.
const GROUPS_MAX: usize = 1_000;

/// What the fields of one recipient say.
#[derive(Default)]
struct Recipient {
    original: Option<String>,
    last: Option<String>,
    action: String,
    status: String,
    diagnostic: String,
}

/// What the delivery statuses among the parts say; those inside of returned mail are not looked at.
pub fn said(parts: &[Part<'_>]) -> Vec<Said> {
    let is_status = |part: &&Part<'_>| {
        matches!(part.content.kind.as_str(), "message/delivery-status" | "message/global-delivery-status")
    };
    let mut said = Vec::new();
    for part in parts.iter().filter(is_status) {
        let bytes = part.bytes();
        let mut rest = bytes.get(..FIELDS_BYTES_MAX).unwrap_or(&bytes);
        for _ in 0..GROUPS_MAX {
            if rest.is_empty() || said.len() >= RECIPIENTS_MAX {
                break;
            }
            let group = Headers::read(rest);
            rest = group.body;
            said.extend(recipients(&group));
        }
    }
    said
}

/// The recipients of one group: one, but where a server divides them by a line with a blank in it (NTMail, 2001).
fn recipients(group: &Headers<'_>) -> Vec<Said> {
    let mut found: Vec<Recipient> = vec![Recipient::default()];
    for field in group.iter() {
        let known = |recipient: &Recipient| match field.name.to_ascii_lowercase().as_str() {
            "final-recipient" => recipient.last.is_some(),
            "original-recipient" => recipient.original.is_some() && recipient.last.is_some(),
            _ => false,
        };
        if found.last().is_some_and(known) && found.len() < RECIPIENTS_MAX {
            found.push(Recipient::default());
        }
        if let Some(recipient) = found.last_mut() {
            recipient.take(field);
        }
    }
    found.into_iter().filter_map(Recipient::said).collect()
}

impl Recipient {
    fn take(&mut self, field: &Field<'_>) {
        match field.name.to_ascii_lowercase().as_str() {
            "final-recipient" => self.last = Some(address(&field.value())),
            "original-recipient" => self.original = Some(address(&field.value())),
            "action" => self.action = word(&field.value()),
            "status" => self.status = field.value(),
            "diagnostic-code" => self.diagnostic = field.value(),
            _ => {}
        }
    }

    fn said(self) -> Option<Said> {
        if self.original.is_none() && self.last.is_none() {
            return None;
        }
        let fate = self.fate()?;
        let given = self.status.split_whitespace().next().unwrap_or("");
        let explained = status_in(&self.diagnostic, fate);
        let status = match status_in(given, fate) {
            // Postfix and others write 5.0.0 where the server they spoke to said more.
            Some(vague) if vague.ends_with(".0.0") => explained.unwrap_or(vague),
            Some(status) => status,
            None => explained.unwrap_or_default(),
        };
        let diagnostic = match untyped(&self.diagnostic) {
            "" => beside(&self.status),
            diagnostic => diagnostic,
        };
        let is_address = |address: &String| address.contains('@');
        let recipient = self.original.filter(is_address).or(self.last.filter(is_address));
        Some(Said { recipient, fate, status, diagnostic: cleaned(diagnostic) })
    }

    /// RFC 3464 section 2.3.3; by the status where there is no action that anybody knows.
    fn fate(&self) -> Option<Fate> {
        match self.action.as_str() {
            "failed" | "failure" | "fail" => Some(Fate::Failed),
            "delayed" | "delay" => Some(Fate::Delayed),
            "delivered" | "relayed" | "expanded" => Some(Fate::Other),
            _ => match self.status.trim_start().as_bytes() {
                [b'5', ..] => Some(Fate::Failed),
                [b'4', ..] => Some(Fate::Delayed),
                [b'2', ..] => Some(Fate::Other),
                _ => None,
            },
        }
    }
}

/// `rfc822; <dana@example.net>` (RFC 3464 section 2.3.1); some leave the type out.
fn address(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    let bare = address.trim().trim_start_matches('<').trim_end_matches('>').trim();
    match bare.len() <= ADDRESS_BYTES_MAX && !bare.contains(char::is_whitespace) {
        true => bare.to_owned(),
        false => String::new(),
    }
}

/// The first word in lower case, without what some add to it.
fn word(value: &str) -> String {
    let plain = without_comments(value);
    plain.split([' ', '\t', ';', '-']).find(|word| !word.is_empty()).unwrap_or("").to_lowercase()
}

/// `smtp; 550 no such user` without its type (RFC 3464 section 2.3.6).
fn untyped(diagnostic: &str) -> &str {
    match diagnostic.split_once(';') {
        Some((kind, text)) if !kind.trim().contains(char::is_whitespace) => text.trim(),
        _ => diagnostic.trim(),
    }
}

/// What stands behind a status in its own field: against RFC 3464, and often all there is.
fn beside(status: &str) -> &str {
    let status = status.trim();
    match status.split_once(char::is_whitespace) {
        // "553 message too large"
        Some((first, _)) if !first.contains('.') => status,
        Some((_, text)) => text.trim().trim_start_matches('(').trim_end_matches(')'),
        None => "",
    }
}
