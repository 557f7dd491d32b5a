//! The Autocrypt header (Autocrypt Level 1, version 1.1): the project's certificate in every letter, as small as it can
//! be. It offers a key to whoever writes; it proves nothing.

use data_encoding::BASE64;
use jiff::Timestamp;
use sequoia_openpgp::Packet;
use sequoia_openpgp::cert::ValidCert;
use sequoia_openpgp::serialize::SerializeInto;

use super::key::SigningKey;
use super::{POLICY, system_time};
use crate::mail::address::Address;

impl SigningKey {
    /// The header's value for letters from `address`, on one line; `mail::compose` folds it. `None` when the key has
    /// no subkey to encrypt to at `at`, or when the address is not ASCII: the specification has no way to write it.
    pub fn autocrypt(&self, address: &Address, at: Timestamp) -> Option<String> {
        if !address.as_str().is_ascii() {
            return None;
        }
        let valid = self.cert().with_policy(&POLICY, system_time(at)).ok()?;
        let keydata = BASE64.encode(&minimal(&valid, address)?);
        // No `prefer-encrypt`: it asks mail programs to encrypt by themselves; people should choose.
        Some(format!("addr={address}; keydata={keydata}"))
    }
}

/// The five packets of Autocrypt 1.1, "OpenPGP Based key data": primary key, user ID, its self-signature, one
/// encryption subkey, its binding signature; in this order.
fn minimal(valid: &ValidCert<'_>, address: &Address) -> Option<Vec<u8>> {
    let names_address = |user_id: &sequoia_openpgp::packet::UserID| {
        user_id.email().ok().flatten().is_some_and(|email| email.eq_ignore_ascii_case(address.as_str()))
    };
    let user_id = valid
        .userids()
        .revoked(false)
        .find(|candidate| names_address(candidate.userid()))
        .or_else(|| valid.primary_userid().ok())?;
    let subkey = valid
        .keys()
        .subkeys()
        .supported()
        .alive()
        .revoked(false)
        .for_transport_encryption()
        .max_by_key(|subkey| subkey.key().creation_time())?;
    let packets: [Packet; 5] = [
        valid.primary_key().key().clone().into(),
        user_id.userid().clone().into(),
        user_id.binding_signature().clone().into(),
        subkey.key().clone().into(),
        subkey.binding_signature().clone().into(),
    ];
    packets.iter().try_fold(Vec::new(), |mut bytes, packet| {
        bytes.extend(packet.to_vec().ok()?);
        Some(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openpgp::gpg::Gpg;
    use crate::openpgp::{SigningKey, generate};

    fn at() -> Timestamp {
        "2026-11-23T09:30:00Z".parse().unwrap()
    }

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn keydata(header: &str) -> Vec<u8> {
        BASE64.decode(header.rsplit_once("keydata=").unwrap().1.as_bytes()).unwrap()
    }

    #[test]
    fn a_stranger_with_only_the_header_can_write_encrypted() {
        let made = generate("Team <security@example.org>", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let key = SigningKey::read(made.secret.as_bytes(), None, at()).unwrap();
        let header = key.autocrypt(&address("security@example.org"), at()).unwrap();
        assert!(header.starts_with("addr=security@example.org; keydata="), "{header}");
        assert!(header.len() < 1100, "{} characters", header.len());

        let (stranger, team) = (Gpg::fresh(), Gpg::fresh());
        stranger.import(&keydata(&header));
        team.import(made.secret.as_bytes());
        assert_eq!(team.decrypt(&stranger.encrypt(b"found it", "security@example.org")), b"found it");
    }

    #[test]
    fn of_a_large_key_only_the_user_id_of_the_address_is_shown() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("Other <other@example.org>", "rsa2048", "default", "never", "");
        gpg.add_subkey(&fingerprint, "rsa2048", "encrypt");
        gpg.add_user_id(&fingerprint, "Team <security@example.org>");
        let exported = gpg.export("--export-secret-keys", &fingerprint, "");
        let key = SigningKey::read(&exported, None, at()).unwrap();
        let reader = Gpg::fresh();
        reader.import(&keydata(&key.autocrypt(&address("Security@example.org"), at()).unwrap()));
        let listing = reader.listing();
        assert!(listing.contains("security@example.org") && !listing.contains("other@example.org"), "{listing}");
    }

    #[test]
    fn no_header_rather_than_a_wrong_one() {
        let gpg = Gpg::fresh();
        let fingerprint = gpg.make_key("security@example.org", "ed25519", "sign", "never", "");
        let exported = gpg.export("--export-secret-keys", &fingerprint, "");
        let key = SigningKey::read(&exported, None, at()).unwrap();
        assert_eq!(key.autocrypt(&address("security@example.org"), at()), None, "nothing to encrypt to");
        let made = generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let key = SigningKey::read(made.secret.as_bytes(), None, at()).unwrap();
        assert_eq!(key.autocrypt(&address("sécurité@example.org"), at()), None, "cannot be written in ASCII");
    }
}
