//! `embargod outbox`: every letter to every recipient, and how far it is.

use clap::Subcommand;

use super::instance::At;
use super::{Failure, print};

#[derive(Subcommand)]
pub enum Outbox {
    /// List the deliveries, the oldest first
    List,
}

impl Outbox {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let Self::List = self;
        let deliveries = at.store()?.read(|rows| rows.outbox().list()).await?;
        if at.json {
            return print::json(&deliveries);
        }
        let rows: Vec<Vec<String>> = deliveries
            .into_iter()
            .map(|delivery| {
                let case = delivery.case.map(|case| case.to_string()).unwrap_or_default();
                let attempts = delivery.attempts.to_string();
                vec![
                    delivery.id.to_string(),
                    delivery.state,
                    delivery.kind,
                    case,
                    delivery.to,
                    attempts,
                    delivery.error,
                ]
            })
            .collect();
        print::table(&["delivery", "state", "kind", "case", "to", "attempts", "error"], &rows);
        Ok(())
    }
}
