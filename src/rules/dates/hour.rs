//! An hour behind a day, in UTC. Another zone is asked back, with what it would be in UTC.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::words::Word;
use super::{Unclear, repeated};

/// The zones people write most, by their hours and minutes east of UTC; some names are of several.
const ZONES: [(&str, &[(i8, i8)]); 22] = [
    ("cet", &[(1, 0)]),
    ("mez", &[(1, 0)]),
    ("cest", &[(2, 0)]),
    ("mesz", &[(2, 0)]),
    ("wet", &[(0, 0)]),
    ("west", &[(1, 0)]),
    ("eet", &[(2, 0)]),
    ("eest", &[(3, 0)]),
    ("msk", &[(3, 0)]),
    ("bst", &[(1, 0), (6, 0)]),
    ("ist", &[(5, 30), (1, 0), (2, 0)]),
    ("est", &[(-5, 0)]),
    ("edt", &[(-4, 0)]),
    ("cst", &[(-6, 0), (8, 0)]),
    ("cdt", &[(-5, 0)]),
    ("mst", &[(-7, 0)]),
    ("mdt", &[(-6, 0)]),
    ("pst", &[(-8, 0)]),
    ("pdt", &[(-7, 0)]),
    ("jst", &[(9, 0)]),
    ("kst", &[(9, 0)]),
    ("aest", &[(10, 0)]),
];
/// Zones whose hour depends on the day.
const PLACES: [&str; 5] = ["et", "pt", "ct", "mt", "local"];

/// The hour these words begin with, if they do, and how many of them say it.
pub fn at_start(words: &[Word<'_>], day: Date) -> Result<(Option<Time>, usize), Unclear> {
    let led = words.iter().take_while(|word| matches!(word.lower.as_str(), "at" | "@" | "-" | "–" | "—" | "")).count();
    let Some(first) = words.get(led) else { return Ok((None, 0)) };
    let next = words.get(led + 1).map_or("", |word| word.lower.as_str());
    let iso = |time: Time| format!("{day} {}", time.strftime("%H:%M"));
    if let Some(unclear) = other_ways(&first.lower, next, &iso) {
        return Err(unclear);
    }
    let (bare, utc) = match first.lower.strip_suffix("utc").or_else(|| first.lower.strip_suffix('z')) {
        Some(bare) => (bare, true),
        None => (first.lower.as_str(), false),
    };
    let (bare, offset) = offset_behind(bare);
    if !bare.contains(':') {
        return Ok((None, 0));
    }
    let Some(time) = hour(bare) else {
        let looks =
            bare.split(':').all(|part| !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()));
        return match looks {
            true => Err(Unclear::new(format!("There is no hour {bare}; a day ends at 23:59."), [])),
            false => Ok((None, 0)),
        };
    };
    if let Some(offset) = offset {
        return Err(elsewhere(day, time, first.text, &[offset]));
    }
    if utc {
        return Ok((Some(time), led + 1));
    }
    // “14:00 UTC. It is …”
    let zone = if first.ends { "" } else { next };
    if matches!(zone, "utc" | "gmt" | "z") {
        return Ok((Some(time), led + 2));
    }
    if let (_, Some(offset)) = offset_behind(zone) {
        return Err(elsewhere(day, time, &format!("{} {zone}", first.text), &[offset]));
    }
    if let Some((_, offsets)) = ZONES.iter().find(|(name, _)| *name == zone) {
        return Err(elsewhere(day, time, &format!("{} {}", first.text, zone.to_uppercase()), offsets));
    }
    // “14:00 Berlin time”
    let timed = !first.ends && words.get(led + 2).is_some_and(|word| word.lower == "time");
    if timed
        || PLACES.contains(&zone)
        || zone.contains('/') && zone.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '_'))
    {
        let why = format!("“{} {}” is not in UTC, and its hour depends on the place.", first.text, repeated(zone));
        return Err(Unclear::new(why, []));
    }
    Ok((Some(time), led + 1))
}

