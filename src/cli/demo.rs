//! `embargod demo`: people and their mail on a fresh local instance, in simulated time. The engine is the one that
//! `run` uses, and the letters shown are the files it wrote.

mod advisories;
mod cases;
mod members;
mod script;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Timestamp;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::init::{self, Init, LOCAL_TEAM};
use super::{Failure, print, process};
use crate::clock::Clock;
use crate::daemon::Engine;
use crate::openpgp::{Certificate, DecryptionKey, Keyring, SigningKey};
use crate::policy::letters::shown;
use crate::settings::Settings;
use crate::store::Store;

/// Lines of a letter the timeline shows, unless it is shown whole.
const LINES_SHOWN_MAX: usize = 6;

#[derive(Args)]
pub struct Demo {
    /// Where the instance is made and left
    #[arg(long, default_value = "embargod-demo")]
    out: PathBuf,
}

impl Demo {
    pub async fn run(self) -> Result<(), Failure> {
        if self.out.exists() {
            return Err(Failure::refused(
                format!("{} is there already", self.out.display()),
                "Remove it, or name another folder with --out.",
            ));
        }
        init::create(&Init::local(&self.out)).await?;
        verifier(&self.out).map_err(Failure::unmade)?;
        let mut stage = Stage::open(&self.out).await?;
        script::play(&mut stage).await.map_err(Failure::unmade)?;
        stage.close().await?;
        Ok(())
    }
}

/// Leaves a small script that checks letters with gpg alone, without any code of ours.
fn verifier(dir: &Path) -> Result<()> {
    let path = dir.join("verify-letter");
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o700).open(&path).context("Making verify-letter")?;
    file.write_all(include_bytes!("../../config/verify-letter.sh")).context("Writing verify-letter")
}

/// The instance people write to, and what they have been shown so far.
pub struct Stage {
    dir: PathBuf,
    settings: Settings,
    store: Store,
    /// What Alice and Bob read their mail with.
    keys: Keyring,
    seen: BTreeSet<i64>,
    mails: usize,
}

/// A letter that left, as its reader sees it.
pub struct Shown {
    pub to: String,
    pub encrypted: bool,
    pub kind: String,
    pub subject: String,
    pub text: String,
    pub message_id: String,
    /// Where a reply goes.
    pub reply_to: String,
}

impl Stage {
    async fn open(dir: &Path) -> Result<Self, Failure> {
        let settings = Settings::load(&dir.join("embargod.toml"))?;
        let store = Store::open(&settings.database).map_err(Failure::unmade)?;
        let keys = LOCAL_TEAM.iter().map(|(_, user)| {
            let key = std::fs::read(dir.join(format!("keys/{user}.key"))).context("Reading a key just made")?;
            DecryptionKey::read(&key, None).context("Opening a key just made")
        });
        let keys = Keyring(keys.collect::<Result<_>>().map_err(Failure::unmade)?);
        Ok(Self { dir: dir.to_owned(), settings, store, keys, seen: BTreeSet::new(), mails: 0 })
    }

    /// A line of narration.
    pub fn tell(&self, text: &str) {
        print::say!("{text}");
    }

    /// Somebody mails; the desk does all that follows. Gives the letters that left.
    pub async fn mail(&mut self, at: &str, headline: &str, raw: &str) -> Result<Vec<Shown>> {
        self.put(raw)?;
        self.passes(at, headline).await
    }

    /// Time passes; the desk does all that is due.
    pub async fn passes(&mut self, at: &str, headline: &str) -> Result<Vec<Shown>> {
        let at: Timestamp = at.parse().context("A time of the script")?;
        print::say!("\n{}  {headline}", shown(at));
        self.store.write(move |rows| rows.instance().simulate(at)).await?;
        Engine::assemble(&self.settings, self.store.clone(), Clock::Still(at)).await?.once().await?;
        let letters = self.left()?;
        if letters.is_empty() {
            print::say!("    (no letter leaves)");
        }
        Ok(letters)
    }

