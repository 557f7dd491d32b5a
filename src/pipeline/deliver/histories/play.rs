//! Plays a history: each operation happens to the desk and to the model, which knows nothing of the database. How letters
//! leave is in `leaving`.
#![cfg(test)]

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;

use super::broken::Lie;
use super::model::{Certificate, Copy, Model, demands, is_public};
use super::operation::{Operation, PEOPLE};
use crate::desk::{Desk, House};
use crate::mail::address::{Address, Mailbox};
use crate::mail::letter::{Audience, Bringing, Enclosure, Kind, Letter, Thread};
use crate::openpgp::Unusable;
use crate::pipeline::ahead::Cipher;
use crate::policy::Policy;
use crate::rules::label::{CaseId, Label, Labelled, Labels, Text, VersionId};
use crate::rules::schedule::Proposal;
use crate::store::certificates::{Found, Registered};
use crate::store::outbox::Due;
use crate::store::pause::Released;
use crate::store::{Rows, testing};

/// What is wrong begins with one of these.
pub const LEAKED: &str = "leaked";
pub const KEPT_BACK: &str = "kept back";

/// What the bytes of a certificate are from its revocation on.
pub(super) const REVOKED: &[u8] = b"revoked";

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
    pub of_advisories: u64,
    /// Of these, before the release, and after it to lists.
    pub to_members: u64,
    pub to_the_world: u64,
    /// What the team held was ready, and did not leave.
    pub held: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.handed_over += other.handed_over;
        self.of_labelled += other.of_labelled;
        self.in_cipher += other.in_cipher;
        self.barred_at_once += other.barred_at_once;
        self.stopped_since += other.stopped_since;
        self.waited_for_certificate += other.waited_for_certificate;
        self.of_advisories += other.of_advisories;
        self.to_members += other.to_members;
        self.to_the_world += other.to_the_world;
        self.held += other.held;
    }
}

/// A copy that waits for its turn, prepared under the facts of some moment.
pub(super) struct Prepared {
    pub due: Due,
    pub registered: Option<Registered>,
    pub cipher: Cipher,
    pub ready: bool,
}

pub(super) struct Play<'r, 'p> {
    pub rows: Rows<'r>,
    pub policy: &'p mut Policy,
    pub house: &'p House,
    lie: Lie,
    pub model: Model,
    pub ahead: VecDeque<Prepared>,
    steps: usize,
    pub tally: Tally,
}

/// Gives what happened; an error says what must not.
pub fn play(rows: Rows<'_>, policy: &mut Policy, house: &House, lie: Lie, operations: &[Operation]) -> Result<Tally> {
    policy.profile.lists.public.clear();
    policy.profile.encryption = demands(false, false, false);
    let (ahead, tally) = (VecDeque::new(), Tally::default());
    let mut play = Play { rows, policy, house, lie, model: Model::new(), ahead, steps: 0, tally };
    for operation in operations {
        play.steps += 1;
        play.happens(operation)?;
    }
    play.comes_to_rest()?;
    Ok(play.tally)
}

pub(super) fn address(who: usize) -> Address {
    PEOPLE[who].parse().unwrap()
}

impl Play<'_, '_> {
    pub(super) fn lies(&self, lie: Lie) -> bool {
        self.lie == lie
    }

    pub(super) fn person(&self, who: usize) -> Result<i64> {
        Ok(self.rows.people().find_or_add("", &address(who))?.id)
    }

    pub(super) fn happens(&mut self, operation: &Operation) -> Result<()> {
        let now = self.model.now;
        match operation {
            Operation::OpenCase => {
                self.rows.cases().open("", false, now, Proposal { predisclosure_at: now, release_at: now })?;
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
                self.policy.profile.lists.public = known.map(|who| address(*who).without_detail()).collect();
            }
            Operation::Demand { team, members, reporters } => {
                self.model.demands = demands(*team, *members, *reporters);
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
            Operation::Letter { to, kind, pieces, brings } => {
                let brings = brings.filter(|version| self.model.versions.contains_key(version));
                self.writes(to, *kind, pieces, brings)?;
            }
            Operation::Drafts { case } => self.drafts(*case)?,
            Operation::Advances { version, from, to } => self.advances(*version, *from, *to)?,
            Operation::Voids { version } => self.voids(*version)?,
            Operation::Holds { case } => self.holds(*case)?,
            Operation::Unholds { case } => self.unholds(*case)?,
            Operation::Member { who, active } => self.is_member(*who, *active)?,
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
        self.rows.participants().set_reporter(CaseId(case), self.person(who)?, self.model.now)?;
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

    fn writes(&mut self, to: &[usize], kind: Kind, pieces: &[Vec<Label>], brings: Option<i64>) -> Result<()> {
        let before = self.model.copies.len();
        let letter = self.letter(to, kind, pieces, brings);
        let (now, cause) = (self.model.now, format!("step {}", self.steps));
        Desk::new(self.rows, self.policy, self.house, now, cause).send(&letter, None)?;
        let brought = brings.map(|version| Label::Advisory { version: VersionId(version) });
        let labels: Vec<Label> = pieces.concat().into_iter().chain(brought).collect();
        let new: Vec<(i64, String)> = self.states()?.into_iter().skip(before).collect();
        ensure!(new.len() == to.len(), "{KEPT_BACK}: {} deliveries for {} people", new.len(), to.len());
        for ((id, state), who) in new.into_iter().zip(to.iter().copied()) {
            let allowed = self.model.may_read_somehow(who, &labels);
            ensure!(!allowed || state == "queued", "{KEPT_BACK}: delivery {id} to {} is {state}", PEOPLE[who]);
            let waits = !allowed && self.model.may_read(who, &labels, true);
            let promised = !self.model.is_open(&labels) && self.model.certificate(who).is_some();
            self.tally.barred_at_once += u64::from(state == "blocked");
            let told = labels.iter().filter_map(|label| match label {
                Label::Advisory { version } => Some(version.0),
                _ => None,
            });
            let brings = brings.or(told.max()).filter(|version| self.model.versions.contains_key(version));
            let labels = labels.clone();
            self.model.copies.insert(id, Copy { who, labels, allowed, waits, promised, kind, brings });
            if self.lies(Lie::AskedOnlyWhenItLeaves) && state == "blocked" {
                self.rows.pause().release(id, now)?;
            }
        }
        Ok(())
    }

    fn letter(&self, to: &[usize], kind: Kind, pieces: &[Vec<Label>], brings: Option<i64>) -> Letter {
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
            answers_to: None,
            blind: Vec::new(),
            post: None,
            cc: Vec::new(),
            advisory: brings.map(|version| Bringing { version: VersionId(version), text: Audience::Public }),
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

    pub(super) fn copy(&mut self, id: i64) -> Result<&mut Copy> {
        self.model.copies.get_mut(&id).with_context(|| format!("{LEAKED}: nobody wrote delivery {id}"))
    }

    pub(super) fn states(&self) -> Result<Vec<(i64, String)>> {
        Ok(self.rows.outbox().list()?.into_iter().map(|row| (row.id, row.state)).collect())
    }
}
