//! From settings to an engine: reads the keys and secrets, and puts the parts together.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use secrecy::{ExposeSecret, SecretString};

use super::{Engine, Heartbeat, Hour, POLL_SILENCE_MAX};
use crate::clock::{Clock, Steadiness};
use crate::desk::House;
use crate::mail::address::{Address, Mailbox};
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::secret::Secret;
use crate::openpgp::{Certificate, DecryptionKey, KeyProblem, Keyring, SigningKey};
use crate::pipeline::ahead::Preparer;
use crate::pipeline::certificates;
use crate::pipeline::collect::Since;
use crate::pipeline::deliver::Courier;
use crate::pipeline::known::Known;
use crate::pipeline::open::Opener;
use crate::pipeline::seal::Sealer;
use crate::policy::{Policy, PolicyProblem};
use crate::post::files::Files;
use crate::post::imap::ImapAccount;
use crate::post::maildir::MaildirFolder;
use crate::post::patience::Patience;
use crate::post::smtp::{Smtp, SmtpServer};
use crate::post::tls::TlsMode;
use crate::post::{Carrier, Source};
use crate::publish::Site;
use crate::settings::{KeyFile, Out, SecretSource, Settings, SettingsProblem, Tls};
use crate::store::{Rows, Store};

impl Engine {
    /// The engine of an instance, at the time of `clock`.
    pub async fn assemble(settings: &Settings, store: Store, clock: Clock) -> Result<Self> {
        Self::assemble_within(settings, store, clock, Patience::default()).await
    }

    /// An engine that waits no longer than `patience` for its servers.
    pub async fn assemble_within(settings: &Settings, store: Store, clock: Clock, patience: Patience) -> Result<Self> {
        let policy = Arc::new(policy(settings)?);
        let secret = Arc::new(secret(settings)?);
        let (key, keyring) = keys(settings, clock)?;
        let key = Arc::new(key);
        let security = security(settings)?;
        let house = House {
            security: security.clone(),
            applications: settings.address(Role::Applications).cloned(),
            discuss: settings.address(Role::Discuss).cloned(),
            members: settings.address(Role::Members).cloned(),
            domain: settings.domain.clone(),
            secret: Arc::clone(&secret),
            fingerprint: key.fingerprint(),
            operator: settings.operator.clone(),
            limits: settings.limits,
            contacts: settings.contacts.clone(),
            hooks: settings.hooks.each.iter().map(|hook| hook.name.clone()).collect(),
            lists_read: settings.lists_read.clone(),
        };
        let now = clock.now();
        let own =
            Certificate::read(key.certificate_armored().as_bytes()).context("Reading the project's certificate")?;
        let begun = move |rows: Rows<'_>| {
            certificates::keep_project(rows, &own, now)?;
            rows.instance().born(now)
        };
        let born_at = store.write(begun).await?;
        let from = Mailbox { name: Some(policy.profile.project.team.clone()), address: security.clone() };
        let known = Known::default();
        let courier = Courier {
            clock,
            preparer: Preparer {
                store: store.clone(),
                policy: Arc::clone(&policy),
                sealer: Sealer { from, secret: Arc::clone(&secret), key },
                known: known.clone(),
            },
            secret: Arc::clone(&secret),
            security,
            carrier: Arc::new(carrier_within(settings, patience)?),
            answers_per_hour: settings.limits.answers_per_hour,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        };
        let mailroom = mailroom(settings, &policy, secret);
        let opener = Opener {
            doubting: Arc::new(mailroom.doubting()),
            mailroom: Arc::new(mailroom),
            authserv_id: (!settings.local).then(|| settings.mail.authserv_id.clone()),
            fallback_roles: Arc::new(fallback_roles(settings)),
            keyring: Arc::new(keyring),
            known,
        };
        let sources = sources_within(settings, patience).into_iter().collect::<Result<_, _>>()?;
        Ok(Self {
            store,
            clock,
            policy,
            house: Arc::new(house),
            sources,
            mailboxes: settings.mailboxes(),
            opener,
            courier,
            since: Since::Birth(born_at),
            local: settings.local,
            site: settings.site.clone().map(Site::new),
            hooks: settings.hooks.clone(),
            looks_only: false,
            silence_max: POLL_SILENCE_MAX,
            heartbeat: Heartbeat::from_environment(),
            steadiness: Steadiness::default(),
            hour: Hour::default(),
        })
    }
}

/// The project's process, its letters checked.
pub fn policy(settings: &Settings) -> Result<Policy, PolicyProblem> {
    let Settings { profile, profile_file, letters_dir, calendars, domain, .. } = settings;
    Policy::load(profile, profile_file.as_deref(), letters_dir.as_deref(), domain)?.with_calendars(calendars)
}

/// Every place mail comes from, or what is wrong with it.
pub fn sources(settings: &Settings) -> Vec<Result<Source, SettingsProblem>> {
    sources_within(settings, Patience::default())
}

