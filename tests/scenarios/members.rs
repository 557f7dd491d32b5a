//! Members of the predisclosure list without an application: put on it by an operator or by signed command, confirmed by
//! their own address alone, changed at both ends, tried by test letters.

use embargod::openpgp;

use super::decisions::{ALIAS, by_the_alias, flat, members, says};
use super::*;
use crate::world::{Letter, kinds, the};

const VM: &str = "VM & Sons <Example> Ltd";
const TEAM: &str = "security@example.org";

fn begins(world: &mut World) {
    world.at("2026-12-07T09:00:00Z").waits();
}

/// An active member that the operator put on the list, and its question address.
fn joins(world: &mut World) -> String {
    begins(world);
    world.does(&["member", "add", VM, ALIAS, "--kind", "hosting", "--domain", "vm.example.net"]);
    let letters = world.at("2026-12-07T10:00:00Z").waits();
    let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
    assert_eq!(members(world), [(VM.to_owned(), "active".to_owned())]);
    the(&letters, "notice", ALIAS).header("Reply-To")
}

fn history(world: &World) -> Vec<String> {
    let listed = world.json(&["history", "list"]);
    listed.as_array().unwrap().iter().map(|entry| entry["entry"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_operator_adds_a_member_whose_address_confirms_itself_and_removes_it() {
    story("member-by-operator", |world| {
        begins(world);
        let said = world.does(&["member", "add", VM, ALIAS, "--since", "2019-08-08"]);
        assert!(said.contains("is asked to confirm itself"), "{said}");
        let letters = world.at("2026-12-07T10:00:00Z").waits();
        assert_eq!(
            kinds(&letters),
            [&format!("confirmation {ALIAS}"), "notice alice@example.org", "notice bob@example.org"]
        );
        let question = the(&letters, "confirmation", ALIAS);
        assert!(flat(question).contains("is about to put the organisation"), "{}", question.text());
        let confirm = question.header("Reply-To");
        assert_eq!(history(world), [""; 0], "nobody is on the list before the address said so");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&by_the_alias(&confirm, "c1", "Who are you?"));
        assert!(flat(the(&letters, "confirmation", ALIAS)).contains("not the word alone"));
        world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c2", "confirm"));
        assert_eq!(members(world), [(VM.to_owned(), "active".to_owned())]);
        assert_eq!(history(world), [format!("v3.24 Dec 7th 2026: Added {VM}")]);
        assert_eq!(world.json(&["member", "show", "vm"])["joined_at"], "2019-08-08T00:00:00Z");

        world.does(&["member", "suspend", "vm"]);
        let letters = world.at("2026-12-08T09:00:00Z").waits();
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Your organisation is suspended"));
        let refused = world.command(&["member", "suspend", ALIAS]);
        assert_eq!(refused.status.code(), Some(1));
        world.does(&["member", "resume", ALIAS]);
        let letters = world.at("2026-12-09T09:00:00Z").waits();
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Your organisation is back"));
        world.does(&["member", "remove", "vm"]);
        let letters = world.at("2026-12-10T09:00:00Z").waits();
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Your organisation is off"));
        assert_eq!(
            history(world),
            [
                format!("v3.27 Dec 9th 2026: Removed {VM}"),
                format!("v3.26 Dec 8th 2026: Reinstated {VM}"),
                format!("v3.25 Dec 7th 2026: Suspended {VM}"),
                format!("v3.24 Dec 7th 2026: Added {VM}"),
            ]
        );
        // The address is free again, and what it was given before leads nowhere.
        let letters = world.at("2026-12-10T10:00:00Z").mails(&by_the_alias(&confirm, "c3", "confirm"));
        assert!(letters.iter().all(|letter| letter.kind != "confirmation"), "{:?}", kinds(&letters));
        assert_eq!(members(world), [(VM.to_owned(), "left".to_owned())]);
    });
}

#[test]
fn an_address_that_never_confirms_gets_nothing_and_its_member_ends() {
    let mut world = World::new(LineEnds::Lf);
    begins(&mut world);
    world.does(&["member", "add", VM, ALIAS]);
    world.at("2026-12-07T10:00:00Z").waits();
    let letters = world.at("2026-12-15T10:00:00Z").waits();
    assert_eq!(kinds(&letters), [format!("reminder {ALIAS}")]);
    assert_eq!(world.command(&["member", "drill", "vm"]).status.code(), Some(1), "it is not active");
    let letters = world.at("2026-12-29T10:00:00Z").waits();
    assert!(letters.iter().all(|letter| letter.to != ALIAS), "{:?}", kinds(&letters));
    assert!(flat(the(&letters, "notice", BOB)).contains("Nobody did."));
    assert_eq!(members(&world), [(VM.to_owned(), "left".to_owned())]);
    assert_eq!(history(&world), [""; 0]);
}

#[test]
fn signed_commands_name_their_member_and_are_done_all_or_none() {
    story("member-by-command", |world| {
        begins(world);
        let order = |world: &mut World, who, id, when: &str, text| says(world, who, TEAM, id, when, text);
        let text = "!member add VM Example Ltd <security@vm.example.net>\n!history add Added reference to SUPPORT.md";
        let letters = order(world, ALICE, "a1", "2026-12-07T10:00:00Z", text);
        let done = the(&letters, "answer", ALICE);
        assert!(
            flat(done).contains("The entry: “v3.24 Dec 7th 2026: Added reference to SUPPORT.md”."),
            "{}",
            done.text()
        );
        let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0, "no case is opened");
        world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));

        // One line that cannot be done stops all; so does one that nobody understands.
        for (id, text, why) in [
            ("b1", "!member suspend VM Example Ltd\n!member remove Nobody Inc.", "there is no member “Nobody Inc.”"),
            ("b2", "!member suspend VM\n!member add Two <security@vm.example.net>", "cannot be put on the list"),
            ("b3", "!member suspend VM\n!membr remove VM", "“!membr” is no command; did you mean “!member”?"),
            ("b4", "!member suspend VM\n!status", "“status” is a command about a case"),
            ("b5", "!member add Team <alice@example.org>", "the address is that of somebody in the team"),
            ("b6", "!member add Ours <xen-security-issues@lists.example.org>", "it is an address of this desk"),
            ("b7", "!member add Public <xen-devel@lists.example.org>", "it is a public list"),
        ] {
            let letters = order(world, BOB, id, "2026-12-07T12:00:00Z", text);
            assert_eq!(kinds(&letters), ["refusal bob@example.org"], "{text}");
            assert!(flat(the(&letters, "refusal", BOB)).contains(why), "{}", the(&letters, "refusal", BOB).text());
        }
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "active".to_owned())]);

        let raw = signed(world, BOB, TEAM, "b8", "2026-12-07T13:00:00Z", "!member suspend VM");
        let letters = world.at("2026-12-07T13:00:00Z").mails(&raw);
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Your organisation is suspended"));
        assert!(flat(the(&letters, "notice", ALICE)).contains("Who said so: Bob Example"));
        order(world, ALICE, "a2", "2026-12-07T14:00:00Z", "!member resume security@vm.example.net");
        // The same mail by another way has no second effect; the same signature in another acts once, and not for long.
        let by_list =
            raw.replace("Delivered-To: security@example.org", "Delivered-To: xen-security-issues@lists.example.org");
        assert_eq!(kinds(&world.at("2026-12-07T14:30:00Z").mails(&by_list)), [""; 0]);
        let again = raw.replace("<b8@example.org>", "<b9@example.org>").replace("10:00:00 +0000", "15:00:00 +0000");
        let letters = world.at("2026-12-07T15:00:00Z").mails(&again);
        assert!(flat(the(&letters, "refusal", BOB)).contains("its signature was used before"));
        let old = signed(world, BOB, TEAM, "b10", "2026-12-07T15:00:00Z", "!member remove VM");
        let letters = world.at("2026-12-10T15:00:00Z").mails(&old);
        assert!(flat(the(&letters, "refusal", BOB)).contains("older than 48 hours"));
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "active".to_owned())]);
        order(world, BOB, "b11", "2026-12-10T16:00:00Z", "!member remove VM");
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "left".to_owned())]);
    });
}

