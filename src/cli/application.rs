//! `embargod application`: the applications there are; and what one lacks, found offline in one mail.

mod export;
mod list;
mod show;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use super::instance::At;
use super::{Failure, print, profile};
use crate::mail::applicant;
use crate::mail::sheet;
use crate::policy::profile::Profile;
use crate::rules::checklist::{Checklist, Findings, Status, Writer, check};
use crate::store::applications::ApplicationId;

/// No mail server takes a larger mail.
const FILE_BYTES_MAX: u64 = 64 << 20;
const WHY_CHARACTERS_MAX: usize = 76;

#[derive(Subcommand)]
pub enum Application {
    /// List the applications, the newest last
    List,
    /// Show an application: what was found of each item, and its mails
    Show {
        /// As “embargod application list” shows it
        #[arg(value_parser = number)]
        number: i64,
    },
    /// Write the public thread of an application to standard output
    Export {
        /// As “embargod application list” shows it
        #[arg(value_parser = number)]
        number: i64,
        /// As an mbox (RFC 4155), which mail programs read
        #[arg(long, required = true)]
        mbox: bool,
    },
    /// Look for what an application has to show, in one mail: exit 0 when nothing required is missing, 1 when something is
    Check {
        /// The mail (.eml), or its text without a header; “-” reads standard input
        file: PathBuf,
        /// Whose items, instead of the profile of the instance [default: xen where there is none]
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
    },
}

#[derive(Serialize)]
struct Checked {
    items: Vec<ListedItem>,
    complete: bool,
}

pub use list::{HEADINGS, Listed, ListedItem};

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("“{text}” is not the number of an application; see embargod application list"))
}

impl Application {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        !matches!(self, Self::Export { .. })
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list::run(at).await,
            Self::Show { number } => show::run(at, ApplicationId(number)).await,
            Self::Export { number, .. } => export::run(at, ApplicationId(number)).await,
            Self::Check { file, profile } => checked(at, &file, profile.as_deref()),
        }
    }
}

fn checked(at: &At, file: &Path, profile: Option<&str>) -> Result<(), Failure> {
    let profile = profile::chosen(at, profile)?;
    let checklist = asked_by(&profile)?;
    let raw = read(file)?;
    let raw = if applicant::has_header(&raw) { raw } else { [b"\n", raw.as_slice()].concat() };
    let writer = applicant::author(&raw)
        .map(|author| Writer { address: Some(author.address), name: author.name.unwrap_or_default() });
    let findings = check(checklist, &sheet::sheet(&raw), &writer.unwrap_or_default());
    let complete = findings.complete();
    if at.json {
        print::json(&Checked { items: findings.items.into_iter().map(ListedItem::from).collect(), complete })?;
    } else {
        show(checklist, &findings);
    }
    if complete { Ok(()) } else { Err(Failure::wanting()) }
}

/// What the profile's project asks of applicants.
fn asked_by(profile: &Profile) -> Result<&Checklist, Failure> {
    profile.application.as_ref().ok_or_else(|| {
        Failure::usage(
            format!("the profile “{}” has no applications", profile.name),
            "Give it a section [application], or choose another one with --profile NAME.",
        )
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut raw = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_end(&mut raw)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut raw))
    };
    match read {
        Ok(_) => Ok(raw),
        Err(problem) => Err(Failure::usage(
            format!("{} cannot be read: {problem}", file.display()),
            "Name a mail as your mail program saves it, or “-” for standard input.",
        )),
    }
}

fn show(checklist: &Checklist, findings: &Findings) {
    for (item, finding) in checklist.items.iter().zip(&findings.items) {
        let mark = match finding.status {
            Status::Found => "✓",
            Status::Unclear => "?",
            Status::Missing => "✗",
        };
        let asked = if finding.required { "" } else { " (not asked for)" };
        if finding.required || finding.status != Status::Missing {
            print::say!("{mark} {}{asked}", item.name);
        } else {
            print::say!("- {}{asked}", item.name);
            continue;
        }
        if finding.line > 0 {
            print::say!("    line {}: {}", finding.line, print::shown(&finding.quote));
        }
        for line in wrapped(&finding.why) {
            print::say!("    {}", print::shown(&line));
        }
    }
    print::say!();
    let open = findings.open().count();
    match open {
        0 => print::say!("Complete: every required item was found. Whether it is accepted, people decide."),
        1 => print::say!("Incomplete: 1 required item is missing or unclear."),
        _ => print::say!("Incomplete: {open} required items are missing or unclear."),
    }
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.chars().count() + word.chars().count() < WHY_CHARACTERS_MAX) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::reading::Source;

    #[test]
    fn a_profile_without_applications_says_so_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plain.toml");
        let xen = Profile::built_in_text("xen").unwrap();
        std::fs::write(&file, xen.split_once("[application]").unwrap().0).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let profile = Profile::read(Source { name: "plain.toml", text: &text }, "example.org").unwrap();
        let failure = asked_by(&profile).unwrap_err();
        assert!(failure.cause().contains("has no applications"), "{}", failure.cause());
        assert!(
            failure.remedy().contains("[application]") && failure.remedy().contains("--profile"),
            "{}",
            failure.remedy()
        );
        assert!(asked_by(&Profile::built_in("xen", "example.org").unwrap()).is_ok());
    }
}
