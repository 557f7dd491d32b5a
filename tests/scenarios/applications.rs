//! Applications: who applies is told at once what is missing, on the public list as well, and the team what was found.

use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::world::{Letter, LineEnds, kinds, root, the};

const LIST: &str = "predisclosure-applications@lists.example.org";

/// A mail of fixtures/applications.
fn fixture(name: &str) -> String {
    fs::read_to_string(root().join("fixtures/applications").join(name)).unwrap()
}

/// The same mail as the list's server sends it on: with its headers, its tag and its footer.
fn by_list(raw: &str) -> String {
    let (head, body) = raw.split_once("\n\n").unwrap();
    let head = head.replacen("Subject: ", "Subject: [predisclosure-applications] ", 1);
    format!(
        "Delivered-To: desk@example.org\n{head}\nList-Id: Applications <predisclosure-applications.lists.example.org>\n\
         List-Post: <mailto:{LIST}>\nPrecedence: list\n\
         Sender: \"Predisclosure-applications\" <predisclosure-applications-bounces@lists.example.org>\n\n{body}\n\
         _______________________________________________\nPredisclosure-applications mailing list\n{LIST}\n"
    )
}

/// And with the list's own address in From, as for authors whose domain has a DMARC policy.
fn by_munging_list(raw: &str, from: &str) -> String {
    let name = from.split(" <").next().unwrap();
    let rewritten = format!("From: {name} via Predisclosure-applications <{LIST}>\nReply-To: {from}");
    by_list(&raw.replacen(&format!("From: {from}"), &rewritten, 1))
}

fn both_of_team(kind: &str) -> [String; 2] {
    [format!("{kind} {ALICE}"), format!("{kind} {BOB}")]
}

