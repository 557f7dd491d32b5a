//! Backups: a consistent copy of the database beside the running desk, marked as a copy, and what is known of a
//! database that is one. What a run on a copy does about it is the daemon's.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::time::At;
use super::{Rows, Store};
use crate::rules::label::CaseId;

/// A database that is a copy, and how far its life after that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    pub made_at: String,
    pub started_at: Option<String>,
    pub reread_at: Option<String>,
}

/// A letter that left in a rehearsal, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    pub id: i64,
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub case: Option<CaseId>,
    /// The mail it answers with what becomes of that mail, or the event it tells of.
    pub why: String,
}

pub struct Copy<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn copy(self) -> Copy<'c> {
        Copy(self)
    }
}

impl Copy<'_> {
    pub fn current(&self) -> Result<Option<Copied>> {
        self.0
            .connection
            .prepare_cached("SELECT made_at, started_at, reread_at FROM copy")?
            .query_row([], |row| Ok(Copied { made_at: row.get(0)?, started_at: row.get(1)?, reread_at: row.get(2)? }))
            .optional()
            .context("Reading whether the database is a copy")
    }

    /// It is a copy whose mailboxes are not read again yet.
    pub fn is_being_read(&self) -> Result<bool> {
        Ok(self.current()?.is_some_and(|copied| copied.reread_at.is_none()))
    }

    /// The first run on a copy: the outbox is paused, and every folder is unread again. Gives when the copy was made;
    /// `None` when it is no copy, or was run on before.
    pub fn start(&self, now: Timestamp) -> Result<Option<String>> {
        let made_at: Option<String> = self
            .0
            .connection
            .query_row(
                "UPDATE copy SET started_at = ?1, known = (SELECT coalesce(max(id), 0) FROM inbox)
                 WHERE started_at IS NULL RETURNING made_at",
                [At(now)],
                |row| row.get(0),
            )
            .optional()
            .context("Starting on a copy")?;
        if made_at.is_some() {
            self.0.connection.execute("DELETE FROM cursor", []).context("Forgetting how far folders were read")?;
            // A pause of the time before had exceptions, which are none from this one.
            self.0.pause().lift()?;
            self.0.pause().set(now, "desk")?;
        }
        Ok(made_at)
    }

    /// Everything was read again: the mail that is new gets its numbers in the order in which our server received it,
    /// so that it is handled in that order whatever folder it was found in. Nothing refers to it yet. Gives how much
    /// there is.
    pub fn reread(&self, now: Timestamp) -> Result<usize> {
        let known: i64 = self
            .0
            .connection
            .query_row("UPDATE copy SET reread_at = ?1 RETURNING known", [At(now)], |row| row.get(0))
            .context("Recording that all folders were read again")?;
        let new = self
            .0
            .connection
            .execute(
                "UPDATE inbox SET id = -ordered.place FROM (
                     SELECT id AS was, row_number() OVER (ORDER BY received_at, id) AS place FROM inbox WHERE id > ?1
                 ) AS ordered WHERE inbox.id = ordered.was",
                [known],
            )
            .context("Putting mail into its order")?;
        self.0
            .connection
            .execute("UPDATE inbox SET id = ?1 - id WHERE id < 0", [known])
            .context("Numbering mail in its order")?;
        Ok(new)
    }

    /// It is a copy no longer: from here on it is the database.
    pub fn forget(&self) -> Result<()> {
        self.0.connection.execute("DELETE FROM copy", []).context("Forgetting that the database was a copy").map(drop)
    }
}

impl Rows<'_> {
    /// What a delivery of a rehearsal is, and why there is one.
    pub fn rehearsed(self, delivery: i64) -> Result<Rehearsed> {
        let (letter, mut rehearsed) = self
            .connection
            .query_row(
                "SELECT l.id, l.kind, d.recipient, l.case_number,
                        coalesce('mail ' || i.id || ' of ' || i.received_at || ': ' || i.reason, l.cause)
                 FROM delivery d JOIN letter l ON l.id = d.letter LEFT JOIN inbox i ON i.sha256 = l.cause
                 WHERE d.id = ?1",
                [delivery],
                |row| {
                    let case = row.get::<_, Option<i64>>(3)?.map(CaseId);
                    let (kind, to, why) = (row.get(1)?, row.get(2)?, row.get(4)?);
                    let subject = String::new();
                    Ok((row.get::<_, i64>(0)?, Rehearsed { id: delivery, kind, to, subject, case, why }))
                },
            )
            .context("Reading what a delivery is and why there is one")?;
        rehearsed.subject = self.outbox().letter(letter)?.letter.subject.value().clone();
        Ok(rehearsed)
    }
}

impl Store {
    /// Writes a consistent copy to `to`, which must not be there yet, for its owner only and marked as made at `at`.
    /// Nobody waits for it: readers and the writer go on meanwhile.
    pub async fn copy_to(&self, to: &Path, at: Timestamp) -> Result<()> {
        let from = self.path.clone().context("Only a database in a file is copied")?;
        let to = to.to_owned();
        tokio::task::spawn_blocking(move || copy(&from, &to, at)).await.context("Copying the database")?
    }
}

