//! A whole case as the Xen Project's policy has it, from the first mail to the eve of the release: each part of the story
//! names the paragraph of "Specific process" that it is about.

use super::*;
use crate::world::{Letter, the};

const CAROL: &str = "carol@cert.example.com";
const PATCH: &str = "--- a/xen/common/grant_table.c\n+++ b/xen/common/grant_table.c\n@@ -1 +1 @@\n-one\n+two\n";

/// Alice gives commands in a mail she signs.
fn commands(world: &mut World, to: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, ALICE, to, id, when, text);
    world.at(when).mails(&raw)
}

/// Somebody outside of the team, whose server vouches for them.
fn proven(who: &str, to: &str, id: &str, text: &str) -> String {
    let domain = who.rsplit_once('@').unwrap().1.trim_end_matches('>');
    vouched(who, to, id, text).replace("header.from=example.org", &format!("header.from={domain}"))
}

fn words(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The state of each step, by its name.
fn steps(world: &World) -> std::collections::BTreeMap<String, String> {
    let case = world.json(&["case", "show", "1"]);
    let steps = case["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["id"].as_str().unwrap().to_owned(), step["state"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn from_the_first_mail_to_the_eve_of_the_release() {
    story("xen-to-the-eve", |world| {
        // 1: whoever discovers a vulnerability reports it to security@.
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        let alices = the(&letters, "relay", ALICE).header("Reply-To");
        let thanks = the(&letters, "acknowledgement", DANA).clone();
        commands(world, &alices, "a1", "2026-12-07T10:00:00Z", "!confirm\n!owner alice");

        // 2.2: the dates are negotiated with the discoverer. She wants a week more.
        let wish = "I give a talk about it; could we publish on 5 January 2027?\n\nDana";
        let wish = proven("Dana Doe <dana@research.example.net>", "security@example.org", "d2", wish).replacen(
            "\nSubject:",
            &format!("\nIn-Reply-To: {}\nSubject:", thanks.header("Message-ID")),
            1,
        );
        let letters = world.at("2026-12-07T15:00:00Z").mails(&wish);
        assert!(the(&letters, "relay", ALICE).subject().contains("case 1]"), "it joins the case");
        assert!(words(the(&letters, "relay", ALICE)).contains("5 January 2027"));
        commands(world, &alices, "a2", "2026-12-08T09:00:00Z", "!embargo 2027-01-05 Dana's talk");

        // 3.1: a CVE number.
        commands(world, &alices, "a3", "2026-12-08T10:00:00Z", "!cve CVE-2026-12345");

        // 3.2: others who are affected.
        let add = format!("!add Carol Coordinator <{CAROL}> as coordinator");
        let letters = commands(world, &alices, "a4", "2026-12-08T11:00:00Z", &add);
        let question = the(&letters, "confirmation", CAROL).header("Reply-To");
        world.at("2026-12-08T12:00:00Z").mails(&proven(CAROL, &question, "yes", "agree\n\nCarol"));

        // 3.3 and 3.4: the patches, and which versions are vulnerable.
        let found = "!assign 480\n!affects 4.20 yes\n!affects 4.19 no\n\
                     !severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N\n!credit reporter as Dana Doe of Example Labs";
        commands(world, &alices, "a5", "2026-12-09T09:00:00Z", found);
        let patch = format!(
            "Content-Type: multipart/mixed; boundary=p\n\n--p\nContent-Type: text/plain\n\n!patch\n\n--p\n\
             Content-Type: text/x-patch; name=xsa480-4.20.patch\n\
             Content-Disposition: attachment; filename=xsa480-4.20.patch\n\n{PATCH}\n--p--\n"
        );
        let key = std::fs::read(world.dir.join("keys/alice.key")).unwrap();
        let raw = signed_entity(&key, ALICE, &alices, "a6", "2026-12-09T10:00:00Z", &patch);
        world.at("2026-12-09T10:00:00Z").mails(&raw);

        // 7: what the team decides in private is kept for after the embargo.
        let decision = "!decision Carol's project was told before our list, because its fix must come first.";
        commands(world, &alices, "a7", "2026-12-09T11:00:00Z", decision);
        let letters = commands(world, &alices, "a8", "2026-12-09T12:00:00Z", "!status");
        let status = the(&letters, "answer", ALICE).text();
        for shown in ["XSA-480", "CVE-2026-12345", "xsa480-4.20.patch", "Dana Doe of Example Labs", "embargoed"] {
            assert!(status.contains(shown), "“{shown}” in:\n{status}");
        }

        // 4 and 5: what comes next is due on its day, and the owner hears of it before.
        for when in ["2026-12-11T12:00:00Z", "2026-12-14T12:00:00Z", "2026-12-15T12:00:00Z", "2027-01-04T12:00:00Z"] {
            world.at(when).waits();
        }
        let steps = steps(world);
        for (step, state) in [("confirm", "done"), ("cve", "done"), ("patches", "done"), ("dates", "done")] {
            assert_eq!(steps.get(step).map(String::as_str), Some(state), "{step}: {steps:?}");
        }
        world.does(&["audit", "verify"]);
    });
}
