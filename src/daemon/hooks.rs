//! The operator's programs after a release: what is to be run is put into the spool, once the site shows it, and how it ended is
//! taken back. Who runs them is another process under another user; the daemon itself only on an instance for trying out.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use super::{Engine, SLEEP_MAX, Tally};
use crate::hooks::{self, Job, Outcome, Output, Payload, Run, Sent, Spool, State};
use crate::policy::Policy;
use crate::settings::Hook;
use crate::store::Rows;
use crate::store::advisories::{HookRun, NOBODY_TOOK_IT, Released};
use crate::store::audit::Act;

/// While something is run, its end is looked for so often.
const LOOKS_EVERY: Duration = Duration::from_secs(2);
/// Beyond its own time, whoever runs it may take so long to begin and to tell.
const HEARD_OF_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// What failed is tried again after so long, so often.
const TRIED_AGAIN_AFTER: [SignedDuration; 2] = [SignedDuration::from_mins(1), SignedDuration::from_mins(5)];

/// What is to be run, with all it takes.
struct Prepared {
    released: Released,
    files: Vec<crate::advisory::facts::File>,
}

impl Engine {
    /// Puts into the spool what is to be run, and takes back what has ended; gives how long to wait for more of it.
    pub(super) async fn run_hooks(&self) -> Result<Duration> {
        let Some(spool) = self.spool().await? else { return Ok(SLEEP_MAX) };
        let spooled = self.spool_hooks(&spool).await.context("Putting hooks into the spool")?;
        if spooled && self.hooks.here {
            let here = self.hooks_here(&spool);
            tokio::task::spawn_blocking(move || {
                if let Err(problem) = run_here(&here) {
                    tracing::error!("{problem:#}");
                }
            });
        }
        self.collect_hooks(&spool).await.context("Looking how hooks ended")?;
        let next = |rows: Rows<'_>| {
            let untold = !rows.advisories().failed_hooks()?.is_empty() || !rows.advisories().mended_hooks()?.is_empty();
            // What nobody takes may never end: that is looked for now and then only.
            let runs = rows.advisories().hooks_in_spool()?.iter().any(|run| run.failure.is_empty());
            Ok((untold || runs, rows.advisories().next_hook_at()?))
        };
        let (soon, next) = self.store.read(next).await?;
        let until = next.map(|at| Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default());
        let longest = if soon { LOOKS_EVERY } else { SLEEP_MAX };
        Ok(until.map_or(longest, |until| until.clamp(LOOKS_EVERY, longest)))
    }

    /// The folders of what the daemon itself runs, and the programs.
    fn hooks_here(&self, spool: &Spool) -> Vec<(PathBuf, PathBuf)> {
        let each = self.hooks.each.iter().filter_map(|hook| Some((spool.folder().join(&hook.name), hook.run.clone()?)));
        each.collect()
    }

    /// For a run that ends: what the daemon itself runs is run to its end, and people are told what came of it.
    pub(super) async fn run_hooks_to_their_end(&self, tally: &mut Tally) -> Result<()> {
        let Some(spool) = self.spool().await? else { return Ok(()) };
        let spooled = self.spool_hooks(&spool).await.context("Putting hooks into the spool")?;
        if spooled && self.hooks.here {
            let here = self.hooks_here(&spool);
            let taken = tokio::task::spawn_blocking(move || run_here(&here)).await;
            taken.context("Running hooks")??;
        }
        self.collect_hooks(&spool).await.context("Looking how hooks ended")?;
        self.deliver_due(tally).await
    }

    /// `None`: there is none, nothing is to leave, or nothing is to be done.
    async fn spool(&self) -> Result<Option<Spool>> {
        let Some(folder) = self.hooks.spool.clone().filter(|_| !self.looks_only) else { return Ok(None) };
        let look = |rows: Rows<'_>| Ok(rows.advisories().has_hooks()? && rows.pause().current()?.is_none());
        Ok(self.store.read(look).await?.then(|| Spool::new(folder)))
    }

    /// `true`: something is there now. One that cannot be put there stops no other.
    async fn spool_hooks(&self, spool: &Spool) -> Result<bool> {
        let now = self.clock.now();
        let (mut spooled, mut failed) = (false, None);
        for run in self.store.read(move |rows| rows.advisories().hooks_to_spool(now)).await? {
            match self.spool_one(spool, &run).await {
                Ok(one) => spooled |= one,
                Err(problem) => {
                    failed = failed.or(Some(problem));
                    let why = "could not be put into the spool, which is tried again; the daemon's log says why";
                    self.store.write(move |rows| rows.advisories().hook_overdue(run.id, why)).await?;
                }
            }
        }
        failed.map_or(Ok(spooled), Err)
    }

    async fn spool_one(&self, spool: &Spool, run: &HookRun) -> Result<bool> {
        let Some(hook) = self.hooks.each.iter().find(|hook| hook.name == run.hook).cloned() else {
            self.failed(run, "is no longer in the settings", false).await?;
            return Ok(false);
        };
        let version = run.version;
        let prepared = move |rows: Rows<'_>| {
            let Some(released) = rows.advisories().if_public(version)? else { return Ok(None) };
            let files = rows.advisories().public_files(&released)?;
            Ok(Some(Prepared { released, files }))
        };
        // What is not signed yet is looked at again.
        let Some(prepared) = self.store.read(prepared).await? else { return Ok(false) };
        let (spool, run_of, policy) = (spool.clone(), of(run), std::sync::Arc::clone(&self.policy));
        let site = self.site.as_ref().map(|site| site.folder().to_path_buf());
        let put = move || put(&spool, &run_of, &hook, &prepared, &policy, site);
        tokio::task::spawn_blocking(put).await.context("Writing into the spool")??;
        let (id, now) = (run.id, self.clock.now());
        self.store.write(move |rows| rows.advisories().hook_spooled(id, now)).await
    }

    async fn collect_hooks(&self, spool: &Spool) -> Result<()> {
        for run in self.store.read(|rows| rows.advisories().hooks_in_spool()).await? {
            let (spool, run_of) = (spool.clone(), of(&run));
            let state = {
                let (spool, run_of) = (spool.clone(), run_of.clone());
                tokio::task::spawn_blocking(move || spool.state(&run_of)).await.context("Looking into the spool")??
            };
            let seconds =
                self.hooks.each.iter().find(|hook| hook.name == run.hook).map_or(0, |hook| hook.time.as_secs());
            match state {
                State::Ended(outcome) => self.ended(&run, outcome).await?,
                State::Gone => self.failed(&run, "was taken out of the spool before it ended", false).await?,
                State::Waits | State::Taken => {
                    if let Some(why) = unheard_of(&run, state, seconds, self.clock.now()) {
                        let id = run.id;
                        self.store.write(move |rows| rows.advisories().hook_overdue(id, why)).await?;
                    }
                    continue;
                }
            }
            let version = run.version;
            let needed = self.store.read(move |rows| rows.advisories().has_hooks_to_run(version)).await?;
            let tidy = move || {
                // A daemon that died may have left an earlier attempt.
                for attempt in 1..=run_of.attempt {
                    spool.clear(&Run { attempt, ..run_of.clone() })?;
                }
                if needed { Ok(()) } else { spool.remove_files(version.0) }
            };
            tokio::task::spawn_blocking(tidy).await.context("Tidying the spool")??;
        }
        Ok(())
    }

    async fn ended(&self, run: &HookRun, outcome: Outcome) -> Result<()> {
        if let Some(failure) = outcome.failure() {
            return self.failed(run, &failure, outcome.may_go_better()).await;
        }
        tracing::info!(hook = run.hook, advisory = run.number, "run after the release");
        let (run, now, called) = (run.clone(), self.clock.now(), self.policy.profile.advisory.called(run.number));
        let done = move |rows: Rows<'_>| {
            if rows.advisories().hook_done(run.id, now)? {
                record(rows, now, &run, &called, "done")?;
            }
            Ok(())
        };
        self.store.write(done).await
    }

    /// It is tried again some times, if that may help; the team is told by the next tick.
    async fn failed(&self, run: &HookRun, failure: &str, may_go_better: bool) -> Result<()> {
        tracing::warn!(hook = run.hook, advisory = run.number, "a hook failed");
        let tried = usize::try_from(run.attempt).unwrap_or(usize::MAX).saturating_sub(1);
        let now = self.clock.now();
        let again =
            TRIED_AGAIN_AFTER.get(tried).filter(|_| may_go_better).and_then(|after| now.checked_add(*after).ok());
        let (run, failure) = (run.clone(), failure.to_owned());
        let called = self.policy.profile.advisory.called(run.number);
        let failed = move |rows: Rows<'_>| {
            if rows.advisories().hook_failed(run.id, &failure, again, now)? {
                record(rows, now, &run, &called, &failure)?;
            }
            Ok(())
        };
        self.store.write(failed).await
    }
}

