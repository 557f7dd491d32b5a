//! Until when a case is secret: what discoverers want, what the team agrees to, and the end of it all.

use super::encrypted::{encrypted, in_cipher};
use super::*;
use crate::world::{Letter, kinds, the};

const CAROL: &str = "carol@cert.example.com";

/// A mail of somebody outside of the team whose server vouches for them.
fn proven(who: &str, to: &str, id: &str, text: &str) -> String {
    let domain = who.rsplit_once('@').unwrap().1.trim_end_matches('>');
    vouched(who, to, id, text).replace("header.from=example.org", &format!("header.from={domain}"))
}

/// Another mail of Dana's in her case.
fn danas(id: &str, text: &str) -> String {
    proven("Dana Doe <dana@research.example.net>", "security@example.org", id, text)
        .replace("Date:", "In-Reply-To: <report-1@research.example.net>\nDate:")
        .replace("Re: the case", "Re: Guest can read host memory")
}

/// Dana reported on a Monday; Alice's own address in the case.
fn reported(world: &mut World) -> String {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    the(&letters, "relay", ALICE).header("Reply-To")
}

/// Alice gives commands in a mail she signs.
fn commands(world: &mut World, team: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, ALICE, team, id, when, text);
    world.at(when).mails(&raw)
}

/// Carol of another project agrees to the embargo.
fn joined(world: &mut World, team: &str) {
    let add = format!("!add Carol Coordinator <{CAROL}> as coordinator");
    let letters = commands(world, team, "ask", "2026-12-07T10:00:00Z", &add);
    let question = the(&letters, "confirmation", CAROL).header("Reply-To");
    world.at("2026-12-07T11:00:00Z").mails(&proven(CAROL, &question, "yes", "agree\n\nCarol"));
}

