//! Whatever is answered, by whom, proven or not, in whatever order: no application with a required item not found is ever
//! accepted, none is decided twice, and nobody is a member whose own address did not say so. `EMBARGOD_DEPTH` plays more
//! histories; a failing one prints its seed, and `EMBARGOD_APPLICATIONS=<seed>` plays it alone.
#![cfg(test)]

use std::sync::Arc;

use jiff::SignedDuration;

use super::super::{Mail, due, handle, tick};
use crate::desk::testing::house;
use crate::desk::{Desk, House};
use crate::mail::address::Address;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::opened::{OpenedMail, SignedForm, SignedText};
use crate::mail::secret::{Purpose, Secret};
use crate::policy::Policy;
use crate::rules::checklist::ruled;
use crate::store::applications::{ApplicationId, Standing, State};
use crate::store::certificates::Found;
use crate::store::inbox::Arrival;
use crate::store::{Rows, Store, members};

const HISTORIES: u64 = 30;
const STEPS: usize = 24;
const LIST: &str = "predisclosure-applications@lists.example.org";
/// The first two are the team.
const PEOPLE: [&str; 3] = ["alice@example.org", "bob@example.org", "mallory@example.net"];
const ORGANISATIONS: [&str; 3] = ["vm", "dino", "pony"];
const RATES: &str = "Your public rates or how to get a quote:\nhttps://ORG.example.net/prices\n\n";
const SAID: [&str; 17] = [
    "accept",
    "accept",
    "accept",
    "accept",
    "reject The pages do not show it.",
    "withdraw",
    "ask Which address?",
    "found hosting-rates https://ORG.example.net/prices\naccept",
    "found hosting-rates https://ORG.example.net/somewhere\naccept",
    "found hosting-rates We are a public hosting provider\naccept",
    "found alias security@ORG.example.net\naccept",
    "missing criteria who are your customers?",
    "missing alias it is a person's\naccept",
    "send none",
    "send current",
    "acept",
    "I know them, they are fine.",
];

/// Splitmix64: the same history from the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

/// What an application is like in the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    state: State,
    decided_by: Option<i64>,
    member: Option<members::State>,
}

struct Play<'r> {
    rows: Rows<'r>,
    policy: &'r Policy,
    house: &'r House,
    mailroom: &'r Mailroom,
    now: jiff::Timestamp,
    mails: usize,
    chance: Chance,
    /// Digests of signatures that were seen, to be used again, and whether they decided something.
    signatures: Vec<(String, bool)>,
}

/// Who may decide by a mail, and about what, as the rules say it; told apart from how the program finds out.
struct Proof {
    /// A member of the team, whose fresh signature it is.
    member: bool,
    application: Option<usize>,
}

