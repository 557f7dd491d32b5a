//! Encrypted and signed mail, opened (RFC 3156, RFC 9788, and inline OpenPGP): any bytes give an `OpenedMail`, in
//! bounded time. Of what could not be decrypted nothing is shown, and what stood outside of the encryption is never put
//! together with what was inside (EFAIL, https://efail.de). It decides nothing about people.

mod inline;
mod offered;
mod protected;
mod structure;
mod whole;

use std::borrow::Cow;
use std::rc::Rc;

use jiff::Timestamp;

pub use self::offered::facts;

use self::inline::{Form, Piece};
use self::structure::Kind;
use super::{Certificate, Keyring, NotOpened, Opened, SignatureCheck};
use super::{unless_it_panics, verify_cleartext, verify_detached};
use crate::mail::compose::canonical;
use crate::mail::fields;
use crate::mail::headers::{Headers, one_line};
use crate::mail::note::Note;
use crate::mail::opened::{OpenedMail, SignedForm, SignedText};
use crate::mail::secret::sha256_hex;

/// Layers of encryption and signatures: the draft's samples have three.
const LAYERS_MAX: usize = 5;
/// What all that is in a mail may unpack to, together.
const UNPACKED_BYTES_MAX: u64 = super::open::PLAINTEXT_BYTES_MAX;
const SUBJECT_CHARACTERS_MAX: usize = 200;

/// Opens a mail with the project's keys; signatures are checked with the registered `certificates`, as of `at`, when
/// our server received it.
pub fn unwrap(raw: &[u8], keyring: &Keyring, certificates: &[Certificate], at: Timestamp) -> OpenedMail {
    unwrap_within(UNPACKED_BYTES_MAX, raw, keyring, certificates, at)
}

/// The same; what unpacks to more than `bytes_max` altogether stays closed, with a note ([`Note::UnpacksTooLarge`]).
pub fn unwrap_within(
    bytes_max: u64,
    raw: &[u8],
    keyring: &Keyring,
    certificates: &[Certificate],
    at: Timestamp,
) -> OpenedMail {
    let read = || {
        let mut unwrapping = Unwrapping {
            keyring,
            certificates,
            at,
            room: bytes_max.min(UNPACKED_BYTES_MAX),
            decrypted: false,
            signatures: Vec::new(),
            mail: OpenedMail::default(),
        };
        unwrapping.read(raw);
        let mut mail = unwrapping.mail;
        mail.notes.extend(unwrapping.signatures);
        let mails = [Some(raw), mail.message.as_deref()];
        let mails = Vec::from_iter(mails.into_iter().flatten());
        mail.offered = offered::offered(&mails, mail.signed.as_ref(), keyring, certificates, at);
        mail
    };
    // Whether it was encrypted is not known then.
    let unread = || OpenedMail { sealed: true, notes: vec![Note::Unreadable], ..OpenedMail::default() };
    unless_it_panics(read).unwrap_or_else(unread)
}

struct Unwrapping<'k> {
    keyring: &'k Keyring,
    certificates: &'k [Certificate],
    at: Timestamp,
    /// Bytes that may still come out.
    room: u64,
    /// Something was really encrypted.
    decrypted: bool,
    /// Notes about the signatures of the layers that count.
    signatures: Vec<Note>,
    mail: OpenedMail,
}

/// What a layer held.
enum Inside {
    /// It was encrypted or packed: this is what people see.
    Unpacked(Vec<u8>),
    /// It was signed.
    Bare(Vec<u8>),
    /// No further layer.
    Nothing,
}

