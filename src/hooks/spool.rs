//! The spool: a folder for each hook, in which the daemon puts what is to be run, and whoever runs it puts how it ended. The
//! daemon believes nothing that it finds there but how a program ended: others can write into these folders.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use nix::fcntl::OFlag;

use super::job::{Job, Outcome};

pub(super) const WAITS: &str = ".job.json";
pub(super) const TAKEN: &str = ".taken";
pub(super) const ENDED: &str = ".result.json";
/// No hook is called so.
const FILES: &str = "_files";
/// For the daemon, and for whoever is in the spool's group.
const FILE_MODE: u32 = 0o640;
const FOLDER_MODE: u32 = 0o750;
/// In which results are written, too.
const SHARED_MODE: u32 = 0o770;
const RESULT_BYTES_MAX: u64 = 4096;

/// One attempt to run one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub hook: String,
    pub id: i64,
    /// From 1.
    pub attempt: u32,
}

impl Run {
    fn file(&self, ending: &str) -> String {
        format!("{}-{}{ending}", self.id, self.attempt)
    }
}

/// How far an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not in the spool.
    Gone,
    /// Nobody took it yet.
    Waits,
    /// It runs.
    Taken,
    Ended(Outcome),
}

#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it can be written to, or made where it will be.
    pub fn probe(&self) -> Result<()> {
        let there = self.folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        ensure!(there.is_dir(), "{} is no folder", there.display());
        nix::unistd::access(there, nix::unistd::AccessFlags::W_OK)
            .with_context(|| format!("Writing to {}", there.display()))
    }

    /// Puts the files of a version where programs may read them: each in a folder of its own, so that no name can lead
    /// elsewhere or take another's place. Gives their paths.
    pub fn lay_out(&self, version: i64, files: &[(&str, &[u8])]) -> Result<Vec<PathBuf>> {
        self.make_root()?;
        let within = self.folder.join(FILES);
        self.make(&within, FOLDER_MODE)?;
        let within = within.join(version.to_string());
        self.make(&within, FOLDER_MODE)?;
        let mut paths = Vec::new();
        for (place, (name, bytes)) in files.iter().enumerate() {
            let folder = within.join(place.to_string());
            self.make(&folder, FOLDER_MODE)?;
            let path = folder.join(plain(name));
            self.write(&path, bytes)?;
            paths.push(path);
        }
        Ok(paths)
    }

    /// Nobody needs them any more.
    pub fn remove_files(&self, version: i64) -> Result<()> {
        match std::fs::remove_dir_all(self.folder.join(FILES).join(version.to_string())) {
            Err(problem) if problem.kind() != ErrorKind::NotFound => {
                Err(problem).context("Removing files of the spool")
            }
            _ => Ok(()),
        }
    }

    /// Puts what is to be run where it is taken from; what is there already stays.
    pub fn put(&self, run: &Run, job: &Job) -> Result<()> {
        if self.state(run)? != State::Gone {
            return Ok(());
        }
        let folder = self.folder.join(&run.hook);
        self.make_root()?;
        self.make(&folder, SHARED_MODE)?;
        self.write(&folder.join(run.file(WAITS)), &serde_json::to_vec_pretty(job).context("Writing what is to be run")?)
    }

    pub fn state(&self, run: &Run) -> Result<State> {
        let path = |ending: &str| self.folder.join(&run.hook).join(run.file(ending));
        // In the order in which they come to be: what changes meanwhile is seen in the next step.
        if path(WAITS).symlink_metadata().is_ok() {
            return Ok(State::Waits);
        }
        let taken = open(&path(TAKEN));
        let runs = matches!(taken.as_ref().map(File::try_lock), Ok(Err(TryLockError::WouldBlock)));
        match open(&path(ENDED)).and_then(read) {
            Ok(bytes) => Ok(State::Ended(serde_json::from_slice(&bytes).unwrap_or(Outcome::Unreadable))),
            Err(problem) if problem.kind() != ErrorKind::NotFound => Ok(State::Ended(Outcome::Unreadable)),
            Err(_) if runs => Ok(State::Taken),
            Err(_) => match taken {
                Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(State::Gone),
                _ => Ok(State::Ended(Outcome::Interrupted)),
            },
        }
    }

    /// Takes all of an attempt out of the spool. One that runs is not stopped by that.
    pub fn clear(&self, run: &Run) -> Result<()> {
        for ending in [WAITS, TAKEN, ENDED] {
            let path = self.folder.join(&run.hook).join(run.file(ending));
            match std::fs::remove_file(&path) {
                Err(problem) if problem.kind() != ErrorKind::NotFound => {
                    return Err(problem).with_context(|| format!("Removing {}", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn make_root(&self) -> Result<()> {
        let making = || format!("Making the folder {}", self.folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).with_context(making)
    }

    /// Made in the spool's own folder, where it gets its group (setgid), and renamed to its place. There alone: whoever is
    /// not in that group cannot hand setgid on to what is below. What is there stays as the operator made it.
    fn make(&self, folder: &Path, mode: u32) -> Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let aside = self.folder.join(format!(".{}.folder", std::process::id()));
        let make = || -> std::io::Result<()> {
            match std::fs::remove_dir(&aside) {
                Err(problem) if problem.kind() != ErrorKind::NotFound => return Err(problem),
                _ => {} // Of a process that died.
            }
            DirBuilder::new().mode(0o700).create(&aside)?;
            // Whatever the daemon's umask says.
            std::fs::set_permissions(&aside, Permissions::from_mode(mode))?;
            std::fs::rename(&aside, folder)
        };
        make().with_context(|| format!("Making the folder {}", folder.display()))
    }

    /// Written in the spool's own folder, where a file gets its group (setgid) and nobody else can write, and renamed in.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let aside = self.folder.join(format!(".{}.tmp", std::process::id()));
        let write = || -> std::io::Result<()> {
            match std::fs::remove_file(&aside) {
                Err(problem) if problem.kind() != ErrorKind::NotFound => return Err(problem),
                _ => {} // Of a process that died.
            }
            let mut file = OpenOptions::new().write(true).create_new(true).open(&aside)?;
            file.set_permissions(Permissions::from_mode(FILE_MODE))?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&aside, path)?;
            path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().with_context(|| format!("Writing {}", path.display()))
    }
}

/// The last part of a name, if it can be a file's.
fn plain(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    match !last.is_empty() && last.len() <= 200 && !last.starts_with(['.', '-']) && last.chars().all(fits) {
        true => last,
        false => "file",
    }
}

/// A file somebody else may have put there: no link is followed, and no pipe waited for.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Not more is read than there can be.
fn read(file: File) -> std::io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    file.take(RESULT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::Payload;

    fn job() -> Job {
        let payload = Payload {
            event: "release".into(),
            number: 480,
            called: "XSA-480".into(),
            version: 2,
            title: "a title".into(),
            cves: vec![],
            released_at: "2026-12-15T12:00:00Z".into(),
            text: "/text".into(),
            files: vec![],
            site: None,
        };
        Job { hook: "tell".into(), seconds: 60, payload }
    }

    fn run() -> Run {
        Run { hook: "tell".into(), id: 7, attempt: 1 }
    }

    #[test]
    fn what_is_put_is_there_once_for_whoever_is_in_the_group() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::new(home.path().join("spool/hooks"));
        assert_eq!(spool.state(&run()).unwrap(), State::Gone);
        spool.put(&run(), &job()).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Waits);
        let folder = home.path().join("spool/hooks/tell");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("7-1.job.json"))), (SHARED_MODE, FILE_MODE));
        let runs = File::open(folder.join("7-1.job.json")).unwrap();
        runs.lock().unwrap();
        std::fs::rename(folder.join("7-1.job.json"), folder.join("7-1.taken")).unwrap();
        spool.put(&run(), &job()).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Taken, "and is not there a second time");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        drop(runs);
        assert_eq!(spool.state(&run()).unwrap(), State::Ended(Outcome::Interrupted), "whoever ran it is gone");
        spool.clear(&run()).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Gone);
        assert_eq!(std::fs::read_dir(home.path().join("spool/hooks")).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn files_lie_within_the_spool_whatever_they_are_called() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::new(home.path().join("hooks"));
        let files: [(&str, &[u8]); 5] = [
            ("advisory-480.txt", b"text"),
            ("../../x", b"1"),
            ("xsa480/1.patch", b"2"),
            ("..", b"3"),
            ("1.patch", b"4"),
        ];
        let paths = spool.lay_out(3, &files).unwrap();
        for (path, (_, bytes)) in paths.iter().zip(files) {
            assert!(path.starts_with(home.path().join("hooks/_files/3")), "{}", path.display());
            assert!(!path.components().any(|part| part == std::path::Component::ParentDir));
            assert_eq!(std::fs::read(path).unwrap(), bytes);
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, FILE_MODE);
        }
        let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["advisory-480.txt", "x", "1.patch", "file", "1.patch"]);
        assert_eq!(spool.lay_out(3, &files).unwrap(), paths, "again, after a crash");
        spool.remove_files(3).unwrap();
        spool.remove_files(3).unwrap();
        assert_eq!(std::fs::read_dir(home.path().join("hooks/_files")).unwrap().count(), 0);
    }

    #[test]
    fn no_result_is_believed_that_is_a_link_a_pipe_or_nonsense() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::new(home.path().to_path_buf());
        spool.put(&run(), &job()).unwrap();
        let result = home.path().join("tell/7-1.result.json");
        std::fs::rename(home.path().join("tell/7-1.job.json"), home.path().join("tell/7-1.taken")).unwrap();
        let secret = home.path().join("secret");
        std::fs::write(&secret, "{\"ended\":\"done\"}").unwrap();
        std::os::unix::fs::symlink(&secret, &result).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Ended(Outcome::Unreadable));
        std::fs::remove_file(&result).unwrap();
        nix::unistd::mkfifo(&result, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Ended(Outcome::Unreadable));
        std::fs::remove_file(&result).unwrap();
        std::fs::write(&result, vec![b'{'; 1 << 20]).unwrap();
        assert_eq!(spool.state(&run()).unwrap(), State::Ended(Outcome::Unreadable));
        std::fs::write(&result, "{\"ended\":\"exit\",\"code\":3}").unwrap();
        let ended = Outcome::Exit { code: 3 };
        assert_eq!(spool.state(&run()).unwrap(), State::Ended(ended));
        assert_eq!(ended.failure().unwrap(), "ended with the exit status 3");
    }
}
