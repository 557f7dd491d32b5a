//! Whatever commands come, from whomever, signed, vouched for, stale, replayed or misread, about several cases at once: no
//! case gets where its life does not lead, nothing is done without proof, whoever is refused hears why and what to do, the
//! record verifies, and the same mails from an empty database give the same tables. `EMBARGOD_DEPTH` plays more histories; a
//! failing one prints its seed, and `EMBARGOD_COMMANDS=<seed>` plays it alone.
#![cfg(test)]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::desk::{Desk, House};
use crate::handlers::{Mail, due, handle, tick};
use crate::mail::address::Address;
use crate::mail::letter::Kind;
use crate::mail::mailroom::{self, Mailroom};
use crate::mail::opened::{OpenedMail, SignedForm, SignedText};
use crate::mail::secret::{Purpose, Secret, sha256_hex};
use crate::policy::Policy;
use crate::rules::contacts::{Contact, Part};
use crate::rules::label::CaseId;
use crate::rules::life::{self, Event, State};
use crate::rules::limits::Limits;
use crate::store::certificates::Found;
use crate::store::inbox::Arrival;
use crate::store::outbox::Stored;
use crate::store::testing::{all_tables, take_part};
use crate::store::{Rows, Store};

const HISTORIES: u64 = 8;
const STEPS: usize = 45;
const SECURITY: &str = "security@example.org";
const TEAM: [&str; 3] = ["alice@example.org", "bob@example.org", "carol@example.org"];
/// Discoverers, somebody who takes part, and a stranger.
const DANA: &str = "dana@research.example.net";
const ERIN: &str = "erin@example.com";
const PAUL: &str = "paul@vendor.example";
const MALLORY: &str = "mallory@example.net";
/// CASE: the number of some case.
const COMMANDS: [&str; 67] = [
    "!confirm",
    "!confirm",
    "!invalid It is no problem of ours.",
    "!duplicate CASE",
    "!duplicate CASE",
    "!passed qemu",
    "!passed nobody",
    "!embargo",
    "!embargo",
    "!embargo",
    "!embargo 2026-12-16 they ask for it",
    "!embargo 2027-01-20 14:00 the fix is difficult",
    "!embargo next Friday they ask for it",
    "!embargo 2020-01-01 long ago",
    "!embargo restart the patch was wrong",
    "!public https://example.org/commit/1",
    "!public https://example.org/commit/1",
    "!exploited It was seen in the wild.",
    "!reopen",
    "!reopen",
    "!reopen",
    "!spam",
    "!split",
    "!move CASE",
    "!assign",
    "!assign 480",
    "!assign XSA-3",
    "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
    "!severity CVSS:3.1/AV:L/AC:L/PR:L",
    "!affects 4.20 yes",
    "!affects 4.20 no",
    "!affects mastre yes",
    "!affects 4.15 4.15.1 and later",
    "!patch",
    "!patch\n4.20: fix.patch",
    "!patch\n4.20: other.patch",
    "!credit reporter anonymous",
    "!credit Frida Fuzz",
    "!credit Frida Fuzz anonymous",
    "!decision\n\nWe tell nobody early.",
    "!done patches",
    "!done advisory",
    "!done no-patch-advisory",
    "!done publish",
    "!skip patches not needed",
    "!cve CVE-2026-10001",
    "!cve CVE-2026-1000CASE for 480",
    "!cve request",
    "!cve none It is too small.",
    "!cve 12",
    "!add qemu",
    "!add Carl <carl@cert.example> as coordinator",
    "!remove carl@cert.example",
    "!tell reporter Thank you.",
    "!tell paul@vendor.example Have a look.",
    "!note Dana telephoned.",
    "!title Another title",
    "!owner bob@example.org",
    "!status",
    "!help",
    "!export",
    "!report for Gina <gina@example.net>",
    "!confrim",
    "> !confirm",
    "Hello,\n\n!confirm",
    "!history add Something.",
    "!key",
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

    fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What happened, to be played again.
#[derive(Clone)]
enum Happened {
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

struct Place {
    policy: Policy,
    house: House,
    mailroom: Mailroom,
}

fn place() -> Place {
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
        applications: None,
        discuss: None,
        members: None,
        domain: "example.org".into(),
        secret: Arc::clone(&secret),
        fingerprint: "00".repeat(20),
        operator: None,
        limits: Limits::default(),
        contacts: vec![contact("qemu", Part::Lead, false), contact("cna", Part::Cna, true)],
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
    Place { policy: Policy::load("xen", None, None, "example.org").unwrap(), house, mailroom }
}

fn fingerprint(who: &str) -> String {
    sha256_hex(who.as_bytes()).to_uppercase().chars().take(40).collect()
}

fn person(rows: Rows<'_>, address: &str) -> i64 {
    rows.people().find_or_add("", &Address::parse(address).unwrap()).unwrap().id
}

/// The team is there; what people sign counts, and nothing can be encrypted to anybody, but to Alice.
fn begin(rows: Rows<'_>, at: Timestamp) {
    for who in TEAM {
        assert!(rows.people().join_team(person(rows, who), false, at).unwrap());
    }
    for who in TEAM.into_iter().chain([PAUL, MALLORY]) {
        let unusable = if who == TEAM[0] { "" } else { "for signatures only" };
        let found = Found { at, expires_at: None, unusable: unusable.to_owned() };
        rows.certificates().register(&fingerprint(who), Some(person(rows, who)), b"", &found).unwrap();
    }
}

fn happens(rows: Rows<'_>, place: &Place, happened: &Happened) {
    match happened {
        Happened::Mail { raw, signed, at } => {
            let incoming = place.mailroom.read(raw, None);
            let arrival = Arrival {
                sha256: &incoming.sha256,
                raw,
                account: "local",
                folder: "in",
                received_at: *at,
                predates: false,
                truncated: false,
            };
            let Some(id) = rows.inbox().add(&arrival).unwrap() else { return };
            let opened = OpenedMail { signed: signed.clone(), ..OpenedMail::default() };
            let mail = Mail {
                id,
                readable: raw,
                incoming: &incoming,
                opened: &opened,
                received_at: *at,
                predates: false,
                truncated: None,
            };
            let Place { policy, house, .. } = place;
            handle(&mut Desk::new(rows, policy, house, *at, incoming.sha256.clone()), &mail).unwrap();
        }
        Happened::Tick(at) => {
            for one in due(rows, &place.policy.profile, *at).unwrap() {
                tick(&mut Desk::new(rows, &place.policy, &place.house, *at, one.cause()), &one).unwrap();
            }
        }
        Happened::Goes { case, from, to, at } => assert!(rows.cases().go(*case, *from, *to, *at).unwrap()),
        Happened::TakesPart { case, at } => take_part(rows, case.0, person(rows, PAUL), "active", *at).unwrap(),
    }
}

/// What a case is like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    state: State,
    dates: [Timestamp; 2],
    advisories: Vec<i64>,
}

/// What the rules say of a mail; told apart from how the program finds out.
#[derive(Clone, Copy, Debug, Default)]
struct Proof {
    /// Whose fresh, unused signature it is, for the case it goes to.
    signed: Option<&'static str>,
    /// Whose reply address it came to, from their own address, our server says.
    vouched: Option<&'static str>,
    case: i64,
    /// It begins with a command, and its signature was never seen before.
    surely: bool,
}

struct History<'r> {
    rows: Rows<'r>,
    place: &'r Place,
    chance: Chance,
    now: Timestamp,
    log: Vec<Happened>,
    mails: usize,
    /// What was signed before, and by whom; and which of those signatures were answered.
    digests: Vec<(&'static str, String)>,
    used: BTreeSet<(&'static str, String)>,
    /// Of the last mail.
    signature: Option<(&'static str, String)>,
    lines: usize,
    letters: i64,
    tally: Tally,
}

/// That much was really tried.
#[derive(Default)]
struct Tally {
    done: usize,
    refused: usize,
    states: BTreeSet<State>,
    verbs: BTreeSet<String>,
}

impl History<'_> {
    fn does(&mut self, happened: Happened) {
        happens(self.rows, self.place, &happened);
        self.log.push(happened);
    }

    fn cases(&self) -> BTreeMap<i64, Seen> {
        let numbers = self.rows.cases().list().unwrap().into_iter().map(|listed| listed.number);
        let seen = numbers.map(|number| {
            let case = self.rows.cases().get(number).unwrap().unwrap();
            let dates = [case.proposal.predisclosure_at, case.proposal.release_at];
            let advisories = self.rows.facts().advisories(number).unwrap();
            (number.0, Seen { state: case.state, dates, advisories })
        });
        seen.collect()
    }

    fn reports(&mut self) {
        let (from, name) = self.chance.one_of(&[(DANA, "Dana Doe"), (ERIN, "Erin"), (DANA, "Dana Doe")]);
        self.mails += 1;
        let number = self.mails;
        let raw = format!(
            "Delivered-To: {SECURITY}\nFrom: {name} <{from}>\nTo: {SECURITY}\nSubject: Problem {number}\n\
             Message-ID: <m{number}@example.net>\n\nA guest can do thing {number}.\n"
        );
        self.does(Happened::Mail { raw: raw.into_bytes(), signed: None, at: self.now });
    }

    /// Somebody's reply address for a case, if they were given one.
    fn reply_address(&self, who: &str, case: i64, purpose: Purpose) -> Option<String> {
        // To look leaves no trace: it is not played again.
        let person = self.rows.people().by_address(&Address::parse(who).unwrap()).unwrap()?;
        let known = self.rows.tokens().of(person.id, CaseId(case), purpose).unwrap()?;
        Some(format!("security+{}@example.org", self.place.house.secret.derive(purpose, &known.cause, known.counter)))
    }

    /// Somebody gives commands, or seems to.
    fn commands(&mut self) -> Proof {
        let cases = self.rows.cases().list().unwrap().len();
        let case = self.chance.below(cases) as i64 + 1;
        // As a member of the team usually does it: a signed reply to their own copy.
        let usual = self.chance.below(5) < 3;
        let from = match usual {
            true => self.chance.one_of(&TEAM),
            false => self.chance.one_of(&[TEAM[0], TEAM[1], TEAM[2], DANA, PAUL, MALLORY]),
        };
        let holder = if usual { from } else { self.chance.one_of(&[from, from, TEAM[0], PAUL]) };
        let purpose = self.chance.one_of(&[Purpose::AnswerTeam, Purpose::AnswerTeam, Purpose::AnswerReporter]);
        let own = self.reply_address(holder, case, purpose).filter(|_| usual || self.chance.below(8) > 0);
        let to = own.clone().unwrap_or_else(|| SECURITY.to_owned());
        let other = self.chance.below(cases) as i64 + 1;
        let named = self.chance.one_of(&[None, None, None, Some(case), Some(other)]).filter(|_| !usual);
        let mut lines: Vec<String> = named.iter().map(|named| format!("case {named}")).collect();
        for _ in 0..=self.chance.below(8) / 6 {
            let number = (self.chance.below(cases) + 1).to_string();
            lines.push(self.chance.one_of(&COMMANDS).replace("CASE", &number));
        }
        let text = lines.join("\n");
        let commands = lines.iter().all(|line| {
            let line = line.split('\n').next().unwrap_or_default();
            line.starts_with('!') || line.starts_with("case ")
        });
        let vouched = self.chance.below(3) > 0;
        let signer = match usual {
            true => Some(from),
            false => self.chance.one_of(&[None, None, Some(from), Some(from), Some(TEAM[1]), Some(MALLORY)]),
        };
        let (fresh, again) = (usual || self.chance.below(6) > 0, !usual && self.chance.below(6) == 0);
        let attaches = self.chance.below(2) == 0;
        let seen = self.digests.get(self.chance.below(self.digests.len().max(1))).filter(|_| again).cloned();
        let signer = seen.as_ref().filter(|_| signer.is_some()).map(|(who, _)| *who).or(signer);
        self.signature = signer.map(|who| seen.unwrap_or_else(|| (who, format!("digest {} of {who}", self.mails))));
        let signed = self.signature.clone().map(|(who, digest)| {
            let age = SignedDuration::from_hours(if fresh { 1 } else { 49 });
            let (form, bytes) = match attaches {
                true => (SignedForm::Entity, entity(&text)),
                false => (SignedForm::Text, text.clone().into_bytes()),
            };
            SignedText { fingerprint: fingerprint(who), made_at: self.now - age, digest, form, bytes }
        });
        let used = self.signature.as_ref().is_some_and(|signature| self.used.contains(signature));
        let new = self.signature.as_ref().is_none_or(|signature| !self.digests.contains(signature));
        self.digests.extend(self.signature.clone());
        let answers = match self.chance.below(3) {
            0 => String::new(),
            _ => match self.rows.outbox().letter(self.chance.below(self.letters.max(1) as usize) as i64 + 1) {
                Ok(letter) => format!("In-Reply-To: <{}>\n", letter.message_id.as_str()),
                Err(_) => String::new(),
            },
        };
        self.mails += 1;
        let (number, domain) = (self.mails, from.split_once('@').unwrap().1);
        let stamp = match vouched {
            true => format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n"),
            false => String::new(),
        };
        let raw = format!(
            "Delivered-To: {to}\n{stamp}From: {from}\nTo: {to}\n{answers}Subject: Re: it\nMessage-ID: <m{number}@{domain}>\n\n\
             {text}\n"
        );
        self.does(Happened::Mail { raw: raw.into_bytes(), signed, at: self.now });
        let team = |who: &str| TEAM.into_iter().find(|member| *member == who);
        let (target, names) = match (&own, named) {
            (Some(_), named) => (case, named == Some(case)),
            (None, Some(named)) => (named, true),
            (None, None) => (0, false),
        };
        let addressed = own.is_some() && signer == Some(holder);
        let signed = signer.and_then(team).filter(|_| fresh && !used && (addressed || names));
        // A signature of their own takes nothing away from that, however old.
        let said = signer.is_none_or(|signer| signer == from);
        let vouched = team(from).filter(|_| own.is_some() && holder == from && vouched && said);
        let agrees = named.is_none_or(|named| named == target);
        // What wants a signature and has none is told five times a day.
        let looks = |line: &String| line.strip_prefix('!').is_none_or(oracle::only_looks);
        let plain = signed.is_some() || signer.is_none() && lines.iter().all(looks);
        Proof { signed, vouched, case: target, surely: commands && agrees && new && plain }
    }

    /// What an approval and a release will do.
    fn goes(&mut self) {
        let cases = self.cases();
        let Some((number, seen)) = cases.iter().nth(self.chance.below(cases.len())) else { return };
        let event = self.chance.one_of(&[Event::Predisclose, Event::Release, Event::Close]);
        if event == Event::Release && seen.state != State::Predisclosed {
            return;
        }
        if let Ok(to) = life::after(seen.state, event)
            .and_then(|to| if to == seen.state { life::after(to, Event::Spam) } else { Ok(to) })
            && to != State::Invalid
        {
            self.does(Happened::Goes { case: CaseId(*number), from: seen.state, to, at: self.now });
        }
    }

    /// What must be true after a mail.
    fn holds(&mut self, before: &BTreeMap<i64, Seen>, proof: Option<Proof>) {
        let after = self.cases();
        let lines = self.rows.audit().list().unwrap();
        let new = &lines[self.lines..];
        let mut done: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        if let Some(signature) = self.signature.take()
            && new.iter().any(|line| line.act.ends_with("command") || line.act.starts_with("command "))
            && new.iter().any(|line| line.actor == signature.0)
        {
            self.used.insert(signature);
        }
        for line in new {
            let Some(verb) = line.act.strip_prefix("command ") else { continue };
            let case: i64 = line.object.strip_prefix("case ").unwrap().parse().unwrap();
            let proof = proof.expect("nobody gave a command");
            let by = proof.signed.or(proof.vouched.filter(|_| oracle::needs_no_signature(verb)));
            assert_eq!(by, Some(line.actor.as_str()), "{verb} was done for somebody else: {proof:?}");
            assert_eq!(case, proof.case, "{verb} was done in another case");
            done.entry(case).or_default().push(verb.to_owned());
        }
        let typed = self.typed();
        for (number, was) in before {
            let (is, verbs) = (&after[number], done.get(number).cloned().unwrap_or_default());
            let mut possible = vec![was.state];
            for (verb, typed) in verbs.iter().zip(&typed) {
                possible = possible.iter().flat_map(|state| oracle::may_follow(*state, verb, typed)).collect();
                assert!(!possible.is_empty(), "“{typed}” was carried out in case {number}, which was {}", was.state);
            }
            assert!(possible.contains(&is.state), "case {number}: {} became {} by {typed:?}", was.state, is.state);
            assert!(is.advisories.starts_with(&was.advisories), "an advisory of case {number} is gone");
            if !verbs.iter().any(|verb| oracle::may_date(verb)) {
                assert_eq!(is.dates, was.dates, "case {number} got other dates by {typed:?}");
            }
        }
        for (number, is) in after.iter().filter(|(number, _)| !before.contains_key(number)) {
            assert_eq!(is.state, State::Triage, "case {number} is new");
        }
        self.tally.done += done.values().map(Vec::len).sum::<usize>();
        self.tally.verbs.extend(done.into_values().flatten());
        self.tally.states.extend(after.values().map(|seen| seen.state));
        self.lines = lines.len();
        self.answered(proof);
    }

    /// The lines of the last mail that may be commands.
    fn typed(&self) -> Vec<String> {
        let Some(Happened::Mail { raw, .. }) = self.log.last() else { return Vec::new() };
        let text = String::from_utf8_lossy(raw).into_owned();
        let own = text.split_once("\n\n").map(|(_, own)| own.to_owned()).unwrap_or_default();
        own.lines().filter(|line| line.starts_with('!')).map(str::to_owned).collect()
    }

    /// Whoever is proven to have given commands is answered; every refusal says why, and what to do; no line of ours acts
    /// when it comes back.
    fn answered(&mut self, proof: Option<Proof>) {
        let letters = self.letters();
        for letter in &letters {
            let body = letter.letter.body.value();
            // Whoever takes part without being in the team gets the words of others as they are, and commands nothing.
            let acts = |line: &str| line.trim_start().starts_with('!');
            assert!(letter.letter.kind.is_of_people() || !body.lines().any(acts), "{body}");
            if letter.letter.kind == Kind::Refusal {
                assert!(body.contains("What to do"), "{body}");
                assert!(body.contains("Why: ") || body.contains("was not understood"), "{body}");
                self.tally.refused += 1;
            }
        }
        let Some(Proof { signed, vouched, surely: true, .. }) = proof else { return };
        let Some(by) = signed.or(vouched) else { return };
        let to_them = |letter: &&Stored| letter.letter.to.iter().any(|to| to.address.as_str() == by);
        let answer = |letter: &&Stored| matches!(letter.letter.kind, Kind::Answer | Kind::Refusal);
        let answers = letters.iter().filter(to_them).filter(answer).count();
        assert!(answers >= 1, "{by} gave commands, and hears nothing: {:?}", self.typed());
    }

    /// The letters written since the last look.
    fn letters(&mut self) -> Vec<Stored> {
        let mut found = Vec::new();
        while let Ok(letter) = self.rows.outbox().letter(self.letters + 1) {
            self.letters += 1;
            found.push(letter);
        }
        found
    }

    fn step(&mut self) {
        let before = self.cases();
        let mut proof = None;
        match self.chance.below(20) {
            0 => self.reports(),
            1 => self.goes(),
            2 => {
                let hours = self.chance.one_of(&[1, 30, 130]);
                self.now += SignedDuration::from_hours(hours);
                self.does(Happened::Tick(self.now));
                self.letters();
                self.lines = self.rows.audit().list().unwrap().len();
                return;
            }
            3 => {
                let case = CaseId(self.chance.below(before.len()) as i64 + 1);
                self.does(Happened::TakesPart { case, at: self.now });
            }
            _ => {
                self.now += SignedDuration::from_mins(7);
                proof = Some(self.commands());
            }
        }
        if matches!(self.log.last(), Some(Happened::Mail { .. })) {
            self.holds(&before, proof);
        }
    }
}

/// The text, and a patch with it.
fn entity(text: &str) -> Vec<u8> {
    format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n--m\nContent-Type: text/x-patch\n\
         Content-Disposition: attachment; filename=fix.patch\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--m--\n"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_lead_where_they_may_are_explained_where_they_may_not_and_can_be_played_again() {
    let depth: u64 = std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("a number"));
    let only: Option<u64> = std::env::var("EMBARGOD_COMMANDS").ok().map(|seed| seed.parse().expect("a seed"));
    let seeds = only.map_or(0..depth * HISTORIES, |seed| seed..seed + 1);
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        let place = place();
        let began: Timestamp = "2026-12-07T09:00:00Z".parse().unwrap();
        let mut tally = Tally::default();
        for seed in seeds {
            println!("EMBARGOD_COMMANDS={seed}"); // Shown when it fails.
            rows.save()?;
            begin(rows, began);
            let mut history = History {
                rows,
                place: &place,
                chance: Chance(seed),
                now: began,
                log: Vec::new(),
                mails: 0,
                digests: Vec::new(),
                used: BTreeSet::new(),
                signature: None,
                lines: 0,
                letters: 0,
                tally,
            };
            for _ in 0..3 {
                history.reports();
            }
            history.holds(&BTreeMap::new(), None);
            for _ in 0..STEPS {
                history.step();
            }
            assert_eq!(rows.audit().verify()?.broken, None);
            let (first, log) = (all_tables(rows)?, history.log);
            tally = history.tally;
            rows.undo_saved()?;

            rows.save()?;
            begin(rows, began);
            log.iter().for_each(|happened| happens(rows, &place, happened));
            for ((name, first), (_, second)) in first.iter().zip(&all_tables(rows)?) {
                let differs = first.lines().zip(second.lines()).find(|(first, second)| first != second);
                assert!(first == second, "{name} is another, played again: {differs:?}");
            }
            rows.undo_saved()?;
        }
        Ok(tally)
    });
    let Tally { done, refused, states, verbs } = played.await.unwrap();
    println!("{done} done, {refused} refused; {states:?}; {verbs:?}");
    let shown = done > 30 && refused > 60 && states.len() >= 2 && verbs.len() > 10;
    assert!(only.is_some() || shown, "{done} done, {refused} refused, {states:?}, {verbs:?}: too few");
}
