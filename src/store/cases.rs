//! Cases: who takes part, which mails they have, and which of those were seen on a list.

mod life;
mod numbers;
mod refiling;
mod states;
mod thread;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::Rows;
use super::people::Person;
use super::time::At;
use crate::mail::address::{Address, Mailbox};
use crate::mail::lists::ListTrace;
use crate::mail::thread::MessageId;
use crate::rules::label::{CaseId, Label, Labels, Text};
use crate::rules::life::State;
use crate::rules::schedule::Proposal;

pub use life::Remark;
pub use numbers::Number;
pub use refiling::Filed;
pub use states::NotPublic;
pub use thread::ThreadMail;

/// A case as the desk works with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub number: CaseId,
    /// Its labels say whether it came encrypted.
    pub title: Text,
    pub state: State,
    /// Closed as no report at all.
    pub spam: bool,
    pub received_at: Timestamp,
    /// As they are now: proposed, or agreed.
    pub proposal: Proposal,
    /// The dates are agreed since; `None`: they are proposed.
    pub agreed_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
    pub public_at: Option<Timestamp>,
    pub exploited_at: Option<Timestamp>,
    pub cve_requested_at: Option<Timestamp>,
    /// The members were told.
    pub predisclosed_at: Option<Timestamp>,
    /// Its advisory is out since then.
    pub released_at: Option<Timestamp>,
    pub duplicate_of: Option<CaseId>,
    /// Whose lead it was passed on to, or empty.
    pub component: String,
    /// The From of the first mail, of several the first; a machine reports for nobody.
    pub reporter: Option<Person>,
    /// Who of the team takes care of it.
    pub owner: Option<Person>,
}

/// Somebody who takes part in a case, was asked to, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub person: Person,
    pub role: String,
    pub state: String,
    /// Since when it is so.
    pub since: Timestamp,
}

/// Who wrote a mail of a case, as far as that decides what they get to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Reporter,
    /// Somebody else who takes part in the case.
    Participant,
    Team,
    Stranger,
}

impl Standing {
    pub const ALL: [Standing; 4] = [Self::Reporter, Self::Participant, Self::Team, Self::Stranger];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reporter => "reporter",
            Self::Participant => "participant",
            Self::Team => "team",
            Self::Stranger => "stranger",
        }
    }
}

/// How a mail came to its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinedBy {
    /// It opened the case.
    Report,
    Token,
    Reference,
    /// A member of the team put it there.
    Command,
}

impl JoinedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Token => "token",
            Self::Reference => "reference",
            Self::Command => "command",
        }
    }
}

/// What the author of a mail got back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing: a machine, a list, nobody, or a member of the team.
    Not,
    /// The case, its dates, what happens next.
    Acknowledged,
    /// That it was added to the case.
    Added,
    /// That it arrived: nothing that shows whether there is a case.
    Received,
}

impl Answered {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Not => "none",
            Self::Acknowledged => "acknowledged",
            Self::Added => "added",
            Self::Received => "received",
        }
    }
}

/// One mail of a case.
pub struct Entry<'a> {
    pub case: CaseId,
    pub inbox: i64,
    pub author: Option<&'a Mailbox>,
    pub standing: Standing,
    /// The team's own, whoever it says it is from.
    pub of_team: bool,
    pub joined_by: JoinedBy,
    pub evidence: &'a str,
    pub to_reporter: bool,
    pub answer: Answered,
    pub effect: &'a str,
    /// It came encrypted, or repeats what did.
    pub sealed: bool,
    pub message_id: Option<&'a MessageId>,
}

