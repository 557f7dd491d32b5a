//! The mailroom: takes the bytes of a mail and says what it is. Total: any bytes give an `Incoming`, in bounded
//! time; what is odd becomes a note. It decides facts, never what to do about them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mail::address::{Address, Mailbox};
use crate::mail::brittle::is_brittle;
use crate::mail::evidence::{Evidence, Trust, evidence, ours_on_top, stamped};
use crate::mail::fields;
use crate::mail::headers::{Headers, one_line};
use crate::mail::incoming::{Incoming, Note, effect};
use crate::mail::lists;
use crate::mail::machine::machine;
use crate::mail::rewritten;
use crate::mail::secret::{Secret, sha256_hex};
use crate::mail::thread::{MessageId, message_ids, replies_to};

const SUBJECT_CHARACTERS_MAX: usize = 200;
const NAME_CHARACTERS_MAX: usize = 100;

/// What one of our addresses is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes reports.
    Security,
    /// Takes applications to the predisclosure list: a public list, and what is subscribed to it.
    Applications,
    /// Where members talk to each other: we are its distributor, and moderators let posts through.
    Discuss,
    /// The predisclosure list, by which members are told: nothing that comes there is distributed.
    Members,
    /// What a list's server would take as a command to it: LIST-request, LIST-subscribe, LIST-join, …
    Subscription,
}

impl Role {
    /// Those that settings name.
    pub const ALL: [Role; 4] = [Role::Security, Role::Applications, Role::Discuss, Role::Members];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Security => "security",
            Role::Applications => "applications",
            Role::Discuss => "discuss",
            Role::Members => "members",
            Role::Subscription => "subscription",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What an instance knows about itself when it reads a mail.
#[derive(Clone, Debug)]
pub struct Mailroom {
    pub addresses: Vec<(Address, Role)>,
    /// Headers in which our server writes the envelope's recipient, e.g. Delivered-To, X-Original-To.
    pub recipient_headers: Vec<String>,
    /// The name under which our server writes Authentication-Results; without one nothing is believed.
    pub authserv_id: Option<String>,
    /// The hosts whose Received fields are ours.
    pub received_by: Vec<String>,
    /// The header lines, name and value, by which our server marks spam.
    pub spam_headers: Vec<(String, String)>,
    pub public_lists: Vec<Address>,
    /// A local instance: whoever writes the Maildir is trusted with its headers, wherever they stand.
    pub local: bool,
    /// To know our own loop mark.
    pub secret: Arc<Secret>,
}

impl Mailroom {
    /// The same mailroom for as long as nobody knows whether our server removes forged stamps: it believes none.
    pub fn doubting(&self) -> Self {
        Self { authserv_id: None, ..self.clone() }
    }

    /// Reads a mail. `fallback_role` is that of the folder it lay in, for mail that names none of our addresses.
    pub fn read(&self, raw: &[u8], fallback_role: Option<Role>) -> Incoming {
        guarded(raw, fallback_role, || self.facts(raw, fallback_role))
    }

    fn facts(&self, raw: &[u8], fallback_role: Option<Role>) -> Incoming {
        let headers = Headers::read(raw);
        let mut notes = Vec::new();
        if headers.cut {
            notes.push(Note::HeaderCut);
        }
        let from = author(&headers).map_err(|note| notes.push(note)).ok();
        let behind = from.as_ref().and_then(|from| rewritten::author(&headers, from, &self.applications()));
        let (author, evidence) = match behind {
            // The stamp is about the list's server.
            Some(behind) => {
                notes.push(Note::FromRewritten);
                (Some(behind), Evidence::None)
            }
            None => {
                let evidence = self.evidence(&headers, from.as_ref(), &mut notes);
                (from, evidence)
            }
        };
        let message_id = headers.value("Message-ID").and_then(|value| message_ids(&value).into_iter().next());
        let recipient = self.recipient(&headers);
        let role = self.by_list(&headers, &recipient).or(recipient.role).or(fallback_role);
        Incoming {
            brittle: role == Some(Role::Discuss) && self.is_brittle(&headers, author.as_ref()),
            sha256: sha256_hex(raw),
            effect: effect(&headers),
            role,
            token: recipient.token,
            evidence,
            machine: machine(&headers, message_id.as_ref(), &self.secret),
            replies_to: answered(&headers, message_id.as_ref()),
            author,
            message_id,
            subject: one_line(&headers.first("Subject").map(fields::text).unwrap_or_default(), SUBJECT_CHARACTERS_MAX),
            spam: self.is_spam(&headers),
            date: headers.first("Date").and_then(fields::date),
            public_lists: lists::traces(&headers, &self.public_lists),
            sealed: false,
            notes,
        }
    }

