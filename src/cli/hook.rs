//! `embargod hook`: the operator's programs that are run after a release. `take` is for another user than the daemon's: it opens
//! neither settings nor database.

use std::path::PathBuf;

use clap::Subcommand;

use super::instance::{self, At};
use super::{Failure, print, process};
use crate::daemon;
use crate::hooks::{self, Output};
use crate::store::Rows;
use crate::store::audit::Act;

#[derive(Subcommand)]
pub enum Hook {
    /// Run what waits in the spool, each thing once; for a service of its own, under its own user
    Take {
        /// The folder of one hook in the spool
        #[arg(long, value_name = "FOLDER")]
        spool: PathBuf,
        /// What to run: an executable file, where root alone can write
        #[arg(long, value_name = "PROGRAM")]
        run: PathBuf,
    },
    /// List what was to be run, and how it ended
    List,
    /// Run one that failed once more
    Retry {
        /// The number that “hook list” shows
        #[arg(value_name = "ID")]
        id: i64,
    },
}

impl Hook {
    pub fn shows(&self) -> bool {
        matches!(self, Self::List)
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::Take { spool, run } => take(&spool, run).await,
            Self::List => list(at).await,
            Self::Retry { id } => retry(at, id).await,
        }
    }
}

async fn take(spool: &std::path::Path, program: PathBuf) -> Result<(), Failure> {
    let folder = spool.to_path_buf();
    let taken = tokio::task::spawn_blocking(move || hooks::take(&folder, &program, Output::Passed)).await;
    let taken = taken.map_err(anyhow::Error::from).and_then(|taken| taken).map_err(|problem| {
        let remedy = "Name the folder of one hook, in “hooks” of the settings, as a user who may write there.";
        Failure::refused(format!("embargod: {problem:#}"), remedy)
    })?;
    if taken.is_empty() {
        print::say!("Nothing waits in {}.", spool.display());
    }
    for (hook, outcome) in taken {
        match outcome.failure() {
            None => print::say!("{hook}: done"),
            Some(failure) => print::say!("{hook} {failure}"),
        }
    }
    Ok(())
}

async fn list(at: &At) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let runs = store.read(|rows| rows.advisories().listed_hooks()).await?;
    if at.json {
        return print::json(&runs);
    }
    if runs.is_empty() {
        print::say!("No program was run after a release yet.");
        return Ok(());
    }
    let advisory = daemon::policy(&settings).map_err(anyhow::Error::from)?.profile.advisory.clone();
    let rows: Vec<Vec<String>> = runs
        .into_iter()
        .map(|run| {
            let of = format!("{} v{}", advisory.called(run.number), run.version);
            let ended = run.ended_at.unwrap_or_default();
            vec![
                run.id.to_string(),
                run.hook,
                of,
                run.state.into(),
                run.attempt.to_string(),
                run.at,
                ended,
                run.failure,
            ]
        })
        .collect();
    print::table(&["run", "hook", "advisory", "state", "attempt", "since", "ended", "why"], &rows);
    Ok(())
}

async fn retry(at: &At, id: i64) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let again = store
        .write(move |rows: Rows<'_>| {
            let again = rows.advisories().hook_again(id)?;
            if again {
                let (actor, object) = (process::operator(), format!("hook run {id}"));
                let act = Act { actor: &actor, evidence: "operator", act: "hook retry", object: &object, detail: "" };
                rows.audit().append(now, &act)?;
            }
            Ok(again)
        })
        .await?;
    if !again {
        return Err(Failure::refused(
            format!("there is no run {id} that failed and is over"),
            "“embargod hook list” shows them. What worked is not repeated; what waits, or runs, is not run a second time.",
        ));
    }
    print::say!("It is run again: within a minute where the daemon runs, else with the next “embargod run”.");
    Ok(())
}
