//! Which attachments of a mail are patches, or describe them for programs, and what is wrong with one. The bytes are somebody's: they are looked at,
//! line by line, and never changed.

use std::borrow::Cow;

use crate::mail::parts::{Part, parts};

/// A fix is smaller; more is a source tree.
pub const PATCH_BYTES_MAX: usize = 4 << 20;
/// Of one mail.
pub const PATCHES_MAX: usize = 50;
const NAME_CHARACTERS_MAX: usize = 64;
/// What a patch without any text to compare consists of (git-diff, “generating patch text with -p”).
const WITHOUT_TEXT: [&[u8]; 7] = [
    b"GIT binary patch",
    b"Binary files ",
    b"rename from ",
    b"copy from ",
    b"old mode ",
    b"deleted file mode ",
    b"new file mode ",
];

/// A file that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As it may stand in an advisory, without folders; empty when it may not.
    pub name: String,
    /// As somebody called it.
    pub called: String,
    pub bytes: Vec<u8>,
    pub sort: Sort,
}

/// What a file is, by its name or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Patch,
    /// Of an advisory and its patches, in JSON, for programs: `xsa480.meta`. It is for no branch.
    Description,
    Other,
}

/// Why a file cannot be kept as a patch; what stands after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("is empty")]
    Empty,
    #[error("is larger than 4 MiB")]
    TooLarge,
    #[error("is no patch: there is no unified diff in it (“--- ”, “+++ ”, “@@ ”)")]
    NoDiff,
    #[error("is not JSON, and is called like a description of patches for programs")]
    NoJson,
    #[error("has a name that cannot stand in an advisory; use letters, digits, “.”, “-”, “_” and “+”")]
    Name,
}

/// The files in a message or a MIME entity, in their order.
pub fn files(entity: &[u8]) -> Vec<File> {
    let all = parts(entity);
    all.iter().filter(|part| !part.encrypted && (part.is_attached() || is_patch_type(part))).map(file).collect()
}

fn is_patch_type(part: &Part<'_>) -> bool {
    ["text/x-patch", "text/x-diff", "text/x-dpatch"].contains(&part.content.kind.as_str())
}

fn file(part: &Part<'_>) -> File {
    let called = part.file_name().unwrap_or_default().trim().to_owned();
    let name = called.rsplit(['/', '\\']).next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let fitting = (1..=NAME_CHARACTERS_MAX).contains(&name.len())
        && name.chars().all(fits)
        && !name.starts_with(['.', '-', '+'])
        && name.bytes().any(|b| b.is_ascii_alphanumeric());
    let lower = name.to_lowercase();
    let sort = match () {
        () if lower.ends_with(".meta") => Sort::Description,
        () if lower.ends_with(".patch") || lower.ends_with(".diff") || is_patch_type(part) => Sort::Patch,
        () => Sort::Other,
    };
    let name = if fitting { name.to_owned() } else { String::new() };
    File { name, called, bytes: attached(part).into_owned(), sort }
}

/// The bytes of the file that was attached. Mail carries text with CRLF at the end of each line (RFC 2046 section 4.1.1),
/// which its writer's program put there, unless the transfer encoding is base64.
fn attached<'a>(part: &Part<'a>) -> Cow<'a, [u8]> {
    let bytes = part.bytes();
    let encoding = part.headers.value("Content-Transfer-Encoding").unwrap_or_default().to_lowercase();
    if encoding.trim_end_matches(';').trim() == "base64" || !bytes.contains(&b'\r') {
        return bytes;
    }
    let mut restored = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                restored.extend_from_slice(text);
                restored.push(b'\n');
            }
            None => restored.extend_from_slice(line),
        }
    }
    Cow::Owned(restored)
}

/// What is wrong with a file that is to be a patch, or to describe some.
pub fn wrong(file: &File) -> Option<Wrong> {
    match file {
        File { name, .. } if name.is_empty() => Some(Wrong::Name),
        File { bytes, .. } if bytes.trim_ascii().is_empty() => Some(Wrong::Empty),
        File { bytes, .. } if bytes.len() > PATCH_BYTES_MAX => Some(Wrong::TooLarge),
        File { sort: Sort::Description, bytes, .. } => {
            serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err().then_some(Wrong::NoJson)
        }
        File { bytes, .. } if !is_diff(bytes) => Some(Wrong::NoDiff),
        _ => None,
    }
}

