//! The mailroom: takes the bytes of a mail and says what it is. Total: any bytes give an `Incoming`, in bounded
//! time; what is odd becomes a note. It decides facts, never what to do about them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mail::address::{Address, Mailbox};
use crate::mail::evidence::{Evidence, Trust, evidence};
use crate::mail::fields;
use crate::mail::headers::{Headers, one_line};
use crate::mail::incoming::{Incoming, Note, effect};
use crate::mail::lists;
use crate::mail::machine::machine;
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
}

impl Role {
    pub const ALL: [Role; 1] = [Role::Security];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Security => "security",
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
    pub public_lists: Vec<Address>,
    /// A local instance: whoever writes the Maildir is trusted with its headers, wherever they stand.
    pub local: bool,
    /// To know our own loop mark.
    pub secret: Arc<Secret>,
}

impl Mailroom {
    /// Reads a mail. `fallback_role` is that of the folder it lay in, for mail that names none of our addresses.
    pub fn read(&self, raw: &[u8], fallback_role: Option<Role>) -> Incoming {
        // A panic in a parser must not take the desk down with it; the mail is kept and people are told.
        catch_unwind(AssertUnwindSafe(|| self.facts(raw, fallback_role)))
            .unwrap_or_else(|_| Incoming::unread(raw, fallback_role, Note::Unreadable))
    }

    fn facts(&self, raw: &[u8], fallback_role: Option<Role>) -> Incoming {
        let headers = Headers::read(raw);
        let mut notes = Vec::new();
        if headers.cut {
            notes.push(Note::HeaderCut);
        }
        let author = author(&headers).map_err(|note| notes.push(note)).ok();
        let evidence = self.evidence(&headers, author.as_ref(), &mut notes);
        let message_id = headers.value("Message-ID").and_then(|value| message_ids(&value).into_iter().next());
        let recipient = self.recipient(&headers);
        Incoming {
            sha256: sha256_hex(raw),
            effect: effect(&headers),
            role: recipient.role.or(fallback_role),
            token: recipient.token,
            evidence,
            machine: machine(&headers, message_id.as_ref(), &self.secret),
            replies_to: answered(&headers, message_id.as_ref()),
            author,
            message_id,
            subject: one_line(&headers.first("Subject").map(fields::text).unwrap_or_default(), SUBJECT_CHARACTERS_MAX),
            date: headers.first("Date").and_then(fields::date),
            public_lists: lists::traces(&headers, &self.public_lists),
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
            None => Recipient { role, token: token.map(|token| sha256_hex(token.to_lowercase().as_bytes())) },
        }
    }
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
mod tests {
    use super::*;
    use crate::mail::lists::ListTrace;
    use crate::mail::machine::Machine;

    fn room(local: bool) -> Mailroom {
        let address = |text: &str| Address::parse(text).unwrap();
        Mailroom {
            addresses: vec![(address("security@example.org"), Role::Security)],
            recipient_headers: vec!["Delivered-To".to_owned(), "X-Original-To".to_owned()],
            authserv_id: Some("mx.example.org".to_owned()),
            received_by: vec!["mx.example.org".to_owned()],
            public_lists: vec![address("xen-devel@lists.example.org")],
            local,
            secret: Arc::new(Secret::new([7; 32])),
        }
    }

    /// Reads it with LF and with CRLF, and asks that nothing but the identity differs.
    fn read(room: &Mailroom, text: &str, fallback: Option<Role>) -> Incoming {
        let text = text.replace("\r\n", "\n");
        let lf = room.read(text.as_bytes(), fallback);
        let crlf = room.read(text.replace('\n', "\r\n").as_bytes(), fallback);
        assert_eq!(
            Incoming { sha256: String::new(), ..lf.clone() },
            Incoming { sha256: String::new(), ..crlf },
            "{text}"
        );
        lf
    }