#[test]
fn without_a_signature_nobody_orders_anything() {
    let mut world = World::new(LineEnds::Lf);
    joins(&mut world);
    let report = world.at("2026-12-07T12:00:00Z").mails(&report());
    let alices = the(&report, "relay", ALICE).header("Reply-To");
    for (to, id) in [(TEAM, "u1"), (alices.as_str(), "u2")] {
        world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, to, id, "!member remove VM"));
        assert_eq!(members(&world), [(VM.to_owned(), "active".to_owned())], "{to}");
    }
    // Signed by somebody who is not in the team any more.
    let raw = signed(&world, BOB, TEAM, "b1", "2026-12-07T12:20:00Z", "!member remove VM");
    world.does(&["team", "remove", BOB]);
    world.at("2026-12-07T12:20:00Z").mails(&raw);
    assert_eq!(members(&world), [(VM.to_owned(), "active".to_owned())]);
}

/// Five hundred lines as an old list might be: names, addresses and comments, some of them twice or broken.
fn old_list() -> (String, usize) {
    let (mut file, mut good) = ("name,address,since\n".to_owned(), 0);
    for number in 1..500 {
        let line = match number % 10 {
            3 => format!("# comment {number}"),
            4 => String::new(),
            5 => format!("Broken {number},security.at.m{number}.example.net,"),
            6 => format!("Again {number},security@m{}.example.net,", number - 5),
            7 => format!("Late {number},security@m{number}.example.net,soon"),
            8 => "Public,xen-devel@lists.example.org,".to_owned(),
            _ => {
                good += 1;
                format!("\"Member {number}, Inc. & Co.\",security@m{number}.example.net,2019-08-08")
            }
        };
        file.push_str(&format!("{line}\n"));
    }
    (file, good)
}

