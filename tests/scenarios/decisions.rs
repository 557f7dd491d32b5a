//! Applications are decided by the team alone, by proof alone, and never without what is required; an accepted organisation
//! is a member once its own address says so.

use super::*;
use crate::world::{Letter, kinds, the};

pub(super) const LIST: &str = "predisclosure-applications@lists.example.org";
pub(super) const VERA: &str = "vera@vm.example.net";
pub(super) const ALIAS: &str = "security@vm.example.net";

/// Vera's application, by the list. `rates` and `alias`: what she says of them.
pub(super) fn application(rates: &str, alias: &str) -> String {
    format!(
        "Delivered-To: desk@example.org
From: Vera Vendor <{VERA}>
To: {LIST}
Subject: [predisclosure-applications] Application of VM Example Ltd
Date: Mon, 07 Dec 2026 09:00:00 +0000
Message-ID: <apply-1@vm.example.net>
List-Id: Applications <predisclosure-applications.lists.example.org>
List-Post: <mailto:{LIST}>
Precedence: list

Dear Xen Project Security Team,

please add us to your predisclosure list.

The name of your organization:
VM Example Ltd

Domain name(s) which you use to provide Xen software/services:
vm.example.net

A brief description of why you fit the criteria:
We are a public hosting provider and rent out virtual servers, all of them on Xen.

Evidence of your status as a service/software provider:
https://vm.example.net/services

Your public rates or how to get a quote:
{rates}

Statements about your eligible production services, from which it is evident that they use Xen:
https://vm.example.net/technology

Your invitation to members of the public to report security problems, and the contact information:
https://vm.example.net/security

A statement that you have read this policy and agree to abide by the terms:
We have read the policy and agree to abide by its terms, in particular those about confidentiality during an embargo.

The single (non-personal) email alias you wish added to the predisclosure list:
{alias}

Kind regards,
Vera Vendor
"
    )
}

pub(super) const RATES: &str = "https://vm.example.net/prices";

/// What is missing and found: complete.
pub(super) fn applies(world: &mut World) -> Vec<Letter> {
    world.at("2026-12-07T09:00:00Z").mails(&application(RATES, ALIAS))
}

/// The reply address of the notice of an application.
pub(super) fn notice(letters: &[Letter], who: &str) -> String {
    the(letters, "notice", who).header("Reply-To")
}

/// Somebody of the team answers there, signed.
pub(super) fn says(world: &mut World, who: &str, to: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, who, to, id, when, text);
    world.at(when).mails(&raw)
}

/// Somebody who reads the alias answers, from an address of their own.
pub(super) fn by_the_alias(to: &str, id: &str, text: &str) -> String {
    format!(
        "Delivered-To: {to}
From: Nils Nachtschicht <nils@vm.example.net>
To: {to}
Subject: Re: Does this address belong on the predisclosure list?
Date: Mon, 07 Dec 2026 11:00:00 +0000
Message-ID: <{id}@vm.example.net>

{text}
"
    )
}

pub(super) fn state(world: &World) -> String {
    world.json(&["application", "show", "1"])["state"].as_str().unwrap().to_owned()
}

