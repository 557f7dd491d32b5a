//! A database for one test.
#![cfg(test)]

use super::advisories::Draft;
use super::*;
use crate::advisory::facts::{Deployment, File};
use crate::rules::label::{CaseId, VersionId};

pub struct Scratch {
    pub store: Store,
    _folder: tempfile::TempDir,
}

pub fn scratch() -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state.db")).unwrap();
    Scratch { store, _folder: folder }
}

/// The clock jumped by so many seconds.
pub fn clock_jumped(rows: Rows<'_>, at: &str, seconds: i64) -> anyhow::Result<()> {
    let sql = "INSERT INTO clock_jump (at, seconds) VALUES (?1, ?2)";
    rows.connection.execute(sql, rusqlite::params![at, seconds]).map(drop).map_err(Into::into)
}

/// Whether somebody wrote a remark of this kind.
pub fn is_remarked(rows: Rows<'_>, case: crate::rules::label::CaseId, kind: &str) -> bool {
    let sql = "SELECT 1 FROM remark WHERE case_number = ?1 AND kind = ?2";
    rows.connection.prepare(sql).unwrap().exists(rusqlite::params![case.0, kind]).unwrap()
}

/// A database as version 12 left it, with a case of each of these titles, received then.
pub fn before_reminders(titles: &[&str], received_at: &str) -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut old = Connection::open(&path).unwrap();
    let twelfth = super::migrations::migrations::runner().set_target(refinery::Target::Version(12));
    twelfth.run(&mut old).unwrap();
    old.execute("INSERT INTO instance (id, born_at) VALUES (1, ?1)", [received_at]).unwrap();
    for title in titles {
        old.execute(
            "INSERT INTO cases (title, state, received_at, predisclosure_at, release_at) VALUES (?1, 'triage', ?2, ?2, ?2)",
            [title, received_at],
        )
        .unwrap();
    }
    drop(old);
    Scratch { store: Store::open(&path).unwrap(), _folder: folder }
}

/// A mail that seems to be from this address, and brings a certificate.
pub fn offer(rows: Rows<'_>, fingerprint: &str, by: &str, bytes: &[u8]) -> Result<()> {
    rows.connection.execute(
        "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (?1, 'test', 'test', '', x'')",
        [format!("{fingerprint} by {by}")],
    )?;
    rows.connection.execute(
        "INSERT INTO offered_certificate (fingerprint, inbox, author_key, how, bytes)
         VALUES (?1, last_insert_rowid(), ?2, 'autocrypt', ?3)",
        rusqlite::params![fingerprint, by, bytes],
    )?;
    Ok(())
}

/// Somebody's part in a case, as it is from now on.
pub fn take_part(rows: Rows<'_>, case: i64, person: i64, state: &str, at: jiff::Timestamp) -> Result<()> {
    rows.connection.execute(
        "INSERT INTO participant (case_number, person, role, state, since) VALUES (?1, ?2, 'expert', ?3, ?4)
         ON CONFLICT (case_number, person) DO UPDATE SET state = excluded.state, since = excluded.since",
        rusqlite::params![case, person, state, time::At(at)],
    )?;
    Ok(())
}

/// What only somebody does who writes into the database file: the triggers that forbid it are gone.
pub fn tamper(rows: Rows<'_>, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<usize> {
    rows.connection.execute_batch(
        "DROP TRIGGER IF EXISTS advisory_version_as_written; DROP TRIGGER IF EXISTS advisory_file_as_written;",
    )?;
    Ok(rows.connection.execute(sql, parameters)?)
}

/// All that the tables hold, table by table.
pub fn all_tables(rows: Rows<'_>) -> Result<Vec<(String, String)>> {
    let mut names = rows.connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
    let names = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut tables = Vec::new();
    for name in names {
        let mut statement = rows.connection.prepare(&format!("SELECT * FROM \"{name}\""))?;
        let columns = statement.column_count();
        let mut found = statement.query([])?;
        let mut text = String::new();
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|column| row.get_ref(column).map(|value| format!("{value:?}")));
            text.push_str(&values.collect::<rusqlite::Result<Vec<_>>>()?.join(" "));
            text.push('\n');
        }
        tables.push((name, text));
    }
    Ok(tables)
}

