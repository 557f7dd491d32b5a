//! `embargod history`: the change history of the policy.

use clap::Subcommand;
use serde::Serialize;

use super::instance::At;
use super::{Failure, print};
use crate::rules::history::entry;
use crate::store::time;

#[derive(Subcommand)]
pub enum History {
    /// List the changes, the newest first, as the policy does
    List,
}

#[derive(Serialize)]
struct Shown {
    version: String,
    at: String,
    text: String,
    /// As the policy writes it.
    entry: String,
}

impl History {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
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
}