#[test]
fn five_hundred_lines_are_taken_over_with_a_word_for_each() {
    let mut world = World::new(LineEnds::Lf);
    begins(&mut world);
    let (text, good) = old_list();
    assert_eq!(text.lines().count(), 500);
    let file = world.dir.join("list.csv");
    std::fs::write(&file, &text).unwrap();
    let said = world.does(&["member", "import", file.to_str().unwrap(), "--confirmed"]);
    let report: Vec<&str> = said.lines().filter(|line| line.starts_with("line ")).collect();
    assert_eq!(report.len(), 500, "a line for each");
    for (word, count) in [
        ("taken: ", good),
        ("comment", 50),
        ("empty", 50),
        ("headings", 1),
        ("bad address", 50),
        ("duplicate", 50 + 49), // One of a kind stands there fifty times.
        ("bad date", 50),
        ("refused: the address is a public list", 1),
    ] {
        let found = report.iter().filter(|line| line.contains(&format!(": {word}"))).count();
        assert_eq!(found, count, "{word}");
    }
    let listed = world.json(&["member", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), good);
    assert!(listed.as_array().unwrap().iter().all(|member| member["state"] == "active"));
    let history = history(&world);
    assert!(history.len() == 1 && history[0].starts_with("v3.24 Dec 7th 2026: Added Member 1, Inc. & Co., Member 2"));
    let letters = world.at("2026-12-07T10:00:00Z").waits();
    assert_eq!(kinds(&letters), ["notice alice@example.org", "notice bob@example.org"], "no letters but to the team");
    // Once more: nobody is taken twice.
    let again = world.command(&["member", "import", file.to_str().unwrap(), "--confirmed"]);
    assert_eq!(again.status.code(), Some(1));
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(said.contains("refused: the address is the member “Member 1, Inc. & Co.”'s already"), "{said}");
    assert_eq!(world.json(&["member", "list"]).as_array().unwrap().len(), good);
}