pub(super) fn members(world: &World) -> Vec<(String, String)> {
    let listed = world.json(&["member", "list"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(|row| (text(&row["name"]), text(&row["state"]))).collect()
}

/// One line, as people read it.
pub(super) fn flat(letter: &Letter) -> String {
    letter.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn from_the_application_to_the_membership() {
    story("membership", |world| {
        let letters = applies(world);
        assert_eq!(state(world), "complete");
        let (alices, bobs) = (notice(&letters, ALICE), notice(&letters, BOB));
        let letters = says(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", "accept\n\nGood to have them.");
        assert_eq!(state(world), "accepted");
        let post = the(&letters, "post", LIST);
        assert!(flat(post).contains("is ACCEPTED") && !post.text().contains('@'), "{}", post.text());
        assert_eq!(post.header("In-Reply-To"), "<apply-1@vm.example.net>");
        assert!(flat(the(&letters, "notice", VERA)).contains("is ACCEPTED"));
        let confirm = the(&letters, "confirmation", ALIAS).header("Reply-To");
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "invited".to_owned())]);

        let letters = world.at("2026-12-07T11:00:00Z").mails(&by_the_alias(&confirm, "c1", "confirm\n\nNils"));
        assert_eq!(members(world), [("VM Example Ltd".to_owned(), "active".to_owned())]);
        assert!(the(&letters, "notice", ALIAS).subject().starts_with("Welcome"));
        assert_eq!(world.json(&["history", "list"])[0]["entry"], "v3.24 Dec 7th 2026: Added VM Example Ltd");
        let current = notice(&letters, BOB);

        // A colleague confirms once more: nothing happens, and no case is opened.
        let letters = world.at("2026-12-07T11:30:00Z").mails(&by_the_alias(&confirm, "c2", "confirm"));
        assert_eq!(kinds(&letters), [""; 0]);
        assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 0);

        let letters = says(world, BOB, &current, "b1", "2026-12-07T12:00:00Z", "send none");
        assert_eq!(kinds(&letters), ["answer bob@example.org", "notice alice@example.org"]);
        assert_eq!(world.json(&["member", "show", "vm"])["current"], "none");
        let letters = says(world, ALICE, &alices, "a2", "2026-12-07T12:10:00Z", "send current");
        assert!(flat(the(&letters, "answer", ALICE)).contains("was faster"), "the first answer counts");
        let letters = says(world, BOB, &bobs, "b2", "2026-12-07T12:20:00Z", "reject too small");
        assert!(flat(the(&letters, "answer", BOB)).contains("is accepted since Mon 2026-12-07 10:00 UTC"));
        assert_eq!(world.json(&["member", "show", ALIAS])["current"], "none");
        let thread = world.does(&["application", "export", "1", "--mbox"]);
        assert!(thread.starts_with(&format!("From {VERA} ")) && thread.contains("<apply-1@vm.example.net>"));
    });
}

#[test]
fn a_rejection_says_why_and_how_to_appeal() {
    story("application-rejected", |world| {
        applies(world);
        // Signed text that names the application, sent to the team and posted to the list: one decision.
        let words = "application 1\nreject: The page of services does not name Xen,\nnor does any other page of yours.\n\nWe \
                     looked at all of them.";
        let raw = signed(world, BOB, "security@example.org", "b1", "2026-12-07T10:00:00Z", words);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&raw);
        let post = the(&letters, "post", LIST);
        for said in
            ["is REJECTED", "We looked at all of them.", "you may appeal it\nvia the Xen Project's governance process"]
        {
            assert!(post.text().contains(said), "{said}: {}", post.text());
        }
        assert_eq!(post.text(), the(&letters, "notice", VERA).text());
        let by_list = raw.replacen(
            "Delivered-To: security@example.org",
            &format!("Delivered-To: desk@example.org\nList-Post: <mailto:{LIST}>\nPrecedence: list"),
            1,
        );
        assert_eq!(kinds(&world.at("2026-12-07T10:00:30Z").mails(&by_list)), [""; 0], "the same by another way");
        assert_eq!(state(world), "rejected");
        // The applicant answers: a person reads it.
        let thanks = format!(
            "Delivered-To: desk@example.org\nFrom: Vera Vendor <{VERA}>\nTo: {LIST}\nSubject: Re: Application\nDate: Tue, 08 Dec \
             2026 09:00:00 +0000\nMessage-ID: <apply-2@vm.example.net>\nIn-Reply-To: {}\nList-Post: <mailto:{LIST}>\n\nThat is \
             a pity. We will come back.\n",
            post.message_id()
        );
        let letters = world.at("2026-12-08T09:00:00Z").mails(&thanks);
        assert!(letters.iter().all(|letter| letter.to != VERA && letter.to != LIST), "{:?}", kinds(&letters));
        let shown = world.json(&["application", "show", "1"]);
        assert_eq!(shown["mails"].as_array().unwrap().len(), 2, "the thread goes on");
        assert_eq!(shown["decided_by"], BOB);
    });
}

/// What somebody else posts into the thread.
fn bystander() -> String {
    format!(
        "Delivered-To: desk@example.org\nFrom: Otto Other <otto@other.example>\nTo: {LIST}\nSubject: Re: Application of VM \
         Example Ltd\nDate: Mon, 07 Dec 2026 09:30:00 +0000\nMessage-ID: <otto-1@other.example>\nIn-Reply-To: \
         <apply-1@vm.example.net>\nList-Post: <mailto:{LIST}>\n\nTheir rates are at https://vm.example.net/prices, I am a \
         customer.\n"
    )
}

