//! What is to be run, what it is told, and how it ended: the files of the spool.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What one program is to be told, once. Which program that is, says whoever runs it, and never the spool: others can write
/// into that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// As the settings call it.
    pub hook: String,
    /// What takes longer is ended.
    pub seconds: u64,
    pub payload: Payload,
}

/// What the program reads on its standard input, as one JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// `release`
    pub event: String,
    pub number: i64,
    /// `XSA-480`
    pub called: String,
    /// Of the public text.
    pub version: u32,
    pub title: String,
    pub cves: Vec<String>,
    /// RFC 3339, in UTC.
    pub released_at: String,
    /// A file: the public text as it was signed.
    pub text: PathBuf,
    pub files: Vec<Sent>,
    /// The folder of the public pages, if there is one.
    pub site: Option<PathBuf>,
}

/// A file of the advisory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// As the advisory calls it.
    pub name: String,
    pub sha256: String,
    /// Where its bytes are.
    pub path: PathBuf,
}

/// How it ended. Nothing the program said is in it: that may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ended", rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    Exit {
        code: i32,
    },
    Signal {
        number: i32,
    },
    /// It was ended after so long.
    TooLong {
        seconds: u64,
    },
    /// The number of the error, or 0.
    NotStarted {
        errno: i32,
    },
    /// What was to be run, or how it ended, cannot be read.
    Unreadable,
    /// Whoever ran it is gone, and told nothing.
    Interrupted,
}

impl Outcome {
    /// What went wrong, as a sentence goes on after the program's name.
    pub fn failure(self) -> Option<String> {
        match self {
            Self::Done => None,
            Self::Exit { code } => Some(format!("ended with the exit status {code}")),
            Self::Signal { number } => Some(format!("was ended by the signal {number}")),
            Self::TooLong { seconds } => Some(format!("took longer than {seconds} seconds and was ended")),
            Self::NotStarted { errno } => {
                Some(format!("could not be started: {}", std::io::Error::from_raw_os_error(errno)))
            }
            Self::Unreadable => Some("left no result that can be read".to_owned()),
            Self::Interrupted => Some("was interrupted, as when its machine is restarted".to_owned()),
        }
    }

    /// Whether another attempt may go better. What was ended half-way is for a person to look at.
    pub fn may_go_better(self) -> bool {
        matches!(self, Self::Exit { .. } | Self::Signal { .. } | Self::NotStarted { .. })
    }
}
