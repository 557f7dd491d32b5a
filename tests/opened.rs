//! Letters as their readers see them: opened with the reader's own key by Sequoia alone, without code of ours.

use mail_parser::{MessageParser, MimeHeaders, PartType};
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{DecryptionHelper, DecryptorBuilder, MessageStructure, VerificationHelper};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Cert, KeyHandle};

struct Reader(Cert);

impl VerificationHelper for Reader {
    fn get_certs(&mut self, _: &[KeyHandle]) -> sequoia_openpgp::Result<Vec<Cert>> {
        Ok(Vec::new())
    }

    fn check(&mut self, _: MessageStructure<'_>) -> sequoia_openpgp::Result<()> {
        Ok(()) // The signature is inside; `gpg` checks it elsewhere.
    }
}

impl DecryptionHelper for Reader {
    fn decrypt(
        &mut self,
        pkesks: &[PKESK],
        _: &[SKESK],
        algorithm: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> sequoia_openpgp::Result<Option<Cert>> {
        for key in self.0.keys().secret().map(|key| key.key().clone()) {
            let Ok(mut pair) = key.into_keypair() else { continue };
            if pkesks.iter().filter_map(|pkesk| pkesk.decrypt(&mut pair, algorithm)).any(|(a, key)| decrypt(a, &key)) {
                return Ok(None);
            }
        }
        Err(anyhow::anyhow!("it is not encrypted to this key"))
    }
}

/// What is in an OpenPGP message, if this secret key opens it.
pub fn decrypt(armored: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let helper = Reader(Cert::from_bytes(key).unwrap());
    let policy = StandardPolicy::new();
    let mut opened = DecryptorBuilder::from_bytes(armored).unwrap().with_policy(&policy, None, helper).ok()?;
    let mut bytes = Vec::new();
    std::io::copy(&mut opened, &mut bytes).ok()?;
    Some(bytes)
}

/// Whether a letter left encrypted.
pub fn is_encrypted(raw: &[u8]) -> bool {
    let message = MessageParser::default().parse(raw).unwrap();
    message.content_type().is_some_and(|kind| kind.subtype() == Some("encrypted"))
}

/// Whether this secret key opens an encrypted letter.
pub fn opens(raw: &[u8], key: &[u8]) -> bool {
    let message = MessageParser::default().parse(raw).unwrap();
    let armored = message.attachments().find(|part| part.attachment_name() == Some("encrypted.asc")).unwrap();
    decrypt(armored.contents(), key).is_some()
}

/// An encrypted letter as it would have left in clear: its protected header fields in place of those outside, around
/// what is inside. Panics when the key does not open it, or when anything shows outside that should not.
pub fn opened(raw: &[u8], key: &[u8]) -> Vec<u8> {
    let message = MessageParser::default().parse(raw).unwrap();
    assert_eq!(message.subject(), Some("[...]"), "what it is about is nobody's business");
    let armored = message.attachments().find(|part| part.attachment_name() == Some("encrypted.asc")).unwrap();
    let inside = decrypt(armored.contents(), key).expect("encrypted to its recipient");

    let signed = MessageParser::default().parse(&inside).unwrap();
    let PartType::Multipart(parts) = &signed.root_part().body else { panic!("signed, then encrypted") };
    let payload = &signed.parts[parts[0] as usize];
    let kind = payload.content_type().unwrap();
    assert_eq!((kind.attribute("hp"), kind.attribute("protected-headers")), (Some("cipher"), Some("v1")));

    let head = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().split("\r\n\r\n").next().unwrap().to_owned();
    let protected = fields(&head(&inside[payload.offset_header as usize..payload.offset_end as usize]));
    let kept = |name: &str| !name.starts_with("Content-") && name != "HP-Outer";
    let mut whole = String::new();
    for (name, field) in protected.iter().filter(|(name, _)| kept(name)) {
        whole.push_str(&format!("{field}\r\n"));
        assert!(protected.iter().any(|(_, outer)| outer.starts_with(&format!("HP-Outer: {name}: "))), "{name}");
    }
    for (name, field) in fields(&head(raw)) {
        if kept(&name) && !protected.iter().any(|(other, _)| *other == name) {
            whole.push_str(&format!("{field}\r\n"));
        }
    }
    [whole.as_bytes(), &inside].concat()
}

/// The fields of a header with their names, folded as they are.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match found.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some((_, field)) => field.push_str(&format!("\r\n{line}")),
            None => found.push((line.split(':').next().unwrap().to_owned(), line.to_owned())),
        }
    }
    found
}
