//! The automatic answers to people outside the team, counted for the limits. A row is written with its letter; there
//! is no counter that could drift, and no question costs more than the limit it asks for.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;

/// An automatic answer on its way into the outbox.
pub struct Answering<'a> {
    pub delivery: i64,
    pub to: &'a Address,
    /// Nothing proved that the mail it answers came from its domain.
    pub unproven: bool,
    pub written_at: Timestamp,
    pub leaves_at: Timestamp,
}

pub struct Answers<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn answers(self) -> Answers<'c> {
        Answers(self)
    }
}

impl Answers<'_> {
    pub fn add(&self, answer: &Answering<'_>) -> Result<()> {
        let waits = answer.leaves_at > answer.written_at;
        let opens_burst = waits && self.wait_until(answer.written_at)?.is_none();
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO automatic_answer (delivery, address, unproven_domain, written_at, leaves_at, opens_burst)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                answer.delivery,
                answer.to.key(),
                answer.unproven.then(|| domain(answer.to)),
                At(answer.written_at),
                At(answer.leaves_at),
                opens_burst
            ])
            .context("Counting an automatic answer")?;
        Ok(())
    }

    /// How many were written to an address since; at most `max` are counted.
    pub fn to_address(&self, address: &Address, since: Timestamp, max: u16) -> Result<u32> {
        self.0
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM automatic_answer WHERE address = ?1 AND written_at > ?2 LIMIT ?3)",
            )?
            .query_row(params![address.key(), At(since), max], |row| row.get(0))
            .context("Counting the answers to an address")
    }

    /// How many were written since to mail of this address's domain that nothing proved; at most `max` are counted.
    pub fn to_unproven_domain(&self, of: &Address, since: Timestamp, max: u16) -> Result<u32> {
        self.0
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM automatic_answer
                                       WHERE unproven_domain = ?1 AND written_at > ?2 LIMIT ?3)",
            )?
            .query_row(params![domain(of), At(since), max], |row| row.get(0))
            .context("Counting the answers to a domain")
    }

    /// When the `count`-th last answer leaves or left; `None` when there were fewer.
    pub fn leaves_before(&self, count: u16) -> Result<Option<Timestamp>> {
        let at: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT leaves_at FROM automatic_answer ORDER BY leaves_at DESC LIMIT 1 OFFSET ?1")?
            .query_row([count.saturating_sub(1)], |row| row.get(0))
            .optional()
            .context("Looking for the next hour that has room for an answer")?;
        Ok(at.map(|at| at.0))
    }

    /// When the `count`-th last answer was sent, if this delivery is an answer and there were so many.
    pub fn sent_before(&self, delivery: i64, count: u16) -> Result<Option<Timestamp>> {
        let at: Option<At> = self
            .0
            .connection
            .prepare_cached(
                "SELECT sent_at FROM automatic_answer WHERE sent_at IS NOT NULL
                 AND EXISTS (SELECT 1 FROM automatic_answer WHERE delivery = ?1)
                 ORDER BY sent_at DESC LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![delivery, count.saturating_sub(1)], |row| row.get(0))
            .optional()
            .context("Looking how many answers left")?;
        Ok(at.map(|at| at.0))
    }

    /// The delivery, if it is an answer, has left.
    pub fn sent(&self, delivery: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached("UPDATE automatic_answer SET sent_at = ?2 WHERE delivery = ?1")?
            .execute(params![delivery, At(at)])
            .context("Recording that an answer left")?;
        Ok(())
    }

    /// When the last of all answers leaves; `None` when none has to wait.
    pub fn wait_until(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let last: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT max(leaves_at) FROM automatic_answer")?
            .query_row([], |row| row.get(0))
            .context("Looking whether answers wait")?;
        Ok(last.map(|last| last.0).filter(|last| *last > now))
    }

    /// How many answers leave later than now.
    pub fn waiting(&self, now: Timestamp) -> Result<i64> {
        self.0
            .connection
            .prepare_cached("SELECT count(*) FROM automatic_answer WHERE leaves_at > ?1")?
            .query_row([At(now)], |row| row.get(0))
            .context("Counting the answers that wait")
    }

    /// The first answer of each burst nobody was told of.
    pub fn untold_bursts(&self) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT delivery FROM automatic_answer WHERE opens_burst = 1 AND told_at IS NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for answers that wait")
    }

    pub fn told(&self, delivery: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE automatic_answer SET told_at = ?2 WHERE delivery = ?1 AND told_at IS NULL")?
            .execute(params![delivery, At(at)])
            .context("Recording that people were told of answers that wait")?;
        Ok(super::changed_one(rows))
    }
}

fn domain(address: &Address) -> String {
    address.domain().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::scratch;

    /// However many rows there are, each question of a limit is answered from an index, and sorts nothing.
    #[tokio::test]
    async fn no_question_of_a_limit_reads_the_whole_table() {
        let questions = [
            "SELECT 1 FROM automatic_answer WHERE address = 'a' AND written_at > 'b' LIMIT 20",
            "SELECT 1 FROM automatic_answer WHERE unproven_domain = 'a' AND written_at > 'b' LIMIT 100",
            "SELECT leaves_at FROM automatic_answer ORDER BY leaves_at DESC LIMIT 1 OFFSET 199",
            "SELECT sent_at FROM automatic_answer WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT 1 OFFSET 199",
            "SELECT max(leaves_at) FROM automatic_answer",
            "SELECT delivery FROM automatic_answer WHERE opens_burst = 1 AND told_at IS NULL",
            "SELECT id FROM delivery WHERE state = 'queued' AND urgent = 1 AND next_attempt_at <= 'b'
             ORDER BY next_attempt_at, id LIMIT 1",
            "SELECT min(next_attempt_at) FROM delivery WHERE state = 'queued' AND urgent = 1",
            "SELECT inbox FROM aside WHERE why = 'failed' AND told_at IS NULL AND retried_at IS NULL ORDER BY inbox",
            "SELECT 1 FROM aside WHERE digested_at IS NULL AND retried_at IS NULL AND at < 'b'",
        ];
        let scratch = scratch();
        let plans = scratch.store.read(move |rows| {
            let plan = |question: &&str| -> Result<String> {
                let mut statement = rows.connection.prepare(&format!("EXPLAIN QUERY PLAN {question}"))?;
                let steps = statement.query_map([], |row| row.get::<_, String>(3))?;
                Ok(steps.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
            };
            questions.iter().map(plan).collect::<Result<Vec<_>>>()
        });
        for (question, plan) in questions.iter().zip(plans.await.unwrap()) {
            assert!(plan.contains("INDEX") && !plan.contains("TEMP B-TREE"), "{question}: {plan}");
        }
    }
}
