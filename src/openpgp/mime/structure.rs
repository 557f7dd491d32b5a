//! Where in an entity encryption and signatures stand (RFC 3156, and what mail programs and servers make of it). It
//! looks, and opens nothing; every entity is read once at each level of multiparts.

use std::borrow::Cow;

use super::inline::{self, Leaf, Piece};
use crate::mail::parts::{Entity, Part, default_inside};

/// Entities that are looked at; real mail has a few dozen.
const ENTITIES_MAX: usize = 2_000;
/// Multiparts within multiparts, in one layer.
const DEPTH_MAX: usize = 10;
/// Messages and encrypted files in one mail; each is opened by itself.
const PIECES_MAX: usize = 20;
/// What a control part, such as the one that says "Version: 1", may hold without being text.
const CONTROL_BYTES_MAX: usize = 200;

/// The outermost encryption or signature in an entity.
pub struct Layer<'a> {
    pub kind: Kind<'a>,
    /// It is the entity itself, not a part of it.
    pub at_root: bool,
    /// There is other text beside it.
    pub outside: bool,
}

pub enum Kind<'a> {
    /// multipart/encrypted (RFC 3156 section 4); `repaired`: as much as Exchange leaves of it.
    Encrypted {
        message: Cow<'a, [u8]>,
        repaired: bool,
    },
    /// multipart/signed (section 5): the exact bytes of the first part, and the signature.
    Signed {
        entity: &'a [u8],
        signature: Cow<'a, [u8]>,
    },
    /// OpenPGP messages in the text, or as files.
    Pieces(Vec<Piece>),
    /// A text with a cleartext signature.
    Cleartext(Vec<u8>),
    /// S/MIME (RFC 8551); `encrypted`: it does not say that it is merely signed.
    Smime {
        encrypted: bool,
    },
    None,
}

/// The outermost layer of an entity. Encryption counts before signatures, and whole parts before pieces of text.
pub fn layer(entity: &[u8]) -> Layer<'_> {
    let mut found = Found::default();
    let mut open = vec![(entity, 0usize, "text/plain")];
    let mut looked = 0usize;
    while let Some((raw, depth, default)) = open.pop() {
        looked += 1;
        if looked > ENTITIES_MAX {
            found.clear = true;
            break;
        }
        let entity = Entity::read(raw, default, depth < DEPTH_MAX);
        match wrapper(&entity) {
            Some(wrapper) => found.wrapper(wrapper, depth == 0),
            None if entity.inside.is_empty() => found.leaf(&entity.part, depth == 0),
            None => {
                let default = default_inside(&entity.part.content.kind);
                open.extend(entity.inside.into_iter().rev().map(|inside| (inside, depth + 1, default)));
            }
        }
    }
    found.layer()
}

/// What stands in an entity, in the order it was found.
#[derive(Default)]
struct Found<'a> {
    encrypted: Option<(Wrapper<'a>, bool)>,
    signed: Option<(Wrapper<'a>, bool)>,
    pieces: Vec<Piece>,
    cleartext: Option<Vec<u8>>,
    smime: Option<bool>,
    /// Text or files that are not encrypted.
    clear: bool,
}

impl<'a> Found<'a> {
    fn wrapper(&mut self, wrapper: Wrapper<'a>, at_root: bool) {
        let place = match wrapper.kind {
            Kind::Encrypted { .. } => &mut self.encrypted,
            _ => &mut self.signed,
        };
        // Of several only the first is opened: text of different mails must not be put together (EFAIL).
        self.clear |= place.is_some();
        place.get_or_insert((wrapper, at_root));
    }

    fn leaf(&mut self, part: &Part<'_>, at_root: bool) {
        match inline::leaf(part) {
            Leaf::Blank => {}
            Leaf::Clear => self.clear = true,
            Leaf::Control(bytes) => self.clear |= bytes > CONTROL_BYTES_MAX,
            Leaf::Encrypted { pieces, around } => {
                let room = PIECES_MAX.saturating_sub(self.pieces.len());
                self.clear |= around || pieces.len() > room;
                self.pieces.extend(pieces.into_iter().take(room));
            }
            Leaf::Cleartext { block, around } => {
                self.clear |= around || self.cleartext.is_some();
                self.cleartext.get_or_insert(block);
            }
            Leaf::Smime { encrypted } => {
                self.clear |= !at_root;
                self.smime.get_or_insert(encrypted);
            }
        }
    }

    fn layer(self) -> Layer<'a> {
        let Found { encrypted, signed, pieces, cleartext, smime, clear } = self;
        let beside = clear || smime.is_some();
        if let Some((wrapper, at_root)) = encrypted {
            let outside = beside || wrapper.outside || signed.is_some() || !pieces.is_empty();
            return Layer { kind: wrapper.kind, at_root, outside };
        }
        if !pieces.is_empty() {
            return Layer { kind: Kind::Pieces(pieces), at_root: false, outside: beside || signed.is_some() };
        }
        if let Some((wrapper, at_root)) = signed {
            return Layer { kind: wrapper.kind, at_root, outside: beside };
        }
        let kind = match (cleartext, smime) {
            (Some(block), _) => Kind::Cleartext(block),
            (None, Some(encrypted)) => Kind::Smime { encrypted },
            (None, None) => Kind::None,
        };
        Layer { kind, at_root: false, outside: clear }
    }
}

