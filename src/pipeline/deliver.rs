//! Deliver: one recipient, one SMTP transaction, one row. The gate is asked again at the moment of sending, and
//! `sending` is on disk before the first byte leaves.

use std::sync::Arc;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::ahead::{self, Ahead, Cipher, Prepared, Preparer};
use crate::clock::Clock;
use crate::mail::address::Address;
use crate::mail::secret::{Purpose, Secret, sha256_hex};
use crate::post::{Carrier, NotSent, Parcel};
use crate::rules::clearance::{self, Conditions, Reader};
use crate::rules::limits;
use crate::store::advisories::Overtaken;
use crate::store::audit::Act;
use crate::store::certificates::Registered;
use crate::store::outbox::{Due, Origin};
use crate::store::{Rows, Store};

/// The first retry comes after this, each later one after twice as long …
const RETRY_SECONDS_MIN: i64 = 30;
/// … up to this.
const RETRY_SECONDS_MAX: i64 = 30 * 60;

/// A letter that could not leave for so long is given up, and people are told …
pub const RETRY_DAYS_MAX: i64 = 5;
/// … but not before this many attempts, over some five hours: the program itself may have been away for days.
pub const RETRY_ATTEMPTS_MIN: u32 = 16;

/// A copy is prepared so often while the facts change under it.
const CHANGES_MAX: usize = 3;
/// Why a letter waits that was to leave encrypted.
const NO_LONGER: &str = "it was written to be sent encrypted";

/// Hands letters to the mail server.
#[derive(Clone)]
pub struct Courier {
    pub clock: Clock,
    pub preparer: Preparer,
    pub secret: Arc<Secret>,
    /// Bounces come to this address under a key for each delivery.
    pub security: Address,
    pub carrier: Arc<Carrier>,
    /// So many automatic answers leave in an hour, whatever has piled up while the mail server was away.
    pub answers_per_hour: u16,
    /// So many letters are prepared while one is handed over.
    pub cores: usize,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Postponed,
    Failed,
    Blocked,
    /// The outbox was paused just now.
    Waits,
}

/// What the gate says.
enum Gate {
    Passed(Origin),
    Barred,
    Gone,
    /// It was prepared for other facts than those of this moment.
    Changed,
}

/// A copy as the gate sees it.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    due: &'a Due,
    /// The recipient's certificate as it was registered when the copy was prepared.
    registered: &'a Option<Registered>,
    cipher: &'a Cipher,
    /// There are bytes of it.
    ready: bool,
}

/// Why a copy may not go to its recipient now.
pub struct Stopped {
    why: String,
    /// A usable certificate of theirs is all that is missing.
    uncertified: bool,
}

impl Courier {
    /// Nothing is prepared yet.
    pub fn ahead(&self) -> Ahead {
        Ahead::new(self.cores)
    }

    /// Attempts the next delivery that is due, preparing those after it meanwhile; `None` when none is.
    pub async fn deliver_next(&self, ahead: &mut Ahead) -> Result<Option<Outcome>> {
        self.look_ahead(ahead).await?;
        let Some((due, prepared)) = ahead.next().await else { return Ok(None) };
        self.deliver(due, prepared).await.map(Some)
    }

