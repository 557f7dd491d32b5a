//! Old mail, rehearsals, pauses, backups and what follows a loss: as an operator meets them, through the command line
//! and, where servers matter, with the real Dovecot and the real Postfix.

mod backups;
mod loss;
mod lost_on_imap;
mod older;
mod paused;
mod rehearsal;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use crate::world::World;

const ALICE: &str = "alice@example.org";
const DANA: &str = "dana@research.example.net";
const BOTH: &str = "The team AND the discoverer, write to: ";

/// A report by Dana; `id` tells one from the next.
fn report(id: &str) -> String {
    format!(
        "Delivered-To: security@example.org\nFrom: Dana Doe <{DANA}>\nTo: security@example.org\n\
         Subject: Guest can read host memory ({id})\nDate: Mon, 07 Dec 2026 09:12:04 +0000\n\
         Message-ID: <{id}@research.example.net>\n\nA guest that maps a grant twice keeps a stale mapping: {id}.\n"
    )
}

/// A team member's answer to a reply address, stamped by our own server.
fn answer(to: &str, id: &str) -> String {
    format!(
        "Delivered-To: {to}\nAuthentication-Results: mx.example.org; dmarc=pass header.from=example.org\n\
         From: Alice Example <{ALICE}>\nTo: {to}\nSubject: Re: the case\nDate: Mon, 07 Dec 2026 10:00:00 +0000\n\
         Message-ID: <{id}@example.org>\n\nThank you: {id}.\n"
    )
}

type Files = BTreeMap<String, (Vec<u8>, SystemTime)>;

/// Every file below a folder, with its bytes and its time.
fn files(folder: &Path) -> Files {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let modified = path.metadata().unwrap().modified().unwrap();
            found.insert(path.display().to_string(), (std::fs::read(&path).unwrap(), modified));
        }
    }
    found
}

/// What differs between two looks at a folder.
fn differing(before: &Files, after: &Files) -> Vec<String> {
    let all = before.keys().chain(after.keys());
    all.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// Each delivery in some words of its row.
fn deliveries(world: &World, keys: &[&str]) -> Vec<String> {
    let rows = world.json(&["outbox", "list"]);
    let word = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| keys.iter().map(|key| word(row, key)).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The acts on record that an operator did.
fn acts(world: &World) -> Vec<String> {
    let lines = world.json(&["audit", "list"]);
    let operators =
        lines.as_array().unwrap().iter().filter(|line| line["actor"].as_str().unwrap().starts_with("operator "));
    let acts = operators.map(|line| line["act"].as_str().unwrap().to_owned());
    acts.filter(|act| act != "team add" && act != "key import").collect() // `init` did these.
}
