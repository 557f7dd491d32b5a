//! Letters that cannot leave yet, or may not any more.

use super::*;
use crate::world::{kinds, the};

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
