//! Who takes part in a case without being in the team: as what, and whether they agreed to its embargo. What they may
//! read follows in `rules::clearance`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::people::Person;
use super::time::At;
use crate::rules::command::Role;
use crate::rules::label::CaseId;

/// How far somebody is in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They were asked whether they agree to the embargo, and know nothing of the case.
    Asked,
    Active,
    Removed,
}

impl State {
    pub const ALL: [State; 3] = [State::Asked, State::Active, State::Removed];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Asked => "asked",
            State::Active => "active",
            State::Removed => "removed",
        }
    }
}

/// Somebody in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub person: Person,
    pub role: Role,
    pub state: State,
    /// When they came to be so; a reporter: when their report came.
    pub since: Timestamp,
    /// The team named them as a reporter, and nobody wrote to them yet.
    pub unwritten: bool,
    /// They were sent what the case had so far.
    pub sent_at: Option<Timestamp>,
    /// They wrote since then: it arrived.
    pub receipt_at: Option<Timestamp>,
}

pub struct Participants<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn participants(self) -> Participants<'c> {
        Participants(self)
    }
}

const PARTICIPANT: &str =
    "SELECT p.id, p.name, p.address, t.role, t.state, t.since, t.unwritten, t.sent_at, t.receipt_at
                           FROM participant t JOIN person p ON p.id = t.person";

