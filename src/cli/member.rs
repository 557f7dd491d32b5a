//! `embargod member`: the organisations on the predisclosure list, and those on their way; put on it and taken off by an
//! operator, whose acts the record keeps.

mod change;
mod import;
mod list;

pub use change::by;

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;

use super::Failure;
use super::instance::At;
use crate::mail::address::Address;
use crate::rules::roster;

#[derive(Subcommand)]
pub enum Member {
    /// List the members, by name
    List,
    /// Show a member: its address, since when, its certificate, and who answered test letters
    Show {
        /// Its name or address, or a part of the name that no other has
        name: String,
    },
    /// Put an organisation on the list, as soon as its address confirms itself
    Add {
        /// Public
        name: String,
        /// Its one role address, never public
        address: Address,
        /// What it is: hosting, software, …
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// A domain of its services; as often as there are some
        #[arg(long = "domain", value_name = "DOMAIN")]
        domains: Vec<String>,
        /// Its OpenPGP certificate, a file
        #[arg(long, value_name = "FILE")]
        certificate: Option<String>,
        /// On the list since, as 2019-08-08, where it was on it before [default: when the address is confirmed]
        #[arg(long, value_name = "DATE", value_parser = date)]
        since: Option<Timestamp>,
    },
    /// Take a member off the list: nothing more reaches it; it is told
    Remove {
        /// Its name or address, or a part of the name that no other has
        name: String,
    },
    /// Send a member nothing for a while; it is told
    Suspend {
        /// Its name or address, or a part of the name that no other has
        name: String,
    },
    /// Put a suspended member back on the list; it is told
    Resume {
        /// Its name or address, or a part of the name that no other has
        name: String,
    },
    /// Take members over from a file: CSV with headings (name,address and, if you like, certificate,domains,kind,since), or
    /// what Mailman prints (Name <address>). Says of each line what became of it
    Import {
        /// “-” reads standard input
        file: PathBuf,
        /// Another list confirmed their addresses: they are members at once, and get no letter
        #[arg(long)]
        confirmed: bool,
    },
    /// Send a test letter that asks for one word; “member show” says who answered
    Drill {
        /// One member [default: all that are active]
        name: Option<String>,
    },
}

fn date(text: &str) -> Result<Timestamp, String> {
    roster::date(text).ok_or_else(|| format!("“{text}” is not a date; write it as 2019-08-08"))
}

impl Member {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        matches!(self, Self::List | Self::Show { .. })
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list::list(at).await,
            Self::Show { name } => list::show(at, &name).await,
            Self::Add { name, address, kind, domains, certificate, since } => {
                let kind = kind.unwrap_or_default();
                change::add(at, change::Adding { name, address, kind, domains, certificate, since }).await
            }
            Self::Remove { name } => change::change(at, &name, change::Change::Remove).await,
            Self::Suspend { name } => change::change(at, &name, change::Change::Suspend).await,
            Self::Resume { name } => change::change(at, &name, change::Change::Resume).await,
            Self::Import { file, confirmed } => import::import(at, &file, confirmed).await,
            Self::Drill { name } => change::drill(at, name.as_deref()).await,
        }
    }
}
