//! When people are warned that a certificate will end: early enough to extend it, and not every day.

use jiff::{SignedDuration, Timestamp};

/// So many days before the end, the earliest first. A warning that is late says what is true now, and stands for those
/// before it.
const WARNED_DAYS: [u16; 3] = [30, 14, 3];
const HOURS_A_DAY: i64 = 24;

/// Which warning is in place now: so many days before the end, 0 when it is over (past its end, or not usable for any
/// other reason), `None` when there is no reason for one.
pub fn warned_at(expires_at: Option<Timestamp>, usable: bool, now: Timestamp) -> Option<u16> {
    if !usable || expires_at.is_some_and(|end| end <= now) {
        return Some(0);
    }
    let left = expires_at?.duration_since(now);
    WARNED_DAYS.into_iter().filter(|days| left <= length(*days)).min()
}

/// No certificate that ends later calls for a warning now.
pub fn horizon(now: Timestamp) -> Timestamp {
    let longest = WARNED_DAYS.into_iter().max().unwrap_or(0);
    now.saturating_add(length(longest)).unwrap_or(Timestamp::MAX)
}

/// The whole days until `end`, as people count them: a day that has begun counts.
pub fn days_left(end: Timestamp, now: Timestamp) -> i64 {
    let day = length(1).as_secs();
    (end.duration_since(now).as_secs().max(0) + day - 1) / day
}

fn length(days: u16) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days) * HOURS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn people_are_warned_thirty_fourteen_and_three_days_before() {
        let end = at("2027-01-31T12:00:00Z");
        for (now, days) in [
            ("2027-01-01T11:59:59Z", None),
            ("2027-01-01T12:00:00Z", Some(30)),
            ("2027-01-17T11:59:59Z", Some(30)),
            ("2027-01-17T12:00:00Z", Some(14)),
            ("2027-01-28T12:00:00Z", Some(3)),
            ("2027-01-31T11:59:59Z", Some(3)),
            ("2027-01-31T12:00:00Z", Some(0)),
            ("2028-01-31T12:00:00Z", Some(0)),
        ] {
            assert_eq!(warned_at(Some(end), true, at(now)), days, "{now}");
            assert_eq!(end <= horizon(at(now)), days.is_some(), "{now}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_over_whenever_it_ends() {
        let now = at("2027-01-01T12:00:00Z");
        assert_eq!(warned_at(None, false, now), Some(0));
        assert_eq!(warned_at(Some(at("2030-01-01T12:00:00Z")), false, now), Some(0));
        assert_eq!(warned_at(None, true, now), None);
    }

    #[test]
    fn days_are_counted_as_people_do() {
        let end = at("2027-01-31T12:00:00Z");
        for (now, days) in [
            ("2027-01-01T12:00:00Z", 30),
            ("2027-01-01T12:00:01Z", 30),
            ("2027-01-30T12:00:00Z", 1),
            ("2027-01-31T11:00:00Z", 1),
            ("2027-01-31T12:00:00Z", 0),
            ("2027-02-01T12:00:00Z", 0),
        ] {
            assert_eq!(days_left(end, at(now)), days, "{now}");
        }
    }
}
