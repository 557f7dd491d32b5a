//! Opening what others encrypted and signed, with the project's keys and the certificates people registered. Over bytes;
//! it believes no certificate that came with the mail. A message that does not hold to its last byte gives nothing: text
//! of a failed decryption is never shown (EFAIL, https://efail.de).

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sequoia_openpgp::crypto::{KeyPair, SessionKey};
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::parse::stream::{
    DecryptionHelper, DecryptorBuilder, DetachedVerifierBuilder, MessageLayer, MessageStructure, VerificationError,
    VerificationHelper, VerifierBuilder,
};
use sequoia_openpgp::parse::{PacketParser, Parse};
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Cert, KeyHandle};

use super::certificate::Certificate;
use super::key::{KeyProblem, secret_keys};
use super::shape::Shape;
use super::{POLICY, system_time, unless_it_panics};

/// What is decrypted or unpacked is read so far and no further: a few bytes can unpack to any size, and mail servers do
/// not take a relay that is much larger.
pub const PLAINTEXT_BYTES_MAX: u64 = 25 << 20;
/// Held back by the library while it reads; nothing is given out here before the message held to its last byte.
const BUFFER_BYTES: usize = 1 << 20;
/// Keys a message says it is encrypted to: so many are shown.
const RECIPIENTS_MAX: usize = 100;
/// Uses of a secret key for one layer of a message; one takes up to ten milliseconds (RSA 4096).
const TRIES_MAX: usize = 100;
/// Signatures that are looked at.
const SIGNATURES_MAX: usize = 10;
/// Senders' clocks differ from ours: a signature may be younger than its mail. Sequoia's own tolerance.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(30);

/// A key of the project that opens mail: every part of it that can, also one that is expired or revoked, for old mail.
#[derive(Clone)]
pub struct DecryptionKey(Arc<Vec<KeyPair>>, Certificate);

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DecryptionKey({})", self.1.fingerprint())
    }
}

impl DecryptionKey {
    /// Reads a transferable secret key, armoured or binary. One that can only sign opens nothing, without an error.
    pub fn read(tsk: &[u8], passphrase: Option<&SecretString>) -> Result<Self, KeyProblem> {
        let (cert, pairs) = secret_keys(tsk, passphrase)?;
        Ok(Self(Arc::new(pairs), Certificate::of(cert)))
    }

    pub fn certificate(&self) -> &Certificate {
        &self.1
    }

    /// Whether it can open anything at all.
    pub fn opens(&self) -> bool {
        !self.0.is_empty()
    }
}

/// All keys of the project: the one it signs with, and those of before and after a change.
#[derive(Clone, Debug, Default)]
pub struct Keyring(pub Vec<DecryptionKey>);

/// What was in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub bytes: Vec<u8>,
    /// It was encrypted; otherwise it was signed, or merely packed.
    pub encrypted: bool,
    pub signatures: Vec<SignatureCheck>,
}

/// Why a message gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// It is encrypted to none of our keys: the IDs it names (empty ones are left out), upper-case hexadecimal.
    NotForUs { key_ids: Vec<String> },
    /// It is encrypted with a passphrase only.
    Passphrase,
    /// It is no OpenPGP message, or was changed or cut off on its way.
    Damaged,
    /// It unpacks to more than it may.
    TooLarge,
}

/// What became of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureCheck {
    /// Made with a registered certificate that was valid then, over exactly these bytes (a text signature, over their
    /// lines). `made_at` is the signer's word: at most half an hour after `at`, and as old as they like.
    /// `digest` is what it signs (RFC 9580 section 5.2.4), in hexadecimal: whatever is unsigned in it leaves it the same.
    Good { fingerprint: String, made_at: Timestamp, digest: String },
    /// Made with a key that nobody registered: fingerprint or key ID, upper-case hexadecimal; empty when it names none.
    UnknownKey { key: String },
    /// Made with a registered certificate, by an algorithm (SHA-1) with which others can make it fit other bytes: right,
    /// and worth nothing.
    Weak { fingerprint: String, made_at: Timestamp },
    /// A registered certificate is named, and the signature is not good: the bytes were changed, or the key was not valid.
    Bad { fingerprint: String },
    /// It cannot be read.
    Unreadable,
}

impl Keyring {
    /// Opens an OpenPGP message, armoured or binary: decrypts, unpacks, checks its signatures as of `at`.
    pub fn open(&self, message: &[u8], certificates: &[Certificate], at: Timestamp) -> Result<Opened, NotOpened> {
        self.open_within(PLAINTEXT_BYTES_MAX, message, certificates, at)
    }

