//! Whatever a schedule and its calendars say, what is proposed keeps to them.
#![cfg(test)]

use jiff::ToSpan;
use jiff::civil::{Date, time};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn days_of_the_week() -> impl Strategy<Value = Vec<Day>> {
    proptest::sample::subsequence(Day::ALL.to_vec(), 0..=2)
}

fn delay() -> impl Strategy<Value = Delay> {
    let length = prop_oneof![(0u16..40).prop_map(Length::WorkingDays), (0u16..60).prop_map(Length::Days)];
    (length, days_of_the_week()).prop_map(|(length, not_on)| Delay { length, after: After::Report, not_on })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let limits = (proptest::option::of(0u16..30), proptest::option::of(1u16..60));
    (proptest::option::of(delay()), delay(), any::<bool>(), limits, days_of_the_week(), 0i8..24).prop_map(
        |(predisclosure, mut release, follows, (earliest_days, latest_days), weekend, hour)| {
            if follows && predisclosure.is_some() {
                release.after = After::Predisclosure;
            }
            let earliest_days = earliest_days.map(|days| latest_days.map_or(days, |latest| days.min(latest)));
            let limits = Limits { earliest_days, latest_days, ..Limits::default() };
            Schedule { predisclosure, release, release_hour: time(hour, 0, 0, 0), weekend, limits, restart: false }
        },
    )
}

/// Up to a month of days off around the time of the reports.
fn calendar(schedule: &Schedule, off: &[u16]) -> Calendar {
    let mut calendar = Calendar::new(&schedule.weekend);
    let start = day("2027-12-01");
    calendar.close(off.iter().map(|days| Closed { day: days_later(start, *days), name: String::new() }));
    calendar
}

fn reported(minutes: i64) -> Timestamp {
    "2027-12-10T00:00:00Z".parse::<Timestamp>().unwrap() + minutes.minutes()
}

proptest! {
    #[test]
    fn never_on_a_closed_day_never_past_the_limit_and_never_before_the_report(
        schedule in schedule(), off in proptest::collection::vec(0u16..120, 0..40), minutes in 0i64..80_000,
    ) {
        let calendar = calendar(&schedule, &off);
        let at = reported(minutes);
        let Proposal { predisclosure_at, release_at } = propose(&schedule, &calendar, at);
        prop_assert!(predisclosure_at > at && predisclosure_at <= release_at);
        prop_assert_eq!(release_at.to_zoned(TimeZone::UTC).time(), schedule.release_hour);
        let (told, released) = (day_of(predisclosure_at), day_of(release_at));
        let lowest = schedule.limits.earliest_days.map_or(day_of(at), |days| days_later(day_of(at), days));
        prop_assert!(released >= lowest);
        if let Some(delay) = &schedule.predisclosure {
            prop_assert!(told == released || calendar.is_open(told, &delay.not_on));
        } else {
            prop_assert_eq!(told, released);
        }
        let open = |date: Date| calendar.is_open(date, &schedule.release.not_on);
        match schedule.limits.latest_days {
            None => prop_assert!(open(released)),
            Some(days) => {
                let latest = days_later(day_of(at), days).max(first_day(at, schedule.release_hour));
                prop_assert!(released <= latest, "{released} is past {latest}");
                // The limit binds more than the calendar, where both cannot be kept.
                let mut between = lowest.max(first_day(at, schedule.release_hour)).series(1.day()).take_while(|date| *date <= latest);
                prop_assert!(open(released) || (released == latest && !between.any(open)));
            }
        }
    }

    #[test]
    fn a_later_report_never_gets_an_earlier_date(
        schedule in schedule(), off in proptest::collection::vec(0u16..120, 0..40),
        minutes in 0i64..60_000, later in 0i64..20_000,
    ) {
        let calendar = calendar(&schedule, &off);
        let first = propose(&schedule, &calendar, reported(minutes));
        let second = propose(&schedule, &calendar, reported(minutes + later));
        prop_assert!(first.predisclosure_at <= second.predisclosure_at && first.release_at <= second.release_at);
    }

    #[test]
    fn what_is_proposed_leaves_no_rule(
        schedule in schedule(), off in proptest::collection::vec(0u16..120, 0..40), minutes in 0i64..80_000,
    ) {
        let calendar = calendar(&schedule, &off);
        let to = propose(&schedule, &calendar, reported(minutes));
        let course = Course { counted_from: reported(minutes), release_at: to.release_at, moves: Vec::new() };
        prop_assert_eq!(judge(&schedule, &calendar, &course, to), Vec::new());
    }

    #[test]
    fn every_warning_is_a_sentence(
        schedule in schedule(), off in proptest::collection::vec(0u16..120, 0..40),
        minutes in 0i64..80_000, days in 0i64..120,
    ) {
        let calendar = calendar(&schedule, &off);
        let usual = propose(&schedule, &calendar, reported(minutes));
        let course = Course { counted_from: reported(minutes), release_at: usual.release_at, moves: Vec::new() };
        let release_at = reported(minutes) + (days * 24).hours();
        let to = Proposal { predisclosure_at: usual.predisclosure_at.min(release_at), release_at };
        for warning in judge(&schedule, &calendar, &course, to) {
            prop_assert!(warning.to_string().ends_with('.') && !warning.to_string().starts_with('!'));
        }
    }

    #[test]
    fn working_days_never_end_on_a_weekend_and_never_go_backwards(days in 0i32..2_000_000, count in 1u16..60) {
        let start = day("1990-01-01").saturating_add(days.days());
        let calendar = Calendar::default();
        let end = calendar.after_working_days(start, count);
        prop_assert!(calendar.works(end));
        prop_assert!(end > start);
        prop_assert!(calendar.after_working_days(start, count + 1) > end);
    }

    #[test]
    fn a_calendar_is_read_or_its_line_named(text in "([0-9]{4}-[01][0-9]-[0-3][0-9]|[#a-z ]{0,6})( [A-Z]{0,3})?\n{0,3}|.{0,40}") {
        if let Err(Misdated { line, what }) = read_calendar(&text) {
            prop_assert!(line >= 1 && line <= text.lines().count() && !what.is_empty());
        }
    }
}
