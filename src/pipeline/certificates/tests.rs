//! Certificates are made here as people have them: with ends, revocations, and copies that differ.

use std::time::{Duration, SystemTime};

use sequoia_openpgp::cert::{CertBuilder, SubkeyRevocationBuilder};
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::Signature;
use sequoia_openpgp::packet::key::{Key4, SecretParts, SubordinateRole};
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{Curve, KeyFlags, ReasonForRevocation, SignatureType};
use sequoia_openpgp::{Cert, Packet};

use super::*;
use crate::store::testing::{Scratch, scratch};

const DAY: u64 = 24 * 3600;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn made() -> SystemTime {
    at("2026-01-01T00:00:00Z").into()
}

fn now() -> Timestamp {
    at("2026-12-07T09:00:00Z")
}

/// A key of 2026-01-01 that is valid for so many days, and what revokes it.
fn key(user_id: &str, days: Option<u64>) -> (Cert, Signature) {
    let validity = days.map(|days| Duration::from_secs(days * DAY));
    let builder = CertBuilder::general_purpose(Some(user_id)).set_creation_time(made());
    builder.set_validity_period(validity).generate().unwrap()
}

fn read(key: &Cert) -> Certificate {
    Certificate::read(&key.to_vec().unwrap()).unwrap()
}

fn certificate(user_id: &str) -> Certificate {
    read(&key(user_id, None).0)
}

fn revoked(key: &Cert, by: &Signature) -> Certificate {
    let mut bytes = key.to_vec().unwrap();
    Packet::from(by.clone()).serialize(&mut bytes).unwrap();
    Certificate::read(&bytes).unwrap()
}

fn owner(key: &Cert) -> KeyPair {
    key.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap()
}

/// As `gpg --quick-set-expire` leaves it: valid for so many days since 2026-01-01, by signatures of `on`.
fn extended(key: &Cert, on: &str, days: u64) -> Cert {
    let mut owner = owner(key);
    let again = |signature: &Signature| {
        let builder = SignatureBuilder::from(signature.clone()).set_signature_creation_time(at(on)).unwrap();
        builder.set_key_validity_period(Duration::from_secs(days * DAY)).unwrap()
    };
    let user_id = key.userids().next().unwrap();
    let direct = again(key.primary_key().self_signatures().next().unwrap());
    let bound = again(user_id.self_signatures().next().unwrap());
    let mut signatures = vec![
        direct.sign_direct_key(&mut owner, None).unwrap(),
        bound.sign_userid_binding(&mut owner, None, user_id.userid()).unwrap(),
    ];
    for subkey in key.keys().subkeys() {
        let bound = again(subkey.self_signatures().next().unwrap());
        signatures.push(subkey.key().bind(&mut owner, key, bound).unwrap());
    }
    key.clone().insert_packets(signatures).unwrap().0
}

/// With the keys to encrypt to retired on one day, and another that is good from a later one on.
fn rekeyed(key: &Cert, retired: &str, good_from: &str) -> Cert {
    let mut owner = owner(key);
    let mut packets: Vec<Packet> = Vec::new();
    for old in key.keys().subkeys() {
        let builder = SubkeyRevocationBuilder::new().set_signature_creation_time(at(retired).into()).unwrap();
        let builder = builder.set_reason_for_revocation(ReasonForRevocation::KeyRetired, b"").unwrap();
        packets.push(builder.build(&mut owner, key, old.key(), None).unwrap().into());
    }
    let mut new = Key4::<SecretParts, SubordinateRole>::generate_ecc(false, Curve::Cv25519).unwrap();
    new.set_creation_time(at(good_from)).unwrap();
    let new = sequoia_openpgp::packet::Key::from(new).parts_into_public();
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding);
    let binding = binding.set_signature_creation_time(at(good_from)).unwrap();
    let binding = binding.set_key_flags(KeyFlags::empty().set_transport_encryption()).unwrap();
    let binding = new.bind(&mut owner, key, binding).unwrap();
    packets.extend([new.into(), binding.into()]);
    key.clone().insert_packets(packets).unwrap().0
}

/// A desk that knows Alice and Bob.
async fn desk() -> Scratch {
    let scratch = scratch();
    let add = |rows: Rows<'_>| {
        for name in ["alice", "bob"] {
            rows.people().find_or_add(name, &format!("{name}@example.org").parse()?)?;
        }
        Ok(())
    };
    scratch.store.write(add).await.unwrap();
    scratch
}

