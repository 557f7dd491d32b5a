//! The life of a case, and everyone who is to know of it: duplicates and their discoverers, CVE numbers, other projects,
//! leads of components, cases that are none and are one after all, reports that somebody else found.

use super::*;
use crate::world::{Letter, kinds, the};

const FRANK: &str = "frank@finder.example.com";
const CNA: &str = "cna@numbers.example.net";
const QEMU: &str = "security@qemu.example.com";
const RELEASE: &str = "release@example.com";
const TOOLS: &str = "lead@tools.example.com";
/// So much of the handling words that nobody could miss them.
const HANDLING: &str = "Until the embargo ends, without asking us first, tell nobody outside our";

/// Whom the settings name; `agreed`: once for all.
pub(super) fn contact(world: &World, id: &str, part: &str, name: &str, address: &str, agreed: bool) {
    let mut settings = std::fs::read_to_string(world.config()).unwrap();
    settings.push_str(&format!(
        "\n[[contact]]\nid = \"{id}\"\npart = \"{part}\"\nname = \"{name}\"\naddress = \"{address}\"\nagreed = {agreed}\n"
    ));
    std::fs::write(world.config(), settings).unwrap();
}

/// A mail of somebody outside of the team whose server vouches for them, in answer to another or not.
fn proven(who: &str, to: &str, id: &str, answers: &str, text: &str) -> String {
    let domain = who.rsplit_once('@').unwrap().1.trim_end_matches('>');
    let mail = vouched(who, to, id, text).replace("header.from=example.org", &format!("header.from={domain}"));
    if answers.is_empty() { mail } else { mail.replacen("Date:", &format!("In-Reply-To: {answers}\nDate:"), 1) }
}

/// Frank found the same, and wrote a mail of his own.
fn franks() -> String {
    proven(
        &format!("Frank Finder <{FRANK}>"),
        "security@example.org",
        "f1",
        "",
        "A grant can be mapped twice.\n\nFrank",
    )
    .replace("Subject: Re: the case", "Subject: Stale grant mappings")
}

pub(super) fn words(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn to<'l>(letters: &'l [Letter], whom: &str) -> Vec<&'l Letter> {
    letters.iter().filter(|letter| letter.to == whom).collect()
}

/// Alice's own address in a new case.
pub(super) fn opened(world: &mut World, when: &str, raw: &str) -> String {
    the(&world.at(when).mails(raw), "relay", ALICE).header("Reply-To")
}

/// Alice gives commands in a mail she signs.
pub(super) fn commands(world: &mut World, thread: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, ALICE, thread, id, when, text);
    world.at(when).mails(&raw)
}

/// What she hears when they were carried out.
pub(super) fn done(letters: &[Letter]) -> String {
    words(the(letters, "answer", ALICE))
}

/// What she hears when they were not: why, and what to do.
fn refused(world: &mut World, thread: &str, id: &str, when: &str, text: &str) -> String {
    let letters = commands(world, thread, id, when, text);
    let outside: Vec<&Letter> = letters.iter().filter(|letter| ![ALICE, BOB].contains(&letter.to.as_str())).collect();
    assert!(outside.is_empty(), "{:?}", kinds(&letters));
    let told = words(the(&letters, "refusal", ALICE));
    assert!(told.contains("Why: ") && told.contains("What to do: "), "{told}");
    told
}

pub(super) fn case(world: &World, number: &str) -> serde_json::Value {
    world.json(&["case", "show", number])
}

