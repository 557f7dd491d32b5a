//! What happens to advisories in a history: drafted, approved, sent to members, released, voided; cases held; members who
//! come and go.
#![cfg(test)]

use anyhow::Result;

use super::broken::Lie;
use super::model::Version;
use super::operation::PEOPLE;
use super::play::Play;
use crate::rules::label::{CaseId, VersionId};
use crate::store::advisories::Stage;
use crate::store::members::State;
use crate::store::testing;

/// The oracle knows versions below eight.
const VERSIONS_MAX: usize = 6;
/// Of the first case the advisory is XSA-481.
const NUMBERS_FROM: i64 = 480;

impl Play<'_, '_> {
    pub(super) fn drafts(&mut self, case: i64) -> Result<()> {
        if case > self.model.cases || self.model.versions.len() >= VERSIONS_MAX {
            return Ok(());
        }
        let id = testing::draft(self.rows, NUMBERS_FROM + case, case, |_| {})?;
        for earlier in self.model.versions.values_mut().filter(|one| one.case == case && one.stage == Stage::Draft) {
            earlier.void = true;
        }
        self.model.versions.insert(id.0, Version { case, stage: Stage::Draft, void: false, members: false });
        Ok(())
    }

    /// It gets one stage further, if it is in this one.
    pub(super) fn advances(&mut self, id: i64, from: Stage, to: Stage) -> Result<()> {
        let now = self.model.now;
        let Some(version) = self.model.versions.get_mut(&id).filter(|one| one.stage == from && !one.void) else {
            return Ok(());
        };
        version.stage = to;
        version.members |= to == Stage::Predisclosed;
        let (advisories, id) = (self.rows.advisories(), VersionId(id));
        let stored = advisories.get(id)?.stage; // Under a lie it may be further than it should be.
        if stored >= to {
            return Ok(());
        }
        advisories.advance(id, stored, to, now)?;
        match to {
            Stage::Approved if self.lies(Lie::ApprovalIsPredisclosure) => {
                advisories.advance(id, to, Stage::Predisclosed, now)
            }
            Stage::Predisclosed if self.lies(Lie::PredisclosureIsRelease) => {
                advisories.advance(id, to, Stage::Released, now)
            }
            _ => Ok(()),
        }
    }

    /// Nothing of it leaves anew; whoever may read it goes on to.
    pub(super) fn voids(&mut self, id: i64) -> Result<()> {
        let Some(version) = self.model.versions.get_mut(&id) else { return Ok(()) };
        version.void |= version.stage != Stage::Released;
        self.rows.advisories().void(VersionId(id), "a test", self.model.now).map(drop)
    }

    pub(super) fn holds(&mut self, case: i64) -> Result<()> {
        if case <= self.model.cases && self.model.held.insert(case) && !self.lies(Lie::HoldsAreIgnored) {
            let said = testing::said(self.rows, PEOPLE[0], self.model.now)?;
            self.rows.advisories().hold(CaseId(case), "wait", &said)?;
        }
        Ok(())
    }

    pub(super) fn unholds(&mut self, case: i64) -> Result<()> {
        if self.model.held.remove(&case) && !self.lies(Lie::HoldsStay) {
            self.rows.advisories().unhold(CaseId(case), self.model.now)?;
        }
        Ok(())
    }

    /// Somebody's address is that of an active member from now on, or no longer.
    pub(super) fn is_member(&mut self, who: usize, active: bool) -> Result<()> {
        let (now, person) = (self.model.now, self.person(who)?);
        self.model.people[who].member = active;
        match self.rows.members().of_person(person)? {
            None if active => testing::member(self.rows, PEOPLE[who], now).map(drop),
            None => Ok(()),
            Some(_) if !active && self.lies(Lie::SuspensionIsIgnored) => Ok(()),
            Some(known) => {
                let to = if active { State::Active } else { State::Suspended };
                self.rows.members().change(known.id, known.state, to, now).map(drop)
            }
        }
    }
}
