//! Mails as mail programs write them, in `fixtures/mail/own`: program, language, and where the author wrote. In nearly
//! all of them somebody else says "!title Stolen" and "accept", too.
#![cfg(test)]

mod quoting;

use std::collections::BTreeSet;

use super::*;
use crate::rules::command::{self, Verdict};

/// What the desk makes of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    /// Commands, as they were typed.
    Does(Vec<String>),
    Yes,
    No,
    /// Text that says nothing to the desk.
    Says(String),
    /// A question back: why, and about which line.
    Asks(Unclear, String),
}

fn does<const N: usize>(lines: [&str; N]) -> Heard {
    Heard::Does(lines.map(str::to_owned).to_vec())
}

fn says(text: &str) -> Heard {
    Heard::Says(text.to_owned())
}

fn asks(why: Unclear, line: &str) -> Heard {
    Heard::Asks(why, line.to_owned())
}

fn heard(own: &OwnText) -> Heard {
    if let Some(why) = own.unclear {
        assert_eq!(own.text, "", "nothing is left to act on");
        assert_eq!(own.asks_about_command().is_some(), own.doubtful.starts_with('!'));
        return Heard::Asks(why, own.doubtful.clone());
    }
    assert_eq!(own.doubtful, "");
    match (command::read(&own.text), command::verdict(&own.text)) {
        (Some(Ok(orders)), _) => Heard::Does(orders.lines.into_iter().map(|line| line.typed).collect()),
        (Some(Err(misread)), _) => panic!("a wrong verb: {misread:?}"),
        (None, Some(Ok(Verdict::Yes))) => Heard::Yes,
        (None, Some(Ok(Verdict::No))) => Heard::No,
        (None, Some(Err(_)) | None) => Heard::Says(own.text.clone()),
    }
}

const TITLE: &str = "!title Overflow in grant copy";
const STOLEN: &str = "!title Stolen";