/// What one mail of an applicant leads to.
fn answered(letters: &[Letter], kind: &str, applicant: &str) {
    let mut expected = vec![format!("{kind} {applicant}"), format!("post {LIST}")];
    expected.extend(both_of_team("notice"));
    expected.sort();
    assert_eq!(kinds(letters), expected);
    let (answer, post) = (the(letters, kind, applicant), the(letters, "post", LIST));
    assert_eq!(answer.text(), post.text(), "the list gets the same text");
    assert_eq!(answer.header("Reply-To"), format!("<{LIST}>"));
    assert_eq!(answer.header("In-Reply-To"), post.header("In-Reply-To"));
    let text = post.text();
    assert!(!text.contains('@') || text.contains("…@"), "no address is shown to the list:\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 72 || line.contains("://")), "{text}");
}

const TONOMURA: &str = "tonomura@lab-hv.univ-kaminari.example";

#[test]
fn an_applicant_hears_what_is_missing_is_reminded_once_and_completes_it() {
    story("application-completed", |world| {
        let gustavo = "gustavo@ipecloud.example";
        let whole = fixture("77-no-longer-agree/1.eml");
        let letters = world.at("2026-11-30T13:10:10Z").mails(&whole.replace("Alias: seguranca@ipecloud.example\n", ""));
        answered(&letters, "acknowledgement", gustavo);
        let text = the(&letters, "acknowledgement", gustavo).text();
        assert!(text.contains("✗ Address to be added") && !text.contains("Everything is there"), "{text}");
        let reminded = world.at("2026-12-07T13:10:10Z").waits();
        let theirs = the(&reminded, "reminder", gustavo).text();
        assert!(theirs.contains("Address to be added"), "{theirs}");
        let again = world.at("2026-12-20T09:25:00Z").waits();
        assert!(again.iter().all(|letter| letter.to != gustavo), "once: {:?}", kinds(&again));
        // From a webmail that forgets what it answers.
        let forgetful = "From: Gustavo Prates <gustavo@ipecloud.example>
To: predisclosure-applications@lists.example.org
Subject: =?utf-8?q?RES=3A_Ip=C3=AA_Cloud_application?=
Date: Sun, 20 Dec 2026 07:00:31 -0300
Message-ID: <webmail.77@ipecloud.example>

Hello,

the alias is seguranca@ipecloud.example.

Gustavo
";
        let letters = world.at("2026-12-20T10:00:31Z").mails(forgetful);
        answered(&letters, "answer", gustavo);
        assert!(the(&letters, "post", LIST).text().contains("Everything is there."));
        let notice = the(&letters, "notice", ALICE);
        assert!(
            notice.text().contains("“accept”") && notice.text().contains("in an earlier mail"),
            "{}",
            notice.text()
        );
        let reminders = world.at("2027-02-20T09:25:00Z").waits();
        assert!(kinds(&reminders).iter().all(|kind| !kind.contains(gustavo)), "it is the team's turn");
    });
}

#[test]
fn an_application_that_is_complete_at_once_waits_for_the_team() {
    story("application-complete", |world| {
        let letters = world.at("2026-11-30T13:10:10Z").mails(&fixture("77-no-longer-agree/1.eml"));
        answered(&letters, "acknowledgement", "gustavo@ipecloud.example");
        assert!(letters[0].text().contains("Everything is there."), "{}", letters[0].text());
        // Whoever takes their agreement back is not complete any more.
        let letters = world.at("2026-12-02T19:45:00Z").mails(&fixture("77-no-longer-agree/2.eml"));
        answered(&letters, "answer", "gustavo@ipecloud.example");
        assert!(the(&letters, "post", LIST).text().contains("? Agreement to the policy"));
        let letters = but_reminders(world.at("2026-12-14T12:03:27Z").mails(&fixture("77-no-longer-agree/3.eml")));
        answered(&letters, "answer", "gustavo@ipecloud.example");
    });
}

#[test]
fn the_same_application_directly_and_by_the_list_is_one() {
    story("application-by-list", |world| {
        let eithne = "eithne@drumlin.example";
        let letters = world.at("2026-12-10T12:00:00Z").mails(&fixture("83-copy-by-the-list/1.eml"));
        answered(&letters, "acknowledgement", eithne);
        assert_eq!(kinds(&world.at("2026-12-10T12:00:41Z").mails(&fixture("83-copy-by-the-list/2.eml"))), [""; 0]);
        let letters = world.at("2026-12-11T09:15:00Z").mails(&fixture("83-copy-by-the-list/3.eml"));
        answered(&letters, "answer", eithne);
        // A list that rewrites From.
        let direct = fixture("84-sent-again/1.eml");
        let deepa = "Deepa Raghunath <deepa.raghunath@coppice-embedded.example>";
        let letters = world.at("2026-12-11T21:30:00Z").mails(&by_munging_list(&direct, deepa));
        answered(&letters, "acknowledgement", "deepa.raghunath@coppice-embedded.example");
        assert_eq!(kinds(&world.at("2026-12-11T21:31:00Z").mails(&direct)), [""; 0]);
        // Sent again after a week, by somebody who wonders: they are told, and nobody else.
        let mut letters = world.at("2026-12-17T15:02:00Z").mails(&by_list(&fixture("84-sent-again/2.eml")));
        letters.retain(|letter| letter.kind != "reminder"); // The team is to decide about both.
        assert_eq!(kinds(&letters), ["answer deepa.raghunath@coppice-embedded.example"]);
        assert!(letters[0].text().contains("nothing was lost"), "{}", letters[0].text());
    });
}

#[test]
fn a_bystander_completes_nothing_and_a_colleague_who_says_so_does() {
    story("application-bystander", |world| {
        let marek = "marek@wisla-hosting.example";
        for (mail, at) in [(1, "2026-12-07T08:00:00Z"), (2, "2026-12-07T14:20:00Z"), (3, "2026-12-08T10:42:00Z")] {
            let letters = world.at(at).mails(&by_list(&fixture(&format!("81-five-mails/{mail}.eml"))));
            answered(&letters, if mail == 1 { "acknowledgement" } else { "answer" }, marek);
        }
        let letters = world.at("2026-12-08T12:05:51Z").mails(&by_list(&fixture("81-five-mails/4.eml")));
        assert_eq!(kinds(&letters), both_of_team("relay"));
        assert!(letters[0].text().contains("an objection"), "{}", letters[0].text());
        for (mail, at) in [(5, "2026-12-09T09:17:00Z"), (6, "2026-12-10T07:08:00Z")] {
            let letters = world.at(at).mails(&by_list(&fixture(&format!("81-five-mails/{mail}.eml"))));
            answered(&letters, "answer", marek);
        }
        world.at("2026-12-11T12:00:05Z").mails(&fixture("78-colleague-takes-over/1.eml"));
        let letters = world.at("2026-12-11T13:41:16Z").mails(&fixture("78-colleague-takes-over/2.eml"));
        answered(&letters, "answer", "t.bielak@warta-systems.example");
        assert!(the(&letters, "notice", BOB).text().contains("not the applicant’s address"));
        world.at("2026-12-12T11:11:00Z").mails(&fixture("79-same-domain-customer/1.eml"));
        let letters = world.at("2026-12-12T19:47:31Z").mails(&fixture("79-same-domain-customer/2.eml"));
        assert_eq!(kinds(&letters), both_of_team("relay"), "a customer with a mailbox there");
    });
}

#[test]
fn whoever_subscribes_is_told_how_to_apply_once_a_day() {
    story("application-subscription", |world| {
        let subscribe = |id: u32| fixture("90-subscribe-empty.eml").replace("4f0a", &id.to_string());
        let letters = world.at("2026-12-05T22:01:13Z").mails(&subscribe(1));
        assert_eq!(kinds(&letters), ["answer kb@larchnet.example"]);
        let text = letters[0].text();
        assert!(text.contains(LIST) && text.contains("https://xenproject.org/developers/security-policy/"), "{text}");
        assert_eq!(kinds(&world.at("2026-12-06T21:00:00Z").mails(&subscribe(2))), [""; 0], "once a day");
        assert_eq!(kinds(&world.at("2026-12-07T22:02:00Z").mails(&subscribe(3))), ["answer kb@larchnet.example"]);
        let form = fixture("91-subscription-web-form.eml");
        assert_eq!(kinds(&world.at("2026-12-07T23:00:00Z").mails(&form)), [""; 0], "a machine is never answered");
    });
}

#[test]
fn what_is_no_application_goes_to_the_team_and_machines_and_sellers_stay_silent() {
    story("application-list-mail", |world| {
        for (mail, at, words) in [
            ("85-may-a-reseller-apply.eml", "2026-11-24T09:00:00Z", "a question"),
            ("86-objection-to-admission.eml", "2026-12-02T20:13:09Z", "an objection"),
            ("87-decision-accepted.eml", "2026-12-07T16:40:12Z", "a decision"),
            ("89-change-of-name.eml", "2026-12-09T10:25:00Z", "a change"),
            ("98-unsubscribe-wish.eml", "2026-12-09T12:12:00Z", "something else"),
        ] {
            let letters = world.at(at).mails(&by_list(&fixture(mail)));
            assert_eq!(kinds(&letters), both_of_team("relay"), "{mail}");
            assert!(letters[0].text().contains(words), "{mail}: {}", letters[0].text());
            assert_eq!(letters[0].header("Reply-To"), format!("<{LIST}>"));
        }
        for mail in ["92-spam-search-ranking.eml", "94-vacation.eml", "95-bounce.eml", "96-ci-failure.eml"] {
            assert_eq!(kinds(&world.at("2026-12-09T13:00:00Z").mails(&fixture(mail))), [""; 0], "{mail}");
        }
        // A member of the team looks at what was held, and it is somebody who asks.
        let held = world.json(&["inbox", "list"]);
        let held = held.as_array().unwrap().iter().find(|mail| mail["state"] == "quarantined").unwrap();
        let id = held["id"].to_string();
        world.does(&["inbox", "retry", &id]);
        assert_eq!(kinds(&world.at("2026-12-09T14:00:00Z").waits()), both_of_team("relay"));
    });
}

#[test]
fn a_report_on_the_public_list_alarms_the_team_and_its_writer_is_told_where_to_report() {
    story("application-report", |world| {
        let raw = report().replace("security@example.org", LIST);
        let letters =
            world.at("2026-12-07T09:12:04Z").mails(&by_list(&raw.replace(&format!("Delivered-To: {LIST}\n"), "")));
        let mut expected = both_of_team("alert").to_vec();
        expected.push(format!("answer {DANA}"));
        expected.sort();
        assert_eq!(kinds(&letters), expected);
        assert!(the(&letters, "answer", DANA).text().contains("security@example.org"));
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0, "the team decides what it is");
    });
}

