//! Deliveries that are blocked for want of a certificate only, and the people who were told that theirs is missing.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;
use crate::rules::label::CaseId;

/// How often somebody is told that letters to them wait for a certificate, however many wait.
const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Somebody for whom a letter waits that may not leave in clear, and who does not know of this one yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertified {
    pub address: Address,
    /// The first delivery of which nobody was told, and how often an operator had it tried again.
    pub delivery: i64,
    pub releases: u32,
    pub case: Option<CaseId>,
    /// Why it is blocked.
    pub why: String,
    /// The team does not know yet that letters to this person wait.
    pub is_new: bool,
}

pub struct UncertifiedPeople<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn uncertified(self) -> UncertifiedPeople<'c> {
        UncertifiedPeople(self)
    }
}

impl UncertifiedPeople<'_> {
    /// Those who are to be told now. An alert that waits tells nobody: alerts about alerts would never end.
    pub fn untold(&self, now: Timestamp) -> Result<Vec<Uncertified>> {
        let mut found: Vec<Uncertified> = Vec::new();
        let mut statement = self.0.connection.prepare_cached(
            "SELECT d.recipient, d.id, d.releases, d.error, l.case_number FROM delivery d JOIN letter l ON l.id = d.letter
             LEFT JOIN automatic_answer a ON a.delivery = d.id
             WHERE d.uncertified = 1 AND d.state = 'blocked' AND d.told_at IS NULL AND l.kind <> 'alert'
                   AND (a.leaves_at IS NULL OR a.leaves_at <= ?1)
             ORDER BY d.id",
        )?;
        let all = statement
            .query_map([At(now)], |row| {
                Ok(Uncertified {
                    address: super::people::address(row, 0)?,
                    delivery: row.get(1)?,
                    releases: row.get(2)?,
                    why: row.get(3)?,
                    case: row.get::<_, Option<i64>>(4)?.map(CaseId),
                    is_new: true,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Looking for letters that wait for a certificate")?;
        for person in all {
            if found.iter().any(|known| known.address == person.address) {
                continue;
            }
            let told_at = self.told_at(&person.address)?;
            if told_at.is_none_or(|at| now.duration_since(at) >= TOLD_AGAIN_AFTER) {
                found.push(Uncertified { is_new: told_at.is_none(), ..person });
            }
        }
        Ok(found)
    }

    /// Whether this person was asked for a certificate, and has given none yet.
    pub fn is_asked(&self, address: &Address) -> Result<bool> {
        Ok(self.told_at(address)?.is_some())
    }

    fn told_at(&self, address: &Address) -> Result<Option<Timestamp>> {
        let at: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT told_at FROM uncertified WHERE address_key = ?1")?
            .query_row([address.key()], |row| row.get(0))
            .optional()
            .context("Looking when somebody was told that their certificate is missing")?;
        Ok(at.map(|at| at.0))
    }

    /// People were told of all letters that wait for this person's certificate. `false` when nothing waits untold.
    pub fn told(&self, address: &Address, at: Timestamp) -> Result<bool> {
        let doing = "Recording that a certificate was asked for";
        let mut told = 0;
        for delivery in self.waiting(address)? {
            told += self
                .0
                .connection
                .execute(
                    "UPDATE delivery SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL",
                    params![delivery, At(at)],
                )
                .context(doing)?;
        }
        self.0
            .connection
            .execute(
                "INSERT INTO uncertified (address_key, told_at) VALUES (?1, ?2)
                 ON CONFLICT (address_key) DO UPDATE SET told_at = excluded.told_at",
                params![address.key(), At(at)],
            )
            .context(doing)?;
        Ok(told > 0)
    }

    /// There is a usable certificate of theirs now: what waited for it leaves, the gate being asked again. Gives how
    /// many deliveries that are.
    pub fn queue(&self, address: &Address, now: Timestamp) -> Result<usize> {
        let doing = "Queueing what waited for a certificate";
        self.0.connection.execute("DELETE FROM uncertified WHERE address_key = ?1", [address.key()]).context(doing)?;
        let mut queued = 0;
        for delivery in self.waiting(address)? {
            queued += self
                .0
                .connection
                .execute(
                    "UPDATE delivery SET state = 'queued', uncertified = 0, releases = releases + 1, next_attempt_at = ?2,
                            error = '', decided_at = NULL, told_at = NULL
                     WHERE id = ?1 AND state = 'blocked'",
                    params![delivery, At(now)],
                )
                .context(doing)?;
        }
        Ok(queued)
    }

    /// The deliveries to this person that wait for their certificate.
    fn waiting(&self, address: &Address) -> Result<Vec<i64>> {
        let mut statement = self
            .0
            .connection
            .prepare_cached("SELECT recipient, id FROM delivery WHERE uncertified = 1 AND state = 'blocked'")?;
        let all = statement
            .query_map([], |row| Ok((super::people::address(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(Address, i64)>>>()
            .context("Looking for what waits for a certificate")?;
        Ok(all.into_iter().filter(|(recipient, _)| recipient == address).map(|(_, id)| id).collect())
    }
}
