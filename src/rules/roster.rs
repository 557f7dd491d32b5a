//! Lists of members that another program kept: CSV with a line of headings, or one `Name <address>` in a line, as Mailman
//! prints them. Each line is told what it is; nothing is decided of whom it names.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::mail::address::Address;
use crate::mail::headers::one_line;

/// Of an organisation's name in lists and letters.
pub const NAME_CHARACTERS_MAX: usize = 100;
/// A longer kind is a description.
const KIND_CHARACTERS_MAX: usize = 100;
/// Domains of one organisation.
const DOMAINS_MAX: usize = 100;
/// A line is shown again only so far.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// As it stands there, at most 80 characters of it.
    pub shown: String,
    pub read: Result<Listed, Passed>,
}

/// A member that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub address: Address,
    /// The file of its certificate.
    pub certificate: Option<String>,
    pub domains: Vec<String>,
    pub kind: String,
    pub since: Option<Timestamp>,
}

/// Why a line names no member to be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Passed {
    #[error("empty")]
    Empty,
    #[error("comment")]
    Comment,
    #[error("headings")]
    Headings,
    #[error("bad address: “{0}”")]
    BadAddress(String),
    #[error("no address")]
    NoAddress,
    #[error("no name: an organisation is listed by its name")]
    NoName,
    #[error("bad name: it has more than {NAME_CHARACTERS_MAX} characters")]
    LongName,
    #[error("duplicate: the address stands in line {0} already")]
    SameAddress(usize),
    #[error("duplicate: the name stands in line {0} already, with another address")]
    SameName(usize),
    #[error("bad date: “{0}”; write it as 2019-08-08")]
    BadDate(String),
    #[error("bad kind: it has more than {KIND_CHARACTERS_MAX} characters")]
    LongKind,
    #[error("bad domain: “{0}”")]
    BadDomain(String),
    #[error("bad line: it is no CSV, or has other columns than the headings")]
    Columns,
    #[error("bad line: it is not UTF-8")]
    Encoding,
}

impl Passed {
    /// Whether there is nothing in it that anybody would miss.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Passed::Empty | Passed::Comment | Passed::Headings)
    }
}

/// The columns of a file, by what stands in them.
struct Columns {
    name: Option<usize>,
    address: usize,
    certificate: Option<usize>,
    domains: Option<usize>,
    kind: Option<usize>,
    since: Option<usize>,
    count: usize,
}

/// All lines of a file, each with what it is.
pub fn read(file: &[u8]) -> Vec<Line> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut raw: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
    if raw.last().is_some_and(|last| last.is_empty()) {
        raw.pop();
    }
    let (mut columns, mut begun) = (None, false);
    let (mut addresses, mut names) = (HashMap::new(), HashMap::new());
    let mut lines = Vec::new();
    for (index, bytes) in raw.into_iter().enumerate() {
        let number = index + 1;
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        let read = match text {
            "" => Err(Passed::Empty),
            text if text.starts_with('#') => Err(Passed::Comment),
            text if text.contains('\u{FFFD}') => Err(Passed::Encoding),
            text if !begun => {
                begun = true;
                columns = headings(text);
                if columns.is_some() { Err(Passed::Headings) } else { plain(text) }
            }
            text => columns.as_ref().map_or_else(|| plain(text), |columns| columns.read(text)),
        };
        let read = read.and_then(|listed| once(listed, number, &mut addresses, &mut names));
        lines.push(Line { number, shown: one_line(text, SHOWN_CHARACTERS_MAX), read });
    }
    lines
}

/// Whom no line before names, by address or by name.
fn once(
    listed: Listed,
    number: usize,
    addresses: &mut HashMap<String, usize>,
    names: &mut HashMap<String, usize>,
) -> Result<Listed, Passed> {
    let (address, name) = (listed.address.key(), listed.name.to_lowercase());
    if let Some(first) = addresses.get(&address) {
        return Err(Passed::SameAddress(*first));
    }
    if let Some(first) = names.get(&name) {
        return Err(Passed::SameName(*first));
    }
    addresses.insert(address, number);
    names.insert(name, number);
    Ok(listed)
}

