//! `embargod status`: one screen.

use serde::Serialize;

use super::case::{CASE_HEADINGS, case_row};
use super::instance::At;
use super::standstill::Standstill;
use super::{Failure, print};
use crate::store::cases::Listed;
use crate::store::inbox::Polled;

/// Cases shown on the screen; `case list` has them all.
const CASES_SHOWN_MAX: usize = 15;

#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    standstill: Standstill,
    cases: Vec<Listed>,
    inbox: std::collections::BTreeMap<String, i64>,
    outbox: std::collections::BTreeMap<String, i64>,
    polls: Vec<Polled>,
}

pub async fn run(at: &At) -> Result<(), Failure> {
    let status = at
        .store()?
        .read(|rows| {
            let mut cases = rows.cases().list()?;
            cases.retain(|case| !matches!(case.state.as_str(), "closed" | "invalid" | "duplicate"));
            Ok(Status {
                standstill: Standstill::read(rows)?,
                cases,
                inbox: rows.inbox().counts()?.into_iter().collect(),
                outbox: rows.outbox().counts()?.into_iter().collect(),
                polls: rows.inbox().polls()?,
            })
        })
        .await?;
    if at.json {
        return print::json(&status);
    }
    if let Some(said) = status.standstill.said() {
        println!("{said}\n");
    }
    match status.cases.len() {
        0 => println!("No open cases."),
        open => {
            print::table(&CASE_HEADINGS, &status.cases.iter().take(CASES_SHOWN_MAX).map(case_row).collect::<Vec<_>>());
            if open > CASES_SHOWN_MAX {
                println!("… and {} more: embargod case list", open - CASES_SHOWN_MAX);
            }
        }
    }
    println!();
    println!("inbox   {}", counts(&status.inbox, "empty"));
    println!("outbox  {}", counts(&status.outbox, "empty"));
    if status.polls.is_empty() {
        println!("polls   none yet");
    }
    for poll in &status.polls {
        let when = poll.polled_at.as_deref().unwrap_or("never");
        println!("polls   {} {}: last successful {when}", poll.account, poll.folder);
    }
    Ok(())
}

fn counts(counts: &std::collections::BTreeMap<String, i64>, none: &str) -> String {
    if counts.is_empty() {
        return none.into();
    }
    counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
}
