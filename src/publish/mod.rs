//! The public pages: written aside and renamed in, where what they show has changed. They are made of what is public by its
//! nature; nothing here reads a case, a mail or an address.

mod members;

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};

use crate::policy::Policy;
use crate::store::{Rows, Store};

/// Everybody may read them.
const PAGE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;
/// So many files that others left aside are passed over.
const ASIDE_MAX: u32 = 1000;

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// The folder of the public pages.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    /// What this process wrote or found there: the files are looked at again only when something else is to be shown.
    shown: Arc<Mutex<Vec<Page>>>,
}

impl Site {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, shown: Arc::default() }
    }

    /// Whether the folder can be written to, or made where it will be.
    pub fn probe(&self) -> Result<()> {
        let there = self.folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        ensure!(there.is_dir(), "{} is no folder", there.display());
        nix::unistd::access(there, nix::unistd::AccessFlags::W_OK)
            .with_context(|| format!("Writing to {}", there.display()))
    }

    /// Writes every page that is not there as it should be; gives their names.
    pub async fn publish(&self, store: &Store, policy: &Policy) -> Result<Vec<&'static str>> {
        let project = policy.profile.project.name.clone();
        let pages = store.read(move |rows| pages(rows, &project)).await?;
        if *self.shown.lock().unwrap_or_else(PoisonError::into_inner) == pages {
            return Ok(Vec::new());
        }
        let (folder, written) = (self.folder.clone(), pages.clone());
        let changed =
            tokio::task::spawn_blocking(move || write(&folder, &written)).await.context("Writing pages")??;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = pages;
        Ok(changed)
    }
}

/// All pages, as they should be now.
fn pages(rows: Rows<'_>, project: &str) -> Result<Vec<Page>> {
    let listed = members::listed(rows)?;
    Ok(vec![
        Page { name: "members.html", bytes: members::html(project, &listed).into_bytes() },
        Page { name: "members.json", bytes: members::json(&listed)? },
    ])
}

fn write(folder: &Path, pages: &[Page]) -> Result<Vec<&'static str>> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .with_context(|| format!("Making the folder {}", folder.display()))?;
    let mut changed = Vec::new();
    for page in pages {
        let path = folder.join(page.name);
        match std::fs::read(&path) {
            Ok(there) if there == page.bytes => continue,
            Ok(_) => {}
            Err(problem) if problem.kind() == ErrorKind::NotFound => {}
            Err(problem) => return Err(problem).with_context(|| format!("Reading {}", path.display())),
        }
        replace(folder, page).with_context(|| format!("Writing {}", path.display()))?;
        changed.push(page.name);
    }
    if !changed.is_empty() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("Keeping {}", folder.display()))?;
    }
    Ok(changed)
}

/// Whoever looks sees the page as it was or as it is, never a part of it.
fn replace(folder: &Path, page: &Page) -> std::io::Result<()> {
    let (aside, file) = new_aside(folder, page.name)?;
    let replaced = fill(file, page).and_then(|()| std::fs::rename(&aside, folder.join(page.name)));
    if replaced.is_err() {
        // What failed is what is told.
        let _ = std::fs::remove_file(&aside);
    }
    replaced
}

/// A file of nobody else: another process may be writing the same page now, or have died over it.
fn new_aside(folder: &Path, name: &str) -> std::io::Result<(PathBuf, File)> {
    let process = std::process::id();
    let mut number = 0_u32;
    loop {
        let aside = folder.join(format!(".{name}.{process}-{number}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&aside) {
            Err(problem) if problem.kind() == ErrorKind::AlreadyExists && number < ASIDE_MAX => number += 1,
            opened => return opened.map(|file| (aside, file)),
        }
    }
}

fn fill(mut file: File, page: &Page) -> std::io::Result<()> {
    // Whatever the daemon's umask says: a web server is to read it.
    file.set_permissions(Permissions::from_mode(PAGE_MODE))?;
    file.write_all(&page.bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_only_when_it_says_something_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("site");
        let page = |text: &str| vec![Page { name: "members.html", bytes: text.as_bytes().to_vec() }];
        assert_eq!(write(&folder, &page("a")).unwrap(), ["members.html"]);
        let written = |path: &Path| std::fs::metadata(path).unwrap();
        let path = folder.join("members.html");
        let before = std::os::unix::fs::MetadataExt::ino(&written(&path));
        assert_eq!(write(&folder, &page("a")).unwrap(), [""; 0]);
        assert_eq!(std::os::unix::fs::MetadataExt::ino(&written(&path)), before);
        assert_eq!(write(&folder, &page("b")).unwrap(), ["members.html"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"b");
        assert_eq!(written(&path).permissions().mode() & 0o777, PAGE_MODE);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left aside");
        assert!(Site::new(home.path().join("not/yet")).probe().is_ok());
        assert!(Site::new(path.join("not")).probe().is_err(), "a file is no folder");
    }

    #[test]
    fn two_who_write_a_page_at_once_do_not_share_a_file_and_leave_none() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let page = |byte: u8| Page { name: "members.html", bytes: vec![byte; 100_000] };
        let (first, file) = new_aside(folder, "members.html").unwrap();
        fill(file, &page(b'a')).unwrap();
        replace(folder, &page(b'b')).unwrap();
        assert_eq!(std::fs::read(&first).unwrap(), page(b'a').bytes, "the other's is not touched");
        std::fs::rename(&first, folder.join("members.html")).unwrap();
        assert_eq!(std::fs::read(folder.join("members.html")).unwrap(), page(b'a').bytes);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
        std::fs::remove_file(folder.join("members.html")).unwrap();
        std::fs::create_dir(folder.join("members.html")).unwrap();
        assert!(replace(folder, &page(b'c')).is_err());
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "nothing is left aside");
    }
}
