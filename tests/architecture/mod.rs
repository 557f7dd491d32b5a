//! The house keeps its walls: who imports whom (DESIGN section 2), read from the source.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms it may know.
const WALLS: &[(&str, &[&str])] = &[
    ("rules", &["mail"]),
    // What a patch is, and the nearest name, are rules.
    ("advisory", &["mail", "rules"]),
    ("mail", &["rules"]),
    ("openpgp", &["mail"]),
    ("policy", &["rules", "mail", "openpgp", "advisory"]),
    ("store", &["rules", "mail", "advisory"]),
    ("desk", &["store", "policy", "rules", "mail", "advisory"]),
    ("handlers", &["desk", "store", "policy", "rules", "mail", "advisory"]),
    ("post", &["mail", "rules"]),
    ("publish", &["store", "rules", "policy", "advisory"]),
    ("pipeline", &["store", "mail", "openpgp", "rules", "policy", "post", "clock", "advisory"]),
    ("settings", &["policy", "mail", "post", "rules"]),
    // Whoever runs the operator's programs has neither settings nor database.
    ("hooks", &[]),
    ("clock", &[]),
];

/// Rooms that decide on plain values: no files, no network, no database, no clock, no waiting.
const PURE: &[&str] = &["rules", "mail", "openpgp", "advisory"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio::",
    "rusqlite",
];

/// The way of a letter out of the house, and the only files that stand on it: what else says such a thing goes round the
/// gate. `Desk::post` asks the gate before it adds a delivery, the courier before it hands one over.
const WAY_OUT: &[(&str, &[&str])] = &[
    ("INSERT INTO letter", &["store/outbox.rs"]),
    ("INSERT INTO delivery", &["store/outbox.rs"]),
    (".add_letter(", &["desk.rs"]),
    (".add_delivery(", &["desk.rs"]),
    (".sending(", &["pipeline/deliver.rs"]),
    // `check --send` mails fixed words to our own addresses, and is looked at below.
    ("Parcel {", &["post/mod.rs", "pipeline/deliver.rs", "cli/check/send.rs"]),
    ("Carrier::", &["post/mod.rs", "daemon/assembly.rs", "daemon/rehearsal.rs"]),
    ("Smtp::new(", &["daemon/assembly.rs"]),
    ("lettre::", &["post/smtp.rs", "post/smtp/secured.rs"]),
    ("TcpStream", &["post/tls.rs", "post/smtp/secured.rs", "post/imap/connection.rs"]),
];