/// As `key import FILE [--for ADDRESS]` does it.
async fn import(desk: &Scratch, certificate: &Certificate, person: Option<&str>) -> Result<Given, NotGiven> {
    import_at(now(), desk, certificate, person).await
}

async fn import_at(
    now: Timestamp,
    desk: &Scratch,
    certificate: &Certificate,
    person: Option<&str>,
) -> Result<Given, NotGiven> {
    let (certificate, person) = (certificate.clone(), person.map(|address| address.parse::<Address>().unwrap()));
    let give = move |rows: Rows<'_>| {
        let person = holder(rows, &certificate, person.as_ref())?;
        register(rows, &certificate, &person, "operator test", now)
    };
    desk.store.write(give).await.map_err(|problem| problem.downcast().expect("a refusal"))
}

/// What the record says, the oldest line first.
async fn record(desk: &Scratch) -> Vec<String> {
    let lines = desk.store.read(|rows| rows.audit().list()).await.unwrap();
    lines.into_iter().map(|line| format!("{} {}: {} {}", line.actor, line.act, line.object, line.detail)).collect()
}

async fn of(desk: &Scratch, address: &str) -> Option<Registered> {
    let address: Address = address.parse().unwrap();
    let find = move |rows: Rows<'_>| {
        let person = rows.people().by_address(&address)?.context("nobody")?;
        rows.certificates().of_person(person.id)
    };
    desk.store.read(find).await.unwrap()
}

#[tokio::test]
async fn a_certificate_goes_to_whom_its_user_ids_name_and_a_second_one_takes_its_place() {
    let desk = desk().await;
    let (first, second) = (certificate("Alice <Alice@example.org>"), certificate("alice@example.org"));
    let given = import(&desk, &first, None).await.unwrap();
    assert_eq!((given.holder.as_str(), given.news, given.named), ("alice@example.org", News::First, true));
    let given = import(&desk, &second, None).await.unwrap();
    assert_eq!(given.news, News::InPlaceOf(first.fingerprint()));
    assert_eq!(of(&desk, "alice@example.org").await.unwrap().fingerprint, second.fingerprint());
    let all = desk.store.read(|rows| rows.certificates().all()).await.unwrap();
    assert_eq!(all.len(), 1, "the former one is gone");
    let (first, second) = (first.fingerprint(), second.fingerprint());
    let expected = [
        format!("operator test key import: {first} for alice@example.org"),
        format!("operator test key import: {second} for alice@example.org, in place of {first}"),
    ];
    assert_eq!(record(&desk).await, expected);
}

#[tokio::test]
async fn whose_it_is_must_be_plain() {
    let desk = desk().await;
    let stranger = certificate("Mallory <mallory@example.net>");
    let fingerprint = stranger.fingerprint();
    assert_eq!(import(&desk, &stranger, None).await, Err(NotGiven::Nobody(fingerprint.clone())));
    let unknown = "carol@example.org";
    assert_eq!(import(&desk, &stranger, Some(unknown)).await, Err(NotGiven::Unknown(unknown.parse().unwrap())));
    let builder = CertBuilder::general_purpose(Some("alice@example.org")).add_userid("bob@example.org");
    let both = read(&builder.set_creation_time(made()).generate().unwrap().0);
    let named = "alice@example.org, bob@example.org".to_owned();
    assert_eq!(import(&desk, &both, None).await, Err(NotGiven::Several { fingerprint: both.fingerprint(), named }));
    assert!(record(&desk).await.is_empty());

    let given = import(&desk, &stranger, Some("bob@example.org")).await.unwrap();
    assert!(!given.named, "an operator's word, with a warning");
    let holder = "bob@example.org".parse().unwrap();
    assert_eq!(
        import(&desk, &stranger, Some("alice@example.org")).await,
        Err(NotGiven::SomebodyElses { fingerprint, holder })
    );
    assert_eq!(import(&desk, &stranger, None).await.unwrap().news, News::Nothing, "its holder is known");
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_unless_it_revokes_what_is_there() {
    let desk = desk().await;
    let (key, revocation) = key("alice@example.org", Some(300));
    let expired = read(&key);
    let why = Unusable::Expired(at("2026-10-28T00:00:00Z"));
    let fingerprint = expired.fingerprint();
    assert_eq!(import(&desk, &expired, None).await, Err(NotGiven::Unusable { fingerprint, why }));

    let (key, other) = self::key("alice@example.org", None);
    let (good, gone) = (read(&key), revoked(&key, &other));
    let fingerprint = good.fingerprint();
    let refused = Err(NotGiven::Unusable { fingerprint, why: Unusable::Revoked });
    assert_eq!(import(&desk, &gone, None).await, refused, "a first one");
    import(&desk, &good, None).await.unwrap();
    let given = import(&desk, &gone, None).await.unwrap();
    assert_eq!((given.news, given.judgement.usable), (News::Newer, Err(Unusable::Revoked)));
    assert_eq!(of(&desk, "alice@example.org").await.unwrap().unusable, "it is revoked");
    assert_eq!(import(&desk, &good, None).await, refused, "nobody takes a revocation back with an older copy");
    let last = record(&desk).await.pop().unwrap();
    assert!(last.ends_with("for alice@example.org, a newer copy; it is revoked"), "{last}");
    drop(revocation);
}

/// A letter to each of them waits for their certificate.
async fn letters_wait(desk: &Scratch) {
    let blocked = |rows: Rows<'_>| {
        crate::store::testing::block_uncertified(rows, "Bob@example.org", now())?;
        crate::store::testing::block_uncertified(rows, "alice@example.org", now())
    };
    desk.store.write(blocked).await.unwrap();
}

