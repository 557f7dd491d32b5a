//! Deliver: one recipient, one SMTP transaction, one row. The gate is asked again at the moment of sending, and
//! `sending` is on disk before the first byte leaves.

use std::sync::Arc;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::seal::Sealer;
use crate::clock::Clock;
use crate::mail::address::Address;
use crate::mail::secret::{Purpose, Secret};
use crate::policy::Policy;
use crate::post::{Carrier, NotSent, Parcel};
use crate::rules::clearance::{self, Conditions};
use crate::rules::limits;
use crate::store::audit::Act;
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

/// Hands letters to the mail server.
#[derive(Clone)]
pub struct Courier {
    pub store: Store,
    pub clock: Clock,
    pub policy: Arc<Policy>,
    pub secret: Arc<Secret>,
    /// Bounces come to this address under a key for each delivery.
    pub security: Address,
    pub sealer: Sealer,
    pub carrier: Arc<Carrier>,
    /// So many automatic answers leave in an hour, whatever has piled up while the mail server was away.
    pub answers_per_hour: u16,
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
}

impl Courier {
    /// Attempts the next delivery that is due; `None` when none is.
    pub async fn deliver_next(&self) -> Result<Option<Outcome>> {
        let now = self.clock.now();
        let answers_per_hour = self.answers_per_hour;
        let Some(due) = self.store.write(move |rows| next_due(rows, now, answers_per_hour)).await? else {
            return Ok(None);
        };
        let (id, attempts) = (due.id, due.attempts);
        let bytes = match self.sealer.sealed(&self.store, due.letter).await {
            Ok(bytes) => bytes,
            Err(problem) => {
                tracing::error!(delivery = id, "a letter could not be sealed: {problem:#}");
                let why = "it could not be rendered or signed; the log says why";
                return self.postpone(id, attempts, why).await.map(Some);
            }
        };
        let policy = Arc::clone(&self.policy);
        let gated = due.clone();
        let letter = match self.store.write(move |rows| pass_gate(rows, &gated, policy.profile.conditions(now))).await?
        {
            Gate::Passed(letter) => letter,
            Gate::Barred => return Ok(Some(Outcome::Blocked)),
            Gate::Gone => return Ok(Some(Outcome::Waits)),
        };
        let parcel = Parcel {
            id,
            envelope_from: (!letter.kind.replies()).then(|| self.return_path(&letter)),
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
                self.store.write(sent).await?;
                tracing::info!(delivery = id, kind = parcel.kind, "sent");
                Ok(Some(Outcome::Sent))
            }
            Err(NotSent::NotNow(why)) => {
                tracing::warn!(delivery = id, attempts, "not sent yet");
                self.postpone(id, attempts, &why).await.map(Some)
            }
            Err(NotSent::Refused(why)) => {
                tracing::warn!(delivery = id, "refused by the mail server");
                self.store.write(move |rows| rows.outbox().fail(id, now, &why).map(drop)).await?;
                Ok(Some(Outcome::Failed))
            }
        }
    }

    /// Not now: another time, or never, when it was tried for days.
    async fn postpone(&self, id: i64, attempts: u32, why: &str) -> Result<Outcome> {
        let (now, why) = (self.clock.now(), why.to_owned());
        let outcome = self
            .store
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

    fn return_path(&self, letter: &Origin) -> Address {
        let key = self.secret.derive(Purpose::ReturnPath, &letter.cause, letter.counter);
        self.security.with_detail(&key)
    }
}

/// The next delivery that is due; automatic answers for which the hour has no room wait for the next.
fn next_due(rows: Rows<'_>, now: Timestamp, answers_per_hour: u16) -> Result<Option<Due>> {
    while let Some(due) = rows.outbox().next_due(now)? {
        let leaves_at = limits::leaves_at(now, rows.answers().sent_before(due.id, answers_per_hour)?);
        if leaves_at <= now {
            return Ok(Some(due));
        }
        rows.outbox().wait(due.id, leaves_at)?;
    }
    Ok(None)
}

/// Asks the gate with the facts of this moment, and marks the delivery as `sending` in the same transaction.
fn pass_gate(rows: Rows<'_>, due: &Due, conditions: Conditions<'_>) -> Result<Gate> {
    let labels = rows.outbox().labels(due.letter)?;
    let now = conditions.now;
    let reader = rows.reader(&due.recipient, conditions)?;
    if let Err(barred) = clearance::may_read(&reader, &labels) {
        let why = barred.to_string();
        rows.outbox().block(due.id, now, &why)?;
        let object = format!("delivery {}", due.id);
        let act = Act { actor: "desk", evidence: "none", act: "bar", object: &object, detail: &why };
        rows.audit().append(now, &act)?;
        return Ok(Gate::Barred);
    }
    if !rows.outbox().sending(due.id)? {
        return Ok(Gate::Gone);
    }
    rows.outbox().origin(due.letter).map(Gate::Passed)
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
mod tests {
    use super::*;

    #[test]
    fn retries_grow_and_stay_within_half_an_hour() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        for (attempts, seconds) in [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1800), (40, 1800)] {
            assert_eq!(retry_at(now, attempts).duration_since(now).as_secs(), seconds, "{attempts}");
        }
    }

    #[test]
    fn a_letter_is_given_up_after_five_days_and_some_attempts_and_not_before() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let (old, young) = (now - SignedDuration::from_hours(120), now - SignedDuration::from_hours(119));
        assert!(is_hopeless(old, now, RETRY_ATTEMPTS_MIN - 1));
        assert!(!is_hopeless(young, now, 1000));
        assert!(!is_hopeless(old, now, 0), "the machine was off for a week: it is the first attempt");
    }
}
