//! The dates of cases: what they were and are, who changed them and why, and what discoverers wrote of dates.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;
use crate::rules::label::CaseId;
use crate::rules::schedule::Proposal;

/// What became of the dates of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// As they were proposed.
    Agreed,
    Changed,
    /// Counted anew.
    Restarted,
    /// There is no embargo any more.
    Ended,
}

impl What {
    pub const ALL: [What; 4] = [What::Agreed, What::Changed, What::Restarted, What::Ended];

    pub fn as_str(self) -> &'static str {
        match self {
            What::Agreed => "agreed",
            What::Changed => "changed",
            What::Restarted => "restarted",
            What::Ended => "ended",
        }
    }
}

/// A change on its way into the table.
pub struct NewChange<'a> {
    pub case: CaseId,
    pub what: What,
    pub from: Proposal,
    pub to: Proposal,
    pub reason: &'a str,
    /// The reason came encrypted.
    pub sealed: bool,
    pub person: i64,
    pub inbox: i64,
    pub at: Timestamp,
}

/// A change of the dates of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub what: What,
    pub from: Proposal,
    pub to: Proposal,
    /// Or empty.
    pub reason: String,
    pub sealed: bool,
    /// Who said so: their name, or address.
    pub by: String,
    pub at: Timestamp,
}

/// What a discoverer wrote of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateHint {
    /// If anybody can tell.
    pub day: Option<Date>,
    /// Theirs.
    pub words: String,
    /// They will publish then, whatever we do.
    pub insists: bool,
    pub sealed: bool,
    /// Their mail server, or a signature, vouches that they wrote it.
    pub proven: bool,
    pub at: Timestamp,
}

/// A day on which a discoverer will publish, whatever we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insisted {
    pub day: Date,
    /// They said so in a mail that came encrypted.
    pub sealed: bool,
}

/// Why a case has no embargo any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Public,
    Exploited,
}

impl Known {
    pub fn as_str(self) -> &'static str {
        match self {
            Known::Public => "public",
            Known::Exploited => "exploited",
        }
    }
}

/// Text of the team about a case that is known in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRemark {
    pub known: Known,
    pub text: String,
    pub sealed: bool,
    pub by: String,
    pub at: Timestamp,
}

pub struct Embargoes<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn embargoes(self) -> Embargoes<'c> {
        Embargoes(self)
    }
}

/// Of these cases (a list in JSON) and their duplicates: what each discoverer insists on in the latest mail of theirs that
/// does, if somebody vouches for it. `root`: the case of the list.
pub(super) const INSISTED: &str = "
    FROM (WITH RECURSIVE same (root, number) AS (
              SELECT value, value FROM json_each(?1)
              UNION
              SELECT same.root, c.number FROM same JOIN cases c ON c.duplicate_of = same.number)
          SELECT same.root, h.id, h.day, h.sealed,
                 h.inbox = max(h.inbox) OVER (PARTITION BY same.root, h.person) AS latest
          FROM same JOIN date_hint h ON h.case_number = same.number
          WHERE h.insists = 1 AND h.day <> '' AND h.proven = 1) i
    WHERE i.latest";

