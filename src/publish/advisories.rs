//! Advisories for everybody: each text as it was signed, the files beside it, and a list of all for programs. Made of what is
//! released only, by type.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use super::writing::Page;
use crate::advisory::facts::File;
use crate::store::advisories::{Named, Released};

pub const LIST: &str = "xsa.json";
/// A file in a folder of a series is as deep as names go.
const FOLDERS_MAX: usize = 3;
const NAME_BYTES_MAX: usize = 200;
/// What a web server shows as a page is the project's alone.
const PAGES: [&str; 10] = [".html", ".htm", ".xhtml", ".shtml", ".php", ".cgi", ".js", ".mjs", ".json", ".svg"];

/// `advisory-480.txt`
fn called(number: i64) -> String {
    format!("advisory-{number}.txt")
}

/// A file that is not shown, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub number: i64,
    pub file: String,
    /// What stands after its name.
    pub why: &'static str,
}

/// Which files of which advisories are shown. A name stays with the advisory of which a version had it first in public, also
/// when a later version has it no more: people have its address.
#[derive(Debug, Default)]
pub struct Plan {
    /// By name in lower case.
    taken: BTreeMap<String, Taken>,
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug)]
struct Taken {
    name: String,
    number: i64,
}

impl Plan {
    /// `names`: those of all versions, the first to be public first.
    pub fn of(all: &[Released], names: &[Named]) -> Self {
        let mut plan = Self::default();
        for Named { name, number, .. } in names {
            plan.take(name, *number);
        }
        for one in all {
            for (name, sha256) in one.files() {
                let same = |owner: i64| {
                    let owner = all.iter().find(|other| other.number() == owner);
                    owner.is_some_and(|owner| owner.files().iter().any(|file| *file == (name.clone(), sha256.clone())))
                };
                if let Some(why) = plan.why_not(name, one.number(), same) {
                    plan.left_out.push(LeftOut { number: one.number(), file: name.clone(), why });
                }
            }
        }
        plan
    }

    /// Whoever comes first has it, if it can be had.
    fn take(&mut self, name: &str, number: i64) {
        let key = name.to_ascii_lowercase();
        if !fits(name) || is_ours(name) || self.taken.contains_key(&key) {
            return;
        }
        let within = format!("{key}/");
        let is_folder = self.taken.range(within.clone()..).next().is_some_and(|(taken, _)| taken.starts_with(&within));
        let mut above = key.match_indices('/').filter_map(|(at, _)| key.get(..at));
        if !is_folder && !above.any(|folder| self.taken.contains_key(folder)) {
            self.taken.insert(key, Taken { name: name.to_owned(), number });
        }
    }

    /// Why an advisory's file cannot be shown under its name, if so. `same`: whether another advisory shows the same.
    fn why_not(&self, name: &str, number: i64, same: impl Fn(i64) -> bool) -> Option<&'static str> {
        if !fits(name) {
            return Some("has a name that leads elsewhere");
        }
        if is_ours(name) {
            return Some("has the name of a page");
        }
        match self.taken.get(&name.to_ascii_lowercase()) {
            None => Some("has the name of a folder of another file, or the other way round"),
            Some(taken) if taken.number == number && taken.name == name => None,
            Some(taken) if taken.number == number => Some("had that name before with other capitals"),
            Some(taken) if taken.name == name && same(taken.number) => None,
            Some(_) => Some("has the name of a file of another advisory"),
        }
    }

    fn shows(&self, file: &File, number: i64) -> bool {
        let taken = self.taken.get(&file.name.to_ascii_lowercase());
        taken.is_some_and(|taken| taken.name == file.name && taken.number == number)
    }

    /// The pages of one advisory: its files, then the text that names them.
    pub fn pages(&self, of: &Released, files: Vec<File>) -> Vec<Page> {
        let shown = files.into_iter().filter(|file| self.shows(file, of.number()));
        let mut pages: Vec<Page> = shown.map(|file| Page { name: file.name, bytes: file.bytes }).collect();
        pages.push(Page { name: called(of.number()), bytes: of.text().as_bytes().to_vec() });
        pages
    }
}

