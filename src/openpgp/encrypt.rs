//! Encrypting to somebody's certificate, as a stream: a backup does not fit into memory. Whoever has gpg 2.2 can read
//! it (SEIPDv1; RFC 4880). It signs nothing and holds no secret.

use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use sequoia_openpgp::Cert;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient};
use sequoia_openpgp::types::Features;

use super::{POLICY, system_time};

/// A certificate that can be encrypted to.
#[derive(Clone, Debug)]
pub struct Certificate(Cert);

impl Certificate {
    /// Reads one certificate, armoured or binary, and tries whether it can be encrypted to at `at`.
    pub fn read(bytes: &[u8], at: Timestamp) -> Result<Self> {
        let certificate =
            Self(Cert::from_bytes(bytes).context("Reading an OpenPGP certificate")?.strip_secret_key_material());
        certificate.encrypt(&mut std::io::empty(), std::io::sink(), at)?;
        Ok(certificate)
    }

    /// Upper-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_hex()
    }

    /// Writes an encrypted, binary message with all that `from` gives.
    pub fn encrypt(&self, from: &mut impl Read, into: impl Write + Send + Sync, at: Timestamp) -> Result<()> {
        let fingerprint = self.fingerprint();
        let keys: Vec<_> = self
            .0
            .with_policy(&POLICY, system_time(at))
            .with_context(|| format!("The certificate {fingerprint} is not valid now"))?
            .keys()
            .supported()
            .alive()
            .revoked(false)
            .for_storage_encryption()
            .for_transport_encryption()
            .collect();
        ensure!(!keys.is_empty(), "the certificate {fingerprint} has no key to encrypt to now");
        // Sequoia's own certificates claim SEIPDv2, which gpg 2.2 cannot open.
        let recipients =
            keys.iter().map(|key| Recipient::new(Features::empty().set_seipdv1(), key.key().key_handle(), key.key()));
        let message = Encryptor::for_recipients(Message::new(into), recipients).build().context("Encrypting")?;
        let mut message = LiteralWriter::new(message).build().context("Encrypting")?;
        std::io::copy(from, &mut message).context("Encrypting")?;
        message.finalize().context("Encrypting")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openpgp::generate;
    use crate::openpgp::gpg::Gpg;

    fn at() -> Timestamp {
        "2026-11-23T09:30:00Z".parse().unwrap()
    }

    fn sealed(certificate: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        Certificate::read(certificate, at()).unwrap().encrypt(&mut &*text, &mut sealed, at()).unwrap();
        sealed
    }

    #[test]
    fn gpg_reads_what_was_encrypted_to_a_certificate_of_its_own_or_of_ours() {
        let text = b"the heap overflows\n".repeat(20_000);
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("Op <op@example.org>", "rsa2048", "default", "never", "");
        gpg.add_subkey(&fingerprint, "rsa2048", "encrypt");
        let exported = gpg.export("--export", &fingerprint, "");
        assert_eq!(gpg.decrypt(&sealed(&exported, &text)), text);

        let made = generate("op@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        gpg.import(made.secret.as_bytes());
        assert_eq!(gpg.decrypt(&sealed(made.certificate.as_bytes(), &text)), text);
    }

    #[test]
    fn a_certificate_nobody_can_encrypt_to_is_refused_before_anything_is_written() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("Signs only <s@example.org>", "ed25519", "sign", "never", "");
        let exported = gpg.export("--export", &fingerprint, "");
        let refused = Certificate::read(&exported, at()).unwrap_err();
        assert!(refused.to_string().contains("no key to encrypt to"), "{refused}");
        assert!(Certificate::read(b"not a certificate", at()).is_err());
    }
}
