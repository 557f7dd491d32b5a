//! The GnuPG of people who get our letters and send us reports, with a home of its own that is gone when the test ends.
//! It knows nothing of how embargod makes keys or signatures.

use std::process::{Command, Output, Stdio};

pub struct Gnupg {
    home: tempfile::TempDir,
}

impl Gnupg {
    pub fn fresh() -> Self {
        // /tmp, whatever TMPDIR says: the agent's socket must have a short path.
        Self { home: tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp").unwrap() }
    }

    /// Imports one certificate; gives its fingerprint.
    pub fn import(&self, armored: &[u8]) -> String {
        let status = self.must(&["--status-fd", "1", "--import", &self.file("certificate", armored)]);
        let imported = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] IMPORT_OK "));
        imported.expect("a certificate").rsplit(' ').next().unwrap().to_owned()
    }

    /// A key of somebody who reports a problem.
    pub fn make_key(&self, user_id: &str) -> String {
        let made = ["--passphrase", "", "--quick-gen-key", user_id, "ed25519", "sign", "never"];
        self.must(&made);
        let listing = self.must(&["--with-colons", "--list-keys"]);
        let fingerprint = listing.lines().find_map(|line| line.strip_prefix("fpr:"));
        fingerprint.unwrap().trim_matches(':').to_owned()
    }

    /// A key that signs and one that is encrypted to, of these algorithms.
    pub fn make_keys(&self, user_id: &str, [sign, encrypt]: [&str; 2]) -> String {
        self.must(&["--passphrase", "", "--quick-gen-key", user_id, sign, "sign", "never"]);
        let fingerprint = self.fingerprint_of(user_id);
        self.must(&["--passphrase", "", "--quick-add-key", &fingerprint, encrypt, "encr", "never"]);
        fingerprint
    }

    fn fingerprint_of(&self, user_id: &str) -> String {
        let listing = self.must(&["--with-colons", "--list-keys", user_id]);
        let fingerprint = listing.lines().find_map(|line| line.strip_prefix("fpr:"));
        fingerprint.unwrap().trim_matches(':').to_owned()
    }

    /// A certificate as people send it.
    pub fn export(&self, fingerprint: &str) -> String {
        self.must(&["--armor", "--export", fingerprint])
    }

    /// These bytes, signed and encrypted, armoured.
    pub fn encrypt_and_sign(&self, bytes: &[u8], signer: &str, to: &str) -> String {
        let file = self.file("clear", bytes);
        self.must(&["--armor", "--sign", "--encrypt", "-u", signer, "--recipient", to, "--output", "-", &file])
    }

    /// What is in an encrypted message.
    pub fn decrypt(&self, armored: &[u8]) -> Vec<u8> {
        let (file, clear) = (self.file("encrypted", armored), self.home.path().join("decrypted"));
        let status = self.must(&["--status-fd", "1", "--output", clear.to_str().unwrap(), "--decrypt", &file]);
        assert!(status.contains("[GNUPG:] DECRYPTION_OKAY") && status.contains("[GNUPG:] GOODMDC"), "{status}");
        std::fs::read(clear).unwrap()
    }

    /// A detached signature over these bytes, by the only key there is, SHA-512.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let file = self.file("text", bytes);
        self.must(&["--armor", "--digest-algo", "SHA512", "--detach-sign", "--output", "-", &file])
    }

    /// The fingerprint of the certificate that made the signature, if gpg calls it valid.
    pub fn verify(&self, signature: &[u8], bytes: &[u8]) -> Result<String, String> {
        let (signature, signed) = (self.file("signature", signature), self.file("signed", bytes));
        let output = self.run(&["--status-fd", "1", "--verify", &signature, &signed]);
        let status = String::from_utf8_lossy(&output.stdout); // Notations come as raw bytes.
        match status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG ")) {
            Some(valid) if output.status.success() => Ok(valid.rsplit(' ').next().unwrap().to_owned()),
            _ => Err(format!("{status}{}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
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

    fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Gnupg {
    /// Ends the agent of this home, and only that one.
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.home.path()).args(["--kill", "all"]).output();
    }
}
