//! What people approve, printed: the digest is the SHA-256 of the print, and what is not in it is not approved.

use crate::mail::secret::sha256_hex;

/// All that leaves for the world under one approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest<'a> {
    /// `XSA-480`
    pub called: &'a str,
    pub version: u32,
    pub public_version: u32,
    /// `None`: nobody gets another than the public one.
    pub members_text: Option<&'a str>,
    pub public_text: &'a str,
    /// Name and SHA-256.
    pub files: &'a [(String, String)],
    /// RFC 3339, in UTC, or `none`.
    pub embargo: &'a str,
    /// Who gets which text, by name: `members of xen-security-issues@…: text for members, as soon as approved`,
    /// `xen-announce@…: public text`.
    pub audiences: &'a [String],
}

impl Manifest<'_> {
    /// As it is printed: one line for each thing; nothing in it can be mistaken for another.
    pub fn print(&self) -> String {
        let mut lines = vec![
            format!("advisory: {}", self.called),
            format!("version: {}", self.version),
            format!("public version: {}", self.public_version),
            format!("embargo: {}", self.embargo),
        ];
        lines.extend(self.members_text.map(|text| format!("text for members: {}", sha256_hex(text.as_bytes()))));
        lines.push(format!("public text: {}", sha256_hex(self.public_text.as_bytes())));
        lines.extend(self.files.iter().map(|(name, sha256)| format!("file: {sha256} {}", name.escape_default())));
        lines.extend(self.audiences.iter().map(|audience| format!("audience: {}", audience.escape_default())));
        lines.join("\n") + "\n"
    }
}
