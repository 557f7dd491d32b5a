//! Posts to -discuss: held, shown to moderators with all that speaks for a second look, and decided by one word. What a
//! moderator lets through reaches every member, and nobody else.

use super::decisions::{ALIAS, by_the_alias, notice, says};
use super::*;
use crate::world::{Letter, kinds, the};

const LIST: &str = "xen-security-issues-discuss@lists.example.org";

/// VM Example Ltd is a member, and has been told so.
fn member(world: &mut World) {
    let letters = decisions::applies(world);
    let to = notice(&letters, ALICE);
    let letters = says(world, ALICE, &to, "a1", "2026-12-07T10:00:00Z", "accept");
    let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
    world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm"));
}

/// A post of the member, through its own mail server.
fn post(id: &str, subject: &str, text: &str) -> String {
    format!(
        "Return-Path: <{ALIAS}>
Delivered-To: {LIST}
Authentication-Results: mx.example.org; dkim=pass header.d=vm.example.net header.s=k1;
\tdmarc=pass (p=reject dis=none) header.from=vm.example.net
DKIM-Signature: v=1; a=rsa-sha256; d=vm.example.net; s=k1; h=from:to:subject:date:message-id;
\tbh=abc; b=def
From: VM Example security <{ALIAS}>
To: {LIST}
Subject: {subject}
Date: Mon, 07 Dec 2026 12:00:00 +0000
Message-ID: <{id}@vm.example.net>
Disposition-Notification-To: {ALIAS}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}
"
    )
}

fn available() -> String {
    post("p1", "Fixed packages", "Our fixed packages for case 1 are available to our customers.\n\nVM Example")
}

fn held(world: &World) -> Vec<(i64, String)> {
    let listed = world.json(&["held", "list"]);
    let rows = listed.as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_i64().unwrap(), row["state"].as_str().unwrap().to_owned())).collect()
}

fn posted(letters: &[Letter]) -> Vec<String> {
    kinds(letters).into_iter().filter(|kind| kind.starts_with("post")).collect()
}

#[test]
fn a_moderator_lets_a_post_through_with_one_word() {
    story("discuss-approve", |world| {
        member(world);
        world.at("2026-12-07T11:30:00Z").mails(&report());
        let letters = world.at("2026-12-07T12:00:00Z").mails(&available());
        assert_eq!(
            kinds(&letters),
            ["acknowledgement security@vm.example.net", "notice alice@example.org", "notice bob@example.org"]
        );
        assert_eq!(the(&letters, "notice", ALICE).attachments(), ["as-received.eml", "signature.asc"]);
        let (alices, bobs) = (notice(&letters, ALICE), notice(&letters, BOB));
        assert_ne!(alices, bobs);

        let letters =
            world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &alices, "m1", "Approve\n\nSent from my phone"));
        assert_eq!(posted(&letters), ["post security@vm.example.net"]);
        let copy = the(&letters, "post", ALIAS);
        assert_eq!(copy.header("From"), format!("VM Example security <{ALIAS}>"), "its signature survives");
        assert!(copy.header("Sender").contains(LIST) && copy.header("List-Post").contains(LIST));
        assert_eq!(copy.header("Disposition-Notification-To"), "");
        assert!(copy.from.as_ref().is_some_and(|from| from.starts_with("security+")), "{:?}", copy.from);
        assert_eq!(held(world), [(1, "approved".to_owned())]);

        let letters = world.at("2026-12-07T12:20:00Z").mails(&vouched(BOB, &bobs, "m2", "discard"));
        assert_eq!(kinds(&letters), ["answer bob@example.org"]);
        assert!(letters[0].subject().contains("decided before"));
        assert_eq!(letters[0].header("Reply-To"), bobs);
        let letters = world.at("2026-12-07T12:30:00Z").mails(&available().replace("Date:", "X-Way: another\nDate:"));
        assert_eq!(kinds(&letters), [""; 0], "the same post by another way");
        // The copy that its reader sends back to the list.
        let back = String::from_utf8(copy.raw.clone()).unwrap().replace("\r\n", "\n");
        let letters = world.at("2026-12-07T12:40:00Z").mails(&format!("Delivered-To: {LIST}\n{back}"));
        assert_eq!(kinds(&letters), [""; 0]);
    });
}

