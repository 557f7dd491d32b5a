//! Dates as people write them, on Mon 2026-12-07.

use super::*;

fn today() -> Date {
    "2026-12-07".parse().unwrap()
}

fn shown(text: &str) -> String {
    match read(text, today()) {
        Ok(Wanted { day, hour, reason }) => {
            let hour = hour.map_or_else(|| "usual".to_owned(), |hour| hour.strftime("%H:%M").to_string());
            format!("{day} {hour} [{reason}]")
        }
        Err(Unclear { why, meanings }) => format!("{why} ({})", meanings.join(", ")),
    }
}

#[test]
fn a_date_beyond_doubt_is_taken() {
    for (text, expected) in [
        ("2026-12-15 the vendors need it", "2026-12-15 usual [the vendors need it]"),
        ("2026-12-15", "2026-12-15 usual []"),
        ("2026-12-15: because. Of that.", "2026-12-15 usual [because. Of that.]"),
        ("until 2026-12-15 they need it", "2026-12-15 usual [they need it]"),
        ("2026-12-15 14:00 they need it", "2026-12-15 14:00 [they need it]"),
        ("2026-12-15 14:00 UTC they need it", "2026-12-15 14:00 [they need it]"),
        ("2026-12-15, 14:00Z, they need it", "2026-12-15 14:00 [they need it]"),
        ("2026-12-15 14:00utc: they need it", "2026-12-15 14:00 [they need it]"),
        ("2026-12-15 - 14:00 - they need it", "2026-12-15 14:00 [they need it]"),
        ("2026-12-15 at 9:30 GMT they need it", "2026-12-15 09:30 [they need it]"),
        ("2026-12-15 (14:00 UTC) they need it", "2026-12-15 14:00 [they need it]"),
        ("15 December 2026 they need it", "2026-12-15 usual [they need it]"),
        ("15th of December, 2026 they need it", "2026-12-15 usual [they need it]"),
        ("15. Dec. 2026 they need it", "2026-12-15 usual [they need it]"),
        ("Dec 15, 2026 they need it", "2026-12-15 usual [they need it]"),
        ("December 15th 2026 14:00 they need it", "2026-12-15 14:00 [they need it]"),
        ("Tuesday 15 December 2026 they need it", "2026-12-15 usual [they need it]"),
        ("Tue, the 15th of December 2026: they need it", "2026-12-15 usual [they need it]"),
        ("Tue 2026-12-15 12:00 UTC they need it", "2026-12-15 12:00 [they need it]"), // as letters show it
        ("2028-02-29 leap day", "2028-02-29 usual [leap day]"),
        ("2026/12/15 they need it", "2026-12-15 usual [they need it]"),
        ("2026-12-15 CVE is late", "2026-12-15 usual [CVE is late]"),
        ("2026-12-15 14:00 QEMU needs it", "2026-12-15 14:00 [QEMU needs it]"),
        ("2026-12-15 at last", "2026-12-15 usual [at last]"),
        ("2026-12-15 24 hours more for Debian", "2026-12-15 usual [24 hours more for Debian]"),
        ("2026-12-15 3/4 of the vendors are late", "2026-12-15 usual [3/4 of the vendors are late]"),
        ("2026-12-15\n\nThey need it.\nAll of them.", "2026-12-15 usual [They need it.\nAll of them.]"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_could_mean_two_things_is_asked_back_with_all_it_could_mean() {
    for (text, expected) in [
        ("", "It does not say which date. ()"),
        ("because they need it", "“because” is no date that can be read. ()"),
        ("now", "“now” is no date. ()"),
        ("next Friday they need it", "“next friday” depends on when somebody reads it. (2026-12-11, 2026-12-18)"),
        ("Friday they need it", "“Friday” depends on when somebody reads it. (2026-12-11)"),
        ("Monday", "“Monday” depends on when somebody reads it. (2026-12-14)"),
        ("on Friday", "“Friday” depends on when somebody reads it. (2026-12-11)"),
        ("tomorrow they need it", "“tomorrow” depends on when somebody reads it. (2026-12-08)"),
        ("the day after tomorrow", "“the day after tomorrow” depends on when somebody reads it. (2026-12-09)"),
        ("in two weeks", "“in two weeks” depends on when somebody reads it. (2026-12-21)"),
        ("10 days more", "“10 days” depends on when somebody reads it. (2026-12-17)"),
        ("next week", "“next week” is no day. ()"),
        ("end of the month", "The end of something is no day. ()"),
        (
            "03/04/2027 they need it",
            "“03/04/2027” could mean several days: some write the day first, others the month. (2027-04-03, 2027-03-04)",
        ),
        (
            "03/04 they need it",
            "“03/04” could mean several days: some write the day first, others the month. (2027-03-04, 2027-04-03, \
             2028-03-04, 2028-04-03)",
        ),
        ("15.12.2026 they need it", "“15.12.2026” could be read in several ways. (2026-12-15)"),
        (
            "11-12-10 they need it",
            "“11-12-10” could mean several days: some write the day first, others the month. (2010-12-11, 2010-11-12, \
             2011-12-10)",
        ),
        ("32/13/2026", "There is no day “32/13/2026”. ()"),
        ("15 December they need it", "It does not say the year of 15 December. (2026-12-15, 2027-12-15)"),
        ("Dec 1 they need it", "It does not say the year of 1 December. (2027-12-01, 2028-12-01)"),
        ("15 Dec 26 they need it", "The year of 15 December has two digits. (2026-12-15, 2027-12-15)"),
        (
            "Friday 15 December 2026 they need it",
            "2026-12-15 is a Tuesday, and not a Friday. (2026-12-15, 2026-12-11, 2026-12-18)",
        ),
        ("31 November 2026", "There is no day 2026-11-31. (2026-11-30, 2026-12-01)"),
        ("2027-02-29 leap", "There is no day 2027-02-29. (2027-02-28, 2027-03-01)"),
        ("2026-13-01", "There is no day 2026-13-01. ()"),
        ("2026-12-15 or 2026-12-16 whatever", "It says more than one date. (2026-12-15, 2026-12-16)"),
        ("2026-12-15 – 2026-12-20", "It says more than one date. (2026-12-15, 2026-12-20)"),
        ("2026-12-15 2pm they need it", "“2pm” is an hour of twelve, and of no zone. (2026-12-15 14:00)"),
        ("2026-12-15 2:30 p.m. they need it", "“2:30” is an hour of twelve, and of no zone. (2026-12-15 14:30)"),
        ("2026-12-15 12 am they need it", "“12” is an hour of twelve, and of no zone. (2026-12-15 00:00)"),
        ("2026-12-15 noon", "“noon” is no hour without a zone. (2026-12-15 12:00)"),
        ("2026-12-15 midnight", "“midnight” could begin or end the day. (2026-12-15 00:00)"),
        ("2026-12-15 14h they need it", "“14h” is not written as an hour is here. (2026-12-15 14:00)"),
        ("2026-12-15 1400 UTC they need it", "“1400” is not written as an hour is here. (2026-12-15 14:00)"),
        ("2026-12-15 24:30 they need it", "There is no hour 24:30; a day ends at 23:59. ()"),
        ("2026-12-15 15:00 CET they need it", "“15:00 CET” is not in UTC. (2026-12-15 14:00)"),
        ("2026-12-15 20:00 EST they need it", "“20:00 EST” is not in UTC. (2026-12-16 01:00)"),
        ("2026-12-15 00:30+01:00 they need it", "“00:30+01:00” is not in UTC. (2026-12-14 23:30)"),
        ("2026-12-15 14:00 UTC-5 they need it", "“14:00 utc-5” is not in UTC. (2026-12-15 19:00)"),
        (
            "2026-12-15 14:00 IST they need it",
            "“14:00 IST” is not in UTC. (2026-12-15 08:30, 2026-12-15 13:00, 2026-12-15 12:00)",
        ),
        ("2026-12-15 14:00 Berlin time", "“14:00 berlin” is not in UTC, and its hour depends on the place. ()"),
        (
            "2026-12-15 14:00 Europe/Berlin",
            "“14:00 europe/berlin” is not in UTC, and its hour depends on the place. ()",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_could_be_meant_can_be_written_so() {
    for text in ["next Friday x", "03/04/2027", "15 Dec", "2026-12-15 2pm", "2026-12-15 15:00 CET", "31 November 2026"]
    {
        for meaning in read(text, today()).unwrap_err().meanings {
            let again = read(&format!("{meaning} they need it"), today()).unwrap();
            assert_eq!(again.reason, "they need it", "{text}: {meaning}");
        }
    }
}

/// Day or “?”, and whether they insist.
fn hinted(text: &str) -> Vec<String> {
    let say = |hint: Hint| {
        let day = hint.day.map_or_else(|| "?".to_owned(), |day| day.to_string());
        format!("{day}{} {}", if hint.insists { "!" } else { "" }, hint.words)
    };
    hints(text, today()).into_iter().map(say).collect()
}

#[test]
fn what_discoverers_write_of_dates_is_found() {
    for (text, expected) in [
        ("We will publish on 2026-12-15.", vec!["2026-12-15! We will publish on 2026-12-15."]),
        (
            "Our hard deadline is 15 January 2027, sorry.",
            vec!["2027-01-15! Our hard deadline is 15 January 2027, sorry."],
        ),
        (
            "We’ll disclose this on January 15, with or without a fix.",
            vec!["2027-01-15! We’ll disclose this on January 15, with or without a fix."],
        ),
        (
            "I will present it at a conference on 10 December 2026!",
            vec!["2026-12-10! I will present it at a conference on 10 December 2026!"],
        ),
        ("Hello,\n\nthis goes public\non Friday.\n\nDana", vec!["2026-12-11! this goes public on Friday."]),
        ("It will be public in 30 days.", vec!["2027-01-06! It will be public in 30 days."]),
        ("We have a 90 days deadline.", vec!["?! We have a 90 days deadline."]),
        ("We go public next Friday, regardless.", vec!["?! We go public next Friday, regardless."]),
        ("We publish on 03/04/2027.", vec!["?! We publish on 03/04/2027."]),
        (
            "We will publish on 15 January; keep it secret until then, and not before.",
            vec!["2027-01-15! We will publish on 15 January; keep it secret until then, and not before."],
        ),
        (
            "My talk is on 10 December and cannot be moved.",
            vec!["2026-12-10! My talk is on 10 December and cannot be moved."],
        ),
        (
            "We will not wait, and publish it on 10 December.",
            vec!["2026-12-10! We will not wait, and publish it on 10 December."],
        ),
        ("There is no deadline before 10 January.", vec!["2027-01-10 There is no deadline before 10 January."]),
        // They ask.
        ("Could we publish on 2026-12-15?", vec!["2026-12-15 Could we publish on 2026-12-15?"]),
        ("I would prefer an embargo until 15 January.", vec!["2027-01-15 I would prefer an embargo until 15 January."]),
        ("Will it be public by 2026-12-15?", vec!["2026-12-15 Will it be public by 2026-12-15?"]),
        ("Ideally we publish on 2026-12-15.", vec!["2026-12-15 Ideally we publish on 2026-12-15."]),
        ("We will not publish before 2027-01-15.", vec!["2027-01-15 We will not publish before 2027-01-15."]),
        ("Please publish as soon as possible.", vec!["? Please publish as soon as possible."]),
        ("We would need a longer embargo.", vec!["? We would need a longer embargo."]),
        // A date of something else comes first.
        (
            "The fix was tested on 10 December, and we publish on 15 December.",
            vec!["2026-12-15! The fix was tested on 10 December, and we publish on 15 December."],
        ),
        (
            "On 15 December 2026 we will publish. The weather is nice. Our blog goes live on 16. December 2026.",
            vec![
                "2026-12-15! On 15 December 2026 we will publish.",
                "2026-12-16 Our blog goes live on 16. December 2026.",
            ],
        ),
        // None.
        ("I found it on 2026-11-15 in the public tree.", vec![]),
        ("We will publish when you do.", vec![]),
        ("I am away until 2026-12-15.", vec![]),
        ("It is in release 4.20 and 4.19.1.", vec![]),
        ("It may 2 times overflow in the release.", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(hinted(text), expected, "{text}");
    }
    assert_eq!(hinted(&"We will publish on 2026-12-15. We publish on 2026-12-16. ".repeat(9)).len(), 2, "each once");
    let many: String = (10..31).map(|day| format!("We publish on 2026-12-{day}. ")).collect();
    assert_eq!(hinted(&many).len(), 5);
}
