//! Who approved a version, for people who look.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::Advisories;
use crate::rules::label::VersionId;
use crate::store::people::Person;
use crate::store::time::At;

impl Advisories<'_> {
    /// Who approved it and when, in order.
    pub fn approvals(&self, id: VersionId) -> Result<Vec<(Person, Timestamp)>> {
        let approvals: Vec<(i64, Timestamp)> = self
            .0
            .connection
            .prepare_cached("SELECT person, at FROM approval WHERE version = ?1 ORDER BY at, person")?
            .query_map([id.0], |row| Ok((row.get(0)?, row.get::<_, At>(1)?.0)))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the approvals of an advisory")?;
        approvals.into_iter().map(|(person, at)| Ok((self.0.people().get(person)?, at))).collect()
    }
}
