//! A real Dovecot and a real Postfix for one test, started by mailstack.sh on loopback ports and ended on drop.
//! It needs root and the packages of `mailstack.sh install`; it touches no system service.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::post::imap::{ImapAccount, TlsMode};
use embargod::post::smtp::SmtpServer;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mailstack/mailstack.sh");
/// Between two looks into a mailbox that is waited for.
const LOOK: Duration = Duration::from_millis(5);
/// Dovecot notices at once that a client is gone.
const SESSION_END_MAX: Duration = Duration::from_secs(10);

pub struct Stack {
    env: HashMap<String, String>,
    dir: PathBuf,
}

impl Stack {
    pub fn up() -> Self {
        Self::up_with(&[])
    }

    /// With settings of mailstack.sh, for example `("FANOUT", "70")`.
    pub fn up_with(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::Builder::new().prefix("mailstack.").tempdir_in("/tmp").expect("a folder in /tmp").keep();
        let output =
            Command::new(SCRIPT).arg("up").arg(&dir).envs(settings.iter().copied()).output().expect("mailstack.sh");
        assert!(output.status.success(), "mailstack.sh up: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let env = text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
        Self { env: env.collect(), dir }
    }

    /// A value of DIR/env, for example `SMTP_PORT`.
    pub fn value(&self, key: &str) -> &str {
        self.env.get(key).unwrap_or_else(|| panic!("mailstack.sh gives no {key}"))
    }

    pub fn port(&self, key: &str) -> u16 {
        self.value(key).parse().expect("a port")
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn ca(&self) -> PathBuf {
        self.value("CA_PEM").into()
    }

    /// A bare name is one of the project's.
    pub fn address(&self, user: &str) -> String {
        if user.contains('@') { user.to_owned() } else { format!("{user}@{}", self.value("MAIL_PROJECT")) }
    }

    /// How the program reads `user`'s mail here: INBOX over implicit TLS, archived to `Archive`.
    pub fn account(&self, user: &str) -> ImapAccount {
        ImapAccount {
            name: user.to_owned(),
            host: "localhost".to_owned(),
            port: self.port("IMAPS_PORT"),
            tls: TlsMode::Implicit,
            ca: Some(self.ca()),
            user: self.address(user),
            password: self.value("MAIL_PASS").into(),
            folders: vec!["INBOX".to_owned()],
            archive: Some("Archive".to_owned()),
            message_bytes_max: 25 << 20,
            poll: Duration::from_secs(1800),
            patience: Arc::default(),
        }
    }

    /// How the program sends as `user` here: submission with STARTTLS.
    pub fn submission(&self, user: &str) -> SmtpServer {
        SmtpServer {
            host: "localhost".to_owned(),
            port: self.port("SUBMISSION_PORT"),
            tls: TlsMode::StartTls,
            ca: Some(self.ca()),
            user: Some(self.address(user)),
            password: Some(self.value("MAIL_PASS").into()),
            hello: Some("desk.example.org".to_owned()),
            patience: Arc::default(),
        }
    }

    /// A stranger's mail, over the MX port. An empty `from` is the null return path. Gives the server's refusal.
    pub fn deliver(&self, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
        let mx = SmtpTransport::builder_dangerous("127.0.0.1").port(self.port("SMTP_PORT")).build();
        hand_over(&mx, from, to, raw)
    }

    /// A user's mail, over the authenticated port: the server stamps Authentication-Results.
    pub fn submit(&self, user: &str, to: &str, raw: &[u8]) -> Result<(), String> {
        let pem = std::fs::read(self.ca()).expect("the CA");
        let tls = TlsParameters::builder("localhost".to_owned())
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&pem).expect("a certificate"))
            .build()
            .expect("TLS");
        let submission = SmtpTransport::builder_dangerous("localhost")
            .port(self.port("SUBMISSION_PORT"))
            .tls(Tls::Required(tls))
            .credentials(Credentials::new(self.address(user), self.value("MAIL_PASS").to_owned()))
            .build();
        hand_over(&submission, &self.address(user), to, raw)
    }

    /// What lies in a user's INBOX, oldest first, as Dovecot stored it: with LF, and its own header on top.
    pub fn mailbox(&self, user: &str) -> Vec<Vec<u8>> {
        self.mailbox_in(user, "INBOX")
    }