fn participants(world: &World, number: &str) -> Vec<String> {
    let shown = case(world, number);
    let all = shown["participants"].as_array().unwrap().iter();
    all.map(|one| {
        format!(
            "{} {} {}",
            one["address"].as_str().unwrap(),
            one["role"].as_str().unwrap(),
            one["state"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn a_second_discoverer_a_day_later_counts_as_one_in_the_order_of_the_reports() {
    story("duplicate", |world| {
        let first = opened(world, "2026-12-07T09:12:04Z", &report());
        commands(world, &first, "n1", "2026-12-07T10:00:00Z", "!confirm\n!cve CVE-2026-12345");
        let letters = world.at("2026-12-08T08:00:00Z").mails(&franks());
        let second = the(&letters, "relay", ALICE).header("Reply-To");
        let franks_answer = the(&letters, "acknowledgement", FRANK).message_id();

        for (minute, (thread, command, why)) in [
            (&second, "!duplicate 2", "case 2 is this case itself"),
            (&second, "!duplicate 9", "there is no case 9"),
            (&second, "!duplicate", "It does not say to which case"),
        ]
        .into_iter()
        .enumerate()
        {
            let when = format!("2026-12-08T08:1{minute}:00Z");
            let raw = signed(world, ALICE, thread, &format!("x{minute}"), &when, command);
            let letters = world.at(&when).mails(&raw);
            let told = words(the(&letters, "refusal", ALICE));
            assert!(told.contains(why), "{told}");
        }

        let letters = commands(world, &second, "d1", "2026-12-08T09:00:00Z", "!duplicate 1");
        assert!(done(&letters).contains("it is the same problem as case 1"), "{}", done(&letters));
        let told = the(&letters, "notice", FRANK);
        assert!(told.subject().contains("The same problem as case 1"), "{}", told.subject());
        let text = words(told);
        for shown in ["You are a discoverer of case 1 now", "CVE-2026-12345", HANDLING, "Mon 2026-12-28 12:00 UTC"] {
            assert!(text.contains(shown), "“{shown}” in {text}");
        }
        assert!(!text.contains("dana") && !text.contains(ALICE), "of others nothing: {text}");
        assert!(to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));
        assert_eq!(case(world, "2")["state"], "duplicate");
        assert_eq!(
            participants(world, "1"),
            [format!("{DANA} reporter active"), format!("{FRANK} reporter active")],
            "in the order of their reports"
        );

        // What he adds to his own report joins the case that it is about.
        let more =
            proven(&format!("Frank Finder <{FRANK}>"), "security@example.org", "f2", &franks_answer, "Also on ARM.");
        let letters = world.at("2026-12-08T10:00:00Z").mails(&more);
        assert!(the(&letters, "answer", FRANK).subject().contains("added to case 1"));
        assert!(the(&letters, "relay", BOB).subject().contains("case 1]"));
        assert!(to(&letters, DANA).is_empty(), "discoverers do not see each other: {:?}", kinds(&letters));

        // What the team writes to the discoverer goes to each, in a letter of their own.
        let letters = commands(world, &first, "t1", "2026-12-08T11:00:00Z", "!tell reporter We have a patch.");
        for reader in [DANA, FRANK] {
            let told = the(&letters, "relay", reader);
            assert!(told.text().contains("We have a patch."));
            assert!(!String::from_utf8_lossy(&told.raw).contains(if reader == DANA { FRANK } else { DANA }));
        }
        let both = the(
            &world.at("2026-12-08T11:10:00Z").mails(&proven(
                DANA,
                "security@example.org",
                "d3",
                "<report-1@research.example.net>",
                "Fine.",
            )),
            "relay",
            ALICE,
        )
        .address_after("write to:");
        let letters = world.at("2026-12-08T11:20:00Z").mails(&vouched(ALICE, &both, "b1", "Please test it."));
        assert!(the(&letters, "relay", DANA).text().contains("Please test it."));
        assert!(the(&letters, "relay", FRANK).text().contains("Please test it."));
        let sent = the(&letters, "answer", ALICE).text();
        assert!(sent.contains(DANA) && sent.contains(FRANK), "{sent}");

        // The first is no duplicate of its own duplicate.
        let why = refused(world, &first, "d4", "2026-12-08T12:00:00Z", "!duplicate 2");
        assert!(why.contains("case 2 is closed as a duplicate of this one"), "{why}");
        let why = refused(world, &second, "d5", "2026-12-08T12:10:00Z", "!invalid It is none.");
        assert!(why.contains("the case is closed") && why.contains("“!reopen”"), "{why}");

        // It was another problem after all.
        let letters = commands(world, &second, "r1", "2026-12-09T09:00:00Z", "!reopen");
        let told = words(the(&letters, "notice", FRANK));
        assert!(told.contains("Your report counts for case 2 again, and no longer for case 1"), "{told}");
        let letters = commands(world, &first, "t2", "2026-12-09T10:00:00Z", "!tell reporter Only for you, Dana.");
        assert!(to(&letters, FRANK).is_empty(), "{:?}", kinds(&letters));
        assert_eq!(case(world, "2")["state"], "triage");
    });
}

#[test]
fn a_duplicate_of_a_duplicate_leads_to_the_first_and_one_of_a_closed_case_to_nothing() {
    let mut world = World::new(LineEnds::Lf);
    let first = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let second = opened(&mut world, "2026-12-08T08:00:00Z", &franks());
    let eve = proven("Eve <eve@third.example.com>", "security@example.org", "e1", "", "The same again.");
    let third = opened(&mut world, "2026-12-09T08:00:00Z", &eve);
    commands(&mut world, &second, "d1", "2026-12-09T09:00:00Z", "!duplicate 1");
    let letters = commands(&mut world, &third, "d2", "2026-12-09T09:10:00Z", "!duplicate 2");
    assert!(done(&letters).contains("Case 2 is itself a duplicate of that"), "{}", done(&letters));
    assert!(words(the(&letters, "notice", "eve@third.example.com")).contains("discoverer of case 1 now"));
    assert_eq!(participants(&world, "1").len(), 3);
    commands(&mut world, &third, "r1", "2026-12-09T09:20:00Z", "!reopen");
    commands(&mut world, &first, "i1", "2026-12-09T09:30:00Z", "!invalid It is none.");
    let why = refused(&mut world, &third, "d3", "2026-12-09T09:40:00Z", "!duplicate 2");
    assert!(why.contains("case 1 is closed (invalid)"), "{why}");
    assert_eq!(case(&world, "3")["state"], "triage", "nothing of it was done");
}

#[test]
fn of_a_duplicate_each_hears_what_they_may_know_of_the_other_case() {
    let mut world = World::new(LineEnds::Lf);
    contact(&world, "qemu", "coordinator", "QEMU Security", QEMU, true);
    let first = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let letters =
        commands(&mut world, &first, "a1", "2026-12-07T10:00:00Z", &format!("!add Frank <{FRANK}> as expert"));
    let question = the(&letters, "confirmation", FRANK).header("Reply-To");
    world.at("2026-12-07T10:10:00Z").mails(&proven(FRANK, &question, "y1", "", "agree"));
    let second = opened(&mut world, "2026-12-08T08:00:00Z", &franks());
    commands(&mut world, &second, "a2", "2026-12-08T08:10:00Z", "!add qemu");
    let letters = commands(&mut world, &second, "d1", "2026-12-08T09:00:00Z", "!duplicate 1");
    // Whoever takes part as something else stays that.
    let told = words(the(&letters, "notice", FRANK));
    assert!(told.contains("a problem that we know already") && !told.contains("case 1"), "{told}");
    assert!(done(&letters).contains("as expert, and stays that; thank them with “!credit”"), "{}", done(&letters));
    // Who helps with one case does not hear which the other is.
    let told = words(the(&letters, "notice", QEMU));
    assert!(told.contains("is handled in another case of ours") && !told.contains("case 1"), "{told}");
    assert!(participants(&world, "1").iter().all(|one| !one.contains(QEMU)), "{:?}", participants(&world, "1"));

    // Their own report, once more.
    let again = proven(&format!("Dana Doe <{DANA}>"), "security@example.org", "d9", "", "Did you get my report?");
    let third = opened(&mut world, "2026-12-09T08:00:00Z", &again);
    let letters = commands(&mut world, &third, "d2", "2026-12-09T09:00:00Z", "!duplicate 1");
    let told = words(the(&letters, "notice", DANA));
    assert!(told.contains("is about the problem of case 1, which is yours, too"), "{told}");
    commands(&mut world, &third, "r1", "2026-12-09T10:00:00Z", "!reopen");
    assert!(participants(&world, "1").contains(&format!("{DANA} reporter active")), "it stays theirs");
}

#[test]
fn a_case_that_is_no_problem_is_closed_with_its_reason_and_open_again_when_it_is_one() {
    story("invalid-and-reopened", |world| {
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        let why = refused(world, &team, "r0", "2026-12-07T09:50:00Z", "!reopen");
        assert!(why.contains("the case is open"), "{why}");
        let text = format!("!invalid\n\nThe grant is checked again before it is used.\n{team}");
        let letters = commands(world, &team, "i1", "2026-12-07T10:00:00Z", &text);
        let told = the(&letters, "notice", DANA);
        let text = words(told);
        assert!(text.contains("The grant is checked again before it is used. <security@example.org>"), "{text}");
        assert!(!text.contains(ALICE) && !text.contains(BOB), "{text}");
        assert_eq!(told.header("In-Reply-To"), "<report-1@research.example.net>");
        assert_eq!(case(world, "1")["state"], "invalid");
        for (minute, command) in [(0, "!confirm"), (1, "!duplicate 1"), (2, "!cve CVE-2026-12345")] {
            let when = format!("2026-12-07T10:1{minute}:00Z");
            let why = refused(world, &team, &format!("x{minute}"), &when, command);
            assert!(why.contains("“!reopen”"), "{why}");
        }
        let answer = proven(DANA, "security@example.org", "d2", &told.message_id(), "It is not: see the trace.");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&answer);
        assert!(the(&letters, "answer", DANA).subject().contains("added to case 1"));
        let letters = commands(world, &team, "r1", "2026-12-07T12:00:00Z", "!reopen\n!confirm");
        assert!(done(&letters).contains("open again, in triage") && done(&letters).contains("is confirmed"));
        assert!(
            words(the(&letters, "notice", DANA)).contains("is not a security problem of ours. We look at it once more")
        );
        assert_eq!(case(world, "1")["state"], "confirmed");
        let letters = commands(world, &team, "c1", "2026-12-07T12:10:00Z", "!confirm");
        assert!(done(&letters).contains("was confirmed already"), "{}", done(&letters));
    });
}

#[test]
fn a_number_is_asked_for_and_refused() {
    story("cve-refused", |world| {
        contact(world, "cna", "cna", "Example CNA", CNA, true);
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        let letters = commands(world, &team, "c1", "2026-12-07T10:00:00Z", "!cve request");
        let request = the(&letters, "notice", CNA);
        let text = words(request);
        for shown in [
            "asks you for a CVE number",
            "EMBARGO",
            "Xen Project software",
            "Guest can read host memory",
            "- to be given later",
            "Mon 2026-12-28 12:00 UTC",
            HANDLING,
        ] {
            assert!(text.contains(shown), "“{shown}” in {text}");
        }
        assert!([DANA, ALICE, "Dana Doe"].iter().all(|name| !text.contains(name)), "nobody said to thank her: {text}");
        assert!(done(&letters).contains("Next: their answer comes to the team"));
        let why = refused(world, &team, "c2", "2026-12-07T10:10:00Z", "!cve request");
        assert!(why.contains("none came since"), "{why}");

        // The mails of the case are not for them; their answer is for the team.
        let more = proven(DANA, "security@example.org", "d2", "<report-1@research.example.net>", "It is 4.14.");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&more);
        assert!(to(&letters, CNA).is_empty(), "{:?}", kinds(&letters));
        let answer = proven(
            CNA,
            &request.header("Reply-To"),
            "c9",
            &request.message_id(),
            "This is no vulnerability by our rules.",
        );
        let letters = world.at("2026-12-08T10:00:00Z").mails(&answer);
        let relay = words(the(&letters, "relay", BOB));
        assert!(relay.contains("somebody who takes part in the case"), "{relay}");
        assert!(to(&letters, DANA).is_empty() && !to(&letters, CNA).is_empty(), "{:?}", kinds(&letters));

        let letters =
            commands(world, &team, "c3", "2026-12-08T11:00:00Z", "!cve none\n\nThe CNA says it is no vulnerability.");
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert!(done(&letters).contains("nobody waits for it any more"), "{}", done(&letters));
        // Asking once more is possible, and a number counts after all.
        commands(world, &team, "c4", "2026-12-09T11:00:00Z", "!cve request");
        let number =
            proven(CNA, &request.header("Reply-To"), "c10", &request.message_id(), "Please use CVE-2026-12345.");
        let letters = world.at("2026-12-09T11:30:00Z").mails(&number);
        let relay = words(the(&letters, "relay", BOB));
        assert!(relay.contains("It names CVE-2026-12345.") && relay.contains("“!cve CVE-2026-12345”"), "{relay}");
        assert_eq!(case(world, "1")["cves"], serde_json::json!([]), "nothing follows by itself");
        let letters = commands(world, &team, "c5", "2026-12-09T12:00:00Z", "!cve CVE-2026-12345");
        assert!(words(the(&letters, "notice", DANA)).contains("CVE-2026-12345"));
        assert!(to(&letters, CNA).is_empty(), "they gave it: {:?}", kinds(&letters));
        let why = refused(world, &team, "c6", "2026-12-09T13:00:00Z", "!cve none It was a mistake.");
        assert!(why.contains("has the number CVE-2026-12345"), "{why}");
    });
}

#[test]
fn without_anybody_who_gives_numbers_the_settings_are_to_name_them_and_who_has_not_agreed_is_asked_first() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let why = refused(&mut world, &team, "c1", "2026-12-07T10:00:00Z", "!cve request");
    assert!(why.contains("[[contact]]") && why.contains("part = \"cna\""), "{why}");
    contact(&world, "cna", "cna", "Example CNA", CNA, false);
    let letters = commands(&mut world, &team, "c2", "2026-12-07T10:10:00Z", "!cve request");
    let question = the(&letters, "confirmation", CNA);
    let shown = String::from_utf8_lossy(&question.raw).to_lowercase();
    assert!(!shown.contains("memory") && !shown.contains("case 1") && !shown.contains("cve"), "{shown}");
    assert!(done(&letters).contains("Once they agree, they are asked for a number"), "{}", done(&letters));
    let yes = proven(CNA, &question.header("Reply-To"), "y1", "", "agree");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&yes);
    assert!(words(the(&letters, "notice", CNA)).contains("asks you for a CVE number"), "{:?}", kinds(&letters));
    assert!(words(the(&letters, "notice", BOB)).contains("They get no mail of the case"), "{:?}", kinds(&letters));
}

