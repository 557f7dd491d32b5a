//! Advisories are drafted by mail, approved by the digest of what was shown, and written anew when something changes.

use super::*;
use crate::world::{Letter, kinds, the};

const FIX: &str = "\
From 0123456789abcdef Mon Sep 17 00:00:00 2001
Subject: [PATCH] gnttab: forget a stale mapping

--- a/xen/common/grant_table.c
+++ b/xen/common/grant_table.c
@@ -1 +1 @@
-stale
+fresh
";

pub(super) const TEXT: &str = "\
              Stale mappings survive a second grant

ISSUE DESCRIPTION
=================

A guest that maps a grant twice keeps a stale mapping.

IMPACT
======

A malicious guest can read memory of the host.

VULNERABLE SYSTEMS
==================

All versions of Xen are vulnerable.

MITIGATION
==========

There is no mitigation available.
";

/// A report, and where Alice and Bob answer it.
pub(super) fn begun(world: &mut World) -> [String; 2] {
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    [ALICE, BOB].map(|who| the(&letters, "relay", who).header("Reply-To"))
}

/// Somebody of the team sends an entity, at a time of its own.
pub(super) fn sends(world: &mut World, who: &str, to: &str, when: &str, entity: &str) -> Vec<Letter> {
    let when = format!("2026-12-{when}Z");
    let user = who.split('@').next().unwrap();
    let key = std::fs::read(world.dir.join("keys").join(user).with_extension("key")).unwrap();
    let id = format!("{user}{}", when.replace(|c: char| !c.is_ascii_digit(), ""));
    let mail = signed_entity(&key, who, to, &id, &when, entity);
    world.at(&when).mails(&mail)
}

pub(super) fn says(world: &mut World, who: &str, to: &str, when: &str, text: &str) -> Vec<Letter> {
    sends(world, who, to, when, &format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n"))
}

/// A text, and patches attached to it.
pub(super) fn with_patches(text: &str, names: &[&str]) -> String {
    let mut entity = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    for name in names {
        entity.push_str(&format!(
            "\n--m\nContent-Type: text/x-patch; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\n{FIX}"
        ));
    }
    entity.push_str("\n--m--\n");
    entity
}

/// What somebody is answered, wherever its lines break.
pub(super) fn answered(letters: &[Letter], who: &str) -> String {
    let kinds = ["answer", "refusal"];
    let answer = letters.iter().find(|one| one.to == who && kinds.contains(&one.kind.as_str())).expect("an answer");
    flat(answer)
}

/// What it says, wherever its lines break.
fn flat(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letter that asks somebody to approve a draft.
pub(super) fn asked<'l>(letters: &'l [Letter], who: &str) -> &'l Letter {
    the(letters, "notice", who)
}

