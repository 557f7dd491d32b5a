//! Plays a history: each operation happens to the desk and to the model, and wherever the gate said something, the model
//! is asked whether that was right.
#![cfg(test)]

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};

use super::broken::Lie;
use super::model::{Certificate, Copy, Model, demands, is_public};
use super::operation::{End, Operation, PEOPLE};
use crate::desk::{Desk, House};
use crate::mail::address::{Address, Mailbox};
use crate::mail::letter::{Enclosure, Kind, Letter, Thread};
use crate::openpgp::Unusable;
use crate::pipeline::ahead::{self, Cipher};
use crate::pipeline::deliver::{self, CHANGES_MAX, Candidate, Gate, retry_at};
use crate::policy::Policy;
use crate::rules::clearance::Conditions;
use crate::rules::label::{Label, Labelled, Labels, Text};
use crate::rules::schedule::Proposal;
use crate::store::certificates::{Found, Registered};
use crate::store::outbox::Due;
use crate::store::pause::Released;
use crate::store::{Rows, testing};

/// What is wrong begins with one of these.
pub const LEAKED: &str = "leaked";
pub const KEPT_BACK: &str = "kept back";

const REVOKED: &[u8] = b"revoked";
/// Hours the last letters get: answers wait for room in an hour, refused ones for their next attempt.
const LAST_HOURS: usize = 40;
const COPIES_MAX: usize = 200;

/// What happened, so that nobody takes a silent desk for a safe one.
#[derive(Debug, Default)]
pub struct Tally {
    pub handed_over: u64,
    pub of_labelled: u64,
    pub in_cipher: u64,
    pub barred_at_once: u64,
    /// They were cleared when it was written, and were not when it was to leave.
    pub stopped_since: u64,
    pub waited_for_certificate: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.handed_over += other.handed_over;
        self.of_labelled += other.of_labelled;
        self.in_cipher += other.in_cipher;
        self.barred_at_once += other.barred_at_once;
        self.stopped_since += other.stopped_since;
        self.waited_for_certificate += other.waited_for_certificate;
    }
}

/// A copy that waits for its turn, prepared under the facts of some moment.
struct Prepared {
    due: Due,
    registered: Option<Registered>,
    cipher: Cipher,
    ready: bool,
}

struct Play<'r, 'p> {
    rows: Rows<'r>,
    policy: &'p mut Policy,
    house: &'p House,
    lie: Lie,
    model: Model,
    ahead: VecDeque<Prepared>,
    steps: usize,
    tally: Tally,
}

/// Gives what happened; an error says what must not.
pub fn play(rows: Rows<'_>, policy: &mut Policy, house: &House, lie: Lie, operations: &[Operation]) -> Result<Tally> {
    policy.profile.lists.public.clear();
    policy.profile.encryption = demands(false, false);
    let (ahead, tally) = (VecDeque::new(), Tally::default());
    let mut play = Play { rows, policy, house, lie, model: Model::new(), ahead, steps: 0, tally };
    for operation in operations {
        play.steps += 1;
        play.happens(operation)?;
    }
    play.comes_to_rest()?;
    Ok(play.tally)
}

fn address(who: usize) -> Address {
    PEOPLE[who].parse().unwrap()
}

impl Play<'_, '_> {
    fn lies(&self, lie: Lie) -> bool {
        self.lie == lie
    }

    fn person(&self, who: usize) -> Result<i64> {
        Ok(self.rows.people().find_or_add("", &address(who))?.id)
    }

