//! From which of the people who may read something mail with a list header came: their address may be a list.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Rows;
use super::time::At;
use crate::mail::address::Address;

pub struct ListsSeen<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn lists_seen(self) -> ListsSeen<'c> {
        ListsSeen(self)
    }
}

impl ListsSeen<'_> {
    /// `false` when it was seen before. What proves nothing does not stand in the way of what does.
    pub fn first(&self, address: &Address, proven: bool, inbox: i64, header: &str, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO list_seen (address_key, proven, inbox, header, at) SELECT ?1, ?2, ?3, ?4, ?5
                 WHERE NOT EXISTS (SELECT 1 FROM list_seen WHERE address_key = ?1 AND proven >= ?2)",
            )?
            .execute(params![address.key(), proven, inbox, header, At(at)])
            .context("Recording an address that may be a list")?;
        Ok(super::changed_one(rows))
    }
}
