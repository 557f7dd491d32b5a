//! What is the same whatever happened to the desk: its tables, and the letters the mail server has.

use std::collections::BTreeMap;

use embargod::mail::secret::sha256_hex;
use embargod::store::Store;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::desk::{Desk, block_on};
use super::server::{Step, Tls};
use super::twenty;
use crate::world::Letter;

/// A letter to somebody: its Message-ID and the recipient.
pub type Name = (String, String);

/// What a run that nobody disturbs comes to.
pub struct Outcome {
    pub mails: Vec<Vec<u8>>,
    /// Beginnings and ends of commits in it.
    pub points: usize,
    pub steps: Vec<Step>,
    tables: String,
    letters: BTreeMap<Name, Vec<u8>>,
}

impl Outcome {
    /// Tells the story once, from a Maildir.
    pub fn undisturbed(tls: &Tls) -> Self {
        let beginning = Desk::with_maildir(tls, &[twenty::first()]);
        beginning.runs();
        let letters = beginning.server.accepted();
        let relay = letters.iter().find(|letter| letter.to == "alice@example.org").expect("a relay");
        let mails = twenty::all(&relay.address_after("The team AND the discoverer, write to: "));

        let desk = Desk::with_maildir(tls, &mails);
        let points = desk.runs();
        let letters: BTreeMap<Name, Vec<u8>> =
            desk.server.accepted().into_iter().map(|letter| (name(&letter), letter.readable().to_vec())).collect();
        assert_eq!(letters.len(), desk.server.accepted().len(), "each letter once");
        // A stranger in a case gets one, too, which leads into no case.
        let acknowledgements = names(&desk, "kind = 'acknowledgement' AND case_number IS NOT NULL");
        assert!(acknowledgements.iter().all(|name| letters.contains_key(name)), "{acknowledgements:?}");
        let mut acknowledged: Vec<String> = acknowledgements.into_iter().map(|(_, to)| to).collect();
        let mut reporters: Vec<String> = (1..=twenty::REPORTERS).map(twenty::reporter).collect();
        acknowledged.sort();
        reporters.sort();
        assert_eq!(acknowledged, reporters);
        let count =
            |sql: &str| -> usize { open(&desk).query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize };
        assert_eq!(count("SELECT count(*) FROM inbox WHERE state = 'done'"), mails.len());
        assert_eq!(count("SELECT count(*) FROM cases"), twenty::CASES);
        assert_eq!(count("SELECT count(*) FROM delivery WHERE state = 'sent'"), letters.len());
        assert_eq!(count("SELECT count(*) FROM delivery"), letters.len());
        assert!(letters.keys().any(|(_, to)| *to == twenty::reporter(1)), "the team's answer");
        let encrypted: Vec<String> =
            desk.server.accepted().into_iter().filter(|l| l.opened.is_some()).map(|l| l.to).collect();
        assert!(encrypted.len() >= twenty::CASES && encrypted.iter().all(|to| to == "alice@example.org"));
        Self { mails, points, steps: desk.server.steps(), tables: tables(&desk), letters }
    }

    /// Whether a desk that was killed and ran again came to the same. The letters it left undecided, and no others,
    /// arrived twice. Gives how many did.
    pub fn compare(&self, desk: &Desk, undecided: &Undecided) -> usize {
        let tables = tables(desk);
        if let Some((is, should)) = tables.lines().zip(self.tables.lines()).find(|(is, should)| is != should) {
            panic!("the tables differ.\nthey are: {is}\nexpected: {should}");
        }
        assert_eq!(tables.lines().count(), self.tables.lines().count(), "rows in all tables");
        verify_record(desk);

        let mut copies: BTreeMap<Name, Vec<Vec<u8>>> = BTreeMap::new();
        for letter in desk.server.accepted() {
            copies.entry(name(&letter)).or_default().push(letter.readable().to_vec());
        }
        assert!(copies.keys().eq(self.letters.keys()), "letters to nobody else, and none lost");
        for (name, copies) in &copies {
            let expected = if undecided.arrived.contains(name) { 2 } else { 1 };
            assert_eq!(copies.len(), expected, "copies of {name:?}; undecided: {undecided:?}");
            assert!(copies.iter().all(|copy| *copy == copies[0]), "both copies of {name:?} are the same bytes");
            assert_eq!(unsigned(&copies[0]), unsigned(&self.letters[name]), "{name:?}");
        }
        undecided.arrived.len()
    }
}

