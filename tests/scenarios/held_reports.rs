//! Reports that wait for a moderator, and what else the team says of their cases meanwhile.

use super::decisions::{flat, notice, says};
use super::*;
use crate::world::{kinds, the};

/// Reports of strangers wait here.
fn held(world: &World) {
    let profile = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    std::fs::write(world.dir.join("held.toml"), profile.replacen("hold = \"never\"", "hold = \"strangers\"", 1))
        .unwrap();
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let settings = settings.replacen("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"held.toml\"", 1);
    std::fs::write(world.config(), settings).unwrap();
}

#[test]
fn a_held_case_that_is_closed_by_command_waits_no_more_for_a_moderator() {
    let mut world = World::new(LineEnds::Lf);
    held(&world);
    let letters = world.at("2026-12-07T09:30:00Z").mails(&report());
    let alices = notice(&letters, ALICE);
    let letters = says(&mut world, BOB, "security@example.org", "s1", "2026-12-07T10:00:00Z", "case 1\n!spam");
    assert!(flat(the(&letters, "answer", BOB)).contains("What was held of it is discarded."));
    assert_eq!(world.json(&["held", "list"])[0]["state"], "discarded");
    assert_eq!(kinds(&world.at("2026-12-15T09:30:00Z").waits()), [""; 0], "nobody is reminded");
    let letters = world.at("2026-12-15T10:00:00Z").mails(&vouched(ALICE, &alices, "m1", "approve"));
    assert_eq!(kinds(&letters), [format!("answer {ALICE}")], "one quiet line: who decided what, and when");
    assert_eq!(world.json(&["inbox", "list"])[0]["state"], "done", "nothing fails");
}

#[test]
fn a_held_report_that_names_a_vulnerability_does_not_seem_to_name_its_own_case() {
    let mut world = World::new(LineEnds::Lf);
    held(&world);
    let raw = report().replace("Subject: ", "Subject: CVE-2026-1234: ");
    let letters = world.at("2026-12-07T09:30:00Z").mails(&raw);
    assert!(!the(&letters, "notice", ALICE).text().contains("CVE-2026-1234, which stands"));
}
