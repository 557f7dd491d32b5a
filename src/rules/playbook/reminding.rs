//! When people are reminded (profile table `[reminders]`), and when a week begins.

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// Days are working days, but those between further reminders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reminders {
    /// The day on which the team gets a list of everything open; without one, it gets none.
    #[serde(deserialize_with = "weekday")]
    pub weekly: Option<Weekday>,
    /// The hour of that, in UTC.
    #[serde(deserialize_with = "hour_of_day")]
    pub weekly_hour: Time,
    /// Working days after a step's due date at which all of the team is told.
    pub team_working_days: u16,
    /// Days between further reminders of an overdue step.
    #[serde(deserialize_with = "some_days")]
    pub again_days: u16,
    /// Working days a discoverer waits for an answer.
    pub answer_working_days: u16,
    /// Working days without a word of the discoverer's, before dates are agreed.
    pub silent_working_days: u16,
    /// Working days somebody may take to say whether they agree to an embargo, or that what they were sent arrived.
    pub asked_working_days: u16,
    /// Working days before a date on which the discoverer insists and which is earlier than ours.
    pub insists_working_days: u16,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            weekly: None,
            weekly_hour: jiff::civil::time(6, 0, 0, 0),
            team_working_days: 1,
            again_days: 7,
            answer_working_days: 2,
            silent_working_days: 5,
            asked_working_days: 2,
            insists_working_days: 2,
        }
    }
}

fn weekday<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Weekday>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let named = match text.to_lowercase().as_str() {
        "never" => return Ok(None),
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => {
            return Err(D::Error::custom(format!(
                "“{text}” is not a day of the week\nGive it a day, like \"monday\", or \"never\"."
            )));
        }
    };
    Ok(Some(named))
}

fn hour_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!("“{text}” is not an hour of the day\nGive it an hour in UTC, like \"06:00\"."))
    })
}

/// With none, one reminder would follow the other at once.
fn some_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(D::Error::custom("it is 0\nGive it a number of days, at least 1.")),
        days => Ok(days),
    }
}

impl Reminders {
    /// The latest moment by now at which the weekly list was due.
    pub fn week(&self, now: Timestamp) -> Option<Timestamp> {
        let weekday = self.weekly?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let since = today.weekday().since(weekday);
        let day = today.checked_sub(jiff::Span::new().days(i64::from(since))).ok()?;
        let at = |day: Date| day.to_datetime(self.weekly_hour).to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        match at(day)? {
            due if due <= now => Some(due),
            _ => at(day.checked_sub(jiff::Span::new().days(7)).ok()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_week_begins_at_its_hour() {
        let monday = Reminders { weekly: Some(Weekday::Monday), ..Reminders::default() };
        for (now, expected) in [
            ("2026-12-07T05:59:59Z", "2026-11-30T06:00:00Z"),
            ("2026-12-07T06:00:00Z", "2026-12-07T06:00:00Z"),
            ("2026-12-13T23:00:00Z", "2026-12-07T06:00:00Z"),
        ] {
            assert_eq!(monday.week(at(now)), Some(at(expected)), "{now}");
        }
        assert_eq!(Reminders::default().week(at("2026-12-07T06:00:00Z")), None);
    }
}