#[test]
fn an_application_that_nobody_completes_is_closed_and_an_answer_opens_it_again() {
    story("application-expired", |world| {
        world.at("2026-12-08T09:25:00Z").mails(&fixture("82-no-references/1.eml"));
        // A desk that was down for long writes one letter.
        let letters = world.at("2027-01-20T09:25:00Z").waits();
        assert_eq!(kinds(&letters), [format!("reminder {TONOMURA}")]);
        assert!(letters[0].text().contains("no judgement"), "{}", letters[0].text());
        assert_eq!(kinds(&world.at("2027-03-20T09:25:00Z").waits()), [""; 0]);
        let closing = letters[0].message_id();
        let again =
            fixture("82-no-references/2.eml").replace("MIME-Version", &format!("In-Reply-To: {closing}\nMIME-Version"));
        let letters = world.at("2027-03-21T10:00:00Z").mails(&again);
        answered(&letters, "answer", TONOMURA);
        assert!(letters[0].text().contains("open again"), "{}", letters[0].text());
    });
}

#[test]
fn what_cannot_be_read_is_said_to_its_writer_and_the_team() {
    story("application-unread", |world| {
        let encrypted = "From: Jane Roe <jane@hosting.example>
To: predisclosure-applications@lists.example.org
Subject: Application
Message-ID: <enc-1@hosting.example>

-----BEGIN PGP MESSAGE-----

hQEMA0000000000000AQf/Zm9vYmFy
=AAAA
-----END PGP MESSAGE-----
";
        let letters = world.at("2026-12-07T09:12:04Z").mails(encrypted);
        let mut expected = both_of_team("relay").to_vec();
        expected.push("answer jane@hosting.example".to_owned());
        expected.sort();
        assert_eq!(kinds(&letters), expected);
        assert!(the(&letters, "answer", "jane@hosting.example").text().contains("came encrypted"));
        // Answered on the team's own address by a mail program that ignores Reply-To: it is the same application.
        world.at("2026-12-08T09:25:00Z").mails(&fixture("82-no-references/1.eml"));
        let to_us = fixture("82-no-references/2.eml")
            .replace(&format!("To: {LIST}"), "To: security@example.org")
            .replace("MIME-Version", "In-Reply-To: <202612080925.0B89P0xx@lab-hv.univ-kaminari.example>\nMIME-Version");
        let letters = world.at("2026-12-08T10:25:00Z").mails(&to_us);
        let mut expected = both_of_team("notice").to_vec();
        expected.push(format!("answer {TONOMURA}"));
        expected.sort();
        assert_eq!(kinds(&letters), expected, "what was not sent to the list is not shown there");
    });
}