/// What became of those letters.
async fn letters(desk: &Scratch) -> Vec<String> {
    let deliveries = desk.store.read(|rows| rows.outbox().list()).await.unwrap();
    deliveries.iter().map(|one| format!("{} {}", one.to, one.state)).collect()
}

#[tokio::test]
async fn what_waited_for_a_certificate_is_queued_when_there_is_one() {
    let desk = desk().await;
    letters_wait(&desk).await;
    let given = import(&desk, &certificate("bob@example.org"), None).await.unwrap();
    assert_eq!(given.queued, 1);
    assert_eq!(letters(&desk).await, ["Bob@example.org queued", "alice@example.org blocked"]);
    let last = record(&desk).await.pop().unwrap();
    assert!(last.ends_with("for bob@example.org; 1 delivery that waited for it"), "{last}");
    assert_eq!(import(&desk, &certificate("bob@example.org"), None).await.unwrap().queued, 0, "once");
}

#[tokio::test]
async fn what_waited_is_queued_when_a_copy_with_a_later_end_is_joined() {
    let desk = desk().await;
    let (key, _) = key("alice@example.org", Some(345));
    import(&desk, &read(&key), None).await.unwrap();
    let over = at("2026-12-12T00:00:00Z");
    desk.store.write(move |rows| judge_again(rows, over)).await.unwrap();
    assert_eq!(of(&desk, "alice@example.org").await.unwrap().unusable, "it expired on 2026-12-12");
    letters_wait(&desk).await;
    let late = at("2026-12-14T09:00:00Z");
    let why = Unusable::Expired(over);
    let refused = Err(NotGiven::Unusable { fingerprint: read(&key).fingerprint(), why });
    assert_eq!(import_at(late, &desk, &read(&key), None).await, refused, "the same copy is no help");
    let given = import_at(late, &desk, &read(&extended(&key, "2026-12-13T00:00:00Z", 700)), None).await.unwrap();
    assert_eq!((given.news, given.queued), (News::Newer, 1));
    assert_eq!(given.judgement, Judgement { expires_at: Some(at("2027-12-02T00:00:00Z")), usable: Ok(()) });
    assert_eq!(letters(&desk).await, ["Bob@example.org blocked", "alice@example.org queued"]);
    let last = record(&desk).await.pop().unwrap();
    assert!(last.ends_with("for alice@example.org, a newer copy; 1 delivery that waited for it"), "{last}");
}

#[tokio::test]
async fn what_waited_is_queued_by_the_daily_look_once_a_new_key_is_good() {
    let desk = desk().await;
    let (key, _) = key("alice@example.org", None);
    import(&desk, &read(&key), None).await.unwrap();
    let copy = read(&rekeyed(&key, "2026-12-07T08:00:00Z", "2026-12-09T00:00:00Z"));
    let given = import(&desk, &copy, None).await.unwrap();
    assert_eq!(given.judgement.usable, Err(Unusable::NoEncryptionKey), "the new one is of the day after tomorrow");
    letters_wait(&desk).await;
    for (at, alices) in [
        (at("2026-12-08T09:00:00Z"), "alice@example.org blocked"),
        (at("2026-12-09T09:00:00Z"), "alice@example.org queued"),
        (at("2026-12-10T09:00:00Z"), "alice@example.org queued"),
    ] {
        assert_eq!(desk.store.write(move |rows| judge_again(rows, at)).await.unwrap(), 1);
        assert_eq!(letters(&desk).await, ["Bob@example.org blocked", alices], "{at}");
    }
    let judged: Vec<String> = record(&desk).await.into_iter().filter(|line| line.starts_with("desk")).collect();
    assert_eq!(judged, [format!("desk judge: {} of alice@example.org: it can be used again", copy.fingerprint())]);
}

