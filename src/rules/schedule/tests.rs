//! Dates worked out by hand, with a calendar on the desk. December 2026 begins on a Tuesday, January 2027 on a Friday,
//! February 2028 has 29 days and ends on a Tuesday.

use super::*;

const XEN: &str = r#"
predisclosure = { working_days = 5 }
release = { working_days = 10, after = "predisclosure" }
release_hour = "12:00""#;
const NOT_ON_FRIDAY_OR_MONDAY: &str = r#"
predisclosure = { working_days = 5, not_on = ["friday"] }
release = { working_days = 10, not_on = ["friday", "monday"] }
release_hour = "12:00""#;
/// "embargo dates which are two weeks or less", at most one month where both sides agree; the clock may be restarted.
const LIBVIRT: &str = r#"
release = { days = 14, after = "report" }
release_hour = "14:00"
restart = true
[limits]
latest_days = 14
extended_days = 31"#;
/// "between 15-30 days, depending on the severity".
const CLOUDSTACK: &str = r#"
predisclosure = { days = 10 }
release = { working_days = 15, after = "report", not_on = ["friday"] }
release_hour = "09:00"
[limits]
earliest_days = 15
latest_days = 30
extensions = 0"#;
/// Days of all kinds, and two calendars.
const DAYS: &str = r#"
predisclosure = { days = 7 }
release = { days = 14, after = "predisclosure" }
release_hour = "08:30""#;
const SUNDAY_TO_THURSDAY: &str = r#"
predisclosure = { working_days = 5 }
release = { working_days = 10 }
release_hour = "12:00"
weekend = ["friday", "saturday"]"#;
const TIGHT: &str = r#"
predisclosure = { working_days = 5 }
release = { working_days = 10 }
release_hour = "12:00"
[limits]
latest_days = 4"#;
const AT_ONCE: &str = r#"
predisclosure = { days = 0 }
release = { days = 0 }
release_hour = "12:00""#;
const TWICE_EXTENDED: &str = r#"
release = { days = 14, after = "report" }
release_hour = "12:00"
[limits]
latest_days = 14
extended_days = 30
extensions = 2"#;

const GERMANY: &str =
    "2026-12-25 Weihnachten\n2026-12-26 Zweiter Feiertag\n2027-01-01 Neujahr\n2027-03-26 Karfreitag\n";
const BRITAIN: &str =
    "2026-12-25 Christmas Day\n2026-12-28 Boxing Day (substitute)\n2027-01-01 New Year\n2027-03-29 Easter Monday\n";

fn schedule(text: &str) -> Schedule {
    let schedule: Schedule = toml::from_str(text).unwrap();
    written::fits(&schedule).unwrap();
    schedule
}