    fn evidence(&self, headers: &Headers<'_>, author: Option<&Mailbox>, notes: &mut Vec<Note>) -> Evidence {
        let Some(authserv_id) = &self.authserv_id else { return Evidence::None };
        let trust = Trust { authserv_id, received_by: &self.received_by, local: self.local };
        let (evidence, several) = evidence(headers, author.map(|mailbox| &mailbox.address), &trust);
        if several {
            notes.push(Note::SeveralResults);
        }
        evidence
    }

    fn is_brittle(&self, headers: &Headers<'_>, author: Option<&Mailbox>) -> bool {
        let (Some(authserv_id), Some(author)) = (&self.authserv_id, author) else { return false };
        let trust = Trust { authserv_id, received_by: &self.received_by, local: self.local };
        let (stamped, _) = stamped(headers, &trust);
        stamped.is_some_and(|stamped| is_brittle(headers, &author.address, &stamped))
    }

    /// Whether our server marked it as spam: with exactly one of the configured lines, above the first Received of
    /// somebody else. Below, another server's opinion stands, or the sender's.
    fn is_spam(&self, headers: &Headers<'_>) -> bool {
        let trust = Trust { authserv_id: "", received_by: &self.received_by, local: self.local };
        ours_on_top(headers, &trust).any(|field| {
            let marks = |(name, value): &(String, String)| field.is(name) && field.value().trim() == value;
            self.spam_headers.iter().any(marks)
        })
    }

    /// The role of the list that a mail came by, whatever address of ours is subscribed to it. It is a public list: whoever
    /// forges its headers gets their mail handled as if they had written there.
    fn by_list(&self, headers: &Headers<'_>, recipient: &Recipient) -> Option<Role> {
        let ours = self.applications();
        let by_list = |trace: &lists::ListTrace| trace.configured && !matches!(trace.header.as_str(), "To" | "Cc");
        let came = recipient.token.is_none() && lists::traces(headers, &ours).iter().any(by_list);
        came.then_some(Role::Applications)
    }

    fn applications(&self) -> Vec<Address> {
        let lists = self.addresses.iter().filter(|(_, role)| *role == Role::Applications);
        lists.map(|(list, _)| list.clone()).collect()
    }

    /// The address it came to (DESIGN section 1.2): what our server wrote, else To and Cc, which are the sender's.
    fn recipient(&self, headers: &Headers<'_>) -> Recipient {
        let below = if self.local { None } else { headers.iter().position(|field| field.is("Received")) };
        let stamped: Vec<Recipient> = headers
            .above(below.unwrap_or(usize::MAX))
            .filter(|field| self.recipient_headers.iter().any(|name| field.is(name)))
            .map(|field| self.maps(&field.value()))
            .collect();
        // A mail that was delivered before and resent has several: the topmost is the last.
        let token = match stamped.iter().find(|recipient| recipient.token.is_some() || recipient.role.is_some()) {
            Some(known) if known.role.is_some() => return known.clone(),
            Some(alias) => alias.token.clone(),
            None => None,
        };
        let fields = ["To", "Cc"].into_iter().flat_map(|name| headers.all(name));
        let entries = fields.flat_map(fields::entries).filter_map(|entry| entry.address);
        let written = first_of(entries.map(|address| self.maps(&address)));
        // The mailbox behind an alias is no role: its token says who is meant, the other headers for which role.
        match token {
            Some(_) => Recipient { role: stamped.iter().find_map(|recipient| recipient.role).or(written.role), token },
            None => written,
        }
    }

    /// Whether an address is a reply address of ours: any local part with a detail, at a domain of our addresses.
    /// For `mail::answer`, which must not pass them on.
    pub fn is_token(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|address| self.maps(address.as_str()).token.is_some())
    }

