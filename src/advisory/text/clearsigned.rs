//! A text inside its cleartext signature (RFC 9580 section 7): taken out, not verified.

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const END: &str = "-----BEGIN PGP SIGNATURE-----";

/// A text that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub text: String,
    /// How many lines stand before it.
    pub lines_before: u32,
}

/// The first signed text in a text, without the dashes that the signature put before its lines. `None`: there is none.
pub fn unsigned(text: &str) -> Option<Signed> {
    let mut lines = text.split_inclusive('\n').zip(1u32..);
    lines.find(|(line, _)| line.trim_end() == BEGIN)?;
    // Behind the header fields (“Hash: SHA256”) an empty line.
    let (_, lines_before) = lines.find(|(line, _)| line.trim().is_empty())?;
    let mut signed = String::new();
    for (line, _) in lines {
        if line.trim_end() == END {
            return Some(Signed { text: signed, lines_before });
        }
        signed.push_str(line.strip_prefix("- ").unwrap_or(line));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_text_is_what_stands_between_without_its_escapes() {
        let mail = "Hello,\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n  Title\n\n- - a list\n- -----BEGIN\n-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n";
        let expected = Signed { text: "  Title\n\n- a list\n-----BEGIN\n".to_owned(), lines_before: 5 };
        assert_eq!(unsigned(mail), Some(expected.clone()));
        let crlf = unsigned(&mail.replace('\n', "\r\n")).unwrap();
        assert_eq!((crlf.text, crlf.lines_before), (expected.text.replace('\n', "\r\n"), 5));
        assert_eq!(unsigned("  Title\n"), None);
        let (cut, _) = mail.split_once("-----BEGIN PGP SIGNATURE").unwrap();
        assert_eq!(unsigned(cut), None, "what does not end is not signed");
    }
}
