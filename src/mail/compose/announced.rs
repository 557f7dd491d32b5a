//! An advisory as the world gets it: one message to all lists, the text signed in line first and alone, its files after it.
//! Nothing is signed around it, for lists add their footers; nothing of it refers to another mail.

use super::{MESSAGE_FRAME_BYTES, Origin, Sheet, header, part};
use crate::mail::letter::Thread;

/// The whole message. The body of the sheet is the text that is signed in line. `multipart/mixed` whatever rides along, so
/// that a footer of a list becomes another part and never a line of the text.
pub fn announced(sheet: &Sheet<'_>) -> Vec<u8> {
    let unthreaded = Thread::default();
    let origin = Origin::People;
    let sheet = Sheet { thread: &unthreaded, reply_to: None, autocrypt: None, origin, ..*sheet };
    let parts: Vec<part::Rider<'_>> = sheet.parts.iter().map(part::Rider::of).collect();
    let riding: usize = parts.iter().map(part::Rider::len_guess).sum();
    let mut out = Vec::with_capacity(part::text_len_guess(sheet.body) + riding + MESSAGE_FRAME_BYTES);
    header::letter(&mut out, &sheet);
    let verbatim = std::iter::once(sheet.body.as_bytes()).chain(parts.iter().filter_map(part::Rider::verbatim));
    let boundary = part::boundary("mixed", sheet.boundary, verbatim);
    header::typed(&mut out, "Content-Type", "multipart/mixed", &[("boundary", boundary.as_str())]);
    part::delimiter(&mut out, &boundary);
    part::signed_text(&mut out, sheet.body);
    for rider in &parts {
        part::delimiter(&mut out, &boundary);
        rider.write(&mut out);
    }
    part::end(&mut out, &boundary);
    out
}
