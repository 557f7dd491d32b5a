//! Encrypting to somebody's certificate, as a stream: a backup does not fit into memory. Whoever has gpg 2.2 can read
//! it (SEIPDv1; RFC 4880), unless the certificate itself is newer. It signs nothing and holds no secret.

use std::io::{Read, Write};

use anyhow::{Context, Result};
use jiff::Timestamp;
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient};
use sequoia_openpgp::types::Features;

use super::certificate::{Certificate, encryption_keys};
use super::{POLICY, system_time};

impl Certificate {
    /// Writes an encrypted, binary message with all that `from` gives.
    pub fn encrypt(&self, from: &mut impl Read, into: impl Write + Send + Sync, at: Timestamp) -> Result<()> {
        self.judge(at).usable?;
        let valid = self.cert().with_policy(&POLICY, system_time(at)).context("Encrypting")?;
        let keys = encryption_keys(&valid);
        // Version 4 certificates of Sequoia's claim SEIPDv2, which gpg 2.2 cannot open; version 6 knows nothing else.
        let features =
            if self.version() < 6 { Features::empty().set_seipdv1() } else { Features::empty().set_seipdv2() };
        let recipients = keys.iter().map(|key| Recipient::new(features.clone(), key.key().key_handle(), key.key()));
        let message = Encryptor::for_recipients(Message::new(into), recipients).build().context("Encrypting")?;
        let mut message = LiteralWriter::new(message).build().context("Encrypting")?;
        std::io::copy(from, &mut message).context("Encrypting")?;
        message.finalize().context("Encrypting")
    }

    /// `bytes` encrypted, armoured: what `multipart/encrypted` carries (RFC 3156 section 4). It takes a fraction of a
    /// millisecond and one copy of the bytes.
    pub fn seal(&self, mut bytes: &[u8], at: Timestamp) -> Result<String> {
        let mut armour = Writer::new(Vec::with_capacity(bytes.len() * 3 / 2), Kind::Message)?;
        self.encrypt(&mut bytes, &mut armour, at)?;
        String::from_utf8(armour.finalize()?).context("Armouring a message")
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
        Certificate::read(certificate).unwrap().encrypt(&mut &*text, &mut sealed, at()).unwrap();
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
        let mut written = Vec::new();
        let refused = Certificate::read(&exported).unwrap().encrypt(&mut &b"x"[..], &mut written, at()).unwrap_err();
        assert!(refused.to_string().contains("no key to encrypt to") && written.is_empty(), "{refused}");
        assert!(Certificate::read(b"not a certificate").is_err());
    }
}
