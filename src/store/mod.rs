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

pub mod testing;

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