/// A draft of the first version of an advisory of a case, with a patch; whatever it needs is made where there is none.
pub fn draft(rows: Rows<'_>, number: i64, case: i64, change: impl FnOnce(&mut Draft)) -> Result<VersionId> {
    let at: jiff::Timestamp = "2026-12-01T09:00:00Z".parse()?;
    let author = rows.people().find_or_add("Alice", &"alice@example.org".parse()?)?.id;
    rows.connection.execute(
        "INSERT INTO cases (number, title, state, received_at, predisclosure_at, release_at)
         VALUES (?1, 'Heap overflow', 'embargoed', ?2, '2026-12-08T12:00:00Z', '2026-12-22T12:00:00Z')
         ON CONFLICT DO NOTHING",
        rusqlite::params![case, time::At(at)],
    )?;
    rows.connection.execute(
        "INSERT INTO advisory (number, case_number, person, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        rusqlite::params![number, case, author, time::At(at)],
    )?;
    let patch = b"--- a/heap.c\n+++ b/heap.c\n@@ -1 +1 @@\n-old \n+new \xe9\n".to_vec();
    let mut draft = Draft {
        number,
        case: CaseId(case),
        version: 1,
        public_version: 2,
        source: "ISSUE DESCRIPTION\n=================\n\nThe heap overflows.\n".into(),
        updates: String::new(),
        deployment: Deployment::Unsaid,
        title: "Heap overflow".into(),
        cves: Vec::new(),
        patchless: false,
        members_text: format!("Advisory {number}, for members.\n\n- the heap overflows\n\nFrom \u{c9}mile\n"),
        public_text: format!("Advisory {number}, version 2\n\n- the heap overflows\n"),
        embargo_until: Some("2026-12-22T12:00:00Z".parse()?),
        manifest: format!("advisory: {number}\n"),
        findings: Vec::new(),
        files: vec![File {
            name: format!("xsa{number}.patch"),
            sha256: crate::mail::secret::sha256_hex(&patch),
            bytes: patch,
            branches: vec!["master".into()],
        }],
        author,
        inbox: None,
        sealed: false,
    };
    change(&mut draft);
    rows.advisories().draft(&draft, at)
}

/// A command of somebody, and a mail that it was in.
pub fn said(rows: Rows<'_>, by: &str, at: jiff::Timestamp) -> Result<facts::Said> {
    let person = rows.people().find_or_add("", &by.parse()?)?.id;
    rows.connection.execute(
        "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (hex(randomblob(8)), 'test', 'test', ?1, x'')",
        [time::At(at)],
    )?;
    Ok(facts::Said { person, inbox: rows.connection.last_insert_rowid(), sealed: false, at })
}

/// An active member of the list at this address.
pub fn member(rows: Rows<'_>, address: &str, at: jiff::Timestamp) -> Result<i64> {
    let person = rows.people().find_or_add("", &address.parse()?)?;
    let member = rows.members().invite(address, person.id, None, at)?.context("a new member")?;
    rows.members().change(member, members::State::Invited, members::State::Active, at)?;
    Ok(member)
}

/// A letter to somebody that waits for nothing but their certificate.
pub fn block_uncertified(rows: Rows<'_>, to: &str, at: jiff::Timestamp) -> Result<()> {
    rows.connection.execute(
        "INSERT INTO letter (kind, cause, counter, message_id, labels, content, written_at)
         VALUES ('notice', 'test', 1, ?1, '[]', '{}', ?2)",
        rusqlite::params![format!("for-{to}"), time::At(at)],
    )?;
    rows.connection.execute(
        "INSERT INTO delivery (letter, recipient, urgent, state, next_attempt_at, uncertified)
         VALUES (last_insert_rowid(), ?1, 0, 'blocked', ?2, 1)",
        rusqlite::params![to, time::At(at)],
    )?;
    Ok(())
}
