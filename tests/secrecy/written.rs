//! Canary words, and the search for them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A word for each part of a mail; nothing else has them.
pub struct Canaries(pub Vec<String>);

impl Canaries {
    /// Where each stands: subject, body, attachment, its name, address, display name, Message-ID; and in an answer.
    pub fn new() -> Self {
        let parts = ["subject", "body", "content", "attachment", "address", "name", "identifier", "answer", "panic"];
        Self(parts.iter().map(|part| format!("canary{part}q7x")).collect())
    }

    pub fn of(&self, part: &str) -> &str {
        self.0.iter().find(|word| word.contains(part)).expect("a part")
    }

    /// A report with a word in every part; `domain` is the discoverer's.
    pub fn report(&self, domain: &str) -> String {
        let word = |part| self.of(part);
        format!(
            "From: {} Doe <{}@{domain}>\nTo: security@example.org\nSubject: {}\n\
             Date: Mon, 07 Dec 2026 09:12:04 +0000\nMessage-ID: <{}@{domain}>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=frontier\n\n--frontier\n\n{}\n--frontier\n\
             Content-Type: text/plain; name=\"{}.txt\"\nContent-Disposition: attachment; filename=\"{}.txt\"\n\n\
             {}\n--frontier--\n",
            word("name"),
            word("address"),
            word("subject"),
            word("identifier"),
            word("body"),
            word("attachment"),
            word("attachment"),
            word("content"),
        )
    }

    /// The words that stand in some bytes.
    pub fn within(&self, bytes: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        self.0.iter().map(String::as_str).filter(|word| text.contains(*word)).collect()
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Files 0600, folders 0700.
pub fn assert_private(path: &Path) {
    let found = fs::metadata(path).unwrap();
    let allowed = if found.is_dir() { 0o700 } else { 0o600 };
    let mode = found.permissions().mode() & 0o777;
    assert_eq!(mode & !allowed, 0, "{} has {mode:o}", path.display());
}
