//! Running one program: what it is told on its standard input, and that it ends in time, with all it started.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::job::{Job, Outcome};

/// A process that is killed and does not end within this time hangs in the kernel: it is left to itself.
const KILLED_WITHIN: Duration = Duration::from_secs(5);
/// What a program gets of the daemon's environment, which may hold passwords.
pub(super) const KEPT_VARIABLES: [&str; 5] = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

/// What becomes of what a program prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It goes where ours goes: a service of its own has a log of its own.
    Passed,
    /// Nobody sees it, and the program sees nothing of our environment: we are the daemon.
    Dropped,
}

/// Whether a program can be run, as far as can be seen from here: its user may see more than ours.
pub fn probe(program: &Path) -> Result<()> {
    let looking = || format!("Looking for {}", program.display());
    match std::fs::metadata(program) {
        Err(problem) if problem.kind() == ErrorKind::PermissionDenied => Ok(()),
        Err(problem) => Err(problem).with_context(looking),
        Ok(found) => {
            ensure!(found.is_file(), "{} is no file", program.display());
            ensure!(found.permissions().mode() & 0o111 != 0, "{} is not executable", program.display());
            Ok(())
        }
    }
}

/// Runs a program to its end, or to the end of its time.
pub fn run(program: &Path, job: &Job, folder: &Path, output: Output) -> Outcome {
    let Ok(payload) = serde_json::to_vec(&job.payload) else { return Outcome::Unreadable };
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::piped()).process_group(0);
    if output == Output::Dropped {
        command.stdout(Stdio::null()).stderr(Stdio::null()).env_clear();
        command.envs(KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(problem) => return Outcome::NotStarted { errno: problem.raw_os_error().unwrap_or_default() },
    };
    if let Some(mut input) = child.stdin.take() {
        // A program that reads nothing is no error; one that hangs is ended, and with it the pipe.
        thread::spawn(move || input.write_all(&payload).ok());
    }
    match ends_within(&mut child, Duration::from_secs(job.seconds)) {
        None => Outcome::TooLong { seconds: job.seconds },
        Some(status) if status.success() => Outcome::Done,
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Outcome::Exit { code },
            (None, Some(number)) => Outcome::Signal { number },
            (None, None) => Outcome::Unreadable,
        },
    }
}

/// How it ended in its time; then nothing of its process group is left. As long as nobody waited for it, its number is
/// nobody else's: until then only the look at it (`WNOWAIT`) tells of its end.
fn ends_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let pid = Pid::from_raw(i32::try_from(child.id()).ok()?);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
        tell.send(()).ok();
    });
    let in_time = told.recv_timeout(limit).is_ok();
    killpg(pid, Signal::SIGKILL).ok(); // That nothing is left of the group is no error.
    if !in_time && told.recv_timeout(KILLED_WITHIN).is_err() {
        return None;
    }
    let status = child.wait().ok();
    status.filter(|_| in_time)
}