/// What a letter says, wherever its lines break.
fn words(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn case(world: &World) -> (String, String, String) {
    let case = world.json(&["case", "show", "1"]);
    let text = |key: &str| case[key].as_str().unwrap().to_owned();
    (text("state"), text("predisclosure_at"), text("release_at"))
}

#[test]
fn the_proposed_dates_are_agreed_and_everybody_who_knows_of_the_case_hears_it() {
    story("embargo-agreed", |world| {
        let team = reported(world);
        joined(world, &team);
        let letters = commands(world, &team, "a1", "2026-12-08T09:00:00Z", "!embargo");
        assert_eq!(
            kinds(&letters),
            [
                "answer alice@example.org",
                "notice bob@example.org",
                "notice carol@cert.example.com",
                "notice dana@research.example.net",
                "relay alice@example.org",
                "relay bob@example.org"
            ]
        );
        let dates = ["Mon 2026-12-14 12:00 UTC", "Mon 2026-12-28 12:00 UTC"];
        for reader in [BOB, CAROL, DANA] {
            let letter = the(&letters, "notice", reader);
            assert!(dates.iter().all(|date| letter.text().contains(date)), "{}", letter.text());
        }
        assert!(words(the(&letters, "notice", CAROL)).contains("tell nobody outside our team about it"));
        let answer = words(the(&letters, "answer", ALICE));
        assert!(
            answer.contains("are agreed: predisclosure on Mon 2026-12-14") && answer.contains("Next: "),
            "{answer}"
        );
        assert!(!answer.contains("Mind:"), "{answer}");
        assert_eq!(case(world).0, "embargoed");

        // Carol's answer to her letter is in the case.
        let carols = the(&letters, "notice", CAROL).header("Reply-To");
        let letters = world.at("2026-12-08T09:30:00Z").mails(&proven(CAROL, &carols, "c1", "Fine with us."));
        assert!(words(the(&letters, "relay", BOB)).contains("somebody who takes part in the case"));

        // Once more changes nothing, and tells nobody.
        let letters = commands(world, &team, "a2", "2026-12-08T10:00:00Z", "!embargo");
        assert!(letters.iter().all(|letter| letter.kind != "notice"), "{:?}", kinds(&letters));
        assert!(words(the(&letters, "answer", ALICE)).contains("are agreed already"));
        let letters =
            commands(world, &team, "a3", "2026-12-08T10:10:00Z", "!embargo 2026-12-28 it is the date we have");
        assert!(words(the(&letters, "answer", ALICE)).contains("are agreed already"));
    });
}

#[test]
fn a_discoverer_who_wants_faster_is_followed_and_what_they_insist_on_is_not_forgotten() {
    story("embargo-faster", |world| {
        let team = reported(world);
        let letters = world.at("2026-12-08T09:00:00Z").mails(&danas(
            "d1",
            "Hello,\n\nwe will publish on 2026-12-10, whatever happens: our disclosure policy knows no exception.\n\nDana",
        ));
        let relay = words(the(&letters, "relay", BOB));
        assert!(relay.contains("“we will publish on 2026-12-10, whatever happens:"), "{relay}");
        assert!(relay.contains("insist on Thu 2026-12-10, before our date (Mon 2026-12-28 12:00 UTC)"), "{relay}");
        assert_eq!(case(world).2, "2026-12-28T12:00:00Z", "it is a hint: nothing follows from it");

        // The team is about to pass it.
        let letters = commands(world, &team, "a1", "2026-12-08T10:00:00Z", "!embargo");
        let refusal = words(the(&letters, "refusal", ALICE));
        assert!(refusal.contains("insists on Thu 2026-12-10, which is earlier; our date is"), "{refusal}");
        assert!(refusal.contains("“!embargo 2026-12-10 WHY” takes their date; if they gave it up"), "{refusal}");
        assert!(!letters.iter().any(|letter| letter.to == DANA), "she hears nothing");
        let text = "!embargo 2026-12-28 We talk to her about it.";
        let letters = commands(world, &team, "a1b", "2026-12-08T10:30:00Z", text);
        let answer = words(the(&letters, "answer", ALICE));
        assert!(answer.contains("The discoverer insists on Thu 2026-12-10, which is earlier."), "{answer}");
        let dana = words(the(&letters, "notice", DANA));
        assert!(dana.contains("the team has now fixed the dates of your case 1, as proposed."), "{dana}");
        assert!(words(the(&letters, "notice", BOB)).contains("always honoured"));
        assert!(!words(the(&letters, "notice", DANA)).contains("insist"), "{}", the(&letters, "notice", DANA).text());

        let letters = commands(
            world,
            &team,
            "a2",
            "2026-12-08T11:00:00Z",
            "!embargo 2026-12-10 15:30 Dana publishes on that day.\n\nLet us hurry.",
        );
        assert_eq!(case(world), ("embargoed".into(), "2026-12-08T11:00:00Z".into(), "2026-12-10T15:30:00Z".into()));
        let dana = words(the(&letters, "notice", DANA));
        assert!(dana.contains("Thu 2026-12-10 15:30 UTC We publish the advisory and the fix. Until now, that was to be on Mon 2026-12-28 12:00 UTC."), "{dana}");
        assert!(dana.contains("Why: “Dana publishes on that day.”") && !dana.contains("hurry"), "{dana}");
        let answer = words(the(&letters, "answer", ALICE));
        assert!(answer.contains("predisclosure at once, as soon as the advisory is approved"), "{answer}");
        assert!(
            answer.contains("The predisclosure list gets less time to prepare") && !answer.contains("insists"),
            "{answer}"
        );

        let letters = world.at("2026-12-08T12:00:00Z").mails(&vouched(ALICE, &team, "s1", "!status"));
        let status = the(&letters, "answer", ALICE).text();
        for line in [
            "predisclosure: Tue 2026-12-08 11:00 UTC (as soon as the advisory is approved)",
            "publication:   Thu 2026-12-10 15:30 UTC (agreed)",
            "  | Dana publishes on that day.",
            ": Thu 2026-12-10; they insist",
        ] {
            assert!(status.contains(line), "“{line}” in:\n{status}");
        }
    });
}

#[test]
fn a_discoverer_who_wants_slower_is_heard_and_the_team_decides() {
    story("embargo-slower", |world| {
        let team = reported(world);
        joined(world, &team);
        let letters = world
            .at("2026-12-09T09:00:00Z")
            .mails(&danas("d1", "Could we have an embargo until 15 January? Our vendor is closed over Christmas."));
        let relay = words(the(&letters, "relay", ALICE));
        assert!(relay.contains("They speak of Fri 2027-01-15, after our date"), "{relay}");
        let letters = commands(
            world,
            &team,
            "a1",
            "2026-12-09T10:00:00Z",
            "!embargo Friday, 15 January 2027: a vendor is closed over Christmas",
        );
        assert_eq!(case(world), ("embargoed".into(), "2026-12-14T12:00:00Z".into(), "2027-01-15T12:00:00Z".into()));
        let answer = words(the(&letters, "answer", ALICE));
        assert!(
            answer.contains("By our rules it would be Mon 2026-12-28; a longer delay is for the discoverer"),
            "{answer}"
        );
        for reader in [BOB, CAROL, DANA] {
            let told = words(the(&letters, "notice", reader));
            assert!(told.contains("Why: “a vendor is closed over Christmas”"), "{told}");
        }
        let record = world.json(&["audit", "list"]);
        let changed = record.as_array().unwrap().iter().find(|line| line["act"] == "dates changed").unwrap();
        assert!(
            changed["detail"].as_str().unwrap().contains("publication 2026-12-28T12:00:00Z -> 2027-01-15T12:00:00Z")
        );
    });
}

#[test]
fn exploited_on_the_third_day_ends_the_embargo_and_asks_for_the_advisory_at_once() {
    story("embargo-exploited", |world| {
        let team = reported(world);
        joined(world, &team);
        commands(world, &team, "a1", "2026-12-08T09:00:00Z", "!embargo");
        let seen = "Two hosting providers saw guests escape since Tuesday.";
        let letters = commands(world, &team, "a2", "2026-12-09T14:00:00Z", &format!("!exploited {seen}"));
        assert_eq!(case(world).0, "public");
        let bob = words(the(&letters, "notice", BOB));
        assert!(bob.contains("THE ADVISORY IS DUE NOW") && bob.contains(seen), "{bob}");
        for line in [
            "- in public, to xen-announce@lists.example.org",
            "- in public, to oss-security@lists.openwall.com",
            "- to the predisclosure list, which has no members yet",
            "- to those who know of the case: Dana Doe, Carol Coordinator",
        ] {
            assert!(bob.contains(line) && words(the(&letters, "answer", ALICE)).contains(line), "“{line}” in {bob}");
        }
        for reader in [CAROL, DANA] {
            let told = words(the(&letters, "notice", reader));
            assert!(told.contains("is used in attacks. So there is no embargo any more."), "{told}");
            assert!(!told.contains("hosting") && !told.contains("xen-announce"), "that is for the team: {told}");
        }

        // No date can be agreed any more; more is known, and kept.
        let letters = commands(world, &team, "a3", "2026-12-09T15:00:00Z", "!embargo 2026-12-15 after all");
        assert!(words(the(&letters, "refusal", ALICE)).contains("case 1 has no embargo any more"));
        let letters = commands(world, &team, "a4", "2026-12-09T16:00:00Z", "!exploited a third one, too");
        assert!(letters.iter().all(|letter| letter.kind != "notice"), "{:?}", kinds(&letters));
        let letters = world.at("2026-12-09T17:00:00Z").mails(&vouched(ALICE, &team, "s1", "!status"));
        let status = the(&letters, "answer", ALICE).text();
        assert!(status.contains("there is no embargo") && status.contains("  | a third one, too"), "{status}");
    });
}

#[test]
fn what_is_already_public_has_no_embargo() {
    story("embargo-public", |world| {
        let team = reported(world);
        let place = "https://git.example.net/?p=xen.git;a=commit;h=0123456789";
        let letters = commands(world, &team, "a1", "2026-12-07T10:00:00Z", &format!("!public {place}"));
        assert_eq!(case(world).0, "public");
        assert!(words(the(&letters, "notice", DANA)).contains(place), "{}", the(&letters, "notice", DANA).text());
        assert!(
            words(the(&letters, "notice", BOB)).contains("write the advisory now: “!assign”, then “!advisory” above")
        );
        assert!(words(the(&letters, "answer", ALICE)).contains("say “!assign”, then “!advisory” above its text."));
        // Somebody uses it already: that is new, and told.
        let letters = commands(world, &team, "a2", "2026-12-07T11:00:00Z", "!exploited seen in the wild");
        assert!(words(the(&letters, "notice", DANA)).contains("is used in attacks"));
        let letters = commands(world, &team, "a3", "2026-12-07T12:00:00Z", "!public also on a blog");
        assert!(words(the(&letters, "answer", ALICE)).contains("Nobody outside the team was told."));
        // It is a problem of ours, and its advisory waits for nothing: somebody sends it, and says so.
        let letters = commands(
            world,
            &team,
            "a4",
            "2026-12-07T13:00:00Z",
            "!skip advisory it was written by hand\n!done publish",
        );
        let answer = words(the(&letters, "answer", ALICE));
        assert!(answer.contains("the advisory is public, and case 1 is released."), "{answer}");
        let shown = world.json(&["case", "show", "1"]);
        let confirm = shown["steps"].as_array().unwrap().iter().find(|step| step["id"] == "confirm").unwrap();
        assert_eq!((&shown["state"], &confirm["state"]), (&"released".into(), &"done".into()));
    });
}

#[test]
fn dates_that_could_mean_something_else_are_asked_back() {
    story("embargo-ambiguous", |world| {
        let team = reported(world);
        for (minute, text, why, remedy) in [
            (
                0,
                "next Friday they need it",
                "depends on when somebody reads it",
                "“!embargo 2026-12-11 TEXT” or “!embargo 2026-12-18 TEXT”",
            ),
            (
                1,
                "03/04/2027 they need it",
                "could mean several days",
                "“!embargo 2027-04-03 TEXT” or “!embargo 2027-03-04 TEXT”",
            ),
            (2, "Friday 15 December 2026 they need it", "2026-12-15 is a Tuesday", "“!embargo 2026-12-15 TEXT”"),
            (3, "15 December they need it", "does not say the year", "“!embargo 2027-12-15 TEXT”"),
            (4, "31 November 2026 they need it", "no day 2026-11-31", "“!embargo 2026-11-30 TEXT”"),
            (5, "2026-12-15 15:00 CET they need it", "is not in UTC", "write “!embargo 2026-12-15 14:00 TEXT”"),
            (6, "2026-12-15", "no reason stands behind the date", "write why, behind the date"),
            (7, "2026-12-01 they need it", "Tue 2026-12-01 12:00 UTC is past", "or choose a later date"),
            (8, "now they know", "“now” is no date", "say “!public” or “!exploited” instead"),
            (9, "they need it sooner", "is no date that can be read", "write a day like 2026-12-15"),
            (10, "restart the patch was faulty", "do not count dates anew", "“!embargo DATE TEXT”"),
        ] {
            let when = format!("2026-12-07T10:{minute:02}:00Z");
            let letters = commands(world, &team, &format!("a{minute}"), &when, &format!("!embargo {text}"));
            let refusal = words(the(&letters, "refusal", ALICE));
            assert!(refusal.contains(why) && refusal.contains(remedy), "{text}: {refusal}");
            assert!(letters.iter().all(|letter| letter.to != DANA), "{:?}", kinds(&letters));
        }
        assert_eq!(case(world), ("triage".into(), "2026-12-14T12:00:00Z".into(), "2026-12-28T12:00:00Z".into()));
    });
}

#[test]
fn the_first_mail_may_say_a_date_and_what_strangers_and_the_team_write_is_no_hint() {
    let mut world = World::new(LineEnds::Lf);
    let raw = report().replace("\n\nDana", "\n\nWe will publish it on 10 January.\n\nDana");
    let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
    let relay = the(&letters, "relay", ALICE);
    assert!(words(relay).contains("insist on Sun 2027-01-10, after our date"), "{}", relay.text());
    let team = relay.header("Reply-To");
    let eve = danas("e1", "We will publish on 2026-12-20.")
        .replace("dana@research", "eve@elsewhere")
        .replace("Dana Doe", "Eve");
    let bobs = vouched(BOB, &team, "b1", "We will publish on 2026-12-20.");
    for (minute, raw) in [(10, eve), (20, bobs)] {
        let letters = world.at(&format!("2026-12-07T10:{minute}:00Z")).mails(&raw);
        let relay = the(&letters, "relay", ALICE).text();
        assert!(!relay.contains("What it says of dates"), "{relay}");
    }
    let letters = world.at("2026-12-07T11:00:00Z").mails(&vouched(ALICE, &team, "s1", "!status"));
    let status = the(&letters, "answer", ALICE).text();
    assert!(status.contains("Sun 2027-01-10; they insist") && !status.contains("2026-12-20"), "{status}");
}

#[test]
fn a_date_goes_with_its_mail_to_another_case() {
    let mut world = World::new(LineEnds::Lf);
    let team = reported(&mut world);
    let letters =
        world.at("2026-12-08T09:00:00Z").mails(&danas("d1", "Another one. We will publish that on 2026-12-10."));
    let relay = the(&letters, "relay", ALICE).message_id();
    let when = "2026-12-08T10:00:00Z";
    let split = signed(&world, ALICE, &team, "a1", when, "!split");
    let split = split.replacen("MIME-Version: 1.0", &format!("In-Reply-To: {relay}\nMIME-Version: 1.0"), 1);
    let letters = world.at(when).mails(&split);
    let second = letters.iter().find(|letter| letter.to == ALICE && letter.subject().contains("case 2")).unwrap();
    let seconds = second.header("Reply-To");
    let mut status = |to: &str, id: &str| {
        let letters = world.at("2026-12-08T11:00:00Z").mails(&vouched(ALICE, to, id, "!status"));
        the(&letters, "answer", ALICE).text()
    };
    let (first, second) = (status(&team, "s1"), status(&seconds, "s2"));
    assert!(!first.contains("they insist"), "{first}");
    assert!(second.contains("Thu 2026-12-10; they insist"), "{second}");
}

#[test]
fn what_came_encrypted_is_told_only_where_it_can_leave_encrypted() {
    story("embargo-encrypted", |world| {
        // Of a hint that came encrypted the relay repeats no word.
        let raw = in_cipher(&report(), "We will publish on 2026-12-10, regardless of the wombat.");
        let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
        let relay = the(&letters, "relay", ALICE);
        let text = words(relay);
        assert!(text.contains("It insists on Thu 2026-12-10, before our date") && !text.contains("wombat"), "{text}");

        // Why the dates change leaves encrypted; Dana, without a certificate, hears the dates all the same.
        let team = relay.header("Reply-To");
        let when = "2026-12-07T10:00:00Z";
        let clear = signed(world, ALICE, &team, "a1", when, "!embargo 2026-12-10 the platypus needs it");
        let (header, entity) = clear.split_once("MIME-Version: 1.0\n").unwrap();
        let letters = world.at(when).mails(&format!("{header}MIME-Version: 1.0\n{}", encrypted(entity)));
        let bob = the(&letters, "notice", BOB);
        assert!(bob.opened.is_some() && bob.text().contains("platypus"), "{}", bob.text());
        let dana = the(&letters, "notice", DANA);
        assert!(
            dana.text().contains("Thu 2026-12-10 12:00 UTC") && !dana.text().contains("platypus"),
            "{}",
            dana.text()
        );
        assert!(words(dana).contains("Ask us for it, and attach your public key."), "{}", dana.text());
        for letter in letters.iter().filter(|letter| letter.opened.is_none()) {
            let raw = String::from_utf8_lossy(&letter.raw);
            assert!(!raw.contains("platypus") && !raw.contains("wombat"), "{raw}");
        }
    });
}

/// A project with a calendar, limits, and a clock that may be restarted.
fn strict(world: &World) {
    let xen = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    let usual = "release_hour = \"12:00\"";
    let rules =
        "release_hour = \"12:00\"\nrestart = true\nlimits = { latest_days = 28, extended_days = 42, extensions = 1 }";
    assert!(xen.contains(usual));
    std::fs::write(world.dir.join("own.toml"), xen.replacen(usual, rules, 1)).unwrap();
    std::fs::create_dir(world.dir.join("calendars")).unwrap();
    let days = "# Days off\n2026-12-24 Christmas Eve\n2026-12-25 Christmas Day\n2026-12-28 Boxing Day (substitute)\n";
    std::fs::write(world.dir.join("calendars/ours.txt"), days).unwrap();
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let ours = "profile_file = \"own.toml\"\ncalendars = [\"calendars/ours.txt\"]";
    std::fs::write(world.config(), format!("{ours}\n{settings}")).unwrap();
}

#[test]
fn dates_are_counted_around_holidays_and_anew_when_a_patch_was_faulty_and_extensions_are_counted() {
    story("embargo-restarted", |world| {
        strict(world);
        let team = reported(world);
        assert_eq!(case(world), ("triage".into(), "2026-12-14T12:00:00Z".into(), "2026-12-31T12:00:00Z".into()));
        commands(world, &team, "a1", "2026-12-08T09:00:00Z", "!embargo");

        // The day that everybody would take, on which nobody works.
        let letters = commands(world, &team, "a2", "2026-12-08T10:00:00Z", "!embargo 2026-12-28 Dana asks for it");
        let answer = words(the(&letters, "answer", ALICE));
        assert!(answer.contains("Mon 2026-12-28 is no working day: it is Boxing Day (substitute)."), "{answer}");
        assert!(answer.contains("which would end on Thu 2026-12-31."), "{answer}");

        let letters =
            commands(world, &team, "a3", "2026-12-10T16:00:00Z", "!embargo restart\n\nThe first patch was faulty.");
        assert_eq!(case(world), ("embargoed".into(), "2026-12-17T12:00:00Z".into(), "2027-01-05T12:00:00Z".into()));
        let dana = words(the(&letters, "notice", DANA));
        assert!(
            dana.contains("are counted anew from today.") && dana.contains("Why: “The first patch was faulty.”"),
            "{dana}"
        );
        let answer = words(the(&letters, "answer", ALICE));
        assert!(answer.contains("are counted anew from today") && !answer.contains("Mind:"), "{answer}");

        let letters = commands(world, &team, "a4", "2026-12-11T10:00:00Z", "!embargo 2027-01-12 one more week");
        assert!(words(the(&letters, "answer", ALICE)).contains("This is the one extension that our rules allow."));
        let letters = commands(world, &team, "a5", "2026-12-12T10:00:00Z", "!embargo 2027-01-26 two more weeks");
        let answer = words(the(&letters, "answer", ALICE));
        assert!(
            answer.contains("Even extended, our rules end an embargo after 42 days, on Thu 2027-01-21."),
            "{answer}"
        );
        assert!(answer.contains("Our rules allow one extension, and there was one."), "{answer}");
        assert_eq!(case(world).2, "2027-01-26T12:00:00Z", "what the team decides is taken");
    });
}

#[test]
fn a_closed_case_has_no_dates_to_agree_to_and_a_calendar_that_cannot_be_read_stops_the_program() {
    let mut world = World::new(LineEnds::Lf);
    let team = reported(&mut world);
    commands(&mut world, &team, "a1", "2026-12-07T10:00:00Z", "!spam");
    for (minute, command) in
        [(1, "!embargo"), (2, "!embargo 2026-12-15 why not"), (3, "!public there"), (4, "!exploited so")]
    {
        let when = format!("2026-12-07T10:{minute:02}:00Z");
        let letters = commands(&mut world, &team, &format!("b{minute}"), &when, command);
        let refusal = words(the(&letters, "refusal", ALICE));
        assert!(refusal.contains("case 1 is closed.") && refusal.contains("“!reopen”"), "{refusal}");
        assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
    }
    strict(&world);
    let path = world.dir.join("calendars/ours.txt");
    std::fs::write(&path, "2026-12-25 Christmas Day\n25/12/2027 Christmas Day\n").unwrap();
    let output = world.command(&["run", "--once", "--at", "2026-12-07T11:00:00Z"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("ours.txt line 2: “25/12/2027” is not a day"), "{said}");
}
