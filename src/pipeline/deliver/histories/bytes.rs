//! Histories of mail, all the way: strangers, discoverers and the team write, handlers answer, the courier carries. What
//! lies in the folder of outgoing mail is then searched for words of the mails, as its recipient could read it.
#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use sequoia_openpgp::Cert;
use sequoia_openpgp::serialize::SerializeInto;

use super::super::tests::{Scene, inside, key};
use super::event::Event;
use super::model::{Certificate, Model};
use super::operation::PEOPLE;
use super::play::LEAKED;
use crate::clock::Clock;
use crate::desk::{Desk, House};
use crate::handlers;
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::opened::OpenedMail;
use crate::mail::secret::Purpose;
use crate::openpgp;
use crate::pipeline::ahead::Preparer;
use crate::pipeline::certificates;
use crate::pipeline::deliver::{Courier, Outcome};
use crate::pipeline::known::Known;
use crate::policy::Policy;
use crate::rules::label::{CaseId, Label};
use crate::store::inbox::Arrival;
use crate::store::{Rows, Store, testing};

const SECURITY: &str = "security@example.org";

/// What all of these histories share: keys take long to make.
pub struct World {
    scene: Scene,
    mailroom: Arc<Mailroom>,
    keys: Vec<Cert>,
}

/// What was found in letters.
#[derive(Debug, Default)]
pub struct Found {
    pub letters: usize,
    pub words: usize,
    pub words_in_cipher: usize,
    pub to_outsiders: usize,
    pub blocked: usize,
}

impl Found {
    pub fn add(&mut self, other: &Found) {
        self.letters += other.letters;
        self.words += other.words;
        self.words_in_cipher += other.words_in_cipher;
        self.to_outsiders += other.to_outsiders;
        self.blocked += other.blocked;
    }
}

struct Play<'w> {
    world: &'w World,
    store: Store,
    courier: Courier,
    model: Model,
    /// Of each mail, by the word that is in it: its label.
    words: BTreeMap<String, Label>,
    found: Found,
}

impl World {
    pub async fn new() -> Self {
        let mailroom = Mailroom {
            addresses: vec![(SECURITY.parse().unwrap(), Role::Security)],
            recipient_headers: vec!["Delivered-To".to_owned()],
            authserv_id: Some("mx.example.org".to_owned()),
            received_by: vec!["mx.example.org".to_owned()],
            spam_headers: Vec::new(),
            public_lists: Vec::new(),
            local: true,
            secret: Arc::new(crate::mail::secret::Secret::new([1; 32])),
        };
        let keys = PEOPLE.iter().map(|address| key(address, None)).collect();
        Self { scene: Scene::new().await, mailroom: Arc::new(mailroom), keys }
    }

    /// Plays a history of mail; an error says what must not be.
    pub async fn play(&self, events: &[Event]) -> Result<Found> {
        let store = Store::rehearsal(Path::new("/nonexistent/state.db"))?;
        let shared = &self.scene.courier;
        let preparer = Preparer { store: store.clone(), known: Known::default(), ..shared.preparer.clone() };
        let courier = Courier { preparer, ..shared.clone() };
        let (model, words, found) = (Model::new(), BTreeMap::new(), Found::default());
        let mut play = Play { world: self, store, courier, model, words, found };
        for event in events {
            play.happens(event).await?;
        }
        play.happens(&Event::Tick).await?;
        play.happens(&Event::Deliver(usize::MAX)).await?;
        Ok(play.found)
    }
}

