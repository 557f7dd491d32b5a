//! READY, STATUS, WATCHDOG and STOPPING, and that nothing but progress feeds the watchdog.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use super::{SOON, Systemd, WATCHDOG_USEC};
use crate::world::{LineEnds, World, embargod};

/// A daemon that is ended with the test.
pub struct Daemon(pub Child);

impl Daemon {
    pub fn asked(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(world: &World, systemd: &Systemd) -> Daemon {
    let mut command = embargod();
    command.arg("run").arg("--config").arg(world.config()).stderr(Stdio::null());
    Daemon(command.env("NOTIFY_SOCKET", systemd.path()).env("WATCHDOG_USEC", WATCHDOG_USEC).spawn().unwrap())
}

#[test]
fn systemd_hears_that_the_desk_is_open_how_it_fares_and_that_it_closes() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let mut daemon = started(&world, &systemd);
    let first = systemd.hears(SOON).expect("something is said");
    assert_eq!(first.trim_end(), "READY=1\nSTATUS=the desk is open", "and nothing before");
    systemd.waits_for("STATUS=1 mailboxes are read; 0 letters wait to leave");
    assert!(systemd.is_fed());
    assert!(systemd.is_fed(), "again and again");
    daemon.asked(Signal::SIGTERM);
    systemd.waits_for("STOPPING=1");
    assert!(daemon.0.wait().unwrap().success());
}

#[test]
fn while_the_database_cannot_be_written_the_watchdog_starves() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let _daemon = started(&world, &systemd);
    systemd.waits_for("WATCHDOG=1");
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.busy_timeout(SOON).unwrap();
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert!(!systemd.is_fed(), "nothing comes round while the writer waits");
    database.execute_batch("COMMIT").unwrap();
    assert!(systemd.is_fed(), "and then it goes on");
}

/// A file whose bytes come when `arrives` says so: in place of a mailbox that takes hours to read.
fn slow_mail(folder: &Path, name: &str) {
    mkfifo(&folder.join(name), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
}

fn arrives(folder: &Path, name: &str) {
    let started = Instant::now();
    let mail = format!("Delivered-To: security@example.org\nFrom: Dana <dana@example.net>\nSubject: {name}\n\nIt.\n");
    loop {
        // Without a reader at the other end this is refused (ENXIO).
        let opened = OpenOptions::new().write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(folder.join(name));
        match opened {
            Ok(mut file) => return file.write_all(mail.as_bytes()).unwrap(),
            Err(error) => assert!(started.elapsed() < SOON, "{name}: {error}"),
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_restore_that_reads_for_long_feeds_the_watchdog_with_every_mail_and_with_nothing_else() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let backup = world.dir.join("backup.db");
    world.does(&["backup", backup.to_str().unwrap()]);
    for name in ["state.db-wal", "state.db-shm"] {
        std::fs::remove_file(world.dir.join(name)).ok();
    }
    std::fs::rename(backup, world.dir.join("state.db")).unwrap();
    // A local instance dates what it has read, for which such a file would have to be opened once more.
    let settings = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(
        world.config(),
        settings.replace("local = true", "local = false").replace("hooks_run = \"here\"\n", ""),
    )
    .unwrap();
    let new = world.dir.join("mail/in/new");
    let mails = ["1.M1.mx", "2.M2.mx", "3.M3.mx"];
    mails.iter().for_each(|name| slow_mail(&new, name));

    let _daemon = started(&world, &systemd);
    systemd.waits_for("READY=1");
    assert!(!systemd.is_fed(), "nothing was read yet");
    for name in mails {
        arrives(&new, name);
        systemd.waits_for("WATCHDOG=1");
    }
    assert!(systemd.is_fed(), "all is read, and the desk is open");
}

#[test]
fn without_systemd_nothing_is_told_and_nothing_is_missed() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let mut command = embargod();
    command.args(["run", "--once", "--config"]).arg(world.config()).env_remove("NOTIFY_SOCKET");
    assert!(command.env("WATCHDOG_USEC", WATCHDOG_USEC).output().unwrap().status.success());
    assert_eq!(systemd.hears(std::time::Duration::from_millis(10)), None);
}