/// One that fails stops no other: its error comes at the end.
fn run_here(here: &[(PathBuf, PathBuf)]) -> Result<()> {
    let there = here.iter().filter(|(folder, _)| folder.is_dir());
    let taken = there.map(|(folder, program)| hooks::take(folder, program, Output::Dropped).map(drop));
    taken.fold(Ok(()), Result::and)
}

fn of(run: &HookRun) -> Run {
    Run { hook: run.hook.clone(), id: run.id, attempt: run.attempt }
}

fn record(rows: Rows<'_>, now: Timestamp, run: &HookRun, called: &str, detail: &str) -> Result<()> {
    let object = format!("hook {} for {called}", run.hook);
    rows.audit().append(now, &Act { actor: "desk", evidence: "none", act: "hook", object: &object, detail })
}

/// Why somebody should look, if nothing is heard of it in time.
fn unheard_of(run: &HookRun, state: State, seconds: u64, now: Timestamp) -> Option<&'static str> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let limit = HEARD_OF_WITHIN.saturating_add(SignedDuration::from_secs(seconds));
    let late = run.failure.is_empty() && now.duration_since(run.spooled_at?) >= limit;
    late.then_some(match state {
        State::Waits => NOBODY_TOOK_IT,
        _ => "was begun, and nothing is heard of its end",
    })
}

/// The files a program may read, then the word to run it.
fn put(spool: &Spool, run: &Run, hook: &Hook, of: &Prepared, policy: &Policy, site: Option<PathBuf>) -> Result<()> {
    let Prepared { released, files } = of;
    let name = format!("advisory-{}.txt", released.number());
    let mut laid_out: Vec<(&str, &[u8])> = vec![(&name, released.text().as_bytes())];
    laid_out.extend(files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())));
    let mut paths = spool.lay_out(released.id().0, &laid_out)?.into_iter();
    let text = paths.next().context("The text has no path")?;
    let files = files.iter().zip(paths);
    let files = files.map(|(file, path)| Sent { name: file.name.clone(), sha256: file.sha256.clone(), path });
    let payload = Payload {
        event: "release".into(),
        number: released.number(),
        called: policy.profile.advisory.called(released.number()),
        version: released.version(),
        title: released.title().to_owned(),
        cves: released.cves().to_vec(),
        released_at: released.at().to_string(),
        text,
        files: files.collect(),
        site,
    };
    let job = Job { hook: hook.name.clone(), seconds: hook.time.as_secs(), payload };
    spool.put(run, &job)
}
