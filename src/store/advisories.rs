//! Versions of advisories: drafts with their files, who approved them, how far they got. What was drafted never changes.

mod approvals;
mod asked;
mod clock;
mod hands;
mod holds;
mod hook_runs;
mod leaving;
mod numberless;
mod overtaken;
mod progress;
mod released;
mod seen;
mod signing;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;
use crate::advisory::facts::{Deployment, File};
use crate::advisory::finding::{Finding, Severity};
use crate::mail::letter::Audience;
use crate::mail::secret::sha256_hex;
use crate::rules::label::{CaseId, VersionId};

pub use clock::{ClockJump, Waiting};
pub use holds::Hold;
pub use hook_runs::{HookRun, ListedRun, NOBODY_TOOK_IT};
pub(super) use leaving::LEFT_BEHIND;
pub use leaving::{Embargoed, ForAll, ForMembers, LeftBehind};
pub use numberless::Numberless;
pub use overtaken::Overtaken;
pub use progress::{Copy, Fate, OnItsWay, Told};
#[cfg(test)]
pub use released::testing;
pub use released::{Named, Released};
pub use seen::{Unseen, UnseenOn};
pub use signing::SignedTexts;

/// How far a version got. Whether it is held is the case's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Draft,
    Approved,
    Predisclosed,
    Released,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Draft, Stage::Approved, Stage::Predisclosed, Stage::Released];

    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Approved => "approved",
            Stage::Predisclosed => "predisclosed",
            Stage::Released => "released",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// What is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub number: i64,
    pub case: CaseId,
    pub version: u32,
    pub public_version: u32,
    pub source: String,
    pub updates: String,
    pub deployment: Deployment,
    pub title: String,
    pub cves: Vec<String>,
    pub patchless: bool,
    pub members_text: String,
    pub public_text: String,
    pub embargo_until: Option<Timestamp>,
    pub manifest: String,
    pub findings: Vec<Finding>,
    pub files: Vec<File>,
    pub author: i64,
    /// `None`: the desk wrote it anew, because something of the case changed.
    pub inbox: Option<i64>,
    pub sealed: bool,
}

/// A version as it is stored, without the bytes of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub id: VersionId,
    pub number: i64,
    pub case: CaseId,
    pub version: u32,
    pub public_version: u32,
    /// Which draft of this version, from 1.
    pub draft: u32,
    pub source: String,
    pub updates: String,
    pub deployment: Deployment,
    pub title: String,
    pub cves: Vec<String>,
    pub patchless: bool,
    pub members_text: String,
    pub public_text: String,
    pub embargo_until: Option<Timestamp>,
    pub manifest: String,
    /// 64 hexadecimal digits.
    pub digest: String,
    pub findings: Vec<Finding>,
    /// Name and SHA-256, in their order.
    pub files: Vec<(String, String)>,
    pub author: i64,
    /// The mail it came by; `None`: the desk wrote it anew.
    pub inbox: Option<i64>,
    pub sealed: bool,
    pub at: Timestamp,
    pub stage: Stage,
    pub approved_at: Option<Timestamp>,
    pub predisclosed_at: Option<Timestamp>,
    pub released_at: Option<Timestamp>,
    /// Nothing of it leaves any more.
    pub void_at: Option<Timestamp>,
    pub void_why: String,
    /// The team was asked to approve it.
    pub asked_at: Option<Timestamp>,
}

impl Version {
    /// The number of the text that was seen last: public, or the members'.
    pub fn current(&self) -> u32 {
        if self.released_at.is_some() { self.public_version } else { self.version }
    }

    /// Nothing in it has to be corrected before it can be approved.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// What letters name it by: so many digits of the digest are enough.
    pub fn short_digest(&self) -> &str {
        self.digest.get(..16).unwrap_or(&self.digest)
    }
}

pub struct Advisories<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn advisories(self) -> Advisories<'c> {
        Advisories(self)
    }
}

const SELECT: &str =
    "SELECT id, advisory, case_number, version, public_version, draft, source, updates, deployment, title, cves,
    patchless, members_text, public_text, embargo_until, manifest, digest, findings, author, sealed, at, stage,
    approved_at, predisclosed_at, released_at, void_at, void_why, asked_at, inbox,
    (SELECT json_group_array(json_array(name, sha256)) FROM (SELECT name, sha256 FROM advisory_file f
     WHERE f.version = v.id ORDER BY place)) FROM advisory_version v";

