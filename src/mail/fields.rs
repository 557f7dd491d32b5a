//! Single header fields, decoded by `mail-parser` one bounded field at a time (`Field::alone_as` says why). It
//! never sees a whole message of a stranger: `mail::parts` splits those.

use jiff::Timestamp;
use mail_parser::{HeaderName, HeaderValue, MessageParser};

use crate::mail::headers::{Field, Headers};

/// More addresses than any field of a person's mail has.
const ADDRESSES_MAX: usize = 1_000;

/// One entry of an address field as it was written: either half may be missing or nonsense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: Option<String>,
    pub address: Option<String>,
}

/// The entries of an address field (RFC 5322 section 3.4), groups taken apart.
pub fn entries(field: &Field<'_>) -> Vec<Entry> {
    decoded(field, HeaderName::To, |value| {
        let entry = |a: &mail_parser::Addr<'_>| Entry {
            name: a.name.as_deref().map(str::to_owned),
            address: a.address.as_deref().map(str::to_owned),
        };
        value.as_address().map(|list| list.iter().take(ADDRESSES_MAX).map(entry).collect())
    })
    .unwrap_or_default()
}

/// Unstructured text (RFC 5322 section 2.2.1) with its encoded words decoded (RFC 2047).
pub fn text(field: &Field<'_>) -> String {
    decoded(field, HeaderName::Subject, |value| value.as_text().map(str::to_owned)).unwrap_or_default()
}

/// The encoded words of a text decoded, as far as they are any.
pub fn decoded_words(text: &str) -> String {
    let raw = format!("Subject: {}\r\n\r\n", text.replace(['\r', '\n'], " "));
    let headers = Headers::read(raw.as_bytes());
    headers.first("Subject").map(self::text).unwrap_or_default()
}

/// A date; `None` when it is none, or out of all bounds.
pub fn date(field: &Field<'_>) -> Option<Timestamp> {
    decoded(field, HeaderName::Date, |value| value.as_datetime().filter(|date| date.is_valid()).cloned())
        .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok())
}

/// A type with its parameters: Content-Type or Content-Disposition (RFC 2045 section 5, RFC 2183, RFC 2231).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// `text/plain`, or `attachment`, in lower case; empty when the field is missing or unreadable.
    pub kind: String,
    parameters: Vec<(String, String)>,
}

impl Typed {
    /// The topmost field of this name.
    pub fn of(headers: &Headers<'_>, name: &str) -> Self {
        headers.first(name).and_then(Self::read).unwrap_or_default()
    }

    fn read(field: &Field<'_>) -> Option<Self> {
        decoded(field, HeaderName::ContentType, |value| {
            let typed = value.as_content_type()?;
            let kind = match typed.subtype() {
                Some(subtype) => format!("{}/{subtype}", typed.ctype()),
                None => typed.ctype().to_owned(),
            };
            let parameters = typed.attributes().unwrap_or_default();
            let parameters = parameters.iter().map(|p| (p.name.to_lowercase(), p.value.clone().into_owned())).collect();
            Some(Self { kind: kind.to_lowercase(), parameters })
        })
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn decoded<T>(
    field: &Field<'_>,
    read_as: HeaderName<'static>,
    take: impl Fn(&HeaderValue<'_>) -> Option<T>,
) -> Option<T> {
    let alone = field.alone_as(read_as.as_str());
    let message = MessageParser::default().parse_headers(&alone)?;
    take(message.header(read_as)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(raw: &str, read: impl Fn(&Field<'_>) -> T) -> T {
        let raw = raw.replace('\n', "\r\n") + "\r\n\r\n";
        read(Headers::read(raw.as_bytes()).iter().next().unwrap())
    }

    #[test]
    fn fields_are_decoded() {
        assert_eq!(with("Subject: =?utf-8?q?J=C3=BCrgen?=\n =?utf-8?q?s?= x", text), "Jürgens x");
        assert_eq!(with("Date: Tue, 1 Dec 2026 12:00:00 +0100", date), "2026-12-01T11:00:00Z".parse().ok());
        assert_eq!(with("Date: yesterday", date), None);
        let entry = |name: Option<&str>, address: Option<&str>| Entry {
            name: name.map(str::to_owned),
            address: address.map(str::to_owned),
        };
        assert_eq!(
            with("From: \"A, B\" <a@example.org>,\n team: c@example.org;, junk", entries),
            [entry(Some("A, B"), Some("a@example.org")), entry(None, Some("c@example.org")), entry(Some("junk"), None)]
        );
    }

    #[test]
    fn a_type_keeps_its_parameters() {
        let typed =
            with("Content-Type: Multipart/REPORT; report-type=\"delivery-status\";\n\tboundary=\"A=_b\"", |f| {
                Typed::read(f).unwrap()
            });
        assert_eq!(typed.kind, "multipart/report");
        assert_eq!(
            (typed.parameter("report-type"), typed.parameter("boundary")),
            (Some("delivery-status"), Some("A=_b"))
        );
        let named = with("Content-Disposition: attachment; filename*0*=utf-8''fix%C3%A9; filename*1=.patch", |f| {
            Typed::read(f).unwrap()
        });
        assert_eq!((named.kind.as_str(), named.parameter("filename")), ("attachment", Some("fixé.patch")));
    }

    #[test]
    fn a_hostile_parameter_list_is_cut_before_it_costs() {
        let flood: String = (0..200_000).map(|n| format!("a{n}*1=x;")).collect();
        let typed = with(&format!("Content-Type: text/plain; {flood}"), Typed::read);
        assert!(typed.is_none_or(|typed| typed.parameters.len() < 2_000));
    }
}
