//! Deliveries that wait for nothing but their reader's certificate.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::super::time::At;
use super::Outbox;
use crate::mail::address::Address;

impl Outbox<'_> {
    /// Queues again what was blocked for want of this reader's certificate only; the gate is asked again. Gives how
    /// many there were.
    pub fn queue_uncertified(&self, reader: &Address, now: Timestamp) -> Result<usize> {
        let doing = "Queueing what waited for a certificate";
        let recipients: Vec<Address> = self
            .0
            .connection
            .prepare_cached("SELECT DISTINCT recipient FROM delivery WHERE uncertified = 1 AND state = 'blocked'")?
            .query_map([], |row| super::super::people::address(row, 0))?
            .collect::<rusqlite::Result<_>>()
            .context(doing)?;
        let mut queued = 0;
        for spelling in recipients.iter().filter(|recipient| *recipient == reader) {
            queued += self
                .0
                .connection
                .prepare_cached(
                    "UPDATE delivery SET state = 'queued', uncertified = 0, releases = releases + 1,
                            next_attempt_at = ?2, error = '', decided_at = NULL, told_at = NULL
                     WHERE recipient = ?1 AND uncertified = 1 AND state = 'blocked'",
                )?
                .execute(params![spelling.as_str(), At(now)])
                .context(doing)?;
        }
        Ok(queued)
    }
}