    #[test]
    fn a_report_becomes_facts() {
        let mail = read(
            &room(false),
            "Return-Path: <alice@example.net>\nDelivered-To: bot@example.org\nReceived: from x by mx.example.org with LMTP id 1; now\n\
             Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\nReceived: from laptop by mail.example.net; now\n\
             From: =?utf-8?q?Al=C3=ADce?= <alice@example.net>\nTo: security@example.org\nCc: xen-devel@lists.example.org\n\
             Subject: =?utf-8?q?Guest_crashes?=\n =?utf-8?q?_host?=\nDate: Tue, 1 Dec 2026 12:00:00 +0100\nMessage-ID: <3@example.net>\n\
             In-Reply-To: <2@example.net>\nReferences: <1@example.net>\n <2@example.net> <3@example.net>\n\nHello\n",
            None,
        );
        let id = |text: &str| MessageId::parse(text).unwrap();
        let alice = Address::parse("alice@example.net").unwrap();
        assert_eq!((mail.role, mail.token.clone()), (Some(Role::Security), None));
        assert_eq!(mail.author, Some(Mailbox { name: Some("Alíce".to_owned()), address: alice.clone() }));
        assert_eq!(mail.evidence, Evidence::Aligned(alice));
        assert_eq!(mail.machine, None);
        assert_eq!(mail.message_id, Some(id("3@example.net")));
        assert_eq!(mail.replies_to, [id("2@example.net"), id("1@example.net")], "never itself");
        assert_eq!(mail.subject, "Guest crashes host");
        assert_eq!(mail.date, "2026-12-01T11:00:00Z".parse().ok());
        let list = "xen-devel@lists.example.org".to_owned();
        assert_eq!(mail.public_lists, [ListTrace { list, header: "Cc".to_owned(), configured: true }]);
        assert_eq!(mail.notes, []);
    }

    #[test]
    fn the_recipient_is_what_our_server_wrote_and_else_what_the_sender_wrote() {
        let received = "Received: from x by mx.example.org; now\n";
        let cases = [
            // (header, on a local instance, role, token)
            ("Delivered-To: security@example.org\n", false, true, None),
            ("Delivered-To: <security+Tok1@example.org>\n", false, true, Some("tok1")),
            ("Delivered-To: bot@example.org\nTo: security+tok1@example.org\n", false, true, Some("tok1")),
            // security@ as an alias of the mailbox bot@: Dovecot stamps the mailbox, with the token.
            ("Delivered-To: bot+TOK1@example.org\nTo: Security <security@example.org>\n", false, true, Some("tok1")),
            ("Delivered-To: bot+tok1@example.org\nX-Original-To: security@example.org\n", false, true, Some("tok1")),
            ("Delivered-To: bot+tok1@example.org\nTo: alice@example.net\n", false, false, Some("tok1")),
            // What our server wrote wins over what the sender wrote.
            ("Delivered-To: security@example.org\nTo: security+tok1@example.org\n", false, true, None),
            // Below the first Received a stranger wrote it; on a local instance whoever wrote the Maildir did.
            (&format!("{received}Delivered-To: security+tok1@example.org\n"), false, false, None),
            (&format!("{received}Delivered-To: security+tok1@example.org\n"), true, true, Some("tok1")),
            (
                &format!(
                    "{received}Delivered-To: a@b.example\nDelivered-To: security@example.org\nDelivered-To: security+old@example.org\n"
                ),
                true,
                true,
                None,
            ),
            // To and Cc: the first with a token, else the first role.
            (
                "To: security@example.org, security+tok1@example.org\nCc: security+tok2@example.org\n",
                false,
                true,
                Some("tok1"),
            ),
            ("To: alice@example.net\nCc: \"x\" <SECURITY@example.org>\n", false, true, None),
            ("To: undisclosed-recipients:;\n", false, false, None),
            ("Bcc: security@example.org\n", false, false, None),
            // Details of others are no tokens of ours.
            ("To: alice+tok1@example.net\n", false, false, None),
            ("To: security+tok1@example.org.evil.example\n", false, false, None),
            ("To: security+@example.org\n", false, true, None),
        ];
        for (head, local, role, token) in cases {
            let mail = read(&room(local), &format!("{head}From: a@example.net\n\n"), None);
            assert_eq!(mail.role.is_some(), role, "{head}");
            assert_eq!(mail.token, token.map(|token| sha256_hex(token.as_bytes())), "{head}");
            let mail = read(&room(local), &format!("{head}From: a@example.net\n\n"), Some(Role::Security));
            assert_eq!(mail.role, Some(Role::Security), "{head}: the folder's role where none is named");
        }
    }

