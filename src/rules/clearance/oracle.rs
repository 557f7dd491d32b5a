//! The policy of who may read what, said a second time: from DESIGN section 5, not from the gate. Tests compare the two;
//! whoever changes one has to say the same twice.
#![cfg(test)]

use std::collections::BTreeSet;

use super::Reader;
use crate::rules::label::{CaseId, Label, VersionId};

/// Somebody, as the policy sees them at one moment.
#[derive(Clone, Debug, Default)]
pub struct Somebody {
    pub in_team: bool,
    pub moderates: bool,
    pub for_member: bool,
    pub takes_part_in: BTreeSet<CaseId>,
    pub is_public_list: bool,
    /// The copy in question leaves encrypted to a usable certificate of theirs.
    pub in_cipher: bool,
    /// The profile wants all labelled text encrypted for people like them.
    pub cipher_is_demanded: bool,
    pub predisclosed: BTreeSet<VersionId>,
    pub released: BTreeSet<VersionId>,
}

/// "Joining texts joins their labels; a recipient must be cleared for each."
pub fn may_read<'l>(somebody: &Somebody, labels: impl IntoIterator<Item = &'l Label>) -> bool {
    let mut cleared = true;
    for label in labels {
        cleared = cleared && (is_for_everybody(somebody, label) || is_for_them(somebody, label));
    }
    cleared
}

/// "Public"; an advisory: "everyone once it is released".
fn is_for_everybody(somebody: &Somebody, label: &Label) -> bool {
    *label == Label::Public || somebody.released.iter().any(|version| *label == Label::Advisory { version: *version })
}

fn is_for_them(somebody: &Somebody, label: &Label) -> bool {
    // "Configured public lists are barred from labelled text for good."
    if somebody.is_public_list {
        return false;
    }
    // "Under `required`, and for `sealed` text always."
    let only_in_cipher = somebody.cipher_is_demanded
        || matches!(label, Label::Case { sealed: true, .. } | Label::Members { sealed: true });
    if only_in_cipher && !somebody.in_cipher {
        return false;
    }
    clearances(somebody).contains(&unsealed(label))
}

/// All they are cleared for, one by one.
fn clearances(somebody: &Somebody) -> BTreeSet<Label> {
    let mut all = BTreeSet::new();
    // "-discuss text: active members and moderators."
    if somebody.for_member || somebody.moderates {
        all.insert(Label::Members { sealed: false });
    }
    // "The thread: team and participants."
    for case in &somebody.takes_part_in {
        all.insert(Label::Case { case: *case, sealed: false });
    }
    // "Members once its predisclosure is approved."
    if somebody.for_member {
        all.extend(somebody.predisclosed.iter().map(|version| Label::Advisory { version: *version }));
    }
    // The team writes the advisories, and reads the cases.
    if somebody.in_team {
        all.insert(Label::Team);
        for number in 0..NUMBERS_MAX {
            all.insert(Label::Case { case: CaseId(number), sealed: false });
            all.insert(Label::Advisory { version: VersionId(number) });
        }
    }
    all
}

/// Tests number cases and versions below this.
const NUMBERS_MAX: i64 = 8;

fn unsealed(label: &Label) -> Label {
    match *label {
        Label::Case { case, .. } => Label::Case { case, sealed: false },
        Label::Members { .. } => Label::Members { sealed: false },
        other => other,
    }
}

impl From<&Reader> for Somebody {
    fn from(reader: &Reader) -> Self {
        Self {
            in_team: reader.team,
            moderates: reader.moderator,
            for_member: reader.member,
            takes_part_in: reader.cases.clone(),
            is_public_list: reader.public_list,
            in_cipher: reader.encrypted,
            cipher_is_demanded: reader.must_be_encrypted,
            predisclosed: reader.predisclosed.clone(),
            released: reader.released.clone(),
        }
    }
}
