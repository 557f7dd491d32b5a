//! What a profile says of how applications are decided, and how an organisation becomes a member (its tables `[membership]`
//! and `[history]`). What an application has to show is its `[application]`.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// When people are reminded, what ends by itself, and how to appeal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Membership {
    /// How an applicant may appeal; completes the sentence "you may appeal it …". Empty: letters say nothing of it.
    pub appeal: String,
    /// Working days until the team is reminded of a complete application.
    pub team_working_days: u16,
    /// Days between its further reminders.
    #[serde(deserialize_with = "some_days")]
    pub team_again_days: u16,
    /// Days in which the address of a new member has to be confirmed.
    #[serde(deserialize_with = "some_days")]
    pub confirm_days: u16,
    /// Days after which it is reminded.
    pub confirm_reminders_days: Vec<u16>,
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            appeal: String::new(),
            team_working_days: 3,
            team_again_days: 7,
            confirm_days: 21,
            confirm_reminders_days: vec![7, 14],
        }
    }
}

/// With none, one reminder would follow the other at once.
fn some_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(D::Error::custom("it is 0\nGive it a number of days, at least 1.")),
        days => Ok(days),
    }
}

/// The change history of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The version that the program's first entry follows.
    #[serde(deserialize_with = "version")]
    pub version: String,
}

/// Numbers with dots between: the next one has to be known.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_number = |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('.').all(is_number) {
        true => Ok(text),
        false => Err(D::Error::custom(format!("“{text}” is no version\nGive it numbers, like \"3.23\"."))),
    }
}
