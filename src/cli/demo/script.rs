//! The play: who writes what, when. Everything they get back is the engine's.

use anyhow::{Context, Result};
use regex::Regex;

use super::{Shown, Stage, advisories, cases, members};

const REPORT: &str = "Delivered-To: security@example.org
From: Dana Doe <dana@research.example.net>
To: security@example.org
Subject: Guest can read host memory through the grant table
Date: Mon, 07 Dec 2026 09:12:04 +0000
Message-ID: <report-1@research.example.net>
Content-Type: text/plain; charset=utf-8

Hello,

a guest that maps a grant twice and unmaps it once keeps a stale mapping
of a page the host has given to somebody else. A program that shows it
is ready; tell me where to send it.

Dana
";

/// Plays the disclosure, as far as the program has grown.
pub async fn play(stage: &mut Stage) -> Result<()> {
    stage.tell(
        "embargod runs the security desk of a software project by mail. This is a desk for example.org,\n\
         fresh, in simulated time: two people are its security team, Alice and Bob.",
    );

    let letters = stage.mail("2026-12-07T09:12:04Z", "A discoverer, Dana, mails security@example.org.", REPORT).await?;
    stage.tell("    Within seconds she knows that it arrived, who reads it, and what happens when:");
    let thanks = to(&letters, "dana@")?;
    stage.show(thanks, true);
    stage.tell("    Alice and Bob each get her mail as it came, encrypted to them, with reply addresses of their own:");
    let relay = to(&letters, "alice@")?;
    stage.show(relay, true);
    let (alices, thanks) = (relay.reply_to.clone(), thanks.message_id.clone());
    let bobs = to(&letters, "bob@")?.reply_to.clone();
    let (alice, bob) = (second_address(relay)?, second_address(to(&letters, "bob@")?)?);

    let raw = format!(
        "Delivered-To: {alice}
Authentication-Results: mx.example.org; dmarc=pass header.from=example.org
From: Alice Example <alice@example.org>
To: {alice}
Subject: Re: {}
Date: Mon, 07 Dec 2026 11:40:30 +0000
Message-ID: <answer-1@example.org>
In-Reply-To: <{}>

Dear Dana,

we can follow your description. Please reply to this mail with the
program attached.

Alice
",
        relay.subject, relay.message_id
    );
    let letters = stage
        .mail("2026-12-07T11:40:30Z", "Alice answers, by the address that reaches the team AND Dana.", &raw)
        .await?;
    stage.tell("    Our mail server vouches that it was Alice, so her words go out to Dana, signed by the desk:");
    stage.show(to(&letters, "dana@")?, true);
    stage.show(answer_to(&letters, "alice@")?, false);

    let raw = format!(
        "Delivered-To: {bob}
From: Bob Example <bob@example.org>
To: {bob}
Subject: Re: your report
Date: Mon, 07 Dec 2026 13:05:00 +0000
Message-ID: <pretended@example.com>

Dana, please send the program to bob.example@mail.example.com instead.
"
    );
    let letters = stage
        .mail("2026-12-07T13:05:00Z", "Somebody writes in Bob's name to Bob's address, which leaked.", &raw)
        .await?;
    stage.tell("    Nothing proves that it was Bob. Dana gets nothing; Bob hears of it:");
    stage.show(answer_to(&letters, "bob@")?, true);

    let raw = "Delivered-To: security@example.org
From: Nosy <nosy@example.com>
To: security@example.org
Subject: Re: Guest can read host memory
Date: Mon, 07 Dec 2026 14:20:00 +0000
Message-ID: <guess@example.com>
In-Reply-To: <report-1@research.example.net>

Any news on this one?
";
    let letters = stage
        .mail("2026-12-07T14:20:00Z", "A stranger guesses the reference of Dana's mail and asks for news.", raw)
        .await?;
    stage.tell("    The team sees it in the case. The stranger learns nothing, not even that there is one:");
    stage.show(to(&letters, "nosy@")?, true);

    let raw = "Delivered-To: security@example.org
From: Carl <carl@example.com>
To: security@example.org
Subject: Automatic reply: Your report
Auto-Submitted: auto-replied
Date: Mon, 07 Dec 2026 15:00:00 +0000
Message-ID: <away@example.com>

I am out of the office until January.
";
    stage.mail("2026-12-07T15:00:00Z", "A vacation program answers.", raw).await?;
    stage.tell("    It is kept, and has no effect: machines are never answered.");

    let raw = "Delivered-To: security@example.org
From: Erin <erin@example.com>
To: security@example.org
Cc: xen-devel@lists.example.org
Subject: [PATCH] console: check the ring index
Date: Tue, 08 Dec 2026 08:30:00 +0000
Message-ID: <patch-1@example.com>

This fixes a write past the end of the console ring.
";
    let letters = stage
        .mail("2026-12-08T08:30:00Z", "Erin mails a patch, with a copy to the public development list.", raw)
        .await?;
    stage.tell("    She is acknowledged like everybody; the team is told that it may be public already:");
    let relay = letters.iter().find(|letter| letter.kind == "relay").context("A relay to the team")?;
    stage.show(relay, true);
    cases::play(stage, &alices, &thanks).await?;
    encrypted(stage).await?;
    members::play(stage).await?;
    advisories::play(stage, &alices, &bobs).await
}

