//! What a profile says of applications (its table `[application]`): the items, the times, how to appeal. What is found in
//! a mail is `rules::checklist`'s.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::rules::checklist::{Item, Kind};

/// How organisations apply to the predisclosure list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// How an applicant may appeal; completes the sentence "you may appeal it …".
    pub appeal: String,
    pub times: Times,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// When people are reminded, and what ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Working days until the team is reminded of a complete application.
    pub team_working_days: u16,
    /// Days between its further reminders.
    #[serde(deserialize_with = "some_days")]
    pub team_again_days: u16,
    /// Days in which a new member's address has to be confirmed.
    #[serde(deserialize_with = "some_days")]
    pub confirm_days: u16,
    /// Days after which it is reminded.
    pub confirm_reminders_days: Vec<u16>,
}

/// With none, a reminder would follow the other at once.
fn some_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(D::Error::custom("it is 0\nGive it a number of days, at least 1.")),
        days => Ok(days),
    }
}

impl Application {
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The item that gives the address to be put on the list.
    pub fn address(&self) -> Option<&Item> {
        self.items.iter().find(|item| item.kind == Kind::Address)
    }
}
