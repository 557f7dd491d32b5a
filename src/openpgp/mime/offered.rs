//! Certificates that come with a mail: as files, in the text, in an Autocrypt header. Whoever writes can offer any:
//! they are for people to see.

use data_encoding::BASE64;
use jiff::Timestamp;

use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::opened::{Offered, OfferedHow, SignedForm, SignedText};
use crate::mail::parts::{Part, parts};
use crate::openpgp::{Certificate, Keyring};

use super::inline::blocks;

/// Certificates of one mail that are kept, and texts of one mail that are tried.
const OFFERED_MAX: usize = 20;

/// A certificate that is found in a mail.
struct Found {
    certificate: Certificate,
    how: OfferedHow,
    signed: bool,
}

/// What the mails (as received, and as opened) offer: each certificate once, and none that is ours or registered just
/// so. Of two copies the one counts that lies within what is signed; what is true of each is judged as of `at`.
pub fn offered(
    mails: &[&[u8]],
    signed: Option<&SignedText>,
    keyring: &Keyring,
    registered: &[Certificate],
    at: Timestamp,
) -> Vec<Offered> {
    let mut found: Vec<Found> = Vec::new();
    let within = signed.map(|signed| (candidates_of_signed(signed), true));
    let around = mails.iter().map(|mail| (parts(mail).iter().flat_map(candidates).collect(), false));
    let mut tried = 0usize;
    for (candidates, signed) in within.into_iter().chain(around) {
        let candidates: Vec<Vec<u8>> = candidates;
        for bytes in candidates {
            tried += 1;
            if tried <= OFFERED_MAX {
                let read = Certificate::read_all(&bytes).unwrap_or_default();
                let how = OfferedHow::Attached;
                found.extend(read.into_iter().map(|certificate| Found { certificate, how, signed }));
            }
        }
    }
    let in_header = mails.first().and_then(|mail| autocrypt(mail));
    found.extend(in_header.map(|certificate| Found { certificate, how: OfferedHow::Autocrypt, signed: false }));
    let mut offered: Vec<Offered> = Vec::new();
    for Found { certificate, how, signed } in found {
        let fingerprint = certificate.fingerprint();
        let ours = keyring.0.iter().any(|key| key.certificate().fingerprint() == fingerprint);
        let known = registered.iter().any(|known| known.updated(&certificate).is_some_and(|new| new == *known));
        let again = offered.iter().any(|other| other.fingerprint == fingerprint);
        if !ours && !known && !again && offered.len() < OFFERED_MAX {
            offered.extend(facts(&certificate, how, signed, at));
        }
    }
    offered
}

/// What handlers get to know of a certificate, as of `at`.
pub fn facts(certificate: &Certificate, how: OfferedHow, signed: bool, at: Timestamp) -> Option<Offered> {
    let judgement = certificate.judge(at);
    Some(Offered {
        fingerprint: certificate.fingerprint(),
        how,
        bytes: certificate.bytes().ok()?,
        signed,
        expires_at: judgement.expires_at,
        unusable: judgement.usable.err().map(|why| why.to_string()).unwrap_or_default(),
        names: certificate.addresses(),
    })
}

fn candidates_of_signed(signed: &SignedText) -> Vec<Vec<u8>> {
    match signed.form {
        SignedForm::Entity => parts(&signed.bytes).iter().flat_map(candidates).collect(),
        SignedForm::Text => armoured(&signed.bytes),
        SignedForm::File => Vec::new(),
    }
}

fn armoured(bytes: &[u8]) -> Vec<Vec<u8>> {
    let blocks = blocks(bytes, "PUBLIC KEY BLOCK", "PUBLIC KEY BLOCK").found;
    blocks.into_iter().map(<[u8]>::to_vec).collect()
}

/// The armour in a part, or the part itself if it says that it is a certificate.
fn candidates(part: &Part<'_>) -> Vec<Vec<u8>> {
    let keys = part.content.kind == "application/pgp-keys";
    let named = part.file_name().is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        [".asc", ".gpg", ".pgp", ".key", ".pub"].iter().any(|ending| name.ends_with(ending))
    });
    if !keys && !named && part.content.kind != "text/plain" {
        return Vec::new();
    }
    let bytes = part.bytes();
    let armoured = armoured(&bytes);
    if armoured.is_empty() && keys { vec![bytes.into_owned()] } else { armoured }
}

/// Autocrypt 1.1, "The Autocrypt Header": exactly one valid header, for the one address in From.
fn autocrypt(raw: &[u8]) -> Option<Certificate> {
    let headers = Headers::read(raw);
    let from = headers.first("From").map(fields::entries).unwrap_or_default();
    let [author] = from.as_slice() else { return None };
    let author = author.address.as_deref()?;
    let mut valid = headers.all("Autocrypt").take(OFFERED_MAX).filter_map(|field| keydata(&field.value(), author));
    let keydata = valid.next().filter(|_| valid.next().is_none())?;
    Certificate::read(&keydata).ok()
}

fn keydata(value: &str, author: &str) -> Option<Vec<u8>> {
    let (mut address, mut keydata) = (None, None);
    for attribute in value.split(';').filter(|attribute| !attribute.trim().is_empty()) {
        let (name, value) = attribute.split_once('=')?;
        match name.trim() {
            "addr" => address = Some(value.trim()),
            "keydata" => {
                let plain: String = value.split_whitespace().collect();
                keydata = BASE64.decode(plain.as_bytes()).ok();
            }
            "prefer-encrypt" => {}
            other if other.starts_with('_') => {}
            _ => return None, // Unknown and critical.
        }
    }
    keydata.filter(|_| address.is_some_and(|address| address.eq_ignore_ascii_case(author)))
}
