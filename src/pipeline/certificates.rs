//! Certificates, where the judgement of `openpgp` and the row meet: given to people on an operator's word, the project's
//! own kept in step with its key, and all of them looked at again every day. It believes nothing a mail brings.

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};

use crate::mail::address::Address;
use crate::openpgp::{Certificate, Judgement, Unusable};
use crate::rules::certificates::{self as rules, Giving, NotTheirs};
use crate::store::Rows;
use crate::store::audit::Act;
use crate::store::certificates::{Found, Handed, How, Registered};
use crate::store::people::Person;

/// A certificate is looked at again after so long.
const JUDGED_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// So many are looked at at once: an advisory whose hour comes does not wait for all of them.
pub const JUDGED_AT_ONCE: usize = 20;

/// What became of a certificate that was given to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub fingerprint: String,
    pub holder: Address,
    pub news: News,
    pub judgement: Judgement,
    /// One of its user IDs names the holder's address.
    pub named: bool,
    /// Deliveries that waited for it and leave now.
    pub queued: usize,
}

/// What a certificate is to the one that was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    First,
    /// It takes the place of the one with this fingerprint.
    InPlaceOf(String),
    /// Another copy of what was registered, which says more.
    Newer,
    /// All that is in it was known.
    Nothing,
}

/// Why a certificate is given to nobody: one line of cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    #[error("certificate {fingerprint} cannot be used: {why}")]
    Unusable { fingerprint: String, why: Unusable },
    #[error("certificate {fingerprint} belongs to {holder}")]
    SomebodyElses { fingerprint: String, holder: Address },
    #[error("certificate {0} is the project's own")]
    Projects(String),
    #[error("nobody here has the address {0}")]
    Unknown(Address),
    #[error("the user IDs of certificate {0} name nobody we know")]
    Nobody(String),
    #[error("no mail brought certificate {0}")]
    NotOffered(String),
    #[error("the user IDs of certificate {fingerprint} name several people: {named}")]
    Several { fingerprint: String, named: String },
}

impl NotGiven {
    /// One line of what to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unusable { why, .. } => remedy(why).to_owned(),
            Self::SomebodyElses { fingerprint, .. } => format!(
                "One certificate is for one address. If it is no longer theirs: embargod key remove {fingerprint}; then \
                 import it again."
            ),
            Self::Projects(_) => "Letters are signed with it; give people certificates of their own.".to_owned(),
            Self::Unknown(_) => {
                "Correct the address: “embargod team list” and “embargod case list” show whom the desk \
                 knows. Somebody new in the team gets it with “embargod team add NAME ADDRESS --key FILE”."
                    .to_owned()
            }
            Self::Nobody(_) => "Say whose it is with --for ADDRESS, once you are sure that it is theirs.".to_owned(),
            Self::NotOffered(_) => {
                "Import a file of it, or see “embargod key list” for those that mail brought.".to_owned()
            }
            Self::Several { .. } => "Say for which of them with --for ADDRESS.".to_owned(),
        }
    }
}

/// What its owner can do about a certificate that cannot be used.
fn remedy(why: &Unusable) -> &'static str {
    match why {
        Unusable::Revoked => "Ask its owner for their new certificate.",
        Unusable::Expired(_) => "Ask its owner to extend it (gpg --quick-set-expire) and to send it again.",
        Unusable::NotYetValid => "Look whether the clock of this machine is right; else wait.",
        Unusable::Weak => "Ask its owner for one with newer algorithms: RSA with 3072 bits or more, or Curve25519.",
        Unusable::NoEncryptionKey => {
            "Ask its owner to add a key to encrypt to (gpg --quick-add-key FINGERPRINT default encrypt) and to send it again."
        }
    }
}

/// In one word, for lists: `usable`, or what keeps it from being so.
pub fn state(judgement: &Judgement) -> &'static str {
    match &judgement.usable {
        Ok(()) => "usable",
        Err(Unusable::Revoked) => "revoked",
        Err(Unusable::Expired(_)) => "expired",
        Err(Unusable::NotYetValid) => "not-yet-valid",
        Err(Unusable::Weak) => "weak",
        Err(Unusable::NoEncryptionKey) => "no-encryption-key",
    }
}

