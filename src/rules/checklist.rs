//! What an application has to show, item by item, and what a careful reader finds of it in the applicant's own mail.
//! It reads no page and decides nothing: whoever lacks a required item cannot be accepted, whoever has all may be.

mod alias;
mod applicant;
mod denials;
mod domains;
mod evidence;
mod ground;
mod heads;
mod links;
mod merging;
mod owned;
mod plain;
mod products;
mod ruled;
mod sections;
mod statement;
mod times;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::ground::Ground;
use crate::mail::address::Address;
use crate::mail::sheet::Sheet;

pub use applicant::{ALWAYS, PARTIAL};
pub use merging::merged;
pub use owned::is_free;
pub use ruled::{asked_of, ruled};
pub use times::{Overdue, Times};

/// What an application to a project has to show, and the words by which a reader knows it; a profile's `[application]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// The item whose answer tells what kind of applicant it is.
    #[serde(default)]
    pub kind_item: Option<String>,
    /// Kinds of applicant, each with the words by which people say that they are one.
    #[serde(default)]
    pub kinds: BTreeMap<String, Vec<String>>,
    /// Words by which a sentence answers an item without its question: `*` is some words, `{name}` a name.
    #[serde(default)]
    pub cues: BTreeMap<String, Vec<String>>,
    /// How people say that some, or all, of their products use the software.
    #[serde(default)]
    pub partial: Partial,
    #[serde(default)]
    pub links: LinkRules,
    /// Hosts at which anybody has an address.
    #[serde(default)]
    pub mail_hosts: Vec<String>,
    #[serde(default)]
    pub times: Times,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    #[serde(default)]
    pub some: Vec<String>,
    #[serde(default)]
    pub all: Vec<String>,
    /// What the software is called.
    #[serde(default)]
    pub software: Vec<String>,
    /// That something else is used, too: what uses the software is not named by it.
    #[serde(default)]
    pub other: Vec<String>,
    /// That it is not used yet.
    #[serde(default)]
    pub none: Vec<String>,
    /// That others run it for them: what they are is then for people to judge.
    #[serde(default)]
    pub foreign: Vec<String>,
}

/// Which links the policy does not accept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRules {
    /// Items that may be shown on hosts of others, which are named in `open_hosts`.
    #[serde(default)]
    pub open_items: Vec<String>,
    #[serde(default)]
    pub open_hosts: Vec<String>,
    #[serde(default)]
    pub refused: Vec<Refused>,
}

/// A kind of link that the policy does not accept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// "a blog post".
    pub name: String,
    /// What the policy says, and what to send instead: a sentence.
    pub why: String,
    /// Names of hosts, without what stands behind the last dot, or whole.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Parts of a host or of the path between slashes.
    #[serde(default)]
    pub parts: Vec<String>,
    /// What the path ends with.
    #[serde(default)]
    pub ends: Vec<String>,
    /// Words beside the link.
    #[serde(default)]
    pub words: Vec<String>,
}

/// What is proven or claimed of whoever wrote a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writer {
    pub address: Option<Address>,
    /// What the mail calls them; empty when it does not.
    pub name: String,
}

impl Writer {
    /// The domain of their address; empty without one.
    pub fn domain(&self) -> String {
        self.address.as_ref().map(|address| address.domain().to_lowercase()).unwrap_or_default()
    }
}

/// What a careful reader finds of each item in one mail of an applicant. Total; it reads no page.
pub fn check(checklist: &Checklist, sheet: &Sheet, writer: &Writer) -> Findings {
    check_after(checklist, sheet, writer, &Findings::default())
}

/// The same of a later mail: what the applicant declared in earlier ones holds. The findings are of this mail alone;
/// `merged` puts them together.
pub fn check_after(checklist: &Checklist, sheet: &Sheet, writer: &Writer, earlier: &Findings) -> Findings {
    Ground::of(checklist, sheet, writer).findings(earlier)
}

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

#[cfg(test)]
mod tests;