#[test]
fn a_post_is_turned_away_with_the_reason_or_with_the_place_for_policy() {
    story("discuss-reject", |world| {
        member(world);
        let policy = post(
            "p1",
            "Who may deploy",
            "Should list members be allowed to deploy during the embargo? The policy is unfair.",
        );
        let letters = world.at("2026-12-07T12:00:00Z").mails(&policy);
        let shown = decisions::flat(the(&letters, "notice", ALICE));
        assert!(shown.contains("Looks like: policy, because of"), "{shown}");
        let letters =
            world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &notice(&letters, ALICE), "m1", "reject policy"));
        let told = decisions::flat(the(&letters, "refusal", ALIAS));
        assert!(told.contains("xen-devel@lists.example.org") && told.contains("reply to this letter"), "{told}");
        assert!(the(&letters, "refusal", ALIAS).header("Reply-To").contains("security+"), "its question to the team");

        let letters =
            world.at("2026-12-07T13:00:00Z").mails(&post("p2", "Hello", "A customer of ours, Big Bank, is affected."));
        let bobs = notice(&letters, BOB);
        let letters = world.at("2026-12-07T13:10:00Z").mails(&vouched(BOB, &bobs, "m2", "reject"));
        assert_eq!(letters[0].subject(), "[Xen post 2] NOT decided: “reject” needs a reason");
        assert_eq!(letters[0].header("Reply-To"), bobs, "a telephone answers there");
        let text = "reject It names a customer.\n\nPlease write it without.";
        let letters = world.at("2026-12-07T13:20:00Z").mails(&vouched(BOB, &bobs, "m3", text));
        assert!(the(&letters, "refusal", ALIAS).text().contains("It names a customer.\n\nPlease write it without."));

        let letters = world.at("2026-12-07T14:00:00Z").mails(&post("p3", "Buy now", "Cheap."));
        let letters = world.at("2026-12-07T14:10:00Z").mails(&vouched(BOB, &notice(&letters, BOB), "m4", "discard"));
        assert_eq!(kinds(&letters), ["answer bob@example.org"]);
        let states: Vec<String> = held(world).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, ["rejected", "rejected", "discarded"]);
    });
}

fn strangers() -> String {
    format!(
        "Delivered-To: {LIST}
Authentication-Results: mx.example.org; dmarc=pass header.from=research.example.net
From: Dana Doe <{DANA}>
To: {LIST}
Subject: Guest can read host memory
Date: Mon, 07 Dec 2026 12:00:00 +0000
Message-ID: <s1@research.example.net>

a guest that maps a grant twice keeps a stale mapping.
"
    )
}

#[test]
fn what_is_not_a_members_is_never_distributed_and_may_be_passed_to_the_team() {
    story("discuss-stranger", |world| {
        member(world);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&strangers());
        let alices = notice(&letters, ALICE);
        assert!(decisions::flat(the(&letters, "notice", ALICE)).contains("It cannot be sent to members"));
        assert!(decisions::flat(the(&letters, "acknowledgement", DANA)).contains("Only members"));
        let letters = world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &alices, "m1", "approve"));
        assert_eq!(kinds(&letters), ["refusal alice@example.org"]);
        assert_eq!(held(world), [(1, "held".to_owned())]);
        let letters = world.at("2026-12-07T12:20:00Z").mails(&vouched(ALICE, &alices, "m2", "report"));
        assert!(kinds(&letters).contains(&"answer alice@example.org".to_owned()), "{:?}", kinds(&letters));
        let mut letters = letters;
        letters.extend(world.at("2026-12-07T12:21:00Z").waits());
        assert_eq!(held(world), [(1, "passed".to_owned())]);
        assert_eq!(world.json(&["case", "show", "1"])["reporter"], DANA);
        assert!(the(&letters, "acknowledgement", DANA).subject().contains("case 1"));
        let relayed = decisions::flat(the(&letters, "relay", BOB));
        assert!(relayed.contains("and passed on by Alice Example (post 1)"), "{relayed}");
        assert_eq!(posted(&letters), [""; 0]);
    });
}

