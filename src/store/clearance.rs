//! The facts about a reader that the gate asks for. What follows from them is decided by `rules::clearance`.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rusqlite::OptionalExtension;

use super::Rows;
use crate::mail::address::Address;
use crate::mail::letter::Audience;
use crate::rules::clearance::{self, Conditions, Reader};
use crate::rules::label::{CaseId, Label, Labels, VersionId};

impl Rows<'_> {
    /// Whether anybody may read text with these labels by now: it leaves in clear.
    pub fn is_open(self, labels: &Labels) -> Result<bool> {
        Ok(clearance::is_open(labels, &self.seen(Audience::Public, labels)?))
    }

    /// Which of the versions that stand in labels this audience has seen.
    fn seen(self, audience: Audience, labels: &Labels) -> Result<BTreeSet<VersionId>> {
        let mut seen = BTreeSet::new();
        for label in labels.iter() {
            if let Label::Advisory { version } = *label
                && self.advisories().has_seen(audience, version)?
            {
                seen.insert(version);
            }
        }
        Ok(seen)
    }

    /// Who is behind an address at this moment, as far as it concerns text with these labels. Somebody nobody knows is a
    /// reader with no clearance at all.
    pub fn reader(self, address: &Address, conditions: Conditions<'_>, labels: &Labels) -> Result<Reader> {
        // Whatever stands behind a plus, it is the same list.
        let list = conditions.public_lists.iter().any(|list| list.without_detail() == address.without_detail());
        let mut reader = Reader { public_list: list, ..Reader::default() };
        reader.released = self.seen(Audience::Public, labels)?;
        let Some(person) = self.people().by_address(address)? else {
            return Ok(reader);
        };
        let team: Option<bool> = self
            .connection
            .prepare_cached("SELECT moderator FROM team_member WHERE person = ?1 AND state = 'active'")?
            .query_row([person.id], |row| row.get(0))
            .optional()
            .context("Reading whether somebody is in the team")?;
        reader.team = team.is_some();
        reader.moderator = team == Some(true);
        reader.member = self.members().is_active(person.id)?;
        if reader.member {
            reader.predisclosed = self.seen(Audience::Members, labels)?;
        }
        reader.cases = self
            .connection
            .prepare_cached("SELECT case_number FROM participant WHERE person = ?1 AND state = 'active'")?
            .query_map([person.id], |row| row.get(0).map(CaseId))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the cases somebody takes part in")?;
        reader.must_be_encrypted =
            conditions.encryption.is_required(reader.team, reader.member, !reader.cases.is_empty());
        reader.encrypted = self.certificates().usable_of(person.id, conditions.now)?;
        Ok(reader)
    }
}
