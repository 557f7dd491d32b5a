//! What is remembered: one SQLite file, one writer thread, and a file of SQL for each thing stored.
//! Knows no policy and decides nothing; a state changes only where a row still has the state before.

pub mod advisories;
pub mod answers;
pub mod applications;
pub mod aside;
pub mod audit;
pub mod bounces;
pub mod cases;
pub mod certificates;
pub mod clearance;
pub mod copy;
pub mod embargoes;
pub mod facts;
pub mod held;
pub mod history;
pub mod inbox;
pub mod instance;
pub mod joinings;
pub mod leaving;
pub mod list_tokens;
pub mod lists_seen;
pub mod members;
pub mod notes;
pub mod opened;
pub mod outbox;
pub mod participants;
pub mod pause;
pub mod people;
pub mod pointed;
pub mod questions;
pub mod refusals;
pub mod stamps;
pub mod steps;
pub mod threads;
pub mod time;
pub mod tokens;
pub mod uncertified;
pub mod weekly;

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

mod migrations {
    refinery::embed_migrations!("src/store/migrations");
}

/// How long a command waits for the daemon's transaction to end, and the other way round.
const BUSY_SECONDS_MAX: u64 = 30;
/// Between two attempts to copy a database that somebody writes to.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Writes that wait for the writer thread before whoever asks has to wait too.
const JOBS_MAX: usize = 256;
/// How long the end of a process may wait for SQLite to tidy up.
const CLOSING_MAX: Duration = Duration::from_secs(1);

/// The tables, within one transaction.
#[derive(Clone, Copy)]
pub struct Rows<'c> {
    connection: &'c Connection,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The database. Cheap to clone; all clones share the one writer thread.
#[derive(Clone)]
pub struct Store {
    /// `None`: it is in memory.
    path: Option<PathBuf>,
    writer: Arc<Writer>,
    watch: Watch,
}

/// The writer thread. Whoever lets go of it last waits until SQLite has tidied up, so that what lies beside a database
/// does not depend on how fast a process ends.
struct Writer {
    /// Taken away, the thread ends.
    jobs: Option<mpsc::SyncSender<Job>>,
    /// Hung up when the connection is closed.
    closed: Mutex<mpsc::Receiver<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Ok(closed) = self.closed.get_mut() {
            // A database that is held by somebody else must not hold up the end.
            closed.recv_timeout(CLOSING_MAX).ok();
        }
    }
}

/// Called on the writer thread around every commit that changes something. A program has no use for it; the crash
/// test dies there.
#[derive(Clone, Copy, Default)]
pub struct Watch {
    /// All is written and nothing is durable.
    pub before: Option<fn()>,
    /// All is durable and whoever asked for it does not know yet.
    pub after: Option<fn()>,
}

