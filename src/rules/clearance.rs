//! The one gate: whether a reader may see a text *now*. Asked when a letter is sent and again when it is
//! delivered. It does not look anything up: `store::clearance` gathers the facts about a reader.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::mail::address::Address;
use crate::rules::encryption::Encryption;
use crate::rules::label::{CaseId, Label, Labels, VersionId};

/// What the gate is asked under.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<'p> {
    pub public_lists: &'p [Address],
    pub encryption: Encryption,
    pub now: Timestamp,
}

/// What is known, at this moment, about the person or list behind one address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// An active member of the security team.
    pub team: bool,
    /// Decides about posts to -discuss.
    pub moderator: bool,
    /// The confirmed role address of an active member organisation.
    pub member: bool,
    /// Takes part in these cases (reporter, expert, vendor, …).
    pub cases: BTreeSet<CaseId>,
    /// A configured public list: barred from labelled text for good, whatever else it is.
    pub public_list: bool,
    /// Text for this reader will leave encrypted to a usable certificate of theirs.
    pub encrypted: bool,
    /// The profile demands that labelled text reaches them encrypted.
    pub must_be_encrypted: bool,
    /// Advisory versions whose predisclosure is approved.
    pub predisclosed: BTreeSet<VersionId>,
    /// Advisory versions that are public.
    pub released: BTreeSet<VersionId>,
}

/// Why a text may not go to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("a public list may never receive labelled text")]
    PublicList,
    #[error("only the security team may read this")]
    NotTeam,
    #[error("only members and moderators may read this")]
    NotMember,
    #[error("neither in the security team nor a participant of case {0}")]
    NotInCase(CaseId),
    #[error("it came to us encrypted")]
    Sealed(CaseId),
    #[error("it came to the list encrypted")]
    SealedPost,
    #[error("the advisory is not released to this reader")]
    NotReleased,
    #[error("our rules require encryption for this reader")]
    Uncertified,
}

impl Barred {
    /// Whether a usable certificate of the reader's is all that is missing.
    pub fn wants_certificate(self) -> bool {
        matches!(self, Self::Sealed(_) | Self::SealedPost | Self::Uncertified)
    }
}

/// Whether anybody may read it, with these versions of advisories being public. What is public once is so for good.
pub fn is_open(labels: &Labels, released: &BTreeSet<VersionId>) -> bool {
    labels.iter().all(|label| match label {
        Label::Public => true,
        Label::Advisory { version } => released.contains(version),
        Label::Team | Label::Members { .. } | Label::Case { .. } => false,
    })
}

/// Whether text with these labels may flow to this reader now (DESIGN section 5). `Err` names the first label
/// that forbids it; a certificate is only asked of somebody who might read all of it with one.
pub fn may_read(reader: &Reader, labels: &Labels) -> Result<(), Barred> {
    let barred = || labels.iter().filter_map(|label| may_read_one(reader, *label).err());
    let first = barred().find(|barred| !barred.wants_certificate()).or_else(|| barred().next());
    first.map_or(Ok(()), Err)
}

fn may_read_one(reader: &Reader, label: Label) -> Result<(), Barred> {
    match label {
        Label::Public => return Ok(()),
        Label::Advisory { version } if reader.released.contains(&version) => return Ok(()),
        _ if reader.public_list => return Err(Barred::PublicList),
        _ => {}
    }
    cleared(reader, label)?;
    if reader.must_be_encrypted && !reader.encrypted { Err(Barred::Uncertified) } else { Ok(()) }
}

fn cleared(reader: &Reader, label: Label) -> Result<(), Barred> {
    match label {
        Label::Public => Ok(()),
        Label::Team => reader.team.then_some(()).ok_or(Barred::NotTeam),
        Label::Members { sealed } => {
            if !(reader.member || reader.moderator) {
                Err(Barred::NotMember)
            } else if sealed && !reader.encrypted {
                Err(Barred::SealedPost)
            } else {
                Ok(())
            }
        }
        Label::Case { case, sealed } => {
            if !(reader.team || reader.cases.contains(&case)) {
                Err(Barred::NotInCase(case))
            } else if sealed && !reader.encrypted {
                Err(Barred::Sealed(case))
            } else {
                Ok(())
            }
        }
        Label::Advisory { version } => (reader.team || (reader.member && reader.predisclosed.contains(&version)))
            .then_some(())
            .ok_or(Barred::NotReleased),
    }
}

