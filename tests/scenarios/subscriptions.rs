//! Nobody is subscribed by mail: whoever tries is told how to apply, once a day, whichever list they tried.

use super::*;
use crate::world::{kinds, the};

const DISCUSS: &str = "xen-security-issues-discuss@lists.example.org";
const MEMBERS: &str = "xen-security-issues@lists.example.org";
const KIM: &str = "kim@larch.example.net";

fn mail_to(to: &str, from: &str, id: u32, headers: &str, subject: &str, text: &str) -> String {
    format!(
        "Delivered-To: {to}\nFrom: {from}\nTo: {to}\nSubject: {subject}\nDate: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: \
         <s{id}@larch.example.net>\n{headers}\n{text}\n"
    )
}

fn ending(list: &str, ending: &str) -> String {
    list.replace('@', &format!("{ending}@"))
}

#[test]
fn every_attempt_is_answered_with_how_to_apply_and_has_no_other_effect() {
    story("subscriptions", |world| {
        let request = mail_to(&ending(MEMBERS, "-request"), KIM, 1, "", "subscribe", "");
        let letters = world.at("2026-12-07T09:00:00Z").mails(&request);
        assert_eq!(kinds(&letters), [format!("answer {KIM}")]);
        let told = the(&letters, "answer", KIM);
        assert!(told.text().contains("predisclosure-applications@lists.example.org"), "{}", told.text());
        assert_eq!(told.header("Reply-To"), "", "an answer must not become public");
        // Once a day, whatever they try.
        for (id, to, subject, text) in [
            (2, ending(DISCUSS, "-join"), "", ""),
            (3, ending(DISCUSS, "-subscribe"), "", "please"),
            (4, DISCUSS.to_owned(), "Subscribe", ""),
            (5, MEMBERS.to_owned(), "hello", "subscribe"),
            (6, "predisclosure-applications@lists.example.org".to_owned(), "subscribe", ""),
        ] {
            let letters = world.at("2026-12-07T10:00:00Z").mails(&mail_to(&to, KIM, id, "", subject, text));
            assert_eq!(kinds(&letters), [""; 0], "{to}");
        }
        let letters = world.at("2026-12-08T09:00:01Z").mails(&mail_to(DISCUSS, KIM, 7, "", "Subscribe", "Thanks, Kim"));
        assert_eq!(kinds(&letters), [format!("answer {KIM}")], "the next day");
        // What a web form makes, and what a machine says of itself, is not answered.
        let form = "Auto-Submitted: auto-generated\n";
        let letters = world.at("2026-12-08T10:00:00Z").mails(&mail_to(
            &ending(MEMBERS, "-request"),
            "web@larch.example.net",
            8,
            form,
            "subscribe",
            "",
        ));
        assert_eq!(kinds(&letters), [""; 0]);
        for nothing in [["case", "list"], ["application", "list"], ["member", "list"], ["history", "list"]] {
            assert_eq!(world.json(&nothing).as_array().unwrap().len(), 0, "{nothing:?}");
        }
    });
}
