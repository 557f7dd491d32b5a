//! Applications are decided by the team alone, by proof alone, and never without what is required; an accepted organisation
//! is a member once its own address says so.

use super::*;
use crate::world::{Letter, kinds, the};

const LIST: &str = "predisclosure-applications@lists.example.org";
const VERA: &str = "vera@vm.example.net";
const ALIAS: &str = "security@vm.example.net";

/// Vera's application, by the list. `rates` and `alias`: what she says of them.
fn application(rates: &str, alias: &str) -> String {
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

const RATES: &str = "https://vm.example.net/prices";

/// What is missing and found: complete.
fn applies(world: &mut World) -> Vec<Letter> {
    world.at("2026-12-07T09:00:00Z").mails(&application(RATES, ALIAS))
}

/// The reply address of the notice of an application.
fn notice(letters: &[Letter], who: &str) -> String {
    the(letters, "notice", who).header("Reply-To")
}

/// Somebody of the team answers there, signed.
fn says(world: &mut World, who: &str, to: &str, id: &str, when: &str, text: &str) -> Vec<Letter> {
    let raw = signed(world, who, to, id, when, text);
    world.at(when).mails(&raw)
}

/// Somebody who reads the alias answers, from an address of their own.
fn by_the_alias(to: &str, id: &str, text: &str) -> String {
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

fn state(world: &World) -> String {
    world.json(&["application", "show", "1"])["state"].as_str().unwrap().to_owned()
}

fn members(world: &World) -> Vec<(String, String)> {
    let listed = world.json(&["member", "list"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(|row| (text(&row["name"]), text(&row["state"]))).collect()
}

/// One line, as people read it.
fn flat(letter: &Letter) -> String {
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
        assert!(post.text().contains("is ACCEPTED") && !post.text().contains('@'), "{}", post.text());
        assert_eq!(post.header("In-Reply-To"), "<apply-1@vm.example.net>");
        assert!(the(&letters, "notice", VERA).text().contains("is ACCEPTED"));
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
