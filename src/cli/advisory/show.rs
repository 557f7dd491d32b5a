//! `embargod advisory show`: the version of an advisory that counts now, and all that were drafted.

use anyhow::Result;
use serde::Serialize;

use crate::advisory::facts::Deployment;
use crate::advisory::finding::Finding;
use crate::advisory::finding::Severity;
use crate::cli::case::facts::{ShownBranch, ShownFacts, ShownPatch, ShownSeverity};
use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::daemon;
use crate::policy::advisory::Advisory;
use crate::rules::label::CaseId;
use crate::store::Rows;
use crate::store::advisories::{Stage, Version};
use crate::store::time;

/// So many digits of a digest say which it is.
const DIGEST_SHOWN: usize = 16;

/// One draft of one version.
#[derive(Clone, Serialize)]
pub struct Shown {
    number: i64,
    /// Of the text that was seen last, or would be first.
    version: u32,
    public_version: u32,
    /// Which draft of the version, from 1.
    draft: u32,
    case: i64,
    title: String,
    cves: Vec<String>,
    /// `draft`, `approved`, `held`, `predisclosed`, `released`.
    stage: &'static str,
    digest: String,
    /// It came encrypted.
    sealed: bool,
    embargo_until: Option<String>,
    findings: Vec<Finding>,
    approvals: Vec<ShownApproval>,
    files: Vec<ShownFile>,
    at: String,
    approved_at: Option<String>,
    predisclosed_at: Option<String>,
    released_at: Option<String>,
    /// Nothing of it leaves any more.
    void_at: Option<String>,
    void_why: String,
}

#[derive(Clone, Serialize)]
struct ShownApproval {
    name: String,
    address: String,
    at: String,
}

#[derive(Clone, Serialize)]
struct ShownFile {
    name: String,
    sha256: String,
}

impl Shown {
    pub fn read(rows: Rows<'_>, version: Version) -> Result<Self> {
        let advisories = rows.advisories();
        let shown = |at: Option<jiff::Timestamp>| at.map(|at| time::At(at).to_string());
        let held = version.stage != Stage::Released && advisories.held(version.case)?.is_some();
        let approvals = advisories.approvals(version.id)?.into_iter().map(|(person, at)| ShownApproval {
            name: person.name,
            address: person.address.to_string(),
            at: time::At(at).to_string(),
        });
        Ok(Self {
            number: version.number,
            version: version.current(),
            public_version: version.public_version,
            draft: version.draft,
            case: version.case.0,
            stage: if held { "held" } else { version.stage.as_str() },
            sealed: version.sealed,
            embargo_until: shown(version.embargo_until),
            approvals: approvals.collect(),
            files: version.files.into_iter().map(|(name, sha256)| ShownFile { name, sha256 }).collect(),
            at: time::At(version.at).to_string(),
            approved_at: shown(version.approved_at),
            predisclosed_at: shown(version.predisclosed_at),
            released_at: shown(version.released_at),
            void_at: shown(version.void_at),
            title: version.title,
            cves: version.cves,
            digest: version.digest,
            findings: version.findings,
            void_why: version.void_why,
        })
    }

    /// On the screen of all that is open.
    pub fn row(&self, advisory: &Advisory) -> Vec<String> {
        let mut row = vec![advisory.called(self.number), self.case.to_string()];
        row.extend(self.short(advisory));
        row.push(print::shown(&self.title));
        row
    }

    /// Among the drafts of an advisory.
    fn short(&self, advisory: &Advisory) -> [String; 4] {
        let mut by: Vec<String> = self.approvals.iter().map(ShownApproval::by).collect();
        if self.approved_at.is_none() && self.void_at.is_none() {
            by.push(format!("({} of {})", by.len(), advisory.approvals));
        }
        let version = format!("v{} draft {}", self.version, self.draft);
        let digest = self.digest.get(..DIGEST_SHOWN).unwrap_or(&self.digest).to_owned();
        [version, self.stage.to_owned(), digest, by.join(" ")]
    }

    fn say(&self, advisory: &Advisory) {
        let Self { number, version, draft, .. } = self;
        print::say!("{}, version {version}: {}", advisory.called(*number), print::shown(&self.title));
        let void = self.void_at.as_ref().map(|at| format!("; void since {at}: {}", print::shown(&self.void_why)));
        print::say!("  stage     {}{}", self.stage, void.unwrap_or_default());
        print::say!("  case      {}", self.case);
        print::say!("  drafted   {} (draft {draft} of this version)", self.at);
        if self.public_version != *version {
            print::say!("  public    as version {}", self.public_version);
        }
        print::say!("  CVE       {}", if self.cves.is_empty() { "none yet".into() } else { self.cves.join(", ") });
        print::say!("  embargo   {}", self.embargo_until.as_deref().unwrap_or("none"));
        print::say!("  digest    {}", self.digest);
        if self.approved_at.is_none() {
            print::say!("  approved  by {} of {}", self.approvals.len(), advisory.approvals);
        }
        for approval in &self.approvals {
            print::say!("  approved  by {}, {}", approval.by(), approval.at);
        }
        for (what, at) in [("members", &self.predisclosed_at), ("released", &self.released_at)] {
            if let Some(at) = at {
                print::say!("  {what:<9} {at}");
            }
        }
        for ShownFile { name, sha256 } in &self.files {
            print::say!("  file      {sha256}  {}", print::shown(name));
        }
        for Finding { line, severity, text } in &self.findings {
            let place = if *line == 0 { String::new() } else { format!("line {line}: ") };
            let what = match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            print::say!("  {what:<9} {place}{}", print::shown(text));
        }
    }
}