#[tokio::test]
async fn the_projects_row_follows_its_key_and_belongs_to_nobody() {
    let desk = desk().await;
    let (old, new) = (certificate("security@example.org"), certificate("security@example.org"));
    for (own, at) in [(&old, now()), (&old, now()), (&new, now())] {
        let own = own.clone();
        desk.store.write(move |rows| keep_project(rows, &own, at)).await.unwrap();
    }
    let all = desk.store.read(|rows| rows.certificates().all()).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0].fingerprint, all[0].person), (&new.fingerprint(), None));
    assert_eq!(
        record(&desk).await,
        [format!("desk project key: {} in place of {}", new.fingerprint(), old.fingerprint())]
    );
    let theirs = NotGiven::Projects(new.fingerprint());
    assert_eq!(import(&desk, &new, Some("bob@example.org")).await, Err(theirs.clone()));
    assert_eq!(import(&desk, &new, None).await, Err(theirs));
}

#[tokio::test]
async fn many_are_judged_a_few_at_once_so_that_no_hour_waits_for_them() {
    let desk = desk().await;
    let all: Vec<_> = (0..=JUDGED_AT_ONCE).map(|number| certificate(&format!("m{number}@example.org"))).collect();
    let giving = move |rows: Rows<'_>| {
        for (number, certificate) in all.iter().enumerate() {
            let address = format!("m{number}@example.org").parse()?;
            let person = rows.people().find_or_add("", &address)?;
            register(rows, certificate, &person, "a test", now())?;
        }
        Ok(())
    };
    desk.store.write(giving).await.unwrap();
    let day_after = at("2026-12-08T09:00:00Z");
    for judged in [JUDGED_AT_ONCE, 1, 0] {
        assert_eq!(desk.store.write(move |rows| judge_again(rows, day_after)).await.unwrap(), judged);
    }
}

#[tokio::test]
async fn each_is_judged_again_after_a_day_or_at_its_end_and_only_a_change_is_recorded() {
    let desk = desk().await;
    let (alices, bobs) = (read(&key("alice@example.org", Some(345)).0), certificate("bob@example.org"));
    import(&desk, &alices, None).await.unwrap();
    import(&desk, &bobs, None).await.unwrap();
    let end = at("2026-12-12T00:00:00Z");
    for (at, judged, unusable) in [
        (now(), 0, ""),
        (at("2026-12-08T08:59:59Z"), 0, ""),
        (at("2026-12-08T09:00:00Z"), 2, ""),
        (at("2026-12-11T23:30:00Z"), 2, ""),
        (end, 1, "it expired on 2026-12-12"),
        (at("2026-12-14T00:00:00Z"), 2, "it expired on 2026-12-12"),
    ] {
        assert_eq!(desk.store.write(move |rows| judge_again(rows, at)).await.unwrap(), judged, "{at}");
        assert_eq!(of(&desk, "alice@example.org").await.unwrap().unusable, unusable, "{at}");
    }
    let judged: Vec<String> = record(&desk).await.into_iter().filter(|line| line.starts_with("desk")).collect();
    assert_eq!(
        judged,
        [format!("desk judge: {} of alice@example.org: it expired on 2026-12-12", alices.fingerprint())]
    );
}

#[tokio::test]
async fn a_certificate_is_taken_away_and_may_then_be_somebody_elses() {
    let desk = desk().await;
    let moved = certificate("alice@example.org");
    import(&desk, &moved, None).await.unwrap();
    let fingerprint = moved.fingerprint();
    let take = move |rows: Rows<'_>| Ok(remove(rows, &fingerprint, "operator test", now())?.is_some());
    assert!(desk.store.write(take.clone()).await.unwrap());
    assert!(!desk.store.write(take).await.unwrap());
    assert_eq!(import(&desk, &moved, Some("bob@example.org")).await.unwrap().news, News::First);
}
