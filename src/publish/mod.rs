//! The public pages: written aside and renamed in, where what they show has changed. They are made of what is public by its
//! nature, and of what is released; nothing here reads a case, a mail or an address.

mod advisories;
mod members;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};

pub use self::advisories::LeftOut;
use self::writing::{Page, write};
use crate::policy::Policy;
use crate::store::advisories::Released;
use crate::store::{Rows, Store};

/// The folder of the public pages.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    /// What this process wrote or found there: the files are looked at again only when something else is to be shown.
    shown: Arc<Mutex<Shown>>,
}

#[derive(Debug, Default)]
struct Shown {
    members: Vec<Page>,
    /// So many versions of advisories, all of them.
    advisories: i64,
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The names of the pages that were written.
    pub written: Vec<String>,
    /// Files of advisories that are not shown.
    pub left_out: Vec<LeftOut>,
}

impl Site {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, shown: Arc::default() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the folder can be written to, or made where it will be.
    pub fn probe(&self) -> Result<()> {
        let there = self.folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        ensure!(there.is_dir(), "{} is no folder", there.display());
        nix::unistd::access(there, nix::unistd::AccessFlags::W_OK)
            .with_context(|| format!("Writing to {}", there.display()))
    }

    /// Writes every page that is not there as it should be.
    pub async fn publish(&self, store: &Store, policy: &Policy) -> Result<Published> {
        let project = policy.profile.project.name.clone();
        let pages = store.read(move |rows| pages(rows, &project)).await?;
        let mut published = Published::default();
        if self.shown(|shown| shown.members != pages) {
            published.written = self.write(pages.clone()).await?;
            self.shown(|shown| shown.members = pages);
        }
        self.publish_advisories(store, &mut published).await?;
        Ok(published)
    }

    /// One after the other, so that the memory it takes does not grow with their number; the list of all comes last.
    async fn publish_advisories(&self, store: &Store, published: &mut Published) -> Result<()> {
        let count = store.read(|rows| rows.advisories().public_count()).await?;
        if self.shown(|shown| shown.advisories == count) {
            return Ok(());
        }
        let all = store.read(|rows| rows.advisories().public()).await?;
        let names = store.read(|rows| rows.advisories().public_names()).await?;
        let plan = advisories::Plan::of(&all, &names);
        let mut failed = None;
        for one in &all {
            let pages = plan.pages(one, files(store, one.clone()).await?);
            match self.write(pages).await {
                Ok(written) => published.written.extend(written),
                Err(problem) => failed = failed.or(Some(problem)),
            }
        }
        published.written.extend(self.write(vec![advisories::list(&all)?]).await?);
        published.left_out = plan.left_out;
        match failed {
            Some(problem) => Err(problem),
            None => {
                self.shown(|shown| shown.advisories = count);
                Ok(())
            }
        }
    }

    fn shown<T>(&self, look: impl FnOnce(&mut Shown) -> T) -> T {
        look(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn write(&self, pages: Vec<Page>) -> Result<Vec<String>> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || write(&folder, &pages)).await.context("Writing pages")?
    }
}

async fn files(store: &Store, of: Released) -> Result<Vec<crate::advisory::facts::File>> {
    store.read(move |rows| rows.advisories().public_files(&of)).await
}