#[test]
fn a_number_reaches_everybody_who_knows_of_the_case_and_nobody_else() {
    story("cve-told", |world| {
        contact(world, "qemu", "coordinator", "QEMU Security", QEMU, true);
        contact(world, "tools", "lead", "Toolstack Maintainers", TOOLS, false);
        contact(world, "release", "release-manager", "Release Manager", RELEASE, true);
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        commands(world, &team, "a1", "2026-12-07T09:30:00Z", "!add qemu");
        commands(world, &team, "a2", "2026-12-07T09:40:00Z", "!add tools");
        let letters = commands(world, &team, "c1", "2026-12-07T10:00:00Z", "!cve cve-2026-12345");
        for reader in [DANA, QEMU] {
            let told = words(the(&letters, "notice", reader));
            assert!(told.contains("CVE-2026-12345") && told.contains(HANDLING), "{told}");
            assert!(told.contains("It must NOT become public before"), "{told}");
        }
        assert!(to(&letters, TOOLS).is_empty(), "who has not agreed hears nothing: {:?}", kinds(&letters));
        assert!(words(the(&letters, "relay", BOB)).contains("CVE-2026-12345"), "the team hears of it");
        // Who comes later hears of it, too.
        let letters = commands(world, &team, "a3", "2026-12-07T10:05:00Z", "!add release");
        let so_far = words(the(&letters, "relay", RELEASE));
        assert!(so_far.contains("CVE-2026-12345") && !so_far.contains("stale mapping"), "letters only: {so_far}");
        let letters = commands(world, &team, "c2", "2026-12-07T10:10:00Z", "!cve CVE-2026-12345");
        assert!(done(&letters).contains("nobody was told once more"), "{}", done(&letters));
        assert_eq!(to(&letters, DANA).len(), 0);
        // A second one, and one in the place of a wrong one.
        let letters = commands(world, &team, "c3", "2026-12-07T10:20:00Z", "!cve CVE-2026-12346");
        assert!(done(&letters).contains("more than one now: CVE-2026-12345, CVE-2026-12346"), "{}", done(&letters));
        let letters =
            commands(world, &team, "c4", "2026-12-07T10:30:00Z", "!cve CVE-2026-12399 instead of CVE-2026-12346");
        let told = words(the(&letters, "notice", DANA));
        assert!(told.contains("takes the place of CVE-2026-12346, which was wrong"), "{told}");
        assert!(told.contains("The case also has: - CVE-2026-12345"), "{told}");
        let why = refused(world, &team, "c5", "2026-12-07T10:40:00Z", "!cve CVE-2026-12345 for 481");
        assert!(why.contains("has no XSA-481"), "{why}");
        // Two open cases do not have the same number.
        let other = opened(world, "2026-12-08T08:00:00Z", &franks());
        let why = refused(world, &other, "c6", "2026-12-08T09:00:00Z", "!cve CVE-2026-12345");
        assert!(why.contains("is the number of case 1 already") && why.contains("!duplicate 1"), "{why}");
        let letters = commands(world, &other, "c7", "2026-12-08T09:10:00Z", "!cve CVE-2026-12346");
        assert!(done(&letters).contains("CVE-2026-12346"), "it is free again: {}", done(&letters));
    });
}

