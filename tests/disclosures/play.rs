//! One history: what people do by chance, and what may be seen of it by whom, by a reckoning of its own.

use std::collections::{BTreeMap, BTreeSet};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::settings::Settings;
use embargod::store::Store;
use embargod::store::members::State as Standing;
use jiff::{SignedDuration, Timestamp};

use super::seen::is_open;
use crate::crash::chance::Chance;
use crate::faults::desk::Journal;
use crate::scenarios::signed_entity;
use crate::world::{Letter, LineEnds, World};

const BEGIN: &str = "2026-12-07T09:00:00Z";
const CASES_MAX: usize = 3;
pub const MEMBERS: [&str; 5] = [
    "security@vm.example.net",
    "security@hosting.example.net",
    "soc@cloud.example.net",
    "alerts@distro.example.net",
    "late@later.example.net",
];
pub const TEAM: [&str; 2] = ["alice@example.org", "bob@example.org"];

/// What the histories came to: a property of nothing would hold as well.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    drafts: usize,
    approved: usize,
    refused: usize,
    pub to_members: usize,
    pub to_the_public: usize,
    released: usize,
    holds: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.drafts += other.drafts;
        self.approved += other.approved;
        self.refused += other.refused;
        self.to_members += other.to_members;
        self.to_the_public += other.to_the_public;
        self.released += other.released;
        self.holds += other.holds;
    }

    pub fn is_worth_something(&self) {
        let least =
            [self.drafts, self.approved, self.refused, self.to_members, self.to_the_public, self.released, self.holds];
        assert!(least.iter().all(|count| *count > 0), "{self:?}");
    }
}

/// A case as this reckoning knows it.
pub struct Case {
    pub number: i64,
    pub advisory: i64,
    /// Stands in every text of it, and in the name of its patch.
    pub word: String,
    pub cve: String,
    pub discoverer: String,
    /// Where each of the team answers its mail.
    pub reply_to: BTreeMap<&'static str, String>,
    /// Each text and each patch of it has one of its own.
    pub marks: Vec<String>,
    /// The digests that somebody proven approved.
    pub approved: BTreeSet<String>,
    /// Of these, what everybody may have seen by now.
    pub public: BTreeSet<String>,
    pub held: bool,
}

pub struct Play {
    pub world: World,
    store: Store,
    settings: Settings,
    pub now: Timestamp,
    chance: Chance,
    pub cases: Vec<Case>,
    /// Who is on the list, by address.
    pub members: BTreeMap<&'static str, bool>,
    mails: usize,
    pub tally: Tally,
}

impl Play {
    pub fn new(seed: u64) -> Self {
        let world = World::new(LineEnds::Lf);
        let settings = Settings::load(&world.config()).unwrap();
        let store = Store::open(&settings.database).unwrap();
        let now = BEGIN.parse().unwrap();
        let mut play = Self {
            world,
            store,
            settings,
            now,
            chance: Chance::of(seed),
            cases: Vec::new(),
            members: BTreeMap::new(),
            mails: 0,
            tally: Tally::default(),
        };
        play.joins(MEMBERS[0]);
        play.joins(MEMBERS[1]);
        play.reports();
        play.settles(0);
        play
    }

    /// Somebody does something, or time passes.
    pub fn goes_on(&mut self) {
        let case = self.chance.number(0..=self.cases.len() - 1);
        match self.chance.number(0..=15) {
            0 if self.cases.len() < CASES_MAX => self.reports(),
            1 => self.settles(case),
            2 => self.commands(case, &format!("!cve {}", self.cases[case].cve.clone())),
            3 | 4 => self.drafts(case),
            5..=7 => self.approves(case),
            8 => self.approves_wrongly(case),
            9 => self.holds(case),
            10 if self.chance.once_in(3) => self.opens(case),
            11 if self.chance.once_in(2) => self.comes_or_goes(),
            12 => self.asks(case),
            13 if self.chance.once_in(2) => self.patches_again(case),
            _ => self.waits(),
        }
    }

    /// Long after the last hour.
    pub fn ends(&mut self) {
        for case in 0..self.cases.len() {
            if self.cases[case].held {
                self.holds(case);
            }
        }
        self.now += SignedDuration::from_hours(24 * 60);
        self.round();
        self.tally.released += self.read(|rows| rows.advisories().released()).len();
    }

