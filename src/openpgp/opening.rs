//! Messages between gpg 2.2 and the project, both ways: what gpg encrypts and signs is opened, what is sealed here gpg
//! decrypts.
#![cfg(test)]

use jiff::Timestamp;
use secrecy::SecretString;
use sequoia_openpgp::Profile;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::packet::Tag;
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::serialize::SerializeInto;

use super::gpg::Gpg;
use super::{
    Certificate, DecryptionKey, KeyProblem, Keyring, NotOpened, Opened, SignatureCheck, generate, system_time,
};

const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nthe heap overflows in grant_map()\r\n";
const TEAM: &str = "security@example.org";
const DANA: &str = "dana@example.net";

fn at() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

fn created() -> Timestamp {
    "2020-01-01T00:00:00Z".parse().unwrap()
}

/// A gpg home that has made a key with an encryption subkey; its fingerprint, and the secret part.
fn keyed(user_id: &str, signs: &str, decrypts: &str) -> (Gpg, String, Vec<u8>) {
    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key(user_id, signs, "sign,cert", "never", "");
    gpg.add_subkey(&fingerprint, decrypts, "encrypt");
    let secret = gpg.export("--export-secret-keys", &fingerprint, "");
    (gpg, fingerprint, secret)
}

fn ring(secrets: &[&[u8]]) -> Keyring {
    Keyring(secrets.iter().map(|secret| DecryptionKey::read(secret, None).unwrap()).collect())
}

fn certificate(of: &[u8]) -> Certificate {
    Certificate::read(of).unwrap()
}

/// The key IDs of the encryption subkeys, as a message names them.
fn subkey_ids(of: &[u8]) -> Vec<String> {
    certificate(of).cert().keys().subkeys().map(|key| key.key().keyid().to_hex()).collect()
}

#[test]
fn what_gpg_encrypts_and_signs_is_opened_and_what_is_sealed_here_gpg_decrypts() {
    for (signs, decrypts) in [("rsa2048", "rsa2048"), ("rsa4096", "rsa4096"), ("ed25519", "cv25519")] {
        let (team, _, secret) = keyed(TEAM, signs, decrypts);
        let (dana, fingerprint, danas) = keyed(DANA, signs, decrypts);
        dana.import(&team.export("--export", TEAM, ""));
        let (keyring, registered) = (ring(&[&secret]), [certificate(&danas)]);
        for options in [
            &[][..],
            &["--armor"],
            &["--armor", "--compress-algo", "zip"],
            &["--compress-algo", "zlib"],
            &["--compress-algo", "bzip2"],
            &["--compress-algo", "none", "--textmode"],
            &["-r", DANA],
            &["--throw-keyids", "-r", DANA],
            &["--symmetric"],
        ] {
            let sealed = dana.makes(&[options, &["--sign", "--encrypt", "-r", TEAM]].concat(), TEXT);
            let Opened { bytes, encrypted, signatures } = keyring.open(&sealed, &registered, at()).unwrap();
            assert!(bytes == TEXT && encrypted, "{options:?}");
            let [SignatureCheck::Good { fingerprint: by, made_at, digest }] = signatures.as_slice() else {
                panic!("{options:?} {signatures:?}");
            };
            assert_eq!((by, made_at.to_string().as_str()), (&fingerprint, "2026-11-22T08:00:00Z"), "{options:?}");
            assert!(digest.len() >= 64, "{options:?} {digest}");
        }
        let hidden = dana.makes(&["--encrypt", "-R", TEAM], TEXT);
        assert_eq!(
            keyring.open(&hidden, &[], at()).unwrap(),
            Opened { bytes: TEXT.into(), encrypted: true, signatures: vec![] }
        );
        let sealed = dana.makes(&["--sign", "--encrypt", "-r", TEAM], TEXT);
        let signatures = keyring.open(&sealed, &[], at()).unwrap().signatures;
        assert_eq!(signatures, [SignatureCheck::UnknownKey { key: fingerprint.clone() }]);

        let sealed = certificate(&danas).seal(TEXT, at()).unwrap();
        assert_eq!(dana.decrypt(sealed.as_bytes()), TEXT);
        assert!(sealed.starts_with("-----BEGIN PGP MESSAGE-----\n\n") && sealed.is_ascii(), "{sealed}");
        assert_eq!(ring(&[&danas]).open(sealed.as_bytes(), &[], at()).unwrap().bytes, TEXT);
    }
}

