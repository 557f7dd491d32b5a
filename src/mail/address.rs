//! Addresses of people and lists. An `Address` is an addr-spec (RFC 5322 section 3.4.1) that is safe to put into
//! a header and an SMTP command; display names are never part of it.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// RFC 5321 section 4.5.3.1.3: a path has at most 256 octets, two of them brackets.
const ADDRESS_BYTES_MAX: usize = 254;
/// RFC 5321 section 4.5.3.1.1.
const LOCAL_PART_BYTES_MAX: usize = 64;

/// One mailbox address, kept as it was written. Two spellings that differ in case only are the same address:
/// no mail system we will ever meet tells them apart (RFC 5321 section 2.4 advises them not to).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// What was written is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an e-mail address (expected something like security@example.org)")]
pub struct NotAnAddress(String);

impl Address {
    /// Takes only dot-atoms (RFC 5322 section 3.2.3, with RFC 6531 letters): quoted local parts, address literals,
    /// blanks and control characters are refused rather than carried into a command.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.trim();
        let refused = || NotAnAddress(text.chars().filter(|c| !c.is_control()).take(80).collect());
        let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
        let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let label = |l: &str| {
            !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && !l.starts_with('-')
        };
        let local_ok = !local.is_empty()
            && local.len() <= LOCAL_PART_BYTES_MAX
            && local.chars().all(atom)
            && !local.split('.').any(str::is_empty);
        if text.len() > ADDRESS_BYTES_MAX || !local_ok || !domain.split('.').all(label) {
            return Err(refused());
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn at(&self) -> usize {
        self.0.rfind('@').unwrap_or(self.0.len())
    }

    pub fn local_part(&self) -> &str {
        &self.0[..self.at()]
    }

    pub fn domain(&self) -> &str {
        self.0.get(self.at() + 1..).unwrap_or("")
    }

    /// The part of the local part after the first `+` (RFC 5233): where a token sits.
    pub fn detail(&self) -> Option<&str> {
        self.local_part().split_once('+').map(|(_, detail)| detail)
    }

    /// The address without its detail: `security+k3v9@example.org` gives `security@example.org`.
    pub fn without_detail(&self) -> Address {
        match self.local_part().split_once('+') {
            Some((local, _)) => Self(format!("{local}@{}", self.domain())),
            None => self.clone(),
        }
    }

    /// This address with a detail of ours.
    pub fn with_detail(&self, detail: &str) -> Address {
        Self(format!("{}+{detail}@{}", self.without_detail().local_part(), self.domain()))
    }

    /// One spelling for comparing and for the database. No letter of another alphabet becomes an ASCII one by it: the
    /// Kelvin sign (U+212A) is no k.
    pub fn key(&self) -> String {
        let folded = |c: char| {
            let foreign = !c.is_ascii() && c.to_lowercase().any(|lower| lower.is_ascii());
            if foreign { c.to_string() } else { c.to_lowercase().to_string() }
        };
        self.0.chars().map(folded).collect()
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;
    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Address {
    type Err = NotAnAddress;
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        Self::parse(text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.0
    }
}

/// An address with the name its owner goes by (RFC 5322 `mailbox`). The name is what somebody chose to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: Address,
}

impl Mailbox {
    pub fn bare(address: Address) -> Self {
        Self { name: None, address }
    }

    /// The name, or the address where there is none: how a letter speaks of this person.
    pub fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(self.address.as_str())
    }
}

impl std::fmt::Display for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_have_and_refuses_what_would_break_a_command() {
        for good in [
            "alice@example.org",
            "a.b+c@lists.example.org",
            "o'hara@example.net",
            "jürgen@bücher.example",
            "root@localhost",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "alice",
            "@example.org",
            "alice@",
            "a b@example.org",
            "a@b@",
            "a..b@example.org",
            ".a@example.org",
            "a@ex ample.org",
            "a@example..org",
            "a\r\nRCPT TO:<x@y>@example.org",
            "\"a b\"@example.org",
            "a@[127.0.0.1]",
            "<a@b.org>",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_detail_is_what_stands_after_the_first_plus() {
        let address = Address::parse("security+k3v9+x@Example.org").unwrap();
        assert_eq!(address.detail(), Some("k3v9+x"));
        assert_eq!(address.without_detail(), Address::parse("security@example.org").unwrap());
        assert_eq!(address.with_detail("z").as_str(), "security+z@Example.org");
    }

    #[test]
    fn letters_that_look_alike_are_not_the_same() {
        let same = |a: &str, b: &str| Address::parse(a).unwrap() == Address::parse(b).unwrap();
        assert!(same("Kai@Example.org", "kai@example.ORG") && same("JÜRGEN@example.org", "jürgen@example.org"));
        for other in
            ["\u{212A}ai@example.org", "k\u{430}i@example.org", "ka\u{130}@example.org", "ka\u{131}@example.org"]
        {
            assert!(!same("kai@example.org", other), "{other}");
        }
    }
}
