//! Rows are set as the daily look leaves them; what is in a certificate does not matter here.

use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::desk::House;
use crate::desk::testing::house;
use crate::handlers::{Mail, due, tick};
use crate::mail::incoming::{Incoming, Note};
use crate::mail::opened::{Offered, OfferedHow, OpenedMail};
use crate::policy::Policy;
use crate::store::Rows;
use crate::store::certificates::Found;
use crate::store::testing::{Scratch, scratch};

struct World {
    scratch: Scratch,
    policy: Arc<Policy>,
    house: Arc<House>,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl World {
    /// Alice and Bob are the team, Dana is known, and there is an operator.
    async fn new() -> Self {
        let house = House { operator: Some("operator@example.org".parse().unwrap()), ..house() };
        let scratch = scratch();
        let people = |rows: Rows<'_>| {
            for name in ["Alice", "Bob", "Dana"] {
                let person = rows.people().find_or_add(name, &format!("{name}@example.org").parse()?)?;
                if name != "Dana" {
                    rows.people().join_team(person.id, false, at("2026-01-01T00:00:00Z"))?;
                }
            }
            Ok(())
        };
        scratch.store.write(people).await.unwrap();
        let policy = Policy::load("xen", None, None, "example.org").unwrap();
        Self { scratch, policy: Arc::new(policy), house: Arc::new(house) }
    }

    /// Somebody (the project, if nobody) has a certificate of which this was found.
    async fn found(&self, fingerprint: &'static str, whose: Option<&str>, ends: Option<&str>, unusable: &'static str) {
        self.found_on("2026-01-01T00:00:00Z", fingerprint, whose, ends, unusable).await;
    }

    async fn found_on(
        &self,
        day: &str,
        fingerprint: &'static str,
        whose: Option<&str>,
        ends: Option<&str>,
        unusable: &'static str,
    ) {
        let (whose, ends, day) = (whose.map(|address| address.parse().unwrap()), ends.map(at), at(day));
        let register = move |rows: Rows<'_>| {
            let person = match whose {
                Some(address) => rows.people().by_address(&address)?.map(|person| person.id),
                None => None,
            };
            let found = Found { at: day, expires_at: ends, unusable: unusable.into() };
            rows.certificates().register(fingerprint, person, fingerprint.as_bytes(), &found)
        };
        self.scratch.store.write(register).await.unwrap();
    }

    /// Does all that is due at a time; gives the letters it caused: kind, to whom, about what.
    async fn ticks(&self, now: &str) -> Vec<String> {
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), at(now));
        let work = move |rows: Rows<'_>| {
            let before = rows.outbox().list()?.len();
            for due in &due(rows, &policy, now)? {
                tick(&mut Desk::new(rows, &policy, &house, now, due.cause()), due)?;
            }
            let written = rows.outbox().list()?.into_iter().skip(before);
            let subject = |letter: i64| anyhow::Ok(rows.outbox().letter(letter)?.letter.subject.value().clone());
            written.map(|one| Ok(format!("{} {}: {}", one.kind, one.to, subject(one.id)?))).collect()
        };
        self.scratch.store.write(work).await.unwrap()
    }

    async fn body(&self, letter: i64) -> String {
        let read = move |rows: Rows<'_>| Ok(rows.outbox().letter(letter)?.letter.body.value().clone());
        self.scratch.store.read(read).await.unwrap()
    }
}

