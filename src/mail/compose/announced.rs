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

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::super::seven_bit_clean;
    use super::super::tests::draft;
    use super::*;
    use crate::mail::compose::Part;

    #[test]
    fn the_text_is_the_first_part_byte_for_byte_whatever_it_holds_and_nothing_else_is_in_it() {
        let boundary = "=_mixed0_k3v9m2p7";
        for (text, encoding) in [
            ("- - a list\n- From me\n\nend\n", "7bit"),
            ("no line end", "7bit"),
            ("", "7bit"),
            ("J\u{e9}r\u{e9}mie\n", "quoted-printable"),
            ("From me\n", "quoted-printable"),
            (".\n..\n", "quoted-printable"),
            ("blank \n", "quoted-printable"),
            (&format!("{}\n", "x".repeat(2_000)), "quoted-printable"),
            (&format!("--{boundary}\n"), "7bit"),
        ] {
            let draft = draft();
            let patch = [Part::File { content_type: "application/octet-stream", name: "a.patch", bytes: b"\xff\n \n" }];
            for parts in [&patch[..0], &patch] {
                let sheet = Sheet { body: text, ..draft.sheet(parts) };
                let message = announced(&sheet);
                assert!(seven_bit_clean(&message), "{text:?}");
                let parsed = MessageParser::default().parse(&message).unwrap();
                assert_eq!(parsed.content_type().unwrap().subtype(), Some("mixed"));
                assert_eq!(parsed.parts.len(), 2 + parts.len(), "{text:?}");
                let first = &parsed.parts[1];
                assert_eq!(first.content_transfer_encoding(), Some(encoding), "{text:?}");
                assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), text);
                assert_eq!((parsed.in_reply_to().as_text(), parsed.references().as_text()), (None, None));
                assert!(parsed.reply_to().is_none() && parsed.header("Auto-Submitted").is_none());
                if !parts.is_empty() {
                    assert_eq!(parsed.parts[2].contents(), b"\xff\n \n");
                }
            }
        }
    }
}