impl Play<'_> {
    fn organisation(&self, which: usize) -> &'static str {
        ORGANISATIONS[which]
    }

    fn apply(&mut self, which: usize) {
        let organisation = self.organisation(which);
        let rates = if which == 1 { "" } else { RATES };
        let alias = if which == 2 { "pony.peter@ORG.example.net" } else { "security@ORG.example.net" };
        let text = format!(
            "The name of your organization:\nORG Example Ltd\n\nDomain name(s) which you use to provide Xen \
             software/services:\nORG.example.net\n\nA brief description of why you fit the criteria:\nWe are a public hosting \
             provider and rent out virtual servers, all of them on Xen.\n\nEvidence of your status as a service/software \
             provider:\nhttps://ORG.example.net/services\n\n{rates}Statements about your eligible production services, from \
             which it is evident that they use Xen:\nhttps://ORG.example.net/technology\n\nYour invitation to members of the \
             public to report security problems, and the contact information:\nhttps://ORG.example.net/security\n\nA statement \
             that you have read this policy and agree to abide by the terms:\nWe have read the policy and agree to abide by \
             its terms, in particular those about confidentiality during an embargo.\n\nThe single (non-personal) email alias \
             you wish added to the predisclosure list:\n{alias}"
        );
        let text = text.replace("ORG", organisation);
        let head = format!(
            "From: Pony Peter <peter@{organisation}.example.net>\nTo: {LIST}\nSubject: Application of {organisation}\nList-Post: \
             <mailto:{LIST}>"
        );
        self.comes(&head, &text, None);
    }

    /// A mail comes in; `signed`: it is signed with the certificate of this name.
    fn comes(&mut self, head: &str, text: &str, signed: Option<SignedText>) {
        self.mails += 1;
        let raw = format!("Message-ID: <m{}@example.net>\n{head}\n\n{text}\n", self.mails).into_bytes();
        let incoming = self.mailroom.read(&raw, None);
        let arrival = Arrival {
            sha256: &incoming.sha256,
            raw: &raw,
            account: "local",
            folder: "in",
            received_at: self.now,
            predates: false,
            truncated: false,
        };
        let id = self.rows.inbox().add(&arrival).unwrap().expect("a new mail");
        let opened = OpenedMail { signed, ..OpenedMail::default() };
        let mail = Mail {
            id,
            readable: &raw,
            incoming: &incoming,
            opened: &opened,
            received_at: self.now,
            predates: false,
            truncated: None,
        };
        handle(&mut Desk::new(self.rows, self.policy, self.house, self.now, incoming.sha256.clone()), &mail).unwrap();
    }

    /// A reply address, if somebody was given one.
    fn reply_address(&self, person: i64, which: usize, purpose: Purpose) -> Option<String> {
        let known = self.rows.applications().token_of(person, id(which), purpose).unwrap()?;
        Some(format!("security+{}@example.org", self.house.secret.derive(purpose, &known.cause, known.counter)))
    }

    /// Somebody answers for the team, or pretends to.
    fn says(&mut self) -> Proof {
        let (about, named) = (self.chance.below(3), self.chance.below(3));
        let organisation = self.organisation(about);
        let mut text = self.chance.one_of(&SAID).replace("ORG", organisation);
        let names = self.chance.below(3) == 0;
        if names {
            text = format!("application {}\n{text}", named + 1);
        }
        let holder = self.chance.below(2);
        let purpose = if self.chance.below(3) == 0 { Purpose::Current } else { Purpose::Decide };
        let to = match self.chance.below(5) {
            0 => None,
            _ => self.reply_address(self.person(PEOPLE[holder]), about, purpose),
        };
        let own = to.is_some();
        let to =
            to.unwrap_or_else(|| if self.chance.below(2) == 0 { LIST.into() } else { "security@example.org".into() });
        let from = PEOPLE[self.chance.below(3)];
        let stamp = match self.chance.below(2) {
            0 => String::new(),
            _ => format!(
                "Authentication-Results: mx.example.org; dmarc=pass header.from={}\n",
                from.split_once('@').unwrap().1
            ),
        };
        let (signer, fresh, used, signed) = self.signs(&text, holder);
        let head = format!("Delivered-To: {to}\n{stamp}From: {from}\nTo: {to}\nSubject: Re: [Xen application]");
        self.comes(&head, &text, signed);
        let by_team = signer.is_some_and(|signer| signer < 2);
        let application = match (own, names) {
            (true, false) => Some(about).filter(|_| signer == Some(holder)),
            (true, true) => Some(about).filter(|_| about == named),
            (false, true) => Some(named),
            (false, false) => None,
        };
        Proof { member: by_team && fresh && !used, application }
    }

    /// A signature over a text, or none; whose, whether it is fresh, and whether it decided something before.
    fn signs(&mut self, text: &str, holder: usize) -> (Option<usize>, bool, bool, Option<SignedText>) {
        if self.chance.below(4) == 0 {
            return (None, false, false, None);
        }
        let signer = if self.chance.below(2) == 0 { holder } else { self.chance.below(3) };
        let fresh = self.chance.below(5) > 0;
        let again = !self.signatures.is_empty() && self.chance.below(5) == 0;
        let (digest, acted) = match again {
            true => self.signatures[self.chance.below(self.signatures.len())].clone(),
            false => (format!("digest {} of {signer}", self.mails), false),
        };
        // A digest belongs to whoever made it: another signer's is another signature.
        let same = digest.ends_with(&format!("of {signer}"));
        let (digest, used) = if same { (digest, acted) } else { (format!("{digest}, by {signer}"), false) };
        self.signatures.push((digest.clone(), used));
        let age = if fresh { 1 } else { 49 };
        let signed = SignedText {
            fingerprint: fingerprint(signer),
            made_at: self.now - SignedDuration::from_hours(age),
            digest,
            form: SignedForm::Text,
            bytes: text.as_bytes().to_vec(),
        };
        (Some(signer), fresh, used, Some(signed))
    }

    /// Somebody answers where only the new member's address was asked; gives whether that confirms it, and which.
    fn confirms(&mut self) -> Option<usize> {
        let start = self.chance.below(3);
        let asked = |which: &usize| self.rows.members().of_application(id(*which)).unwrap().is_some();
        let which = (start..start + 3).map(|which| which % 3).find(asked)?;
        let member = self.rows.members().of_application(id(which)).unwrap()?;
        let to = self.reply_address(member.role.id, which, Purpose::Confirm)?;
        let words = self.chance.one_of(&["confirm", "confirm", "yes", "FYI\n\nconfirm", "> confirm", "Confirm."]);
        let machine = self.chance.below(3) == 0;
        let mark = if machine { "Auto-Submitted: auto-replied\n" } else { "" };
        self.comes(
            &format!("Delivered-To: {to}\n{mark}From: nils@example.com\nTo: {to}\nSubject: Re: Does"),
            words,
            None,
        );
        (!machine && words.to_lowercase().starts_with("confirm")).then_some(which)
    }

    fn writes_again(&mut self) {
        let which = self.chance.below(3);
        let organisation = self.organisation(which);
        let text = self.chance.one_of(&[RATES, "We do not agree to the policy any more.", "Is there news?"]);
        let head = format!(
            "From: Pony Peter <peter@{organisation}.example.net>\nTo: {LIST}\nSubject: Re: Application of \
             {organisation}\nIn-Reply-To: <m{}@example.net>\nList-Post: <mailto:{LIST}>",
            which + 1
        );
        self.comes(&head, &text.replace("ORG", organisation), None);
    }

    fn ticks(&mut self) {
        for one in due(self.rows, self.policy, self.now).unwrap() {
            tick(&mut Desk::new(self.rows, self.policy, self.house, self.now, one.cause()), &one).unwrap();
        }
    }

    fn person(&self, address: &str) -> i64 {
        self.rows.people().by_address(&Address::parse(address).unwrap()).unwrap().unwrap().id
    }

    fn seen(&self) -> Vec<Seen> {
        let one = |which: usize| {
            let application = self.rows.applications().get(id(which)).unwrap().unwrap();
            let member = self.rows.members().of_application(id(which)).unwrap().map(|member| member.state);
            Seen { state: application.state, decided_by: application.decided_by, member }
        };
        (0..3).map(one).collect()
    }

    /// What must hold of a step from the one to the other.
    fn holds(&self, before: &[Seen], after: &[Seen], proof: Option<&Proof>, confirmed: Option<usize>) {
        let decided = |seen: &Seen| matches!(seen.state, State::Accepted | State::Rejected | State::Withdrawn);
        for (which, (before, after)) in before.iter().zip(after).enumerate() {
            if decided(before) {
                assert_eq!((before.state, before.decided_by), (after.state, after.decided_by), "decided twice");
            } else if decided(after) {
                let proof = proof.expect("nobody said anything");
                assert!(proof.member && proof.application == Some(which), "decided by a mail that proves nothing");
            }
            if after.state == State::Accepted {
                let application = self.rows.applications().get(id(which)).unwrap().unwrap();
                let rulings = self.rows.applications().rulings(id(which)).unwrap();
                assert!(ruled(&application.findings, &rulings).complete(), "accepted without what is required");
            }
            assert_eq!(after.member.is_some(), after.state == State::Accepted, "a member of what is not accepted");
            let active = |seen: &Seen| seen.member == Some(members::State::Active);
            if active(after) && !active(before) {
                assert_eq!(confirmed, Some(which), "a member whose address did not confirm itself");
            }
        }
        let entries = self.rows.history().all().unwrap().len();
        let active = self.rows.members().all().unwrap().into_iter().filter(|one| one.state == members::State::Active);
        assert_eq!(entries, active.count(), "one entry for each member");
    }

    /// Every word by which the team showed an item is the applicant's.
    fn cited_words_are_theirs(&self) {
        for which in 0..3 {
            let theirs: Vec<String> = self
                .rows
                .applications()
                .mails(id(which))
                .unwrap()
                .iter()
                .filter(|mail| mail.standing == Standing::Applicant)
                .map(|mail| String::from_utf8(self.rows.inbox().raw(mail.inbox).unwrap()).unwrap())
                .collect();
            for ruling in self.rows.applications().rulings(id(which)).unwrap() {
                let is_found = ruling.status == crate::rules::checklist::Status::Found;
                assert!(!is_found || theirs.iter().any(|mail| mail.contains(&ruling.words)), "{}", ruling.words);
            }
        }
    }
}

