//! Letters that cannot leave yet, or may not any more.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;
use crate::systemd::notified::Daemon;
use crate::world::{embargod, kinds, the};

const SOON: Duration = Duration::from_secs(30);

fn database(world: &World) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.busy_timeout(SOON).unwrap();
    database
}

fn until(what: &str, there: impl Fn() -> bool) {
    let started = Instant::now();
    while !there() {
        assert!(started.elapsed() < SOON, "{what}: not after {SOON:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn a_letter_that_cannot_leave_waits_and_the_gate_is_asked_again_when_it_can() {
    story("gate-at-delivery", |world| {
        let (out, away) = (world.dir.join("mail/out"), world.dir.join("mail/away"));
        std::fs::rename(&out, &away).unwrap();
        world.at("2026-12-07T09:12:04Z").post(report().as_bytes());
        world.does(&["run", "--once", "--at", "2026-12-07T09:12:04Z"]);
        let waiting = world.json(&["outbox", "list"]);
        assert!(
            waiting.as_array().unwrap().iter().all(|row| row["state"] == "queued" && row["attempts"] == 1),
            "{waiting}"
        );
        world.does(&["team", "remove", BOB]);
        std::fs::rename(&away, &out).unwrap();
        let letters = world.at("2026-12-07T09:30:00Z").round();
        assert_eq!(
            kinds(&letters),
            ["acknowledgement dana@research.example.net", "alert alice@example.org", "relay alice@example.org"]
        );
        let rows = world.json(&["outbox", "list"]);
        let bobs = rows.as_array().unwrap().iter().find(|row| row["to"] == BOB).unwrap();
        assert_eq!(bobs["state"], "blocked");
        let told = the(&letters, "alert", ALICE).text();
        let release = format!("embargod outbox release {}\n", bobs["id"]);
        assert!(told.contains("a copy of case mail for a member of the team") && told.contains(&release), "{told}");
    });
}

/// The letter is with the mail server, and the database cannot take note of it.
#[test]
fn a_delivery_whose_end_could_not_be_written_down_is_not_forgotten_while_the_daemon_runs() {
    let mut world = World::new(LineEnds::Lf);
    let hole = "CREATE TRIGGER hole BEFORE UPDATE ON delivery WHEN NEW.state = 'sent'
                BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END";
    database(&world).execute_batch(hole).unwrap();
    let mut run = embargod();
    run.args(["run", "--config"]).arg(world.config()).stderr(Stdio::null());
    let _daemon = Daemon(run.spawn().unwrap());
    world.post(report().as_bytes());
    until("the first letter", || std::fs::read_dir(world.dir.join("mail/out")).unwrap().next().is_some());
    let sent = || {
        let rows = world.json(&["outbox", "list"]);
        rows.as_array().unwrap().iter().filter(|row| row["state"] == "sent").count()
    };
    assert_eq!(sent(), 0);
    database(&world).execute_batch("DROP TRIGGER hole").unwrap();
    until("all of them sent", || sent() == 3);
}

#[test]
fn one_thing_that_is_due_and_fails_does_not_stop_the_others() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-07T09:12:04Z").mails(&report());
    let broken = "UPDATE delivery SET state = 'failed', error = '550 no' WHERE id < 3;
                  CREATE TRIGGER hole BEFORE UPDATE ON delivery WHEN NEW.id = 1 AND NEW.told_at IS NOT NULL
                  BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END";
    database(&world).execute_batch(broken).unwrap();
    let run = world.command(&["run", "--once", "--at", "2026-12-07T10:00:00Z"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("the disk has a hole"));
    assert_eq!(kinds(&world.letters()), ["alert alice@example.org"], "of what did not reach Bob");
    database(&world).execute_batch("DROP TRIGGER hole").unwrap();
    let letters = world.at("2026-12-07T10:01:00Z").round();
    assert_eq!(kinds(&letters), ["alert bob@example.org"], "and of what did not reach Alice, later");
}