#[test]
fn another_project_is_asked_first_gets_the_case_and_says_that_it_has_arrived() {
    story("coordinator-project", |world| {
        contact(world, "qemu", "coordinator", "QEMU Security", QEMU, false);
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        let why = refused(world, &team, "a0", "2026-12-07T09:50:00Z", "!add quemu");
        assert!(why.contains("no contact is called “quemu”. Did you mean “qemu”?"), "{why}");
        let letters = commands(world, &team, "a1", "2026-12-07T10:00:00Z", "!add QEMU");
        let question = the(&letters, "confirmation", QEMU);
        let shown = String::from_utf8_lossy(&question.raw).to_lowercase();
        assert!(!shown.contains("memory") && !shown.contains("case 1"), "{shown}");
        let yes = proven(QEMU, &question.header("Reply-To"), "q1", "", "agree");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&yes);
        let so_far = the(&letters, "relay", QEMU);
        let text = words(so_far);
        assert!(
            text.contains("stale mapping") && text.contains(HANDLING) && text.contains("that it has arrived"),
            "{text}"
        );
        assert!(!text.contains("Dana Doe") && !text.contains(DANA), "no credit names her: {text}");
        // A machine says nothing for them, and a stranger neither.
        let machine = proven(QEMU, &so_far.header("Reply-To"), "q2", "", "Ticket 7 was opened.").replacen(
            "Date:",
            "Auto-Submitted: auto-generated\nDate:",
            1,
        );
        let letters = world.at("2026-12-07T11:10:00Z").mails(&machine);
        assert!(
            letters.iter().all(|letter| !words(letter).contains("shows that our letter arrived")),
            "{:?}",
            kinds(&letters)
        );
        let unproven = vouched(QEMU, &so_far.header("Reply-To"), "q3", "Got it.")
            .replace("Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n", "");
        let letters = world.at("2026-12-07T11:20:00Z").mails(&unproven);
        assert!(!words(the(&letters, "relay", BOB)).contains("shows that our letter arrived"));
        let letters = world.at("2026-12-07T11:30:00Z").mails(&proven(
            QEMU,
            &so_far.header("Reply-To"),
            "q4",
            "",
            "Thank you, it is here.",
        ));
        assert!(
            words(the(&letters, "relay", BOB))
                .contains("This is their first mail since we wrote: it shows that our letter arrived"),
            "{:?}",
            kinds(&letters)
        );
        let letters = world.at("2026-12-07T11:40:00Z").mails(&proven(
            QEMU,
            &so_far.header("Reply-To"),
            "q5",
            "",
            "We look at it.",
        ));
        assert!(!words(the(&letters, "relay", BOB)).contains("shows that our letter arrived"), "once");
        let letters = commands(world, &team, "s1", "2026-12-07T12:00:00Z", "!status");
        assert!(
            words(the(&letters, "answer", ALICE)).contains("receipt Mon 2026-12-07 11:30 UTC"),
            "{}",
            done(&letters)
        );
    });
}

