//! From one of our letters to the exact bytes that leave: headers, MIME, and the frames of OpenPGP/MIME signatures and
//! encryption (RFC 5322, RFC 2045 to 2047, RFC 3156). Pure: the same sheet gives the same bytes. It signs nothing, sends nothing.

mod announced;
mod cipher;
mod encode;
mod header;
mod part;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use announced::announced;
pub use cipher::{encrypted, inside, signed_inside};
pub use encode::{base64, canonical, quoted_printable, seven_bit_clean, seven_bit_len};
pub use header::{addressed, file_name, typed, worded};

use crate::mail::address::Mailbox;
use crate::mail::letter::Thread;
use crate::mail::list_copy::ListHead;
use crate::mail::thread::MessageId;

/// All that one letter says, on its headers and in its body. Texts may be a stranger's: nothing in them can end a
/// header or a part.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    pub from: &'a Mailbox,
    pub to: &'a [Mailbox],
    pub cc: &'a [Mailbox],
    pub reply_to: Option<&'a Mailbox>,
    pub date: Timestamp,
    pub message_id: &'a MessageId,
    pub thread: &'a Thread,
    pub subject: &'a str,
    pub body: &'a str,
    pub origin: Origin,
    /// The value by which we know our own mail when it comes back.
    pub loop_mark: &'a str,
    /// The value of the Autocrypt header, on one line.
    pub autocrypt: Option<&'a str>,
    /// What the MIME boundaries are made of: letters and digits nobody can guess.
    pub boundary: &'a str,
    pub parts: &'a [Part<'a>],
    /// It goes to the members of this list.
    pub list: Option<&'a ListHead>,
    /// Nothing of it may be public before.
    pub embargoed_until: Option<Timestamp>,
}

/// What gave rise to a letter (RFC 3834 section 5): programs that answer mail ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A program answers one mail.
    Reply,
    /// A program writes of its own accord.
    Program,
    /// People wrote it, and let it go: such as an advisory, which no ticket system may take for a machine's mail.
    People,
}

/// What rides along behind the text.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Somebody's mail, as received.
    Received {
        raw: &'a [u8],
        name: &'a str,
    },
    /// An OpenPGP certificate (RFC 3156 section 7).
    Certificate {
        armored: &'a str,
        name: &'a str,
    },
    File {
        content_type: &'a str,
        name: &'a str,
        bytes: &'a [u8],
    },
}

/// The MIME entity that is signed: CRLF line ends, 7-bit, no line over 998 octets (RFC 3156 section 3).
pub fn entity(sheet: &Sheet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_entity(&mut out, sheet, &[]);
    out
}

/// Adds the entity; `more` are further parameters of its Content-Type, which comes first.
fn write_entity(out: &mut Vec<u8>, sheet: &Sheet<'_>, more: &[(&str, &str)]) {
    let parts: Vec<part::Rider<'_>> = sheet.parts.iter().map(part::Rider::of).collect();
    out.reserve(
        part::text_len_guess(sheet.body) + parts.iter().map(part::Rider::len_guess).sum::<usize>() + ENTITY_FRAME_BYTES,
    );
    if parts.is_empty() {
        return part::text(out, sheet.body, more);
    }
    let boundary = part::boundary("mixed", sheet.boundary, parts.iter().filter_map(part::Rider::verbatim));
    header::typed(out, "Content-Type", "multipart/mixed", &[&[("boundary", boundary.as_str())], more].concat());
    part::delimiter(out, &boundary);
    part::text(out, sheet.body, &[]);
    for rider in &parts {
        part::delimiter(out, &boundary);
        rider.write(out);
    }
    part::end(out, &boundary);
}

/// The whole message around an `entity` of the same sheet: `multipart/signed`, the entity's bytes untouched.
/// `signature` is ASCII armour over exactly these bytes, `micalg` the name of its digest (RFC 3156 section 5).
pub fn message(sheet: &Sheet<'_>, entity: &[u8], signature: &str, micalg: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(entity.len() + signature.len() * 2 + MESSAGE_FRAME_BYTES);
    header::letter(&mut out, sheet);
    write_signed(&mut out, sheet, entity, signature, micalg);
    out
}

/// Adds a `multipart/signed`, its Content-Type first.
fn write_signed(out: &mut Vec<u8>, sheet: &Sheet<'_>, entity: &[u8], signature: &str, micalg: &str) {
    let boundary = part::boundary("signed", sheet.boundary, std::iter::once(entity));
    let micalg = encode::token(micalg);
    let parameters = [("micalg", micalg.as_str()), ("protocol", "application/pgp-signature"), ("boundary", &boundary)];
    header::typed(out, "Content-Type", "multipart/signed", &parameters);
    out.extend_from_slice(b"\r\nThis is an OpenPGP/MIME signed message (RFC 3156).");
    part::delimiter(out, &boundary);
    out.extend_from_slice(entity);
    part::delimiter(out, &boundary);
    part::signature(out, signature);
    part::end(out, &boundary);
}

/// Room for the headers of parts and their delimiters: a guess that saves a copy, not a limit.
const ENTITY_FRAME_BYTES: usize = 4 * 1024;
/// Room for the headers of a letter, its Autocrypt header among them: likewise.
const MESSAGE_FRAME_BYTES: usize = 12 * 1024;