#[cfg(test)]
pub mod oracle;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests {
    use super::*;

    const CASE: CaseId = CaseId(7);
    const VERSION: VersionId = VersionId(3);

    fn stranger() -> Reader {
        Reader::default()
    }

    fn team() -> Reader {
        Reader { team: true, ..Reader::default() }
    }

    fn reporter() -> Reader {
        Reader { cases: BTreeSet::from([CASE]), ..Reader::default() }
    }

    fn member() -> Reader {
        Reader { member: true, ..Reader::default() }
    }

    #[test]
    fn every_label_against_every_kind_of_reader() {
        let thread = Label::Case { case: CASE, sealed: false };
        let other = Label::Case { case: CaseId(8), sealed: false };
        let advisory = Label::Advisory { version: VERSION };
        for (reader, label, expected) in [
            (stranger(), Label::Public, Ok(())),
            (stranger(), Label::Team, Err(Barred::NotTeam)),
            (stranger(), Label::Members { sealed: false }, Err(Barred::NotMember)),
            (stranger(), thread, Err(Barred::NotInCase(CASE))),
            (stranger(), advisory, Err(Barred::NotReleased)),
            (team(), Label::Team, Ok(())),
            (team(), thread, Ok(())),
            (team(), advisory, Ok(())),
            (team(), Label::Members { sealed: false }, Err(Barred::NotMember)),
            (reporter(), thread, Ok(())),
            (reporter(), other, Err(Barred::NotInCase(CaseId(8)))),
            (reporter(), Label::Team, Err(Barred::NotTeam)),
            (member(), Label::Members { sealed: false }, Ok(())),
            (member(), advisory, Err(Barred::NotReleased)),
            (member(), thread, Err(Barred::NotInCase(CASE))),
        ] {
            assert_eq!(may_read(&reader, &Labels::of(label)), expected, "{reader:?} reading {label:?}");
        }
    }

    #[test]
    fn a_reader_must_be_cleared_for_every_label_of_a_joined_text() {
        let mut labels = Labels::case(CASE);
        labels.join(&Labels::of(Label::Team));
        assert_eq!(may_read(&team(), &labels), Ok(()));
        assert_eq!(may_read(&reporter(), &labels), Err(Barred::NotTeam));
    }

    #[test]
    fn a_public_list_is_barred_even_when_it_is_also_a_team_address() {
        let list = Reader { team: true, public_list: true, ..Reader::default() };
        assert_eq!(may_read(&list, &Labels::case(CASE)), Err(Barred::PublicList));
        assert_eq!(may_read(&list, &Labels::public()), Ok(()));
    }

    #[test]
    fn sealed_text_needs_encryption_even_for_the_team() {
        let sealed = Labels::of(Label::Case { case: CASE, sealed: true });
        assert_eq!(may_read(&team(), &sealed), Err(Barred::Sealed(CASE)));
        assert_eq!(may_read(&Reader { encrypted: true, ..team() }, &sealed), Ok(()));
    }

    #[test]
    fn where_encryption_is_demanded_only_public_text_leaves_without() {
        let strict = Reader { must_be_encrypted: true, ..team() };
        assert_eq!(may_read(&strict, &Labels::of(Label::Team)), Err(Barred::Uncertified));
        assert_eq!(may_read(&strict, &Labels::public()), Ok(()));
        assert_eq!(may_read(&Reader { encrypted: true, ..strict }, &Labels::case(CASE)), Ok(()));
        let mut mixed = Labels::of(Label::Case { case: CASE, sealed: true });
        mixed.join(&Labels::of(Label::Team));
        assert_eq!(may_read(&reporter(), &mixed), Err(Barred::NotTeam), "no certificate would help");
    }

    #[test]
    fn an_advisory_opens_to_members_when_predisclosed_and_to_lists_when_released() {
        let labels = Labels::of(Label::Advisory { version: VERSION });
        let told = Reader { predisclosed: BTreeSet::from([VERSION]), ..member() };
        assert_eq!(may_read(&told, &labels), Ok(()));
        let list = Reader { public_list: true, predisclosed: BTreeSet::from([VERSION]), ..Reader::default() };
        assert_eq!(may_read(&list, &labels), Err(Barred::PublicList));
        let released = Reader { public_list: true, released: BTreeSet::from([VERSION]), ..Reader::default() };
        assert_eq!(may_read(&released, &labels), Ok(()));
    }
}
