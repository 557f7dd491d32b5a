//! Certificates good and bad: what each is told to be at one time.
#![cfg(test)]

use std::time::Duration;

use jiff::Timestamp;
use sequoia_openpgp::cert::{CertBuilder, CertRevocationBuilder, SubkeyRevocationBuilder};
use sequoia_openpgp::types::{KeyFlags, ReasonForRevocation};
use sequoia_openpgp::{Cert, Profile};

use super::gpg::Gpg;
use super::{Certificate, CertificateProblem, Unusable, generate, system_time};
use crate::mail::address::Address;

const DAY: u64 = 24 * 3600;

fn at() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

fn day(text: &str) -> Timestamp {
    format!("{text}T00:00:00Z").parse().unwrap()
}

fn builder() -> CertBuilder<'static> {
    CertBuilder::new()
        .set_creation_time(system_time(day("2020-01-01")))
        .set_profile(Profile::RFC4880)
        .unwrap()
        .add_userid("Dana <dana@example.net>")
        .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
}

fn encrypts() -> KeyFlags {
    KeyFlags::empty().set_transport_encryption().set_storage_encryption()
}

fn lasting(days: u64) -> Duration {
    Duration::from_secs(days * DAY)
}

fn made(builder: CertBuilder<'_>) -> Cert {
    builder.generate().unwrap().0
}

fn revoked(cert: &Cert, why: ReasonForRevocation, on: &str) -> Cert {
    let mut owner = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let builder = CertRevocationBuilder::new().set_signature_creation_time(system_time(day(on))).unwrap();
    let revocation = builder.set_reason_for_revocation(why, b"").unwrap().build(&mut owner, cert, None).unwrap();
    cert.clone().insert_packets(revocation).unwrap().0
}

fn subkey_revoked(cert: &Cert) -> Cert {
    let mut owner = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let subkey = cert.keys().subkeys().next().unwrap().key().clone();
    let builder = SubkeyRevocationBuilder::new().set_signature_creation_time(system_time(day("2024-01-01"))).unwrap();
    let builder = builder.set_reason_for_revocation(ReasonForRevocation::KeyRetired, b"").unwrap();
    let revocation = builder.build(&mut owner, cert, &subkey, None).unwrap();
    cert.clone().insert_packets(revocation).unwrap().0
}

/// The certificate of a key that gpg made with these options.
fn by_gpg(options: &[&str], algorithm: &str, subkey: &str) -> Certificate {
    let gpg = Gpg::fresh();
    gpg.make_key_with(options, "Dana <dana@example.net>", algorithm, "sign,cert", "never");
    let listing = gpg.listing();
    let fingerprint = listing.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
    gpg.add_subkey_with(options, &fingerprint, subkey, "encrypt");
    Certificate::read(&gpg.export("--export", &fingerprint, "")).unwrap()
}