fn id(which: usize) -> ApplicationId {
    ApplicationId(which as i64 + 1)
}

fn fingerprint(who: usize) -> String {
    format!("{who}").repeat(40)
}

/// How a history came out: accepted, and members.
fn play(play: &mut Play<'_>) -> (usize, usize) {
    for (number, who) in PEOPLE.iter().enumerate() {
        let person = play.rows.people().find_or_add("", &Address::parse(who).unwrap()).unwrap();
        if number < 2 {
            play.rows.people().join_team(person.id, false, play.now).unwrap();
        }
        let found = Found { at: play.now, expires_at: None, unusable: String::new() };
        play.rows.certificates().register(&fingerprint(number), Some(person.id), b"", &found).unwrap();
    }
    (0..3).for_each(|which| play.apply(which));
    for _ in 0..STEPS {
        let before = play.seen();
        let (mut proof, mut confirmed) = (None, None);
        match play.chance.below(8) {
            0..=3 => proof = Some(play.says()),
            4..=5 => confirmed = play.confirms(),
            6 => play.writes_again(),
            _ => {
                play.now += SignedDuration::from_hours(24 * play.chance.below(10) as i64);
                play.ticks();
            }
        }
        let after = play.seen();
        if let Some((digest, _)) = play.signatures.last().cloned().filter(|_| proof.is_some() && after != before) {
            play.signatures.iter_mut().filter(|(known, _)| *known == digest).for_each(|(_, acted)| *acted = true);
        }
        play.holds(&before, &after, proof.as_ref(), confirmed);
        play.cited_words_are_theirs();
    }
    let seen = play.seen();
    let accepted = seen.iter().filter(|one| one.state == State::Accepted).count();
    (accepted, seen.iter().filter(|one| one.member == Some(members::State::Active)).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_accepted_without_what_is_required_nor_a_member_unasked() {
    let secret = Arc::new(Secret::new([1; 32]));
    let (security, list) = (Address::parse("security@example.org").unwrap(), Address::parse(LIST).unwrap());
    let house =
        House { security: security.clone(), applications: Some(list.clone()), secret: Arc::clone(&secret), ..house() };
    let mailroom = Mailroom {
        addresses: vec![(security, Role::Security), (list, Role::Applications)],
        recipient_headers: vec!["Delivered-To".to_owned()],
        authserv_id: Some("mx.example.org".to_owned()),
        received_by: vec!["mx.example.org".to_owned()],
        spam_headers: Vec::new(),
        public_lists: Vec::new(),
        local: true,
        secret,
    };
    let policy = Policy::load("xen", None, None, "example.org").unwrap();
    let depth: u64 = std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("a number"));
    let only: Option<u64> = std::env::var("EMBARGOD_APPLICATIONS").ok().map(|seed| seed.parse().expect("a seed"));
    let seeds = only.map_or(0..depth * HISTORIES, |seed| seed..seed + 1);
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        let (mut accepted, mut members) = (0, 0);
        for seed in seeds {
            println!("EMBARGOD_APPLICATIONS={seed}"); // Shown when it fails.
            rows.save()?;
            let now = "2026-12-07T09:00:00Z".parse()?;
            let mut history = Play {
                rows,
                policy: &policy,
                house: &house,
                mailroom: &mailroom,
                now,
                mails: 0,
                chance: Chance(seed),
                signatures: Vec::new(),
            };
            let (of_these, active) = play(&mut history);
            rows.undo_saved()?;
            (accepted, members) = (accepted + of_these, members + active);
        }
        Ok((accepted, members))
    });
    let (accepted, members) = played.await.unwrap();
    assert!(
        only.is_some() || (accepted > 10 && members > 3),
        "{accepted} accepted, {members} members: too few to show it"
    );
}