#[test]
fn proof_alone_decides_and_whoever_wrote_a_post_may_take_it_back() {
    story("discuss-proof", |world| {
        member(world);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&available());
        let (alices, bobs) = (notice(&letters, ALICE), notice(&letters, BOB));
        let withdraw = the(&letters, "acknowledgement", ALIAS).header("Reply-To");
        let unproven = vouched(ALICE, &alices, "m1", "approve").replace("dmarc=pass", "dmarc=fail");
        let letters = world.at("2026-12-07T12:10:00Z").mails(&unproven);
        assert_eq!(kinds(&letters), ["refusal alice@example.org"]);
        let letters = world.at("2026-12-07T12:20:00Z").mails(&vouched(BOB, &alices, "m2", "approve"));
        assert_eq!(posted(&letters), [""; 0], "by somebody else's reply address");
        // Without any reply address it is mail to the team, whoever is proven to write it.
        for (id, raw) in [("u1", vouched(ALICE, "security@example.org", "u1", "approve")), ("u2", unproven)] {
            let raw = match id {
                "u1" => raw,
                _ => raw.replace(&alices, "security@example.org").replace("<m1@", "<u2@"),
            };
            let letters = world.at("2026-12-07T12:25:00Z").mails(&raw);
            assert_eq!(posted(&letters), [""; 0], "{id}");
            assert_eq!(held(world), [(1, "held".to_owned())], "{id}");
        }
        let stranger = vouched("mallory@mallory.example.net", &bobs, "m3", "approve")
            .replace("=example.org", "=mallory.example.net");
        let letters = world.at("2026-12-07T12:30:00Z").mails(&stranger);
        assert_eq!(posted(&letters), [""; 0]);

        let back = vouched(ALIAS, &withdraw, "w1", "withdraw")
            .replace("header.from=example.org", "header.from=vm.example.net");
        let letters = world.at("2026-12-07T12:40:00Z").mails(&back.replace("dmarc=pass", "dmarc=fail"));
        assert_eq!(kinds(&letters), ["refusal security@vm.example.net"]);
        let told = decisions::flat(&letters[0]);
        assert!(told.contains("Post 1 was NOT withdrawn; it still waits") && !told.contains("embargod"), "{told}");
        assert_eq!(letters[0].header("Reply-To"), withdraw);
        assert_eq!(held(world), [(1, "held".to_owned())]);
        let letters = world.at("2026-12-07T12:50:00Z").mails(&back.replace("w1", "w2"));
        assert_eq!(kinds(&letters), ["answer security@vm.example.net"]);
        assert_eq!(held(world), [(1, "withdrawn".to_owned())]);
        let letters = world.at("2026-12-07T13:00:00Z").mails(&vouched(BOB, &bobs, "m4", "approve"));
        assert!(decisions::flat(&letters[0]).contains("was withdrawn by"), "{}", letters[0].text());
        assert_eq!(posted(&letters), [""; 0]);
    });
}

#[test]
fn signed_text_that_names_a_post_decides_it_wherever_it_comes() {
    story("discuss-signed", |world| {
        member(world);
        world.at("2026-12-07T12:00:00Z").mails(&available());
        for (id, when, text) in
            [("g1", "2026-12-07T12:10:00Z", "post 9\napprove"), ("g2", "2026-12-07T12:15:00Z", "approve")]
        {
            let raw = signed(world, ALICE, "security@example.org", id, when, text);
            let letters = world.at(when).mails(&raw);
            assert_eq!(posted(&letters), [""; 0], "{text}");
        }
        let when = "2026-12-07T12:20:00Z";
        let raw = signed(world, ALICE, "security@example.org", "g3", when, "post 1\napprove");
        let letters = world.at(when).mails(&raw);
        assert_eq!(posted(&letters), ["post security@vm.example.net"]);
        let letters = world.at("2026-12-07T12:30:00Z").mails(&raw.replace("<g3@", "<g4@"));
        assert_eq!(posted(&letters), [""; 0], "a signature acts once");
    });
}

