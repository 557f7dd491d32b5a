//! A local instance for one test, used through its command line only: mail in, time passes, mail out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mail_parser::{MessageParser, MimeHeaders};
use regex::Regex;
use serde_json::Value;

use crate::opened::{is_encrypted, opened, opens};

/// The program under test.
pub fn embargod() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
    command.env_remove("EMBARGOD_LOG").env_remove("EMBARGOD_CORPUS");
    command
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Line ends of the mails a world is given: tests run with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    Lf,
    CrLf,
}

/// One letter that left, as its files show it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub from: Option<String>,
    pub kind: String,
    /// As it left.
    pub raw: Vec<u8>,
    /// As its reader sees it, if it left encrypted.
    pub opened: Option<Vec<u8>>,
}

impl Letter {
    pub fn readable(&self) -> &[u8] {
        self.opened.as_deref().unwrap_or(&self.raw)
    }

    pub fn header(&self, name: &str) -> String {
        let message = MessageParser::default().parse(self.readable()).unwrap();
        message.header_raw(name).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn subject(&self) -> String {
        MessageParser::default().parse(self.readable()).unwrap().subject().unwrap_or_default().to_owned()
    }

    pub fn text(&self) -> String {
        let message = MessageParser::default().parse(self.readable()).unwrap();
        message.body_text(0).unwrap_or_default().replace("\r\n", "\n")
    }

    pub fn message_id(&self) -> String {
        self.header("Message-ID")
    }

    /// The address in the letter that follows these words.
    pub fn address_after(&self, words: &str) -> String {
        let text = self.text();
        let (_, rest) = text.rsplit_once(words).unwrap_or_else(|| panic!("no “{words}” in:\n{text}"));
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// The names of what is attached.
    pub fn attachments(&self) -> Vec<String> {
        let message = MessageParser::default().parse(self.readable()).unwrap();
        message.attachments().map(|part| part.attachment_name().unwrap_or("(unnamed)").to_owned()).collect()
    }

    /// The mail inside, as received.
    pub fn inside(&self) -> Vec<u8> {
        let message = MessageParser::default().parse(self.readable()).unwrap();
        let part = message.attachments().find(|part| part.attachment_name() == Some("as-received.eml"));
        let part = part.expect("a mail inside");
        match part.message() {
            Some(inner) => inner.raw_message().to_vec(),
            None => part.contents().to_vec(),
        }
    }

    /// What a golden file shows of its header: what a person and a mail program see.
    fn head(&self) -> String {
        let mut shown =
            format!("=== {} to {} (envelope from {})", self.kind, self.to, self.from.as_deref().unwrap_or("<>"));
        if self.opened.is_some() {
            shown.push_str(&format!(" (encrypted to {})", self.to));
        }
        shown.push('\n');
        for name in [
            "From",
            "To",
            "Cc",
            "Reply-To",
            "List-Id",
            "X-BeenThere",
            "Embargoed-Until",
            "Subject",
            "Date",
            "Message-ID",
            "In-Reply-To",
            "References",
            "Auto-Submitted",
        ] {
            let value = self.header(name);
            if !value.is_empty() {
                shown.push_str(&format!("{name}: {value}\n"));
            }
        }
        shown
    }

    /// The same of its text and what is attached, without the signature's bytes.
    fn body(&self) -> String {
        let message = MessageParser::default().parse(self.readable()).unwrap();
        let mut shown = format!("{}\n", self.text().trim_end());
        for part in message.attachments() {
            let name = part.attachment_name().unwrap_or("(unnamed)");
            let kind =
                part.content_type().map(|t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or(""))).unwrap_or_default();
            shown.push_str(&format!("[{kind}: {name}]\n"));
        }
        shown
    }
}

pub struct World {
    pub dir: PathBuf,
    _home: tempfile::TempDir,
    line_ends: LineEnds,
    mails: usize,
    at: String,
    read: BTreeSet<i64>,
    story: String,
}

impl World {
    /// A fresh instance whose keys and secret are the fixtures', so that identifiers are the same in every run.
    pub fn new(line_ends: LineEnds) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("desk");
        let made = embargod().args(["init", "--profile", "xen", "--local"]).arg(&dir).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for name in ["secret", "project.key", "project.asc"] {
            fs::copy(root().join("fixtures/keys").join(name), dir.join("keys").join(name)).unwrap();
        }
        Self { dir, _home: home, line_ends, mails: 0, at: String::new(), read: BTreeSet::new(), story: String::new() }
    }

