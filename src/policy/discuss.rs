//! What a profile says of the list on which members talk to each other (its table `[discuss]`): when a post is returned
//! that nobody decides about, whose name a copy shows, and what moderators are shown beside it.

use serde::Deserialize;

use crate::mail::address::Address;
use crate::rules::posts::Words;

/// How posts are held and distributed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Discuss {
    /// What the From of a copy shows.
    pub from: From,
    /// Days after which moderators are reminded of a post.
    pub remind_days: Vec<u16>,
    /// Days after which its author gets it back.
    pub return_days: u16,
    /// Whether a moderator may approve a post of their own.
    pub approve_own: bool,
    /// A longer text is a reason to look twice.
    pub long_characters: usize,
    /// Words that a post about policy has: they are shown as a reason to look twice.
    pub policy_words: Vec<String>,
    /// Public lists where policy may be discussed, which the author of such a post is told.
    pub policy_lists: Vec<Address>,
    /// What a post looks like, by its words.
    pub hints: Hints,
}

/// Whose address stands in the From of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// The author's, unless receivers would reject it: then the list's.
    Auto,
    /// The list's: "NAME via LIST".
    Always,
    /// The author's.
    Never,
}

/// Words by which a post is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hints {
    /// That a fixed version is available to the members' own users.
    pub announcement: Vec<String>,
    /// About an advisory, its patches, and how to deploy them.
    pub technical: Vec<String>,
    /// About the list itself and who may do what.
    pub policy: Vec<String>,
}

impl Default for Discuss {
    fn default() -> Self {
        Self {
            from: From::Auto,
            remind_days: vec![1, 3],
            return_days: 7,
            approve_own: false,
            long_characters: 20_000,
            policy_words: Vec::new(),
            policy_lists: Vec::new(),
            hints: Hints::default(),
        }
    }
}

impl Discuss {
    /// What posts are looked through for.
    pub fn words(&self) -> Words<'_> {
        Words {
            policy_matters: &self.policy_words,
            announcement: &self.hints.announcement,
            technical: &self.hints.technical,
            policy: &self.hints.policy,
            long_characters: self.long_characters,
        }
    }
}
