//! What lies where in clear (ARCHITECTURE): words that stand in mails and answers are searched in everything the
//! program wrote. The same over real servers is in `mailstack::secrecy`.

mod written;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use embargod::store::Store;

pub use written::{Canaries, assert_private, files};

use crate::opened::{decrypt, is_encrypted};
use crate::world::embargod;

/// An instance in a folder of its own, with another folder for temporary files; every command at full loudness.
struct Instance {
    home: tempfile::TempDir,
    temporary: tempfile::TempDir,
    logs: Vec<u8>,
}

impl Instance {
    fn new() -> Self {
        let (home, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut instance = Self { home, temporary, logs: Vec::new() };
        let dir = instance.dir();
        instance.runs(embargod().args(["init", "--profile", "xen", "--local"]).arg(dir));
        instance
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("desk")
    }

    fn runs(&mut self, command: &mut Command) -> Output {
        let output = command.env("EMBARGOD_LOG", "trace").env("TMPDIR", self.temporary.path()).output().unwrap();
        self.logs.extend_from_slice(&output.stderr);
        output
    }

    fn round(&mut self, mail: &str) -> Output {
        fs::write(self.dir().join("mail/in/new").join(format!("{:x}", md(mail))), mail).unwrap();
        let config = self.dir().join("embargod.toml");
        let output = self.runs(embargod().args(["run", "--once", "--config"]).arg(config));
        self.logs.extend_from_slice(&output.stdout);
        output
    }

    /// The letters that left, as their readers see them.
    fn out(&self) -> Vec<String> {
        let letters = files(&self.dir().join("mail/out")).into_iter().filter(|path| path.extension().unwrap() == "eml");
        let keys = ["alice", "bob"].map(|user| fs::read(self.dir().join(format!("keys/{user}.key"))).unwrap());
        let read = |path: PathBuf| {
            let raw = fs::read(path).unwrap();
            if !is_encrypted(&raw) {
                return String::from_utf8(raw).unwrap();
            }
            let armored = raw.windows(9).position(|window| window == b"-----BEGI").unwrap();
            let inside = keys.iter().find_map(|key| decrypt(&raw[armored..], key)).expect("encrypted to Alice or Bob");
            String::from_utf8(inside).unwrap()
        };
        letters.map(read).collect()
    }
}

fn md(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Where the table in ARCHITECTURE allows mail in clear.
fn allowed(dir: &Path, file: &Path) -> bool {
    let within = file.strip_prefix(dir).unwrap().to_str().unwrap();
    let in_clear = |file: &Path| file.extension() != Some("eml".as_ref()) || !is_encrypted(&fs::read(file).unwrap());
    within.starts_with("state.db")
        || within.starts_with("mail/in")
        || (within.starts_with("mail/out") && in_clear(file))
}

#[test]
fn mail_is_in_the_database_the_mailbox_and_the_letters_and_nowhere_else() {
    let canaries = Canaries::new();
    let mut instance = Instance::new();
    let delivered = |to: &str, mail: &str| format!("Delivered-To: {to}\n{mail}");
    assert!(instance.round(&delivered("security@example.org", &canaries.report("example.net"))).status.success());
    let words = "The team AND the discoverer, write to: ";
    let unfolded = |letter: &String| letter.replace("=\r\n", "").replace("\r\n", "\n");
    let relay = instance.out().iter().map(unfolded).find(|letter| letter.contains(words)).expect("a relay");
    let both = relay.split(words).nth(1).unwrap().split_whitespace().next().unwrap().replace("=3D", "=");
    let answer = format!(
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\nFrom: Alice <alice@example.org>\n\
         To: {both}\nSubject: Re\nDate: Mon, 07 Dec 2026 10:00:00 +0000\nMessage-ID: <2@example.org>\n\n\
         The word is {}.\n",
        canaries.of("answer")
    );
    instance.round(&delivered(&both, &answer));
    assert!(instance.out().iter().any(|letter| letter.contains(canaries.of("answer"))), "the answer went out");

    // A handler that fails, and is tried until the mail is set aside.
    let database = rusqlite::Connection::open(instance.dir().join("state.db")).unwrap();
    database
        .execute_batch("CREATE TRIGGER broken BEFORE INSERT ON cases BEGIN SELECT RAISE(ABORT, 'on purpose'); END")
        .unwrap();
    drop(database);
    let another =
        canaries.report("example.net").replace("Message-ID: <", "Message-ID: <again-").replace("To: s", "Cc: s");
    let another = another.replace(&format!("{}@", canaries.of("address")), &format!("{}2@", canaries.of("address")));
    instance.round(&delivered("security@example.org", &another));

    let logs = String::from_utf8_lossy(&instance.logs).into_owned();
    assert!(logs.contains("on purpose") && logs.contains("handled") && logs.contains("sent"), "all is logged: {logs}");
    assert_eq!(canaries.within(logs.as_bytes()), [] as [&str; 0], "{logs}");
    let token = both.split(['+', '@']).nth(1).unwrap();
    assert_eq!(token.len(), 26);
    assert!(!logs.contains(token) && !logs.contains("security+") && !logs.contains("alice@"), "{logs}");

    let dir = instance.dir();
    let (mut seen, mut encrypted) = (Vec::new(), 0);
    for file in files(&dir) {
        let bytes = fs::read(&file).unwrap();
        let found = canaries.within(&bytes);
        assert!(found.is_empty() || allowed(&dir, &file), "{} has {found:?}", file.display());
        if file == dir.join("state.db") {
            seen.extend(found.into_iter().map(str::to_owned));
        }
        encrypted += usize::from(file.extension() == Some("eml".as_ref()) && is_encrypted(&bytes));
        // The tests deliver there, and a web server reads the public pages.
        if !file.starts_with(dir.join("mail/in")) && !file.starts_with(dir.join("site")) {
            assert_private(&file);
        }
    }
    assert_eq!(seen.len(), canaries.0.len() - 1, "the search finds what is there; nobody panicked: {seen:?}");
    assert!(encrypted >= 4, "the relays, and what Alice was told");
    for folder in ["", "keys", "mail", "mail/in", "mail/out"] {
        assert_private(&dir.join(folder));
    }
    assert!(files(instance.temporary.path()).is_empty(), "no temporary files");
    assert_eq!(files(instance.home.path()).len(), files(&dir).len(), "and none beside the instance");
}

const FOLDER: &str = "PANIC_FOLDER";

/// The entry of the other process. Among the tests, where nobody names a folder, it has nothing to do.
#[test]
fn what_panics() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    embargod::cli::harden();
    embargod::cli::log(true);
    let store = Store::open(&folder.join("state.db")).unwrap();
    let word = Canaries::new().of("panic").to_owned();
    let panicked = store.write(move |_| -> anyhow::Result<()> { panic!("quoting {word}") });
    let outcome = tokio::runtime::Runtime::new().unwrap().block_on(panicked);
    tracing::error!("not handled: {:#}", outcome.unwrap_err());
    fs::copy("/proc/self/limits", folder.join("limits")).unwrap();
}

#[test]
fn a_panic_tells_its_place_and_nothing_else_and_leaves_no_core() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["secrecy::what_panics", "--exact", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("EMBARGOD_LOG", "trace")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("embargod: a panic at tests/secrecy/mod.rs:"), "{said}");
    assert!(said.contains("not handled: a panic; its place is in the log"), "{said}");
    for file in files(folder.path()).iter().map(|file| fs::read(file).unwrap()).chain([said.into_bytes()]) {
        assert_eq!(Canaries::new().within(&file), [] as [&str; 0]);
    }
    let limits = fs::read_to_string(folder.path().join("limits")).unwrap();
    assert!(limits.lines().any(|line| line.split_whitespace().take(6).eq(["Max", "core", "file", "size", "0", "0"])));
}
