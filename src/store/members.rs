//! Organisations on the predisclosure list: the name that is public, the role address that never is, and how far the
//! membership is. What they may read follows in `rules::clearance`; how they change, in `acts`.

mod acts;
mod addresses;
mod changes;
mod drills;
mod keys;

pub use acts::{By, New, Taken};
pub use addresses::{AddressChange, End};
pub use changes::{MemberChange, What};
pub use drills::Drill;
pub use keys::MemberKey;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::applications::ApplicationId;
use super::people::{self, Person};
use super::time::At;

/// How far a membership is (DESIGN section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The role address was asked to confirm itself.
    Invited,
    Active,
    Suspended,
    Left,
}

impl State {
    const ALL: [State; 4] = [State::Invited, State::Active, State::Suspended, State::Left];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Invited => "invited",
            State::Active => "active",
            State::Suspended => "suspended",
            State::Left => "left",
        }
    }
}

/// Whether a new member gets the advisories that are under embargo now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// Nobody was asked.
    Unasked,
    /// The team was.
    Asked,
    Send,
    None,
}

impl Current {
    const ALL: [Current; 4] = [Current::Unasked, Current::Asked, Current::Send, Current::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Current::Unasked => "unasked",
            Current::Asked => "asked",
            Current::Send => "send",
            Current::None => "none",
        }
    }
}

/// An organisation on the list, or on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: i64,
    /// Public.
    pub name: String,
    /// The role address.
    pub role: Person,
    pub state: State,
    pub since: Timestamp,
    pub application: Option<ApplicationId>,
    /// Sent about the address that nobody confirmed.
    pub reminders: u32,
    pub current: Current,
    /// Who said so.
    pub current_by: Option<i64>,
    /// Of organisation, as its application or an import says; or empty.
    pub kind: String,
    pub domains: Vec<String>,
    /// On the list since; public.
    pub joined_at: Option<Timestamp>,
    /// How often the address was asked to confirm itself, reminders aside.
    pub asks: u32,
}

/// What everybody may know of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnList {
    pub name: String,
    pub since: Timestamp,
}

pub struct Members<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn members(self) -> Members<'c> {
        Members(self)
    }
}

const MEMBER: &str =
    "SELECT p.id, p.name, p.address, m.id, m.name, m.state, m.since, m.application, m.reminders, m.current,
                             m.current_by, m.kind, m.domains, m.joined_at, m.asks
                      FROM member m JOIN person p ON p.id = m.person";

impl Members<'_> {
    /// An organisation was accepted; its address has to be confirmed. `None` when a member has that address.
    pub fn invite(
        &self,
        name: &str,
        person: i64,
        application: Option<ApplicationId>,
        at: Timestamp,
    ) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO member (name, person, state, since, application) VALUES (?1, ?2, 'invited', ?3, ?4)
                 ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(params![name, person, At(at), application.map(|id| id.0)], |row| row.get(0))
            .optional()
            .context("Inviting a member")
    }

    /// `false` when it is not in the state `from`.
    pub fn change(&self, id: i64, from: State, to: State, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member SET state = ?3, since = ?4, reminders = 0,
                     joined_at = CASE WHEN ?3 = 'active' THEN coalesce(joined_at, ?4) ELSE joined_at END
                 WHERE id = ?1 AND state = ?2",
                params![id, from.as_str(), to.as_str(), At(at)],
            )
            .context("Changing the state of a member")?;
        Ok(super::changed_one(rows))
    }

    /// All reminders up to this number were sent, or are too late to be. `false` when another number than `from` was before.
    pub fn reminded(&self, id: i64, from: u32, to: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute("UPDATE member SET reminders = ?3 WHERE id = ?1 AND reminders = ?2", params![id, from, to])
            .context("Recording a reminder to a member")?;
        Ok(super::changed_one(rows))
    }

    /// Its address is asked once more, after an unclear answer. `false` when it was asked `max` times.
    pub fn ask_again(&self, id: i64, max: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member SET asks = asks + 1 WHERE id = ?1 AND state = 'invited' AND asks < ?2",
                params![id, max],
            )
            .context("Asking an address once more")?;
        Ok(super::changed_one(rows))
    }

    /// Whether it gets what is under embargo now. `false` when it was not `from`.
    pub fn set_current(&self, id: i64, from: Current, to: Current, by: Option<i64>) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member SET current = ?3, current_by = ?4 WHERE id = ?1 AND current = ?2",
                params![id, from.as_str(), to.as_str(), by],
            )
            .context("Recording whether a member gets what is under embargo")?;
        Ok(super::changed_one(rows))
    }

    pub fn get(&self, id: i64) -> Result<Member> {
        self.0
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE m.id = ?1"))?
            .query_row([id], member)
            .context("Reading a member")
    }

    /// Those who are on the list, suspended, or asked: all whom a command may mean.
    pub fn present(&self) -> Result<Vec<Member>> {
        Ok(self.all()?.into_iter().filter(|member| member.state != State::Left).collect())
    }

    pub fn of_application(&self, id: ApplicationId) -> Result<Option<Member>> {
        self.0
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE m.application = ?1 ORDER BY m.id DESC LIMIT 1"))?
            .query_row([id.0], member)
            .optional()
            .context("Reading the member of an application")
    }

    /// Whoever has this address, unless they left.
    pub fn of_person(&self, person: i64) -> Result<Option<Member>> {
        self.0
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE m.person = ?1 AND m.state <> 'left'"))?
            .query_row([person], member)
            .optional()
            .context("Reading the member of an address")
    }

    /// Whether this is the confirmed role address of an organisation that is on the list now.
    pub fn is_active(&self, person: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM member WHERE person = ?1 AND state = 'active'")?
            .exists([person])
            .context("Looking whether an address is a member's")
    }

    /// Those whose address nobody confirmed yet.
    pub fn invited(&self) -> Result<Vec<Member>> {
        self.0
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE m.state = 'invited' ORDER BY m.id"))?
            .query_map([], member)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the members that were asked")
    }

    /// Who is on the list now, as everybody may know it, by name.
    pub fn on_list(&self) -> Result<Vec<OnList>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT name, coalesce(joined_at, since) FROM member WHERE state = 'active'
                 ORDER BY name COLLATE NOCASE, id",
            )?
            .query_map([], |row| Ok(OnList { name: row.get(0)?, since: row.get::<_, At>(1)?.0 }))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who is on the list")
    }

    /// All there ever were, by name.
    pub fn all(&self) -> Result<Vec<Member>> {
        self.0
            .connection
            .prepare_cached(&format!("{MEMBER} ORDER BY m.name COLLATE NOCASE, m.id"))?
            .query_map([], member)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the members")
    }
}

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    let (state, current): (String, String) = (row.get(5)?, row.get(9)?);
    Ok(Member {
        role: people::person(row)?,
        id: row.get(3)?,
        name: row.get(4)?,
        // Not reached: the table checks both.
        state: State::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(State::Left),
        since: row.get::<_, At>(6)?.0,
        application: row.get::<_, Option<i64>>(7)?.map(ApplicationId),
        reminders: row.get(8)?,
        current: Current::ALL.into_iter().find(|known| known.as_str() == current).unwrap_or(Current::None),
        current_by: row.get(10)?,
        kind: row.get(11)?,
        // Not reached: the table takes JSON only, and nothing else writes it.
        domains: serde_json::from_str(&row.get::<_, String>(12)?).unwrap_or_default(),
        joined_at: row.get::<_, Option<At>>(13)?.map(|at| at.0),
        asks: row.get(14)?,
    })
}
