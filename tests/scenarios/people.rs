//! People in a case: who is asked to take part, what they hear before and after they agreed, and what is said to whom.

use super::encrypted::sealed_report;
use super::readers::has_key;
use super::*;
use crate::world::{Letter, kinds, the};

const CAROL: &str = "carol@cert.example.com";
const ERIN: &str = "erin@vendor.example.net";
/// Words of the case: nobody may read them who has not agreed.
const CANARIES: [&str; 9] =
    ["memory", "grant", "mapping", "hypercall", "dana", "research.example", "case 1", "case", "report"];

/// A mail of somebody outside of the team whose server vouches for them.
fn proven(who: &str, to: &str, id: &str, text: &str) -> String {
    let domain = who.rsplit_once('@').unwrap().1.trim_end_matches('>');
    vouched(who, to, id, text).replace("header.from=example.org", &format!("header.from={domain}"))
}

/// A mail of this person of which nobody knows whether they wrote it.
fn unproven(who: &str, to: &str, id: &str, text: &str) -> String {
    vouched(who, to, id, text)
        .replace("Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n", "")
}

/// Another mail of Dana's in her case.
fn more(id: &str, text: &str) -> String {
    proven("Dana Doe <dana@research.example.net>", "security@example.org", id, text)
        .replace("Date:", "In-Reply-To: <report-1@research.example.net>\nDate:")
        .replace("Re: the case", "Re: Guest can read host memory")
}

fn to<'l>(letters: &'l [Letter], whom: &str) -> Vec<&'l Letter> {
    letters.iter().filter(|letter| letter.to == whom).collect()
}

/// Alice's own addresses in the case: for the team, and for the discoverer too.
struct Thread {
    team: String,
    both: String,
}

/// Dana has reported, and Alice has her copy.
fn reported(world: &mut World) -> Thread {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let relay = the(&letters, "relay", ALICE);
    Thread { team: relay.header("Reply-To"), both: relay.address_after(BOTH) }
}

/// Alice gives commands in a mail she signs.
fn commands(world: &mut World, thread: &Thread, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, ALICE, &thread.team, id, when, text);
    world.at(when).mails(&raw)
}

/// Alice asks Carol, and Carol gets this question.
fn asked(world: &mut World, thread: &Thread) -> Letter {
    let add = format!("!add Carol Coordinator <{CAROL}> as coordinator");
    let letters = commands(world, thread, "ask", "2026-12-07T10:00:00Z", &add);
    the(&letters, "confirmation", CAROL).clone()
}

/// Carol was asked and agreed; her address in the case.
fn agreed(world: &mut World, thread: &Thread) -> String {
    let question = asked(world, thread);
    let letters =
        world.at("2026-12-07T11:00:00Z").mails(&proven(CAROL, &question.header("Reply-To"), "yes", "agree\n\nCarol"));
    the(&letters, "relay", CAROL).header("Reply-To")
}

fn holds_nothing_of_the_case(letter: &Letter) {
    let shown = String::from_utf8_lossy(&letter.raw).to_lowercase() + &letter.text().to_lowercase();
    for canary in CANARIES {
        assert!(!shown.contains(canary), "“{canary}” in:\n{shown}");
    }
}