/// One line of `case list`, with the fixed keys of DESIGN section 9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub number: CaseId,
    pub title: String,
    pub state: String,
    pub reporter: Option<String>,
    pub received_at: String,
    pub predisclosure_at: String,
    pub release_at: String,
    pub cves: Vec<String>,
    /// In the order of the playbook; filled in by whoever knows it.
    pub steps: Vec<super::steps::Shown>,
    /// Who of the team takes care of it.
    pub owner: Option<String>,
    /// The title came encrypted.
    pub title_sealed: bool,
    /// Its dates are agreed, not only proposed.
    pub agreed: bool,
    /// Since when they are.
    pub agreed_at: Option<String>,
    /// The case whose problem it has, too.
    pub duplicate_of: Option<CaseId>,
    /// Whose lead it was passed on to, as the settings call them; or empty.
    pub component: String,
}

/// One mail of a case, for `case show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownEntry {
    pub inbox: i64,
    pub received_at: String,
    pub author: String,
    pub standing: String,
    pub joined_by: String,
    pub evidence: String,
    pub to_reporter: bool,
    pub answered: bool,
    pub sealed: bool,
}

/// One mail of a case that those who take part in it get to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    pub inbox: i64,
    /// Name and address as written, or nothing.
    pub author: String,
    /// The address alone, if there is one.
    pub address: Option<Address>,
    pub standing: Standing,
    /// Our mail server vouched for its author.
    pub proven: bool,
    /// It came encrypted, or repeats what did.
    pub sealed: bool,
    pub received_at: Timestamp,
}

/// A list that a mail of a case went to or came through, for `case show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownFlag {
    pub inbox: i64,
    pub list: String,
    pub header: String,
    pub public: bool,
}

pub struct Cases<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn cases(self) -> Cases<'c> {
        Cases(self)
    }
}

const LISTED: &str = "SELECT c.number, c.title, c.state, p.address, c.received_at, c.predisclosure_at, c.release_at,
                             o.address, c.title_sealed,
                             (SELECT json_group_array(id) FROM (SELECT id FROM cve
                              WHERE case_number = c.number ORDER BY at, id)),
                             c.agreed_at, c.duplicate_of, c.component
                      FROM cases c LEFT JOIN person o ON o.id = c.owner
                      LEFT JOIN person p ON p.id = (SELECT r.person FROM participant r
                           WHERE r.case_number = c.number AND r.role = 'reporter' AND r.state = 'active'
                           ORDER BY r.since, r.person LIMIT 1)";