/// Whose a certificate is to be: the person of that address; without one its holder, else the only person we know whom
/// its user IDs name. Who cannot be told is a `NotGiven`.
pub fn holder(rows: Rows<'_>, certificate: &Certificate, wanted: Option<&Address>) -> Result<Person> {
    let fingerprint = certificate.fingerprint();
    if let Some(address) = wanted {
        return rows.people().by_address(address)?.ok_or_else(|| NotGiven::Unknown(address.clone()).into());
    }
    if let Some(known) = rows.certificates().get(&fingerprint)? {
        let person = known.person.ok_or(NotGiven::Projects(fingerprint))?;
        return rows.people().get(person);
    }
    let mut named: Vec<Person> = Vec::new();
    for address in certificate.addresses() {
        named.extend(rows.people().by_address(&address)?.filter(|person| !named.contains(person)));
    }
    match named.as_slice() {
        [] => bail!(NotGiven::Nobody(fingerprint)),
        [only] => Ok(only.clone()),
        several => {
            let named: Vec<&str> = several.iter().map(|person| person.address.as_str()).collect();
            bail!(NotGiven::Several { fingerprint, named: named.join(", ") })
        }
    }
}

/// Gives a certificate to a person, on the word of `by`, an operator: as their first, in place of the one they had, or
/// as a newer copy of it. What waited for it is queued. One that cannot be used is taken only when that is news of one
/// that is registered. A refusal is a `NotGiven`, and changes nothing.
pub fn register(rows: Rows<'_>, certificate: &Certificate, person: &Person, by: &str, now: Timestamp) -> Result<Given> {
    let fingerprint = certificate.fingerprint();
    let registered = rows.certificates().get(&fingerprint)?;
    let holder = rows.certificates().holder(&fingerprint)?;
    let usable = certificate.judge(now).usable;
    let (taken, news) = match (rules::may_have(person.id, holder, usable.is_ok()), registered, usable) {
        (Ok(Giving::Copy), Some(known), _) => joined(&known, certificate, now)?,
        (Ok(_), ..) => {
            let before = rows.certificates().of_person(person.id)?;
            (certificate.clone(), before.map_or(News::First, |before| News::InPlaceOf(before.fingerprint)))
        }
        (Err(NotTheirs::SomebodyElses(other)), ..) => {
            let holder = rows.people().get(other)?.address;
            bail!(NotGiven::SomebodyElses { fingerprint, holder });
        }
        (Err(NotTheirs::Unusable), _, Err(why)) => bail!(NotGiven::Unusable { fingerprint, why }),
        (Err(NotTheirs::Projects | NotTheirs::Unusable), ..) => bail!(NotGiven::Projects(fingerprint)),
    };
    let judgement = taken.judge(now);
    let (bytes, found) = (taken.bytes()?, found(&judgement, now));
    let handed = Handed {
        fingerprint: &fingerprint,
        to: person,
        bytes: &bytes,
        found: &found,
        how: How::Operator,
        said_by: "the operator",
    };
    let queued = rows.certificates().hand_over(&handed)?.queued;
    let named = taken.names(&person.address);
    let given = Given { fingerprint, holder: person.address.clone(), news, judgement, named, queued };
    if given.news != News::Nothing || queued > 0 {
        let (object, detail) = (given.fingerprint.as_str(), told(&given));
        rows.audit()
            .append(now, &Act { actor: by, evidence: "operator", act: "key import", object, detail: &detail })?;
    }
    Ok(given)
}

/// A registered certificate with what another copy of it adds. A copy that leaves it as unusable as it was is refused:
/// whoever imports it hopes for something else.
fn joined(known: &Registered, copy: &Certificate, now: Timestamp) -> Result<(Certificate, News)> {
    let before = Certificate::read(&known.bytes).context("Reading a registered certificate")?;
    let joined = before.updated(copy).context("Joining two copies of a certificate")?;
    let (was, is) = (before.judge(now).usable, joined.judge(now).usable);
    let worse = was.is_ok() || (is == Err(Unusable::Revoked) && was != is);
    match is {
        Err(why) if !worse => bail!(NotGiven::Unusable { fingerprint: known.fingerprint.clone(), why }),
        _ => {}
    }
    let news = if joined.bytes()? == known.bytes { News::Nothing } else { News::Newer };
    Ok((joined, news))
}

