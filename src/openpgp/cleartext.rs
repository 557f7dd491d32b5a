//! Cleartext signatures (RFC 9580 section 7): a text that everybody can read as it is, signed in line, as advisories are.
//! It does not choose the text.

use std::io::Write;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use sequoia_openpgp::serialize::stream::{Message, Signer};
use sequoia_openpgp::types::HashAlgorithm;

use super::key::SigningKey;
use super::{Certificate, SignatureCheck, system_time, verify_cleartext};

impl SigningKey {
    /// Signs a text in line, dated `at`: lines that begin with a dash or `From ` get `- ` before them, so that no mail
    /// program touches them. Blanks at the end of lines are in no such signature, and so they do not leave; a last line
    /// that is not ended is. ASCII armour, LF line ends; what is not ASCII stays UTF-8.
    ///
    /// What was made is read once more as its readers will, and given out only if it is good.
    pub fn sign_cleartext(&self, text: &str, at: Timestamp) -> anyhow::Result<String> {
        self.may_sign(at)?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        // The line end before the signature belongs to the armour; gpg takes the last one of a text for it, too.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let mut signed = Vec::with_capacity(text.len() + ARMOUR_BYTES);
        let mut signer = Signer::new(Message::new(&mut signed), self.pair().clone())?
            .cleartext()
            .hash_algo(HashAlgorithm::SHA512)?
            .creation_time(system_time(at))
            .build()
            .context("Signing a text in line")?;
        signer.write_all(text.as_bytes())?;
        signer.finalize().context("Signing a text in line")?;
        let checked = verify_cleartext(&signed, &[Certificate::of(self.cert().clone())], at);
        let is_good = |checks: &[SignatureCheck]| matches!(checks, [SignatureCheck::Good { .. }]);
        let reads_back = checked.is_ok_and(|(read, checks)| is_good(&checks) && read == readable(text).as_bytes());
        ensure!(reads_back, "a text that was signed in line does not read back as it was");
        String::from_utf8(signed).context("Signing a text in line")
    }
}

/// Room for the armour: a guess that saves a copy.
const ARMOUR_BYTES: usize = 2 << 10;

/// A text as whoever checks its signature has it before them: without blanks at the end of its lines.
fn readable(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches([' ', '\t'])).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::cell::LazyCell;

    use proptest::prelude::*;

    use super::*;
    use crate::openpgp::generate;
    use crate::openpgp::gpg::Gpg;

    fn at() -> Timestamp {
        "2026-11-23T09:30:00Z".parse().unwrap()
    }

    fn key() -> SigningKey {
        let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        SigningKey::read(made.secret.as_bytes(), None, at()).unwrap()
    }

    /// Texts at the edges of the format.
    const EDGES: [(&str, &str); 15] = [
        ("nothing", ""),
        ("one empty line", "\n"),
        ("empty lines", "\n\n\n"),
        ("no line end", "text"),
        ("one line", "text\n"),
        ("an empty line at the end", "text\n\n"),
        ("dashes", "- one\n-- \n---\n- - PCI Base Address\n-----\n-"),
        ("armour", "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"),
        ("another signed text", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n"),
        ("From", "From here on\n From\nFrom\tx\nFrom: y\n"),
        ("dots", ".\n..\n. x\n"),
        ("tabs", "a\tb\n\tc\n\t\n"),
        ("blanks at line ends", "blank \ntab\t\n \nboth \t \nlast "),
        ("beyond ASCII", "J\u{e9}r\u{e9}mie Monn\u{e9}\n\u{1F4E3}\n\u{a0}\n"),
        ("other line ends", "one\r\ntwo\rthree \r\n"),
    ];

    #[test]
    fn gpg_verifies_texts_at_the_edges_and_reads_what_was_written() {
        let (key, gpg) = (key(), Gpg::fresh());
        gpg.import(key.certificate_armored().as_bytes());
        let long = "x".repeat(5_000);
        for (name, text) in EDGES.into_iter().chain([("a long line", long.as_str())]) {
            let signed = key.sign_cleartext(text, at()).unwrap();
            assert!(signed.starts_with("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"), "{name}: {signed}");
            let expected = readable(&text.replace("\r\n", "\n").replace('\r', "\n"));
            let expected = expected.strip_suffix('\n').unwrap_or(&expected);
            for signed in [signed.clone(), signed.replace('\n', "\r\n")] {
                assert_eq!(
                    gpg.reads_signed(&signed),
                    Some((key.fingerprint(), expected.to_owned())),
                    "{name}: {signed}"
                );
            }
            if let Some(changed) = signed.contains("one").then(|| signed.replace("one", "two")) {
                assert_eq!(gpg.reads_signed(&changed), None, "{name}");
            }
        }
    }

    #[test]
    fn the_text_stays_readable_as_it_is() {
        let signed = key().sign_cleartext("ISSUE\n=====\n\n- a list\nFrom me\n", at()).unwrap();
        let (text, armour) = signed.split_once("\n-----BEGIN PGP SIGNATURE-----\n").unwrap();
        let (_, text) = text.split_once("\n\n").unwrap();
        assert_eq!(text, "ISSUE\n=====\n\n- - a list\n- From me");
        assert!(armour.ends_with("-----END PGP SIGNATURE-----\n"), "{armour}");
    }

    #[test]
    fn a_key_that_is_not_valid_then_signs_nothing() {
        assert!(key().sign_cleartext("text\n", "2019-01-01T00:00:00Z".parse().unwrap()).is_err());
    }

    proptest! {
        /// It is read back before it is given out, so whatever is signed is good; nothing must be refused.
        #[test]
        fn any_text_can_be_signed(text in "([-F.x \\t\\r\\n\u{e9}]|From |-----BEGIN PGP |\\PC){0,60}") {
            thread_local!(static KEY: LazyCell<SigningKey> = LazyCell::new(key));
            prop_assert!(KEY.with(|key| key.sign_cleartext(&text, at())).is_ok(), "{text:?}");
        }
    }
}
