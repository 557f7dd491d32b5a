//! `embargod history`: the change history of the policy. Nothing in it is ever changed.

use clap::Subcommand;
use serde::Serialize;

use super::instance::{self, At};
use super::member::by;
use super::{Failure, print, process};
use crate::daemon;
use crate::mail::headers::one_line;
use crate::rules::history::entry;
use crate::store::time;

#[derive(Subcommand)]
pub enum History {
    /// List the changes, the newest first, as the policy does
    List,
    /// Add a change, with the next version and the date
    Add {
        /// What changed, on one line: “Added reference to …”
        text: String,
    },
}

/// Of an entry.
const TEXT_CHARACTERS_MAX: usize = 500;

#[derive(Serialize)]
struct Shown {
    version: String,
    at: String,
    text: String,
    /// As the policy writes it.
    entry: String,
}

impl History {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        matches!(self, Self::List)
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Add { text } => add(at, &text).await,
        }
    }
}

async fn add(at: &At, text: &str) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let profile = daemon::policy(&settings)?.profile;
    let text = one_line(text, usize::MAX / 8);
    if text.is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX {
        let cause = format!("an entry has between 1 and {TEXT_CHARACTERS_MAX} characters");
        return Err(Failure::usage(cause, "Write one line of text."));
    }
    if profile.history.is_none() {
        let cause = format!("the profile “{}” keeps no change history", profile.name);
        return Err(Failure::refused(cause, "Give it a table [history] with the version that the next entry follows."));
    }
    let now = instance::now(&settings, &store).await?;
    let added = store.write(move |rows| rows.in_history(by(&process::operator(), &profile), &text, now)).await?;
    print::say!("{}", print::shown(&added));
    Ok(())
}

async fn list(at: &At) -> Result<(), Failure> {
    let entries = at.store()?.read(|rows| rows.history().all()).await?;
    let shown: Vec<Shown> = entries
        .into_iter()
        .rev()
        .map(|one| Shown {
            entry: entry(&one.version, one.at, &one.text),
            at: time::At(one.at).to_string(),
            version: one.version,
            text: one.text,
        })
        .collect();
    if at.json {
        return print::json(&shown);
    }
    if shown.is_empty() {
        print::say!("No changes yet.");
    }
    for one in &shown {
        print::say!("{}", print::shown(&one.entry));
    }
    Ok(())
}
