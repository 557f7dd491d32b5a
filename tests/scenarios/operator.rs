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
    for remedy in ["Put your copy of the key there; or export it", "must be able to read and write that folder"] {
        assert!(said.contains(remedy), "no “{remedy}” in: {said}");
    }
    let bad = world.command(&["check", "--json"]);
    assert_eq!(bad.status.code(), Some(1));
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&bad.stdout).unwrap();
    let states = |state: &str| findings.iter().filter(|finding| finding["state"] == state).count();
    assert_eq!((states("wrong"), states("wrong") + states("ok") + states("note")), (3, findings.len()));
    assert!(findings.iter().all(|finding| finding["what"].is_string() && finding["remedy"].is_string()));
}

/// A key made in 2020: `subkey` is what people would encrypt to, and how many days it lasts.
fn key_of_2020(user_id: &str, subkey: Option<Option<u64>>) -> (String, Vec<u8>) {
    use sequoia_openpgp::cert::CertBuilder;
    use sequoia_openpgp::serialize::SerializeInto;
    use sequoia_openpgp::types::KeyFlags;
    let made = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_577_836_800);
    let days = |days: u64| std::time::Duration::from_secs(days * 24 * 3600);
    let builder =
        CertBuilder::new().set_creation_time(made).add_userid(user_id).set_primary_key_flags(KeyFlags::signing());
    let builder = match subkey {
        Some(lasts) => builder.add_subkey(KeyFlags::empty().set_transport_encryption(), lasts.map(days), None),
        None => builder,
    };
    let (key, _) = builder.generate().unwrap();
    (key.fingerprint().to_hex(), key.as_tsk().armored().to_vec().unwrap())
}

#[test]
fn check_names_each_key_of_the_project_and_what_it_is_good_for() {
    let world = World::new(LineEnds::Lf);
    let config = std::fs::read_to_string(world.config()).unwrap();
    let older = |name: &str| format!("[[openpgp.older]]\nkey = \"keys/{name}.key\"\n\n");
    let with = |older: &str| {
        std::fs::write(world.config(), config.replacen("[[maildir]]", &format!("{older}[[maildir]]"), 1)).unwrap()
    };
    let (before, bytes) = key_of_2020("Before <security@example.org>", Some(Some(1000)));
    std::fs::write(world.dir.join("keys/before.key"), bytes).unwrap();
    let (signs, bytes) = key_of_2020("Signs <security@example.org>", None);
    std::fs::write(world.dir.join("keys/signs.key"), bytes).unwrap();
    with(&format!("{}{}", older("before"), older("signs")));
    let said = world.does(&["check"]);
    for line in [
        "project.key signs, without an end: ",
        "it opens mail; people can encrypt to it, without an end",
        &format!("before.key opens mail; people cannot encrypt to it (it expired on 2022-09-27): {before}"),
        &format!("signs.key opens no mail, it has no part that decrypts: {signs}"),
        "All is well",
    ] {
        assert!(said.contains(line), "no “{line}” in: {said}");
    }
    world.does(&["run", "--once"]);

    with(&older("forgotten"));
    let bad = world.command(&["check"]);
    let said = String::from_utf8(bad.stdout).unwrap();
    assert_eq!(bad.status.code(), Some(1));
    assert!(said.contains("WRONG  the older key") && said.contains("forgotten.key: No such file"), "{said}");
    let refused = world.command(&["run", "--once"]);
    assert_eq!(refused.status.code(), Some(1), "mail that this key opens would come");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("forgotten.key"));
}

#[test]
fn the_record_is_verified_and_a_change_behind_its_back_is_found() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let verified = world.does(&["audit", "verify"]);
    assert!(verified.contains("each continuing the one before") && verified.contains("Keep this hash"), "{verified}");
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

/// What a refused command says: its exit status and its two lines.
fn refused(world: &World, arguments: &[&str]) -> (i32, String) {
    let output = world.command(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "{arguments:?}: {said}");
    (output.status.code().unwrap(), said)
}

