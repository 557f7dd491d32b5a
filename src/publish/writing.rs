//! How pages get into their folder: written aside and renamed in, where what is there differs.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Everybody may read them.
const PAGE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;
/// So many files that others left aside are passed over.
const ASIDE_MAX: u32 = 1000;

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Within the folder: `members.html`, `xsa480/xsa480-1.patch`. What a stranger may have named was checked before.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Writes every page that is not there as it should be; gives their names. One that cannot be written stops no other: its
/// error comes at the end.
pub fn write(folder: &Path, pages: &[Page]) -> Result<Vec<String>> {
    folder_for_all(folder)?;
    let (mut changed, mut failed) = (Vec::new(), None);
    for page in pages {
        match write_one(folder, page) {
            Ok(true) => changed.push(page.name.clone()),
            Ok(false) => {}
            Err(problem) => failed = failed.or(Some(problem)),
        }
    }
    failed.map_or(Ok(changed), Err)
}

/// `false`: it is there already.
fn write_one(folder: &Path, page: &Page) -> Result<bool> {
    let path = folder.join(&page.name);
    match std::fs::read(&path) {
        Ok(there) if there == page.bytes => return Ok(false),
        Ok(_) => {}
        Err(problem) if problem.kind() == ErrorKind::NotFound => {}
        Err(problem) => return Err(problem).with_context(|| format!("Reading {}", path.display())),
    }
    let (within, name) = page.name.rsplit_once('/').unwrap_or(("", &page.name));
    let within = if within.is_empty() { folder.to_path_buf() } else { folder.join(within) };
    folder_for_all(&within)?;
    replace(&within, name, &page.bytes).with_context(|| format!("Writing {}", path.display()))?;
    File::open(&within)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("Keeping {}", within.display()))?;
    Ok(true)
}

/// Whatever the daemon's umask says: a web server is to look into what is made here. A folder that is there stays as it is.
fn folder_for_all(folder: &Path) -> Result<()> {
    let making = || format!("Making the folder {}", folder.display());
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        folder_for_all(above)?;
    }
    match std::fs::create_dir(folder) {
        Ok(()) => std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)).with_context(making),
        Err(problem) if problem.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(problem) => Err(problem).with_context(making),
    }
}

/// Whoever looks sees the page as it was or as it is, never a part of it.
fn replace(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let (aside, file) = new_aside(folder, name)?;
    let replaced = fill(file, bytes).and_then(|()| std::fs::rename(&aside, folder.join(name)));
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

fn fill(mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    // Whatever the daemon's umask says: a web server is to read it.
    file.set_permissions(Permissions::from_mode(PAGE_MODE))?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str, text: &str) -> Page {
        Page { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_page_is_written_only_when_it_says_something_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("site");
        let page = |text: &str| vec![page("members.html", text)];
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
    }

    #[test]
    fn folders_are_made_for_everybody_and_what_cannot_be_written_stops_no_other() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("public/site");
        let pages = [page("xsa480/a/1.patch", "1"), page("in-the-way/2.patch", "2"), page("xsa.json", "3")];
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("in-the-way"), "a file").unwrap();
        let problem = format!("{:#}", write(&folder, &pages).unwrap_err());
        assert!(problem.contains("in-the-way"), "{problem}");
        assert_eq!(std::fs::read(folder.join("xsa480/a/1.patch")).unwrap(), b"1");
        assert_eq!(std::fs::read(folder.join("xsa.json")).unwrap(), b"3", "and it is there before that is told");
        let mode = std::fs::metadata(folder.join("xsa480/a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, FOLDER_MODE);
    }

    #[test]
    fn two_who_write_a_page_at_once_do_not_share_a_file_and_leave_none() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let page = |byte: u8| vec![byte; 100_000];
        let (first, file) = new_aside(folder, "members.html").unwrap();
        fill(file, &page(b'a')).unwrap();
        replace(folder, "members.html", &page(b'b')).unwrap();
        assert_eq!(std::fs::read(&first).unwrap(), page(b'a'), "the other's is not touched");
        std::fs::rename(&first, folder.join("members.html")).unwrap();
        assert_eq!(std::fs::read(folder.join("members.html")).unwrap(), page(b'a'));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
        std::fs::remove_file(folder.join("members.html")).unwrap();
        std::fs::create_dir(folder.join("members.html")).unwrap();
        assert!(replace(folder, "members.html", &page(b'c')).is_err());
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "nothing is left aside");
    }
}