fn told(given: &Given) -> String {
    let mut told = format!("for {}", given.holder);
    match &given.news {
        News::InPlaceOf(before) => told.push_str(&format!(", in place of {before}")),
        News::Newer => told.push_str(", a newer copy"),
        News::First | News::Nothing => {}
    }
    if let Err(why) = &given.judgement.usable {
        told.push_str(&format!("; {why}"));
    }
    if given.queued > 0 {
        told.push_str(&format!("; {} that waited for it", deliveries(given.queued)));
    }
    told
}

fn deliveries(count: usize) -> String {
    if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") }
}

/// Takes a certificate from the person who has it; gives them, or `None` when nobody has it.
pub fn remove(rows: Rows<'_>, fingerprint: &str, by: &str, now: Timestamp) -> Result<Option<Person>> {
    let Some(known) = rows.certificates().get(fingerprint)? else { return Ok(None) };
    let person = known.person.ok_or_else(|| NotGiven::Projects(fingerprint.to_owned()))?;
    let person = rows.people().get(person)?;
    rows.certificates().remove(fingerprint)?;
    let detail = format!("of {}", person.address);
    let act = Act { actor: by, evidence: "operator", act: "key remove", object: fingerprint, detail: &detail };
    rows.audit().append(now, &act)?;
    Ok(Some(person))
}

/// Keeps the project's own row in step with the key that signs. Only a change is recorded.
pub fn keep_project(rows: Rows<'_>, certificate: &Certificate, now: Timestamp) -> Result<()> {
    let (fingerprint, bytes) = (certificate.fingerprint(), certificate.bytes()?);
    let same = rows.certificates().get(&fingerprint)?;
    if same.as_ref().is_some_and(|known| known.person.is_none() && known.bytes == bytes) {
        return Ok(());
    }
    let own = |known: &Registered| known.person.is_none() && known.fingerprint != fingerprint;
    let former = rows.certificates().all()?.into_iter().find(own);
    if let Some(former) = &former {
        rows.certificates().remove(&former.fingerprint)?;
    }
    rows.certificates().register(&fingerprint, None, &bytes, &found(&certificate.judge(now), now))?;
    let detail = match (former, same.map(|known| known.person)) {
        (None, None) => return Ok(()),
        (Some(former), _) => format!("in place of {}", former.fingerprint),
        (None, Some(None)) => "another copy".to_owned(),
        (None, Some(Some(person))) => format!("until now that of {}", rows.people().get(person)?.address),
    };
    let act = Act { actor: "desk", evidence: "none", act: "project key", object: &fingerprint, detail: &detail };
    rows.audit().append(now, &act)
}

/// Judges certificates again that were not looked at for a day, or whose end has come since, `JUDGED_AT_ONCE` at
/// most. Gives how many.
pub fn judge_again(rows: Rows<'_>, now: Timestamp) -> Result<usize> {
    let before = now.saturating_sub(JUDGED_EVERY).unwrap_or(Timestamp::MIN);
    let all = rows.certificates().to_judge(before, now, JUDGED_AT_ONCE)?;
    for known in &all {
        let found = match Certificate::read(&known.bytes) {
            Ok(certificate) => found(&certificate.judge(now), now),
            // Damage must not keep the others from being looked at.
            Err(_) => {
                Found { at: now, expires_at: known.expires_at, unusable: "it cannot be read any more".to_owned() }
            }
        };
        rows.certificates().judged(&known.fingerprint, &found)?;
        if found.unusable != known.unusable {
            let holder = known.person.map(|person| rows.people().get(person)).transpose()?;
            if let (true, Some(holder)) = (found.unusable.is_empty(), &holder) {
                rows.uncertified().queue(&holder.address, now)?;
            }
            let whose = holder.map_or("the project".to_owned(), |person| person.address.to_string());
            let what = if found.unusable.is_empty() { "it can be used again" } else { &found.unusable };
            let (object, detail) = (known.fingerprint.as_str(), format!("of {whose}: {what}"));
            let act = Act { actor: "desk", evidence: "none", act: "judge", object, detail: &detail };
            rows.audit().append(now, &act)?;
        }
    }
    Ok(all.len())
}

fn found(judgement: &Judgement, at: Timestamp) -> Found {
    let unusable = judgement.usable.as_ref().err().map(ToString::to_string).unwrap_or_default();
    Found { at, expires_at: judgement.expires_at, unusable }
}

#[cfg(test)]
mod tests;