struct Wrapper<'a> {
    kind: Kind<'a>,
    outside: bool,
}

fn wrapper<'a>(entity: &Entity<'a>) -> Option<Wrapper<'a>> {
    let protocol = entity.part.content.parameter("protocol").map(str::to_ascii_lowercase);
    let is = |name: &str| protocol.as_deref().is_none_or(|protocol| protocol == name);
    match entity.part.content.kind.as_str() {
        "multipart/encrypted" if is("application/pgp-encrypted") => Some(encrypted(&entity.inside)),
        "multipart/signed" if is("application/pgp-signature") => signed(&entity.inside),
        "multipart/mixed" => damaged(&entity.inside),
        _ => None,
    }
}

/// RFC 3156 section 4: two parts, "Version: 1" and the message. The message is taken wherever it stands.
fn encrypted<'a>(inside: &[&'a [u8]]) -> Wrapper<'a> {
    let parts = leaves(inside);
    let of_second = || parts.get(1).map(Part::bytes).unwrap_or_default();
    let at = parts.iter().position(|part| inline::is_message(&part.bytes()));
    let message = at.and_then(|at| parts.get(at)).map_or_else(of_second, Part::bytes);
    let outside = beside(&parts, at.unwrap_or(1));
    Wrapper { kind: Kind::Encrypted { message, repaired: false }, outside }
}

fn signed<'a>(inside: &[&'a [u8]]) -> Option<Wrapper<'a>> {
    let [entity, signature, ..] = inside else { return None };
    let signature = Entity::read(signature, "text/plain", false).part;
    if signature.content.kind != "application/pgp-signature" {
        return None;
    }
    Some(Wrapper { kind: Kind::Signed { entity, signature: signature.bytes() }, outside: inside.len() > 2 })
}

/// Exchange turns multipart/encrypted into multipart/mixed, with an empty text before its parts (Enigmail called it
/// "broken PGP/MIME", 2014; seen since with Exchange 2007 to 2019): the control part, and right behind it the message.
fn damaged<'a>(inside: &[&'a [u8]]) -> Option<Wrapper<'a>> {
    let parts = leaves(inside);
    let at = parts.windows(2).position(|pair| match pair {
        [control, message] => is_control(control) && inline::is_message(&message.bytes()),
        _ => false,
    })?;
    let message = parts.get(at + 1)?.bytes();
    Some(Wrapper { kind: Kind::Encrypted { message, repaired: true }, outside: beside(&parts, at + 1) })
}

fn is_control(part: &Part<'_>) -> bool {
    // The name survives where the type does not.
    let named =
        || part.file_name().is_some_and(|name| name.eq_ignore_ascii_case("PGPMIME Versions Identification.dat"));
    part.content.kind == "application/pgp-encrypted" || named()
}

/// Whether another part than the message says something.
fn beside(parts: &[Part<'_>], message_at: usize) -> bool {
    parts.iter().enumerate().filter(|(at, _)| *at != message_at).any(|(_, part)| match inline::leaf(part) {
        Leaf::Blank => false,
        Leaf::Control(bytes) => bytes > CONTROL_BYTES_MAX,
        _ => !(is_control(part) && part.headers.body.len() <= CONTROL_BYTES_MAX),
    })
}

fn leaves<'a>(inside: &[&'a [u8]]) -> Vec<Part<'a>> {
    inside.iter().take(ENTITIES_MAX).map(|raw| Entity::read(raw, "text/plain", false).part).collect()
}
