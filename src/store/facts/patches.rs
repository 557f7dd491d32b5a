//! Patches of a case, byte for byte. What was replaced is kept, and is no patch of the case any more.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, params};

use super::{Facts, Said};
use crate::mail::secret::sha256_hex;
use crate::rules::label::CaseId;
use crate::store::time::At;

/// A patch of a case, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub id: i64,
    pub name: String,
    /// It is for these.
    pub branches: Vec<String>,
    pub sha256: String,
    pub sealed: bool,
}

/// A patch somebody attached.
#[derive(Clone, Copy, Debug)]
pub struct NewPatch<'a> {
    pub name: &'a str,
    pub branches: &'a [String],
    pub bytes: &'a [u8],
}

impl Facts<'_> {
    /// Keeps a patch, in place of the one of the same name, which is given back.
    pub fn keep_patch(&self, case: CaseId, new: &NewPatch<'_>, said: &Said) -> Result<Option<Patch>> {
        let before = self.patch_called(case, new.name)?;
        if let Some(before) = &before {
            let rows = self
                .0
                .connection
                .prepare_cached("UPDATE patch SET replaced_at = ?2 WHERE id = ?1 AND replaced_at IS NULL")?
                .execute(params![before.id, At(said.at)])
                .context("Replacing a patch")?;
            anyhow::ensure!(crate::store::changed_one(rows), "patch {} was replaced meanwhile", before.id);
        }
        let branches = serde_json::to_string(new.branches).context("Writing down the branches of a patch")?;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO patch (case_number, name, branches, sha256, bytes, sealed, person, inbox, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                case.0,
                new.name,
                branches,
                sha256_hex(new.bytes),
                new.bytes,
                said.sealed,
                said.person,
                said.inbox,
                At(said.at)
            ])
            .context("Keeping a patch")?;
        Ok(before)
    }

    fn patch_called(&self, case: CaseId, name: &str) -> Result<Option<Patch>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, name, branches, sha256, sealed FROM patch
                 WHERE case_number = ?1 AND name = ?2 AND replaced_at IS NULL",
            )?
            .query_row(params![case.0, name], patch)
            .optional()
            .context("Looking for a patch by its name")
    }

    /// The patches of a case as they are now, in the order of their names.
    pub fn patches(&self, case: CaseId) -> Result<Vec<Patch>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT id, name, branches, sha256, sealed FROM patch
                 WHERE case_number = ?1 AND replaced_at IS NULL ORDER BY name",
            )?
            .query_map([case.0], patch)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the patches of a case")
    }

    /// Its bytes, as they were attached.
    pub fn patch_bytes(&self, id: i64) -> Result<Vec<u8>> {
        self.0
            .connection
            .prepare_cached("SELECT bytes FROM patch WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .context("Reading a patch")
    }
}

fn patch(row: &rusqlite::Row<'_>) -> rusqlite::Result<Patch> {
    let branches: String = row.get(2)?;
    let branches = serde_json::from_str(&branches)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Patch { id: row.get(0)?, name: row.get(1)?, branches, sha256: row.get(3)?, sealed: row.get(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn a_later_patch_of_the_same_name_takes_the_place_of_the_earlier_which_is_kept() {
        let scratch = scratch();
        scratch
            .store
            .write(|rows| {
                let at = "2026-12-07T09:00:00Z".parse()?;
                let proposal = Proposal { predisclosure_at: at, release_at: at };
                let [case, other] =
                    [rows.cases().open("one", false, at, proposal)?, rows.cases().open("two", false, at, proposal)?];
                let person = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?.id;
                let arrival = crate::store::inbox::Arrival {
                    sha256: "00",
                    raw: b"raw",
                    account: "local",
                    folder: "INBOX",
                    received_at: at,
                    predates: false,
                    truncated: false,
                };
                let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
                let said = Said { person, inbox, sealed: false, at };
                let facts = rows.facts();
                let branches = ["4.20".to_owned(), "4.19".to_owned()];
                let new = |bytes| NewPatch { name: "xsa1.patch", branches: &branches, bytes };
                assert_eq!(facts.keep_patch(case, &new(b"one\0\r\n\xff"), &said)?, None);
                assert_eq!(facts.keep_patch(other, &new(b"another case"), &said)?, None);
                let before = facts.keep_patch(case, &new(b"two"), &said)?.expect("the first");
                assert_eq!(before.sha256, sha256_hex(b"one\0\r\n\xff"));
                assert_eq!(facts.patch_bytes(before.id)?, b"one\0\r\n\xff");
                let now = facts.patches(case)?;
                assert_eq!(now.len(), 1);
                assert_eq!((now[0].sha256.clone(), now[0].branches.clone()), (sha256_hex(b"two"), branches.to_vec()));
                Ok(())
            })
            .await
            .unwrap();
    }
}
