//! A schedule as a profile writes it, and whether its parts fit together. An error is a sentence for whoever wrote it; its
//! second line says what to do.

use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Deserializer};

use super::{After, Delay, Length, Limits, Schedule};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    pub const ALL: [Day; 7] =
        [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];

    pub fn weekday(self) -> Weekday {
        match self {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }

    pub fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Day::Monday,
            Weekday::Tuesday => Day::Tuesday,
            Weekday::Wednesday => Day::Wednesday,
            Weekday::Thursday => Day::Thursday,
            Weekday::Friday => Day::Friday,
            Weekday::Saturday => Day::Saturday,
            Weekday::Sunday => Day::Sunday,
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Day::Monday => "Monday",
            Day::Tuesday => "Tuesday",
            Day::Wednesday => "Wednesday",
            Day::Thursday => "Thursday",
            Day::Friday => "Friday",
            Day::Saturday => "Saturday",
            Day::Sunday => "Sunday",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    working_days: Option<u16>,
    days: Option<u16>,
    after: Option<After>,
    #[serde(default)]
    not_on: Vec<Day>,
}

impl Written {
    fn delay(self, usual: After) -> Result<Delay, &'static str> {
        let length = match (self.working_days, self.days) {
            (Some(count), None) => Length::WorkingDays(count),
            (None, Some(count)) => Length::Days(count),
            (None, None) => {
                return Err("it says no number of days\nGive it one: { working_days = 5 } or { days = 7 }.");
            }
            (Some(_), Some(_)) => return Err("it says working days and days\nGive it one of both."),
        };
        Ok(Delay { length, after: self.after.unwrap_or(usual), not_on: self.not_on })
    }
}

pub fn predisclosure<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Delay>, D::Error> {
    let delay = Written::deserialize(deserializer)?.delay(After::Report).map_err(serde::de::Error::custom)?;
    match delay.after {
        After::Report => Ok(Some(delay)),
        After::Predisclosure => Err(serde::de::Error::custom("it cannot follow itself\nGive it after = \"report\".")),
    }
}

pub fn release<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Delay, D::Error> {
    Written::deserialize(deserializer)?.delay(After::Predisclosure).map_err(serde::de::Error::custom)
}

pub fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
    let limits = Limits::deserialize(deserializer)?;
    let Limits { earliest_days, latest_days, extended_days, extensions } = limits;
    let passes = |one: Option<u16>, other: Option<u16>| one.zip(other).is_some_and(|(one, other)| one > other);
    let wrong = match () {
        () if latest_days == Some(0) => "the latest day is that of the report\nGive latest_days at least 1.",
        () if passes(earliest_days, latest_days) => {
            "the earliest day is after the latest\nMake earliest_days no greater than latest_days."
        }
        () if passes(latest_days, extended_days) => {
            "an extension ends before the latest day\nMake extended_days greater than latest_days."
        }
        () if latest_days.is_none() && (extended_days.is_some() || extensions.is_some()) => {
            "there is nothing to extend\nSay latest_days, too."
        }
        () => return Ok(limits),
    };
    Err(serde::de::Error::custom(wrong))
}

pub fn hour_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("“{text}” is not an hour of the day\nGive it an hour in UTC, like \"12:00\"."))
    })
}

pub fn saturday_and_sunday() -> Vec<Day> {
    vec![Day::Saturday, Day::Sunday]
}

/// What does not fit together, if anything.
pub fn fits(schedule: &Schedule) -> Result<(), &'static str> {
    if schedule.predisclosure.is_none() && schedule.release.after == After::Predisclosure {
        return Err("the release follows a predisclosure, and there is none\n\
                    Say “predisclosure”, or give the release after = \"report\".");
    }
    let delays = schedule.predisclosure.iter().chain([&schedule.release]);
    for delay in delays {
        if Day::ALL.iter().all(|day| schedule.weekend.contains(day) || delay.not_on.contains(day)) {
            return Err("no day of the week is left\nTake a day out of “weekend” or “not_on”.");
        }
    }
    Ok(())
}
