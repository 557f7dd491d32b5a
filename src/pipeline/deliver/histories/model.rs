//! Who is cleared for what at this moment, kept beside the database and without it: the policy's own view of a history.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::operation::PEOPLE;
use crate::mail::letter::Kind;
use crate::rules::clearance::oracle::{self, Somebody};
use crate::rules::encryption::{Encryption, Want};
use crate::rules::label::{CaseId, Label, VersionId};
use crate::store::advisories::Stage;

#[derive(Clone, Debug, Default)]
pub struct Human {
    /// In the team, and whether as a moderator.
    pub team: Option<bool>,
    /// Their part in each case: whether it is an active one.
    pub parts: BTreeMap<i64, bool>,
    pub certificate: Option<Certificate>,
    /// An active member of the list.
    pub member: bool,
}

/// A version of an advisory.
#[derive(Clone, Debug)]
pub struct Version {
    pub case: i64,
    pub stage: Stage,
    pub void: bool,
    /// Members got it under embargo.
    pub members: bool,
}

#[derive(Clone, Debug)]
pub struct Certificate {
    pub fingerprint: String,
    pub ends: Option<Timestamp>,
    pub revoked: bool,
}

/// A letter to one recipient, and what is known of its way.
#[derive(Clone, Debug)]
pub struct Copy {
    pub who: usize,
    pub labels: Vec<Label>,
    /// They were cleared for it when it was written, or somebody said since that it is to be tried again.
    pub allowed: bool,
    /// It is stopped, and all that is missing is a certificate.
    pub waits: bool,
    /// There was a certificate when it was written or last attempted: from then on it never leaves in clear.
    pub promised: bool,
    pub kind: Kind,
    /// The version it brings, or tells of.
    pub brings: Option<i64>,
}

pub struct Model {
    pub now: Timestamp,
    pub cases: i64,
    pub reported: BTreeSet<i64>,
    pub people: Vec<Human>,
    pub lists: BTreeSet<usize>,
    pub demands: Encryption,
    pub copies: BTreeMap<i64, Copy>,
    pub versions: BTreeMap<i64, Version>,
    /// Cases of which nothing leaves.
    pub held: BTreeSet<i64>,
}

impl Model {
    pub fn new() -> Self {
        Self {
            now: "2026-12-07T09:00:00Z".parse().unwrap(),
            cases: 0,
            reported: BTreeSet::new(),
            people: vec![Human::default(); PEOPLE.len()],
            lists: BTreeSet::new(),
            demands: demands(false, false, false),
            copies: BTreeMap::new(),
            versions: BTreeMap::new(),
            held: BTreeSet::new(),
        }
    }

    /// The certificate that something can be encrypted to now.
    pub fn certificate(&self, who: usize) -> Option<&Certificate> {
        let usable = |one: &&Certificate| !one.revoked && one.ends.is_none_or(|ends| ends > self.now);
        self.people[who].certificate.as_ref().filter(usable)
    }

    /// Whether this text may reach them now, in cipher or in clear.
    pub fn may_read(&self, who: usize, labels: &[Label], in_cipher: bool) -> bool {
        let human = &self.people[who];
        let takes_part_in: BTreeSet<CaseId> =
            human.parts.iter().filter(|(_, active)| **active).map(|(case, _)| CaseId(*case)).collect();
        let demanded = |applies: bool, want: Want| applies && want == Want::Required;
        let somebody = Somebody {
            in_team: human.team.is_some(),
            moderates: human.team == Some(true),
            is_public_list: self.lists.contains(&who),
            in_cipher,
            cipher_is_demanded: demanded(human.team.is_some(), self.demands.team)
                || demanded(human.member, self.demands.members)
                || demanded(!takes_part_in.is_empty(), self.demands.reporters),
            takes_part_in,
            for_member: human.member,
            predisclosed: self.those(|version| version.members),
            released: self.those(|version| version.stage == Stage::Released),
        };
        oracle::may_read(&somebody, labels)
    }

    fn those(&self, are: impl Fn(&Version) -> bool) -> BTreeSet<VersionId> {
        self.versions.iter().filter(|(_, version)| are(version)).map(|(id, _)| VersionId(*id)).collect()
    }

    /// Whether anybody may read it now: then it leaves in clear.
    pub fn is_open(&self, labels: &[Label]) -> bool {
        let released = self.those(|version| version.stage == Stage::Released);
        labels.iter().all(|label| match label {
            Label::Advisory { version } => released.contains(version),
            label => *label == Label::Public,
        })
    }

    /// Whether the team holds what this copy brings.
    pub fn is_held(&self, copy: &Copy) -> bool {
        let version = copy.brings.and_then(|brings| self.versions.get(&brings));
        version.is_some_and(|version| self.held.contains(&version.case))
    }

    /// Whether it is a member's copy of a version that is void, or that another took the place of.
    pub fn is_overtaken(&self, copy: &Copy) -> bool {
        let Some(version) = copy.brings.filter(|_| copy.kind == Kind::Predisclosure) else { return false };
        let Some(Version { case, void, .. }) = self.versions.get(&version) else { return false };
        let later = |id: i64, one: &Version| one.stage == Stage::Released || (id > version && one.members);
        *void || self.versions.iter().any(|(id, one)| one.case == *case && later(*id, one))
    }

    /// Whether they may read it now, in the best way they can be written to.
    pub fn may_read_somehow(&self, who: usize, labels: &[Label]) -> bool {
        self.may_read(who, labels, self.certificate(who).is_some())
    }
}

pub fn demands(team: bool, members: bool, reporters: bool) -> Encryption {
    let want = |required| if required { Want::Required } else { Want::WhenPossible };
    Encryption { team: want(team), members: want(members), reporters: want(reporters) }
}

pub fn is_public(labels: &[Label]) -> bool {
    labels.iter().all(|label| *label == Label::Public)
}