impl Store {
    /// Opens or creates the database, readable by its owner only, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_watched(path, Watch::default())
    }

    pub fn open_watched(path: &Path, watch: Watch) -> Result<Self> {
        create_private(path)?;
        copy::set_leftovers_aside(path)?;
        let connection = Connection::open(path).with_context(|| format!("Opening the database {}", path.display()))?;
        Self::on(connection, Some(path.to_owned()), watch)
    }

    /// A copy in memory of the database at `path`, or a new one where there is none: for a rehearsal. It is forgotten
    /// with the process, and nothing is changed on the disk.
    pub fn rehearsal(path: &Path) -> Result<Self> {
        let mut memory = Connection::open_in_memory().context("Making a database in memory")?;
        if path.exists() {
            let source = look_only(path)?;
            Backup::new(&source, &mut memory)
                .and_then(|copying| copying.run_to_completion(i32::MAX, LOOK_AGAIN, None))
                .context("Copying the database into memory")?;
        }
        Self::on(memory, None, Watch::default())
    }

    fn on(mut connection: Connection, path: Option<PathBuf>, watch: Watch) -> Result<Self> {
        prepare(&connection).context("Preparing the database connection")?;
        // Two commands may start on a fresh file at once; refinery's own check is not under a lock.
        connection.execute_batch("BEGIN IMMEDIATE; COMMIT;").context("Waiting for the database to be free")?;
        migrations::migrations::runner()
            .run(&mut connection)
            .context("Bringing the database schema up to date (a newer embargod may have written it)")?;
        let (jobs, queue) = mpsc::sync_channel::<Job>(JOBS_MAX);
        let (closing, closed) = mpsc::channel();
        std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                for job in queue {
                    job(&mut connection);
                }
                drop(connection);
                drop(closing);
            })
            .context("Starting the writer thread")?;
        let writer = Arc::new(Writer { jobs: Some(jobs), closed: Mutex::new(closed) });
        Ok(Self { path, writer, watch })
    }

    /// Runs `work` in one `BEGIN IMMEDIATE` transaction on the writer thread: it commits when `work` returns `Ok`,
    /// and leaves no trace when it returns `Err` or panics.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Rows<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let watch = self.watch;
        self.submit(Box::new(move |connection| {
            let outcome = transact(connection, watch, work);
            answer.send(outcome).ok(); // Nobody waits any more: the transaction stands all the same.
        }))?;
        answered.await.map_err(|_| anyhow!("the writer thread ended"))?
    }

    /// Reads from a snapshot of its own, beside the writer.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Rows<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(path) = self.path.clone() else { return self.write(work).await };
        tokio::task::spawn_blocking(move || {
            let mut connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
                .with_context(|| format!("Opening the database {}", path.display()))?;
            prepare(&connection)?;
            let transaction = connection.transaction().context("Beginning to read")?;
            work(Rows { connection: &transaction })
        })
        .await
        .context("Reading from the database")?
    }

    fn submit(&self, job: Job) -> Result<()> {
        let sent = self.writer.jobs.as_ref().map(|jobs| jobs.send(job));
        sent.and_then(Result::ok).context("the writer thread ended")
    }
}

fn transact<T>(connection: &mut Connection, watch: Watch, work: impl FnOnce(Rows<'_>) -> Result<T>) -> Result<T> {
    let changes = connection.total_changes();
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).context("Beginning a transaction")?;
    let rows = Rows { connection: &transaction };
    // A handler that panics on one message must not take the writer, and with it every other message, along.
    let value = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(rows)))
        .unwrap_or_else(|_| Err(anyhow!("a panic; its place is in the log")))?;
    let watch = if transaction.total_changes() == changes { Watch::default() } else { watch };
    if let Some(before) = watch.before {
        before();
    }
    transaction.commit().context("Committing")?;
    if let Some(after) = watch.after {
        after();
    }
    Ok(value)
}

/// Every connection alike. FULL: a commit is on the disk when it returns (DESIGN section 8).
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS_MAX))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// For reading alone, with no trace on the disk: neither a WAL tidied up after a process that was killed, nor its index
/// written anew (https://sqlite.org/walformat.html, "readonly_shm").
fn look_only(path: &Path) -> Result<Connection> {
    let doing = || format!("Opening the database {}", path.display());
    let with_uri = |mode: &str| {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("file:{}?{mode}", escaped(path)), flags).with_context(doing)
    };
    let exists = |ending: &str| copy::with_ending(path, ending).exists();
    let connection = match (exists("-wal"), exists("-shm")) {
        _ if copy::has_no_wal(path)? => with_uri("immutable=1")?, // A WAL beside it, even an empty one, is not its own.
        (true, true) => with_uri("readonly_shm=1")?,
        // Its own WAL is made for the time of reading, and removed.
        _ => Connection::open(path).with_context(doing)?,
    };
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS_MAX))?;
    Ok(connection)
}

