//! From settings to an engine: reads the keys and secrets, and puts the parts together.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use secrecy::ExposeSecret;

use super::Engine;
use crate::clock::Clock;
use crate::desk::House;
use crate::mail::address::{Address, Mailbox};
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::secret::Secret;
use crate::openpgp::SigningKey;
use crate::pipeline::deliver::Courier;
use crate::pipeline::open::Opener;
use crate::pipeline::seal::Sealer;
use crate::policy::Policy;
use crate::post::Source;
use crate::settings::Settings;
use crate::store::Store;

impl Engine {
    /// The engine of an instance, at the time of `clock`.
    pub async fn assemble(settings: &Settings, store: Store, clock: Clock) -> Result<Self> {
        let policy = Arc::new(settings.policy()?);
        let secret = Arc::new(secret(settings)?);
        let key = Arc::new(signing_key(settings, clock)?);
        let security = security(settings)?;
        let house = House {
            security: security.clone(),
            domain: settings.domain.clone(),
            secret: Arc::clone(&secret),
            fingerprint: key.fingerprint(),
        };
        let now = clock.now();
        let born_at = store.write(move |rows| rows.instance().born(now)).await?;
        let from = Mailbox { name: Some(policy.profile.project.team.clone()), address: security.clone() };
        let courier = Courier {
            store: store.clone(),
            clock,
            policy: Arc::clone(&policy),
            secret: Arc::clone(&secret),
            security,
            sealer: Sealer { from, secret: Arc::clone(&secret), key },
            carrier: Arc::new(settings.carrier()?),
        };
        let opener = Opener {
            mailroom: Arc::new(mailroom(settings, &policy, secret)),
            fallback_roles: Arc::new(fallback_roles(settings)),
        };
        let sources: Vec<Source> = settings.sources()?;
        Ok(Self { store, clock, policy, house: Arc::new(house), sources, opener, courier, born_at })
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
    let path = &settings.openpgp.key;
    let armored = std::fs::read(path).with_context(|| format!("Reading the project's key {}", path.display()))?;
    let passphrase = match &settings.openpgp.passphrase {
        Some(source) => Some(source.read().context("Reading the passphrase of the project's key")?),
        None => None,
    };
    SigningKey::read(&armored, passphrase.as_ref(), clock.now())
        .with_context(|| format!("Opening the project's key {}", path.display()))
}

/// The address letters come from.
fn security(settings: &Settings) -> Result<Address> {
    let Some(first) = settings.addresses.security.first() else {
        bail!("[addresses] security names no address");
    };
    Ok(first.clone())
}

fn mailroom(settings: &Settings, policy: &Policy, secret: Arc<Secret>) -> Mailroom {
    Mailroom {
        addresses: settings.addresses.security.iter().map(|address| (address.clone(), Role::Security)).collect(),
        recipient_headers: settings.mail.recipient_headers.clone(),
        authserv_id: settings.mail.authserv_id.clone(),
        received_by: settings.mail.received_by.clone(),
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
