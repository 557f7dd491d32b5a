//! A mail as people read it, made of the header it came with and of what was inside: valid MIME, and nothing in it
//! that stood outside of the encryption but the header.

use super::inline::Form;
use crate::mail::compose::{base64, canonical, file_name, seven_bit_len, typed};
use crate::mail::headers::{Field, Headers};
use crate::mail::parts::Entity;

/// The mail: the header of `raw` with `subject` in place of its own, and the entity.
pub fn message(raw: &[u8], entity: &[u8], subject: Option<&Field<'_>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(entity.len() + 8192);
    let headers = Headers::read(raw);
    let describes_content = |field: &Field<'_>| is_content(field) || field.is("MIME-Version");
    for field in headers.iter() {
        if !describes_content(field) && !(subject.is_some() && field.is("Subject")) {
            field.write(&mut out);
        }
    }
    if let Some(subject) = subject {
        subject.write(&mut out);
    }
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let inside = Entity::read(entity, "text/plain", false).part.headers;
    for field in inside.iter().filter(|field| is_content(field)) {
        field.write(&mut out);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(inside.body);
    out
}

fn is_content(field: &Field<'_>) -> bool {
    field.name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
}

/// What was in one OpenPGP message that stood in a text or was a file. A file stays one, whatever is in it: no mail
/// program may run it together with other text.
pub fn entity(form: &Form, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 2 + 512);
    match form {
        Form::Text { charset } => {
            typed(&mut out, "Content-Type", "text/plain", &[("charset", charset)]);
            if seven_bit_len(bytes).is_some() {
                out.extend_from_slice(b"Content-Transfer-Encoding: 7bit\r\n\r\n");
                canonical(&mut out, bytes);
                return out;
            }
        }
        Form::File { name } => {
            let name = file_name(name);
            typed(&mut out, "Content-Type", "application/octet-stream", &[("name", &name)]);
            typed(&mut out, "Content-Disposition", "attachment", &[("filename", &name)]);
        }
    }
    out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    base64(&mut out, bytes);
    out
}

/// The entities as parts of one; `boundary` occurs in none of them.
pub fn mixed(entities: &[Vec<u8>], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    typed(&mut out, "Content-Type", "multipart/mixed", &[("boundary", boundary)]);
    out.extend_from_slice(b"\r\n");
    for entity in entities {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(entity);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}
