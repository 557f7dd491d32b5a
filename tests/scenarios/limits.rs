//! Too much: mail over a size, answers over a number. All of it is kept and relayed; people hear why an answer is late
//! or missing.

use super::*;
use crate::world::{crlf, kinds, root, the};

fn limited(limits: &str) -> World {
    let world = World::new(LineEnds::Lf);
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), format!("operator = \"operator@example.org\"\n{text}\n[limits]\n{limits}\n"))
        .unwrap();
    world
}

fn from(address: &str, number: usize) -> String {
    mail(
        &format!("From: {address}\nSubject: Report {number}\nMessage-ID: <{number}.{address}>"),
        &format!("Finding {number}."),
    )
}

fn proven(raw: &str, domain: &str) -> String {
    format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n{raw}")
}

#[test]
fn a_mail_over_the_size_opens_a_case_and_people_are_told_where_the_rest_is() {
    let mut world = limited("message_mebibytes = 1");
    let text = "0123456789abcdef\n".repeat(100_000);
    let large = mail(
        "From: Dana Doe <dana@research.example.net>\nSubject: A core dump\nMessage-ID: <core@research.example.net>",
        &text,
    );
    let letters = world.at("2026-12-07T09:12:04Z").mails(&large);
    assert_eq!(
        kinds(&letters),
        ["acknowledgement dana@research.example.net", "relay alice@example.org", "relay bob@example.org"]
    );
    let answer = the(&letters, "acknowledgement", DANA).text();
    assert!(answer.contains("Your mail is larger than 1 MiB"), "{answer}");
    let relay = the(&letters, "relay", ALICE);
    let told = relay.text().split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["It is larger than 1 MiB", "account “local”", "Its Message-ID is <core@research.example.net>."] {
        assert!(told.contains(words), "no “{words}” in: {told}");
    }
    let inside = relay.inside();
    assert!(crlf(large.as_bytes()).starts_with(&crlf(&inside)), "its beginning, byte for byte");
    assert!((64 << 10..70 << 10).contains(&inside.len()), "{}", inside.len());

    // Half of a member's answer must not go out.
    let both = relay.address_after(BOTH);
    let letters =
        world.at("2026-12-07T10:00:00Z").mails(&vouched("Alice Example <alice@example.org>", &both, "a1", &text));
    assert_eq!(kinds(&letters), ["refusal alice@example.org", "relay alice@example.org", "relay bob@example.org"]);
    let refusal = the(&letters, "refusal", ALICE).text();
    assert!(refusal.contains("it is larger than 1 MiB"), "{refusal}");
}

#[test]
fn one_address_is_answered_so_often_a_day_and_never_forgotten() {
    let mut world = limited("answers_per_address_and_day = 2");
    world.at("2026-12-07T09:00:00Z");
    for number in 1..=2 {
        the(&world.mails(&from(DANA, number)), "acknowledgement", DANA);
    }
    let letters = world.at("2026-12-08T08:59:59Z").mails(&from("Dana@Research.example.net", 3));
    assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
    let told = letters[0].text();
    assert!(told.contains("No automatic answer was sent: 2 were written to this address"), "{told}");
    // The team still knows whom to write to; a day later answers go on; and the team itself has no limit.
    let both = the(&letters, "relay", ALICE).address_after(BOTH);
    let answer = vouched("Alice Example <alice@example.org>", &both, "a1", "Thank you.");
    the(&world.at("2026-12-08T08:59:59Z").mails(&answer), "relay", DANA);
    the(&world.at("2026-12-08T09:00:00Z").mails(&from(DANA, 4)), "acknowledgement", DANA);
    for number in 5..9 {
        the(&world.mails(&from(ALICE, number)), "acknowledgement", ALICE);
    }
}

/// A profile under which text of cases never reaches a discoverer in clear.
fn encrypted_only(limits: &str) -> World {
    let world = limited(limits);
    let xen = std::fs::read_to_string(root().join("config/profiles/xen.toml")).unwrap();
    let strict = xen.replace("reporters = \"when-possible\"", "reporters = \"required\"");
    assert_ne!(strict, xen);
    std::fs::write(world.dir.join("strict.toml"), strict).unwrap();
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), format!("profile_file = \"strict.toml\"\n{text}")).unwrap();
    world
}

