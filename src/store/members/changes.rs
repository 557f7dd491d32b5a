//! Changes of who is on the list that members and the team are still to be told of.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::{By, Members};
use crate::store::Rows;
use crate::store::time::At;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Its address is asked.
    Invited,
    /// It is on the list, without a question.
    Added,
    Removed,
    Suspended,
    Resumed,
}

impl What {
    const ALL: [What; 5] = [What::Invited, What::Added, What::Removed, What::Suspended, What::Resumed];

    pub fn as_str(self) -> &'static str {
        match self {
            What::Invited => "invited",
            What::Added => "added",
            What::Removed => "removed",
            What::Suspended => "suspended",
            What::Resumed => "resumed",
        }
    }
}

/// A change nobody was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberChange {
    pub id: i64,
    /// `None`: several at once.
    pub member: Option<i64>,
    pub what: What,
    /// How many it is about: none, when it was not on the list yet and is not to be any more.
    pub count: u32,
    pub said_by: String,
    /// Of the change history; empty when there is none.
    pub entry: String,
    pub at: Timestamp,
}

impl Rows<'_> {
    pub(super) fn tells(
        self,
        member: Option<i64>,
        what: What,
        count: usize,
        by: By<'_>,
        entry: &str,
        at: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO member_change (member, what, count, said_by, entry, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![member, what.as_str(), i64::try_from(count)?, by.called, entry, At(at)])
            .map(drop)
            .context("Noting a change of a member")
    }
}

impl Members<'_> {
    /// Those nobody was told of.
    pub fn untold_changes(&self) -> Result<Vec<MemberChange>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, member, what, count, said_by, entry, at FROM member_change WHERE told_at IS NULL ORDER BY id",
            )?
            .query_map([], |row| {
                let what: String = row.get(2)?;
                Ok(MemberChange {
                    id: row.get(0)?,
                    member: row.get(1)?,
                    // Not reached: the table checks it.
                    what: What::ALL.into_iter().find(|known| known.as_str() == what).unwrap_or(What::Added),
                    count: row.get(3)?,
                    said_by: row.get(4)?,
                    entry: row.get(5)?,
                    at: row.get::<_, At>(6)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for changes of members that nobody was told of")
    }

    /// People are told. `false` when they were before.
    pub fn change_told(&self, change: i64, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE member_change SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL",
                params![change, At(now)],
            )
            .context("Noting that people were told of a change of a member")?;
        Ok(crate::store::changed_one(rows))
    }
}
