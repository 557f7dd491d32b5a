//! The last act: an advisory is drafted and approved, goes to the members under embargo, is amended, and is released to the world.

use anyhow::{Context, Result};
use regex::Regex;

use super::script::{answer_to, to};
use super::{Shown, Stage};

const ALICE: &str = "Alice Example <alice@example.org>";
const BOB: &str = "Bob Example <bob@example.org>";
/// The member's role address.
const ROLE: &str = "security@vm.example.net";
const ANNOUNCE: &str = "xen-announce@lists.example.org";

/// What Alice writes; all else the desk knows.
const ADVISORY: &str = "!affects 4.20 yes
!deploy patches
!advisory

ISSUE DESCRIPTION
=================

A guest that maps a grant twice and unmaps it once keeps a stale mapping
of a page which the host has given to somebody else.

IMPACT
======

A malicious guest can read memory of the host and of other guests.

VULNERABLE SYSTEMS
==================

Systems running Xen 4.20 are vulnerable.  Earlier versions are not.

MITIGATION
==========

There is no mitigation available.
";

const PATCH: &str = "grant: unmap both mappings

--- a/xen/common/grant_table.c
+++ b/xen/common/grant_table.c
@@ -1,2 +1,2 @@
 {
-    unmap_one(map);
+    unmap_all(map);
";

const BETTER_PATCH: &str = "grant: unmap both mappings

--- a/xen/common/grant_table.c
+++ b/xen/common/grant_table.c
@@ -1,2 +1,3 @@
 {
-    unmap_one(map);
+    unmap_all(map);
+    flush(map);
";

/// Text, and a patch beside it.
fn with_patch(text: &str, patch: &str) -> String {
    format!(
        "Content-Type: multipart/mixed; boundary=\"files\"

--files
Content-Type: text/plain; charset=utf-8

{text}
--files
Content-Type: text/x-patch; name=\"xsa480-4.20.patch\"
Content-Disposition: attachment; filename=\"xsa480-4.20.patch\"

{patch}
--files--
"
    )
}

fn header(from: &str, to: &str, date: &str, id: &str) -> String {
    format!(
        "Delivered-To: {to}\nFrom: {from}\nTo: {to}\nSubject: Re: your report\nDate: {date}\nMessage-ID: <{id}@example.org>\n"
    )
}

/// What somebody copies out of the letter that asks for their approval.
fn digest(letter: &Shown) -> Result<String> {
    let line = Regex::new("approve ([0-9a-f]{16})").context("The shape of an approval")?;
    let found = line.captures(&letter.text).and_then(|found| found.get(1)).context("A digest in the letter")?;
    Ok(found.as_str().to_owned())
}

/// The letter that asks somebody for an approval.
fn asked<'l>(letters: &'l [Shown], who: &str) -> Result<&'l Shown> {
    let asks = |letter: &&Shown| letter.to.starts_with(who) && digest(letter).is_ok();
    letters.iter().find(asks).with_context(|| format!("A letter that asks {who} for an approval"))
}

/// Plays it. `alices` and `bobs`: where they answer mail of Dana's case.
pub async fn play(stage: &mut Stage, alices: &str, bobs: &str) -> Result<()> {
    let head = header(ALICE, alices, "Mon, 14 Dec 2026 09:00:00 +0000", "x1");
    let raw = stage.sign_entity("alice", &head, &with_patch(ADVISORY, PATCH), "2026-12-14T09:00:00Z")?;
    let headline = "Alice writes the advisory: what it is about, and the patch. She signs it.";
    let letters = stage.mail("2026-12-14T09:00:00Z", headline, &raw).await?;
    stage.tell("    The desk fills in the rest. Everybody in the team gets the texts exactly as they would leave:");
    let notice = asked(&letters, "bob@")?;
    stage.show(notice, true);

    approve(stage, bobs, notice, "2026-12-14T11:00:00Z", "Mon, 14 Dec 2026 11:00:00 +0000", "b1").await?;

    let head = header(ALICE, alices, "Fri, 18 Dec 2026 09:00:00 +0000", "x2");
    let entity = with_patch("!patch\n", BETTER_PATCH);
    let raw = stage.sign_entity("alice", &head, &entity, "2026-12-18T09:00:00Z")?;
    let headline = "The patch was not good enough. Alice sends a better one.";
    let letters = stage.mail("2026-12-18T09:00:00Z", headline, &raw).await?;
    stage.tell("    What was approved is not what would leave any more: a new version waits for a new approval.");
    let notice = asked(&letters, "bob@")?;
    stage.show(notice, false);
    approve(stage, bobs, notice, "2026-12-18T10:00:00Z", "Fri, 18 Dec 2026 10:00:00 +0000", "b2").await?;

    let letters = stage.passes("2027-01-05T11:59:59Z", "A second before the hour nothing is public.").await?;
    for letter in &letters {
        anyhow::ensure!(letter.kind != "release", "a release before its hour");
    }
    let letters = stage.passes("2027-01-05T12:00:00Z", "The embargo ends.").await?;
    stage.tell(
        "    One message for the public lists, signed; a copy for each member; the site; the team hears what left:",
    );
    stage.show(to(&letters, ANNOUNCE)?, true);
    let copies = letters.iter().filter(|letter| letter.kind == "release").map(|letter| letter.to.as_str());
    stage.tell(&format!("    It went to {}.", copies.collect::<Vec<_>>().join(", ")));
    stage.show(answer_to(&letters, "alice@")?, true);
    stage.show(to(&letters, "dana@")?, false);
    Ok(())
}

async fn approve(stage: &mut Stage, bobs: &str, notice: &Shown, at: &str, date: &str, id: &str) -> Result<()> {
    let words = format!("approve {}\n", digest(notice)?);
    let raw = stage.sign("bob", &header(BOB, bobs, date, id), &words, at)?;
    let letters = stage.mail(at, "Bob has read it, and approves exactly that, signed.", &raw).await?;
    stage.tell("    At once it goes to each member of the predisclosure list, marked with the hour:");
    let sent = letters.iter().find(|letter| letter.to == ROLE).context("A letter to the member")?;
    stage.show(sent, true);
    stage.show(answer_to(&letters, "bob@")?, false);
    Ok(())
}
