//! Applications: whose, how far, what was found, and what the team said of it. Each step is a guarded change of state;
//! nothing here looks into a mail or decides.

mod list;
mod posts;
mod thread;
mod tokens;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

pub use list::ListMail;
pub use posts::Post;
pub use thread::{Entry, Standing};
pub use tokens::ApplicationToken;

use super::Rows;
use super::time::At;
use crate::mail::address::{Address, Mailbox};
use crate::rules::checklist::{Findings, Ruled, Status};

/// The number of an application, as people say it: "application 7".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationId(pub i64);

impl std::fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an application is (DESIGN section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A required item was not found.
    Incomplete,
    /// The team has to decide.
    Complete,
    Accepted,
    Rejected,
    Withdrawn,
    /// Incomplete for too long; an answer opens it again.
    Expired,
}

impl State {
    const ALL: [State; 6] =
        [State::Incomplete, State::Complete, State::Accepted, State::Rejected, State::Withdrawn, State::Expired];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Incomplete => "incomplete",
            State::Complete => "complete",
            State::Accepted => "accepted",
            State::Rejected => "rejected",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
        }
    }

    /// The applicant's or the team's next word still counts.
    pub fn is_open(self) -> bool {
        matches!(self, State::Incomplete | State::Complete)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// An organisation's wish to be put on the predisclosure list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: ApplicationId,
    pub state: State,
    pub since: Timestamp,
    pub applicant: Mailbox,
    pub subject: String,
    pub received_at: Timestamp,
    /// Of all the applicant wrote so far, without the team's rulings.
    pub findings: Findings,
    /// As found; empty if it was not.
    pub organisation: String,
    /// The last mail or act that reminders count from.
    pub changed_at: Timestamp,
    /// Sent since then.
    pub reminders: u32,
    pub decided_by: Option<i64>,
    pub reason: String,
}

impl Application {
    /// What letters call it.
    pub fn called(&self) -> &str {
        if self.organisation.is_empty() { self.applicant.address.as_str() } else { &self.organisation }
    }
}

/// An application that was not there before.
pub struct NewApplication<'a> {
    pub applicant: &'a Mailbox,
    pub subject: &'a str,
    pub received_at: Timestamp,
    pub findings: &'a Findings,
    pub organisation: &'a str,
}

pub struct Applications<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn applications(self) -> Applications<'c> {
        Applications(self)
    }
}

const APPLICATION: &str = "SELECT id, state, since, applicant, name, subject, received_at, findings, organisation,
                                  changed_at, reminders, decided_by, reason FROM application";

