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
    answer.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letter that asks somebody to approve a draft.
pub(super) fn asked<'l>(letters: &'l [Letter], who: &str) -> &'l Letter {
    the(letters, "notice", who)
}

/// What it says to write.
pub(super) fn digest(letter: &Letter) -> String {
    let text = letter.text().split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = text.split_once("“approve ").unwrap_or_else(|| panic!("no approval is asked for in:\n{text}"));
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[test]
fn a_draft_is_shown_to_all_of_the_team_and_approved_by_its_digest() {
    story("advisory-drafted", |world| {
        let [alice, bob] = begun(world);
        says(world, ALICE, &alice, "07T10:00:00", "!confirm\n!owner alice\n!embargo\n!affects master yes\n!assign 480");
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
        assert!(asked(&letters, ALICE).subject().contains("is approved"));
    });
}