#[tokio::test]
async fn owner_and_team_are_warned_three_times_and_once_when_it_is_over() {
    let world = World::new().await;
    world.found("B0B", Some("bob@example.org"), Some("2027-01-31T12:00:00Z"), "").await;
    for (now, says) in [
        ("2027-01-01T11:59:59Z", None),
        ("2027-01-01T12:00:00Z", Some("expires in 30 days")),
        ("2027-01-02T12:00:00Z", None),
        ("2027-01-17T12:00:00Z", Some("expires in 14 days")),
        ("2027-01-28T12:00:00Z", Some("expires in 3 days")),
        ("2027-01-30T12:00:00Z", None),
        ("2027-01-31T12:00:00Z", Some("can no longer be used")),
        ("2027-03-31T12:00:00Z", None),
    ] {
        let expected = says.map_or(vec![], |says| {
            vec![
                format!("notice Bob@example.org: [Xen] Your OpenPGP certificate {says}"),
                format!("alert Alice@example.org: [Xen] The certificate of Bob@example.org {says}"),
            ]
        });
        assert_eq!(world.ticks(now).await, expected, "{now}");
    }
    let letter = world.body(1).await;
    assert!(
        letter.contains("gpg --quick-set-expire B0B 2y '*'") && letter.contains("Mail key.asc to operator@"),
        "{letter}"
    );
    assert!(world.body(7).await.contains("be used:\nit has expired"), "{}", world.body(7).await);
    // Extended: a new end, new warnings.
    world.found("B0B", Some("bob@example.org"), Some("2027-04-10T12:00:00Z"), "").await;
    assert_eq!(world.ticks("2027-04-01T12:00:00Z").await.len(), 2);
}

#[tokio::test]
async fn a_late_warning_says_what_is_true_and_stands_for_those_before_it() {
    let world = World::new().await;
    world.found("B0B", Some("bob@example.org"), Some("2027-01-31T12:00:00Z"), "").await;
    let letters = world.ticks("2027-01-29T13:00:00Z").await;
    assert_eq!(letters.len(), 2);
    assert!(letters[0].ends_with("expires in 2 days"), "{letters:?}");
    assert!(world.ticks("2027-01-29T14:00:00Z").await.is_empty());
}

#[tokio::test]
async fn one_that_was_revoked_is_told_of_once_and_its_owner_hears_it_in_clear() {
    let world = World::new().await;
    world.found("B0B", Some("bob@example.org"), None, "it is revoked").await;
    let letters = world.ticks("2027-01-29T13:00:00Z").await;
    let expected = [
        "notice Bob@example.org: [Xen] Your OpenPGP certificate can no longer be used",
        "alert Alice@example.org: [Xen] The certificate of Bob@example.org can no longer be used",
    ];
    assert_eq!(letters, expected);
    assert!(world.ticks("2027-02-28T13:00:00Z").await.is_empty());
    let labels = |letter| world.scratch.store.read(move |rows| Ok(rows.outbox().labels(letter)?.iter().count()));
    assert_eq!((labels(1).await.unwrap(), labels(2).await.unwrap()), (0, 1), "public, and the team's");
}

/// It expires and is extended; it loses its key to encrypt to and gets another: each time it is over, people hear it.
#[tokio::test]
async fn whoever_ends_twice_is_told_of_twice_and_nobody_hears_twice_of_one_end() {
    const BOTH: &[&str] = &["notice Bob@example.org", "alert Alice@example.org"];
    let (first, second) = (Some("2027-01-31T12:00:00Z"), Some("2028-01-31T12:00:00Z"));
    let (good, expired, lost) = ("", "it has expired", "it has no key to encrypt to");
    for (what, looks) in [
        (
            "extended",
            [
                ("2027-01-31T12:00:00Z", first, expired, BOTH),
                ("2027-02-01T12:00:00Z", first, expired, &[]),
                ("2027-02-02T12:00:00Z", second, good, &[]),
                ("2028-01-31T12:00:00Z", second, expired, BOTH),
                ("2028-02-01T12:00:00Z", second, expired, &[]),
            ],
        ),
        (
            "without an end",
            [
                ("2027-02-01T12:00:00Z", None, lost, BOTH),
                ("2027-02-02T12:00:00Z", None, lost, &[]),
                ("2027-02-03T12:00:00Z", None, good, &[]),
                ("2027-02-04T12:00:00Z", None, lost, BOTH),
                ("2027-02-05T12:00:00Z", None, lost, &[]),
            ],
        ),
        (
            "of the same end",
            [
                ("2027-02-01T12:00:00Z", second, lost, BOTH),
                ("2027-02-02T12:00:00Z", second, lost, &[]),
                ("2027-02-03T12:00:00Z", second, good, &[]),
                ("2028-01-31T12:00:00Z", second, expired, BOTH),
                ("2028-02-01T12:00:00Z", second, expired, &[]),
            ],
        ),
    ] {
        let world = World::new().await;
        for (day, ends, unusable, told) in looks {
            world.found_on(day, "B0B", Some("bob@example.org"), ends, unusable).await;
            let expected: Vec<String> = match told {
                [notice, alert] => vec![
                    format!("{notice}: [Xen] Your OpenPGP certificate can no longer be used"),
                    format!("{alert}: [Xen] The certificate of Bob@example.org can no longer be used"),
                ],
                _ => vec![],
            };
            assert_eq!(world.ticks(day).await, expected, "{what}, {day}");
        }
    }
}