impl Applications<'_> {
    pub fn open(&self, new: &NewApplication<'_>, at: Timestamp) -> Result<ApplicationId> {
        let state = if new.findings.complete() { State::Complete } else { State::Incomplete };
        let address = &new.applicant.address;
        self.0
            .connection
            .execute(
                "INSERT INTO application (state, since, applicant, applicant_key, name, subject, received_at, findings,
                                          organisation, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?2)",
                params![
                    state.as_str(),
                    At(at),
                    address.as_str(),
                    address.key(),
                    new.applicant.name.as_deref().unwrap_or(""),
                    new.subject,
                    At(new.received_at),
                    json(new.findings)?,
                    new.organisation
                ],
            )
            .context("Opening an application")?;
        Ok(ApplicationId(self.0.connection.last_insert_rowid()))
    }

    pub fn get(&self, id: ApplicationId) -> Result<Option<Application>> {
        self.0
            .connection
            .prepare_cached(&format!("{APPLICATION} WHERE id = ?1"))?
            .query_row([id.0], application)
            .optional()
            .context("Reading an application")
    }

    /// All there are, in the order in which they came.
    pub fn all(&self) -> Result<Vec<Application>> {
        self.0
            .connection
            .prepare_cached(&format!("{APPLICATION} ORDER BY id"))?
            .query_map([], application)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the applications")
    }

    /// Those that somebody has to do something about.
    pub fn waiting(&self) -> Result<Vec<Application>> {
        self.0
            .connection
            .prepare_cached(&format!("{APPLICATION} WHERE state IN ('incomplete', 'complete') ORDER BY id"))?
            .query_map([], application)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the open applications")
    }

    /// Those of somebody, the latest first.
    pub fn of_applicant(&self, address: &Address) -> Result<Vec<Application>> {
        self.0
            .connection
            .prepare_cached(&format!("{APPLICATION} WHERE applicant_key = ?1 ORDER BY id DESC"))?
            .query_map([address.key()], application)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading somebody's applications")
    }

    /// What was found by now. An incomplete, complete or expired one becomes what `complete` says; others stay as they are
    /// and give `false`.
    pub fn found(
        &self,
        id: ApplicationId,
        findings: &Findings,
        organisation: &str,
        complete: bool,
        at: Timestamp,
    ) -> Result<bool> {
        let state = if complete { State::Complete } else { State::Incomplete };
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE application
                 SET findings = ?2, organisation = ?3, since = CASE WHEN state = ?4 THEN since ELSE ?5 END, state = ?4,
                     changed_at = ?5, reminders = 0
                 WHERE id = ?1 AND state IN ('incomplete', 'complete', 'expired')",
                params![id.0, json(findings)?, organisation, state.as_str(), At(at)],
            )
            .context("Recording what was found in an application")?;
        Ok(super::changed_one(rows))
    }

    /// The team accepts. `false` unless it is complete and undecided: nobody can accept another.
    pub fn accept(&self, id: ApplicationId, by: i64, at: Timestamp) -> Result<bool> {
        self.decide(id, &[State::Complete], State::Accepted, by, "", at)
    }

    /// The team rejects or withdraws it. `false` when it was decided before.
    pub fn end(&self, id: ApplicationId, to: State, by: i64, reason: &str, at: Timestamp) -> Result<bool> {
        self.decide(id, &[State::Complete, State::Incomplete, State::Expired], to, by, reason, at)
    }

    fn decide(
        &self,
        id: ApplicationId,
        from: &[State],
        to: State,
        by: i64,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool> {
        for state in from {
            let rows = self
                .0
                .connection
                .execute(
                    "UPDATE application
                     SET state = ?3, since = ?4, changed_at = ?4, reminders = 0, decided_by = ?5, reason = ?6
                     WHERE id = ?1 AND state = ?2",
                    params![id.0, state.as_str(), to.as_str(), At(at), by, reason],
                )
                .context("Deciding about an application")?;
            if super::changed_one(rows) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Nobody completed it in time. `false` when it is not incomplete.
    pub fn expire(&self, id: ApplicationId, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE application SET state = 'expired', since = ?2, changed_at = ?2, reminders = 0
                 WHERE id = ?1 AND state = 'incomplete'",
                params![id.0, At(at)],
            )
            .context("Closing an application that was not completed")?;
        Ok(super::changed_one(rows))
    }

    /// One reminder more was sent. `false` when another number was sent before than `sent`.
    pub fn reminded(&self, id: ApplicationId, sent: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE application SET reminders = reminders + 1 WHERE id = ?1 AND reminders = ?2",
                params![id.0, sent],
            )
            .context("Recording a reminder about an application")?;
        Ok(super::changed_one(rows))
    }

    /// All reminders up to this number were sent, or are too late to be. `false` when another number than `from` was before.
    pub fn reminded_up_to(&self, id: ApplicationId, from: u32, to: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute("UPDATE application SET reminders = ?3 WHERE id = ?1 AND reminders = ?2", params![id.0, from, to])
            .context("Recording the reminders about an application")?;
        Ok(super::changed_one(rows))
    }

    /// What a member of the team says of an item.
    pub fn rule(&self, id: ApplicationId, ruled: &Ruled, person: i64, inbox: i64, at: Timestamp) -> Result<()> {
        let status = match ruled.status {
            Status::Found => "found",
            Status::Unclear | Status::Missing => "missing",
        };
        self.0
            .connection
            .execute(
                "INSERT INTO ruling (application, item, status, words, person, inbox, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![id.0, ruled.item, status, ruled.words, person, inbox, At(at)],
            )
            .map(drop)
            .context("Recording what the team says of an item")
    }

    /// The applicant wrote of this item again: what the team said of it before counts no more. Gives whether it said
    /// anything.
    pub fn lift_rulings(&self, id: ApplicationId, item: &str, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE ruling SET lifted_at = ?3 WHERE application = ?1 AND item = ?2 AND lifted_at IS NULL",
                params![id.0, item, At(at)],
            )
            .context("Lifting what the team said of an item")?;
        Ok(rows > 0)
    }

    /// What the team said of its items, and still counts: of each the latest.
    pub fn rulings(&self, id: ApplicationId) -> Result<Vec<Ruled>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT item, status, words FROM ruling r WHERE application = ?1 AND lifted_at IS NULL
                 AND id = (SELECT max(id) FROM ruling l WHERE l.application = r.application AND l.item = r.item)
                 ORDER BY id",
            )?
            .query_map([id.0], |row| {
                let status = if row.get::<_, String>(1)? == "found" { Status::Found } else { Status::Missing };
                Ok(Ruled { item: row.get(0)?, status, words: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what the team said of an application")
    }
}

fn json(findings: &Findings) -> Result<String> {
    serde_json::to_string(findings).context("Writing findings as JSON")
}

fn application(row: &Row<'_>) -> rusqlite::Result<Application> {
    let broken =
        |column, problem: String| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem.into());
    let state: String = row.get(1)?;
    let address: String = row.get(3)?;
    let name: String = row.get(4)?;
    let findings: String = row.get(7)?;
    Ok(Application {
        id: ApplicationId(row.get(0)?),
        state: State::parse(&state).ok_or_else(|| broken(1, format!("no state “{state}”")))?,
        since: row.get::<_, At>(2)?.0,
        applicant: Mailbox {
            name: (!name.is_empty()).then_some(name),
            address: Address::parse(&address).map_err(|error| broken(3, error.to_string()))?,
        },
        subject: row.get(5)?,
        received_at: row.get::<_, At>(6)?.0,
        findings: serde_json::from_str(&findings).map_err(|error| broken(7, error.to_string()))?,
        organisation: row.get(8)?,
        changed_at: row.get::<_, At>(9)?.0,
        reminders: row.get(10)?,
        decided_by: row.get(11)?,
        reason: row.get(12)?,
    })
}