    fn happens(&mut self, operation: &Operation) -> Result<()> {
        let now = self.model.now;
        match operation {
            Operation::OpenCase => {
                self.rows.cases().open("", now, Proposal { predisclosure_at: now, release_at: now })?;
                self.model.cases += 1;
            }
            Operation::Find { who } => drop(self.person(*who)?),
            Operation::Reports { case, who } => self.reports(*case, *who)?,
            Operation::TakesPart { case, who, state } => self.takes_part(*case, *who, state)?,
            Operation::Joins { who, moderator } => {
                if self.rows.people().join_team(self.person(*who)?, *moderator, now)? {
                    self.model.people[*who].team = Some(*moderator);
                } else if self.lies(Lie::LeavingIsIgnored) {
                    self.model.people[*who].team.get_or_insert(*moderator);
                }
            }
            Operation::Leaves { who } => {
                if !self.lies(Lie::LeavingIsIgnored) {
                    self.rows.people().leave_team(self.person(*who)?)?;
                }
                self.model.people[*who].team = None;
            }
            Operation::PublicList { who, configured } => {
                if *configured {
                    self.model.lists.insert(*who);
                } else {
                    self.model.lists.remove(who);
                }
                let known = self.model.lists.iter().filter(|_| !self.lies(Lie::ListsRead));
                self.policy.profile.lists.public = known.map(|who| address(*who)).collect();
            }
            Operation::Demand { team, reporters } => {
                self.model.demands = demands(*team, *reporters);
                if !self.lies(Lie::DemandsAreIgnored) {
                    self.policy.profile.encryption = self.model.demands;
                }
            }
            Operation::Certificate { who, hours } => self.certificate(*who, *hours)?,
            Operation::Revoked { who } => self.revoked(*who)?,
            Operation::TakenAway { who } => {
                if let Some(gone) = self.model.people[*who].certificate.take() {
                    self.rows.certificates().remove(&gone.fingerprint)?;
                }
            }
            Operation::Letter { to, kind, pieces } => self.writes(to, *kind, pieces)?,
            Operation::Prepare => {
                if let Some(due) = self.next_due()? {
                    let prepared = self.prepare(due)?;
                    self.ahead.push_back(prepared);
                }
            }
            Operation::HandOver(end) => drop(self.hands_over(*end)?),
            Operation::Release(which) => self.releases(*which)?,
            Operation::Restart => {
                self.ahead.clear();
                self.rows.outbox().requeue_undecided()?;
            }
            Operation::Minutes(minutes) => self.model.now += SignedDuration::from_mins(*minutes),
        }
        Ok(())
    }

    fn reports(&mut self, case: i64, who: usize) -> Result<()> {
        if case > self.model.cases {
            return Ok(());
        }
        let case_id = crate::rules::label::CaseId(case);
        self.rows.cases().set_reporter(case_id, self.person(who)?, self.model.now)?;
        // The first one is; whoever has another part in the case keeps that, whatever it is.
        let parts = &mut self.model.people[who].parts;
        if !self.model.reported.contains(&case) && !parts.contains_key(&case) {
            parts.insert(case, true);
            self.model.reported.insert(case);
        }
        Ok(())
    }

    fn takes_part(&mut self, case: i64, who: usize, state: &'static str) -> Result<()> {
        if case > self.model.cases {
            return Ok(());
        }
        let told = match state {
            "removed" if self.lies(Lie::RemovalIsIgnored) => None,
            "asked" if self.lies(Lie::AskedIsActive) => Some("active"),
            state => Some(state),
        };
        if let Some(state) = told {
            testing::take_part(self.rows, case, self.person(who)?, state, self.model.now)?;
        }
        self.model.people[who].parts.insert(case, state == "active");
        Ok(())
    }

    fn certificate(&mut self, who: usize, hours: Option<i64>) -> Result<()> {
        let (now, person) = (self.model.now, self.person(who)?);
        let fingerprint = format!("{:040X}", self.steps);
        let ends = hours.map(|hours| now + SignedDuration::from_hours(hours));
        let told = ends.filter(|_| !self.lies(Lie::TheEndIsIgnored));
        let found = Found { at: now, expires_at: told, unusable: String::new() };
        self.rows.certificates().register(&fingerprint, Some(person), b"", &found)?;
        self.model.people[who].certificate = Some(Certificate { fingerprint, ends, revoked: false });
        if !self.lies(Lie::CertificatesFreeNothing) {
            self.rows.uncertified().queue(&address(who), now)?;
        }
        for (id, state) in self.states()? {
            let copy = self.copy(id)?;
            if copy.who == who && std::mem::take(&mut copy.waits) {
                copy.allowed = true;
                ensure!(state == "queued", "{KEPT_BACK}: delivery {id} is {state}, and there is a certificate");
                self.tally.waited_for_certificate += 1;
            }
        }
        Ok(())
    }

    fn revoked(&mut self, who: usize) -> Result<()> {
        let (now, person) = (self.model.now, self.person(who)?);
        let Some(theirs) = &mut self.model.people[who].certificate else { return Ok(()) };
        theirs.revoked = true;
        let found = Found { at: now, expires_at: theirs.ends, unusable: Unusable::Revoked.to_string() };
        self.rows.certificates().register(&theirs.fingerprint, Some(person), REVOKED, &found)
    }

