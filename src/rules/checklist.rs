//! What an application has to show, item by item, and what a careful reader finds of it in the applicant's own mail.
//! It reads no page and decides nothing: whoever lacks a required item cannot be accepted, whoever has all may be.

use serde::{Deserialize, Serialize};

/// One thing that an application has to show; a profile's `[[application.item]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Lower case with hyphens; scripts and answers of the team name it.
    pub id: String,
    /// In tables: a few words.
    pub name: String,
    /// What to send, in the policy's words; completes the sentence "Please send …".
    pub ask: String,
    pub kind: Kind,
    /// `always`, `partial-use` (only if the mail says that not all products use the software), or a kind of applicant
    /// that the profile names.
    pub required: String,
    /// How people head it, in lower case: words of the policy's question, and what they make of them.
    pub headings: Vec<String>,
}

/// What shows an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any words of their own.
    Text,
    /// Domain names, said to be theirs.
    Domains,
    /// A link to a public page of theirs.
    Link,
    /// One address that is no person's.
    Address,
    /// Words of agreement.
    Statement,
}

/// What was found of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Found,
    /// Something is there, and does not settle it.
    Unclear,
    Missing,
}

/// What a careful reader finds of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub id: String,
    /// Of this applicant.
    pub required: bool,
    pub status: Status,
    /// The applicant's own words that show it, or make it unclear: of one line, at most 200 characters.
    pub quote: String,
    /// Of the text as people see it, from 1; 0 without a quote.
    pub line: usize,
    /// One sentence: why it is unclear or missing; of what was found, what a person should look at, or nothing.
    pub why: String,
    /// What the words come to: the name, the domains, the links, the address.
    pub values: Vec<String>,
}

/// What a member of the team says of an item, in place of what the checker found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    pub item: String,
    /// Found or missing.
    pub status: Status,
    /// Found: the applicant's own words that show it; missing: why.
    pub words: String,
}

/// What was found of each item, in the order of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    pub items: Vec<Finding>,
}

impl Findings {
    /// Every required item was found.
    pub fn complete(&self) -> bool {
        !self.items.is_empty() && self.open().next().is_none()
    }

    /// What is required and was not found.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.items.iter().filter(|finding| finding.required && finding.status != Status::Found)
    }

    pub fn get(&self, id: &str) -> Option<&Finding> {
        self.items.iter().find(|finding| finding.id == id)
    }
}

/// A quote in a table has at most so many characters.
const QUOTE_CHARACTERS_MAX: usize = 200;

/// What was found, with what the team says in its place.
pub fn ruled(findings: &Findings, rulings: &[Ruled]) -> Findings {
    let item = |finding: &Finding| {
        let Some(ruled) = rulings.iter().rev().find(|ruled| ruled.item == finding.id) else { return finding.clone() };
        let shown: String = ruled.words.chars().take(QUOTE_CHARACTERS_MAX).collect();
        match ruled.status {
            Status::Found => Finding {
                status: Status::Found,
                quote: shown,
                line: 0,
                why: String::new(),
                values: vec![ruled.words.clone()],
                ..finding.clone()
            },
            Status::Unclear | Status::Missing => Finding {
                status: Status::Missing,
                quote: String::new(),
                line: 0,
                why: ruled.words.clone(),
                values: Vec::new(),
                ..finding.clone()
            },
        }
    };
    Findings { items: findings.items.iter().map(item).collect() }
}