#[tokio::test]
async fn the_projects_own_is_told_to_team_and_operator() {
    let world = World::new().await;
    world.found("9A9A", None, Some("2027-01-31T12:00:00Z"), "").await;
    let subject = "[Xen] The project's own OpenPGP key expires in 14 days";
    let to = ["Alice@example.org", "Bob@example.org", "operator@example.org"];
    assert_eq!(world.ticks("2027-01-17T12:00:00Z").await, to.map(|to| format!("alert {to}: {subject}")));
}

#[tokio::test]
async fn who_has_nothing_to_do_with_the_desk_any_more_is_left_in_peace() {
    let world = World::new().await;
    world.found("DA9A", Some("dana@example.org"), Some("2027-01-31T12:00:00Z"), "").await;
    assert!(world.ticks("2027-01-29T13:00:00Z").await.is_empty(), "in no case");
    let reports = |rows: Rows<'_>| {
        let dana = rows.people().by_address(&"dana@example.org".parse()?)?.unwrap();
        let when = at("2027-01-29T13:00:00Z");
        let later = at("2027-03-01T12:00:00Z");
        let proposal = crate::rules::schedule::Proposal { predisclosure_at: later, release_at: later };
        let case = rows.cases().open("a crash", false, when, proposal)?;
        rows.participants().set_reporter(case, dana.id, when)
    };
    world.scratch.store.write(reports).await.unwrap();
    let letters = world.ticks("2027-01-29T13:00:00Z").await;
    assert_eq!(letters.len(), 3, "Dana, Alice and Bob: {letters:?}");
    let hers = world.body(1).await;
    assert!(hers.contains("Mail key.asc to security@example.org"), "a discoverer knows the desk only: {hers}");
}

#[tokio::test]
async fn whose_certificate_ends_while_letters_wait_is_told_of_in_one_letter() {
    let world = World::new().await;
    world.found("B0B", Some("bob@example.org"), None, "it is revoked").await;
    world.found("DA9A", Some("dana@example.org"), None, "it is revoked").await;
    let waiting = |rows: Rows<'_>| {
        let when = at("2027-01-29T13:00:00Z");
        let dana = rows.people().by_address(&"dana@example.org".parse()?)?.unwrap();
        let later = at("2027-03-01T12:00:00Z");
        let proposal = crate::rules::schedule::Proposal { predisclosure_at: later, release_at: later };
        let case = rows.cases().open("a crash", false, when, proposal)?;
        rows.participants().set_reporter(case, dana.id, when)?;
        crate::store::testing::block_uncertified(rows, "bob@example.org", when)?;
        crate::store::testing::block_uncertified(rows, "dana@example.org", when)
    };
    world.scratch.store.write(waiting).await.unwrap();
    // What waits for Dana was written by no person: the team hears of her certificate's end instead.
    let ended = "[Xen] The certificate of Dana@example.org can no longer be used";
    let asked = "We need your OpenPGP certificate (Xen Project Security Team)";
    assert_eq!(
        world.ticks("2027-01-29T13:00:00Z").await,
        [
            format!("notice Bob@example.org: {asked}"),
            format!("notice Dana@example.org: {asked}"),
            format!("alert Alice@example.org: {ended}"),
            format!("alert Bob@example.org: {ended}"),
        ]
    );
    let letters = world.ticks("2027-01-29T13:00:01Z").await;
    assert_eq!(letters, ["alert Alice@example.org: [Xen] A letter waits for a certificate"]);
    assert!(world.ticks("2027-01-29T15:00:00Z").await.is_empty());
}

