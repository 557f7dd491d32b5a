//! A new key for an instance that has none. The one place in this layer that draws randomness; it keeps nothing.

use anyhow::Context;
use jiff::Timestamp;
use sequoia_openpgp::Profile;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{Features, KeyFlags};

use super::{armored, system_time};

/// A key just made: both parts armoured, the secret one without passphrase. Not `Debug`, so that it is never printed.
pub struct NewKey {
    pub certificate: String,
    pub secret: String,
}

/// A version 4 key without expiry: Ed25519 to certify and sign, one Cv25519 subkey to encrypt, one user ID. So small
/// that its certificate fits into an Autocrypt header, and readable by gpg 2.2, which knows neither version 6 keys nor
/// SEIPDv2: the key must not claim to take the latter, or others encrypt to it what gpg cannot open.
pub fn generate(user_id: &str, created: Timestamp) -> anyhow::Result<NewKey> {
    let (key, _revocation) = CertBuilder::new()
        .set_profile(Profile::RFC4880)?
        .set_cipher_suite(CipherSuite::Cv25519)
        .set_features(Features::empty().set_seipdv1())?
        .set_creation_time(system_time(created))
        .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
        .add_userid(user_id)
        .add_subkey(KeyFlags::empty().set_transport_encryption().set_storage_encryption(), None, None)
        .generate()
        .context("Making an OpenPGP key")?;
    Ok(NewKey {
        certificate: armored(Kind::PublicKey, &key.export_to_vec()?)?,
        secret: armored(Kind::SecretKey, &key.as_tsk().to_vec()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openpgp::gpg::Gpg;

    #[test]
    fn a_new_key_is_what_gpg_2_2_can_read_and_use() {
        let key =
            generate("Example Security Team <security@example.org>", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let gpg = Gpg::fresh();
        gpg.import(key.certificate.as_bytes());
        let listing = gpg.listing();
        let rows: Vec<Vec<&str>> = listing.lines().map(|line| line.split(':').collect()).collect();
        let of = |kind: &str| rows.iter().filter(|row| row[0] == kind).collect::<Vec<_>>();
        assert_eq!(of("pub").len(), 1);
        // Fields of doc/DETAILS: 4 algorithm (22 EdDSA, 18 ECDH), 6 created, 7 expires, 12 what it may do.
        let primary = of("pub")[0];
        assert_eq!((primary[3], primary[5], primary[6]), ("22", "1577836800", ""), "{listing}");
        assert!(primary[11].starts_with("sc"), "{listing}");
        assert_eq!(of("sub").len(), 1);
        assert_eq!((of("sub")[0][3], of("sub")[0][6], of("sub")[0][11]), ("18", "", "e"), "{listing}");
        assert_eq!(of("uid").len(), 1);
        assert_eq!(of("uid")[0][9], "Example Security Team <security@example.org>");

        // gpg chooses how to encrypt by what the key claims: it must be able to open the result itself.
        gpg.import(key.secret.as_bytes());
        let sealed = gpg.encrypt(b"the heap overflows", "security@example.org");
        assert_eq!(gpg.decrypt(&sealed), b"the heap overflows");
    }

    #[test]
    fn the_key_takes_seipdv1_only() {
        use sequoia_openpgp::Cert;
        use sequoia_openpgp::cert::Preferences;
        use sequoia_openpgp::parse::Parse;
        let created: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let key = generate("security@example.org", created).unwrap();
        let cert = Cert::from_bytes(key.certificate.as_bytes()).unwrap();
        let features = cert.with_policy(&crate::openpgp::POLICY, system_time(created)).unwrap().features().unwrap();
        assert!(features.supports_seipdv1() && !features.supports_seipdv2());
        assert!(key.certificate.is_ascii() && !key.certificate.contains("Comment"));
    }
}
