//! The record: who did what, on what evidence, when. Each line's SHA-256 covers the line before it, so that no
//! line can be changed, dropped or slipped in without breaking all that follow.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Rows;
use super::time::At;

/// What the first line has in place of the hash of a line before it.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One act, before it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// A person's address, `desk` for what the program does by itself, or `operator NAME`.
    pub actor: &'a str,
    pub evidence: &'a str,
    pub act: &'a str,
    /// What it was done to: `case 12`, `mail 7`, …
    pub object: &'a str,
    pub detail: &'a str,
}

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub seq: i64,
    pub at: String,
    pub actor: String,
    pub evidence: String,
    pub act: String,
    pub object: String,
    pub detail: String,
    pub prev: String,
    pub hash: String,
}

impl Line {
    /// SHA-256 over all the fields, each with its length before it, so that moving a character from one field to
    /// the next changes the hash.
    fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let seq = self.seq.to_string();
        for field in [&seq, &self.at, &self.actor, &self.evidence, &self.act, &self.object, &self.detail, &self.prev] {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        data_encoding::HEXLOWER.encode(&hasher.finalize())
    }
}

/// Where the record stops proving itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    pub seq: i64,
    pub why: &'static str,
}

/// What `audit verify` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub lines: i64,
    /// The hash of the last line: noted elsewhere, it also proves that nothing was cut off the end.
    pub head: String,
    pub broken: Option<Break>,
}

pub struct Audit<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn audit(self) -> Audit<'c> {
        Audit(self)
    }
}

const LINE: &str = "SELECT seq, at, actor, evidence, act, object, detail, prev, hash FROM audit";

impl Audit<'_> {
    pub fn append(&self, at: Timestamp, act: &Act<'_>) -> Result<()> {
        let last: Option<(i64, String)> = self
            .0
            .connection
            .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .context("Reading the end of the record")?;
        let (seq, prev) = last.map_or((1, FIRST.to_owned()), |(seq, hash)| (seq + 1, hash));
        let mut line = Line {
            seq,
            at: At(at).to_string(),
            actor: act.actor.to_owned(),
            evidence: act.evidence.to_owned(),
            act: act.act.to_owned(),
            object: act.object.to_owned(),
            detail: act.detail.to_owned(),
            prev,
            hash: String::new(),
        };
        line.hash = line.digest();
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO audit (seq, at, actor, evidence, act, object, detail, prev, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                line.seq,
                line.at,
                line.actor,
                line.evidence,
                line.act,
                line.object,
                line.detail,
                line.prev,
                line.hash
            ])
            .context("Writing the record")?;
        Ok(())
    }

    pub fn list(&self) -> Result<Vec<Line>> {
        self.0
            .connection
            .prepare_cached(&format!("{LINE} ORDER BY seq"))?
            .query_map([], line)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the record")
    }

    pub fn verify(&self) -> Result<Verdict> {
        let mut statement = self.0.connection.prepare_cached(&format!("{LINE} ORDER BY seq"))?;
        let mut verdict = Verdict { lines: 0, head: FIRST.to_owned(), broken: None };
        for found in statement.query_map([], line)? {
            let found = found.context("Reading the record")?;
            let why = if found.seq != verdict.lines + 1 {
                Some("a line is missing before this one")
            } else if found.prev != verdict.head {
                Some("it does not continue the line before it")
            } else if found.hash != found.digest() {
                Some("its text was changed")
            } else {
                None
            };
            if let Some(why) = why {
                verdict.broken = Some(Break { seq: found.seq, why });
                break;
            }
            verdict.lines = found.seq;
            verdict.head = found.hash;
        }
        Ok(verdict)
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        seq: row.get(0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        evidence: row.get(3)?,
        act: row.get(4)?,
        object: row.get(5)?,
        detail: row.get(6)?,
        prev: row.get(7)?,
        hash: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::scratch;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    async fn three_lines() -> crate::store::testing::Scratch {
        let scratch = scratch();
        for (second, object) in ["case 1", "case 2", "case 3"].into_iter().enumerate() {
            scratch
                .store
                .write(move |rows| {
                    let act = Act { actor: "desk", evidence: "none", act: "open", object, detail: "" };
                    rows.audit().append(at(second as i64), &act)
                })
                .await
                .unwrap();
        }
        scratch
    }

    #[tokio::test]
    async fn the_record_proves_itself() {
        let scratch = three_lines().await;
        let verdict = scratch.store.read(|rows| rows.audit().verify()).await.unwrap();
        assert_eq!((verdict.lines, verdict.broken), (3, None));
    }

    #[tokio::test]
    async fn nobody_changes_or_drops_a_line_through_the_program() {
        let scratch = three_lines().await;
        for sql in ["UPDATE audit SET detail = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"] {
            let refused = scratch.store.write(move |rows| Ok(rows.connection.execute(sql, [])?)).await;
            assert!(refused.is_err(), "{sql}");
        }
    }

    #[tokio::test]
    async fn a_line_changed_dropped_or_cut_behind_its_back_is_found() {
        for (sql, seq) in [
            ("UPDATE audit SET detail = 'x' WHERE seq = 2", Some(2)),
            ("UPDATE audit SET actor = 'deskn', evidence = 'one' WHERE seq = 2", Some(2)),
            ("DELETE FROM audit WHERE seq = 1", Some(2)),
            ("DELETE FROM audit WHERE seq = 2", Some(3)),
            ("DELETE FROM audit WHERE seq = 3", None), // the end: only the head noted elsewhere shows it
        ] {
            let scratch = three_lines().await;
            let before = scratch.store.read(|rows| rows.audit().verify()).await.unwrap();
            scratch
                .store
                .write(move |rows| {
                    rows.connection
                        .execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened")?;
                    Ok(rows.connection.execute(sql, [])?)
                })
                .await
                .unwrap();
            let verdict = scratch.store.read(|rows| rows.audit().verify()).await.unwrap();
            assert_eq!(verdict.broken.map(|b| b.seq), seq, "{sql}");
            assert_ne!(verdict.head, before.head, "{sql}");
        }
    }
}
