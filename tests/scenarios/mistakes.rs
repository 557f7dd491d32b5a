//! What was said too early, or wrongly, and is taken back; and what is used in attacks without being public.

use super::life::{case, commands, contact, done, opened, words};
use super::*;
use crate::world::the;

const CNA: &str = "cna@numbers.example.net";

#[test]
fn what_attackers_use_is_no_secret_of_ours_any_more_and_still_not_for_everybody() {
    let mut world = World::new(LineEnds::Lf);
    contact(&world, "cna", "cna", "Example CNA", CNA, true);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    commands(&mut world, &team, "m1", "2026-12-07T10:00:00Z", "!confirm\n!exploited seen at a customer");
    assert_eq!(case(&world, "1")["state"], "public");

    // Whoever gives numbers must not take it for published, nor whoever knows of the case.
    let letters = commands(&mut world, &team, "m2", "2026-12-07T10:30:00Z", "!cve request");
    let request = words(the(&letters, "notice", CNA));
    assert!(request.contains("Attackers use the problem already") && !request.contains("PUBLIC"), "{request}");
    let letters = commands(&mut world, &team, "m3", "2026-12-07T11:00:00Z", "!cve CVE-2026-12345");
    let told = words(the(&letters, "notice", DANA));
    assert!(told.contains("Until then the number must NOT become public"), "{told}");

    // Once it is public, there is nothing to keep.
    commands(&mut world, &team, "m4", "2026-12-07T11:30:00Z", "!public https://example.net/blog");
    let letters =
        commands(&mut world, &team, "m5", "2026-12-07T12:00:00Z", "!cve CVE-2026-12346 instead of CVE-2026-12345");
    let told = words(the(&letters, "notice", DANA));
    assert!(told.contains("It takes the place of CVE-2026-12345") && !told.contains("NOT become public"), "{told}");
}

#[test]
fn a_case_that_is_not_public_after_all_has_its_dates_again() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let dates = |world: &World| {
        let case = case(world, "1");
        (case["predisclosure_at"].clone(), case["release_at"].clone(), case["agreed"].clone())
    };
    let before = dates(&world);
    commands(&mut world, &team, "m1", "2026-12-07T10:00:00Z", "!public https://example.net/another-one");
    assert_ne!(dates(&world), before);
    let letters = commands(&mut world, &team, "m2", "2026-12-07T10:30:00Z", "!reopen");
    assert_eq!(dates(&world), before, "{}", done(&letters));
    let letters = commands(&mut world, &team, "m3", "2026-12-07T11:00:00Z", "!embargo 2027-01-11 holidays");
    assert!(done(&letters).contains("predisclosure on Mon 2026-12-14 12:00 UTC"), "on its day: {}", done(&letters));
}

#[test]
fn one_of_two_numbers_is_withdrawn_in_favour_of_the_other() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    commands(&mut world, &team, "m1", "2026-12-07T10:00:00Z", "!cve CVE-2026-12345");
    commands(&mut world, &team, "m2", "2026-12-07T10:30:00Z", "!cve CVE-2026-12346");
    let letters =
        commands(&mut world, &team, "m3", "2026-12-07T11:00:00Z", "!cve CVE-2026-12345 instead of CVE-2026-12346");
    assert_eq!(case(&world, "1")["cves"], serde_json::json!(["CVE-2026-12345"]));
    let told = words(the(&letters, "notice", DANA));
    assert!(told.contains("It takes the place of CVE-2026-12346, which was wrong"), "{told}");
}