    /// Begins to prepare what is due next, as far as there is room.
    async fn look_ahead(&self, ahead: &mut Ahead) -> Result<()> {
        while ahead.has_room() {
            let (now, answers_per_hour, except) = (self.clock.now(), self.answers_per_hour, ahead.deliveries());
            let find = move |rows: Rows<'_>| {
                let Some(due) = next_due(rows, now, answers_per_hour, &except)? else { return Ok(None) };
                let enclosed_bytes = rows.outbox().enclosed_bytes(due.letter)?;
                Ok(Some((due, enclosed_bytes)))
            };
            match self.store().write(find).await? {
                Some((due, enclosed_bytes)) if ahead.has_room_for(enclosed_bytes) => {
                    ahead.begin(&self.preparer, due, enclosed_bytes, now);
                }
                Some(_) | None => break,
            }
        }
        Ok(())
    }

    /// Hands over one copy, if the gate lets it.
    async fn deliver(&self, due: Due, mut prepared: Result<Prepared>) -> Result<Outcome> {
        let (id, attempts) = (due.id, due.attempts);
        for _ in 0..CHANGES_MAX {
            let now = self.clock.now();
            let prepared_now = match prepared {
                Ok(prepared) => prepared,
                Err(problem) => {
                    tracing::error!(delivery = id, "a letter could not be sealed: {problem:#}");
                    let why = "it could not be rendered, signed or encrypted; the log says why";
                    return self.postpone(id, attempts, why).await;
                }
            };
            let Prepared { registered, cipher, bytes } = prepared_now;
            let (policy, gated, answers_per_hour) =
                (Arc::clone(&self.preparer.policy), due.clone(), self.answers_per_hour);
            let ready = bytes.is_some();
            let secret = Arc::clone(&self.secret);
            let pass = move |rows: Rows<'_>| {
                let copy = Candidate { due: &gated, registered: &registered, cipher: &cipher, ready };
                let gate = decide(rows, copy, policy.profile.conditions(now), answers_per_hour)?;
                if let Gate::Passed(letter) = &gate {
                    let key = key(&secret, letter, &gated.recipient);
                    rows.bounces().expect(&sha256_hex(key.as_bytes()), gated.id)?;
                }
                Ok(gate)
            };
            match (self.store().write(pass).await?, bytes) {
                (Gate::Passed(letter), Some(bytes)) => return self.hand_over(due, letter, bytes, now).await,
                (Gate::Barred, _) => return Ok(Outcome::Blocked),
                (Gate::Gone, _) => return Ok(Outcome::Waits),
                (Gate::Changed | Gate::Passed(_), _) => prepared = self.preparer.prepare(&due, now).await,
            }
        }
        self.postpone(id, attempts, "its recipient's certificate changed again and again").await
    }

    /// `sending` is on disk.
    async fn hand_over(&self, due: Due, letter: Origin, bytes: Arc<[u8]>, now: Timestamp) -> Result<Outcome> {
        let (id, attempts) = (due.id, due.attempts);
        let parcel = Parcel {
            id,
            envelope_from: (!letter.kind.replies())
                .then(|| self.security.with_detail(&key(&self.secret, &letter, &due.recipient))),
            envelope_to: due.recipient,
            kind: letter.kind.as_str(),
            at: now,
            bytes,
        };
        let outcome = self.carrier.send(&parcel).await;
        let now = self.clock.now();
        match outcome {
            Ok(()) => {
                let sent = move |rows: Rows<'_>| {
                    rows.answers().sent(id, now)?;
                    rows.outbox().sent(id, now)
                };
                self.store().write(sent).await?;
                tracing::info!(delivery = id, kind = parcel.kind, "sent");
                Ok(Outcome::Sent)
            }
            Err(NotSent::NotNow(why)) => {
                tracing::warn!(delivery = id, attempts, "not sent yet");
                self.postpone(id, attempts, &why).await
            }
            Err(NotSent::Refused(why)) => {
                tracing::warn!(delivery = id, "refused by the mail server");
                self.store().write(move |rows| rows.outbox().fail(id, now, &why).map(drop)).await?;
                Ok(Outcome::Failed)
            }
        }
    }

    fn store(&self) -> &Store {
        &self.preparer.store
    }

    /// Not now: another time, or never, when it was tried for days.
    async fn postpone(&self, id: i64, attempts: u32, why: &str) -> Result<Outcome> {
        let (now, why) = (self.clock.now(), why.to_owned());
        let outcome = self
            .store()
            .write(move |rows| {
                if is_hopeless(rows.outbox().written_at(id)?, now, attempts) {
                    rows.outbox().give_up(id, now, &why)?;
                    return Ok(Outcome::Failed);
                }
                rows.outbox().postpone(id, retry_at(now, attempts), &why)?;
                Ok(Outcome::Postponed)
            })
            .await?;
        if outcome == Outcome::Failed {
            tracing::warn!(delivery = id, days = RETRY_DAYS_MAX, "given up");
        }
        Ok(outcome)
    }
}

/// The key of a delivery's return path: what comes there is about this letter to this recipient.
fn key(secret: &Secret, letter: &Origin, recipient: &Address) -> String {
    secret.derive(Purpose::ReturnPath, &format!("{} to {}", letter.cause, recipient.key()), letter.counter)
}

/// The next delivery that is due, but `except`; automatic answers for which the hour has no room wait for the next.
fn next_due(rows: Rows<'_>, now: Timestamp, answers_per_hour: u16, except: &[i64]) -> Result<Option<Due>> {
    while let Some(due) = rows.outbox().next_due(now, except)? {
        if !must_wait(rows, &due, now, answers_per_hour)? {
            return Ok(Some(due));
        }
    }
    Ok(None)
}