#[test]
fn undecided_moderators_are_reminded_and_in_the_end_its_author_gets_it_back() {
    story("discuss-undecided", |world| {
        member(world);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&available());
        let alices = notice(&letters, ALICE);
        assert_eq!(kinds(&world.at("2026-12-08T11:59:00Z").waits()), [""; 0]);
        let letters = world.at("2026-12-08T12:00:00Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        assert_eq!(the(&letters, "reminder", ALICE).header("Reply-To"), alices, "the same address as before");
        assert_eq!(the(&letters, "reminder", BOB).attachments(), ["as-received.eml", "signature.asc"]);
        let reminded = |letters: &[Letter]| decisions::flat(the(letters, "reminder", ALICE));
        let shown = reminded(&letters);
        assert!(shown.contains("because of “fixed packages”"), "as in the first notice: {shown}");
        assert!(!shown.contains("the last reminder"), "{shown}");
        let letters = world.at("2026-12-10T12:00:00Z").waits();
        assert!(reminded(&letters).contains("the last reminder"));
        assert_eq!(kinds(&letters), ["reminder alice@example.org", "reminder bob@example.org"]);
        let letters = world.at("2026-12-14T12:00:00Z").waits();
        for moderator in [ALICE, BOB] {
            let told = the(&letters, "notice", moderator);
            assert_eq!(told.subject(), "[Xen post 1] Returned: nobody decided in 7 days");
        }
        let returned = letters.iter().find(|letter| letter.to == ALIAS).expect("a letter to its author");
        assert!(
            returned.subject().starts_with("Returned")
                && returned.attachments() == ["as-received.eml", "signature.asc"]
        );
        assert_eq!(held(world), [(1, "expired".to_owned())]);
        let letters = world.at("2026-12-14T13:00:00Z").mails(&vouched(ALICE, &alices, "m1", "approve"));
        assert_eq!(posted(&letters), [""; 0]);
    });
}

#[test]
fn a_from_that_receivers_would_reject_is_the_lists() {
    for line_ends in [LineEnds::Lf, LineEnds::CrLf] {
        let mut world = World::new(line_ends);
        member(&mut world);
        let fragile = available().replace("h=from:to:", "h=from:sender:to:");
        let letters = world.at("2026-12-07T12:00:00Z").mails(&fragile);
        let letters =
            world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &notice(&letters, ALICE), "m1", "approve"));
        let copy = the(&letters, "post", ALIAS);
        let name = "VM Example security via xen-security-issues-discuss";
        assert_eq!(copy.header("From"), format!("\"{name}\" <{LIST}>"));
        assert_eq!(copy.header("Reply-To"), format!("\"VM Example security\" <{ALIAS}>"));
        let raw = String::from_utf8(copy.raw.clone()).unwrap();
        let body = fragile.split_once("\n\n").unwrap().1;
        assert_eq!(raw.split_once("\r\n\r\n").unwrap().1.replace("\r\n", "\n"), body);
    }
}

#[test]
fn two_answers_in_one_poll_make_one_decision() {
    for order in [[ALICE, BOB], [BOB, ALICE]] {
        let mut world = World::new(LineEnds::Lf);
        member(&mut world);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&available());
        for (number, who) in order.into_iter().enumerate() {
            let answer = vouched(who, &notice(&letters, who), &format!("m{number}"), "approve");
            world.post(answer.as_bytes());
        }
        let letters = world.at("2026-12-07T12:10:00Z").waits();
        assert_eq!(posted(&letters), ["post security@vm.example.net"]);
        assert!(the(&letters, "answer", order[0]).subject().contains("It is approved"));
        assert!(the(&letters, "answer", order[1]).subject().contains("decided before"));
    }
}

