//! Who may be given which certificate. Whoever says so, an operator or members of the team, the same holds. It reads no
//! certificate: what was found of one comes in.

use jiff::{SignedDuration, Timestamp};

/// One member of the team said whose a certificate is: another must say so too within so many days.
pub const WORD_DAYS_MAX: i64 = 14;
const HOURS_A_DAY: i64 = 24;

/// Who has a certificate already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Nobody,
    Project,
    Person(i64),
}

/// What giving it to somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giving {
    /// Nobody had it.
    New,
    /// They have it: this is another copy of it.
    Copy,
}

/// Why somebody may not have a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTheirs {
    /// Nothing can be encrypted to it.
    Unusable,
    SomebodyElses(i64),
    Projects,
}

/// Whether a person may be given a certificate. Whether a copy of one that they have says anything new is found by
/// whoever can read both.
pub fn may_have(person: i64, holder: Holder, usable: bool) -> Result<Giving, NotTheirs> {
    match holder {
        Holder::Project => Err(NotTheirs::Projects),
        Holder::Person(other) if other != person => Err(NotTheirs::SomebodyElses(other)),
        Holder::Person(_) => Ok(Giving::Copy),
        Holder::Nobody if usable => Ok(Giving::New),
        Holder::Nobody => Err(NotTheirs::Unusable),
    }
}

/// What was said before this no longer counts.
pub fn words_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(WORD_DAYS_MAX * HOURS_A_DAY)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_certificate_is_for_one_person_and_never_the_projects_own() {
        for (holder, usable, expected) in [
            (Holder::Nobody, true, Ok(Giving::New)),
            (Holder::Nobody, false, Err(NotTheirs::Unusable)),
            (Holder::Person(1), true, Ok(Giving::Copy)),
            (Holder::Person(1), false, Ok(Giving::Copy)),
            (Holder::Person(2), true, Err(NotTheirs::SomebodyElses(2))),
            (Holder::Project, true, Err(NotTheirs::Projects)),
        ] {
            assert_eq!(may_have(1, holder, usable), expected, "{holder:?}, usable {usable}");
        }
    }
}