impl Participants<'_> {
    /// Makes somebody the reporter of a case that has none. `false` when it has one, or they were in it before: whoever
    /// was removed does not come back by a mail.
    pub fn set_reporter(&self, case: CaseId, person: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since)
                 SELECT ?1, ?2, 'reporter', 'active', ?3
                 WHERE NOT EXISTS (SELECT 1 FROM participant WHERE case_number = ?1 AND role = 'reporter')
                 ON CONFLICT (case_number, person) DO NOTHING",
            )?
            .execute(params![case.0, person, At(at)])
            .context("Recording the reporter of a case")?;
        Ok(super::changed_one(rows))
    }

    /// The team says who the reporter is, in place of whoever was; `unwritten`: they are not written to yet. `false` when
    /// they take part in another way.
    pub fn name_reporter(&self, case: CaseId, person: i64, at: Timestamp, unwritten: bool) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since, unwritten)
                 VALUES (?1, ?2, 'reporter', 'active', ?3, ?4)
                 ON CONFLICT (case_number, person)
                 DO UPDATE SET role = excluded.role, state = excluded.state, since = excluded.since,
                               unwritten = excluded.unwritten
                 WHERE participant.state = 'removed'",
            )?
            .execute(params![case.0, person, At(at), unwritten])
            .context("Naming the reporter of a case")?;
        if !super::changed_one(rows) {
            return Ok(false);
        }
        self.0
            .connection
            .prepare_cached(
                "UPDATE participant SET state = 'removed', since = ?3
                 WHERE case_number = ?1 AND person <> ?2 AND role = 'reporter' AND state = 'active'",
            )?
            .execute(params![case.0, person, At(at)])
            .context("Replacing the reporter of a case")?;
        Ok(true)
    }

    /// The first reporter, if there is one.
    pub fn reporter(&self, case: CaseId) -> Result<Option<Person>> {
        Ok(self.reporters(case)?.into_iter().next())
    }

    /// All reporters, in the order in which their reports came.
    pub fn reporters(&self, case: CaseId) -> Result<Vec<Person>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{PARTICIPANT} WHERE t.case_number = ?1 AND t.role = 'reporter' AND t.state = 'active'
                 ORDER BY t.since, p.id"
            ))?
            .query_map([case.0], super::people::person)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the reporters of a case")
    }

    /// Somebody else who found the same problem: another reporter, in the order of `received_at`; they are told so, unless
    /// nobody writes to them yet. `false` when they take part in another way, or were removed from one.
    pub fn add_reporter(&self, case: CaseId, of: &Participant, now: Timestamp) -> Result<bool> {
        let told = if of.unwritten { None } else { Some(At(now)) };
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since, sent_at, unwritten)
                 VALUES (?1, ?2, 'reporter', 'active', ?3, ?4, ?5)
                 ON CONFLICT (case_number, person)
                 DO UPDATE SET role = excluded.role, state = excluded.state, since = excluded.since,
                               sent_at = excluded.sent_at, unwritten = excluded.unwritten
                 WHERE participant.state = 'removed' AND participant.role = 'reporter'",
            )?
            .execute(params![case.0, of.person.id, At(of.since), told, of.unwritten])
            .context("Adding a reporter to a case")?;
        Ok(super::changed_one(rows))
    }

    /// They are no reporter of a case after all. `false` when they are none.
    pub fn remove_reporter(&self, case: CaseId, person: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE participant SET state = 'removed', since = ?3
                 WHERE case_number = ?1 AND person = ?2 AND role = 'reporter' AND state = 'active'",
            )?
            .execute(params![case.0, person, At(at)])
            .context("Removing a reporter from a case")?;
        Ok(super::changed_one(rows))
    }

    /// Somebody takes part at once: they agreed to keep embargoes before. `false` when they are in the case already.
    pub fn join(&self, case: CaseId, person: i64, role: Role, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since) VALUES (?1, ?2, ?3, 'active', ?4)
                 ON CONFLICT (case_number, person)
                 DO UPDATE SET role = excluded.role, state = 'active', since = excluded.since, sent_at = NULL,
                               receipt_at = NULL
                 WHERE participant.state = 'removed'",
            )?
            .execute(params![case.0, person, role.as_str(), At(at)])
            .context("Recording who takes part in a case")?;
        Ok(super::changed_one(rows))
    }

    /// The team writes to a reporter whom it named. `false` when it did before.
    pub fn was_written_to(&self, case: CaseId, person: i64) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE participant SET unwritten = 0 WHERE case_number = ?1 AND person = ?2 AND unwritten = 1",
            )?
            .execute(params![case.0, person])
            .context("Noting that a reporter was written to")?;
        Ok(super::changed_one(rows))
    }

    /// They were sent what the case had so far, and are asked to say that it arrived.
    pub fn was_sent(&self, case: CaseId, person: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached("UPDATE participant SET sent_at = ?3 WHERE case_number = ?1 AND person = ?2")?
            .execute(params![case.0, person, At(at)])
            .map(drop)
            .context("Noting that somebody was sent a case")
    }

    /// They wrote: what they were sent arrived. `false` when they were sent nothing, or said so before.
    pub fn has_received(&self, case: CaseId, person: i64, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE participant SET receipt_at = ?3
                 WHERE case_number = ?1 AND person = ?2 AND role <> 'reporter' AND state = 'active'
                       AND sent_at IS NOT NULL AND receipt_at IS NULL",
            )?
            .execute(params![case.0, person, At(at)])
            .context("Noting a receipt")?;
        Ok(super::changed_one(rows))
    }

    /// Everybody who knows of a case beside the team: its reporters, as far as they were written to, and who agreed to its
    /// embargo.
    pub fn knowing(&self, case: CaseId) -> Result<Vec<Participant>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{PARTICIPANT} WHERE t.case_number = ?1 AND t.state = 'active' AND t.unwritten = 0
                 AND NOT EXISTS (SELECT 1 FROM team_member m WHERE m.person = p.id AND m.state = 'active')
                 ORDER BY t.role <> 'reporter', t.since, p.id"
            ))?
            .query_map([case.0], participant)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who knows of a case")
    }

    /// Somebody is asked whether they agree to the embargo. `false` when they are in the case already.
    pub fn ask(&self, case: CaseId, person: i64, role: Role, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since, asks)
                 VALUES (?1, ?2, ?3, 'asked', ?4, 1)
                 ON CONFLICT (case_number, person)
                 DO UPDATE SET role = excluded.role, state = 'asked', since = excluded.since, asks = 1, sent_at = NULL,
                               receipt_at = NULL
                 WHERE participant.state = 'removed'",
            )?
            .execute(params![case.0, person, role.as_str(), At(at)])
            .context("Recording whom we asked to take part in a case")?;
        Ok(super::changed_one(rows))
    }

    /// They are asked once more. `false` when they were asked so often already.
    pub fn ask_again(&self, case: CaseId, person: i64, asks_max: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE participant SET asks = asks + 1
                 WHERE case_number = ?1 AND person = ?2 AND state = 'asked' AND asks < ?3",
            )?
            .execute(params![case.0, person, asks_max])
            .context("Recording that somebody was asked again")?;
        Ok(super::changed_one(rows))
    }

    /// They agreed to the embargo. `false` when nobody waits for that.
    pub fn agree(&self, case: CaseId, person: i64, at: Timestamp) -> Result<bool> {
        self.become_(case, person, &[State::Asked], State::Active, at)
    }

    /// They take part no more, or will not. `false` when they do not; the reporter can only be replaced.
    pub fn remove(&self, case: CaseId, person: i64, at: Timestamp) -> Result<bool> {
        self.become_(case, person, &[State::Asked, State::Active], State::Removed, at)
    }

    fn become_(&self, case: CaseId, person: i64, from: &[State], to: State, at: Timestamp) -> Result<bool> {
        let from = from.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(" ");
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE participant SET state = ?4, since = ?5
                 WHERE case_number = ?1 AND person = ?2 AND role <> 'reporter'
                       AND instr(' ' || ?3 || ' ', ' ' || state || ' ') > 0",
            )?
            .execute(params![case.0, person, from, to.as_str(), At(at)])
            .context("Recording how far somebody is in a case")?;
        Ok(super::changed_one(rows))
    }

    /// Those who are in a case or were asked, in the order in which they came to be so.
    pub fn of(&self, case: CaseId) -> Result<Vec<Participant>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{PARTICIPANT} WHERE t.case_number = ?1 AND t.state <> 'removed' ORDER BY t.since, p.id"
            ))?
            .query_map([case.0], participant)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who takes part in a case")
    }

    /// Those who agreed to the embargo, and so get the mail of a case: neither its reporter nor the team, which get theirs.
    pub fn agreed(&self, case: CaseId) -> Result<Vec<Person>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{PARTICIPANT} WHERE t.case_number = ?1 AND t.state = 'active'
                 AND t.role NOT IN ('reporter', 'release-manager', 'cna')
                 AND NOT EXISTS (SELECT 1 FROM team_member m WHERE m.person = p.id AND m.state = 'active')
                 ORDER BY t.since, p.id"
            ))?
            .query_map([case.0], super::people::person)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who gets the mail of a case")
    }

    pub fn get(&self, case: CaseId, person: i64) -> Result<Option<Participant>> {
        self.0
            .connection
            .prepare_cached(&format!("{PARTICIPANT} WHERE t.case_number = ?1 AND t.person = ?2"))?
            .query_row([case.0, person], participant)
            .optional()
            .context("Looking for somebody in a case")
    }

    /// Whether they may read a case, whichever.
    pub fn is_in_any(&self, person: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM participant WHERE person = ?1 AND state = 'active'")?
            .exists([person])
            .context("Looking whether somebody takes part in a case")
    }
}