impl Play<'_> {
    async fn happens(&mut self, event: &Event) -> Result<()> {
        let now = self.model.now;
        match *event {
            Event::Mail { who, answers, sealed } => {
                let answered = answers.filter(|at| *at < self.words.len());
                let references = answered.map_or(String::new(), |at| format!("In-Reply-To: <m{at}@example.net>\n"));
                self.mail(who, SECURITY, &references, sealed).await?;
            }
            Event::TeamAnswers { who, case, both, sealed, aligned } => {
                let Some(to) = self.reply_address(who, case, both).await? else { return Ok(()) };
                let domain = PEOPLE[who].split('@').nth(1).unwrap_or_default();
                let stamp = format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n");
                self.mail(who, &to, if aligned { &stamp } else { "" }, sealed).await?;
            }
            Event::TakesPart { who, case, state } => {
                let written = move |rows: Rows<'_>| {
                    let known = rows.cases().get(CaseId(case))?.is_some();
                    if known {
                        testing::take_part(rows, case, person(rows, who)?, state, now)?;
                    }
                    Ok(known)
                };
                if self.store.write(written).await? {
                    self.model.people[who].parts.insert(case, state == "active");
                }
            }
            Event::Joins { who } => {
                self.store.write(move |rows| rows.people().join_team(person(rows, who)?, false, now)).await?;
                self.model.people[who].team = Some(false);
            }
            Event::Leaves { who } => {
                self.store.write(move |rows| rows.people().leave_team(person(rows, who)?)).await?;
                self.model.people[who].team = None;
            }
            Event::Certificate { who } => {
                let certificate = openpgp::Certificate::read(&self.world.keys[who].to_vec()?)?;
                let fingerprint = certificate.fingerprint();
                let given = move |rows: Rows<'_>| {
                    let holder = rows.people().find_or_add("", &PEOPLE[who].parse()?)?;
                    certificates::register(rows, &certificate, &holder, "a test", now).map(drop)
                };
                self.store.write(given).await?;
                self.model.people[who].certificate = Some(Certificate { fingerprint, ends: None, revoked: false });
            }
            Event::TakenAway { who } => {
                if let Some(gone) = self.model.people[who].certificate.take() {
                    self.store.write(move |rows| rows.certificates().remove(&gone.fingerprint)).await?;
                }
            }
            Event::Tick => self.ticks().await?,
            Event::Deliver(most) => self.delivers(most).await?,
            Event::Minutes(minutes) => self.model.now += SignedDuration::from_mins(minutes),
        }
        Ok(())
    }

    /// A mail whose subject, text and attachment have a word that is in no other.
    async fn mail(&mut self, who: usize, to: &str, references: &str, sealed: bool) -> Result<()> {
        let (now, number, from) = (self.model.now, self.words.len(), PEOPLE[who]);
        let word = format!("word{number}of");
        let raw = format!(
            "Delivered-To: {to}\n{references}From: <{from}>\nSubject: About {word}\nMessage-ID: <m{number}@example.net>\n\
             MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nIt is {word} this time.\n\
             --b\nContent-Type: text/x-diff\nContent-Disposition: attachment; filename=\"{word}.patch\"\n\n+ {word}\n--b--\n"
        );
        let (mailroom, policy, house) = self.office();
        let handled = self.store.write(move |rows| {
            let raw = raw.as_bytes();
            let mut incoming = mailroom.read(raw, None);
            incoming.sealed = sealed;
            let arrival = Arrival {
                sha256: &incoming.sha256,
                raw: if sealed { incoming.sha256.as_bytes() } else { raw },
                account: "local",
                folder: "in",
                received_at: now,
                predates: false,
                truncated: false,
            };
            let id = rows.inbox().add(&arrival)?.context("a new mail")?;
            let opened = OpenedMail { sealed, message: sealed.then(|| raw.to_vec()), ..OpenedMail::default() };
            let mail = handlers::Mail {
                id,
                readable: raw,
                incoming: &incoming,
                opened: &opened,
                received_at: now,
                predates: false,
                truncated: None,
            };
            handlers::handle(&mut Desk::new(rows, &policy, &house, now, incoming.sha256.clone()), &mail)?;
            let cases = rows.cases().list()?.into_iter().map(|case| case.number);
            for case in cases {
                if let Some(entry) = rows.cases().entries(case)?.into_iter().find(|entry| entry.inbox == id) {
                    return Ok((Some((case, entry.sealed)), rows.cases().get(case)?.and_then(|case| case.reporter)));
                }
            }
            Ok((None, None))
        });
        let (joined, reporter) = handled.await?;
        let label = joined.map_or(Label::Team, |(case, quotes)| Label::Case { case, sealed: sealed || quotes });
        self.words.insert(word, label);
        if let (Some((case, _)), Some(reporter)) = (joined, reporter) {
            // Whose mail opened the case; nobody becomes it later, for no machine writes here.
            let who = PEOPLE.iter().position(|address| *address == reporter.address.as_str()).context("who?")?;
            self.model.people[who].parts.entry(case.0).or_insert(true);
        }
        Ok(())
    }

    fn office(&self) -> (Arc<Mailroom>, Arc<Policy>, Arc<House>) {
        let World { scene, mailroom, .. } = self.world;
        (Arc::clone(mailroom), Arc::clone(&scene.courier.preparer.policy), Arc::clone(&scene.house))
    }

    /// One that was given to them in a letter, if there is one.
    async fn reply_address(&self, who: usize, case: i64, both: bool) -> Result<Option<String>> {
        let purpose = if both { Purpose::AnswerReporter } else { Purpose::AnswerTeam };
        let secret = Arc::clone(&self.world.scene.house.secret);
        let find = move |rows: Rows<'_>| {
            let token = rows.tokens().of(person(rows, who)?, CaseId(case), purpose)?;
            Ok(token
                .map(|token| format!("security+{}@example.org", secret.derive(purpose, &token.cause, token.counter))))
        };
        self.store.write(find).await
    }

    async fn ticks(&mut self) -> Result<()> {
        let (now, (_, policy, house)) = (self.model.now, self.office());
        let tick = move |rows: Rows<'_>| {
            for due in handlers::due(rows, &policy, now)? {
                handlers::tick(&mut Desk::new(rows, &policy, &house, now, due.cause()), &due)?;
            }
            Ok(())
        };
        self.store.write(tick).await
    }

    async fn delivers(&mut self, most: usize) -> Result<()> {
        let courier = Courier { clock: Clock::Still(self.model.now), ..self.courier.clone() };
        let mut ahead = courier.ahead();
        for _ in 0..most {
            match courier.deliver_next(&mut ahead).await? {
                None => break,
                Some(Outcome::Blocked) => self.found.blocked += 1,
                Some(_) => self.reads_what_lies_there()?,
            }
        }
        Ok(())
    }

    /// Each recipient reads what came for them, and all that stands in clear on the way.
    fn reads_what_lies_there(&mut self) -> Result<()> {
        for file in std::fs::read_dir(self.world.scene.out.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                let letter = std::fs::read(path.with_extension("eml"))?;
                let envelope: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
                let to = envelope["envelope_to"].as_str().unwrap_or_default();
                let who = PEOPLE.iter().position(|address| *address == to).with_context(|| to.to_owned())?;
                self.reads(who, &letter)?;
                std::fs::remove_file(path.with_extension("eml"))?;
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn reads(&mut self, who: usize, letter: &[u8]) -> Result<()> {
        let theirs = self.model.certificate(who).is_some();
        let opened = inside(letter, &self.world.keys[who]);
        let encrypted = String::from_utf8_lossy(letter).contains("-----BEGIN PGP MESSAGE-----");
        ensure!(!encrypted || (theirs && opened.is_some()), "{LEAKED}: encrypted to what is not theirs");
        self.found.letters += 1;
        for (text, in_cipher) in [(Some(letter.to_vec()), false), (opened, true)] {
            let text = String::from_utf8_lossy(&text.unwrap_or_default()).to_lowercase();
            for (word, label) in self.words.iter().filter(|(word, _)| text.contains(word.as_str())) {
                ensure!(in_cipher || !encrypted, "{LEAKED}: “{word}” stands outside of the encryption:\n{text}");
                ensure!(
                    self.model.may_read(who, &[*label], in_cipher),
                    "{LEAKED}: “{word}” of {label:?} to {} (in cipher: {in_cipher}):\n{text}",
                    PEOPLE[who]
                );
                self.found.words += 1;
                self.found.words_in_cipher += usize::from(in_cipher);
                self.found.to_outsiders += usize::from(self.model.people[who].team.is_none());
            }
        }
        Ok(())
    }
}

fn person(rows: Rows<'_>, who: usize) -> Result<i64> {
    Ok(rows.people().find_or_add("", &PEOPLE[who].parse()?)?.id)
}