impl Unwrapping<'_> {
    fn read(&mut self, raw: &[u8]) {
        // What may be large is kept once.
        let mut inside: Option<Rc<Vec<u8>>> = None;
        let mut shown: Option<Rc<Vec<u8>>> = None;
        let mut payload: Option<Vec<u8>> = None;
        let mut rooted = true;
        for depth in 0..=LAYERS_MAX {
            let entity = inside.as_deref().map_or(raw, Vec::as_slice);
            let layer = structure::layer(entity);
            // Protected fields stand where the unbroken row of layers from the root ends (RFC 9788 section 1.8).
            if depth > 0 && payload.is_none() && rooted && !layer.at_root {
                payload = Some(header(entity).to_vec());
                if shown.is_some()
                    && let Some(cleaned) = protected::without_legacy_display(entity)
                {
                    shown = Some(Rc::new(cleaned));
                }
            }
            let found = match layer.kind {
                Kind::None => Inside::Nothing,
                _ if depth == LAYERS_MAX => {
                    self.mail.sealed |= matches!(layer.kind, Kind::Encrypted { .. } | Kind::Pieces(_));
                    self.note(Note::TooDeep);
                    Inside::Nothing
                }
                Kind::Smime { encrypted } => {
                    self.mail.sealed |= encrypted;
                    self.note(Note::Smime);
                    Inside::Nothing
                }
                Kind::Signed { entity, signature } => {
                    // Signed by itself, beside something else: what it protects is not this mail's.
                    rooted &= layer.at_root && !layer.outside;
                    let inside = self.verified(entity, &signature);
                    self.covering(!layer.outside);
                    inside
                }
                Kind::Cleartext(block) => {
                    let inside = self.cleartext(&block);
                    self.covering(!layer.outside);
                    inside
                }
                // Opened beside the other text it would be put together with it, left out that text would be lost.
                Kind::Encrypted { .. } | Kind::Pieces(_) if layer.outside && shown.is_some() => {
                    self.note(Note::EncryptedAgain);
                    Inside::Nothing
                }
                Kind::Encrypted { message, repaired } => self.encrypted(&message, repaired, layer.outside),
                Kind::Pieces(pieces) => self.pieces(&pieces, layer.outside, &sha256_hex(raw)),
            };
            inside = match found {
                Inside::Nothing => break,
                Inside::Bare(bytes) => Some(Rc::new(bytes)),
                Inside::Unpacked(bytes) => {
                    let bytes = Rc::new(bytes);
                    shown = Some(Rc::clone(&bytes));
                    Some(bytes)
                }
            };
        }
        drop(inside);
        self.finish(raw, shown, payload);
    }

    /// Puts the mail together as people read it.
    fn finish(&mut self, raw: &[u8], shown: Option<Rc<Vec<u8>>>, payload: Option<Vec<u8>>) {
        let outer = Headers::read(raw);
        let trusted = self.decrypted || self.mail.signed.is_some();
        let fields = payload.as_deref().filter(|_| trusted).and_then(protected::fields);
        let subject = fields.as_ref().and_then(|fields| fields.first("Subject"));
        let plain = |field| one_line(&fields::text(field), SUBJECT_CHARACTERS_MAX);
        let protected = subject.map(plain);
        if protected.is_some() && protected != outer.first("Subject").map(plain) {
            self.mail.subject = protected;
        }
        if let Some(sender) = fields.as_ref().and_then(|fields| other_sender(&outer, fields)) {
            self.note(Note::OtherSender { protected: sender });
        }
        self.mail.message = shown.map(|entity| whole::message(raw, &entity, subject));
    }

    fn encrypted(&mut self, message: &[u8], repaired: bool, outside: bool) -> Inside {
        self.mail.sealed = true;
        self.unpacked();
        let Some(opened) = self.open(message) else { return Inside::Nothing };
        if repaired {
            self.mail.incomplete = true;
            self.note(Note::Repaired);
        }
        if outside {
            self.mail.incomplete = true;
            self.note(Note::OutsideEncryption);
        }
        self.decrypted |= opened.encrypted;
        self.checked(opened.signatures, Cow::Borrowed(&opened.bytes), SignedForm::Entity);
        Inside::Unpacked(opened.bytes)
    }

    /// Each by itself, beside each other: nothing of one is within another.
    fn pieces(&mut self, pieces: &[Piece], outside: bool, boundary: &str) -> Inside {
        let mut entities = Vec::new();
        let mut checks = Vec::new();
        for piece in pieces {
            match self.open(&piece.message) {
                Some(opened) => {
                    self.mail.sealed |= opened.encrypted;
                    self.decrypted |= opened.encrypted;
                    entities.push(whole::entity(&piece.form, &opened.bytes));
                    let form =
                        if matches!(piece.form, Form::Text { .. }) { SignedForm::Text } else { SignedForm::File };
                    checks.push((opened.signatures, opened.bytes, form));
                }
                None => (self.mail.sealed, self.mail.incomplete) = (true, true),
            }
        }
        if outside && !entities.is_empty() {
            self.mail.incomplete = true;
            self.note(Note::OutsideEncryption);
        }
        if !entities.is_empty() {
            self.unpacked();
        }
        for (signatures, bytes, form) in checks {
            self.checked(signatures, Cow::Owned(bytes), form);
        }
        match <[Vec<u8>; 1]>::try_from(entities) {
            Ok([only]) => Inside::Unpacked(only),
            Err(none) if none.is_empty() => Inside::Nothing,
            Err(several) => Inside::Unpacked(whole::mixed(&several, boundary)),
        }
    }

    fn open(&mut self, message: &[u8]) -> Option<Opened> {
        if self.room == 0 {
            self.note(Note::UnpacksTooLarge);
            return None;
        }
        match self.keyring.open_within(self.room, message, self.certificates, self.at) {
            Ok(opened) => {
                self.room = self.room.saturating_sub(opened.bytes.len() as u64);
                return Some(opened);
            }
            Err(NotOpened::NotForUs { key_ids }) => self.note(Note::NotForUs { key_ids }),
            Err(NotOpened::Passphrase) => self.note(Note::Passphrase),
            Err(NotOpened::Damaged) => self.note(Note::Damaged),
            Err(NotOpened::TooLarge) => {
                self.room = 0; // Unpacking costs as much when it is in vain.
                self.note(Note::UnpacksTooLarge);
            }
        }
        None
    }

    fn verified(&mut self, entity: &[u8], signature: &[u8]) -> Inside {
        // RFC 3156 section 5: with CRLF line ends, which a local mailbox may have taken.
        let mut signed = Vec::with_capacity(entity.len() + entity.len() / 40);
        canonical(&mut signed, entity);
        let checks = verify_detached(&signed, signature, self.certificates, self.at);
        self.checked(checks, Cow::Owned(signed), SignedForm::Entity);
        Inside::Bare(entity.to_vec())
    }

    fn cleartext(&mut self, block: &[u8]) -> Inside {
        match verify_cleartext(block, self.certificates, self.at) {
            Ok((text, checks)) => self.checked(checks, Cow::Owned(text), SignedForm::Text),
            Err(_) => self.signature(Note::UnreadableSignature),
        }
        Inside::Nothing
    }

    fn checked(&mut self, checks: Vec<SignatureCheck>, bytes: Cow<'_, [u8]>, form: SignedForm) {
        let good = checks.iter().find_map(|check| match check {
            SignatureCheck::Good { fingerprint, made_at, digest } => {
                Some((fingerprint.clone(), *made_at, digest.clone()))
            }
            _ => None,
        });
        if let Some((fingerprint, made_at, digest)) = good {
            let text = || SignedText { fingerprint, made_at, digest, form, bytes: bytes.into_owned() };
            self.mail.signed.get_or_insert_with(text);
        }
        for check in checks {
            let note = match check {
                SignatureCheck::Good { fingerprint, .. } => Note::Signed { fingerprint },
                SignatureCheck::Weak { fingerprint, .. } => Note::WeakSignature { fingerprint },
                SignatureCheck::UnknownKey { key } => Note::SignedByUnknown { key },
                SignatureCheck::Bad { fingerprint } => Note::BadSignature { fingerprint },
                SignatureCheck::Unreadable => Note::UnreadableSignature,
            };
            self.signature(note);
        }
    }

    /// The signatures of this layer are over all of the text, or only a part of it.
    fn covering(&mut self, all: bool) {
        if !all {
            self.signature(Note::SignedInPart);
        }
    }

    /// A signature around an encryption says nothing of the text: anybody can sign what they cannot read.
    fn unpacked(&mut self) {
        self.mail.signed = None;
        self.signatures.clear();
    }

    fn signature(&mut self, note: Note) {
        if !self.signatures.contains(&note) {
            self.signatures.push(note);
        }
    }

    fn note(&mut self, note: Note) {
        if !self.mail.notes.contains(&note) {
            self.mail.notes.push(note);
        }
    }
}

/// The fields of an entity, without its body.
fn header(entity: &[u8]) -> &[u8] {
    let body = Headers::read(entity).body.len();
    entity.get(..entity.len().saturating_sub(body)).unwrap_or(entity)
}

/// The sender that the protected fields name, if the header names another (RFC 9788 section 4.4).
fn other_sender(outer: &Headers<'_>, protected: &Headers<'_>) -> Option<String> {
    let address = |headers: &Headers<'_>| -> Vec<String> {
        let entries = headers.first("From").map(fields::entries).unwrap_or_default();
        entries.into_iter().filter_map(|entry| entry.address).map(|address| address.to_lowercase()).collect()
    };
    let inside = address(protected);
    (!inside.is_empty() && inside != address(outer)).then(|| one_line(&inside.join(", "), SUBJECT_CHARACTERS_MAX))
}

#[cfg(test)]
mod tests;