    fn writes(&mut self, to: &[usize], kind: Kind, pieces: &[Vec<Label>]) -> Result<()> {
        let before = self.model.copies.len();
        let letter = self.letter(to, kind, pieces);
        let (now, cause) = (self.model.now, format!("step {}", self.steps));
        Desk::new(self.rows, self.policy, self.house, now, cause).send(&letter, None)?;
        let labels = pieces.concat();
        let new: Vec<(i64, String)> = self.states()?.into_iter().skip(before).collect();
        ensure!(new.len() == to.len(), "{KEPT_BACK}: {} deliveries for {} people", new.len(), to.len());
        for ((id, state), who) in new.into_iter().zip(to.iter().copied()) {
            let allowed = self.model.may_read_somehow(who, &labels);
            ensure!(!allowed || state == "queued", "{KEPT_BACK}: delivery {id} to {} is {state}", PEOPLE[who]);
            let waits = !allowed && self.model.may_read(who, &labels, true);
            let promised = allowed && !is_public(&labels) && self.model.certificate(who).is_some();
            self.tally.barred_at_once += u64::from(state == "blocked");
            self.model.copies.insert(id, Copy { who, labels: labels.clone(), allowed, waits, promised });
            if self.lies(Lie::AskedOnlyWhenItLeaves) && state == "blocked" {
                self.rows.pause().release(id, now)?;
            }
        }
        Ok(())
    }

    fn letter(&self, to: &[usize], kind: Kind, pieces: &[Vec<Label>]) -> Letter {
        let forgotten = pieces.iter().rposition(|labels| !is_public(labels));
        let labels = |piece: usize| {
            let mut all = Labels::public();
            for label in &pieces[piece] {
                let kept = match *label {
                    _ if self.lies(Lie::ALabelIsForgotten) && forgotten == Some(piece) => Label::Public,
                    Label::Case { case, .. } if self.lies(Lie::TheSealIsForgotten) => {
                        Label::Case { case, sealed: false }
                    }
                    label => label,
                };
                all.join(&Labels::of(kept));
            }
            all
        };
        let text = |piece: usize| Text::new(labels(piece), format!("piece {piece}"));
        Letter {
            kind,
            subject: text(0),
            body: text(1),
            from_name: (pieces.len() > 2).then(|| text(2)),
            enclosures: (3..pieces.len()).map(|at| Labelled::new(labels(at), Enclosure::Certificate)).collect(),
            to: to.iter().map(|who| Mailbox::bare(address(*who))).collect(),
            thread: Thread::default(),
            slots: Default::default(),
            reply_to: None,
        }
    }

    fn releases(&mut self, which: usize) -> Result<()> {
        let Some(id) = self.model.copies.keys().nth(which).copied() else { return Ok(()) };
        if let Released::Yes { .. } = self.rows.pause().release(id, self.model.now)? {
            let copy = self.copy(id)?;
            (copy.allowed, copy.waits) = (true, false);
        }
        Ok(())
    }

    fn copy(&mut self, id: i64) -> Result<&mut Copy> {
        self.model.copies.get_mut(&id).with_context(|| format!("{LEAKED}: nobody wrote delivery {id}"))
    }

    fn states(&self) -> Result<Vec<(i64, String)>> {
        Ok(self.rows.outbox().list()?.into_iter().map(|row| (row.id, row.state)).collect())
    }

