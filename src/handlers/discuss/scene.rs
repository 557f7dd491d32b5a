//! A desk with a list, for the tests beside: people write, and what they cause is in the tables.
#![cfg(test)]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::{Due, Mail, due, handle, tick};
use crate::desk::testing::house;
use crate::desk::{Desk, House};
use crate::mail::address::Address;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::opened::{OpenedMail, SignedForm, SignedText};
use crate::mail::secret::{Purpose, Secret};
use crate::policy::Policy;
use crate::store::Rows;
use crate::store::certificates::Found;
use crate::store::held::{HeldPost, PostId};
use crate::store::inbox::Arrival;
use crate::store::list_tokens::ListToken;
use crate::store::members::State;
use crate::store::outbox::Stored;

pub const LIST: &str = "xen-security-issues-discuss@lists.example.org";
pub const SECURITY: &str = "security@example.org";
pub const ALICE: &str = "alice@example.org";
pub const BOB: &str = "bob@example.org";
/// In the team, and no moderator.
pub const CAROL: &str = "carol@example.org";
pub const MALLORY: &str = "mallory@example.net";
/// Members: active, active, suspended, not confirmed yet.
pub const MEMBERS: [(&str, &str, State); 4] = [
    ("VM Example Ltd", "security@vm.example.net", State::Active),
    ("Dino Systems", "security@dino.example.net", State::Active),
    ("Pony Hosting", "security@pony.example.net", State::Suspended),
    ("Horse Linux", "security@horse.example.net", State::Invited),
];

/// What the desk of a scene is made of.
pub struct Place {
    pub policy: Policy,
    pub house: House,
    pub mailroom: Mailroom,
}

pub fn place() -> Place {
    let secret = Arc::new(Secret::new([1; 32]));
    let address = |text: &str| Address::parse(text).unwrap();
    let house = House {
        security: address(SECURITY),
        discuss: Some(address(LIST)),
        members: Some(address("xen-security-issues@lists.example.org")),
        secret: Arc::clone(&secret),
        ..house()
    };
    let mailroom = Mailroom {
        addresses: vec![(address(SECURITY), Role::Security), (address(LIST), Role::Discuss)],
        recipient_headers: vec!["Delivered-To".to_owned()],
        authserv_id: Some("mx.example.org".to_owned()),
        received_by: vec!["mx.example.org".to_owned()],
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret,
    };
    Place { policy: Policy::load("xen", None, None, "example.org").unwrap(), house, mailroom }
}

/// Somebody's mail.
pub struct Written<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    /// Our mail server vouches for its sender.
    pub vouched: bool,
    pub signed: Option<SignedText>,
}

pub struct Scene<'r> {
    pub rows: Rows<'r>,
    pub place: &'r Place,
    pub now: Timestamp,
    pub mails: usize,
    letters: i64,
}

impl<'r> Scene<'r> {
    /// Team and members are there, and all have certificates that nothing can be encrypted to.
    pub fn new(rows: Rows<'r>, place: &'r Place) -> Self {
        let now = "2026-12-07T09:00:00Z".parse().unwrap();
        let scene = Self { rows, place, now, mails: 0, letters: 0 };
        for (who, moderator) in [(ALICE, true), (BOB, true), (CAROL, false)] {
            let person = scene.person(who);
            rows.people().join_team(person, moderator, now).unwrap();
        }
        for (name, who, state) in MEMBERS {
            let member = rows.members().invite(name, scene.person(who), None, now).unwrap().unwrap();
            let members = rows.members();
            if state != State::Invited {
                assert!(members.change(member, State::Invited, State::Active, now).unwrap());
            }
            if state == State::Suspended {
                assert!(members.change(member, State::Active, State::Suspended, now).unwrap());
            }
        }
        for who in [ALICE, BOB, CAROL, MEMBERS[0].1, MALLORY] {
            let found = Found { at: now, expires_at: None, unusable: "for signatures only".to_owned() };
            rows.certificates().register(&fingerprint(who), Some(scene.person(who)), b"", &found).unwrap();
        }
        scene
    }