/// Hours as some say them: `2pm`, `2:00 pm`, `14h`, `noon`.
fn other_ways(word: &str, next: &str, iso: &impl Fn(Time) -> String) -> Option<Unclear> {
    let meant = |time: Option<Time>, why: String| Some(Unclear::new(why, time.iter().map(|time| iso(*time))));
    let half = |text: &str| match text {
        "am" | "a.m" => Some(false),
        "pm" | "p.m" => Some(true),
        _ => None,
    };
    match word {
        "noon" => return meant(hour("12:00"), "“noon” is no hour without a zone.".to_owned()),
        "midnight" => {
            return Some(Unclear::new("“midnight” could begin or end the day.", [iso(Time::midnight())]));
        }
        _ => {}
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let end = word.get(digits.len()..)?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.')) {
        return None;
    }
    if let Some(afternoon) = half(end).or_else(|| half(next).filter(|_| end.is_empty() && digits.len() <= 5)) {
        let text = digits.replace('.', ":");
        let time = hour(&text).or_else(|| hour(&format!("{text}:00")));
        let time = time.and_then(|time| match (time.hour(), afternoon) {
            (12, false) => Some(time.with().hour(0).build().ok()?),
            (1..=11, true) => Some(time.with().hour(time.hour() + 12).build().ok()?),
            (1..=12, _) => Some(time),
            _ => None,
        });
        return meant(time, format!("“{}” is an hour of twelve, and of no zone.", repeated(word)));
    }
    if matches!(end, "h" | "hrs" | "uhr")
        || end.is_empty() && matches!(next, "uhr" | "utc" | "gmt") && !digits.contains(':')
    {
        let text = digits.replace('.', ":");
        let four = text.len() == 4 && !text.contains(':');
        let text = if four { format!("{}:{}", text.get(..2)?, text.get(2..)?) } else { text };
        let time = hour(&text).or_else(|| hour(&format!("{text}:00")));
        return meant(time, format!("“{}” is not written as an hour is here.", repeated(word)));
    }
    None
}

/// `14:00+01:00`, `+0100`, `utc+1`: what stands before it, and how far from UTC it is.
fn offset_behind(word: &str) -> (&str, Option<(i8, i8)>) {
    let Some(at) = word.find(['+', '-', '−']) else { return (word, None) };
    let (before, sign) = word.split_at(at);
    let digits: String = sign.chars().skip(1).filter(|c| *c != ':').collect();
    let before = before.strip_suffix("utc").or_else(|| before.strip_suffix("gmt")).unwrap_or(before);
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i8>().ok(), Some(0)),
        4 => (digits.get(..2).and_then(|d| d.parse().ok()), digits.get(2..).and_then(|d| d.parse::<i8>().ok())),
        _ => (None, None),
    };
    match hours.zip(minutes) {
        Some((hours, minutes)) if hours <= 14 && minutes < 60 => {
            let east = if sign.starts_with('+') { 1 } else { -1 };
            (before, Some((east * hours, east * minutes)))
        }
        _ => (word, None),
    }
}

fn elsewhere(day: Date, time: Time, said: &str, offsets: &[(i8, i8)]) -> Unclear {
    let in_utc = offsets.iter().filter_map(|(hours, minutes)| {
        let east = SignedDuration::from_mins(i64::from(*hours) * 60 + i64::from(*minutes));
        let there: Timestamp = Offset::UTC.to_timestamp(day.to_datetime(time)).ok()?;
        Some(Offset::UTC.to_datetime(there.checked_sub(east).ok()?).strftime("%Y-%m-%d %H:%M").to_string())
    });
    Unclear::new(format!("“{}” is not in UTC.", repeated(said.trim_matches(['.', ',', ';', ':']))), in_utc)
}

/// `9:00`, `14:00`, `14:00:00`.
fn hour(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut number = || {
        let part = parts.next()?;
        let shaped = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i8>().ok().filter(|_| shaped)
    };
    let (hour, minute) = (number()?, number()?);
    let second = number();
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second.unwrap_or(0), 0).ok()
}
