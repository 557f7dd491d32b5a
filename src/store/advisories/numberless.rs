//! Advisories that are public without a CVE number.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::Advisories;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// Such an advisory, and since when it is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numberless {
    pub advisory: i64,
    pub case: CaseId,
    pub released_at: Timestamp,
}

impl Advisories<'_> {
    /// Those of open cases of which nobody said that they get none.
    pub fn numberless(&self) -> Result<Vec<Numberless>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT v.advisory, v.case_number, min(v.released_at)
                 FROM advisory_version v INDEXED BY advisory_version_released CROSS JOIN cases c ON c.number = v.case_number
                 WHERE v.released_at IS NOT NULL AND c.state = 'released'
                     AND NOT EXISTS (SELECT 1 FROM cve n WHERE n.case_number = v.case_number
                                     AND (n.advisory IS NULL OR n.advisory = v.advisory))
                     AND NOT EXISTS (SELECT 1 FROM remark r WHERE r.case_number = v.case_number AND r.kind = 'no-cve')
                 GROUP BY v.advisory ORDER BY v.advisory",
            )?
            .query_map([], |row| {
                Ok(Numberless { advisory: row.get(0)?, case: CaseId(row.get(1)?), released_at: row.get::<_, At>(2)?.0 })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for public advisories without a CVE number")
    }
}
