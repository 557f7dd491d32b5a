//! What mail servers say of our deliveries after they took them: each delivery has an envelope sender of its own, by whose
//! key what is said of it is known.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::Rows;

pub struct Bounces<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn bounces(self) -> Bounces<'c> {
        Bounces(self)
    }
}

impl Bounces<'_> {
    /// From now on what comes to this key is about this delivery.
    pub fn expect(&self, hash: &str, delivery: i64) -> Result<()> {
        self.0
            .connection
            .prepare_cached("INSERT INTO return_path (hash, delivery) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![hash, delivery])
            .map(drop)
            .context("Recording the return path of a delivery")
    }

    /// The delivery whose return path has this key.
    pub fn delivery(&self, hash: &str) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT delivery FROM return_path WHERE hash = ?1")?
            .query_row([hash], |row| row.get(0))
            .optional()
            .context("Looking for the delivery of a return path")
    }
}
