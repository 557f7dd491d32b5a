//! What is public of advisories: all that pages and the operator's programs are made of. Of a version that was not released
//! nothing can be had here.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::{Advisories, parsed};
use crate::advisory::facts::File;
use crate::rules::label::VersionId;
use crate::store::time::At;

/// A version that was released and is signed, the latest of its advisory. Only the queries of this file make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    id: VersionId,
    number: i64,
    version: u32,
    title: String,
    cves: Vec<String>,
    text: String,
    files: Vec<(String, String)>,
    first_at: Timestamp,
    at: Timestamp,
}

/// A file of a version that is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub number: i64,
    pub sha256: String,
}

impl Released {
    pub fn id(&self) -> VersionId {
        self.id
    }

    pub fn number(&self) -> i64 {
        self.number
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn cves(&self) -> &[String] {
        &self.cves
    }

    /// The public text, signed in line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Name and SHA-256, in their order.
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// When the advisory became public, in whichever version.
    pub fn first_at(&self) -> Timestamp {
        self.first_at
    }

    /// When this version did.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

const SELECT: &str = "SELECT id, advisory, public_version, title, cves, public_signed,
    (SELECT json_group_array(json_array(name, sha256)) FROM (SELECT name, sha256 FROM advisory_file f
     WHERE f.version = v.id ORDER BY place)),
    (SELECT min(w.released_at) FROM advisory_version w WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL), released_at
    FROM advisory_version v WHERE released_at IS NOT NULL AND public_signed IS NOT NULL";

impl Advisories<'_> {
    /// All that is public, the latest version of each advisory, in the order in which they became so.
    pub fn public(&self) -> Result<Vec<Released>> {
        let sql = format!(
            "{SELECT} AND id = (SELECT max(w.id) FROM advisory_version w
                 WHERE w.advisory = v.advisory AND w.released_at IS NOT NULL AND w.public_signed IS NOT NULL)
             ORDER BY 8, advisory"
        );
        self.released_by(&sql, params![])
    }

