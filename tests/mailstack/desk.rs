//! The program as an operator runs it: a process of its own, with real servers before and behind it. What it sent is
//! read where its readers read it, and nothing is read that gpg does not call valid.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Output};
use std::time::{Duration, Instant};

use embargod::post::imap::{ImapAccount, TlsMode};
use serde_json::Value;

use super::cut;
use super::gpg::Gpg;
use super::stack::Stack;
use crate::daemon::Running;
pub use crate::daemon::SOON;
use crate::world::{Letter, crlf, embargod};

pub const DISCOVERER: &str = "discoverer@reporter.test";
/// Stands before the address in a relay that reaches the discoverer, too.
pub const BOTH: &str = "The team AND the discoverer, write to: ";
const LOOK: Duration = Duration::from_millis(20);

pub struct Desk {
    // In the order in which they end: the program before its servers.
    running: Option<Running>,
    pub stack: Stack,
    home: tempfile::TempDir,
    gpg: Gpg,
    fingerprint: String,
}

impl Desk {
    /// A desk that reads bot@ on IMAPS and would poll once an hour; alice@ and bob@ are the team. It runs.
    pub fn open() -> Self {
        let mut desk = Self::closed();
        desk.start();
        desk
    }

    pub fn closed() -> Self {
        let stack = Stack::up();
        let account = stack.account("bot");
        Self::of(stack, &[account], &["alice@proj.test", "bob@proj.test"])
    }

    /// A desk that reads these accounts, set up, tried out and not running.
    pub fn of(stack: Stack, accounts: &[ImapAccount], team: &[&str]) -> Self {
        let desk = Self::untried(stack, accounts, team);
        desk.does(&["check", "--send"]);
        desk
    }

    /// The same, and nobody knows yet what its servers do with forged stamps.
    pub fn untried(stack: Stack, accounts: &[ImapAccount], team: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("desk");
        let made = embargod().args(["init", "--profile", "xen", "--domain", "proj.test"]).arg(&dir).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::copy(stack.ca(), dir.join("keys/ca.pem")).unwrap();
        std::fs::write(dir.join("keys/password"), format!("{}\n", stack.value("MAIL_PASS"))).unwrap();
        std::fs::set_permissions(dir.join("keys/password"), std::fs::Permissions::from_mode(0o600)).unwrap();
        let written = std::fs::read_to_string(dir.join("embargod.toml")).unwrap();
        let (head, _) = written.split_once("[[imap]]").expect("accounts come last");
        let settings = head.to_owned() + &accounts.iter().map(account).collect::<String>() + &submission(&stack);
        std::fs::write(dir.join("embargod.toml"), settings).unwrap();
        let gpg = Gpg::fresh();
        gpg.import(&std::fs::read(dir.join("keys/project.asc")).unwrap());
        let fingerprint = gpg.fingerprint();
        let desk = Self { running: None, stack, home, gpg, fingerprint };
        for address in team {
            let (name, _) = address.split_once('@').unwrap();
            desk.does(&["team", "add", name, address]);
        }
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("desk").join(name)
    }

