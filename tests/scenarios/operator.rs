//! The person who installs and runs it: commands, exit codes, and what holds when mail is replayed.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;

use super::*;
use crate::world::embargod;

/// Every table of a database as text, without the columns whose bytes a random signature or a path changes.
fn tables(world: &World) -> BTreeMap<String, Vec<String>> {
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    let names: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'refinery%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut tables = BTreeMap::new();
    for name in names {
        let mut statement = database.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let columns: Vec<String> = statement.column_names().map(|column| (*column).to_owned()).collect();
        let rows = statement
            .query_map([], |row| {
                let mut shown = Vec::new();
                for (index, column) in columns.iter().enumerate() {
                    if column != "folder" {
                        shown.push(format!("{column}={}", value(row.get_ref(index)?)));
                    }
                }
                Ok(shown.join(" "))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        tables.insert(name, rows);
    }
    tables
}

fn value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".into(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

/// Some mail of all kinds, as different people send it over two days.
fn two_days(world: &mut World) {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let both = crate::world::the(&letters, "relay", ALICE).address_after(BOTH);
    world.at("2026-12-07T10:00:00Z").mails(&vouched("Alice Example <alice@example.org>", &both, "a1", "Thank you."));
    world.at("2026-12-07T11:00:00Z").mails(&vouched("Bob Example <bob@example.org>", &both, "b1", "Me too."));
    let second = report().replace("report-1", "another").replace("dana", "erin");
    world.at("2026-12-08T09:00:00Z").mails(&second);
}

#[test]
fn the_same_mail_from_an_empty_database_gives_the_same_tables_and_identifiers() {
    let mut first = World::new(LineEnds::Lf);
    let mut second = first.copy();
    two_days(&mut first);
    two_days(&mut second);
    let (first, second) = (tables(&first), tables(&second));
    for (name, rows) in &first {
        assert_eq!(Some(rows), second.get(name), "table {name}");
    }
    assert!(
        first["letter"].len() > 8 && first["token"].len() >= 4 && first["audit"].len() > 6,
        "the mail did something"
    );
}

#[test]
fn the_database_never_holds_a_token_once_its_letter_has_left() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let token = letters.iter().find(|letter| letter.to == ALICE).unwrap().header("Reply-To");
    let token = token.split(['+', '@']).nth(1).unwrap().to_owned();
    assert_eq!(token.len(), 26);
    for (name, rows) in tables(&world) {
        assert!(rows.iter().all(|row| !row.contains(&token)), "table {name} holds a token");
    }
}

#[test]
fn time_never_goes_back_and_only_local_instances_are_told_it() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let refused = world.command(&["run", "--once", "--at", "2026-12-07T09:12:03Z"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "{said}");
    let wrong = world.command(&["run", "--once", "--at", "tomorrow"]);
    assert_eq!(wrong.status.code(), Some(2));
    // Without --at a local instance goes on from the latest time it was told.
    world.post(report().replace("report-1", "later").as_bytes());
    world.does(&["run", "--once"]);
    let received = world.json(&["inbox", "list"])[1]["received_at"].as_str().unwrap().to_owned();
    assert!(received.starts_with("2026-12-07T09:12:"), "{received}");
}

#[test]
fn a_second_run_on_the_same_database_is_refused() {
    let world = World::new(LineEnds::Lf);
    let mut daemon =
        embargod().args(["run", "--config"]).arg(world.config()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(daemon.stderr.take().unwrap()));
    assert!(lines.by_ref().any(|line| line.unwrap().contains("the desk is open")));
    let second = world.command(&["run", "--once"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another embargod runs"));
    assert!(world.command(&["status"]).status.success(), "looking is allowed beside it");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(daemon.id().try_into().unwrap()), nix::sys::signal::SIGTERM)
        .unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(world.command(&["run", "--once"]).status.success());
}

#[test]
fn a_typo_in_the_settings_names_file_line_key_and_the_nearest_name() {
    let world = World::new(LineEnds::Lf);
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), text.replacen("database =", "databse =", 1)).unwrap();
    let wrong = world.command(&["status"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "{said}");
    let line = text.lines().position(|line| line.starts_with("database =")).unwrap() + 1;
    for part in ["embargod.toml", &format!("line {line}"), "databse", "database"] {
        assert!(said.contains(part), "no {part} in: {said}");
    }
}

#[test]
fn check_tries_everything_and_says_what_to_mend() {
    let world = World::new(LineEnds::Lf);
    let good = world.does(&["check"]);
    assert!(good.contains("All is well") && !good.contains("WRONG"), "{good}");
    std::fs::remove_file(world.dir.join("keys/project.key")).unwrap();
    std::fs::remove_dir_all(world.dir.join("mail/in")).unwrap();
    world.does(&["team", "remove", ALICE]);
    world.does(&["team", "remove", BOB]);
    let bad = world.command(&["check"]);
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8(bad.stdout).unwrap();
    assert_eq!(said.matches("WRONG").count(), 3, "{said}");
}

#[test]
fn the_record_is_verified_and_a_change_behind_its_back_is_found() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    assert!(world.does(&["audit", "verify"]).contains("each continuing the one before"));
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database
        .execute_batch("DROP TRIGGER audit_is_never_changed; UPDATE audit SET actor = 'nobody' WHERE seq = 3")
        .unwrap();
    drop(database);
    let broken = world.command(&["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("breaks at line 3"));
}

#[test]
fn an_instance_is_not_made_over_another() {
    let world = World::new(LineEnds::Lf);
    let again = embargod().args(["init", "--profile", "xen", "--local"]).arg(&world.dir).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    let unknown = embargod().args(["init", "--profile", "xne"]).arg(world.dir.join("new")).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean “xen”"));
}
