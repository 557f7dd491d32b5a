//! People who asked to join the team: who vouched for them, who decided, whether they agreed. Each step is a guarded
//! change of state; what may follow what is decided in `handlers`.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::people::{self, Person};
use super::time::At;
use crate::rules::label::CaseId;

/// What nobody answers ends after so many days.
pub const ANSWER_DAYS_MAX: i64 = 14;
const HOURS_A_DAY: i64 = 24;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A member vouches for them; another one has to decide.
    Vouched,
    /// They are asked to agree to the embargo.
    Accepted,
    /// They agreed, and wait for a certificate.
    Agreed,
    Joined,
    /// By the member who decided.
    Refused,
    /// By themselves.
    Declined,
    /// Nobody answered.
    Expired,
    /// Whoever vouched or accepted left the team, or the operator put them into it.
    Void,
}

impl State {
    const ALL: [State; 8] = [
        State::Vouched,
        State::Accepted,
        State::Agreed,
        State::Joined,
        State::Refused,
        State::Declined,
        State::Expired,
        State::Void,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Vouched => "vouched",
            State::Accepted => "accepted",
            State::Agreed => "agreed",
            State::Joined => "joined",
            State::Refused => "refused",
            State::Declined => "declined",
            State::Expired => "expired",
            State::Void => "void",
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, State::Vouched | State::Accepted | State::Agreed)
    }
}

/// A request to join the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    pub id: i64,
    pub case: CaseId,
    /// Under the name that the voucher gave them.
    pub candidate: Person,
    pub voucher: i64,
    /// Who accepted or refused.
    pub decider: Option<i64>,
    pub state: State,
    pub since: Timestamp,
}

impl Joining {
    /// When it ends if nobody answers.
    pub fn ends_at(&self) -> Timestamp {
        self.since.saturating_add(length()).unwrap_or(Timestamp::MAX)
    }
}

fn length() -> SignedDuration {
    SignedDuration::from_hours(ANSWER_DAYS_MAX * HOURS_A_DAY)
}

pub struct Joinings<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn joinings(self) -> Joinings<'c> {
        Joinings(self)
    }
}

const JOINING: &str = "SELECT p.id, j.name, p.address, j.id, j.case_number, j.voucher, j.decider, j.state, j.since
                       FROM joining j JOIN person p ON p.id = j.person";
const OPEN: &str = "j.state IN ('vouched', 'accepted', 'agreed')";

impl Joinings<'_> {
    /// A member vouches for somebody. `None` when the case has an open request, or the person has one elsewhere.
    pub fn vouch(&self, case: CaseId, person: i64, name: &str, voucher: i64, at: Timestamp) -> Result<Option<i64>> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO joining (case_number, person, name, voucher, state, since)
                 VALUES (?1, ?2, ?3, ?4, 'vouched', ?5) ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(params![case.0, person, name, voucher, At(at)], |row| row.get(0))
            .optional()
            .context("Recording that a member vouches for somebody")
    }

    /// Another member than the voucher decides. `false` when it was decided before.
    pub fn decide(&self, id: i64, decider: i64, to: State, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE joining SET state = ?3, decider = ?2, since = ?4
                 WHERE id = ?1 AND state = 'vouched' AND voucher <> ?2 AND person <> ?2",
                params![id, decider, to.as_str(), At(at)],
            )
            .context("Deciding about somebody who wants to join")?;
        Ok(super::changed_one(rows))
    }

    /// `false` when it is not in the state `from`.
    pub fn change(&self, id: i64, from: State, to: State, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE joining SET state = ?3, since = ?4 WHERE id = ?1 AND state = ?2",
                params![id, from.as_str(), to.as_str(), At(at)],
            )
            .context("Changing the state of a request to join")?;
        Ok(super::changed_one(rows))
    }

    /// Somebody is in the team now by another way: what they asked for is over.
    pub fn void_of_candidate(&self, person: i64, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .execute(
                "UPDATE joining AS j SET state = 'void', since = ?2
                 WHERE j.person = ?1 AND j.state IN ('vouched', 'accepted', 'agreed')",
                params![person, At(at)],
            )
            .map(drop)
            .context("Ending the request of somebody who is in the team")
    }

    /// What somebody who leaves the team vouched for or accepted ends. Gives how many those were.
    pub fn void_of(&self, member: i64, at: Timestamp) -> Result<usize> {
        self.0
            .connection
            .execute(
                "UPDATE joining AS j SET state = 'void', since = ?2
                 WHERE (j.voucher = ?1 OR j.decider = ?1) AND j.state IN ('vouched', 'accepted', 'agreed')",
                params![member, At(at)],
            )
            .context("Ending the requests that somebody vouched for")
    }

    pub fn get(&self, id: i64) -> Result<Option<Joining>> {
        self.one("j.id = ?1", id)
    }

    /// The request of a case: the latest, if there were several.
    pub fn of_case(&self, case: CaseId) -> Result<Option<Joining>> {
        self.one("j.case_number = ?1", case.0)
    }

    /// Somebody's request that goes on.
    pub fn open_of(&self, person: i64) -> Result<Option<Joining>> {
        self.one(&format!("j.person = ?1 AND {OPEN}"), person)
    }

    fn one(&self, which: &str, number: i64) -> Result<Option<Joining>> {
        self.0
            .connection
            .prepare_cached(&format!("{JOINING} WHERE {which} ORDER BY j.id DESC LIMIT 1"))?
            .query_row([number], joining)
            .optional()
            .context("Looking for a request to join")
    }

    /// All that go on, the oldest first.
    pub fn open(&self) -> Result<Vec<Joining>> {
        self.0
            .connection
            .prepare_cached(&format!("{JOINING} WHERE {OPEN} ORDER BY j.id"))?
            .query_map([], joining)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the requests to join")
    }
}

fn joining(row: &Row<'_>) -> rusqlite::Result<Joining> {
    let state: String = row.get(7)?;
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(Joining {
        candidate: people::person(row)?,
        id: row.get(3)?,
        case: CaseId(row.get(4)?),
        voucher: row.get(5)?,
        decider: row.get(6)?,
        state: state.unwrap_or(State::Void), // Not reached: the table checks it.
        since: row.get::<_, At>(8)?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn another_member_than_the_voucher_decides_and_once() {
        let scratch = scratch();
        let at: Timestamp = "2026-12-07T09:00:00Z".parse().unwrap();
        let work = move |rows: Rows<'_>| {
            let [vera, alice, bob] = ["vera", "alice", "bob"].map(|name| {
                rows.people().find_or_add(name, &format!("{name}@example.org").parse().unwrap()).unwrap().id
            });
            let case = rows.cases().open("", false, at, Proposal { predisclosure_at: at, release_at: at })?;
            let id = rows.joinings().vouch(case, vera, "Vera", alice, at)?.unwrap();
            assert_eq!(rows.joinings().vouch(case, vera, "Vera", bob, at)?, None, "one request at a time");
            for nobody in [alice, vera] {
                assert!(!rows.joinings().decide(id, nobody, State::Accepted, at)?);
            }
            assert!(rows.joinings().decide(id, bob, State::Accepted, at)?);
            assert!(!rows.joinings().decide(id, bob, State::Refused, at)?, "decided is decided");
            assert_eq!(rows.joinings().of_case(case)?.unwrap().decider, Some(bob));
            assert_eq!(rows.joinings().void_of(bob, at)?, 1);
            assert!(!rows.joinings().change(id, State::Accepted, State::Agreed, at)?);
            assert!(rows.joinings().open()?.is_empty());
            Ok(())
        };
        scratch.store.write(work).await.unwrap();
    }
}
