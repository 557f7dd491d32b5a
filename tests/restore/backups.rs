//! `backup`: consistent while the desk is open, for its owner only, readable by gpg when it is encrypted.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{acts, report};
use crate::daemon::Running;
use crate::mailstack::gpg::Gpg;
use crate::world::{LineEnds, World};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// An instance whose database is this backup, as it would be restored; nothing was run on it yet.
fn restored(world: &World, backup: &Path) -> World {
    let restored = world.copy();
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        fs::remove_file(restored.dir.join(name)).ok();
    }
    fs::copy(backup, restored.dir.join("state.db")).unwrap();
    restored
}

#[test]
fn a_backup_made_while_the_desk_works_is_whole_and_private_and_says_what_it_is() {
    let mut world = World::new(LineEnds::Lf);
    let daemon = Running::start(world.config(), &[]);
    let folder = tempfile::tempdir().unwrap();
    for number in 0..12 {
        world.post(report(&format!("report-{number}")).as_bytes());
        let file = folder.path().join(format!("{number}.db"));
        let said = world.does(&["backup", file.to_str().unwrap()]);
        assert!(said.contains("in clear, readable by its owner only"), "{said}");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let copy = rusqlite::Connection::open(&file).unwrap();
        let verdict: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        // A mail that is done has all its letters, whenever the copy was made.
        let half: i64 = copy
            .query_row(
                "SELECT count(*) FROM inbox WHERE state = 'done'
                 AND (SELECT count(*) FROM letter WHERE letter.cause = inbox.sha256) <> 3",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(half, 0);
    }
    let (status, ..) = daemon.stop();
    assert!(status.success());
    assert_eq!(names(folder.path()).len(), 12, "nothing unfinished is left: {:?}", names(folder.path()));
    assert_eq!(acts(&world), ["backup"; 12]);

    let last = folder.path().join("11.db");
    let before = fs::read(&last).unwrap();
    assert_eq!(world.command(&["backup", last.to_str().unwrap()]).status.code(), Some(1), "it is there already");
    assert_eq!(fs::read(&last).unwrap(), before);
    let looked_at = restored(&world, &last);
    assert!(looked_at.does(&["status"]).starts_with("A BACKUP of "), "{}", looked_at.does(&["status"]));
    assert!(looked_at.does(&["audit", "verify"]).contains("each continuing the one before"));
    assert_eq!(looked_at.command(&["outbox", "resume"]).status.code(), Some(1), "nothing was read again yet");
}

#[test]
fn a_backup_for_somebody_is_opened_by_their_gpg_alone() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report("first"));
    let (gpg, home) = (Gpg::fresh(), tempfile::tempdir().unwrap());
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let fingerprint = gpg.make_key("op@example.org", "default", "default", "never", "");
    let armored = gpg.export("--export", &fingerprint, "");
    fs::write(path("op.asc"), &armored).unwrap();
    fs::write(path("op.pgp"), gpg.dearmored(&armored)).unwrap();
    let folder = names(&world.dir);
    for (certificate, sealed, opened) in [("op.asc", "1.gpg", "1.db"), ("op.pgp", "2.gpg", "2.db")] {
        let said = world.does(&["backup", &path(sealed), "--to", &path(certificate)]);
        assert!(said.contains("encrypted to "), "{said}");
        let bytes = fs::read(path(sealed)).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"SQLite" || window == b"stale "), "nothing shines through");
        assert_eq!(Path::new(&path(sealed)).metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(path(opened), gpg.decrypt(&bytes)).unwrap();
        let restored = restored(&world, Path::new(&path(opened)));
        assert_eq!(restored.json(&["case", "list"]), world.json(&["case", "list"]));
    }
    assert_eq!(names(&world.dir), folder, "the copy in clear is gone");
    let wrong = world.command(&["backup", &path("3.gpg"), "--to", &path("1.db")]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(String::from_utf8(wrong.stderr).unwrap().lines().count(), 2);
    assert!(!Path::new(&path("3.gpg")).exists());
}

#[test]
fn the_journal_of_a_lost_database_is_not_mixed_into_the_restored_one() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report("first"));
    let backup = world.dir.join("backup.db");
    world.does(&["backup", backup.to_str().unwrap()]);
    // While somebody else reads, nobody tidies the journal away: it lies there as after a kill.
    let reader = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    reader.query_row("SELECT count(*) FROM inbox", [], |row| row.get::<_, i64>(0)).unwrap();
    world.at("2026-12-08T09:00:00Z").mails(&report("second"));
    assert!(world.dir.join("state.db-wal").metadata().unwrap().len() > 0, "a killed process leaves its journal");
    let restored = world.copy();
    drop(reader);
    fs::copy(&backup, restored.dir.join("state.db")).unwrap();
    let shown = restored.json(&["run", "--dry-run", "--at", "2026-12-08T10:00:00Z"]);
    let shown = shown.as_array().unwrap().iter().filter(|letter| letter["kind"] != "reminder");
    assert_eq!(shown.count(), 3);
    restored.does(&["run", "--once", "--at", "2026-12-08T10:00:00Z"]);
    assert!(restored.dir.join("state.db-wal.lost").exists());
    assert!(restored.does(&["status"]).starts_with("RESTORED from a backup of 2026-12-07T09:12:04Z"));
    let database = rusqlite::Connection::open(restored.dir.join("state.db")).unwrap();
    let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}
