//! The act in which the team works on a case: what it says in its thread, what the desk does of that, and who hears of it.

use anyhow::Result;

use super::Stage;
use super::script::{answer_to, to};

const DANA: &str = "Dana Doe <dana@research.example.net>";

/// A mail in the thread of Dana's case: to a reply address, answering nothing but it.
struct Says<'a> {
    from: &'a str,
    to: &'a str,
    date: &'a str,
    id: &'a str,
}

impl Says<'_> {
    fn header(&self) -> String {
        format!(
            "Delivered-To: {to}\nFrom: {}\nTo: {to}\nSubject: Re: your report\nDate: {}\nMessage-ID: <{}@example.org>\n",
            self.from,
            self.date,
            self.id,
            to = self.to
        )
    }
}

/// Plays it. `alices`: where Alice answers mail of Dana's case; `thanks`: the Message-ID of what Dana was told first.
pub async fn play(stage: &mut Stage, alices: &str, thanks: &str) -> Result<()> {
    let says = Says {
        from: "Alice Example <alice@example.org>",
        to: alices,
        date: "Tue, 08 Dec 2026 09:00:00 +0000",
        id: "c1",
    };
    let raw = stage.sign("alice", &says.header(), "!confirm\n!owner alice\n!assign 480\n", "2026-12-08T09:00:00Z")?;
    let letters = stage
        .mail("2026-12-08T09:00:00Z", "It is real. Alice says so in the thread of Dana's case, in a signed mail.", &raw)
        .await?;
    stage.tell("    Each line is answered, with what is next:");
    stage.show(answer_to(&letters, "alice@")?, true);

    let raw = format!(
        "Delivered-To: security@example.org
Authentication-Results: mx.example.org; dmarc=pass header.from=research.example.net
From: {DANA}
To: security@example.org
Subject: Re: Your report is case 1
Date: Tue, 08 Dec 2026 10:30:00 +0000
Message-ID: <wish-1@research.example.net>
In-Reply-To: <{thanks}>

I will talk about it at a conference. Could we publish on 5 January 2027?

Dana
"
    );
    let letters = stage.mail("2026-12-08T10:30:00Z", "Dana would like another date.", &raw).await?;
    stage.tell("    The team is shown what she writes of dates. Nothing is changed by it:");
    stage.show(to(&letters, "alice@")?, true);

    let says = Says { date: "Tue, 08 Dec 2026 11:00:00 +0000", id: "c2", ..says };
    let text = "!embargo 2027-01-05 Dana gives a talk then\n!cve CVE-2026-12345\n";
    let raw = stage.sign("alice", &says.header(), text, "2026-12-08T11:00:00Z")?;
    let letters = stage.mail("2026-12-08T11:00:00Z", "The team agrees, and has a CVE number for it.", &raw).await?;
    stage.tell("    Everybody who knows of the problem hears both, Dana too:");
    for letter in letters.iter().filter(|letter| letter.to.starts_with("dana@")) {
        stage.show(letter, true);
    }

    let says = Says { date: "Tue, 08 Dec 2026 11:30:00 +0000", id: "c3", ..says };
    let raw = stage.sign("alice", &says.header(), "!status\n", "2026-12-08T11:30:00Z")?;
    let letters = stage.mail("2026-12-08T11:30:00Z", "How far are they?", &raw).await?;
    stage.tell(
        "    The playbook of the project's policy, step by step: what is done, what is due, what waits for what:",
    );
    stage.show(answer_to(&letters, "alice@")?, true);
    Ok(())
}