#[test]
fn a_list_of_mailman_is_asked_address_by_address_unless_it_was_confirmed() {
    let mut world = World::new(LineEnds::Lf);
    begins(&mut world);
    let file = world.dir.join("members.txt");
    std::fs::write(&file, format!("{VM} <{ALIAS}>\nBSD Example <security@bsd.example.net>\nno-name@x.example.net\n"))
        .unwrap();
    let said = world.does(&["member", "import", file.to_str().unwrap()]);
    assert!(said.contains("line 3: no name") && said.contains("2 addresses are asked"), "{said}");
    let letters = world.at("2026-12-07T10:00:00Z").waits();
    assert_eq!(letters.iter().filter(|letter| letter.kind == "confirmation").count(), 2);
    assert!(the(&letters, "notice", ALICE).subject().contains("2 organisations are asked"), "one notice for all");
    assert_eq!(history(&world), [""; 0]);
    assert!(members(&world).iter().all(|(_, state)| state == "invited"));
}

#[test]
fn an_address_changes_when_both_ends_say_so() {
    story("member-address", |world| {
        let question = joins(world);
        let cert = "cert@vm.example.net";
        let letters =
            world.at("2026-12-08T09:00:00Z").mails(&by_the_alias(&question, "n1", "address alice@example.org\n"));
        let refused = the(&letters, "notice", ALIAS);
        let cannot = "We cannot make this change by mail. The security team has been told, and will write to you.";
        assert!(flat(refused).contains(cannot) && !flat(refused).contains("Why:"), "{}", refused.text());
        let notice = flat(the(&letters, "notice", BOB));
        assert!(notice.contains("Why: the address is that of somebody in the team."), "{notice}");
        let letters =
            world.at("2026-12-08T09:10:00Z").mails(&by_the_alias(&question, "n2", &format!("address {cert}\n\nNils")));
        let former = the(&letters, "confirmation", ALIAS).header("Reply-To");
        let new = the(&letters, "confirmation", cert);
        assert!(!new.text().contains(ALIAS), "the address it has is not for others");
        let new = new.header("Reply-To");
        // The one alone changes nothing, said twice neither.
        for id in ["n3", "n4"] {
            let letters = world.at("2026-12-08T09:20:00Z").mails(&by_the_alias(&new, id, "confirm"));
            assert_eq!(kinds(&letters), [""; 0]);
        }
        let letters = world.at("2026-12-08T09:25:00Z").mails(&by_the_alias(&former, "n5", "Which address?"));
        assert_eq!(kinds(&letters), [format!("answer {ALIAS}")], "it is asked again");
        assert_eq!(world.json(&["member", "show", "vm"])["address"], ALIAS);
        let letters = world.at("2026-12-08T09:30:00Z").mails(&by_the_alias(&former, "n6", "confirm"));
        assert_eq!(world.json(&["member", "show", "vm"])["address"], cert);
        assert!(the(&letters, "notice", cert).subject().contains("has changed"));
        assert!(the(&letters, "notice", ALIAS).subject().contains("has changed"));
        assert!(
            flat(the(&letters, "notice", ALICE)).contains("The address that it had before: security@vm.example.net")
        );
        // The former address has no say any more.
        let letters =
            world.at("2026-12-08T10:00:00Z").mails(&by_the_alias(&question, "n7", "address x@vm.example.net"));
        let expected = ["answer nils@vm.example.net", "relay alice@example.org", "relay bob@example.org"];
        assert_eq!(kinds(&letters), expected);
        assert!(flat(&letters[0]).contains("your mail came to a reply address that is no longer valid"));
        assert!(
            flat(&letters[1]).contains("once given to “VM & Sons <Example> Ltd <security@vm.example.net>”"),
            "{}",
            letters[1].text()
        );
        // Its writer hears so once a day; a machine never.
        let letters = world.at("2026-12-08T10:10:00Z").mails(&by_the_alias(&former, "n8", "confirm"));
        assert_eq!(kinds(&letters), expected[1..]);
        let away =
            by_the_alias(&former, "n9", "confirm").replace("Subject:", "Auto-Submitted: auto-generated\nSubject:");
        assert_eq!(kinds(&world.at("2026-12-08T10:20:00Z").mails(&away)), [""; 0]);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0, "it opens no case");
        // The same words where they were told to write do.
        let again = by_the_alias(TEAM, "n7", "address x@vm.example.net");
        world.at("2026-12-08T10:30:00Z").mails(&again);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn an_address_that_one_end_does_not_confirm_stays() {
    let mut world = World::new(LineEnds::Lf);
    let question = joins(&mut world);
    let letters = world.at("2026-12-08T09:00:00Z").mails(&by_the_alias(&question, "n1", "address cert@vm.example.net"));
    let new = the(&letters, "confirmation", "cert@vm.example.net").header("Reply-To");
    world.at("2026-12-08T09:20:00Z").mails(&by_the_alias(&new, "n2", "confirm"));
    let letters = world.at("2026-12-30T09:00:00Z").waits();
    assert!(the(&letters, "notice", ALIAS).subject().contains("has NOT changed"));
    assert!(the(&letters, "notice", BOB).subject().contains("was NOT changed"));
    assert_eq!(world.json(&["member", "show", "vm"])["address"], ALIAS);
    let letters = world.at("2026-12-31T09:00:00Z").mails(&by_the_alias(&new, "n3", "confirm"));
    assert_eq!(kinds(&letters)[0], "answer nils@vm.example.net", "too late");
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0, "it opens no case");
}

#[test]
fn what_somebody_who_left_the_list_replies_opens_no_case() {
    let mut world = World::new(LineEnds::Lf);
    let question = joins(&mut world);
    world.does(&["member", "remove", "vm"]);
    world.at("2026-12-08T09:00:00Z").waits();
    let letters = world.at("2026-12-08T10:00:00Z").mails(&by_the_alias(&question, "n1", "Why were we removed?"));
    assert_eq!(kinds(&letters), ["answer nils@vm.example.net", "relay alice@example.org", "relay bob@example.org"]);
    assert!(flat(&letters[0]).contains("For anything else write to security@example.org."));
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0);
}

