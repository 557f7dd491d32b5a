//! The steps of a case as weeks pass: who is reminded of what, and when; what the desk does by itself; what is open.

use super::*;
use crate::world::{Letter, kinds, the};

const RITA: &str = "rita@releases.example.org";

/// Alice's own address in the case.
fn reported(world: &mut World) -> String {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    the(&letters, "relay", ALICE).header("Reply-To")
}

/// A member gives commands in a mail they sign.
fn commands(world: &mut World, who: &str, to: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, who, to, id, when, text);
    world.at(when).mails(&raw)
}

/// The states of the steps in one line, but those that are over.
fn open(world: &World) -> String {
    let case = world.json(&["case", "show", "1"]);
    let steps = case["steps"].as_array().unwrap().iter();
    let open = steps.filter(|step| !["done", "skipped"].contains(&step["state"].as_str().unwrap()));
    let shown = open.map(|step| format!("{}: {}", step["id"].as_str().unwrap(), step["state"].as_str().unwrap()));
    shown.collect::<Vec<_>>().join(", ")
}

/// What a letter says, on one line.
fn flat(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reminder is about, by its items.
fn items(letter: &Letter) -> Vec<String> {
    let text = letter.text();
    let begins = text.split("\n\n").filter(|paragraph| paragraph.starts_with("- "));
    begins.map(|item| item.split_whitespace().take(8).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn who_of_the_team_does_nothing_is_reminded_then_all_are_and_then_weekly() {
    story("reminders-over-three-weeks", |world| {
        let team = reported(world);
        assert!(world.at("2026-12-08T09:12:03Z").waits().is_empty(), "it is not due yet");
        // Nobody takes care of it: all of the team is the owner.
        let letters = world.at("2026-12-08T09:12:04Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        assert_eq!(world.at("2026-12-08T09:12:04Z").waits().len(), 0, "nothing twice");

        commands(world, ALICE, &team, "own", "2026-12-08T10:00:00Z", "!owner Alice");
        // Now only she is reminded before a date, and when it is there …
        let letters = world.at("2026-12-09T09:12:04Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        assert_eq!(items(the(&letters, "reminder", ALICE)).len(), 3, "two steps, and Dana waits for an answer");
        assert_eq!(items(the(&letters, "reminder", BOB)).len(), 1, "Dana waits for an answer");
        let letters = world.at("2026-12-10T09:12:04Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org"]);
        // … and a working day later all are.
        let letters = world.at("2026-12-11T09:12:04Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        // A working day before the list is to be told, all hear that it cannot be done.
        let letters = world.at("2026-12-11T12:00:00Z").waits();
        let bobs = flat(the(&letters, "reminder", BOB));
        assert!(
            bobs.contains(
                "On Mon 2026-12-14 12:00 UTC, we are to tell the predisclosure list. It cannot be done yet: “dates”, \
                 “advisory” and “patches” are missing."
            ),
            "{bobs}"
        );
        // On Monday there is the weekly list. Then the desk stands still for two weeks: one reminder, not all.
        let letters = world.at("2026-12-14T06:00:00Z").waits();
        assert!(the(&letters, "reminder", BOB).subject().contains("This week: 1 thing"));
        let letters = world.at("2026-12-26T00:00:00Z").waits();
        let late = letters.iter().find(|one| one.to == BOB && !one.subject().contains("This week")).unwrap();
        let late = flat(late);
        assert!(late.contains("PAST: on Mon 2026-12-14 12:00 UTC") && late.contains("(past, and not done)"), "{late}");
        assert!(!late.contains("!skip confirm"), "{late}");
        assert_eq!(letters.len(), 4, "of all steps one letter, and one weekly list: {:?}", kinds(&letters));
        // Whoever says what it is is reminded of nothing else.
        commands(
            world,
            ALICE,
            &team,
            "done",
            "2026-12-26T01:00:00Z",
            "!skip confirm it is a test\n!skip dates it is none",
        );
        let left = open(world);
        assert!(left.split(", ").all(|one| !one.starts_with("confirm") && !one.starts_with("dates")), "{left}");
    });
}

#[test]
fn no_patch_in_time_means_an_advisory_without_one_is_due_and_the_patch_stays_wanted() {
    story("no-patch-in-time", |world| {
        let team = reported(world);
        let skip = "!owner Alice\n!skip confirm we know it is one\n!skip dates as proposed\n!skip cve none yet\n!skip cve-known none yet\n!skip others \
                    nobody else has grants\n!skip affected all\n!skip number none yet";
        commands(world, ALICE, &team, "own", "2026-12-07T10:00:00Z", skip);
        assert_eq!(
            open(world),
            "patches: open, advisory: open, predisclose: waiting, no-patch-advisory: open, publish: waiting, \
             push-changesets: waiting, announcements-page: waiting, updates: waiting"
        );
        // Two working weeks before the release of the 28th is the day of the predisclosure; a working day before it the
        // team hears that it will be due, and Alice that the patch is.
        let letters = world.at("2026-12-11T12:00:00Z").waits();
        assert!(flat(the(&letters, "reminder", BOB)).contains("without a patch"));
        let alices = the(&letters, "reminder", ALICE).text();
        assert!(alices.contains("“patches”") && alices.contains("“no-patch-advisory”"), "{alices}");
        world.at("2026-12-14T06:00:00Z").waits(); // the weekly list
        let letters = world.at("2026-12-14T12:00:00Z").waits();
        let bobs = flat(the(&letters, "reminder", BOB));
        assert!(bobs.contains("Now, on Mon 2026-12-14 12:00 UTC"), "{bobs}");
        let how = "“!embargo”, as the dates are not agreed; “!advisory” without patches, and its approval; then the desk does it";
        assert!(bobs.contains(how) && bobs.contains("If there is no patch in time, it goes without one"), "{bobs}");
        let refused = commands(world, ALICE, &team, "no", "2026-12-14T13:00:00Z", "!done no-patch-advisory");
        assert!(flat(the(&refused, "refusal", ALICE)).contains("the case is not under an embargo"));
        let sent = "!embargo\n!done no-patch-advisory";
        let letters = commands(world, ALICE, &team, "sent", "2026-12-14T14:00:00Z", sent);
        let answer = flat(the(&letters, "answer", ALICE));
        assert!(answer.contains("the predisclosure list was told, and case 1 is predisclosed"), "{answer}");
        assert!(answer.contains("overdue since Fri 2026-12-11 12:00 UTC (“!affects” and “!patch”)"), "{answer}");
        // The patches are to follow; the publication waits for the advisory only.
        let left = open(world);
        assert!(
            left.starts_with("patches: overdue, advisory: overdue, send-patches: waiting, publish: waiting"),
            "{left}"
        );
        world.at("2026-12-24T12:00:00Z").waits();
        let letters = world.at("2026-12-25T12:00:00Z").waits();
        let bobs = flat(the(&letters, "reminder", BOB));
        assert!(
            bobs.contains("On Mon 2026-12-28 12:00 UTC, we are to publish. It cannot be done yet: “advisory” is"),
            "{bobs}"
        );
        let letters = commands(world, ALICE, &team, "out", "2026-12-28T12:00:00Z", "!done publish");
        let answer = flat(the(&letters, "answer", ALICE));
        assert!(answer.contains("Told that it is public: dana@research.example.net."), "{answer}");
        let told = flat(the(&letters, "notice", DANA));
        assert!(told.contains("the advisory of your case 1 is public. A program wrote this letter."), "{told}");
        assert!(told.contains("There is no embargo any more"), "{told}");
        assert_eq!(world.json(&["case", "show", "1"])["state"], "released");
        let left = open(world);
        assert!(!left.contains("send-patches") && left.contains("push-changesets: overdue"), "{left}");
    });
}

#[test]
fn a_discoverer_who_waits_is_not_forgotten_and_one_who_vanishes_stops_nothing() {
    story("discoverer-vanishes", |world| {
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let relay = the(&letters, "relay", ALICE);
        let (team, both) = (relay.header("Reply-To"), relay.address_after(BOTH));
        commands(world, ALICE, &team, "own", "2026-12-07T10:00:00Z", "!owner Alice\n!skip confirm it is one");
        let letters = world.at("2026-12-09T09:12:04Z").waits();
        assert!(the(&letters, "reminder", BOB).subject().contains("The discoverer waits for an answer"));
        world.at("2026-12-09T10:00:00Z").mails(&vouched(ALICE, &both, "a1", "Do these dates suit you?"));
        // Five working days without a word.
        world.at("2026-12-15T10:00:00Z").waits();
        let letters = world.at("2026-12-16T10:00:00Z").waits();
        let bobs = flat(the(&letters, "reminder", BOB));
        assert!(bobs.contains("nothing came from them since"), "{bobs}");
        assert!(world.at("2026-12-16T11:00:00Z").waits().is_empty(), "once");
        // She is back, and waits again.
        let back = mail(
            "From: Dana Doe <dana@research.example.net>
To: security@example.org
Subject: Re: Guest can read host memory
Date: Wed, 16 Dec 2026 12:00:00 +0000
In-Reply-To: <report-1@research.example.net>
Message-ID: <back@research.example.net>",
            "Sorry, I was ill. The dates are fine.",
        );
        world.at("2026-12-16T12:00:00Z").mails(&back);
        let letters = world.at("2026-12-18T12:00:00Z").waits();
        assert!(the(&letters, "reminder", BOB).text().contains("The discoverer wrote on Wed 2026-12-16 12:00 UTC"));
    });
}

#[test]
fn steps_are_said_to_be_done_in_their_order_or_not_to_be_needed() {
    story("steps-done-and-skipped", |world| {
        let team = reported(world);
        let say = |world: &mut World, minute: u8, text: &str| {
            let when = format!("2026-12-07T10:{minute:02}:00Z");
            let letters = commands(world, ALICE, &team, &format!("m{minute}"), &when, text);
            letters.into_iter().find(|letter| letter.to == ALICE && letter.kind != "relay").unwrap()
        };
        for (minute, typed, expected) in [
            (1, "!done advisery", "there is no step “advisery”. Did you mean “advisory”?"),
            (2, "!done confirm", "write “!confirm”, “!invalid WHY” or “!duplicate NUMBER”."),
            (3, "!done publish", "step “publish” waits for “advisory”."),
            (
                4,
                "!done advisory",
                "write “!advisory”, and its approval; or, if it is not needed, “!skip advisory” and the reason.",
            ),
        ] {
            let letter = say(world, minute, typed);
            assert_eq!(letter.kind, "refusal", "{}", letter.text());
            let text = flat(&letter);
            assert!(text.contains(expected), "{text}");
        }
        let letter = say(world, 5, "!skip affected every branch is\n!skip number none yet\n!skip advisory by hand");
        let text = flat(&letter);
        assert!(text.contains("Step “advisory” is not needed"), "{text}");
        let letter = say(world, 6, "!status");
        let text = letter.text();
        assert!(text.contains("[-] 3.5  advisory") && text.contains("[-] 3.4  affected"), "{text}");
        assert!(text.contains("every branch is") && text.contains("after dates, patches"), "{text}");
        // Who changes their mind says so.
        say(world, 7, "!skip advisory it was the wrong one");
        assert!(world.does(&["case", "show", "1"]).contains("advisory            3.5     skipped"));
        // A closed case has no steps to do.
        say(world, 8, "!spam");
        let letter = say(world, 9, "!skip patches none");
        assert!(letter.text().contains("!reopen"), "{}", letter.text());
    });
}

#[test]
fn whoever_was_asked_to_take_part_and_says_nothing_is_told_to_the_team_once() {
    story("asked-and-silent", |world| {
        let team = reported(world);
        let add = "!owner Alice\n!add Carol Coordinator <carol@cert.example.com> as coordinator";
        commands(world, ALICE, &team, "ask", "2026-12-07T10:00:00Z", add);
        world.at("2026-12-09T09:59:59Z").waits();
        let letters = world.at("2026-12-09T10:00:00Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        let bobs = flat(the(&letters, "reminder", BOB));
        assert!(bobs.contains("has not answered") && bobs.contains("“!remove carol@cert.example.com”"), "{bobs}");
        assert!(world.at("2026-12-09T11:00:00Z").waits().is_empty(), "once");
        // Who is removed is waited for no more; asked again, it is another matter.
        let bob = the(&letters, "reminder", BOB).header("Reply-To");
        commands(world, BOB, &bob, "no", "2026-12-09T12:00:00Z", "!remove carol@cert.example.com");
        commands(world, BOB, &bob, "again", "2026-12-09T12:30:00Z", add.lines().last().unwrap());
        let letters = world.at("2026-12-11T12:30:00Z").waits();
        assert!(flat(the(&letters, "reminder", BOB)).contains("was asked on Wed 2026-12-09 12:30 UTC"));
    });
}

/// A profile of one's own, with these steps in place of Xen's.
fn with_steps(world: &World, steps: &str) {
    let xen = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    let (head, _) = xen.split_once("[[step]]").unwrap();
    std::fs::write(world.dir.join("own.toml"), format!("{head}{steps}")).unwrap();
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let settings = settings.replacen("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"own.toml\"", 1);
    std::fs::write(world.config(), settings).unwrap();
}

const MANAGER: &str = "
[[step]]
id = \"take\"
title = \"say who takes care of the case\"
owner = \"team\"
done_when = [\"owned\"]

[[step]]
id = \"tell-manager\"
title = \"tell the release manager\"
owner = \"team\"
after = [\"take\"]
letter = { to = \"release-manager\", words = \"A security fix will be part of the next release; please plan two days for it.\" }

[[step]]
id = \"branch\"
title = \"prepare the release branch\"
owner = \"release-manager\"
after = [\"tell-manager\"]
due = { working_days = 1 }
";

#[test]
fn the_desk_tells_whom_the_playbook_names_once_and_they_take_part_from_then_on() {
    story("playbook-tells", |world| {
        with_steps(world, MANAGER);
        let contact = format!(
            "\n[[contact]]\nid = \"manager\"\npart = \"release-manager\"\nname = \"Rita Release\"\naddress = \"{RITA}\"\n\
             agreed = true\n"
        );
        let settings = std::fs::read_to_string(world.config()).unwrap();
        std::fs::write(world.config(), settings + &contact).unwrap();
        let team = reported(world);
        let letters = commands(world, ALICE, &team, "own", "2026-12-07T10:00:00Z", "!owner Alice");
        let told = the(&letters, "notice", RITA).clone();
        assert!(flat(&told).contains("please plan two days for it"), "{}", told.text());
        assert!(!told.text().contains("Guest can read"), "{}", told.text());
        assert!(flat(the(&letters, "reminder", BOB)).contains("Rita Release"));
        // She is reminded of what is hers, and it is not the team's.
        let letters = world.at("2026-12-08T10:00:00Z").waits();
        assert_eq!(kinds(&letters), [format!("reminder {RITA}")]);
        assert_eq!(open(world), "branch: overdue");
        assert_eq!(letters[0].header("Reply-To"), told.header("Reply-To"), "she answers the team");
    });
}

#[test]
fn where_the_settings_name_nobody_the_team_does_it_by_hand() {
    story("playbook-by-hand", |world| {
        with_steps(world, MANAGER);
        let team = reported(world);
        let letters = commands(world, ALICE, &team, "own", "2026-12-07T10:00:00Z", "!owner Alice");
        let bobs = the(&letters, "reminder", BOB).text();
        assert!(bobs.contains("The settings name nobody"), "{bobs}");
        assert_eq!(open(world), "tell-manager: open, branch: waiting");
        commands(world, BOB, &team_of(&letters, BOB), "done", "2026-12-07T11:00:00Z", "!done tell-manager");
        assert_eq!(open(world), "branch: open");
    });
}

/// Somebody's own address in the case, as their reminder has it.
fn team_of(letters: &[Letter], whom: &str) -> String {
    the(letters, "reminder", whom).header("Reply-To")
}

#[test]
fn once_a_week_the_team_gets_everything_open_on_one_screen_and_nothing_when_there_is_nothing() {
    story("weekly-list", |world| {
        world.at("2026-12-03T12:00:00Z").waits();
        assert!(world.at("2026-12-07T06:00:00Z").waits().is_empty(), "nothing is open");
        let team = reported(world);
        for (number, hour) in (2..=10).zip(10..) {
            let other = report()
                .replace("report-1@", &format!("report-{number}@"))
                .replace("a guest that", &format!("{number}: a guest that"))
                .replace("Mon, 07 Dec 2026 09:12:04", &format!("Mon, 07 Dec 2026 {hour}:12:04"));
            world.at(&format!("2026-12-07T{hour}:12:04Z")).mails(&other);
        }
        commands(world, ALICE, &team, "spam", "2026-12-07T22:00:00Z", "!spam");
        world.at("2026-12-12T00:00:00Z").waits();
        let letters = world.at("2026-12-14T06:00:00Z").waits();
        let weekly: Vec<&Letter> = letters.iter().filter(|one| one.subject().contains("This week: 9 things")).collect();
        assert_eq!(weekly.len(), 2);
        let text = weekly[0].text();
        assert!(
            flat(weekly[0]).contains("- Case 2, triage: say who of the team takes care of the case, overdue"),
            "{text}"
        );
        assert!(text.contains("- And 1 more") && text.lines().count() <= 30, "{text}");
        assert!(!text.contains("Guest can read"), "titles stay where they are");
        let status = world.does(&["status"]);
        assert!(status.contains("OVERDUE"), "{status}");
    });
}
