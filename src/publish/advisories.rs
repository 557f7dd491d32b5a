//! Advisories for everybody: each text as it was signed, the files beside it, and a list of all for programs. Made of what is
//! released only, by type.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use super::writing::Page;
use crate::advisory::facts::File;
use crate::store::advisories::Released;

pub const LIST: &str = "xsa.json";
/// A file in a folder of a series is as deep as names go.
const FOLDERS_MAX: usize = 3;
const NAME_BYTES_MAX: usize = 200;
/// What a web server shows as a page is the project's alone.
const PAGES: [&str; 4] = [".html", ".htm", ".json", ".svg"];

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

/// Which files of which advisories are shown. Whoever was public first keeps a name.
#[derive(Debug, Default)]
pub struct Plan {
    /// By name in lower case: the name, and the SHA-256 of its bytes.
    taken: BTreeMap<String, (String, String)>,
    pub left_out: Vec<LeftOut>,
}

impl Plan {
    pub fn of(all: &[Released]) -> Self {
        let mut plan = Self::default();
        for one in all {
            for (name, sha256) in one.files() {
                if let Some(why) = plan.take(name, sha256) {
                    plan.left_out.push(LeftOut { number: one.number(), file: name.clone(), why });
                }
            }
        }
        plan
    }

    /// Why it cannot be shown under its name, if so.
    fn take(&mut self, name: &str, sha256: &str) -> Option<&'static str> {
        if !fits(name) {
            return Some("has a name that leads elsewhere");
        }
        if is_ours(name) {
            return Some("has the name of a page");
        }
        let key = name.to_ascii_lowercase();
        match self.taken.get(&key) {
            Some((known, same)) if known == name && same == sha256 => return None,
            Some(_) => return Some("has the name of a file of another advisory"),
            None => {}
        }
        let within = format!("{key}/");
        let is_folder = self.taken.range(within.clone()..).next().is_some_and(|(taken, _)| taken.starts_with(&within));
        let mut above = key.match_indices('/').filter_map(|(at, _)| key.get(..at));
        if is_folder || above.any(|folder| self.taken.contains_key(folder)) {
            return Some("has the name of a folder of another file, or the other way round");
        }
        self.taken.insert(key, (name.to_owned(), sha256.to_owned()));
        None
    }

    fn shows(&self, file: &File) -> bool {
        let taken = self.taken.get(&file.name.to_ascii_lowercase());
        taken.is_some_and(|(name, sha256)| *name == file.name && *sha256 == file.sha256)
    }

    /// The pages of one advisory: its files, then the text that names them.
    pub fn pages(&self, of: &Released, files: Vec<File>) -> Vec<Page> {
        let shown = files.into_iter().filter(|file| self.shows(file));
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
    lower.starts_with("advisory-") || PAGES.iter().any(|ending| lower.ends_with(ending))
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
        for ours in
            ["advisory-481.txt", "Advisory-481.TXT", "advisory-480/x.patch", "members.html", "xsa.json", "x/y.svg"]
        {
            assert!(is_ours(ours), "{ours}");
        }
    }

    #[test]
    fn a_name_is_taken_once_whatever_its_case_and_no_file_is_a_folder() {
        let mut plan = Plan::default();
        assert_eq!(plan.take("fix.patch", "1"), None);
        assert_eq!(plan.take("fix.patch", "1"), None, "the same file of two advisories is one");
        for (name, sha256) in [("fix.patch", "2"), ("FIX.patch", "1"), ("fix.patch/1", "3")] {
            assert!(plan.take(name, sha256).is_some(), "{name}");
        }
        assert_eq!(plan.take("xsa480/1.patch", "1"), None);
        assert!(plan.take("xsa480", "1").is_some());
        assert_eq!(plan.take("xsa480-4.20.patch", "1"), None, "sorts between the folder and its files");
        assert!(plan.take("XSA480", "1").is_some());
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