/// A key of the member's, kept where the world finds it; gives its certificate.
fn key_of_the_alias(world: &World, name: &str) -> (String, String) {
    let key = openpgp::generate(&format!("VM Security <{ALIAS}>"), "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    std::fs::write(world.dir.join("keys").join(name), &key.secret).unwrap();
    let fingerprint = openpgp::Certificate::read(key.certificate.as_bytes()).unwrap().fingerprint();
    (key.certificate, fingerprint)
}

fn with_certificate(raw: &str, certificate: &str) -> String {
    let (header, text) = raw.split_once("\n\n").unwrap();
    format!(
        "{header}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n--m\n\
         Content-Type: application/pgp-keys; name=\"vm.asc\"\nContent-Disposition: attachment; \
         filename=\"vm.asc\"\n\n{certificate}\n--m--\n"
    )
}

fn asked(letters: &[Letter], who: &str) -> String {
    let found = letters.iter().find(|letter| letter.to == who && letter.subject().contains("Is this certificate"));
    found.expect("the team is asked").header("Reply-To")
}

#[test]
fn a_certificate_that_a_member_sends_is_theirs_when_one_of_the_team_says_so() {
    story("member-certificate", |world| {
        let question = joins(world);
        let (certificate, fingerprint) = key_of_the_alias(world, "security.key");
        let raw = with_certificate(&by_the_alias(&question, "k1", "Here is our key."), &certificate);
        let letters = world.at("2026-12-08T09:00:00Z").mails(&raw);
        let (alices, bobs) = (asked(&letters, ALICE), asked(&letters, BOB));
        let shown = |world: &World| world.json(&["member", "show", "vm"])["certificate"].clone();
        assert_eq!(shown(world), serde_json::Value::Null, "nobody said so yet");
        // Not unsigned, not at another's address, not another certificate.
        let accept = format!("accept key {fingerprint}");
        world.at("2026-12-08T09:10:00Z").mails(&vouched(ALICE, &alices, "k2", &accept));
        let letters = says(world, BOB, &alices, "k3", "2026-12-08T09:15:00Z", &accept);
        let own_copy = "reply to your own copy of the letter that asks about the certificate";
        assert!(flat(the(&letters, "refusal", BOB)).contains(own_copy));
        let other = format!("accept key {}", "0".repeat(40));
        let letters = says(world, ALICE, &alices, "k4", "2026-12-08T09:20:00Z", &other);
        let refusal = the(&letters, "refusal", ALICE);
        assert!(flat(refusal).contains("not the fingerprint of the certificate"));
        assert!(flat(refusal).contains("Then reply to the letter that asks about the certificate"));
        assert!(refusal.text().contains(&format!("“{other}”")), "on one line: {}", refusal.text());
        assert_eq!(shown(world), serde_json::Value::Null);
        let letters = says(world, ALICE, &alices, "k5", "2026-12-08T09:30:00Z", &accept);
        assert_eq!(shown(world), serde_json::Value::from(fingerprint.clone()));
        assert!(
            flat(the(&letters, "notice", ALIAS))
                .contains("a member of the Xen Project Security Team said that it is yours")
        );
        assert!(flat(the(&letters, "notice", BOB)).contains("On the word of Alice Example"));
        let letters = says(world, BOB, &bobs, "k6", "2026-12-08T09:40:00Z", &accept);
        assert!(flat(the(&letters, "refusal", BOB)).contains("Alice Example said so before."));
        // The next letter that only members may read leaves encrypted to it.
        world.does(&["member", "drill"]);
        let letters = world.at("2026-12-08T10:00:00Z").waits();
        assert!(the(&letters, "notice", ALIAS).opened.is_some());
        // The same certificate once more asks nobody; another one does, and changes nothing by itself.
        let raw = with_certificate(&by_the_alias(&question, "k7", "Our key again."), &certificate);
        let letters = world.at("2026-12-08T11:00:00Z").mails(&raw);
        assert!(
            !letters.iter().any(|letter| letter.subject().contains("Is this certificate")),
            "{:?}",
            kinds(&letters)
        );
        let (another, _) = key_of_the_alias(world, "security.former.key");
        let raw = with_certificate(&by_the_alias(&question, "k8", "A new key."), &another);
        let letters = world.at("2026-12-08T12:00:00Z").mails(&raw);
        let asked = letters.iter().find(|one| one.to == BOB && one.subject().contains("Is this certificate"));
        assert!(flat(asked.unwrap()).contains("It would take the place of this one"));
        assert_eq!(shown(world), serde_json::Value::from(fingerprint));
    });
}

#[test]
fn a_stranger_offers_no_certificate_in_a_members_name() {
    let mut world = World::new(LineEnds::Lf);
    joins(&mut world);
    let (certificate, _) = key_of_the_alias(&world, "security.key");
    let raw = by_the_alias(TEAM, "k1", "Our new key.").replace("Nils Nachtschicht <nils@vm.example.net>", ALIAS);
    let letters = world.at("2026-12-08T09:00:00Z").mails(&with_certificate(&raw, &certificate));
    assert!(!letters.iter().any(|letter| letter.subject().contains("Is this certificate")), "{:?}", kinds(&letters));
    // Vouched for by our own server, it is asked about.
    let stamp = "Authentication-Results: mx.example.org; dmarc=pass header.from=vm.example.net\nFrom: ";
    let raw = raw.replace("From: ", stamp).replace("<k1@", "<k2@");
    let letters = world.at("2026-12-08T10:00:00Z").mails(&with_certificate(&raw, &certificate));
    assert!(!asked(&letters, ALICE).is_empty());
}

#[test]
fn a_test_letter_shows_who_reads_the_address() {
    story("member-drill", |world| {
        joins(world);
        world.does(&["member", "drill", "vm"]);
        let letters = world.at("2026-12-08T09:00:00Z").waits();
        let drill = the(&letters, "notice", ALIAS).header("Reply-To");
        assert!(world.does(&["member", "show", "vm"]).contains("NOT answered"));
        let letters = world.at("2026-12-08T09:10:00Z").mails(&by_the_alias(&drill, "d1", "Thanks, got it."));
        let answer = the(&letters, "answer", "nils@vm.example.net");
        assert!(answer.subject().contains("not understood"));
        assert!(flat(answer).contains("We passed your text to the team as a question."), "{}", answer.text());
        assert!(flat(the(&letters, "relay", BOB)).contains("asks the team something"));
        let quoted = by_the_alias(&drill, "d0", "> Please answer.");
        let letters = world.at("2026-12-08T09:12:00Z").mails(&quoted);
        assert_eq!(kinds(&letters), ["answer nils@vm.example.net"], "nothing to pass on");
        let away = by_the_alias(&drill, "d2", "received").replace("Subject:", "Auto-Submitted: auto-replied\nSubject:");
        assert_eq!(kinds(&world.at("2026-12-08T09:15:00Z").mails(&away)), [""; 0]);
        assert!(world.does(&["member", "show", "vm"]).contains("NOT answered"));
        let letters = world.at("2026-12-08T09:20:00Z").mails(&by_the_alias(&drill, "d3", "Received.\n\nNils"));
        assert!(the(&letters, "answer", "nils@vm.example.net").subject().contains("the test reached you"));
        let drills = &world.json(&["member", "show", "vm"])["drills"];
        assert_eq!(drills[0]["answered_by"], "nils@vm.example.net");
        assert_eq!(drills[0]["answered_at"], "2026-12-08T09:20:00Z");
    });
}

#[test]
fn what_waits_for_a_member_is_stopped_when_it_is_removed_and_nobody_is_alarmed() {
    let mut world = World::new(LineEnds::Lf);
    joins(&mut world);
    world.does(&["outbox", "pause"]);
    world.does(&["member", "drill", "vm"]);
    assert_eq!(kinds(&world.at("2026-12-08T09:00:00Z").waits()), [""; 0]);
    world.does(&["member", "remove", "vm"]);
    world.at("2026-12-08T10:00:00Z").waits();
    world.does(&["outbox", "resume"]);
    let letters = world.at("2026-12-08T11:00:00Z").waits();
    let notices = ["notice alice@example.org", "notice bob@example.org", "notice security@vm.example.net"];
    assert_eq!(kinds(&letters), notices, "that it is removed, and nothing else");
    assert!(the(&letters, "notice", ALIAS).subject().starts_with("Your organisation is off"));
    let waiting = world.json(&["outbox", "list"]);
    let drill = waiting.as_array().unwrap().iter().find(|row| row["state"] == "blocked").unwrap();
    assert_eq!(drill["to"], ALIAS);
}

#[test]
fn the_change_history_takes_any_line_of_text() {
    let mut world = World::new(LineEnds::Lf);
    begins(&mut world);
    let said = world.does(&["history", "add", "Removed Intel & others <after review>"]);
    assert_eq!(said.trim(), "v3.24 Dec 7th 2026: Removed Intel & others <after review>");
    assert_eq!(world.command(&["history", "add", " "]).status.code(), Some(2));
    assert_eq!(history(&world).len(), 1);
}

#[test]
fn the_public_list_has_names_and_never_an_address() {
    let mut world = World::new(LineEnds::Lf);
    begins(&mut world);
    let site = world.dir.join("site");
    let page = |name: &str| std::fs::read_to_string(site.join(name)).unwrap();
    assert!(page("members.html").contains("None yet.") && page("members.json").trim() == "[]");
    let file = world.dir.join("list.csv");
    let rows =
        ["name,address,since", "1 & 1 AG,security@one.example.net,2014-09-30", "https://b.example,b@b.example.net,"];
    std::fs::write(&file, rows.join("\n")).unwrap();
    world.does(&["member", "import", file.to_str().unwrap(), "--confirmed"]);
    world.does(&["member", "add", VM, ALIAS]);
    world.at("2026-12-07T10:00:00Z").waits();
    let listed: serde_json::Value = serde_json::from_str(&page("members.json")).unwrap();
    let expected = serde_json::json!([
        { "name": "1 & 1 AG", "since": "2014-09-30T00:00:00Z" },
        { "name": "https://b.example", "since": listed[1]["since"] },
    ]);
    assert_eq!(listed, expected, "who did not confirm the address is not on it");
    let html = page("members.html");
    assert!(html.contains("<li>1 &amp; 1 AG ") && html.contains("<li>https://b.example "), "{html}");
    assert!(!html.contains('@') && !page("members.json").contains('@'));
    assert!(world.does(&["site", "build"]).contains("are as they should be"));
    world.does(&["member", "suspend", "1 & 1"]);
    assert!(world.does(&["site", "build"]).contains("members.html, members.json"));
    assert!(!page("members.json").contains("1 & 1"));
    let settings = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), settings.replace("[site]\npath = \"site\"\n", "")).unwrap();
    assert_eq!(world.command(&["site", "build"]).status.code(), Some(2));
}