#[test]
fn when_a_limit_forbids_the_answer_nothing_is_posted_and_the_team_is_told() {
    let mut world = World::new(LineEnds::Lf);
    let settings = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), format!("{settings}\n[limits]\nanswers_per_address_and_day = 1\n")).unwrap();
    world.at("2026-12-07T08:00:00Z").mails(&fixture("81-five-mails/1.eml"));
    let letters = world.at("2026-12-07T14:20:00Z").mails(&fixture("81-five-mails/2.eml"));
    assert_eq!(kinds(&letters), both_of_team("notice"));
    let text = letters[0].text();
    assert!(text.contains("The applicant was not answered: 1 were written"), "{text}");
    // The day after, the same goes on.
    let letters = world.at("2026-12-08T15:42:00Z").mails(&fixture("81-five-mails/3.eml"));
    answered(&letters, "answer", "marek@wisla-hosting.example");
}

#[test]
fn a_member_of_the_team_who_writes_to_the_list_raises_no_alarm_and_completes_nothing() {
    let mut world = World::new(LineEnds::CrLf);
    world.at("2026-12-03T06:00:00Z").mails(&by_list(&fixture("80-team-asks/1.eml")));
    let asks = fixture("80-team-asks/2.eml")
        .replace("Security Team <security@example.org>", "Alice Example <alice@example.org>");
    assert_eq!(kinds(&world.at("2026-12-03T10:22:09Z").mails(&by_list(&asks))), [""; 0]);
    let letters = world.at("2026-12-04T01:30:44Z").mails(&by_list(&fixture("80-team-asks/3.eml")));
    answered(&letters, "answer", "marcus@sandglass.example");
    assert!(letters.iter().all(|letter| !letter.text().contains("plans/dune")), "the team's own words answer nothing");
}

#[test]
fn the_team_hears_of_earlier_applications_of_the_same_organisation() {
    let mut world = World::new(LineEnds::Lf);
    world.at("2026-12-11T21:30:00Z").mails(&fixture("84-sent-again/1.eml"));
    let other = fixture("84-sent-again/1.eml")
        .replace("Deepa Raghunath <deepa.raghunath@", "Other Person <other@")
        .replace("Subject: Membership application - ", "Subject: Again: ")
        .replace("BL0PR17.0001", "BL0PR17.0002");
    let letters = world.at("2026-12-12T21:30:00Z").mails(&other);
    answered(&letters, "acknowledgement", "other@coppice-embedded.example");
    let text = the(&letters, "notice", ALICE).text();
    assert!(text.contains("What we know of them") && text.contains("- application 1 (Coppice Embedded"), "{text}");
}