#[test]
fn nobody_accepts_what_is_incomplete_nor_completes_it_for_the_applicant() {
    story("application-incomplete", |world| {
        let rates = "Prices are on our page vm.example.net/prices, in English.";
        let letters = world.at("2026-12-07T09:00:00Z").mails(&application(rates, ALIAS));
        assert_eq!(state(world), "incomplete");
        let alices = notice(&letters, ALICE);
        world.at("2026-12-07T09:30:00Z").mails(&bystander());
        let refused = |letters: &[Letter]| {
            assert_eq!(kinds(letters), ["refusal alice@example.org"], "nobody else hears of it");
            flat(the(letters, "refusal", ALICE))
        };
        let letters = says(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", "accept");
        let why = refused(&letters);
        assert!(why.contains("nobody has discretion to accept such an application"), "{why}");
        assert!(why.contains("Item “hosting-rates”"), "{why}");
        // Theirs are only the words of the applicant: not a bystander's, not the program's, not the team's.
        for (id, words) in [
            ("a2", "found hosting-rates https://vm.example.net/prices\naccept"),
            ("a3", "found hosting-rates as a public hosting provider, a link to a page of yours\naccept"),
            ("a4", "found hosting-rates I looked at it myself\naccept"),
        ] {
            let letters = says(world, ALICE, &alices, id, "2026-12-07T10:10:00Z", words);
            assert!(refused(&letters).contains("these words stand in none of the applicant's own mails"));
        }
        let letters = says(world, ALICE, &alices, "a5", "2026-12-07T10:20:00Z", "found hosting-rate our page\naccept");
        assert!(refused(&letters).contains("There is no item “hosting-rate”; did you mean “hosting-rates”?"));
        let letters = says(world, ALICE, &alices, "a6", "2026-12-07T10:25:00Z", "I think we should take them.");
        assert!(refused(&letters).contains("It does not begin with a word that says what to do"));
        assert_eq!(state(world), "incomplete");
        let words = "found hosting-rates “Prices are on our page\nvm.example.net/prices”\nmissing criteria who are your \
                     customers?";
        let letters = says(world, ALICE, &alices, "a7", "2026-12-07T10:30:00Z", words);
        let post = the(&letters, "post", LIST);
        assert!(post.text().contains("missing. who are your customers?"), "{}", post.text());
        assert_eq!(state(world), "incomplete");
        let words = "found criteria We are a public hosting provider\naccept";
        let letters = says(world, ALICE, &alices, "a8", "2026-12-07T10:40:00Z", words);
        assert!(flat(the(&letters, "post", LIST)).contains("is ACCEPTED"));
        assert_eq!(state(world), "accepted");
    });
}

#[test]
fn of_two_members_at_once_the_first_decides() {
    story("application-two-members", |world| {
        let letters = applies(world);
        let accepts = signed(world, ALICE, &notice(&letters, ALICE), "a1", "2026-12-07T10:00:00Z", "accept");
        let rejects = signed(world, BOB, &notice(&letters, BOB), "b1", "2026-12-07T10:00:00Z", "reject We wait.");
        world.post(accepts.as_bytes());
        let letters = world.at("2026-12-07T10:00:00Z").mails(&rejects);
        assert_eq!(state(world), "accepted");
        assert!(flat(the(&letters, "answer", BOB)).contains("Alice Example was faster"));
        assert_eq!(letters.iter().filter(|letter| letter.kind == "post").count(), 1);
    });
}

#[test]
fn what_proves_nothing_decides_nothing_and_is_told_to_whose_name_it_used() {
    story("application-unproven", |world| {
        let letters = applies(world);
        let (alices, bobs) = (notice(&letters, ALICE), notice(&letters, BOB));
        let to = |letters: &[Letter], who: &str, why: &str| {
            let told = flat(the(letters, "refusal", who));
            assert!(told.contains(why) && told.contains("did NOT count") || told.contains(why), "{told}");
            assert_eq!(letters.iter().filter(|letter| letter.kind != "refusal").count(), 0, "{:?}", kinds(letters));
        };
        let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(
            "Alice Example <alice@example.org>",
            &alices,
            "a1",
            "accept",
        ));
        to(&letters, ALICE, "not signed with a registered certificate");
        let raw = signed(world, BOB, &alices, "b1", "2026-12-07T10:10:00Z", "accept");
        let letters = world.at("2026-12-07T10:10:00Z").mails(&raw);
        to(&letters, ALICE, "a reply address that does not belong to its writer");
        to(&letters, BOB, "a reply address that does not belong to its writer");
        let raw = signed(world, ALICE, "security@example.org", "a2", "2026-12-07T10:20:00Z", "application 9\naccept");
        let letters = world.at("2026-12-07T10:20:00Z").mails(&raw);
        to(&letters, ALICE, "there is no application 9");
        let raw = signed(world, ALICE, &alices, "a3", "2026-12-07T10:30:00Z", "application 2\naccept");
        let letters = world.at("2026-12-07T10:30:00Z").mails(&raw);
        to(&letters, ALICE, "the text names application 2, and your mail is about application 1");
        assert_eq!(state(world), "complete");

        // A signature is for one application, and acts once.
        let other = application(RATES, "security@dino.example.net")
            .replace("vm.example", "dino.example")
            .replace("VM Ex", "Dino Ex");
        let letters = world.at("2026-12-07T11:00:00Z").mails(&other);
        let others = notice(&letters, BOB);
        let raw = signed(world, BOB, &bobs, "b2", "2026-12-07T11:10:00Z", "reject Not now.");
        world.at("2026-12-07T11:10:00Z").mails(&raw);
        assert_eq!(state(world), "rejected");
        let again = raw.replace(&bobs, &others).replace("<b2@", "<b3@");
        let letters = world.at("2026-12-07T11:20:00Z").mails(&again);
        to(&letters, BOB, "its signature was used before");
        assert_eq!(world.json(&["application", "show", "2"])["state"], "complete");
        let late = signed(world, BOB, &others, "b4", "2026-12-07T11:30:00Z", "accept");
        let letters = world.at("2026-12-09T11:30:01Z").mails(&late);
        to(&letters, BOB, "its signature is older than 48 hours");
        assert_eq!(world.json(&["application", "show", "2"])["state"], "complete");
    });
}

