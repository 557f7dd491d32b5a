//! `embargod advisory`: what is wrong with the text of an advisory, and how it is usually written, of files alone: no instance is
//! needed; and how far the advisories of an instance are.

mod given;
mod lint;
mod render;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

pub use self::show::{HEADINGS, Shown};
use super::instance::At;
use super::{Failure, profile};
use crate::advisory::finding::Finding;
use crate::advisory::model::Advisory as Parsed;
use crate::advisory::style::Style;

#[derive(Subcommand)]
pub enum Advisory {
    /// Say what is wrong with advisories. Exit 0 when there are no errors (but perhaps warnings), 1 when there are
    ///
    /// Lines are counted in the file; in a mail, from the first line of the advisory.
    Lint(Lint),
    /// Print advisories as they were read: byte for byte the same
    Render(Render),
    /// Show an advisory: what was drafted, found and approved, and how far it is
    Show {
        /// Its number, with or without what the project puts before it: 480, XSA-480
        #[arg(value_name = "NUMBER")]
        number: String,
    },
}

#[derive(Args)]
pub struct Lint {
    #[command(flatten)]
    given: Given,
}

#[derive(Args)]
pub struct Render {
    #[command(flatten)]
    given: Given,
    /// In the usual form: titles centred, headings underlined, one empty line between
    #[arg(long)]
    canonical: bool,
}

#[derive(Args)]
struct Given {
    /// The text of an advisory, bare, clearsigned or in a mail (.eml); “-” reads standard input. Patches and .meta files
    /// beside it are compared with what the text lists
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose sections and wording, instead of the profile of the instance [default: xen where there is none]
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
}

/// An advisory in the words of the contract. `stage` and `digest` are the desk's, and a file has none.
#[derive(Serialize)]
struct Listed<'a> {
    file: String,
    number: Option<i64>,
    version: u32,
    title: &'a str,
    cves: &'a [String],
    stage: Option<&'a str>,
    digest: Option<&'a str>,
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl<'a> Listed<'a> {
    fn of(file: String, advisory: &'a Parsed, findings: &'a [Finding], text: Option<&'a str>) -> Self {
        let head = &advisory.head;
        let (number, version, title, cves) = (head.number, head.version, head.title.as_str(), head.cves.as_slice());
        Self { file, number, version, title, cves, stage: None, digest: None, findings, text }
    }
}

impl Advisory {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        match self {
            Self::Lint(_) | Self::Render(_) | Self::Show { .. } => true,
        }
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::Lint(Lint { given }) => lint::run(at, &style(at, &given)?, &given::read(&given.files)?),
            Self::Render(Render { given, canonical }) => {
                render::run(at, &style(at, &given)?, &given::read(&given.files)?, canonical)
            }
            Self::Show { number } => show::run(at, &number).await,
        }
    }
}

fn style(at: &At, given: &Given) -> Result<Style, Failure> {
    let profile = profile::chosen(at, given.profile.as_deref())?;
    Ok(profile.advisory.style(&profile.project))
}
