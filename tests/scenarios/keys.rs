//! Certificates: an operator gives them to people, people are warned before they end, and what mail brings is trusted by
//! nobody.

use std::io::Write;
use std::process::{Output, Stdio};
use std::time::Duration;

use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::serialize::SerializeInto;

use super::*;
use crate::world::{embargod, kinds, the};

/// A key of 2026-01-01 that ends after so many days.
fn key(user_id: &str, days: u64) -> Cert {
    let created: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let builder = CertBuilder::general_purpose(Some(user_id)).set_creation_time(std::time::SystemTime::from(created));
    builder.set_validity_period(Duration::from_secs(days * 24 * 3600)).generate().unwrap().0
}

fn written(world: &World, name: &str, bytes: &[u8]) -> String {
    let path = world.dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn public(world: &World, name: &str, key: &Cert) -> String {
    written(world, name, &key.to_vec().unwrap())
}

/// The cause and the remedy of a command that is refused.
fn refused(world: &World, arguments: &[&str]) -> String {
    let output = world.command(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "a line of cause, a line of what to do: {said}");
    said
}

fn piped(world: &World, arguments: &[&str], bytes: &[u8]) -> Output {
    let mut command = embargod();
    command.args(arguments).arg("--config").arg(world.config()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn an_operator_gives_a_certificate_and_sees_what_it_is() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    let alices = key("Alice Example <alice@example.org>", 400);
    let fingerprint = alices.fingerprint().to_hex();
    let file = public(&world, "alice.pgp", &alices);
    let said = world.does(&["key", "import", &file]);
    assert!(said.contains("alice@example.org has") && said.contains("Compare the fingerprint"), "{said}");
    let listed = world.json(&["key", "list"]);
    let listed = listed.as_array().unwrap();
    let row = listed.iter().find(|row| row["fingerprint"] == *fingerprint).unwrap();
    assert_eq!((row["holder"].as_str(), row["state"].as_str()), (Some(ALICE), Some("usable")));
    assert_eq!(row["user_ids"], serde_json::json!(["Alice Example <alice@example.org>"]));
    assert_eq!(row["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(row["expires_at"], "2027-02-05T00:00:00Z");
    assert!(listed.iter().any(|row| row["holder"] == "project" && row["state"] == "usable"), "{listed:?}");

    let end = format!("0x{}", fingerprint[fingerprint.len() - 16..].to_lowercase());
    let shown = world.does(&["key", "show", &end]);
    assert!(shown.contains("holder       alice@example.org (since 2026-12-07T09:00:00Z)"), "{shown}");
    let armored = world.does(&["key", "show", &fingerprint, "--armor"]);
    let again = piped(&world, &["key", "import", "-"], armored.as_bytes());
    assert!(String::from_utf8(again.stdout).unwrap().contains("nothing is new in this copy"));
    for arguments in [&["key", "show", "ABCDEF"][..], &["key", "import"]] {
        assert_eq!(world.command(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(refused(&world, &["key", "show", &"0".repeat(16)]).starts_with("there is no certificate 0000"));
}

#[test]
fn what_is_no_certificate_for_anybody_is_refused_with_what_to_do() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    let (alices, strangers) = (key("alice@example.org", 400), key("Mallory <mallory@example.net>", 400));
    let both = [alices.to_vec().unwrap(), strangers.to_vec().unwrap()].concat();
    let junk = written(&world, "junk", b"Dear Alice, my key is on my web page.\n");
    let (both, old) = (written(&world, "both", &both), public(&world, "old", &key("alice@example.org", 300)));
    let (strangers, project) = (public(&world, "strangers", &strangers), world.dir.join("keys/project.asc"));
    for (arguments, words) in [
        (vec![junk.as_str()], "this is not an OpenPGP certificate"),
        (vec![&both], "this holds several certificates\nExport one alone with: gpg"),
        (vec![&old], "cannot be used: it expired on 2026-10-28\nAsk its owner to extend it"),
        (vec![&strangers], "name nobody we know\nSay whose it is with --for"),
        (vec![&strangers, "--for", "nobody@example.org"], "nobody here has the address nobody@example.org\nCorrect"),
        (vec![project.to_str().unwrap()], "is the project's own\n"),
    ] {
        let said = refused(&world, &[&["key", "import"][..], &arguments].concat());
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let said = world.does(&["key", "import", &strangers, "--for", BOB]);
    assert!(said.contains("None of its user IDs names bob@example.org"), "{said}");
    let said = refused(&world, &["key", "import", &strangers, "--for", ALICE]);
    assert!(said.contains("belongs to bob@example.org\n") && said.contains("embargod key remove "), "{said}");
}

#[test]
fn of_a_secret_key_only_the_public_part_is_taken_and_a_new_member_comes_with_theirs() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    let carols = key("Carol <carol@example.org>", 400);
    let secret = written(&world, "carol.key", &carols.as_tsk().to_vec().unwrap());
    let add = ["team", "add", "Carol", "carol@example.org", "--key"];
    let expired = public(&world, "old", &key("carol@example.org", 300));
    let said = refused(&world, &[&add[..], &[&expired]].concat());
    assert!(said.contains("it expired on"), "{said}");
    assert_eq!(world.json(&["team", "list"]).as_array().unwrap().len(), 2, "both or nothing");
    let said = world.does(&[&add[..], &[&secret]].concat());
    assert!(
        said.contains("only the public part is taken") && said.contains("carol@example.org has a certificate"),
        "{said}"
    );
    let database = std::fs::read(world.dir.join("state.db")).unwrap();
    let wal = std::fs::read(world.dir.join("state.db-wal")).unwrap_or_default();
    let private = carols.primary_key().key().clone().parts_into_secret().unwrap();
    let mut searched = 0;
    if let sequoia_openpgp::packet::key::SecretKeyMaterial::Unencrypted(secret) = private.secret() {
        secret.map(|mpis| {
            if let sequoia_openpgp::crypto::mpi::SecretKeyMaterial::EdDSA { scalar } = mpis {
                let needle = scalar.value();
                searched += 1;
                for file in [&database, &wal] {
                    assert!(!file.windows(needle.len()).any(|window| window == needle), "the secret was written down");
                }
            }
        });
    }
    assert_eq!(searched, 1);
    let without = |world: &World| world.json(&["status"])["team_without_certificate"].to_string();
    assert!(!without(&world).contains("carol"), "{}", without(&world));
    world.does(&["key", "remove", &carols.fingerprint().to_hex()]);
    assert!(without(&world).contains("carol"));
    let (status, check) = (world.does(&["status"]), world.does(&["check"]));
    for said in [status, check] {
        let line = said.lines().find(|line| line.contains("in the team without a usable certificate: ")).unwrap();
        assert!(line.contains("carol@example.org"), "{line}");
    }
}

#[test]
fn what_mail_offers_is_nobodys_until_an_operator_imports_it() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let danas = key("Dana Doe <dana@research.example.net>", 400);
    let fingerprint = danas.fingerprint().to_hex();
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    let row = "INSERT INTO offered_certificate (fingerprint, inbox, author_key, how, bytes) VALUES (?1, 1, ?2, 'attached', ?3)";
    database.execute(row, rusqlite::params![fingerprint, DANA, danas.to_vec().unwrap()]).unwrap();
    drop(database);
    let state = |world: &World| {
        let listed = world.json(&["key", "list"]);
        let row = listed.as_array().unwrap().iter().find(|row| row["fingerprint"] == *fingerprint).unwrap().clone();
        (row["state"].as_str().unwrap().to_owned(), row["holder"].as_str().unwrap().to_owned())
    };
    assert_eq!(state(&world), ("offered".into(), String::new()));
    assert!(world.does(&["key", "list"]).contains("nobody (came from dana@research.example.net)"));
    assert!(world.does(&["key", "show", &fingerprint]).contains("is not trusted"));
    let said = world.does(&["key", "import", "--offered", &fingerprint[24..]]);
    assert!(said.contains("dana@research.example.net has a certificate now"), "{said}");
    assert_eq!(state(&world), ("usable".into(), DANA.into()));
    assert!(refused(&world, &["key", "import", "--offered", &"A".repeat(40)]).starts_with("there is no certificate"));
}

#[test]
fn strangers_offer_more_than_a_list_shows_and_each_is_found_by_its_fingerprint() {
    const OFFERED: usize = 103;
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let keys: Vec<Cert> = (0..OFFERED).map(|number| key(&format!("Dana {number} <{DANA}>"), 400)).collect();
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    for (number, offered) in keys.iter().enumerate() {
        let mail = "INSERT INTO inbox (sha256, account, folder, received_at, raw) VALUES (?1, 'local', 'in', '', x'')";
        database.execute(mail, [number.to_string()]).unwrap();
        let row = "INSERT INTO offered_certificate (fingerprint, inbox, author_key, how, bytes)
                   VALUES (?1, last_insert_rowid(), ?2, 'attached', ?3)";
        let bytes = offered.to_vec().unwrap();
        database.execute(row, rusqlite::params![offered.fingerprint().to_hex(), DANA, bytes]).unwrap();
    }
    drop(database);
    let fingerprints: Vec<String> = keys.iter().map(|key| key.fingerprint().to_hex()).collect();
    let listed = |world: &World| -> Vec<String> {
        let all = world.json(&["key", "list"]);
        let offered = all.as_array().unwrap().iter().filter(|row| row["state"] == "offered");
        offered.map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let newest: Vec<String> = fingerprints.iter().rev().take(100).cloned().collect();
    assert_eq!(listed(&world), newest, "the newest first");
    let said = world.does(&["key", "list"]);
    assert!(said.contains("Mail offered 103 certificates. These are the 100 newest"), "{said}");

    let oldest = &fingerprints[0];
    let shown = world.does(&["key", "show", &oldest[24..].to_lowercase()]);
    assert!(shown.contains(&format!("user ID      Dana 0 <{DANA}>")) && shown.contains("not trusted"), "{shown}");
    let said = world.does(&["key", "import", "--offered", oldest, "--for", DANA]);
    assert!(said.contains(&format!("{DANA} has a certificate now")), "{said}");
    let said = world.does(&["key", "list"]);
    assert!(said.contains("Mail offered 102 certificates"), "one of them is hers now: {said}");
    for fingerprint in &fingerprints[1..3] {
        world.does(&["key", "import", "--offered", fingerprint, "--for", DANA]);
    }
    // Her former ones are offered again, as mail once brought them.
    assert_eq!(listed(&world), newest);
    let said = world.does(&["key", "list"]);
    assert!(said.contains("Mail offered 102 certificates"), "{said}");
}

#[test]
fn a_certificate_ends_and_everybody_who_must_act_was_told_in_time() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:00:00Z").round();
    let (bobs, ends) = (key("bob@example.org", 400), "it expired on 2027-02-05");
    let file = public(&world, "bob", &bobs);
    world.does(&["key", "import", &file]);
    world.at("2026-12-07T09:10:00Z").round(); // They are told that it was replaced.
    for (time, subject) in [
        ("2027-01-05T23:00:00Z", None),
        ("2027-01-06T08:00:00Z", Some("expires in 30 days")),
        ("2027-01-07T08:00:00Z", None),
        ("2027-02-01T08:00:00Z", Some("expires in 4 days")),
        ("2027-02-04T08:00:00Z", Some("expires in 1 day")),
        ("2027-02-05T00:00:00Z", Some("can no longer be used")),
        ("2027-02-06T09:00:00Z", None),
    ] {
        let letters = world.at(time).round();
        let Some(subject) = subject else {
            assert!(letters.is_empty(), "{time}: {:?}", kinds(&letters));
            continue;
        };
        assert_eq!(kinds(&letters), ["alert alice@example.org", "notice bob@example.org"], "{time}");
        assert_eq!(the(&letters, "notice", BOB).subject(), format!("[Xen] Your OpenPGP certificate {subject}"));
    }
    let row = world.json(&["key", "list"]);
    let row = row.as_array().unwrap().iter().find(|row| row["holder"] == BOB).unwrap().clone();
    assert_eq!((row["state"].as_str(), row["unusable"].as_str()), (Some("expired"), Some(ends)));
    let audit = world.json(&["audit", "list"]);
    let lines = |act: &str| audit.as_array().unwrap().iter().filter(|line| line["act"] == act).count();
    assert_eq!((lines("warn"), lines("judge")), (4, 1));
    let without = world.json(&["status"])["team_without_certificate"].to_string();
    assert!(without.contains(BOB), "{without}");
}