#[test]
fn a_coordinator_hears_nothing_before_they_agree_and_the_case_so_far_after() {
    story("coordinator-agrees", |world| {
        let thread = reported(world);
        world.at("2026-12-07T09:30:00Z").mails(&vouched(
            ALICE,
            &thread.team,
            "private",
            "Between us: is this hypercall?",
        ));
        world.at("2026-12-07T09:40:00Z").mails(&vouched(ALICE, &thread.both, "a1", "Which version do you use?"));
        let add = format!("!add Carol Coordinator <{CAROL}> as coordinator");
        let letters = commands(world, &thread, "ask", "2026-12-07T10:00:00Z", &add);
        assert_eq!(
            kinds(&letters),
            [
                "answer alice@example.org",
                "confirmation carol@cert.example.com",
                "notice alice@example.org",
                "notice bob@example.org",
                "relay alice@example.org",
                "relay bob@example.org"
            ]
        );
        let question = the(&letters, "confirmation", CAROL).clone();
        holds_nothing_of_the_case(&question);
        assert!(question.text().contains("Alice"), "who asks: {}", question.text());

        // Dana's next mail is not for somebody who has not agreed.
        let letters = world.at("2026-12-07T10:30:00Z").mails(&more("d2", "It is version 4.14."));
        assert!(to(&letters, CAROL).is_empty());

        // Nobody can tell what this means.
        let reply_to = question.header("Reply-To");
        let letters = world.at("2026-12-07T10:40:00Z").mails(&proven(CAROL, &reply_to, "q", "What is it about?"));
        let again = the(&letters, "confirmation", CAROL);
        holds_nothing_of_the_case(again);
        assert_eq!(again.header("Reply-To"), reply_to);
        assert!(String::from_utf8_lossy(&the(&letters, "notice", BOB).inside()).contains("What is it about?"));

        let yes = proven(&format!("Carol <{CAROL}>"), &reply_to, "yes", "Agree\n\nCarol");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&yes);
        let so_far = the(&letters, "relay", CAROL).text();
        for theirs in ["stale mapping", "Which version do you use?", "It is version 4.14."] {
            assert!(so_far.contains(theirs), "{so_far}");
        }
        for teams in ["Between us", "!add", "What is it about?"] {
            assert!(!so_far.contains(teams), "{so_far}");
        }
        assert!(!so_far.contains(ALICE), "of the team only the names: {so_far}");
        assert!(the(&letters, "notice", BOB).text().contains("They get 3 mails"));

        // The same answer again is an ordinary mail of somebody who takes part.
        let theirs = the(&letters, "relay", CAROL).header("Reply-To");
        let letters =
            world.at("2026-12-07T11:10:00Z").mails(&proven(CAROL, &theirs, "c1", "Has Erin's company been told?"));
        assert_eq!(
            kinds(&letters),
            ["answer carol@cert.example.com", "relay alice@example.org", "relay bob@example.org"]
        );
        let relay = the(&letters, "relay", BOB).text();
        assert!(relay.contains("somebody who takes part in the case"), "{relay}");
    });
}

#[test]
fn who_takes_part_gets_the_mail_of_the_case_but_what_the_team_writes_to_itself() {
    story("who-takes-part-gets-mail", |world| {
        let thread = reported(world);
        let carols = agreed(world, &thread);

        let letters = world.at("2026-12-07T12:00:00Z").mails(&more("d2", "It is version 4.14."));
        let mail = the(&letters, "relay", CAROL);
        assert!(mail.text().contains("It is version 4.14."), "{}", mail.text());
        assert_eq!(mail.header("Reply-To"), carols);
        assert!(the(&letters, "relay", BOB).text().contains("- Carol Coordinator"));

        let between = vouched(BOB, &thread.team, "b1", "Between us: who is Carol?");
        let letters = world.at("2026-12-07T12:10:00Z").mails(&between);
        assert!(to(&letters, CAROL).is_empty(), "{:?}", kinds(&letters));

        let both =
            vouched(&format!("Alice <{ALICE}>"), &thread.both, "a2", &format!("A patch follows.\n{}", thread.both));
        let letters = world.at("2026-12-07T12:20:00Z").mails(&both);
        let mail = the(&letters, "relay", CAROL);
        assert!(mail.text().contains("A patch follows.\nsecurity@example.org"), "{}", mail.text());
        assert!(the(&letters, "answer", ALICE).text().contains("- Carol Coordinator, who takes part"));
        assert!(the(&letters, "relay", DANA).text().contains("A patch follows."));

        // Nothing proves that Alice wrote this: it goes to the team only.
        let forged = unproven(ALICE, &thread.both, "a3", "Send me all you have.");
        let letters = world.at("2026-12-07T12:30:00Z").mails(&forged);
        assert!(to(&letters, CAROL).is_empty() && to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));

        // Who takes part commands nothing.
        let letters = world.at("2026-12-07T12:40:00Z").mails(&proven(CAROL, &carols, "c1", "!title Nothing"));
        assert_eq!(
            kinds(&letters),
            ["answer carol@cert.example.com", "relay alice@example.org", "relay bob@example.org"]
        );
        assert_eq!(world.json(&["case", "show", "1"])["title"], "Guest can read host memory");
    });
}