    /// Another instance with the same files, as it is now.
    pub fn copy(&self) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("desk");
        let copied = Command::new("cp").arg("-a").arg(&self.dir).arg(&dir).status().unwrap();
        assert!(copied.success());
        // The settings hold no absolute path, so the copy is a whole instance.
        Self {
            dir,
            _home: home,
            line_ends: self.line_ends,
            mails: self.mails,
            at: self.at.clone(),
            read: self.read.clone(),
            story: self.story.clone(),
        }
    }

    pub fn config(&self) -> PathBuf {
        self.dir.join("embargod.toml")
    }

    /// Runs a command on this instance.
    pub fn command(&self, arguments: &[&str]) -> Output {
        embargod().args(arguments).arg("--config").arg(self.config()).output().unwrap()
    }

    /// Runs a command that must succeed; gives what it printed.
    pub fn does(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        serde_json::from_str(&self.does(&arguments)).unwrap()
    }

    /// From now on it is this time.
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.at = time.to_owned();
        self.story.push_str(&format!("\n################ {time}\n"));
        self
    }

    /// Puts a mail into the folder without running anything.
    pub fn post(&mut self, raw: &[u8]) {
        self.mails += 1;
        let name = format!("{:06}.test", self.mails);
        let bytes = match self.line_ends {
            LineEnds::Lf => raw.to_vec(),
            LineEnds::CrLf => crlf(raw),
        };
        fs::write(self.dir.join("mail/in/tmp").join(&name), bytes).unwrap();
        fs::rename(self.dir.join("mail/in/tmp").join(&name), self.dir.join("mail/in/new").join(&name)).unwrap();
    }

    /// One round of the engine; gives the letters that left in it.
    pub fn round(&mut self) -> Vec<Letter> {
        self.does(&["run", "--once", "--at", &self.at.clone()]);
        self.letters()
    }

    /// Somebody mails, and the desk does all that follows.
    pub fn mails(&mut self, raw: &str) -> Vec<Letter> {
        let from = raw.lines().find(|line| line.starts_with("From:")).unwrap_or("From: nobody").to_owned();
        self.story.push_str(&format!("\n---------------- {from}\n"));
        self.post(raw.as_bytes());
        let letters = self.round();
        self.tells(&letters);
        letters
    }

    /// Nobody mails, and the desk does what is due.
    pub fn waits(&mut self) -> Vec<Letter> {
        self.story.push_str("\n---------------- nobody mails\n");
        let letters = self.round();
        self.tells(&letters);
        letters
    }

    /// Letters as they left; the same words to several people stand there once, whatever their reply addresses.
    fn tells(&mut self, letters: &[Letter]) {
        let keys = Regex::new(r"\b[a-z2-7]{26}\b").unwrap();
        let mut told: Vec<(String, &str)> = Vec::new();
        for letter in letters {
            let body = letter.body();
            let plain = keys.replace_all(&body, "<key>").into_owned();
            let shown = match told.iter().find(|(text, _)| *text == plain) {
                Some((_, to)) => format!("(The same as to {to}.)\n"),
                None => body,
            };
            told.push((plain, &letter.to));
            self.story.push_str(&format!("{}\n{shown}\n", letter.head()));
        }
    }

    /// From now on all letters are new to the reader, whatever their numbers.
    pub fn reads_from_the_beginning(&mut self) -> &mut Self {
        self.read.clear();
        self
    }

    /// The letters that left since the last call, in the order of their deliveries.
    pub fn letters(&mut self) -> Vec<Letter> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.dir.join("mail/out")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let id: i64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
                if self.read.insert(id) {
                    found.insert(id, letter(&path));
                }
            }
        }
        found.into_values().collect()
    }

    /// The whole outcome as one text: letters as they left, then what the tables hold.
    pub fn outcome(&self) -> String {
        let mut text = self.story.trim_start().to_owned();
        text.push_str("\n################ The tables at the end\n");
        for arguments in [["case", "list"], ["inbox", "list"], ["outbox", "list"]] {
            text.push_str(&format!("\n# {}\n{}", arguments.join(" "), self.does(&arguments)));
        }
        for (of, none) in [
            ("application", "No applications."),
            ("held", "No held posts."),
            ("member", "No members."),
            ("history", "No changes yet."),
        ] {
            let listed = self.does(&[of, "list"]);
            if listed.trim() != none {
                text.push_str(&format!("\n# {of} list\n{listed}"));
            }
        }
        text.push_str("\n# audit list\n");
        for line in self.json(&["audit", "list"]).as_array().unwrap() {
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            // `init` ran at the wall clock's time, under whatever user runs the tests.
            if !field("actor").starts_with("operator") {
                text.push_str(&format!(
                    "{} {} [{}] {}: {} {}\n",
                    field("at"),
                    field("actor"),
                    field("evidence"),
                    field("act"),
                    field("object"),
                    field("detail")
                ));
            }
        }
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

fn letter(path: &Path) -> Letter {
    let envelope: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let raw = fs::read(path.with_extension("eml")).unwrap();
    let to = envelope["envelope_to"].as_str().unwrap().to_owned();
    // mail/out/1.json is beside keys/alice.key.
    let keys = path.ancestors().nth(3).unwrap().join("keys");
    let user = to.split('@').next().unwrap();
    let key = |name: String| fs::read(keys.join(name)).ok();
    let mine = [key(format!("{user}.key")), key(format!("{user}.former.key"))];
    let opens = |key: &Vec<u8>| opens(&raw, key);
    let opened = is_encrypted(&raw).then(|| {
        let key = mine.into_iter().flatten().find(opens).expect("a key of the reader's");
        opened(&raw, &key)
    });
    Letter {
        to,
        from: envelope["envelope_from"].as_str().filter(|from| !from.is_empty()).map(str::to_owned),
        kind: envelope["kind"].as_str().unwrap().to_owned(),
        raw,
        opened,
    }
}

pub fn crlf(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() + raw.len() / 40);
    for (index, byte) in raw.iter().enumerate() {
        if *byte == b'\n' && (index == 0 || raw[index - 1] != b'\r') {
            bytes.push(b'\r');
        }
        bytes.push(*byte);
    }
    bytes
}

/// Finds the one letter of a kind to somebody.
pub fn the<'l>(letters: &'l [Letter], kind: &str, to: &str) -> &'l Letter {
    let found: Vec<&Letter> = letters.iter().filter(|letter| letter.kind == kind && letter.to == to).collect();
    let there: Vec<String> = letters.iter().map(|letter| format!("{} to {}", letter.kind, letter.to)).collect();
    assert_eq!(found.len(), 1, "one {kind} to {to}, among {there:?}");
    found[0]
}

/// What left, in short: "relay alice@example.org".
pub fn kinds(letters: &[Letter]) -> Vec<String> {
    let mut kinds: Vec<String> = letters.iter().map(|letter| format!("{} {}", letter.kind, letter.to)).collect();
    kinds.sort();
    kinds
}
