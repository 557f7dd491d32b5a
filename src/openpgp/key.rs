//! The project's signing key as an operator gives it: read, judged, unlocked. Never printed, never written anywhere.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sequoia_openpgp::Cert;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::cert::amalgamation::key::PrimaryKey;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::Key;
use sequoia_openpgp::packet::key::{PublicParts, SecretKeyMaterial, UnspecifiedRole};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::RevocationStatus;

use super::{POLICY, armored, system_time};

/// gpg 2.2 verifies signatures of this version only (RFC 9580 section 5.2.3 calls version 6 the current one).
const KEY_VERSION: u8 = 4;

/// Why a file cannot be the project's signing key. The text says what to do; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    #[error("this is not an OpenPGP key ({0}); export one with: gpg --armor --export-secret-keys FINGERPRINT")]
    NotAKey(String),
    #[error(
        "this is only the public part of key {0}; export the secret part with: gpg --armor --export-secret-keys {0}"
    )]
    PublicOnly(String),
    #[error("key {0} is protected by a passphrase, and none is configured")]
    PassphraseNeeded(String),
    #[error("the configured passphrase does not open key {0}")]
    WrongPassphrase(String),
    #[error("key {fingerprint} cannot sign: {why}")]
    CannotSign { fingerprint: String, why: String },
    #[error(
        "key {0} is of version {1}: gpg 2.2, which many recipients have, cannot verify its signatures; \
         make a version 4 key (gpg --quick-gen-key, or sq key generate --profile rfc4880)"
    )]
    Version(String, u8),
}

/// A key that can sign without asking anybody. Cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct SigningKey(Arc<Unlocked>);

struct Unlocked {
    /// The public part.
    cert: Cert,
    armored: String,
    pair: KeyPair,
    expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}

impl SigningKey {
    /// Reads a transferable secret key (RFC 9580 section 10.2), armoured or binary. Of several keys that may sign at
    /// `at`, the newest whose secret part is in the file is taken, as gpg does.
    pub fn read(tsk: &[u8], passphrase: Option<&SecretString>, at: Timestamp) -> Result<Self, KeyProblem> {
        let not_a_key = |error: anyhow::Error| KeyProblem::NotAKey(error.to_string());
        let cert = Cert::from_bytes(tsk).map_err(not_a_key)?;
        let fingerprint = cert.fingerprint().to_hex();
        let version = cert.primary_key().key().version();
        if version != KEY_VERSION {
            return Err(KeyProblem::Version(fingerprint, version));
        }
        if !cert.is_tsk() {
            return Err(KeyProblem::PublicOnly(fingerprint));
        }
        let (pair, expires_at) = unlock(&cert, passphrase, at)?;
        let cert = cert.strip_secret_key_material();
        let armored = cert.export_to_vec().and_then(|bytes| armored(Kind::PublicKey, &bytes)).map_err(not_a_key)?;
        Ok(Self(Arc::new(Unlocked { cert, armored, pair, expires_at })))
    }

    /// Of the certificate, not of the subkey that signs; upper-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        self.0.cert.fingerprint().to_hex()
    }

    /// The whole public part: ASCII only, LF line ends.
    pub fn certificate_armored(&self) -> &str {
        &self.0.armored
    }

    /// When it stops signing, as its own signatures said when it was read.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.0.expires_at
    }

    pub(super) fn cert(&self) -> &Cert {
        &self.0.cert
    }

    pub(super) fn pair(&self) -> &KeyPair {
        &self.0.pair
    }
}

/// The newest key of `cert` that may sign at `at` and opens, and when it (or the whole certificate) expires.
fn unlock(
    cert: &Cert,
    passphrase: Option<&SecretString>,
    at: Timestamp,
) -> Result<(KeyPair, Option<Timestamp>), KeyProblem> {
    let fingerprint = cert.fingerprint().to_hex();
    let cannot = |why: String| KeyProblem::CannotSign { fingerprint: fingerprint.clone(), why };
    let valid = cert.with_policy(&POLICY, system_time(at)).map_err(|error| cannot(format!("{error:#}")))?;
    if matches!(valid.revocation_status(), RevocationStatus::Revoked(_)) {
        return Err(cannot("it is revoked".to_owned()));
    }
    if let Err(error) = valid.alive() {
        return Err(cannot(format!("{error:#}")));
    }
    let mut signers: Vec<_> = valid.keys().supported().alive().revoked(false).for_signing().collect();
    if signers.is_empty() {
        return Err(cannot("none of its keys may sign now (no signing capability, expired or revoked)".to_owned()));
    }
    signers.sort_by_key(|signer| std::cmp::Reverse((signer.key().creation_time(), !signer.primary())));

    let mut problem =
        cannot("the secret part of its signing key is not in this file (on a card, or left out)".to_owned());
    for signer in signers {
        match open(signer.key(), passphrase) {
            Ok(pair) => {
                let ends = [signer.key_expiration_time(), valid.primary_key().key_expiration_time()];
                let first = ends.into_iter().flatten().min();
                return Ok((pair, first.and_then(|end| Timestamp::try_from(end).ok())));
            }
            Err(Closed::NoSecret) => {}
            Err(Closed::Locked) => problem = KeyProblem::PassphraseNeeded(fingerprint.clone()),
            Err(Closed::WrongPassphrase) => problem = KeyProblem::WrongPassphrase(fingerprint.clone()),
        }
    }
    Err(problem)
}

