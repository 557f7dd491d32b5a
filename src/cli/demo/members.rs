//! The second act: an organisation applies, becomes a member, and writes to the list on which members talk to each other.

use anyhow::{Context, Result};

use super::{Shown, Stage};

const LIST: &str = "predisclosure-applications@lists.example.org";
const DISCUSS: &str = "xen-security-issues-discuss@lists.example.org";
/// The member's role address.
const ROLE: &str = "security@vm.example.net";

const APPLICATION: &str = "Delivered-To: desk@example.org
From: Vera Vendor <vera@vm.example.net>
To: predisclosure-applications@lists.example.org
Subject: Application of VM Example Ltd
Date: Thu, 10 Dec 2026 08:00:00 +0000
Message-ID: <apply-1@vm.example.net>
List-Id: Applications <predisclosure-applications.lists.example.org>
List-Post: <mailto:predisclosure-applications@lists.example.org>
Precedence: list
Content-Type: text/plain; charset=utf-8

Dear team,

please add us to your predisclosure list.

The name of your organization:
VM Example Ltd

Domain name(s) which you use to provide Xen software/services:
vm.example.net

A brief description of why you fit the criteria:
We are a public hosting provider; all our virtual servers run on Xen.

Evidence of your status as a service/software provider:
https://vm.example.net/services

Your public rates or how to get a quote:
https://vm.example.net/prices

Statements about your eligible production services, from which it is
evident that they use Xen:
https://vm.example.net/technology

Your invitation to members of the public to report security problems, and
the contact information:
https://vm.example.net/security

The single (non-personal) email alias you wish added to the predisclosure list:
security@vm.example.net

Vera
";

const COMPLETED: &str = "Delivered-To: desk@example.org
From: Vera Vendor <vera@vm.example.net>
To: predisclosure-applications@lists.example.org
Subject: Re: Application of VM Example Ltd
Date: Thu, 10 Dec 2026 08:20:00 +0000
Message-ID: <apply-2@vm.example.net>
In-Reply-To: <apply-1@vm.example.net>
List-Id: Applications <predisclosure-applications.lists.example.org>
List-Post: <mailto:predisclosure-applications@lists.example.org>
Precedence: list
Content-Type: text/plain; charset=utf-8

We have read the policy and agree to abide by its terms, in particular
those about confidentiality during an embargo.

Vera
";

/// Plays it.
pub async fn play(stage: &mut Stage) -> Result<()> {
    applies(stage).await?;
    posts(stage).await
}

async fn applies(stage: &mut Stage) -> Result<()> {
    let letters = stage
        .mail("2026-12-10T08:00:00Z", "Vera applies for VM Example Ltd, on the public list for it.", APPLICATION)
        .await?;
    stage.tell("    Within seconds she knows what is still missing, in the words of the policy; so does the list:");
    stage.show(to(&letters, "vera@")?, true);

    let letters = stage.mail("2026-12-10T08:20:00Z", "She sends what was missing.", COMPLETED).await?;
    stage.tell("    What she sends later completes it. The team is asked to decide:");
    stage.show(to(&letters, "vera@")?, false);
    let notice = to(&letters, "alice@")?;
    stage.show(notice, false);

    let raw = stage.sign(
        "alice",
        &format!(
            "Delivered-To: {0}
From: Alice Example <alice@example.org>
To: {0}
Subject: Re: application
Date: Thu, 10 Dec 2026 10:00:00 +0000
Message-ID: <decides@example.org>
",
            notice.reply_to
        ),
        "accept\n",
        "2026-12-10T10:00:00Z",
    )?;
    let letters = stage.mail("2026-12-10T10:00:00Z", "Alice answers with one word, and signs it.", &raw).await?;
    stage.tell("    The decision is posted to the list. The address that Vera gave is asked whether it is theirs:");
    stage.show(to(&letters, LIST)?, false);
    let asked = to(&letters, ROLE)?;
    stage.show(asked, true);

    let raw = format!(
        "Delivered-To: {0}
From: Night shift <{ROLE}>
To: {0}
Subject: Re: this address
Date: Thu, 10 Dec 2026 11:00:00 +0000
Message-ID: <confirms@vm.example.net>
In-Reply-To: <{1}>

confirm
",
        asked.reply_to, asked.message_id
    );
    let letters = stage.mail("2026-12-10T11:00:00Z", "Somebody reads it there, and says so.", &raw).await?;
    stage.tell("    VM Example Ltd is a member, and the change history of the policy has its entry:");
    stage.show(to(&letters, ROLE)?, true);
    stage.show(to(&letters, "alice@")?, false);
    Ok(())
}

async fn posts(stage: &mut Stage) -> Result<()> {
    let raw = format!(
        "Delivered-To: {DISCUSS}
Authentication-Results: mx.example.org; dmarc=pass (p=none dis=none) header.from=vm.example.net
From: VM Example security <{ROLE}>
To: {DISCUSS}
Subject: Fixed images for XSA-470
Date: Fri, 11 Dec 2026 09:00:00 +0000
Message-ID: <post-1@vm.example.net>
Content-Type: text/plain; charset=utf-8

Hello,

we have built fixed images and offer them to other members privately;
ask us for the address.

VM Example security
"
    );
    let letters = stage
        .mail("2026-12-11T09:00:00Z", "A member posts to -discuss, the list on which members talk to each other.", &raw)
        .await?;
    stage.tell("    It is held. Its author gets a line; each moderator sees what is proven and what to look at twice:");
    stage.show(to(&letters, ROLE)?, true);
    let notice = to(&letters, "alice@")?;
    stage.show(notice, true);
    let of_bob = to(&letters, "bob@")?.reply_to.clone();

    let answer = |name: &str, user: &str, at: &str, id: &str| {
        format!(
            "Delivered-To: {at}
Authentication-Results: mx.example.org; dmarc=pass header.from=example.org
From: {name} Example <{user}@example.org>
To: {at}
Subject: Re: a post
Date: Fri, 11 Dec 2026 09:30:00 +0000
Message-ID: <{id}@example.org>

approve
"
        )
    };
    let raw = answer("Alice", "alice", &notice.reply_to, "moderates-1");
    let letters = stage.mail("2026-12-11T09:30:00Z", "Alice answers with one word, from her telephone.", &raw).await?;
    stage.tell("    Each member gets a copy of their own, in the author's own bytes, under the headers of the list:");
    stage.show(to(&letters, ROLE)?, true);
    stage.show(to(&letters, "alice@")?, false);

    let raw = answer("Bob", "bob", &of_bob, "moderates-2");
    let letters = stage.mail("2026-12-11T09:31:00Z", "Bob approves it, too, a minute later.", &raw).await?;
    stage.tell("    Nothing goes out twice. Bob hears who was faster:");
    stage.show(to(&letters, "bob@")?, true);
    Ok(())
}

fn to<'l>(letters: &'l [Shown], who: &str) -> Result<&'l Shown> {
    letters.iter().find(|letter| letter.to.starts_with(who)).with_context(|| format!("A letter to {who}"))
}