    /// The names of the files of all that is public, also of earlier versions, those that were public first before others.
    pub fn public_names(&self) -> Result<Vec<Named>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT f.name, v.advisory, f.sha256 FROM advisory_file f JOIN advisory_version v ON v.id = f.version
                 WHERE v.released_at IS NOT NULL AND v.public_signed IS NOT NULL
                 ORDER BY v.released_at, v.advisory, v.id, f.place",
            )?
            .query_map([], |row| Ok(Named { name: row.get(0)?, number: row.get(1)?, sha256: row.get(2)? }))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the names of public files")
    }

    /// How many versions are public: while it is the same, so is all the rest.
    pub fn public_count(&self) -> Result<i64> {
        self.0
            .connection
            .prepare_cached(
                "SELECT count(*) FROM advisory_version WHERE released_at IS NOT NULL AND public_signed IS NOT NULL",
            )?
            .query_row([], |row| row.get(0))
            .context("Counting public advisories")
    }

    /// This version, if it is public.
    pub fn if_public(&self, id: VersionId) -> Result<Option<Released>> {
        Ok(self.released_by(&format!("{SELECT} AND id = ?1"), params![id.0])?.pop())
    }

    /// Its files, in their order.
    pub fn public_files(&self, of: &Released) -> Result<Vec<File>> {
        self.files(of.id)
    }

    fn released_by(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<Released>> {
        self.0
            .connection
            .prepare_cached(sql)?
            .query_map(params, |row| {
                Ok(Released {
                    id: VersionId(row.get(0)?),
                    number: row.get(1)?,
                    version: row.get(2)?,
                    title: row.get(3)?,
                    cves: parsed(4, &row.get::<_, String>(4)?)?,
                    text: row.get(5)?,
                    files: parsed(6, &row.get::<_, String>(6)?)?,
                    first_at: row.get::<_, At>(7)?.0,
                    at: row.get::<_, At>(8)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Reading what is public of advisories")
    }
}

#[cfg(test)]
pub mod testing {
    //! An advisory for a test, as far as it got.
    use super::super::{Draft, SignedTexts, Stage};
    use super::*;
    use crate::advisory::facts::Deployment;
    use crate::mail::secret::sha256_hex;
    use crate::rules::schedule::Proposal;
    use crate::store::Rows;

    /// A draft of an advisory with these files; its words are its number and version.
    pub fn drafted(
        rows: Rows<'_>,
        number: i64,
        version: u32,
        files: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<VersionId> {
        let alice = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?.id;
        let found = rows.advisories().of_number(number)?.first().map(|version| version.case);
        let case = match found {
            Some(case) => case,
            None => {
                let proposal = Proposal { predisclosure_at: now, release_at: now };
                let case = rows.cases().open(&format!("canary {number}"), false, now, proposal)?;
                let sql = "INSERT INTO advisory (number, case_number, person, at) VALUES (?1, ?2, ?3, '')";
                rows.connection.execute(sql, params![number, case.0, alice])?;
                case
            }
        };
        let text = format!("advisory {number} version {version} canary");
        let file = |(name, bytes): &(&str, &str)| File {
            name: (*name).to_owned(),
            bytes: bytes.as_bytes().to_vec(),
            sha256: sha256_hex(bytes.as_bytes()),
            branches: vec!["master".into()],
        };
        let draft = Draft {
            number,
            case,
            version,
            public_version: version,
            source: text.clone(),
            updates: String::new(),
            deployment: Deployment::Unsaid,
            title: format!("title {number} canary"),
            cves: vec![format!("CVE-2026-{number}")],
            patchless: files.is_empty(),
            members_text: text.clone(),
            public_text: text.clone(),
            embargo_until: None,
            manifest: format!("manifest of {text}"),
            findings: Vec::new(),
            files: files.iter().map(file).collect(),
            author: alice,
            inbox: None,
            sealed: false,
        };
        let id = rows.advisories().draft(&draft, now)?;
        let signed =
            SignedTexts { members: format!("{text} for members, signed\n"), public: format!("{text}, signed\n") };
        rows.advisories().sign(id, "a certificate", &signed)?;
        Ok(id)
    }

    /// It was approved, and is public from then on.
    pub fn release(rows: Rows<'_>, id: VersionId, now: Timestamp) -> Result<()> {
        rows.advisories().advance(id, Stage::Draft, Stage::Approved, now)?;
        rows.advisories().advance(id, Stage::Approved, Stage::Released, now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stage;
    use super::testing::{drafted, release};
    use super::*;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn nothing_is_public_before_its_release_and_then_the_latest_version_is() {
        let scratch = scratch();
        let (first, second): (Timestamp, Timestamp) =
            ("2026-12-15T12:00:00Z".parse().unwrap(), "2026-12-16T12:00:00Z".parse().unwrap());
        let outcome = scratch.store.write(move |rows| {
            let advisories = rows.advisories();
            let id = drafted(rows, 480, 1, &[("xsa480.patch", "diff")], first)?;
            for stage in [Stage::Draft, Stage::Approved, Stage::Predisclosed] {
                assert_eq!(
                    (advisories.public()?, advisories.public_count()?, advisories.if_public(id)?),
                    (vec![], 0, None)
                );
                let next = Stage::ALL.into_iter().find(|next| *next > stage).unwrap();
                advisories.advance(id, stage, next, first)?;
            }
            assert_eq!(advisories.public_count()?, 1);
            let all = advisories.public()?;
            assert_eq!(all.iter().map(Released::id).collect::<Vec<_>>(), [id]);
            assert_eq!(all[0].text(), "advisory 480 version 1 canary, signed\n", "not the one for members");
            assert_eq!(advisories.public_files(&all[0])?[0].bytes, b"diff");

            let next = drafted(rows, 480, 2, &[], second)?;
            assert_eq!(advisories.public()?, all, "a draft changes nothing");
            release(rows, next, second)?;
            let all = advisories.public()?;
            assert_eq!((all.len(), all[0].id(), all[0].version(), all[0].at()), (1, next, 2, second));
            assert_eq!(all[0].first_at(), first, "public since its first version");
            assert_eq!((advisories.public_count()?, advisories.if_public(id)?.unwrap().version()), (2, 1));
            Ok(())
        });
        outcome.await.unwrap();
    }
}