/// A unified diff (POSIX diff -u), or what git writes in its place for files without text.
pub fn is_diff(bytes: &[u8]) -> bool {
    let (mut seen, mut of_git) = (0, false);
    for line in bytes.split(|byte| *byte == b'\n') {
        seen = match seen {
            _ if line.starts_with(b"--- ") => 1,
            1 if line.starts_with(b"+++ ") => 2,
            2 if line.starts_with(b"@@ -") => return true,
            _ => 0,
        };
        of_git |= line.starts_with(b"diff --git ");
        if of_git && WITHOUT_TEXT.iter().any(|begins| line.starts_with(begins)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str =
        "Subject: x86: check the grant\n\n--- a/xen/x.c\n+++ b/xen/x.c\n@@ -1 +1 @@\n-a\n+b\n-- \n2.47\n";

    fn entity(parts: &[(&str, &str)]) -> String {
        let parts = parts.iter().map(|(header, text)| format!("--b\n{header}\n\n{text}\n"));
        format!("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n!patch\n{}--b--\n", parts.collect::<String>())
    }

    #[test]
    fn a_name_that_is_kept_leaves_as_it_is() {
        let long = format!("{}.patch", "x".repeat(NAME_CHARACTERS_MAX - 6));
        for called in [
            "xsa480.patch",
            "xsa480-4.20_1+b.patch",
            "a/b/xsa480.patch",
            "=?utf-8?Q?x?=.patch",
            "x\u{202E}y.patch",
            &long,
        ] {
            let header = format!("Content-Disposition: attachment; filename=\"{called}\"");
            let mail = entity(&[(&header, DIFF)]);
            let kept = files(mail.as_bytes()).remove(0).name;
            assert!(kept.is_empty() || kept == crate::mail::compose::file_name(&kept), "{kept}");
        }
        assert_eq!(
            files(entity(&[(&format!("Content-Disposition: attachment; filename=\"{long}\""), DIFF)]).as_bytes())[0]
                .name,
            long
        );
    }

    #[test]
    fn attached_files_are_as_they_were_before_they_were_mailed() {
        let diff = DIFF.trim_end();
        let crlf_in_it = data_encoding::BASE64.encode(b"--- a\r\n+++ b\r\n@@ -1 +1 @@\r\n");
        let mail = entity(&[
            ("Content-Disposition: attachment; filename=xsa1.patch", diff),
            (
                "Content-Type: text/x-patch; name=\"sub/two.diff\"\nContent-Transfer-Encoding: quoted-printable",
                "--- a=\n b\n=3D",
            ),
            ("Content-Disposition: attachment; filename=three.txt\nContent-Transfer-Encoding: base64", &crlf_in_it),
            ("Content-Type: text/plain", "not attached"),
        ]);
        for mail in [mail.clone(), mail.replace('\n', "\r\n")] {
            let files = files(mail.as_bytes());
            let names: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.sort)).collect();
            assert_eq!(names, [("xsa1.patch", Sort::Patch), ("two.diff", Sort::Patch), ("three.txt", Sort::Other)]);
            assert_eq!(files[0].bytes, diff.as_bytes());
            assert_eq!(files[1].bytes, b"--- a b\n=", "quoted-printable, with the line ends of the file");
            assert_eq!(files[2].bytes, b"--- a\r\n+++ b\r\n@@ -1 +1 @@\r\n", "base64 is not touched");
        }
    }

    #[test]
    fn what_is_no_patch_is_told_apart() {
        let binary = "diff --git a/x.bin b/x.bin\nindex 1..2\nGIT binary patch\nliteral 3\n";
        for (name, text, expected) in [
            ("a.patch", DIFF, None),
            ("a.patch", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", None),
            ("a.patch", binary, None),
            ("a.patch", "", Some(Wrong::Empty)),
            ("a.patch", " \n\n", Some(Wrong::Empty)),
            ("a.patch", "--- a\n+++ b\n", Some(Wrong::NoDiff)),
            ("a.patch", "--- a\n\n+++ b\n@@ -1 +1 @@\n", Some(Wrong::NoDiff)),
            ("a.patch", "rename from x\n", Some(Wrong::NoDiff)),
            ("a.patch", "Just a letter.\n", Some(Wrong::NoDiff)),
            ("xsa480.meta", "{\"XSA\": 480}", None),
            ("xsa480.meta", "{\"XSA\": ", Some(Wrong::NoJson)),
            ("my patch.patch", DIFF, Some(Wrong::Name)),
            ("-o.patch", DIFF, Some(Wrong::Name)),
            ("..", DIFF, Some(Wrong::Name)),
            ("", DIFF, Some(Wrong::Name)),
            ("ü.patch", DIFF, Some(Wrong::Name)),
        ] {
            let mail = entity(&[(&format!("Content-Disposition: attachment; filename=\"{name}\""), text)]);
            let files = files(mail.as_bytes());
            assert_eq!(files.len(), 1, "{name}");
            assert_eq!(wrong(&files[0]), expected, "{name}: {text}");
        }
        let large =
            File { bytes: vec![b'x'; PATCH_BYTES_MAX + 1], name: "a".into(), called: "a".into(), sort: Sort::Patch };
        assert_eq!(wrong(&large), Some(Wrong::TooLarge));
    }
}
