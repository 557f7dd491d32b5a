//! The daemon under systemd: what its unit allows it, what it tells systemd, and how it stops.

pub mod notified;
mod silence;
mod stop;
mod unit;

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often the daemon in these tests has to show that it is alive, in microseconds: what systemd sets.
const WATCHDOG_USEC: &str = "1500000";
/// Longer than that: the unit is dead by then.
const STARVED: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_secs(30);

/// In place of systemd: hears what the daemon tells it.
struct Systemd {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Systemd {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    /// The next thing said within `limit`.
    fn hears(&self, limit: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(limit.max(Duration::from_millis(1)))).unwrap();
        let mut bytes = [0; 4096];
        match self.socket.recv(&mut bytes) {
            Ok(count) => Some(String::from_utf8(bytes[..count].to_vec()).unwrap()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until it is told this line.
    fn waits_for(&self, line: &str) {
        let started = Instant::now();
        while started.elapsed() < SOON {
            let said = self.hears(Duration::from_secs(1)).unwrap_or_default();
            if said.lines().any(|said| said.starts_with(line)) {
                return;
            }
        }
        panic!("“{line}” is not said");
    }

    /// Whether the watchdog is fed within the time that kills the unit. What is still in the socket does not count.
    fn is_fed(&self) -> bool {
        while self.hears(Duration::from_millis(1)).is_some() {}
        let started = Instant::now();
        loop {
            match self.hears(STARVED.saturating_sub(started.elapsed())) {
                Some(said) if said.lines().any(|line| line == "WATCHDOG=1") => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }
}
