//! `embargod backup`: a copy of the database that can be restored, made while the desk is open. The keys are not in it.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;

use super::instance::{self, At};
use super::{Failure, print, process};
use crate::openpgp::Certificate;
use crate::store::audit::Act;
use crate::store::{Store, time};

/// A copy of the database, made while the desk is open.
///
/// To restore it: stop the daemon, remove state.db, state.db-wal and state.db-shm, put the copy (decrypted with
/// “gpg --decrypt --output state.db FILE”) in their place, and run. Keep the same keys/. Nothing leaves then: look at
/// “embargod outbox list”, and end with “embargod outbox resume --left-before TIME-OF-THE-LOSS”, so that nothing is sent
/// twice.
#[derive(Args)]
pub struct Backup {
    /// What to write; it must not be there yet
    file: PathBuf,
    /// Encrypt the copy to the OpenPGP certificate in this file
    #[arg(long, value_name = "CERT")]
    to: Option<PathBuf>,
}

impl Backup {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let (settings, store) = at.open()?;
        if self.file.symlink_metadata().is_ok() {
            return Err(Failure::refused(
                format!("{} is there already", self.file.display()),
                "Name another file: an earlier backup is not overwritten.",
            ));
        }
        let now = instance::now(&settings, &store).await?;
        let certificate = self.to.as_deref().map(|path| certificate(path, now)).transpose()?;
        match &certificate {
            None => {
                let unfinished = Unfinished::beside(&self.file)?;
                store.copy_to(&unfinished.0, now).await?;
                unfinished.becomes(&self.file)?;
            }
            Some(certificate) => sealed(&store, &settings.database, &self.file, certificate, now).await?,
        }
        let object = self.file.display().to_string();
        let detail = certificate.as_ref().map(|to| format!("encrypted to {}", to.fingerprint())).unwrap_or_default();
        let written = detail.clone();
        store
            .write(move |rows| {
                let (actor, act) = (process::operator(), "backup");
                let act = Act { actor: &actor, evidence: "operator", act, object: &object, detail: &written };
                rows.audit().append(now, &act)
            })
            .await?;
        let how = if detail.is_empty() { "in clear, readable by its owner only".into() } else { detail };
        print::say!("{} is the database of {}, {how}.", self.file.display(), time::At(now));
        print::say!("Keep the folder of the keys apart from it: without them it cannot be run.");
        Ok(())
    }
}

fn certificate(path: &Path, now: Timestamp) -> Result<Certificate, Failure> {
    let read = || {
        let certificate = Certificate::read(&fs::read(path).context("Reading it")?)?;
        certificate.judge(now).usable?;
        anyhow::Ok(certificate)
    };
    read().map_err(|problem| {
        Failure::usage(
            format!("{} cannot be encrypted to: {problem:#}", path.display()),
            "Give a certificate with an encryption key, as “gpg --armor --export FINGERPRINT” writes it.",
        )
    })
}

/// The copy in clear lies beside the database, never beside `file`, and only until it is encrypted.
async fn sealed(store: &Store, database: &Path, file: &Path, to: &Certificate, now: Timestamp) -> Result<()> {
    let clear = Unfinished::beside(database)?;
    store.copy_to(&clear.0, now).await?;
    let unfinished = Unfinished::beside(file)?;
    let (to, from, into) = (to.clone(), clear.0.clone(), unfinished.0.clone());
    let sealing = tokio::task::spawn_blocking(move || -> Result<()> {
        let mut from = File::open(&from).context("Opening the copy")?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&into);
        let mut file = file.with_context(|| format!("Creating {}", into.display()))?;
        to.encrypt(&mut from, &mut file, now)?;
        file.sync_all().with_context(|| format!("Syncing {}", into.display()))
    });
    sealing.await.context("Encrypting the copy")??;
    unfinished.becomes(file)
}

/// A file being written; it is gone when it was not finished.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Result<Self> {
        let name = path.file_name().context("A file needs a name")?.to_string_lossy().into_owned();
        Ok(Self(path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))))
    }

    /// There whole, or not at all, whenever the machine stops.
    fn becomes(self, path: &Path) -> Result<()> {
        fs::rename(&self.0, path).with_context(|| format!("Naming {}", path.display()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| format!("Syncing {}", folder.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok(); // It has its name, or was never made.
    }
}
