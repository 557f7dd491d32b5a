//! Messages that were changed, cut off, or made to keep us busy: nothing of them is given out, and none takes long.
#![cfg(test)]

use std::io::Write;

use jiff::Timestamp;
use proptest::prelude::*;
use sequoia_openpgp::Profile;
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::packet::Tag;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Compressor, LiteralWriter, Message};
use sequoia_openpgp::types::CompressionAlgorithm;

use super::gpg::Gpg;
use super::{
    Certificate, DecryptionKey, Keyring, NotOpened, SignatureCheck, SigningKey, generate, system_time,
    verify_cleartext, verify_detached,
};

const TEXT: &[u8] = b"the heap overflows in grant_map()\r\n";

fn at() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

/// Our key, and messages to it: by gpg, signed by dana; by ourselves; and one of version 6, to another key.
fn messages() -> (Keyring, Vec<Certificate>, Vec<Vec<u8>>) {
    let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let builder = CertBuilder::general_purpose(Some("six@example.org")).set_profile(Profile::RFC9580).unwrap();
    let created = system_time("2020-01-01T00:00:00Z".parse().unwrap());
    let (six, _) = builder.set_creation_time(created).set_validity_period(None).generate().unwrap();
    let dana = Gpg::fresh();
    dana.import(made.certificate.as_bytes());
    let fingerprint = dana.make_key("dana@example.net", "ed25519", "sign", "never", "");
    let ours = Certificate::read(made.certificate.as_bytes()).unwrap();
    let mut sealed = Vec::new();
    ours.encrypt(&mut &*TEXT, &mut sealed, at()).unwrap();
    let mut sealed_six = Vec::new();
    Certificate::of(six.clone()).encrypt(&mut &*TEXT, &mut sealed_six, at()).unwrap();
    let messages = vec![
        dana.makes(&["--sign", "--encrypt", "-r", "security@example.org"], TEXT),
        dana.makes(&["--compress-algo", "none", "--encrypt", "-R", "security@example.org"], TEXT),
        sealed,
        sealed_six,
    ];
    let keyring = [made.secret.as_bytes(), &six.as_tsk().to_vec().unwrap()];
    let keyring = Keyring(keyring.iter().map(|secret| DecryptionKey::read(secret, None).unwrap()).collect());
    let dana = Certificate::read(&dana.export("--export", &fingerprint, "")).unwrap();
    (keyring, vec![dana], messages)
}

#[test]
fn no_changed_or_cut_message_gives_a_byte_of_its_text() {
    let (keyring, certificates, messages) = messages();
    for (number, message) in messages.iter().enumerate() {
        let whole = keyring.open(message, &certificates, at()).unwrap();
        assert_eq!((whole.bytes.as_slice(), whole.encrypted), (TEXT, true));
        for cut in 0..message.len() {
            assert!(keyring.open(&message[..cut], &certificates, at()).is_err(), "message {number} cut at {cut}");
        }
        let mut unchanged = 0;
        for position in 0..message.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = message.clone();
                changed[position] ^= flip;
                // Some bytes outside of the encryption say the same twice; then nothing was changed for us.
                if let Ok(opened) = keyring.open(&changed, &certificates, at()) {
                    assert_eq!(opened, whole, "message {number}, byte {position}");
                    unchanged += 1;
                }
            }
        }
        assert!(unchanged < 10, "message {number}: {unchanged}");
        for more in [&b"\0"[..], b"more", message] {
            let longer = [message, more].concat();
            assert!(keyring.open(&longer, &certificates, at()).is_err(), "message {number} and {more:?}");
        }
    }
}

#[test]
fn a_message_whose_integrity_nothing_protects_is_not_read() {
    // A packet of tag 9 (RFC 9580 section 5.7) after a real one for our key: what EFAIL makes out of a message.
    let (keyring, certificates, messages) = messages();
    let seipd = messages[2].iter().position(|byte| *byte == 0xd2).unwrap();
    let mut stripped = messages[2].clone();
    stripped[seipd] = 0xc9;
    assert_eq!(keyring.open(&stripped, &certificates, at()), Err(NotOpened::Damaged));
}