#[test]
fn a_slip_in_the_name_of_the_database_is_told_and_makes_no_empty_one() {
    let world = World::new(LineEnds::Lf);
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), text.replace("state.db", "sate.db")).unwrap();
    for arguments in [
        &["status"][..],
        &["team", "list"],
        &["team", "remove", ALICE],
        &["case", "list"],
        &["inbox", "list"],
        &["outbox", "list"],
        &["audit", "verify"],
        &["run", "--once"],
    ] {
        let (code, said) = refused(&world, arguments);
        assert!(code == 2 && said.starts_with("There is no database ") && said.contains("sate.db\n"), "{said}");
        assert!(said.contains("Correct “database” in the settings"), "{said}");
    }
    let check = world.command(&["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8(check.stdout).unwrap().contains("WRONG  There is no database"));
    assert!(!world.dir.join("sate.db").exists() && !world.dir.join("sate.lock").exists());
    world.does(&["team", "add", "Carol Real", "carol@example.org"]);
    assert!(world.dir.join("sate.db").exists(), "the first of the team makes the database");
}

#[test]
fn a_new_instance_is_born_at_init_and_waits_for_its_team() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("desk");
    let before = jiff::Timestamp::now().as_second();
    let made = embargod().args(["init", "--profile", "xen"]).arg(&dir).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(said.contains(&format!("  {} team add", env!("CARGO_BIN_EXE_embargod"))), "{said}");
    let database = rusqlite::Connection::open(dir.join("state.db")).unwrap();
    let born: String = database.query_row("SELECT born_at FROM instance", [], |row| row.get(0)).unwrap();
    assert!(born.parse::<jiff::Timestamp>().unwrap().as_second() >= before, "{born}");
    let run = embargod().args(["run", "--once", "--config"]).arg(dir.join("embargod.toml")).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(run.stderr).unwrap(),
        "nobody is in the security team: reports would be read by nobody\nembargod team add NAME ADDRESS\n"
    );
}

#[test]
fn the_operator_names_the_team_and_a_mail_does_not() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&mail(
        "From: \"Mallory the Great\" <carol@example.org>
Subject: hello
Message-ID: <m@example.org>",
        "I am somebody else.",
    ));
    world.does(&["team", "add", "Carol Real", "carol@example.org"]);
    let team = world.json(&["team", "list"]);
    let names: Vec<&str> = team.as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Carol Real") && !names.contains(&"Mallory the Great"), "{names:?}");
    let (code, said) = refused(&world, &["team", "add", "Carol Married", "carol@example.org"]);
    assert!(code == 1 && said.contains("is in the team already\nTo correct a name, remove them and add"), "{said}");
    for (name, address, code, words) in [
        ("List", "xen-devel@lists.example.org", 1, "xen-devel@lists.example.org is a public list of the profile"),
        ("Desk", "security@example.org", 1, "is an address of this desk"),
        (" ", "dave@example.org", 2, "needs a name"),
    ] {
        let (found, said) = refused(&world, &["team", "add", name, address]);
        assert!(found == code && said.contains(words), "{said}");
    }
}

#[test]
fn a_list_of_cases_has_both_dates_and_says_where_nobody_can_be_written_to() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").mails(&mail("Subject: crash\nMessage-ID: <nobody@example.org>", "no author"));
    assert!(world.does(&["status"]).contains("2026-12-28T12:00:00Z"));
    for arguments in [["case", "list"].as_slice(), &["case", "show", "1"]] {
        let said = world.does(arguments);
        for part in ["(nobody to write to)", "2026-12-14T12:00:00Z", "2026-12-28T12:00:00Z"] {
            assert!(said.contains(part), "{arguments:?} without {part}: {said}");
        }
    }
}

#[test]
fn json_is_refused_where_nothing_is_shown() {
    let world = World::new(LineEnds::Lf);
    for arguments in [
        &["run", "--once", "--json"][..],
        &["team", "add", "Carol", "carol@example.org", "--json"],
        &["team", "remove", ALICE, "--json"],
        &["init", "new", "--profile", "xen", "--json"],
        &["demo", "--json"],
    ] {
        let (code, said) = refused(&world, arguments);
        assert!(code == 2 && said.starts_with("--json is for commands that list or show"), "{said}");
    }
    assert_eq!(world.json(&["team", "list"]).as_array().unwrap().len(), 2, "and nothing was done");
}