impl Advisories<'_> {
    /// Keeps a draft; those of the same advisory that nobody approved are void from then on.
    pub fn draft(&self, new: &Draft, now: Timestamp) -> Result<VersionId> {
        let connection = self.0.connection;
        connection
            .prepare_cached(
                "UPDATE advisory_version SET void_at = ?2, void_why = 'another draft took its place'
                 WHERE advisory = ?1 AND stage = 'draft' AND void_at IS NULL",
            )?
            .execute(params![new.number, At(now)])
            .context("Putting a draft in the place of another")?;
        let id = connection
            .prepare_cached(
                "INSERT INTO advisory_version (advisory, case_number, version, public_version, draft, source, updates,
                     deployment, title, cves, patchless, members_text, public_text, embargo_until, manifest, digest,
                     findings, author, inbox, sealed, at)
                 VALUES (?1, ?2, ?3, ?4,
                     (SELECT 1 + coalesce(max(draft), 0) FROM advisory_version WHERE advisory = ?1 AND version = ?3),
                     ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) RETURNING id",
            )?
            .query_row(
                params![
                    new.number,
                    new.case.0,
                    new.version,
                    new.public_version,
                    new.source,
                    new.updates,
                    json(&new.deployment)?,
                    new.title,
                    json(&new.cves)?,
                    new.patchless,
                    new.members_text,
                    new.public_text,
                    new.embargo_until.map(At),
                    new.manifest,
                    sha256_hex(new.manifest.as_bytes()),
                    json(&new.findings)?,
                    new.author,
                    new.inbox,
                    new.sealed,
                    At(now)
                ],
                |row| row.get(0).map(VersionId),
            )
            .context("Keeping a draft of an advisory")?;
        for (place, file) in (1_i64..).zip(&new.files) {
            connection
                .prepare_cached(
                    "INSERT INTO advisory_file (version, place, name, branches, sha256, bytes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![id.0, place, file.name, json(&file.branches)?, file.sha256, file.bytes])
                .context("Keeping a file of an advisory")?;
        }
        Ok(id)
    }

    pub fn get(&self, id: VersionId) -> Result<Version> {
        self.all(&format!("{SELECT} WHERE id = ?1"), params![id.0])?.pop().context("No such version of an advisory")
    }

    /// All drafts of an advisory, in order.
    pub fn of_number(&self, number: i64) -> Result<Vec<Version>> {
        self.all(&format!("{SELECT} WHERE advisory = ?1 ORDER BY id"), params![number])
    }

    /// What is not void of a case, in order.
    pub fn of_case(&self, case: CaseId) -> Result<Vec<Version>> {
        self.all(&format!("{SELECT} WHERE case_number = ?1 AND void_at IS NULL ORDER BY id"), params![case.0])
    }

    /// What is not void, and not released yet, of all cases.
    pub fn open(&self) -> Result<Vec<Version>> {
        self.all(&format!("{SELECT} WHERE void_at IS NULL AND released_at IS NULL ORDER BY id"), params![])
    }

    /// What members know or knew under embargo, and the public does not: the latest of each advisory.
    pub fn embargoed(&self) -> Result<Vec<Version>> {
        let sql = format!(
            "{SELECT} WHERE predisclosed_at IS NOT NULL AND id = (SELECT max(w.id) FROM advisory_version w
                 WHERE w.advisory = v.advisory AND w.predisclosed_at IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM advisory_version w WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL)
             ORDER BY id"
        );
        self.all(&sql, params![])
    }

    /// All that are public, the latest of each advisory, by its number.
    pub fn released(&self) -> Result<Vec<Version>> {
        let sql = format!(
            "{SELECT} WHERE released_at IS NOT NULL AND id = (SELECT max(w.id) FROM advisory_version w
                 WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL) ORDER BY advisory"
        );
        self.all(&sql, params![])
    }

    /// Whether this audience may read a version: it was sent to members, or is public. The index alone is read.
    pub fn has_seen(&self, audience: Audience, version: VersionId) -> Result<bool> {
        let (index, column) = match audience {
            Audience::Members => ("advisory_version_predisclosed", "predisclosed_at"),
            Audience::Public => ("advisory_version_released", "released_at"),
        };
        self.0
            .connection
            .prepare_cached(&format!(
                "SELECT 1 FROM advisory_version INDEXED BY {index} WHERE id = ?1 AND {column} IS NOT NULL"
            ))?
            .exists([version.0])
            .context("Reading whether an advisory was sent")
    }

    fn all(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<Version>> {
        self.0
            .connection
            .prepare_cached(sql)?
            .query_map(params, version)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading versions of advisories")
    }

    /// Its files, in their order.
    pub fn files(&self, id: VersionId) -> Result<Vec<File>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT name, branches, sha256, bytes FROM advisory_file WHERE version = ?1 ORDER BY place",
            )?
            .query_map([id.0], |row| {
                let branches: String = row.get(1)?;
                Ok(File { name: row.get(0)?, branches: parsed(1, &branches)?, sha256: row.get(2)?, bytes: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the files of an advisory")
    }

    /// Somebody approves it. `false`: they did before.
    pub fn approve(&self, id: VersionId, person: i64, inbox: i64, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO approval (version, person, inbox, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![id.0, person, inbox, At(now)])
            .context("Keeping an approval")?;
        Ok(super::changed_one(rows))
    }

    /// Who approved it, in order.
    pub fn approvers(&self, id: VersionId) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT person FROM approval WHERE version = ?1 ORDER BY at, person")?
            .query_map([id.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who approved an advisory")
    }

    /// It gets to the next stage, if it is in the one before and not void.
    pub fn advance(&self, id: VersionId, from: Stage, to: Stage, now: Timestamp) -> Result<()> {
        let column = match to {
            Stage::Draft => anyhow::bail!("nothing becomes a draft"),
            Stage::Approved => "approved_at",
            Stage::Predisclosed => "predisclosed_at",
            Stage::Released => "released_at",
        };
        let rows = self
            .0
            .connection
            .prepare_cached(&format!(
                "UPDATE advisory_version SET stage = ?3, {column} = ?4 WHERE id = ?1 AND stage = ?2 AND void_at IS NULL"
            ))?
            .execute(params![id.0, from.as_str(), to.as_str(), At(now)])
            .context("Noting how far an advisory got")?;
        ensure!(super::changed_one(rows), "version {} is no longer {}", id.0, from.as_str());
        Ok(())
    }

    /// Nothing of it leaves any more. `false`: it is void already, or released.
    pub fn void(&self, id: VersionId, why: &str, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE advisory_version SET void_at = ?2, void_why = ?3
                 WHERE id = ?1 AND void_at IS NULL AND released_at IS NULL",
            )?
            .execute(params![id.0, At(now), why])
            .context("Voiding a version of an advisory")?;
        Ok(super::changed_one(rows))
    }

    /// What members may deploy, as the team said last; `true`: that came encrypted.
    pub fn deployment(&self, case: CaseId) -> Result<(Deployment, bool)> {
        let said: Option<(String, bool)> = self
            .0
            .connection
            .prepare_cached("SELECT said, sealed FROM deployment WHERE case_number = ?1")?
            .query_row([case.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .context("Reading what members may deploy")?;
        let Some((said, sealed)) = said else { return Ok((Deployment::Unsaid, false)) };
        Ok((serde_json::from_str(&said).context("Reading what members may deploy")?, sealed))
    }

    pub fn allow(&self, case: CaseId, said: &Deployment, by: &super::facts::Said) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO deployment (case_number, said, sealed, person, inbox, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (case_number) DO UPDATE SET said = excluded.said, sealed = excluded.sealed,
                     person = excluded.person, inbox = excluded.inbox, at = excluded.at",
            )?
            .execute(params![case.0, json(said)?, by.sealed, by.person, by.inbox, At(by.at)])
            .map(drop)
            .context("Keeping what members may deploy")
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).context("Writing down a part of an advisory")
}

fn parsed<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|problem| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(problem))
    })
}

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let text = |column: usize| row.get::<_, String>(column);
    let at = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<At>>(column)?.map(|at| at.0));
    let stage = text(21)?;
    let unknown = || {
        let problem = format!("no version is “{stage}”").into();
        rusqlite::Error::FromSqlConversionFailure(21, rusqlite::types::Type::Text, problem)
    };
    Ok(Version {
        id: VersionId(row.get(0)?),
        number: row.get(1)?,
        case: CaseId(row.get(2)?),
        version: row.get(3)?,
        public_version: row.get(4)?,
        draft: row.get(5)?,
        source: text(6)?,
        updates: text(7)?,
        deployment: parsed(8, &text(8)?)?,
        title: text(9)?,
        cves: parsed(10, &text(10)?)?,
        patchless: row.get(11)?,
        members_text: text(12)?,
        public_text: text(13)?,
        embargo_until: at(14)?,
        manifest: text(15)?,
        digest: text(16)?,
        findings: parsed(17, &text(17)?)?,
        author: row.get(18)?,
        sealed: row.get(19)?,
        at: row.get::<_, At>(20)?.0,
        stage: Stage::parse(&stage).ok_or_else(unknown)?,
        approved_at: at(22)?,
        predisclosed_at: at(23)?,
        released_at: at(24)?,
        void_at: at(25)?,
        void_why: text(26)?,
        asked_at: at(27)?,
        inbox: row.get(28)?,
        files: parsed(29, &text(29)?)?,
    })
}