/// What a relay would show of the certificates that a mail of Dana's brings.
async fn shown(world: &World, brought: &[(&str, OfferedHow, &str)]) -> (Vec<String>, Option<String>) {
    let offered = brought.iter().map(|(fingerprint, how, bytes)| Offered {
        fingerprint: (*fingerprint).into(),
        how: *how,
        bytes: bytes.as_bytes().to_vec(),
        ..Offered::default()
    });
    let opened = OpenedMail { offered: offered.collect(), ..OpenedMail::default() };
    let mut incoming = Incoming::unread(b"a mail", None, Note::Unreadable);
    incoming.author = Some(crate::mail::address::Mailbox::bare("dana@example.org".parse().unwrap()));
    let (policy, house) = (Arc::clone(&world.policy), Arc::clone(&world.house));
    let work = move |rows: Rows<'_>| {
        let now = at("2027-01-01T00:00:00Z");
        let mail = Mail {
            id: 7,
            readable: b"",
            incoming: &incoming,
            opened: &opened,
            received_at: now,
            predates: false,
            truncated: None,
        };
        let desk = Desk::new(rows, &policy, &house, now, "test".into());
        let shown = say::certificates::offered(&desk, &mail)?;
        let field = |value: &minijinja::Value, name: &str| value.get_attr(name).unwrap().to_string();
        let shown =
            shown.iter().map(|one| ["key", "how", "holder", "differs"].map(|name| field(one, name)).join(" | "));
        Ok((shown.collect(), say::certificates::unshown(&mail)))
    };
    world.scratch.store.write(work).await.unwrap()
}

#[tokio::test]
async fn a_relay_shows_what_is_offered_and_what_is_known_of_it() {
    use OfferedHow::{Attached, Autocrypt};
    let world = World::new().await;
    world.found("B0B", Some("bob@example.org"), None, "").await;
    world.found("9A9A", None, None, "").await;
    let (found, more) = shown(
        &world,
        &[
            ("DA9A", Attached, "new"),
            ("DA9B", Autocrypt, "new"),
            ("B0B", Attached, "B0B"),
            ("B0B", Autocrypt, "B0B made small"),
            ("9A9A", Attached, "9A9A"),
        ],
    )
    .await;
    let expected = [
        "DA9A | attached |  | False",
        "DA9B | in its Autocrypt header |  | False",
        "B0B | attached | Bob@example.org | False",
    ];
    assert_eq!((found.as_slice(), more), (&expected.map(str::to_owned)[..], None));
    let earlier = |rows: Rows<'_>| crate::store::testing::offer(rows, "DA9B", "dana@example.org", b"new");
    world.scratch.store.write(earlier).await.unwrap();
    assert!(shown(&world, &[("DA9B", Autocrypt, "new")]).await.0.is_empty(), "it comes with all of her mail");
    assert_eq!(shown(&world, &[("DA9B", Attached, "new")]).await.0.len(), 1, "this she did herself");
    let (found, _) = shown(&world, &[("B0B", Attached, "B0B and more")]).await;
    assert_eq!(found, ["B0B | attached | Bob@example.org | True"]);
    let (found, more) = shown(&world, &[("DA9A", Attached, ""); 8]).await;
    assert_eq!(
        (found.len(), more.unwrap().as_str()),
        (5, "It brings 3 more OpenPGP certificates; “embargod key list” shows them.")
    );
}