    /// Prints a letter; `whole` or its first lines.
    pub fn show(&self, letter: &Shown, whole: bool) {
        let how = if letter.encrypted { ", encrypted" } else { "" };
        print::say!("  → {} to {}{how}: {}", letter.kind, letter.to, print::shown(&letter.subject));
        let lines: Vec<&str> = letter.text.trim_end().lines().collect();
        let most = if whole { lines.len() } else { LINES_SHOWN_MAX };
        for line in lines.iter().take(most) {
            print::say!("      │ {line}");
        }
        if lines.len() > most {
            print::say!("      │ …");
        }
    }

    /// A mail of somebody who encrypts to the project: this header, and this entity inside (RFC 3156 section 4).
    pub fn encrypt(&self, header: &str, entity: &str) -> Result<String> {
        let path = self.dir.join("keys/project.asc");
        let bytes = std::fs::read(&path).with_context(|| format!("Reading {}", path.display()))?;
        // Whoever writes has a clock of their own, in the real time.
        let armored = Certificate::read(&bytes)?.seal(entity.as_bytes(), Clock::System.now())?;
        Ok(format!(
            "{header}MIME-Version: 1.0
Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"sealed\"

--sealed
Content-Type: application/pgp-encrypted

Version: 1

--sealed
Content-Type: application/octet-stream; name=\"encrypted.asc\"

{armored}
--sealed--
"
        ))
    }

    /// A mail of somebody in the team, signed with their key (RFC 3156 section 5).
    pub fn sign(&self, user: &str, header: &str, text: &str, at: &str) -> Result<String> {
        self.sign_entity(user, header, &format!("Content-Type: text/plain; charset=utf-8\n\n{text}"), at)
    }

    /// The same, of any entity, patches for example.
    pub fn sign_entity(&self, user: &str, header: &str, entity: &str, at: &str) -> Result<String> {
        let at: Timestamp = at.parse().context("A time of the script")?;
        let path = self.dir.join(format!("keys/{user}.key"));
        let bytes = std::fs::read(&path).with_context(|| format!("Reading {}", path.display()))?;
        let entity = entity.replace('\n', "\r\n");
        let signature = SigningKey::read(&bytes, None, at)?.sign(entity.as_bytes(), at)?;
        let mail = format!(
            "{header}MIME-Version: 1.0
Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg={}; boundary=\"signed\"

--signed
{entity}
--signed
Content-Type: application/pgp-signature; name=\"signature.asc\"

{}
--signed--
",
            signature.micalg, signature.armored
        );
        Ok(mail.replace("\r\n", "\n").replace('\n', "\r\n"))
    }

    fn put(&mut self, raw: &str) -> Result<()> {
        self.mails += 1;
        let name = format!("{:04}.demo", self.mails);
        let (draft, ready) = (self.dir.join("mail/in/tmp").join(&name), self.dir.join("mail/in/new").join(&name));
        std::fs::write(&draft, raw).with_context(|| format!("Writing {}", draft.display()))?;
        std::fs::rename(&draft, &ready).with_context(|| format!("Putting {}", ready.display()))
    }

