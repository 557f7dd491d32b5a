//! `embargod init`: a folder with commented settings and keys. A local one runs at once, without any server.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use jiff::Timestamp;

use super::{Failure, print, process};
use crate::clock::Clock;
use crate::mail::address::Address;
use crate::openpgp::{self, Certificate};
use crate::pipeline::certificates;
use crate::policy::profile::Profile;
use crate::settings;
use crate::store::Store;
use crate::store::audit::Act;

/// The two members of the team of a local instance.
pub const LOCAL_TEAM: [(&str, &str); 2] = [("Alice Example", "alice"), ("Bob Example", "bob")];
/// Local keys are older than any simulated time.
const LOCAL_KEYS_FROM: &str = "2020-01-01T00:00:00Z";

#[derive(Args)]
pub struct Init {
    /// The folder to make
    dir: PathBuf,
    /// The project's process: xen
    #[arg(long)]
    profile: String,
    /// The domain of the desk's addresses
    #[arg(long, default_value = "example.org")]
    domain: String,
    /// Mail comes from a folder and goes to a folder; throwaway keys; alice@ and bob@ are the team
    #[arg(long)]
    local: bool,
}

impl Init {
    /// The local instance of a demonstration.
    pub fn local(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), profile: "xen".into(), domain: "example.org".into(), local: true }
    }

    pub async fn run(self) -> Result<(), Failure> {
        create(&self).await?;
        let (config, program) = (self.dir.join("embargod.toml"), process::program());
        print::say!("{} is set up{}.", self.dir.display(), if self.local { " as a local instance" } else { "" });
        if self.local {
            print::say!("Put mail into {}, then:", self.dir.join("mail/in/new").display());
            print::say!("  {program} run --once --config {}", config.display());
            print::say!("Its letters are in {}.", self.dir.join("mail/out").display());
        } else {
            print::say!("Next: name your mail servers in {}, say who the team is, and try it:", config.display());
            print::say!("  {program} team add \"Alice Example\" alice@{} --config {}", self.domain, config.display());
            print::say!("  {program} check --config {}", config.display());
        }
        Ok(())
    }
}

/// Makes the instance.
pub async fn create(init: &Init) -> Result<(), Failure> {
    let Init { dir, profile, domain, local } = init;
    let domain = &settings::domain(domain)?;
    let security = Address::parse(&format!("security@{domain}"))
        .map_err(|problem| Failure::usage(problem.to_string(), "Give a domain such as example.org."))?;
    let profile = Profile::built_in(profile, domain)?;
    if dir.join("embargod.toml").exists() {
        return Err(Failure::refused(
            format!("{} is an instance already", dir.display()),
            "Choose another folder, or edit its embargod.toml.",
        ));
    }
    write(dir, &profile, domain, *local, &security).map_err(Failure::unmade)?;
    let settings = settings::Settings::load(&dir.join("embargod.toml"))?;
    let store = Store::open(&settings.database).map_err(Failure::unmade)?;
    let born = Clock::System.now();
    // From now on mail is answered, also if the first run comes days later.
    store.write(move |rows| rows.instance().born(born)).await.map_err(Failure::unmade)?;
    if *local {
        join_team(&store, domain, &dir.join("keys"), born).await.map_err(Failure::unmade)?;
    }
    Ok(())
}

fn write(dir: &Path, profile: &Profile, domain: &str, local: bool, security: &Address) -> Result<()> {
    let folder = |path: &Path| {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.with_context(|| format!("Making the folder {}", path.display()))
    };
    let keys = dir.join("keys");
    folder(&keys)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|problem| anyhow!("Drawing the instance's secret: {problem}"))?;
    file(&keys.join("secret"), &format!("{}\n", data_encoding::HEXLOWER.encode(&secret)))?;
    let created: Timestamp =
        if local { LOCAL_KEYS_FROM.parse().context("The date of local keys")? } else { Clock::System.now() };
    key(&keys, "project", &format!("{} <{security}>", profile.project.team), created)?;
    if local {
        for (name, user) in LOCAL_TEAM {
            key(&keys, user, &format!("{name} <{user}@{domain}>"), created)?;
        }
        for path in ["mail/in/new", "mail/in/cur", "mail/in/tmp", "mail/out"] {
            folder(&dir.join(path))?;
        }
    }
    // Last, so that a folder with settings is a whole instance.
    file(&dir.join("embargod.toml"), &settings::init::for_init(profile, domain, local))
}

fn key(keys: &Path, name: &str, user_id: &str, created: Timestamp) -> Result<()> {
    let new = openpgp::generate(user_id, created).with_context(|| format!("Making the key of {user_id}"))?;
    file(&keys.join(format!("{name}.asc")), &new.certificate)?;
    file(&keys.join(format!("{name}.key")), &new.secret)
}

/// A new file for its owner only. One that is there stays as it is: it may be a key somebody needs.
fn file(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("Making {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("Writing {}", path.display()))
}

/// The team of a local instance, each member with the certificate in `keys`.
async fn join_team(store: &Store, domain: &str, keys: &Path, now: Timestamp) -> Result<()> {
    let (domain, keys) = (domain.to_owned(), keys.to_owned());
    store
        .write(move |rows| {
            for (name, user) in LOCAL_TEAM {
                let address = Address::parse(&format!("{user}@{domain}"))?;
                let person = rows.people().find_or_add(name, &address)?;
                rows.people().join_team(person.id, true, now)?;
                let act = Act {
                    actor: &process::operator(),
                    evidence: "operator",
                    act: "team add",
                    object: address.as_str(),
                    detail: "as moderator",
                };
                rows.audit().append(now, &act)?;
                let certificate = std::fs::read(keys.join(format!("{user}.asc"))).context("Reading a key just made")?;
                certificates::register(rows, &Certificate::read(&certificate)?, &person, &process::operator(), now)?;
            }
            Ok(())
        })
        .await
}