#[test]
fn a_mail_that_is_too_large_is_answered_and_its_beginning_goes_to_the_team() {
    let mut world = World::new(LineEnds::Lf);
    let settings = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), format!("{settings}\n[limits]\nmessage_mebibytes = 1\n")).unwrap();
    let large = fixture("84-sent-again/1.eml") + &"And so on, for many pages.\n".repeat(45_000);
    let letters = world.at("2026-12-11T21:30:00Z").mails(&large);
    let deepa = "deepa.raghunath@coppice-embedded.example";
    let mut expected = both_of_team("relay").to_vec();
    expected.push(format!("answer {deepa}"));
    expected.sort();
    assert_eq!(kinds(&letters), expected);
    assert!(the(&letters, "answer", deepa).text().contains("larger than 1 MiB"));
}

#[test]
fn a_project_without_applications_shows_such_mail_to_its_team() {
    let mut world = World::new(LineEnds::Lf);
    let profile = fs::read_to_string(root().join("config/profiles/xen.toml")).unwrap();
    let (before, _) = profile.split_once("[application]").unwrap();
    fs::write(world.dir.join("profile.toml"), before).unwrap();
    let settings = fs::read_to_string(world.config()).unwrap();
    fs::write(
        world.config(),
        settings.replacen("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"profile.toml\"", 1),
    )
    .unwrap();
    let letters = world.at("2026-12-11T21:30:00Z").mails(&fixture("84-sent-again/1.eml"));
    assert_eq!(kinds(&letters), both_of_team("relay"));
    let copy = by_list(&fixture("84-sent-again/1.eml"));
    assert_eq!(kinds(&world.at("2026-12-11T21:31:00Z").mails(&copy)), [""; 0]);
}

/// An applicant of the burst: the mails of a fixture, as somebody else's.
struct Applicant {
    address: String,
    first: String,
    /// What the first mail left out.
    rest: String,
}

/// All have the same subject, as if they had copied it from each other.
fn applicant(number: usize) -> Applicant {
    let theirs = |text: &str| {
        text.replace("coppice-embedded", &format!("coppice{number}-embedded"))
            .replace("Coppice Embedded", &format!("Coppice{number} Embedded"))
            .replace("BL0PR17.", &format!("BL0PR17.{number}."))
    };
    let whole =
        theirs(&fixture("84-sent-again/1.eml")).replace("Subject: Membership application - ", "Subject: Membership: ");
    let subject = format!("Subject: Membership: Coppice{number} Embedded Inc.");
    let whole = whole.replace(&subject, "Subject: Application for the predisclosure list");
    let alias = whole.lines().find(|line| line.starts_with("Email alias: ")).unwrap().to_owned();
    let address = format!("deepa.raghunath@coppice{number}-embedded.example");
    // Every third writes from a webmail that does not say what it answers.
    let answers = match number % 3 {
        0 => String::new(),
        _ => format!("In-Reply-To: <BL0PR17.{number}.0001@coppice{number}-embedded.example>\n"),
    };
    let rest = format!(
        "From: Deepa Raghunath <{address}>\nTo: {LIST}\nSubject: Re: Application for the predisclosure list\n\
         Date: Sat, 27 Sep 2026 10:00:00 -0500\nMessage-ID: <rest.{number}@coppice{number}-embedded.example>\n{answers}\n\
         This was missing:\n\n{alias}\n\nDeepa\n"
    );
    Applicant { address, first: whole.replace(&format!("{alias}\n"), ""), rest }
}