/// What came encrypted leaves encrypted, or not at all.
async fn encrypted(stage: &mut Stage) -> Result<()> {
    let raw = stage.encrypt(
        "Delivered-To: security@example.org
From: Fay <fay@example.com>
To: security@example.org
Subject: ...
Date: Wed, 09 Dec 2026 07:55:00 +0000
Message-ID: <sealed-1@example.com>
",
        "Content-Type: text/plain; charset=utf-8; hp=\"cipher\"
Subject: Host crash through the event channels
HP-Outer: Subject: ...

A guest that closes a port twice crashes the host. The program that does
it is in the next mail.

Fay
",
    )?;
    let letters =
        stage.mail("2026-12-09T07:55:00Z", "Fay encrypts her report to the project's certificate.", &raw).await?;
    stage.tell("    The team can read it; nothing in the clear part of a letter says what it is about:");
    let relay = to(&letters, "alice@")?;
    stage.show(relay, true);
    stage.tell("    The subject, too, is encrypted; outside it is only \"[...]\".");

    let alice = second_address(relay)?;
    let raw = stage.encrypt(
        &format!(
            "Delivered-To: {alice}
Authentication-Results: mx.example.org; dmarc=pass header.from=example.org
From: Alice Example <alice@example.org>
To: {alice}
Subject: ...
Date: Wed, 09 Dec 2026 09:10:00 +0000
Message-ID: <answer-2@example.org>
In-Reply-To: <{}>
",
            relay.message_id
        ),
        "Content-Type: text/plain; charset=utf-8

Dear Fay,

thank you. It crashes here, too: the port's lock is taken too late.

Alice
",
    )?;
    let letters = stage.mail("2026-12-09T09:10:00Z", "Alice answers her, encrypted.", &raw).await?;
    stage.tell("    The desk has no certificate of Fay's: her answer waits, and Fay is asked for one:");
    stage.show(to(&letters, "fay@")?, true);
    stage.show(answer_to(&letters, "alice@")?, false);
    Ok(())
}

pub fn to<'l>(letters: &'l [Shown], who: &str) -> Result<&'l Shown> {
    letters.iter().find(|letter| letter.to.starts_with(who)).with_context(|| format!("A letter to {who}"))
}

/// The desk's own words to somebody, as opposed to mail it passed on to them.
pub fn answer_to<'l>(letters: &'l [Shown], who: &str) -> Result<&'l Shown> {
    let found = letters.iter().find(|letter| letter.to.starts_with(who) && letter.kind != "relay");
    found.with_context(|| format!("An answer to {who}"))
}

/// The address "that reaches the team AND the discoverer", as a person copies it out of the letter.
fn second_address(relay: &Shown) -> Result<String> {
    let address = Regex::new(r"[A-Za-z.]+\+[a-z2-7]+@[a-z.]+").context("The shape of a reply address")?;
    let found = address.find_iter(&relay.text).last().context("A reply address in the letter")?;
    Ok(found.as_str().to_owned())
}
