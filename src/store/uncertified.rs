//! Deliveries that are blocked for want of a certificate only, the people who were asked for theirs, and those of whom
//! the team was told.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;
use crate::rules::label::CaseId;

/// How often somebody is told that letters to them wait for a certificate, however many wait.
const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long the team is left alone once it was told of somebody, but for its own members' certificates.
const TEAM_TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Somebody for whom a letter waits that may not leave in clear, and who does not know of this one yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertified {
    pub address: Address,
    /// The first delivery of which nobody was told, and how often an operator had it tried again.
    pub delivery: i64,
    pub releases: u32,
    pub case: Option<CaseId>,
    /// Why it is blocked.
    pub why: String,
}

/// Somebody who was asked for a certificate, and for whom something waits that the team should hear of, and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub address: Address,
    pub in_team: bool,
    /// The first delivery that waits, and how often an operator or a certificate had it tried again.
    pub delivery: i64,
    pub releases: u32,
    /// Why that one is blocked.
    pub why: String,
    /// Those of all that waits, by number.
    pub cases: BTreeSet<CaseId>,
}

pub struct UncertifiedPeople<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn uncertified(self) -> UncertifiedPeople<'c> {
        UncertifiedPeople(self)
    }
}

impl UncertifiedPeople<'_> {
    /// Those who are to be told now. An alert that waits tells nobody: alerts about alerts would never end.
    pub fn untold(&self, now: Timestamp) -> Result<Vec<Uncertified>> {
        let mut found: Vec<Uncertified> = Vec::new();
        let mut statement = self.0.connection.prepare_cached(
            "SELECT d.recipient, d.id, d.releases, d.error, l.case_number FROM delivery d JOIN letter l ON l.id = d.letter
             LEFT JOIN automatic_answer a ON a.delivery = d.id
             WHERE d.uncertified = 1 AND d.state = 'blocked' AND d.told_at IS NULL AND l.kind <> 'alert'
                   AND (a.leaves_at IS NULL OR a.leaves_at <= ?1)
             ORDER BY d.id",
        )?;
        let all = statement
            .query_map([At(now)], |row| {
                Ok(Uncertified {
                    address: super::people::address(row, 0)?,
                    delivery: row.get(1)?,
                    releases: row.get(2)?,
                    why: row.get(3)?,
                    case: row.get::<_, Option<i64>>(4)?.map(CaseId),
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Looking for letters that wait for a certificate")?;
        for person in all {
            if found.iter().any(|known| known.address == person.address) {
                continue;
            }
            let told_at = self.told_at(&person.address)?;
            if told_at.is_none_or(|at| now.duration_since(at) >= TOLD_AGAIN_AFTER) {
                found.push(person);
            }
        }
        Ok(found)
    }

    /// Of whom the team is to hear now: at once of its own members, and then of all others too; else an hour after it
    /// heard of anybody. Each is told once, until there is a certificate.
    pub fn wanted(&self, now: Timestamp) -> Result<Vec<Wanted>> {
        let wanted = self.all_wanted()?;
        let told_at: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT max(team_told_at) FROM uncertified")?
            .query_row([], |row| row.get(0))
            .context("Looking when the team was told of a certificate that is missing")?;
        let left_alone = told_at.is_some_and(|at| now.duration_since(at.0) < TEAM_TOLD_AGAIN_AFTER);
        let at_once = wanted.iter().any(|one| one.in_team);
        Ok(if left_alone && !at_once { Vec::new() } else { wanted })
    }

    /// A discoverer counts only where something that people wrote waits: anybody can have a thousand addresses thanked.
    fn all_wanted(&self) -> Result<Vec<Wanted>> {
        let team: Vec<Address> = self.0.people().team()?.into_iter().map(|member| member.person.address).collect();
        let mut statement = self.0.connection.prepare_cached(
            "SELECT d.recipient, l.kind, d.id, d.releases, d.error, l.case_number
             FROM delivery d JOIN letter l ON l.id = d.letter
             WHERE d.uncertified = 1 AND d.state = 'blocked' AND l.kind <> 'alert' ORDER BY d.id",
        )?;
        let all = statement
            .query_map([], |row| {
                let address = super::people::address(row, 0)?;
                let in_team = team.contains(&address);
                let (delivery, releases, why) = (row.get(2)?, row.get(3)?, row.get(4)?);
                let cases = row.get::<_, Option<i64>>(5)?.map(CaseId).into_iter().collect();
                let counts = in_team || super::outbox::kind(row, 1)?.is_of_people();
                Ok(counts.then_some(Wanted { address, in_team, delivery, releases, why, cases }))
            })?
            .filter_map(rusqlite::Result::transpose)
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Looking for what waits for a certificate and the team does not know of")?;
        let mut found: Vec<Wanted> = Vec::new();
        for one in all {
            if let Some(known) = found.iter_mut().find(|known| known.address == one.address) {
                known.cases.extend(one.cases);
            } else if self.is_asked(&one.address)? && !self.is_team_told(&one.address)? {
                found.push(one);
            }
        }
        Ok(found)
    }

    fn is_team_told(&self, address: &Address) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM uncertified WHERE address_key = ?1 AND team_told_at IS NOT NULL")?
            .exists([address.key()])
            .context("Looking whether the team knows of a certificate that is missing")
    }

    /// Whether the team knows of this person's missing certificate, or will hear of it with the next of such letters.
    pub fn team_hears(&self, address: &Address) -> Result<bool> {
        Ok(self.is_team_told(address)? || self.all_wanted()?.iter().any(|one| one.address == *address))
    }

    /// The team was told of this person. `false` when it knew.
    pub fn team_told(&self, address: &Address, at: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE uncertified SET team_told_at = ?2 WHERE address_key = ?1 AND team_told_at IS NULL")?
            .execute(params![address.key(), At(at)])
            .context("Recording that the team was told of a certificate that is missing")?;
        Ok(super::changed_one(rows))
    }

    /// Whether this person was asked for a certificate, and has given none yet.
    pub fn is_asked(&self, address: &Address) -> Result<bool> {
        Ok(self.told_at(address)?.is_some())
    }

    fn told_at(&self, address: &Address) -> Result<Option<Timestamp>> {
        let at: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT told_at FROM uncertified WHERE address_key = ?1")?
            .query_row([address.key()], |row| row.get(0))
            .optional()
            .context("Looking when somebody was told that their certificate is missing")?;
        Ok(at.map(|at| at.0))
    }

    /// People were told of all letters that wait for this person's certificate. `false` when nothing waits untold.
    pub fn told(&self, address: &Address, at: Timestamp) -> Result<bool> {
        let doing = "Recording that a certificate was asked for";
        let mut told = 0;
        for delivery in self.waiting(address)? {
            told += self
                .0
                .connection
                .execute(
                    "UPDATE delivery SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL",
                    params![delivery, At(at)],
                )
                .context(doing)?;
        }
        self.0
            .connection
            .execute(
                "INSERT INTO uncertified (address_key, told_at) VALUES (?1, ?2)
                 ON CONFLICT (address_key) DO UPDATE SET told_at = excluded.told_at",
                params![address.key(), At(at)],
            )
            .context(doing)?;
        Ok(told > 0)
    }

    /// There is a usable certificate of theirs now: what waited for it leaves, the gate being asked again. Gives how
    /// many deliveries that are.
    pub fn queue(&self, address: &Address, now: Timestamp) -> Result<usize> {
        let doing = "Queueing what waited for a certificate";
        self.0.connection.execute("DELETE FROM uncertified WHERE address_key = ?1", [address.key()]).context(doing)?;
        let mut queued = 0;
        for delivery in self.waiting(address)? {
            queued += self
                .0
                .connection
                .execute(
                    "UPDATE delivery SET state = 'queued', uncertified = 0, releases = releases + 1, next_attempt_at = ?2,
                            error = '', decided_at = NULL, told_at = NULL
                     WHERE id = ?1 AND state = 'blocked'",
                    params![delivery, At(now)],
                )
                .context(doing)?;
        }
        Ok(queued)
    }

    /// The deliveries to this person that wait for their certificate.
    fn waiting(&self, address: &Address) -> Result<Vec<i64>> {
        let mut statement = self
            .0
            .connection
            .prepare_cached("SELECT recipient, id FROM delivery WHERE uncertified = 1 AND state = 'blocked'")?;
        let all = statement
            .query_map([], |row| Ok((super::people::address(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(Address, i64)>>>()
            .context("Looking for what waits for a certificate")?;
        Ok(all.into_iter().filter(|(recipient, _)| recipient == address).map(|(_, id)| id).collect())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::Store;
    use crate::store::testing::scratch;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn person(address: &str) -> Address {
        Address::parse(address).unwrap()
    }

    /// A letter of this kind to somebody, in a case, that waits for their certificate.
    fn waits(rows: Rows<'_>, id: i64, kind: &str, to: &str, case: i64) -> Result<()> {
        rows.connection.execute(
            "INSERT OR IGNORE INTO cases (number, title, state, received_at, predisclosure_at, release_at)
             VALUES (?1, '', 'triage', '', '', '')",
            [case],
        )?;
        rows.connection.execute(
            "INSERT INTO letter (id, kind, cause, counter, message_id, case_number, labels, content, written_at)
             VALUES (?1, ?2, 'test', ?1, ?1, ?3, '[]', '{}', '2026-12-07T09:00:00Z')",
            params![id, kind, case],
        )?;
        rows.connection.execute(
            "INSERT INTO delivery (id, letter, recipient, urgent, state, next_attempt_at, uncertified)
             VALUES (?1, ?1, ?2, 0, 'blocked', '2026-12-07T09:00:00Z', 1)",
            params![id, to],
        )?;
        Ok(())
    }

    fn shown(wanted: &[Wanted]) -> Vec<String> {
        let cases = |one: &Wanted| one.cases.iter().map(|case| case.to_string()).collect::<Vec<_>>().join(" ");
        wanted.iter().map(|one| format!("{} {}: {}", one.delivery, one.address, cases(one))).collect()
    }

    #[tokio::test]
    async fn the_team_is_to_hear_of_members_at_once_and_of_others_for_what_people_wrote() {
        let scratch = scratch();
        let story = |rows: Rows<'_>| {
            let now = at("2026-12-07T09:00:00Z");
            let uncertified = rows.uncertified();
            let mut told = Vec::new();
            waits(rows, 1, "acknowledgement", "dana@example.net", 1)?;
            waits(rows, 2, "relay", "Dana@example.net", 4)?;
            waits(rows, 3, "relay", "dana@example.net", 2)?;
            waits(rows, 4, "notice", "erin@example.net", 1)?;
            waits(rows, 5, "alert", "bob@example.org", 1)?;
            told.push(shown(&uncertified.wanted(now)?)); // Nobody was asked.
            for address in ["dana@example.net", "erin@example.net", "bob@example.org"] {
                uncertified.told(&person(address), now)?;
            }
            told.push(shown(&uncertified.wanted(now)?));
            assert!(uncertified.team_told(&person("dana@example.net"), now)?);
            assert!(!uncertified.team_told(&person("dana@example.net"), now)?, "once");
            waits(rows, 6, "relay", "erin@example.net", 1)?;
            told.push(shown(&uncertified.wanted(at("2026-12-07T09:59:59Z"))?));
            told.push(shown(&uncertified.wanted(at("2026-12-07T10:00:00Z"))?));
            let bob = rows.people().find_or_add("Bob", &person("bob@example.org"))?;
            rows.people().join_team(bob.id, false, now)?;
            told.push(shown(&uncertified.wanted(now)?)); // An alert that waits tells nobody.
            waits(rows, 7, "answer", "bob@example.org", 3)?;
            told.push(shown(&uncertified.wanted(now)?));
            let hears = ["dana@example.net", "erin@example.net", "carol@example.net"].map(person);
            assert_eq!(hears.map(|one| uncertified.team_hears(&one).unwrap()), [true, true, false]);
            Ok(told)
        };
        let told = scratch.store.write(story).await.unwrap();
        let (dana, erin, bob) = ("2 Dana@example.net: 2 4", "6 erin@example.net: 1", "7 bob@example.org: 3");
        assert_eq!(told, [vec![], vec![dana], vec![], vec![erin], vec![], vec![erin, bob]]);
    }

    /// Until version 7 the team was told with the first asking.
    #[tokio::test]
    async fn what_an_older_database_told_the_team_is_not_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut old = Connection::open(&path).unwrap();
        let sixth = crate::store::migrations::migrations::runner().set_target(refinery::Target::Version(6));
        sixth.run(&mut old).unwrap();
        let told = "INSERT INTO uncertified (address_key, told_at) VALUES ('dana@example.net', '2026-12-07T09:00:00Z')";
        old.execute(told, []).unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let wanted = store.write(|rows| {
            waits(rows, 1, "relay", "dana@example.net", 1)?;
            waits(rows, 2, "relay", "erin@example.net", 1)?;
            rows.uncertified().told(&person("erin@example.net"), at("2026-12-08T09:00:00Z"))?;
            assert!(rows.uncertified().team_hears(&person("dana@example.net"))?);
            Ok(shown(&rows.uncertified().wanted(at("2026-12-08T09:00:00Z"))?))
        });
        assert_eq!(wanted.await.unwrap(), ["2 erin@example.net: 1"]);
    }
}
