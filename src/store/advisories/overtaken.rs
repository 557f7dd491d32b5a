//! Copies for members that something took the place of while they waited: what is void, or is known otherwise by now, goes to
//! nobody.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::Advisories;

/// Why a copy for a member does not leave any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overtaken {
    pub why: String,
    /// The team need not hear of this copy alone: its reader gets what took its place, or the letter about the way of the
    /// version names it.
    pub quiet: bool,
}

impl Advisories<'_> {
    /// Whether this delivery brings members a version that is void, or that a later one, or the release, took the place of.
    pub fn overtaken(&self, delivery: i64) -> Result<Option<Overtaken>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM advisory_version w WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL),
                        (SELECT max(w.version) FROM advisory_version w
                         WHERE w.advisory = v.advisory AND w.id > v.id AND w.predisclosed_at IS NOT NULL),
                        iif(v.void_at IS NULL, NULL, v.void_why),
                        v.told_progress <> 'all' OR EXISTS (
                            SELECT 1 FROM advisory_version w CROSS JOIN letter n INDEXED BY letter_version
                            CROSS JOIN delivery theirs
                            WHERE w.advisory = v.advisory AND (w.id > v.id OR w.released_at IS NOT NULL) AND n.version = w.id
                                AND n.id > l.id AND n.kind IN ('predisclosure', 'release') AND theirs.letter = n.id
                                AND theirs.recipient = d.recipient COLLATE NOCASE)
                 FROM delivery d JOIN letter l ON l.id = d.letter JOIN advisory_version v ON v.id = l.version
                 WHERE d.id = ?1 AND l.kind = 'predisclosure'",
            )?
            .query_row(params![delivery], |row| {
                let (public, later, void): (bool, Option<u32>, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let why = match (public, later, void) {
                    (true, _, _) => Some("the advisory is public now".to_owned()),
                    (false, Some(later), _) => Some(format!("version {later} took its place")),
                    (false, None, Some(why)) => Some(format!("it is void: {why}")),
                    (false, None, None) => None,
                };
                let quiet = row.get(3)?;
                Ok(why.map(|why| Overtaken { why, quiet }))
            })
            .optional()
            .map(Option::flatten)
            .context("Looking whether something took the place of a copy for a member")
    }
}
