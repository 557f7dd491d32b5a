//! OpenPGP (RFC 9580, RFC 4880): the project's keys and other people's certificates; signing and encrypting, opening
//! and verifying. Over bytes: no database, no files, no clock (the time always comes in), and no randomness but in
//! `generate`, in signing and in encrypting themselves.

use std::io::Write;
use std::time::SystemTime;

use anyhow::Context;
use jiff::Timestamp;
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::policy::StandardPolicy;

mod autocrypt;
mod certificate;
mod cleartext;
mod encrypt;
mod generate;
pub mod gpg;
mod hostile;
mod judging;
mod key;
mod letters;
pub mod mime;
mod open;
mod opening;
mod shape;
mod sign;
mod verifying;

pub use certificate::{Certificate, CertificateProblem, Judgement, Unusable};
pub use generate::{NewKey, generate};
pub use key::{KeyProblem, SigningKey};
pub use open::{DecryptionKey, Keyring, NotOpened, Opened, SignatureCheck, verify_cleartext, verify_detached};
pub use sign::Signature;

/// Which algorithms count, and since when they do not: Sequoia's, kept current by its releases.
static POLICY: StandardPolicy<'static> = StandardPolicy::new();

/// ASCII armour without comment headers: a user ID in a comment would put 8-bit text into a mail.
fn armored(kind: Kind, bytes: &[u8]) -> anyhow::Result<String> {
    let mut writer = Writer::new(Vec::with_capacity(bytes.len() * 3 / 2), kind)?;
    writer.write_all(bytes)?;
    String::from_utf8(writer.finalize()?).context("Armouring a key or signature")
}

/// Reads a stranger's bytes with a library that may panic on them: Sequoia 2.4.2 does on a message for us that is cut off
/// behind the header of its encrypted part (parse.rs line 6367, seen 2026-11-21).
fn unless_it_panics<T>(read: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok()
}

fn system_time(at: Timestamp) -> SystemTime {
    at.into()
}
