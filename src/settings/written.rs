//! The settings as they are written: every key optional, so that a fragment in conf.d is read by the same types as
//! the main file. What a whole instance needs is decided in `settle`.

use std::num::NonZeroU16;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::mail::address::Address;
use crate::mail::mailroom::Role;
use crate::rules::contacts::Part;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "settings")]
pub struct Written {
    pub profile: Option<String>,
    pub profile_file: Option<String>,
    pub letters_dir: Option<String>,
    pub calendars: Option<Vec<String>>,
    pub domain: Option<String>,
    pub local: Option<bool>,
    pub database: Option<String>,
    pub secret: Option<WrittenSecret>,
    pub operator: Option<Address>,
    pub addresses: WrittenAddresses,
    pub mail: WrittenMail,
    pub limits: WrittenLimits,
    pub openpgp: WrittenOpenPgp,
    pub imap: Vec<WrittenImap>,
    pub maildir: Vec<WrittenMaildir>,
    pub smtp: Option<WrittenSmtp>,
    pub files: Option<WrittenFiles>,
    pub site: WrittenSite,
    pub lists: WrittenLists,
    pub hooks: Option<String>,
    pub hooks_run: Option<HooksRun>,
    pub hook: Vec<WrittenHook>,
    pub contact: Vec<WrittenContact>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [lists]")]
pub struct WrittenLists {
    pub read: Option<Vec<Address>>,
}

/// A program of the operator's.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [[hook]]")]
pub struct WrittenHook {
    pub name: Option<String>,
    pub on: Option<HookOn>,
    pub run: Option<String>,
    pub seconds: Option<NonZeroU16>,
}

/// What a program of the operator's is run after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookOn {
    /// A version of an advisory is public.
    Release,
}

/// Who runs the operator's programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HooksRun {
    /// A service of its own, under its own user, which takes them from the spool.
    #[default]
    Service,
    /// The daemon, on an instance for trying out.
    Here,
}

/// Somebody outside of the team whom cases may be told to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [[contact]]")]
pub struct WrittenContact {
    pub id: Option<String>,
    pub part: Option<Part>,
    pub name: Option<String>,
    pub address: Option<Address>,
    pub agreed: Option<bool>,
}

/// One list of addresses for each role.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [addresses]")]
pub struct WrittenAddresses {
    pub security: Option<Vec<Address>>,
    pub applications: Option<Vec<Address>>,
    pub discuss: Option<Vec<Address>>,
    pub members: Option<Vec<Address>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [mail]")]
pub struct WrittenMail {
    pub recipient_headers: Option<Vec<String>>,
    pub authserv_id: Option<String>,
    pub received_by: Option<Vec<String>>,
    pub spam_headers: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [limits]")]
pub struct WrittenLimits {
    pub message_mebibytes: Option<NonZeroU16>,
    pub answers_per_address_and_day: Option<NonZeroU16>,
    pub answers_per_unproven_domain_and_day: Option<NonZeroU16>,
    pub answers_per_hour: Option<NonZeroU16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [openpgp]")]
pub struct WrittenOpenPgp {
    pub key: Option<String>,
    pub passphrase: Option<WrittenSecret>,
    pub older: Vec<WrittenKey>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [[openpgp.older]]")]
pub struct WrittenKey {
    pub key: Option<String>,
    pub passphrase: Option<WrittenSecret>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [[imap]]")]
pub struct WrittenImap {
    pub name: Option<String>,
    pub host: Option<String>,
    pub port: Option<NonZeroU16>,
    pub tls: Option<Tls>,
    pub ca: Option<String>,
    pub user: Option<String>,
    pub password: Option<WrittenSecret>,
    pub folders: Option<Vec<String>>,
    pub archive: Option<String>,
    pub poll_seconds: Option<NonZeroU16>,
    pub role: Option<Role>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [[maildir]]")]
pub struct WrittenMaildir {
    pub name: Option<String>,
    pub path: Option<String>,
    pub role: Option<Role>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [smtp]")]
pub struct WrittenSmtp {
    pub host: Option<String>,
    pub port: Option<NonZeroU16>,
    pub tls: Option<Tls>,
    pub ca: Option<String>,
    pub user: Option<String>,
    pub password: Option<WrittenSecret>,
    pub hello: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [files]")]
pub struct WrittenFiles {
    pub path: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [site]")]
pub struct WrittenSite {
    pub path: Option<String>,
}

/// How a connection is encrypted; there is no third way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte (RFC 8314).
    Implicit,
    /// After the STARTTLS command; refused when the server does not offer it.
    Starttls,
}

/// Where a secret is, never the secret.
#[derive(Debug, Default)]
pub struct WrittenSecret {
    pub file: Option<String>,
    pub variable: Option<String>,
    pub credential: Option<String>,
}

impl<'de> Deserialize<'de> for WrittenSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

/// Whatever stands there in place of a table may be the secret itself: it is refused and never repeated.
macro_rules! refuse {
    ($($visit:ident $type:ty),*) => {$(
        fn $visit<E: serde::de::Error>(self, _: $type) -> Result<WrittenSecret, E> {
            Err(E::custom(
                "a secret never stands in the settings: they are copied, backed up and shown\n\
                 Put it into a file that only embargod can read and write { file = \"keys/password\" } here; \
                 { variable = \"NAME\" } and { credential = \"name\" } work too.",
            ))
        }
    )*};
}

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = WrittenSecret;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{ file = \"keys/password\" }, { variable = \"NAME\" } or { credential = \"name\" }")
    }

    refuse!(visit_str &str, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_bool bool);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WrittenSecret, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Source {
            file: Option<String>,
            variable: Option<String>,
            credential: Option<String>,
        }
        let Source { file, variable, credential } = Source::deserialize(MapAccessDeserializer::new(map))?;
        Ok(WrittenSecret { file, variable, credential })
    }
}