/// A path in a URI (https://sqlite.org/uri.html).
fn escaped(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let bytes = path.as_os_str().as_bytes().iter();
    bytes.map(|&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// SQLite gives its WAL and its shared memory the mode of the database file, so making that file is enough.
fn create_private(path: &Path) -> Result<()> {
    let doing = if path.exists() { "Opening" } else { "Creating" };
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| {
            // A restored backup has whatever mode the tool that put it here gave it.
            let shared = file.metadata()?.permissions().mode() & 0o077 != 0;
            if shared { file.set_permissions(Permissions::from_mode(0o600)) } else { Ok(()) }
        })
        .with_context(|| format!("{doing} the database {}", path.display()))
}

/// Whether what could not be opened is something else than a database.
pub fn is_no_database(problem: &anyhow::Error) -> bool {
    let code = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<rusqlite::Error>()?.sqlite_error_code();
    problem.chain().any(|cause| code(cause) == Some(rusqlite::ErrorCode::NotADatabase))
}

/// Held by a running daemon for as long as it lives; the kernel lets go of it whatever way the process ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// `None` when another `run` holds the database.
    pub fn take(database: &Path) -> Result<Option<Self>> {
        let path = database.with_extension("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("Opening the lock {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("Locking {}", path.display()))
            }
        }
    }
}

impl Rows<'_> {
    /// Marks where to go back to within the transaction. One mark at a time.
    pub fn save(self) -> Result<()> {
        self.connection.execute_batch("SAVEPOINT orders").context("Marking a place in a transaction")
    }

    /// What was done since the mark stays.
    pub fn keep_saved(self) -> Result<()> {
        self.connection.execute_batch("RELEASE orders").context("Keeping what was done since a mark")
    }

    /// What was done since the mark is undone.
    pub fn undo_saved(self) -> Result<()> {
        self.connection
            .execute_batch("ROLLBACK TO orders; RELEASE orders")
            .context("Undoing what was done since a mark")
    }
}

/// A guarded `UPDATE` found exactly the row it was for.
fn changed_one(rows: usize) -> bool {
    rows == 1
}

#[cfg(test)]
pub mod testing {
    //! A database for one test.
    use super::advisories::Draft;
    use super::*;
    use crate::advisory::facts::{Deployment, File};
    use crate::rules::label::{CaseId, VersionId};

    pub struct Scratch {
        pub store: Store,
        _folder: tempfile::TempDir,
    }

