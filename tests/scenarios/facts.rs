//! The team says what it found out: numbers, severity, branches, patches, whom to thank, what was decided.

use super::*;
use crate::world::{Letter, kinds, the};

/// As a mail program attaches it.
const FIX: &str = "\
From 0123456789abcdef Mon Sep 17 00:00:00 2001
Subject: [PATCH] gnttab: forget a stale mapping

--- a/xen/common/grant_table.c
+++ b/xen/common/grant_table.c
@@ -1 +1 @@
-stale
+fresh
--=20
2.47.0
";

/// A report, and where Alice answers it.
fn begun(world: &mut World) -> String {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    the(&letters, "relay", ALICE).header("Reply-To")
}

/// What Alice is answered, wherever its lines break.
fn said(letters: &[Letter]) -> String {
    let answer = letters.iter().find(|one| one.to == ALICE && one.kind != "relay").expect("an answer");
    for line in answer.text().lines() {
        assert!(!line.trim_start().starts_with('!'), "{line}");
        assert!(line.starts_with("- ") || line.chars().count() <= 78, "{line}");
    }
    answer.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Alice gives commands; each mail has a time of its own.
fn asks(world: &mut World, to: &str, id: u32, text: &str) -> String {
    let when = format!("2026-12-07T10:{id:02}:00Z");
    let mail = signed(world, ALICE, to, &format!("a{id}"), &when, text);
    said(&world.at(&when).mails(&mail))
}

/// A text and files: their header fields, and their lines.
fn with_files(text: &str, files: &[(&str, &str)]) -> String {
    let mut entity = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    for (fields, lines) in files {
        entity.push_str(&format!("\n--m\n{fields}\n\n{lines}"));
    }
    entity.push_str("\n--m--\n");
    entity
}

fn attached(name: &str) -> String {
    format!("Content-Type: text/x-patch; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"")
}

fn sends(world: &mut World, to: &str, id: u32, entity: &str) -> String {
    let when = format!("2026-12-07T11:{id:02}:00Z");
    let key = std::fs::read(world.dir.join("keys/alice.key")).unwrap();
    let mail = signed_entity(&key, ALICE, to, &format!("p{id}"), &when, entity);
    said(&world.at(&when).mails(&mail))
}

fn sha256(text: &[u8]) -> String {
    embargod::mail::secret::sha256_hex(text)
}

#[test]
fn what_was_found_out_is_answered_with_what_is_next_and_shown_in_one_place() {
    story("facts", |world| {
        let to = begun(world);
        for (id, text, expected) in [
            (1, "!assign", "no case had an advisory so far, and so nobody here knows which number is the next."),
            (2, "!affects 4.20.x yes", "there is no branch “4.20.x”; did you mean “4.20”?"),
            (
                3,
                "!affects 4.20 yes",
                "4.20 is affected. Next: say who of the team takes care of the case, by Tue 2026-12-08 09:12 UTC (“!owner NAME”).",
            ),
            (4, "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H", "the metric A (Availability Impact) is missing."),
            (
                5,
                "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
                "The severity is 8.8 (high), by CVSS 3.1. Next: ",
            ),
            (6, "!assign XSA-480", "The advisory of case 1 is XSA-480. Next: "),
            (7, "!assign", "Another advisory of case 1 is XSA-481, beside XSA-480."),
            (8, "!assign 479", "numbers go up only, and XSA-481 was given already."),
            (9, "!assign 480", "XSA-480 is the advisory of this case already."),
            (
                10,
                "!affects 4.20 4.20.1 and later",
                "4.20 is affected in these versions: 4.20.1 and later. Before, it was said: 4.20 is affected.",
            ),
            (
                11,
                "!affects 4.15 no",
                "4.15 is not affected. Mind that 4.15 is none of the branches we maintain: master,",
            ),
            (
                12,
                "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",
                "The severity is 5.5 (medium), by CVSS 3.1. Before, it was 8.8 (high).",
            ),
            (
                13,
                "!severity cvss:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                "8.5 (high), by CVSS 4.0.",
            ),
            (14, "!decision\n\nWe tell no vendor early.\n!assign", "a command?"),
            (15, "!decision\n\nWe tell no vendor early:\nthe fix is too obvious.", "kept as a decision of the team."),
        ] {
            let answer = asks(world, &to, id, text);
            assert!(answer.contains(expected), "{text}: {answer}");
        }
        let status = asks(world, &to, 16, "!status");
        for shown in ["advisory: XSA-480 and XSA-481", "severity: 8.5 (high), by CVSS 4.0", "- 4.15: not affected"] {
            assert!(status.contains(shown), "“{shown}” in {status}");
        }
        let case = world.json(&["case", "show", "1"]);
        assert_eq!(case["advisories"], serde_json::json!([480, 481]));
        assert_eq!(case["severity"][1]["score"], "5.5");
        assert_eq!(case["affected"][1]["affected"], "4.20.1 and later");
        assert_eq!(case["credits"], serde_json::json!(["Dana Doe"]));
        assert_eq!(case["decisions"][0]["text"], "We tell no vendor early:\nthe fix is too obvious.");
        assert_eq!(case["cves"], serde_json::json!([]));
        let shown = world.does(&["case", "show", "1"]);
        assert!(shown.contains("advisory       480") && shown.contains("  | the fix is too obvious."), "{shown}");
        // Nothing of it went to anybody outside of the team.
        let told = world.json(&["outbox", "list"]);
        let told = told.as_array().unwrap().iter().filter(|one| one["to"] == DANA);
        assert_eq!(told.count(), 1, "the acknowledgement");
    });
}

#[test]
fn patches_are_kept_as_they_were_attached_under_the_signature() {
    story("patches", |world| {
        let to = begun(world);
        let fix = FIX.replace("--=20", "-- ");
        let text = "!affects 4.20 yes\n!affects 4.19 no\n!patch\n\nFor both.";
        let crlf_in_it = fix.replace('\n', "\r\n");
        let coded = data_encoding::BASE64.encode(crlf_in_it.as_bytes());
        let base64 = format!("{}\nContent-Transfer-Encoding: base64", attached("xsa480-4.19.patch"));
        let quoted = format!("{}\nContent-Transfer-Encoding: quoted-printable", attached("xsa480.patch"));
        let entity = with_files(
            text,
            &[
                (&attached("xsa480-4.20.patch"), &fix),
                (&base64, &coded),
                (&quoted, FIX),
                ("Content-Type: text/plain\nContent-Disposition: attachment; filename=\"notes.txt\"", "none"),
            ],
        );
        let answer = sends(world, &to, 1, &entity);
        for says in [
            "3 patches are kept, byte for byte.",
            "Not kept, because not called like a patch: notes.txt.",
            "Mind that these branches are said not to be affected: 4.19.",
            "affected: 4.19. Next: say who of the team takes care of the case",
            &format!("- xsa480-4.20.patch, for 4.20 {}", sha256(fix.as_bytes())),
            &format!("- xsa480-4.19.patch, for 4.19 {}", sha256(crlf_in_it.as_bytes())),
            &format!("- xsa480.patch, for master {}", sha256(fix.as_bytes())),
        ] {
            assert!(answer.contains(says), "“{says}” in {answer}");
        }

        // A better one takes the place of the earlier; the record has both.
        let better = fix.replace("+fresh", "+fresher");
        let answer = sends(world, &to, 2, &with_files("!patch", &[(&attached("xsa480-4.20.patch"), &better)]));
        assert!(answer.contains("In place of the earlier one of the same name: xsa480-4.20.patch."), "{answer}");
        assert!(answer.contains("With those from before the case has 3 patches."), "{answer}");
        let record = world.does(&["audit", "list"]);
        let replaced = record.lines().find(|line| line.contains("replace patch")).expect("a line of the record");
        assert!(
            replaced.contains(&sha256(better.as_bytes())) && replaced.contains(&sha256(fix.as_bytes())),
            "{replaced}"
        );

        let case = world.json(&["case", "show", "1"]);
        let names: Vec<_> = case["patches"].as_array().unwrap().iter().map(|patch| patch["name"].as_str()).collect();
        assert_eq!(names, [Some("xsa480-4.19.patch"), Some("xsa480-4.20.patch"), Some("xsa480.patch")]);
        assert_eq!(case["patches"][1]["sha256"], sha256(better.as_bytes()).as_str());
        assert_eq!(case["patches"][1]["branches"], serde_json::json!(["4.20"]));
    });
}

#[test]
fn a_patch_of_which_something_is_unclear_is_asked_back_and_nothing_is_kept() {
    story("patches-asked-back", |world| {
        let to = begun(world);
        let fix = FIX.replace("--=20", "-- ");
        let one = |name: &str| with_files("!patch", &[(&attached(name), &fix)]);
        let two = [(attached("fix.patch"), fix.as_str()), (attached("0001-more.patch"), fix.as_str())];
        let two: Vec<(&str, &str)> = two.iter().map(|(fields, lines)| (fields.as_str(), *lines)).collect();
        for (id, entity, expected) in [
            (1, with_files("!patch", &[]), "no file is attached under your signature."),
            (
                2,
                with_files("!patch", &two),
                "the name does not say which branch it is for: fix.patch, 0001-more.patch.",
            ),
            (
                3,
                with_files("!patch\n4.20: fix.patch\n4.20: more.patch", &two),
                "“more.patch” is not attached; attached: fix.patch,",
            ),
            (4, with_files("!patch\n420: fix.patch\n4.20: 0001-more.patch", &two), "did you mean “4.20”?"),
            (5, one("../my fix-4.20.patch"), "has a name that cannot stand in an advisory"),
            (
                6,
                with_files("!patch", &[(&attached("xsa480-4.20.patch"), "Not yet.\n")]),
                "is no patch: there is no unified diff in it",
            ),
            (7, with_files("!patch", &[(&attached("xsa480-4.20.patch"), "")]), "“xsa480-4.20.patch” is empty."),
            (8, with_files("!patch", &[two[0], two[0]]), "two of the files are called “fix.patch”."),
            (
                9,
                with_files("!patch", &[("Content-Disposition: attachment; filename=core.txt", "x")]),
                "called like a patch: core.txt.",
            ),
        ] {
            let answer = sends(world, &to, id, &entity);
            assert!(answer.contains(expected), "“{expected}” in {answer}");
            assert!(answer.contains("What to do: "), "{answer}");
        }
        // What is signed is the text alone: the file beside it is nobody's.
        let when = "2026-12-07T11:10:00Z";
        let inner = signed(world, ALICE, &to, "p10", when, "!patch");
        let (header, body) = inner.split_once("MIME-Version: 1.0\n").unwrap();
        let outer = format!(
            "{header}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n{}\n--o\n{}\n\n{fix}\n--o--\n",
            body.trim_end(),
            attached("xsa480-4.20.patch")
        );
        let answer = said(&world.at(when).mails(&outer));
        assert!(answer.contains("no file is attached under your signature."), "{answer}");
        assert_eq!(world.json(&["case", "show", "1"])["patches"], serde_json::json!([]));

        // With a line for each, all is clear; a file may be for several branches.
        let clear = "!patch\n4.20: fix.patch\n4.21: fix.patch\nmaster: 0001-more.patch";
        let answer = sends(world, &to, 11, &with_files(clear, &two));
        assert!(answer.contains("- fix.patch, for 4.20, 4.21"), "{answer}");
    });
}

#[test]
fn whoever_found_it_is_thanked_first_and_nobody_is_named_against_their_will() {
    story("credits", |world| {
        let to = begun(world);
        for (id, text, expected) in [
            (1, "!credit Frida Fuzz of Example Labs", "The advisory will thank “Frida Fuzz of Example Labs”, too"),
            (2, "!credit Frida Fuzz of Example Labs", "thanks “Frida Fuzz of Example Labs” already."),
            (3, "!credit Frida Fuzz of Example Labs as Frida Fuzz", "in place of “Frida Fuzz of Example Labs”."),
            (
                4,
                "!credit reporter as Dana Doe of Research",
                "thank the discoverer dana@research.example.net as “Dana Doe of Research”.",
            ),
            (5, "!credit Dana Doe anonymous", "The advisory will not name the discoverer dana@research.example.net."),
            (
                6,
                "!credit the whole team of Dana Doe",
                "that would name the discoverer dana@research.example.net, who is to stay anonymous.",
            ),
            (7, "!credit erin@example.net", "is an address, and an advisory is public."),
            (8, "!credit Gustav anonymous", "thanks nobody of that name."),
        ] {
            let answer = asks(world, &to, id, text);
            assert!(answer.contains(expected), "{text}: {answer}");
        }
        assert_eq!(world.json(&["case", "show", "1"])["credits"], serde_json::json!(["Frida Fuzz"]));
        let status = asks(world, &to, 9, "!status");
        assert!(status.contains("(the discoverer dana@research.example.net: anonymous)"), "{status}");
        let answer = asks(world, &to, 10, &format!("!credit {DANA}"));
        assert!(answer.contains("They were to stay anonymous so far: be sure that they agree."), "{answer}");
        let answer = asks(world, &to, 11, "!credit Frida Fuzz anonymous");
        assert!(answer.contains("will not name “Frida Fuzz” any more."), "{answer}");
        assert_eq!(world.json(&["case", "show", "1"])["credits"], serde_json::json!(["Dana Doe"]));

        // Nor does a patch name them without a warning.
        let answer = asks(world, &to, 12, "!credit reporter anonymous");
        assert!(answer.contains("Mind that they may be named elsewhere"), "{answer}");
        let fix = FIX.replace("--=20", "-- ").replace("\n\n---", "\n\nReported-by: DANA Doe <x@example.net>\n\n---");
        let answer = sends(world, &to, 1, &with_files("!patch", &[(&attached("xsa480-4.20.patch"), &fix)]));
        let warns =
            "The discoverer dana@research.example.net is to stay anonymous, and is named in: xsa480-4.20.patch.";
        assert!(answer.contains(warns), "{answer}");
        let answer = sends(world, &to, 2, &with_files("!credit reporter anonymous", &[]));
        assert!(answer.contains("They are named in: xsa480-4.20.patch."), "{answer}");
    });
}

#[test]
fn a_decision_that_came_encrypted_is_in_no_letter_in_clear() {
    story("facts-encrypted", |world| {
        let to = begun(world);
        world.does(&["team", "add", "Carol Clear", "carol@example.org"]);
        let key = std::fs::read(world.dir.join("keys/alice.key")).unwrap();
        let text =
            "Content-Type: text/plain\n\n!affects 4.20 4.20.7 to 4.20.9\n!decision\n\nWe tell Example Corp early.\n";
        let mail = signed_entity(&key, ALICE, &to, "a1", "2026-12-07T10:00:00Z", text);
        let (header, entity) = mail.split_once("MIME-Version: 1.0\n").unwrap();
        let mail = format!("{header}MIME-Version: 1.0\n{}", encrypted::encrypted(entity));
        let letters = world.at("2026-12-07T10:00:00Z").mails(&mail);
        assert!(said(&letters).contains("kept as a decision of the team"), "{}", said(&letters));
        for letter in letters.iter().filter(|letter| letter.opened.is_none()) {
            let text = String::from_utf8_lossy(&letter.raw);
            assert!(!text.contains("Example Corp") && !text.contains("4.20.7"), "{text}");
        }
        assert!(letters.iter().any(|letter| letter.to == BOB && letter.opened.is_some()), "{:?}", kinds(&letters));
        assert_eq!(world.json(&["case", "show", "1"])["decisions"][0]["sealed"], true);
    });
}

#[test]
fn of_a_closed_case_nothing_more_is_found_out() {
    story("facts-of-a-closed-case", |world| {
        let to = begun(world);
        asks(world, &to, 1, "!spam");
        for (id, text) in [(2, "!assign 480"), (3, "!affects 4.20 yes"), (4, "!credit Frida"), (5, "!patch")] {
            let answer = asks(world, &to, id, text);
            assert!(answer.contains("the case is closed.") && answer.contains("“!reopen”"), "{answer}");
        }
        let answer = asks(world, &to, 6, "!reopen\n!affects 4.20 yes");
        assert!(answer.contains("4.20 is affected."), "{answer}");
    });
}