/// The fields of one line of CSV (RFC 4180). A name does not go on in the next line.
fn fields(line: &str) -> Option<Vec<String>> {
    if line.matches('"').count() % 2 == 1 {
        return None;
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

/// The columns, if the line is one of headings; Mailman's and Postorius's words for them, too.
fn headings(line: &str) -> Option<Columns> {
    let words: Vec<String> = fields(line)?.iter().map(|word| word.to_lowercase().replace(['_', '-'], " ")).collect();
    let column = |known: &[&str]| words.iter().position(|word| known.contains(&word.as_str()));
    Some(Columns {
        address: column(&["address", "email", "e mail", "email address", "subscribed address"])?,
        name: column(&["name", "organisation", "organization", "display name", "real name"]),
        certificate: column(&["certificate", "key"]),
        domains: column(&["domains", "domain"]),
        kind: column(&["kind"]),
        since: column(&["since", "member since"]),
        count: words.len(),
    })
}

impl Columns {
    fn read(&self, line: &str) -> Result<Listed, Passed> {
        let fields = fields(line).filter(|fields| fields.len() == self.count).ok_or(Passed::Columns)?;
        let field = |column: Option<usize>| column.and_then(|at| fields.get(at)).map_or("", String::as_str);
        let address = address(field(Some(self.address)))?;
        let name = name(field(self.name))?;
        let kind = one_line(field(self.kind), usize::MAX);
        if kind.chars().count() > KIND_CHARACTERS_MAX {
            return Err(Passed::LongKind);
        }
        let since = match field(self.since) {
            "" => None,
            text => Some(date(text).ok_or_else(|| Passed::BadDate(shown(text)))?),
        };
        let certificate = Some(field(self.certificate).to_owned()).filter(|file| !file.is_empty());
        Ok(Listed { name, address, certificate, domains: domains(field(self.domains))?, kind, since })
    }
}

/// `Name <address>`, `address (Name)`, or the address alone, which names nobody.
fn plain(line: &str) -> Result<Listed, Passed> {
    let (written, called) = match line.strip_suffix('>').and_then(|line| line.rsplit_once('<')) {
        Some((name, address)) => (address, name),
        None => match line.strip_suffix(')').and_then(|line| line.split_once(" (")) {
            Some((address, name)) => (address, name),
            None => (line, ""),
        },
    };
    let address = address(written)?;
    let called = called.trim();
    let called = called.strip_prefix('"').and_then(|called| called.strip_suffix('"')).unwrap_or(called);
    let name = name(&called.replace("\\\"", "\"").replace("\\\\", "\\"))?;
    Ok(Listed { name, address, certificate: None, domains: Vec::new(), kind: String::new(), since: None })
}

/// A public name: on one line, and not too long.
pub fn name(text: &str) -> Result<String, Passed> {
    let name = one_line(text, usize::MAX / 8);
    match name.chars().count() {
        0 => Err(Passed::NoName),
        length if length > NAME_CHARACTERS_MAX => Err(Passed::LongName),
        _ => Ok(name),
    }
}

fn address(text: &str) -> Result<Address, Passed> {
    match text.trim() {
        "" => Err(Passed::NoAddress),
        text => Address::parse(text).map_err(|_| Passed::BadAddress(shown(text))),
    }
}

/// Domains with anything between that is not in one.
pub fn domains(text: &str) -> Result<Vec<String>, Passed> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|word| !word.is_empty());
    let mut domains = Vec::new();
    for word in words.take(DOMAINS_MAX) {
        if Address::parse(&format!("a@{word}")).is_err() {
            return Err(Passed::BadDomain(shown(word)));
        }
        domains.push(word.to_lowercase());
    }
    Ok(domains)
}

/// A day in UTC, or a time.
pub fn date(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse::<Timestamp>().ok().or_else(day)
}

fn shown(text: &str) -> String {
    one_line(text, SHOWN_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcomes(file: &str) -> Vec<String> {
        let outcome = |line: Line| match line.read {
            Ok(Listed { name, address, .. }) => format!("{name} <{address}>"),
            Err(passed) => passed.to_string(),
        };
        read(file.as_bytes()).into_iter().map(outcome).collect()
    }

    #[test]
    fn a_file_with_headings_is_read_by_them_whatever_their_order() {
        let file = "\u{FEFF}# taken from the old list\r\n\r\nAddress,kind,Name,since,domains\r\n\
                    security@a.example.net,hosting,\"A & B, Inc.\",2019-08-08,a.example.net; b.example.net\r\n\
                    security@c.example.net,,C,,\r\nsecurity@d.example.net,,D,yesterday,\r\n";
        let lines = read(file.as_bytes());
        let first = lines.get(3).unwrap().read.clone().unwrap();
        assert_eq!((first.name.as_str(), first.kind.as_str()), ("A & B, Inc.", "hosting"));
        assert_eq!(first.domains, ["a.example.net", "b.example.net"]);
        assert_eq!(first.since, Some("2019-08-08T00:00:00Z".parse().unwrap()));
        assert_eq!(
            outcomes(file),
            [
                "comment",
                "empty",
                "headings",
                "A & B, Inc. <security@a.example.net>",
                "C <security@c.example.net>",
                "bad date: “yesterday”; write it as 2019-08-08",
            ]
        );
    }

    #[test]
    fn lists_of_mailman_have_a_member_in_each_line() {
        let file = "A & B, Inc. <security@a.example.net>\n\"C \\\"the\\\" Ltd\" <c@c.example.net>\n\
                    d@d.example.net (D Ltd)\ne@e.example.net\nF <f@f.example.net\n<>\nhttps://g.example.net <g@g.example.net>\n\
                    A Again <SECURITY@A.example.net>\nd ltd <other@d.example.net>\n";
        assert_eq!(
            outcomes(file),
            [
                "A & B, Inc. <security@a.example.net>",
                "C \"the\" Ltd <c@c.example.net>",
                "D Ltd <d@d.example.net>",
                "no name: an organisation is listed by its name",
                "bad address: “F <f@f.example.net”",
                "no address",
                "https://g.example.net <g@g.example.net>",
                "duplicate: the address stands in line 1 already",
                "duplicate: the name stands in line 3 already, with another address",
            ]
        );
    }

    #[test]
    fn a_broken_line_is_told_and_swallows_no_other() {
        let file = "name,address\n\"A,a@a.example.net\nB,b@b.example.net\nC\nD,d@d.example.net,more\n";
        let bad = "bad line: it is no CSV, or has other columns than the headings";
        assert_eq!(outcomes(file), ["headings", bad, "B <b@b.example.net>", bad, bad]);
        let latin = b"name,address\nB\xfccher,b@b.example.net\n";
        assert_eq!(read(latin).get(1).unwrap().read, Err(Passed::Encoding));
    }

    proptest! {
        #[test]
        fn any_bytes_give_one_answer_for_each_line(file in prop::collection::vec(any::<u8>(), 0..400)) {
            let lines = read(&file);
            let count = file.split(|byte| *byte == b'\n').count();
            prop_assert!(lines.len() == count || lines.len() + 1 == count);
            for line in &lines {
                prop_assert!(!line.shown.contains('\n') && line.shown.chars().count() <= SHOWN_CHARACTERS_MAX);
            }
        }
    }
}
