//! What is known of certificates: `key list` and `key show`. Changes nothing.

use jiff::Timestamp;
use serde::Serialize;

use super::super::instance::{self, At};
use super::super::{Failure, print};
use crate::openpgp::Certificate;
use crate::pipeline::certificates;
use crate::policy::letters::grouped;
use crate::store::Rows;
use crate::store::certificates::{OfferedCertificate, Registered};
use crate::store::time;

/// Certificates that mail offered: strangers decide how many there are.
const OFFERED_SHOWN_MAX: u32 = 100;
/// Fewer digits of a fingerprint can be made to fit: RFC 9580 section 5.5.4.3 and those before it.
const DIGITS_MIN: usize = 16;
const PROJECT: &str = "project";
const OFFERED: &str = "offered";

/// A certificate as `key list` shows it.
#[derive(Serialize)]
pub(super) struct Listed {
    pub fingerprint: String,
    /// `project`, or an address; empty for one that mail offered.
    holder: String,
    /// `offered`, `usable`, or why it is not.
    state: &'static str,
    user_ids: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    /// When it was registered.
    since: Option<String>,
    /// Why it cannot be used, in words.
    unusable: Option<String>,
    /// For one that mail offered: the address that mail seems to come from.
    offered_by: Option<String>,
    algorithm: String,
    version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    armored: Option<String>,
    #[serde(skip)]
    certificate: Certificate,
}

impl Listed {
    fn new(certificate: Certificate, now: Timestamp) -> Self {
        let judgement = certificate.judge(now);
        Self {
            fingerprint: certificate.fingerprint(),
            holder: String::new(),
            state: certificates::state(&judgement),
            user_ids: certificate.user_ids(),
            created_at: time::At(certificate.created_at()).to_string(),
            expires_at: judgement.expires_at.map(|at| time::At(at).to_string()),
            since: None,
            unusable: judgement.usable.err().map(|why| why.to_string()),
            offered_by: None,
            algorithm: certificate.algorithm(),
            version: certificate.version(),
            armored: None,
            certificate,
        }
    }

    fn registered(rows: Rows<'_>, known: &Registered, now: Timestamp) -> anyhow::Result<Self> {
        let holder = match known.person {
            None => PROJECT.to_owned(),
            Some(person) => rows.people().get(person)?.address.to_string(),
        };
        let since = Some(time::At(known.since).to_string());
        Ok(Self { holder, since, ..Self::new(Certificate::read(&known.bytes)?, now) })
    }

    fn offered(offered: &OfferedCertificate, now: Timestamp) -> anyhow::Result<Self> {
        let listed = Self::new(Certificate::read(&offered.bytes)?, now);
        Ok(Self { state: OFFERED, offered_by: Some(offered.by.clone()), ..listed })
    }

    fn row(self) -> Vec<String> {
        let holder = match &self.offered_by {
            None => self.holder,
            Some(by) if by.is_empty() => "nobody".to_owned(),
            Some(by) => format!("nobody (came from {by})"),
        };
        let ends = self.expires_at.unwrap_or_else(|| "never".to_owned());
        vec![self.fingerprint, holder, self.state.to_owned(), ends, self.user_ids.join(", ")]
    }
}

/// Those whose fingerprint ends so; of what mail offered, the newest.
fn ending_in(rows: Rows<'_>, digits: &str, now: Timestamp) -> anyhow::Result<Vec<Listed>> {
    let registered = rows.certificates().all()?;
    let mut all: Vec<Listed> = registered
        .iter()
        .filter(|known| known.fingerprint.ends_with(digits))
        .map(|known| Listed::registered(rows, known, now))
        .collect::<Result<_, _>>()?;
    let offered = rows.certificates().offered(digits, OFFERED_SHOWN_MAX)?;
    all.extend(offered.iter().filter_map(|offered| Listed::offered(offered, now).ok()));
    Ok(all)
}

pub(super) async fn list(at: &At) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let look = move |rows: Rows<'_>| Ok((ending_in(rows, "", now)?, rows.certificates().offered_count()?));
    let (listed, offered) = store.read(look).await?;
    if at.json {
        return print::json(&listed);
    }
    if listed.is_empty() {
        print::say!("There is no certificate yet. Give somebody theirs with: embargod key import FILE --for ADDRESS");
        return Ok(());
    }
    print::table(
        &["fingerprint", "holder", "state", "expires", "user IDs"],
        &listed.into_iter().map(Listed::row).collect::<Vec<_>>(),
    );
    if offered > OFFERED_SHOWN_MAX {
        print::say!("\nMail offered {offered} certificates. These are the {OFFERED_SHOWN_MAX} newest; the others are");
        print::say!("shown by their fingerprint, too: embargod key show FINGERPRINT");
    }
    if offered > 0 {
        print::say!("\nOffered ones are not trusted: embargod key import --offered FINGERPRINT --for ADDRESS");
    }
    Ok(())
}

/// The one certificate whose fingerprint ends so.
pub(super) async fn find(at: &At, wanted: &str) -> Result<Listed, Failure> {
    let digits = digits(wanted)?;
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let mut found = store.read(move |rows| ending_in(rows, &digits, now)).await?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Failure::refused(
            format!("there is no certificate {}", print::shown(wanted)),
            "See “embargod key list”.",
        )),
        (Some(_), false) => Err(Failure::refused(
            format!("several certificates end in {}", print::shown(wanted)),
            "Give the whole fingerprint, as “embargod key list” shows it.",
        )),
    }
}

/// A fingerprint as people write it: with or without blanks and `0x`, in either case.
pub(super) fn digits(text: &str) -> Result<String, Failure> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(&text).to_ascii_uppercase();
    if text.len() < DIGITS_MIN || !text.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Failure::usage(
            format!("“{}” is not a fingerprint, nor the last {DIGITS_MIN} hex digits of one", print::shown(&text)),
            "See “embargod key list”.",
        ));
    }
    Ok(text)
}

pub(super) async fn show(at: &At, wanted: &str, armor: bool) -> Result<(), Failure> {
    let mut found = find(at, wanted).await?;
    let armored = found.certificate.armored()?;
    if at.json {
        found.armored = armor.then_some(armored);
        return print::json(&found);
    }
    if armor {
        print::say!("{}", armored.trim_end());
        return Ok(());
    }
    print::say!("fingerprint  {}", grouped(&found.fingerprint));
    print::say!("holder       {}", holder(&found));
    match &found.unusable {
        None => print::say!("state        usable"),
        Some(why) => print::say!("state        {}: nothing can be encrypted to it, because {why}", word(&found)),
    }
    print::say!("expires      {}", found.expires_at.as_deref().unwrap_or("never"));
    print::say!("created      {}", found.created_at);
    print::say!("key          {}, version {}", found.algorithm, found.version);
    for user_id in &found.user_ids {
        print::say!("user ID      {}", print::shown(user_id));
    }
    Ok(())
}

fn word(found: &Listed) -> &'static str {
    if found.state == OFFERED { "unusable" } else { found.state }
}

fn holder(found: &Listed) -> String {
    match (&found.offered_by, &found.since) {
        (Some(by), _) if by.is_empty() => "nobody: it came with mail, and is not trusted".to_owned(),
        (Some(by), _) => format!("nobody: it came with mail that seems to be from {by}, and is not trusted"),
        (None, Some(since)) if found.holder == PROJECT => {
            format!("the project: letters are signed with it (since {since})")
        }
        (None, Some(since)) => format!("{} (since {since})", found.holder),
        (None, None) => found.holder.clone(),
    }
}