/// Whether a name stays within the folder, and says the same to every file system.
fn fits(name: &str) -> bool {
    let part = |part: &str| {
        let fitting = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with('.') && part.chars().all(fitting)
    };
    name.len() <= NAME_BYTES_MAX && name.split('/').count() <= FOLDERS_MAX && name.split('/').all(part)
}

fn is_ours(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let shown = |part: &str| PAGES.iter().any(|ending| part.ends_with(ending));
    lower.starts_with("advisory-") || lower.split('/').any(shown)
}

#[derive(Serialize)]
struct All<'a> {
    xsas: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    xsa: i64,
    title: &'a str,
    public_time: String,
    #[serde(skip_serializing_if = "is_empty")]
    cve: &'a [String],
}

fn is_empty(cves: &&[String]) -> bool {
    cves.is_empty()
}

/// All of them for programs, in the shape in which the Xen Project publishes them, by number.
pub fn list(all: &[Released]) -> Result<Page> {
    let one = |one: &Released| (one.number(), one.first_at());
    let mut sorted: Vec<&Released> = all.iter().collect();
    sorted.sort_by_key(|released| one(released));
    let xsas = sorted
        .into_iter()
        .map(|one| One {
            xsa: one.number(),
            title: one.title(),
            public_time: one.first_at().strftime("%Y-%m-%d %H:%M").to_string(),
            cve: one.cves(),
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&[All { xsas }]).context("Writing the list of advisories")?;
    bytes.push(b'\n');
    Ok(Page { name: LIST.to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_within_the_folder_and_are_nobody_elses() {
        for good in ["xsa480.patch", "xsa480-4.20.patch", "xsa480/xsa480-4.20-1.patch", "xsa480.meta", "a_b+c.diff"] {
            assert!(fits(good) && !is_ours(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a//x",
            "a/",
            "./x",
            ".htaccess",
            "a/.git/x",
            "a/b/c/d",
            "-x",
            "a\\b",
            "a b",
            "é",
            "a\0",
            "x.",
        ] {
            assert!(!fits(bad), "{bad}");
        }
        for ours in [
            "advisory-481.txt",
            "Advisory-481.TXT",
            "advisory-480/x.patch",
            "members.html",
            "xsa.json",
            "x/y.svg",
            "a.HTML/x.patch",
            "x/a.php/y",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
    }

    #[test]
    fn a_name_is_taken_once_whatever_its_case_and_no_file_is_a_folder() {
        let mut plan = Plan::default();
        for (name, number) in [
            ("fix.patch", 480),
            ("fix.patch", 481),
            ("fix.patch/1", 481),
            ("xsa480/1.patch", 480),
            ("xsa480", 481),
            ("XSA480", 481),
            ("xsa480-4.20.patch", 480), // Sorts between the folder and its files.
        ] {
            plan.take(name, number);
        }
        let well = |name: &str, number: i64, same: bool| plan.why_not(name, number, |_| same).is_none();
        assert!(well("fix.patch", 480, false) && well("xsa480/1.patch", 480, false));
        assert!(well("xsa480-4.20.patch", 480, false));
        assert!(well("fix.patch", 481, true), "the same file of two advisories is one");
        for (name, number) in
            [("fix.patch", 481), ("FIX.patch", 480), ("fix.patch/1", 481), ("xsa480", 481), ("XSA480", 481)]
        {
            assert!(!well(name, number, false), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_folder(name in "[a-z./\\\\\\x00 -]{1,20}") {
            if fits(&name) {
                let path = std::path::Path::new("/site").join(&name);
                prop_assert!(path.starts_with("/site"));
                prop_assert!(path.components().skip(2).all(|part| matches!(part, std::path::Component::Normal(_))));
            }
        }
    }
}
