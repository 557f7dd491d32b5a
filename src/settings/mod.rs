//! One instance's settings: embargod.toml, conf.d and variables, typed and checked, with every path absolute.
//! Secrets are named here and never held; the team and the members are rows in the database, not settings.

pub mod init;
mod secret;
mod settle;
mod sources;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::secret::{SecretPlace, SecretSource};
pub use self::settle::{HOOK_PROGRAMS, domain};
pub use self::written::Tls;
use crate::mail::address::Address;
use crate::mail::mailroom::Role;
use crate::policy::problem::Problem;
use crate::post::Place;
use crate::rules::contacts::Contact;
use crate::rules::limits::Limits;

/// What is wrong in the settings: one line of cause, one of what to do.
pub type SettingsProblem = Problem;

/// Shape and meaning of every key: `config/embargod.example.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The main file.
    pub file: PathBuf,
    /// The name of the profile.
    pub profile: String,
    pub profile_file: Option<PathBuf>,
    pub letters_dir: Option<PathBuf>,
    /// Files of days on which nobody works.
    pub calendars: Vec<PathBuf>,
    pub domain: String,
    /// An instance for trying out: Maildir in, files out, and `run --at`.
    pub local: bool,
    pub database: PathBuf,
    /// The instance's secret, 64 hex digits: see `mail::secret::Secret::from_hex`.
    pub secret: SecretSource,
    pub operator: Option<Address>,
    /// Our addresses for each role, never empty; the first is the one we write from.
    pub addresses: BTreeMap<Role, Vec<Address>>,
    pub mail: Mail,
    pub limits: Limits,
    pub openpgp: OpenPgp,
    pub imap: Vec<Imap>,
    pub maildir: Vec<Maildir>,
    pub out: Out,
    /// The folder of the public pages, if there are any.
    pub site: Option<PathBuf>,
    /// Lists whose mail comes to one of our mailboxes: what we post there comes back.
    pub lists_read: Vec<Address>,
    pub hooks: Hooks,
    /// Whom cases may be told to outside of the team; no two are called the same.
    pub contacts: Vec<Contact>,
}

/// What our own mail server writes into the mail it delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Headers that name the address a mail was delivered to, the most trusted first.
    pub recipient_headers: Vec<String>,
    /// The name in its Authentication-Results (RFC 8601 section 2.5).
    pub authserv_id: String,
    /// The `by` names of Received headers that are ours.
    pub received_by: Vec<String>,
    /// The header lines, name and value, by which it marks spam.
    pub spam_headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPgp {
    /// The project's secret key: it signs letters and opens mail.
    pub key: KeyFile,
    /// Keys that only open mail: those the project had before, or will sign with next.
    pub older: Vec<KeyFile>,
}

/// A secret OpenPGP key in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    pub path: PathBuf,
    pub passphrase: Option<SecretSource>,
}

impl OpenPgp {
    /// The key that signs, then the others.
    pub fn files(&self) -> impl Iterator<Item = &KeyFile> {
        std::iter::once(&self.key).chain(&self.older)
    }
}

/// The operator's programs, to be run when an advisory was released.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// The folder they are taken from; always there when there are any.
    pub spool: Option<PathBuf>,
    /// The daemon runs them: an instance for trying out.
    pub here: bool,
    /// No two are called the same.
    pub each: Vec<Hook>,
}

/// One program of the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Lower-case letters, digits and dashes.
    pub name: String,
    /// Where the daemon runs it; else the unit that does names the program.
    pub run: Option<PathBuf>,
    /// What takes longer is ended.
    pub time: Duration,
}

/// One IMAP account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imap {
    /// In cursors and logs; unlike every other account's.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// A certificate authority of one's own, PEM, beside the system's.
    pub ca: Option<PathBuf>,
    pub user: String,
    pub password: SecretSource,
    pub folders: Vec<String>,
    /// Where collected mail is moved; `None` leaves it.
    pub archive: Option<String>,
    /// How often to look, also where the server calls (IDLE).
    pub poll: Duration,
    /// The role of mail that names none of our addresses (Bcc).
    pub role: Option<Role>,
}

/// One Maildir.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maildir {
    pub name: String,
    pub path: PathBuf,
    pub role: Option<Role>,
}

/// How letters leave: exactly one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    Smtp(Smtp),
    /// A folder that gets one pair of files for each delivery.
    Files(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub ca: Option<PathBuf>,
    /// Without it we do not log in.
    pub login: Option<Login>,
    /// The name we say hello with.
    pub hello: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: SecretSource,
}

impl Settings {
    /// Reads and checks everything but the secrets themselves.
    pub fn load(path: &Path) -> Result<Self, SettingsProblem> {
        // A variable that is not UTF-8 becomes one that fits no key, and is told like any other.
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let variables: Vec<_> = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        Self::load_with(path, &variables)
    }

    fn load_with(path: &Path, variables: &[(String, String)]) -> Result<Self, SettingsProblem> {
        let gathered = sources::gather(path, variables)?;
        settle::settle(path, gathered)
    }

    /// The address we write from in a role.
    pub fn address(&self, role: Role) -> Option<&Address> {
        self.addresses.get(&role).and_then(|addresses| addresses.first())
    }

    /// The role one of our addresses has, whatever detail it carries.
    pub fn role_of(&self, address: &Address) -> Option<Role> {
        let plain = address.without_detail();
        let known = |addresses: &Vec<Address>| addresses.iter().any(|ours| *ours == *address || *ours == plain);
        self.addresses.iter().find(|(_, addresses)| known(addresses)).map(|(role, _)| *role)
    }

    /// Every folder mail is read from, by the names polls are recorded under.
    pub fn mailboxes(&self) -> Vec<Place> {
        let imap = self.imap.iter().flat_map(|account| {
            account.folders.iter().map(|folder| Place { account: account.name.clone(), folder: folder.clone() })
        });
        let maildir = self
            .maildir
            .iter()
            .map(|folder| Place { account: folder.name.clone(), folder: folder.path.display().to_string() });
        imap.chain(maildir).collect()
    }

    /// Everywhere a secret is.
    pub fn secrets(&self) -> Vec<&SecretSource> {
        let mut secrets = vec![&self.secret];
        secrets.extend(self.openpgp.files().filter_map(|key| key.passphrase.as_ref()));
        secrets.extend(self.imap.iter().map(|account| &account.password));
        if let Out::Smtp(Smtp { login: Some(login), .. }) = &self.out {
            secrets.push(&login.password);
        }
        secrets
    }

    /// What is no error but should be mended, for `check`: secrets and keys that every user of the machine can read.
    pub fn warnings(&self) -> Vec<SettingsProblem> {
        let keys = self.openpgp.files().filter_map(|key| secret::readable_by_others(&key.path));
        let mut warnings: Vec<_> = self.secrets().into_iter().filter_map(SecretSource::warning).chain(keys).collect();
        warnings.dedup(); // One file may hold the password of two accounts.
        warnings
    }
}

#[cfg(test)]
mod tests;