#[test]
fn answers_that_wait_for_a_certificate_count_and_a_flood_without_one_is_limited_all_the_same() {
    let mut world = encrypted_only("answers_per_address_and_day = 2\nanswers_per_unproven_domain_and_day = 3");
    world.at("2026-12-07T09:00:00Z");
    let letters = world.mails(&from(DANA, 1));
    let relays = ["relay alice@example.org", "relay bob@example.org"];
    let expected = [&["notice dana@research.example.net"][..], &relays].concat();
    assert_eq!(kinds(&letters), expected, "she is asked for a certificate, once, and the team is left in peace");
    for number in 2..=9 {
        let letters = world.mails(&from(DANA, number));
        assert_eq!(kinds(&letters), relays, "mail {number}");
        let limited = letters[0].text().contains("No automatic answer was sent: 2 were written to this address");
        assert_eq!(limited, number > 2, "mail {number}");
    }
    // Others of her domain have one answer left.
    let erin = "erin@research.example.net";
    the(&world.mails(&from(erin, 10)), "notice", erin);
    let letters = world.mails(&from("frank@research.example.net", 11));
    assert!(letters[0].text().contains("3 were written to addresses of this domain"), "{}", letters[0].text());
    assert_eq!(kinds(&letters), relays);

    let rows = world.json(&["outbox", "list"]);
    let to_strangers = |state: &str| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter().filter(|row| row["kind"] == "acknowledgement");
        rows.filter(|row| row["state"] == state).map(|row| row["to"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(to_strangers("blocked"), [DANA, DANA, erin]);
    assert_eq!(to_strangers("queued").len() + to_strangers("sent").len(), 0);

    // With a certificate, what waited leaves, and no more than that.
    std::fs::copy(root().join("fixtures/keys/dana.key"), world.dir.join("keys/dana.key")).unwrap();
    let certificate = root().join("fixtures/keys/dana.asc");
    let said = world.does(&["key", "import", certificate.to_str().unwrap(), "--for", DANA]);
    assert!(said.contains("2 letters that waited for it leave now."), "{said}");
    let letters = world.round();
    assert_eq!(kinds(&letters), [format!("acknowledgement {DANA}"), format!("acknowledgement {DANA}")]);
    assert!(letters.iter().all(|letter| letter.opened.is_some()), "encrypted");
    assert_eq!(kinds(&world.mails(&from(DANA, 12))), relays, "they counted when they were written");
    the(&world.at("2026-12-08T09:00:01Z").mails(&from(DANA, 13)), "acknowledgement", DANA);
}

#[test]
fn a_domain_nobody_vouches_for_is_answered_so_often_and_proven_mail_beside_it() {
    let mut world = limited("answers_per_unproven_domain_and_day = 2");
    world.at("2026-12-07T09:00:00Z");
    for (number, who) in ["a@flood.example", "b@Flood.example"].iter().enumerate() {
        the(&world.mails(&from(who, number)), "acknowledgement", who);
    }
    let letters = world.mails(&from("c@flood.example", 3));
    assert_eq!(kinds(&letters), ["relay alice@example.org", "relay bob@example.org"]);
    assert!(letters[0].text().contains("2 were written to addresses of this domain"), "{}", letters[0].text());
    the(&world.mails(&proven(&from("d@flood.example", 4), "flood.example")), "acknowledgement", "d@flood.example");
    the(&world.mails(&from("e@other.example", 5)), "acknowledgement", "e@other.example");
}

#[test]
fn five_hundred_mails_in_an_hour_are_all_kept_and_answered_within_the_limit_under_one_alert() {
    const MAILS: usize = 500;
    let mut world = limited("answers_per_hour = 200");
    for number in 1..=MAILS {
        world.post(from(&format!("d{number}@d{number}.example.net"), number).as_bytes());
    }
    let answered = |letters: &[crate::world::Letter]| {
        let mut to: Vec<String> =
            letters.iter().filter(|l| l.kind == "acknowledgement").map(|l| l.to.clone()).collect();
        to.sort();
        to
    };
    let alerts = |letters: &[crate::world::Letter]| -> Vec<String> {
        kinds(letters).into_iter().filter(|kind| kind.starts_with("alert")).collect()
    };
    let mut letters = world.at("2026-12-07T09:00:00Z").round();
    assert_eq!(answered(&letters).len(), 200);
    assert_eq!(alerts(&letters), ["alert alice@example.org", "alert bob@example.org", "alert operator@example.org"]);
    let alert = the(&letters, "alert", "operator@example.org").text();
    assert!(alert.contains("Answers that wait now: 300") && alert.contains("Mon 2026-12-07 11:00 UTC"), "{alert}");
    let relays = letters.iter().filter(|letter| letter.kind == "relay").count();
    assert_eq!(relays, 2 * MAILS, "the team has all of it at once");
    let late = letters.iter().filter(|l| l.kind == "relay" && l.text().contains("answers have to wait")).count();
    assert_eq!(late, 2 * 300, "and knows who waits");
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), MAILS);

    // One more within the flood waits behind the others, and nobody is alerted again.
    world.at("2026-12-07T09:59:59Z").post(from("late@late.example.net", 501).as_bytes());
    let more = world.round();
    assert_eq!(kinds(&more), ["relay alice@example.org", "relay bob@example.org"]);
    for (time, count) in [("2026-12-07T10:00:00Z", 200), ("2026-12-07T10:59:59Z", 0), ("2026-12-07T11:00:00Z", 101)] {
        let more = world.at(time).round();
        assert_eq!(kinds(&more).len(), count, "{time}");
        letters.extend(more);
    }
    let mut everybody: Vec<String> = (1..=MAILS).map(|n| format!("d{n}@d{n}.example.net")).collect();
    everybody.push("late@late.example.net".into());
    everybody.sort();
    assert_eq!(answered(&letters), everybody, "each of them once");
}

#[test]
fn answers_that_piled_up_while_the_desk_was_down_leave_no_faster() {
    let mut world = limited("answers_per_hour = 2");
    (1..=5).for_each(|number| world.post(from(&format!("d{number}@d{number}.example.net"), number).as_bytes()));
    world.at("2026-12-07T09:00:00Z").round();
    for (time, count) in [("2026-12-07T15:00:00Z", 2), ("2026-12-07T15:59:59Z", 0), ("2026-12-07T16:00:00Z", 1)] {
        assert_eq!(kinds(&world.at(time).round()).len(), count, "{time}");
    }
    let rows = world.json(&["outbox", "list"]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["state"] == "sent"), "{rows}");
}