/// Every part of a transferable secret key that can decrypt, whatever its dates say: old mail stays readable. An error
/// when a part is locked and the passphrase is missing or wrong.
pub(super) fn secret_keys(tsk: &[u8], passphrase: Option<&SecretString>) -> Result<(Cert, Vec<KeyPair>), KeyProblem> {
    let cert = Cert::from_bytes(tsk).map_err(|error| KeyProblem::NotAKey(error.to_string()))?;
    let fingerprint = cert.fingerprint().to_hex();
    if !cert.is_tsk() {
        return Err(KeyProblem::PublicOnly(fingerprint));
    }
    let mut pairs = Vec::new();
    for key in cert.keys().filter(|key| key.key().pk_algo().for_encryption()) {
        match open(key.key(), passphrase) {
            Ok(pair) => pairs.push(pair),
            Err(Closed::NoSecret) => {}
            Err(Closed::Locked) => return Err(KeyProblem::PassphraseNeeded(fingerprint)),
            Err(Closed::WrongPassphrase) => return Err(KeyProblem::WrongPassphrase(fingerprint)),
        }
    }
    Ok((cert, pairs))
}

enum Closed {
    NoSecret,
    Locked,
    WrongPassphrase,
}

fn open(key: &Key<PublicParts, UnspecifiedRole>, passphrase: Option<&SecretString>) -> Result<KeyPair, Closed> {
    let key = key.clone().parts_into_secret().map_err(|_| Closed::NoSecret)?;
    let key = match key.secret() {
        SecretKeyMaterial::Unencrypted(_) => key,
        // A stub: gpg writes one where the secret lives on a card or was left out (`gnu-dummy`).
        SecretKeyMaterial::Encrypted(secret) if !secret.s2k().is_supported() => return Err(Closed::NoSecret),
        SecretKeyMaterial::Encrypted(_) => {
            let passphrase = passphrase.ok_or(Closed::Locked)?;
            key.decrypt_secret(&passphrase.expose_secret().into()).map_err(|_| Closed::WrongPassphrase)?
        }
    };
    key.into_keypair().map_err(|_| Closed::NoSecret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openpgp::generate;
    use crate::openpgp::gpg::Gpg;

    fn at() -> Timestamp {
        "2026-11-23T09:30:00Z".parse().unwrap()
    }

    fn passphrase(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn a_generated_key_signs_and_gpg_says_good_with_that_date() {
        let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let key = SigningKey::read(made.secret.as_bytes(), None, at()).unwrap();
        assert_eq!(key.certificate_armored(), made.certificate);
        assert_eq!(key.expires_at(), None);
        let signature = key.sign(b"a letter\r\n", at()).unwrap();
        assert_eq!(signature.micalg, "pgp-sha512");
        assert!(crate::mail::compose::seven_bit_clean(signature.armored.replace('\n', "\r\n").as_bytes()));

        let gpg = Gpg::fresh();
        gpg.import(key.certificate_armored().as_bytes());
        // doc/DETAILS, VALIDSIG: fingerprint, date, timestamp, expiry, version, reserved, algorithm, hash, class, …
        let valid = gpg.valid_signature(&signature.armored, b"a letter\r\n");
        assert_eq!(valid[0], key.fingerprint());
        assert_eq!((valid[1].as_str(), valid[2].as_str()), ("2026-11-23", "1795426200"));
        assert_eq!((valid[4].as_str(), valid[7].as_str(), valid[8].as_str()), ("4", "10", "00"));
        assert_eq!(gpg.verify(&signature.armored, b"a letter\n"), None, "other bytes");
    }

    #[test]
    fn an_rsa_key_of_gpg_signs_with_and_without_passphrase() {
        for secret in ["", "correct horse"] {
            let gpg = Gpg::fresh();
            let fingerprint = gpg.make_key("Old Team <security@example.org>", "rsa2048", "default", "never", secret);
            let exported = gpg.export("--export-secret-keys", &fingerprint, secret);
            let given = passphrase("correct horse");
            let key = SigningKey::read(&exported, Some(&given), at()).unwrap();
            assert_eq!(key.fingerprint(), fingerprint);
            let signature = key.sign(b"text", at()).unwrap();
            assert_eq!(gpg.verify(&signature.armored, b"text"), Some(fingerprint.clone()));

            let read = |passphrase: Option<&SecretString>| SigningKey::read(&exported, passphrase, at()).map(drop);
            if secret.is_empty() {
                assert_eq!(read(None), Ok(()));
            } else {
                assert_eq!(read(None), Err(KeyProblem::PassphraseNeeded(fingerprint.clone())));
                assert_eq!(read(Some(&passphrase("battery"))), Err(KeyProblem::WrongPassphrase(fingerprint.clone())));
            }
        }
    }

    #[test]
    fn a_signing_subkey_signs_when_the_primary_key_stayed_at_home() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("security@example.org", "ed25519", "cert", "never", "");
        let lonely = gpg.export("--export-secret-keys", &fingerprint, "");
        assert!(matches!(SigningKey::read(&lonely, None, at()), Err(KeyProblem::CannotSign { .. })));

        gpg.add_subkey(&fingerprint, "ed25519", "sign");
        let subkeys_only = gpg.export("--export-secret-subkeys", &fingerprint, "");
        let key = SigningKey::read(&subkeys_only, None, at()).unwrap();
        let signature = key.sign(b"text", at()).unwrap();
        assert_eq!(gpg.verify(&signature.armored, b"text"), Some(fingerprint));
    }

    #[test]
    fn a_primary_key_without_its_secret_says_where_to_look() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("security@example.org", "ed25519", "sign", "never", "");
        gpg.add_subkey(&fingerprint, "cv25519", "encrypt");
        let stub = gpg.export("--export-secret-subkeys", &fingerprint, "");
        let problem = SigningKey::read(&stub, None, at()).unwrap_err().to_string();
        assert!(problem.contains("not in this file"), "{problem}");
    }

    #[test]
    fn a_key_signs_only_between_its_making_and_its_end() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("security@example.org", "ed25519", "default", "2027-01-01", "");
        let exported = gpg.export("--export-secret-keys", &fingerprint, "");
        let key = SigningKey::read(&exported, None, at()).unwrap();
        assert!(key.expires_at().unwrap().to_string().starts_with("2027-01-01T"));
        assert!(key.sign(b"text", at()).is_ok());
        for (never, why) in [("2019-12-31T00:00:00Z", "not yet made"), ("2027-01-02T00:00:00Z", "expired")] {
            let never = never.parse().unwrap();
            assert!(key.sign(b"text", never).is_err(), "{why}");
            let problem = SigningKey::read(&exported, None, never).unwrap_err();
            assert!(matches!(&problem, KeyProblem::CannotSign { .. }), "{why}: {problem}");
        }
    }

    #[test]
    fn what_is_no_signing_key_says_what_it_is() {
        let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let problem = SigningKey::read(made.certificate.as_bytes(), None, at()).unwrap_err();
        assert!(problem.to_string().contains("--export-secret-keys"), "{problem}");
        assert!(matches!(problem, KeyProblem::PublicOnly(_)));
        for junk in [&b""[..], b"hello", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", &[0x99, 0xff, 0xff, 0x00]] {
            assert!(matches!(SigningKey::read(junk, None, at()), Err(KeyProblem::NotAKey(_))), "{junk:?}");
        }
    }

    #[test]
    fn a_revoked_key_does_not_sign() {
        use sequoia_openpgp::cert::CertBuilder;
        let created = system_time("2020-01-01T00:00:00Z".parse().unwrap());
        let builder = CertBuilder::general_purpose(Some("security@example.org")).set_creation_time(created);
        let (cert, revocation) = builder.set_validity_period(None).generate().unwrap();
        assert!(SigningKey::read(&cert.as_tsk().to_vec().unwrap(), None, at()).is_ok());
        let revoked = cert.insert_packets(revocation).unwrap().0;
        let problem = SigningKey::read(&revoked.as_tsk().to_vec().unwrap(), None, at()).unwrap_err();
        assert!(problem.to_string().ends_with("cannot sign: it is revoked"), "{problem}");
    }

    #[test]
    fn a_version_6_key_is_refused_because_recipients_could_not_verify_it() {
        use sequoia_openpgp::Profile;
        use sequoia_openpgp::cert::CertBuilder;
        let builder = CertBuilder::general_purpose(Some("security@example.org"));
        let (cert, _) = builder.set_profile(Profile::RFC9580).unwrap().generate().unwrap();
        let problem = SigningKey::read(&cert.as_tsk().to_vec().unwrap(), None, at()).unwrap_err();
        assert_eq!(problem, KeyProblem::Version(cert.fingerprint().to_hex(), 6));
    }
}
