//! Labels: whose text a text is. Joining texts joins their labels; `rules::clearance` reads them.
//! Nothing here removes a label from a text.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The number of a case, as people say it: "case 12".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub i64);

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One version of one advisory (a row, not the number people say).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(pub i64);

/// Who a piece of text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Label {
    /// Anybody may read it.
    Public,
    /// The security team only.
    Team,
    /// -discuss text: active members and moderators, never the public. `sealed`: it arrived encrypted.
    Members {
        #[serde(default)]
        sealed: bool,
    },
    /// A case's thread: team and participants, for ever. `sealed`: it arrived encrypted and leaves encrypted.
    Case { case: CaseId, sealed: bool },
    /// Members once its predisclosure is approved, everyone once it is released.
    Advisory { version: VersionId },
}

/// The labels of a text made of several. A reader must be cleared for each; the empty set is public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeSet<Label>);

impl Labels {
    pub fn public() -> Self {
        Self::default()
    }

    pub fn of(label: Label) -> Self {
        Self(BTreeSet::from([label]))
    }

    pub fn case(case: CaseId) -> Self {
        Self::of(Label::Case { case, sealed: false })
    }

    /// Adds the labels of another text; there is no way back.
    pub fn join(&mut self, other: &Labels) {
        self.0.extend(other.0.iter().copied());
    }

    /// Whether some of the text is of a case's thread.
    pub fn is_of_a_case(&self) -> bool {
        self.0.iter().any(|label| matches!(label, Label::Case { .. }))
    }

    /// Whether some of the text came encrypted.
    pub fn is_sealed(&self) -> bool {
        self.0.iter().any(|label| matches!(label, Label::Case { sealed: true, .. } | Label::Members { sealed: true }))
    }

    /// Whether anybody may read it, whoever they are.
    pub fn is_public(&self) -> bool {
        self.0.iter().all(|label| *label == Label::Public)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }
}

/// A value that carries the labels of whoever it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled<T> {
    labels: Labels,
    value: T,
}

/// Text of which the owner is known: the only thing a letter can be made of.
pub type Text = Labelled<String>;

impl<T> Labelled<T> {
    pub fn new(labels: Labels, value: T) -> Self {
        Self { labels, value }
    }

    pub fn public(value: T) -> Self {
        Self::new(Labels::public(), value)
    }

    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    pub fn value(&self) -> &T {
        &self.value
    }
}