#[test]
fn text_goes_to_whom_the_team_says_and_to_nobody_else() {
    story("tell", |world| {
        let thread = reported(world);
        agreed(world, &thread);
        for (minute, whom, reader) in [(10, "reporter", DANA), (20, DANA, DANA), (30, CAROL, CAROL)] {
            let text = format!("!tell {whom}\n\nPlease try this.\n{}", thread.both);
            let raw = vouched(&format!("Alice Example <{ALICE}>"), &thread.team, &format!("t{minute}"), &text);
            let letters = world.at(&format!("2026-12-07T12:{minute}:00Z")).mails(&raw);
            let told = the(&letters, "relay", reader);
            let text = told.text();
            assert!(text.contains("Please try this.\nsecurity@example.org"), "{text}");
            assert!(!text.contains("!tell"), "{text}");
            assert!(told.header("From").contains("Alice Example via"), "{}", told.header("From"));
            assert!(the(&letters, "answer", ALICE).text().replace('\n', " ").contains("is on its way to"));
            let readers = letters.iter().filter(|letter| ![ALICE, BOB].contains(&letter.to.as_str()));
            assert_eq!(readers.count(), 1, "{:?}", kinds(&letters));
        }
        let letters =
            world.at("2026-12-07T12:40:00Z").mails(&vouched(ALICE, &thread.team, "t40", "!tell team Only for us."));
        assert!(to(&letters, CAROL).is_empty() && to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));
        assert!(the(&letters, "answer", ALICE).text().contains("team only"));
    });
}

#[test]
fn text_for_nobody_who_may_read_it_is_refused() {
    let mut world = World::new(LineEnds::Lf);
    let thread = reported(&mut world);
    asked(&mut world, &thread);
    let erin = format!("!add Carol Coordinator <{ERIN}> as vendor");
    commands(&mut world, &thread, "erin", "2026-12-07T10:10:00Z", &erin);
    for (minute, command, why) in [
        (0, format!("!tell {CAROL} Hello."), "has not agreed to the embargo yet"),
        (1, "!tell Frank Hello.".to_owned(), "nobody who takes part in this case is called “Frank”"),
        (2, "!tell bob@example.org Hello.".to_owned(), "is in the team"),
        (3, "!tell reporter".to_owned(), "there is no text to send"),
        (4, "!remove Carol Coordinator".to_owned(), "several people are called"),
        (5, format!("!remove {DANA}"), "can only be replaced"),
        (6, "!tell carol@cert.example.com".to_owned(), "There is no text"),
    ] {
        let when = format!("2026-12-07T12:{minute:02}:00Z");
        let letters = commands(&mut world, &thread, &format!("t{minute}"), &when, &command);
        let refusal = the(&letters, "refusal", ALICE).text().replace('\n', " ");
        assert!(refusal.contains(why), "{refusal}");
        for outside in [CAROL, ERIN, DANA] {
            assert!(to(&letters, outside).is_empty(), "{:?}", kinds(&letters));
        }
    }
    // A machine's report has no discoverer.
    let machine = mail(
        "From: tracker@example.net\nAuto-Submitted: auto-generated\nSubject: CVE\nMessage-ID: <m@example.net>",
        "found something",
    );
    let letters = world.at("2026-12-07T13:00:00Z").mails(&machine);
    let team = the(&letters, "relay", ALICE).header("Reply-To");
    let tell = vouched(ALICE, &team, "m1", "!tell reporter Thank you.");
    let letters = world.at("2026-12-07T13:01:00Z").mails(&tell);
    assert!(the(&letters, "refusal", ALICE).text().contains("no discoverer"));
}

