//! Signatures by gpg 2.2 and by keys that were not valid any more: what each is worth.
#![cfg(test)]

use std::io::Write;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sequoia_openpgp::cert::{CertBuilder, CertRevocationBuilder};
use sequoia_openpgp::serialize::stream::{Message, Signer};
use sequoia_openpgp::types::ReasonForRevocation;
use sequoia_openpgp::{Cert, Packet};

use super::gpg::Gpg;
use super::{Certificate, NotOpened, POLICY, SignatureCheck, system_time};

const TEXT: &[u8] = b"!advisory\r\n- one dash\r\nFrom here  \r\n\r\nf\xc3\xbcnf\r\n";

fn at() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

fn good(fingerprint: &str) -> SignatureCheck {
    let made_at = "2026-11-22T08:00:00Z".parse().unwrap();
    SignatureCheck::Good { fingerprint: fingerprint.to_owned(), made_at, digest: String::new() }
}

/// gpg's salt makes the digest another one each time.
fn without_digests(checks: Vec<SignatureCheck>) -> Vec<SignatureCheck> {
    let without = |check| match check {
        SignatureCheck::Good { fingerprint, made_at, digest } => {
            assert!(digest.len() >= 64 && digest.len().is_multiple_of(2), "{digest}");
            SignatureCheck::Good { fingerprint, made_at, digest: String::new() }
        }
        other => other,
    };
    checks.into_iter().map(without).collect()
}

fn verify_detached(signed: &[u8], signature: &[u8], by: &[Certificate], at: Timestamp) -> Vec<SignatureCheck> {
    without_digests(super::verify_detached(signed, signature, by, at))
}

fn verify_cleartext(
    block: &[u8],
    by: &[Certificate],
    at: Timestamp,
) -> Result<(Vec<u8>, Vec<SignatureCheck>), NotOpened> {
    super::verify_cleartext(block, by, at).map(|(bytes, checks)| (bytes, without_digests(checks)))
}

fn bad(fingerprint: &str) -> SignatureCheck {
    SignatureCheck::Bad { fingerprint: fingerprint.to_owned() }
}

fn signer(user_id: &str, algorithm: &str) -> (Gpg, String, Certificate) {
    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key(user_id, algorithm, "sign,cert", "never", "");
    let certificate = Certificate::read(&gpg.export("--export", &fingerprint, "")).unwrap();
    (gpg, fingerprint, certificate)
}

#[test]
fn a_detached_signature_is_good_over_exactly_its_bytes() {
    for algorithm in ["rsa2048", "rsa4096", "ed25519"] {
        let (dana, fingerprint, certificate) = signer("dana@example.net", algorithm);
        let certificates = [certificate];
        for options in [&["--detach-sign"][..], &["--armor", "--detach-sign"], &["--digest-algo", "SHA256", "-b"]] {
            let signature = dana.makes(options, TEXT);
            assert_eq!(verify_detached(TEXT, &signature, &certificates, at()), [good(&fingerprint)], "{options:?}");
            let unknown = SignatureCheck::UnknownKey { key: fingerprint.clone() };
            assert_eq!(verify_detached(TEXT, &signature, &[], at()), [unknown]);
            for position in 0..TEXT.len() {
                let mut changed = TEXT.to_vec();
                changed[position] ^= 1;
                assert_eq!(verify_detached(&changed, &signature, &certificates, at()), [bad(&fingerprint)]);
                assert_eq!(verify_detached(&TEXT[..position], &signature, &certificates, at()), [bad(&fingerprint)]);
            }
        }
    }
}

#[test]
fn a_text_signature_does_not_mind_line_ends_and_minds_all_else() {
    let (dana, fingerprint, certificate) = signer("dana@example.net", "ed25519");
    let certificates = [certificate];
    let signature = dana.makes(&["--textmode", "--detach-sign"], TEXT);
    let lf = String::from_utf8(TEXT.to_vec()).unwrap().replace("\r\n", "\n");
    assert_eq!(verify_detached(TEXT, &signature, &certificates, at()), [good(&fingerprint)]);
    assert_eq!(verify_detached(lf.as_bytes(), &signature, &certificates, at()), [good(&fingerprint)]);
    let other = lf.replace("one", "two");
    assert_eq!(verify_detached(other.as_bytes(), &signature, &certificates, at()), [bad(&fingerprint)]);
}

#[test]
fn of_several_signatures_each_has_its_own_worth() {
    let (dana, danas, dana_certificate) = signer("dana@example.net", "ed25519");
    let (erin, erins, erin_certificate) = signer("erin@example.net", "rsa2048");
    let (_, franks, _) = signer("frank@example.net", "ed25519");
    let both = [dana_certificate.clone(), erin_certificate];
    let signatures =
        [dana.makes(&["-b"], TEXT), erin.makes(&["-b"], TEXT), dana.makes(&["-b"], b"other text")].concat();
    let checks = verify_detached(TEXT, &signatures, &both, at());
    assert_eq!(checks, [good(&danas), good(&erins), bad(&danas)]);
    let unknown = SignatureCheck::UnknownKey { key: erins.clone() };
    assert_eq!(verify_detached(TEXT, &signatures, &[dana_certificate], at()), [good(&danas), unknown, bad(&danas)]);
    assert!(franks != danas);
    assert_eq!(verify_detached(TEXT, &signatures.repeat(20), &both, at()), [SignatureCheck::Unreadable]);
}

