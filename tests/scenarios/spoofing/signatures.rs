//! Signatures that are worth nothing, or not this, or not any more.

use std::time::SystemTime;

use sequoia_openpgp::Packet;
use sequoia_openpgp::cert::CertRevocationBuilder;
use sequoia_openpgp::packet::signature::subpacket::NotationData;
use sequoia_openpgp::packet::signature::subpacket::{NotationDataFlags, Subpacket, SubpacketValue};
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{HashAlgorithm, ReasonForRevocation};

use super::scene::{self, CAROL, entity, signed, with_signature};
use super::*;

const NOT_GOOD: &str = "its signature is not good";
const USED: &str = "its signature was used before: each acts once";
const TOO_OLD: &str = "its signature is older than 48 hours";

#[test]
fn a_signature_that_is_none_of_hers_changes_nothing() {
    matrix(&[
        Cell("hers", |s| s.unvouched(&s.alice, &s.alice_signs("!title By Alice")), Acts(ALICE)),
        Cell(
            "Carol's, while her key is valid",
            |s| {
                s.unvouched(&s.carol, &signed(&s.carols_key, s.now(), &entity("!title By Carol")))
                    .replace("<alice@", "<carol@")
            },
            Acts(CAROL),
        ),
        Cell(
            "none",
            |s| s.unvouched(&s.alice, "\n!title By nobody\n"),
            Refused(&[ALICE], "it is not signed with a registered certificate"),
        ),
        Cell(
            "by a key in her name that nobody registered",
            |s| s.unvouched(&s.alice, &signed(&s.mallorys_key, s.now(), &entity("!title By Mallory"))),
            Refused(&[ALICE], "it is signed with a key that is not registered"),
        ),
        Cell(
            "by the discoverer's key, which is registered",
            |s| s.unvouched(&s.alice, &signed(&s.danas_key, s.now(), &entity("!title By Dana"))),
            Refused(&[ALICE], "signed by somebody who is not in the team"),
        ),
        Cell(
            "in an outdated way (SHA-1)",
            |s| {
                let text = entity("!title By collision");
                s.unvouched(
                    &s.alice,
                    &with_signature(&text, &scene::signature(&s.key_of("alice"), s.now(), HashAlgorithm::SHA1, &text)),
                )
            },
            Refused(&[ALICE], "it is signed in an outdated way (SHA-1) that others can forge"),
        ),
        Cell(
            "over another text",
            |s| s.unvouched(&s.alice, &s.alice_signs("!title By Alice").replace("!title By Alice", "!title By Malice")),
            Refused(&[ALICE], NOT_GOOD),
        ),
        Cell(
            "Carol's, after her key expired",
            |s| {
                s.unvouched(&s.carol, &signed(&s.carols_key, s.now(), &entity("!title By Carol")))
                    .replace("<alice@", "<carol@")
            },
            Refused(&[CAROL], NOT_GOOD),
        ),
        Cell(
            "Bob's",
            |s| {
                s.unvouched(&s.bob, &signed(&s.key_of("bob"), s.now(), &entity("!title By Bob")))
                    .replace("<alice@", "<bob@")
            },
            Acts(BOB),
        ),
        Cell(
            "Bob's, after he revoked his key",
            |s| {
                let bob = s.key_of("bob");
                let mut owner = bob.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
                let revocation =
                    CertRevocationBuilder::new().set_signature_creation_time(SystemTime::from(s.before(60)));
                let revocation =
                    revocation.unwrap().set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"");
                let revocation = revocation.unwrap().build(&mut owner, &bob, None).unwrap();
                let revoked = bob.clone().insert_packets(Packet::from(revocation)).unwrap().0;
                let file = scene::file(s.world(), "revoked", &revoked.strip_secret_key_material().to_vec().unwrap());
                s.world().does(&["key", "import", &file]);
                s.unvouched(&s.bob, &signed(&bob, s.now(), &entity("!title By Bob"))).replace("<alice@", "<bob@")
            },
            Refused(&[BOB], NOT_GOOD),
        ),
    ]);
}