#[test]
fn a_strangers_report_waits_for_a_moderator_where_the_profile_says_so() {
    story("report-held", |world| {
        let profile = std::fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
        let held = profile.replacen("hold = \"never\"", "hold = \"strangers\"", 1);
        assert_ne!(held, profile);
        std::fs::write(world.dir.join("held.toml"), held).unwrap();
        let settings = std::fs::read_to_string(world.config()).unwrap();
        let settings = settings.replacen("profile = \"xen\"", "profile = \"xen\"\nprofile_file = \"held.toml\"", 1);
        std::fs::write(world.config(), settings).unwrap();

        let letters = world.at("2026-12-07T09:30:00Z").mails(&report());
        assert_eq!(
            kinds(&letters),
            ["acknowledgement dana@research.example.net", "notice alice@example.org", "notice bob@example.org"]
        );
        assert!(!the(&letters, "acknowledgement", DANA).text().contains("case 1"));
        assert_eq!(world.json(&["case", "list"])[0]["state"], "held");
        let alices = notice(&letters, ALICE);
        // What they add joins it: moderators get it now, and the team with the report.
        let told = the(&letters, "acknowledgement", DANA);
        let names_ours =
            format!("Message-ID: <more-1@research.example.net>\nIn-Reply-To: {}", told.header("Message-ID"));
        let more = report()
            .replace("Message-ID: <report-1@research.example.net>", &names_ours)
            .replace("Subject: ", "Subject: Re: ")
            .replace("a stale mapping", "a stale mapping for ever");
        assert!(more.contains("In-Reply-To"));
        let letters = world.at("2026-12-07T10:00:00Z").mails(&more);
        assert_eq!(
            kinds(&letters),
            ["acknowledgement dana@research.example.net", "notice alice@example.org", "notice bob@example.org"]
        );
        assert!(the(&letters, "notice", ALICE).subject().starts_with("[Xen report 1] More: Re:"));
        assert_eq!(notice(&letters, ALICE), alices);
        assert_eq!(the(&letters, "acknowledgement", DANA).text(), told.text(), "whichever report they answer");
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 1);
        assert_eq!(
            kinds(&world.at("2026-12-08T09:30:00Z").waits()),
            ["reminder alice@example.org", "reminder bob@example.org"]
        );
        let letters = world.at("2026-12-08T10:00:00Z").mails(&vouched(ALICE, &alices, "m1", "approve"));
        assert_eq!(
            kinds(&letters),
            [
                "acknowledgement dana@research.example.net",
                "answer alice@example.org",
                "answer dana@research.example.net",
                "relay alice@example.org",
                "relay alice@example.org",
                "relay bob@example.org",
                "relay bob@example.org",
                // It waited longer than anybody should take to say whose it is.
                "reminder alice@example.org",
                "reminder bob@example.org"
            ]
        );
        assert!(the(&letters, "acknowledgement", DANA).subject().contains("case 1"));
        assert!(decisions::flat(the(&letters, "answer", ALICE)).contains("It is case 1 now"));
        assert_eq!(world.json(&["case", "list"])[0]["state"], "triage");

        let spam = report()
            .replace("report-1", "spam-1")
            .replace("Guest can read host memory", "Buy now")
            .replace("grant", "coupon");
        let letters = world.at("2026-12-08T11:00:00Z").mails(&spam);
        let told = the(&letters, "acknowledgement", DANA).header("Message-ID");
        let letters = world.at("2026-12-08T11:10:00Z").mails(&vouched(BOB, &notice(&letters, BOB), "m2", "discard"));
        assert_eq!(kinds(&letters), ["answer bob@example.org"]);
        assert_eq!(world.json(&["case", "show", "2"])["state"], "invalid");
        // What answers a report that was turned away reaches nobody but moderators either.
        let again = spam
            .replace("<spam-1@research.example.net>", &format!("<spam-2@research.example.net>\nIn-Reply-To: {told}"));
        let letters = world.at("2026-12-08T11:20:00Z").mails(&again);
        assert!(kinds(&letters).iter().all(|kind| !kind.starts_with("relay")), "{:?}", kinds(&letters));
        let letters = world.at("2026-12-08T11:30:00Z").mails(&vouched(BOB, &notice(&letters, BOB), "m3", "approve"));
        assert!(decisions::flat(the(&letters, "answer", BOB)).contains("It is case 3 now"), "not the closed one");
        assert_eq!(world.json(&["case", "show", "3"])["state"], "triage");
        // Whoever is proven to be in the team opens a case at once.
        let letters = world.at("2026-12-08T12:00:00Z").mails(&vouched(
            ALICE,
            "security@example.org",
            "t1",
            "Somebody told me of a leak.",
        ));
        assert!(kinds(&letters).contains(&"relay bob@example.org".to_owned()), "{:?}", kinds(&letters));
    });
}

