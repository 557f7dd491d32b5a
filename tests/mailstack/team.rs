//! A team of three runs one case from their telephones, through real servers and with real gpg: with the mistakes that
//! people make on the way, each of which is answered with what to do.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::correspondent::{CURVE25519, Correspondent, Opened, RSA};
use super::desk::{DISCOVERER, Desk};
use super::phone::Phone;
use super::stack::Stack;

const TEAM: [(&str, [&str; 2]); 3] = [("alice@proj.test", RSA), ("bob@proj.test", CURVE25519), ("erin@proj.test", RSA)];

const PATCH: &str = "--- a/xen/common/grant_table.c\n+++ b/xen/common/grant_table.c\n@@ -1 +1 @@\n-one\n+two\n";

/// Of the letters to the writer of a mail, the answer.
fn answer<'l>(letters: &'l [Opened], subject: &str) -> &'l Opened {
    let subjects: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    letters
        .iter()
        .find(|letter| letter.subject.contains(subject))
        .unwrap_or_else(|| panic!("“{subject}”: {subjects:?}"))
}

fn says(letter: &Opened, words: &str) {
    let text = letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "“{words}” in:\n{}", letter.text);
}

/// Three weeks from now, on a Wednesday.
fn in_three_weeks() -> String {
    let day = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_add(21.days());
    let past_wednesday = i64::from(day.weekday().to_monday_zero_offset()) - 2;
    day.saturating_sub(past_wednesday.days()).to_string()
}

#[test]
fn a_team_of_three_runs_a_case_from_their_telephones() {
    let users = format!("bot alice bob erin {DISCOVERER}");
    let stack = Stack::up_with(&[("USERS", &users)]);
    let account = stack.account("bot");
    let mut desk = Desk::untried(stack, &[account], &[]);
    let folder = tempfile::tempdir().unwrap();
    let project = std::fs::read(desk.path("keys/project.asc")).unwrap();
    let [mut alice, mut bob, mut erin] = TEAM.map(|(address, kind)| {
        let who = Correspondent::new(address, kind, &project);
        let name = address.split('@').next().unwrap();
        desk.does(&["team", "add", name, address, "--key", &who.certificate(folder.path())]);
        Phone::of(who)
    });
    desk.does(&["check", "--send"]);
    desk.start();

    let report = format!(
        "From: Dana Doe <{DISCOVERER}>\r\nTo: security@proj.test\r\nSubject: Guest can read host memory\r\n\
         Date: Mon, 07 Dec 2026 09:12:04 +0000\r\nMessage-ID: <report@reporter.test>\r\n\r\nA stale mapping.\r\n"
    );
    desk.stack.deliver(DISCOVERER, "security@proj.test", report.as_bytes()).unwrap();
    for phone in [&mut alice, &mut bob, &mut erin] {
        phone.reads(&desk, 1);
    }
    desk.letters(DISCOVERER, 1);

    // Two commands from a train. The quoted one below them is nobody's.
    alice.sends(&desk, "!confirm\n!owner erin");
    let letters = alice.reads(&desk, 2);
    let done = answer(&letters, "carried out");
    says(done, "!confirm");
    says(done, "!owner erin");
    says(answer(&bob.reads(&desk, 1), "case 1"), "Done: “confirm”. The rest of it is in the mail.");
    erin.reads(&desk, 1);
    assert_eq!(desk.json(&["case", "show", "1"])["state"], "confirmed");

    // A thumb slips: nothing of the mail is done, also not what was right.
    bob.sends(&desk, "!assign 480\n!afects 4.20 yes");
    let letters = bob.reads(&desk, 2);
    let why = answer(&letters, "NOTHING was done");
    says(why, "did you mean “!affects”?");
    alice.reads(&desk, 1);
    erin.reads(&desk, 1);
    assert_eq!(desk.json(&["case", "show", "1"])["advisories"].as_array().map(Vec::len), Some(0));
    bob.sends(&desk, "!assign 480\n!affects 4.20 yes");
    says(answer(&bob.reads(&desk, 2), "carried out"), "480");
    alice.reads(&desk, 1);
    erin.reads(&desk, 1);

    // Erin forgets to sign: her own mail server vouches for her, and that is not enough to change a case.
    erin.forgets_to_sign(&desk, "!invalid we cannot see it");
    let letters = erin.reads(&desk, 2);
    says(answer(&letters, "NOT carried out"), "it is not signed with a registered certificate of the team");
    alice.reads(&desk, 1);
    bob.reads(&desk, 1);
    assert_eq!(desk.json(&["case", "show", "1"])["state"], "confirmed");

    // She answers below what she quotes, and means what she quotes: nobody can tell, and she is asked.
    let below = "Content-Type: text/plain; charset=utf-8\n\nOn Monday the team wrote:\n> A new report came in.\n\
                 !severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N\n";
    erin.sends_entity(&desk, below);
    let letters = erin.reads(&desk, 2);
    says(answer(&letters, "NOTHING was done"), "above all that you quote");
    alice.reads(&desk, 1);
    bob.reads(&desk, 1);
    erin.sends(&desk, "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N");
    says(answer(&erin.reads(&desk, 2), "carried out"), "6.5");
    alice.reads(&desk, 1);
    bob.reads(&desk, 1);

    // A patch, signed as it is.
    let attached = format!(
        "Content-Type: multipart/mixed; boundary=\"parts\"\n\n--parts\nContent-Type: text/plain\n\n!patch\n\n--parts\n\
         Content-Type: text/x-patch; name=\"xsa480-4.20.patch\"\n\
         Content-Disposition: attachment; filename=\"xsa480-4.20.patch\"\n\n{PATCH}\n--parts--\n"
    );
    bob.sends_entity(&desk, &attached);
    says(answer(&bob.reads(&desk, 2), "carried out"), "xsa480-4.20.patch");
    alice.reads(&desk, 1);
    erin.reads(&desk, 1);

    // The number and the dates are for everybody who knows, Dana among them.
    let day = in_three_weeks();
    alice.sends(&desk, &format!("!cve CVE-2026-12345\n!embargo {day} Dana agreed on the telephone"));
    let letters = desk.letters(DISCOVERER, 3);
    let told: String = letters.iter().skip(1).map(|letter| letter.text()).collect();
    assert!(told.contains("CVE-2026-12345") && told.contains(&day), "{told}");
    desk.handled(9);

    let case = desk.json(&["case", "show", "1"]);
    assert_eq!((&case["state"], &case["cves"][0]), (&"embargoed".into(), &"CVE-2026-12345".into()), "{case}");
    assert!(case["release_at"].as_str().unwrap().starts_with(&day), "{case}");
    let (status, ..) = desk.stop();
    assert!(status.success());
    desk.does(&["audit", "verify"]);
}