#[test]
fn each_certificate_is_usable_or_says_why_it_is_not() {
    let plain = made(builder().add_subkey(encrypts(), None, None));
    let hundred_days = made(builder().set_validity_period(lasting(100)).add_subkey(encrypts(), None, None));
    let subkey_hundred_days = made(builder().add_subkey(encrypts(), lasting(100), None));
    let two_subkeys =
        made(builder().add_subkey(encrypts(), lasting(100), None).add_subkey(encrypts(), lasting(5000), None));
    let sooner = made(builder().set_validity_period(lasting(4000)).add_subkey(encrypts(), lasting(5000), None));
    let stolen = ReasonForRevocation::KeyCompromised;
    let retired = ReasonForRevocation::KeyRetired;
    let (end_100, end_4000, end_5000) = (day("2020-04-10"), day("2030-12-14"), day("2033-09-09"));
    let six = made(builder().set_profile(Profile::RFC9580).unwrap().add_subkey(encrypts(), None, None));
    for (what, cert, on, expires_at, usable) in [
        ("usable", plain.clone(), at(), None, Ok(())),
        ("version 6", six, at(), None, Ok(())),
        ("not made yet", plain.clone(), day("2019-12-31"), None, Err(Unusable::NotYetValid)),
        ("about to expire", hundred_days.clone(), day("2020-04-09"), Some(end_100), Ok(())),
        ("expired", hundred_days.clone(), at(), Some(end_100), Err(Unusable::Expired(end_100))),
        ("expired this second", hundred_days.clone(), end_100, Some(end_100), Err(Unusable::Expired(end_100))),
        ("its subkey expired", subkey_hundred_days, at(), Some(end_100), Err(Unusable::Expired(end_100))),
        ("one of two subkeys expired", two_subkeys, at(), Some(end_5000), Ok(())),
        ("the primary key ends first", sooner, at(), Some(end_4000), Ok(())),
        ("stolen", revoked(&plain, stolen, "2024-01-01"), at(), None, Err(Unusable::Revoked)),
        (
            "stolen, before that was known",
            revoked(&plain, stolen, "2024-01-01"),
            day("2023-01-01"),
            None,
            Err(Unusable::Revoked),
        ),
        ("retired", revoked(&plain, retired, "2024-01-01"), at(), None, Err(Unusable::Revoked)),
        ("retired later", revoked(&plain, retired, "2024-01-01"), day("2023-01-01"), None, Ok(())),
        (
            "revoked and expired",
            revoked(&hundred_days, stolen, "2020-02-01"),
            at(),
            Some(end_100),
            Err(Unusable::Revoked),
        ),
        ("its subkey revoked", subkey_revoked(&plain), at(), None, Err(Unusable::NoEncryptionKey)),
        ("signs only", made(builder()), at(), None, Err(Unusable::NoEncryptionKey)),
        ("authenticates only", made(builder().add_authentication_subkey()), at(), None, Err(Unusable::NoEncryptionKey)),
    ] {
        let judged = Certificate::of(cert.clone()).judge(on);
        assert_eq!((judged.expires_at, &judged.usable), (expires_at, &usable), "{what}");
        let sealed = Certificate::of(cert).seal(b"text", on);
        assert_eq!(sealed.is_ok(), usable.is_ok(), "{what}");
        if let Err(why) = usable {
            assert_eq!(sealed.unwrap_err().to_string(), why.to_string(), "{what}");
        }
    }
}

#[test]
fn keys_of_gpg_are_usable_unless_they_are_from_another_time() {
    let old = ["--cert-digest-algo", "SHA1", "--digest-algo", "SHA1", "--allow-weak-key-signatures"];
    for (options, algorithm, subkey, usable) in [
        (&[][..], "rsa2048", "rsa2048", Ok(())),
        (&[], "ed25519", "cv25519", Ok(())),
        (&[], "nistp256", "nistp256", Ok(())),
        (&[], "rsa1024", "rsa1024", Err(Unusable::Weak)),
        (&[], "rsa2048", "rsa1024", Err(Unusable::Weak)),
        (&old, "rsa2048", "rsa2048", Err(Unusable::Weak)),
    ] {
        let certificate = by_gpg(options, algorithm, subkey);
        assert_eq!(certificate.judge(at()).usable, usable, "{options:?} {algorithm} {subkey}");
        assert_eq!(certificate.version(), 4);
        assert_eq!(certificate.user_ids(), ["Dana <dana@example.net>"]);
        assert!(certificate.names(&Address::parse("Dana@example.net").unwrap()));
        assert!(!certificate.names(&Address::parse("erin@example.net").unwrap()));
        assert_eq!(certificate.created_at(), day("2020-01-01"));
        if let Some(bits) = algorithm.strip_prefix("rsa") {
            assert_eq!(certificate.algorithm(), format!("RSA {bits}"));
        }
    }
}

