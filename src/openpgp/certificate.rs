//! Somebody's certificate: what it says of itself, and whether text can be encrypted to it now. Public parts only; who
//! it belongs to is an operator's word (`store::certificates`), never its own.

use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::cert::amalgamation::key::ValidErasedKeyAmalgamation;
use sequoia_openpgp::cert::{CertParser, ValidCert};
use sequoia_openpgp::packet::key::PublicParts;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, KeyHandle};

use super::{POLICY, armored, system_time, unless_it_panics};
use crate::mail::address::Address;

/// No person's certificate is larger; signatures of others could make it so.
const CERTIFICATE_BYTES_MAX: usize = 1 << 20;
/// Certificates that are looked at in one file or mail.
const CERTIFICATES_MAX: usize = 20;
const USER_IDS_MAX: usize = 20;
const USER_ID_CHARACTERS_MAX: usize = 200;

/// A certificate (RFC 9580 section 10.1), without secret parts. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate(Arc<Cert>);

/// Why bytes are no certificate. The text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    #[error("this is not an OpenPGP certificate ({0}); export one with: gpg --armor --export FINGERPRINT")]
    NotACertificate(String),
    #[error("this is larger than any certificate: 1 MiB")]
    TooLarge,
    #[error("this holds several certificates; export one alone with: gpg --armor --export FINGERPRINT")]
    Several,
}

/// Why nothing can be encrypted to a certificate. The text follows "It cannot be used: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it is revoked")]
    Revoked,
    #[error("it expired on {}", .0.strftime("%Y-%m-%d"))]
    Expired(Timestamp),
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("its algorithms are no longer safe, or signatures of its owner are missing or do not hold")]
    Weak,
    #[error("it has no key to encrypt to that this program can use")]
    NoEncryptionKey,
}

/// What is true of a certificate at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// When it stops being usable, as its own signatures say: its end, or that of its last key to encrypt to.
    pub expires_at: Option<Timestamp>,
    pub usable: Result<(), Unusable>,
}