impl ShownApproval {
    fn by(&self) -> String {
        match self.name.as_str() {
            "" => self.address.clone(),
            name => print::shown(name),
        }
    }
}

pub const HEADINGS: [&str; 7] = ["advisory", "case", "version", "stage", "digest", "approved by", "title"];

/// What the desk knows of its case now, and fills in.
#[derive(Serialize)]
struct Known {
    severity: Vec<ShownSeverity>,
    affected: Vec<ShownBranch>,
    /// With the branches that each is for.
    patches: Vec<ShownPatch>,
    credits: Vec<String>,
    /// What members may deploy before the embargo ends.
    deployment: Deployment,
}

impl Known {
    fn read(rows: Rows<'_>, case: CaseId) -> Result<Self> {
        let ShownFacts { severity, affected, patches, credits, .. } = ShownFacts::read(rows, case)?;
        let (deployment, _) = rows.advisories().deployment(case)?;
        Ok(Self { severity, affected, patches, credits, deployment })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    current: &'a Shown,
    #[serde(flatten)]
    known: Option<Known>,
    /// All drafts, in order.
    versions: &'a [Shown],
}

pub async fn run(at: &At, named: &str) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let advisory = daemon::policy(&settings).map_err(anyhow::Error::from)?.profile.advisory.clone();
    let Some(number) = number(named, &advisory.prefix) else {
        let remedy = format!("Write the number alone, or as {}.", advisory.called(480));
        return Err(Failure::usage(format!("“{named}” is not the number of an advisory"), remedy));
    };
    let read = move |rows: Rows<'_>| {
        let drafts = rows.advisories().of_number(number)?;
        let current = current(&drafts);
        let shown = drafts.into_iter().map(|version| Shown::read(rows, version)).collect::<Result<Vec<_>>>()?;
        let case = rows.facts().numbered(number)?;
        let known = case.map(|case| Known::read(rows, case)).transpose()?;
        Ok((current, shown, case, known))
    };
    let (current, versions, case, known) = store.read(read).await?;
    let Some(current) = current.and_then(|at| versions.get(at)) else {
        let called = advisory.called(number);
        return Err(match case {
            Some(case) => Failure::refused(
                format!("nothing is drafted of {called} yet"),
                format!("Send its text in a signed reply in case {case}, below “!advisory”."),
            ),
            None => Failure::refused(
                format!("there is no {called}"),
                "“embargod case show” has the advisories of a case; !assign gives it one.",
            ),
        });
    };
    if at.json {
        return print::json(&Document { current, known, versions: &versions });
    }
    current.say(&advisory);
    if versions.len() > 1 {
        let rows = versions.iter().map(|one| {
            let mut row = one.short(&advisory).to_vec();
            row.push(one.at.clone());
            row.push(print::shown(&one.void_why));
            row
        });
        print::say!();
        print::table(&["version", "stage", "digest", "approved by", "drafted", "void"], &rows.collect::<Vec<_>>());
    }
    Ok(())
}

/// The place of the one that counts: the latest that is not void; else the last.
fn current(drafts: &[Version]) -> Option<usize> {
    let valid = drafts.iter().rposition(|version| version.void_at.is_none());
    valid.or(drafts.len().checked_sub(1))
}

/// `480`, `XSA-480`, `xsa-480`.
fn number(named: &str, prefix: &str) -> Option<i64> {
    let digits = match named.split_at_checked(prefix.len()) {
        Some((before, rest)) if !prefix.is_empty() && before.eq_ignore_ascii_case(prefix) => rest.strip_prefix('-')?,
        _ => named,
    };
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_with_or_without_its_prefix() {
        for named in ["480", "XSA-480", "xsa-480"] {
            assert_eq!(number(named, "XSA"), Some(480), "{named}");
        }
        for named in ["", "XSA", "XSA-", "XSA480", "CVE-480", "480 ", "-480", "99999999999999999999"] {
            assert_eq!(number(named, "XSA"), None, "{named}");
        }
        assert_eq!((number("7", ""), number("-7", "")), (Some(7), None));
    }
}