fn calendar(schedule: &Schedule, files: &[&str]) -> Calendar {
    let mut calendar = Calendar::new(&schedule.weekend);
    files.iter().for_each(|text| calendar.close(read_calendar(text).unwrap()));
    calendar
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn working_days_worked_out_by_hand() {
    for (start, count, expected) in [
        ("2026-11-20", 0, "2026-11-20"),  // nothing to wait for
        ("2026-11-20", 1, "2026-11-23"),  // Friday to Monday
        ("2026-11-21", 1, "2026-11-23"),  // Saturday
        ("2026-11-22", 1, "2026-11-23"),  // Sunday
        ("2026-11-23", 5, "2026-11-30"),  // one working week
        ("2026-11-21", 5, "2026-11-27"),  // a week from a Saturday ends on Friday
        ("2026-12-24", 5, "2026-12-31"),  // Xen's list knows no holidays
        ("2026-12-28", 10, "2027-01-11"), // over the year's end
        ("2028-02-28", 2, "2028-03-01"),  // leap day
        ("9999-12-31", 5, "9999-12-31"),  // the calendar ends
    ] {
        assert_eq!(Calendar::default().after_working_days(day(start), count), day(expected), "{start} + {count}");
    }
}

#[test]
fn proposals_worked_out_by_hand() {
    let (none, de, uk, both): (&[&str], &[&str], &[&str], &[&str]) = (&[], &[GERMANY], &[BRITAIN], &[GERMANY, BRITAIN]);
    for (text, calendars, reported, told, released) in [
        // One working week, then two.
        (XEN, none, "2026-11-23T09:30", "2026-11-30T12:00", "2026-12-14T12:00"), // a Monday
        (XEN, none, "2026-11-23T23:59", "2026-11-30T12:00", "2026-12-14T12:00"), // the hour does not matter
        (XEN, none, "2026-11-24T00:00", "2026-12-01T12:00", "2026-12-15T12:00"), // but the day does, in UTC
        (XEN, none, "2026-11-27T17:00", "2026-12-04T12:00", "2026-12-18T12:00"), // a Friday
        (XEN, none, "2026-11-28T08:00", "2026-12-04T12:00", "2026-12-18T12:00"), // Saturday counts as Friday
        (XEN, none, "2026-11-29T08:00", "2026-12-04T12:00", "2026-12-18T12:00"), // so does Sunday
        // Year's end.
        (XEN, none, "2026-12-18T10:00", "2026-12-25T12:00", "2027-01-08T12:00"), // no holidays: Christmas Day
        (XEN, de, "2026-12-18T10:00", "2026-12-28T12:00", "2027-01-12T12:00"),   // two days off
        (XEN, uk, "2026-12-18T10:00", "2026-12-29T12:00", "2027-01-13T12:00"),   // three days off
        (XEN, both, "2026-12-18T10:00", "2026-12-29T12:00", "2027-01-13T12:00"), // the same, for Sat 26 counts for nothing
        (XEN, de, "2026-12-11T10:00", "2026-12-18T12:00", "2027-01-05T12:00"),   // Christmas and New Year between
        (XEN, de, "2026-12-25T10:00", "2027-01-04T12:00", "2027-01-18T12:00"),   // reported on a day off
        (XEN, none, "2026-12-31T23:00", "2027-01-07T12:00", "2027-01-21T12:00"), // in the last hour of the year
        (XEN, uk, "2026-12-31T23:00", "2027-01-08T12:00", "2027-01-22T12:00"),
        // Easter: one calendar has the Friday, the other the Monday.
        (XEN, none, "2027-03-22T10:00", "2027-03-29T12:00", "2027-04-12T12:00"),
        (XEN, de, "2027-03-22T10:00", "2027-03-30T12:00", "2027-04-13T12:00"),
        (XEN, uk, "2027-03-22T10:00", "2027-03-30T12:00", "2027-04-13T12:00"),
        (XEN, both, "2027-03-22T10:00", "2027-03-31T12:00", "2027-04-14T12:00"),
        // Leap day, a Tuesday.
        (XEN, none, "2028-02-22T10:00", "2028-02-29T12:00", "2028-03-14T12:00"),
        (XEN, none, "2028-02-29T10:00", "2028-03-07T12:00", "2028-03-21T12:00"),
        (XEN, none, "2027-02-22T10:00", "2027-03-01T12:00", "2027-03-15T12:00"), // and a year without
        (DAYS, none, "2028-02-22T10:00", "2028-02-29T08:30", "2028-03-14T08:30"),
        (DAYS, none, "2027-02-22T10:00", "2027-03-01T08:30", "2027-03-15T08:30"),
        // Weekday rules.
        (NOT_ON_FRIDAY_OR_MONDAY, none, "2026-11-24T10:00", "2026-12-01T12:00", "2026-12-15T12:00"), // nothing in the way
        (NOT_ON_FRIDAY_OR_MONDAY, none, "2026-11-23T10:00", "2026-11-30T12:00", "2026-12-15T12:00"), // Monday to Tuesday
        (NOT_ON_FRIDAY_OR_MONDAY, none, "2026-11-27T10:00", "2026-12-07T12:00", "2026-12-22T12:00"), // Friday to Monday; then Tuesday
        (NOT_ON_FRIDAY_OR_MONDAY, none, "2026-11-26T10:00", "2026-12-03T12:00", "2026-12-17T12:00"), // Thursday to Thursday
        (NOT_ON_FRIDAY_OR_MONDAY, uk, "2026-12-17T10:00", "2026-12-24T12:00", "2027-01-12T12:00"), // Mon 11 January is left out
        (NOT_ON_FRIDAY_OR_MONDAY, uk, "2026-12-18T10:00", "2026-12-29T12:00", "2027-01-13T12:00"),
        // Days of all kinds still end on a working day.
        (DAYS, none, "2026-11-23T10:00", "2026-11-30T08:30", "2026-12-14T08:30"),
        (DAYS, none, "2026-11-28T10:00", "2026-12-07T08:30", "2026-12-21T08:30"), // Sat 5 December becomes Mon 7
        (DAYS, none, "2026-12-04T10:00", "2026-12-11T08:30", "2026-12-25T08:30"),
        (DAYS, de, "2026-12-04T10:00", "2026-12-11T08:30", "2026-12-28T08:30"), // over the holidays and a Sunday
        (DAYS, both, "2026-12-04T10:00", "2026-12-11T08:30", "2026-12-29T08:30"),
        (DAYS, both, "2026-12-18T10:00", "2026-12-29T08:30", "2027-01-12T08:30"),
        // Another weekend.
        (SUNDAY_TO_THURSDAY, none, "2026-11-22T10:00", "2026-11-29T12:00", "2026-12-13T12:00"), // Sundays
        (SUNDAY_TO_THURSDAY, none, "2026-11-26T10:00", "2026-12-03T12:00", "2026-12-17T12:00"), // Thursdays
        (SUNDAY_TO_THURSDAY, none, "2026-11-27T10:00", "2026-12-03T12:00", "2026-12-17T12:00"), // a Friday counts as Thursday
        // libvirt: nobody is told before; two weeks, and never more.
        (LIBVIRT, none, "2026-11-23T10:00", "2026-12-07T14:00", "2026-12-07T14:00"),
        (LIBVIRT, none, "2026-11-28T10:00", "2026-12-11T14:00", "2026-12-11T14:00"), // Sat 12 December: the Friday before
        (LIBVIRT, none, "2026-11-29T10:00", "2026-12-11T14:00", "2026-12-11T14:00"), // Sunday: the same Friday
        (LIBVIRT, de, "2026-12-11T10:00", "2026-12-24T14:00", "2026-12-24T14:00"),   // Christmas Day: the day before
        (LIBVIRT, both, "2026-12-14T10:00", "2026-12-24T14:00", "2026-12-24T14:00"), // Mon 28: back over Christmas
        (LIBVIRT, none, "2028-02-15T10:00", "2028-02-29T14:00", "2028-02-29T14:00"), // leap day
        // CloudStack: 15 to 30 days.
        (CLOUDSTACK, none, "2026-11-23T10:00", "2026-12-03T09:00", "2026-12-14T09:00"), // 15 working days: 21 days
        (CLOUDSTACK, none, "2026-11-27T10:00", "2026-12-07T09:00", "2026-12-21T09:00"), // Fri 18 is left out: Monday
        (CLOUDSTACK, both, "2026-12-07T10:00", "2026-12-17T09:00", "2026-12-30T09:00"), // Mon 28 and Fri 25 do not count
        (CLOUDSTACK, none, "2028-02-10T10:00", "2028-02-21T09:00", "2028-03-02T09:00"), // over leap day
        // A limit that all rules run into.
        (TIGHT, none, "2026-11-23T10:00", "2026-11-27T12:00", "2026-11-27T12:00"), // Friday, four days later
        (TIGHT, none, "2026-11-25T10:00", "2026-11-27T12:00", "2026-11-27T12:00"), // Sun 29: the Friday before
        (TIGHT, both, "2026-12-24T10:00", "2026-12-24T12:00", "2026-12-24T12:00"), // Mon 28 and all before it are off
        (TIGHT, both, "2026-12-24T12:00", "2026-12-28T12:00", "2026-12-28T12:00"), // nothing is open: the limit binds
        (TIGHT, none, "2026-12-31T13:00", "2027-01-04T12:00", "2027-01-04T12:00"), // Monday is just in time
        // At once: the next hour that is still to come, on a day that is open.
        (AT_ONCE, none, "2026-11-23T11:59", "2026-11-23T12:00", "2026-11-23T12:00"),
        (AT_ONCE, none, "2026-11-23T12:00", "2026-11-24T12:00", "2026-11-24T12:00"),
        (AT_ONCE, none, "2026-11-27T13:00", "2026-11-30T12:00", "2026-11-30T12:00"),
        (AT_ONCE, de, "2026-12-24T13:00", "2026-12-28T12:00", "2026-12-28T12:00"),
        (AT_ONCE, both, "2026-12-24T13:00", "2026-12-29T12:00", "2026-12-29T12:00"),
    ] {
        let schedule = schedule(text);
        let proposal = propose(&schedule, &calendar(&schedule, calendars), at(&format!("{reported}:00Z")));
        let expected =
            Proposal { predisclosure_at: at(&format!("{told}:00Z")), release_at: at(&format!("{released}:00Z")) };
        assert_eq!(proposal, expected, "{reported} by{text}");
    }
}

/// What is said of a release on this day, of a case that was reported on Mon 2026-11-23, and whose release was moved so.
fn judged(
    text: &str,
    calendars: &[&str],
    counted_from: &str,
    moves: &[(&str, &str)],
    told: &str,
    to: &str,
) -> Vec<String> {
    let schedule = schedule(text);
    let calendar = calendar(&schedule, calendars);
    let counted_from = at(&format!("{counted_from}T10:00:00Z"));
    let noon = |day: &str| at(&format!("{day}T12:00:00Z"));
    let moves: Vec<Move> = moves.iter().map(|(from, to)| Move { from: noon(from), to: noon(to) }).collect();
    let release_at = moves.last().map_or(propose(&schedule, &calendar, counted_from).release_at, |last| last.to);
    let to = Proposal { predisclosure_at: noon(told), release_at: noon(to) };
    let warnings = judge(&schedule, &calendar, &Course { counted_from, release_at, moves }, to);
    warnings.iter().map(Warning::to_string).collect()
}

#[test]
fn what_a_date_leaves_of_the_rules_is_said() {
    const NONE: &[&str] = &[];
    const LATER: &str = "By our rules it would be Mon 2026-12-14; a longer delay is for the discoverer to ask for, and for us \
                         to find reasonable.";
    for (text, calendars, told, to, expected) in [
        (XEN, NONE, "2026-11-30", "2026-12-14", vec![]), // as proposed
        (XEN, NONE, "2026-11-30", "2026-12-15", vec![LATER]),
        (
            XEN,
            NONE,
            "2026-11-30",
            "2026-12-12",
            vec![
                "Sat 2026-12-12 is no working day: it is a Saturday.",
                "The predisclosure list gets less time to prepare than our rules give it, which would end on Mon 2026-12-14.",
            ],
        ),
        (
            XEN,
            &[GERMANY],
            "2026-11-30",
            "2026-12-25",
            vec!["Fri 2026-12-25 is no working day: it is Weihnachten.", LATER],
        ),
        (
            NOT_ON_FRIDAY_OR_MONDAY,
            NONE,
            "2026-11-30",
            "2026-12-18",
            vec![
                "Fri 2026-12-18 is a Friday, and our rules publish nothing on that day.",
                "By our rules it would be Tue 2026-12-15; a longer delay is for the discoverer to ask for, and for us to find \
                 reasonable.",
            ],
        ),
        (LIBVIRT, NONE, "2026-12-04", "2026-12-04", vec![]), // two weeks or less
        (LIBVIRT, NONE, "2026-12-08", "2026-12-08", vec!["This is extension 1; our rules limit only how far they go."]),
        (
            LIBVIRT,
            NONE,
            "2026-12-28",
            "2026-12-28",
            vec!["Even extended, our rules end an embargo after 31 days, on Thu 2026-12-24."],
        ),
        (
            CLOUDSTACK,
            NONE,
            "2026-12-03",
            "2026-12-07",
            vec!["Our rules leave at least 15 days until then: Tue 2026-12-08 or later."],
        ),
        (CLOUDSTACK, NONE, "2026-12-03", "2026-12-08", vec![]), // the 15th day
        (CLOUDSTACK, NONE, "2026-12-03", "2026-12-23", vec![]), // the 30th
        (CLOUDSTACK, NONE, "2026-12-03", "2026-12-24", vec!["Our rules allow no extension."]),
        (
            TIGHT,
            NONE,
            "2026-11-27",
            "2026-11-30",
            vec![
                "The predisclosure list gets less time to prepare than our rules give it, which would end on Fri 2026-12-11.",
                "Our rules end an embargo after 4 days, on Fri 2026-11-27, and know no extension.",
            ],
        ),
    ] {
        assert_eq!(judged(text, calendars, "2026-11-23", &[], told, to), expected, "{to} by{text}");
    }
}

#[test]
fn extensions_are_counted_from_the_report_or_from_the_last_restart() {
    let extended = |moves: &[(&str, &str)], to: &str| judged(TWICE_EXTENDED, &[], "2026-11-23", moves, to, to);
    let first = ("2026-12-07", "2026-12-14");
    let second = ("2026-12-14", "2026-12-21");
    assert_eq!(extended(&[], "2026-12-14"), ["This is extension 1 of the 2 that our rules allow."]);
    assert_eq!(extended(&[first], "2026-12-21"), ["This is extension 2 of the 2 that our rules allow."]);
    assert_eq!(extended(&[first, second], "2026-12-22"), ["Our rules allow 2 extensions, and there were as many."]);
    // Nothing is extended by an earlier date, nor by one within the limit.
    assert_eq!(extended(&[first, second], "2026-12-18"), Vec::<String>::new());
    let back = ("2026-12-21", "2026-12-01");
    assert_eq!(extended(&[first, second, back], "2026-12-07"), Vec::<String>::new());
    // And one that was within it is none.
    let within = [("2026-12-07", "2026-12-01"), ("2026-12-01", "2026-12-04")];
    assert_eq!(extended(&within, "2026-12-08"), ["This is extension 1 of the 2 that our rules allow."]);
    assert_eq!(
        extended(&[first, second], "2026-12-24"),
        [
            "Even extended, our rules end an embargo after 30 days, on Wed 2026-12-23.",
            "Our rules allow 2 extensions, and there were as many."
        ]
    );
    // After a restart on 2 December all is counted from there.
    assert_eq!(judged(TWICE_EXTENDED, &[], "2026-12-02", &[], "2026-12-16", "2026-12-16"), Vec::<String>::new());
    assert_eq!(
        judged(TWICE_EXTENDED, &[], "2026-12-02", &[], "2026-12-17", "2026-12-17"),
        ["This is extension 1 of the 2 that our rules allow."]
    );
}

#[test]
fn a_restart_counts_as_a_new_report_would() {
    let schedule = schedule(LIBVIRT);
    assert!(schedule.restart);
    let again = propose(&schedule, &Calendar::default(), at("2026-12-03T16:00:00Z"));
    assert_eq!(again.release_at, at("2026-12-17T14:00:00Z"));
}

#[test]
fn what_does_not_fit_together_is_said() {
    let wrong = |text: &str| {
        let read = toml::from_str::<Schedule>(text).map_err(|error| error.message().to_owned());
        read.and_then(|schedule| written::fits(&schedule).map_err(str::to_owned)).unwrap_err()
    };
    let xen = |from: &str, to: &str| wrong(&XEN.replace(from, to));
    for (problem, expected) in [
        (xen("predisclosure = { working_days = 5 }\n", ""), "the release follows a predisclosure, and there is none"),
        (xen("working_days = 5", "working_days = 5, days = 7"), "it says working days and days"),
        (xen("working_days = 5", ""), "it says no number of days"),
        (xen("working_days = 5", "days = 5, after = \"predisclosure\""), "it cannot follow itself"),
        (
            wrong(&format!(
                "{XEN}\nweekend = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]"
            )),
            "no day of the week is left",
        ),
        (wrong(&format!("{XEN}\nlimits = {{ latest_days = 0 }}")), "the latest day is that of the report"),
        (
            wrong(&format!("{XEN}\nlimits = {{ earliest_days = 9, latest_days = 8 }}")),
            "the earliest day is after the latest",
        ),
        (
            wrong(&format!("{XEN}\nlimits = {{ latest_days = 8, extended_days = 7 }}")),
            "an extension ends before the latest day",
        ),
        (wrong(&format!("{XEN}\nlimits = {{ extensions = 2 }}")), "there is nothing to extend"),
    ] {
        let (cause, remedy) = problem.split_once('\n').unwrap();
        assert_eq!(cause, expected);
        assert!(remedy.ends_with('.'), "{remedy}");
    }
}
