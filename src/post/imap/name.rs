//! The names of mailboxes as IMAP writes them: modified UTF-7 in a quoted string (RFC 3501 sections 5.1.3 and 4.3).
//! Over text only.

use data_encoding::BASE64_NOPAD;

/// The quoted form of a folder's name. Total: every text gives one line without control characters.
pub fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars() {
        if !(' '..='~').contains(&c) {
            let mut units = [0; 2];
            foreign.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
            continue;
        }
        shift(&mut out, &mut foreign);
        match c {
            '&' => out.push_str("&-"),
            '"' | '\\' => out.extend(['\\', c]),
            plain => out.push(plain),
        }
    }
    shift(&mut out, &mut foreign);
    out.push('"');
    out
}

/// Writes out the characters gathered outside of ASCII, if there are any.
fn shift(out: &mut String, foreign: &mut Vec<u8>) {
    if !foreign.is_empty() {
        out.push('&');
        out.push_str(&BASE64_NOPAD.encode(foreign).replace('/', ","));
        out.push('-');
        foreign.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_rfc_3501_has_them() {
        for (name, written) in [
            ("INBOX", "\"INBOX\""),
            ("Reports & more", "\"Reports &- more\""),
            ("~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""), // the example of section 5.1.3
            ("Größe", "\"Gr&APYA3w-e\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("😀", "\"&2D3eAA-\""),
            ("two\r\nlines", "\"two&AA0ACg-lines\""),
        ] {
            assert_eq!(quoted(name), written, "{name}");
        }
    }
}