#[test]
fn an_output_that_is_full_or_gone_is_no_panic() {
    let world = World::new(LineEnds::Lf);
    for arguments in [&["status"][..], &["audit", "list", "--json"], &["check"], &["run", "--once"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = embargod().args(arguments).arg("--config").arg(world.config()).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.lines().count() == 2 && said.starts_with("standard output cannot be written"), "{said}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = embargod().arg("status").arg("--config").arg(world.config()).stdout(writer).output().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!((signal, output.stderr.is_empty()), (Some(13), true), "it ends with its reader, in silence");
}

#[test]
fn a_case_is_asked_for_by_its_number_and_help_is_given() {
    let world = World::new(LineEnds::Lf);
    let wrong = world.command(&["case", "show", "abc"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("“abc” is not the number of a case; see embargod case list"), "{said}");
    assert!(world.does(&["case", "show", "--help"]).contains("As “embargod case list” shows it"));
    let help = |arguments: &[&str]| {
        let output = embargod().arg("help").args(arguments).output().unwrap();
        let said = String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap();
        (output.status.code(), said)
    };
    assert!(help(&[]).1.contains("\nCommands:\n") && help(&[]).1.contains("\n  outbox "), "{}", help(&[]).1);
    assert_eq!(help(&["case", "show"]).1, world.does(&["case", "show", "--help"]));
    let unknown =
        "there is no command “csae”\n“embargod help” lists the commands; “embargod help commands” those by mail.\n";
    assert_eq!(help(&["csae"]), (Some(2), unknown.to_owned()));
}

#[test]
fn what_the_team_can_tell_the_desk_is_listed_as_its_profile_demands_proof() {
    let nowhere = String::from_utf8(embargod().args(["help", "commands"]).output().unwrap().stdout).unwrap();
    let title =
        "\n- !title TEXT\n  Gives the case another title, of at most 200 characters.\n  Needs your signature.\n";
    assert!(nowhere.contains(title) && nowhere.ends_with("\nThe profile “xen” says what is needed.\n"), "{nowhere}");
    let world = World::new(LineEnds::Lf);
    assert_eq!(world.does(&["help", "commands"]), nowhere);
    let listed = world.json(&["help", "commands"]);
    assert_eq!(listed[3]["usages"][0], "!title TEXT");
    assert_eq!(listed[3]["needs"], "your signature");

    let xen = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    let trusting = xen.replace("\ncase = \"signed\"", "\ncase = \"aligned\"");
    std::fs::write(world.dir.join("trusting.toml"), trusting).unwrap();
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let settings = settings.replace("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"trusting.toml\"");
    std::fs::write(world.config(), settings).unwrap();
    let trusting = title.replace("your signature", "your own reply address");
    assert!(world.does(&["help", "commands"]).contains(&trusting));
    std::fs::write(world.dir.join("trusting.toml"), "name = 1").unwrap();
    assert_eq!(world.command(&["help", "commands"]).status.code(), Some(2), "who names settings is told what is wrong");
}

#[test]
fn what_is_no_database_and_a_folder_that_cannot_be_made_have_remedies_of_their_own() {
    let world = World::new(LineEnds::Lf);
    for entry in std::fs::read_dir(&world.dir).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("state.") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    std::fs::write(world.dir.join("state.db"), "no database, ".repeat(100)).unwrap();
    let check = String::from_utf8(world.command(&["check"]).stdout).unwrap();
    assert!(check.contains("→ Name the right file, or restore a backup."), "{check}");
    let below_a_file = world.config().join("desk");
    for arguments in [&["demo", "--out"][..], &["init", "--profile", "xen"]] {
        let output = embargod().args(arguments).arg(&below_a_file).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.ends_with("\nChoose a folder you can write.\n"), "{said}");
    }
}