fn copy(from: &Path, to: &Path, at: Timestamp) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .with_context(|| format!("Creating {}", to.display()))?;
    let source = Connection::open(from).with_context(|| format!("Opening the database {}", from.display()))?;
    super::prepare(&source)?;
    let name = to.to_str().context("A file name that is not UTF-8")?;
    source.execute("VACUUM INTO ?1", [name]).with_context(|| format!("Copying the database to {}", to.display()))?;
    // Left in the rollback mode VACUUM writes: a journal beside a copy is never its own.
    let copied = Connection::open(to).context("Opening the copy")?;
    copied
        .execute(
            "INSERT INTO copy (id, made_at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET
                 made_at = excluded.made_at, started_at = NULL, known = NULL, reread_at = NULL",
            params![At(at)],
        )
        .context("Marking the copy")?;
    copied.close().map_err(|(_, problem)| problem).context("Closing the copy")?;
    File::open(to).and_then(|file| file.sync_all()).with_context(|| format!("Syncing {}", to.display()))
}

/// The write version in a database's header (SQLite file format, section 1.3.3): 2 is WAL, 1 a file that has no WAL.
const WRITE_VERSION_AT: usize = 18;
const NO_WAL: u8 = 1;

/// A copy was put in place of another database, and that one's WAL still lies there: SQLite would mix the two without
/// a word. It is kept under another name. In clear, as the database is; for its owner only, as it was.
pub(super) fn set_leftovers_aside(path: &Path) -> Result<()> {
    if !has_leftovers(path)? {
        return Ok(());
    }
    let (wal, shm, aside) = (with_ending(path, "-wal"), with_ending(path, "-shm"), with_ending(path, "-wal.lost"));
    std::fs::rename(&wal, &aside).with_context(|| format!("Setting {} aside", wal.display()))?;
    if shm.exists() {
        std::fs::remove_file(&shm).with_context(|| format!("Removing {}", shm.display()))?;
    }
    tracing::warn!(kept = %aside.display(), "the journal of another database lay beside this one and was set aside");
    Ok(())
}

/// A file that has no WAL, and a WAL beside it.
pub(super) fn has_leftovers(path: &Path) -> Result<bool> {
    let wal = std::fs::metadata(with_ending(path, "-wal"));
    Ok(has_no_wal(path)? && wal.is_ok_and(|wal| wal.len() > 0))
}

/// Whether a file says of itself that it has no WAL: a backup that was never run.
pub(super) fn has_no_wal(path: &Path) -> Result<bool> {
    let mut header = Vec::new();
    let file = File::open(path).with_context(|| format!("Opening the database {}", path.display()))?;
    file.take(WRITE_VERSION_AT as u64 + 1).read_to_end(&mut header).context("Reading the database's header")?;
    Ok(header.get(WRITE_VERSION_AT) == Some(&NO_WAL))
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_database_of_the_first_version_goes_on_with_its_rows_and_is_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut old = Connection::open(&path).unwrap();
        let first = super::super::migrations::migrations::runner().set_target(refinery::Target::Version(1));
        first.run(&mut old).unwrap();
        old.execute_batch(
            "INSERT INTO letter (id, kind, cause, counter, message_id, labels, content, written_at)
             VALUES (1, 'answer', 'a mail', 1, 'a@example.org', '[]', '{}', '2026-12-07T09:00:00Z');
             INSERT INTO delivery (letter, recipient, urgent, state, next_attempt_at)
             VALUES (1, 'dana@example.net', 0, 'queued', '2026-12-07T09:00:00Z');",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let due = store.read(|rows| rows.outbox().next_due(at("2026-12-07T10:00:00Z"), &[])).await.unwrap();
        assert!(due.is_some(), "it waits as before, and nothing holds it");
        assert_eq!(store.read(|rows| rows.copy().current()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn mail_found_again_is_numbered_in_the_order_in_which_it_was_received() {
        let scratch = crate::store::testing::scratch();
        let found = scratch
            .store
            .write(|rows| {
                rows.connection.execute("INSERT INTO copy (id, made_at) VALUES (1, '2026-12-07T12:00:00Z')", [])?;
                let mut found = Vec::new();
                for (sha256, received_at) in [
                    ("known", "2026-12-07T09:00:00Z"),
                    ("third", "2026-12-08T11:00:00Z"),
                    ("first", "2026-12-08T09:00:00Z"),
                    ("second", "2026-12-08T10:00:00Z"),
                ] {
                    let arrival = crate::store::inbox::Arrival {
                        sha256,
                        raw: b"",
                        account: "bot",
                        folder: "INBOX",
                        received_at: at(received_at),
                        predates: false,
                        truncated: false,
                    };
                    rows.inbox().add(&arrival)?;
                    if sha256 == "known" {
                        found.push(rows.copy().start(at("2026-12-09T09:00:00Z"))?.is_some().to_string());
                        found.push(rows.copy().start(at("2026-12-09T09:00:00Z"))?.is_some().to_string());
                    }
                }
                found.push(rows.copy().reread(at("2026-12-09T09:00:00Z"))?.to_string());
                found.extend(rows.inbox().list()?.into_iter().map(|mail| format!("{} {}", mail.id, mail.sha256)));
                Ok(found)
            })
            .await
            .unwrap();
        assert_eq!(found, ["true", "false", "3", "1 known", "2 first", "3 second", "4 third"]);
    }
}
