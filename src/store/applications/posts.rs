//! The public thread of an application as it came: for people who join late. Nothing that came encrypted is in it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::{ApplicationId, Applications};
use crate::store::time::At;

/// A mail of the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its row.
    pub inbox: i64,
    /// Address as written; empty when there was none.
    pub author: String,
    pub received_at: Timestamp,
}

impl Applications<'_> {
    /// In the order in which they came.
    pub fn posts(&self, id: ApplicationId) -> Result<Vec<Post>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT m.inbox, m.author, i.received_at FROM application_mail m JOIN inbox i ON i.id = m.inbox
                 WHERE m.application = ?1 AND NOT EXISTS (SELECT 1 FROM opened o WHERE o.inbox = m.inbox)
                 ORDER BY i.received_at, m.inbox",
            )?
            .query_map(params![id.0], |row| {
                Ok(Post { inbox: row.get(0)?, author: row.get(1)?, received_at: row.get::<_, At>(2)?.0 })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the thread of an application")
    }
}
