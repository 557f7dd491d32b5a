//! What changes who is on the list: somebody is put on it, removed, suspended, taken back. Each act leaves its entry in the
//! change history, its line in the record, and a row by which the member and the team are told.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Member, State, What};
use crate::mail::address::Address;
use crate::store::Rows;
use crate::store::audit::Act;
use crate::store::time::At;

/// On whose word.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// As the record names them.
    pub actor: &'a str,
    pub evidence: &'a str,
    /// As letters call them.
    pub called: &'a str,
    /// The version that the first entry of the history follows; `None`: the profile has no history.
    pub history: Option<&'a str>,
}

/// An organisation that is to be on the list.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub name: &'a str,
    pub address: &'a Address,
    pub kind: &'a str,
    pub domains: &'a [String],
    /// On the list since, where it was before.
    pub since: Option<Timestamp>,
}

/// Who has a name or an address already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The address is this member's.
    ByMember(String),
    /// The name is a member's with another address.
    Name(String),
    ByTeam,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Taken::ByMember(name) => write!(f, "the address is the member “{name}”'s already"),
            Taken::Name(name) => write!(f, "a member is called “{name}” already, with another address"),
            Taken::ByTeam => f.write_str("the address is that of somebody in the team"),
        }
    }
}

impl Rows<'_> {
    /// Who of members and team has this name or address.
    pub fn taken(self, name: &str, address: &Address) -> Result<Option<Taken>> {
        let here = "SELECT m.name FROM member m JOIN person p ON p.id = m.person WHERE m.state <> 'left' AND";
        let called = |which: &str, wanted: &str| -> Result<Option<String>> {
            self.connection
                .prepare_cached(&format!("{here} {which}"))?
                .query_row([wanted], |row| row.get(0))
                .optional()
                .context("Looking who has a name or an address")
        };
        if let Some(name) = called("p.address_key = ?1", &address.key())? {
            return Ok(Some(Taken::ByMember(name)));
        }
        if let Some(name) = called("m.name = ?1 COLLATE NOCASE", name)? {
            return Ok(Some(Taken::Name(name)));
        }
        let Some(person) = self.people().by_address(address)? else { return Ok(None) };
        Ok(self.people().team_member(person.id)?.map(|_| Taken::ByTeam))
    }

    /// Puts organisations on the list, each once its address confirms itself; the team is told of all at once.
    pub fn invites(self, all: &[New<'_>], by: By<'_>, at: Timestamp) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        for new in all {
            let member = self.enrols(new, State::Invited, at)?;
            self.records(by, "member add", &member, "its address is asked to confirm itself", at)?;
            members.push(member);
        }
        self.tells_of_all(&members, What::Invited, by, "", at)?;
        Ok(members)
    }

    /// Puts organisations on the list at once, whose addresses another list confirmed: one entry of the history for all.
    pub fn takes_over(self, all: &[New<'_>], by: By<'_>, at: Timestamp) -> Result<(Vec<Member>, String)> {
        let mut members = Vec::new();
        for new in all {
            let member = self.enrols(new, State::Active, at)?;
            self.records(by, "member add", &member, "confirmed by another list", at)?;
            members.push(member);
        }
        if members.is_empty() {
            return Ok((members, String::new()));
        }
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        let entry = self.in_history(by, &format!("Added {}", listed(&names)), at)?;
        self.tells_of_all(&members, What::Added, by, &entry, at)?;
        Ok((members, entry))
    }

    fn tells_of_all(self, members: &[Member], what: What, by: By<'_>, entry: &str, at: Timestamp) -> Result<()> {
        match members {
            [] => Ok(()),
            [only] => self.tells(Some(only.id), what, 1, by, entry, at),
            several => self.tells(None, what, several.len(), by, entry, at),
        }
    }

    /// Takes a member off the list: its reply addresses are void at once, and what is on its way is stopped by the gate.
    pub fn removes(self, member: &Member, by: By<'_>, at: Timestamp) -> Result<String> {
        self.changes(member, State::Left, at)?;
        let was_on_it = member.state != State::Invited;
        let entry =
            if was_on_it { self.in_history(by, &format!("Removed {}", member.name), at)? } else { String::new() };
        let voided = self.voids(member, at)?;
        self.members().end_address_changes(member.id, at)?;
        self.tells(Some(member.id), What::Removed, usize::from(was_on_it), by, &entry, at)?;
        self.records(by, "member remove", member, &format!("{voided} reply addresses void"), at)?;
        Ok(entry)
    }

    /// For a while nothing goes to it.
    pub fn suspends(self, member: &Member, by: By<'_>, at: Timestamp) -> Result<String> {
        self.changes(member, State::Suspended, at)?;
        let entry = self.in_history(by, &format!("Suspended {}", member.name), at)?;
        let voided = self.voids(member, at)?;
        self.members().end_address_changes(member.id, at)?;
        self.tells(Some(member.id), What::Suspended, 1, by, &entry, at)?;
        self.records(by, "member suspend", member, &format!("{voided} reply addresses void"), at)?;
        Ok(entry)
    }

    /// A suspended member is on the list again.
    pub fn resumes(self, member: &Member, by: By<'_>, at: Timestamp) -> Result<String> {
        self.changes(member, State::Active, at)?;
        let entry = self.in_history(by, &format!("Reinstated {}", member.name), at)?;
        self.tells(Some(member.id), What::Resumed, 1, by, &entry, at)?;
        self.records(by, "member resume", member, "", at)?;
        Ok(entry)
    }

    /// The next entry of the change history, as the policy writes it; empty where the profile has none.
    pub fn in_history(self, by: By<'_>, text: &str, at: Timestamp) -> Result<String> {
        let Some(first) = by.history else { return Ok(String::new()) };
        let entry = self.history().append(first, text, at)?;
        let version = self.history().latest()?.unwrap_or_default();
        let object = format!("version {version}");
        let (actor, evidence) = (by.actor, by.evidence);
        self.audit().append(at, &Act { actor, evidence, act: "add to history", object: &object, detail: text })?;
        Ok(entry)
    }

    fn enrols(self, new: &New<'_>, state: State, at: Timestamp) -> Result<Member> {
        let person = self.people().find_or_add(new.name, new.address)?;
        let joined = match state {
            State::Active => Some(new.since.unwrap_or(at)),
            _ => new.since,
        };
        let domains = serde_json::to_string(new.domains).context("Writing the domains of a member")?;
        self.connection
            .prepare_cached(
                "INSERT INTO member (name, person, state, since, asks, kind, domains, joined_at)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)",
            )?
            .execute(params![new.name, person.id, state.as_str(), At(at), new.kind, domains, joined.map(At)])
            .context("Adding a member")?;
        self.members().of_person(person.id)?.context("Reading back a member just added")
    }

    fn changes(self, member: &Member, to: State, at: Timestamp) -> Result<()> {
        let changed = self.members().change(member.id, member.state, to, at)?;
        ensure!(changed, "member {} is not {} any more", member.id, member.state.as_str());
        Ok(())
    }

    /// All reply addresses that letters to its address gave it.
    fn voids(self, member: &Member, at: Timestamp) -> Result<usize> {
        Ok(self.list_tokens().void_of(member.role.id, at)? + self.applications().void_tokens_of(member.role.id, at)?)
    }

    fn records(self, by: By<'_>, act: &str, member: &Member, detail: &str, at: Timestamp) -> Result<()> {
        let detail = match detail {
            "" => format!("“{}”", member.name),
            detail => format!("“{}”: {detail}", member.name),
        };
        let object = format!("member {}", member.id);
        let By { actor, evidence, .. } = by;
        self.audit().append(at, &Act { actor, evidence, act, object: &object, detail: &detail })
    }
}

/// "A, B and C".
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn names_are_listed_as_the_policy_does() {
        assert_eq!(listed(&["A & B Ltd"]), "A & B Ltd");
        assert_eq!(listed(&["A", "B", "C Ltd, Inc"]), "A, B and C Ltd, Inc");
    }
}
