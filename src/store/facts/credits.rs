//! Whom the advisory of a case thanks: its reporters, in the order in which their reports came, and whom the team named.

use std::collections::HashMap;

use anyhow::{Context, Result};
use rusqlite::params;

use super::{Facts, Said};
use crate::mail::address::Address;
use crate::rules::label::CaseId;
use crate::store::people::Person;
use crate::store::time::At;

/// Somebody who is thanked, or could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thanked {
    /// Who reported it; `None`: somebody the team named.
    pub reporter: Option<Person>,
    /// As the advisory names them; `None`: nobody knows a name of theirs, or they stay anonymous.
    pub name: Option<String>,
    /// They are not to be named.
    pub anonymous: bool,
    /// The team said so; else it is the name they gave, which nobody outside of the team need know.
    pub said: bool,
    /// The name came encrypted.
    pub sealed: bool,
}

impl Facts<'_> {
    /// Reporters by the name they gave, unless something else was said; then everybody else, in the order they were named.
    pub fn thanked(&self, case: CaseId) -> Result<Vec<Thanked>> {
        let connection = self.0.connection;
        let said = connection
            .prepare_cached(
                "SELECT reporter, name, sealed FROM credit WHERE case_number = ?1 AND reporter IS NOT NULL",
            )?
            .query_map([case.0], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect::<rusqlite::Result<HashMap<i64, (String, bool)>>>()
            .context("Reading how the reporters of a case are thanked")?;
        let reporters = self.0.participants().reporters(case)?.into_iter().map(|person| {
            let (name, sealed) = said.get(&person.id).cloned().unwrap_or_else(|| (person.name.clone(), false));
            let is_said = said.contains_key(&person.id);
            let anonymous = is_said && name.is_empty();
            let name = Some(name).filter(|name| !name.trim().is_empty());
            Thanked { reporter: Some(person), name, anonymous, said: is_said, sealed }
        });
        let mut all: Vec<Thanked> = reporters.collect();
        let others = connection
            .prepare_cached("SELECT name, sealed FROM credit WHERE case_number = ?1 AND reporter IS NULL ORDER BY id")?
            .query_map([case.0], |row| {
                Ok(Thanked {
                    reporter: None,
                    name: Some(row.get(0)?),
                    anonymous: false,
                    said: true,
                    sealed: row.get(1)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
            .context("Reading whom the advisory of a case thanks")?;
        all.extend(others);
        Ok(all)
    }

    /// The names that the advisory of a case thanks.
    pub fn credits(&self, case: CaseId) -> Result<Vec<String>> {
        Ok(self.thanked(case)?.into_iter().filter_map(|thanked| thanked.name).collect())
    }

    /// The name by which a reporter may be spoken of to others than the team: the one that a credit gives them, if it did
    /// not come encrypted.
    pub fn named(&self, case: CaseId, address: &Address) -> Result<Option<String>> {
        let thanked = self.thanked(case)?.into_iter();
        let mut said = thanked.filter(|one| one.said && !one.sealed);
        let theirs = said.find(|one| one.reporter.as_ref().is_some_and(|person| person.address == *address));
        Ok(theirs.and_then(|one| one.name))
    }

    /// How a reporter is named; empty: not at all.
    pub fn credit_reporter(&self, case: CaseId, reporter: i64, name: &str, said: &Said) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO credit (case_number, reporter, name, sealed, person, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (case_number, reporter) WHERE reporter IS NOT NULL
                 DO UPDATE SET name = excluded.name, sealed = excluded.sealed, person = excluded.person, at = excluded.at",
            )?
            .execute(params![case.0, reporter, name, said.sealed, said.person, At(said.at)])
            .map(drop)
            .context("Saying how a reporter is thanked")
    }

    /// How a reporter is named goes along to another case of theirs, unless it was said there. `false`: nothing went.
    pub fn hand_credit(&self, from: CaseId, to: CaseId, reporter: i64) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO credit (case_number, reporter, name, sealed, person, at)
                 SELECT ?2, reporter, name, sealed, person, at FROM credit WHERE case_number = ?1 AND reporter = ?3
                 ON CONFLICT (case_number, reporter) WHERE reporter IS NOT NULL DO NOTHING",
            )?
            .execute(params![from.0, to.0, reporter])
            .context("Taking along how a reporter is thanked")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Thanks somebody else. `false` when they are thanked already.
    pub fn credit(&self, case: CaseId, name: &str, said: &Said) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "INSERT INTO credit (case_number, name, sealed, person, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (case_number, name) WHERE reporter IS NULL DO NOTHING",
            )?
            .execute(params![case.0, name, said.sealed, said.person, At(said.at)])
            .context("Thanking somebody")?;
        Ok(crate::store::changed_one(rows))
    }

    /// Somebody else is thanked by another name, or no more. `false` when nobody of this name is.
    pub fn rename_credit(&self, case: CaseId, name: &str, to: Option<&str>, said: &Said) -> Result<bool> {
        let connection = self.0.connection;
        let rows = match to {
            Some(to) => connection
                .prepare_cached(
                    "UPDATE OR IGNORE credit SET name = ?3, sealed = ?4, person = ?5, at = ?6
                     WHERE case_number = ?1 AND name = ?2 AND reporter IS NULL",
                )?
                .execute(params![case.0, name, to, said.sealed, said.person, At(said.at)]),
            None => connection
                .prepare_cached("DELETE FROM credit WHERE case_number = ?1 AND name = ?2 AND reporter IS NULL")?
                .execute(params![case.0, name]),
        };
        Ok(crate::store::changed_one(rows.context("Changing whom an advisory thanks")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Proposal;
    use crate::store::testing::scratch;

    #[tokio::test]
    async fn reporters_come_first_in_the_order_of_their_reports_and_stay_anonymous_if_they_wish() {
        let scratch = scratch();
        scratch
            .store
            .write(|rows| {
                let at = |hour: u32| format!("2026-12-07T{hour:02}:00:00Z").parse().unwrap();
                let case =
                    rows.cases().open("one", false, at(9), Proposal { predisclosure_at: at(9), release_at: at(9) })?;
                let known = |name: &str, address: &str| rows.people().find_or_add(name, &address.parse().unwrap());
                let dana = known("Dana Doe", "dana@example.net")?;
                let erik = known("Erik", "erik@example.net")?;
                let nobody = known("", "x7@example.net")?;
                // Whoever was first is first, however late the team learns of it.
                for (person, hour) in [(&erik, 10), (&dana, 9), (&nobody, 11)] {
                    rows.connection.execute(
                        "INSERT INTO participant (case_number, person, role, state, since)
                         VALUES (?1, ?2, 'reporter', 'active', ?3)",
                        params![case.0, person.id, At(at(hour))],
                    )?;
                }
                let facts = rows.facts();
                let said = Said { person: dana.id, inbox: 1, sealed: true, at: at(12) };
                assert_eq!(facts.credits(case)?, ["Dana Doe", "Erik"], "an address is no name");
                assert!(facts.credit(case, "Frida of Acme", &said)? && !facts.credit(case, "Frida of Acme", &said)?);
                facts.credit_reporter(case, dana.id, "", &said)?;
                facts.credit_reporter(case, nobody.id, "x7", &said)?;
                assert_eq!(facts.credits(case)?, ["Erik", "x7", "Frida of Acme"]);
                let thanked = facts.thanked(case)?;
                assert!(thanked[0].anonymous && thanked[0].name.is_none() && thanked[2].sealed);
                assert!(thanked[0].said && !thanked[1].said, "of Erik nobody said anything");
                facts.credit_reporter(case, dana.id, "Dana Doe of Example Labs", &said)?;
                assert!(facts.rename_credit(case, "Frida of Acme", Some("Frida"), &said)?);
                assert!(!facts.rename_credit(case, "Frida of Acme", None, &said)?);
                assert_eq!(facts.credits(case)?, ["Dana Doe of Example Labs", "Erik", "x7", "Frida"]);
                assert!(facts.rename_credit(case, "Frida", None, &said)?);
                assert_eq!(facts.credits(case)?.len(), 3);
                Ok(())
            })
            .await
            .unwrap();
    }
}