#[test]
fn a_signature_by_a_broken_algorithm_is_right_and_not_good() {
    let (dana, fingerprint, certificate) = signer("dana@example.net", "rsa2048");
    let certificates = [certificate];
    let signature = dana.makes(&["--digest-algo", "SHA1", "-b"], TEXT);
    let made_at = "2026-11-22T08:00:00Z".parse().unwrap();
    let weak = SignatureCheck::Weak { fingerprint: fingerprint.clone(), made_at };
    assert_eq!(verify_detached(TEXT, &signature, &certificates, at()), [weak]);
    assert_eq!(verify_detached(b"other text", &signature, &certificates, at()), [bad(&fingerprint)]);
}

#[test]
fn a_signature_by_a_key_that_is_too_short_is_never_good() {
    let (dana, _, certificate) = signer("dana@example.net", "rsa1024");
    let certificates = [certificate];
    let checks = verify_detached(TEXT, &dana.makes(&["-b"], TEXT), &certificates, at());
    assert!(matches!(checks[..], [SignatureCheck::Bad { .. } | SignatureCheck::Weak { .. }]), "{checks:?}");
    let block = dana.makes(&["--clearsign"], b"!title Short\n");
    let (_, checks) = verify_cleartext(&block, &certificates, at()).unwrap();
    assert!(matches!(checks[..], [SignatureCheck::Bad { .. } | SignatureCheck::Weak { .. }]), "{checks:?}");
}

#[test]
fn what_is_no_signature_cannot_be_read() {
    let (dana, _, certificate) = signer("dana@example.net", "ed25519");
    let signed = dana.makes(&["--sign"], TEXT);
    let exported = certificate.bytes().unwrap();
    for other in [&b""[..], b"hello", b"-----BEGIN PGP SIGNATURE-----\n\n", &signed, &exported] {
        assert_eq!(
            verify_detached(TEXT, other, std::slice::from_ref(&certificate), at()),
            [SignatureCheck::Unreadable]
        );
    }
}

#[test]
fn a_cleartext_signature_gives_back_the_text_however_its_lines_end() {
    for algorithm in ["rsa2048", "ed25519"] {
        let (dana, fingerprint, certificate) = signer("dana@example.net", algorithm);
        let certificates = [certificate];
        let lf = String::from_utf8(TEXT.to_vec()).unwrap().replace("\r\n", "\n");
        let block = String::from_utf8(dana.makes(&["--clearsign"], lf.as_bytes())).unwrap();
        assert!(block.contains("\n- - one dash\n"), "{block}");
        // Trailing blanks are no part of what is signed (RFC 9580 section 7.2), nor is the last line end.
        let text = "!advisory\n- one dash\nFrom here\n\nfünf";
        for (block, ends) in [(block.clone(), "\n"), (block.replace('\n', "\r\n"), "\r\n")] {
            let (bytes, checks) = verify_cleartext(block.as_bytes(), &certificates, at()).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap().trim_end(), text.replace('\n', ends));
            assert_eq!(checks, [good(&fingerprint)]);
            let around = format!("Not signed.{ends}{ends}{block}{ends}Nor this.{ends}");
            let (bytes, checks) = verify_cleartext(around.as_bytes(), &certificates, at()).unwrap();
            assert_eq!(
                (String::from_utf8(bytes).unwrap().trim_end(), checks.len()),
                (text.replace('\n', ends).as_str(), 1)
            );
            let (_, checks) = verify_cleartext(block.replace("one", "two").as_bytes(), &certificates, at()).unwrap();
            assert_eq!(checks, [bad(&fingerprint)]);
            let (_, checks) = verify_cleartext(block.as_bytes(), &[], at()).unwrap();
            assert_eq!(checks, [SignatureCheck::UnknownKey { key: fingerprint.clone() }]);
        }
        for cut in 0..block.len() {
            match block.get(..cut).map(|start| verify_cleartext(start.as_bytes(), &certificates, at())) {
                Some(Ok((_, checks))) => {
                    assert!(cut > block.len() - 40 || !checks.contains(&good(&fingerprint)), "{cut}")
                }
                Some(Err(why)) => assert_eq!(why, NotOpened::Damaged),
                None => {}
            }
        }
    }
}