impl Embargoes<'_> {
    /// The dates become others; `agreed_at`: since when they are agreed. `false` when they are not `from` (any more).
    pub fn set_dates(&self, case: CaseId, from: Proposal, to: Proposal, agreed_at: Option<Timestamp>) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE cases SET predisclosure_at = ?4, release_at = ?5, agreed_at = ?6
                 WHERE number = ?1 AND predisclosure_at = ?2 AND release_at = ?3",
            )?
            .execute(params![
                case.0,
                At(from.predisclosure_at),
                At(from.release_at),
                At(to.predisclosure_at),
                At(to.release_at),
                agreed_at.map(At)
            ])
            .context("Changing the dates of a case")?;
        Ok(super::changed_one(rows))
    }

    /// The world knows of it since. `false` when that was known.
    pub fn became_known(&self, case: CaseId, known: Known, at: Timestamp) -> Result<bool> {
        let sql = match known {
            Known::Public => "UPDATE cases SET public_at = ?2 WHERE number = ?1 AND public_at IS NULL",
            Known::Exploited => "UPDATE cases SET exploited_at = ?2 WHERE number = ?1 AND exploited_at IS NULL",
        };
        let rows = self.0.connection.prepare_cached(sql)?.execute(params![case.0, At(at)]);
        Ok(super::changed_one(rows.context("Recording that a case is known in the world")?))
    }

    pub fn add(&self, new: &NewChange<'_>) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO embargo_change (case_number, what, predisclosure_from, predisclosure_to, release_from,
                                             release_to, reason, sealed, person, inbox, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                new.case.0,
                new.what.as_str(),
                At(new.from.predisclosure_at),
                At(new.to.predisclosure_at),
                At(new.from.release_at),
                At(new.to.release_at),
                new.reason,
                new.sealed,
                new.person,
                new.inbox,
                At(new.at)
            ])
            .map(drop)
            .context("Recording a change of the dates of a case")
    }

    /// Of a case, the oldest first.
    pub fn changes(&self, case: CaseId) -> Result<Vec<Change>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT e.what, e.predisclosure_from, e.release_from, e.predisclosure_to, e.release_to, e.reason, e.sealed,
                        iif(p.name = '', p.address, p.name), e.at
                 FROM embargo_change e JOIN person p ON p.id = e.person WHERE e.case_number = ?1 ORDER BY e.id",
            )?
            .query_map([case.0], change)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the changes of the dates of a case")
    }

    /// What the team said of a case that the world knows of, the oldest first.
    pub fn remarks(&self, case: CaseId) -> Result<Vec<KnownRemark>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT r.kind, r.text, r.sealed, iif(p.name = '', p.address, p.name), r.at
                 FROM remark r JOIN person p ON p.id = r.person
                 WHERE r.case_number = ?1 AND r.kind IN ('public', 'exploited') ORDER BY r.id",
            )?
            .query_map([case.0], |row| {
                let kind: String = row.get(0)?;
                Ok(KnownRemark {
                    known: if kind == Known::Exploited.as_str() { Known::Exploited } else { Known::Public },
                    text: row.get(1)?,
                    sealed: row.get(2)?,
                    by: row.get(3)?,
                    at: row.get::<_, At>(4)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what is known of a case in the world")
    }

    /// A discoverer wrote of a date.
    pub fn add_hint(&self, case: CaseId, inbox: i64, person: i64, hint: &DateHint) -> Result<()> {
        let DateHint { day, words, insists, sealed, proven, at } = hint;
        let day = day.map_or_else(String::new, |day| day.to_string());
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO date_hint (case_number, inbox, person, day, words, insists, sealed, proven, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![case.0, inbox, person, day, words, insists, sealed, proven, At(*at)])
            .map(drop)
            .context("Keeping what a discoverer wrote of a date")
    }

    /// Of a case, the oldest first.
    pub fn hints(&self, case: CaseId) -> Result<Vec<DateHint>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT day, words, insists, sealed, proven, at FROM date_hint WHERE case_number = ?1 ORDER BY id",
            )?
            .query_map([case.0], |row| {
                let day: String = row.get(0)?;
                Ok(DateHint {
                    day: day.parse().ok(),
                    words: row.get(1)?,
                    insists: row.get(2)?,
                    sealed: row.get(3)?,
                    proven: row.get(4)?,
                    at: row.get::<_, At>(5)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what discoverers wrote of dates")
    }

    /// The first day on which a discoverer of a case or of one of its duplicates will publish, whatever we do: each as they
    /// said last, if somebody vouches that they did.
    pub fn insisted_on(&self, case: CaseId) -> Result<Option<Insisted>> {
        let these = format!("[{case}]");
        let found: Option<(String, bool)> = self
            .0
            .connection
            .prepare_cached(&format!("SELECT i.day, i.sealed {INSISTED} ORDER BY i.day, i.sealed LIMIT 1"))?
            .query_row([these], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .context("Looking for a date on which a discoverer insists")?;
        Ok(match found {
            Some((day, sealed)) => {
                Some(Insisted { day: day.parse().context("Reading a date in the database")?, sealed })
            }
            None => None,
        })
    }
}

fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    let what: String = row.get(0)?;
    let known = What::ALL.into_iter().find(|known| known.as_str() == what);
    let at = |column| Ok::<_, rusqlite::Error>(row.get::<_, At>(column)?.0);
    Ok(Change {
        what: known.ok_or_else(|| {
            let problem = format!("no dates are “{what}”").into();
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, problem)
        })?,
        from: Proposal { predisclosure_at: at(1)?, release_at: at(2)? },
        to: Proposal { predisclosure_at: at(3)?, release_at: at(4)? },
        reason: row.get(5)?,
        sealed: row.get(6)?,
        by: row.get(7)?,
        at: at(8)?,
    })
}
