//! `embargod key`: OpenPGP certificates, whose they are, and whether anything can be encrypted to them. Only an operator
//! gives one to somebody; what mail brings is shown here and trusted by nobody.

mod import;
mod shown;

use clap::Subcommand;

pub use import::{certificate, tell};

use super::Failure;
use super::instance::At;
use crate::mail::address::Address;

#[derive(Subcommand)]
pub enum Key {
    /// List the certificates: the project's, those of people, and those that mail offered
    List,
    /// Show one: what it is, whose, until when
    Show {
        /// Its fingerprint, or the end of it, at least 16 hex digits
        fingerprint: String,
        /// Print the certificate itself
        #[arg(long)]
        armor: bool,
    },
    /// Register the certificate of a person, or a newer copy of it: from then on letters to them are encrypted. First
    /// compare its fingerprint with its owner, by telephone or in person
    Import {
        /// The file, as “gpg --armor --export FINGERPRINT” writes it; - for standard input
        #[arg(required_unless_present = "offered", conflicts_with = "offered")]
        file: Option<String>,
        /// Instead of a file: one that came with mail, by its fingerprint as “embargod key list” shows it
        #[arg(long, value_name = "FINGERPRINT")]
        offered: Option<String>,
        /// Whose it is; without it, whoever its user IDs name
        #[arg(long = "for", value_name = "ADDRESS")]
        person: Option<Address>,
    },
    /// Forget somebody's certificate: letters are no longer encrypted with it
    Remove {
        /// Its fingerprint, or the end of it, at least 16 hex digits
        fingerprint: String,
    },
}

impl Key {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => shown::list(at).await,
            Self::Show { fingerprint, armor } => shown::show(at, &fingerprint, armor).await,
            Self::Import { file, offered, person } => {
                import::import(at, file.as_deref(), offered.as_deref(), person).await
            }
            Self::Remove { fingerprint } => import::remove(at, &fingerprint).await,
        }
    }
}