impl Certificate {
    /// Reads one certificate, armoured or binary; of a secret key the public part.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateProblem> {
        let mut all = Self::read_all(bytes)?;
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(CertificateProblem::Several),
            (None, _) => Err(CertificateProblem::NotACertificate("it holds none".to_owned())),
        }
    }

    /// All certificates in a file or a mail's part, at most 20; broken ones are left out unless nothing else is there.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, CertificateProblem> {
        if bytes.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateProblem::TooLarge);
        }
        let wrong = |problem: anyhow::Error| CertificateProblem::NotACertificate(problem.to_string());
        // The library would take what is there; a revocation may be missing.
        let count = |mark: &[u8]| bytes.windows(mark.len()).filter(|window| *window == mark).count();
        if count(b"-----BEGIN PGP ") > count(b"-----END PGP ") {
            return Err(CertificateProblem::NotACertificate("it is cut off".to_owned()));
        }
        let parsed =
            || -> anyhow::Result<Vec<_>> { Ok(CertParser::from_bytes(bytes)?.take(CERTIFICATES_MAX).collect()) };
        let parsed = unless_it_panics(parsed).unwrap_or_else(|| Err(anyhow::anyhow!("it cannot be read")));
        let (found, broken): (Vec<_>, Vec<_>) = parsed.map_err(wrong)?.into_iter().partition(Result::is_ok);
        let found: Vec<Self> = found.into_iter().flatten().map(Self::of).collect();
        match broken.into_iter().find_map(Result::err) {
            Some(problem) if found.is_empty() => Err(wrong(problem)),
            _ => Ok(found),
        }
    }

    /// Whether bytes hold the secret part of a key, which nobody but its owner should have.
    pub fn is_secret(bytes: &[u8]) -> bool {
        let begins = |bytes: &[u8]| CertParser::from_bytes(bytes).ok()?.take(CERTIFICATES_MAX).find_map(Result::ok);
        bytes.len() <= CERTIFICATE_BYTES_MAX && begins(bytes).is_some_and(|cert| cert.is_tsk())
    }

    pub(super) fn of(cert: Cert) -> Self {
        Self(Arc::new(cert.strip_secret_key_material()))
    }

    pub(super) fn cert(&self) -> &Cert {
        &self.0
    }

    /// Upper-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_hex()
    }

    /// The version of its packets: 4 (RFC 4880) or 6 (RFC 9580).
    pub fn version(&self) -> u8 {
        self.0.primary_key().key().version()
    }

    /// The primary key's algorithm, as people say it.
    pub fn algorithm(&self) -> String {
        let key = self.0.primary_key().key();
        match key.mpis().bits() {
            Some(bits) if key.pk_algo().to_string().starts_with("RSA") => format!("RSA {bits}"),
            _ => key.pk_algo().to_string(),
        }
    }

    pub fn created_at(&self) -> Timestamp {
        Timestamp::try_from(self.0.primary_key().key().creation_time()).unwrap_or_default()
    }

    /// Its user IDs as written, on one line each: what it claims, not what is true.
    pub fn user_ids(&self) -> Vec<String> {
        let written =
            self.0.userids().take(USER_IDS_MAX).map(|id| String::from_utf8_lossy(id.userid().value()).into_owned());
        written.map(|id| crate::mail::headers::one_line(&id, USER_ID_CHARACTERS_MAX)).collect()
    }

    /// Whether one of its user IDs names this address.
    pub fn names(&self, address: &Address) -> bool {
        self.addresses().contains(address)
    }

    /// The addresses in its user IDs.
    pub fn addresses(&self) -> Vec<Address> {
        let written = self.0.userids().take(USER_IDS_MAX).filter_map(|id| id.userid().email().ok().flatten());
        written.filter_map(|email| Address::parse(email).ok()).collect()
    }

    /// Binary, without signatures that its owner did not export.
    pub fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        self.0.export_to_vec()
    }

    /// ASCII armour, LF line ends.
    pub fn armored(&self) -> anyhow::Result<String> {
        armored(Kind::PublicKey, &self.bytes()?)
    }

    /// Whether it is the certificate with this key in it: by fingerprint or key ID, of the primary key or a subkey.
    pub(super) fn has_key(&self, handle: &KeyHandle) -> bool {
        self.0.keys().any(|key| key.key().key_handle().aliases(handle))
    }

    /// This certificate with what a newer copy of it adds: other dates, new keys, a revocation. `None` when it is
    /// another certificate. What a copy leaves out stays: nobody can take a revocation back.
    pub fn updated(&self, newer: &Self) -> Option<Self> {
        Cert::clone(&self.0).merge_public(Cert::clone(&newer.0)).ok().map(Self::of)
    }

    /// Whether text can be encrypted to it at `at`, by Sequoia's standard policy.
    pub fn judge(&self, at: Timestamp) -> Judgement {
        let valid = match self.0.with_policy(&POLICY, system_time(at)) {
            Ok(valid) => valid,
            Err(_) => return Judgement { expires_at: None, usable: Err(self.why_invalid(at)) },
        };
        let expires_at = expires_at(&valid);
        Judgement { expires_at, usable: self.usable(&valid, expires_at, at) }
    }

    fn usable(&self, valid: &ValidCert<'_>, expires_at: Option<Timestamp>, at: Timestamp) -> Result<(), Unusable> {
        if matches!(valid.revocation_status(), RevocationStatus::Revoked(_)) {
            return Err(Unusable::Revoked);
        }
        if let Some(end) = expires_at.filter(|end| *end <= at) {
            return Err(Unusable::Expired(end));
        }
        if valid.alive().is_err() {
            return Err(Unusable::NotYetValid);
        }
        if encryption_keys(valid).is_empty() {
            // Judged as people did before any algorithm had fallen, does it have one?
            let lenient = StandardPolicy::at(SystemTime::UNIX_EPOCH);
            let once = self.0.with_policy(&lenient, system_time(at)).is_ok_and(|any| !encryption_keys(&any).is_empty());
            return Err(if once { Unusable::Weak } else { Unusable::NoEncryptionKey });
        }
        Ok(())
    }

    fn why_invalid(&self, at: Timestamp) -> Unusable {
        if at < self.created_at() {
            return Unusable::NotYetValid;
        }
        Unusable::Weak
    }
}

/// The keys of a valid certificate that can be encrypted to.
pub(super) fn encryption_keys<'a>(valid: &ValidCert<'a>) -> Vec<ValidErasedKeyAmalgamation<'a, PublicParts>> {
    valid.keys().supported().alive().revoked(false).for_transport_encryption().collect()
}

/// The earlier of the certificate's end and that of its last encryption key.
fn expires_at(valid: &ValidCert<'_>) -> Option<Timestamp> {
    use sequoia_openpgp::cert::amalgamation::key::PrimaryKey as _;
    let ends: Vec<_> = valid
        .keys()
        .supported()
        .revoked(false)
        .for_transport_encryption()
        .map(|key| if key.primary() { valid.primary_key().key_expiration_time() } else { key.key_expiration_time() })
        .collect();
    let last = if ends.iter().any(Option::is_none) { None } else { ends.into_iter().flatten().max() };
    let first = [valid.primary_key().key_expiration_time(), last].into_iter().flatten().min();
    first.and_then(|end| Timestamp::try_from(end).ok())
}