/// VM Example's certificate is registered, and its letters can be read.
fn certified(world: &World) {
    let keys = crate::world::root().join("fixtures/keys");
    std::fs::copy(keys.join("dana.key"), world.dir.join("keys/security.key")).unwrap();
    world.does(&["key", "import", keys.join("dana.asc").to_str().unwrap(), "--for", ALIAS]);
}

#[test]
fn a_post_that_came_encrypted_leaves_encrypted_or_not_at_all() {
    story("discuss-encrypted", |world| {
        member(world);
        let secret = "the mapping is kept in a cache line";
        let sealed = encrypted::in_cipher(
            &available().replace("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n", ""),
            secret,
        );
        let letters = world.at("2026-12-07T12:00:00Z").mails(&sealed);
        let shown = the(&letters, "notice", ALICE);
        assert!(shown.opened.is_some() && shown.attachments() == ["as-opened.eml", "signature.asc"]);
        assert!(!shown.text().contains("cache line") && !shown.subject().contains("packages"), "{}", shown.text());
        let letters =
            world.at("2026-12-07T12:10:00Z").mails(&vouched(ALICE, &notice(&letters, ALICE), "m1", "approve"));
        assert_eq!(posted(&letters), [""; 0], "its reader has no certificate");
        let told = decisions::flat(the(&letters, "answer", ALICE));
        assert!(told.contains("sent to nobody now. 1 member waits for a certificate"), "{told}");
        let asked = letters.iter().find(|letter| letter.to == ALIAS).expect("its reader is asked for one");
        assert!(!String::from_utf8_lossy(&asked.raw).contains("cache line"));

        certified(world);
        let letters = world.at("2026-12-07T13:00:00Z").waits();
        let copy = the(&letters, "post", ALIAS);
        let outside = String::from_utf8_lossy(&copy.raw).into_owned();
        assert!(
            copy.opened.is_some() && !outside.contains("cache line") && !outside.contains("VM Example"),
            "{outside}"
        );
        for field in ["List-Id: ", "List-Post: <mailto:", "X-BeenThere: ", "Precedence: list", "Sender: "] {
            assert!(outside.contains(field), "{field} in {outside}");
        }
        assert_eq!(copy.attachments(), ["as-opened.eml", "signature.asc"]);
        assert_eq!(copy.header("To"), format!("<{LIST}>"));
        assert_eq!(copy.header("Reply-To"), format!("<{ALIAS}>"));

        let plain = available().replace("<p1@", "<p2@");
        let letters = world.at("2026-12-07T14:00:00Z").mails(&plain);
        let letters = world.at("2026-12-07T14:10:00Z").mails(&vouched(BOB, &notice(&letters, BOB), "m2", "approve"));
        let copy = the(&letters, "post", ALIAS);
        assert!(copy.opened.is_some());
        let inside = String::from_utf8(copy.inside()).unwrap().replace("\r\n", "\n");
        assert_eq!(inside, plain, "as its author wrote it");
    });
}

#[test]
fn a_post_that_nobody_could_decide_waits_for_whoever_is_made_a_moderator() {
    story("discuss-unmoderated", |world| {
        member(world);
        let database = rusqlite::Connection::open(world.dir.join("state.db")).unwrap();
        assert_eq!(database.execute("UPDATE team_member SET moderator = 0", []).unwrap(), 2);
        drop(database);
        let letters = world.at("2026-12-07T12:00:00Z").mails(&available());
        let told = decisions::flat(the(&letters, "alert", BOB));
        assert!(told.contains("embargod team add NAME ADDRESS --moderator") && !told.contains("remove"), "{told}");
        let add = ["team", "add", "Alice Example", ALICE, "--moderator"];
        assert!(world.does(&add).contains("is a moderator from now on"));
        assert!(!world.command(&add).status.success(), "she is one");
        let letters = world.at("2026-12-08T12:00:00Z").waits();
        assert_eq!(kinds(&letters), ["reminder alice@example.org"]);
        let to = the(&letters, "reminder", ALICE).header("Reply-To");
        let letters = world.at("2026-12-08T12:10:00Z").mails(&vouched(ALICE, &to, "m1", "approve"));
        assert_eq!(posted(&letters), ["post security@vm.example.net"]);
    });
}