/// Each mail of `fixtures/mail/own`, and what is heard in it.
#[rustfmt::skip]
fn table() -> Vec<(&'static str, Heard)> {
    use Unclear::{Behind, BesideQuote, Forwarded, NothingTyped, Unreadable};
    vec![
        ("mutt-english-bottom", does([TITLE])),
        ("mutt-english-top", does([TITLE])),
        ("mutt-english-between", does(["!status", TITLE])),
        ("mutt-german-inline", says("Das sehe ich auch so.\n\nNein.")),
        ("mutt-english-glued", asks(BesideQuote, TITLE)),
        ("mutt-english-forward", asks(Forwarded, STOLEN)),
        ("mutt-english-forward-with-command", does(["!status"])),
        ("mutt-english-signed", does([TITLE])),
        ("mutt-english-cleartext-signature", does([TITLE])),

        ("thunderbird-english-bottom", does(["!title Overflow in the copy of grant tables when a guest maps them twice"])),
        ("thunderbird-english-top", does(["!status"])),
        ("thunderbird-english-deep", does(["!help"])),
        ("thunderbird-german-bottom", does(["!title Überlauf beim Kopieren"])),
        ("thunderbird-german-glued-top", asks(BesideQuote, "!title Überlauf beim Kopieren")),
        ("thunderbird-french-bottom", does(["!status"])),
        ("thunderbird-spanish-top", does(["!title Desbordamiento"])),
        ("thunderbird-chinese-bottom", does(["!title 授权表溢出"])),
        ("thunderbird-german-forward", asks(Forwarded, STOLEN)),
        ("thunderbird-html-only-top", does([TITLE])),
        ("thunderbird-html-only-bottom", asks(BesideQuote, TITLE)),
        ("thunderbird-html-only-forward", says("See below.")),

        ("gmail-english-top", does([TITLE])),
        ("gmail-english-wrapped-attribution", does(["!status"])),
        ("gmail-english-agree", Heard::Yes),
        ("gmail-english-inline", says("We saw that too.\n\nNo.")),
        ("gmail-english-forward", asks(Forwarded, STOLEN)),
        ("gmail-german-top", does(["!title Überlauf"])),
        ("gmail-german-forward-with-command", does(["!status"])),
        ("gmail-french-top", does(["!status"])),
        ("gmail-spanish-bottom", does(["!status"])),
        ("gmail-chinese-top", does(["!title 授权表溢出"])),
        ("gmail-html-only-top", does([TITLE])),
        ("gmail-html-only-links", does(["!title Overflow, see example.net and bob@example.net"])),
        ("gmail-html-only-forward", asks(Forwarded, STOLEN)),
        ("gmail-html-only-indented", asks(NothingTyped, TITLE)),

        ("outlook-english-top", does([TITLE])),
        ("outlook-english-original-message", does(["!status"])),
        ("outlook-english-bottom", asks(NothingTyped, TITLE)),
        ("outlook-german-top", does(["!title Überlauf"])),
        ("outlook-german-original-message", Heard::Yes),
        ("outlook-french-top", does(["!status"])),
        ("outlook-french-forward", asks(NothingTyped, STOLEN)),
        ("outlook-spanish-top", does(["!title Desbordamiento"])),
        ("outlook-chinese-top", does(["!title 授权表溢出"])),
        ("outlook-finnish-top", does(["!status"])),
        ("outlook-html-only-english", does([TITLE])),
        ("outlook-html-only-german-bare", does(["!status"])),
        ("outlook-web-html-only-english", does(["!status"])),
        ("outlook-web-html-only-spanish-x", does(["!title Desbordamiento"])),
        ("outlook-web-html-only-bottom", asks(NothingTyped, STOLEN)),
        ("outlook-mac-html-only-english", does([TITLE])),
        ("outlook-ios-english", does(["!status"])),
        ("outlook-ios-html-only-english", does(["!status"])),
        ("outlook-android-german", Heard::Yes),

        ("apple-mail-english-top", does([TITLE])),
        ("apple-mail-english-delsp", does(["!title Overflow in the copy of grant tables when a guest maps them twice"])),
        ("apple-mail-german-bottom", does(["!status"])),
        ("apple-mail-french-top", does(["!status"])),
        ("apple-mail-english-forward", asks(NothingTyped, STOLEN)),
        ("apple-mail-german-forward-unmarked", asks(Forwarded, STOLEN)),
        ("apple-mail-english-split-by-attachment", does(["!status"])),
        ("apple-mail-english-text-behind-attachment", asks(Behind, TITLE)),
        ("iphone-english", does(["!status"])),
        ("iphone-german", Heard::No),
        ("iphone-french", does(["!title Débordement"])),
        ("iphone-spanish", does(["!status"])),
        ("iphone-chinese", Heard::Yes),

        ("k9-english-top", does([TITLE])),
        ("k9-german-top", does(["!status"])),
        ("k9-spanish-bottom", does(["!status"])),
        ("samsung-english", does(["!status"])),
        ("samsung-french", does(["!title Débordement"])),
        ("samsung-spanish-unmarked", asks(NothingTyped, STOLEN)),

        ("qq-chinese", does(["!status"])),
        ("netease-chinese", does(["!title 授权表溢出"])),
        ("netease-chinese-forward", asks(Forwarded, STOLEN)),
        ("yahoo-english-quote-in-the-quote", asks(BesideQuote, STOLEN)),
        ("yahoo-english-quote-in-the-quote-below-text", asks(BesideQuote, STOLEN)),
        ("yahoo-english-unmarked", does(["!status"])),
        ("proton-english-top", does(["!status"])),
        ("roundcube-german-bottom", does(["!title Überlauf"])),
        ("gnus-english-bottom", does(["!status"])),
        ("supercite-english", does(["!status"])),
        ("evolution-english-forward", asks(Forwarded, STOLEN)),
        ("unknown-finnish-bottom", does(["!status"])),

        ("mailman-footer-part", does([TITLE])),
        ("mailman-footer-html", does(["!status"])),
        ("groups-footer", does(["!status"])),

        ("forwarded-as-attachment", says("See the attached mail.")),
        ("forwarded-as-attachment-alone", asks(Unclear::Empty, "")),
        ("text-behind-attached-mail", asks(Behind, TITLE)),
        ("text-file-attached", does(["!status"])),
        ("plain-part-empty", does(["!status"])),
        ("encrypted-unopened", asks(Unreadable, "")),
        ("encrypted-inline-unopened", asks(Unreadable, "")),

        ("all-quoted", asks(NothingTyped, STOLEN)),
        ("accept-in-the-quote", asks(NothingTyped, "")),
        ("quote-wrapped-by-a-relay", asks(BesideQuote, STOLEN)),
        ("quote-wrapped-by-a-relay-twice", asks(BesideQuote, STOLEN)),
        ("name-that-is-a-command", asks(NothingTyped, "!title Stolen <mallory@example.net> wrote:")),
        ("name-that-is-a-command-first", asks(BesideQuote, STOLEN)),
        ("name-that-is-a-command-below-text", does(["!status"])),
        ("name-that-is-a-command-and-no-colon", asks(BesideQuote, "!title Stolen kirjoitti 7.12.2026")),
        ("lines-within-quoted-lines", asks(NothingTyped, "")),
        ("answer-below-commands", does(["!status"])),
        ("space-stuffed-and-wide-quotes", does(["!status"])),
    ]
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/own")
}

#[test]
fn every_mail_gives_its_authors_verb_or_a_question_back() {
    let table = table();
    let listed: BTreeSet<String> = table.iter().map(|(name, _)| format!("{name}.eml")).collect();
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(listed, files.collect(), "each file is listed, and each listed one is there");
    let mut wrong = Vec::new();
    for (name, expected) in table {
        let raw = std::fs::read_to_string(folder().join(format!("{name}.eml"))).unwrap();
        for (ends, raw) in [("LF", raw.clone()), ("CRLF", raw.replace('\n', "\r\n"))] {
            let heard = heard(&own_text(raw.as_bytes()));
            if heard != expected {
                wrong.push(format!("{name} ({ends}): {heard:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