#[test]
fn nobody_is_asked_who_must_not_or_need_not_be() {
    let mut world = World::new(LineEnds::Lf);
    let thread = reported(&mut world);
    asked(&mut world, &thread);
    for (minute, whom, why) in [
        (0, "Us <security@example.org>", "an address of ours"),
        (1, &format!("Us <{}>", thread.both) as &str, "an address of ours"),
        (2, "List <xen-devel@lists.example.org>", "a public list"),
        (3, "Bob <bob@example.org>", "is in the team"),
        (4, "Dana <dana@research.example.net>", "is the discoverer"),
        (5, "Carol <CAROL@cert.example.com>", "was asked already"),
    ] {
        let when = format!("2026-12-07T12:{minute:02}:00Z");
        let command = format!("!add {whom} as expert");
        let letters = commands(&mut world, &thread, &format!("t{minute}"), &when, &command);
        assert!(the(&letters, "refusal", ALICE).text().replace('\n', " ").contains(why), "{whom}");
        assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
    }
    // To let somebody in, DMARC is not enough.
    let aligned = vouched(ALICE, &thread.team, "unsigned", &format!("!add Erin <{ERIN}> as vendor"));
    let letters = world.at("2026-12-07T13:00:00Z").mails(&aligned);
    assert!(to(&letters, ERIN).is_empty());
    assert!(the(&letters, "refusal", ALICE).text().contains("not signed"));
}

#[test]
fn only_whoever_was_asked_can_agree() {
    story("agreement-unproven", |world| {
        let thread = reported(world);
        let question = asked(world, &thread);
        let reply_to = question.header("Reply-To");
        let elsewhere = "carol@gmail.example";
        for (minute, raw) in
            [(10, unproven(CAROL, &reply_to, "u1", "agree")), (20, proven(elsewhere, &reply_to, "u2", "agree"))]
        {
            let letters = world.at(&format!("2026-12-07T10:{minute}:00Z")).mails(&raw);
            assert_eq!(
                kinds(&letters),
                ["notice alice@example.org", "notice bob@example.org", "refusal carol@cert.example.com"]
            );
            holds_nothing_of_the_case(the(&letters, "refusal", CAROL));
        }
        let machine =
            proven(CAROL, &reply_to, "u3", "agree").replace("Subject:", "Auto-Submitted: auto-generated\nSubject:");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&machine);
        assert_eq!(kinds(&letters), ["notice alice@example.org", "notice bob@example.org"]);

        // The mail that nothing proved counts once something does.
        let letters = world.at("2026-12-07T10:40:00Z").mails(&proven(CAROL, &reply_to, "u1", "agree"));
        assert!(the(&letters, "relay", CAROL).text().contains("stale mapping"));
    });
}

#[test]
fn an_unclear_answer_is_asked_about_only_a_few_times() {
    let mut world = World::new(LineEnds::Lf);
    let thread = reported(&mut world);
    let reply_to = asked(&mut world, &thread).header("Reply-To");
    for (number, answers) in [(1, 1), (2, 1), (3, 0), (4, 0)] {
        let raw = proven(CAROL, &reply_to, &format!("q{number}"), "Who are you?");
        let letters = world.at(&format!("2026-12-07T1{number}:00:00Z")).mails(&raw);
        let theirs = to(&letters, CAROL);
        assert_eq!(theirs.len(), answers, "{:?}", kinds(&letters));
        theirs.into_iter().for_each(holds_nothing_of_the_case);
        assert_eq!(the(&letters, "notice", BOB).text().contains("not asked again"), answers == 0);
    }
    let letters = world.at("2026-12-07T16:00:00Z").mails(&proven(CAROL, &reply_to, "yes", "agree"));
    assert!(the(&letters, "relay", CAROL).text().contains("stale mapping"), "a clear answer still counts");
}