#[test]
fn with_an_address_goes_its_certificate_and_every_reply_address_of_the_former_is_void() {
    let mut world = World::new(LineEnds::Lf);
    let letters = super::decisions::applies(&mut world);
    let to = super::decisions::notice(&letters, ALICE);
    let letters = says(&mut world, ALICE, &to, "a1", "2026-12-07T10:00:00Z", "accept");
    let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
    let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
    let question = the(&letters, "notice", ALIAS).header("Reply-To");
    let keys = crate::world::root().join("fixtures/keys");
    for name in ["security.key", "cert.key"] {
        std::fs::copy(keys.join("dana.key"), world.dir.join("keys").join(name)).unwrap();
    }
    world.does(&["key", "import", keys.join("dana.asc").to_str().unwrap(), "--for", ALIAS]);
    // As if it had an open question about its application.
    let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
    database.execute("UPDATE application_token SET voided_at = NULL", []).unwrap();
    let open = || -> i64 {
        let sql = "SELECT count(*) FROM application_token t JOIN person p ON p.id = t.person
                   WHERE t.voided_at IS NULL AND p.address = ?1";
        database.query_row(sql, [ALIAS], |row| row.get(0)).unwrap()
    };
    assert!(open() > 0);

    let cert = "cert@vm.example.net";
    let letters =
        world.at("2026-12-08T09:00:00Z").mails(&by_the_alias(&question, "n1", &format!("address {cert}\n\nNils")));
    let ends = [ALIAS, cert].map(|end| the(&letters, "confirmation", end).header("Reply-To"));
    world.at("2026-12-08T09:10:00Z").mails(&by_the_alias(&ends[0], "n2", "confirm"));
    let letters = world.at("2026-12-08T09:20:00Z").mails(&by_the_alias(&ends[1], "n3", "confirm"));
    assert_eq!(world.json(&["member", "show", "vm"])["address"], cert);
    assert_eq!(open(), 0);
    let told = |to: &str| -> Vec<String> {
        let letters = letters.iter().filter(|letter| letter.to == to && letter.text().contains("certificate was"));
        letters.map(flat).collect()
    };
    let words = "so it went along.";
    assert!(told(cert).iter().any(|text| text.contains(words)), "{:?}", kinds(&letters));
    assert!(told(ALICE).iter().any(|text| text.contains(words)), "{:?}", kinds(&letters));
    assert!(letters.iter().all(|letter| !flat(letter).contains("The operator")));
}