/// What a killed desk left undecided: its database says that it was sending these letters, and they had arrived.
/// Nobody but the mail server knew.
#[derive(Debug)]
pub struct Undecided {
    pub arrived: Vec<Name>,
}

impl Undecided {
    /// Of a desk that was just killed.
    pub fn of(desk: &Desk) -> Self {
        desk.server.rests();
        let sending = names(desk, "state = 'sending'");
        assert!(sending.len() <= 1, "one letter at a time: {sending:?}");
        let accepted: Vec<Name> = desk.server.accepted().iter().map(name).collect();
        Self { arrived: sending.into_iter().filter(|letter| accepted.contains(letter)).collect() }
    }
}

pub fn verify_record(desk: &Desk) {
    let store = Store::open(&desk.database()).unwrap();
    let record = block_on(store.read(|rows| rows.audit().verify())).unwrap();
    assert_eq!(record.broken, None, "the record");
}

/// Letters of the database.
pub fn names(desk: &Desk, condition: &str) -> Vec<Name> {
    let sql = format!(
        "SELECT message_id, recipient FROM delivery JOIN letter ON letter.id = delivery.letter WHERE {condition}"
    );
    let connection = open(desk);
    let mut statement = connection.prepare(&sql).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

pub fn name(letter: &Letter) -> Name {
    (letter.message_id().trim_matches(['<', '>']).to_owned(), letter.to.clone())
}

/// The letter without its signature, in which there is chance.
pub fn unsigned(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    text.split("-----BEGIN PGP SIGNATURE-----").next().unwrap_or_default().to_owned()
}

pub fn open(desk: &Desk) -> Connection {
    Connection::open(desk.database()).unwrap()
}

/// Every row of every table, one to a line.
fn tables(desk: &Desk) -> String {
    let mut text = String::new();
    rows(desk, |table, values| {
        text.push_str(table);
        for (column, value) in values {
            text.push_str(&format!(" {column}={value}"));
        }
        text.push('\n');
    });
    text
}

/// Shows every row of every table: its columns and their values. Not how far a folder was read: a mail server may
/// number anew; and not where a mail came from and when, which a Maildir and an IMAP server tell differently.
pub fn rows(desk: &Desk, mut show: impl FnMut(&str, &[(String, String)])) {
    let connection = open(desk);
    let mut names = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('cursor', 'refinery_schema_history')
                  AND name NOT LIKE 'sqlite%' ORDER BY name",
        )
        .unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in names {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let mut values = Vec::new();
            for (index, column) in columns.iter().enumerate() {
                // Where and when a real server took a mail differs from run to run; a reporter is one since then, and what
                // is due next counts from it.
                let servers = ["received_at", "look_at"].contains(&column.as_str())
                    || (table == "participant" && column == "since")
                    || (table == "inbox" && ["account", "folder"].contains(&column.as_str()));
                if servers {
                    continue;
                }
                let value = match row.get_ref(index).unwrap() {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).escape_debug().to_string(),
                    ValueRef::Blob(bytes) => sha256_hex(bytes),
                };
                values.push((column.clone(), value));
            }
            show(&table, &values);
        }
    }
}

/// UIDVALIDITY of the one folder that is read, once something was read.
pub fn uid_validity(desk: &Desk) -> Option<u32> {
    let connection = open(desk);
    let mut found = connection.prepare("SELECT uid_validity FROM cursor WHERE uid_validity IS NOT NULL").unwrap();
    found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).next()
}
