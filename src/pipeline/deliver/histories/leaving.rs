//! The copies of a history on their way out: prepared, shown to the gate, handed over; and at each of these moments the
//! model is asked whether that was right.
#![cfg(test)]

use anyhow::{Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};

use super::broken::Lie;
use super::model::is_public;
use super::operation::{End, Operation, PEOPLE};
use super::play::{KEPT_BACK, LEAKED, Play, Prepared, REVOKED, address};
use crate::openpgp::Unusable;
use crate::pipeline::ahead::{self, Cipher};
use crate::pipeline::deliver::{self, CHANGES_MAX, Candidate, Gate, retry_at};
use crate::rules::clearance::Conditions;
use crate::store::certificates::Registered;
use crate::store::outbox::Due;

/// Hours the last letters get: answers wait for room in an hour, refused ones for their next attempt.
const LAST_HOURS: usize = 40;
const COPIES_MAX: usize = 200;

impl Play<'_, '_> {
    fn conditions(&self) -> Conditions<'_> {
        self.policy.profile.conditions(self.model.now)
    }

    pub(super) fn next_due(&self) -> Result<Option<Due>> {
        if self.lies(Lie::NothingLeaves) {
            return Ok(None);
        }
        let except: Vec<i64> = self.ahead.iter().map(|one| one.due.id).collect();
        deliver::next_due(self.rows, self.model.now, self.house.limits.answers_per_hour, &except)
    }

    /// As `ahead` does, without making any bytes.
    pub(super) fn prepare(&self, mut due: Due) -> Result<Prepared> {
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
    pub(super) fn hands_over(&mut self, end: End) -> Result<bool> {
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
                Gate::Gone => {
                    let held = self.copy(prepared.due.id)?.clone();
                    self.tally.held += u64::from(self.model.is_held(&held));
                    return Ok(true);
                }
                Gate::Changed => prepared = self.prepare(prepared.due)?,
            }
        }
        bail!("{KEPT_BACK}: delivery {} is prepared again and again", prepared.due.id)
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
        ensure!(!self.model.is_held(&copy), "{LEAKED}: delivery {id} to {to}, which the team holds");
        ensure!(!self.model.is_overtaken(&copy), "{LEAKED}: delivery {id} to {to}: something took its place");
        self.copy(id)?.promised |= in_cipher;
        if copy.brings.is_some() {
            let (open, list) = (self.model.is_open(labels), self.model.lists.contains(&copy.who));
            self.tally.of_advisories += 1;
            self.tally.to_members += u64::from(!open && self.model.people[copy.who].member);
            self.tally.to_the_world += u64::from(open && list);
        }
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
        // A stage that is a lie is overtaken, or not, in another moment.
        let lies = [Lie::ApprovalIsPredisclosure, Lie::PredisclosureIsRelease].into_iter().any(|lie| self.lies(lie));
        let overtaken = self.model.is_overtaken(&copy);
        ensure!(
            !cleared || promise || overtaken || lies,
            "{KEPT_BACK}: delivery {} to {}, who is cleared",
            due.id,
            PEOPLE[copy.who]
        );
        self.tally.stopped_since += u64::from(copy.allowed);
        let waits = self.model.may_read(copy.who, &copy.labels, true);
        self.copy(due.id)?.waits = waits && !overtaken;
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
    pub(super) fn comes_to_rest(&mut self) -> Result<()> {
        self.happens(&Operation::Restart)?;
        for case in self.model.held.clone() {
            self.unholds(case)?;
        }
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