fn packed(layers: usize, write: impl FnOnce(Message<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut message = Message::new(&mut bytes);
    for _ in 0..layers {
        message = Compressor::new(message).algo(CompressionAlgorithm::Zip).build().unwrap();
    }
    write(message);
    bytes
}

/// A literal packet with so many zeros.
fn zeros(message: Message<'_>, mebibytes: usize) {
    let mut literal = LiteralWriter::new(message).build().unwrap();
    for _ in 0..mebibytes {
        literal.write_all(&[0; 1 << 20]).unwrap();
    }
    literal.finalize().unwrap();
}

#[test]
fn what_unpacks_to_more_than_a_mail_is_too_large_however_often_it_is_packed() {
    let keyring = Keyring::default();
    let fits = packed(1, |message| zeros(message, 25));
    assert_eq!(keyring.open(&fits, &[], at()).unwrap().bytes.len(), 25 << 20);
    for layers in [1, 4] {
        let bomb = packed(layers, |message| zeros(message, 30));
        assert!(bomb.len() < 300_000, "{layers}: {}", bomb.len());
        assert_eq!(keyring.open(&bomb, &[], at()), Err(NotOpened::TooLarge), "{layers}");
    }
    assert_eq!(keyring.open(&packed(9, |message| zeros(message, 0)), &[], at()), Err(NotOpened::Damaged));
}

/// Packets of this tag with so many zero bytes each, before a text of one byte or behind it.
fn flood(count: usize, tag: Tag, bytes: usize, before: bool) -> Vec<u8> {
    let mut flood = Vec::new();
    for _ in 0..count {
        flood.extend([0xc0 | u8::from(tag), 0xff]);
        flood.extend(u32::try_from(bytes).unwrap().to_be_bytes());
        flood.resize(flood.len() + bytes, 0);
    }
    let text = [0xcb, 7, b'b', 0, 0, 0, 0, 0, b'x'];
    let inside = if before { [&flood[..], &text].concat() } else { [&text[..], &flood].concat() };
    packed(2, |message| {
        // Compressed data is a packet of packets: these are written as they are.
        let mut raw = message;
        raw.write_all(&inside).unwrap();
        raw.finalize().unwrap();
    })
}

#[test]
fn packets_that_nobody_needs_are_not_skipped_for_ever() {
    let keyring = Keyring::default();
    for before in [true, false] {
        for tag in [Tag::Padding, Tag::Marker, Tag::Unknown(60), Tag::PKESK, Tag::Signature, Tag::OnePassSig] {
            let few_large = flood(3, tag, 1 << 20, before);
            assert_eq!(keyring.open(&few_large, &[], at()), Err(NotOpened::Damaged), "{tag:?} {before}");
            let many_small = flood(2_000, tag, 40, before);
            assert_eq!(keyring.open(&many_small, &[], at()), Err(NotOpened::Damaged), "{tag:?} {before}");
        }
        let second = keyring.open(&flood(1, Tag::Literal, 60 << 20, before), &[], at());
        assert_eq!(second, Err(if before { NotOpened::TooLarge } else { NotOpened::Damaged }), "two texts");
        let padded = flood(3, Tag::Padding, 100, before);
        assert_eq!(keyring.open(&padded, &[], at()).unwrap().bytes, b"x", "a little padding is allowed");
    }
}

#[test]
fn large_rubbish_is_turned_away() {
    let (keyring, certificates, messages) = messages();
    let size = 2 << 20; // The time of each grows with its length, not faster: 8 MiB take a second at most (release).
    let line = |text: &str| text.repeat(size / text.len()).into_bytes();
    let mut armoured = b"-----BEGIN PGP MESSAGE-----\n\n".to_vec();
    armoured.extend(line("d2FzdGUgb2YgdGltZQ==\n"));
    for rubbish in [
        vec![0; size],
        vec![0xff; size],
        vec![b'A'; size],
        vec![b'\n'; size],
        line("wcBMA0123456789abcdefABCDEF/+wcBMA0123456789abcdefABCDEF/+012345\n"),
        line("-----BEGIN PGP MESSAGE-----\n"),
        line("-----BEGIN PGP SIGNED MESSAGE-----\n"),
        line("-----BEGIN PGP SIGNATURE-----\n\n"),
        line("- - - - \n"),
        line("Hash: SHA512\n"),
        armoured,
        messages[0].repeat(size / messages[0].len()),
    ] {
        assert!(keyring.open(&rubbish, &certificates, at()).is_err());
        assert_eq!(verify_detached(TEXT, &rubbish, &certificates, at()), [SignatureCheck::Unreadable]);
        let checks = verify_cleartext(&rubbish, &certificates, at()).map(|(_, checks)| checks).unwrap_or_default();
        assert!(!checks.iter().any(|check| matches!(check, SignatureCheck::Good { .. })));
        assert!(Certificate::read_all(&rubbish[..1 << 20]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in any_bytes()) {
        all(&Keyring::default(), &[], &bytes);
    }
}

#[test]
fn changed_messages_signatures_and_certificates_are_read_without_a_panic() {
    let (keyring, certificates, mut inputs) = messages();
    let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let dana = Gpg::fresh();
    dana.make_key("dana@example.net", "ed25519", "sign", "never", "");
    inputs.extend([
        certificates[0].bytes().unwrap(),
        made.secret.into_bytes(),
        made.certificate.into_bytes(),
        dana.makes(&["--clearsign"], TEXT),
        dana.makes(&["-b"], TEXT),
        dana.makes(&["--armor", "--sign"], TEXT),
    ]);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (0..inputs.len(), proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6));
    for _ in 0..400 {
        let (number, changes) = proptest::strategy::ValueTree::current(&strategy.new_tree(&mut runner).unwrap());
        let mut bytes = inputs[number].clone();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        all(&keyring, &certificates, &bytes);
    }
}

/// Everything here that reads a stranger's bytes.
fn all(keyring: &Keyring, certificates: &[Certificate], bytes: &[u8]) {
    let _ = keyring.open(bytes, certificates, at());
    let _ = verify_detached(TEXT, bytes, certificates, at());
    let _ = verify_cleartext(bytes, certificates, at());
    let _ = DecryptionKey::read(bytes, None);
    let _ = SigningKey::read(bytes, None, at());
    for certificate in Certificate::read_all(bytes).unwrap_or_default() {
        let judged = certificate.judge(at());
        assert_eq!(certificate.seal(TEXT, at()).is_ok(), judged.usable.is_ok());
        let _ = (certificate.user_ids(), certificate.addresses(), certificate.algorithm(), certificate.created_at());
        let _ = (certificate.bytes(), certificate.armored(), certificate.updated(&certificate));
    }
}

/// Bytes of any kind; and packets of any kind, which get further.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let packet = (0_u8..64, proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(tag, body)| {
        let mut packet = vec![0xc0 | tag, u8::try_from(body.len()).unwrap()];
        packet.extend(body);
        packet
    });
    let versioned =
        (proptest::sample::select(vec![1_u8, 2, 3, 4, 6, 8, 11, 13, 14, 18, 20]), 1_u8..7, any::<[u8; 20]>())
            .prop_map(|(tag, version, body)| [&[0xc0 | tag, 21, version][..], &body].concat());
    let packets = proptest::collection::vec(prop_oneof![packet, versioned], 0..8).prop_map(|packets| packets.concat());
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..400), packets]
}
