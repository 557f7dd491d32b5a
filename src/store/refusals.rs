//! Mails that asked for something in the name of a member and proved nothing: counted, so that nobody floods a member with
//! letters about them. It decides nothing; `rules::limits` does.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Rows;
use super::time::At;

pub struct Refusals<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn refusals(self) -> Refusals<'c> {
        Refusals(self)
    }
}

impl Refusals<'_> {
    /// How many letters about such mails were written to somebody since.
    pub fn told_since(&self, person: i64, since: Timestamp) -> Result<u32> {
        self.0
            .connection
            .prepare_cached("SELECT count(*) FROM refusal WHERE person = ?1 AND told = 'letter' AND at > ?2")?
            .query_row(params![person, At(since)], |row| row.get(0))
            .context("Counting letters about what was refused")
    }

    /// Nobody is told of this mail yet.
    pub fn add(&self, inbox: i64, person: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO refusal (inbox, person, at, told) VALUES (?1, ?2, ?3, 'not-yet') ON CONFLICT DO NOTHING",
            )?
            .execute(params![inbox, person, At(at)])
            .map(drop)
            .context("Counting what was refused")
    }

    /// A letter about this mail is written; gives how many others it has to count.
    pub fn tell(&self, inbox: i64, person: i64) -> Result<usize> {
        let doing = "Telling somebody what was refused";
        self.0
            .connection
            .prepare_cached("UPDATE refusal SET told = 'letter' WHERE inbox = ?1 AND person = ?2")?
            .execute(params![inbox, person])
            .context(doing)?;
        self.0
            .connection
            .prepare_cached("UPDATE refusal SET told = 'counted' WHERE person = ?1 AND told = 'not-yet'")?
            .execute([person])
            .context(doing)
    }
}