fn sources_within(settings: &Settings, patience: Patience) -> Vec<Result<Source, SettingsProblem>> {
    let imap = settings.imap.iter().map(move |account| {
        Ok(Source::Imap(ImapAccount {
            name: account.name.clone(),
            host: account.host.clone(),
            port: account.port,
            tls: tls(account.tls),
            ca: account.ca.clone(),
            user: account.user.clone(),
            password: account.password.read()?,
            folders: account.folders.clone(),
            archive: account.archive.clone(),
            message_bytes_max: settings.limits.message_bytes(),
            poll: account.poll,
            patience: Arc::new(patience),
        }))
    });
    let maildir = settings.maildir.iter().map(|folder| {
        Ok(Source::Maildir(MaildirFolder {
            name: folder.name.clone(),
            path: folder.path.clone(),
            message_bytes_max: settings.limits.message_bytes(),
        }))
    });
    imap.chain(maildir).collect()
}

/// The one way letters leave.
pub fn carrier(settings: &Settings) -> Result<Carrier> {
    carrier_within(settings, Patience::default())
}

fn carrier_within(settings: &Settings, patience: Patience) -> Result<Carrier> {
    match &settings.out {
        Out::Files(folder) => Ok(Carrier::Files(Files { folder: folder.clone() })),
        Out::Smtp(server) => {
            let (user, password) = match &server.login {
                Some(login) => (Some(login.user.clone()), Some(login.password.read()?)),
                None => (None, None),
            };
            let server = SmtpServer {
                host: server.host.clone(),
                port: server.port,
                tls: tls(server.tls),
                ca: server.ca.clone(),
                user,
                password,
                hello: Some(server.hello.clone()),
                patience: Arc::new(patience),
            };
            Ok(Carrier::Smtp(Smtp::new(&server)?))
        }
    }
}

fn tls(written: Tls) -> TlsMode {
    match written {
        Tls::Implicit => TlsMode::Implicit,
        Tls::Starttls => TlsMode::StartTls,
    }
}

/// The instance's secret, from wherever the settings say it is.
pub fn secret(settings: &Settings) -> Result<Secret> {
    let text = settings.secret.read().context("Reading the instance's secret")?;
    Secret::from_hex(text.expose_secret())
        .context("The instance's secret must be 64 hex digits, as “embargod init” writes them")
}

/// The key every letter is signed with.
pub fn signing_key(settings: &Settings, clock: Clock) -> Result<SigningKey> {
    KeyText::of(&settings.openpgp.key)?.signing(clock)
}

/// What a key of the project opens.
pub fn decryption_key(file: &KeyFile) -> Result<DecryptionKey> {
    KeyText::of(file)?.opening()
}

/// The key that signs, and all keys that open mail, it among them; each file is read once.
fn keys(settings: &Settings, clock: Clock) -> Result<(SigningKey, Keyring)> {
    let project = KeyText::of(&settings.openpgp.key)?;
    let older = settings.openpgp.older.iter().map(decryption_key);
    let keyring = std::iter::once(project.opening()).chain(older).collect::<Result<_>>()?;
    Ok((project.signing(clock)?, Keyring(keyring)))
}

/// A key as it lies in its file, and what opens it.
struct KeyText<'s> {
    path: &'s Path,
    bytes: Vec<u8>,
    passphrase: Option<SecretString>,
}

impl<'s> KeyText<'s> {
    fn of(file: &'s KeyFile) -> Result<Self> {
        let path = file.path.as_path();
        let bytes = std::fs::read(path).with_context(|| format!("Reading the project's key {}", path.display()))?;
        let passphrase = file.passphrase.as_ref().map(SecretSource::read).transpose();
        let passphrase = passphrase.context("Reading the passphrase of the project's key")?;
        Ok(Self { path, bytes, passphrase })
    }

    fn signing(&self, clock: Clock) -> Result<SigningKey> {
        self.opened(SigningKey::read(&self.bytes, self.passphrase.as_ref(), clock.now()))
    }

    fn opening(&self) -> Result<DecryptionKey> {
        self.opened(DecryptionKey::read(&self.bytes, self.passphrase.as_ref()))
    }

    fn opened<T>(&self, read: Result<T, KeyProblem>) -> Result<T> {
        read.with_context(|| format!("Opening the project's key {}", self.path.display()))
    }
}

/// The address letters come from.
fn security(settings: &Settings) -> Result<Address> {
    settings.address(Role::Security).cloned().context("[addresses] security names no address")
}

/// How the instance reads a mail.
pub fn mailroom(settings: &Settings, policy: &Policy, secret: Arc<Secret>) -> Mailroom {
    Mailroom {
        addresses: settings
            .addresses
            .iter()
            .flat_map(|(role, addresses)| addresses.iter().map(|address| (address.clone(), *role)))
            .collect(),
        recipient_headers: settings.mail.recipient_headers.clone(),
        authserv_id: Some(settings.mail.authserv_id.clone()),
        received_by: settings.mail.received_by.clone(),
        spam_headers: settings.mail.spam_headers.clone(),
        public_lists: policy.profile.lists.public.clone(),
        local: settings.local,
        secret,
    }
}

fn fallback_roles(settings: &Settings) -> BTreeMap<String, Role> {
    let imap = settings.imap.iter().map(|account| (account.name.clone(), account.role));
    let maildir = settings.maildir.iter().map(|account| (account.name.clone(), account.role));
    imap.chain(maildir).filter_map(|(name, role)| Some((name, role?))).collect()
}
