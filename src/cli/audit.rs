//! `embargod audit`: the record, and whether its chain is unbroken.

use clap::Subcommand;

use super::instance::At;
use super::{Failure, print};

#[derive(Subcommand)]
pub enum Audit {
    /// List every act: who, on what evidence, when
    List,
    /// Walk the chain of hashes; exit 1 where it breaks
    Verify,
}

impl Audit {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Verify => verify(at).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
    let lines = at.store()?.read(|rows| rows.audit().list()).await?;
    if at.json {
        return print::json(&lines);
    }
    let rows: Vec<Vec<String>> = lines
        .into_iter()
        .map(|line| vec![line.seq.to_string(), line.at, line.actor, line.evidence, line.act, line.object, line.detail])
        .collect();
    print::table(&["line", "at", "who", "evidence", "act", "object", "detail"], &rows);
    Ok(())
}

async fn verify(at: &At) -> Result<(), Failure> {
    let verdict = at.store()?.read(|rows| rows.audit().verify()).await?;
    if at.json {
        print::json(&verdict)?;
    }
    match &verdict.broken {
        None => {
            if !at.json {
                print::say!("{} lines, each continuing the one before. Last hash: {}", verdict.lines, verdict.head);
                print::say!("Keep this hash somewhere else: only a copy shows that later lines were cut off.");
            }
            Ok(())
        }
        Some(found) => Err(Failure::refused(
            format!("the record breaks at line {}: {}", found.seq, found.why),
            "Compare with a backup: somebody or something changed the database from outside.",
        )),
    }
}
