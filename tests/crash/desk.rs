//! A desk in a folder of its own, run in a process of its own: the engine that `embargod run` runs, from the same
//! settings, on a store that is watched.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::openpgp::Certificate;
use embargod::pipeline::certificates;
use embargod::settings::Settings;
use embargod::store::{Lock, Store, Watch};
use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::server::{Server, Tls};
use crate::world::root;

/// It is this time until the clock is set: whatever happens to the desk, its tables are the same.
pub const NOW: &str = "2026-01-05T09:00:00Z";
/// A run takes a second; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(2);

// What the process is told.
const FOLDER: &str = "CRASH_FOLDER";
const WAY: &str = "CRASH_WAY";
const POINT: &str = "CRASH_POINT";
const TIME: &str = "CRASH_TIME";

/// How the engine is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As by `embargod run --once`: one thing after the other, and then it ends.
    Once,
    /// As by `embargod run`: all at a time, until it is killed.
    Forever,
}

pub struct Desk {
    folder: tempfile::TempDir,
    pub server: Server,
    /// What time it is in the next run.
    pub now: Cell<Timestamp>,
}

impl Desk {
    /// Without any mail yet. `source` is the part of the settings that says where it comes from.
    pub fn new(tls: &Tls, source: &str) -> Self {
        // What a killed process has written, the kernel has: memory is as good as a disk here, and hundreds of runs
        // that wait for a disk at each commit take minutes longer.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let now = Cell::new(NOW.parse().unwrap());
        let desk = Self { folder: folder.unwrap(), server: Server::start(tls), now };
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(desk.dir().join("mail").join(part)).unwrap();
        }
        for key in ["secret", "project.key"] {
            desk.keeps_secret(key, &fs::read_to_string(root().join("fixtures/keys").join(key)).unwrap());
        }
        let settings = format!(
            "profile = \"xen\"
domain = \"example.org\"
database = \"state.db\"
secret = {{ file = \"secret\" }}
[addresses]
security = [\"security@example.org\"]
members = [\"xen-security-issues@lists.example.org\"]
[mail]
authserv_id = \"mx.example.org\"
[openpgp]
key = \"project.key\"
[smtp]
host = \"localhost\"
tls = \"implicit\"
port = {}
ca = \"{}\"
{source}",
            desk.server.port,
            tls.ca().display()
        );
        fs::write(desk.dir().join("embargod.toml"), settings).unwrap();
        block_on(desk.found());
        desk
    }

    /// Mail comes from the folder `mail`.
    pub fn with_maildir(tls: &Tls, mails: &[Vec<u8>]) -> Self {
        let desk = Self::new(tls, "[[maildir]]\nname = \"local\"\npath = \"mail\"\nrole = \"security\"\n");
        for (number, mail) in mails.iter().enumerate() {
            desk.gets(&format!("{number:03}.test"), mail);
        }
        desk
    }

    /// A mail comes, as a file of this name; they are taken in the order of their names.
    pub fn gets(&self, name: &str, mail: &[u8]) {
        let path = self.dir().join("mail/new").join(name);
        fs::write(&path, mail).unwrap();
        // A Maildir keeps the time of receipt as the time of the file.
        fs::File::open(&path).unwrap().set_modified(self.now.get().into()).unwrap();
    }

    /// A file for its owner only.
    pub fn keeps_secret(&self, name: &str, text: &str) {
        fs::write(self.dir().join(name), text).unwrap();
        fs::set_permissions(self.dir().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> PathBuf {
        self.dir().join("state.db")
    }

    /// The instance is born, and has a team.
    async fn found(&self) {
        let now: Timestamp = NOW.parse().unwrap();
        let found = move |rows: embargod::store::Rows<'_>| {
            rows.instance().born(now)?;
            rows.stamps().good("mx.example.org", now)?; // As `check --send` would have found.
            for (name, address) in [("Alice Example", "alice@example.org"), ("Bob Example", "bob@example.org")] {
                let person = rows.people().find_or_add(name, &address.parse()?)?;
                rows.people().join_team(person.id, true, now)?;
            }
            // Alice's letters leave encrypted, Bob's in clear.
            let alice = rows.people().by_address(&"alice@example.org".parse()?)?.expect("Alice");
            let certificate = Certificate::read(include_bytes!("../../fixtures/keys/alice.asc"))?;
            certificates::register(rows, &certificate, &alice, "a test", now)?;
            Ok(())
        };
        Store::open(&self.database()).unwrap().write(found).await.unwrap();
    }

    /// One round, to its end. Gives how many points there are at which it could have been killed.
    pub fn runs(&self) -> usize {
        let child = self.start(Way::Once, 0);
        let status = self.end_of(child);
        assert!(status.success(), "{status}: {}", self.said());
        fs::read_to_string(self.dir().join("points")).unwrap().parse().unwrap()
    }

    /// Killed at the `point`-th beginning or end of a commit.
    pub fn dies_at_commit(&self, way: Way, point: usize) {
        assert!(self.runs_to_commit(way, point), "it ended before: {}", self.said());
    }

    /// Killed by the mail server, at the `step`-th step.
    pub fn dies_at_step(&self, step: usize) {
        assert!(self.runs_to_step(step), "it ended before: {}", self.said());
    }

    /// The same, unless the run ends earlier. Gives whether it was killed.
    pub fn runs_to_commit(&self, way: Way, point: usize) -> bool {
        let child = self.start(way, point);
        self.was_killed(child)
    }

    pub fn runs_to_step(&self, step: usize) -> bool {
        let child = self.server.start_victim(step, || self.start(Way::Once, 0));
        self.was_killed(child)
    }

    fn was_killed(&self, child: Child) -> bool {
        let status = self.end_of(child);
        let killed = status.signal() == Some(Signal::SIGKILL as i32);
        assert!(killed || status.success(), "{status}: {}", self.said());
        killed
    }

    fn start(&self, way: Way, point: usize) -> Child {
        let log = fs::File::create(self.dir().join("log")).unwrap();
        Command::new(std::env::current_exe().unwrap())
            .args(["crash::desk::what_the_killed_process_runs", "--exact", "--nocapture"])
            .env(FOLDER, self.dir())
            .env(WAY, if way == Way::Once { "once" } else { "forever" })
            .env(POINT, point.to_string())
            .env(TIME, self.now.get().to_string())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    fn end_of(&self, mut child: Child) -> ExitStatus {
        let started = Instant::now();
        let id = Pid::from_raw(child.id().try_into().unwrap());
        loop {
            // Its number stays its own until the server knows that it is gone, and kills nobody else.
            let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
            if waitid(Id::Pid(id), look).unwrap() != WaitStatus::StillAlive {
                self.server.spare();
                return child.wait().unwrap();
            }
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it still runs after {PATIENCE:?}: {}", self.said());
            }
            std::thread::park_timeout(LOOK);
        }
    }

    /// What the process printed.
    fn said(&self) -> String {
        fs::read_to_string(self.dir().join("log")).unwrap_or_default()
    }
}

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

/// Beginnings and ends of commits so far, and the one at which this process dies (0: none).
static PASSED: AtomicUsize = AtomicUsize::new(0);
static LAST: AtomicUsize = AtomicUsize::new(0);

fn pass() {
    if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == LAST.load(Ordering::SeqCst) {
        kill(Pid::this(), Signal::SIGKILL).unwrap();
    }
}

/// The entry of the other process. Among the tests, where nobody sets a folder, it has nothing to do.
#[test]
fn what_the_killed_process_runs() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).unwrap(); // A test that is broken off leaves no daemon behind.
    LAST.store(std::env::var(POINT).unwrap().parse().unwrap(), Ordering::SeqCst);
    let settings = Settings::load(&folder.join("embargod.toml")).unwrap();
    let clock = Clock::Still(std::env::var(TIME).unwrap().parse().unwrap());
    let _lock = Lock::take(&settings.database).unwrap().expect("whoever held the database is dead");
    let store = Store::open_watched(&settings.database, Watch { before: Some(pass), after: Some(pass) }).unwrap();
    block_on(async {
        let engine = Engine::assemble(&settings, store, clock).await.unwrap();
        if std::env::var(WAY).unwrap() == "once" {
            engine.once().await.unwrap();
        } else {
            let (_open, shutdown) = tokio::sync::watch::channel(false);
            engine.run(shutdown).await.unwrap();
        }
    });
    fs::write(folder.join("points"), PASSED.load(Ordering::SeqCst).to_string()).unwrap();
}