impl Cases<'_> {
    /// `sealed`: the title came encrypted.
    pub fn open(&self, title: &str, sealed: bool, received_at: Timestamp, proposal: Proposal) -> Result<CaseId> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO cases (title, title_sealed, state, received_at, predisclosure_at, release_at)
                 VALUES (?1, ?2, 'triage', ?3, ?4, ?5) RETURNING number",
            )?
            .query_row(
                params![title, sealed, At(received_at), At(proposal.predisclosure_at), At(proposal.release_at)],
                |row| row.get(0).map(CaseId),
            )
            .context("Opening a case")
    }

    pub fn get(&self, case: CaseId) -> Result<Option<Case>> {
        let reporter = self.0.participants().reporter(case)?;
        let owner = self
            .0
            .connection
            .prepare_cached(
                "SELECT p.id, p.name, p.address FROM cases c JOIN person p ON p.id = c.owner WHERE c.number = ?1",
            )?
            .query_row([case.0], super::people::person)
            .optional()
            .context("Reading who takes care of a case")?;
        self.0
            .connection
            .prepare_cached(
                "SELECT title, title_sealed, state, spam, received_at, predisclosure_at, release_at, agreed_at,
                        confirmed_at, public_at, exploited_at, cve_requested_at, duplicate_of, component,
                        released_at, predisclosed_at
                 FROM cases WHERE number = ?1",
            )?
            .query_row([case.0], |row| {
                let labels = Labels::of(Label::Case { case, sealed: row.get(1)? });
                Ok(Case {
                    number: case,
                    title: Text::new(labels, row.get(0)?),
                    state: states::state(row, 2)?,
                    spam: row.get(3)?,
                    received_at: row.get::<_, At>(4)?.0,
                    proposal: Proposal { predisclosure_at: row.get::<_, At>(5)?.0, release_at: row.get::<_, At>(6)?.0 },
                    agreed_at: at(row, 7)?,
                    confirmed_at: at(row, 8)?,
                    public_at: at(row, 9)?,
                    exploited_at: at(row, 10)?,
                    cve_requested_at: at(row, 11)?,
                    duplicate_of: row.get::<_, Option<i64>>(12)?.map(CaseId),
                    component: row.get(13)?,
                    released_at: at(row, 14)?,
                    predisclosed_at: at(row, 15)?,
                    reporter,
                    owner,
                })
            })
            .optional()
            .context("Reading a case")
    }

    /// Everybody who takes part in a case, was asked to, or did; the discoverer first.
    pub fn participants(&self, case: CaseId) -> Result<Vec<Participant>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT p.id, p.name, p.address, r.role, r.state, r.since
                 FROM participant r JOIN person p ON p.id = r.person WHERE r.case_number = ?1
                 ORDER BY r.role <> 'reporter', r.since, p.id",
            )?
            .query_map([case.0], |row| {
                Ok(Participant {
                    person: super::people::person(row)?,
                    role: row.get(3)?,
                    state: row.get(4)?,
                    since: row.get::<_, At>(5)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who takes part in a case")
    }

    /// What this mail told the desk to do was done.
    pub fn obeyed(&self, case: CaseId, inbox: i64) -> Result<()> {
        self.0
            .connection
            .execute("UPDATE entry SET obeyed = 1 WHERE case_number = ?1 AND inbox = ?2", params![case.0, inbox])
            .map(drop)
            .context("Marking a mail whose commands were carried out")
    }

    /// Whether what a copy of this mail told the desk to do was done, or its signature was answered in another way.
    pub fn was_obeyed(&self, case: CaseId, effect: &str) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT 1 FROM entry WHERE case_number = ?1 AND effect = ?2
                 AND (obeyed = 1 OR inbox IN (SELECT inbox FROM used_signature))",
            )?
            .exists(params![case.0, effect])
            .context("Looking whether the commands of a mail were carried out")
    }

    /// Text of this mail went to the reporter.
    pub fn went_to_reporter(&self, case: CaseId, inbox: i64) -> Result<()> {
        self.0
            .connection
            .execute("UPDATE entry SET to_reporter = 1 WHERE case_number = ?1 AND inbox = ?2", params![case.0, inbox])
            .map(drop)
            .context("Marking a mail of which text went to the reporter")
    }

    /// The mails that whoever comes to take part in a case gets to see, the oldest first, each once: what others than the
    /// team wrote, and what the team wrote to the reporter; not what it told the desk, nor what it wrote to itself. What
    /// one copy of a mail shows of it holds for all.
    pub fn shared(&self, case: CaseId) -> Result<Vec<Shared>> {
        let mut copies = self.0.connection.prepare_cached(
            "SELECT e.effect, e.inbox, e.author, e.standing, e.evidence, e.sealed, i.received_at, e.author_key, e.of_team
             FROM entry e JOIN inbox i ON i.id = e.inbox
             WHERE e.case_number = ?1
               AND NOT EXISTS (SELECT 1 FROM entry o WHERE o.case_number = ?1 AND o.effect = e.effect AND o.obeyed = 1)
               AND (e.to_reporter = 1 OR NOT EXISTS
                    (SELECT 1 FROM entry t WHERE t.case_number = ?1 AND t.effect = e.effect AND t.of_team = 1))
             ORDER BY e.inbox",
        )?;
        let copies = copies
            .query_map([case.0], |row| {
                let shared = Shared {
                    inbox: row.get(1)?,
                    author: row.get(2)?,
                    address: Address::parse(&row.get::<_, String>(7)?).ok(),
                    standing: if row.get(8)? { Standing::Team } else { standing(row, 3)? },
                    proven: row.get::<_, String>(4)? != "none",
                    sealed: row.get(5)?,
                    received_at: row.get::<_, At>(6)?.0,
                };
                Ok((row.get::<_, String>(0)?, shared))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Reading the mails of a case that its participants may see")?;
        let mut mails: Vec<(String, Shared)> = Vec::new();
        for (effect, copy) in copies {
            match mails.iter_mut().find(|(known, _)| *known == effect) {
                Some((_, first)) => first.sealed |= copy.sealed,
                None => mails.push((effect, copy)),
            }
        }
        Ok(mails.into_iter().map(|(_, mail)| mail).collect())
    }

    pub fn add_entry(&self, entry: &Entry<'_>) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO entry (case_number, inbox, author, author_key, standing, joined_by, evidence, to_reporter, answer, effect,
                                    message_id, sealed, of_team)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                entry.case.0,
                entry.inbox,
                entry.author.map(ToString::to_string).unwrap_or_default(),
                entry.author.map(|author| author.address.key()).unwrap_or_default(),
                entry.standing.as_str(),
                entry.joined_by.as_str(),
                entry.evidence,
                entry.to_reporter,
                entry.answer.as_str(),
                entry.effect,
                entry.message_id.map(MessageId::as_str),
                entry.sealed,
                entry.of_team
            ])
            .context("Adding a mail to a case")?;
        Ok(())
    }

    /// How many mails a case has; the same one by two ways is one.
    pub fn mail_count(&self, case: CaseId) -> Result<i64> {
        self.0
            .connection
            .prepare_cached("SELECT count(DISTINCT effect) FROM entry WHERE case_number = ?1")?
            .query_row([case.0], |row| row.get(0))
            .context("Counting the mails of a case")
    }

    /// The latest mails of a case that came encrypted or repeat what did, or the latest of the others; newest first.
    pub fn latest(&self, case: CaseId, sealed: bool, max: u32) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT inbox FROM entry WHERE case_number = ?1 AND sealed = ?2 ORDER BY inbox DESC LIMIT ?3",
            )?
            .query_map(params![case.0, sealed, max], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for the latest mails of a case")
    }

    /// The first copy of the same mail in this case.
    pub fn earlier(&self, case: CaseId, effect: &str) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT min(inbox) FROM entry WHERE case_number = ?1 AND effect = ?2")?
            .query_row(params![case.0, effect], |row| row.get(0))
            .context("Looking for the same mail in a case")
    }

    /// The case that has a mail of this author with this identifier: another copy of it, perhaps changed on its way.
    pub fn of_mail(&self, message_id: &MessageId, author: &Address) -> Result<Option<CaseId>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT case_number FROM entry WHERE message_id = ?1 AND author_key = ?2 ORDER BY case_number LIMIT 1",
            )?
            .query_row(params![message_id.as_str(), author.key()], |row| row.get(0).map(CaseId))
            .optional()
            .context("Looking for another copy of a mail")
    }

    /// The Message-ID of somebody's latest mail in a case, or in one that is a duplicate of it: what an answer to them
    /// answers.
    pub fn last_of(&self, case: CaseId, author: &Address) -> Result<Option<MessageId>> {
        let text: Option<String> = self
            .0
            .connection
            .prepare_cached(
                "SELECT message_id FROM entry WHERE author_key = ?2 AND standing = 'reporter' AND message_id IS NOT NULL
                     AND (case_number = ?1 OR case_number IN (SELECT number FROM cases WHERE duplicate_of = ?1))
                 ORDER BY case_number = ?1 DESC, inbox DESC LIMIT 1",
            )?
            .query_row(params![case.0, author.key()], |row| row.get(0))
            .optional()
            .context("Looking for the latest mail of a reporter")?;
        Ok(text.as_deref().and_then(MessageId::parse))
    }

    /// Whether this reporter was ever told which case theirs is. What goes to one of several goes to all, and who comes
    /// later is told so.
    pub fn reporter_knows(&self, case: CaseId, reporter: &Person) -> Result<bool> {
        self.0
            .connection
            .prepare_cached(
                "SELECT NOT EXISTS (SELECT 1 FROM participant WHERE case_number = ?1 AND person = ?2 AND unwritten = 1)
                    AND (EXISTS (SELECT 1 FROM entry WHERE case_number = ?1 AND standing = 'reporter' AND author_key = ?3
                                 AND answer IN ('acknowledged', 'added'))
                      OR EXISTS (SELECT 1 FROM entry WHERE case_number = ?1 AND to_reporter = 1)
                      OR EXISTS (SELECT 1 FROM participant WHERE case_number = ?1 AND person = ?2 AND sent_at IS NOT NULL)
                      OR EXISTS (SELECT 1 FROM cases WHERE number = ?1 AND reporter_told = 1))",
            )?
            .query_row(params![case.0, reporter.id, reporter.address.key()], |row| row.get(0))
            .context("Looking whether a reporter knows the case")
    }

    pub fn add_flag(&self, case: CaseId, inbox: i64, trace: &ListTrace) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO flag (case_number, inbox, list, header, public) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![case.0, inbox, trace.list, trace.header, trace.configured])
            .context("Flagging a mail of a case")?;
        Ok(())
    }

    /// All cases, the newest first.
    pub fn list(&self) -> Result<Vec<Listed>> {
        self.0
            .connection
            .prepare_cached(&format!("{LISTED} ORDER BY c.number DESC"))?
            .query_map([], listed)?
            .collect::<rusqlite::Result<_>>()
            .context("Listing cases")
    }

    pub fn listed(&self, case: CaseId) -> Result<Option<Listed>> {
        self.0
            .connection
            .prepare_cached(&format!("{LISTED} WHERE c.number = ?1"))?
            .query_row([case.0], listed)
            .optional()
            .context("Reading a case")
    }

    pub fn entries(&self, case: CaseId) -> Result<Vec<ShownEntry>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT e.inbox, i.received_at, e.author, e.standing, e.joined_by, e.evidence, e.to_reporter, e.answer <> 'none',
                        e.sealed
                 FROM entry e JOIN inbox i ON i.id = e.inbox WHERE e.case_number = ?1 ORDER BY e.inbox",
            )?
            .query_map([case.0], |row| {
                Ok(ShownEntry {
                    inbox: row.get(0)?,
                    received_at: row.get(1)?,
                    author: row.get(2)?,
                    standing: row.get(3)?,
                    joined_by: row.get(4)?,
                    evidence: row.get(5)?,
                    to_reporter: row.get(6)?,
                    answered: row.get(7)?,
                    sealed: row.get(8)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the mails of a case")
    }

    pub fn flags(&self, case: CaseId) -> Result<Vec<ShownFlag>> {
        self.0
            .connection
            .prepare_cached("SELECT inbox, list, header, public FROM flag WHERE case_number = ?1 ORDER BY inbox, list")?
            .query_map([case.0], |row| {
                Ok(ShownFlag { inbox: row.get(0)?, list: row.get(1)?, header: row.get(2)?, public: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the flags of a case")
    }
}

fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<At>>(column)?.map(|at| at.0))
}

fn standing(row: &Row<'_>, column: usize) -> rusqlite::Result<Standing> {
    let text: String = row.get(column)?;
    Standing::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| {
        let problem = format!("no standing “{text}”").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, problem)
    })
}

/// A list in a column.
fn texts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let json: String = row.get(column)?;
    serde_json::from_str(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let agreed_at: Option<String> = row.get(10)?;
    Ok(Listed {
        number: CaseId(row.get(0)?),
        title: row.get(1)?,
        state: row.get(2)?,
        reporter: row.get(3)?,
        received_at: row.get(4)?,
        predisclosure_at: row.get(5)?,
        release_at: row.get(6)?,
        cves: texts(row, 9)?,
        steps: Vec::new(),
        owner: row.get(7)?,
        title_sealed: row.get(8)?,
        agreed: agreed_at.is_some(),
        agreed_at,
        duplicate_of: row.get::<_, Option<i64>>(11)?.map(CaseId),
        component: row.get(12)?,
    })
}
