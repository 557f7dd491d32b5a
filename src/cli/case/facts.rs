//! What was found out about a case, as `embargod case show` has it.

use anyhow::Result;
use serde::Serialize;

use crate::cli::print;
use crate::rules::branches;
use crate::rules::command::Affected;
use crate::rules::label::CaseId;
use crate::store::Rows;
use crate::store::time;

#[derive(Serialize)]
pub struct ShownFacts {
    /// Numbers.
    advisories: Vec<i64>,
    drafts: Vec<ShownDraft>,
    pub severity: Vec<ShownSeverity>,
    pub affected: Vec<ShownBranch>,
    pub patches: Vec<ShownPatch>,
    pub credits: Vec<String>,
    decisions: Vec<ShownDecision>,
}

/// A version of an advisory that is not void.
#[derive(Serialize)]
struct ShownDraft {
    number: i64,
    version: u32,
    stage: &'static str,
    digest: String,
    /// How many approved it.
    approvals: usize,
}

#[derive(Serialize)]
pub struct ShownSeverity {
    version: String,
    vector: String,
    score: String,
    rating: String,
    sealed: bool,
}

#[derive(Serialize)]
pub struct ShownBranch {
    branch: String,
    /// “yes”, “no”, or which versions.
    affected: String,
    sealed: bool,
}

#[derive(Serialize)]
pub struct ShownPatch {
    name: String,
    branches: Vec<String>,
    sha256: String,
    sealed: bool,
}

#[derive(Serialize)]
struct ShownDecision {
    by: String,
    at: String,
    sealed: bool,
    text: String,
}

impl ShownFacts {
    pub fn read(rows: Rows<'_>, case: CaseId) -> Result<Self> {
        let facts = rows.facts();
        let severity = facts.severities(case)?.into_iter().map(|one| ShownSeverity {
            version: one.version,
            vector: one.vector,
            score: one.score,
            rating: one.rating,
            sealed: one.sealed,
        });
        let affected = facts.branches(case)?.into_iter().map(|one| ShownBranch {
            branch: one.name,
            affected: match one.affected {
                Affected::Yes => "yes".to_owned(),
                Affected::No => "no".to_owned(),
                Affected::Versions(versions) => versions,
            },
            sealed: one.sealed,
        });
        let patches = facts.patches(case)?.into_iter().map(|one| ShownPatch {
            name: one.name,
            branches: one.branches,
            sha256: one.sha256,
            sealed: one.sealed,
        });
        let decisions = facts.decisions(case)?.into_iter().map(|one| ShownDecision {
            by: one.by,
            at: time::At(one.at).to_string(),
            sealed: one.sealed,
            text: one.text,
        });
        let drafted = rows.advisories();
        let held = drafted.held(case)?.is_some();
        let mut drafts = Vec::new();
        for one in drafted.of_case(case)? {
            let stage = if held && one.released_at.is_none() { "held" } else { one.stage.as_str() };
            let approvals = drafted.approvers(one.id)?.len();
            drafts.push(ShownDraft {
                number: one.number,
                version: one.current(),
                stage,
                digest: one.digest,
                approvals,
            });
        }
        Ok(Self {
            advisories: facts.advisories(case)?,
            drafts,
            severity: severity.collect(),
            affected: affected.collect(),
            patches: patches.collect(),
            credits: facts.credits(case)?,
            decisions: decisions.collect(),
        })
    }

    /// A line for each, and the decisions below.
    pub fn say(&self, cves: &[String]) {
        let list = |name: &str, lines: &[String]| {
            for (at, line) in lines.iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                print::say!("  {name:<14} {}", print::shown(line));
            }
        };
        let numbers: Vec<String> = self.advisories.iter().map(i64::to_string).collect();
        list("advisory", &numbers);
        let drafts = self.drafts.iter().map(|one| {
            let ShownDraft { number, version, stage, digest, approvals } = one;
            format!("{number} version {version}: {stage}, approved by {approvals}, digest {digest}")
        });
        list("drafts", &drafts.collect::<Vec<_>>());
        list("CVE", cves);
        let severity = self.severity.iter().map(|one| format!("{} ({}), {}", one.score, one.rating, one.vector));
        list("severity", &severity.collect::<Vec<_>>());
        let affected = self.affected.iter().map(|one| format!("{}: {}", one.branch, one.affected));
        list("affected", &affected.collect::<Vec<_>>());
        let patches = self
            .patches
            .iter()
            .map(|one| format!("{}, for {}  {}", one.name, branches::in_words(&one.branches), one.sha256));
        list("patches", &patches.collect::<Vec<_>>());
        list("thanks", &self.credits);
        print::say!();
        for decision in &self.decisions {
            let sealed = if decision.sealed { ", encrypted" } else { "" };
            print::say!("decision of {}, {}{sealed}:", print::shown(&decision.by), decision.at);
            for line in decision.text.lines() {
                print::say!("  | {}", print::shown(line));
            }
            print::say!();
        }
    }
}