#[test]
fn who_declines_hears_no_more() {
    story("declined", |world| {
        let thread = reported(world);
        let question = asked(world, &thread);
        let reply_to = question.header("Reply-To");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&proven(CAROL, &reply_to, "no", "decline\n\nNo time."));
        assert_eq!(
            kinds(&letters),
            ["answer carol@cert.example.com", "notice alice@example.org", "notice bob@example.org"]
        );
        holds_nothing_of_the_case(the(&letters, "answer", CAROL));
        let letters = world.at("2026-12-07T10:20:00Z").mails(&proven(CAROL, &reply_to, "yes", "agree"));
        assert_eq!(
            kinds(&letters),
            ["answer carol@cert.example.com", "relay alice@example.org", "relay bob@example.org"]
        );
        let over = the(&letters, "answer", CAROL);
        assert!(over.text().contains("we need no answer to it any"), "{}", over.text());
        holds_nothing_of_the_case(over);
        let letters = world.at("2026-12-07T10:30:00Z").mails(&more("d2", "It is version 4.14."));
        assert!(to(&letters, CAROL).is_empty());
    });
}

#[test]
fn what_is_on_its_way_to_somebody_is_stopped_when_they_are_removed() {
    story("removed-on-the-way", |world| {
        let thread = reported(world);
        let carols = agreed(world, &thread);
        world.does(&["outbox", "pause"]);
        world.at("2026-12-07T12:00:00Z").mails(&more("d2", "It is version 4.14."));
        commands(world, &thread, "gone", "2026-12-07T12:10:00Z", "!remove carol coordinator");
        world.does(&["outbox", "resume"]);
        let letters = world.at("2026-12-07T12:20:00Z").round();
        assert!(to(&letters, CAROL).is_empty(), "{:?}", kinds(&letters));
        assert!(letters.iter().all(|letter| letter.kind != "alert"), "no false alarm: {:?}", kinds(&letters));
        let rows = world.json(&["outbox", "list"]);
        let stopped: Vec<_> =
            rows.as_array().unwrap().iter().filter(|row| row["to"] == CAROL && row["state"] == "blocked").collect();
        assert_eq!(stopped.len(), 1, "{rows}");

        // Her address in the case is void, and her mail that of a stranger.
        let letters = world.at("2026-12-07T12:30:00Z").mails(
            &proven(CAROL, &carols, "c9", "Any news?")
                .replace("Date:", "In-Reply-To: <report-1@research.example.net>\nDate:"),
        );
        assert_eq!(to(&letters, CAROL).len(), 1);
        holds_nothing_of_the_case_but_thanks(to(&letters, CAROL)[0]);
        assert!(the(&letters, "relay", BOB).text().contains("somebody new to this case"));
    });
}

#[test]
fn what_the_team_wrote_to_itself_is_stopped_on_its_way_to_a_discoverer_who_left_it() {
    let mut world = World::new(LineEnds::Lf);
    let raw = report().replace("Dana Doe <dana@research.example.net>", "Alice Example <alice@example.org>");
    let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
    let team = the(&letters, "relay", BOB).header("Reply-To");
    world.does(&["outbox", "pause"]);
    world.at("2026-12-07T10:00:00Z").mails(&vouched(BOB, &team, "b1", "Between us: what does Alice want?"));
    world.does(&["team", "remove", ALICE]);
    world.does(&["outbox", "resume"]);
    let letters = world.at("2026-12-07T10:10:00Z").round();
    assert!(to(&letters, ALICE).is_empty(), "{:?}", kinds(&letters));
    the(&letters, "relay", BOB);
}

/// The letter that any stranger gets.
fn holds_nothing_of_the_case_but_thanks(letter: &Letter) {
    assert!(letter.subject().starts_with("Your mail has arrived"), "{}", letter.subject());
}