#[test]
fn a_case_is_passed_on_to_the_lead_of_a_component() {
    story("passed-on", |world| {
        contact(world, "tools", "lead", "Toolstack Maintainers", TOOLS, true);
        contact(world, "qemu", "coordinator", "QEMU Security", QEMU, true);
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        let why = refused(world, &team, "p0", "2026-12-07T09:50:00Z", "!passed qemu");
        assert!(why.contains("QEMU Security is no lead of a component") && why.contains("tools"), "{why}");
        let letters = commands(world, &team, "p1", "2026-12-07T10:00:00Z", "!passed tools");
        let lead = words(the(&letters, "relay", TOOLS));
        assert!(lead.contains("which is passed on to you") && lead.contains("stale mapping"), "{lead}");
        assert!(lead.contains(HANDLING), "{lead}");
        let told = words(the(&letters, "notice", DANA));
        assert!(told.contains("Toolstack Maintainers") && told.contains("as well as they can"), "{told}");
        assert!(!told.contains(ALICE) && !told.contains(TOOLS), "{told}");
        assert_eq!(case(world, "1")["state"], "passed");
        assert_eq!(participants(world, "1"), [format!("{DANA} reporter active"), format!("{TOOLS} maintainer active")]);
        // What the discoverer adds reaches them, too.
        let more = proven(DANA, "security@example.org", "d2", "<report-1@research.example.net>", "It is xl.");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&more);
        assert!(the(&letters, "relay", TOOLS).text().contains("It is xl."));
        let letters = commands(world, &team, "r1", "2026-12-07T12:00:00Z", "!reopen");
        assert!(words(the(&letters, "notice", DANA)).contains("takes care of it again"), "{:?}", kinds(&letters));
        assert!(words(the(&letters, "notice", TOOLS)).contains("takes care of it again"), "{:?}", kinds(&letters));
    });
}

#[test]
fn who_leads_a_component_and_has_not_agreed_is_asked_before_they_hear_of_the_case() {
    let mut world = World::new(LineEnds::Lf);
    contact(&world, "tools", "lead", "Toolstack Maintainers", TOOLS, false);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let letters = commands(&mut world, &team, "p1", "2026-12-07T10:00:00Z", "!passed tools");
    let question = the(&letters, "confirmation", TOOLS);
    assert!(!String::from_utf8_lossy(&question.raw).to_lowercase().contains("memory"));
    assert_eq!(to(&letters, TOOLS).len(), 1, "{:?}", kinds(&letters));
    assert!(words(the(&letters, "notice", DANA)).contains("they learn nothing of it before they say so"));
    let letters =
        world.at("2026-12-07T11:00:00Z").mails(&proven(TOOLS, &question.header("Reply-To"), "y1", "", "agree"));
    assert!(words(the(&letters, "relay", TOOLS)).contains("which is passed on to you"), "{:?}", kinds(&letters));
}

