//! Where the histories play, and what can happen there, so that all of it can happen again.

use std::sync::Arc;

use jiff::Timestamp;

use crate::desk::testing::house;
use crate::desk::{Desk, House};
use crate::handlers::{Mail, due, handle, tick};
use crate::mail::address::Address;
use crate::mail::mailroom::{self, Mailroom};
use crate::mail::opened::{OpenedMail, SignedText};
use crate::mail::secret::{Secret, sha256_hex};
use crate::policy::Policy;
use crate::policy::profile::Hold;
use crate::rules::contacts::{Contact, Part};
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::store::Rows;
use crate::store::certificates::Found;
use crate::store::inbox::Arrival;
use crate::store::testing::take_part;

pub(super) const SECURITY: &str = "security@example.org";
pub(super) const TEAM: [&str; 3] = ["alice@example.org", "bob@example.org", "carol@example.org"];
/// Discoverers, somebody who takes part, and a stranger.
pub(super) const DANA: &str = "dana@research.example.net";
pub(super) const ERIN: &str = "erin@example.com";
pub(super) const PAUL: &str = "paul@vendor.example";
pub(super) const MALLORY: &str = "mallory@example.net";
/// Splitmix64: the same history from the same seed.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub(super) fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What happened, to be played again.
#[derive(Clone)]
pub(super) enum Happened {
    Mail {
        raw: Vec<u8>,
        signed: Option<SignedText>,
        at: Timestamp,
    },
    Tick(Timestamp),
    /// What later commands do: an advisory is approved, is published.
    Goes {
        case: CaseId,
        from: State,
        to: State,
        at: Timestamp,
    },
    /// Somebody agreed to the embargo.
    TakesPart {
        case: CaseId,
        at: Timestamp,
    },
}

pub(super) struct Place {
    pub(super) policy: Policy,
    pub(super) house: House,
    pub(super) mailroom: Mailroom,
}

/// `holds`: reports of strangers wait for a moderator.
pub(super) fn place(holds: bool) -> Place {
    let secret = Arc::new(Secret::new([1; 32]));
    let address = |text: &str| Address::parse(text).unwrap();
    let contact = |id: &str, part, agreed| Contact {
        id: id.to_owned(),
        part,
        name: format!("The {id} project"),
        address: address(&format!("security@{id}.example")),
        agreed,
    };
    let house = House {
        security: address(SECURITY),
        secret: Arc::clone(&secret),
        contacts: vec![contact("qemu", Part::Lead, false), contact("cna", Part::Cna, true)],
        ..house()
    };
    let mailroom = Mailroom {
        addresses: vec![(address(SECURITY), mailroom::Role::Security)],
        recipient_headers: vec!["Delivered-To".to_owned()],
        authserv_id: Some("mx.example.org".to_owned()),
        received_by: vec!["mx.example.org".to_owned()],
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret,
    };
    let mut policy = Policy::load("xen", None, None, "example.org").unwrap();
    if holds {
        policy.profile.reports.hold = Hold::Strangers;
    }
    Place { policy, house, mailroom }
}

pub(super) fn fingerprint(who: &str) -> String {
    sha256_hex(who.as_bytes()).to_uppercase().chars().take(40).collect()
}

pub(super) fn person(rows: Rows<'_>, address: &str) -> i64 {
    rows.people().find_or_add("", &Address::parse(address).unwrap()).unwrap().id
}

/// The team is there, Bob moderates; what people sign counts, and nothing can be encrypted to anybody, but to Alice.
pub(super) fn begin(rows: Rows<'_>, at: Timestamp) {
    for who in TEAM {
        assert!(rows.people().join_team(person(rows, who), who == TEAM[1], at).unwrap());
    }
    for who in TEAM.into_iter().chain([PAUL, MALLORY]) {
        let unusable = if who == TEAM[0] { "" } else { "for signatures only" };
        let found = Found { at, expires_at: None, unusable: unusable.to_owned() };
        rows.certificates().register(&fingerprint(who), Some(person(rows, who)), b"", &found).unwrap();
    }
}

/// Stands in the header of a mail that came encrypted.
pub(super) const SEALED: &str = "X-Opened: yes";

pub(super) fn happens(rows: Rows<'_>, place: &Place, happened: &Happened) {
    match happened {
        Happened::Mail { raw, signed, at } => {
            let sha256 = sha256_hex(raw);
            let arrival = Arrival {
                sha256: &sha256,
                raw,
                account: "local",
                folder: "in",
                received_at: *at,
                predates: false,
                truncated: false,
            };
            let Some(id) = rows.inbox().add(&arrival).unwrap() else { return };
            handles(rows, place, id, raw, signed.clone(), *at);
            // What a moderator let through.
            while let Some(again) = rows.inbox().next_waiting(0).unwrap() {
                handles(rows, place, again.id, &again.raw, None, *at);
            }
        }
        Happened::Tick(at) => {
            for one in due(rows, &place.policy, *at).unwrap() {
                tick(&mut Desk::new(rows, &place.policy, &place.house, *at, one.cause()), &one).unwrap();
            }
        }
        Happened::Goes { case, from, to, at } => assert!(rows.cases().go(*case, *from, *to, *at).unwrap()),
        Happened::TakesPart { case, at } => take_part(rows, case.0, person(rows, PAUL), "active", *at).unwrap(),
    }
}

fn handles(rows: Rows<'_>, place: &Place, id: i64, raw: &[u8], signed: Option<SignedText>, at: Timestamp) {
    let mut incoming = place.mailroom.read(raw, None);
    let sealed = String::from_utf8_lossy(raw).contains(SEALED);
    incoming.sealed = sealed;
    let opened = OpenedMail { sealed, message: sealed.then(|| raw.to_vec()), signed, ..OpenedMail::default() };
    let mail = Mail {
        id,
        readable: raw,
        incoming: &incoming,
        opened: &opened,
        received_at: at,
        predates: false,
        truncated: None,
    };
    let Place { policy, house, .. } = place;
    handle(&mut Desk::new(rows, policy, house, at, incoming.sha256.clone()), &mail).unwrap();
}