/// Whether it is an automatic answer for which the hour has no room; then it is due later.
fn must_wait(rows: Rows<'_>, due: &Due, now: Timestamp, answers_per_hour: u16) -> Result<bool> {
    let leaves_at = limits::leaves_at(now, rows.answers().sent_before(due.id, answers_per_hour)?);
    if leaves_at <= now {
        return Ok(false);
    }
    rows.outbox().wait(due.id, leaves_at)?;
    Ok(true)
}

/// Whether a copy that was prepared leaves now: it is its time, it was prepared for the facts of this moment, and the
/// gate lets it. If so, it is `sending` in the same transaction.
fn decide(rows: Rows<'_>, copy: Candidate<'_>, conditions: Conditions<'_>, answers_per_hour: u16) -> Result<Gate> {
    let Candidate { due, registered, cipher, .. } = copy;
    if must_wait(rows, due, conditions.now, answers_per_hour)? {
        return Ok(Gate::Gone);
    }
    if cipher.is_over(conditions.now) || ahead::registered(rows, due)? != *registered {
        return Ok(Gate::Changed);
    }
    pass_gate(rows, copy, conditions)
}

/// Asks the gate with the facts of this moment, and marks the delivery as `sending` in the same transaction.
fn pass_gate(rows: Rows<'_>, copy: Candidate<'_>, conditions: Conditions<'_>) -> Result<Gate> {
    let (Candidate { due, cipher, ready, .. }, now) = (copy, conditions.now);
    if let Some(overtaken) = rows.advisories().overtaken(due.id)? {
        return stop_overtaken(rows, due, &overtaken, now);
    }
    if let Err(Stopped { why, uncertified }) = ask(rows, due, conditions, cipher)? {
        if !rows.outbox().block(due.id, now, &why, uncertified)? {
            return Ok(Gate::Gone);
        }
        let object = format!("delivery {}", due.id);
        let act = Act { actor: "desk", evidence: "none", act: "bar", object: &object, detail: &why };
        rows.audit().append(now, &act)?;
        return Ok(Gate::Barred);
    }
    if !ready {
        return Ok(Gate::Changed);
    }
    if !rows.outbox().sending(due.id, cipher.fingerprint())? {
        return Ok(Gate::Gone);
    }
    rows.outbox().origin(due.letter).map(Gate::Passed)
}

/// What is void, or is known otherwise by now, goes to no member.
fn stop_overtaken(rows: Rows<'_>, due: &Due, overtaken: &Overtaken, now: Timestamp) -> Result<Gate> {
    if !rows.outbox().block(due.id, now, &overtaken.why, false)? {
        return Ok(Gate::Gone);
    }
    if overtaken.quiet {
        rows.outbox().told(due.id, now)?;
    }
    let object = format!("delivery {}", due.id);
    let act = Act { actor: "desk", evidence: "none", act: "overtaken", object: &object, detail: &overtaken.why };
    rows.audit().append(now, &act)?;
    Ok(Gate::Barred)
}

/// Whether this copy may go to its recipient, encrypted or in clear as it is.
pub fn ask(rows: Rows<'_>, due: &Due, conditions: Conditions<'_>, cipher: &Cipher) -> Result<Result<(), Stopped>> {
    let labels = rows.outbox().labels(due.letter)?;
    let encrypted = cipher.fingerprint().is_some();
    let reader = Reader { encrypted, ..rows.reader(&due.recipient, conditions, &labels)? };
    let (mut why, uncertified) = match clearance::may_read(&reader, &labels) {
        Err(barred) => (barred.to_string(), barred.wants_certificate()),
        // Who could be written to in cipher when it was written is not written to in clear because they no longer can.
        Ok(()) if due.encrypted_to.is_some() && !encrypted => (NO_LONGER.to_owned(), true),
        Ok(()) => return Ok(Ok(())),
    };
    if let (true, Cipher::Not(unusable)) = (uncertified, cipher) {
        why.push_str(&format!("; their certificate: {unusable}"));
    }
    Ok(Err(Stopped { why, uncertified }))
}

/// Whether a letter that failed `attempts` times before, and once more now, is to be given up.
fn is_hopeless(written_at: Timestamp, now: Timestamp, attempts: u32) -> bool {
    now.duration_since(written_at) >= SignedDuration::from_hours(24 * RETRY_DAYS_MAX)
        && attempts.saturating_add(1) >= RETRY_ATTEMPTS_MIN
}

/// When to try again after `attempts` failures.
fn retry_at(now: Timestamp, attempts: u32) -> Timestamp {
    let seconds = RETRY_SECONDS_MIN.saturating_mul(1 << attempts.min(10)).min(RETRY_SECONDS_MAX);
    now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

#[cfg(test)]
mod advisories;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod removed;
#[cfg(test)]
mod tests;
