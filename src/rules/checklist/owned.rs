//! Which hosts are the applicant's: those it declared, that of its address, those that have its name. It opens no page.

use super::ground::Ground;
use super::links::{is_within, registered};
use super::{Checklist, Finding, Kind, Status};

/// A shorter name stands in too many hosts.
const NAME_LETTERS_MIN: usize = 4;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    pub declared: Vec<String>,
    /// The domain of the author's address, unless anybody may have one there.
    pub writers: String,
    /// Letters of the organisation's names.
    names: Vec<String>,
}

impl Owned {
    pub fn of<'f>(ground: &Ground<'_>, found: impl Iterator<Item = &'f Finding>) -> Self {
        let mut owned = Self::default();
        for finding in found {
            let kind = ground.checklist.items.iter().find(|item| item.id == finding.id).map(|item| item.kind);
            match kind {
                Some(Kind::Domains) if finding.status == Status::Found => {
                    owned.declared.extend(finding.values.iter().cloned())
                }
                Some(Kind::Text) => owned.names.extend(finding.values.iter().flat_map(|name| names(ground, name))),
                _ => {}
            }
        }
        let domain = ground.writer.domain();
        if !domain.is_empty() && !is_free(ground.checklist, &domain) {
            owned.writers = domain;
        }
        owned
    }

    /// Whether a host is the applicant's, declared or plainly.
    pub fn has(&self, host: &str) -> bool {
        let within = |domain: &String| is_within(host, domain) || registered(host) == registered(domain);
        self.declared.iter().any(within)
            || (!self.writers.is_empty() && within(&self.writers))
            || self.names.iter().any(|name| letters(registered(host)).starts_with(name.as_str()))
    }

    /// Whether an address may be at this domain without a word about it.
    pub fn has_mail_at(&self, domain: &str) -> bool {
        let within = |known: &String| is_within(domain, known) || registered(domain) == registered(known);
        if self.declared.is_empty() {
            return self.has(domain);
        }
        self.declared.iter().any(within) || (!self.writers.is_empty() && within(&self.writers))
    }
}

/// The letters of a name, and of its first word, if they tell enough.
fn names(ground: &Ground<'_>, name: &str) -> Vec<String> {
    let known = |word: &str| {
        super::words::words(word)
            .iter()
            .all(|word| ground.heads.knows(&word.stem) || GENERIC.contains(&word.stem.as_str()))
    };
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut found: Vec<String> = vec![letters(name)];
    found.extend(words.iter().find(|word| !known(word)).map(|word| letters(word)));
    found.retain(|name| name.chars().count() >= NAME_LETTERS_MIN);
    found
}

/// Words that many names have.
pub const GENERIC: &[&str] = &[
    "hosting",
    "host",
    "cloud",
    "system",
    "network",
    "server",
    "linux",
    "bsd",
    "os",
    "project",
    "company",
    "group",
    "limited",
    "private",
    "technology",
    "software",
    "service",
    "data",
    "center",
    "centre",
    "internet",
    "university",
    "institute",
    "security",
    "team",
    "virtual",
    "online",
    "digital",
    "global",
    "international",
];

pub fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether anybody may have an address there.
pub fn is_free(checklist: &Checklist, domain: &str) -> bool {
    let main = registered(domain).split('.').next().unwrap_or_default();
    checklist.mail_hosts.iter().any(|host| host == domain || host == registered(domain) || host == main)
}
