//! The dead-man line: a mailbox nobody can poll any more is told of in the log, in `status` and by the watchdog. The
//! hour is a second here, in the engine that `embargod run` runs.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::settings::Settings;
use embargod::store::Store;
use jiff::SignedDuration;

use super::notified::Daemon;
use super::{SOON, Systemd, WATCHDOG_USEC};
use crate::world::{LineEnds, World};

const CONFIG: &str = "SILENCE_CONFIG";

/// The entry of the other process. Among the tests, where nobody names settings, it has nothing to do.
#[test]
fn what_the_silent_process_runs() {
    let Some(config) = std::env::var_os(CONFIG).map(PathBuf::from) else { return };
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).unwrap();
    embargod::cli::log(true);
    let settings = Settings::load(&config).unwrap();
    let store = Store::open(&settings.database).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut engine = Engine::assemble(&settings, store, Clock::System).await.unwrap();
        engine.silence_max = SignedDuration::from_secs(1);
        let (_open, shutdown) = tokio::sync::watch::channel(false);
        engine.run(shutdown).await.unwrap();
    });
}

#[test]
fn a_mailbox_that_cannot_be_polled_is_told_of_and_starves_the_watchdog() {
    let (world, systemd) = (World::new(LineEnds::Lf), Systemd::new());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["systemd::silence::what_the_silent_process_runs", "--exact", "--nocapture"])
        .env(CONFIG, world.config())
        .env("NOTIFY_SOCKET", systemd.path())
        .env("WATCHDOG_USEC", WATCHDOG_USEC)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (line, lines) = channel();
    let errors = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|said| line.send(said)));
    let _daemon = Daemon(child);
    systemd.waits_for("WATCHDOG=1");

    let (new, away) = (world.dir.join("mail/in/new"), world.dir.join("mail/in/away"));
    std::fs::rename(&new, &away).unwrap();
    let mut told: Vec<(Instant, String)> = Vec::new();
    while told.len() < 2 {
        let said = lines.recv_timeout(SOON).expect("two lines in the log");
        if said.contains("no successful poll") {
            told.push((Instant::now(), said));
        }
    }
    let folder = world.dir.join("mail/in").display().to_string();
    assert!(told[0].1.contains("ERROR") && told[0].1.contains("account=\"local\""), "{told:?}");
    assert!(told[0].1.contains(&folder) && told[0].1.contains("since=\"20"), "since when: {told:?}");
    assert!(told[1].0 - told[0].0 > Duration::from_millis(900), "once in that time: {told:?}");
    systemd.waits_for("STATUS=NO MAIL IS READ from local;");
    assert!(!systemd.is_fed());

    std::fs::rename(&away, &new).unwrap();
    systemd.waits_for("STATUS=1 mailboxes are read;");
    assert!(systemd.is_fed());
}

#[test]
fn status_shows_the_last_poll_of_each_mailbox_and_marks_one_that_is_silent() {
    let mut world = World::new(LineEnds::Lf);
    assert!(world.does(&["status"]).contains("never yet  SILENT"), "{}", world.does(&["status"]));
    world.at("2026-12-07T09:00:00Z").round();
    let status = world.json(&["status"]);
    assert_eq!(status["polls"][0]["account"], "local");
    assert_eq!(status["polls"][0]["polled_at"], "2026-12-07T09:00:00Z");
    assert_eq!(status["polls"][0]["silent"], false);

    let (new, away) = (world.dir.join("mail/in/new"), world.dir.join("mail/in/away"));
    std::fs::rename(&new, &away).unwrap();
    let unread = world.command(&["run", "--once", "--at", "2026-12-07T10:30:00Z"]);
    assert_eq!(unread.status.code(), Some(1));
    let text = world.does(&["status"]);
    assert!(text.contains("last successful 2026-12-07T09:00:00Z (90 min ago)  SILENT"), "{text}");
    assert_eq!(world.json(&["status"])["polls"][0]["silent"], true);
}
