//! The hand on the tap: `outbox pause`, `resume` and `release`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{ALICE, DANA, acts, deliveries, report};
use crate::world::{LineEnds, World, embargod};

fn id_of(world: &World, kind: &str, to: &str) -> String {
    let rows = world.json(&["outbox", "list"]);
    let row = rows.as_array().unwrap().iter().find(|row| row["kind"] == kind && row["to"] == to).expect("a delivery");
    row["id"].to_string()
}

/// A world whose outbox was paused before Dana reported.
fn paused() -> World {
    let mut world = World::new(LineEnds::Lf);
    world.does(&["outbox", "pause"]);
    world.post(report("first").as_bytes());
    world.at("2026-12-07T09:12:04Z");
    world
}

#[test]
fn while_paused_mail_is_handled_and_nothing_leaves_until_somebody_says_so() {
    let mut world = paused();
    let again = world.command(&["outbox", "pause"]);
    assert_eq!(again.status.code(), Some(1));
    let said = world.does(&["run", "--once", "--at", "2026-12-07T09:12:04Z"]);
    assert!(said.contains("1 handled") && said.contains("PAUSED since"), "{said}");
    assert!(said.contains("3 letters wait. To go on: embargod outbox resume"), "{said}");
    assert!(world.round().is_empty(), "the next process knows, too");
    assert_eq!(deliveries(&world, &["state"]), ["queued"; 3]);
    let status = world.does(&["status"]);
    assert!(status.starts_with("PAUSED since"), "{status}");
    assert_eq!(world.json(&["status"])["paused"]["waiting"], 3);

    world.does(&["outbox", "release", &id_of(&world, "acknowledgement", DANA)]);
    let letters = world.round();
    assert_eq!(letters.len(), 1, "only what was released");
    assert_eq!(letters[0].to, DANA);
    let sent = world.command(&["outbox", "release", &id_of(&world, "acknowledgement", DANA)]);
    assert_eq!(sent.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&sent.stderr).contains("is sent: there is nothing to release"));
    assert_eq!(world.command(&["outbox", "release", "999"]).status.code(), Some(1));

    let wrong = world.command(&["outbox", "resume", "--left-before", "2026-12-08T00:00:00Z"]);
    assert_eq!(wrong.status.code(), Some(1), "nothing was restored here");
    world.does(&["outbox", "resume"]);
    world.round();
    assert_eq!(deliveries(&world, &["state"]), ["sent"; 3]);
    assert_eq!(world.command(&["outbox", "resume"]).status.code(), Some(1));
    assert_eq!(world.json(&["status"])["paused"], serde_json::Value::Null);
    assert_eq!(acts(&world), ["outbox pause", "outbox release", "outbox resume"]);
    assert!(world.does(&["audit", "verify"]).contains("each continuing the one before"));
}

#[test]
fn a_release_asks_the_gate_and_never_overrides_it() {
    let mut world = paused();
    world.round();
    world.does(&["team", "remove", ALICE]);
    let relay = id_of(&world, "relay", ALICE);
    for _twice in 0..2 {
        world.does(&["outbox", "release", &relay]);
        assert!(world.round().is_empty(), "she may not read it any more");
        let states = deliveries(&world, &["kind", "to", "state"]);
        assert!(states.contains(&format!("relay {ALICE} blocked")), "{states:?}");
    }
    let alerts = deliveries(&world, &["kind", "state"]).iter().filter(|delivery| *delivery == "alert queued").count();
    assert_eq!(alerts, 2, "the team hears of it each time, once letters leave again");
}

#[test]
fn what_the_server_refused_is_tried_again_with_the_same_message_id() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report("first"));
    let first = crate::world::the(&letters, "acknowledgement", DANA).message_id();
    let id = id_of(&world, "acknowledgement", DANA);
    rusqlite::Connection::open(world.dir.join("state.db"))
        .unwrap()
        .execute("UPDATE delivery SET state = 'failed', error = '550 no' WHERE id = ?1", [&id])
        .unwrap();
    std::fs::remove_file(world.dir.join(format!("mail/out/{id}.eml"))).unwrap();
    world.does(&["outbox", "release", &id]);
    world.round();
    let again = std::fs::read(world.dir.join(format!("mail/out/{id}.eml"))).unwrap();
    assert!(String::from_utf8_lossy(&again).contains(&first));
    assert_eq!(deliveries(&world, &["state", "error"]), ["sent "; 3]);
}

#[test]
fn the_daemon_notices_the_end_of_a_pause_by_itself() {
    let world = paused();
    let mut daemon = embargod().args(["run", "--config"]).arg(world.config()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    let wait_for = |enough: &dyn Fn() -> bool| {
        while !enough() {
            assert!(started.elapsed() < Duration::from_secs(60), "{:?}", deliveries(&world, &["kind", "state"]));
            std::thread::park_timeout(Duration::from_millis(50));
        }
    };
    wait_for(&|| deliveries(&world, &["state"]).len() == 3);
    assert_eq!(deliveries(&world, &["state"]), ["queued"; 3]);
    world.does(&["outbox", "resume"]);
    wait_for(&|| deliveries(&world, &["state"]) == ["sent"; 3]);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(daemon.id() as i32), nix::sys::signal::SIGTERM).unwrap();
    assert!(daemon.wait().unwrap().success());
}
