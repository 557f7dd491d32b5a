//! Mail in from a Maildir: the local instance, or a mail server on the same machine.
//! It reads new/ and moves to cur/; it deletes nothing.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use maildir::Maildir;

use super::patience::{Pauses, asked_to_stop};
use super::{BEGINNING_BODY_BYTES_MAX, BEGINNING_HEADER_BYTES_MAX, Intake, Place, Taken};

/// A look into an unchanged folder costs microseconds; half a second is what Dovecot takes to wake IDLE, too.
const LOOK_MILLISECONDS: u64 = 500;

/// A folder with `new`, `cur` and `tmp` in it.
#[derive(Clone, Debug)]
pub struct MaildirFolder {
    /// The account's name in the settings.
    pub name: String,
    pub path: PathBuf,
    /// The largest message that is read whole.
    pub message_bytes_max: usize,
}

impl MaildirFolder {
    /// Takes all of `new/`, in the order of the file names. Gives how many messages were taken.
    ///
    /// # Errors
    /// The folder cannot be read; the intake refused; or a file cannot be read or moved, in which case all others were
    /// taken.
    pub async fn sweep<I: Intake>(&self, intake: &I) -> Result<usize> {
        let place = Place { account: self.name.clone(), folder: self.path.display().to_string() };
        let path = self.path.clone();
        let files = blocking(move || list(&path)).await?;
        let (mut taken, mut troubles) = (0, 0);
        for file in files {
            let (path, bytes_max) = (file.clone(), self.message_bytes_max);
            let (raw, truncated) = match blocking(move || read(&path, bytes_max)).await {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(file = %file.display(), %error, "a file in the Maildir cannot be read");
                    troubles += 1;
                    continue;
                }
            };
            let mail = Taken { place: place.clone(), raw, received_at: None, cursor: None, truncated };
            intake.take(mail).await.context("Committing a message")?;
            taken += 1;
            let folder = self.path.clone();
            let path = file.clone();
            if let Err(error) = blocking(move || put_away(&folder, &path)).await {
                tracing::warn!(file = %file.display(), %error, "a message was taken and cannot be moved to cur");
                troubles += 1;
            }
        }
        ensure!(troubles == 0, "{troubles} files in {} could not be read or moved", self.path.join("new").display());
        intake.polled(&place).await.context("Recording the end of a poll")?;
        Ok(taken)
    }

    /// Looks twice a second until `shutdown` says true. Troubles are logged and tried again after growing pauses.
    pub async fn watch<I: Intake>(&self, intake: &I, mut shutdown: tokio::sync::watch::Receiver<bool>) {
        let attend = async {
            let mut pauses = Pauses::default();
            loop {
                let pause = match self.sweep(intake).await {
                    Ok(_) => {
                        pauses.reset();
                        Duration::from_millis(LOOK_MILLISECONDS)
                    }
                    Err(error) => {
                        tracing::warn!(error = format!("{error:#}"), "reading the Maildir");
                        pauses.next_pause()
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            biased;
            () = asked_to_stop(&mut shutdown) => {}
            () = attend => {}
        }
    }

    /// Whether the folder is there and can be read and written to. Gives how many messages wait in it.
    pub async fn probe(&self) -> Result<usize> {
        let path = self.path.clone();
        blocking(move || {
            let waiting = list(&path)?.len();
            for part in ["new", "cur"] {
                let folder = path.join(part);
                nix::unistd::access(&folder, nix::unistd::AccessFlags::W_OK)
                    .with_context(|| format!("Writing to {}", folder.display()))?;
            }
            Ok(waiting)
        })
        .await
    }
}

/// Files are read aside, so that a slow disk does not hold up everything else.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("Working on files")?
}

/// The files in `new/`, sorted by name: by time, as Maildir names begin with it.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let new = folder.join("new");
    // The crate shows an unreadable folder as an empty one.
    std::fs::read_dir(&new).with_context(|| format!("Reading the Maildir {}", new.display()))?;
    let mut files = Vec::new();
    for entry in Maildir::from(folder.to_path_buf()).list_new() {
        files.push(entry.with_context(|| format!("Reading the Maildir {}", new.display()))?.path().clone());
    }
    files.sort();
    Ok(files)
}

/// The bytes of a message, and whether they are only its beginning.
fn read(path: &Path, bytes_max: usize) -> Result<(Vec<u8>, bool)> {
    let file = std::fs::File::open(path).context("Opening the file")?;
    let mut raw = Vec::new();
    file.take(bytes_max as u64 + 1).read_to_end(&mut raw).context("Reading the file")?;
    if raw.len() <= bytes_max {
        return Ok((raw, false));
    }
    raw.truncate(beginning(&raw));
    raw.shrink_to_fit();
    Ok((raw, true))
}

/// How many bytes of an oversized message are kept: its header, within bounds, and the first of its body.
fn beginning(raw: &[u8]) -> usize {
    let searched = raw.get(..BEGINNING_HEADER_BYTES_MAX.min(raw.len())).unwrap_or(raw);
    let blank_line = |end: &[u8], at: usize| searched.get(at..).is_some_and(|rest| rest.starts_with(end));
    let header = (0..searched.len())
        .find_map(|at| match () {
            () if blank_line(b"\n\r\n", at) => Some(at + 3),
            () if blank_line(b"\n\n", at) => Some(at + 2),
            () => None,
        })
        .unwrap_or(searched.len());
    (header + BEGINNING_BODY_BYTES_MAX).min(raw.len())
}

