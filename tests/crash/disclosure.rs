//! Killed between an approval and the end of the release: every member and every list has it all the same, nobody has it
//! before the hour, and whoever has it twice has the same message twice.

use std::collections::{BTreeMap, BTreeSet};

use embargod::openpgp::Certificate;
use embargod::pipeline::certificates;
use embargod::store::Store;
use embargod::store::members::State;
use jiff::Timestamp;

use super::chance::Chance;
use super::desk::{Desk, NOW, Way, block_on};
use super::outcome::verify_record;
use super::server::Tls;
use super::{depth, report, trying};
use crate::scenarios::signed_entity;
use crate::world::{Letter, root};

/// Histories at depth 1, each killed twice.
const POINTS: usize = 50;
const HOUR: &str = "2026-01-26T12:00:00Z";
const ALICE: &str = "alice@example.org";
/// The first has a certificate.
const MEMBERS: [&str; 4] =
    ["security@vm.example.net", "security@hosting.example.net", "soc@cloud.example.net", "alerts@distro.example.net"];
const LISTS: [&str; 4] = [
    "xen-announce@lists.example.org",
    "xen-devel@lists.example.org",
    "xen-users@lists.example.org",
    "oss-security@lists.openwall.com",
];

const REPORT: &str = "Delivered-To: security@example.org\nFrom: Dana <dana@research.example.net>\nTo: security@example.org\n\
    Subject: overflow\nDate: Mon, 05 Jan 2026 08:00:00 +0000\nMessage-ID: <1@research.example.net>\n\nIt overflows.\n";
const FOUND: &str = "Content-Type: text/plain; charset=utf-8\n\n\
    !confirm\n!owner alice\n!assign 480\n!affects 4.20 yes\n!cve CVE-2026-12345\n!embargo 2026-01-26 12:00 as usual\n";
const DRAFT: &str = "Content-Type: multipart/mixed; boundary=p\n\n--p\nContent-Type: text/plain; charset=utf-8\n\n\
    !deploy patches\n!advisory\n\nISSUE DESCRIPTION\n=================\n\nIt overflows.\n\nIMPACT\n======\n\nHost crash.\n\n\
    VULNERABLE SYSTEMS\n==================\n\nXen 4.20.\n\nMITIGATION\n==========\n\nThere is no mitigation available.\n\n--p\n\
    Content-Type: text/x-patch; name=xsa480-4.20.patch\nContent-Disposition: attachment; filename=xsa480-4.20.patch\n\n\
    --- a/xen/common/a.c\n+++ b/xen/common/a.c\n@@ -1 +1 @@\n-one\n+two\n\n--p--\n";

/// A desk on which the advisory waits for an approval, and the mail that approves it.
struct Prepared {
    desk: Desk,
    approval: String,
}

fn desk(tls: &Tls) -> Desk {
    Desk::with_maildir(tls, &[])
}

fn alice(to: &str, id: &str, entity: &str) -> String {
    let key = std::fs::read(root().join("fixtures/keys/alice.key")).unwrap();
    signed_entity(&key, ALICE, to, id, NOW, entity)
}

fn prepared(tls: &Tls) -> Prepared {
    let desk = desk(tls);
    block_on(Store::open(&desk.database()).unwrap().write(|rows| {
        let now: Timestamp = NOW.parse()?;
        for (number, address) in MEMBERS.iter().enumerate() {
            let name = format!("Member {number} Ltd");
            let person = rows.people().find_or_add(&name, &address.parse()?)?;
            let id = rows.members().invite(&name, person.id, None, now)?.expect("a new member");
            rows.members().change(id, State::Invited, State::Active, now)?;
            if number == 0 {
                let certificate = Certificate::read(include_bytes!("../../fixtures/keys/dana.asc"))?;
                certificates::register(rows, &certificate, &person, "a test", now)?;
            }
        }
        // Whoever has a certificate by mail waits for a day before they may disclose; the operator gave her hers.
        Ok(())
    }))
    .unwrap();
    desk.gets("001.test", REPORT.as_bytes());
    desk.runs();
    let relay = desk.server.accepted().into_iter().find(|letter| letter.to == ALICE);
    let to = relay.expect("a relay").header("Reply-To").trim_matches(['<', '>']).to_owned();
    desk.gets("002.test", alice(&to, "a1", FOUND).as_bytes());
    desk.runs();
    desk.gets("003.test", alice(&to, "a2", DRAFT).as_bytes());
    desk.runs();
    let digest = digest(&desk);
    let approval = alice(&to, "a3", &format!("Content-Type: text/plain\n\napprove {digest}\n"));
    Prepared { desk, approval }
}