    /// The same; no more than `bytes_max` is unpacked.
    pub fn open_within(
        &self,
        bytes_max: u64,
        message: &[u8],
        certificates: &[Certificate],
        at: Timestamp,
    ) -> Result<Opened, NotOpened> {
        let read = || self.read(bytes_max.min(PLAINTEXT_BYTES_MAX), message, certificates, at);
        unless_it_panics(read).unwrap_or(Err(NotOpened::Damaged))
    }

    fn read(
        &self,
        bytes_max: u64,
        message: &[u8],
        certificates: &[Certificate],
        at: Timestamp,
    ) -> Result<Opened, NotOpened> {
        let helper = Reader::new(&self.0, certificates);
        let built = DecryptorBuilder::from_bytes(message).map_err(|_| NotOpened::Damaged)?;
        // The helper is gone with an error, so what it learnt of the recipients is kept beside it.
        let closed = Arc::clone(&helper.closed);
        let failed = |_: anyhow::Error| closed.lock().ok().and_then(|mut why| why.take()).unwrap_or(NotOpened::Damaged);
        let mut decryptor =
            built.buffer_size(BUFFER_BYTES).with_policy(&POLICY, believed(at), helper).map_err(failed)?;
        let bytes = read_whole(&mut decryptor, bytes_max)?;
        let helper = decryptor.into_helper();
        let encrypted = helper.encrypted;
        Ok(Opened { bytes, encrypted, signatures: helper.signatures })
    }
}

/// Checks a detached signature (RFC 3156 section 5) over `signed`, as of `at`.
pub fn verify_detached(
    signed: &[u8],
    signature: &[u8],
    certificates: &[Certificate],
    at: Timestamp,
) -> Vec<SignatureCheck> {
    let verified = unless_it_panics(|| {
        DetachedVerifierBuilder::from_bytes(signature)
            .and_then(|built| built.with_policy(&POLICY, believed(at), Reader::new(&[], certificates)))
            .and_then(|mut verifier| verifier.verify_bytes(signed).map(|()| verifier.into_helper().signatures))
    });
    verified
        .and_then(Result::ok)
        .filter(|checks| !checks.is_empty())
        .unwrap_or_else(|| vec![SignatureCheck::Unreadable])
}

/// The text inside a cleartext signature (RFC 9580 section 7), dashes unescaped, and what became of its signatures.
pub fn verify_cleartext(
    block: &[u8],
    certificates: &[Certificate],
    at: Timestamp,
) -> Result<(Vec<u8>, Vec<SignatureCheck>), NotOpened> {
    let read = || {
        let helper = Reader::new(&[], certificates);
        let mut verifier = VerifierBuilder::from_bytes(block)
            .and_then(|built| built.buffer_size(BUFFER_BYTES).with_policy(&POLICY, believed(at), helper))
            .map_err(|_| NotOpened::Damaged)?;
        let bytes = read_whole(&mut verifier, PLAINTEXT_BYTES_MAX)?;
        Ok((bytes, verifier.into_helper().signatures))
    };
    unless_it_panics(read).unwrap_or(Err(NotOpened::Damaged))
}

fn read_whole(from: &mut impl Read, bytes_max: u64) -> Result<Vec<u8>, NotOpened> {
    let mut bytes = Vec::new();
    from.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|_| NotOpened::Damaged)?;
    if bytes.len() as u64 > bytes_max {
        return Err(NotOpened::TooLarge);
    }
    Ok(bytes)
}

/// The latest time at which a signature may have been made.
fn believed(at: Timestamp) -> SystemTime {
    system_time(at.saturating_add(CLOCK_SKEW).unwrap_or(at))
}

/// What Sequoia asks while it reads a message.
struct Reader<'a> {
    keys: &'a [DecryptionKey],
    certificates: &'a [Certificate],
    closed: Arc<Mutex<Option<NotOpened>>>,
    encrypted: bool,
    signatures: Vec<SignatureCheck>,
    shape: Shape,
}

impl<'a> Reader<'a> {
    fn new(keys: &'a [DecryptionKey], certificates: &'a [Certificate]) -> Self {
        Self {
            keys,
            certificates,
            closed: Arc::default(),
            encrypted: false,
            signatures: Vec::new(),
            shape: Shape::default(),
        }
    }
}