#[test]
fn a_signature_counts_for_two_days() {
    matrix(&[
        Cell("of this minute", |s| dated(s, 0), Acts(ALICE)),
        Cell("of nearly two days ago", |s| dated(s, 48 * 60 - 1), Acts(ALICE)),
        Cell("of two days ago", |s| dated(s, 48 * 60), Acts(ALICE)),
        Cell("older", |s| dated(s, 48 * 60 + 1), Refused(&[ALICE], TOO_OLD)),
        Cell("of last year", |s| dated(s, 365 * 24 * 60), Refused(&[ALICE], TOO_OLD)),
        Cell("by a clock that is a little fast", |s| dated(s, -20), Acts(ALICE)),
        Cell("from the future", |s| dated(s, -60), Refused(&[ALICE], NOT_GOOD)),
    ]);
}

/// Signed so many minutes ago.
fn dated(scene: &Scene, minutes: i64) -> String {
    let text = entity(&format!("!title {minutes}"));
    scene.unvouched(&scene.alice, &signed(&scene.key_of("alice"), scene.before(minutes), &text))
}

#[test]
fn a_signature_acts_once() {
    matrix(&[
        Cell(
            "the first time",
            |s| s.keep("mail", s.unvouched(&s.alice, &s.keep("signed", s.alice_signs("!title Once")))),
            Acts(ALICE),
        ),
        Cell("its very mail once more", |s| s.kept("mail"), Again),
        Cell(
            "its very mail by another way",
            |s| format!("Received: from elsewhere by mx.example.org; now\n{}", s.kept("mail")),
            Again,
        ),
        Cell("its very mail to her other address", |s| s.kept("mail").replace(&s.alice, &s.alice_to_both), Again),
        Cell("its very mail to security@", |s| s.kept("mail").replace(&s.alice, "security@example.org"), Again),
        Cell("in another mail", |s| s.unvouched(&s.alice, &s.kept("signed")), Refused(&[ALICE], USED)),
        Cell("to her other address", |s| s.unvouched(&s.alice_to_both, &s.kept("signed")), Refused(&[ALICE], USED)),
        Cell("to Bob's address", |s| s.unvouched(&s.bob, &s.kept("signed")), Refused(&[BOB, ALICE], USED)),
    ]);
}

#[test]
fn a_signature_that_acted_does_not_act_in_another_case_or_in_another_dress() {
    matrix(&[
        Cell(
            "the first time",
            |s| s.keep("mail", s.unvouched(&s.alice, &s.keep("signed", s.alice_signs("!title Once")))),
            Acts(ALICE),
        ),
        Cell("in the other case", |s| s.unvouched(&s.alice_in_case_2, &s.kept("signed")), Refused(&[ALICE], USED)),
        Cell(
            "its very mail, to the other case",
            |s| s.kept("mail").replace(&s.alice, &s.alice_in_case_2),
            Refused(&[ALICE], USED),
        ),
        Cell(
            "with something added that it does not sign",
            |s| {
                let text = entity("!title Twice");
                let signature = scene::signature(&s.key_of("alice"), s.before(24 * 60), HashAlgorithm::SHA512, &text);
                let mut altered = signature.clone();
                let note =
                    NotationData::new("note@example.org", b"another", NotationDataFlags::empty().set_human_readable());
                altered
                    .unhashed_area_mut()
                    .add(Subpacket::new(SubpacketValue::NotationData(note), false).unwrap())
                    .unwrap();
                s.keep("altered", with_signature(&text, &altered));
                s.unvouched(&s.alice, &with_signature(&text, &signature))
            },
            Acts(ALICE),
        ),
        Cell("the same, altered", |s| s.unvouched(&s.alice, &s.kept("altered")), Refused(&[ALICE], USED)),
        Cell("a new one over the same text", |s| s.unvouched(&s.alice, &s.alice_signs("!title Twice")), Acts(ALICE)),
    ]);
}

#[test]
fn a_signature_that_was_answered_with_no_is_used_too() {
    matrix(&[
        Cell(
            "what cannot be done",
            |s| s.unvouched(&s.alice, &s.keep("signed", s.alice_signs("!owner Nobody\n!title Half"))),
            Refused(&[ALICE], ""),
        ),
        Cell("the same later", |s| s.unvouched(&s.alice, &s.kept("signed")), Refused(&[ALICE], USED)),
    ]);
}