/// Nothing takes a label off. Who makes text public does it to our own words: the manual, a certificate's end.
const PUBLIC: &[(&str, &[&str])] = &[
    ("Text::public(", &["handlers/control.rs", "handlers/control/case.rs"]),
    // To authors of posts, who may be anybody: the number of their own post, and what became of it.
    (
        "Labels::public()",
        &["rules/label.rs", "handlers/say/certificates.rs", "handlers/say/discuss.rs", "handlers/say/joining.rs"],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The room a file stands in: `src/mail/address.rs` is in `mail`, `src/desk.rs` is `desk`.
fn room(file: &Path) -> String {
    let within = file.strip_prefix(root().join("src")).unwrap();
    within.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program's own lines: without comments, and without the tests at the end of a file or in a file of tests.
fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    if file.file_name().is_some_and(|name| name == "tests.rs") || text.contains("#![cfg(test)]") {
        return Vec::new();
    }
    let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub mod testing {"];
    let ends = tests.iter().filter_map(|tests| text.find(tests)).min();
    let code = &text[..ends.unwrap_or(text.len())];
    code.lines().map(|line| line.split("//").next().unwrap_or("").to_owned()).collect()
}

fn imports(line: &str) -> impl Iterator<Item = String> + '_ {
    line.match_indices("crate::").map(move |(at, found)| {
        line[at + found.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    })
}

#[test]
fn every_room_knows_only_the_rooms_it_may() {
    let mut broken = Vec::new();
    let mut rooms_seen = std::collections::BTreeSet::new();
    for file in sources(&root().join("src")) {
        let room = room(&file);
        let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == room) else { continue };
        rooms_seen.insert(room.clone());
        for (number, line) in lines(&file).iter().enumerate() {
            for imported in imports(line) {
                if imported != room && !allowed.contains(&imported.as_str()) {
                    broken.push(format!("{}:{}: {room} knows {imported}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(rooms_seen.len(), WALLS.len(), "a room of the table is gone: {rooms_seen:?}");
}

#[test]
fn rooms_that_only_decide_do_no_io() {
    let mut broken = Vec::new();
    for file in sources(&root().join("src")).iter().filter(|file| PURE.contains(&room(file).as_str())) {
        for (number, line) in lines(file).iter().enumerate() {
            for impure in IMPURE.iter().filter(|impure| line.contains(**impure)) {
                broken.push(format!("{}:{}: {impure}", file.display(), number + 1));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn sql_stays_in_the_store_and_time_comes_from_the_clock() {
    let mut broken = Vec::new();
    for file in sources(&root().join("src")) {
        let room = room(&file);
        for (number, line) in lines(&file).iter().enumerate() {
            let place = format!("{}:{}", file.display(), number + 1);
            if room != "store" && line.contains("rusqlite") {
                broken.push(format!("{place}: the database outside store/"));
            }
            if room != "clock"
                && (line.contains("Timestamp::now") || line.contains("Zoned::now") || line.contains("SystemTime::now"))
            {
                broken.push(format!("{place}: reads the clock"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A file by its place in src/.
fn place(file: &Path) -> String {
    file.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned()
}

#[test]
fn no_letter_leaves_but_through_the_two_gates() {
    let mut broken = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for file in sources(&root().join("src")) {
        let place = place(&file);
        for (number, line) in lines(&file).iter().enumerate() {
            for (what, only) in WAY_OUT.iter().chain(PUBLIC).filter(|(what, _)| line.contains(what)) {
                seen.insert(*what);
                if !only.contains(&place.as_str()) {
                    broken.push(format!("src/{place}:{}: {what}", number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let gone: Vec<_> = WAY_OUT.iter().filter(|(what, _)| !seen.contains(what)).collect();
    assert!(gone.is_empty(), "nobody says that any more: {gone:?}");
}

/// Pages and the operator's programs show what is released: `store/advisories/released.rs` alone can make such a thing (its
/// fields are its own), and nothing else of advisories is asked for there.
#[test]
fn what_is_shown_of_advisories_is_released_by_type() {
    let only = [
        ".public()",
        ".public_count()",
        ".public_names()",
        ".public_files(",
        ".if_public(",
        ".hook",
        ".failed_hooks()",
        ".mended_hooks()",
        ".next_hook_at()",
        ".has_hooks_to_run(",
        ".has_hooks()",
    ];
    let mut asked = 0;
    for file in sources(&root().join("src")) {
        let place = place(&file);
        if !place.starts_with("publish/") && place != "daemon/hooks.rs" {
            continue;
        }
        let code = lines(&file).join("\n");
        for (at, found) in code.match_indices(".advisories()") {
            let then = code[at + found.len()..].trim_start();
            assert!(only.iter().any(|only| then.starts_with(only)), "{place}: {}", then.lines().next().unwrap());
            asked += 1;
        }
        assert!(!code.contains("advisories::Version") && !code.contains("Draft"), "{place}");
    }
    assert!(asked > 5);
}

/// What is mailed without a gate is made of nothing that is stored.
#[test]
fn what_check_mails_to_ourselves_has_nothing_of_anybody_in_it() {
    let file = root().join("src/cli/check/send.rs");
    for line in lines(&file) {
        for stored in ["outbox()", "cases()", "inbox()", "opened()", "people()", "threads()", "notes()", "Letter"] {
            assert!(!line.contains(stored), "{line}");
        }
    }
}

#[test]
fn no_file_is_called_after_nothing() {
    for file in sources(&root().join("src")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            !["utils", "util", "common", "helpers", "types", "misc"].contains(&name.as_str()),
            "{}",
            file.display()
        );
    }
}