#[test]
fn a_newer_copy_adds_and_nothing_takes_a_revocation_back() {
    let cert = made(builder().add_subkey(encrypts(), None, None));
    let before = Certificate::of(cert.clone());
    let revocation = Certificate::of(revoked(&cert, ReasonForRevocation::KeyRetired, "2024-01-01"));
    let updated = before.updated(&revocation).unwrap();
    assert_eq!(updated.judge(at()).usable, Err(Unusable::Revoked));
    let again = updated.updated(&before).unwrap();
    assert_eq!(again.judge(at()).usable, Err(Unusable::Revoked), "an older copy leaves it out");
    assert_eq!(again, updated);
    let stored = Certificate::read(&again.bytes().unwrap()).unwrap();
    assert_eq!(stored.judge(at()).usable, Err(Unusable::Revoked), "and it is kept when it is stored");
    let other = Certificate::of(made(builder().add_subkey(encrypts(), None, None)));
    assert_eq!(before.updated(&other), None, "another certificate is no newer copy");

    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key("Dana <dana@example.net>", "ed25519", "default", "2026-01-01", "");
    gpg.add_subkey(&fingerprint, "cv25519", "encrypt");
    let expired = Certificate::read(&gpg.export("--export", &fingerprint, "")).unwrap();
    assert!(
        matches!(expired.judge(at()).usable, Err(Unusable::Expired(end)) if end.to_string().starts_with("2026-01-01"))
    );
    gpg.extend(&fingerprint, "2030-01-01");
    let extended = Certificate::read(&gpg.export("--export", &fingerprint, "")).unwrap();
    let updated = expired.updated(&extended).unwrap().judge(at());
    assert_eq!(updated.usable, Ok(()));
    assert!(updated.expires_at.unwrap().to_string().starts_with("2030-01-01"));
}

#[test]
fn only_public_parts_are_kept_whatever_is_read() {
    let made = generate("Dana <dana@example.net>", day("2020-01-01")).unwrap();
    let of_secret = Certificate::read(made.secret.as_bytes()).unwrap();
    assert_eq!(of_secret, Certificate::read(made.certificate.as_bytes()).unwrap());
    assert!(!of_secret.cert().is_tsk());
    assert_eq!(of_secret.armored().unwrap(), made.certificate);
    assert_eq!(Certificate::read(&of_secret.bytes().unwrap()).unwrap(), of_secret);
}

#[test]
fn a_file_is_one_certificate_or_says_what_it_is() {
    let [one, two] =
        ["one@example.net", "two@example.net"].map(|user_id| generate(user_id, day("2020-01-01")).unwrap());
    let ring =
        [&one, &two].map(|made| Certificate::read(made.certificate.as_bytes()).unwrap().bytes().unwrap()).concat();
    let blocks = format!("Two of us:\n\n{}\n{}", one.certificate, two.certificate);
    for several in [&ring[..], blocks.as_bytes()] {
        assert_eq!(Certificate::read(several), Err(CertificateProblem::Several));
        assert_eq!(Certificate::read_all(several).unwrap().len(), 2);
    }
    let crlf = one.certificate.replace('\n', "\r\n");
    assert!(Certificate::read(crlf.as_bytes()).is_ok());
    let cut = &one.certificate[..one.certificate.len() / 2];
    for not_one in
        [&b""[..], b"hello", cut.as_bytes(), b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", &[0x99, 0xff, 0xff]]
    {
        assert!(matches!(Certificate::read(not_one), Err(CertificateProblem::NotACertificate(_))), "{not_one:?}");
    }
    assert_eq!(Certificate::read(&vec![b'x'; 2 << 20]), Err(CertificateProblem::TooLarge));
}

#[test]
fn a_user_id_is_one_short_line_of_text() {
    let odd =
        CertBuilder::new().add_userid("Dana\r\nBcc: x\u{202e} <dana@example.net>").add_userid("long ".repeat(1000));
    let certificate = Certificate::of(made(odd));
    for shown in certificate.user_ids() {
        assert!(!shown.contains(['\r', '\n', '\u{202e}']) && shown.chars().count() <= 201, "{shown}");
    }
}
