//! The change history of the policy: how versions follow each other, and how an entry is written. Xen policy v3.23,
//! "Change History": "v3.23 Aug 8th 2019: Added DornerWorks Ltd".

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The version after this one: its last number is one more. One without a number at its end gets one.
pub fn next(version: &str) -> String {
    let (before, last) = version.rsplit_once('.').map_or(("", version), |(before, last)| (before, last));
    let dot = if before.is_empty() { "" } else { "." };
    match last.parse::<u64>().ok().and_then(|number| number.checked_add(1)) {
        Some(number) => format!("{before}{dot}{number}"),
        None => format!("{version}.1"),
    }
}

/// "v3.24 Nov 21st 2026: Added NAME", of the day in UTC.
pub fn entry(version: &str, at: Timestamp, text: &str) -> String {
    let date = at.to_zoned(TimeZone::UTC).date();
    let day = date.day();
    format!("v{version} {} {day}{} {}: {text}", date.strftime("%b"), ending(day), date.year())
}

fn ending(day: i8) -> &'static str {
    match day {
        11..=13 => "th",
        _ if day % 10 == 1 => "st",
        _ if day % 10 == 2 => "nd",
        _ if day % 10 == 3 => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_follows_the_one_before() {
        for (version, expected) in [
            ("3.23", "3.24"),
            ("3.9", "3.10"),
            ("3.99", "3.100"),
            ("7", "8"),
            ("1.2.3", "1.2.4"),
            ("3.x", "3.x.1"),
            ("", ".1"),
            ("3.18446744073709551615", "3.18446744073709551615.1"),
        ] {
            assert_eq!(next(version), expected, "{version}");
        }
    }

    #[test]
    fn an_entry_is_written_as_the_policy_writes_it() {
        for (at, expected) in [
            ("2026-11-21T23:59:59Z", "v3.24 Nov 21st 2026: Added ACME Ltd"),
            ("2026-11-02T00:00:00Z", "v3.24 Nov 2nd 2026: Added ACME Ltd"),
            ("2026-03-03T00:00:00Z", "v3.24 Mar 3rd 2026: Added ACME Ltd"),
            ("2026-08-12T00:00:00Z", "v3.24 Aug 12th 2026: Added ACME Ltd"),
            ("2026-08-30T00:00:00Z", "v3.24 Aug 30th 2026: Added ACME Ltd"),
        ] {
            assert_eq!(entry("3.24", at.parse().unwrap(), "Added ACME Ltd"), expected);
        }
    }
}
