//! Mail in from a Maildir: the local instance, or a mail server on the same machine.
//! It reads new/ and moves to cur/, which is its archive; it deletes nothing.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use maildir::Maildir;

use super::patience::{Patience, Pauses, asked_to_stop};
use super::{Again, BEGINNING_BODY_BYTES_MAX, BEGINNING_HEADER_BYTES_MAX, Intake, Place, Taken};
use crate::mail::headers::Headers;
use crate::mail::thread::{MessageId, message_ids};

/// A look into an unchanged folder costs microseconds; half a second is what Dovecot takes to wake IDLE, too.
const LOOK_MILLISECONDS: u64 = 500;
/// A mail that was just sent is among the newest.
const SOUGHT_FILES_MAX: usize = 100;

/// A folder with `new`, `cur` and `tmp` in it.
#[derive(Clone, Debug)]
pub struct MaildirFolder {
    /// The account's name in the settings.
    pub name: String,
    pub path: PathBuf,
    /// The largest message that is read whole.
    pub message_bytes_max: usize,
}

/// What came of a list of files.
struct Swept {
    taken: usize,
    /// Files that could not be read or moved.
    troubles: usize,
}

impl MaildirFolder {
    /// Takes all of `new/`, in the order of the file names. Gives how many messages were taken.
    ///
    /// # Errors
    /// The folder cannot be read; the intake refused; or a file cannot be read or moved, in which case all others were
    /// taken.
    pub async fn sweep<I: Intake>(&self, intake: &I) -> Result<usize> {
        let path = self.path.clone();
        let files = blocking(move || list(&path)).await?;
        let Swept { taken, troubles } = self.take_all(files, intake).await?;
        ensure!(troubles == 0, "{troubles} files in {} could not be read or moved", self.path.display());
        Ok(taken)
    }

    /// Takes all of `cur/`, where it put what it took before, in the order in which that was received, and then all of
    /// `new/`. Gives how many messages were taken; those that cannot be read are logged and passed.
    pub async fn read_again<I: Intake>(&self, intake: &I) -> Result<usize> {
        let path = self.path.clone();
        let files = blocking(move || list_again(&path)).await?;
        let before = self.take_all(files, &Again(intake)).await?;
        let path = self.path.clone();
        let files = blocking(move || list(&path)).await?;
        Ok(before.taken + self.take_all(files, intake).await?.taken)
    }

