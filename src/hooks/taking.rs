//! Taking what is to be run out of the spool: each thing once, one after the other, by whoever is first.

use std::collections::BTreeSet;
use std::fs::{File, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::job::{Job, Outcome};
use super::running::{Output, run};
use super::spool::{ENDED, TAKEN, WAITS};

/// The folder itself says who may look into it.
const RESULT_MODE: u32 = 0o644;

/// Has a program told all that is in the folder of one hook; gives what was run and how it ended. One that cannot be taken
/// stops no other: its error comes at the end.
pub fn take(folder: &Path, program: &Path, output: Output) -> Result<Vec<(String, Outcome)>> {
    let (mut tried, mut ended, mut failed) = (BTreeSet::new(), Vec::new(), None);
    loop {
        let waiting: Vec<PathBuf> = waiting(folder)?.into_iter().filter(|path| !tried.contains(path)).collect();
        if waiting.is_empty() {
            return failed.map_or(Ok(ended), Err);
        }
        for path in waiting {
            match take_one(&path, program, output).with_context(|| format!("Running {}", path.display())) {
                Ok(one) => ended.extend(one),
                Err(problem) => failed = failed.or(Some(problem)),
            }
            tried.insert(path);
        }
    }
}

/// What waits in a folder, the oldest first.
fn waiting(folder: &Path) -> Result<Vec<PathBuf>> {
    let reading = || format!("Reading {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(reading)?;
    let mut all: Vec<PathBuf> = entries.map(|entry| Ok(entry.with_context(reading)?.path())).collect::<Result<_>>()?;
    all.retain(|path| name(path).ends_with(WAITS));
    let number = |path: &PathBuf| -> Option<i64> { name(path).split('-').next()?.parse().ok() };
    all.sort_by_key(|path| (number(path), path.clone()));
    Ok(all)
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// `None`: somebody else was faster. It is locked before it is taken, and until how it ended is told: so others see that it
/// runs, or that whoever ran it died.
fn take_one(path: &Path, program: &Path, output: Output) -> Result<Option<(String, Outcome)>> {
    let folder = path.parent().context("It is in no folder")?;
    let stem = name(path).strip_suffix(WAITS).context("It is nothing to be run")?;
    let taken = folder.join(format!("{stem}{TAKEN}"));
    let mut file = match File::open(path) {
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.context("Opening it")?,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        locked => locked.context("Locking it")?,
    }
    match std::fs::rename(path, &taken) {
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(None),
        done => done.context("Taking it")?,
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).context("Reading it")?;
    let job: Option<Job> = serde_json::from_slice(&text).ok();
    let outcome = job.as_ref().map_or(Outcome::Unreadable, |job| run(program, job, folder, output));
    tell(folder, stem, outcome).context("Writing how it ended")?;
    drop(file);
    Ok(Some((job.map_or_else(|| stem.to_owned(), |job| job.hook), outcome)))
}

fn tell(folder: &Path, stem: &str, outcome: Outcome) -> Result<()> {
    let aside = folder.join(format!(".{stem}.tmp"));
    let mut file = File::create(&aside)?;
    // Whatever our umask says: the daemon is to read it.
    file.set_permissions(Permissions::from_mode(RESULT_MODE))?;
    file.write_all(&serde_json::to_vec(&outcome)?)?;
    file.sync_all()?;
    std::fs::rename(&aside, folder.join(format!("{stem}{ENDED}")))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::hooks::{Payload, Run, Spool, State};

    struct House {
        home: tempfile::TempDir,
        spool: Spool,
    }

    impl House {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let spool = Spool::new(home.path().join("spool"));
            Self { home, spool }
        }

        fn program(&self, hook: &str) -> PathBuf {
            self.home.path().join(hook)
        }

        /// A program, to be run: a hook of its own.
        fn waits(&self, id: i64, script: &str, seconds: u64) -> Run {
            let hook = format!("tell-{id}");
            self.is(&hook, script);
            self.waits_for(id, &hook, seconds)
        }

        fn is(&self, hook: &str, script: &str) {
            let (text, program) = (self.home.path().join(format!("{hook}.sh")), self.program(hook));
            std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&text, Permissions::from_mode(0o755)).unwrap();
            // A process that another test forks now may have what we write open, and such a file cannot be started.
            assert!(std::process::Command::new("cp").arg("-p").args([&text, &program]).status().unwrap().success());
        }

        fn waits_for(&self, id: i64, hook: &str, seconds: u64) -> Run {
            let payload = Payload {
                event: "release".into(),
                number: id,
                called: "XSA-480".into(),
                version: 2,
                title: "t".repeat(200_000), // More than a pipe holds.
                cves: vec!["CVE-2026-12345".into()],
                released_at: "2026-12-15T12:00:00Z".into(),
                text: "/text".into(),
                files: vec![],
                site: None,
            };
            let of = Run { hook: hook.into(), id, attempt: 1 };
            self.spool.put(&of, &Job { hook: hook.into(), seconds, payload }).unwrap();
            of
        }

        fn takes(&self) -> Vec<Outcome> {
            let mut folders: Vec<PathBuf> =
                std::fs::read_dir(self.spool.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
            folders.sort();
            let taken = |folder: &PathBuf| take(folder, &self.program(name(folder)), Output::Dropped).unwrap();
            folders.iter().flat_map(taken).map(|(_, outcome)| outcome).collect()
        }
    }

    #[test]
    fn each_is_run_once_with_its_payload_in_order_and_its_end_is_told() {
        let house = House::new();
        let told = house.home.path().join("told");
        house.is("tell", &format!("cat >> {0}; echo >> {0}", told.display()));
        let runs = [10, 9].map(|id| house.waits_for(id, "tell", 60));
        assert_eq!(house.takes(), [Outcome::Done, Outcome::Done]);
        let text = std::fs::read_to_string(&told).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let told: Vec<Payload> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(told.iter().map(|payload| payload.number).collect::<Vec<_>>(), [9, 10], "the oldest first");
        assert_eq!((told[0].called.as_str(), told[0].title.len()), ("XSA-480", 200_000));
        for run in &runs {
            assert_eq!(house.spool.state(run).unwrap(), State::Ended(Outcome::Done));
        }
        assert_eq!(house.takes(), [], "and never again");
        let folder = house.spool.folder().join("tell");
        assert!(!std::fs::read_dir(&folder).unwrap().any(|entry| name(&entry.unwrap().path()).ends_with(WAITS)));
    }

    #[test]
    fn the_spool_says_what_a_program_is_told_and_never_which() {
        let house = House::new();
        let (ran, others) = (house.home.path().join("ran"), house.home.path().join("others-ran"));
        house.is("others", &format!("touch {}", others.display()));
        let run = house.waits(1, &format!("touch {}", ran.display()), 60);
        let job = house.spool.folder().join("tell-1/1-1.job.json");
        let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&job).unwrap()).unwrap();
        text["run"] = house.program("others").to_str().unwrap().into();
        text["hook"] = "others".into();
        std::fs::write(&job, text.to_string()).unwrap();
        assert_eq!(house.takes(), [Outcome::Done]);
        assert!(ran.exists() && !others.exists());
        assert_eq!(house.spool.state(&run).unwrap(), State::Ended(Outcome::Done));
    }

    #[test]
    fn what_runs_is_seen_to_run_and_is_taken_by_nobody_else() {
        let house = House::new();
        let (begun, go) = (house.home.path().join("begun"), house.home.path().join("go"));
        for fifo in [&begun, &go] {
            nix::unistd::mkfifo(fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        }
        let run = house.waits(1, &format!("echo x > {}; read x < {}", begun.display(), go.display()), 60);
        std::thread::scope(|scope| {
            let takes = scope.spawn(|| house.takes());
            std::fs::read(&begun).unwrap();
            assert_eq!(house.spool.state(&run).unwrap(), State::Taken);
            assert_eq!(house.takes(), []);
            std::fs::write(&go, "x\n").unwrap();
            assert_eq!(takes.join().unwrap(), [Outcome::Done]);
        });
        assert_eq!(house.spool.state(&run).unwrap(), State::Ended(Outcome::Done));
    }

    /// Whether a process has ended, within a short time. One that nobody waits for stays as a zombie.
    fn has_ended(pid: &str) -> bool {
        let started = Instant::now();
        while started.elapsed() < std::time::Duration::from_secs(10) {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            if stat.map_or(true, |stat| stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z')) {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }

    #[test]
    fn what_hangs_is_ended_with_all_it_started_and_the_next_is_run() {
        let house = House::new();
        let (never, pids) = (house.home.path().join("never"), house.home.path().join("pids"));
        nix::unistd::mkfifo(&never, nix::sys::stat::Mode::S_IRWXU).unwrap();
        // It lets nothing end it but force, and so does its child.
        let hangs = format!("trap '' TERM; read x < {}", never.display());
        house.waits(1, &format!("({hangs}) & echo $! $$ > {}; {hangs}", pids.display()), 1);
        house.waits(2, "exit 0", 60);
        assert_eq!(house.takes(), [Outcome::TooLong { seconds: 1 }, Outcome::Done]);
        let pids = std::fs::read_to_string(pids).unwrap();
        assert_eq!(pids.split_whitespace().count(), 2);
        assert!(pids.split_whitespace().all(has_ended), "{pids}");
    }

    #[test]
    fn what_a_program_leaves_running_ends_with_it() {
        let house = House::new();
        let (never, pid) = (house.home.path().join("never"), house.home.path().join("pid"));
        nix::unistd::mkfifo(&never, nix::sys::stat::Mode::S_IRWXU).unwrap();
        house.waits(1, &format!("read x < {} & echo $! > {}; exit 0", never.display(), pid.display()), 60);
        assert_eq!(house.takes(), [Outcome::Done]);
        assert!(has_ended(std::fs::read_to_string(pid).unwrap().trim()));
    }

    #[test]
    fn what_fails_is_missing_or_no_program_says_so() {
        let house = House::new();
        house.waits(1, "exit 3", 60);
        house.waits(2, "kill -9 $$", 60);
        house.waits_for(3, "tell-3", 60);
        std::fs::write(house.program("tell-4"), "no program").unwrap();
        house.waits_for(4, "tell-4", 60);
        let broken = house.waits(5, "true", 60);
        std::fs::write(house.spool.folder().join("tell-5/5-1.job.json"), "{").unwrap();
        let expected = [
            Outcome::Exit { code: 3 },
            Outcome::Signal { number: 9 },
            Outcome::NotStarted { errno: 2 },
            Outcome::NotStarted { errno: 13 },
            Outcome::Unreadable,
        ];
        assert_eq!(house.takes(), expected);
        assert_eq!(house.spool.state(&broken).unwrap(), State::Ended(Outcome::Unreadable));
        assert!(expected[2].failure().unwrap().starts_with("could not be started: No such file or directory"));
        let tried_again: Vec<bool> = expected.into_iter().map(Outcome::may_go_better).collect();
        assert_eq!(tried_again, [true, true, true, true, false]);
        assert!(!Outcome::TooLong { seconds: 1 }.may_go_better(), "it may have done half of it");
    }

    #[test]
    fn nothing_a_program_prints_or_is_told_is_kept_and_it_sees_no_password_of_ours() {
        let house = House::new();
        let seen = house.home.path().join("seen");
        let script = format!("echo canary; echo canary >&2; env > {}; exit 1", seen.display());
        let run = house.waits(1, &script, 60);
        assert_eq!(house.takes(), [Outcome::Exit { code: 1 }]);
        let result = house.spool.folder().join("tell-1/1-1.result.json");
        assert_eq!(std::fs::read_to_string(result).unwrap(), "{\"ended\":\"exit\",\"code\":1}");
        let seen = std::fs::read_to_string(&seen).unwrap();
        for line in seen.lines() {
            let (name, _) = line.split_once('=').unwrap();
            // A shell sets some of its own.
            assert!(
                super::super::running::KEPT_VARIABLES.contains(&name)
                    || ["PWD", "OLDPWD", "SHLVL", "_"].contains(&name),
                "{line}"
            );
        }
        house.spool.clear(&run).unwrap();
    }
}