/// The pages about members, as they should be now.
fn pages(rows: Rows<'_>, project: &str) -> Result<Vec<Page>> {
    let listed = members::listed(rows)?;
    Ok(vec![
        Page { name: "members.html".into(), bytes: members::html(project, &listed).into_bytes() },
        Page { name: "members.json".into(), bytes: members::json(&listed)? },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::advisories::{Stage, testing};
    use crate::store::testing::{Scratch, scratch};

    struct House {
        scratch: Scratch,
        home: tempfile::TempDir,
        policy: Policy,
    }

    impl House {
        fn new() -> Self {
            let policy = Policy::load("xen", None, None, "example.org").unwrap();
            Self { scratch: scratch(), home: tempfile::tempdir().unwrap(), policy }
        }

        fn folder(&self) -> PathBuf {
            self.home.path().join("site")
        }

        fn read(&self, name: &str) -> String {
            std::fs::read_to_string(self.folder().join(name)).unwrap()
        }

        async fn publishes(&self, site: &Site) -> Published {
            site.publish(&self.scratch.store, &self.policy).await.unwrap()
        }

        /// A version that got so far.
        async fn has(
            &self,
            number: i64,
            version: u32,
            files: &'static [(&'static str, &'static str)],
            stage: Stage,
            at: &str,
        ) {
            let at = at.parse().unwrap();
            let write = move |rows: Rows<'_>| {
                let id = testing::drafted(rows, number, version, files, at)?;
                let mut from = Stage::Draft;
                for to in Stage::ALL.into_iter().filter(|to| *to > Stage::Draft && *to <= stage) {
                    rows.advisories().advance(id, from, to, at)?;
                    from = to;
                }
                Ok(())
            };
            self.scratch.store.write(write).await.unwrap();
        }
    }

    #[test]
    fn a_folder_that_can_be_made_is_well_and_a_file_is_no_folder() {
        let home = tempfile::tempdir().unwrap();
        assert!(Site::new(home.path().join("not/yet")).probe().is_ok());
        let file = home.path().join("members.html");
        std::fs::write(&file, "a").unwrap();
        assert!(Site::new(file.join("not")).probe().is_err());
    }

    #[tokio::test]
    async fn the_site_shows_what_is_released_and_nothing_of_what_is_not() {
        let house = House::new();
        let site = Site::new(house.folder());
        house.has(480, 1, &[("xsa480.patch", "canary diff")], Stage::Predisclosed, "2026-12-08T12:00:00Z").await;
        house.has(481, 1, &[("xsa481.patch", "canary diff")], Stage::Approved, "2026-12-08T12:00:00Z").await;
        assert_eq!(house.publishes(&site).await.written, ["members.html", "members.json"]);
        for entry in std::fs::read_dir(house.folder()).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("canary") && !text.contains("48"), "{}: {text}", path.display());
        }
        let release = |rows: Rows<'_>| {
            let id = rows.advisories().of_number(480)?[0].id;
            rows.advisories().advance(id, Stage::Predisclosed, Stage::Released, "2026-12-15T12:00:00.2Z".parse()?)
        };
        house.scratch.store.write(release).await.unwrap();
        let written = house.publishes(&site).await.written;
        assert_eq!(written, ["xsa480.patch", "advisory-480.txt", "xsa.json"]);
        assert_eq!(house.read("advisory-480.txt"), "advisory 480 version 1 canary, signed\n");
        assert_eq!(house.read("xsa480.patch"), "canary diff");
        let list: serde_json::Value = serde_json::from_str(&house.read("xsa.json")).unwrap();
        let expected = serde_json::json!([{ "xsas": [{
            "xsa": 480, "title": "title 480 canary", "public_time": "2026-12-15 12:00", "cve": ["CVE-2026-480"],
        }]}]);
        assert_eq!(list, expected);
        assert_eq!(house.publishes(&site).await, Published::default(), "and nothing is written twice");
        assert_eq!(
            house.publishes(&Site::new(house.folder())).await,
            Published::default(),
            "not by the next process, either"
        );

        house.has(480, 2, &[("xsa480.patch", "a better diff")], Stage::Released, "2026-12-16T09:30:00Z").await;
        assert_eq!(house.publishes(&site).await.written, ["xsa480.patch", "advisory-480.txt"]);
        assert_eq!(house.read("advisory-480.txt"), "advisory 480 version 2 canary, signed\n");
        assert_eq!(house.read("xsa480.patch"), "a better diff");
        assert!(!house.folder().join("advisory-481.txt").exists());
    }

    #[tokio::test]
    async fn a_later_version_takes_no_name_that_another_advisory_had_meanwhile() {
        let house = House::new();
        let site = Site::new(house.folder());
        const OLD: &[(&str, &str)] = &[("old.patch", "of 480")];
        const MEANWHILE: &[(&str, &str)] = &[("fix.patch", "of 481")];
        const LATER: &[(&str, &str)] = &[("fix.patch", "of 480")];
        const LAST: &[(&str, &str)] = &[("old.patch", "of 482")];
        house.has(480, 1, OLD, Stage::Released, "2026-12-15T12:00:00Z").await;
        house.has(481, 1, MEANWHILE, Stage::Released, "2026-12-16T12:00:00Z").await;
        house.has(480, 2, LATER, Stage::Released, "2026-12-17T12:00:00Z").await;
        house.has(482, 1, LAST, Stage::Released, "2026-12-18T12:00:00Z").await;
        let published = house.publishes(&site).await;
        let left_out: Vec<(i64, &str)> = published.left_out.iter().map(|one| (one.number, one.file.as_str())).collect();
        assert_eq!(left_out, [(480, "fix.patch"), (482, "old.patch")]);
        assert_eq!(house.read("fix.patch"), "of 481", "what people have the address of stays what it is");
    }

    #[tokio::test]
    async fn files_that_lead_elsewhere_or_take_the_place_of_others_are_left_out_and_the_rest_is_shown() {
        let house = House::new();
        let site = Site::new(house.folder());
        const FIRST: &[(&str, &str)] = &[("fix.patch", "first"), ("../outside.patch", "x"), ("xsa480/1.patch", "1")];
        const SECOND: &[(&str, &str)] =
            &[("fix.patch", "second"), ("members.html", "x"), ("advisory-480.txt", "x"), ("own.patch", "own")];
        house.has(480, 1, FIRST, Stage::Released, "2026-12-15T12:00:00Z").await;
        house.has(479, 1, SECOND, Stage::Released, "2026-12-16T12:00:00Z").await;
        let published = house.publishes(&site).await;
        let left_out: Vec<(i64, &str)> = published.left_out.iter().map(|one| (one.number, one.file.as_str())).collect();
        let expected =
            [(480, "../outside.patch"), (479, "fix.patch"), (479, "members.html"), (479, "advisory-480.txt")];
        assert_eq!(left_out, expected, "whoever was public first keeps the name");
        assert_eq!(house.read("fix.patch"), "first");
        assert_eq!((house.read("own.patch"), house.read("xsa480/1.patch")), ("own".into(), "1".into()));
        assert!(house.read("members.html").contains("<html") && house.read("advisory-480.txt").contains("signed"));
        assert_eq!(std::fs::read_dir(house.home.path()).unwrap().count(), 1, "nothing is outside of the folder");
        let list: serde_json::Value = serde_json::from_str(&house.read("xsa.json")).unwrap();
        let numbers: Vec<_> =
            list[0]["xsas"].as_array().unwrap().iter().map(|one| one["xsa"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [479, 480]);
    }
}