#[test]
fn whoever_was_asked_is_not_waited_for_in_a_closed_case_and_hears_so_when_they_answer() {
    story("asked-in-a-closed-case", |world| {
        contact(world, "tools", "lead", "Theo Tools", TOOLS, false);
        let team = opened(world, "2026-12-07T09:12:04Z", &report());
        let text =
            format!("!add Frank Finder <{FRANK}> as expert\n!add Quentin Qemu <{QEMU}> as coordinator\n!add tools");
        let letters = commands(world, &team, "p1", "2026-12-07T10:00:00Z", &text);
        let questions = [FRANK, QEMU, TOOLS].map(|whom| the(&letters, "confirmation", whom));
        let [franks, qemus, tools] = questions.map(|letter| (letter.header("Reply-To"), letter.message_id()));

        // It is passed on to one of them, whose answer counts; of the others nobody waits for one.
        let letters = commands(world, &team, "p2", "2026-12-07T11:00:00Z", "!passed tools");
        let answer = done(&letters);
        assert!(answer.contains(&format!("not waited for any more: {FRANK}, {QEMU}.")), "{answer}");
        assert!(to(&letters, FRANK).is_empty() && to(&letters, QEMU).is_empty(), "{:?}", kinds(&letters));
        let states = participants(world, "1");
        for (whom, is) in [(FRANK, "expert removed"), (QEMU, "coordinator removed"), (TOOLS, "maintainer asked")] {
            assert!(states.contains(&format!("{whom} {is}")), "{states:?}");
        }

        // Frank says yes, as he was asked to, and once more; then somebody else does, who got hold of the address.
        for (id, when, who, answered) in [
            ("f1", "2026-12-07T12:00:00Z", format!("Frank Finder <{FRANK}>"), true),
            ("f2", "2026-12-07T13:00:00Z", format!("Frank Finder <{FRANK}>"), false),
            ("f3", "2026-12-07T14:00:00Z", "eve@elsewhere.example.net".to_owned(), true),
        ] {
            let letters = world.at(when).mails(&proven(&who, &franks.0, id, &franks.1, "agree"));
            let outside: Vec<&Letter> =
                letters.iter().filter(|letter| ![ALICE, BOB].contains(&letter.to.as_str())).collect();
            assert_eq!(outside.len(), usize::from(answered), "{:?}", kinds(&letters));
            for letter in outside {
                let told = words(letter);
                assert!(told.contains("we need no answer to it any more"), "{told}");
                for secret in ["host memory", "case 1", "Alice", "Dana", "grant", "Theo"] {
                    assert!(!String::from_utf8_lossy(&letter.raw).contains(secret), "{secret} in {told}");
                }
            }
            let told = words(the(&letters, "relay", BOB));
            assert!(
                told.contains("“Frank Finder <frank@finder.example.com>”, to say whether they take part"),
                "{told}"
            );
        }
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1, "no mail of theirs opened a case");
        assert!(participants(world, "1").contains(&format!("{FRANK} expert removed")));

        // A question that is asked anew has an address of its own.
        commands(world, &team, "p3", "2026-12-08T10:00:00Z", "!reopen");
        let letters =
            commands(world, &team, "p4", "2026-12-08T10:10:00Z", &format!("!add Quentin Qemu <{QEMU}> as coordinator"));
        let again = the(&letters, "confirmation", QEMU);
        assert_ne!(again.header("Reply-To"), qemus.0);
        let old = proven(&format!("Quentin Qemu <{QEMU}>"), &qemus.0, "q1", &qemus.1, "agree");
        world.at("2026-12-08T11:00:00Z").mails(&old);
        let new =
            proven(&format!("Quentin Qemu <{QEMU}>"), &again.header("Reply-To"), "q2", &again.message_id(), "agree");
        world.at("2026-12-08T12:00:00Z").mails(&new);
        let lead = proven(&format!("Theo Tools <{TOOLS}>"), &tools.0, "t1", &tools.1, "agree");
        world.at("2026-12-08T13:00:00Z").mails(&lead);
        let states = participants(world, "1");
        assert!(states.contains(&format!("{TOOLS} maintainer active")), "{states:?}");
        assert!(states.contains(&format!("{QEMU} coordinator active")), "{states:?}");
    });
}

#[test]
fn nobody_is_reminded_of_a_question_that_is_void() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let text = format!("!add Frank Finder <{FRANK}> as expert\n!spam");
    let letters = commands(&mut world, &team, "p1", "2026-12-07T10:00:00Z", &text);
    assert!(done(&letters).contains(&format!("not waited for any more: {FRANK}.")), "{}", done(&letters));
    let why = refused(&mut world, &team, "p2", "2026-12-07T10:10:00Z", "!spam");
    assert!(why.contains("the case is closed") && why.contains("“!reopen”"), "{why}");
    commands(&mut world, &team, "p3", "2026-12-07T10:20:00Z", "!reopen\n!owner alice");
    let letters = world.at("2026-12-09T12:00:00Z").round();
    assert!(letters.iter().all(|letter| !letter.text().contains(FRANK)), "{:?}", kinds(&letters));
}

#[test]
fn what_was_released_and_closed_is_open_again_as_released_and_no_secret() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let published = "UPDATE cases SET state = 'closed', released_at = '2026-12-28T12:00:00Z',
                                      agreed_at = '2026-12-08T12:00:00Z'";
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.execute(published, []).unwrap();
    drop(database);
    let letters = commands(&mut world, &team, "r1", "2027-01-04T10:00:00Z", "!reopen");
    let answer = done(&letters);
    assert!(answer.contains("Case 1 is open again, released as it was: its advisory is public."), "{answer}");
    assert!(answer.contains("Nobody was told outside the team.") && !answer.contains("!embargo"), "{answer}");
    assert!(to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));
    let shown = case(&world, "1");
    assert_eq!((&shown["state"], &shown["agreed_at"]), (&"released".into(), &"2026-12-08T12:00:00Z".into()));
    for (minute, command) in
        [(0, "!embargo"), (1, "!confirm"), (2, "!spam"), (3, "!invalid\n\nIt is none."), (4, "!reopen")]
    {
        let why = refused(&mut world, &team, &format!("x{minute}"), &format!("2027-01-04T11:0{minute}:00Z"), command);
        assert!(why.contains("is released") || why.contains("past triage"), "{why}");
    }
    assert_eq!(case(&world, "1")["state"], "released");
}