    pub fn person(&self, address: &str) -> i64 {
        self.rows.people().find_or_add("", &Address::parse(address).unwrap()).unwrap().id
    }

    /// A fresh signature of this text.
    pub fn signature(&self, who: &str, text: &str, digest: &str) -> SignedText {
        SignedText {
            fingerprint: fingerprint(who),
            made_at: self.now - SignedDuration::from_hours(1),
            digest: digest.to_owned(),
            form: SignedForm::Text,
            bytes: text.as_bytes().to_vec(),
        }
    }

    /// A mail comes in; gives its bytes.
    pub fn comes(&mut self, written: &Written<'_>) -> Vec<u8> {
        self.mails += 1;
        let Written { from, to, subject, text, vouched, signed } = written;
        let domain = from.split_once('@').unwrap().1;
        let stamp = match vouched {
            true => format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n"),
            false => String::new(),
        };
        let number = self.mails;
        let raw = format!(
            "Delivered-To: {to}\n{stamp}From: {from}\nTo: {to}\nSubject: {subject}\nMessage-ID: <m{number}@{domain}>\n\n{text}\n"
        );
        self.takes(raw.as_bytes(), signed.clone());
        raw.into_bytes()
    }

    pub fn takes(&mut self, raw: &[u8], signed: Option<SignedText>) {
        let incoming = self.place.mailroom.read(raw, None);
        let arrival = Arrival {
            sha256: &incoming.sha256,
            raw,
            account: "local",
            folder: "in",
            received_at: self.now,
            predates: false,
            truncated: false,
        };
        let Some(id) = self.rows.inbox().add(&arrival).unwrap() else { return };
        self.handles(id, raw, signed);
        // What moderators passed on is handled once more.
        while let Some(again) = self.rows.inbox().next_waiting(0).unwrap() {
            self.handles(again.id, &again.raw, None);
        }
    }

    fn handles(&mut self, id: i64, raw: &[u8], signed: Option<SignedText>) {
        let incoming = self.place.mailroom.read(raw, None);
        let opened = OpenedMail { signed, ..OpenedMail::default() };
        let mail = Mail {
            id,
            readable: raw,
            incoming: &incoming,
            opened: &opened,
            received_at: self.now,
            predates: false,
            truncated: None,
        };
        let Place { policy, house, .. } = self.place;
        handle(&mut Desk::new(self.rows, policy, house, self.now, incoming.sha256.clone()), &mail).unwrap();
    }

    /// What is due of posts, and of letters that were stopped.
    pub fn ticks(&mut self) {
        let Place { policy, house, .. } = self.place;
        let all = due(self.rows, policy, self.now).unwrap();
        for one in all.into_iter().filter(|one| matches!(one, Due::Posted(..) | Due::Trouble(_))) {
            tick(&mut Desk::new(self.rows, policy, house, self.now, one.cause()), &one).unwrap();
        }
    }

    /// Somebody's reply address about a post, if they were given one.
    pub fn reply_address(&self, who: &str, purpose: Purpose, post: PostId) -> Option<String> {
        let of = ListToken { purpose, object: post.0, person: self.person(who) };
        let known = self.rows.list_tokens().of(&of).unwrap()?;
        let token = self.place.house.secret.derive(purpose, &known.cause, known.counter);
        Some(format!("security+{token}@example.org"))
    }

    pub fn posts(&self) -> Vec<HeldPost> {
        self.rows.held().all().unwrap()
    }

    /// The letters written since the last look.
    pub fn letters(&mut self) -> Vec<Stored> {
        let mut found = Vec::new();
        while let Ok(letter) = self.rows.outbox().letter(self.letters + 1) {
            self.letters += 1;
            found.push(letter);
        }
        found
    }
}

pub fn fingerprint(who: &str) -> String {
    crate::mail::secret::sha256_hex(who.as_bytes()).to_uppercase().chars().take(40).collect()
}