#[test]
fn signed_and_packed_mail_opens_without_being_encrypted() {
    let (dana, fingerprint, danas) = keyed(DANA, "ed25519", "cv25519");
    for options in [&["--sign"][..], &["--armor", "--sign", "--textmode"], &["--store"], &["--store", "--armor"]] {
        let opened = ring(&[]).open(&dana.makes(options, TEXT), &[certificate(&danas)], at()).unwrap();
        assert!(opened.bytes == TEXT && !opened.encrypted);
        let signed = options.contains(&"--sign");
        assert_eq!(opened.signatures.len(), usize::from(signed), "{options:?}");
        for signature in opened.signatures {
            assert!(matches!(signature, SignatureCheck::Good { fingerprint: by, .. } if by == fingerprint));
        }
    }
}

#[test]
fn what_is_for_others_says_for_which_keys_and_what_has_a_passphrase_says_so() {
    let (dana, _, danas) = keyed(DANA, "ed25519", "cv25519");
    let (erin, _, erins) = keyed("erin@example.net", "ed25519", "cv25519");
    dana.import(&erin.export("--export", "erin@example.net", ""));
    let made = generate(TEAM, created()).unwrap();
    let keyring = ring(&[made.secret.as_bytes()]);
    let open = |arguments: &[&str]| keyring.open(&dana.makes(arguments, TEXT), &[], at()).unwrap_err();
    let key_ids = subkey_ids(&danas);
    assert_eq!(open(&["--encrypt", "-r", DANA]), NotOpened::NotForUs { key_ids: key_ids.clone() });
    assert!(key_ids[0].len() == 16 && key_ids[0].bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    let both = [key_ids, subkey_ids(&erins)].concat();
    assert_eq!(open(&["--encrypt", "-r", DANA, "-r", "erin@example.net"]), NotOpened::NotForUs { key_ids: both });
    assert_eq!(open(&["--encrypt", "-R", DANA]), NotOpened::NotForUs { key_ids: vec![] });
    assert_eq!(open(&["--symmetric"]), NotOpened::Passphrase);
    assert_eq!(open(&["--symmetric", "--encrypt", "-R", DANA]), NotOpened::NotForUs { key_ids: vec![] });
    assert_eq!(ring(&[]).open(&dana.makes(&["--symmetric"], TEXT), &[], at()), Err(NotOpened::Passphrase));
}

#[test]
fn all_keys_of_the_project_open_mail_also_those_that_expired_or_were_revoked() {
    let project = generate(TEAM, created()).unwrap();
    let dana = Gpg::fresh();
    let builder = CertBuilder::general_purpose(Some("older@example.org")).set_creation_time(system_time(created()));
    let year = std::time::Duration::from_secs(365 * 24 * 3600);
    let (expired, revocation) =
        builder.set_cipher_suite(CipherSuite::RSA2k).set_validity_period(year).generate().unwrap();
    let (revoked, _) = expired.clone().insert_packets(revocation).unwrap();
    let then: Timestamp = "2020-06-01T00:00:00Z".parse().unwrap();
    let sealed = Certificate::of(expired.clone()).seal(TEXT, then).unwrap();
    for older in [expired, revoked] {
        let older = older.as_tsk().to_vec().unwrap();
        let keyring = ring(&[project.secret.as_bytes(), &older]);
        assert!(certificate(&older).judge(at()).usable.is_err());
        assert_eq!(keyring.open(sealed.as_bytes(), &[], at()).unwrap().bytes, TEXT);
        dana.import(project.certificate.as_bytes());
        let now = dana.makes(&["--encrypt", "-r", TEAM], TEXT);
        assert_eq!(keyring.open(&now, &[], at()).unwrap().bytes, TEXT, "and the newest key still does");
    }
}

#[test]
fn a_key_with_a_passphrase_opens_mail_with_that_passphrase_only() {
    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key(TEAM, "rsa2048", "default", "never", "correct horse");
    let made_with_subkey = gpg.make_key_default("ed@example.org", "correct horse");
    for fingerprint in [fingerprint, made_with_subkey] {
        let secret = gpg.export("--export-secret-keys", &fingerprint, "correct horse");
        let read = |passphrase: Option<&str>| {
            DecryptionKey::read(&secret, passphrase.map(|text| SecretString::from(text.to_owned())).as_ref())
        };
        assert!(matches!(read(None), Err(KeyProblem::PassphraseNeeded(of)) if of == fingerprint));
        assert!(matches!(read(Some("battery")), Err(KeyProblem::WrongPassphrase(of)) if of == fingerprint));
        let key = read(Some("correct horse")).unwrap();
        assert!(key.opens() && key.certificate().fingerprint() == fingerprint);
        assert!(!format!("{key:?}").contains("ecret"), "{key:?}");
        let public = gpg.export("--export", &fingerprint, "");
        assert!(matches!(DecryptionKey::read(&public, None), Err(KeyProblem::PublicOnly(_))));
    }
}

#[test]
fn a_key_that_only_signs_opens_nothing_and_is_no_error() {
    let gpg = Gpg::fresh();
    let fingerprint = gpg.make_key(TEAM, "ed25519", "sign", "never", "");
    let key = DecryptionKey::read(&gpg.export("--export-secret-keys", &fingerprint, ""), None).unwrap();
    assert!(!key.opens());
    gpg.add_subkey(&fingerprint, "cv25519", "encrypt");
    let subkeys_only = gpg.export("--export-secret-subkeys", &fingerprint, "");
    assert!(DecryptionKey::read(&subkeys_only, None).unwrap().opens(), "the primary key stayed at home");
}

/// The packets at the top of a message.
fn packets(message: &[u8]) -> Vec<(Tag, Option<u8>)> {
    let (mut found, mut next) = (Vec::new(), PacketParser::from_bytes(message).unwrap());
    while let PacketParserResult::Some(packet) = next {
        found.push((packet.packet.tag(), packet.packet.version()));
        next = packet.next().unwrap().1;
    }
    found
}

#[test]
fn version_6_is_sealed_to_as_version_6_and_version_4_as_gpg_reads_it_whatever_it_claims() {
    for (profile, suite) in [
        (Profile::RFC9580, CipherSuite::Cv25519),
        (Profile::RFC9580, CipherSuite::RSA3k),
        (Profile::RFC4880, CipherSuite::Cv25519),
    ] {
        // Both claim SEIPDv2: that is Sequoia's default for version 4, too.
        let builder = CertBuilder::general_purpose(Some(DANA)).set_creation_time(system_time(created()));
        let (cert, _) =
            builder.set_validity_period(None).set_cipher_suite(suite).set_profile(profile).unwrap().generate().unwrap();
        let secret = cert.as_tsk().to_vec().unwrap();
        let six = profile == Profile::RFC9580;
        assert_eq!(certificate(&secret).version(), if six { 6 } else { 4 });
        let sealed = certificate(&secret).seal(TEXT, at()).unwrap();
        let (pkesk, seipd) = if six { (6, 2) } else { (3, 1) };
        assert_eq!(packets(sealed.as_bytes()), [(Tag::PKESK, Some(pkesk)), (Tag::SEIP, Some(seipd))]);
        assert_eq!(ring(&[&secret]).open(sealed.as_bytes(), &[], at()).unwrap().bytes, TEXT);
        let made = generate(TEAM, created()).unwrap();
        let others = ring(&[made.secret.as_bytes()]).open(sealed.as_bytes(), &[], at());
        assert!(matches!(others, Err(NotOpened::NotForUs { key_ids }) if key_ids.len() == 1));
    }
}