fn digest(desk: &Desk) -> String {
    let versions = block_on(Store::open(&desk.database()).unwrap().read(|rows| rows.advisories().open())).unwrap();
    let [version] = &versions[..] else { panic!("one draft: {versions:?}") };
    version.digest.clone()
}

/// The letters of a kind, by recipient: the Message-IDs of the copies.
fn copies(letters: &[Letter], subject: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for letter in letters.iter().filter(|letter| letter.subject().contains(subject)) {
        found.entry(letter.to.clone()).or_default().push(letter.message_id());
    }
    found
}

/// Everybody has it; whoever has it more than once has the same.
fn all_have(found: &BTreeMap<String, Vec<String>>, wanted: &[&str]) -> usize {
    let missing: Vec<&&str> = wanted.iter().filter(|to| !found.contains_key(**to)).collect();
    assert!(missing.is_empty(), "without it: {missing:?}");
    let mut doubled = 0;
    for (to, ids) in found {
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1, "{to} has different messages");
        doubled += ids.len() - 1;
    }
    doubled
}

#[test]
fn killed_between_approval_and_release_everybody_has_it_once_the_hour_has_come() {
    let tls = Tls::new();
    let Prepared { desk: before, approval } = prepared(&tls);
    let again = || {
        let desk = desk(&tls);
        std::fs::copy(before.database(), desk.database()).unwrap();
        desk.gets("004.test", approval.as_bytes());
        desk
    };
    let hour: Timestamp = HOUR.parse().unwrap();
    let undisturbed = again();
    let to_members = undisturbed.runs();
    undisturbed.now.set(hour);
    let to_all = undisturbed.runs();
    let letters = undisturbed.server.accepted();
    assert_eq!(all_have(&copies(&letters, "EMBARGOED"), &MEMBERS), 0);

    let (mut doubled, mut kills) = (0, 0);
    let chosen = super::replayed().map_or(1..=POINTS * depth(), |seed| seed..=seed);
    for seed in chosen.clone() {
        let mut chance = Chance::of(seed as u64);
        let (early, late) = (chance.number(1..=to_members), chance.number(1..=to_all));
        trying(
            "disclosure",
            &format!("commit points {early} of {to_members} and {late} of {to_all}: seed"),
            seed,
            POINTS,
        );
        let desk = again();
        kills += usize::from(desk.runs_to_commit(Way::Once, early));
        desk.runs();
        let letters = desk.server.accepted();
        assert!(letters.iter().all(|letter| !LISTS.contains(&letter.to.as_str())), "nothing is public before the hour");
        desk.now.set(hour);
        kills += usize::from(desk.runs_to_commit(Way::Once, late));
        desk.runs();
        let letters = desk.server.accepted();
        doubled += all_have(&copies(&letters, "EMBARGOED"), &MEMBERS);
        let released: Vec<Letter> =
            letters.into_iter().filter(|letter| !letter.subject().contains("EMBARGOED")).collect();
        let released = copies(&released, "Xen Security Advisory 480");
        doubled += all_have(&released, &[&MEMBERS[..], &LISTS].concat());
        verify_record(&desk);
    }
    assert!(kills > chosen.count(), "most runs were killed: {kills}");
    report(&format!("{kills} kills between approval and release; {doubled} copies doubled"));
}