    fn reports(&mut self) {
        let number = self.cases.len() as i64 + 1;
        let (word, discoverer) = (format!("zebra{number}finch"), format!("dana{number}@research.example.net"));
        let mail = format!(
            "Delivered-To: security@example.org\nFrom: Dana <{discoverer}>\nTo: security@example.org\nSubject: {word} in it\n\
             Date: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <report-{number}@research.example.net>\n\nThe {word} overflows.\n"
        );
        self.cases.push(Case {
            number,
            advisory: 479 + number,
            cve: format!("CVE-2026-9{number}{number}{number}{number}"),
            word,
            discoverer,
            reply_to: BTreeMap::new(),
            marks: Vec::new(),
            approved: BTreeSet::new(),
            public: BTreeSet::new(),
            held: false,
        });
        for letter in self.mail(&mail) {
            if let Some(who) = TEAM.iter().find(|who| **who == letter.to).filter(|_| letter.kind == "relay") {
                let to = letter.header("Reply-To").trim_matches(['<', '>']).to_owned();
                self.cases.last_mut().expect("just added").reply_to.insert(*who, to);
            }
        }
    }

    /// What has to be said of a case before anything leaves.
    fn settles(&mut self, case: usize) {
        let days = self.chance.number(1..=20) as i64;
        let day = (self.now + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d").to_string();
        let Case { advisory, word, .. } = &self.cases[case];
        let numbered = self.read(move |rows| rows.facts().advisories(embargod::rules::label::CaseId(case as i64 + 1)));
        let assign = if numbered.is_empty() { format!("!assign {advisory}\n") } else { String::new() };
        let text = format!("!confirm\n!title The {word}\n{assign}!affects 4.20 yes\n!embargo {day} because of {word}");
        self.commands(case, &text);
    }

    fn drafts(&mut self, case: usize) {
        let (word, advisory) = (self.cases[case].word.clone(), self.cases[case].advisory);
        let before = self.versions(case).len();
        let (mark, stored) = (self.mark(case), self.stored(case));
        let name = match self.chance.once_in(2) {
            true => format!("xsa{advisory}-4.20.patch"),
            false => format!("{word}-4.20.patch"),
        };
        let updates = if self.chance.once_in(2) { format!(" The {word} is told better.") } else { String::new() };
        let entity = format!(
            "Content-Type: multipart/mixed; boundary=p\n\n--p\nContent-Type: text/plain; charset=utf-8\n\n\
             !deploy patches\n!advisory{updates}\n\nISSUE DESCRIPTION\n=================\n\nThe {word} overflows.\n\nIMPACT\n======\n\n\
             Of {word}: host crash {mark}.\n\nVULNERABLE SYSTEMS\n==================\n\n{word} in Xen 4.20.\n\nMITIGATION\n==========\n\n\
             No {word}.\n\nNOTE REGARDING LACK OF EMBARGO\n==============================\n\nThe {word} is known.\n\n--p\nContent-Type: text/x-patch; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\n\
             --- a/{word}.c\n+++ b/{word}.c\n@@ -1 +1 @@\n-one\n+two {mark}\n\n--p--\n"
        );
        // What is under embargo has no note that it has none, and the reverse.
        let note = "NOTE REGARDING LACK OF EMBARGO";
        let entity = match (is_open(&stored), entity.find(note), entity.find("--p\nContent-Type: text/x-patch")) {
            (false, Some(from), Some(to)) => format!("{}{}", &entity[..from], &entity[to..]),
            _ => entity,
        };
        self.says(case, TEAM[0], &entity);
        self.tally.drafts += usize::from(self.versions(case).len() > before);
    }

    fn patches_again(&mut self, case: usize) {
        let (word, advisory, mark) = (self.cases[case].word.clone(), self.cases[case].advisory, self.mark(case));
        let entity = format!(
            "Content-Type: multipart/mixed; boundary=p\n\n--p\nContent-Type: text/plain; charset=utf-8\n\n!patch\n\n--p\n\
             Content-Type: text/x-patch; name=xsa{advisory}-4.20.patch\n\
             Content-Disposition: attachment; filename=xsa{advisory}-4.20.patch\n\n\
             --- a/{word}.c\n+++ b/{word}.c\n@@ -1 +1 @@\n-one\n+three {mark}\n\n--p--\n"
        );
        self.says(case, TEAM[1], &entity);
    }

    /// Bob or Alice approves what is current.
    fn approves(&mut self, case: usize) {
        let who = *self.chance.one(&TEAM);
        let current = self.versions(case).into_iter().rfind(|version| version.void_at.is_none());
        let Some(current) = current.filter(|version| version.approved_at.is_none()) else { return };
        // From now on it may be: what follows from it happens in the same round.
        self.cases[case].approved.insert(current.digest.clone());
        self.says(case, who, &format!("Content-Type: text/plain\n\napprove {}\n", &current.digest[..20]));
        let after = self.read(move |rows| rows.advisories().get(current.id));
        if after.approved_at.is_none() {
            self.cases[case].approved.remove(&current.digest);
        }
        self.tally.approved += usize::from(after.approved_at.is_some());
    }

    /// An old digest, another one's, one with a digit changed, or the right one without a signature: none counts.
    fn approves_wrongly(&mut self, case: usize) {
        let (current, others): (Vec<_>, Vec<_>) =
            self.versions(case).into_iter().partition(|version| version.void_at.is_none());
        let who = *self.chance.one(&TEAM);
        let approvals =
            |play: &Self| play.read(|rows| rows.advisories().open()).iter().filter(|v| v.approved_at.is_some()).count();
        let before = approvals(self);
        if let Some(other) = others.last().filter(|other| current.iter().all(|one| one.digest != other.digest)) {
            self.says(case, who, &format!("Content-Type: text/plain\n\napprove {}\n", other.digest));
        } else if let Some(current) = current.last() {
            let mut digits = current.digest.clone().into_bytes();
            let at = self.chance.number(0..=63);
            digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(digits).unwrap();
            self.says(case, who, &format!("Content-Type: text/plain\n\napprove {changed}\n"));
            let to = &self.cases[case].reply_to[who];
            let unsigned = format!(
                "Delivered-To: {to}\nAuthentication-Results: mx.example.org; dmarc=pass header.from=example.org\nFrom: {who}\n\
                 To: {to}\nSubject: Re\nDate: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <unsigned-{}@example.org>\n\napprove {}\n",
                self.mails, current.digest
            );
            self.mail(&unsigned);
        }
        assert!(approvals(self) <= before, "a wrong approval counted");
        self.tally.refused += 1;
    }

    fn holds(&mut self, case: usize) {
        let held = self.cases[case].held;
        let text = if held { "!unhold".to_owned() } else { format!("!hold the {} is wrong", self.cases[case].word) };
        if held {
            self.cases[case].held = false; // What waited leaves in the same round.
            self.commands(case, &text);
        } else {
            self.commands(case, &text);
            let id = embargod::rules::label::CaseId(self.cases[case].number);
            self.cases[case].held = self.read(move |rows| rows.advisories().held(id)).is_some();
            self.tally.holds += 1;
        }
    }

    fn opens(&mut self, case: usize) {
        let word = self.cases[case].word.clone();
        let text = match self.chance.number(0..=2) {
            0 => format!("!public https://example.org/{word}"),
            1 => format!("!exploited somebody uses the {word}"),
            _ => "!release now".to_owned(),
        };
        self.commands(case, &text);
    }

    fn comes_or_goes(&mut self) {
        let who = *self.chance.one(&MEMBERS);
        match self.members.get(who) {
            None => self.joins(who),
            Some(&active) => {
                let (from, to) = match active {
                    true => (Standing::Active, Standing::Suspended),
                    false => (Standing::Suspended, Standing::Active),
                };
                self.members.insert(who, !active);
                let (now, address) = (self.now, who.parse().unwrap());
                self.write(move |rows| {
                    let person = rows.people().by_address(&address)?.expect("a member");
                    let member = rows.members().of_person(person.id)?.expect("a member");
                    rows.members().change(member.id, from, to, now).map(drop)
                });
            }
        }
        self.round();
    }

    fn joins(&mut self, who: &'static str) {
        let (now, address) = (self.now, who.parse().unwrap());
        self.write(move |rows| {
            let name = format!("Member {who}");
            let person = rows.people().find_or_add(&name, &address)?;
            let id = rows.members().invite(&name, person.id, None, now)?.expect("a new member");
            rows.members().change(id, Standing::Invited, Standing::Active, now).map(drop)
        });
        self.members.insert(who, true);
    }

    /// A stranger writes, who knows the number.
    fn asks(&mut self, case: usize) {
        let mail = format!(
            "Delivered-To: security@example.org\nFrom: Nosy <nosy{0}@example.com>\nTo: security@example.org\nSubject: XSA-{1}\n\
             Date: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <nosy-{0}@example.com>\n\
             In-Reply-To: <report-{2}@research.example.net>\n\nWhat is XSA-{1} about?\n",
            self.mails, self.cases[case].advisory, self.cases[case].number
        );
        self.mail(&mail);
    }

    fn waits(&mut self) {
        let next = self.read(|rows| {
            let open = rows.advisories().open()?;
            Ok(open.into_iter().filter_map(|version| version.embargo_until).min())
        });
        let next = next.filter(|next| *next > self.now);
        match (self.chance.number(0..=3), next) {
            (0, Some(next)) => self.now = next,
            (1, Some(next)) => self.now = (next - SignedDuration::from_secs(1)).max(self.now),
            (2, _) => self.now += SignedDuration::from_hours(self.chance.number(1..=48) as i64),
            _ => self.now += SignedDuration::from_mins(self.chance.number(1..=90) as i64),
        }
        self.round();
    }

    fn commands(&mut self, case: usize, text: &str) {
        self.says(case, TEAM[0], &format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n"));
    }

    fn says(&mut self, case: usize, who: &str, entity: &str) {
        let key = std::fs::read(self.world.dir.join("keys").join(who.split('@').next().unwrap()).with_extension("key"))
            .unwrap();
        let id = format!("m{}", self.mails);
        let Some(to) = self.cases[case].reply_to.get(who) else { return };
        let mail = signed_entity(&key, who, to, &id, &self.now.to_string(), entity);
        self.mail(&mail);
    }

    fn mail(&mut self, mail: &str) -> Vec<Letter> {
        self.mails += 1;
        self.world.post(mail.as_bytes());
        self.round()
    }

    /// The desk does all that follows; then everything that somebody can see is looked at.
    fn round(&mut self) -> Vec<Letter> {
        self.now += SignedDuration::from_secs(1);
        let (journal, guard) = Journal::keep();
        let (settings, store, clock) = (&self.settings, self.store.clone(), Clock::Still(self.now));
        block_on(async {
            Engine::assemble(settings, store, clock).await.unwrap().once().await.unwrap();
        });
        drop(guard);
        let letters = self.world.letters();
        for letter in &letters {
            self.looks_at(letter);
        }
        let logs = journal.text();
        for case in &self.cases {
            assert!(!case.is_in(logs.as_bytes()), "case {} in the log: {logs}", case.number);
        }
        self.looks_at_files();
        self.hours_pass();
        letters
    }

    /// A word that nothing else has, for what is written next of a case.
    fn mark(&mut self, case: usize) -> String {
        let mark = format!("heron{}wren", self.mails);
        self.cases[case].marks.push(mark.clone());
        mark
    }

    pub fn stored(&self, case: usize) -> embargod::store::cases::Case {
        let id = embargod::rules::label::CaseId(self.cases[case].number);
        self.read(move |rows| rows.cases().get(id)).expect("a case")
    }

    pub fn versions(&self, case: usize) -> Vec<embargod::store::advisories::Version> {
        let advisory = self.cases[case].advisory;
        self.read(move |rows| rows.advisories().of_number(advisory))
    }

    pub fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(embargod::store::Rows<'_>) -> anyhow::Result<T> + Send + 'static,
    ) -> T {
        block_on(self.store.read(read)).unwrap()
    }

    fn write(&self, write: impl FnOnce(embargod::store::Rows<'_>) -> anyhow::Result<()> + Send + 'static) {
        block_on(self.store.write(write)).unwrap();
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
