//! People and the security team. A person is one address; what they may do is said by other rows.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;
use crate::mail::address::{Address, Mailbox};

/// Somebody we know by an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub address: Address,
}

impl Person {
    pub fn mailbox(&self) -> Mailbox {
        Mailbox { name: (!self.name.is_empty()).then(|| self.name.clone()), address: self.address.clone() }
    }

    pub fn called(&self) -> &str {
        if self.name.is_empty() { self.address.as_str() } else { &self.name }
    }
}

/// A member of the security team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamMember {
    pub person: Person,
    pub moderator: bool,
    pub since: Timestamp,
}

pub struct People<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn people(self) -> People<'c> {
        People(self)
    }
}

const TEAM: &str = "SELECT p.id, p.name, p.address, t.moderator, t.since
                    FROM team_member t JOIN person p ON p.id = t.person WHERE t.state = 'active'";

impl People<'_> {
    /// The person behind an address, made known if they were not. A known name is kept; an empty one is filled.
    pub fn find_or_add(&self, name: &str, address: &Address) -> Result<Person> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO person (name, address, address_key) VALUES (?1, ?2, ?3)
                 ON CONFLICT (address_key) DO UPDATE SET name = excluded.name WHERE person.name = ''",
            )?
            .execute(params![name, address.as_str(), address.key()])
            .context("Adding a person")?;
        self.by_address(address)?.context("Reading back a person just added")
    }

    /// The name an operator gives somebody: what they called themselves in a mail proves nothing.
    pub fn rename(&self, person: i64, name: &str) -> Result<()> {
        self.0
            .connection
            .execute("UPDATE person SET name = ?2 WHERE id = ?1", params![person, name])
            .map(drop)
            .context("Naming a person")
    }

    pub fn by_address(&self, address: &Address) -> Result<Option<Person>> {
        self.0
            .connection
            .prepare_cached("SELECT id, name, address FROM person WHERE address_key = ?1")?
            .query_row([address.key()], person)
            .optional()
            .context("Looking for a person")
    }

    pub fn get(&self, id: i64) -> Result<Person> {
        self.0
            .connection
            .prepare_cached("SELECT id, name, address FROM person WHERE id = ?1")?
            .query_row([id], person)
            .context("Reading a person")
    }

    pub fn count(&self) -> Result<i64> {
        Ok(self.0.connection.query_row("SELECT count(*) FROM person", [], |row| row.get(0))?)
    }

    /// The active team, in the order of joining.
    pub fn team(&self) -> Result<Vec<TeamMember>> {
        self.0
            .connection
            .prepare_cached(&format!("{TEAM} ORDER BY t.since, p.id"))?
            .query_map([], team_member)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the team")
    }

    pub fn team_member(&self, person: i64) -> Result<Option<TeamMember>> {
        self.0
            .connection
            .prepare_cached(&format!("{TEAM} AND p.id = ?1"))?
            .query_row([person], team_member)
            .optional()
            .context("Reading a team member")
    }

    /// Whether somebody takes part in any case, as its discoverer or otherwise.
    pub fn takes_part(&self, person: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM participant WHERE person = ?1 AND state <> 'removed'")?
            .exists([person])
            .context("Looking whether somebody takes part in a case")
    }

    /// `false` when the person is an active member already.
    pub fn join_team(&self, person: i64, moderator: bool, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "INSERT INTO team_member (person, moderator, state, since) VALUES (?1, ?2, 'active', ?3)
                 ON CONFLICT (person) DO UPDATE SET moderator = excluded.moderator, state = 'active', since = excluded.since
                 WHERE team_member.state = 'left'",
                params![person, moderator, At(at)],
            )
            .context("Adding a team member")?;
        Ok(super::changed_one(rows))
    }

    /// Puts somebody into the team, under the name that whoever answers for them gives. `false` when they are in it.
    pub fn joins_team(&self, person: &Person, moderator: bool, at: Timestamp) -> Result<bool> {
        let joins = self.join_team(person.id, moderator, at)?;
        if joins {
            self.rename(person.id, &person.name)?;
            self.0.joinings().void_of_candidate(person.id, at)?;
        }
        Ok(joins)
    }

    /// `false` when the person is no active member, or a moderator already.
    pub fn make_moderator(&self, person: i64) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE team_member SET moderator = 1 WHERE person = ?1 AND state = 'active' AND moderator = 0",
                [person],
            )
            .context("Making somebody a moderator")?;
        Ok(super::changed_one(rows))
    }

    /// `false` when the person is no active member.
    pub fn leave_team(&self, person: i64) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute("UPDATE team_member SET state = 'left' WHERE person = ?1 AND state = 'active'", [person])
            .context("Removing a team member")?;
        Ok(super::changed_one(rows))
    }
}

pub(super) fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person { id: row.get(0)?, name: row.get(1)?, address: address(row, 2)? })
}

fn team_member(row: &Row<'_>) -> rusqlite::Result<TeamMember> {
    Ok(TeamMember { person: person(row)?, moderator: row.get(3)?, since: row.get::<_, At>(4)?.0 })
}

/// An address of a column. Only addresses go in, so anything else is damage.
pub(super) fn address(row: &Row<'_>, column: usize) -> rusqlite::Result<Address> {
    let text: String = row.get(column)?;
    Address::parse(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
