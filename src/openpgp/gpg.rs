//! A reader of our mail, for tests: GnuPG with a home of its own that is gone when the test ends.
//! It knows nothing of how embargod makes keys or signatures.
#![cfg(test)]
#![allow(dead_code)] // The tests beside the code and those in tests/ are two programs, and each uses a part of it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    pub fn fresh() -> Self {
        // /tmp, whatever TMPDIR says: the agent's socket must have a short path.
        Self { home: tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp").unwrap() }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("gpg")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--trust-model", "always"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("gpg (package gnupg) must be installed")
    }

    fn must(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(arguments);
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        // Tests that share a home run beside each other.
        static WRITTEN: AtomicUsize = AtomicUsize::new(0);
        let path = self.home.path().join(format!("{}-{name}", WRITTEN.fetch_add(1, Ordering::Relaxed)));
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn import(&self, key: &[u8]) {
        self.must(&["--import", &self.file("key", key)]);
    }

    /// Makes a key as a project would: `usage` as in --quick-gen-key, empty passphrase for none. Its fingerprint.
    pub fn make_key(&self, user_id: &str, algorithm: &str, usage: &str, expires: &str, passphrase: &str) -> String {
        let made = ["--passphrase", passphrase, "--quick-gen-key", user_id, algorithm, usage, expires];
        self.must(&[&["--faked-system-time", "20200101T000000!"][..], &made].concat());
        self.fingerprint()
    }

    /// Of the first certificate it has.
    pub fn fingerprint(&self) -> String {
        let listing = self.listing();
        let fingerprint = listing.lines().find_map(|line| line.strip_prefix("fpr:"));
        fingerprint.expect("a certificate").trim_matches(':').to_owned()
    }

    /// The same with further options, such as old algorithms.
    pub fn make_key_with(&self, options: &[&str], user_id: &str, algorithm: &str, usage: &str, expires: &str) {
        let made = ["--passphrase", "", "--quick-gen-key", user_id, algorithm, usage, expires];
        self.must(&[options, &["--faked-system-time", "20200101T000000!"], &made].concat());
    }

    /// As `gpg --quick-gen-key` makes one without being asked for more: with a subkey to encrypt to.
    pub fn make_key_default(&self, user_id: &str, passphrase: &str) -> String {
        let made = ["--passphrase", passphrase, "--quick-gen-key", user_id, "future-default", "default", "never"];
        self.must(&[&["--faked-system-time", "20200101T000000!"][..], &made].concat());
        let listing = String::from_utf8(self.must(&["--with-colons", "--list-keys", user_id])).unwrap();
        let fingerprint = listing.lines().find_map(|line| line.strip_prefix("fpr:"));
        fingerprint.unwrap().trim_matches(':').to_owned()
    }

    pub fn add_subkey(&self, fingerprint: &str, algorithm: &str, usage: &str) {
        self.add_subkey_with(&[], fingerprint, algorithm, usage);
    }

    pub fn add_subkey_with(&self, options: &[&str], fingerprint: &str, algorithm: &str, usage: &str) {
        let added = ["--passphrase", "", "--quick-add-key", fingerprint, algorithm, usage];
        self.must(&[options, &["--faked-system-time", "20200102T000000!"], &added].concat());
    }

    /// Lets a key live until another day, as its owner says in 2025.
    pub fn extend(&self, fingerprint: &str, until: &str) {
        let extended = ["--passphrase", "", "--quick-set-expire", fingerprint, until];
        self.must(&[&["--faked-system-time", "20251201T000000!"][..], &extended].concat());
    }

    pub fn add_user_id(&self, fingerprint: &str, user_id: &str) {
        let added = ["--passphrase", "", "--quick-add-uid", fingerprint, user_id];
        self.must(&[&["--faked-system-time", "20200102T000000!"][..], &added].concat());
    }

    /// `what`: --export, --export-secret-keys, --export-secret-subkeys.
    pub fn export(&self, what: &str, fingerprint: &str, passphrase: &str) -> Vec<u8> {
        self.must(&["--passphrase", passphrase, "--armor", what, fingerprint])
    }

    /// The same in binary.
    pub fn dearmored(&self, armored: &[u8]) -> Vec<u8> {
        self.must(&["--output", "-", "--dearmor", &self.file("armored", armored)])
    }

    /// A detached signature over these bytes, by the only key there is, SHA-512.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signed = ["--armor", "--digest-algo", "SHA512", "--detach-sign", "--output", "-"];
        String::from_utf8(self.must(&[&signed[..], &[&self.file("text", bytes)]].concat())).unwrap()
    }

    pub fn listing(&self) -> String {
        String::from_utf8(self.must(&["--with-colons", "--list-keys"])).unwrap()
    }

    /// The fingerprint of the certificate that made the signature, if gpg calls it valid.
    pub fn verify(&self, signature: impl AsRef<[u8]>, bytes: &[u8]) -> Option<String> {
        let signature = self.file("signature", signature.as_ref());
        let output = self.run(&["--status-fd", "1", "--verify", &signature, &self.file("signed", bytes)]);
        let status = String::from_utf8_lossy(&output.stdout); // notations come as raw bytes
        let valid = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG "))?;
        output.status.success().then(|| valid.rsplit(' ').next().unwrap().to_owned())
    }

    /// A text in its cleartext signature, by the only key there is.
    pub fn clearsign(&self, text: &[u8]) -> String {
        let signed = ["--digest-algo", "SHA256", "--clear-sign", "--output", "-"];
        String::from_utf8(self.must(&[&signed[..], &[&self.file("text", text)]].concat())).unwrap()
    }

    /// The text inside a cleartext signature as gpg prints it, and the fingerprint of the certificate that signed it, if gpg
    /// calls the signature valid.
    pub fn cleartext(&self, signed: &[u8]) -> Option<(String, Vec<u8>)> {
        let printed = self.file("printed", b"");
        let signed = self.file("clearsigned", signed);
        let output = self.run(&["--status-fd", "1", "--output", &printed, "--decrypt", &signed]);
        let status = String::from_utf8_lossy(&output.stdout);
        let valid = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG "))?;
        Some((valid.rsplit(' ').next()?.to_owned(), std::fs::read(&printed).ok()?))
    }

    /// The status lines of a verification: for its date, algorithm and the like.
    pub fn valid_signature(&self, signature: &str, bytes: &[u8]) -> Vec<String> {
        let signature = self.file("signature", signature.as_bytes());
        let status = self.must(&["--status-fd", "1", "--verify", &signature, &self.file("signed", bytes)]);
        let status = String::from_utf8_lossy(&status);
        let valid = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG ")).unwrap();
        valid.split(' ').map(str::to_owned).collect()
    }

    /// Of a text signed in line: the fingerprint of the certificate, and the text as gpg gives it out, without its last line
    /// end; `None` if gpg does not call the signature valid.
    pub fn reads_signed(&self, signed: &str) -> Option<(String, String)> {
        let (signed, text) = (self.file("signed", signed.as_bytes()), self.file("text", b""));
        let output = self.run(&["--status-fd", "1", "--output", &text, "--decrypt", &signed]);
        let status = String::from_utf8_lossy(&output.stdout);
        let valid = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG "))?;
        let text = String::from_utf8(std::fs::read(&text).unwrap()).unwrap().replace("\r\n", "\n");
        let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        output.status.success().then(|| (valid.rsplit(' ').next().unwrap().to_owned(), text))
    }

    pub fn encrypt(&self, bytes: &[u8], to: &str) -> Vec<u8> {
        self.must(&["--encrypt", "--recipient", to, "--output", "-", &self.file("clear", bytes)])
    }

    /// What gpg makes out of `bytes` in November 2026: `--clearsign`, `--sign --encrypt -r …` and the like.
    pub fn makes(&self, arguments: &[&str], bytes: &[u8]) -> Vec<u8> {
        self.makes_at(arguments, bytes, "20261122T080000")
    }

    /// The same, at this time in UTC.
    pub fn makes_at(&self, arguments: &[&str], bytes: &[u8], at: &str) -> Vec<u8> {
        let at = format!("{at}!");
        let then = ["--faked-system-time", &at, "--passphrase", "of a message", "--output", "-"];
        self.must(&[&then[..], arguments, &[&self.file("clear", bytes)]].concat())
    }

    pub fn decrypt(&self, bytes: &[u8]) -> Vec<u8> {
        self.must(&["--decrypt", &self.file("sealed", bytes)])
    }
}

impl Drop for Gpg {
    /// Ends the agent of this home, and only that one.
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.home()).args(["--kill", "all"]).output();
    }
}