#[test]
fn text_hidden_beside_a_cleartext_signature_is_never_given_out_as_signed() {
    let (dana, fingerprint, certificate) = signer("dana@example.net", "ed25519");
    let certificates = [certificate];
    let block = String::from_utf8(dana.makes(&["--clearsign"], b"signed\n")).unwrap();
    let start = "-----BEGIN PGP SIGNED MESSAGE-----\n";
    for forged in [
        block.replace(start, &format!("{start}!release now\n")),
        block.replace(start, &format!("{start}Hash: SHA512\n!release now\n")),
        block.replace("\n\nsigned", "\n!release now\n\nsigned"),
        block.replace("\n\nsigned", "\n \t\n!release now\n\nsigned"),
        block.replace("\n\nsigned", "\nComment: !release now\n\nsigned"),
        block.replace("signed\n-----BEGIN", "signed\0!release now\n-----BEGIN"),
        block.replace("signed\n-----BEGIN", "signed\n!release now\n-----BEGIN"),
        format!("{start}Hash: SHA512\n\n!release now\n{block}"),
        format!("{block}{start}Hash: SHA512\n\n!release now\n"),
    ] {
        if let Ok((bytes, checks)) = verify_cleartext(forged.as_bytes(), &certificates, at()) {
            let trusted = checks.contains(&good(&fingerprint));
            let text = String::from_utf8_lossy(&bytes);
            assert!(!trusted || text.trim_end() == "signed", "{forged}\ngave: {text}");
        }
    }
}

/// A key that signs, valid for a year from 2020.
fn of_2020() -> (Cert, sequoia_openpgp::packet::Signature) {
    let created = system_time("2020-01-01T00:00:00Z".parse().unwrap());
    let builder = CertBuilder::general_purpose(Some("dana@example.net")).set_creation_time(created);
    builder.set_validity_period(Duration::from_secs(365 * 24 * 3600)).generate().unwrap()
}

fn signed_by(cert: &Cert, made: &str) -> Vec<u8> {
    // The one that may sign, whatever its dates say.
    let then = system_time("2020-01-01T00:00:00Z".parse().unwrap());
    let key = cert.keys().with_policy(&POLICY, then).secret().for_signing().next().unwrap();
    let pair = key.key().clone().into_keypair().unwrap();
    let mut signature = Vec::new();
    let signer = Signer::new(Message::new(&mut signature), pair).unwrap().detached();
    let mut signer = signer.creation_time(system_time(made.parse().unwrap())).build().unwrap();
    signer.write_all(TEXT).unwrap();
    signer.finalize().unwrap();
    signature
}

fn worth(cert: &Cert, made: &str) -> bool {
    let fingerprint = cert.fingerprint().to_hex();
    let checks = verify_detached(TEXT, &signed_by(cert, made), &[Certificate::of(cert.clone())], at());
    match checks.as_slice() {
        [SignatureCheck::Good { fingerprint: by, made_at, .. }] => {
            assert_eq!((by, *made_at), (&fingerprint, made.parse().unwrap()));
            true
        }
        other => {
            assert_eq!(other, [bad(&fingerprint)]);
            false
        }
    }
}

#[test]
fn a_key_signs_for_its_owner_from_its_making_to_its_end() {
    let (cert, _) = of_2020();
    assert!(!worth(&cert, "2019-12-31T00:00:00Z"), "before it was made");
    assert!(worth(&cert, "2020-06-01T00:00:00Z"));
    assert!(!worth(&cert, "2021-06-01T00:00:00Z"), "after it expired");
}

#[test]
fn a_retired_key_is_good_for_what_it_signed_before_a_stolen_one_for_nothing() {
    let (cert, unspecified) = of_2020();
    let revoked = |why| {
        let mut owner = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
        let on = system_time("2020-09-01T00:00:00Z".parse().unwrap());
        let revocation = CertRevocationBuilder::new().set_signature_creation_time(on).unwrap();
        let revocation =
            revocation.set_reason_for_revocation(why, b"").unwrap().build(&mut owner, &cert, None).unwrap();
        cert.clone().insert_packets(revocation).unwrap().0
    };
    let retired = revoked(ReasonForRevocation::KeyRetired);
    assert!(worth(&retired, "2020-08-01T00:00:00Z") && !worth(&retired, "2020-10-01T00:00:00Z"));
    let stolen = revoked(ReasonForRevocation::KeyCompromised);
    assert!(!worth(&stolen, "2020-08-01T00:00:00Z") && !worth(&stolen, "2020-10-01T00:00:00Z"));
    let unsaid = cert.clone().insert_packets(Packet::from(unspecified)).unwrap().0;
    assert!(!worth(&unsaid, "2020-08-01T00:00:00Z"));
}

#[test]
fn a_signature_may_be_a_little_younger_than_its_mail_and_not_more() {
    let created = system_time("2020-01-01T00:00:00Z".parse().unwrap());
    let builder = CertBuilder::general_purpose(Some("dana@example.net")).set_creation_time(created);
    let (cert, _) = builder.set_validity_period(None).generate().unwrap();
    let later = |minutes| (at() + SignedDuration::from_mins(minutes)).to_string();
    assert!(worth(&cert, &later(29)) && !worth(&cert, &later(31)));
}