#[test]
fn who_was_only_asked_can_be_removed_and_asked_again() {
    let mut world = World::new(LineEnds::Lf);
    let thread = reported(&mut world);
    let first = asked(&mut world, &thread).header("Reply-To");
    let letters = commands(&mut world, &thread, "gone", "2026-12-07T10:10:00Z", &format!("!remove {CAROL}"));
    assert!(to(&letters, CAROL).is_empty());
    let letters = world.at("2026-12-07T10:20:00Z").mails(&proven(CAROL, &first, "yes", "agree"));
    assert!(
        letters.iter().all(|letter| !letter.text().contains("stale") || letter.to != CAROL),
        "{:?}",
        kinds(&letters)
    );
    let add = format!("!add Carol Coordinator <{CAROL}> as expert");
    let letters = commands(&mut world, &thread, "again", "2026-12-07T10:30:00Z", &add);
    let second = the(&letters, "confirmation", CAROL).header("Reply-To");
    assert_ne!(first, second);
    let letters = world.at("2026-12-07T10:40:00Z").mails(&proven(CAROL, &second, "yes2", "agree"));
    assert!(the(&letters, "relay", CAROL).text().contains("stale mapping"));
}

#[test]
fn a_member_of_the_team_brings_a_report_and_says_whose_it_is() {
    story("brought-by-the-team", |world| {
        let raw = report().replace("Dana Doe <dana@research.example.net>", "Bob Example <bob@example.org>");
        let letters = world.at("2026-12-07T09:12:04Z").mails(&raw);
        let relay = the(&letters, "relay", ALICE);
        let thread = Thread { team: relay.header("Reply-To"), both: relay.address_after(BOTH) };
        let add = format!("!add Dana Doe <{DANA}> as reporter");
        let letters = commands(world, &thread, "x2", "2026-12-07T10:00:00Z", &add);
        let thanks = the(&letters, "acknowledgement", DANA).text();
        assert!(thanks.contains("Alice") && thanks.contains("case 1"), "{thanks}");
        assert_eq!(world.json(&["case", "show", "1"])["reporter"], DANA);
        let answer = vouched(ALICE, &thread.both, "a1", "Which version do you use?");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&answer);
        assert!(the(&letters, "relay", DANA).text().contains("Which version"));
        let reply = proven("Dana Doe <dana@research.example.net>", "security@example.org", "d1", "It is 4.14.")
            .replace("Date:", &format!("In-Reply-To: {}\nDate:", the(&letters, "relay", DANA).message_id()));
        let letters = world.at("2026-12-07T10:20:00Z").mails(&reply);
        assert!(the(&letters, "answer", DANA).subject().contains("added to case 1"));
        assert!(the(&letters, "relay", BOB).text().contains("the discoverer"));

        // Whoever reported it themselves is not pushed aside.
        let add = format!("!add Erin <{ERIN}> as reporter");
        let letters = commands(world, &thread, "x3", "2026-12-07T10:30:00Z", &add);
        assert!(the(&letters, "refusal", ALICE).text().contains("reported it themselves"));
        assert!(to(&letters, ERIN).is_empty());
    });
}

#[test]
fn what_came_encrypted_waits_for_the_certificate_of_whoever_agreed() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&sealed_report());
    let thread = Thread { team: the(&letters, "relay", ALICE).header("Reply-To"), both: String::new() };
    let reply_to = asked(&mut world, &thread).header("Reply-To");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&proven(CAROL, &reply_to, "yes", "agree"));
    let so_far = the(&letters, "relay", CAROL);
    assert!(so_far.text().contains("came to us encrypted") && !so_far.text().contains("stale"), "{}", so_far.text());
    assert!(the(&letters, "notice", CAROL).text().contains("public key"));
    let told = letters.iter().find(|letter| letter.kind == "notice" && letter.to == BOB).unwrap().text();
    assert!(told.contains("did NOT leave yet"), "{told}");
    let raw = letters.iter().filter(|letter| letter.to == CAROL).flat_map(|letter| letter.raw.clone()).collect();
    let raw = String::from_utf8(raw).unwrap();
    assert!(!raw.contains("stale mapping") && !raw.contains("host memory"), "{raw}");

    world.does(&["key", "import", &has_key(&world, CAROL, None), "--for", CAROL]);
    let letters = world.at("2026-12-07T12:00:00Z").round();
    let sealed = the(&letters, "relay", CAROL);
    assert!(sealed.opened.is_some() && sealed.text().contains("stale mapping"), "{}", sealed.text());
}

