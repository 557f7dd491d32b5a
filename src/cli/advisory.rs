//! `embargod advisory`: the advisories, and how far they are.

mod show;

use clap::Subcommand;

pub use self::show::{HEADINGS, Shown};
use super::Failure;
use super::instance::At;

#[derive(Subcommand)]
pub enum Advisory {
    /// Show an advisory: what was drafted, found and approved, and how far it is
    Show {
        /// Its number, with or without what the project puts before it: 480, XSA-480
        #[arg(value_name = "NUMBER")]
        number: String,
    },
}

impl Advisory {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        match self {
            Self::Show { .. } => true,
        }
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::Show { number } => show::run(at, &number).await,
        }
    }
}