    /// Whether an address is that of a list of ours, with what people write behind it to speak to its server.
    fn is_of_list_server(&self, address: &Address) -> bool {
        let written = address.key();
        let Some((local, domain)) = written.rsplit_once('@') else { return false };
        let lists = self.addresses.iter().filter(|(_, role)| *role != Role::Security);
        lists.map(|(list, _)| list.key()).any(|list| {
            let of_list = list.rsplit_once('@').filter(|(_, of)| *of == domain);
            let ending = of_list.and_then(|(name, _)| local.strip_prefix(name));
            ending.is_some_and(|ending| LIST_SERVER_ENDINGS.contains(&ending))
        })
    }

    /// What an address of ours means. A token counts whatever stands before it: with `security@` an alias of the
    /// mailbox `bot@`, Dovecot stamps `bot+TOKEN@`.
    fn maps(&self, written: &str) -> Recipient {
        let written = written.trim().trim_start_matches('<').trim_end_matches('>');
        let Ok(address) = Address::parse(written) else { return Recipient::default() };
        let domain = address.domain().to_lowercase();
        let ours = self.addresses.iter().any(|(known, _)| known.domain().to_lowercase() == domain);
        let token = address.detail().filter(|detail| ours && !detail.is_empty());
        let plain = address.without_detail();
        // An address configured with a `+` of its own is a role, not a token.
        let whole = self.addresses.iter().find(|(known, _)| *known == address).map(|(_, role)| *role);
        let role = self.addresses.iter().find(|(known, _)| *known == plain).map(|(_, role)| *role);
        match whole {
            Some(role) => Recipient { role: Some(role), token: None },
            None if role.is_none() && self.is_of_list_server(&plain) => {
                Recipient { role: Some(Role::Subscription), token: None }
            }
            None => Recipient { role, token: token.map(|token| sha256_hex(token.to_lowercase().as_bytes())) },
        }
    }
}

/// What stands behind a list's name in the addresses of its server (Mailman 2 and 3, ezmlm, Sympa, mlmmj).
const LIST_SERVER_ENDINGS: [&str; 8] =
    ["-request", "-subscribe", "-join", "-unsubscribe", "-leave", "-confirm", "-help", "-sub"];

/// A panic in a parser must not take the desk down with it; the mail is kept and people are told.
fn guarded(raw: &[u8], fallback_role: Option<Role>, facts: impl FnOnce() -> Incoming) -> Incoming {
    catch_unwind(AssertUnwindSafe(facts)).unwrap_or_else(|_| Incoming::unread(raw, fallback_role, Note::Unreadable))
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Recipient {
    role: Option<Role>,
    token: Option<String>,
}

/// The first with a token wins, else the first role.
fn first_of(recipients: impl Iterator<Item = Recipient>) -> Recipient {
    let mut best = Recipient::default();
    for recipient in recipients {
        if recipient.token.is_some() {
            return recipient;
        }
        if best.role.is_none() {
            best = recipient;
        }
    }
    best
}

/// The author: of exactly one From field with exactly one address (RFC 5322 section 3.6.2 allows more of them,
/// and mail programs disagree about which to show).
fn author(headers: &Headers<'_>) -> Result<Mailbox, Note> {
    let mut froms = headers.all("From");
    let from = froms.next().ok_or(Note::NoFrom)?;
    if froms.next().is_some() {
        return Err(Note::SeveralFroms);
    }
    let entries = fields::entries(from);
    let [entry] = entries.as_slice() else {
        return Err(if entries.is_empty() { Note::UnusableFrom } else { Note::SeveralAuthors });
    };
    let address =
        entry.address.as_deref().and_then(|address| Address::parse(address).ok()).ok_or(Note::UnusableFrom)?;
    let name = entry.name.as_deref().map(|name| one_line(name, NAME_CHARACTERS_MAX)).filter(|name| !name.is_empty());
    Ok(Mailbox { name, address })
}

/// What it answers; never itself, which some programs write into References.
fn answered(headers: &Headers<'_>, itself: Option<&MessageId>) -> Vec<MessageId> {
    let value = |name: &str| headers.value(name).unwrap_or_default();
    let mut answered = replies_to(&value("In-Reply-To"), &value("References"));
    answered.retain(|id| Some(id) != itself);
    answered
}

#[cfg(test)]
mod tests;