#[test]
fn who_is_removed_is_waited_for_no_more() {
    let mut world = World::new(LineEnds::Lf);
    let letters = world.at("2026-12-07T09:12:04Z").mails(&sealed_report());
    let thread = Thread { team: the(&letters, "relay", ALICE).header("Reply-To"), both: String::new() };
    let reply_to = asked(&mut world, &thread).header("Reply-To");
    world.at("2026-12-07T11:00:00Z").mails(&proven(CAROL, &reply_to, "yes", "agree"));
    commands(&mut world, &thread, "gone", "2026-12-07T11:10:00Z", &format!("!remove {CAROL}"));
    world.does(&["key", "import", &has_key(&world, CAROL, None), "--for", CAROL]);
    let letters = world.at("2026-12-09T12:00:00Z").round();
    assert!(to(&letters, CAROL).is_empty(), "{:?}", kinds(&letters));
    assert!(letters.iter().all(|letter| letter.kind == "reminder"), "{:?}", kinds(&letters));
}

#[test]
fn an_address_that_may_be_a_list_is_shown_to_the_team_once() {
    story("list-header", |world| {
        let thread = reported(world);
        agreed(world, &thread);
        let listed = more("d2", "It is version 4.14.")
            .replace("Subject:", "List-Id: Our bugs <bugs.research.example.net>\nSubject:");
        // What anybody may have written is shown, and does not use up the alert.
        let forged = listed.replace("d2@", "d1@").replace("dmarc=pass", "dmarc=fail");
        assert_ne!(forged, listed.replace("d2@", "d1@"));
        for (minute, id, alerts) in [("50", "d1@", 1), ("55", "d0@", 0)] {
            let letters = world.at(&format!("2026-12-07T11:{minute}:00Z")).mails(&forged.replace("d1@", id));
            assert_eq!(letters.iter().filter(|one| one.kind == "alert" && one.to == BOB).count(), alerts);
        }
        let letters = world.at("2026-12-07T12:00:00Z").mails(&listed);
        let alert = the(&letters, "alert", BOB).text();
        assert!(alert.contains("List-Id: bugs.research.example.net") && alert.contains(DANA), "{alert}");
        let letters = world.at("2026-12-07T12:10:00Z").mails(&listed.replace("d2@", "d3@"));
        assert!(letters.iter().all(|letter| letter.kind != "alert"), "{:?}", kinds(&letters));
        let carols = proven(CAROL, "security@example.org", "c1", "Hello.")
            .replace("Date:", "Precedence: list\nIn-Reply-To: <report-1@research.example.net>\nDate:");
        let letters = world.at("2026-12-07T12:20:00Z").mails(&carols);
        assert!(the(&letters, "alert", BOB).text().contains("Precedence: list"));
        // It is not barred.
        let letters = world.at("2026-12-07T12:30:00Z").mails(&more("d4", "And 4.13."));
        assert!(the(&letters, "relay", CAROL).text().contains("And 4.13."));
        // A stranger's list is a stranger's.
        let eve =
            mail("From: Eve <eve@example.net>\nList-Id: <l.example.net>\nSubject: x\nMessage-ID: <e@example.net>", "x");
        let letters = world.at("2026-12-07T12:40:00Z").mails(&eve);
        assert!(letters.iter().all(|letter| letter.kind != "alert"), "{:?}", kinds(&letters));
    });
}