    pub fn scratch() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.db")).unwrap();
        Scratch { store, _folder: folder }
    }

    /// The clock jumped by so many seconds.
    pub fn clock_jumped(rows: Rows<'_>, at: &str, seconds: i64) -> anyhow::Result<()> {
        let sql = "INSERT INTO clock_jump (at, seconds) VALUES (?1, ?2)";
        rows.connection.execute(sql, rusqlite::params![at, seconds]).map(drop).map_err(Into::into)
    }

    /// Whether somebody wrote a remark of this kind.
    pub fn is_remarked(rows: Rows<'_>, case: crate::rules::label::CaseId, kind: &str) -> bool {
        let sql = "SELECT 1 FROM remark WHERE case_number = ?1 AND kind = ?2";
        rows.connection.prepare(sql).unwrap().exists(rusqlite::params![case.0, kind]).unwrap()
    }

    /// A database as version 12 left it, with a case of each of these titles, received then.
    pub fn before_reminders(titles: &[&str], received_at: &str) -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut old = Connection::open(&path).unwrap();
        let twelfth = super::migrations::migrations::runner().set_target(refinery::Target::Version(12));
        twelfth.run(&mut old).unwrap();
        old.execute("INSERT INTO instance (id, born_at) VALUES (1, ?1)", [received_at]).unwrap();
        for title in titles {
            old.execute(
                "INSERT INTO cases (title, state, received_at, predisclosure_at, release_at) VALUES (?1, 'triage', ?2, ?2, ?2)",
                [title, received_at],
            )
            .unwrap();
        }
        drop(old);
        Scratch { store: Store::open(&path).unwrap(), _folder: folder }
    }

    /// A mail that seems to be from this address, and brings a certificate.
    pub fn offer(rows: Rows<'_>, fingerprint: &str, by: &str, bytes: &[u8]) -> Result<()> {
        rows.connection.execute(
            "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (?1, 'test', 'test', '', x'')",
            [format!("{fingerprint} by {by}")],
        )?;
        rows.connection.execute(
            "INSERT INTO offered_certificate (fingerprint, inbox, author_key, how, bytes)
             VALUES (?1, last_insert_rowid(), ?2, 'autocrypt', ?3)",
            rusqlite::params![fingerprint, by, bytes],
        )?;
        Ok(())
    }

    /// Somebody's part in a case, as it is from now on.
    pub fn take_part(rows: Rows<'_>, case: i64, person: i64, state: &str, at: jiff::Timestamp) -> Result<()> {
        rows.connection.execute(
            "INSERT INTO participant (case_number, person, role, state, since) VALUES (?1, ?2, 'expert', ?3, ?4)
             ON CONFLICT (case_number, person) DO UPDATE SET state = excluded.state, since = excluded.since",
            rusqlite::params![case, person, state, time::At(at)],
        )?;
        Ok(())
    }

    /// What only somebody does who writes into the database file: the triggers that forbid it are gone.
    pub fn tamper(rows: Rows<'_>, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<usize> {
        rows.connection.execute_batch(
            "DROP TRIGGER IF EXISTS advisory_version_as_written; DROP TRIGGER IF EXISTS advisory_file_as_written;",
        )?;
        Ok(rows.connection.execute(sql, parameters)?)
    }

    /// All that the tables hold, table by table.
    pub fn all_tables(rows: Rows<'_>) -> Result<Vec<(String, String)>> {
        let mut names = rows.connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
        let names = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let mut tables = Vec::new();
        for name in names {
            let mut statement = rows.connection.prepare(&format!("SELECT * FROM \"{name}\""))?;
            let columns = statement.column_count();
            let mut found = statement.query([])?;
            let mut text = String::new();
            while let Some(row) = found.next()? {
                let values = (0..columns).map(|column| row.get_ref(column).map(|value| format!("{value:?}")));
                text.push_str(&values.collect::<rusqlite::Result<Vec<_>>>()?.join(" "));
                text.push('\n');
            }
            tables.push((name, text));
        }
        Ok(tables)
    }

    /// A draft of the first version of an advisory of a case, with a patch; whatever it needs is made where there is none.
    pub fn draft(rows: Rows<'_>, number: i64, case: i64, change: impl FnOnce(&mut Draft)) -> Result<VersionId> {
        let at: jiff::Timestamp = "2026-12-01T09:00:00Z".parse()?;
        let author = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?.id;
        rows.connection.execute(
            "INSERT INTO cases (number, title, state, received_at, predisclosure_at, release_at)
             VALUES (?1, 'Heap overflow', 'embargoed', ?2, '2026-12-08T12:00:00Z', '2026-12-22T12:00:00Z')
             ON CONFLICT DO NOTHING",
            rusqlite::params![case, time::At(at)],
        )?;
        rows.connection.execute(
            "INSERT INTO advisory (number, case_number, person, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            rusqlite::params![number, case, author, time::At(at)],
        )?;
        let patch = b"--- a/heap.c\n+++ b/heap.c\n@@ -1 +1 @@\n-old \n+new \xe9\n".to_vec();
        let mut draft = Draft {
            number,
            case: CaseId(case),
            version: 1,
            public_version: 2,
            source: "ISSUE DESCRIPTION\n=================\n\nThe heap overflows.\n".into(),
            updates: String::new(),
            deployment: Deployment::Unsaid,
            title: "Heap overflow".into(),
            cves: Vec::new(),
            patchless: false,
            members_text: format!("Advisory {number}, for members.\n\n- the heap overflows\n\nFrom \u{c9}mile\n"),
            public_text: format!("Advisory {number}, version 2\n\n- the heap overflows\n"),
            embargo_until: Some("2026-12-22T12:00:00Z".parse()?),
            manifest: format!("advisory: {number}\n"),
            findings: Vec::new(),
            files: vec![File {
                name: format!("xsa{number}.patch"),
                sha256: crate::mail::secret::sha256_hex(&patch),
                bytes: patch,
                branches: vec!["master".into()],
            }],
            author,
            inbox: None,
            sealed: false,
        };
        change(&mut draft);
        rows.advisories().draft(&draft, at)
    }

    /// A command of somebody, and a mail that it was in.
    pub fn said(rows: Rows<'_>, by: &str, at: jiff::Timestamp) -> Result<facts::Said> {
        let person = rows.people().find_or_add("", &by.parse()?)?.id;
        rows.connection.execute(
            "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (hex(randomblob(8)), 'test', 'test', ?1, x'')",
            [time::At(at)],
        )?;
        Ok(facts::Said { person, inbox: rows.connection.last_insert_rowid(), sealed: false, at })
    }

    /// An active member of the list at this address.
    pub fn member(rows: Rows<'_>, address: &str, at: jiff::Timestamp) -> Result<i64> {
        let person = rows.people().find_or_add("", &address.parse()?)?;
        let member = rows.members().invite(address, person.id, None, at)?.context("a new member")?;
        rows.members().change(member, members::State::Invited, members::State::Active, at)?;
        Ok(member)
    }

    /// A letter to somebody that waits for nothing but their certificate.
    pub fn block_uncertified(rows: Rows<'_>, to: &str, at: jiff::Timestamp) -> Result<()> {
        rows.connection.execute(
            "INSERT INTO letter (kind, cause, counter, message_id, labels, content, written_at)
             VALUES ('notice', 'test', 1, ?1, '[]', '{}', ?2)",
            rusqlite::params![format!("for-{to}"), time::At(at)],
        )?;
        rows.connection.execute(
            "INSERT INTO delivery (letter, recipient, urgent, state, next_attempt_at, uncertified)
             VALUES (last_insert_rowid(), ?1, 0, 'blocked', ?2, 1)",
            rusqlite::params![to, time::At(at)],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_fails_or_panics_leaves_no_trace_and_the_next_one_works() {
        let scratch = testing::scratch();
        let add = |rows: Rows<'_>| rows.people().find_or_add("Alice", &"alice@example.org".parse()?).map(drop);
        let failing = move |rows: Rows<'_>| -> Result<()> {
            add(rows)?;
            Err(anyhow!("no"))
        };
        assert_eq!(scratch.store.write(failing).await.unwrap_err().to_string(), "no");
        let panicking = move |rows: Rows<'_>| -> Result<()> {
            add(rows)?;
            panic!("on purpose")
        };
        assert!(scratch.store.write(panicking).await.is_err());
        assert_eq!(scratch.store.write(|rows| rows.people().count()).await.unwrap(), 0);
        scratch.store.write(add).await.unwrap();
        assert_eq!(scratch.store.write(|rows| rows.people().count()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_watch_is_told_of_what_changes_something_just_before_it_lasts_and_once_it_does() {
        static PATH: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
        static SEEN: std::sync::Mutex<Vec<i64>> = std::sync::Mutex::new(Vec::new());
        /// What anybody else would find in the database now.
        fn look() {
            let other = Connection::open(PATH.get().unwrap()).unwrap();
            let people = other.query_row("SELECT count(*) FROM person", [], |row| row.get(0)).unwrap();
            SEEN.lock().unwrap().push(people);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = PATH.get_or_init(|| folder.path().join("state.db"));
        let store = Store::open_watched(path, Watch { before: Some(look), after: Some(look) }).unwrap();
        let add = |rows: Rows<'_>| rows.people().find_or_add("A", &"a@example.org".parse()?).map(drop);
        store.write(add).await.unwrap();
        store.write(|rows| rows.people().count()).await.unwrap();
        store.write(move |rows| add(rows).and_then(|()| Err::<(), _>(anyhow!("no")))).await.unwrap_err();
        assert_eq!(*SEEN.lock().unwrap(), [0, 1]);
    }

    #[tokio::test]
    async fn the_database_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        std::fs::write(&path, "").unwrap(); // As somebody's umask has it.
        let store = Store::open(&path).unwrap();
        store.write(|rows| rows.people().find_or_add("A", &"a@example.org".parse()?).map(drop)).await.unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    }

    #[test]
    fn a_second_daemon_finds_the_lock_taken_and_the_next_one_finds_it_free() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("state.db");
        let first = Lock::take(&database).unwrap();
        assert!(first.is_some());
        assert!(Lock::take(&database).unwrap().is_none());
        drop(first);
        assert!(Lock::take(&database).unwrap().is_some());
    }
}
