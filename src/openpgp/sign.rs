//! Detached signatures over the exact bytes of a mail part (RFC 3156 section 5). It does not choose or change bytes.

use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::serialize::stream::{Message, Signer};
use sequoia_openpgp::types::HashAlgorithm;

use super::key::SigningKey;
use super::{POLICY, armored, system_time};

/// A detached signature, and the name of its digest as `multipart/signed` announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// ASCII armour, LF line ends.
    pub armored: String,
    /// RFC 3156 section 5: `pgp-` and the name of the hash algorithm.
    pub micalg: &'static str,
}

impl SigningKey {
    /// Signs `bytes` as they are (a binary signature), dated `at`. Fails when the key is not valid at that time:
    /// nobody would accept such a signature. Takes a fraction of a millisecond with Ed25519, twenty with RSA 4096.
    pub fn sign(&self, bytes: &[u8], at: Timestamp) -> anyhow::Result<Signature> {
        self.may_sign(at)?;
        let mut signature = Vec::new();
        let mut signer = Signer::new(Message::new(&mut signature), self.pair().clone())?
            .detached()
            .hash_algo(HashAlgorithm::SHA512)?
            .creation_time(system_time(at))
            .build()
            .context("Signing a letter")?;
        signer.write_all(bytes)?;
        signer.finalize().context("Signing a letter")?;
        Ok(Signature { armored: armored(Kind::Signature, &signature)?, micalg: "pgp-sha512" })
    }

    pub(super) fn may_sign(&self, at: Timestamp) -> anyhow::Result<()> {
        let fingerprint = self.fingerprint();
        self.cert()
            .with_policy(&POLICY, system_time(at))
            .with_context(|| format!("The key {fingerprint} is not valid at {at}"))?
            .keys()
            .alive()
            .revoked(false)
            .for_signing()
            .key_handle(self.pair().public().fingerprint())
            .next()
            .map(drop)
            .with_context(|| format!("The key {fingerprint} may not sign at {at}: not yet valid, expired or revoked"))
    }
}
