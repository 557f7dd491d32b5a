//! The program as a daemon: a process of its own that runs until it is told to end.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::embargod;

/// For what takes a second on an idle machine.
pub const SOON: Duration = Duration::from_secs(30);

/// The daemon, and what it says on standard error.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    log: String,
}

impl Running {
    /// Starts it, and waits until it says that it is open: before, it dies of a signal as any program.
    pub fn start(settings: PathBuf, variables: &[(&str, &str)]) -> Self {
        let mut command = embargod();
        command.envs(variables.iter().copied());
        command.arg("run").arg("--config").arg(settings).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (line, lines) = channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|said| line.send(said)));
        let mut running = Self { child, lines, log: String::new() };
        assert!(running.says("the desk is open"), "it does not open: {}", running.log);
        running
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says these words; `false` when it ends before.
    fn says(&mut self, words: &str) -> bool {
        loop {
            match self.lines.recv_timeout(SOON) {
                Ok(line) => {
                    self.log.push_str(&format!("{line}\n"));
                    if line.contains(words) {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => panic!("“{words}” is not said: {}", self.log),
            }
        }
    }

    /// Ends it with SIGTERM; how it ended, how long that took, and all it logged.
    pub fn stop(mut self) -> (ExitStatus, Duration, String) {
        let asked = Instant::now();
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).expect("it runs");
        assert!(!self.says("this is never said"), "until it closes its standard error");
        let status = self.child.wait().unwrap();
        (status, asked.elapsed(), std::mem::take(&mut self.log))
    }
}

impl Drop for Running {
    /// A test that failed half way leaves no daemon behind; what it said helps to see why.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.log.extend(self.lines.iter().map(|line| line + "\n"));
            eprintln!("the daemon said:\n{}", self.log);
        }
    }
}