/// What it says to write.
pub(super) fn digest(letter: &Letter) -> String {
    let text = flat(letter);
    let (_, rest) = text.split_once("“approve ").unwrap_or_else(|| panic!("no approval is asked for in:\n{text}"));
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[test]
fn a_draft_is_shown_to_all_of_the_team_and_approved_by_its_digest() {
    story("advisory-drafted", |world| {
        let [alice, bob] = begun(world);
        says(world, ALICE, &alice, "07T10:00:00", READY.trim_end_matches("\n!deploy patches"));
        let text = format!("!deploy patches\n!advisory\n\n{TEXT}");
        let letters = sends(world, ALICE, &alice, "07T11:00:00", &with_patches(&text, &["xsa480.patch"]));
        let said = answered(&letters, ALICE);
        assert!(said.contains("Version 1 of XSA-480 is drafted"), "{said}");
        let shown = asked(&letters, BOB);
        assert_eq!(
            shown.attachments()[..2],
            ["xsa-480-v1-members.txt", "xsa-480-v1-public.txt"],
            "{:?}",
            kinds(&letters)
        );
        let letters = says(world, BOB, &bob, "07T12:00:00", &format!("approve {}", digest(shown)));
        let said = answered(&letters, BOB);
        assert!(said.contains("XSA-480 version 1 is approved."), "{said}");
        assert!(letters.iter().any(|one| one.to == ALICE && one.subject().contains("is approved")));
    });
}

/// The profile with other rules for approvals.
fn with_rules(world: &World, rules: &[(&str, &str)]) {
    let profile = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    let own = rules.iter().fold(profile, |profile, (from, to)| {
        assert!(profile.contains(from), "{from}");
        profile.replacen(from, to, 1)
    });
    std::fs::write(world.dir.join("own.toml"), own).unwrap();
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let settings = settings.replacen("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"own.toml\"", 1);
    std::fs::write(world.config(), settings).unwrap();
}

const READY: &str = "!confirm\n!owner alice\n!embargo\n!affects master yes\n!assign 480\n!deploy patches";

/// A case with a draft; where Alice and Bob answer, and the letters that ask them to approve it.
fn drafted(world: &mut World) -> ([String; 2], Vec<Letter>) {
    let to = begun(world);
    says(world, ALICE, &to[0], "07T10:00:00", READY);
    let letters =
        sends(world, ALICE, &to[0], "07T11:00:00", &with_patches(&format!("!advisory\n\n{TEXT}"), &["xsa480.patch"]));
    (to, letters)
}

/// Of the drafts of the case that are not void: version, stage, how many approved it.
fn standing(world: &World) -> Vec<(u64, String, u64)> {
    let case = world.json(&["case", "show", "1"]);
    let drafts = case["drafts"].as_array().unwrap().iter();
    drafts
        .map(|one| {
            let number = |key: &str| one[key].as_u64().unwrap();
            (number("version"), one["stage"].as_str().unwrap().to_owned(), number("approvals"))
        })
        .collect()
}

fn stands(version: u64, stage: &str, approvals: u64) -> Vec<(u64, String, u64)> {
    vec![(version, stage.to_owned(), approvals)]
}

#[test]
fn a_text_with_errors_is_answered_by_its_lines_and_nothing_of_its_mail_is_kept() {
    story("advisory-errors", |world| {
        let [alice, _] = begun(world);
        for (minute, text, expected) in [
            (1, format!("!advisory\n\n{TEXT}"), "case 1 has no number of an advisory yet."),
            (2, "!confirm\n!assign 480\n!advisory".to_owned(), "there is no text of it in your mail."),
            (3, format!("!assign 480\n!advisory\n!note and\n\n{TEXT}"), "“!advisory” is not the last of them."),
            (4, format!("!assign 480\n!advisory 481\n\n{TEXT}"), "case 1 has no XSA-481; it has XSA-480."),
        ] {
            let letters = says(world, ALICE, &alice, &format!("07T10:{minute:02}:00"), &text);
            let said = answered(&letters, ALICE);
            assert!(said.contains(expected), "{said}");
        }
        says(world, ALICE, &alice, "07T10:10:00", "!confirm\n!embargo\n!assign 480");
        let broken = TEXT.replace("IMPACT\n======", "IMPCAT\n======");
        let mail = with_patches(&format!("!advisory\n\n{broken}"), &["xsa480.patch"]);
        let letters = sends(world, ALICE, &alice, "07T10:20:00", &mail);
        let said = answered(&letters, ALICE);
        assert!(
            said.contains("2 things in the text of XSA-480 must be corrected first: - line 8: The section"),
            "{said}"
        );
        assert!(
            said.contains("“IMPACT” is missing") && said.contains("Nothing says what members may deploy"),
            "{said}"
        );
        let case = world.json(&["case", "show", "1"]);
        assert_eq!((&case["patches"], &case["drafts"]), (&serde_json::json!([]), &serde_json::json!([])));
        let mail = with_patches(&format!("!deploy mitigations\n!advisory\n\n{TEXT}"), &["xsa480.patch"]);
        let letters = sends(world, ALICE, &alice, "07T10:30:00", &mail);
        assert!(answered(&letters, ALICE).contains("Version 1 of XSA-480 is drafted"));
        assert_eq!(standing(world), stands(1, "draft", 0));
        // Alone, it is the same text once more.
        let letters = says(world, ALICE, &alice, "07T10:40:00", "!advisory");
        let said = answered(&letters, ALICE);
        assert!(said.contains("Version 1 of XSA-480 is drafted"), "{said}");
    });
}

#[test]
fn only_a_signed_reply_of_ones_own_to_the_current_draft_approves_it() {
    story("advisory-not-approved", |world| {
        let ([alice, bob], letters) = drafted(world);
        let first = digest(asked(&letters, BOB));
        let approve = format!("approve {first}");
        let letters = world.at("2026-12-07T12:00:00Z").mails(&vouched(BOB, &bob, "u1", &approve));
        assert!(answered(&letters, BOB).contains("not signed"), "{}", answered(&letters, BOB));
        let letters = says(world, BOB, &alice, "07T12:10:00", &approve);
        assert!(answered(&letters, BOB).contains("a reply address that does not belong to its writer"));
        let letters = says(world, BOB, &alice, "07T12:20:00", &format!("case 1\n{approve}"));
        assert!(answered(&letters, BOB).contains("it did not come to your own reply address."));
        let other = if first.starts_with('0') { "1" } else { "0" };
        let letters = says(world, BOB, &bob, "07T12:30:00", &format!("approve {other}{}", &first[1..]));
        assert!(answered(&letters, BOB).contains("no draft of case 1 has the digest"));
        let letters = says(world, BOB, &bob, "07T12:40:00", &format!("{approve}\n!credit Carol"));
        assert!(answered(&letters, BOB).contains("cannot be meant together"));
        assert_eq!(standing(world), stands(1, "draft", 0), "nobody approved it");
        // Somebody else is thanked, too: the draft that Bob read is another by now.
        let letters = says(world, ALICE, &alice, "07T13:00:00", "!credit Carol Smith");
        let anew = asked(&letters, BOB);
        let second = digest(anew);
        assert_ne!(first, second);
        assert!(anew.text().contains("- Whom it thanks, or under which name, is different."), "{}", anew.text());
        assert!(anew.text().contains("+ This issue was discovered by Dana Doe and Carol Smith."), "{}", anew.text());
        let letters = says(world, BOB, &bob, "07T13:10:00", &approve);
        assert!(answered(&letters, BOB).contains("has been void since Mon 2026-12-07 13:00 UTC: the credits changed."));
        let letters = says(world, BOB, &bob, "07T13:20:00", &format!("approve {second}"));
        assert!(answered(&letters, BOB).contains("XSA-480 version 1 is approved."));
    });
}

#[test]
fn what_describes_the_patches_for_programs_goes_along_with_them() {
    let world = &mut World::new(LineEnds::CrLf);
    let [alice, _] = begun(world);
    says(world, ALICE, &alice, "07T10:00:00", READY);
    let described = "\n--m\nContent-Type: application/json; name=\"xsa480.meta\"\n\
        Content-Disposition: attachment; filename=\"xsa480.meta\"\n\n{\"XSA\": 480}\n--m--\n";
    let entity = with_patches(&format!("!advisory\n\n{TEXT}"), &["xsa480.patch"]).replace("\n--m--\n", described);
    let letters = sends(world, ALICE, &alice, "07T11:00:00", &entity);
    assert!(answered(&letters, ALICE).contains("2 files are kept, byte for byte."), "{}", answered(&letters, ALICE));
    let text = asked(&letters, BOB).text();
    let at = |name: &str| text.lines().position(|line| line.contains("file: ") && line.ends_with(name)).expect(name);
    assert!(at("xsa480.meta") < at("xsa480.patch"), "{text}");
    assert!(text.contains("$ sha256sum xsa480*"), "{text}");
}

#[test]
fn two_members_approve_in_either_order_and_the_author_is_not_counted() {
    for [first, second] in [[ALICE, BOB], [BOB, ALICE]] {
        let name = format!("advisory-two-approve-{}-first", first.split('@').next().unwrap());
        story(&name, |world| {
            with_rules(world, &[("approvals = 1", "approvals = 2")]);
            let (to, letters) = drafted(world);
            assert!(
                flat(asked(&letters, BOB))
                    .contains("2 members of the team have to approve it, each in a mail of their own.")
            );
            let approve = format!("approve {}", digest(asked(&letters, BOB)));
            let at = |who: &str| to[usize::from(who == BOB)].clone();
            let letters = says(world, first, &at(first), "07T12:00:00", &approve);
            let said = answered(&letters, first);
            assert!(said.contains("1 of 2 approvals: another member has to approve it, too."), "{said}");
            let letters = says(world, first, &at(first), "07T12:10:00", &approve);
            assert!(answered(&letters, first).contains("You approved it before, and count once."));
            assert_eq!(standing(world), stands(1, "draft", 1));
            let letters = says(world, second, &at(second), "07T12:20:00", &approve);
            assert!(answered(&letters, second).contains("XSA-480 version 1 is approved."));
        });
    }
    story("advisory-author-not-counted", |world| {
        with_rules(world, &[("author_may_approve = true", "author_may_approve = false")]);
        let ([alice, bob], letters) = drafted(world);
        assert!(flat(asked(&letters, BOB)).contains("Alice Example, who wrote it, is not counted."));
        let approve = format!("approve {}", digest(asked(&letters, ALICE)));
        let letters = says(world, ALICE, &alice, "07T12:00:00", &approve);
        assert!(answered(&letters, ALICE).contains("who wrote it is not counted."), "{}", answered(&letters, ALICE));
        let letters = says(world, BOB, &bob, "07T12:10:00", &approve);
        assert!(answered(&letters, BOB).contains("is approved."));
    });
}

#[test]
fn what_changes_voids_an_approval_and_asks_for_another() {
    story("advisory-changed", |world| {
        with_rules(world, &[("predisclose = \"when-approved\"", "predisclose = \"at-due\"")]);
        let ([alice, bob], letters) = drafted(world);
        assert!(flat(asked(&letters, BOB)).contains("version 1: on Mon 2026-12-14 12:00 UTC it goes to the members"));
        says(world, BOB, &bob, "07T12:00:00", &format!("approve {}", digest(asked(&letters, BOB))));
        assert_eq!(standing(world), stands(1, "approved", 1));
        // One mail, one letter, whatever it changes.
        let more = "!cve CVE-2026-12345\n!embargo 2026-12-29 the discoverer asked for a day more\n!deploy nothing";
        let letters = says(world, ALICE, &alice, "07T13:00:00", more);
        let asked_again = letters.iter().filter(|one| one.to == BOB && one.subject().contains("Please approve"));
        let asked_again: Vec<&Letter> = asked_again.collect();
        assert_eq!(asked_again.len(), 1);
        let text = flat(asked_again[0]);
        for said in [
            "- The embargo ends on Tue 2026-12-29 12:00 UTC now; before: on Mon 2026-12-28 12:00 UTC.",
            "- CVE numbers now: CVE-2026-12345; before: none.",
            "- What members may deploy changed.",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert_eq!(standing(world), stands(1, "draft", 0));
        let status = answered(&says(world, BOB, &bob, "07T13:30:00", "!status"), BOB);
        assert!(status.contains("XSA-480 version 1: waits for approval, 0 of 1 digest"), "{status}");
        says(world, BOB, &bob, "07T14:00:00", &format!("approve {}", digest(asked_again[0])));
        assert_eq!(standing(world), stands(1, "approved", 1));
        // What only the team knows is not in it.
        says(
            world,
            ALICE,
            &alice,
            "07T15:00:00",
            "!note the vendor is slow\n!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
        );
        assert_eq!(standing(world), stands(1, "approved", 1));
        // An unapproved draft does not block what is approved.
        let other = TEXT.replace("of the host", "of the host and of other guests");
        let letters = says(world, ALICE, &alice, "07T16:00:00", &format!("!advisory\n\n{other}"));
        assert_eq!(standing(world), [stands(1, "approved", 1), stands(1, "draft", 0)].concat());
        assert!(
            asked(&letters, BOB)
                .text()
                .contains("+ A malicious guest can read memory of the host and of other guests.")
        );
        says(world, ALICE, &alice, "07T17:00:00", "!invalid It is none after all.");
        assert_eq!(standing(world), []);
    });
}

#[test]
fn without_an_embargo_it_is_written_anew_and_asked_for_at_once() {
    story("advisory-without-embargo", |world| {
        let ([alice, _], _) = drafted(world);
        let letters = says(world, ALICE, &alice, "07T12:00:00", "!release now");
        let said = answered(&letters, ALICE);
        assert!(said.contains("case 1 is under embargo until Mon 2026-12-28 12:00 UTC."), "{said}");
        let letters =
            says(world, ALICE, &alice, "07T12:30:00", "!exploited Guests escape at two providers.\n!release now");
        let letter = letters.iter().find(|one| one.to == BOB && one.subject().contains("Please approve")).unwrap();
        let text = letter.text();
        assert!(text.contains("There is no embargo: it goes to the"), "{text}");
        assert!(text.contains("There is no embargo, because this issue is used in attacks."), "{text}");
        assert!(!text.contains("EMBARGOED UNTIL Mon 2026-12-28 12:00 UTC ***\n  |\n  | NOTE"), "{text}");
        assert_eq!(standing(world), stands(1, "draft", 0));
        let letters = says(world, ALICE, &alice, "07T12:40:00", "!release now");
        assert!(answered(&letters, ALICE).contains("waits for approval"), "{}", answered(&letters, ALICE));
        assert_eq!(kinds(&letters).iter().filter(|kind| kind.starts_with("notice")).count(), 2, "they are asked again");
    });
}

#[test]
fn who_changed_a_draft_by_a_command_is_not_counted_either() {
    story("advisory-hands", |world| {
        with_rules(world, &[("author_may_approve = true", "author_may_approve = false")]);
        let ([alice, bob], _) = drafted(world);
        let letters = says(world, BOB, &bob, "07T12:00:00", "!cve CVE-2026-12345");
        let again = asked(&letters, BOB);
        let uncounted = "Alice Example, who wrote it, and Bob Example, whose command changed it, are not counted.";
        assert!(flat(again).contains(uncounted), "{}", again.text());
        let nobody = "obody of the team is left who could approve it";
        assert!(flat(again).contains(nobody) && !again.text().contains("“approve"), "{}", again.text());
        let (_, printed) = again.text().split_once("Its digest:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let digits: String = printed.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        let approve = format!("approve {digits}");
        let said = answered(&says(world, BOB, &bob, "07T12:10:00", &approve), BOB);
        assert!(said.contains("a command of yours changed XSA-480 version 1 after it was written"), "{said}");
        assert!(said.contains(nobody), "{said}");
        // The same text, asked for by somebody else, is its author's still.
        says(world, BOB, &bob, "07T12:20:00", "!advisory");
        let said = answered(&says(world, ALICE, &alice, "07T12:30:00", &approve), ALICE);
        assert!(said.contains("you wrote XSA-480 version 1, and who wrote it is not counted."), "{said}");
        let letters = says(world, ALICE, &alice, "07T12:40:00", &format!("!advisory\n\n{TEXT}"));
        let approve = format!("approve {}", digest(asked(&letters, BOB)));
        let said = answered(&says(world, BOB, &bob, "07T12:50:00", &approve), BOB);
        assert!(said.contains("XSA-480 version 1 is approved."), "{said}");
    });
}

#[test]
fn what_is_drafted_in_a_case_that_is_over_is_approved_after_it_was_opened_and_drafted_anew() {
    story("advisory-of-a-closed-case", |world| {
        let ([alice, bob], letters) = drafted(world);
        let approve = format!("approve {}", digest(asked(&letters, BOB)));
        says(world, ALICE, &alice, "07T12:00:00", "!invalid It is a bug of the guest's.");
        let said = answered(&says(world, BOB, &bob, "07T12:10:00", &approve), BOB);
        let remedy =
            "open it again with “!reopen”, in a mail of its own; then “!advisory” has it drafted anew, to be approved.";
        assert!(said.contains(remedy), "{said}");
        says(world, ALICE, &alice, "07T12:20:00", "!reopen");
        let letters = says(world, ALICE, &alice, "07T12:30:00", "!advisory");
        let said =
            answered(&says(world, BOB, &bob, "07T12:40:00", &format!("approve {}", digest(asked(&letters, BOB)))), BOB);
        assert!(said.contains("XSA-480 version 1 is approved."), "{said}");
    });
}

#[test]
fn what_changed_by_no_command_is_found_when_somebody_approves() {
    story("advisory-changed-beside", |world| {
        with_rules(world, &[]);
        let ([_, bob], letters) = drafted(world);
        let approve = format!("approve {}", digest(asked(&letters, BOB)));
        let own = std::fs::read_to_string(world.dir.join("own.toml")).unwrap();
        let other = own.replacen("Applying the attached patch resolves", "Applying the patch resolves", 1);
        assert_ne!(own, other);
        std::fs::write(world.dir.join("own.toml"), other).unwrap();
        let letters = says(world, BOB, &bob, "07T12:00:00", &approve);
        let said = answered(&letters, BOB);
        assert!(
            said.contains("has been void since Mon 2026-12-07 12:00 UTC: the desk's own words are others now."),
            "{said}"
        );
        let again = asked(&letters, BOB);
        assert!(again.text().contains("+ Applying the patch resolves this issue."), "{}", again.text());
        assert_eq!(standing(world), stands(1, "draft", 0));
        says(world, BOB, &bob, "07T12:10:00", &format!("approve {}", digest(again)));
        assert_eq!(standing(world), stands(1, "predisclosed", 1));
    });
}