/// Moves a file from `new/` to `cur/`, marked as seen.
fn put_away(folder: &Path, file: &Path) -> Result<()> {
    let name = file.file_name().context("A file without a name")?;
    let mut target = name.to_owned();
    if !name.to_string_lossy().contains(":2,") {
        target.push(":2,S");
    }
    std::fs::rename(file, folder.join("cur").join(target)).context("Moving the file to cur")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::post::Cursor;

    const BYTES_MAX: usize = 1 << 20;

    /// Remembers what it was given, in order.
    #[derive(Default)]
    struct Drawer {
        taken: Mutex<Vec<Taken>>,
        polls: Mutex<usize>,
    }

    impl Intake for Drawer {
        async fn cursor(&self, _: &Place) -> Result<Option<Cursor>> {
            Ok(None)
        }
        async fn take(&self, mail: Taken) -> Result<()> {
            self.taken.lock().unwrap().push(mail);
            Ok(())
        }
        async fn polled(&self, _: &Place) -> Result<()> {
            *self.polls.lock().unwrap() += 1;
            Ok(())
        }
    }

    impl Drawer {
        fn texts(&self) -> Vec<String> {
            self.taken.lock().unwrap().iter().map(|mail| String::from_utf8_lossy(&mail.raw).into_owned()).collect()
        }
    }

    fn maildir() -> (tempfile::TempDir, MaildirFolder) {
        let folder = tempfile::tempdir().unwrap();
        Maildir::from(folder.path().to_path_buf()).create_dirs().unwrap();
        let path = folder.path().to_owned();
        (folder, MaildirFolder { name: "local".into(), path, message_bytes_max: BYTES_MAX })
    }

    #[tokio::test]
    async fn all_of_new_is_taken_in_the_order_of_the_names_and_moved() {
        let (folder, mail) = maildir();
        for name in ["3.c", "1.a", "2.b:2,", ".hidden"] {
            std::fs::write(folder.path().join("new").join(name), name).unwrap();
        }
        let drawer = Drawer::default();
        assert_eq!(mail.sweep(&drawer).await.unwrap(), 3);
        assert_eq!(drawer.texts(), ["1.a", "2.b:2,", "3.c"]);
        assert_eq!(mail.sweep(&drawer).await.unwrap(), 0, "a second sweep finds nothing");
        assert_eq!(*drawer.polls.lock().unwrap(), 2);
        let mut kept: Vec<_> =
            std::fs::read_dir(folder.path().join("cur")).unwrap().map(|f| f.unwrap().file_name()).collect();
        kept.sort();
        assert_eq!(kept, ["1.a:2,S", "2.b:2,", "3.c:2,S"]);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_does_not_stop_the_others() {
        let (folder, mail) = maildir();
        std::fs::create_dir(folder.path().join("new/1.folder")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("new/2.dangling")).unwrap();
        std::fs::write(folder.path().join("new/3.good"), "good").unwrap();
        let drawer = Drawer::default();
        let error = mail.sweep(&drawer).await.unwrap_err();
        assert!(error.to_string().starts_with("2 files"), "{error}");
        assert_eq!(drawer.texts(), ["good"]);
        assert_eq!(*drawer.polls.lock().unwrap(), 0, "the poll did not end well");
    }

    #[tokio::test]
    async fn a_missing_folder_is_an_error_and_not_an_empty_one() {
        let mail = MaildirFolder { path: "/nonexistent/mail".into(), ..maildir().1 };
        assert!(mail.sweep(&Drawer::default()).await.is_err());
        assert!(mail.probe().await.is_err());
        let (_folder, mail) = maildir();
        assert_eq!(mail.probe().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn of_a_message_over_the_limit_the_beginning_is_taken() {
        let (folder, mail) = maildir();
        let mut big = b"Subject: big\r\n\r\n".to_vec();
        big.resize(BYTES_MAX + 1, b'x');
        std::fs::write(folder.path().join("new/1.big"), &big).unwrap();
        let drawer = Drawer::default();
        mail.sweep(&drawer).await.unwrap();
        let taken = drawer.taken.lock().unwrap();
        assert!(taken[0].truncated);
        assert_eq!(taken[0].raw.len(), "Subject: big\r\n\r\n".len() + BEGINNING_BODY_BYTES_MAX);
    }

    #[tokio::test]
    async fn watching_takes_what_comes_later_and_ends_when_asked() {
        let (folder, mail) = maildir();
        let drawer = std::sync::Arc::new(Drawer::default());
        let (stop, shutdown) = tokio::sync::watch::channel(false);
        let watching = tokio::spawn({
            let drawer = drawer.clone();
            async move { mail.watch(&*drawer, shutdown).await }
        });
        std::fs::write(folder.path().join("tmp/1.late"), "late").unwrap();
        std::fs::rename(folder.path().join("tmp/1.late"), folder.path().join("new/1.late")).unwrap();
        let arrived = async {
            while drawer.texts().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(1), watching).await.unwrap().unwrap();
    }
}
