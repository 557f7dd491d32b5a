//! How much the desk takes and says: the largest mail that is read whole, and how many automatic answers leave. What
//! is over a limit is kept all the same; only the answer is missing, or later. It counts nothing itself.

use jiff::{SignedDuration, Timestamp};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Letters within a day to one person about what was refused in their name: who writes a hundred mails in it must not
/// fill their mailbox.
pub const REFUSALS_TOLD_PER_DAY: u32 = 5;

/// The settings table `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a larger mail the header and the first 64 KiB are taken.
    pub message_mebibytes: u16,
    pub answers_per_address_and_day: u16,
    /// For mail that nothing proves to come from the domain it names.
    pub answers_per_unproven_domain_and_day: u16,
    pub answers_per_hour: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_mebibytes: 25,
            answers_per_address_and_day: 20,
            answers_per_unproven_domain_and_day: 100,
            answers_per_hour: 200,
        }
    }
}

/// Why somebody's mail is not answered. The text stands after "No automatic answer was sent:".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    #[error("{0} were written to this address within a day, which is the limit.")]
    Address(u16),
    #[error("{0} were written to addresses of this domain within a day, which is the limit for mail without proof.")]
    Domain(u16),
}

impl Limits {
    pub fn message_bytes(&self) -> usize {
        usize::from(self.message_mebibytes) << 20
    }

    /// Whether one more answer may be written, with so many written since `day_before` the moment it is.
    pub fn allow(&self, to_address: u32, to_unproven_domain: u32) -> Result<(), Unanswered> {
        if to_address >= self.answers_per_address_and_day.into() {
            return Err(Unanswered::Address(self.answers_per_address_and_day));
        }
        if to_unproven_domain >= self.answers_per_unproven_domain_and_day.into() {
            return Err(Unanswered::Domain(self.answers_per_unproven_domain_and_day));
        }
        Ok(())
    }
}

/// When the day began that ends now.
pub fn day_before(now: Timestamp) -> Timestamp {
    now.saturating_sub(DAY).unwrap_or(Timestamp::MIN)
}

/// When the next answer leaves: now, or an hour after the one that was `answers_per_hour` answers earlier. So no
/// hour, wherever it begins, sees more of them.
pub fn leaves_at(now: Timestamp, an_hours_worth_earlier: Option<Timestamp>) -> Timestamp {
    let free = an_hours_worth_earlier.and_then(|earlier| earlier.checked_add(HOUR).ok());
    free.map_or(now, |free| free.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_answer_leaves_an_hour_after_the_one_an_hours_worth_before() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-12-07T09:30:00Z");
        assert_eq!(leaves_at(now, None), now);
        assert_eq!(leaves_at(now, Some(at("2026-12-07T08:30:00Z"))), now);
        assert_eq!(leaves_at(now, Some(at("2026-12-07T08:30:01Z"))), at("2026-12-07T09:30:01Z"));
        assert_eq!(leaves_at(now, Some(at("2026-12-07T11:00:00Z"))), at("2026-12-07T12:00:00Z"));
    }

    #[test]
    fn an_address_and_a_domain_are_answered_up_to_their_limits() {
        let limits = Limits::default();
        assert_eq!(limits.allow(19, 99), Ok(()));
        assert_eq!(limits.allow(20, 0), Err(Unanswered::Address(20)));
        assert_eq!(limits.allow(0, 100), Err(Unanswered::Domain(100)));
    }
}