#[test]
fn a_case_that_is_two_is_split_and_each_has_its_own_number() {
    story("split-in-two", |world| {
        let first = opened(world, "2026-12-07T09:12:04Z", &report());
        let more = proven(
            &format!("Dana Doe <{DANA}>"),
            "security@example.org",
            "d2",
            "<report-1@research.example.net>",
            "Another hole: event channels.",
        )
        .replace("Subject: Re: the case", "Subject: Event channels");
        let letters = world.at("2026-12-07T10:00:00Z").mails(&more);
        let relayed = the(&letters, "relay", ALICE).message_id();
        let raw = signed(world, ALICE, &first, "s1", "2026-12-07T11:00:00Z", "!split").replacen(
            "MIME-Version: 1.0",
            &format!("In-Reply-To: {relayed}\nMIME-Version: 1.0"),
            1,
        );
        let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
        assert!(words(the(&letters, "acknowledgement", DANA)).contains("case 2"));
        let new = letters.iter().find(|letter| letter.to == ALICE && letter.subject().contains("case 2]")).unwrap();
        let second = new.header("Reply-To");
        for (thread, id, number) in [(&first, "n1", "CVE-2026-12345"), (&second, "n2", "CVE-2026-12346")] {
            let letters = commands(world, thread, id, "2026-12-07T12:00:00Z", &format!("!confirm\n!cve {number}"));
            let told = the(&letters, "notice", DANA);
            assert!(told.text().contains(number), "{}", told.text());
        }
        assert_eq!(
            (&case(world, "1")["state"], &case(world, "2")["state"]),
            (&"confirmed".into(), &"confirmed".into())
        );
    });
}

/// What somebody else wrote, as Alice passes it on: attached to a mail that she signs.
fn passed_on(world: &World, to: &str, id: &str, when: &str, text: &str) -> String {
    let inside = format!(
        "From: Dana Doe <{DANA}>\nTo: alice@example.org\nSubject: Guest can read host memory\n\
         Date: Mon, 07 Dec 2026 08:00:00 +0000\nMessage-ID: <private@research.example.net>\n\n\
         A guest that maps a grant twice keeps a stale mapping.\n"
    );
    let entity = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\
         --m\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n{inside}\n--m--\n"
    );
    let key = std::fs::read(world.dir.join("keys/alice.key")).unwrap();
    signed_entity(&key, ALICE, to, id, when, &entity).replace("Subject: Re: the case", "Subject: Fwd: look at this")
}