    pub fn mailbox_in(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        let mut maildir = self.dir.join("mail").join(self.address(user));
        if folder != "INBOX" {
            maildir.push(format!(".{folder}"));
        }
        let mut files: Vec<_> = ["new", "cur"]
            .iter()
            .filter_map(|part| std::fs::read_dir(maildir.join(part)).ok())
            .flatten()
            .map(|file| file.expect("a file").path())
            .map(|path| (delivered(&path), path))
            .collect();
        files.sort();
        // A file may be moved from new to cur between the listing and the reading; whoever waits looks again.
        files.into_iter().filter_map(|(_, path)| std::fs::read(path).ok()).collect()
    }

    /// Waits until a user has `count` messages in INBOX.
    pub fn wait_for(&self, user: &str, count: usize, limit: Duration) -> Vec<Vec<u8>> {
        self.wait_in(user, "INBOX", count, limit)
    }

    pub fn wait_in(&self, user: &str, folder: &str, count: usize, limit: Duration) -> Vec<Vec<u8>> {
        self.wait_until(user, folder, limit, |mails| mails.len() >= count)
    }

    /// Waits until the messages of a folder are `enough`. After a fault of Postfix count letters, not files: an lmtp
    /// client that is ended between Dovecot's “taken” and its own note of it delivers once more.
    pub fn wait_until(
        &self,
        user: &str,
        folder: &str,
        limit: Duration,
        enough: impl Fn(&[Vec<u8>]) -> bool,
    ) -> Vec<Vec<u8>> {
        let started = Instant::now();
        loop {
            let mails = self.mailbox_in(user, folder);
            if enough(&mails) {
                return mails;
            }
            if started.elapsed() > limit {
                panic!("{} messages in {folder} of {user} after {limit:?}; {}", mails.len(), self.logs());
            }
            std::thread::park_timeout(LOOK);
        }
    }

    /// A verb of mailstack.sh: `imap-down`, `imap-up`, `imap-kill`, `mail-down`, `mail-up`.
    pub fn fault(&self, verb: &str) {
        self.script(verb, &[]);
    }

    /// New UIDVALIDITY and new UIDs for a mailbox. Whoever had it open has left; a client that was killed is noticed
    /// a moment later, and its session must not write the old numbers back.
    pub fn renumber(&self, user: &str, folder: &str) {
        let (login, session) =
            (format!("Login: user=<{}>", self.address(user)), format!("imap({})<", self.address(user)));
        let ended =
            |line: &&str| line.contains(&session) && (line.contains("Disconnected") || line.contains("Logged out"));
        let started = Instant::now();
        loop {
            let log = std::fs::read_to_string(self.dir.join("dovecot/log")).expect("Dovecot's log");
            if log.matches(&login).count() == log.lines().filter(ended).count() {
                break;
            }
            assert!(started.elapsed() < SESSION_END_MAX, "{user} still has a session; {}", self.logs());
            std::thread::park_timeout(LOOK);
        }
        self.script("renumber", &[user, folder]);
    }

    fn script(&self, verb: &str, more: &[&str]) {
        let output = Command::new(SCRIPT).arg(verb).arg(&self.dir).args(more).output().expect("mailstack.sh");
        assert!(output.status.success(), "mailstack.sh {verb}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The end of both servers' logs, for the message of a test that fails.
    fn logs(&self) -> String {
        let end = |path: &str| {
            let text = std::fs::read_to_string(self.dir.join(path)).unwrap_or_default();
            text.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        format!("postfix:\n{}\ndovecot:\n{}", end("postfix/log"), end("dovecot/log"))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).arg("down").arg(&self.dir).output();
    }
}

fn hand_over(transport: &SmtpTransport, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
    let from = (!from.is_empty()).then(|| from.parse().expect("an address"));
    let envelope = Envelope::new(from, vec![to.parse().expect("an address")]).expect("an envelope");
    // lettre ends the message with CRLF, dot, CRLF.
    transport
        .send_raw(&envelope, raw.strip_suffix(b"\r\n").unwrap_or(raw))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Maildir names begin with seconds and `M` microseconds: the order in which the mail came.
fn delivered(path: &Path) -> (u64, u64) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    (digits(&name), name.split_once(".M").map_or(0, |(_, rest)| digits(rest)))
}