impl VerificationHelper for Reader<'_> {
    fn inspect(&mut self, parser: &PacketParser<'_>) -> anyhow::Result<()> {
        self.shape.take(parser)
    }

    fn get_certs(&mut self, ids: &[KeyHandle]) -> anyhow::Result<Vec<Cert>> {
        let named = |certificate: &&Certificate| ids.iter().take(SIGNATURES_MAX).any(|id| certificate.has_key(id));
        Ok(self.certificates.iter().filter(named).map(|certificate| certificate.cert().clone()).collect())
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> anyhow::Result<()> {
        for layer in structure {
            match layer {
                MessageLayer::Encryption { .. } => self.encrypted = true,
                MessageLayer::Compression { .. } => {}
                MessageLayer::SignatureGroup { results } => {
                    let room = SIGNATURES_MAX.saturating_sub(self.signatures.len());
                    self.signatures.extend(results.into_iter().take(room).map(|result| match result {
                        Ok(good) => SignatureCheck::Good {
                            fingerprint: good.ka.cert().fingerprint().to_hex(),
                            made_at: made_at(good.sig),
                            digest: HEXLOWER.encode(good.sig.computed_digest().unwrap_or_default()),
                        },
                        Err(VerificationError::MissingKey { sig }) => SignatureCheck::UnknownKey { key: issuer(sig) },
                        Err(VerificationError::UnboundKey { cert, .. }) => {
                            SignatureCheck::Bad { fingerprint: cert.fingerprint().to_hex() }
                        }
                        Err(VerificationError::BadSignature { sig, ka, error }) if refused_by_policy(&error) => {
                            SignatureCheck::Weak {
                                fingerprint: ka.cert().fingerprint().to_hex(),
                                made_at: made_at(sig),
                            }
                        }
                        Err(VerificationError::BadKey { ka, .. } | VerificationError::BadSignature { ka, .. }) => {
                            SignatureCheck::Bad { fingerprint: ka.cert().fingerprint().to_hex() }
                        }
                        Err(_) => SignatureCheck::Unreadable,
                    }));
                }
            }
        }
        Ok(()) // What a signature is worth is decided by whoever asked.
    }
}

/// The library asks its policy only once the signature was found to be right.
fn refused_by_policy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(sequoia_openpgp::Error::PolicyViolation(..)))
}

fn made_at(signature: &sequoia_openpgp::packet::Signature) -> Timestamp {
    signature.signature_creation_time().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn issuer(signature: &sequoia_openpgp::packet::Signature) -> String {
    signature.get_issuers().first().map(|handle| handle.to_hex()).unwrap_or_default()
}

impl DecryptionHelper for Reader<'_> {
    fn decrypt(
        &mut self,
        pkesks: &[PKESK],
        skesks: &[SKESK],
        algorithm: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> anyhow::Result<Option<Cert>> {
        // A recipient may be hidden (RFC 9580 section 5.1.8): then every key is tried, after those that are named.
        let pairs = || self.keys.iter().flat_map(|key| key.0.iter().map(move |pair| (key, pair)));
        let named = pkesks.iter().filter_map(|pkesk| Some((pkesk, pkesk.recipient()?)));
        let for_us: Vec<_> = named
            .clone()
            .flat_map(|(pkesk, handle)| {
                pairs()
                    .filter(move |(_, pair)| pair.public().key_handle().aliases(&handle))
                    .map(move |ours| (pkesk, ours))
            })
            .collect();
        let hidden = pkesks.iter().filter(|pkesk| pkesk.recipient().is_none());
        let hidden = hidden.flat_map(|pkesk| pairs().map(move |ours| (pkesk, ours)));
        for (pkesk, (key, pair)) in for_us.iter().copied().chain(hidden).take(TRIES_MAX) {
            let session = pkesk.decrypt(&mut pair.clone(), algorithm);
            if session.is_some_and(|(algorithm, session)| decrypt(algorithm, &session)) {
                return Ok(Some(key.1.cert().clone()));
            }
        }
        if for_us.is_empty() {
            let mut key_ids: Vec<String> = named.take(RECIPIENTS_MAX).map(|(_, handle)| handle.to_hex()).collect();
            key_ids.dedup();
            let only_passphrase = pkesks.is_empty() && !skesks.is_empty();
            let why = if only_passphrase { NotOpened::Passphrase } else { NotOpened::NotForUs { key_ids } };
            if let Ok(mut closed) = self.closed.lock() {
                *closed = Some(why);
            }
        }
        anyhow::bail!("none of the keys opens it")
    }
}