/// September 2014: an embargo was on its way, and 25 organisations applied within four days.
#[test]
fn in_a_burst_every_applicant_is_answered_and_no_thread_is_mixed_up() {
    let mut world = World::new(LineEnds::Lf);
    let applicants: Vec<Applicant> = (1..=25).map(applicant).collect();
    let day = |n: usize| format!("2026-09-{:02}T09:00:00Z", 24 + n);
    world.at(&day(0)).mails(&report());
    let mut letters = Vec::new();
    for today in 0..5usize {
        // The rest of yesterday's comes between the first mails of today's, both directly and by the list.
        let first = |n: usize| applicants.iter().skip(7 * n).take(7);
        let late: Vec<&Applicant> = today.checked_sub(1).map_or(Vec::new(), |yesterday| first(yesterday).collect());
        for (index, applicant) in first(today).enumerate() {
            let by_list = by_list(&applicant.first);
            world.post(if index % 2 == 0 { by_list.as_bytes() } else { applicant.first.as_bytes() });
            if let Some(late) = late.get(index) {
                world.post(late.rest.as_bytes());
            }
            world.post(if index % 2 == 0 { applicant.first.as_bytes() } else { by_list.as_bytes() });
        }
        let done = first(today).count();
        late.iter().skip(done).for_each(|late| world.post(super::applications::by_list(&late.rest).as_bytes()));
        if today == 2 {
            let more = report().replace("report-1@", "report-2@").replace("MIME", "X").replacen(
                "Subject: ",
                "In-Reply-To: <report-1@research.example.net>\nSubject: Re: ",
                1,
            );
            world.post(more.as_bytes());
            let bystander = format!(
                "From: Eve <eve@elsewhere.example>\nTo: {LIST}\nSubject: Re: Application for the predisclosure list\n\
                 Message-ID: <eve-1@elsewhere.example>\nIn-Reply-To: <BL0PR17.2.0001@coppice2-embedded.example>\n\n\
                 Email alias: eve@elsewhere.example\n"
            );
            world.post(bystander.as_bytes());
        }
        letters.extend(world.at(&day(today)).round());
    }
    let to = |kind: &str, address: &str| letters.iter().filter(|l| l.kind == kind && l.to == address).count();
    for applicant in &applicants {
        let both = (to("acknowledgement", &applicant.address), to("answer", &applicant.address));
        assert_eq!(both, (1, 1), "{}: each mail is answered once", applicant.address);
    }
    assert_eq!(to("post", LIST), 50);
    // Each notice names an application, and whose mail it is of: two mails of one applicant each.
    let mut whose: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for notice in letters.iter().filter(|letter| letter.kind == "notice" && letter.to == ALICE) {
        let number = notice.subject().split("application ").nth(1).unwrap().split(']').next().unwrap().to_owned();
        let text = notice.text();
        let from = text.lines().find(|line| line.starts_with("From: ")).unwrap().to_owned();
        whose.entry(number).or_default().push(from);
    }
    assert_eq!(whose.len(), 25);
    for (number, from) in &whose {
        assert!(from.len() == 2 && from[0] == from[1], "application {number}: {from:?}");
    }
    // The case of the embargo is one, and has nothing of them; the bystander completed nothing.
    let cases = world.json(&["case", "list"]);
    assert_eq!(cases.as_array().unwrap().len(), 1);
    assert_eq!(
        letters.iter().filter(|letter| letter.kind == "relay" && letter.subject().contains("[Xen case 1]")).count(),
        2
    );
    let relays =
        letters.iter().filter(|letter| letter.kind == "relay" && letter.subject().contains("about application 2"));
    assert_eq!(relays.count(), 2);

    // The team decides about all of them in one go.
    let when = "2026-10-01T09:00:00Z";
    let mut accepted = BTreeMap::new();
    for number in whose.keys() {
        let is_of = |letter: &&Letter| letter.subject().contains(&format!("application {number}]"));
        let notice = letters.iter().filter(|l| l.kind == "notice" && l.to == ALICE).rfind(is_of).unwrap();
        assert_eq!(world.json(&["application", "show", number])["complete"], true, "application {number}");
        let accepts = number.parse::<u32>().unwrap() % 5 != 0;
        let text = if accepts { "accept" } else { "reject No service of theirs is open to the public." };
        let raw = signed(&world, ALICE, &notice.header("Reply-To"), &format!("d{number}"), when, text);
        world.post(raw.as_bytes());
        accepted.insert(number.clone(), accepts);
    }
    let letters = world.at(when).round();
    for one in world.json(&["application", "list"]).as_array().unwrap() {
        let (number, applicant) = (one["id"].to_string(), one["applicant"].as_str().unwrap());
        let decided = if accepted[&number] { "accepted" } else { "rejected" };
        assert_eq!(one["state"], decided, "application {number}");
        let decisions: Vec<&Letter> =
            letters.iter().filter(|l| l.to == applicant && l.kind != "confirmation").collect();
        assert_eq!(decisions.len(), 1, "{applicant}");
        let text = decisions[0].text().split_whitespace().collect::<Vec<_>>().join(" ");
        let organisation = one["organisation"].as_str().unwrap();
        assert!(text.contains(organisation) && text.contains(&decided.to_uppercase()), "{organisation}: {text}");
    }
    assert_eq!(letters.iter().filter(|letter| letter.kind == "post" && letter.to == LIST).count(), 25);
    let asked = letters.iter().filter(|letter| letter.kind == "confirmation").count();
    assert_eq!(asked, 20, "each accepted one's address is asked");
}