    /// Starts the daemon, and waits until it says that it is open.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    pub fn start_with(&mut self, variables: &[(&str, &str)]) {
        self.running = Some(Running::start(self.path("embargod.toml"), variables));
    }

    /// The daemon's process.
    pub fn process(&self) -> u32 {
        self.running.as_ref().expect("a daemon runs").process()
    }

    /// Ends the daemon with SIGTERM; how it ended, how long that took, and all it logged.
    pub fn stop(&mut self) -> (ExitStatus, Duration, String) {
        self.running.take().expect("a daemon runs").stop()
    }

    /// Runs a command with settings beside those of the daemon.
    pub fn command_with(&self, settings: &str, arguments: &[&str]) -> Output {
        embargod().args(arguments).arg("--config").arg(self.path(settings)).output().unwrap()
    }

    pub fn does(&self, arguments: &[&str]) -> String {
        let output = self.command_with("embargod.toml", arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}{said}", String::from_utf8_lossy(&output.stderr));
        said
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        serde_json::from_str(&self.does(&arguments)).unwrap()
    }

    pub fn list(&self, what: &str) -> Vec<Value> {
        serde_json::from_str(&self.does(&[what, "list", "--json"])).unwrap()
    }

    /// Waits until this many mails were handled; gives what became of each.
    pub fn handled(&self, count: usize) -> Vec<String> {
        let started = Instant::now();
        loop {
            let mails = self.list("inbox");
            let done = mails.iter().filter(|mail| mail["state"] == "done");
            let reasons: Vec<String> = done.map(|mail| mail["reason"].as_str().unwrap().to_owned()).collect();
            if reasons.len() >= count {
                assert_eq!(reasons.len(), mails.len(), "{mails:?}");
                return reasons;
            }
            assert!(started.elapsed() < SOON, "{} of {count} mails handled: {mails:?}", reasons.len());
            std::thread::park_timeout(LOOK);
        }
    }

    /// Every delivery there is or was, as "kind recipient state".
    pub fn deliveries(&self) -> Vec<String> {
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = self.list("outbox");
        let mut rows: Vec<String> =
            rows.iter().map(|row| ["kind", "to", "state"].map(|key| word(row, key)).join(" ")).collect();
        rows.sort();
        rows
    }

    /// The letters in somebody's INBOX, once there are `count`: each as it lies there, and signed by us.
    pub fn letters(&self, user: &str, count: usize) -> Vec<Letter> {
        let mails = self.stack.wait_for(user, count, SOON);
        assert_eq!(mails.len(), count, "letters to {user}");
        mails.into_iter().map(|raw| self.verified(user, raw)).collect()
    }

    /// The one letter to somebody whose subject has these words.
    pub fn letter(&self, user: &str, count: usize, subject: &str) -> Letter {
        let mut letters = self.letters(user, count);
        let subjects: Vec<String> = letters.iter().map(Letter::subject).collect();
        letters.retain(|letter| letter.subject().contains(subject));
        assert_eq!(letters.len(), 1, "“{subject}” among {subjects:?}");
        letters.remove(0)
    }

    /// Who signed a mail, by gpg.
    pub fn verdict(&self, mail: &[u8]) -> Result<String, String> {
        let [signed, signature] = cut::parts(mail)[..] else { panic!("not two parts") };
        self.gpg.verify(cut::body(signature), signed).ok_or_else(|| "gpg calls no signature valid".to_owned())
    }

    /// Dovecot stores LF; over IMAP a mail has CRLF again, and that is what a reader's gpg gets to see.
    fn verified(&self, user: &str, raw: Vec<u8>) -> Letter {
        let mail = crlf(&raw);
        let kind = cut::field(&mail, "Content-Type");
        assert!(kind.starts_with("multipart/signed;") && kind.contains("micalg="), "{kind}");
        assert_eq!(self.verdict(&mail).as_deref(), Ok(self.fingerprint.as_str()), "a letter to {user}");
        let from = cut::field(&mail, "Return-Path").trim_matches(['<', '>']).to_owned();
        let from = Some(from).filter(|from| !from.is_empty());
        Letter { to: cut::field(&mail, "Delivered-To"), from, kind: "letter".to_owned(), raw: mail, opened: None }
    }
}

fn account(account: &ImapAccount) -> String {
    let ImapAccount { name, host, port, user, folders, poll, .. } = account;
    format!(
        "[[imap]]\nname = \"{name}\"\nhost = \"{host}\"\nport = {port}\ntls = \"{}\"\nca = \"keys/ca.pem\"\n\
         user = \"{user}\"\npassword = {{ file = \"keys/password\" }}\nfolders = {folders:?}\n\
         archive = \"{}\"\npoll_seconds = {}\nrole = \"security\"\n\n",
        written(account.tls),
        account.archive.as_deref().unwrap_or_default(),
        poll.as_secs()
    )
}

fn submission(stack: &Stack) -> String {
    let server = stack.submission("bot");
    format!(
        "[smtp]\nhost = \"{}\"\nport = {}\ntls = \"{}\"\nca = \"keys/ca.pem\"\nuser = \"{}\"\n\
         password = {{ file = \"keys/password\" }}\n",
        server.host,
        server.port,
        written(server.tls),
        server.user.unwrap()
    )
}

fn written(tls: TlsMode) -> &'static str {
    match tls {
        TlsMode::Implicit => "implicit",
        TlsMode::StartTls => "starttls",
    }
}
