//! READY, STATUS, WATCHDOG and STOPPING, and that nothing but progress feeds the watchdog.

use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

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

#[test]
fn without_systemd_nothing_is_told_and_nothing_is_missed() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let mut command = embargod();
    command.args(["run", "--once", "--config"]).arg(world.config()).env_remove("NOTIFY_SOCKET");
    assert!(command.env("WATCHDOG_USEC", WATCHDOG_USEC).output().unwrap().status.success());
    assert_eq!(systemd.hears(std::time::Duration::from_millis(10)), None);
}