#[test]
fn a_question_and_a_withdrawal_go_to_the_list() {
    story("application-asked", |world| {
        let letters = applies(world);
        let alices = notice(&letters, ALICE);
        let letters =
            says(world, ALICE, &alices, "a1", "2026-12-07T10:00:00Z", "ask How many guests do you run?\n\nRoughly.");
        let post = the(&letters, "post", LIST);
        assert!(post.text().contains("How many guests do you run?\n\nRoughly."), "{}", post.text());
        assert_eq!(state(world), "complete");
        let letters = says(world, ALICE, &alices, "a2", "2026-12-08T10:00:00Z", "withdraw\n\nVera called me.");
        assert!(!the(&letters, "post", LIST).text().contains("called"), "what follows is for nobody");
        assert_eq!(state(world), "withdrawn");
        let letters = says(world, ALICE, &alices, "a3", "2026-12-08T11:00:00Z", "accept");
        assert_eq!(kinds(&letters), ["answer alice@example.org"]);
        assert_eq!(state(world), "withdrawn");
    });
}

#[test]
fn a_complete_application_is_recalled_to_the_team_until_it_is_decided() {
    let mut world = World::new(LineEnds::Lf);
    applies(&mut world);
    let both = ["reminder alice@example.org", "reminder bob@example.org"];
    // The weekly list is another matter.
    let recalled = |letters: Vec<Letter>| {
        let others = letters.into_iter().filter(|letter| !letter.subject().contains("This week"));
        others.collect::<Vec<_>>()
    };
    // Monday; three working days later it is Thursday.
    assert!(world.at("2026-12-10T08:59:59Z").round().is_empty());
    let letters = world.at("2026-12-10T09:00:00Z").round();
    assert_eq!(kinds(&letters), both);
    let text = flat(&letters[0]);
    assert!(text.contains("The next reminder comes on Thu 2026-12-17 09:00 UTC"), "{text}");
    assert!(world.at("2026-12-10T12:00:00Z").round().is_empty(), "once");
    assert_eq!(kinds(&recalled(world.at("2026-12-17T09:00:00Z").round())), both);
    // The desk stood still for weeks: one reminder, not three.
    assert_eq!(kinds(&recalled(world.at("2027-01-08T10:00:00Z").round())), both);
    assert!(recalled(world.at("2027-01-14T08:59:59Z").round()).is_empty());
    let letters = world.at("2027-01-14T09:00:00Z").round();
    assert_eq!(kinds(&letters), both);
    let bobs = the(&letters, "reminder", BOB).header("Reply-To");
    assert!(world.does(&["status"]).contains("VM Example Ltd"));
    says(&mut world, BOB, &bobs, "b1", "2027-01-14T10:00:00Z", "accept");
    assert_eq!(state(&world), "accepted");
    let letters = world.at("2027-01-21T09:00:00Z").round();
    assert!(letters.iter().all(|letter| letter.to == ALIAS), "{:?}", kinds(&letters));
}