    /// The letters that left since the last time, in the order of their deliveries.
    fn left(&mut self) -> Result<Vec<Shown>> {
        let folder = self.dir.join("mail/out");
        let mut new: Vec<i64> = Vec::new();
        for entry in std::fs::read_dir(&folder).context("Looking into mail/out")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let id = name.strip_suffix(".json").and_then(|id| id.parse().ok());
            new.extend(id.filter(|id| !self.seen.contains(id)));
        }
        new.sort_unstable();
        self.seen.extend(&new);
        new.into_iter().map(|id| read(&folder, id, &self.keys)).collect()
    }

    async fn close(&self) -> Result<(), Failure> {
        let (dir, program) = (self.dir.display(), process::program());
        let verdict = self.store.read(|rows| rows.audit().verify()).await.map_err(Failure::unmade)?;
        print::say!("\nThe record of it all: {} lines, each sealed to the one before.", verdict.lines);
        print::say!("\nEverything is in {dir}. Look around:");
        for command in ["status", "case show 1", "advisory show 480", "inbox list", "outbox list", "audit list"] {
            print::say!("  {program} {command} --config {dir}/embargod.toml");
        }
        print::say!(
            "\nEvery letter is signed with {dir}/keys/project.key, and what goes to Alice and Bob is encrypted to"
        );
        print::say!("the keys beside it, which have no passphrase. To open and verify all with gpg:");
        print::say!("  {dir}/verify-letter {dir}/mail/out/*.eml");
        print::say!("\nThe advisory as the world has it, with the project's certificate alone:");
        print::say!("  export GNUPGHOME=$(mktemp -d)");
        print::say!("  gpg --import {dir}/keys/project.asc; gpg --verify {dir}/site/advisory-480.txt");
        print::say!(
            "It says that the key is not certified: nobody vouched for it to your gpg. The patches, to compare with"
        );
        print::say!("the sums in the advisory:");
        print::say!("  (cd {dir}/site; sha256sum xsa480*)");
        Ok(())
    }
}

fn read(folder: &Path, id: i64, keys: &Keyring) -> Result<Shown> {
    let raw = std::fs::read(folder.join(format!("{id}.eml"))).context("Reading a letter")?;
    let json = std::fs::read(folder.join(format!("{id}.json"))).context("Reading a letter's envelope")?;
    let envelope: serde_json::Value = serde_json::from_slice(&json).context("Reading a letter's envelope")?;
    let at = envelope["at"].as_str().unwrap_or_default().parse().context("Reading when a letter left")?;
    let inside = inside(&raw, keys, at)?;
    let message =
        MessageParser::default().parse(inside.as_deref().unwrap_or(&raw)).context("Reading a letter of ours")?;
    let outside = MessageParser::default().parse(&raw).context("Reading a letter of ours")?;
    let attached: Vec<&str> = message.attachments().filter_map(|part| part.attachment_name()).collect();
    let mut text = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
    for name in attached.iter().filter(|name| **name != "signature.asc") {
        text.push_str(&format!("\n[attached: {name}]"));
    }
    Ok(Shown {
        to: envelope["envelope_to"].as_str().unwrap_or_default().to_owned(),
        encrypted: inside.is_some(),
        kind: envelope["kind"].as_str().unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text,
        message_id: message.message_id().unwrap_or_default().to_owned(),
        reply_to: reply_to(&message).or_else(|| reply_to(&outside)).unwrap_or_default(),
    })
}

fn reply_to(message: &Message<'_>) -> Option<String> {
    message.reply_to()?.first()?.address().map(str::to_owned)
}

/// The signed text of a letter that is encrypted, with the header fields in it; `None` when it left in clear.
fn inside(raw: &[u8], keys: &Keyring, at: Timestamp) -> Result<Option<Vec<u8>>> {
    let message = MessageParser::default().parse(raw).context("Reading a letter of ours")?;
    if message.content_type().is_none_or(|kind| kind.subtype() != Some("encrypted")) {
        return Ok(None);
    }
    let armored = message.attachments().find(|part| part.attachment_name() == Some("encrypted.asc"));
    let armored = armored.context("The encrypted part of a letter")?.contents();
    let opened = keys.open(armored, &[], at).ok().context("Opening a letter to Alice or Bob")?;
    let signed = MessageParser::default().parse(&opened.bytes).context("Reading what was encrypted")?;
    let PartType::Multipart(parts) = &signed.root_part().body else { bail!("An encrypted letter is not signed") };
    let text = parts.first().and_then(|first| signed.parts.get(*first as usize)).context("The signed text")?;
    let bytes = opened.bytes.get(text.offset_header as usize..text.offset_end as usize);
    Ok(Some(bytes.context("The signed text")?.to_vec()))
}
