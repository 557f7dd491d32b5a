//! How the letters that bring a version to members are getting on, and what the team heard of that.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::Advisories;
use crate::mail::address::Address;
use crate::rules::label::VersionId;
use crate::store::time::At;

/// What the team heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Nothing,
    /// That some wait.
    Waiting,
    /// That all is decided.
    All,
}

impl Told {
    fn as_str(self) -> &'static str {
        match self {
            Told::Nothing => "",
            Told::Waiting => "waiting",
            Told::All => "all",
        }
    }
}

/// How one member's copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Accepted,
    Waiting,
    /// For want of a certificate.
    Uncertified,
    /// The gate stopped it.
    Blocked,
    Failed,
}

/// One member's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The name of the organisation, or its address if it is no member any more.
    pub name: String,
    pub fate: Fate,
    /// What the mail server said last, or why the gate stopped it; or empty.
    pub why: String,
}

/// A version on its way to members, of which the team has not heard all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnItsWay {
    pub version: VersionId,
    pub since: Timestamp,
    pub told: Told,
    pub waits: bool,
}

pub(super) const ON_THEIR_WAY: &str = "SELECT v.id, v.predisclosed_at, v.told_progress,
        EXISTS (SELECT 1 FROM letter l JOIN delivery d ON d.letter = l.id
                WHERE l.version = v.id AND l.kind = 'predisclosure' AND d.state IN ('queued', 'sending'))
    FROM advisory_version v INDEXED BY advisory_version_untold
    WHERE v.predisclosed_at IS NOT NULL AND v.told_progress <> 'all' ORDER BY v.id";

impl Advisories<'_> {
    /// Versions of whose way to the members the team has not heard all.
    pub fn on_their_way(&self) -> Result<Vec<OnItsWay>> {
        self.0
            .connection
            .prepare_cached(ON_THEIR_WAY)?
            .query_map([], |row| {
                let told: String = row.get(2)?;
                Ok(OnItsWay {
                    version: VersionId(row.get(0)?),
                    since: row.get::<_, At>(1)?.0,
                    told: if told == Told::Waiting.as_str() { Told::Waiting } else { Told::Nothing },
                    waits: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking how advisories get on")
    }

    /// The team hears how a version gets on. `false`: it heard that before.
    pub fn tell_progress(&self, version: VersionId, told: Told) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE advisory_version SET told_progress = ?2 WHERE id = ?1 AND told_progress NOT IN (?2, 'all')",
            )?
            .execute(params![version.0, told.as_str()])
            .context("Noting what the team heard of an advisory")?;
        Ok(crate::store::changed_one(rows))
    }

    /// How it stands with each member's copy of a version, by name.
    pub fn copies(&self, version: VersionId) -> Result<Vec<Copy>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT coalesce((SELECT m.name FROM member m JOIN person p ON p.id = m.person
                                  WHERE p.address = d.recipient AND m.state <> 'left'), d.recipient) AS name,
                        d.state, d.uncertified, d.error
                 FROM letter l JOIN delivery d ON d.letter = l.id
                 WHERE l.version = ?1 AND l.kind = 'predisclosure' ORDER BY name COLLATE NOCASE, d.id",
            )?
            .query_map([version.0], |row| {
                let (state, uncertified): (String, bool) = (row.get(1)?, row.get(2)?);
                let fate = match state.as_str() {
                    "sent" => Fate::Accepted,
                    "queued" | "sending" => Fate::Waiting,
                    "blocked" if uncertified => Fate::Uncertified,
                    "blocked" => Fate::Blocked,
                    _ => Fate::Failed,
                };
                Ok(Copy { name: row.get(0)?, fate, why: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading how an advisory gets on")
    }

    /// Whether this address got, or still gets, a letter with this version from under the embargo. What waits for a certificate
    /// leaves by itself; what was refused, stopped or given up does not.
    pub fn was_sent_to(&self, version: VersionId, address: &Address) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM letter l JOIN delivery d ON d.letter = l.id
                 WHERE l.version = ?1 AND l.kind = 'predisclosure' AND d.recipient = ?2 COLLATE NOCASE
                       AND (d.state IN ('queued', 'sending', 'sent') OR d.state = 'blocked' AND d.uncertified)",
            )?
            .exists(params![version.0, address.as_str()])
            .context("Looking whether a member got an advisory")
    }

    /// When the team is to hear next that some members still wait.
    // “<> 'all'” makes it a question for the index, which has no others.
    pub fn next_progress(&self, patience: SignedDuration) -> Result<Option<Timestamp>> {
        let first: Option<At> = self
            .0
            .connection
            .prepare_cached(
                "SELECT min(predisclosed_at) FROM advisory_version INDEXED BY advisory_version_untold
                 WHERE predisclosed_at IS NOT NULL AND told_progress <> 'all' AND told_progress = ''",
            )?
            .query_row([], |row| row.get(0))
            .context("Looking when to tell how an advisory gets on")?;
        Ok(first.and_then(|at| at.0.checked_add(patience).ok()))
    }
}
