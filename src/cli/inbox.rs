//! `embargod inbox`: every mail that came in, and what became of it.

use clap::Subcommand;

use super::instance::At;
use super::{Failure, print};

#[derive(Subcommand)]
pub enum Inbox {
    /// List the mails, the oldest first
    List,
}

impl Inbox {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let Self::List = self;
        let mails = at.store()?.read(|rows| rows.inbox().list()).await?;
        if at.json {
            return print::json(&mails);
        }
        let rows: Vec<Vec<String>> = mails
            .into_iter()
            .map(|mail| {
                let place = format!("{} {}", mail.account, mail.folder);
                vec![mail.id.to_string(), mail.state, mail.received_at, mail.bytes.to_string(), place, mail.reason]
            })
            .collect();
        print::table(&["mail", "state", "received", "bytes", "from", "what became of it"], &rows);
        Ok(())
    }
}
