//! What a date that somebody chose leaves of the rules, in words. It forbids nothing.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{After, Calendar, Day, Proposal, Schedule, day_of, days_later, propose};

/// One change of a release date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// How a case came to its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The report, or the moment from which its dates were counted anew.
    pub counted_from: Timestamp,
    /// Its release as it was until now.
    pub release_at: Timestamp,
    /// All changes since then.
    pub moves: Vec<Move>,
}

/// A rule that a date leaves, or uses up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nobody works then; why.
    Closed {
        day: Date,
        why: String,
    },
    /// A day of the week on which nothing is published.
    NotOn {
        day: Date,
    },
    Early {
        days: u16,
        earliest: Date,
    },
    /// Those who are told before have less time than they usually get.
    Hurried {
        usual: Date,
    },
    /// Later than usual, where nothing limits that.
    Later {
        usual: Date,
    },
    Late {
        days: u16,
        latest: Date,
    },
    /// It is an extension that the rules have room for: which, and of how many, if there is a number.
    Extension {
        number: usize,
        of: Option<u16>,
    },
    TooFar {
        days: u16,
        latest: Date,
    },
    TooOften {
        max: u16,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::Closed { day, why } => write!(f, "{} is no working day: it is {why}.", shown(*day)),
            Warning::NotOn { day } => {
                write!(f, "{} is a {}, and our rules publish nothing on that day.", shown(*day), Day::of(*day).name())
            }
            Warning::Early { days, earliest } => {
                write!(f, "Our rules leave at least {days} days until then: {} or later.", shown(*earliest))
            }
            Warning::Hurried { usual } => write!(
                f,
                "The predisclosure list gets less time to prepare than our rules give it, which would end on {}.",
                shown(*usual)
            ),
            Warning::Later { usual } => write!(
                f,
                "By our rules it would be {}; a longer delay is for the discoverer to ask for, and for us to find \
                 reasonable.",
                shown(*usual)
            ),
            Warning::Late { days, latest } => {
                write!(f, "Our rules end an embargo after {days} days, on {}, and know no extension.", shown(*latest))
            }
            Warning::Extension { of: Some(1), .. } => write!(f, "This is the one extension that our rules allow."),
            Warning::Extension { number, of: Some(of) } => {
                write!(f, "This is extension {number} of the {of} that our rules allow.")
            }
            Warning::Extension { number, of: None } => {
                write!(f, "This is extension {number}; our rules limit only how far they go.")
            }
            Warning::TooFar { days, latest } => {
                write!(f, "Even extended, our rules end an embargo after {days} days, on {}.", shown(*latest))
            }
            Warning::TooOften { max: 0 } => write!(f, "Our rules allow no extension."),
            Warning::TooOften { max: 1 } => write!(f, "Our rules allow one extension, and there was one."),
            Warning::TooOften { max } => write!(f, "Our rules allow {max} extensions, and there were as many."),
        }
    }
}

fn shown(day: Date) -> String {
    day.strftime("%a %Y-%m-%d").to_string()
}

/// What these dates leave of the rules. A date that follows from them leaves nothing.
pub fn judge(schedule: &Schedule, calendar: &Calendar, course: &Course, to: Proposal) -> Vec<Warning> {
    let (day, reported) = (day_of(to.release_at), day_of(course.counted_from));
    let usual = propose(schedule, calendar, course.counted_from);
    if usual == to {
        return Vec::new();
    }
    let limits = schedule.limits;
    let mut warnings = Vec::new();
    match calendar.off(day) {
        Some(why) => warnings.push(Warning::Closed { day, why }),
        None if !calendar.is_open(day, &schedule.release.not_on) => warnings.push(Warning::NotOn { day }),
        None => {}
    }
    if let Some(days) = limits.earliest_days {
        let earliest = days_later(reported, days);
        if day < earliest {
            warnings.push(Warning::Early { days, earliest });
        }
    }
    if schedule.predisclosure.is_some() && schedule.release.after == After::Predisclosure {
        let told = day_of(to.predisclosure_at);
        let due = calendar.open_from(schedule.release.length.after(told, calendar), &schedule.release.not_on);
        if day < due {
            warnings.push(Warning::Hurried { usual: due });
        }
    }
    match limits.latest_days {
        None if day > day_of(usual.release_at) => warnings.push(Warning::Later { usual: day_of(usual.release_at) }),
        None => {}
        Some(days) => {
            let latest = days_later(reported, days);
            if day > latest {
                warnings.extend(extended(schedule, course, to, days, latest));
            }
        }
    }
    warnings
}

/// Of a release after the latest day.
fn extended(schedule: &Schedule, course: &Course, to: Proposal, days: u16, latest: Date) -> Vec<Warning> {
    let limits = schedule.limits;
    if limits.extended_days.is_none() && limits.extensions.is_none() {
        return vec![Warning::Late { days, latest }];
    }
    let mut warnings = Vec::new();
    let farthest = limits.extended_days.map(|days| (days, days_later(day_of(course.counted_from), days)));
    if let Some((days, farthest)) = farthest.filter(|(_, farthest)| day_of(to.release_at) > *farthest) {
        warnings.push(Warning::TooFar { days, latest: farthest });
    }
    if to.release_at <= course.release_at {
        return warnings; // An extension is taken back in part.
    }
    let is_extension = |one: &&Move| one.to > one.from && day_of(one.to) > latest;
    let before = course.moves.iter().filter(is_extension).count();
    match limits.extensions {
        Some(max) if before >= usize::from(max) => warnings.push(Warning::TooOften { max }),
        of if warnings.is_empty() => warnings.push(Warning::Extension { number: before + 1, of }),
        _ => {}
    }
    warnings
}