#[test]
fn a_report_that_somebody_else_found_is_theirs_and_they_hear_of_it_when_the_team_says_so() {
    story("report-for-somebody", |world| {
        let text = format!("!report for Dana Doe <{DANA}>\n\nShe told me at a conference.");
        let raw = passed_on(world, "security@example.org", "r1", "2026-12-07T09:00:00Z", &text);
        let letters = world.at("2026-12-07T09:00:00Z").mails(&raw);
        assert_eq!(kinds(&letters), ["answer alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
        assert!(done(&letters).contains("Nobody has written to them"), "{}", done(&letters));
        let relay = the(&letters, "relay", BOB);
        assert!(
            words(relay).contains(&format!("The discoverer is {DANA}, to whom nobody has written yet")),
            "{}",
            relay.text()
        );
        let shown = case(world, "1");
        assert_eq!((&shown["reporter"], &shown["title"]), (&DANA.into(), &"Guest can read host memory".into()));
        let thread = the(&letters, "relay", ALICE).header("Reply-To");

        // Nothing that everybody hears who knows of the case reaches her yet.
        let letters = commands(world, &thread, "c1", "2026-12-07T09:30:00Z", "!confirm\n!cve CVE-2026-12345");
        assert!(to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));
        assert!(done(&letters).contains(&format!("Not told, because nobody wrote to them yet: {DANA}")));

        let letters = commands(world, &thread, "t1", "2026-12-07T10:00:00Z", "!tell reporter");
        let thanks = words(the(&letters, "acknowledgement", DANA));
        assert!(thanks.contains("our team member Alice Example passed on what you found"), "{thanks}");
        assert!(words(the(&letters, "notice", DANA)).contains("CVE-2026-12345"), "what all others know");
        assert_eq!(to(&letters, DANA).len(), 2, "{:?}", kinds(&letters));
        let why = refused(world, &thread, "t2", "2026-12-07T10:10:00Z", "!tell reporter");
        assert!(why.contains("there is no text to send"), "{why}");
        let letters = commands(world, &thread, "t3", "2026-12-07T10:20:00Z", "!tell reporter Which version is it?");
        assert!(the(&letters, "relay", DANA).text().contains("Which version is it?"));
        // She answers, and is known.
        let answer = proven(
            &format!("Dana Doe <{DANA}>"),
            "security@example.org",
            "d1",
            &the(&letters, "relay", DANA).message_id(),
            "It is 4.14.",
        );
        let letters = world.at("2026-12-07T11:00:00Z").mails(&answer);
        assert!(the(&letters, "answer", DANA).subject().contains("added to case 1"));
        let why = refused(world, &thread, "r2", "2026-12-07T12:00:00Z", &format!("!report for Frank <{FRANK}>"));
        assert!(why.contains(&format!("{DANA} is the discoverer of this case")), "{why}");
    });
}

#[test]
fn a_report_may_stand_below_and_its_discoverer_may_be_named_later_but_not_without_a_signature() {
    let mut world = World::new(LineEnds::Lf);
    let inline = format!(
        "!report for Dana Doe <{DANA}>\n!owner alice\n\n-------- Forwarded Message --------\nSubject: A stale mapping\n\
         Date: Mon, 7 Dec 2026 08:00:00 +0000\nFrom: Dana Doe <{DANA}>\nTo: alice@example.org\n\nA guest keeps it."
    );
    let raw = signed(&world, ALICE, "security@example.org", "r1", "2026-12-07T09:00:00Z", &inline);
    let letters = world.at("2026-12-07T09:00:00Z").mails(&raw);
    assert!(done(&letters).contains("It is called “A stale mapping”"), "{}", done(&letters));
    assert_eq!((&case(&world, "1")["reporter"], &case(&world, "1")["owner"]), (&DANA.into(), &ALICE.into()));
    let thread = the(&letters, "relay", ALICE).header("Reply-To");
    // With a text both go: that it arrived, and the text.
    let letters = commands(&mut world, &thread, "t1", "2026-12-07T10:00:00Z", "!tell reporter Thank you for this.");
    assert_eq!(
        kinds(&to(&letters, DANA).into_iter().cloned().collect::<Vec<_>>()),
        [format!("acknowledgement {DANA}"), format!("relay {DANA}")]
    );

    // Not signed: a report of the member's own, and the letter says what to do.
    let raw = vouched(
        &format!("Alice Example <{ALICE}>"),
        "security@example.org",
        "r2",
        &format!("!report for Frank <{FRANK}>\n\nHe found a hole."),
    );
    let letters = world.at("2026-12-07T11:00:00Z").mails(&raw);
    assert!(to(&letters, FRANK).is_empty());
    assert_eq!(case(&world, "2")["reporter"], ALICE);
    let why = words(the(&letters, "refusal", ALICE));
    assert!(why.contains("It says: !report for Frank") && why.contains("sign it"), "{why}");
    // In a signed reply it counts.
    let thread = the(&letters, "relay", ALICE).header("Reply-To");
    let letters =
        commands(&mut world, &thread, "r3", "2026-12-07T12:00:00Z", &format!("!report for Frank Finder <{FRANK}>"));
    assert!(done(&letters).contains("is the discoverer of case 2"), "{}", done(&letters));
    assert_eq!(case(&world, "2")["reporter"], FRANK);
    // A slip is put right as long as nobody wrote.
    let letters = commands(
        &mut world,
        &thread,
        "r4",
        "2026-12-07T12:10:00Z",
        "!report for Frank Finder <frank@finder.example.net>",
    );
    assert!(done(&letters).contains("frank@finder.example.net"), "{}", done(&letters));
    assert_eq!(case(&world, "2")["reporter"], "frank@finder.example.net");
    for (minute, whom, why) in
        [(0, "Bob <bob@example.org>", "is in the team"), (1, "Us <security@example.org>", "an address of ours")]
    {
        let when = format!("2026-12-07T12:2{minute}:00Z");
        let told = refused(&mut world, &thread, &format!("x{minute}"), &when, &format!("!report for {whom}"));
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn of_several_advisories_a_number_is_for_one_and_it_must_be_said_which() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    let assigns = |number: i64| {
        let row = "INSERT INTO advisory (number, case_number, person, at) VALUES (?1, 1, 1, '2026-12-07T10:00:00Z')";
        database.execute(row, [number]).unwrap();
    };
    assigns(481);
    let letters = commands(&mut world, &team, "c1", "2026-12-07T10:00:00Z", "!cve CVE-2026-12345");
    assert!(words(the(&letters, "notice", DANA)).contains("for XSA-481"), "the only one there is");
    assigns(482);
    let why = refused(&mut world, &team, "c2", "2026-12-07T10:10:00Z", "!cve CVE-2026-12346");
    assert!(
        why.contains("several advisories (XSA-481 and XSA-482)") && why.contains("!cve CVE-2026-12346 for"),
        "{why}"
    );
    let why = refused(&mut world, &team, "c3", "2026-12-07T10:20:00Z", "!cve CVE-2026-12346 for 483");
    assert!(why.contains("has no XSA-483; it has XSA-481 and XSA-482"), "{why}");
    let letters = commands(&mut world, &team, "c4", "2026-12-07T10:30:00Z", "!cve CVE-2026-12346 for XSA-482");
    assert!(words(the(&letters, "notice", DANA)).contains("for XSA-482"), "{:?}", kinds(&letters));
    // It belongs to the other: nobody has to hear of it.
    let letters = commands(&mut world, &team, "c5", "2026-12-07T10:40:00Z", "!cve CVE-2026-12345 for 482");
    assert!(done(&letters).contains("belongs to XSA-482 now; before: XSA-481"), "{}", done(&letters));
    assert!(to(&letters, DANA).is_empty(), "{:?}", kinds(&letters));
    // What takes the place of a number is for its advisory.
    let letters =
        commands(&mut world, &team, "c6", "2026-12-07T10:50:00Z", "!cve CVE-2026-12399 instead of CVE-2026-12346");
    assert!(done(&letters).contains("CVE-2026-12399 for XSA-482"), "{}", done(&letters));
}

/// What came encrypted leaves encrypted: that a case is closed must not wait for it.
#[test]
fn a_reason_that_came_encrypted_is_withheld_and_the_news_is_not() {
    let mut world = World::new(LineEnds::Lf);
    let team = opened(&mut world, "2026-12-07T09:12:04Z", &report());
    let raw = super::encrypted::signed_and_sealed(
        &world,
        ALICE,
        &team,
        "i1",
        "2026-12-07T10:00:00Z",
        "!invalid The canary is checked.",
    );
    let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
    let told = the(&letters, "notice", DANA);
    assert!(!String::from_utf8_lossy(&told.raw).contains("canary"), "{}", told.text());
    assert!(words(told).contains("attach your public key to a reply"), "{}", told.text());
    assert_eq!(case(&world, "1")["state"], "invalid");
}