    #[test]
    fn nobody_is_taken_for_the_author_when_in_doubt() {
        let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n";
        for (from, note) in [
            ("", Note::NoFrom),
            ("From: alice@example.net\nFrom: mallory@example.net\n", Note::SeveralFroms),
            ("From: alice@example.net, mallory@example.net\n", Note::SeveralAuthors),
            ("From: team: alice@example.net, mallory@example.net;\n", Note::SeveralAuthors),
            ("From: alice\n", Note::UnusableFrom),
            ("From: <>\n", Note::UnusableFrom),
            ("From: \n", Note::UnusableFrom),
            ("From: \"alice bob\"@example.net\n", Note::UnusableFrom),
            ("From: =?utf-8?q?alice=40example.net?=\n", Note::UnusableFrom),
        ] {
            let mail = read(&room(true), &format!("{stamp}{from}\n"), None);
            assert_eq!((&mail.author, &mail.evidence), (&None, &Evidence::None), "{from}");
            assert_eq!(mail.notes, [note], "{from}");
        }
        for name in ["\"alice@victim.example\"", "alice@example.net", "(alice@example.net)"] {
            let mail = read(&room(true), &format!("{stamp}From: {name} <mallory@example.net>\n\n"), None);
            assert_eq!(mail.evidence.aligned().map(Address::as_str), Some("mallory@example.net"), "{name} is a name");
        }
    }

    #[test]
    fn a_forged_check_of_the_sender_is_shown_to_people() {
        let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n";
        let mail = read(&room(true), &format!("{stamp}{stamp}From: alice@example.net\n\n"), None);
        assert_eq!((mail.evidence, mail.notes), (Evidence::None, vec![Note::SeveralResults]));
        let nobody = Mailroom { authserv_id: None, ..room(true) };
        assert_eq!(read(&nobody, &format!("{stamp}From: alice@example.net\n\n"), None).evidence, Evidence::None);
    }

    #[test]
    fn every_fixture_reads_the_same_with_both_line_ends() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail"));
        let mut seen = 0;
        for kind in std::fs::read_dir(folder).unwrap().flatten() {
            for file in std::fs::read_dir(kind.path()).unwrap().flatten() {
                let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
                let mail = read(&room(false), &text, None);
                assert!(mail.author.is_some() || mail.machine == Some(Machine::Bounce), "{:?}", file.path());
                seen += 1;
            }
        }
        assert!(seen > 40, "{seen} fixtures");
    }

    #[test]
    fn hostile_mail_is_read_in_bounded_time() {
        let deep = |open: &str| open.repeat(25_000_000 / open.len());
        let from = "From: alice@example.net\n";
        for (name, text) in [
            ("header fields without end", from.to_owned() + &deep("A: b\n")),
            ("one header field of 25 MB", format!("Subject: {}", deep("=?utf-8?q?a"))),
            ("addresses", format!("To: {}", deep("(a@example.org,"))),
            ("results", format!("Authentication-Results: mx.example.org{}", deep("; dmarc=pass (("))),
            ("references", format!("References: {}", deep("<a@b> "))),
            ("parameters", format!("Content-Type: text/plain{}", deep("; a*1=x"))),
            ("nested mails", deep("Content-Type: message/rfc822\n\n")),
            ("empty lines", format!("{from}\n{}", deep("\r\n"))),
            (
                "base64",
                format!(
                    "{from}Content-Transfer-Encoding: base64\n\n{}",
                    deep("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn\n")
                ),
            ),
            ("one line", format!("{from}\n{}", deep("a"))),
        ] {
            let started = std::time::Instant::now();
            room(false).read(text.as_bytes(), None);
            // Unoptimised and beside other tests; a bound that is not linear would take hours.
            assert!(started.elapsed().as_secs() < 60, "{name}: {:?}", started.elapsed());
            println!("{name}: {:?}", started.elapsed());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_mail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2_000)) {
            let mail = room(true).read(&bytes, None);
            proptest::prop_assert!(!mail.notes.contains(&Note::Unreadable));
        }

        #[test]
        fn any_header_is_a_mail(lines in proptest::collection::vec(
            "(From|To|Subject|Date|Received|Authentication-Results|Content-Type|List-Id|Message-ID|References|Sender|Delivered-To): [ -~\u{e9}]{0,60}", 0..12
        )) {
            let text = lines.join("\r\n") + "\r\n\r\nbody";
            let mail = read(&room(true), &text, None);
            proptest::prop_assert!(!mail.notes.contains(&Note::Unreadable), "{}", text);
            proptest::prop_assert!(mail.subject.chars().count() <= SUBJECT_CHARACTERS_MAX);
        }
    }
}