    fn conditions(&self) -> Conditions<'_> {
        self.policy.profile.conditions(self.model.now)
    }

    fn next_due(&self) -> Result<Option<Due>> {
        if self.lies(Lie::NothingLeaves) {
            return Ok(None);
        }
        let except: Vec<i64> = self.ahead.iter().map(|one| one.due.id).collect();
        deliver::next_due(self.rows, self.model.now, self.house.limits.answers_per_hour, &except)
    }

    /// As `ahead` does, without making any bytes.
    fn prepare(&self, mut due: Due) -> Result<Prepared> {
        if self.lies(Lie::ThePromiseIsForgotten) {
            due.encrypted_to = None;
        }
        let in_clear = deliver::ask(self.rows, &due, self.conditions(), &Cipher::None)?.is_ok();
        let registered = ahead::registered(self.rows, &due)?;
        let cipher = registered.as_ref().map_or(Cipher::None, |theirs| judged(theirs, self.model.now));
        let ready = cipher.fingerprint().is_some() || in_clear;
        Ok(Prepared { due, registered, cipher, ready })
    }

    /// As the courier does; `false` when nothing is due.
    fn hands_over(&mut self, end: End) -> Result<bool> {
        let mut prepared = match (self.ahead.pop_front(), self.next_due()?) {
            (Some(first), _) => first,
            (None, Some(due)) => self.prepare(due)?,
            (None, None) => return Ok(false),
        };
        for _ in 0..CHANGES_MAX {
            match self.decides(&prepared)? {
                Gate::Passed(_) => {
                    self.reaches(&prepared)?;
                    self.ends(&prepared.due, end)?;
                    return Ok(true);
                }
                Gate::Barred => return self.stopped(&prepared).map(|()| true),
                Gate::Gone => return Ok(true),
                Gate::Changed => prepared = self.prepare(prepared.due)?,
            }
        }
        anyhow::bail!("{KEPT_BACK}: delivery {} is prepared again and again", prepared.due.id)
    }

    fn decides(&self, prepared: &Prepared) -> Result<Gate> {
        let Prepared { due, registered, cipher, ready } = prepared;
        let copy = Candidate { due, registered, cipher, ready: *ready };
        if self.lies(Lie::AskedOnlyWhenWritten) && *ready {
            self.rows.outbox().sending(due.id, cipher.fingerprint())?;
            return self.rows.outbox().origin(due.letter).map(Gate::Passed);
        }
        if self.lies(Lie::PreparedIsGood) {
            return deliver::pass_gate(self.rows, copy, self.conditions());
        }
        deliver::decide(self.rows, copy, self.conditions(), self.house.limits.answers_per_hour)
    }

    /// The bytes leave: from here on they are read.
    fn reaches(&mut self, Prepared { due, cipher, .. }: &Prepared) -> Result<()> {
        let id = due.id;
        let copy = self.copy(id)?.clone();
        let (to, labels) = (PEOPLE[copy.who], &copy.labels);
        let usable = self.model.certificate(copy.who).map(|theirs| theirs.fingerprint.as_str());
        let in_cipher = cipher.fingerprint().is_some() && cipher.fingerprint() == usable;
        let how = if in_cipher { "in cipher" } else { "in clear, or in a cipher that is theirs no more" };
        ensure!(due.recipient == address(copy.who), "{LEAKED}: delivery {id} goes to {}, not to {to}", due.recipient);
        ensure!(
            self.model.may_read(copy.who, labels, in_cipher),
            "{LEAKED}: delivery {id} of {labels:?} to {to}, {how}, who is not cleared for that now"
        );
        ensure!(copy.allowed, "{LEAKED}: delivery {id} of {labels:?} to {to}, who was not cleared when it was written");
        ensure!(!copy.promised || in_cipher, "{LEAKED}: delivery {id} to {to}, {how}: it was to leave encrypted");
        self.copy(id)?.promised |= in_cipher;
        self.tally.handed_over += 1;
        self.tally.of_labelled += u64::from(!is_public(labels));
        self.tally.in_cipher += u64::from(in_cipher);
        Ok(())
    }

    fn stopped(&mut self, Prepared { due, cipher, .. }: &Prepared) -> Result<()> {
        let copy = self.copy(due.id)?.clone();
        let in_cipher = cipher.fingerprint().is_some();
        let cleared = self.model.may_read(copy.who, &copy.labels, in_cipher);
        let promise = copy.promised && !in_cipher;
        ensure!(!cleared || promise, "{KEPT_BACK}: delivery {} to {}, who is cleared", due.id, PEOPLE[copy.who]);
        self.tally.stopped_since += u64::from(copy.allowed);
        let waits = self.model.may_read(copy.who, &copy.labels, true);
        self.copy(due.id)?.waits = waits;
        Ok(())
    }

    /// As the courier notes it.
    fn ends(&mut self, due: &Due, end: End) -> Result<()> {
        let (id, now) = (due.id, self.model.now);
        match end {
            End::Taken => {
                self.rows.answers().sent(id, now)?;
                self.rows.outbox().sent(id, now)?;
            }
            End::NotNow => drop(self.rows.outbox().postpone(id, retry_at(now, due.attempts), "421 not now")?),
            End::Refused => drop(self.rows.outbox().fail(id, now, "550 no")?),
            End::Killed => {}
        }
        Ok(())
    }

    /// Nothing more happens; the mail server takes all, and what is cleared leaves.
    fn comes_to_rest(&mut self) -> Result<()> {
        self.happens(&Operation::Restart)?;
        for _ in 0..LAST_HOURS {
            let mut turns = 0;
            while turns < COPIES_MAX && self.hands_over(End::Taken)? {
                turns += 1;
            }
            if self.rows.outbox().waiting_count()? == 0 {
                break;
            }
            self.model.now += SignedDuration::from_hours(1);
        }
        let waiting: Vec<_> =
            self.states()?.into_iter().filter(|(_, state)| state == "queued" || state == "sending").collect();
        ensure!(waiting.is_empty(), "{KEPT_BACK}: {waiting:?} never left");
        Ok(())
    }
}

/// As `openpgp` would judge it. Of a certificate that ends, the row knows when: it was read out of it.
fn judged(theirs: &Registered, now: Timestamp) -> Cipher {
    match theirs.expires_at {
        _ if theirs.bytes == REVOKED => Cipher::Not(Unusable::Revoked),
        Some(end) if end <= now => Cipher::Not(Unusable::Expired(end)),
        until => Cipher::To { fingerprint: theirs.fingerprint.clone(), until },
    }
}
