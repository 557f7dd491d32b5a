//! A member's role address is to be another one. Nothing changes before both ends said so.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Member, Members};
use crate::store::people::Person;
use crate::store::time::At;

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Former,
    New,
}

/// A change of address that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    pub id: i64,
    pub member: i64,
    /// The people behind the addresses.
    pub former: i64,
    pub new: i64,
    pub asked_at: Timestamp,
    pub former_said: bool,
    pub new_said: bool,
    pub open: bool,
}

const CHANGE: &str = "SELECT id, member, former, person, asked_at, former_said_at IS NOT NULL, new_said_at IS NOT NULL,
                             outcome = 'open' FROM address_change";

impl Members<'_> {
    /// How often a member asked for another address since then.
    pub fn address_asks_since(&self, member: i64, since: Timestamp) -> Result<i64> {
        self.0
            .connection
            .prepare_cached("SELECT count(*) FROM address_change WHERE member = ?1 AND asked_at >= ?2")?
            .query_row(params![member, At(since)], |row| row.get(0))
            .context("Counting how often a member asked for another address")
    }

    /// Somebody asks for it; gives the number of the change. One that was asked for before ends.
    pub fn ask_for_address(&self, member: &Member, new: &Person, at: Timestamp) -> Result<i64> {
        self.end_address_changes(member.id, at)?;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO address_change (member, former, person, asked_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            )?
            .query_row(params![member.id, member.role.id, new.id, At(at)], |row| row.get(0))
            .context("Noting that a member's address is to change")
    }

    pub fn address_change(&self, id: i64) -> Result<Option<AddressChange>> {
        self.0
            .connection
            .prepare_cached(&format!("{CHANGE} WHERE id = ?1"))?
            .query_row([id], change)
            .optional()
            .context("Reading a change of address")
    }

    pub fn open_address_changes(&self) -> Result<Vec<AddressChange>> {
        self.0
            .connection
            .prepare_cached(&format!("{CHANGE} WHERE outcome = 'open' ORDER BY id"))?
            .query_map([], change)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the changes of address that were asked for")
    }

    /// One end says so. `false` when it did before, or the change is over.
    pub fn says_address(&self, id: i64, end: End, at: Timestamp) -> Result<bool> {
        let column = match end {
            End::Former => "former_said_at",
            End::New => "new_said_at",
        };
        let rows = self
            .0
            .connection
            .execute(
                &format!(
                    "UPDATE address_change SET {column} = ?2 WHERE id = ?1 AND outcome = 'open' AND {column} IS NULL"
                ),
                params![id, At(at)],
            )
            .context("Noting that an address agrees to a change")?;
        Ok(crate::store::changed_one(rows))
    }

    /// The member has its new address. `false` unless both ends said so, or when the change is over.
    pub fn change_address(&self, change: &AddressChange, at: Timestamp) -> Result<bool> {
        let doing = "Changing the address of a member";
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE address_change SET outcome = 'changed', ended_at = ?2
                 WHERE id = ?1 AND outcome = 'open' AND former_said_at IS NOT NULL AND new_said_at IS NOT NULL",
                params![change.id, At(at)],
            )
            .context(doing)?;
        if !crate::store::changed_one(rows) {
            return Ok(false);
        }
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member SET person = ?2 WHERE id = ?1 AND person = ?3",
                params![change.member, change.new, change.former],
            )
            .context(doing)?;
        Ok(crate::store::changed_one(rows))
    }

    /// Nobody answered in time. `false` when it is over.
    pub fn address_expired(&self, id: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE address_change SET outcome = 'expired', ended_at = ?2 WHERE id = ?1 AND outcome = 'open'",
                params![id, At(at)],
            )
            .context("Ending a change of address")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Whether this was a member's address that has another one now.
    pub fn was_address_of_one(&self, person: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM address_change WHERE former = ?1 AND outcome = 'changed'")?
            .exists([person])
            .context("Looking whether an address was a member's")
    }

    /// What was asked for is void: the member is off the list, or asks for another address.
    pub fn end_address_changes(&self, member: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .execute(
                "UPDATE address_change SET outcome = 'refused', ended_at = ?2 WHERE member = ?1 AND outcome = 'open'",
                params![member, At(at)],
            )
            .map(drop)
            .context("Ending what was asked about a member's address")
    }
}

fn change(row: &Row<'_>) -> rusqlite::Result<AddressChange> {
    Ok(AddressChange {
        id: row.get(0)?,
        member: row.get(1)?,
        former: row.get(2)?,
        new: row.get(3)?,
        asked_at: row.get::<_, At>(4)?.0,
        former_said: row.get(5)?,
        new_said: row.get(6)?,
        open: row.get(7)?,
    })
}