    async fn take_all<I: Intake>(&self, files: Vec<PathBuf>, intake: &I) -> Result<Swept> {
        let place = Place { account: self.name.clone(), folder: self.path.display().to_string() };
        let (mut taken, mut troubles) = (0, 0);
        for file in files {
            let (path, bytes_max) = (file.clone(), self.message_bytes_max);
            let (raw, truncated, dated) = match blocking(move || read(&path, bytes_max)).await {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(file = %file.display(), %error, "a file in the Maildir cannot be read");
                    troubles += 1;
                    continue;
                }
            };
            let told = intake.tells_time();
            let received_at = if told.is_some() { None } else { dated };
            let mail = Taken { place: place.clone(), raw, received_at, cursor: None, truncated };
            intake.take(mail).await.context("Committing a message")?;
            taken += 1;
            if intake.looks_only() {
                continue;
            }
            let folder = self.path.clone();
            let path = file.clone();
            if let Err(error) = blocking(move || put_away(&folder, &path, told)).await {
                tracing::warn!(file = %file.display(), %error, "a message was taken and cannot be moved to cur");
                troubles += 1;
            }
        }
        intake.polled(&place).await.context("Recording the end of a poll")?;
        Ok(Swept { taken, troubles })
    }

    /// Looks twice a second until `shutdown` says true. Troubles are logged and tried again after growing pauses.
    pub async fn watch<I: Intake>(&self, intake: &I, mut shutdown: tokio::sync::watch::Receiver<bool>) {
        let attend = async {
            let mut pauses = Pauses::new(&Patience::default());
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

    /// Looks for mail of our own by its Message-ID, taken already or not, and leaves it where it is.
    pub async fn seek(&self, wanted: &[MessageId]) -> Result<Vec<(MessageId, Vec<u8>)>> {
        let (folder, wanted, bytes_max) = (self.path.clone(), wanted.to_vec(), self.message_bytes_max);
        blocking(move || {
            let mut files = Vec::new();
            for part in ["new", "cur"].map(|part| folder.join(part)) {
                let entries = std::fs::read_dir(&part).with_context(|| format!("Reading {}", part.display()))?;
                for entry in entries {
                    let entry = entry.with_context(|| format!("Reading {}", part.display()))?;
                    // A file that just went away is looked for again the next time.
                    let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
                    files.extend(changed.map(|changed| (changed, entry.path())));
                }
            }
            files.sort();
            let newest = files.iter().rev().take(SOUGHT_FILES_MAX).filter_map(|(_, path)| read(path, bytes_max).ok());
            Ok(newest.filter_map(|(raw, ..)| named(raw, &wanted)).collect())
        })
        .await
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

/// The mail, if it is one of `wanted`.
fn named(raw: Vec<u8>, wanted: &[MessageId]) -> Option<(MessageId, Vec<u8>)> {
    let value = Headers::read(&raw).value("Message-ID")?;
    let id = message_ids(&value).into_iter().next().filter(|id| wanted.contains(id))?;
    Some((id, raw))
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

/// The files in `cur/`, in the order in which their mail was received.
fn list_again(folder: &Path) -> Result<Vec<PathBuf>> {
    let cur = folder.join("cur");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&cur).with_context(|| format!("Reading the Maildir {}", cur.display()))? {
        let entry = entry.with_context(|| format!("Reading the Maildir {}", cur.display()))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if let (false, Ok(about)) = (hidden, entry.metadata())
            && about.is_file()
        {
            files.push((about.modified().ok(), entry.file_name(), entry.path()));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, _, path)| path).collect())
}

/// The bytes of a message, whether they are only its beginning, and when it was received: a Maildir keeps that as the
/// time of the file, as Dovecot does for INTERNALDATE.
fn read(path: &Path, bytes_max: usize) -> Result<(Vec<u8>, bool, Option<Timestamp>)> {
    let file = std::fs::File::open(path).context("Opening the file")?;
    let modified = file.metadata().and_then(|about| about.modified()).ok();
    let dated = modified.and_then(|modified| Timestamp::try_from(modified).ok());
    let mut raw = Vec::new();
    file.take(bytes_max as u64 + 1).read_to_end(&mut raw).context("Reading the file")?;
    if raw.len() <= bytes_max {
        return Ok((raw, false, dated));
    }
    raw.truncate(beginning(&raw));
    raw.shrink_to_fit();
    Ok((raw, true, dated))
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

/// Moves a file from `new/` to `cur/`, marked as seen, and dated `received_at` where that is not what it says itself.
fn put_away(folder: &Path, file: &Path, received_at: Option<Timestamp>) -> Result<()> {
    let name = file.file_name().context("A file without a name")?;
    let mut target = name.to_owned();
    if !name.to_string_lossy().contains(":2,") {
        target.push(":2,S");
    }
    if let Some(received_at) = received_at {
        let dated = std::fs::File::open(file).and_then(|file| file.set_modified(received_at.into()));
        if let Err(error) = dated {
            // It stays readable; only a database lost later would not learn from it when it came.
            tracing::warn!(file = %file.display(), %error, "a message cannot be dated");
        }
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
        async fn rewind(&self, _: &Place, _: Cursor) -> Result<()> {
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

    fn dated(path: &Path, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        std::fs::File::open(path).unwrap().set_modified(at.into()).unwrap();
    }

    #[tokio::test]
    async fn a_message_was_received_when_its_file_says_and_what_was_put_away_is_read_again_in_that_order() {
        let (folder, mail) = maildir();
        for (name, at) in [("1.later", "2026-12-08T09:00:00Z"), ("2.earlier", "2026-12-07T09:00:00Z")] {
            std::fs::write(folder.path().join("new").join(name), name).unwrap();
            dated(&folder.path().join("new").join(name), at);
        }
        let (before, after) = (Drawer::default(), Drawer::default());
        mail.sweep(&before).await.unwrap();
        assert_eq!(before.texts(), ["1.later", "2.earlier"]);
        assert_eq!(mail.read_again(&after).await.unwrap(), 2);
        assert_eq!(after.texts(), ["2.earlier", "1.later"]);
        let received: Vec<_> = after.taken.lock().unwrap().iter().map(|mail| mail.received_at.unwrap()).collect();
        assert_eq!(
            received.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-12-07T09:00:00Z", "2026-12-08T09:00:00Z"]
        );
        assert_eq!(list_again(folder.path()).unwrap().len(), 2, "they stay where they are");
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
        assert_eq!(*drawer.polls.lock().unwrap(), 1, "the poll came to its end all the same");
        assert_eq!(mail.read_again(&drawer).await.unwrap(), 1, "and nothing of it stops a restored desk");
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