fn participant(row: &Row<'_>) -> rusqlite::Result<Participant> {
    let (role, state): (String, String) = (row.get(3)?, row.get(4)?);
    let unknown = |text: &str| {
        let problem = format!("nobody takes part as “{text}”").into();
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, problem)
    };
    Ok(Participant {
        person: super::people::person(row)?,
        role: Role::parse(&role).ok_or_else(|| unknown(&role))?,
        state: State::ALL.into_iter().find(|known| known.as_str() == state).ok_or_else(|| unknown(&state))?,
        since: row.get::<_, At>(5)?.0,
        unwritten: row.get(6)?,
        sent_at: row.get::<_, Option<At>>(7)?.map(|at| at.0),
        receipt_at: row.get::<_, Option<At>>(8)?.map(|at| at.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    fn at() -> Timestamp {
        "2026-12-07T09:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn whoever_was_removed_comes_back_only_when_the_team_says_so() {
        let scratch = scratch();
        let told = scratch.store.write(|rows| {
            let case =
                rows.cases().open("a case", false, at(), Proposal { predisclosure_at: at(), release_at: at() })?;
            let carol = rows.people().find_or_add("Carol", &"carol@example.net".parse()?)?.id;
            let all = rows.participants();
            let can_read = || rows.participants().is_in_any(carol);
            assert!(!all.agree(case, carol, at())?, "nobody asked her");
            assert!(all.ask(case, carol, Role::Expert, at())? && !can_read()?);
            assert!(!all.ask(case, carol, Role::Vendor, at())?, "she is asked already");
            assert!(!all.set_reporter(case, carol, at())?, "a mail of hers makes her nothing else");
            assert!(!all.name_reporter(case, carol, at(), false)?);
            assert!(all.agree(case, carol, at())? && can_read()?);
            assert!(all.remove(case, carol, at())? && !can_read()?);
            assert!(!all.remove(case, carol, at())? && !all.agree(case, carol, at())?);
            assert!(!all.set_reporter(case, carol, at())? && !can_read()?);
            assert!(all.name_reporter(case, carol, at(), false)? && can_read()?);
            assert!(!all.remove(case, carol, at())?, "the reporter is only replaced");
            let dana = rows.people().find_or_add("Dana", &"dana@example.net".parse()?)?.id;
            assert!(all.name_reporter(case, dana, at(), false)? && !can_read()?);
            Ok(all.of(case)?.into_iter().map(|one| one.person.name).collect::<Vec<_>>())
        });
        assert_eq!(told.await.unwrap(), ["Dana"]);
    }
}
