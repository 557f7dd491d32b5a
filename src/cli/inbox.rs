//! `embargod inbox`: every mail that came in, and what became of it.

use clap::Subcommand;

use super::instance::{self, At};
use super::{Failure, print, process};
use crate::store::audit::Act;

#[derive(Subcommand)]
pub enum Inbox {
    /// List the mails, the oldest first
    List,
    /// Handle mails again that failed or were held as spam; the spam mark is then ignored
    Retry {
        /// The numbers that “inbox list” shows
        #[arg(required = true, value_name = "ID")]
        mails: Vec<i64>,
    },
}

impl Inbox {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Retry { mails } => retry(at, mails).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
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
    print::table(&["mail", "state", "received", "bytes", "mailbox", "what became of it"], &rows);
    Ok(())
}

/// All of them or none.
async fn retry(at: &At, mut mails: Vec<i64>) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    mails.sort_unstable();
    mails.dedup();
    let retrying = mails.clone();
    let refused = store
        .write(move |rows| {
            for id in &retrying {
                match rows.inbox().state(*id)?.as_deref() {
                    Some("quarantined") => {}
                    state => return Ok(Some((*id, state.map(str::to_owned)))),
                }
            }
            for id in &retrying {
                rows.aside().retry(*id, now)?;
                let object = format!("mail {id}");
                let actor = process::operator();
                let act = Act { actor: &actor, evidence: "operator", act: "inbox retry", object: &object, detail: "" };
                rows.audit().append(now, &act)?;
            }
            Ok(None)
        })
        .await?;
    match refused {
        None => {
            let mails: Vec<String> = mails.iter().map(ToString::to_string).collect();
            println!(
                "Let through: mail {}. The next round handles it, or the daemon within a minute.",
                mails.join(", ")
            );
            Ok(())
        }
        Some((id, state)) => {
            let what = match state.as_deref() {
                None => format!("there is no mail {id}"),
                Some("new") => format!("mail {id} already waits to be handled"),
                Some(_) => format!("mail {id} was handled already"),
            };
            Err(Failure::refused(what, "Nothing was let through; “embargod inbox list” shows which are quarantined."))
        }
    }
}
